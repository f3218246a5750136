"""An objection that has a page to itself. Pure: an ObjectionPage and its file's Markdown in, Markdown out."""

from kb.escape import escape
from kb.library import Library
from kb.markdown import headings
from kb.model import ObjectionPage
from publish.cardpage import vouch
from publish.responses import response


def objection_page(page: ObjectionPage, body: str, path: str, library: Library, edit: str = "") -> str:
    """The page of the objection whose file at `path` reads `body` below its front matter."""
    title = next(h for h in headings(body) if h.level == 1)
    below = response("\n".join(body.split("\n")[title.line :]), path, library, unfolded=True)
    parts = [
        f"# {title.text}",
        vouch(page.reviewed, page.review_every, page.owner, edit),
        _about(page, library),
        f'<section class="rj-objection rj-objection--alone" markdown="block">\n\n{below}\n\n</section>',
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(page: ObjectionPage, library: Library) -> str:
    """Category, stages and competitors, each leading to where there is more of the kind."""
    cards = {card.competitor: card.title for card in library.cards.values()}
    tags = [f'<span class="rj-tag">{page.category}</span>'] if page.category else []
    tags += [f'<span class="rj-tag">{stage}</span>' for stage in page.stages]
    tags += [f"[{escape(cards[slug])}](../battlecards/{slug}/index.md){{.rj-tag}}" for slug in page.competitors if slug in cards]
    return " ".join(tags)
