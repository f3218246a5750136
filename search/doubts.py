"""Why an answer may not hold although its card was reviewed: its evidence ended, a price is old, a release touches it.

Whoever looks at the release notes anyway (`kb ingest`, `kb check`, `kb verify`, `kb build`) works it out and keeps it in `.kb/doubts.json`,
which a cold `kb search` reads (search/lookup.py). Deletable; a claim whose words, evidence or review changed since is doubted no more.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kb import files, quickjson
from kb.config import Config
from kb.conflict import Conflict
from kb.holding import ends, holds_until
from kb.library import Library
from kb.model import Objection
from kb.touched import Reasons, key, touched
from search.answer import Answer
from search.current import doubts_of as path_of
from search.passages import answers


def checks(known: Library, found: Sequence[Answer], reasons: Reasons) -> dict[str, dict[str, Any]]:
    """Answer's id → `until` and `why`, when what it rests on ends, and `reasons` for looking at it again. Answers without any are left out.

    `reasons`: by `acme#log-price`. A card's page says the same of its claims.
    """
    claims = {(path, claim.line): (card, claim) for path, card in known.cards.items() for claim in card.claims}
    said = {(path, o.line): (o, card.review_every) for path, card in known.cards.items() for o in card.objections}
    said |= {(path, page.objection.line): (page.objection, page.review_every) for path, page in known.pages.items()}
    told = {}
    for answer in found:
        at, why = (answer.path, answer.line), list[str]()
        if at in claims:
            card, claim = claims[at]
            end = ends(claim.section, claim.text, answer.path, known, card)
            why = list(reasons.get(key(card.competitor, claim.text, claim.id), ()))
        else:
            end = _rests_on(*said[at], answer.path, known) if at in said else None
        told[answer.id] = ({"until": end[0].isoformat(), "why": end[1]} if end else {}) | ({"reasons": why} if why else {})
    return {ident: values for ident, values in told.items() if values}


def _rests_on(objection: Objection, every: str | None, path: str, known: Library) -> tuple[date, str] | None:
    """Until when the evidence of an objection's answer holds, and why no longer; None: for good, or it has none."""
    return holds_until(" ".join(text for _, text in objection.evidence), path, known, every)


def remember(config: Config, library: Library, found: Mapping[str, Sequence[Conflict]], only: Collection[str] | None = None) -> None:
    """Keep what is doubted: of all competitors, or of those in `only`. A disk that refuses costs no more than the mark."""
    mine = [answer for answer in answers(library) if only is None or _of_card(answer.id) in only]
    told = checks(library, mine, touched(found, library))
    fresh = {answer.id: {"of": _of(answer)} | told[answer.id] for answer in mine if answer.id in told}
    path = Path(path_of(str(config.root)))
    before = _kept(path)
    others = {} if only is None else {ident: one for ident, one in before.items() if _of_card(ident) not in only}
    if (now := others | fresh) != before:
        try:
            files.write(path, json.dumps(now, ensure_ascii=False))
        except OSError:
            return


def _of_card(ident: str) -> str:
    """The competitor on whose card an answer stands; "" for one that has a page of its own."""
    page, _, anchor = ident.partition("#")
    return page.rpartition("/")[2] if anchor else ""


def _of(answer: Answer) -> list[Any]:
    """What the doubt is about, as the pack has it."""
    row = answer.row([])
    return [row["say_this"], row["reviewed"], row["evidence"]]


def _kept(path: Path) -> dict[str, Any]:
    try:
        found = quickjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
