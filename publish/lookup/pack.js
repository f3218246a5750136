// A lookup pack, as search/pack.py writes it: its head, its sections, and words by number. Pure.

const MAGIC = "rejoinder-pack\r\n";
const START = 64;
const utf8 = new TextDecoder();

export class Pack {
  /** `buffer`: the file as an ArrayBuffer. Throws when it is none, or not a whole one. */
  constructor(buffer) {
    const view = new DataView(buffer);
    if (buffer.byteLength < START || utf8.decode(new Uint8Array(buffer, 0, 16)) !== MAGIC) throw new Error("not a lookup pack");
    if (Number(view.getBigUint64(24, true)) !== buffer.byteLength) throw new Error("the lookup pack is cut short");
    this.buffer = buffer;
    this.head = JSON.parse(utf8.decode(new Uint8Array(buffer, START, view.getUint32(20, true))));
  }

  /** A section as numbers: `kind` is a typed array's class. */
  section(name, kind) {
    const [start, size] = this.head.sections[name];
    return new kind(this.buffer, start, size / kind.BYTES_PER_ELEMENT);
  }

  /** Word → its number, of a section with a word a line; an empty line only keeps the numbers of the others. */
  words(name) {
    const text = utf8.decode(this.section(name, Uint8Array));
    return new Map(text.split("\n").slice(0, -1).map((word, n) => [word, n]).filter(([word]) => word));
  }

  /** The JSON value `number` of the section `name`. */
  record(name, number) {
    const starts = this.section(`${name}:starts`, BigUint64Array);
    const [first, end] = [Number(starts[number]), Number(starts[number + 1])];
    return JSON.parse(utf8.decode(this.section(name, Uint8Array).subarray(first, end)));
  }
}
