// The lookup itself, off the page's own thread. Messages in: {id, question}. Messages out: {progress: {arrived, of}}, {ready: {competitors,
// stages, kinds, semantic}}, {id, words: result}, {meaning: true}, {id, answers: result, took}, {kept}, {error}.

import { keep, load, manifest } from "./files.js";
import { Kernel, widened } from "./kernel.js";
import { Pack } from "./pack.js";
import { Ranking } from "./rank.js";

const FORM = 1;
const QUICK = 40; // ms; an answer that takes no longer needs no forerunner
const base = new URL("./", import.meta.url);
let ranking = null;
let lasted = Infinity;
let latest = null;

self.onmessage = ({ data }) => {
  latest = data;
  answer();
};

/** Answer the latest question: by words at once, and by meaning as soon as nothing newer waits. */
function answer() {
  if (!ranking || !latest) return;
  const asking = latest;
  if (!ranking.kernel || lasted > QUICK) self.postMessage({ id: asking.id, words: ranking.byWords(asking.question) });
  if (ranking.kernel) setTimeout(() => latest === asking && means(asking));
}

function means({ id, question }) {
  const started = performance.now();
  const answers = ranking.search(question);
  lasted = performance.now() - started;
  self.postMessage({ id, answers, took: lasted });
}

async function open() {
  const listed = await manifest(base);
  if (listed.form !== FORM) throw new Error("the lookup has changed: reload this page");
  const { answers, kernel, vectors, weights } = listed.files;
  const of = Object.values(listed.files).reduce((sum, file) => sum + file.size, 0);
  let sum = 0;
  let told = 0;
  const arrived = (bytes) => {
    sum += bytes;
    if (sum - told < of / 100 && sum < of) return;
    self.postMessage({ progress: { arrived: (told = sum), of } });
  };
  const fetched = (file, into) => load(base, file, into, arrived);
  const text = new Uint8Array(answers.size);
  const code = new Uint8Array(kernel?.size ?? 0);
  const keeping = await Promise.all([fetched(answers, () => text), kernel && fetched(kernel, () => code)]);
  const heavy = weights && heavies(await Kernel.open(code), vectors, weights, fetched);
  begin(new Pack(text.buffer), Boolean(weights));
  if (heavy) keeping.push(...(await finish(await heavy)));
  self.postMessage({ kept: await keep(base, listed, keeping) });
}

/** Words alone can be compared from now on. */
function begin(pack, semantic) {
  ranking = new Ranking(pack);
  const { names, stages, kinds } = ranking.head;
  self.postMessage({ ready: { competitors: names.map(([slug, forms]) => [slug, forms[1] ?? slug]), stages, kinds, semantic } });
  answer();
}

/** Load vectors and weights into the kernel's memory. It may grow, and move, while they come. */
async function heavies(kernel, vectors, weights, fetched) {
  const halves = new Uint8Array(vectors.size);
  const rows = kernel.room(2 * vectors.size);
  const at = kernel.room(weights.size);
  const keeping = await Promise.all([
    fetched(vectors, () => halves),
    fetched(weights, () => kernel.view(Uint8Array, at, weights.size)),
  ]);
  widened(new Uint16Array(halves.buffer), kernel.view(Float32Array, rows, vectors.size / 2));
  return { kernel, rows, at, keeping };
}

/** Meaning can be compared from now on. What is to be kept of the files. */
async function finish({ kernel, rows, at, keeping }) {
  kernel.openModel(at, ranking.head.model);
  kernel.openRows(rows, ranking.pack);
  ranking.kernel = kernel;
  self.postMessage({ meaning: true });
  answer();
  await new Promise((resolve) => setTimeout(resolve)); // the answer first, then the keeping
  return keeping;
}

open().catch((error) => self.postMessage({ error: error.message }));
