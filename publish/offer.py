"""What of the knowledge base a site is made of: all of it, or only what may leave the house. Reads docs/, writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb import files, frontmatter
from kb.config import Config
from kb.errors import KbError
from kb.holding import resolve
from kb.library import Library
from kb.markdown import LINK
from kb.model import Section
from publish import winloss
from publish.audience import EXTERNAL, shared, unmarked
from publish.leaks import Watch, split
from publish.winloss import Quarter

INTERNAL = "internal"
TEXTS = (".csv", ".yml", ".yaml", ".json", ".jsonl", ".txt", ".toml")
"""Files beside the pages whose words must not get out, unless a shared line links them."""


@dataclass(frozen=True)
class Offer:
    """The library that a site shows, and the files beside it."""

    audience: str
    library: Library
    bodies: Mapping[str, str]
    """Path under the root → Markdown without front matter, of objection pages and of other pages that people wrote."""
    files: Mapping[str, Path]
    """Path under docs/ → the file that is copied there."""
    quarters: Mapping[str, Sequence[Quarter]] = field(default_factory=dict)
    """Path of a card → the deals counted for it."""
    gaps: str = ""

    @property
    def folder(self) -> str:
        """Under .kb/: where its pages are staged."""
        return "pages" if self.audience == INTERNAL else f"pages-{self.audience}"


def offer(config: Config, known: Library, audience: str = INTERNAL) -> Offer:
    """What the site for `audience` is made of. Raises KbError for a mark that marks nothing."""
    return _everything(config, known) if audience == INTERNAL else _outside(config, known, audience)


def _everything(config: Config, known: Library) -> Offer:
    """Pages that are neither card nor objection stay files: their front matter is the site generator's."""
    bodies = {path: body(files.read(config.root / path), path) for path in known.pages}
    home = config.docs / "index.md"
    if home.is_file():
        bodies["docs/index.md"] = body(files.read(home), "docs/index.md")
    copied = {path.relative_to(config.docs).as_posix(): path for path in own_files(config.docs)}
    log = config.local / "gaps.jsonl"
    gaps = files.read_bytes(log).decode(errors="replace") if log.is_file() else ""
    bodies = {path: unmarked(text) for path, text in bodies.items()}
    return Offer(INTERNAL, _unmarked(known), bodies, copied, _counted(config, known), gaps)


def _unmarked(known: Library) -> Library:
    """The marks say who may read a line; nobody needs to read the marks."""
    cards = {path: replace(card, intro=unmarked(card.intro), sections=_bare(card.sections)) for path, card in known.cards.items()}
    return replace(known, cards=cards)


def _bare(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    return tuple(replace(section, body=unmarked(section.body)) for section in sections)


def _outside(config: Config, known: Library, audience: str) -> Offer:
    texts = {name: files.read(path) for name, path in _pages(config).items()}
    bodies = {name: body(text, name) for name, text in texts.items() if of(text) == EXTERNAL and name not in known.cards}
    library, kept = shared(known, {name: text for name, text in bodies.items() if "/battlecards/" not in name})
    shown = [(path, section.body) for path, card in library.cards.items() for section in card.sections] + list(kept.items())
    linked = {target for path, text in shown for match in LINK.finditer(text.replace("![", "[")) if (target := resolve(match[2], path))}
    copied = {path.relative_to(config.docs).as_posix(): path for path in own_files(config.docs) if path.suffix != ".md"}
    return Offer(audience, library, kept, {name: path for name, path in copied.items() if f"docs/{name}" in linked})


def watch(config: Config, known: Library, outside: Offer, program: list[str]) -> Watch:
    """What must not be found in the built site: every line of docs/ that is not for outsiders, and what else lies about."""
    inside, shown = [], [*outside.files]
    for name, path in _pages(config).items():
        text = files.read(path)
        published = name in outside.library.releases
        hidden, open_ = split(body(text, name), published or (of(text) == EXTERNAL and "/notes/" not in name))
        inside += [*hidden, text[: len(text) - len(body(text, name))], *([] if open_ else [name])]
        shown += [*open_, *([name] if open_ else [])]
    for card in outside.library.cards.values():
        shown += [card.title, card.competitor]
    shown += [page.title for page in outside.library.pages.values()]
    shown += [f"{note.version} {note.title} {note.page} {note.source}" for note in outside.library.releases.values()]
    rest = [p for p in own_files(config.docs) if p.suffix in TEXTS and p not in outside.files.values()] + [config.local / "gaps.jsonl"]
    inside += [files.read_bytes(p).decode(errors="replace") for p in rest if p.is_file()]
    return Watch(inside, shown, program)


def _pages(config: Config) -> dict[str, Path]:
    return {f"docs/{path.relative_to(config.docs).as_posix()}": path for path in own_files(config.docs) if path.suffix == ".md"}


def body(text: str, path: str) -> str:
    """A page without its front matter, if it has one."""
    return frontmatter.read(text, path).body if text.lstrip("\ufeff").startswith("---") else text


def of(text: str) -> str:
    """The audience that a page's front matter names; a page that names none, or whose front matter cannot be read, is internal."""
    try:
        return frontmatter.read(text, "").text("audience") or INTERNAL
    except KbError:
        return INTERNAL


def own_files(docs: Path) -> list[Path]:
    """The files of docs/ themselves: a link out of the folder is never published."""
    return sorted(p for p in docs.rglob("*") if p.is_file() and not p.is_symlink() and p.resolve().is_relative_to(docs.resolve()))


def _counted(config: Config, known: Library) -> dict[str, list[Quarter]]:
    counts = {path: (config.root / path).with_name(winloss.NAME) for path in known.cards}
    return {
        path: winloss.parse_winloss(files.read(at), at.relative_to(config.root).as_posix()) for path, at in counts.items() if at.is_file()
    }
