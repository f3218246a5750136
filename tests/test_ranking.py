"""Words, names and spelling: the parts of a score that need no model."""

import math
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import rank, spelling
from search.answer import Answer
from search.crowding import USUAL, Likeness, likeness, middle
from search.denial import meant
from search.lexicon import lexical, sections, words
from search.pack import Pack, encode, table_of
from search.spelling import Speller, distance
from search.table import Table, build

NAMES = {"acme": ["acme", "Acme Observability", "Acme Cloud", "acme.io"], "ferro": ["ferro"]}


@pytest.mark.parametrize(
    ("query", "masked", "named"),
    [
        ("Acme Cloud's agents are slow", "they agents are slow", {"acme"}),
        ("ACME’s price, and acme.io too", "they price, and they too", {"acme"}),
        ("macrame and ferroconcrete", "macrame and ferroconcrete", set()),
        ("acme or ferro?", "they or they?", {"acme", "ferro"}),
        ("acme_host is a name of ours", "acme_host is a name of ours", set()),
        ("", "", set()),
        ("İstanbul acme", "İstanbul acme", set()),
    ],
)
def test_a_competitor_s_name_is_masked_and_known(query: str, masked: str, named: set[str]) -> None:
    """Names and aliases become "they", whole words only, in any case, and say whose entries to prefer."""
    assert rank.mask(query, NAMES) == (masked, named)


def pack_of(tmp_path: Path, texts: list[str], vocabulary: list[str]) -> Pack:
    parts = sections(texts) | spelling.sections(texts)
    parts |= dict(zip(("vocabulary:text", "vocabulary:offsets", "vocabulary:slots"), build(vocabulary), strict=True))
    (tmp_path / "pack").write_bytes(encode({}, parts))
    return Pack(tmp_path / "pack")


def test_the_lexical_part_is_bm25(tmp_path: Path) -> None:
    """Stored weights add up to the textbook's formula; stop words and unknown words count nothing."""
    texts = ["cloud cloud costs", "fedramp status", "cloud bill for all of it"]
    pack = pack_of(tmp_path, texts, [])
    bags = [words(text) for text in texts]
    mean = sum(map(len, bags)) / 3

    def textbook(query: str, bag: list[str]) -> float:
        total = 0.0
        for term in set(words(query)):
            holders = sum(term in other for other in bags)
            tf = bag.count(term)
            idf = math.log(1 + (3 - holders + 0.5) / (holders + 0.5))
            total += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(bag) / mean)) if tf else 0.0
        return total

    for query in ("the fedramp cloud", "costs of the cloud", "the of and", "nowhere", ""):
        assert list(lexical(query, pack, 3)) == pytest.approx([textbook(query, bag) for bag in bags], rel=1e-5), query


GOOD = ["hog", "log", "wince", "spread", "sheet", "price", "renew", "the", "teach"]
OWN = "integrations are expensive; logging, renewal, FedRAMP, acme, retention, sampling and pricing; single sign-on; collector"


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        ("integartions are expnsive", "integrations are expensive"),
        ("your Samplng, and retenton!", "your sampling, and retention!"),
        ("fedrmap", "fedramp"),
        ("the hogging", "the hogging"),
        ("wincing at a spreadsheet", "wincing at a spreadsheet"),
        ("priced and renewed", "priced and renewed"),
        ("collectors", "collectors"),
        ("OTLP acme", "OTLP acme"),
        ("xyzzy qwertyuiop", "xyzzy qwertyuiop"),
        ("acm is short", "acm is short"),
        ("", ""),
    ],
)
def test_misspelt_words_are_mended_and_good_ones_left(tmp_path: Path, query: str, mended: str) -> None:
    """Only words that nobody knows change, and only to a near word of the knowledge base."""
    pack = pack_of(tmp_path, [OWN], GOOD)
    assert Speller(pack, table_of(pack, "vocabulary")).mended(query) == mended


def test_nothing_is_mended_for_a_model_without_words(tmp_path: Path) -> None:
    """Without the model's vocabulary too few words are known to be good, so the question stays."""
    pack = pack_of(tmp_path, [OWN], [])
    assert Speller(pack, table_of(pack, "vocabulary")).mended("integartions") == "integartions"


