"""What is noted while something is made, and what stands after a change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kb.reads import ALL, FACE, LISTED, NAMED, WHOLE, Lazy, Made, Reads, packed, trait, unpacked, unread

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


class Base:
    """Two words below, and what rests on each: as they are after some edits."""

    def __init__(self, reads_of: dict[str, int], earlier: Base | None = None, *changed: int) -> None:
        self.made: list[str] = []
        self.reads = Reads()
        self.lower, self.upper = (Lazy(self.reads, reads_of, make) for make in (self._lower, self._upper))
        self.read = reads_of
        if earlier:
            self.lower.keep(earlier.lower, frozenset(changed))
            self.upper.keep(earlier.upper, frozenset(changed))

    def _lower(self, key: str) -> str:
        self.reads.now.add(self.read[key])
        return key

    def _upper(self, key: str) -> str:
        self.made.append(key)
        return self.lower[key].upper()

    def made_for(self, *keys: str) -> list[str]:
        """What had to be made when these are asked for."""
        assert [self.upper[key] for key in keys] == [key.upper() for key in keys]
        return self.made


@pytest.mark.parametrize("noted", [True, False], ids=["noted before", "noted at the edit"])
def test_what_an_edit_does_not_reach_is_kept_over_any_number_of_edits(noted: bool) -> None:
    base = Base({"a": TOWN, "b": HARBOUR})
    assert base.made_for("a", "b") == ["a", "b"]
    steps: list[tuple[dict[str, int], int, list[str]]] = [
        ({"a": TOWN, "b": SEA}, HARBOUR, ["b"]),
        ({"a": TOWN, "b": SEA}, HARBOUR, []),  # what is made now no longer rests on it
        ({"a": TOWN, "b": SEA}, SEA, ["b"]),
        ({"b": SEA}, TOWN, []),
        ({"a": SEA, "b": SEA}, TOWN, ["a"]),
        ({"a": SEA, "b": SEA}, SEA, ["a", "b"]),
    ]
    for read, changed, made in steps:
        if noted:
            base.lower.note_readers()
            base.upper.note_readers()
        base = Base(read, base, changed)
        assert base.made_for(*read) == made


def test_what_is_gone_is_not_kept_though_nothing_it_rests_on_has_changed() -> None:
    base = Base({"a": TOWN, "b": HARBOUR})
    base.made_for("a", "b")
    base = Base({"b": HARBOUR}, base)
    assert base.made_for("b") == []
    with pytest.raises(KeyError):
        base.upper["a"]
    assert Base({"a": SEA, "b": HARBOUR}, base).made_for("a", "b") == ["a"]


def test_traits_are_read_as_they_were_stored() -> None:
    assert list(unpacked(packed([TOWN, HARBOUR, TOWN]))) == sorted({TOWN, HARBOUR})
    assert len(packed([TOWN, HARBOUR])) == 8
