// The box, its filters and its answers; the worker is started when the box is first used.

import { item, make, miss, today } from "./result.js";

const root = new URL("../", import.meta.url);
const PAUSE = 700; // ms without a change before an answer is read aloud
const BY_WORDS = { loads: ", while the model loads", missing: ": the model is not on this device yet" };

export class Panel {
  /** Build it inside `home`. `asked` is told every question, to put it into the address. */
  constructor(home, asked = () => {}) {
    Object.assign(this, { home, asked, id: 0, names: new Map(), worker: null, model: "none", wanted: {} });
    this.input = make("input", "lookup-input");
    Object.assign(this.input, { type: "search", placeholder: "What did they say?", autocomplete: "off", spellcheck: false, maxLength: 2000 });
    this.input.setAttribute("aria-label", "What did they say?");
    this.filters = { competitor: filter("Competitor"), stage: filter("Stage"), kind: filter("Kind") };
    this.progress = make("progress", "lookup-progress");
    this.progress.hidden = true;
    this.progress.setAttribute("aria-label", "Loading the lookup");
    this.status = make("p", "lookup-status");
    this.arrived = make("span", "lookup-arrived");
    this.spoken = make("p", "lookup-spoken");
    this.spoken.setAttribute("role", "status");
    this.list = make("ol", "lookup-hits");
    const row = make("div", "lookup-filters", ...Object.values(this.filters));
    home.append(make("form", "lookup-form", this.input, row), this.progress, this.status, this.spoken, this.list);
    home.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    home.querySelector("form").setAttribute("role", "search");
    home.addEventListener("input", () => this.ask());
    home.addEventListener("focusin", () => this.start());
    home.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Start the worker, which loads what words need; the model comes with the first question. */
  start() {
    if (this.worker) return;
    this.#tell("Loading the answers.", []);
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.#heard(data);
    this.worker.onerror = (event) => this.#heard({ error: event.message || "the lookup could not be started" });
  }

  /** Ask what the box says now. */
  ask() {
    this.start();
    this.asked(this.#question());
    this.#loading(this.input.value.trim() && ["none", "loads"].includes(this.model));
    this.worker.postMessage({ id: ++this.id, question: this.#question() });
  }

  /** Put a question into the box; its filters are chosen as soon as they are known. */
  put(question) {
    this.input.value = question.query ?? "";
    this.wanted = question;
    this.ask();
  }

  /** Says to the rest of the page (offline.js) whether the model is on its way: what can wait leaves it the line. */
  #loading(now) {
    this.home.toggleAttribute("data-loading", Boolean(now));
    if (!now) this.home.dispatchEvent(new Event("lookup-loaded", { bubbles: true }));
  }

  #question() {
    const chosen = Object.entries(this.filters).map(([name, select]) => [name, select.value || this.wanted[name] || null]);
    return { query: this.input.value, most: 5, ...Object.fromEntries(chosen) };
  }

  #heard(data) {
    if (data.progress) this.#show(data.progress);
    else if (data.ready) this.#ready(data.ready);
    else if (data.meaning !== undefined) this.#meaning(data.meaning);
    else if (data.reads) this.home.dataset.reads = true;
    else if (data.error) this.#failed(data.error);
    else if (data.kept !== undefined) this.#kept(data.kept);
    else if (data.id === this.id) this.#answer(data);
  }

  #show({ arrived, of }) {
    Object.assign(this.progress, { hidden: arrived === of, max: of, value: arrived });
    this.arrived.textContent = arrived === of ? "" : ` ${(arrived / 1e6).toFixed(1)} of ${(of / 1e6).toFixed(1)} MB`;
  }

  #meaning(there) {
    this.model = there ? "there" : "missing";
    this.#loading(false);
    this.#show({ arrived: 1, of: 1 });
  }

  /** What was kept for the next time shall stay, even when the device runs short of room. */
  #kept(all) {
    this.home.dataset.kept = all;
    if (all) navigator.storage?.persist?.().catch(() => null);
  }

  #ready({ competitors, stages, kinds, semantic }) {
    this.names = new Map(competitors);
    this.model = semantic ? "loads" : "words";
    if (!semantic) this.#loading(false);
    if (!this.input.value.trim()) this.#tell("", []);
    const options = {
      competitor: competitors.map(([slug, name]) => new Option(name, slug)),
      stage: stages.map((name) => new Option(name)),
      kind: kinds.map((name) => new Option(name.replace("-", " "), name)),
    };
    for (const [name, select] of Object.entries(this.filters)) {
      const chosen = select.value || this.wanted[name] || "";
      select.replaceChildren(select.options[0], ...options[name]);
      select.value = chosen;
    }
    this.wanted = {};
  }

  #failed(error) {
    this.#loading(false);
    this.#show({ arrived: 1, of: 1 });
    this.worker.terminate();
    this.worker = null; // the next key starts anew
    this.#tell(`The lookup is not there: ${error}.`, []);
  }

  #answer({ words, answers }) {
    const found = answers ?? words;
    const said = JSON.stringify([this.id, answers]);
    if (answers && said === this.said) return; // a second look that changed nothing
    this.said = said;
    if (!this.input.value.trim()) return this.#tell("", []);
    const read = found.mended ? ` Read as: ${found.read}` : "";
    if (words) return this.#tell(`By words alone${BY_WORDS[this.model] ?? ""}.${read}`, words.hits);
    if (answers.answered) return this.#tell(read.trim(), answers.hits, "answered");
    const near = answers.near.length ? "Nearest, but not near enough to say aloud:" : "Nothing here comes near.";
    return this.#tell(`No good answer.${read} ${near}`, answers.near, "near");
  }

  #tell(text, hits, state = "words") {
    this.home.dataset.state = text || hits.length ? state : "";
    this.status.replaceChildren(text, this.arrived);
    const day = today();
    const at = [...this.list.children].findIndex((hit) => hit.contains(document.activeElement));
    this.list.replaceChildren(...hits.map((hit) => (state === "near" ? miss(hit, root) : item(hit, root, this.names, day))));
    if (at >= 0) (this.list.querySelectorAll(".lookup-title")[at] ?? this.input).focus(); // who is among the answers stays there
    clearTimeout(this.timer);
    if (state === "words" && ["loads", "there"].includes(this.model)) return; // only the forerunner of an answer
    this.timer = setTimeout(() => (this.spoken.textContent = spoken(text, hits, state)), PAUSE);
  }

  /** Arrows go through the answers, Enter leads into them, Escape back to the box. No key leaves the panel: the theme has its own. */
  #key(event) {
    event.stopPropagation();
    if (event.isComposing || event.target.tagName === "SELECT") return;
    const stops = [this.input, ...this.list.querySelectorAll(".lookup-title")];
    const at = Math.max(0, stops.findLastIndex((stop) => stop === event.target || stop.closest("li")?.contains(event.target)));
    const inBox = event.target === this.input;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Enter: inBox ? 1 : NaN, Escape: inBox ? NaN : 0 }[event.key];
    if (!stops[to]) return;
    event.preventDefault();
    stops[to].focus();
    if (to) stops[to].closest("li").scrollIntoView({ block: "nearest" });
  }
}

function filter(name) {
  const made = make("select", "lookup-filter", new Option(name, ""));
  made.setAttribute("aria-label", name);
  return made;
}

function spoken(text, hits, state) {
  const first = hits[0];
  if (!first) return text;
  if (state === "near") return `${text} ${hits.map((hit) => hit.row.title).join(". ")}.`;
  return `${text} ${hits.length} ${hits.length === 1 ? "answer" : "answers"}. First: ${first.row.title}. ${first.row.say_this}`.trim();
}
