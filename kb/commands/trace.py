"""`kb trace CLAIM`: what a claim rests on, link by link, down to the words that bear it."""

import argparse
import dataclasses
import json
from pathlib import Path

from kb import config, library
from kb.errors import DONE, FIX, USAGE, KbError
from kb.frontmatter import did_you_mean
from kb.library import Library
from kb.markdown import plain, without_evidence
from kb.model import Claim
from kb.provenance import Evidence, evidence


def main(args: list[str]) -> int:
    """Run the command: exit 1 when the claim has no evidence, or a link of it leads nowhere."""
    parser = argparse.ArgumentParser("kb trace", description="What a claim rests on, down to the words that bear it.")
    parser.add_argument("claim", metavar="CLAIM", help="its id, such as acme#no-sso or battlecards/acme#no-sso")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    known = library.load(config.load(options.root, Path.cwd()).root)
    path, claim = find(known, options.claim)
    found = evidence(known, path, claim)
    print(_json(path, claim, found) if options.json else _text(path, claim, found))
    return FIX if (not found and claim.basis == "fact") or any(one.kind == "nothing" for one in found) else DONE


def find(known: Library, ident: str) -> tuple[str, Claim]:
    """Path of its card, and the claim. Raises KbError (wrong usage) when there is none."""
    competitor, _, anchor = ident.removeprefix("battlecards/").partition("#")
    if not competitor or not anchor:
        raise KbError(ident, "names no claim: write the card and the claim's name, as in acme#no-sso", USAGE)
    path, card = known.card(competitor)
    if said := next((o for o in card.objections if o.id == anchor), None):
        raise KbError(ident, f"is an objection, and no claim: its evidence stands in {path}:{said.line}", USAGE)
    for claim in card.claims:
        if claim.id == anchor:
            return path, claim
    ids = [str(claim.id) for claim in card.claims if claim.id]
    hint = did_you_mean(anchor, ids) or f" {card.title} has {', '.join(ids) or 'no claim with an id'}."
    raise KbError(ident, f"no such claim.{hint}", USAGE)


def _json(path: str, claim: Claim, found: list[Evidence]) -> str:
    value = {"claim": claim.id, "path": path, "line": claim.line, "text": plain(without_evidence(claim.text)), "basis": claim.basis}
    return json.dumps(value | {"evidence": [dataclasses.asdict(one) for one in found]}, ensure_ascii=False, default=str)


def _text(path: str, claim: Claim, found: list[Evidence]) -> str:
    rows = [f"{plain(without_evidence(claim.text))}", f"  {path}:{claim.line} · {claim.section} · {claim.basis}"]
    for one in found:
        rows += ["", f"  └ {one.kind}: {one.path}" + (one.href[one.href.index("#") :] if "#" in one.href and one.kind != "page" else "")]
        rows += [f"      {line}" for line in _details(one)]
    return "\n".join(rows if found else [*rows, "  └ nothing: no evidence is linked"])


def _details(one: Evidence) -> list[str]:
    day = {"page": "read", "field note": "heard"}.get(one.kind, "published")
    rows = [f"{day} {one.day}" if one.day else f"no date when it was {day}"] if one.kind not in ("nothing", "card") else []
    rows += [f"by {one.by}"] if one.by else []
    rows += [f'says "{one.words}"'] if one.words else []
    rows += [f'quoted as "{one.quote}"'] if one.quote else []
    rows += [f"sha256 {one.sha256} of the entry as published, rewritten {one.revisions} times since"] if one.sha256 else []
    return rows or ["there is no such file"]
