"""The way out: polite to hosts that publish, and not to be fooled by those that would lead it elsewhere. A real server on loopback."""

import gzip
import http.server
import threading
import time
from pathlib import Path

import pytest

from ingest.addresses import refusal
from ingest.decoding import CAP, decoded
from ingest.fetch import Network
from ingest.sandbox import apart
from kb.config import Config
from kb.errors import KbError
from tests.conftest import Site

Handler = http.server.BaseHTTPRequestHandler
LOG = b"## 1.0.0\n\n- SSO\n"


def network(root: Path, total: float = 20.0, **settings: object) -> Network:
    return Network(Config(root, allow_hosts=("127.0.0.1",), **settings), total)  # type: ignore[arg-type]


def cause(net: Network, url: str) -> str:
    with net, pytest.raises(KbError) as caught:
        net.get(url)
    assert caught.value.subject == url
    return caught.value.cause


def moved(to: str, status: int = 302) -> tuple[int, dict[str, str], bytes]:
    return status, {"Location": to}, b""


def test_what_has_not_changed_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    """ETag and Last-Modified come back as questions; 304 yields the bytes; a changed page is seen at once; the cache may go or break."""
    state = {"tag": '"1"', "body": LOG}

    def answer(request: Handler) -> tuple[int, dict[str, str], bytes]:
        headers = {"ETag": state["tag"], "Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT", "Cache-Control": "max-age=3600"}
        return (304, headers, b"") if request.headers.get("If-None-Match") == state["tag"] else (200, headers, state["body"])  # type: ignore[return-value]

    site.answers["/log"] = answer  # type: ignore[assignment]
    for _ in range(2):
        with network(tmp_path) as net:
            assert net.get(f"{site.url}/log").body == LOG
    first, second = site.asked("/log")
    assert "if-none-match" not in first
    assert (second["if-none-match"], second["if-modified-since"]) == ('"1"', "Mon, 02 Mar 2026 10:00:00 GMT")
    state.update(tag='"2"', body=LOG * 2)
    with network(tmp_path) as net:
        assert net.get(f"{site.url}/log").body == LOG * 2
    (tmp_path / ".kb/http.sqlite").write_bytes(b"no database at all" * 1000)
    with network(tmp_path) as net:
        assert net.get(f"{site.url}/log").body == LOG * 2
    for path in (tmp_path / ".kb").glob("http.sqlite*"):
        path.unlink()
    with network(tmp_path) as net:
        assert net.get(f"{site.url}/log").body == LOG * 2


def test_robots_txt_is_honoured(site: Site, tmp_path: Path) -> None:
    """What it disallows for us or for all is not asked for, the message names it; what it allows is read."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /private\n\nUser-agent: rejoinder\nDisallow: /ours\n")
    site.put("/log", LOG)
    with network(tmp_path) as net:
        assert net.get(f"{site.url}/log").body == LOG
    assert "robots.txt asks readers like us to stay away" in cause(network(tmp_path), f"{site.url}/ours/log")
    assert not site.asked("/ours/log")


def test_a_redirect_does_not_lead_around_robots_txt(site: Site, tmp_path: Path) -> None:
    """An allowed address that redirects to a disallowed one ends there."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /private\n")
    site.answers["/log"] = moved("/private/log")
    assert "robots.txt" in cause(network(tmp_path), f"{site.url}/log")
    assert not site.asked("/private/log")


def test_a_host_whose_robots_txt_is_down_is_left_alone(site: Site, tmp_path: Path) -> None:
    """503 for robots.txt: nothing else is asked (RFC 9309)."""
    site.put("/robots.txt", "", status=503)
    assert "503" in cause(network(tmp_path), f"{site.url}/log")
    assert not site.asked("/log")


def test_it_says_who_asks(site: Site, tmp_path: Path) -> None:
    """The User-Agent names the program and where its owner can be reached."""
    site.put("/log", LOG)
    with network(tmp_path, contact="ci@ours.example") as net:
        net.get(f"{site.url}/log")
    assert site.asked("/log")[0]["user-agent"] == "Rejoinder/0.1 (release-note reader; ci@ours.example)"


