"""Work by several processes: in order, told, and nothing left behind."""

from __future__ import annotations

import io
import os
import pickle
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.load import FileChanged
from kb.spread import _next, beside, processors, spread


def children() -> set[int]:
    """The processes this one has started that are not gone."""
    own = os.getpid()
    return {int(word) for word in Path(f"/proc/self/task/{own}/children").read_text(encoding="utf-8").split()}


@pytest.fixture(autouse=True)
def nobody_left() -> None:
    """There are no others before a test, so that a test can ask for none after it."""
    assert children() == set()


@pytest.mark.parametrize("workers", [1, 2, 3, 50])
@pytest.mark.parametrize("pieces", [0, 1, 2, 7, 40])
def test_what_is_made_comes_in_order_and_each_piece_is_told_once(pieces: int, workers: int) -> None:
    told: list[int] = []
    assert list(spread(pieces, lambda n: n * n, workers, told.append)) == [n * n for n in range(pieces)]
    assert sorted(told) == list(range(pieces))
    assert children() == set()


def test_the_work_is_done_by_others_where_there_are_several() -> None:
    def work(number: int) -> int:
        time.sleep(0.01)  # so that one does not take all
        return os.getpid()

    made = set(spread(20, work, 2))
    assert len(made) == 2 and os.getpid() not in made


def test_it_is_done_here_where_one_is_enough_or_processes_cannot_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(spread(3, lambda n: os.getpid(), 1)) == {os.getpid()}
    monkeypatch.delattr(os, "fork")
    assert list(spread(3, lambda n: (n, os.getpid()), 4)) == [(n, os.getpid()) for n in range(3)]
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processors() == 1


def _wrong(number: int) -> int:
    if number == 5:
        raise ValueError("piece 5")
    return number


@pytest.mark.parametrize("workers", [1, 3])
def test_what_a_worker_raises_is_raised_here(workers: int) -> None:
    with pytest.raises(ValueError, match=r"^piece 5$"):
        list(spread(9, _wrong, workers))
    assert children() == set()


def test_a_file_that_changed_is_told_in_the_same_words_from_another_process() -> None:
    def work(number: int) -> int:
        raise FileChanged(Path("data/x.yaml"))

    with pytest.raises(FileChanged) as here:
        list(spread(2, work, 1))
    with pytest.raises(FileChanged) as there:
        list(spread(2, work, 2))
    assert str(here.value) == str(there.value)


class _Unsendable(Exception):
    def __reduce__(self) -> str | tuple[object, ...]:
        raise pickle.PicklingError


def _unsendable(number: int) -> int:
    raise _Unsendable


def _dies(number: int) -> bytes:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return bytes([number]) * 10_000 * number


def _exits(number: int) -> bytes:
    if number == 3:
        raise SystemExit(0)
    return b""


@pytest.mark.parametrize("work", [_unsendable, _dies, _exits])
@pytest.mark.parametrize("workers", [2, 3])
def test_a_worker_that_dies_is_told(work: Callable[[int], object], workers: int) -> None:
    with pytest.raises(RuntimeError, match="a process of the build died"):
        list(spread(9, work, workers))
    assert children() == set()


def test_what_a_worker_had_half_written_when_it_died_does_not_count() -> None:
    whole = pickle.dumps((0, b"made" * 100, None))
    assert _next(io.BytesIO(whole)) == (0, b"made" * 100, None)
    assert _next(io.BytesIO(whole[:-50])) is None


def test_a_caller_that_stops_leaves_nobody_behind() -> None:
    def told(number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(spread(9, lambda n: time.sleep(0.01), 2, told))
    assert children() == set()
    some = spread(9, lambda n: n, 2)
    assert next(some) == 0
    some.close()  # type: ignore[attr-defined]
    assert children() == set()


def test_what_is_made_may_be_large() -> None:
    made = list(spread(6, lambda n: bytes([n]) * 3_000_000, 2))
    assert [(len(one), one[0]) for one in made] == [(3_000_000, n) for n in range(6)]


def test_no_files_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    list(spread(6, lambda n: n, 2))
    with pytest.raises(ValueError, match="piece 5"):
        list(spread(9, _wrong, 2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_work_is_done_beside_a_block_and_waited_for_in_it(workers: int) -> None:
    with beside(lambda: (os.getpid(), [1, 2]), workers) as made:
        where, value = made()
        assert (where == os.getpid(), value) == (workers == 1, [1, 2])
    assert children() == set()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_goes_wrong_beside_a_block_is_raised_where_it_is_waited_for(workers: int) -> None:
    with beside(lambda: _wrong(5), workers) as made, pytest.raises(ValueError, match="piece 5"):
        made()
    assert children() == set()


def test_work_beside_a_block_ends_with_it() -> None:
    with beside(signal.pause, 2):  # it would wait for ever
        assert len(children()) == 1
    assert children() == set()
    with pytest.raises(KeyError), beside(signal.pause, 2):
        raise KeyError
    assert children() == set()


def test_a_process_beside_a_block_that_dies_is_told() -> None:
    with beside(lambda: os.kill(os.getpid(), signal.SIGKILL), 2) as made, pytest.raises(RuntimeError, match="died"):
        made()
