"""A Python-Markdown extension: `- a claim {#lasting-id}` gives the list item that id, as the cards' format says.

The stock attr_list wants the braces on a line of their own below an item, which people forget and reviewers mangle.
"""

from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from kb.markdown import BECAUSE, split_id

BEFORE_INLINE = 25
"""Priority: the inline patterns run at 20, and would take the braces for text."""


class _ItemIds(Treeprocessor):
    def run(self, root: Element) -> None:
        for item in root.iter("li"):
            _take_id(item, item)
            for paragraph in item.findall("p")[:1]:
                _take_id(paragraph, item)


def _take_id(holder: Element, item: Element) -> None:
    said = (holder.text or "").rstrip()
    words, ident = split_id(said)
    if ident:
        holder.text = words
        item.set("id", ident)
        if why := BECAUSE.search(said, len(words)):
            item.set("title", why[1])  # shown on hover: why this change has that kind


class ItemIds(Extension):
    """What mkdocs.yml names as `publish.ids`."""

    def extendMarkdown(self, md: Markdown) -> None:  # the library's name
        """Register the tree processor."""
        md.treeprocessors.register(_ItemIds(md), "rejoinder-item-ids", BEFORE_INLINE)


def makeExtension(**settings: object) -> ItemIds:  # the library's name
    """The entry point that Python-Markdown looks for."""
    return ItemIds(**settings)
