"""`kb search`: what the buyer just said → two speakable sentences, with evidence, or an honest no."""

import sys
import time

from kb import quickjson, root
from kb.errors import DONE, NO_ANSWER, USAGE, KbError
from kb.words import AUDIENCES, KINDS, STAGES
from search.lookup import Result, is_stale, search, url_of
from search.session import Hit, Question

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    import argparse
    from typing import Any


class Quick:
    """The options of a command line without anything unusual; `argparse` reads the others, and costs 7 ms."""

    competitor = stage = audience = kind = root = as_of = None
    json, n = False, 5

    def __init__(self, args: list[str]) -> None:
        """Raises ValueError for whatever argparse should judge."""
        self.query: list[str] = []
        rest = iter(args)
        for arg in rest:
            if arg == "--json":
                self.json = True
            elif arg == "-n":
                self.n = int(next(rest, ""))
            elif (choices := _CHOICES.get(arg)) is not None:
                setattr(self, arg[2:], value := next(rest, "-"))
                if value.startswith("-") or (choices and value not in choices):
                    raise ValueError
            elif arg.startswith("-"):
                raise ValueError
            else:
                self.query.append(arg)
        if not self.query:
            raise ValueError


_CHOICES: dict[str, tuple[str, ...]] = {"--competitor": (), "--root": (), "--stage": STAGES, "--audience": AUDIENCES, "--kind": KINDS}


def main(args: list[str]) -> int:
    """Run the command: exit 3 when there is no good answer."""
    options = _options(args)
    if options.n < 1:
        raise KbError("-n", "must be at least 1", USAGE)
    question = Question(" ".join(options.query), options.competitor, options.stage, options.audience, options.kind, options.n)
    folder, today, then = root.find(options.root), time.strftime("%Y-%m-%d"), ""
    if options.as_of is not None:
        from search.asof import opened

        folder, today, then = opened(folder, options.as_of)
    result = search(folder, question, log=not then)
    for problem in result.unread:
        print(f"{problem} (nothing of this file is found)", file=sys.stderr)
    if options.json:
        print(quickjson.dumps(as_json(result, today) | ({"as_of": {"commit": then, "on": today}} if then else {})))
    else:
        print((f"As of {today} ({then[:10]}):\n\n" if then else "") + as_text(result, today))
    return DONE if result.hits else NO_ANSWER


def _options(args: list[str]) -> "Quick | argparse.Namespace":
    try:
        return Quick(args)
    except ValueError:
        import argparse

        parser = argparse.ArgumentParser("kb search", description="What the buyer just said → what to say. Exit code 3: no good answer.")
        parser.add_argument("query", nargs="+", metavar="QUERY")
        parser.add_argument("--competitor", metavar="C", help="the deal's competitor: slug, name or alias")
        parser.add_argument("--as-of", metavar="WHEN", help="what did we say then: a day (YYYY-MM-DD) or a commit; from git")
        parser.add_argument("--stage", choices=STAGES)
        parser.add_argument("--audience", choices=AUDIENCES)
        parser.add_argument("--kind", choices=KINDS)
        parser.add_argument("-n", type=int, default=5, metavar="N", help="at most so many hits (default 5)")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
        return parser.parse_args(args)


def as_json(result: Result, today: str) -> "dict[str, Any]":
    """The contract's shape."""
    return {
        "query": result.question.query,
        "answered": bool(result.hits),
        "seconds": result.seconds,
        "hits": [_hit(hit, result, today) for hit in result.hits],
        "near": [_hit(hit, result, today) for hit in result.near],
    } | ({"read_as": result.read} if result.mended else {})


def _hit(hit: Hit, result: Result, today: str) -> "dict[str, Any]":
    row, doubts = hit.row, result.doubts(hit.row, today)
    return {
        "id": row["id"],
        "kind": row["kind"],
        "title": row["title"],
        "competitor": row["competitors"][0] if row["competitors"] else None,
        "score": round(hit.score, 4),
        "say_this": row["say_this"],
        "path": row["path"],
        "line": row["line"],
        "url": url_of(row["path"], row["id"]),
        "reviewed": row["reviewed"],
        "stale": is_stale(row, today) or bool(doubts),
        "doubts": doubts,
        "evidence": [{"text": text, "href": href} for text, href in result.evidence(row)],
        "related": [] if result.outside else row["related"],
    }


def as_text(result: Result, today: str) -> str:
    """Say this first, then evidence, freshness and the link; the other hits a line each."""
    read = [f"(read as: {result.read})"] if result.mended else []
    if result.hits:
        first, *others = result.hits
        rows = [_line(hit, result, today) for hit in others]
        return "\n".join([_full(first, result, today), *read, *(["", "Also:", *rows] if rows else [])])
    rows = [_line(hit, result, today) for hit in result.near]
    near = ["Nearest, but not near enough to say aloud:", *rows] if rows else ["Nothing here comes near."]
    logged = " The question is written down in .kb/gaps.jsonl." if result.logged else ""
    return "\n".join([f"No good answer.{logged}", *read, *near])


def _line(hit: Hit, result: Result, today: str) -> str:
    marks = (", STALE" if is_stale(hit.row, today) else "") + (", DOUBTED" if result.doubts(hit.row, today) else "")
    return f"  {hit.score:.0%}  {hit.row['title']}  ({hit.row['id']}{marks})"


def _full(hit: Hit, result: Result, today: str) -> str:
    row, doubts = hit.row, result.doubts(hit.row, today)
    evidence = [f"  {text}: {href}" for text, href in result.evidence(row)]
    reviewed = f"reviewed {row['reviewed']}" if row["reviewed"] else "never reviewed"
    stale = ", STALE: check before you say it" if is_stale(row, today) else ""
    return "\n".join(
        [
            row["say_this"],
            "",
            *(["Evidence:", *evidence] if evidence else ["Evidence: none linked"]),
            *(f"DOUBTED: {why}. Check before you say it." for why in doubts),
            f"{row['title']}  ({hit.score:.0%}, {reviewed}{stale})",
            f"{row['path']}:{row['line']}  ·  {url_of(row['path'], row['id'])}",
            *([f"Often comes with: {', '.join(row['related'])}"] if row["related"] and not result.outside else []),
        ]
    )
