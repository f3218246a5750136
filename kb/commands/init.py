"""`kb init DIR`: a knowledge base for a team: cards, workflows, CODEOWNERS, how to write, a first ingest, the first commit, the site."""

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from kb import config, files, library, templates
from kb.commands.new import named, owner
from kb.errors import DONE, FIX, USAGE, KbError
from kb.history import git
from kb.owners import PATH, codeowners
from kb.schema import as_files
from kb.wiring import command, discovered

SCAFFOLD = Path(__file__).parent.parent / "scaffold"
_PLACES = {
    "docs": "docs",
    "tests": "tests",
    "github": ".github",
    "vscode": ".vscode",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "gitignore": ".gitignore",
    "mkdocs.yml": "mkdocs.yml",
}


@dataclass(frozen=True)
class Rival:
    """A competitor to begin with."""

    name: str
    url: str


def main(args: list[str]) -> int:
    """Run the command: exit 1 when a source was not found or could not be read; all else stands."""
    options = _parser().parse_args(args)
    folder = Path(options.dir).expanduser().resolve()
    if folder.is_dir() and any(folder.iterdir()) and {p.name for p in folder.iterdir()} != {".git"}:
        raise KbError(str(folder), "is not empty: name a new folder", USAGE)
    rivals = [_rival(text) for text in options.competitor]
    product = options.product
    if not product or not rivals:
        product, rivals = _asked(product, rivals)
    _no_doubles(rivals)
    who = owner(options.owner, folder if folder.is_dir() else Path.cwd())
    told = make(folder, product, rivals, who, tuple(options.allow_host), not options.offline)
    told += _ingested(folder, options.offline)
    _committed(folder)
    print("\n".join([f"{folder} is ready.", *told, "Next: open a card, write its thirty-second read, then `kb check` and `kb serve`."]))
    if sys.stdin.isatty() and sys.stdout.isatty() and not options.no_site:
        _shown(folder)
    return FIX if told else DONE


def _shown(folder: Path) -> None:
    """The site, until Ctrl-C. The knowledge base is there, whatever becomes of it."""
    print("The site opens in your browser; Ctrl-C ends it.", flush=True)
    try:
        command("serve")(["--root", str(folder), "--open", "--port", "0"])
    except KbError as error:
        print(f"The site was not opened: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kb init", description="A knowledge base for your team, in an empty folder.")
    parser.add_argument("dir", metavar="DIR")
    parser.add_argument("--product", metavar="NAME", help="what you sell")
    parser.add_argument("--competitor", action="append", default=[], metavar="NAME=URL", help="and its home page; may be repeated")
    parser.add_argument("--owner", metavar="MAIL", help="who answers for the first cards (default: your git e-mail address)")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="HOST", help="may be fetched from although its address is private"
    )
    parser.add_argument("--offline", action="store_true", help="fetch nothing now: no feed is looked for, no release note read")
    parser.add_argument("--no-site", action="store_true", help="do not open the site at the end, as is done on a terminal")
    return parser


def _rival(text: str) -> Rival:
    name, _, url = text.partition("=")
    if re.match(r"[\w-]+(?:\.[\w-]+)+(?:[:/]|$)", url.strip()):
        url = f"https://{url.strip()}"  # as people say it
    if not name.strip() or not url.startswith(("http://", "https://")):
        raise KbError(f'--competitor "{text}"', 'must be NAME=URL, such as "Acme=https://acme.example"', USAGE)
    named(name)  # what no folder can be named after is told before anything is written
    return Rival(name.strip(), url.strip())


def _no_doubles(rivals: list[Rival]) -> None:
    seen: dict[str, str] = {}
    for rival in rivals:
        if first := seen.get(named(rival.name)):
            raise KbError(f'--competitor "{rival.name}"', f'has the folder of "{first}": name each competitor once', USAGE)
        seen[named(rival.name)] = rival.name


