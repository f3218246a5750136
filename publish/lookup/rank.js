// Which answer fits, and how sure that is: search/rank.py, lexicon.py and session.py say the same in Python. Pure but for the kernel.

import { asked, masked, meant, Speller } from "./question.js";
import { tokenIds } from "./wordpiece.js";

const LEFT_OUT = -1e38;

export class Ranking {
  /** `pack`: the answers. Without `kernel` (later: `this.kernel = …`) only words can be compared. */
  constructor(pack) {
    this.pack = pack;
    this.head = pack.head;
    this.kernel = null;
    this.vocabulary = pack.words("vocabulary:text");
    this.table = pack.words("words:text");
    this.speller = new Speller(pack.words("spelling:text"), this.vocabulary, this.head.spelling);
    this.stop = new Set(this.head.lexicon.stop);
  }

  /** `question`: {query, competitor, stage, kind, most}; what it says on one line, and as it is understood, words mended. */
  read(question) {
    const words = asked(question.query, this.head.longest);
    return { words, read: this.speller.mended(words) };
  }

  /** As `kb search` answers: {read, mended, answered, hits, near}, each hit with its row and the probability that it is right. */
  search(question) {
    const { words, read } = this.read(question);
    const hits = words ? this.#ranked(read, question) : [];
    const good = hits.filter((hit) => hit.score >= this.head.threshold).slice(0, question.most);
    const near = good.length ? [] : hits.slice(0, this.head.near);
    return { read, mended: read !== words, answered: good.length > 0, hits: good, near };
  }

  /** The same by words alone: hits in order, without a probability. */
  byWords(question) {
    const { words, read } = this.read(question);
    const { adjust, query } = this.#filtered(read, question);
    const found = this.#lexical(query);
    const facets = this.pack.section("facets", Uint16Array);
    const { lexical, saturation } = this.head.ranking;
    const hits = [];
    found.forEach((bm25, answer) => {
      const extra = adjust[facets[answer]];
      if (bm25 > 0 && extra !== LEFT_OUT) hits.push([lexical * (bm25 / (bm25 + saturation)) + extra, answer]);
    });
    hits.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    return { read, mended: read !== words, hits: hits.slice(0, question.most).map(([, answer]) => this.#hit(answer, null)) };
  }

  /** The vector of a text, as the kernel has it. */
  vector(text) {
    return this.kernel.embed(tokenIds(text, this.vocabulary, this.head.model.most));
  }

  #ranked(read, question) {
    const { ranking } = this.head;
    const { adjust, query } = this.#filtered(read, question);
    if (!adjust.length) return [];
    const bm25 = this.#lexical(query);
    this.vector(query);
    const weights = [ranking.best, ranking.whole, ranking.centroid, ranking.lexical, ranking.saturation];
    const found = this.kernel.scores(bm25, adjust, weights, Math.max(question.most, this.head.near));
    const sure = found.map(([answer, score]) => [rounded(score, this.head.curve), answer, score]);
    sure.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    const first = this.#looked(query, sure[0]);
    return sure.map(([chance, answer], n) => this.#hit(answer, n ? Math.min(chance, first) : first));
  }

  /** The probability of the first answer, after it was read together with the question where it was neither high nor low. */
  #looked(query, [chance, answer, score] = [0]) {
    if (!this.kernel.reader) return chance;
    const { question, unsure } = this.head.reader;
    if (chance <= unsure[0] || chance >= unsure[1]) return chance;
    const said = this.#said(tokenIds(query, this.vocabulary, question), answer);
    return rounded(score + this.head.ranking.read * said, this.head.ranking);
  }

  /** How likely an answer answers the question, as a logit. */
  #said(asked, answer) {
    const starts = this.pack.section("reading:starts", Uint32Array);
    const tokens = this.pack.section("reading", Uint16Array).subarray(starts[answer], starts[answer + 1]);
    const last = this.pack.section("reading:last", Float32Array);
    const vector = this.kernel.embed([...asked, ...tokens], this.kernel.reader);
    return vector.reduce((sum, value, n) => sum + value * last[n], last[vector.length]);
  }

  #hit(answer, score) {
    return { row: this.pack.record("answers", answer), score };
  }

  /** The question as it is compared, and what each facet adds to a score. */
  #filtered(read, { competitor, stage, kind }) {
    const [query, named] = masked(meant(read, this.head.denial), this.head.names, this.head.lexicon.mask);
    if (competitor) named.add(competitor);
    const { boost, other_kinds: otherKinds } = this.head.ranking;
    const adjust = this.head.facets.map(([what, competitors, stages]) => {
      const out =
        (competitor && competitors.length && !competitors.includes(competitor)) ||
        (stage && stages.length && !stages.includes(stage)) ||
        (kind && what !== kind);
      return out ? LEFT_OUT : (competitors.some((slug) => named.has(slug)) ? boost : 0) - (what === "objection" ? 0 : otherKinds);
    });
    return { query, adjust };
  }

  /** The BM25 score of every answer. */
  #lexical(query) {
    const found = new Float32Array(this.head.answers);
    const starts = this.pack.section("words:starts", Uint32Array);
    const holders = this.pack.section("words:answers", Uint32Array);
    const weights = this.pack.section("words:weights", Float32Array);
    const all = new Set(this.#words(query));
    all.delete(this.head.lexicon.mask);
    for (const word of all) {
      const number = this.table.get(word);
      if (number === undefined) continue;
      for (let at = starts[number]; at < starts[number + 1]; at++) found[holders[at]] += weights[at];
    }
    return found;
  }

  #words(text) {
    const separate = text.toLowerCase().split(/[^\p{L}\p{N}_]+/u);
    return separate.filter((word) => word && !this.stop.has(word)).map(stem);
  }
}

function stem(word) {
  for (const ending of ["ing", "ed", "es", "s"]) {
    if (word.endsWith(ending) && word.length - ending.length >= 3) return word.slice(0, -ending.length);
  }
  return word;
}

/** The calibrated probability that an answer of this score is right. */
export function probability(score, { steepness, middle }) {
  return 1 / (1 + Math.exp(-steepness * (score - middle)));
}

function rounded(score, curve) {
  return Math.round(1e6 * probability(score, curve)) / 1e6;
}
