"""A Python-Markdown extension: `- a claim {#lasting-id .class data-key="value"}` gives the list item that id, class and data.

The stock attr_list wants the braces on a line of their own below an item, which people forget and reviewers mangle.
"""

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from kb.markdown import BECAUSE

BEFORE_INLINE = 25
"""Priority: the inline patterns run at 20, and would take the braces for text."""

_MARK = r"#[\w:.-]+|\.[A-Za-z][\w-]*|[A-Za-z][\w-]*=\"[^\"\n]*\""
BRACES = re.compile(rf"[ \t]*\{{:?[ \t]*((?:{_MARK})(?:[ \t]+(?:{_MARK}))*)[ \t]*\}}[ \t]*$")
_DATA = re.compile(r"(data-[a-z-]+)=\"([^\"]*)\"")


class _ItemIds(Treeprocessor):
    def run(self, root: Element) -> None:
        for item in root.iter("li"):
            _take(item, item)
            for paragraph in item.findall("p")[:1]:
                _take(paragraph, item)


def _take(holder: Element, item: Element) -> None:
    """Move what stands in the braces from the text to the list item. Only id, class and data: no style, no handler."""
    found = BRACES.search((holder.text or "").rstrip())
    if found is None:
        return
    holder.text = (holder.text or "")[: found.start()]
    bare = re.sub(r'"[^"]*"', '""', found[1])
    if ident := re.search(r"(?:^|\s)#([\w:.-]+)", bare):
        item.set("id", ident[1])
    if classes := re.findall(r"(?:^|\s)\.([A-Za-z][\w-]*)", bare):
        item.set("class", " ".join(classes))
    if why := BECAUSE.search(found[1]):
        item.set("title", why[1])  # shown on hover: why this change has that kind
    for key, value in _DATA.findall(found[1]):
        item.set(key, value)


class ItemIds(Extension):
    """What mkdocs.yml names as `publish.ids`."""

    def extendMarkdown(self, md: Markdown) -> None:  # the library's name
        """Register the tree processor."""
        md.treeprocessors.register(_ItemIds(md), "rejoinder-item-ids", BEFORE_INLINE)


def makeExtension(**settings: object) -> ItemIds:  # the library's name
    """The entry point that Python-Markdown looks for."""
    return ItemIds(**settings)
