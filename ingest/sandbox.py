"""A child process for what strangers wrote: limits on memory and time, so that no input can take the run down."""

import contextlib
import logging
import multiprocessing
import warnings
from collections.abc import Callable
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import Any, TypeVar

from kb.errors import KbError

MEMORY = 1536 * 1024 * 1024
"""Bytes of address space: a 20 MB feed needs about 400 MB of them."""
SECONDS = 30.0
T = TypeVar("T")


def apart(subject: str, work: Callable[..., T], *args: Any, seconds: float = SECONDS) -> T:
    """`work(*args)`, in a process of its own. `work` must be a module's function and its values must pickle.

    Raises KbError as `work` does, or about `subject` when it takes more than `seconds` or MEMORY, or dies.
    """
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, subject, work, args), daemon=True)
    child.start()
    theirs.close()
    try:
        answer = ours.recv() if ours.poll(seconds) else None
    except EOFError:
        raise KbError(subject, "could not be understood: reading it took more memory than it may, or crashed the parser") from None
    finally:
        child.kill()
        child.join()
        ours.close()
    if answer is None:
        raise KbError(subject, f"could not be understood within {seconds:.0f} s: it is built to be slow, or far too large")
    if isinstance(answer, KbError):
        raise answer
    result: T = answer
    return result


@cache
def _context() -> SpawnContext | ForkServerContext:
    """A server that has the parsers loaded and forks in milliseconds; it knows nothing of this process's threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ingest.reader"])
    return context


def _child(out: Connection, subject: str, work: Callable[..., object], args: tuple[object, ...]) -> None:
    _limit()
    warnings.simplefilter("ignore")  # a parser's opinion of a stranger's page is no news to the user
    logging.disable(logging.CRITICAL)
    answer: object
    try:
        answer = work(*args)
    except KbError as error:
        answer = error
    except MemoryError:
        return  # the parent sees the pipe close
    except Exception as error:  # a fault in a parser must not take the run down, nor pass unseen
        answer = KbError(subject, f"could not be understood ({type(error).__name__}: {str(error)[:120]})")
    out.send(answer)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # a system without it still has the deadline
        return
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, int(SECONDS) + 1), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
