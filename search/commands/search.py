"""`kb search`: what the buyer just said → two speakable sentences, with evidence, or an honest no."""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from kb import config
from kb.errors import DONE, NO_ANSWER, USAGE, KbError
from kb.model import AUDIENCES, STAGES
from search.answer import KINDS
from search.lookup import Result, is_stale, search, site_href, url_of
from search.rank import Hit
from search.session import Question


def main(args: list[str]) -> int:
    """Run the command: exit 3 when there is no good answer."""
    options = _parser().parse_args(args)
    if options.n < 1:
        raise KbError("-n", "must be at least 1", USAGE)
    settings = config.load(options.root, Path.cwd())
    question = Question(" ".join(options.query), options.competitor, options.stage, options.audience, options.kind, options.n)
    result = search(settings, question)
    print(json.dumps(as_json(result, date.today()), ensure_ascii=False) if options.json else as_text(result, date.today()))
    return DONE if result.hits else NO_ANSWER


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kb search", description="What the buyer just said → what to say. Exit code 3: no good answer.")
    parser.add_argument("query", nargs="+", metavar="QUERY")
    parser.add_argument("--competitor", metavar="C", help="the deal's competitor: slug, name or alias")
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--audience", choices=AUDIENCES)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("-n", type=int, default=5, metavar="N", help="at most so many hits (default 5)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    return parser


def as_json(result: Result, today: date) -> dict[str, Any]:
    """The contract's shape."""
    return {
        "query": result.question.query,
        "answered": bool(result.hits),
        "seconds": result.seconds,
        "hits": [_hit(hit, today) for hit in result.hits],
        "near": [_hit(hit, today) for hit in result.near],
    }


def _hit(hit: Hit, today: date) -> dict[str, Any]:
    answer = hit.answer
    return {
        "id": answer.id,
        "kind": answer.kind,
        "title": answer.title,
        "competitor": answer.competitors[0] if answer.competitors else None,
        "score": round(hit.score, 4),
        "say_this": answer.say_this,
        "path": answer.path,
        "line": answer.line,
        "url": url_of(answer.path, answer.id),
        "reviewed": answer.reviewed,
        "stale": is_stale(answer, today),
        "evidence": [{"text": link.text, "href": site_href(answer.path, link.href)} for link in answer.evidence],
    }


def as_text(result: Result, today: date) -> str:
    """Say this first, then evidence, freshness and the link; the other hits a line each."""
    if result.hits:
        first, *others = result.hits
        rows = [f"  {_percent(hit)}  {hit.answer.title}  ({hit.answer.id})" for hit in others]
        return "\n".join([_full(first, today), *(["", "Also:", *rows] if rows else [])])
    rows = [f"  {_percent(hit)}  {hit.answer.title}  ({hit.answer.id})" for hit in result.near]
    near = ["Nearest, but not near enough to say aloud:", *rows] if rows else ["Nothing here comes near."]
    return "\n".join(["No good answer. The question is written down for `kb gaps`.", *near])


def _full(hit: Hit, today: date) -> str:
    answer = hit.answer
    evidence = [f"  {link.text}: {site_href(answer.path, link.href)}" for link in answer.evidence]
    reviewed = f"reviewed {answer.reviewed}" if answer.reviewed else "never reviewed"
    stale = ", STALE: check before you say it" if is_stale(answer, today) else ""
    return "\n".join(
        [
            answer.say_this,
            "",
            *(["Evidence:", *evidence] if evidence else ["Evidence: none linked"]),
            f"{answer.title}  ({_percent(hit)}, {reviewed}{stale})",
            f"{answer.path}:{answer.line}  ·  {url_of(answer.path, answer.id)}",
        ]
    )


def _percent(hit: Hit) -> str:
    return f"{hit.score:.0%}"
