"""`python -m benchmarks.browser`: the lookup in headless Chromium, from loopback, a fresh profile each run; medians.

What is timed is what a reader sees: the page's own clock, from the event to the answer in the page.
"""

import functools
import http.server
import json
import os
import platform
import shutil
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from kb.config import load
from publish.site import build

PROJECT = Path(__file__).parent.parent
RUNS = 5
QUERY = "the collector used a full core on every node"
WARM = 20
SEEN = """
new MutationObserver(() => {
  const home = document.querySelector("[data-state]"), hit = document.querySelector(".lookup-hit .lookup-say");
  if (home && hit) (window.seen ??= []).push([home.dataset.state, document.querySelector(".lookup-input").value, performance.now()]);
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
"""Notes when which kind of answer stood in the page, for which question."""
ASK = """
([query, state]) => new Promise((done) => {
  const box = document.querySelector(".lookup-input"), started = performance.now();
  const look = () => {
    const at = (window.seen ?? []).find(([what, asked, when]) => asked === query && what === state && when > started);
    at ? done(at[2] - started) : setTimeout(look, 1);
  };
  box.value = query;
  box.dispatchEvent(new Event("input", {bubbles: true}));
  look();
})
"""
"""Types a question; milliseconds until an answer of that kind stood in the page."""


@contextmanager
def serving(site: Path) -> Iterator[tuple[str, list[Path], threading.Event]]:
    """The site on loopback: its address, the files of the lookup that were sent, and what the weights wait for."""
    sent: list[Path] = []
    free = threading.Event()
    free.set()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_GET(self) -> None:
            path = site / self.path.split("?")[0].lstrip("/")
            if "/lookup/" in self.path and path.is_file():
                sent.append(path)
            if "weights" in self.path:
                free.wait(60)
            super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", sent, free
    server.shutdown()


def run(chromium: Any, url: str, sent: list[Path], free: threading.Event, questions: list[str]) -> dict[str, float]:
    """One fresh profile: milliseconds of each thing, and megabytes."""
    browser = chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page()
    page.add_init_script(SEEN)
    sent.clear()
    page.goto(f"{url}/lookup/?q={QUERY.replace(' ', '+')}")
    page.wait_for_function("(window.seen ?? []).some(([state]) => state === 'answered')")
    first = page.evaluate("window.seen.find(([state]) => state === 'answered')[2]")
    megabytes = sum(path.stat().st_size for path in sent) / 1e6
    page.wait_for_selector("[data-kept]", state="attached")
    warm = statistics.median(page.evaluate(ASK, [question, "answered"]) for question in questions)
    browser.close()
    free.clear()
    browser = chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page()
    page.add_init_script(SEEN)
    page.goto(f"{url}/lookup/?q={QUERY.replace(' ', '+')}")
    page.wait_for_function("(window.seen ?? []).length")
    words = statistics.median(page.evaluate(ASK, [question, "words"]) for question in questions)
    free.set()
    page.wait_for_selector("[data-kept]", state="attached")
    browser.close()
    return {"first": first, "warm": warm, "words": words, "megabytes": megabytes}


def main() -> None:
    config = load(str(PROJECT), PROJECT)
    site = build(config).folder
    lines = (PROJECT / "tests/golden.jsonl").read_text().splitlines()
    clear = [row["query"] for line in lines if (row := json.loads(line)).get("form") in ("spoken", "misspelt")]
    from search.session import Question, Session

    session = Session(str(config.root))
    questions = [q for q in clear if session.ranked(Question(q), 1)[0].score > session.threshold + 0.05][:WARM]
    with serving(site) as (url, sent, free), sync_playwright() as play:
        rows = [run(play.chromium, url, sent, free, questions) for _ in range(RUNS)]
    middle = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    load_now = os.getloadavg()[0]
    print(f"{date.today()}  {platform.machine()}  {os.cpu_count()} cores, load {load_now:.1f}  {RUNS} fresh profiles, medians")
    print(f"first answer after opening   {middle['first'] / 1000:7.2f} s")
    print(f"warm question                {middle['warm']:7.0f} ms   of {len(questions)} questions")
    print(f"words alone, after typing    {middle['words']:7.0f} ms")
    print(f"downloaded                   {middle['megabytes']:7.1f} MB")


if __name__ == "__main__":
    main()
