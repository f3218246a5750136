"""`make demo`: the whole path on the sample, in .demo/: ingest over HTTP, check, index, three searches, the site.

.demo/ begins as the sample without its release notes; the ingest fetches them from the loopback server, and the demo
then shows that they came out byte for byte as they are in docs/.
"""

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

from sample.server import serving

PROJECT = Path(__file__).parent.parent
DEMO = PROJECT / ".demo"
QUESTIONS = (
    "our platform team says your daemon will slow every machine down",
    "why would we pay anybody when Quillstack costs nothing",
    "what's a good place for lunch near your office",
)


def prepare(target: Path) -> None:
    """Copy the sample into `target` without its release notes; an index that is there already is kept."""
    shutil.rmtree(target / "docs", ignore_errors=True)
    shutil.copytree(PROJECT / "docs", target / "docs", ignore=shutil.ignore_patterns("releases"))
    shutil.copy(PROJECT / "mkdocs.yml", target)


def configure(target: Path, mirrors: dict[str, str]) -> None:
    """The project's kb.toml, and where the fictional competitors can be reached."""
    lines = [f'"{address}" = "{mirror}"' for address, mirror in mirrors.items()]
    text = "\n".join([(PROJECT / "kb.toml").read_text(encoding="utf-8"), "[ingest.mirrors]", *lines, ""])
    (target / "kb.toml").write_text(text, encoding="utf-8")


def kb(*args: str, expect: tuple[int, ...] = (0,)) -> None:
    """Show a command and run it, as a user would; end the demo when it fails."""
    print(f"\n$ kb {' '.join(a if ' ' not in a else repr(a) for a in args)}", flush=True)
    code = subprocess.run([sys.executable, "-m", "kb", *args, "--root", str(DEMO)], cwd=PROJECT, check=False).returncode
    if code not in expect:
        raise SystemExit(f"demo: `kb {args[0]}` ended with {code}; the lines above say why")


def same_releases() -> int:
    """How many release notes the demo ingested, each equal to the one in docs/. Ends the demo when one is not."""
    ours = {p.relative_to(PROJECT) for p in PROJECT.glob("docs/battlecards/*/releases/*.md")}
    got = {p.relative_to(DEMO) for p in DEMO.glob("docs/battlecards/*/releases/*.md")}
    different = [str(p) for p in sorted(ours | got) if p not in ours & got or not filecmp.cmp(PROJECT / p, DEMO / p, shallow=False)]
    if different:
        raise SystemExit("demo: these release notes differ from docs/: " + ", ".join(different))
    return len(got)


def main() -> None:
    """Run the demo."""
    DEMO.mkdir(exist_ok=True)
    with serving() as mirrors:
        prepare(DEMO)
        configure(DEMO, mirrors)
        kb("ingest")
        configure(DEMO, {})
    print(f"\n{same_releases()} release notes fetched, read and written: byte for byte those in docs/.")
    kb("check")
    kb("index")
    for question in QUESTIONS:
        kb("search", question, expect=(0, 3))
    kb("build")
    print(f"\nOpen the site:  http://127.0.0.1:8000/  served by  {Path(sys.executable).relative_to(PROJECT)} -m kb serve --root .demo")
    print('Ask it more:    .venv/bin/kb search "you have no FedRAMP" --root .demo')


if __name__ == "__main__":
    main()
