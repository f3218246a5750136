// Is it still so? The page holds dates, the reader's clock says what is stale today: a site built last month must know.
"use strict";
(() => {
  const now = new Date();
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
  const reasons = (element) => (element.dataset.reasons || "").split(" | ").filter(Boolean);

  function label(kind, text) {
    const badge = document.createElement("span");
    badge.className = `rj-badge rj-badge--${kind}`;
    badge.textContent = text;
    return badge;
  }

  // A card or an objection page: reviewed, and due again on a day.
  for (const line of document.querySelectorAll(".rj-vouch")) {
    const why = reasons(line);
    if (!line.dataset.due) why.unshift("never reviewed");
    else if (today > line.dataset.due) why.unshift(`review overdue since ${line.dataset.due}`);
    const days = (Date.parse(line.dataset.due) - Date.parse(today)) / 864e5;
    line.prepend(why.length ? label("stale", `Stale: ${why.join("; ")}`) : label("fresh", days <= 14 ? `Review due in ${days} days` : "Fresh"));
    line.classList.toggle("rj-vouch--stale", why.length > 0);
  }

  // A claim: its evidence holds until a day, or something happened that touches it.
  for (const item of document.querySelectorAll("[data-until], li[data-reasons]")) {
    const why = reasons(item);
    if (item.dataset.until && today > item.dataset.until) why.unshift(item.dataset.why || `its evidence held until ${item.dataset.until}`);
    if (!why.length) continue;
    item.classList.add("rj-stale");
    item.append(label("stale", `Check first: ${why.join("; ")}`));
  }

  // Tiles and rows that lead to a page, and rows of a comparison: the same mark, in short.
  for (const mark of document.querySelectorAll(".rj-due")) {
    const why = reasons(mark).join("; ");
    const kind = mark.dataset.due ? "stale" : "Check first";
    if (why || today > mark.dataset.due) mark.append(label("stale", why ? `${kind}: ${why}` : kind));
  }
})();
