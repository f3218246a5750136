// Registers the service worker, so that the whole site opens on a train. On plain http (but for loopback) a browser has none.
"use strict";
(() => {
  if (!("serviceWorker" in navigator) || !isSecureContext || location.protocol === "file:") return;
  const container = navigator.serviceWorker;
  const worker = new URL("../../sw.js", document.currentScript.src);
  const register = () => container.register(worker.href, {updateViaCache: "none"}).catch(() => {}); // no worker: the site works online
  // Keeping the whole site takes the line and a core; a reader who waits for an answer comes first.
  addEventListener("load", () => {
    if (document.querySelector("[data-loading]")) document.addEventListener("lookup-loaded", register, {once: true});
    else register();
  });

  let before = container.controller; // none on a first visit: then the page is no older than the worker that takes it over
  container.addEventListener("controllerchange", () => {
    if (before) tell();
    before = container.controller;
  });
  // A page that stood open since yesterday: is there a newer one?
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") container.ready.then((registration) => registration.update()).catch(() => {});
  });

  /** A page opens at once, as it was kept; the reader is told as soon as a newer one is there. The theme's own look of a notice. */
  function tell() {
    if (document.querySelector(".rj-updated")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Reload";
    button.style.cssText = "margin-left: .6em; padding: .5em .8em; border: 1px solid; border-radius: .2em; cursor: pointer";
    button.addEventListener("click", () => location.reload());
    const line = document.createElement("div");
    line.className = "md-dialog__inner md-typeset";
    line.append("This site has been updated.", button);
    const notice = document.createElement("div");
    notice.className = "md-dialog md-dialog--active rj-updated";
    notice.setAttribute("role", "status");
    notice.append(line);
    document.body.append(notice);
  }
})();
