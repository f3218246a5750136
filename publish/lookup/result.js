// What a reader sees of an answer. Nothing of it is HTML: every text is put in as text.

const KINDS = { "proof-point": "proof point", "talk-track": "talk track", note: "field note" };
const HEARD = "note";
const CHECK = "check before you say it";

/** An element with a class and children: texts or other elements. */
export function make(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Today in the reader's own time zone, as an ISO day. */
export function today(now = new Date()) {
  const two = (n) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** [is it stale?, how fresh it is in words], from the dates of an answer and today's, and from what happened to its claim. */
export function freshness({ kind, reviewed, fresh_until: due, until, why, reasons = [] }, day) {
  const known = [...(until && day > until ? [why] : []), ...reasons].join("; ");
  if (!due) return [true, `Never reviewed: ${known || CHECK}`];
  if (day > due) return [true, `Stale since ${due}: ${known || CHECK}`];
  if (known) return [true, `Check first: ${known}`];
  return [false, `${kind === HEARD ? "Heard" : "Reviewed"} ${reviewed}, fresh until ${until && until < due ? until : due}`];
}

/** One answer as a list item. `root`: the site's address; `names`: slug → the competitor's name. */
export function item({ row, score }, root, names, day) {
  const [stale, fresh] = freshness(row, day);
  const heard = row.kind === HEARD; // what a buyer said is not for saying to the next one
  const say = make("p", heard ? "lookup-heard" : "lookup-say", row.say_this);
  const about = [KINDS[row.kind] ?? row.kind, ...row.competitors.map((slug) => names.get(slug) ?? slug)].join(" · ");
  return make(
    "li",
    "lookup-hit",
    say,
    make("div", "lookup-first", heading(row, root), heard ? null : copier(say)),
    make(
      "p",
      "lookup-facts",
      score === null ? null : make("span", "lookup-sure", `${Math.round(100 * score)} % sure`),
      make("span", "lookup-kind", about),
      make("span", stale ? "lookup-stale" : "lookup-fresh", fresh),
    ),
    evidence(row.evidence, root),
  );
}

/** A near miss as a list item: where to look, and nothing that could be said aloud. */
export function miss({ row, score }, root) {
  return make("li", "lookup-hit lookup-miss", make("span", "lookup-sure", `${Math.round(100 * score)} %`), heading(row, root));
}

function heading(row, root) {
  const title = make("a", "lookup-title", row.title);
  title.href = new URL(row.url, root);
  return make("h2", "lookup-heading", title);
}

function copier(say) {
  const button = make("button", "lookup-copy", "Copy");
  button.type = "button";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(say.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    } catch {
      getSelection().selectAllChildren(say); // no leave to write: at least it is marked
    }
  });
  return button;
}

function evidence(links, root) {
  if (!links.length) return null;
  return make("p", "lookup-evidence", "Evidence: ", ...links.flatMap(([text, href], n) => (n ? [", ", link(text, href, root)] : [link(text, href, root)])));
}

function link(text, href, root) {
  const url = new URL(href, root);
  if (!["http:", "https:"].includes(url.protocol)) return text;
  const made = make("a", "", text);
  made.href = url;
  if (url.origin !== location.origin) Object.assign(made, { target: "_blank", rel: "noopener" });
  return made;
}
