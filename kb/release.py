"""Release notes on disk: one file a release, a pure function of what was published. Pure."""

import re
from typing import Any

from kb import frontmatter
from kb.errors import MarkdownError
from kb.escape import escape, unescape
from kb.frontmatter import FrontMatter
from kb.markdown import items
from kb.model import CHANGE_KINDS, Change, ReleaseNote, Revision

_CHANGE = re.compile(r"\*\*(\w+)\*\*(?: \(([^()]*)\))?: (.*)$")
NO_CHANGE = "No material change was published."


def render_release(note: ReleaseNote) -> str:
    """The file. `parse_release(render_release(note), path) == note`."""
    values: dict[str, Any] = {
        "title": note.title or note.version,
        "version": note.version,
        "date": note.date,
        "source": note.source,
        "url": note.url,
        "sha256": note.sha256,
        "revisions": [{"sha256": r.sha256} | ({"date": r.date} if r.date else {}) for r in note.revisions],
    }
    published = f"Published {note.date}" if note.date else "Published without a date"
    changes = "\n".join(_render_change(n, change) for n, change in enumerate(note.changes, 1))
    body = f"# {escape(note.title or note.version)}\n\n{published}.\n\n{changes or NO_CHANGE}"
    return frontmatter.write(values, body)


def _render_change(number: int, change: Change) -> str:
    topics = f" ({', '.join(change.topics)})" if change.topics else ""
    return f"- **{change.kind}**{topics}: {escape(change.text)} {{#c{number}}}"


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
        revisions=_revisions(front),
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
        found.append(Change(match[1], unescape(match[3]), topics))
    return tuple(found)


def _revisions(front: FrontMatter) -> tuple[Revision, ...]:
    value = front.values.get("revisions") or []
    if not isinstance(value, list) or any(not isinstance(r, dict) or "sha256" not in r for r in value):
        raise front.fail("revisions", "`revisions` must be a list of {sha256: …, date: …}")
    return tuple(Revision(str(r["sha256"]), front.as_day("revisions", r.get("date"))) for r in value)
