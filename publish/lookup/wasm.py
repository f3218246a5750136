"""`make wasm`: the kernel in C → kernel.wasm, which carries a digest of its sources, so that a stale one is found out."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from kb import files
from kb.errors import KbError

ENGINE = Path(__file__).parent.parent.parent / "search" / "engine"
BUILT = Path(__file__).parent / "kernel.wasm"
SECTION = b"rejoinder"
"""The custom section's name."""
_EXPORTS = ("kernel_version", "scratch_size", "embed", "scores", "top", "__heap_base")
FLAGS = (
    "--target=wasm32", "-msimd128", "-O3", "-ffreestanding", "-nostdlib", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror",
    "-Wno-psabi", "-Wl,--no-entry", "-Wl,--strip-all", *(f"-Wl,--export={name}" for name in _EXPORTS),
)  # fmt: skip


def source_digest() -> str:
    """Of the C sources and the flags."""
    total = hashlib.sha256(" ".join(FLAGS).encode())
    for name in ("kernel.c", "forward.h"):
        total.update((ENGINE / name).read_bytes())
    return total.hexdigest()


def made_of(wasm: bytes) -> tuple[str, str]:
    """The digest of the sources that it was built from, and the compiler's version."""
    digest, _, compiler = wasm[wasm.rindex(SECTION) + len(SECTION) :].decode().partition("\n")
    return digest, compiler


def compiler() -> str:
    """The version of clang, as it says it. Raises KbError when there is none."""
    try:
        return subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError) as error:
        raise KbError("clang", "is needed for the kernel in the browser: apt-get install clang lld") from error


def build() -> bytes:
    """The module. Raises KbError when clang is not there or refuses."""
    version = compiler()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "kernel.wasm"
        done = subprocess.run(["clang", *FLAGS, "-o", out, "kernel.c"], capture_output=True, text=True, check=False, cwd=ENGINE)
        if done.returncode:
            raise KbError("clang", done.stderr.strip())
        return out.read_bytes() + _custom(f"{source_digest()}\n{version}".encode())


def _custom(content: bytes) -> bytes:
    """A custom section of WebAssembly: id 0, length, name, content."""
    name = bytes([len(SECTION)]) + SECTION
    return b"\0" + _length(len(name) + len(content)) + name + content


def _length(number: int) -> bytes:
    """LEB128, as WebAssembly writes whole numbers."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


if __name__ == "__main__":
    files.write_bytes(BUILT, build())
    print(f"{BUILT}: {BUILT.stat().st_size:,} bytes", file=sys.stderr)