letters = st.text(string.ascii_lowercase, min_size=1, max_size=9)


@given(letters, letters)
def test_distance_is_a_distance(one: str, two: str) -> None:
    """0 for the same word only, the same both ways, and never above the number of letters."""
    if one[0] == two[0]:
        found = distance(one, two, 99)
        assert (found == 0) == (one == two)
        assert found == distance(two, one, 99) <= max(len(one), len(two))
        assert (distance(one, two, 1) <= 1) == (found <= 1)


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), min_size=1), unique=True), st.text())
def test_a_table_finds_its_words_and_no_other(known: list[str], other: str) -> None:
    """Every word has its number; whatever is not in it has none."""
    text, starts, slots = build(known)
    table = Table(memoryview(text), memoryview(starts).cast("I"), memoryview(slots).cast("I"))
    assert [table.get(word) for word in known] == list(range(len(known)))
    assert table.words() == known
    assert (table.get(other) is None) == (other not in known)


@given(letters)
def test_mending_twice_changes_nothing_more(word: str) -> None:
    """What was mended is a word of the knowledge base, and stays."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        pack = pack_of(Path(folder), [OWN], GOOD)
        speller = Speller(pack, table_of(pack, "vocabulary"))
        assert speller.mended(speller.mended(word)) == speller.mended(word)


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("it isn't the price, it's that we would have to retrain", "it's that we would have to retrain"),
        ("money is fine, but moving six hundred boards puts us off", "moving six hundred boards puts us off"),
        ("I'm not saying you are bad, only that two invoices are one too many", "two invoices are one too many"),
        ("nothing wrong with you", "nothing wrong with you"),
        ("the ATM isn't working, what shall I do", "the ATM isn't working, what shall I do"),
        ("you don't do on-call, paging or postmortems", "you don't do on-call, paging or postmortems"),
        ("that is fine, so what", "that is fine, so what"),
    ],
)
def test_what_is_denied_is_not_asked_for(query: str, left: str) -> None:
    """A clause that clears something out of the way is left out, unless hardly anything would be left; a complaint stays."""
    assert meant(query) == left


def _objections(heard: list[list[list[float]]]) -> tuple[list[Answer], list[int], np.ndarray]:
    """One objection for every list of its phrasings' vectors; the whole entry is like the first."""
    made = [Answer(f"o{n}", "objection", "", (), "", "", 1, "internal", None, None, phrasings=("p",)) for n in range(len(heard))]
    rows = np.array([vector for ways in heard for vector in [*ways, ways[0]]], dtype=np.float32)
    starts = np.cumsum([0, *(len(ways) + 1 for ways in heard)]).tolist()
    return made, starts, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_where_all_objections_are_alike_more_is_asked_of_an_answer() -> None:
    """The nearer the objections lie to each other, the higher the score from which an answer is likely right; few objections tell nothing."""
    apart, near = (_objections([[row] for row in rows]) for rows in (np.eye(12).tolist(), (np.eye(12) + 0.5).tolist()))
    assert _likeness(*apart) == Likeness(pytest.approx(0.0), USUAL.own)
    assert _likeness(*near).others > 0.5
    assert middle(0.5, _likeness(*near)) > middle(0.5, _likeness(*apart))
    assert middle(0.5, likeness(*_objections([[row] for row in np.eye(12).tolist()[:5]]))) == 0.5


def test_where_an_objection_is_always_heard_alike_more_is_asked_of_an_answer() -> None:
    """The nearer an objection's phrasings lie to each other, the higher that score; it is also higher for a question that has no answer."""
    eye = np.eye(24)
    unlike, alike = (_objections([[eye[n].tolist(), (eye[n] + far * eye[n + 12]).tolist()] for n in range(12)]) for far in (2.0, 0.5))
    assert _likeness(*unlike).others == _likeness(*alike).others == pytest.approx(0.0)
    assert 0 < _likeness(*unlike).own < _likeness(*alike).own < 1
    assert middle(0.5, _likeness(*alike)) > middle(0.5, _likeness(*unlike))


def _likeness(answers: list[Answer], starts: list[int], vectors: np.ndarray) -> Likeness:
    found = likeness(answers, starts, vectors)
    assert found
    return found
