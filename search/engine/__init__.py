"""Text → vector → the best scores. Three ways of the same arithmetic: C, numpy, and ONNX Runtime for models of another shape."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from search.engine.native import Native
    from search.engine.numeric import Numeric

    Engine = Native | Numeric


def engine() -> "Engine":
    """The kernel in C if it was built, else numpy; KB_KERNEL=numpy in the environment asks for numpy."""
    if os.environ.get("KB_KERNEL") != "numpy":
        from search.engine import native

        found = native.find()
        if found is not None:
            return found
    from search.engine.numeric import Numeric

    return Numeric()
