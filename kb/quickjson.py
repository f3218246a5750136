"""JSON in and out without importing `json`: its C parts are there anyway, the package around them costs 5 ms of every `kb search`."""

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
    except (StopIteration, SystemError, RecursionError):  # SystemError: it wants json's own exception, and `json` was never imported
        raise ValueError("no JSON value") from None
    if end != len(text):
        raise ValueError(f"something follows the JSON value at character {end}")
    return value


def dumps(value: "Any") -> str:
    """What `json.dumps(value, ensure_ascii=False)` says. Raises TypeError for what JSON has no form for."""
    try:
        from _json import encode_basestring, make_encoder
    except ImportError:  # another Python than CPython
        import json

        return json.dumps(value, ensure_ascii=False)
    return "".join(make_encoder(None, _refused, encode_basestring, None, ": ", ", ", False, False, True)(value, 0))


def _refused(value: object) -> None:
    raise TypeError(f"{type(value).__name__} has no form in JSON")
