// The lookup's files: fetched once, with progress, and kept, so that they are there when the network is not.

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
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > file.size) throw new Error(`${file.name} is longer than it should be`);
    bytes().set(value, at);
    at += value.length;
    arrived(value.length);
  }
  if (at !== file.size) throw new Error(`${file.name} is cut short`);
  return before ? null : () => cache?.put(url, new Response(bytes().slice()));
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
