"""What is read while something is made, so that it is made again only when some of that has changed.

A record can be read in three ways, each a **trait** of it with a number of its own: all it says (`WHOLE`), only what
others show of it (`FACE`), and who names it (`NAMED`). A page of prose reads a few traits, a list reads the `LISTED` trait of
a type, a view of the whole base reads `ALL`. After an edit, what reads no changed trait stays as it is.

Traits are hashes: two of one number make something be made once too often, never once too seldom.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeAlias, TypeVar
from zlib import crc32

V = TypeVar("V")

Trait: TypeAlias = int
"""A number below 2**32."""
Traits: TypeAlias = frozenset[Trait]

WHOLE, FACE, NAMED, LISTED = range(4)


@lru_cache(maxsize=1 << 18)
def trait(id_: str, kind: int) -> Trait:
    """The number of a trait: of a record, by its id, or of a type, by its name."""
    return (crc32(id_.encode()) << 2 & 0xFFFFFFFC) | kind


ALL: Trait = trait("*", WHOLE)
"""Everything there is."""
REVIEWED: Trait = trait("*", FACE)
"""The day of the latest review."""
COUNTED: Trait = trait("*", LISTED)
"""How many records and statements there are."""


class Made(Generic[V]):
    """Something that was worked out, with what was read for it: traits, and other things worked out."""

    __slots__ = ("others", "traits", "value")

    def __init__(self, value: V, traits: Traits, others: tuple[Made[Any], ...]) -> None:
        self.value = value
        self.traits = traits
        self.others = others

    def all_traits(self) -> set[Trait]:
        """Every trait it rests on."""
        found = set(self.traits)
        seen: set[Made[Any]] = set()
        ahead = [*self.others]
        while ahead:
            made = ahead.pop()
            if made not in seen:
                seen.add(made)
                found |= made.traits
                ahead += made.others
        return found


class Reads:
    """Notes what is read."""

    __slots__ = ("made", "now")

    def __init__(self) -> None:
        self.now: set[Trait] = set()
        self.made: set[Made[Any]] = set()

    def noting(self, make: Callable[..., V], *args: object) -> Made[V]:
        """What `make(*args)` comes to, with what it read."""
        before, self.now, self.made = (self.now, self.made), set(), set()
        try:
            value = make(*args)
            return Made(value, frozenset(self.now), tuple(self.made))
        finally:
            self.now, self.made = before


class Lazy(Mapping[str, V]):
    """Values by key, each worked out when it is first asked for, and noted whenever it is asked for."""

    __slots__ = ("_keys", "_make", "_noted", "_readers", "_reads", "made")

    def __init__(self, reads: Reads, keys: Mapping[str, object], make: Callable[[str], V]) -> None:
        self._reads = reads
        self._keys = keys
        self._make = make
        self.made: dict[str, Made[V]] = {}
        self._readers: dict[Trait, list[str]] = defaultdict(list)
        """The keys of what rests on a trait, and of some that did; of those `_noted` alone, which are never more than are made."""
        self._noted: set[str] = set()

    def __getitem__(self, key: str) -> V:
        made = self.made.get(key)
        if made is None:
            if key not in self._keys:
                raise KeyError(key)
            made = self.made[key] = self._reads.noting(self._make, key)
        self._reads.made.add(made)
        return made.value

    def __iter__(self) -> Iterator[str]:
        self._reads.now.add(ALL)
        return iter(self._keys)

    def __len__(self) -> int:
        self._reads.now.add(ALL)
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def note_readers(self) -> None:
        """Note what everything rests on, so that `keep` finds it: once for each, and best before there is a hurry."""
        self._note_readers(dict(self.made))

    def _note_readers(self, made: Mapping[str, Made[V]]) -> None:
        if len(made) > len(self._noted):
            for key in made.keys() - self._noted:
                for read in made[key].all_traits():
                    self._readers[read].append(key)
            self._noted = set(made)

    def keep(self, earlier: Lazy[V], changed: Traits) -> None:
        """Keep what an earlier one has worked out, where it rests on none of the traits. The earlier one is then for use, not to keep from."""
        self.made = dict(earlier.made)  # at once: another thread may be adding to it
        earlier._note_readers(self.made)
        self._readers, self._noted = earlier._readers, earlier._noted
        gone = self.made.keys() - self._keys.keys()
        gone.update(*(self._readers.pop(trait, ()) for trait in changed))
        for key in gone:
            self.made.pop(key, None)
        self._noted -= gone


def unread(made: Made[Any], changed: Traits, known: dict[Made[Any], bool]) -> bool:
    """Whether what was made rests on none of the traits; `known` remembers the answers."""
    answer = known.get(made)
    if answer is None:
        answer = known[made] = made.traits.isdisjoint(changed) and all(
            unread(other, changed, known) for other in made.others
        )
    return answer


def packed(traits: Iterable[Trait]) -> bytes:
    """Traits as they are stored: four bytes each, in order."""
    return array("I", sorted(set(traits))).tobytes()


def unpacked(stored: bytes) -> array[int]:
    """Traits as they were stored."""
    return array("I", stored)
