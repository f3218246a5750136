"""The quick reading of front matter: it says what the library says, or nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kb.plainyaml import read
from tests.conftest import PROJECT


def by_library(block: str) -> tuple[dict[str, Any], dict[str, int]]:
    data = YAML(typ="rt", pure=True).load(block)
    return dict(data), {key: data.lc.key(key)[0] for key in data}


def typed(value: Any) -> Any:
    """The value with the kind of each scalar, since 1 == True."""
    if isinstance(value, dict):
        return {key: typed(v) for key, v in value.items()}
    return (
        [typed(v) for v in value]
        if isinstance(value, list)
        else (next(t for t in type(value).__mro__ if t.__module__ in ("builtins", "datetime")), value)
    )


def same(block: str) -> bool:
    """Nothing, or the library's values and lines; True when there was something."""
    quick = read(block)
    if quick is None:
        return False
    values, lines = by_library(block)
    assert typed(quick[0]) == typed(values)
    assert quick[1] == lines
    return True


def test_it_reads_most_of_the_sample_as_the_library_does() -> None:
    """Every file's front matter; most is of the plain kind."""
    blocks = [
        p.read_text().split("\n---\n")[0].removeprefix("---\n")
        for p in PROJECT.glob("docs/[bo]*/**/*.md")
        if p.read_text().startswith("---\n")
    ]
    assert len(blocks) > 90
    assert sum(map(same, blocks)) > 0.6 * len(blocks)


@pytest.mark.parametrize(
    "line",
    ["a: true", "a: No", "a: 1.0", "a: 12", "a: 1e5", "a: a: b", "a: b #c", "a: 'b'", "a: &b c", "a: *b", "a: !b c", "a: |", "a: [a, [b]]", "a: {a: b, a: c}",
     "a: 2026-13-01", "a: b\na: c", "a: b\n  c", "a: [b]\n  - c: d", "a: b\n  - c: d", "a: ", "a: b ", "", "a: " + "1" * 30 + "e" + "1" * 33, "a: ~", "a: b\tc", "a: null"],
)  # fmt: skip
def test_what_is_unusual_is_left_to_the_library(line: str) -> None:
    """Anything that YAML takes for a number, a truth, a reference, a comment, or an error."""
    assert read(line) is None


SCALARS = st.sampled_from(["a", "Acme Cloud", "https://a.example/x?y=1", "2026-10-02", "4.2.0", "on", "d@a.example", "1.0", "a:b", "a: b", "x  y", "-", "a-b", "a!", "R25-11", "a'b", 'a"', "a\\b", "a|b", "Tag >", "@a", "n", "e5", "0x1", ".5", "a,b", "~"])  # fmt: skip
KEYS = st.sampled_from(["title", "on", "a", "b_c", "y"])


@settings(max_examples=600, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(KEYS, SCALARS).map(": ".join),
            st.tuples(KEYS, st.lists(SCALARS, max_size=3)).map(lambda t: f"{t[0]}: [{', '.join(t[1])}]"),
            st.tuples(KEYS, KEYS, SCALARS).map(lambda t: f"{t[0]}: {{{t[1]}: {t[2]}}}"),
            st.tuples(KEYS, SCALARS).map(lambda t: f"  - {t[0]}: {t[1]}"),
            KEYS.map(lambda k: f"{k}:"),
            st.text("ab:#-[]{}, '\"!&*?|>%@`~.0129\\", max_size=12).map(lambda s: f"a: {s}"),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_it_says_what_the_library_says(lines: list[str]) -> None:
    """Whatever the lines: the same values, or none."""
    block = "\n".join(lines)
    try:
        by_library(block)
    except (YAMLError, ValueError, AttributeError, TypeError):
        assert read(block) is None
    else:
        same(block)
