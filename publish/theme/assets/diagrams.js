// Draws the Mermaid diagrams of a page, from the copy of Mermaid that lies beside this file; only a page that has one loads it.
"use strict";
(() => {
  const blocks = [...document.querySelectorAll(".rj-diagram")];
  if (!blocks.length) return;
  const sources = blocks.map((block) => block.textContent);
  const dark = () => document.body.getAttribute("data-md-color-scheme") === "slate";
  const script = document.createElement("script");
  script.src = new URL("mermaid.tiny.js", document.currentScript.src).href;
  script.addEventListener("load", () => {
    draw();
    new MutationObserver(draw).observe(document.body, {attributeFilter: ["data-md-color-scheme"]});
  });
  document.head.append(script);

  async function draw() {
    const theme = dark() ? {theme: "dark", themeVariables: {edgeLabelBackground: "#22252e"}} : {theme: "neutral"};
    globalThis.mermaid.initialize({startOnLoad: false, securityLevel: "strict", fontFamily: "inherit", ...theme});
    for (const [n, block] of blocks.entries()) {
      try {
        const {svg} = await globalThis.mermaid.render(`rj-diagram-${n}`, sources[n]);
        block.innerHTML = svg;
        block.classList.add("rj-diagram--drawn");
      } catch {
        block.textContent = sources[n]; // what it says can still be read
      }
    }
  }
})();
