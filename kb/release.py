"""Release notes on disk: one file a release, a pure function of what was published. Pure."""

import hashlib
import json
import re
from dataclasses import asdict
from typing import Any

from kb import frontmatter, inline
from kb.errors import MarkdownError
from kb.escape import escape
from kb.frontmatter import FrontMatter
from kb.markdown import BECAUSE, items
from kb.model import CHANGE_KINDS, RELEASE_STATES, Change, ReleaseNote, Revision, Sighting

_CHANGE = re.compile(r"\*\*(\w+)\*\*(?: \(([^()]*)\))?: (.*)$")
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
NOTHING = "No material change: nothing was published about it."
ONLY_FIXES = "No material change: fixes only."


def render_release(note: ReleaseNote) -> str:
    """The file. `parse_release(render_release(note), path) == note`; sealed is what can be read back."""
    return _rendered(note, seal(parse_release(_rendered(note, ""), note.version)))


def _rendered(note: ReleaseNote, sealed: str) -> str:
    values: dict[str, Any] = {
        "title": note.title or note.version,
        "version": note.version,
        "state": note.state,
        "date": note.date,
        "dated_by": note.dated_by,
        "source": note.source,
        "url": note.url,
        "sha256": note.sha256,
        "seal": sealed,
        "revisions": _revision_values(note.revisions),
        "also": [_sighting_values(seen) for seen in note.also],
    }
    changes = "\n".join(_render_change(n, change) for n, change in enumerate(note.changes, 1))
    parts = [f"# {_heading(note)} {{#release}}", _published(note), _material(note), changes]
    return frontmatter.write(values, "\n\n".join(part for part in parts if part))


def seal(note: ReleaseNote) -> str:
    """A checksum of all that a note says, and of its body as it stands: an edit breaks it. 16 letters from a to p, no number to YAML.

    What is empty is left out, so that a field that comes later leaves the notes that were written before it alone.
    """
    said = _filled({key: value for key, value in asdict(note).items() if key != "seal"})
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16].translate(_LETTERS)


def intact(note: ReleaseNote) -> bool:
    """Does it still say what ingest wrote? A note without a seal is believed."""
    return note.seal in ("", seal(note))


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items() if one}
    return [_filled(one) for one in value] if isinstance(value, list | tuple) else value


def _heading(note: ReleaseNote) -> str:
    """The title, its number signs escaped as well: at the end of a heading Markdown takes them for decoration."""
    return "&#35;".join(escape(part) for part in (note.title or note.version).split("#"))


def _published(note: ReleaseNote) -> str:
    day = str(note.date) if note.date else "without a date"
    if note.state == "unreleased":
        return "Announced, not released."
    return f"{'A pre-release, published' if note.state else 'Published'} {day}."


def _material(note: ReleaseNote) -> str:
    if note.material:
        return ""
    return ONLY_FIXES if note.changes else NOTHING


def _render_change(number: int, change: Change) -> str:
    topics = f" ({', '.join(change.topics)})" if change.topics else ""
    because = f' because="{change.because}"' if change.because else ""
    return f"- **{change.kind}**{topics}: {inline.render(change.text)} {{#c{number}{because}}}"


def _revision_values(revisions: tuple[Revision, ...]) -> list[dict[str, Any]]:
    return [{"sha256": r.sha256} | ({"date": r.date} if r.date else {}) for r in revisions]


def _sighting_values(seen: Sighting) -> dict[str, Any]:
    values = {**vars(seen), "revisions": _revision_values(seen.revisions)}
    return {key: value for key, value in values.items() if value}


def parse_release(text: str, path: str) -> ReleaseNote:
    """Read a release note. Raises MarkdownError with path and line."""
    front = frontmatter.read(text, path)
    version = front.required("version")
    title = front.text("title") or version
    return ReleaseNote(
        version=version,
        source=front.required("source"),
        sha256=front.required("sha256"),
        date=front.day("date"),
        title="" if title == version else title,
        url=front.text("url"),
        changes=_changes(front),
        revisions=_revisions(front, front.values.get("revisions")),
        state=front.one_of("state", RELEASE_STATES, "") if front.text("state") else "",
        also=_also(front),
        dated_by=front.text("dated_by"),
        seal=front.text("seal") or "",
        written=hashlib.sha256(front.body.strip().encode()).hexdigest()[:16],
    )


def _changes(front: FrontMatter) -> tuple[Change, ...]:
    found = []
    for item in items(front.body):
        line = front.body_line + item.line - 1
        match = _CHANGE.match(item.text)
        if match is None or match[1] not in CHANGE_KINDS:
            kinds = ", ".join(CHANGE_KINDS)
            raise MarkdownError(front.path, line, f"a change must read `- **kind**: text`, kind one of {kinds}")
        topics = tuple(match[2].split(", ")) if match[2] else ()
        because = BECAUSE.search(item.attributes)
        found.append(Change(match[1], inline.parse(match[3]), topics, because[1] if because else ""))
    return tuple(found)


def _revisions(front: FrontMatter, value: Any) -> tuple[Revision, ...]:
    if not isinstance(value or [], list) or any(not isinstance(r, dict) or "sha256" not in r for r in value or []):
        raise front.fail("revisions", "`revisions` must be a list of {sha256: …, date: …}")
    return tuple(Revision(str(r["sha256"]), front.as_day("revisions", r.get("date"))) for r in value or [])


def _also(front: FrontMatter) -> tuple[Sighting, ...]:
    value = front.values.get("also") or []
    if not isinstance(value, list) or any(not isinstance(s, dict) or not {"source", "sha256"} <= s.keys() for s in value):
        raise front.fail("also", "`also` must be a list of {source: …, sha256: …, date: …, url: …}")
    return tuple(
        Sighting(
            str(s["source"]), str(s["sha256"]), front.as_day("also", s.get("date")), s.get("url") and str(s["url"]),
            _revisions(front, s.get("revisions")),
        )
        for s in value
    )  # fmt: skip