def test_a_busy_host_is_asked_again_when_it_says(site: Site, tmp_path: Path) -> None:
    """503 with Retry-After: 1 is tried again after a second, and then read."""
    times: list[float] = []

    def answer(_: Handler) -> tuple[int, dict[str, str], bytes]:
        times.append(time.monotonic())
        return (503, {"Retry-After": "1"}, b"") if len(times) == 1 else (200, {}, LOG)

    site.answers["/log"] = answer
    with network(tmp_path) as net:
        assert net.get(f"{site.url}/log").body == LOG
    assert times[1] - times[0] >= 1


def test_patience_has_an_end(site: Site, tmp_path: Path) -> None:
    """Three tries at most; a Retry-After of an hour is told, not waited for; 404 is not tried again."""
    site.put("/log", "", status=500)
    assert "answered 500" in cause(network(tmp_path), f"{site.url}/log")
    assert len(site.asked("/log")) == 3
    site.answers["/later"] = (429, {"Retry-After": "3600"}, b"")
    assert "left alone for 3600 s" in cause(network(tmp_path), f"{site.url}/later")
    assert len(site.asked("/later")) == 1
    assert "answered 404" in cause(network(tmp_path), f"{site.url}/gone")
    assert len(site.asked("/gone")) == 1


def test_five_redirects_are_followed_and_no_sixth(site: Site, tmp_path: Path) -> None:
    """Where it has moved to for good is kept, so that the card can be mended; a temporary redirect is not a move."""
    for n in range(6):
        site.answers[f"/{n}"] = moved(f"/{n + 1}", 301)
    site.put("/6", LOG)
    with network(tmp_path) as net:
        found = net.get(f"{site.url}/1")
        assert (found.body, found.moved) == (LOG, f"{site.url}/6")
    assert "more than 5 redirects" in cause(network(tmp_path), f"{site.url}/0")
    site.answers["/t"] = moved("/6")
    with network(tmp_path) as net:
        assert net.get(f"{site.url}/t").moved is None


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "javascript:alert(1)", "data:text/plain,x"]
)
def test_only_web_addresses_are_followed(site: Site, tmp_path: Path, target: str) -> None:
    """A redirect to another scheme is refused with a sentence."""
    site.answers["/log"] = moved(target)
    assert "only http and https" in cause(network(tmp_path), f"{site.url}/log")


