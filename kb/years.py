"""Statements by calendar year: the base in; for every year what begins in it, and what else may reach it, out.

A statement's time is that of its scope, or its value where the value is a date. It stands once, in the year its time
begins; where only the end is known, in the year of the end. What the source leaves open stays open: "from 2012 on" may
reach every later year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from kb.dates import Edtf
from kb.graph import KnowledgeBase, Linked


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year, or what has no date."""

    number: int | None
    """None for what has no date."""
    statements: tuple[Linked, ...]
    """In the order of their first day, then of their references."""
    elsewhere: tuple[tuple[int, int], ...] = ()
    """Other years under which statements stand that may hold in this one too, with how many."""

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return "undated" if self.number is None else f"year-{self.number}"

    @property
    def label(self) -> str:
        """Its heading."""
        return "No date given" if self.number is None else str(self.number)


def time_of(linked: Linked) -> Edtf | None:
    """When a statement held or happened, as far as it says."""
    return linked.statement.qualifiers.time or (linked.value if isinstance(linked.value, Edtf) else None)


def years(kb: KnowledgeBase) -> tuple[Year, ...]:
    """Every year in which the time of a statement begins, earliest first; what has no date comes last."""
    found: dict[int, list[tuple[Edtf, Linked]]] = defaultdict(list)
    undated: list[Linked] = []
    for linked in kb.statements.values():
        time = time_of(linked)
        first = (time.lower or time.upper) if time else None
        if time and first:
            found[first[0]].append((time, linked))
        else:
            undated.append(linked)
    numbers = sorted(found)
    elsewhere: dict[int, Counter[int]] = defaultdict(Counter)
    for stands, dated in found.items():
        for time, count in Counter(time for time, _ in dated).items():
            for number in numbers:
                if number != stands and reaches(time, number):
                    elsewhere[number][stands] += count
    dated_years = [
        Year(
            number,
            tuple(linked for _, linked in sorted(found[number], key=lambda pair: (pair[0].sort_key, pair[1].ref))),
            tuple(sorted(elsewhere[number].items())),
        )
        for number in numbers
    ]
    last = [Year(None, tuple(sorted(undated, key=lambda linked: linked.ref)))] if undated else []
    return (*dated_years, *last)


def reaches(time: Edtf, year: int) -> bool:
    """Whether some day of a calendar year may belong to a time."""
    return (time.lower is None or time.lower[0] <= year) and (time.upper is None or time.upper[0] >= year)
