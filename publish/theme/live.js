// In `kb serve` only: shows the page anew when the site was built anew, and what is wrong when it could not be.
"use strict";
(() => {
  const events = new EventSource("/api/live");
  let version = null;
  events.addEventListener("message", (event) => {
    const told = JSON.parse(event.data);
    if (version !== null && told.version !== version) location.reload();
    version = told.version;
    document.querySelector(".rj-trouble")?.remove();
    if (!told.trouble) return;
    const note = document.createElement("pre");
    note.className = "rj-trouble";
    note.textContent = told.trouble;
    document.body.prepend(note);
  });
})();
