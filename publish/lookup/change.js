// The model that reads, made in the browser of the one that embeds: W + B·A for each matrix, as search/engine/small.py cut them into blocks.

const BLOCK = 32;
const SIZE = 4 + BLOCK; // bytes of a block: its scale and its numbers
const MATRICES = [0, 2, 4, 6, 10, 12]; // among a layer's tensors
const EMBEDDINGS = 5; // tensors before the first layer's
const LAYER = 16; // tensors of a layer

/** The matrices in the layers of a model of this shape: {tensor, rows, columns} in order. */
export function matrices([width, inner, , layers]) {
  const sizes = [...Array(4).fill([width, width]), [inner, width], [width, inner]];
  const ofLayer = (layer) => MATRICES.map((n, at) => ({ tensor: EMBEDDINGS + LAYER * layer + n, rows: sizes[at][0], columns: sizes[at][1] }));
  return Array.from({ length: layers }, (_, layer) => ofLayer(layer)).flat();
}

/** Bytes that so many numbers take. */
export function space(count) {
  return (count / BLOCK) * SIZE;
}

/** So many numbers out of the blocks from byte `at` of an ArrayBuffer on, added to `to` or a new array. */
export function opened(buffer, at, count, to = new Float32Array(count)) {
  const whole = new Int8Array(buffer);
  const scales = new DataView(buffer);
  for (let n = 0; n < count; n += BLOCK, at += SIZE) {
    const scale = scales.getFloat32(at, true);
    for (let k = 0; k < BLOCK; k++) to[n + k] += scale * whole[at + 4 + k];
  }
  return to;
}

/** Numbers as blocks, from byte `at` on. */
export function closed(numbers, buffer, at) {
  const whole = new Int8Array(buffer);
  const scales = new DataView(buffer);
  for (let n = 0; n < numbers.length; n += BLOCK, at += SIZE) {
    let most = 0;
    for (let k = n; k < n + BLOCK; k++) most = Math.max(most, Math.abs(numbers[k]));
    const scale = Math.fround(Math.max(most / 127, 1e-12));
    scales.setFloat32(at, scale, true);
    for (let k = 0; k < BLOCK; k++) whole[at + 4 + k] = Math.round(numbers[n + k] / scale);
  }
}

/** One matrix from byte `from` of `memory` on, changed, from byte `to` on; B and A begin at byte `at` of `change`. */
export function changed(memory, from, to, change, at, { rows, columns }, rank) {
  const b = opened(change, at, rows * rank);
  const a = opened(change, at + space(rows * rank), rank * columns);
  for (let row = 0; row < rows; row++) {
    const numbers = opened(memory, from + space(row * columns), columns);
    for (let k = 0; k < rank; k++) {
      const factor = b[row * rank + k];
      for (let n = 0, start = k * columns; n < columns; n++) numbers[n] += factor * a[start + n];
    }
    closed(numbers, memory, to + space(row * columns));
  }
}
