"""Why a card or a claim is to be looked at again, and under which name a page finds that. Pure."""

from collections.abc import Mapping, Sequence

from kb.conflict import Conflict
from kb.library import Library
from kb.markdown import plain, slug, without_evidence
from publish.lines import cells, quoted

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


def attribute(reasons: Sequence[str]) -> str:
    """The reasons as the browser reads them; nothing without any."""
    return f'data-reasons="{quoted(" | ".join(reasons))}"' if reasons else ""


def row_mark(reasons: Sequence[str]) -> str:
    """An empty mark for a table's cell, which the browser fills: in short, since cells are narrow, and without what would end the cell."""
    said = "; ".join(reason.partition(" (")[0].replace("|", "/") for reason in reasons)
    return f' <span class="rj-due" {attribute([said])}></span>' if reasons else ""
