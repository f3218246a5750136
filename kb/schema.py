"""The shape of front matter as JSON Schema, and which file is of which kind. The one place that lists keys and their words. Pure."""

import json
import re
from typing import Any

from kb.model import CATEGORIES, CONFIDENCES, NOTE_SOURCES, RELEASE_STATES, SOURCE_KINDS
from kb.words import AUDIENCES, STAGES

Schema = dict[str, Any]
_KINDS = {
    "card": re.compile(r"docs/battlecards/[^/]+/index\.md"),
    "release-note": re.compile(r"docs/battlecards/[^/]+/releases/(?!index\.md)[^/.][^/]*\.md"),
    "field-note": re.compile(r"docs/battlecards/[^/]+/notes/(?!index\.md)[^/.][^/]*\.md"),
    "objection": re.compile(r"docs/objections/(?!index\.md)[^/.][^/]*\.md"),
}


def kind_of(path: str) -> str | None:
    """`card`, `objection`, `field-note` or `release-note`, by a file's path from the root; None for any other page."""
    return next((kind for kind, shape in _KINDS.items() if shape.fullmatch(path)), None)


def _text(about: str) -> Schema:
    return {"type": ["string", "number", "boolean"], "description": about}


def _words(about: str, **items: Any) -> Schema:
    return {"type": ["array", "string", "null"], "items": {"type": ["string", "number"], **items}, "description": about}


def _one_of(allowed: tuple[str, ...], about: str) -> Schema:
    return {"enum": [*allowed], "description": about}


def _day(about: str) -> Schema:
    return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": about}


_OWNER = _text("Who answers for it: an e-mail address or @user; asked to review every change")
_EVERY = {"type": "string", "pattern": "^[1-9][0-9]{0,3}d$", "description": "How often it is reviewed, in days such as 90d"}
_AUDIENCE = _one_of(AUDIENCES, "Who may read it: the team, or the buyer as well")
_REVIEWED = {
    "type": "object",
    "description": "The last time that a person vouched for it",
    "required": ["on", "by"],
    "properties": {
        "on": _day("The day"),
        "by": _text("Who"),
        "head": _text("The newest release note that the reviewer had seen"),
    },
}
_SOURCE = {
    "type": "object",
    "description": "Where the competitor publishes its release notes",
    "oneOf": [{"required": [kind]} for kind in SOURCE_KINDS],
    "properties": {kind: {"type": "string", "pattern": "^https?://"} for kind in SOURCE_KINDS}
    | {"entry": _text("CSS selector of one release, for a page")},
}
_REVISIONS = {"type": "array", "items": {"type": "object", "required": ["sha256"]}}
_FIELDS: dict[str, tuple[str, list[str], Schema]] = {
    "card": (
        "A battlecard: docs/battlecards/<competitor>/index.md",
        ["title", "competitor", "owner"],
        {
            "title": _text("The competitor's name"),
            "competitor": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "description": "The folder's name"},
            "aliases": _words("Other names that buyers use"),
            "owner": _OWNER,
            "backup_owner": _OWNER,
            "reviewed": _REVIEWED,
            "review_every": _EVERY,
            "audience": _AUDIENCE,
            "tags": _words("Free words"),
            "sources": {"type": ["array", "null"], "items": _SOURCE},
        },
    ),
    "objection": (
        "An objection that is not about one competitor: docs/objections/<slug>.md",
        ["owner"],
        {
            "title": _text("A short name for the menu"),
            "competitors": _words("Folders' names of the competitors it comes up with; none: all"),
            "stages": _words("When it comes up", enum=[*STAGES]),
            "category": _one_of(CATEGORIES, "What it is about"),
            "owner": _OWNER,
            "reviewed": _REVIEWED,
            "review_every": _EVERY,
            "audience": _AUDIENCE,
        },
    ),
    "field-note": (
        "What one of us heard: docs/battlecards/<competitor>/notes/<date>-<slug>.md",
        ["date", "author", "competitor", "stage", "source"],
        {
            "date": _day("When it was heard"),
            "author": _text("Who heard it, by first name"),
            "competitor": _text("The folder's name"),
            "stage": _one_of(STAGES, "Where the deal stood"),
            "source": _one_of(NOTE_SOURCES, "How we know"),
            "confidence": _one_of(CONFIDENCES, "How sure we are"),
            "deal": _text("An id that says nothing outside our own systems"),
            "expires": _day("From when it no longer counts"),
        },
    ),
    "release-note": (
        "What a competitor published about one release; written by kb ingest, never by hand",
        ["version", "source", "sha256"],
        {
            "title": _text("As published"),
            "version": _text("As published"),
            "state": _one_of(RELEASE_STATES, "Empty for a release"),
            "date": _day("As published; absent when unknown"),
            "dated_by": _text("The source that the date is from"),
            "source": {"type": "string"},
            "url": {"type": "string"},
            "sha256": {"type": "string", "description": "Of the entry as published"},
            "seal": _text("A checksum of what the note says: an edit by hand breaks it"),
            "revisions": _REVISIONS,
            "also": {"type": "array", "items": {"type": "object", "required": ["source", "sha256"]}},
        },
    ),
}
KINDS = tuple(_FIELDS)


def schema(kind: str) -> Schema:
    """The JSON Schema of one kind's front matter, one of KINDS. Dates are text, as an editor sees them."""
    title, required, properties = _FIELDS[kind]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "type": "object"}
    return {**head, "required": required, "properties": properties}


def as_files() -> dict[str, str]:
    """File name → text, as `kb schema` writes them into schemas/."""
    return {f"{kind}.json": json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n" for kind in KINDS}


def keys(kind: str) -> tuple[str, ...]:
    """The keys that one kind's front matter may have."""
    return tuple(_FIELDS[kind][2])


def choices(kind: str) -> dict[str, tuple[str, ...]]:
    """Key → the words it may hold, for the keys of one kind that have a closed list."""
    listed = {key: value.get("enum") or value.get("items", {}).get("enum") for key, value in _FIELDS[kind][2].items()}
    return {key: tuple(allowed) for key, allowed in listed.items() if allowed}
