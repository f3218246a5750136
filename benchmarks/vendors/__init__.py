"""Objections and questions of fictional vendors and services, each by an author of its own: what the model learns to hear buyers from.

A folder a vendor: objections.jsonl (`id`, `competitor`, `title`, `heard`, `category`, `say_this`, `body`) and questions.jsonl (`query`,
`expect`, `form`, `competitor`). `as_cards` writes one as a knowledge base, so that `kb eval` can be asked about it.
"""

import json
from pathlib import Path

HERE = Path(__file__).parent
KEPT_ASIDE = ("marlowe",)
"""Never trained on: what the model is chosen and measured by."""
_FRONT = """title: {title}
owner: kim@vendor.example
reviewed: {{on: 2026-10-12, by: kim}}
review_every: 90d
audience: internal
---

# {bare}

"""


def rows(vendor, what):
    """The lines of a vendor's `objections` or `questions`."""
    return [json.loads(line) for line in (HERE / vendor / f"{what}.jsonl").read_text(encoding="utf-8").splitlines()]


def vendors():
    """Those to train on."""
    return sorted(path.parent.name for path in HERE.glob("*/questions.jsonl") if path.parent.name not in KEPT_ASIDE)


def ident(objection):
    """The id of its answer."""
    one = objection["id"]
    return f"battlecards/{objection['competitor']}#{one}" if objection["competitor"] else f"objections/{one}"


def as_cards(vendor, root, known=True):
    """Write the knowledge base of a vendor to `root`, and its questions as root/questions.jsonl; `known`: with the deal's competitor."""
    cards = {}
    root.mkdir(parents=True, exist_ok=True)
    (root / "kb.toml").write_text("")
    for one in rows(vendor, "objections"):
        heard = "\n".join(f"- {text}" for text in one["heard"])
        body = f"**Also heard**\n\n{heard}\n\n**Say this:** {one['say_this']}\n\n**Acknowledge:** {one['body']}\n"
        if one["competitor"]:
            cards.setdefault(one["competitor"], []).append(f"### {one['title']} {{#{one['id']}}}\n\n{body}")
        else:
            path = root / f"docs/objections/{one['id']}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            front = _FRONT.format(title=json.dumps(one["title"]), bare=one["title"])
            path.write_text(f"---\ncompetitors: []\ncategory: {one['category']}\n{front}{body}")
    for slug, entries in cards.items():
        path = root / f"docs/battlecards/{slug}/index.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        first = "## Thirty-second read\n\n- **When we win:** often.\n\n## Objections\n\n"
        front = _FRONT.format(title=slug.capitalize(), bare=slug.capitalize())
        path.write_text(f"---\ncompetitor: {slug}\naliases: []\n{front}{first}" + "\n".join(entries))
    ids = {one["id"]: ident(one) for one in rows(vendor, "objections")}
    lines = []
    for one in rows(vendor, "questions"):
        line = {"query": one["query"], "expect": [ids[name] for name in one["expect"]], "form": one["form"]}
        lines.append(json.dumps(line | ({"competitor": one["competitor"]} if known and one.get("competitor") else {})))
    (root / "questions.jsonl").write_text("\n".join(lines) + "\n")
