"""WordPiece as BERT models use it: text → token ids, the same as the Rust tokenizer's, without its import. Pure.

Source: the BertNormalizer, BertPreTokenizer and WordPiece of huggingface/tokenizers; tests compare with the library itself.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

LONGEST_WORD = 100
_SPECIAL = re.compile(r"(\[(?:UNK|CLS|SEP|PAD|MASK)\])")
_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def token_ids(text: str, vocabulary: Mapping[str, int], most: int) -> list[int]:
    """[CLS], the pieces of `text`, [SEP]; at most `most` ids."""
    pieces: list[int] = []
    for part in _SPECIAL.split(text):
        if _SPECIAL.fullmatch(part):
            pieces.append(vocabulary[part])
        else:
            for word in _words(part):
                pieces += _pieces(word, vocabulary)
                if len(pieces) >= most:  # a question of a hundred thousand characters ends here
                    break
    return [vocabulary["[CLS]"], *pieces[: most - 2], vocabulary["[SEP]"]]


def _words(text: str) -> Iterator[str]:
    """Words and single punctuation marks, lower case, without accents."""
    if text.isascii() and text.isprintable():
        yield from re.findall(r"[a-z0-9]+|[^a-z0-9\s]", text.lower())
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
    clean = "".join(" " if _is_space(c) else c for c in text if not _is_control(c))
    spaced = "".join(f" {c} " if _is_cjk(ord(c)) else c for c in clean)
    bare = (c for c in unicodedata.normalize("NFD", spaced) if unicodedata.category(c) != "Mn")
    return "".join(c.lower() for c in bare)  # letter by letter: a final sigma stays as it is


def _is_space(char: str) -> bool:
    return char in "\t\n\r" or (char.isspace() and unicodedata.category(char) != "Cc")


def _is_control(char: str) -> bool:
    return char in "\x00\ufffd" or (char not in "\t\n\r" and unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs"))


def _is_cjk(code: int) -> bool:
    return code >= 0x3400 and any(low <= code <= high for low, high in _CJK)


def _is_punctuation(char: str) -> bool:
    return char in _ASCII_PUNCTUATION or (char > "\x7f" and unicodedata.category(char)[0] == "P")


def _pieces(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    """The longest known beginnings, one after the other; [UNK] when one is not known at all."""
    if len(word) > LONGEST_WORD:
        return [vocabulary["[UNK]"]]
    found, start = [], 0
    while start < len(word):
        end = len(word)
        prefix = "##" if start else ""
        while end > start and prefix + word[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return [vocabulary["[UNK]"]]
        found.append(vocabulary[prefix + word[start:end]])
        start = end
    return found
