// "What did they say?" on every page: a box in the header that opens a panel, and the panel itself on the lookup's own page.

import { Panel } from "./panel.js";
import { make } from "./result.js";

const FILTERS = ["competitor", "stage", "kind"];
const editable = (target) => target.closest?.("input, textarea, select, [contenteditable]");
let open = () => {};

/** Put the box into this page. */
function mount() {
  const home = document.getElementById("lookup-page");
  if (home ? home.childElementCount : document.querySelector(".lookup-dialog")) return;
  open = home ? onItsPage(home) : inADialog();
  if (!document.querySelector(".lookup-open")) header();
}

function onItsPage(home) {
  const panel = new Panel(home, (question) => history.replaceState(history.state, "", address(question)));
  const asked = new URLSearchParams(location.search);
  if (asked.has("q")) panel.put({ query: asked.get("q"), ...Object.fromEntries(FILTERS.map((name) => [name, asked.get(name)])) });
  const focus = () => panel.input.focus();
  focus();
  if (asked.has("q")) themed(() => notTheirs(asked, focus));
  return focus;
}

/** The theme's own search answers to ?q= as well, and then takes it out of the address: not here. */
function notTheirs(asked, focus) {
  const open = document.getElementById("__search");
  if (open?.checked) open.click();
  if (document.activeElement?.matches(".md-search__input")) focus();
  const box = document.querySelector(".md-search__input");
  if (box) box.value = "";
  history.replaceState(history.state, "", `?${asked}`);
}

function address({ query, ...rest }) {
  const asked = new URLSearchParams(query ? { q: query } : {});
  for (const name of FILTERS) if (rest[name]) asked.set(name, rest[name]);
  return asked.size ? `?${asked}` : location.pathname;
}

function inADialog() {
  const dialog = make("dialog", "lookup-dialog");
  dialog.setAttribute("aria-label", "What did they say?");
  const close = make("button", "lookup-close", "Close");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  const page = make("a", "lookup-page-link", "Link to this question");
  const home = make("div", "lookup-panel");
  dialog.append(home, make("p", "lookup-foot", page, close));
  const there = new URL("./", import.meta.url);
  page.href = there;
  const panel = new Panel(home, (question) => (page.href = new URL(address(question), there)));
  dialog.addEventListener("click", (event) => (event.target === dialog || leadsAway(event)) && dialog.close());
  document.body.append(dialog);
  return () => {
    if (!dialog.open) dialog.showModal();
    panel.input.focus();
    panel.input.select();
  };
}

/** Does this click follow a link to a page of the site, in this tab? It may be the very page that lies below the dialog. */
function leadsAway({ target, ctrlKey, metaKey, shiftKey }) {
  return target.closest(".lookup-hits a:not([target])") && !(ctrlKey || metaKey || shiftKey);
}

function header() {
  const button = make("button", "lookup-open", make("span", "", "What did they say?"), make("kbd", "", "/"));
  button.type = "button";
  button.addEventListener("click", () => open());
  const bar = document.querySelector(".md-header__inner");
  if (bar) bar.querySelector(".md-header__title").after(button);
  else document.body.prepend(button);
}

addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || editable(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the theme's own search listens too
    open();
  },
  true,
);

/** What the theme's scripts must have run for; ours do not wait for them. */
function themed(then) {
  if (document.readyState === "complete") then();
  else addEventListener("load", then, { once: true });
}

if (document.readyState === "loading") document.addEventListener("readystatechange", mount, { once: true });
else mount();
themed(() => globalThis.document$?.subscribe?.(mount)); // a theme that changes pages without loading them
