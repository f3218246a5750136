// What a card does when tapped. Without this script everything is readable; nothing is hidden that cannot be unfolded.
"use strict";
(() => {
  const make = (tag, name, text) => Object.assign(document.createElement(tag), {className: name, textContent: text});

  // A copy button on every "Say this".
  for (const say of document.querySelectorAll("[data-say]")) {
    const button = make("button", "rj-copy", "Copy");
    button.type = "button";
    button.setAttribute("aria-label", "Copy what to say");
    const words = say.innerText.trim();
    button.addEventListener("click", async () => {
      const done = await copied(words);
      button.textContent = done ? "Copied" : "Select it by hand";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
    say.append(button);
  }

  // navigator.clipboard is missing on plain http: the old way still works there.
  async function copied(words) {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      const area = make("textarea", "rj-offscreen", words);
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // The heading of an objection is the biggest thing to tap: it unfolds the rest.
  for (const box of document.querySelectorAll(".rj-objection")) {
    const rest = box.querySelector("details");
    const heading = box.querySelector("h3");
    if (rest && heading) {
      heading.classList.add("rj-tap");
      heading.addEventListener("click", (event) => {
        if (!event.target.closest("a")) rest.open = !rest.open;
      });
    }
  }

  // Paper cannot be unfolded: a page that is only one objection is printed whole.
  addEventListener("beforeprint", () => {
    for (const rest of document.querySelectorAll(".rj-objection--alone details")) rest.open = true;
  });

  // What the theme leaves unnamed for a screen reader, or out of reach of a keyboard.
  document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
  for (const labels of document.querySelectorAll(".tabbed-labels")) {
    if (labels.scrollWidth > labels.clientWidth) labels.tabIndex = 0;
  }

  // A link that leads into a folded part, or into a tab that is not shown, opens it.
  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    const box = target.closest(".rj-objection");
    const rest = box && box.querySelector("details");
    if (rest) rest.open = true;
    const block = target.closest(".tabbed-block");
    if (block) {
      const set = block.closest(".tabbed-set");
      const at = [...block.parentElement.children].indexOf(block);
      set.querySelectorAll(":scope > input")[at].checked = true;
    }
    if (rest || block) target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();
})();
