// The lookup's files: fetched once, with progress, and kept, so that they are there when the network is not.

const PIECE = 1 << 21; // bytes
const KEPT = "rejoinder-lookup";

/** Where browsers let us keep files: on https and localhost. */
async function kept() {
  return globalThis.caches ? caches.open(KEPT).catch(() => null) : null;
}

/** What `lookup.json` says; the last one that was kept when the network is cut. */
export async function manifest(base) {
  const cache = await kept();
  const url = new URL("lookup.json", base);
  try {
    const response = await fetch(url, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${response.status}`);
    await cache?.put(url, response.clone()).catch(() => null); // no room: then it is not kept
    return await response.json();
  } catch (error) {
    const before = await cache?.match(url);
    if (before) return before.json();
    throw new Error(`lookup.json could not be loaded (${error.message})`);
  }
}

/** Fill `into`, or what it promises: a function that gives a Uint8Array, with a file of the manifest; `arrived` is told how many bytes came. Its
 * name holds its digest, so one that was kept is good. What comes back keeps it, and is null when it was. */
export async function load(base, file, into, arrived) {
  const cache = await kept();
  const url = new URL(file.name, base);
  const before = await cache?.match(url);
  const response = before ?? (await fetch(url));
  if (!response.ok) throw new Error(`${file.name} could not be loaded (${response.status})`);
  const bytes = await into;
  let at = 0;
  for await (const piece of pieces(response.body, file.size)) {
    if (at + piece.length > file.size) throw new Error(`${file.name} is longer than it should be`);
    bytes().set(piece, at);
    at += piece.length;
    arrived(piece.length);
  }
  if (at !== file.size) throw new Error(`${file.name} is cut short`);
  return before ? null : () => cache?.put(url, new Response(bytes().slice()));
}

/** The bytes of a body, in large pieces where the browser can give them: each costs a turn of the event loop. */
async function* pieces(body, size) {
  const large = inLarge(body);
  const small = large ? null : body.getReader();
  let buffer = new ArrayBuffer(large ? Math.min(size, PIECE) + 1 : 0);
  for (let left = size; ; ) {
    const min = Math.max(1, Math.min(PIECE, left));
    const { done, value } = await (large ? large.read(new Uint8Array(buffer), { min }) : small.read());
    if (value?.length) yield value;
    if (done) return;
    left -= value.length;
    buffer = value.buffer;
  }
}

function inLarge(body) {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return null; // Safari before 26
  }
}

/** Keep what came, and delete what was kept before and `listed` does not name. Is all of it kept? */
export async function keep(base, listed, keeping) {
  const cache = await kept();
  try {
    for (const put of keeping) await put?.();
  } catch {
    return false; // no room
  }
  const wanted = new Set(["lookup.json", ...Object.values(listed.files).map((file) => file.name)].map((name) => `${new URL(name, base)}`));
  for (const request of (await cache?.keys()) ?? []) {
    if (request.url.startsWith(`${base}`) && !wanted.has(request.url)) await cache.delete(request);
  }
  return Boolean(cache);
}
