"""CODEOWNERS out of the cards' `owner` and `backup_owner`: whom the host asks to review a change. Pure."""

import re

from kb.library import Library

PATH = ".github/CODEOWNERS"
_HEAD = "# Written by `kb codeowners` from `owner` and `backup_owner` in the cards: change them there, then run it.\n"
_OWNER = re.compile(r"@[\w-]+(?:/[\w.-]+)?|[^\s@]+@[^\s@]+\.[^\s@]+")
"""What GitHub accepts: @user, @organisation/team, an e-mail address."""


def codeowners(library: Library) -> str:
    """The file. A card's owner answers for its folder, so for notes and release notes as well."""
    rows = [(f"/{path.removesuffix('index.md')}", _people(card.owner, card.backup_owner)) for path, card in library.cards.items()]
    rows += [(f"/{path}", _people(page.owner)) for path, page in library.pages.items()]
    width = max((len(_escaped(path)) for path, who in rows if who), default=0)
    return _HEAD + "".join(f"{_escaped(path):<{width}} {' '.join(who)}\n" for path, who in sorted(rows) if who)


def _people(*owners: str | None) -> list[str]:
    """Those whom the host can ask; a plain name is no address, and is left out."""
    return [owner for owner in owners if owner and is_address(owner)]


def is_address(owner: str) -> bool:
    """Can the host ask this owner for a review?"""
    return bool(_OWNER.fullmatch(owner))


def _escaped(path: str) -> str:
    return path.replace(" ", "\\ ")
