"""`kb eval`: ask the golden set, print how good the answers are and the worst misses."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from kb import config
from kb.errors import DONE, FIX, USAGE, KbError
from search import golden
from search.metrics import Outcome, intervals, measures

WORST = 10


def main(args: list[str]) -> int:
    """Run the command: exit 1 when the set expects an answer that does not exist, or one that must be found is not."""
    parser = argparse.ArgumentParser("kb eval", description="How good the answers are, on questions whose answers are known.")
    parser.add_argument("--queries", type=Path, metavar="FILE", help="JSON lines of query and expect (default: tests/golden.jsonl)")
    parser.add_argument("--half", choices=("dev", "test"), help="only lines with this `half`")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    path = options.queries or settings.root / "tests" / "golden.jsonl"
    questions = [g for g in golden.read(path) if options.half in (None, g.half)]
    if not questions:
        raise KbError(str(path), "holds no question", USAGE)
    outcomes = golden.ask(settings, questions)
    stray = golden.unknown(settings, questions)
    forms = by_form(questions, outcomes)
    missed = [o for g, o in zip(questions, outcomes, strict=True) if not g.kept(o)]
    if options.json:
        figures = {form: {"queries": len(some)} | measures(some) for form, some in forms.items()}
        print(json.dumps({"queries": len(outcomes)} | measures(outcomes) | {"forms": figures}))
        print("".join(f"{line}\n" for line in faults(missed, stray)), end="", file=sys.stderr)
    else:
        print(as_text(outcomes, forms, missed, stray))
    return FIX if stray or missed else DONE


def by_form(questions: Sequence[golden.Golden], outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Form → its outcomes; what is out of scope is no form of a question."""
    found: dict[str, list[Outcome]] = {}
    for question, outcome in zip(questions, outcomes, strict=True):
        if question.form and outcome.expect:
            found.setdefault(question.form, []).append(outcome)
    return dict(sorted(found.items()))


def as_text(outcomes: Sequence[Outcome], forms: Mapping[str, Sequence[Outcome]], missed: Sequence[Outcome], stray: Sequence[str]) -> str:
    """Figures with their 95 % intervals, the same by form, then the misses that hurt most."""
    rows = [f"{len(outcomes)} questions, {sum(not o.expect for o in outcomes)} of them out of scope"]
    within = intervals(outcomes)
    for name, value in measures(outcomes).items():
        bounds = within[name]
        rows.append(f"{name:<20}" + ("–" if value is None or bounds is None else f"{value:.3f}   ({bounds[0]:.3f} to {bounds[1]:.3f})"))
    rows += [_form(form, some) for form, some in forms.items()]
    wrong = sorted((o for o in outcomes if o.expect and o.rank != 1), key=lambda o: -o.score)[:WORST]
    false = sorted((o for o in outcomes if not o.expect and o.answered), key=lambda o: -o.score)[:WORST]
    rows += ["", "Surest wrong answers:"] if wrong else []
    rows += [f"  {o.score:.0%}  {o.query!r}: {_first(o)}, should be {', '.join(sorted(o.expect))}" for o in wrong]
    rows += ["", "Answered, though out of scope:"] if false else []
    rows += [f"  {o.score:.0%}  {o.query!r}: {o.ranked[0]}" for o in false]
    rows += ["", *told] if (told := faults(missed, stray)) else []
    return "\n".join(rows)


def faults(missed: Sequence[Outcome], stray: Sequence[str]) -> list[str]:
    """Why the command fails."""
    found = [f"must find {', '.join(sorted(o.expect)) or 'nothing'}, {_said(o)}: {o.query!r}" for o in missed]
    return found + [f"no such answer: {ident} (renamed or retired? mend the golden set)" for ident in stray]


def _said(outcome: Outcome) -> str:
    return f"finds {_first(outcome)}" if outcome.answered else f"says nothing (nearest {_first(outcome)}, {outcome.score:.0%})"


def _form(form: str, outcomes: Sequence[Outcome]) -> str:
    found = measures(outcomes)
    return f"  {form:<18}{found['recall@1']:.3f} first, {found['recall@3']:.3f} in three   ({len(outcomes)} questions)"


def _first(outcome: Outcome) -> str:
    return outcome.ranked[0] if outcome.ranked else "nothing"
