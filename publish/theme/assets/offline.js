// Registers the service worker, so that the whole site opens on a train. On plain http (but for loopback) a browser has none.
"use strict";
(() => {
  if (!("serviceWorker" in navigator) || !isSecureContext || location.protocol === "file:") return;
  const worker = new URL("../../sw.js", document.currentScript.src);
  addEventListener("load", () => {
    navigator.serviceWorker.register(worker.href, {updateViaCache: "none"}).catch(() => {}); // no worker: the site works online
  });
})();
