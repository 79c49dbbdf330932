"""What is noted while something is made, and what stands after a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kb.reads import ALL, FACE, LISTED, NAMED, WHOLE, Lazy, Made, Reads, packed, standing, trait, unpacked, unread

HARBOUR, TOWN, SEA = (trait(name, WHOLE) for name in ("harbour", "town", "sea"))


@pytest.fixture
def reads() -> Reads:
    return Reads()


def noted(reads: Reads, *traits: int) -> Callable[[], str]:
    """Something that reads these."""

    def make() -> str:
        reads.now.update(traits)
        return "made"

    return make


def test_the_traits_of_a_record_are_four_and_no_others() -> None:
    made = {trait(name, kind) for name in ("harbour", "town", "*") for kind in (WHOLE, FACE, NAMED, LISTED)}
    assert len(made) == 12
    assert all(0 <= number < 2**32 for number in made)


def test_what_is_read_is_noted_for_what_is_made_and_for_nothing_around_it(reads: Reads) -> None:
    def outer() -> Made[str]:
        reads.now.add(TOWN)
        inner = reads.noting(noted(reads, HARBOUR))
        reads.now.add(SEA)
        return inner

    made = reads.noting(outer)
    assert (set(made.traits), set(made.value.traits)) == ({TOWN, SEA}, {HARBOUR})
    assert reads.now == set() and reads.made == set()


def test_a_mistake_leaves_no_notes_behind(reads: Reads) -> None:
    def wrong() -> None:
        noted(reads, HARBOUR)()
        raise ValueError

    reads.now.add(TOWN)
    with pytest.raises(ValueError):
        reads.noting(wrong)
    assert reads.now == {TOWN}


def test_a_lazy_value_is_made_once_and_noted_each_time(reads: Reads) -> None:
    times: list[str] = []

    def make(key: str) -> str:
        times.append(key)
        reads.now.add(HARBOUR)
        return key.upper()

    lazy = Lazy(reads, {"a": 1, "b": 1}, make)
    first, second = reads.noting(lambda: lazy["a"]), reads.noting(lambda: lazy["a"])
    assert (first.value, second.value, times) == ("A", "A", ["a"])
    assert first.traits == second.traits == frozenset()
    assert first.all_traits() == second.all_traits() == {HARBOUR}
    assert "b" in lazy and "c" not in lazy and lazy.get("c") is None
    assert times == ["a"]


def test_asking_for_all_keys_reads_everything(reads: Reads) -> None:
    lazy = Lazy(reads, {"a": 1}, str.upper)
    assert reads.noting(lambda: list(lazy)).traits == {ALL}
    assert reads.noting(lambda: len(lazy)).traits == {ALL}


def test_what_rests_on_something_that_changed_does_not_stand_however_far_away_it_is(reads: Reads) -> None:
    def above(lower: Made[str]) -> str:
        reads.made.add(lower)
        return "made"

    chain = [reads.noting(noted(reads, HARBOUR))]
    for _ in range(50):
        chain.append(reads.noting(above, chain[-1]))
    assert not unread(chain[-1], frozenset({HARBOUR}), {})
    assert unread(chain[-1], frozenset({TOWN}), {})
    assert chain[-1].all_traits() == {HARBOUR}


def test_what_an_edit_does_not_reach_is_kept_and_what_rests_on_that_as_well(reads: Reads) -> None:
    lower = {key: reads.noting(noted(reads, read)) for key, read in (("town", TOWN), ("harbour", HARBOUR))}
    unknown = reads.noting(noted(reads, HARBOUR))
    rest = {**lower, "unknown": unknown}
    above = {key: reads.noting(lambda made: reads.made.add(made), made) for key, made in rest.items()}
    known: dict[Made[Any], bool] = {}
    assert standing(lower, frozenset({HARBOUR}), known) == {"town": lower["town"]}
    assert standing(above, frozenset({HARBOUR}), known) == {"town": above["town"]}
    assert standing(above, frozenset(), {}) == above
    assert lower.keys() == {"town", "harbour"}


def test_traits_are_read_as_they_were_stored() -> None:
    assert list(unpacked(packed([TOWN, HARBOUR, TOWN]))) == sorted({TOWN, HARBOUR})
    assert len(packed([TOWN, HARBOUR])) == 8
