"""Why a card or a claim is to be looked at again: newer releases touch it; and under which name a page, or the search, finds that. Pure."""

from collections.abc import Mapping, Sequence

from kb.conflict import Conflict
from kb.library import Library
from kb.markdown import cells, plain, slug, without_evidence

Reasons = Mapping[str, Sequence[str]]
"""`acme#log-price` → why that claim, `acme` → why the whole card."""


def touched(found: Mapping[str, Sequence[Conflict]], known: Library) -> dict[str, list[str]]:
    """The reasons that open conflicts, by competitor, give."""
    titles = {card.competitor: card.title for card in known.cards.values()}
    told: dict[str, list[str]] = {}
    for competitor, conflicts in found.items():
        for one in conflicts:
            said = f"{titles[competitor]} {one.version} touches this claim ({one.rule})"
            told.setdefault(key(competitor, one.claim.text, one.claim.id), []).append(said)
        if conflicts:
            count = len({one.claim.line for one in conflicts})
            told[competitor] = [f"newer releases touch {count} claim{'s' * (count > 1)}"]
    return {name: list(dict.fromkeys(said)) for name, said in told.items()}


def key(competitor: str, text: str, ident: str | None = None) -> str:
    """What a claim goes by: its id, else its words, and a table's row its first cell."""
    return f"{competitor}#{ident or slug(plain(without_evidence(cells(text)[0])))}"
