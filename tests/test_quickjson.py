"""JSON without the library's import: the same as the library's."""

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from kb import quickjson

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_it_is_written_as_the_library_writes_it(value: object) -> None:
    """Character for character, and read back the same."""
    text = quickjson.dumps(value)
    assert text == json.dumps(value, ensure_ascii=False)
    with contextlib.suppress(UnicodeEncodeError):  # half a character, which UTF-8 has no form for
        assert quickjson.loads(text.encode()) == value
