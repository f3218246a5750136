"""`kb new`: a card, an objection or a field note with the right sections, to be filled in; a question that must find its answer."""

import argparse
import datetime as dt
import json
import os
import subprocess
from pathlib import Path

from kb import config, customers, files, library, templates
from kb.errors import DONE, USAGE, KbError
from kb.frontmatter import conflict, did_you_mean
from kb.markdown import slug
from kb.model import NOTE_SOURCES
from kb.provenance import WEB
from kb.redact import redact, told
from kb.wiring import answer_ids
from kb.words import STAGES

GOLDEN = "tests/golden.jsonl"
FORMS = ("spoken", "short", "oblique", "negated", "misspelt", "named")


def main(args: list[str]) -> int:
    """Run the command; it never writes over a file."""
    options = _parser().parse_args(args)
    settings = config.load(options.root, Path.cwd())
    made = {"competitor": _competitor, "objection": _objection, "note": _note, "question": _question}[options.what](settings, options)
    print(made)
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kb new", description="A file with the right sections, to be filled in.")
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    kinds = parser.add_subparsers(dest="what", required=True, metavar="competitor|objection|note|question")
    new = kinds.add_parser("competitor", parents=[root], help="a battlecard")
    new.add_argument("name", metavar="NAME", help="as buyers say it")
    new.add_argument("--owner", metavar="MAIL", help="default: your git e-mail address")
    for kind in ("feed", "page", "changelog"):
        new.add_argument(f"--{kind}", metavar="URL", help="where they publish their release notes")
    new = kinds.add_parser("objection", parents=[root], help="an objection in docs/objections/")
    new.add_argument("words", metavar="WORDS", help="as the buyer says it")
    new.add_argument("--competitor", action="append", default=[], metavar="C", help="comes up with these only; may be repeated")
    new.add_argument("--stage", action="append", default=[], choices=STAGES, help="may be repeated")
    new.add_argument("--owner", metavar="MAIL", help="default: your git e-mail address")
    new = kinds.add_parser("note", parents=[root], help="a field note")
    new.add_argument("competitor", metavar="COMPETITOR", help="slug, name or alias")
    new.add_argument("text", nargs="?", default="", metavar="TEXT", help="what was said; e-mail addresses, names, secrets are redacted")
    new.add_argument("--stage", choices=STAGES, default="discovery")
    new.add_argument("--source", choices=NOTE_SOURCES, default="buyer-said")
    new = kinds.add_parser("question", parents=[root], help="a line of tests/golden.jsonl: what was said must find this answer")
    new.add_argument("words", metavar="WORDS", help="as a buyer would say it, not as the card does")
    new.add_argument("--find", metavar="ANSWER", required=True, help="such as acme#agent-overhead or objections/too-expensive")
    new.add_argument("--form", choices=FORMS, default="spoken")
    return parser


def _competitor(settings: config.Config, options: argparse.Namespace) -> str:
    folder, name = named(options.name), " ".join(options.name.split())
    if there := library.load(settings.root, only_cards=True).named(name):
        raise KbError(name, f"has a card: {there[0]}", USAGE)
    sources = [(kind, url) for kind in ("feed", "page", "changelog") if (url := getattr(options, kind))]
    if wrong := next((url for _, url in sources if not WEB.match(url)), None):
        raise KbError(wrong, "is not an http(s) address", USAGE)
    text = templates.card(name, folder, owner(options.owner, settings.root), sources)
    return put(settings.root, f"docs/battlecards/{folder}/index.md", text)


def _objection(settings: config.Config, options: argparse.Namespace) -> str:
    known = library.load(settings.root, only_cards=True)
    about = [known.card(name)[1].competitor for name in options.competitor]
    words = " ".join(options.words.split())
    name = named(words)
    text = templates.objection(words, name, owner(options.owner, settings.root), about, options.stage)
    return put(settings.root, f"docs/objections/{name}.md", text)


def _note(settings: config.Config, options: argparse.Namespace) -> str:
    competitor = library.load(settings.root, only_cards=True).card(options.competitor)[1].competitor
    words, counts = redact(options.text, customers.load(settings))
    author = owner(None, settings.root).split("@")[0].split(".")[0]
    today = dt.date.today()
    if conflict(f"\n\n{words}"):
        raise KbError("TEXT", "has a line such as =======, which is taken for a git merge conflict: leave it out", USAGE)
    text = templates.note(competitor, author, today, options.stage, options.source, words)
    name = "-".join(slug(words).split("-")[:6]) or "note"
    made = put(settings.root, f"docs/battlecards/{competitor}/notes/{today}-{name}.md", text)
    return made + (f"\nredacted: {told(counts)}" if counts else "")


def _question(settings: config.Config, options: argparse.Namespace) -> str:
    """Added at the end of the golden set; the answer must be there."""
    ids = answer_ids(library.load(settings.root, releases=False))
    wanted = options.find if options.find.startswith(("battlecards/", "objections/")) else f"battlecards/{options.find}"
    if wanted not in ids:
        raise KbError(options.find, f"no such answer.{did_you_mean(wanted, ids) or ' `kb search` names the ids.'}", USAGE)
    if not options.words.strip():
        raise KbError("WORDS", "are missing: what would a buyer say?", USAGE)
    path = settings.root / GOLDEN
    before = files.read(path) if path.is_file() else ""
    line = json.dumps({"query": options.words.strip(), "expect": [wanted], "form": options.form, "must": True}, ensure_ascii=False)
    files.write(path, before + ("\n" if before and not before.endswith("\n") else "") + line + "\n")
    return f"{GOLDEN}: `kb eval` fails while another answer than {wanted} comes first"


def named(words: str) -> str:
    """A file's or folder's name out of words. Raises KbError (wrong usage) when nothing is left of them."""
    name = slug(words)[:60].strip("-_")
    if not name:
        raise KbError(words or "the name", "holds no letter or digit that a file could be named after", USAGE)
    if f"{name}.md" == library.GENERATED:
        raise KbError(words, "is the name of the page that lists all others: say it in more words", USAGE)
    return name


def put(root: Path, path: str, text: str) -> str:
    """Write a file that is not there yet; its path. Raises KbError when it is."""
    if files.create({root / path: text}):
        raise KbError(path, "is there already; nothing was written", USAGE)
    return path


def owner(given: str | None, root: Path) -> str:
    """Who answers for what is new: what was given, or git's e-mail address. Raises KbError (wrong usage) when there is neither."""
    found = given or _git_mail(root) or os.environ.get("EMAIL", "")
    if not found:
        raise KbError("--owner", "is missing, and git knows no e-mail address of yours", USAGE)
    return found


def _git_mail(root: Path) -> str:
    try:
        done = subprocess.run(["git", "config", "user.email"], capture_output=True, text=True, check=False, cwd=root, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