INSIDE = [
    "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1.", "localhost", "LOCALHOST", "0", "0.0.0.0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "0xa9fea9fe", "[fe80::1]", "[fc00::1]",
    "[fd00:ec2::254]", "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1", "240.0.0.1", "①②⑦.0.0.1", "good.example\\@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_no_address_inside_is_connected_to(site: Site, tmp_path: Path, host: str) -> None:
    """However an internal address is spelled, it is refused or no address at all, and the server there hears nothing."""
    port = site.url.rsplit(":", 1)[1]
    with Network(Config(tmp_path), 10) as net, pytest.raises(KbError) as caught:
        net.get(f"http://{host}:{port}/log")
    assert any(word in caught.value.cause for word in ("is refused", "cannot be reached", "could not be read", "is not an address"))
    assert site.seen == []


def test_a_redirect_does_not_lead_inside(site: Site, tmp_path: Path) -> None:
    """A host that is allowed cannot send us to one that is not, and the message names the setting."""
    port = site.url.rsplit(":", 1)[1]
    site.answers["/log"] = moved(f"http://127.0.0.2:{port}/secret")
    said = cause(network(tmp_path), f"{site.url}/log")
    assert "is refused: 127.0.0.2 is a loopback address" in said
    assert 'allow_hosts = ["127.0.0.2"]' in said
    assert not site.asked("/secret")


def test_a_setting_names_hosts_that_may_be_inside(site: Site, tmp_path: Path) -> None:
    """`allow_hosts` allows a host, or a host on one port, as the source writes it, and no other spelling."""
    site.put("/log", LOG)
    port = site.url.rsplit(":", 1)[1]
    with Network(Config(tmp_path, allow_hosts=(f"127.0.0.1:{port}",))) as net:
        assert net.get(f"{site.url}/log").body == LOG
    for allowed in ("127.0.0.1:1", "localhost", "127.1"):
        assert "is refused" in cause(Network(Config(tmp_path, allow_hosts=(allowed,))), f"{site.url}/log")


def test_public_addresses_are_not_refused() -> None:
    """The filter is about inside addresses only."""
    assert [refusal(a) for a in ("93.184.215.14", "2606:2800:220:1::1", "8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808")] == [None] * 5


def test_a_proxy_in_the_environment_does_not_see_through_the_filter(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would resolve names unchecked, so it is not used."""
    monkeypatch.setenv("HTTP_PROXY", site.url)
    assert "is refused" in cause(Network(Config(tmp_path)), "http://10.0.0.1/log")
    assert site.seen == []


def test_too_much_is_refused_before_and_after_decompression(site: Site, tmp_path: Path) -> None:
    """21 MB as they are, 21 MB of zeroes in 20 kB of gzip, and a gzip inside a gzip: one sentence each."""
    zeroes = b"\0" * (CAP + 1)
    site.put("/big", zeroes)
    site.answers["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(zeroes))
    site.answers["/twice"] = (200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b"\0" * CAP * 5)))
    for path in ("/big", "/bomb", "/twice"):
        assert "larger than 20 MB" in cause(network(tmp_path), site.url + path)


def test_compressed_answers_are_undone_exactly() -> None:
    """gzip with several members, zlib and raw deflate come out whole; a cut-off or damaged body, or another encoding, is an error."""
    import zlib

    raw = zlib.compressobj(wbits=-15)
    assert decoded(gzip.compress(b"a") + gzip.compress(b"b"), "gzip") == b"ab"
    assert decoded(zlib.compress(b"abc"), "deflate") == b"abc"
    assert decoded(raw.compress(b"abc") + raw.flush(), "deflate") == b"abc"
    assert decoded(b"abc", "identity") == b"abc"
    for body, encoding in ((gzip.compress(b"abc" * 99)[:-9], "gzip"), (b"abc", "gzip"), (b"abc", "br")):
        with pytest.raises(ValueError):
            decoded(body, encoding)


def test_half_a_body_is_no_body(site: Site, tmp_path: Path) -> None:
    """A connection that ends before the length it promised is an error, not a short page."""
    site.answers["/log"] = (200, {"Content-Length": "1000"}, LOG)

    def close(request: Handler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(LOG)
        request.close_connection = True

    site.answers["/log"] = close
    assert "could not be read" in cause(network(tmp_path), f"{site.url}/log")


def test_dripping_does_not_outlast_the_deadline(site: Site, tmp_path: Path) -> None:
    """A byte every tenth of a second beats any timeout between bytes; the deadline for the whole answer ends it, headers included."""

    def drip(request: Handler) -> None:
        request.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for n in range(200):
            try:
                request.wfile.write(f"X-{n}: y\r\n".encode())
                time.sleep(0.1)
            except OSError:
                return

    site.answers["/log"] = drip
    started = time.monotonic()
    assert "no answer in time" in cause(network(tmp_path, total=1.5), f"{site.url}/log")
    assert time.monotonic() - started < 8


def test_a_host_gets_one_request_at_a_time(site: Site, tmp_path: Path) -> None:
    """Six threads ask one host; it never sees two of them at once."""
    at_once, most, lock = 0, 0, threading.Lock()

    def answer(_: Handler) -> tuple[int, dict[str, str], bytes]:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1
        return 200, {}, LOG

    with network(tmp_path) as net:
        for n in range(6):
            site.answers[f"/{n}"] = answer
        threads = [threading.Thread(target=net.get, args=(f"{site.url}/{n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1


def burn() -> None:
    while True:
        pass


def hog() -> int:
    return len(b"x" * (4 << 30))


def fail() -> None:
    raise RuntimeError("no parser expected this")


@pytest.mark.parametrize(
    ("work", "seconds", "message"), [(burn, 1, "within 1 s"), (hog, 20, "more memory"), (fail, 20, "RuntimeError: no parser expected this")]
)
def test_reading_cannot_take_the_run_down(work: object, seconds: float, message: str) -> None:
    """Endless work, endless memory and an unforeseen error in the child process each become one sentence here."""
    with pytest.raises(KbError) as caught:
        apart("https://acme.example/log", work, seconds=seconds)  # type: ignore[arg-type]
    assert message in caught.value.cause
