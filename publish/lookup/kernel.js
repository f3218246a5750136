// The kernel in WebAssembly (search/engine/kernel.c), its memory, and what lies in it.

import { changed, matrices, space } from "./change.js";

const PAGE = 65536;
const ALIGNED = 64;

export class Kernel {
  /** Compile and start it. */
  static async open(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new Kernel(instance.exports);
  }

  constructor(exports) {
    this.exports = exports;
    this.end = exports.__heap_base.value;
    this.reader = null;
  }

  /** Room for so many bytes that stays where it is: the address. Views into the memory are void afterwards. */
  room(size) {
    const at = Math.ceil(this.end / ALIGNED) * ALIGNED;
    this.end = at + size;
    const missing = this.end - this.exports.memory.buffer.byteLength;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** A view of the memory: `kind` is a typed array's class. */
  view(kind, at, count) {
    return new kind(this.exports.memory.buffer, at, count);
  }

  /** Put numbers at a place of their own: the address. */
  put(kind, numbers) {
    const at = this.room(numbers.length * kind.BYTES_PER_ELEMENT);
    this.view(kind, at, numbers.length).set(numbers);
    return at;
  }

  /** `weights`: where the small weights lie; `model`: what the pack says of them. */
  openModel(weights, model) {
    const [width, inner, heads, layers] = model.shape;
    this.width = width;
    this.shape = this.put(Int32Array, [width, inner, heads, layers, 0]);
    this.view(Float32Array, this.shape + 16, 1)[0] = model.epsilon;
    this.tensors = this.put(Uint32Array, model.tensors.map((start) => start + weights));
    this.ids = this.room(4 * model.most);
    this.scratch = this.room(4 * this.exports.scratch_size(this.shape, model.most));
    this.vector = this.room(4 * width);
  }

  /** Make the model that reads out of the one that is open: `change` is its file, `rank` how wide. Between two matrices others get their turn. */
  async openReader(change, { rank }, model) {
    const all = matrices(model.shape);
    const tensors = this.view(Uint32Array, this.tensors, model.tensors.length).slice();
    const places = all.map(({ rows, columns }) => this.room(space(rows * columns)));
    let at = 0;
    for (const [n, matrix] of all.entries()) {
      await turn();
      changed(this.exports.memory.buffer, tensors[matrix.tensor], places[n], change, at, matrix, rank);
      at += space(rank * (matrix.rows + matrix.columns));
    }
    all.forEach(({ tensor }, n) => (tensors[tensor] = places[n]));
    this.reader = this.put(Uint32Array, tensors);
  }

  /** The vector of one text, given as token ids, by the model whose `tensors` these are; it lies at `this.vector`. */
  embed(ids, tensors = this.tensors) {
    this.view(Int32Array, this.ids, ids.length).set(ids);
    this.exports.embed(this.shape, tensors, this.ids, ids.length, this.scratch, this.vector);
    return this.view(Float32Array, this.vector, this.width);
  }

  /** `rows`: where the vectors of all passages lie, as float32; `pack`: how they belong to answers. */
  openRows(rows, pack) {
    const { answers, passages, facets } = pack.head;
    this.rows = rows;
    this.answers = answers;
    this.starts = this.put(Uint32Array, pack.section("starts", Uint32Array));
    this.norms = this.put(Float32Array, pack.section("norms", Float32Array));
    this.facets = this.put(Uint16Array, pack.section("facets", Uint16Array));
    this.adjust = this.room(4 * facets.length);
    this.lexical = this.room(4 * answers);
    this.cosines = this.room(4 * passages);
    this.found = this.room(4 * answers);
    this.which = this.room(4 * answers);
    this.weights = this.room(4 * 5);
  }

  /** The answers with the highest scores for the vector that was embedded last, as [number, score], highest first. */
  scores(lexical, adjust, weights, most) {
    this.view(Float32Array, this.lexical, lexical.length).set(lexical);
    this.view(Float32Array, this.adjust, adjust.length).set(adjust);
    this.view(Float32Array, this.weights, 5).set(weights);
    this.exports.scores(
      this.rows, this.width, this.vector, this.answers, this.starts, this.norms, this.facets, this.adjust, this.lexical, this.weights,
      this.cosines, this.found,
    );
    const count = this.exports.top(this.found, this.answers, Math.min(most, this.answers), this.which);
    const found = this.view(Float32Array, this.found, this.answers);
    return Array.from(this.view(Uint32Array, this.which, count), (answer) => [answer, found[answer]]);
  }
}

/** Whoever waits gets a turn; a timer would be held back in a tab that nobody looks at. */
function turn() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Float16 → float32, into `to`, a Float32Array of the same length. */
export function widened(halves, to) {
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let n = 0; n < halves.length; n++) {
    bits[n] = ((halves[n] & 0x8000) << 16) | ((halves[n] & 0x7fff) << 13);
    to[n] *= 2 ** 112; // the difference of the exponents' zeros; right for the smallest numbers too
  }
}
