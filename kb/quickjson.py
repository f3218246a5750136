"""JSON in, without importing `json`: its C scanner is there anyway, the package around it costs 5 ms of every `kb search`."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from typing import Any


class _Context:
    """What the scanner asks of whoever uses it; the same as json.loads uses."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int = float, int
    parse_constant = float
    memo: "dict[str, str]" = {}  # noqa: RUF012  # the scanner's own


def loads(data: bytes) -> "Any":
    """The value that `data` says. Raises ValueError for anything that is not one JSON value."""
    try:
        from _json import make_scanner
    except ImportError:  # another Python than CPython
        import json

        return json.loads(data)
    text = data.decode()
    try:
        value, end = make_scanner(_Context)(text, 0)  # type: ignore[arg-type]  # it asks for no more than these attributes
    except StopIteration:
        raise ValueError("no JSON value") from None
    if end != len(text):
        raise ValueError(f"something follows the JSON value at character {end}")
    return value
