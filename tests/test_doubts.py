"""What newer releases contradict is doubted where an SE meets it: in the answer of `kb search`."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import kb
from tests.test_verify import CARD, RELEASE

FEED = "# Changelog\n\n## {version} - {day}\n\n- Added an audit log of every sign-in and every change, for all plans\n"


def asked(root: Path, *args: str) -> Any:
    """The hits and near misses of one claim, as JSON."""
    found = json.loads(kb(root, "search", "they have no audit log", "--json", *args).stdout)
    return next(hit for hit in [*found["hits"], *found["near"]] if hit["id"].endswith("#no-audit"))


def put(base: Path, day: str = "2099-01-01") -> Path:
    """A card reviewed up to 1.0.0, of which nothing is overdue yet."""
    folder = base / "docs/battlecards/acme"
    (folder / "releases").mkdir(parents=True)
    (folder / "releases/1.0.0.md").write_text(RELEASE.format(version="1.0.0", day="2026-05-01", text="Groups of users."))
    (folder / "index.md").write_text(CARD.replace("2026-06-01", day))
    return folder


def test_an_answer_is_doubted_from_the_ingest_to_the_review(base: Path) -> None:
    """`kb ingest` tells the claim and the search marks it at once; reworded it is doubted no more, and neither when it was answered for."""
    folder = put(base)
    card = folder / "index.md"
    assert kb(base, "check").returncode == 1  # reviewed in the future: told, and no matter here
    assert asked(base)["doubts"] == []
    card.write_text(CARD)
    changelog = base / "new.md"
    changelog.write_text(FEED.format(version="2.0.0", day="2026-07-01"))
    done = kb(base, "ingest", "--file", str(changelog), "--competitor", "acme")
    assert done.returncode == 0, done.stderr
    assert "acme: 1 claims may not hold any more" in done.stderr
    hit = asked(base)
    assert hit["stale"] is True
    assert ["Acme 2.0.0 touches this claim" in why for why in hit["doubts"]] == [True]
    assert "DOUBTED: Acme 2.0.0 touches this claim" in kb(base, "search", "they have no audit log").stdout
    card.write_text(CARD.replace("has no audit log", "cannot show who changed what"))
    assert asked(base)["doubts"] == []
    linked = next(line for line in CARD.split("\n") if "has no audit log" in line)
    card.write_text(CARD.replace(linked, linked.replace("](", "; see](", 1)))
    assert asked(base)["doubts"] == []  # whoever changed the evidence has looked at it
    card.write_text(CARD)
    answer = "no-audit@2.0.0#c1=still-true:it lists sign-ins only, not changes"
    assert kb(base, "verify", "acme", "--by", "sam", "--answer", answer).returncode == 0
    assert asked(base)["doubts"] == []


def test_a_memory_that_is_no_good_costs_no_answer(base: Path) -> None:
    """Cut off, of another shape, or missing: the question is answered without the mark."""
    put(base)
    assert kb(base, "index").returncode == 0
    for text in ("{", "[1]", '{"battlecards/acme#no-audit": 3}', '{"battlecards/acme#no-audit": {"of": 1, "reasons": 2}}'):
        (base / ".kb/doubts.json").write_text(text)
        assert asked(base)["doubts"] == []


def test_a_price_is_doubted_when_it_is_old(base: Path) -> None:
    """Forty-five days after the review, the card itself not being overdue."""
    card = put(base) / "index.md"
    card.write_text(
        CARD.replace("2026-06-01", "2026-06-01").replace("90d", "9000d")
        + "\n## Pricing and packaging\n\n- As of 2026-06, a host costs 31 USD. [price list, read 2026-06-01](https://acme.example/p) {#host}\n"
    )
    kb(base, "check")
    found = json.loads(kb(base, "search", "what does a host of theirs cost", "--json").stdout)
    hit = next(hit for hit in [*found["hits"], *found["near"]] if hit["id"].endswith("#host"))
    assert hit["doubts"] == ["a price, last looked at on 2026-06-01"]
