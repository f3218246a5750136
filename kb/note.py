"""Field notes: what the field heard, as Markdown. Pure."""

from typing import Any

from kb import frontmatter
from kb.model import CONFIDENCES, NOTE_SOURCES, FieldNote
from kb.words import STAGES


def parse_note(text: str, path: str) -> FieldNote:
    """Read a field note. Raises MarkdownError with path and line."""
    front = frontmatter.read(text, path)
    day = front.day("date")
    if day is None:
        raise front.fail("date", "`date` is missing from the front matter: add a line `date: YYYY-MM-DD`")
    return FieldNote(
        date=day,
        author=front.required("author"),
        competitor=front.required("competitor"),
        stage=front.one_of("stage", STAGES),
        source=front.one_of("source", NOTE_SOURCES),
        body=front.body.strip("\n"),
        confidence=front.one_of("confidence", CONFIDENCES, "medium"),
        deal=front.text("deal"),
        expires=front.day("expires"),
        line=front.body_line + len(front.body) - len(front.body.lstrip("\n")),
    )


def render_note(note: FieldNote) -> str:
    """The file. `parse_note(render_note(note), path) == note`."""
    values: dict[str, Any] = {key: value for key, value in vars(note).items() if key not in ("body", "line")}
    return frontmatter.write(values, note.body)
