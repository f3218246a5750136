// The site in the reader's pocket. Written by `kb build`: FILES is every file with its hash, but for the lookup's model, which the lookup
// keeps by itself once it is used.
"use strict";
const FILES = {/*FILES*/};
const VERSION = "/*VERSION*/";
const SITE = new URL(self.registration.scope);
const NAME = `rejoinder ${SITE.pathname} `;

const at = (path) => new URL(path, SITE).href;
const keyed = (path, hash) => `${at(path)}?rejoinder=${hash}`;

// A new version takes over what it has in common with the old one, and fetches the rest.
self.addEventListener("install", (event) => event.waitUntil(fill()));

async function fill() {
  const cache = await caches.open(NAME + VERSION);
  const names = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== NAME + VERSION);
  const older = await Promise.all(names.map((name) => caches.open(name)));
  const waiting = Object.entries(FILES);
  async function work() {
    for (let next; (next = waiting.pop());) await keep(cache, older, ...next);
  }
  await Promise.all(Array.from({length: 8}, work));
  await self.skipWaiting();
}

async function keep(cache, older, path, hash) {
  const key = keyed(path, hash);
  if (await cache.match(key)) return undefined; // an install that was interrupted goes on where it was
  for (const old of older) {
    const found = await old.match(key);
    if (found) return cache.put(key, found);
  }
  const answer = await fetch(at(path), {cache: "no-cache"});
  if (path === "404.html" && !answer.ok) return undefined; // some hosts keep it to themselves
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return cache.put(key, plain(answer));
}

// A redirected answer may not be given to a navigation; a copy of it may.
const plain = (answer) => (answer.redirected ? new Response(answer.body, {headers: answer.headers}) : answer);

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith(NAME) && name !== NAME + VERSION) await caches.delete(name);
  }
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== SITE.origin || !url.pathname.startsWith(SITE.pathname)) return;
  if (event.request.headers.has("range")) return;
  const path = decodeURIComponent(url.pathname.slice(SITE.pathname.length));
  const name = [path, `${path}index.html`, `${path}/index.html`].find((n) => n in FILES);
  if (name) event.respondWith(kept(name, event.request));
  else if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => kept("404.html", event.request)));
});

async function kept(name, request) {
  if (request.mode === "navigate" && name.endsWith("index.html") && !/\/(index\.html)?$/.test(new URL(request.url).pathname)) {
    return Response.redirect(`${request.url.split(/[?#]/)[0]}/`); // relative links need the slash
  }
  const cache = await caches.open(NAME + VERSION);
  return (await cache.match(keyed(name, FILES[name]))) || fetch(request);
}
