"""`kb check` on many synthetic cards, after the imports: `python -m benchmarks.check -n 500`. Writes them to a temporary folder."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from kb import library
from kb.check import check
from kb.commands import check as command
from kb.config import Config
from search.index import update

RELEASE = """---
title: {name} {v}.0.0
version: {v}.0.0
date: 2026-0{v}-01
source: https://{slug}.example/feed
sha256: 0{v}6baa5f7c0e4e37eecdcbdd500fd80df7eadaba4410e38ea299c2c371c2441b
---

# {name} {v}.0.0 {{#release}}

- **launch** (logs): Something number {v} for logs. {{#c1}}
- **fix**: A crash of the collector in version {v}. {{#c2}}
"""
NOTE = """---
date: 2026-09-0{v}
author: priya
competitor: {slug}
stage: poc
source: buyer-said
confidence: high
deal: d-4{v}17
---

They let the agent of {name} run over night and it took a full core, on the {v} nodes that matter.

Supports: [claim-{v}](../index.md#claim-{v})
"""


def card(n: int) -> tuple[str, str]:
    """Slug and text of a card of ordinary size: 12 claims, 6 objections."""
    slug, name = f"vendor-{n}", f"Vendor {n}"
    claims = "\n".join(
        f"- They charge for thing {i} from release {1 + i % 3} on, and we do not. [{name}](releases/{1 + i % 3}.0.0.md#c1) {{#claim-{i}}}"
        for i in range(12)
    )
    objections = "\n\n".join(
        f"### Your product {n} does not do thing {i} {{#objection-{i}}}\n\n**Also heard**\n\n- {i} of {n} is missing\n- we need {i}\n\n"
        f"**Say this:** It is there since spring. Try it on {n} nodes.\n\n**Acknowledge:** It was so. **Explore:** Where did you look?"
        f" **Reframe:** It works. **Evidence:** [{name}](releases/1.0.0.md#c1). **Ask back:** Shall we?"
        for i in range(6)
    )
    front = (
        f"title: {name}\ncompetitor: {slug}\naliases: [V{n}]\nowner: dana@ours.example\n"
        "reviewed: {on: 2026-11-01, by: dana, head: 2.0.0}\nreview_every: 90d\naudience: internal\ntags: [enterprise]\n"
        f"sources:\n  - feed: https://{slug}.example/feed"
    )
    body = f"## Thirty-second read\n\n- **We win when** they count.\n\n## Why we win\n\n{claims}\n\n## Objections\n\n{objections}"
    return slug, f"---\n{front}\n---\n\n# {name}\n\n{body}\n"


def write(root: Path, cards: int) -> None:
    """The knowledge base: `cards` cards with three release notes and two field notes each."""
    (root / "kb.toml").write_text("")
    for n in range(cards):
        slug, text = card(n)
        folder = root / "docs" / "battlecards" / slug
        for name in ("releases", "notes"):
            (folder / name).mkdir(parents=True)
        (folder / "index.md").write_text(text)
        for v in (1, 2, 3):
            (folder / "releases" / f"{v}.0.0.md").write_text(RELEASE.format(slug=slug, name=f"Vendor {n}", v=v))
        for v in (1, 2):
            (folder / "notes" / f"2026-09-0{v}-agent.md").write_text(NOTE.format(slug=slug, name=f"Vendor {n}", v=v))


def main() -> None:
    """Print the median seconds of processor time of reading, checking, and looking for what `--fix` would mend; and of the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=500, help="cards")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="also the whole command, likeness and conflicts included (indexes first)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, options.n)
        library.load(root)  # imports, and the files into memory
        rows = [measured(Config(root)) for _ in range(options.runs)]
        if options.full:
            update(Config(root))
            whole = [again(Config(root)) for _ in range(options.runs)]
    for name, seconds in zip(("read", "check", "blemishes", "all"), zip(*rows, strict=True), strict=True):
        told(name, seconds)
    if options.full:
        told("command", whole)


def told(name: str, seconds: Sequence[float]) -> None:
    print(f"{name:<10} {statistics.median(seconds):.2f} s   ({min(seconds):.2f} to {max(seconds):.2f})")


def again(config: Config) -> float:
    """Seconds of processor time of all that `kb check` does, once each text and pair was judged."""
    command.every_problem(config, [])
    started = time.process_time()
    command.every_problem(config, [])
    return time.process_time() - started


def measured(config: Config) -> tuple[float, ...]:
    """Seconds of processor time of the three parts and of the whole: the same on a busy machine."""
    at = [time.process_time()]
    known = library.load(config.root)
    at.append(time.process_time())
    problems = check(known, date(2026, 11, 23), {})
    at.append(time.process_time())
    problems += command.blemishes(config.root)
    at.append(time.process_time())
    assert all("material releases" in problem.message for problem in problems), problems[0]
    return (*(b - a for a, b in pairwise(at)), at[-1] - at[0])


if __name__ == "__main__":
    main()
