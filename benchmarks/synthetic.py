"""A knowledge base of any size for the benchmarks: objections of four phrasings and a body, so five passages each. Made up, and says so."""

import random
from pathlib import Path

from kb import files

SUBJECTS = "price rollout agent dashboard alert export audit login backup region contract licence query index gateway sandbox".split()
QUALITIES = "slow dear fragile noisy opaque late missing limited manual risky closed heavy unproven confusing brittle costly".split()
PLACES = "in production,on our nodes,for the auditors,in the trial,at night,for the board,in Frankfurt,on the phone,after the merger".split(
    ","
)
PAGE = """\
---
title: {title}
competitors: []
stages: [discovery]
category: performance
owner: dana@ours.example
reviewed: {{on: 2026-11-01, by: dana}}
---

# {title}

**Also heard**

{heard}

**Say this:** {say}

**Acknowledge:** {body} **If pressed:** {more}
"""


def phrase(draw: random.Random, number: int) -> str:
    """A short spoken complaint; the number keeps it unlike all others."""
    return f"the {draw.choice(SUBJECTS)} of module {number} is {draw.choice(QUALITIES)} {draw.choice(PLACES)}"


def page(number: int, twist: str = "") -> str:
    """The text of objection `number`; `twist` changes its first phrasing."""
    draw = random.Random(number)
    title, *heard = [phrase(draw, number) for _ in range(4)]
    say, body, more = (phrase(draw, number).capitalize() + "." for _ in range(3))
    return PAGE.format(title=f"{title.capitalize()}{twist}", heard="\n".join(f"- {text}" for text in heard), say=say, body=body, more=more)


def make(root: Path, objections: int) -> Path:
    """Write the knowledge base into `root`; the folder."""
    (root / "docs" / "battlecards").mkdir(parents=True)
    files.write(root / "kb.toml", "")
    for number in range(objections):
        files.write(root / f"docs/objections/module-{number}.md", page(number))
    return root
