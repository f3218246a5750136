// The lookup itself, off the page's own thread. Messages in: {id, question}. Messages out: {progress: {arrived, of}}, {ready: {competitors,
// stages, kinds, semantic}}, {id, words: result}, {meaning: is it there?}, {id, answers: result, took}, {reads: true}, {kept}, {error}.

import { keep, load, manifest } from "./files.js";
import { Kernel, widened } from "./kernel.js";
import { Pack } from "./pack.js";
import { Ranking } from "./rank.js";

const FORM = 2;
const QUICK = 120; // ms; an answer that takes no longer needs no forerunner
const AGAIN = 10_000; // ms until a question tries again for a model that could not be loaded
const base = new URL("./", import.meta.url);
let ranking = null;
let lasted = Infinity;
let latest = null;
let listed = null;
let model = null; // the promise of it, from the first question on
let reads = null; // the promise of what reads the first answer, from the first answer on

self.onmessage = ({ data }) => {
  latest = data;
  answer();
};

/** Answer the latest question: by words at once, and by meaning as soon as nothing newer waits. */
function answer() {
  if (!ranking || !latest) return;
  const asking = latest;
  wanted();
  if (!ranking.kernel || lasted > QUICK) self.postMessage({ id: asking.id, words: ranking.byWords(asking.question) });
  if (ranking.kernel) setTimeout(() => latest === asking && means(asking));
}

/** The model is loaded from the first question on. */
function wanted() {
  if (listed.files.weights && latest?.question.query.trim()) model ??= meaning();
  if (ranking?.kernel && listed.files.reader) reads ??= second();
}

function means({ id, question }) {
  const started = performance.now();
  const answers = ranking.search(question);
  lasted = performance.now() - started;
  self.postMessage({ id, answers, took: lasted });
}

/** What words need, and nothing beside it: on a slow line the rest would hold it up. */
async function open() {
  listed = await manifest(base);
  if (listed.form !== FORM) throw new Error("the lookup has changed: reload this page");
  const { answers, weights } = listed.files;
  const { bytes, put } = await fetcher([answers])(answers);
  wanted(); // before the words are read: it takes longer to come than they to read
  begin(new Pack(bytes.buffer), Boolean(weights));
  await kept([put], !weights);
}

/** What meaning needs. Words go on answering when it cannot be had. */
async function meaning() {
  const { kernel, vectors, weights } = listed.files;
  let heavy;
  try {
    heavy = await heavies(listed.files, fetcher([kernel, vectors, weights]));
    finish(heavy);
  } catch {
    self.postMessage({ meaning: false });
    answer();
    setTimeout(() => (model = null), AGAIN);
    return;
  }
  await kept(heavy.puts, !listed.files.reader);
  if (listed.files.reader) reads ??= second();
}

/** What reads the first answer, after that is out. Without it answers go on as they were. */
async function second() {
  const { kernel, head } = ranking;
  const { reader } = listed.files;
  const bytes = new Uint8Array(reader.size);
  let put;
  try {
    put = await load(base, reader, () => bytes, () => null);
  } catch {
    setTimeout(() => (reads = null), AGAIN);
    return;
  }
  await kernel.openReader(bytes.buffer, head.reader, head.model);
  self.postMessage({ reads: true });
  answer();
  await kept([put], true);
}

/** Keep what came, once the answer is out; the page is told when it is `all`. */
async function kept(puts, all) {
  await new Promise((resolve) => setTimeout(resolve));
  const done = await keep(base, listed, puts);
  if (all) self.postMessage({ kept: done });
}

/** A function that loads one of `files`, into bytes of its own or those that `into` promises, and tells the page how many of all bytes came. */
function fetcher(files) {
  const of = files.reduce((sum, file) => sum + file.size, 0);
  let sum = 0;
  let told = 0;
  const arrived = (bytes) => {
    sum += bytes;
    if (sum - told < of / 100 && sum < of) return;
    self.postMessage({ progress: { arrived: (told = sum), of } });
  };
  return async (file, into) => {
    const bytes = into ? null : new Uint8Array(file.size);
    return { bytes, put: await load(base, file, into ?? (() => bytes), arrived) };
  };
}

/** Words alone can be compared from now on. */
function begin(pack, semantic) {
  ranking = new Ranking(pack);
  const { names, stages, kinds } = ranking.head;
  self.postMessage({ ready: { competitors: names.map(([slug, forms]) => [slug, forms[1] ?? slug]), stages, kinds, semantic } });
  answer();
}

/** Load vectors and weights into the kernel's memory. It may grow, and move, while they come. */
async function heavies({ kernel, vectors, weights }, fetched) {
  const code = fetched(kernel);
  const opened = code.then(async ({ bytes }) => {
    const made = await Kernel.open(bytes);
    return { made, rows: made.room(2 * vectors.size), at: made.room(weights.size) };
  });
  const into = opened.then(({ made, at }) => () => made.view(Uint8Array, at, weights.size));
  into.catch(() => null); // told by `opened`; nobody may be waiting here yet
  const [{ made, rows, at }, ...all] = await Promise.all([opened, code, fetched(vectors), fetched(weights, into)]);
  widened(new Uint16Array(all[1].bytes.buffer), made.view(Float32Array, rows, vectors.size / 2));
  return { made, rows, at, puts: all.map(({ put }) => put) };
}

/** Meaning can be compared from now on. */
function finish({ made, rows, at }) {
  made.openModel(at, ranking.head.model);
  made.openRows(rows, ranking.pack);
  ranking.kernel = made;
  self.postMessage({ meaning: true });
  answer();
}

open().catch((error) => self.postMessage({ error: error.message }));
