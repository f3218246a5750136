"""Content encodings undone under a cap: a few bytes must not become gigabytes. Pure."""

import zlib

CAP = 20 * 1024 * 1024
"""Bytes of one answer, before and after decompression."""
GZIP = b"\x1f\x8b"


class TooLarge(ValueError):
    """More than CAP bytes."""


def decoded(raw: bytes, encodings: str) -> bytes:
    """`raw` without its Content-Encoding. Raises TooLarge, or ValueError (what is wrong) for another encoding or a cut-off body."""
    for name in reversed([part.strip().lower() for part in encodings.split(",")]):
        if name in ("gzip", "x-gzip"):
            raw = inflate(raw)
        elif name == "deflate":
            raw = inflate(raw) if raw[:1] == b"\x78" else _members(raw, -zlib.MAX_WBITS)
        elif name not in ("", "identity"):
            raise ValueError(f'came in the encoding "{name[:20]}", which was not asked for')
    return raw


def inflate(raw: bytes) -> bytes:
    """gzip (all its members) or zlib data, undone."""
    return _members(raw, zlib.MAX_WBITS | 32)


def _members(raw: bytes, wbits: int) -> bytes:
    out, rest = b"", raw
    while rest:
        part = zlib.decompressobj(wbits)
        try:
            out += part.decompress(rest, CAP + 1 - len(out))
        except zlib.error as error:
            if out:
                return out  # what follows the last member is padding
            raise ValueError(f"its compression is damaged ({error})") from None
        if len(out) > CAP:
            raise TooLarge
        if not part.eof:
            raise ValueError("its compressed body was cut short")
        rest = part.unused_data
    return out
