"""What the JSON API says, as plain values. Pure but for the warm search itself, which is asked one question at a time."""

import threading
from datetime import date
from typing import Any

from kb.errors import USAGE, KbError
from kb.holding import resolve
from kb.library import Library
from kb.markdown import plain
from kb.model import Card, Objection
from kb.review import due, overdue
from kb.words import AUDIENCES, KINDS, STAGES
from search.commands.search import as_json
from search.lookup import search
from search.session import Question

_ONE_AT_A_TIME = threading.Lock()
_CHOICES = {"stage": STAGES, "audience": AUDIENCES, "kind": KINDS}
MOST = 50
"""Hits that one question may ask for."""


def found(root: str, asked: dict[str, str], today: date) -> dict[str, Any]:
    """The contract's JSON for `/api/search?q=…`. Raises KbError (wrong usage) for a question or filter that cannot be."""
    question = question_of(asked)
    with _ONE_AT_A_TIME:  # the kernel holds one model and one pack
        return as_json(search(root, question), today.isoformat())


def question_of(asked: dict[str, str]) -> Question:
    """The query's parameters as a question."""
    for name, allowed in _CHOICES.items():
        if asked.get(name) and asked[name] not in allowed:
            raise KbError(name, f"must be one of {', '.join(allowed)}", USAGE)
    most = asked.get("n") or "5"
    if not most.isdecimal() or not 1 <= int(most) <= MOST:
        raise KbError("n", f"must be a number from 1 to {MOST}", USAGE)
    question = Question(
        asked.get("q", ""), asked.get("competitor") or None, asked.get("stage") or None, asked.get("audience") or None,
        asked.get("kind") or None, int(most),
    )  # fmt: skip
    question.words()
    return question


def cards(library: Library, today: date) -> dict[str, Any]:
    """`/api/cards`: every card in a line's worth."""
    return {"cards": [_card(path, card, today) for path, card in library.cards.items()]}


def one_card(library: Library, competitor: str, today: date) -> dict[str, Any]:
    """`/api/cards/<competitor>`: the card with its sections, claims and objections. Raises KbError when there is none."""
    path, card = library.card(competitor)
    claims = [
        {"id": c.id, "section": c.section, "text": plain(c.text), "basis": c.basis, "evidence": _links(c.evidence, path)}
        for c in card.claims
    ]
    return _card(path, card, today) | {
        "sections": [{"name": section.name, "markdown": section.body} for section in card.sections],
        "claims": claims,
        "objections": [_objection(objection) for objection in card.objections],
    }


def _card(path: str, card: Card, today: date) -> dict[str, Any]:
    return {
        "competitor": card.competitor,
        "title": card.title,
        "owner": card.owner,
        "audience": card.audience,
        "reviewed": card.reviewed and card.reviewed.on.isoformat(),
        "due": card.reviewed and due(card.reviewed, card.review_every).isoformat(),
        "stale": overdue(card.reviewed, card.review_every, today),
        "path": path,
        "url": f"battlecards/{card.competitor}/",
    }


def _links(evidence: Any, path: str) -> list[dict[str, str]]:
    return [{"text": link.text, "href": resolve(link.href, path)} for link in evidence]


def _objection(objection: Objection) -> dict[str, Any]:
    return {
        "id": objection.id,
        "heading": objection.heading,
        "say_this": objection.say_this,
        "also_heard": list(objection.also_heard),
        "parts": dict(objection.parts),
    }


def openapi(name: str) -> dict[str, Any]:
    """The API's description, OpenAPI 3.1."""

    def query(name: str, what: str, *choices: str, needed: bool = False) -> dict[str, Any]:
        shape = {"type": "string"} | ({"enum": list(choices)} if choices else {})
        return {"name": name, "in": "query", "description": what, "required": needed, "schema": shape}

    ok = {"200": {"description": "as described in the reference", "content": {"application/json": {"schema": {"type": "object"}}}}}
    refused = {"400": {"description": 'wrong usage: {"error": …}'}, "401": {"description": "no token, or not the right one"}}
    asked = [
        query("q", "what the buyer said", needed=True), query("competitor", "slug, name or alias"), query("stage", "of the deal", *STAGES),
        query("audience", "who may read it", *AUDIENCES), query("kind", "of answer", *KINDS), query("n", "at most so many hits"),
    ]  # fmt: skip
    one = {"name": "competitor", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1", "description": "The same answers as `kb search --json`; everything is read-only."},
        "paths": {
            "/api/search": {"get": {"summary": "What the buyer just said → what to say", "parameters": asked, "responses": ok | refused}},
            "/api/cards": {"get": {"summary": "Every card: who owns it, how fresh it is", "responses": ok | refused}},
            "/api/cards/{competitor}": {
                "get": {"summary": "One card with claims and objections", "parameters": [one], "responses": ok | refused}
            },
        },
        "security": [{"token": []}, {}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }
