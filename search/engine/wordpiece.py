"""WordPiece as BERT models use it: text → token ids, the same as the Rust tokenizer's, without its import. Pure.

Source: the BertNormalizer, BertPreTokenizer and WordPiece of huggingface/tokenizers; tests compare with the library itself.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Callable, Iterator

    Find = Callable[[str], int | None]
    """A piece → its id; None when the vocabulary has no such piece."""

LONGEST_WORD = 100
_SPECIAL = r"(\[(?:UNK|CLS|SEP|PAD|MASK)\])"
_ASCII_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_APART = {ord(c): f" {c} " for c in _ASCII_PUNCTUATION}
_CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def token_ids(text: str, find: "Find", most: int) -> list[int]:
    """[CLS], the pieces of `text`, [SEP]; at most `most` ids."""
    unknown = find("[UNK]") or 0
    pieces: list[int] = []
    for n, part in enumerate(_parts(text)):
        if n % 2:
            pieces.append(find(part) or 0)
        else:
            for word in _words(part):
                pieces += _pieces(word, find, unknown)
                if len(pieces) >= most:  # a question of a hundred thousand characters ends here
                    break
    return [find("[CLS]") or 0, *pieces[: most - 2], find("[SEP]") or 0]


def _parts(text: str) -> list[str]:
    """Text, special token, text, special token, …: people do type [MASK]."""
    if "[" not in text:
        return [text]
    import re  # 4 ms, so only for whoever types a bracket

    return re.split(_SPECIAL, text)


def _words(text: str) -> "Iterator[str]":
    """Words and single punctuation marks, lower case, without accents."""
    if text.isascii() and text.isprintable():
        yield from text.lower().translate(_APART).split()
        return
    for run in _normalized(text).split():
        start = 0
        for n, char in enumerate(run):
            if _is_punctuation(char):
                if n > start:
                    yield run[start:n]
                yield char
                start = n + 1
        if start < len(run):
            yield run[start:]


def _normalized(text: str) -> str:
    from unicodedata import category, normalize  # only a text beyond ASCII needs the tables

    def kept(char: str) -> bool:
        return char not in "\x00\ufffd" and (char in "\t\n\r" or category(char) not in ("Cc", "Cf", "Co", "Cs"))

    def is_space(char: str) -> bool:
        return char in "\t\n\r" or (char.isspace() and category(char) != "Cc")

    clean = "".join(" " if is_space(c) else c for c in text if kept(c))
    spaced = "".join(f" {c} " if _is_cjk(ord(c)) else c for c in clean)
    bare = (c for c in normalize("NFD", spaced) if category(c) != "Mn")
    return "".join(c.lower() for c in bare)  # letter by letter: a final sigma stays as it is


def _is_cjk(code: int) -> bool:
    return code >= 0x3400 and any(low <= code <= high for low, high in _CJK)


def _is_punctuation(char: str) -> bool:
    if char <= "\x7f":
        return char in _ASCII_PUNCTUATION
    from unicodedata import category

    return category(char)[0] == "P"


def _pieces(word: str, find: "Find", unknown: int) -> list[int]:
    """The longest known beginnings, one after the other; [UNK] when one is not known at all."""
    whole = find(word) if len(word) <= LONGEST_WORD else unknown
    if whole is not None:
        return [whole]
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = find("##" + word[start:end] if start else word[:end])
            if piece is not None:
                break
        else:
            return [unknown]
        found.append(piece)
        start = end
    return found
