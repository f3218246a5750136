"""`kb index` and `kb search` with a real Chroma server: started, killed, frozen, emptied, and mistaken for something else."""

import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest

from kb.config import Config, load
from kb.errors import KbError
from search import current, index, store
from search import server as servers
from search.engine.model import digest, folder_of
from search.session import Question, Session
from tests.conftest import Site, kb

PAGE = "---\nowner: dana@ours.example\n---\n\n# {heading}\n\n**Also heard**\n\n- {heard}\n\n**Say this:** {say}\n"
PAGES = {
    "price": ("You are too expensive", "your quote is twice what we planned", "Compare the whole bill, not the list price."),
    "fedramp": ("You have no FedRAMP", "our auditors ask for an authorisation", "That is true today. When do you need it?"),
    "agent": ("Your agents eat our CPU", "the collector took a full core on every node", "Ours takes under one percent of a core."),
    "lock-in": ("We will be locked in", "how do we get our data out again", "Everything leaves by an open format."),
}
QUESTIONS = ("twice the price we planned", "do you have fedramp", "agents use too much cpu", "can we get our data out", "it made us laugh")
CLEAR = ("no Chroma server answers here", "the Chroma server failed", "what answers here is no Chroma server")


class Server:
    """`chroma run` on a port that stays the same over restarts."""

    def __init__(self, volume: Path) -> None:
        self.volume = volume
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen([*command, "--path", str(self.volume)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                urlopen(f"{self.url}/api/v2/heartbeat", timeout=5).close()
                return
            except OSError:
                assert self.process.poll() is None, "chroma run ended"
                time.sleep(0.05)
        raise AssertionError("chroma run does not answer")

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "volume")
    yield running
    running.kill()


@pytest.fixture
def own(server: Server, tmp_path: Path) -> Config:
    """A small knowledge base on the server, indexed."""
    root = tmp_path / "kb"
    (root / "docs/objections").mkdir(parents=True)
    for name, (heading, heard, say) in PAGES.items():
        (root / f"docs/objections/{name}.md").write_text(PAGE.format(heading=heading, heard=heard, say=say))
    (root / "kb.toml").write_text(f'[search]\nchroma = "{server.url}"\n')
    config = load(str(root), root)
    index.update(config)
    return config


def change(config: Config, phrase: str = "your price made us laugh") -> None:
    """Reword one page."""
    _, heard, say = PAGES["price"]
    (config.docs / "objections/price.md").write_text(PAGE.format(heading=phrase, heard=heard, say=say))


def opened(config: Config) -> store.Store:
    """The collection, as `kb index` opens it."""
    return store.Store(config, digest(folder_of(config.model, config.root)) or "")


def is_told(config: Config, done: subprocess.CompletedProcess[str], how: str) -> None:
    """Exit 1, and one line that names the address, the cause and what to do."""
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{config.chroma}: {how}"), line
    assert line.endswith("start it, or correct [search] chroma in kb.toml"), line


def ranking(config: Config) -> list[tuple[str, float]]:
    """Every answer to every question, in order, with its score."""
    session = Session(str(config.root))
    hits = [hit for question in QUESTIONS for hit in session.ranked(Question(question))]
    return [(hit.row["id"], round(hit.score, 3)) for hit in hits]


def is_good(config: Config) -> None:
    """The server holds every passage with the right vector, and the answers equal those of a fresh embedded index."""
    root = config.root.with_name("fresh")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(config.docs, root / "docs")
    (root / "kb.toml").write_text("")
    fresh = load(str(root), root)
    index.update(fresh)
    theirs = current.open_current(str(fresh.root))
    assert theirs is not None
    order = [theirs.pack.record("passages", n)[0] for n in range(theirs.pack.head["passages"])]
    wanted = np.frombuffer(theirs.pack.section("vectors"), dtype="<f4").reshape(len(order), -1)
    rows = opened(config)
    assert rows.count() == len(order)
    np.testing.assert_allclose(rows.vectors(order), wanted, atol=1e-5)
    assert ranking(config) == ranking(fresh)


def test_a_server_is_indexed_and_searched(own: Config) -> None:
    """Both commands work on a server; nothing embedded is made beside it."""
    done = kb(own.root, "search", "twice the price we planned", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"][0]["id"] == "objections/price"
    assert "0 embedded" in kb(own.root, "index").stdout
    assert not (own.root / ".kb/chroma").exists()
    is_good(own)


def test_a_changed_card_embeds_only_its_own(own: Config) -> None:
    """A reworded heading costs its own two passages, and a page that went takes its own with it."""
    change(own)
    assert index.update(own).embedded == 2
    (own.docs / "objections/fedramp.md").unlink()
    done = index.update(own)
    assert (done.embedded, done.deleted) == (0, 3)
    is_good(own)


def test_a_killed_server_is_told_and_loses_nothing(own: Config, server: Server) -> None:
    """Killed: index and rebuild say so in one line, search answers from its pack; started again: the change is indexed, the rest kept."""
    before = opened(own).count()
    server.kill()
    assert kb(own.root, "search", "agents use too much cpu").returncode == 0
    change(own)
    for args in (["index"], ["index", "--rebuild"], ["search", "agents use too much cpu"]):
        is_told(own, kb(own.root, *args, timeout=60), "no Chroma server answers here ([Errno 111] Connection refused)")
    server.start()
    assert opened(own).count() == before
    done = index.update(own)
    assert (done.embedded, done.deleted) == (2, 0)
    is_good(own)


def test_an_emptied_server_is_filled_again(own: Config, server: Server) -> None:
    """The volume is gone: noticed at the next change, and everything is embedded again."""
    server.kill()
    server.volume = server.volume.with_name("another")
    server.start()
    change(own)
    done = index.update(own)
    assert done.embedded == done.passages
    is_good(own)


@pytest.mark.parametrize("spoil", ["dimension", "rows"])
def test_a_spoilt_collection_is_filled_again(own: Config, spoil: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows of another dimension, or other rows under the right number: built anew with a line, although no folder can be deleted."""
    rows = opened(own)
    count, wide = rows.count(), 3 if spoil == "dimension" else 384
    rows.clear()
    names = [f"other {n}" for n in range(count)]
    opened(own).put(names, np.eye(count, wide, dtype=np.float32) + 1, names, [{"answer": "x", "digest": "x"}] * count)
    change(own)
    done = index.update(own)
    assert done.embedded == done.passages
    assert capsys.readouterr().err.count("built anew") == 1
    is_good(own)


def test_another_server_on_the_port_is_told(own: Config, site: Site) -> None:
    """A web server that answers 404, or 200 with a page, is no Chroma: one line, the pack still answers."""
    (own.root / "kb.toml").write_text(f'[search]\nchroma = "{site.url}"\n')
    config = load(str(own.root), own.root)
    is_told(config, kb(own.root, "index", timeout=60), "what answers here is no Chroma server")
    site.put("/api/v2/heartbeat", "<h1>Welcome to nginx!</h1>", "text/html")
    is_told(config, kb(own.root, "index", "--rebuild", timeout=60), "what answers here is no Chroma server")


def test_a_wrong_address_is_told(own: Config) -> None:
    """A port that is no number, and a host that no name server knows: one line."""
    for address in ("http://127.0.0.1:many", "http://no-such-host.invalid:8000"):
        (own.root / "kb.toml").write_text(f'[search]\nchroma = "{address}"\n')
        is_told(load(str(own.root), own.root), kb(own.root, "index", timeout=60), "no Chroma server answers here")


def test_a_silent_server_is_told(own: Config) -> None:
    """Something accepts and never says a word: the same line after a few seconds, where Chroma's own client waits for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (own.root / "kb.toml").write_text(f'[search]\nchroma = "http://127.0.0.1:{silent.getsockname()[1]}"\n')
        is_told(load(str(own.root), own.root), kb(own.root, "index", timeout=60), "no Chroma server answers here (timed out)")


def test_a_server_that_freezes_in_the_middle_is_told(own: Config, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped between two requests: the next one is given up after PATIENCE, and once it runs again nothing is lost."""
    monkeypatch.setattr(servers, "PATIENCE", 1.0)
    rows = opened(own)
    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(KbError, match=r"the Chroma server failed \(timed out\): start it, or correct"):
        rows.count()
    server.process.send_signal(signal.SIGCONT)
    is_good(own)


def test_kills_under_load_leave_a_good_index(own: Config, server: Server) -> None:
    """Indexing in a loop while the server is killed at random moments: each failure is the clear one, and the end is a good index."""
    chance, ended, over = random.Random(11), [], threading.Event()

    def load_it() -> None:
        for n in range(100_000):
            if over.is_set():
                return
            change(own, f"your price made us laugh {n} times")
            try:
                index.update(own, rebuild=n % 3 == 2)
                ended.append("")
            except KbError as error:
                ended.append(str(error))
            except BaseException as error:
                ended.append(f"not clear: {error!r}")

    worker = threading.Thread(target=load_it)
    worker.start()
    for _ in range(8):
        time.sleep(chance.uniform(0.1, 1.2))
        server.kill()
        time.sleep(chance.uniform(0, 0.1))
        server.start()
    over.set()
    worker.join(120)
    failures = [said for said in ended if said]
    assert failures
    assert ended.count("") >= 3
    assert all(said.startswith(own.chroma) and any(how in said for how in CLEAR) for said in failures), set(failures)
    assert index.update(own).passages == 12
    is_good(own)


def test_rows_that_a_server_took_survive_its_kills(server: Server, tmp_path: Path) -> None:
    """Batches that were acknowledged before a kill -9 are there afterwards, vector for vector, beyond Chroma's own flush at 1,000 rows."""
    chance = random.Random(5)
    config = Config(tmp_path, chroma=server.url)
    vectors = np.random.default_rng(5).normal(size=(30_000, 384)).astype(np.float32)
    names, taken = [f"row {n}" for n in range(len(vectors))], 0
    for _ in range(4):
        timer = threading.Timer(chance.uniform(0, 0.1), server.kill)  # during one of the batches after these
        quiet = taken + 300 * chance.randint(2, 4)
        try:
            rows = store.Store(config, "synthetic")
            for n in range(taken, len(names), 300):
                part = slice(n, n + 300)
                if n == quiet:
                    timer.start()
                rows.put(names[part], vectors[part], names[part], [{"answer": "x", "digest": "x"}] * len(names[part]))
                taken = n + 300
        except KbError as error:
            assert any(how in str(error) for how in CLEAR)
        timer.join()
        server.start()
        np.testing.assert_allclose(store.Store(config, "synthetic").vectors(names[:taken]), vectors[:taken], atol=1e-5)
    assert taken >= 2400
