"""The words that options and files choose from. Nothing is imported here, so that `kb search` starts at once."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kb.model import Stage

STAGES: "tuple[Stage, ...]" = ("lead", "qualification", "discovery", "presentation", "poc", "negotiation", "close")
AUDIENCES = ("internal", "external-ok")
KINDS = ("objection", "claim", "landmine", "talk-track", "proof-point", "note")
"""Of answers."""
