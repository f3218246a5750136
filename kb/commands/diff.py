"""`kb diff BASE`: what a change does to what the field may say, for whoever reviews it."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from kb import config, history, library
from kb.diff import Entry, diff, explained, who_lost_claims
from kb.errors import DONE, KbError
from kb.wiring import contradicted, moved_questions

_SAID = {
    "added": "added: {after}",
    "retired": "retired: {before}",
    "reworded": "reworded: {before} → {after}",
    "evidence": "evidence changed: {before} → {after}",
    "moved": "moved from {before} to {after}",
    "renamed": "its id changed from {before} to {after}: links and golden questions must follow",
    "say this": "**Say this** changed: {before} → {after}",
    "title": "its title changed: {before} → {after}",
    "owner": "its owner changed: {before} → {after}",
    "review_every": "is reviewed every {after} (before: {before})",
    "audience": "**who may read it** changed: {before} → {after}",
    "section": "{before} → {after}",
    "broken": "cannot be read: {after}",
    "anatomy": "changed: {after}",
    "reviewed": "reviewed {after} (before: {before})",
}


def main(args: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("kb diff", description="Claims, objections and notes that changed since BASE, as Markdown.")
    parser.add_argument("base", metavar="BASE", help="a commit, branch or tag, or a day (YYYY-MM-DD)")
    parser.add_argument("--search", action="store_true", help="also ask the golden questions before and after (a minute)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    with tempfile.TemporaryDirectory(prefix="kb-diff-") as folder:
        before = history.put_down(settings.root, history.commit(settings.root, options.base), Path(folder))
        entries = _told(settings, library.load(before), library.load(settings.root))
        moved = moved_questions(settings, before) if options.search else None
    print(as_json(entries, moved) if options.json else as_text(entries, moved))
    return DONE


def _told(settings: config.Config, before: library.Library, after: library.Library) -> list[Entry]:
    """What changed, and why claims went: without the model, only what their owners answered."""
    entries = diff(before, after)
    lost = who_lost_claims(entries)
    try:
        found = contradicted(settings, before, after, lost) if lost else {}
    except KbError as error:
        print(f"kb diff: releases were not compared with the claims that went: {error}", file=sys.stderr)
        found = {}
    return explained(entries, before, after, found)


def as_json(entries: list[Entry], moved: list[dict[str, str]] | None) -> str:
    """`{"changes": [...], "search": [...] or null}`."""
    return json.dumps({"changes": [asdict(entry) for entry in entries], "search": moved}, ensure_ascii=False)


def as_text(entries: list[Entry], moved: list[dict[str, str]] | None) -> str:
    """Markdown: one bullet a change, grouped by what a reviewer asks."""
    said = [entry for entry in entries if entry.what not in ("release", "note")]
    groups = (
        ("What we say", said),
        ("New release notes", [e for e in entries if e.what == "release"]),
        ("New field notes", [e for e in entries if e.what == "note"]),
    )
    parts = [f"### {title}\n\n" + "\n".join(map(line, some)) for title, some in groups if some]
    if moved is not None:
        rows = "".join(f"\n- {m['query']}: {m['before'] or 'nothing'} → {m['after'] or 'nothing'}" for m in moved)
        count = f"{len(moved)} golden question{'' if len(moved) == 1 else 's'} moved"
        parts.append(f"### Search: {count}\n{rows}" if moved else f"### Search: {count}")
    return "\n\n".join(parts) or "Nothing that the field may say has changed."


def line(entry: Entry) -> str:
    """One entry as a bullet."""
    if entry.what in ("release", "note"):
        return f"- `{entry.id}`: {entry.after or 'fixes only'}"
    if entry.what == "also heard":
        told = [f"{word}: {text}" for word, text in (("no longer heard", entry.before), ("also heard", entry.after)) if text]
        return f"- `{entry.id}` {'; '.join(told)}"
    because = f" — because: {entry.because}" if entry.because else ""
    return f"- `{entry.id}` {_SAID[entry.what].format(before=entry.before, after=entry.after)}{because}"
