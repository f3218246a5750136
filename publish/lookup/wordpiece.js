// Text → token ids, as search/engine/wordpiece.py does it. Pure.

const LONGEST_WORD = 100;
const SPECIAL = /(\[(?:UNK|CLS|SEP|PAD|MASK)\])/;
const CJK = /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
const PUNCTUATION = /[!-/:-@[-`{-~]|[^\0-\x7f]/gu;

/** [CLS], the pieces of `text`, [SEP]; at most `most` ids. `vocabulary`: piece → id. */
export function tokenIds(text, vocabulary, most) {
  const id = (name) => vocabulary.get(name) ?? 0;
  const found = [];
  text.split(SPECIAL).forEach((part, n) => {
    if (n % 2) found.push(id(part));
    else for (const word of words(part)) if (found.length < most) found.push(...pieces(word, vocabulary, id("[UNK]")));
  });
  return [id("[CLS]"), ...found.slice(0, most - 2), id("[SEP]")];
}

/** Words and single punctuation marks, lower case, without accents. */
function words(text) {
  const apart = normalized(text).replace(PUNCTUATION, (c) => (c <= "\x7f" || /\p{P}/u.test(c) ? ` ${c} ` : c));
  return apart.split(" ").filter(Boolean);
}

function normalized(text) {
  const clean = text
    .replace(/[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "")
    .replace(/[\t\n\r\p{Z}]/gu, " ")
    .replace(CJK, " $& ");
  return [...clean.normalize("NFD").replace(/\p{Mn}/gu, "")].map((c) => c.toLowerCase()).join("");
}

/** The longest known beginnings, one after the other; [UNK] when one is not known at all. */
function pieces(word, vocabulary, unknown) {
  const letters = [...word];
  const whole = letters.length <= LONGEST_WORD ? vocabulary.get(word) : unknown;
  if (whole !== undefined) return [whole];
  const found = [];
  for (let start = 0; start < letters.length; ) {
    let end = letters.length;
    let piece;
    for (; end > start; end--) {
      piece = vocabulary.get((start ? "##" : "") + letters.slice(start, end).join(""));
      if (piece !== undefined) break;
    }
    if (piece === undefined) return [unknown];
    found.push(piece);
    start = end;
  }
  return found;
}
