"""Why a claim is to be looked at again, as marks that the reader's browser reads. Pure."""

from collections.abc import Sequence

from publish.lines import quoted


def attribute(reasons: Sequence[str]) -> str:
    """The reasons as the browser reads them; nothing without any."""
    return f'data-reasons="{quoted(" | ".join(reasons))}"' if reasons else ""


def row_mark(reasons: Sequence[str]) -> str:
    """An empty mark for a table's cell, which the browser fills: in short, since cells are narrow, and without what would end the cell."""
    said = "; ".join(reason.partition(" (")[0].replace("|", "/") for reason in reasons)
    return f' <span class="rj-due" {attribute([said])}></span>' if reasons else ""
