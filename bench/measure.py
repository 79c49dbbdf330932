"""A command in; what running it costs out: seconds, seconds of CPU, and memory, of it and all it starts.

CPU time is what the system counts for the command and every process it waited for. Memory is the most that the whole tree of
processes holds at once, looked at about ten times a second, as **PSS** (`/proc/PID/smaps_rollup`, Linux): a page that several
processes share counts once, so several workers are not charged for one copy several times. What is written to a folder in
memory counts for nobody.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import log
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

PAUSE = 0.1
"""Seconds between two looks at the memory, at least; looking takes a tenth of the time at most."""
QUIET = 0.5
"""Seconds without work after which a server is taken to have finished."""
_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """What a run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of CPU, of all processes."""
    memory: float
    """MiB at most."""


class Side(NamedTuple):
    """One that builds: a command, and the folder it is run in, where it leaves site/."""

    name: str
    folder: Path
    command: list[str]
    environment: Mapping[str, str] = MappingProxyType({})
    removed: tuple[str, ...] = ("site",)
    """What is removed below the folder before each run."""


class _Process(NamedTuple):
    parent: int
    ticks: int
    """Of CPU, its own and that of ended processes it waited for."""


def build(side: Side, records: int) -> Cost:
    """Have a side build once; stops with its words if that fails, or leaves fewer pages than there are records."""
    for name in side.removed:
        shutil.rmtree(side.folder / name, ignore_errors=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            side.command, cwd=side.folder, env={**_usual(), **side.environment}, stdout=said, stderr=subprocess.STDOUT
        )
        with peak(process.pid) as seen:
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        pages = len(list((side.folder / "site").glob("*/*/index.html")))
        if process.returncode or pages < records:
            said.seek(0)
            raise SystemExit(f"{side.name} made {pages} pages of {records} records:\n{said.read()[-4000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, max(seen))


@contextmanager
def peak(pid: int) -> Iterator[list[float]]:
    """MiB held by a process and all below it, looked at until the end of the block."""
    seen = [held(pid)]
    ended = threading.Event()

    def look() -> None:
        pause = PAUSE
        while not ended.wait(pause):
            start = time.perf_counter()
            seen.append(held(pid))
            pause = max(PAUSE, 9 * (time.perf_counter() - start))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


def _usual() -> dict[str, str]:
    """The environment, with Python keeping what it compiled, as it does unless it is told not to."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def held(pid: int) -> float:
    """MiB that a process and all below it hold now (PSS); one that has ended holds none."""
    return sum(map(_pss, _tree(pid))) / 1024


def worked(pid: int) -> float:
    """Seconds of CPU that a process and all below it have used so far."""
    return sum(process.ticks for process in _tree(pid).values()) / _TICK


def wait_until_quiet(pid: int) -> None:
    """Return when a process and all below it do nothing any more."""
    before, now = -1.0, worked(pid)
    while now - before > QUIET / 20:
        time.sleep(QUIET)
        before, now = now, worked(pid)


def medians(runs: Iterable[Cost]) -> Cost:
    """Of several runs, each figure's own."""
    return Cost(*map(statistics.median, zip(*runs, strict=True)))


def power(points: Iterable[tuple[float, float]]) -> float:
    """The p for which cost grows as size to the p: least squares on logarithms of (size, cost). Needs two sizes."""
    sizes, costs = zip(*((log(size), log(cost)) for size, cost in points), strict=True)
    return statistics.linear_regression(sizes, costs).slope


def _tree(pid: int) -> dict[int, _Process]:
    """A process that runs, and all below it."""
    below: dict[int, list[int]] = defaultdict(list)
    known: dict[int, _Process] = {}
    for entry in os.listdir(_PROC):  # noqa: PTH208  # ten times a second
        if entry.isdigit() and (process := _process(int(entry))):
            known[int(entry)] = process
            below[process.parent].append(int(entry))
    ahead = [pid]
    for one in ahead:
        ahead += below[one]
    return {one: known[one] for one in ahead if one in known}


def _process(pid: int) -> _Process | None:
    try:
        # proc_pid_stat(5): after the name in brackets, which may hold anything, state is field 3, the parent 4, CPU 14 to 17
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _Process(int(fields[1]), sum(map(int, fields[11:15])))


def _pss(pid: int) -> int:
    """KiB; none where it has just ended."""
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(text.partition("\nPss:")[2].split(maxsplit=1)[0])
