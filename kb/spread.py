"""Pieces of work in; what they come to, in their order, out: done by several processes where that pays.

Each process is a copy of this one, so that nothing has to be handed to it: it takes the number of a piece from a pipe until
none is left, and keeps what it makes in a file. Where processes cannot be copied, or one is enough, the work is done here.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar, cast

T = TypeVar("T")

_NUMBER = 4
"""Bytes of the number of a piece. A pipe hands out so few as a whole, never in halves (POSIX)."""
_MOST = 16_000
"""Pieces that a pipe is sure to hold the numbers of (64 KiB)."""


class _Entry(NamedTuple, Generic[T]):
    """What a process keeps of a piece."""

    piece: int
    made: T | None
    error: Exception | None


def processors() -> int:
    """How many processes can run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    pieces: int, work: Callable[[int], T], workers: int, done: Callable[[int], None] = lambda number: None
) -> Iterator[T]:
    """`work(0)`, `work(1)`, … in their order. `done` is told the number of each when it is made.

    What `work` raises is raised here; then, and when the caller stops early, no process is left behind.
    """
    workers = min(workers, pieces)
    if workers < 2 or pieces > _MOST or not hasattr(os, "fork"):
        for number in range(pieces):
            made = work(number)
            done(number)
            yield made
        return
    with TemporaryDirectory(prefix="kb-") as folder:
        yield from _gathered(pieces, _forked(pieces, work, workers, Path(folder), done))


@contextmanager
def beside(work: Callable[[], T], workers: int) -> Iterator[Callable[[], T]]:
    """During the block `work()` is done by another process, where several may work; what is given waits for what it comes to.

    What `work` raises is raised there. At the end of the block the process is gone, whether or not it was waited for.
    """
    if workers < 2 or not hasattr(os, "fork"):
        yield work
        return
    with TemporaryDirectory(prefix="kb-") as folder:
        file = Path(folder) / "made"
        child = os.fork()
        if child == 0:
            with suppress(BaseException), file.open("wb") as kept:
                _keep(0, lambda number: work(), kept)
            os._exit(0)

        def made() -> T:
            nonlocal child
            os.waitpid(child, 0)
            child = 0
            return next(_gathered(1, [file]))

        try:
            yield made
        finally:
            if child:
                os.kill(child, 9)
                os.waitpid(child, 0)


def _forked(
    pieces: int, work: Callable[[int], T], workers: int, folder: Path, done: Callable[[int], None]
) -> list[Path]:
    """Has copies of this process do the work; returns the files with what they made."""
    waiting, numbers = os.pipe()
    told, tells = os.pipe()
    os.write(numbers, b"".join(number.to_bytes(_NUMBER, "big") for number in range(pieces)))
    os.close(numbers)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    gc.freeze()  # what stands already is not looked through, and so not copied, in the others
    parent, children, files = os.getpid(), [], []
    try:
        for number in range(workers):
            files.append(folder / str(number))
            child = os.fork()
            if child == 0:
                code = 1
                with suppress(BaseException):
                    os.close(told)
                    code = _work(waiting, tells, work, files[-1], parent)
                os._exit(code)
            children.append(child)
        os.close(tells)
        while told_now := os.read(told, _NUMBER):
            done(int.from_bytes(told_now, "big"))
        while children:
            os.waitpid(children.pop(), 0)
    finally:
        for child in children:  # only where something went wrong here
            with suppress(ProcessLookupError):
                os.kill(child, 9)
            os.waitpid(child, 0)
        os.close(waiting)
        os.close(told)
        gc.unfreeze()
    return files


def _work(waiting: int, tells: int, work: Callable[[int], T], file: Path, parent: int) -> int:
    """What a copy does: pieces, one after another, as long as there are some and somebody waits for them."""
    with file.open("wb") as kept:
        while (number := os.read(waiting, _NUMBER)) and os.getppid() == parent:
            if not _keep(int.from_bytes(number, "big"), work, kept):
                return 1
            os.write(tells, number)
    return 0


def _keep(piece: int, work: Callable[[int], T], kept: BinaryIO) -> bool:
    """Do a piece and keep what it comes to; whether it came to anything."""
    try:
        made: object = work(piece)
    except Exception as error:
        pickle.dump((piece, None, error), kept)
        return False
    pickle.dump((piece, made, None), kept, protocol=5)
    return True


def _gathered(pieces: int, files: list[Path]) -> Iterator[T]:
    """What was made, in order. Each file has its pieces in order already."""
    streams = [file.open("rb") for file in files if file.exists()]
    try:
        heads: list[_Entry[Any] | None] = [_next(stream) for stream in streams]
        for head in heads:  # what went wrong is told before anything is handed out
            if head and head.error:
                raise head.error
        for number in range(pieces):
            i = next((i for i, head in enumerate(heads) if head and head.piece == number), None)
            if i is None or (head := heads[i]) is None:
                raise next((h.error for h in heads if h and h.error), RuntimeError("a process of the build died"))
            if head.error:
                raise head.error
            yield cast(T, head.made)
            heads[i] = _next(streams[i])
    finally:
        for stream in streams:
            stream.close()


def _next(stream: BinaryIO) -> _Entry[Any] | None:
    try:
        return _Entry(*pickle.load(stream))
    except (EOFError, pickle.UnpicklingError):  # of a process that was ended while it wrote
        return None
