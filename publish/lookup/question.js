// How a question is read, before anything is ranked: search/session.py, spelling.py, denial.py and rank.py say the same in Python. Pure.

const WORD = "[\\p{L}\\p{N}_]";
const IN_WORD = /[\p{L}\p{N}_]/u;

/** The question on one line, cut to `longest` characters; "" when there is nothing in it. */
export function asked(query, longest) {
  const some = [...query].slice(0, 4 * longest).map((c) => (/[\p{C}\p{Z}]/u.test(c) ? " " : c));
  const line = [...some.join("").split(" ").filter(Boolean).join(" ")].slice(0, longest).join("");
  return /[\p{L}\p{N}]/u.test(line) ? line : "";
}

/** Mends the words of a question that are likely misspelt. */
export class Speller {
  /** `own`: the knowledge base's words, the commonest first; `vocabulary`: the model's; `rules`: of the pack. */
  constructor(own, vocabulary, rules) {
    Object.assign(this, { own, vocabulary, rules, byLetter: new Map() });
    for (const [word, n] of own) {
      const letter = word[0];
      if (!this.byLetter.has(letter)) this.byLetter.set(letter, []);
      this.byLetter.get(letter).push([n, word]);
    }
  }

  mended(query) {
    if (!this.vocabulary.size) return query;
    return query.replace(/\p{L}+/gu, (word) => (word.length >= this.rules.shortest ? this.#word(word) : word));
  }

  #word(word) {
    const low = word.toLowerCase();
    const shouted = word === word.toUpperCase() && word !== low;
    if ((shouted && word.length < this.rules.long) || this.#isGood(low)) return word;
    const most = low.length >= this.rules.long ? 2 : 1;
    let best = null;
    for (const letter of new Set([low[0], low[1]])) {
      for (const [n, own] of this.byLetter.get(letter) ?? []) {
        const edits = distance(low, own, most);
        if (edits <= most && (!best || edits < best[0] || (edits === best[0] && n < best[1]))) best = [edits, n, own];
      }
    }
    return best ? best[2] : word;
  }

  #isGood(word) {
    if (this.#knows(word)) return true;
    const { endings, beginnings } = this.rules;
    const stems = endings.filter((e) => word.endsWith(e)).map((e) => word.slice(0, word.length - e.length));
    stems.push(...stems.map((s) => `${s}e`), ...stems.filter((s) => s.endsWith("i")).map((s) => `${s.slice(0, -1)}y`));
    stems.push(...stems.filter((s) => s.length > 2 && s.at(-1) === s.at(-2)).map((s) => s.slice(0, -1)));
    stems.push(...beginnings.filter((b) => word.startsWith(b)).map((b) => word.slice(b.length)));
    if (stems.some((s) => s.length >= 3 && this.#knows(s))) return true;
    for (let n = 4; n < word.length - 3; n++) if (this.#knows(word.slice(0, n)) && this.#knows(word.slice(n))) return true;
    return false;
  }

  #knows(word) {
    return this.own.has(word) || this.vocabulary.has(word);
  }
}

/** Letters to drop, add, change or swap with their neighbour; some number above `most` when it is more. */
export function distance(one, two, most) {
  const swapped = one[0] === two[1] && one[1] === two[0];
  if (Math.abs(one.length - two.length) > most || (one[0] !== two[0] && !swapped)) return most + 1;
  let [older, before, row] = [[], [], Array.from({ length: two.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= one.length; i++) {
    [older, before, row] = [before, row, [i]];
    for (let j = 1; j <= two.length; j++) {
      let cost = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one[i - 1] === two[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === two[j - 2] && one[i - 2] === two[j - 1]) cost = Math.min(cost, older[j - 2] + 1);
      row.push(cost);
    }
    if (Math.min(...row) > most) return most + 1;
  }
  return row[two.length];
}

/** The question without the clauses that deny something. `rules`: of the pack, with Python's regular expressions. */
export function meant(query, rules) {
  if (!rules.marks.some((mark) => query.includes(mark))) return query;
  const clauses = query.split(pattern(rules.split, "u")).filter(Boolean);
  const denies = pattern(rules.denies, "iu");
  const kept = clauses.filter((clause) => !denies.test(clause));
  const words = kept.reduce((sum, clause) => sum + clause.split(/\s+/u).filter(Boolean).length, 0);
  return kept.length < clauses.length && words >= rules.least ? kept.join(", ") : query;
}

/** A regular expression of Python's, whose \w and \b know every script, unlike JavaScript's. */
function pattern(source, flags) {
  const bound = `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`;
  return new RegExp(source.replaceAll("\\b", bound).replaceAll("\\w", WORD).replaceAll("(?P<", "(?<"), flags);
}

/** [the question with competitors' names masked, the slugs that were named]. `names`: [slug, forms] each. */
export function masked(query, names, mask) {
  const named = new Set();
  for (const [slug, forms] of names) {
    for (const form of forms.toSorted((a, b) => b.length - a.length)) {
      const without = withoutForm(query, form, mask);
      if (without !== query) named.add(slug);
      query = without;
    }
  }
  return [query, named];
}

function withoutForm(query, form, mask) {
  let low = query.toLowerCase();
  form = form.toLowerCase();
  if (low.length !== query.length || !form) return query;
  for (let at = low.indexOf(form); at >= 0; at = low.indexOf(form, at)) {
    let end = at + form.length;
    if (["'s", "’s"].includes(low.slice(end, end + 2))) end += 2;
    if (IN_WORD.test(low[at - 1] ?? "") || IN_WORD.test(low[end] ?? "")) {
      at += 1;
    } else {
      query = query.slice(0, at) + mask + query.slice(end);
      low = low.slice(0, at) + mask + low.slice(end);
      at += mask.length;
    }
  }
  return query;
}