def _asked(product: str | None, rivals: list[Rival]) -> tuple[str, list[Rival]]:
    """What the flags did not say, from the terminal. Raises KbError (wrong usage) when there is none."""
    if not sys.stdin.isatty():
        missing = "--product" if not product else "--competitor"
        raise KbError(missing, 'is missing: kb init DIR --product Ours --competitor "Acme=https://acme.example"', USAGE)
    product = product or _answer("What do you sell? ")
    while not rivals or (more := _answer("Another competitor (empty: no more)? ")):
        name = _answer("Your first competitor? ") if not rivals else more
        rivals = [*rivals, _rival(f"{name}={_answer(f'The home page of {name} (https://…)? ')}")]
    return product, rivals


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        raise KbError("kb init", "no answer, so nothing was made", USAGE) from None


def make(folder: Path, product: str, rivals: list[Rival], who: str, hosts: tuple[str, ...], online: bool) -> list[str]:
    """Every file; what could not be found, a line each."""
    allowed = f"\n[ingest]\nallow_hosts = [{', '.join(map(_quoted, hosts))}]\n" if hosts else ""
    files.write(folder / "kb.toml", f"# The settings of this knowledge base. Every one has a default.\n{allowed}")
    settings, told = config.load(str(folder), folder), list[str]()
    for rival in rivals:
        source, trouble = discovered(settings, rival.url) if online else (None, f"{rival.name}: no source was looked for")
        told += [trouble] if trouble else []
        slug = named(rival.name)
        files.write(folder / f"docs/battlecards/{slug}/index.md", templates.card(rival.name, slug, who, [source] if source else []))
    files.write(folder / "docs/index.md", _home(product, rivals))
    files.write(
        folder / "docs/objections/index.md",
        '# Objections that are not about one competitor\n\nThe first: `kb new objection "You are too expensive"`\n',
    )
    for path in sorted(p for p in SCAFFOLD.rglob("*") if p.is_file()):
        first, *rest = path.relative_to(SCAFFOLD).parts
        target = folder.joinpath(_PLACES[first], *rest)
        files.write_bytes(target, path.read_bytes())
        if path.parent.name == "scripts":
            target.chmod(0o755)
    files.write(folder / "mkdocs.yml", _site(product))
    for name, text in as_files().items():
        files.write(folder / "schemas" / name, text)
    files.write(folder / PATH, codeowners(library.load(folder)))
    return told


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _site(product: str) -> str:
    """The settings of the site that ships, under the team's own name."""
    return re.sub(r"(?m)^site_name: .*$", lambda _: f"site_name: {_quoted(product)}", files.read(SCAFFOLD / "mkdocs.yml"), count=1)


def _home(product: str, rivals: list[Rival]) -> str:
    rows = "\n".join(f"- [{rival.name}](battlecards/{named(rival.name)}/index.md)" for rival in rivals)
    return f"# {product}: what did the buyer just say?\n\n{rows}\n"


def _ingested(folder: Path, offline: bool) -> list[str]:
    """The first ingest, if a card names a source."""
    if offline or not any(card.sources for card in library.load(folder, only_cards=True).cards.values()):
        return []
    code = command("ingest")(["--root", str(folder)])
    return [] if code == DONE else ["The first ingest had trouble: see above, mend the card's `sources`, then `kb ingest`."]


def _committed(folder: Path) -> None:
    """A repository with one commit; one that is there already is only added to. Without git, files are enough."""
    try:
        if not (folder / ".git").exists():
            git(folder, "init", "-q", "-b", "main")
        git(folder, "add", "-A")
        known = subprocess.run(["git", "config", "user.email"], cwd=folder, capture_output=True, check=False).returncode == 0
        name = [] if known else ["-c", "user.name=kb init", "-c", "user.email=kb-init@localhost"]
        git(folder, *name, "commit", "-qm", "A knowledge base begins")
    except KbError as error:
        print(f"not committed: {error}", file=sys.stderr)
