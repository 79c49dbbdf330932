"""What the explorer of statements can be asked for: the base in; every choice that finds something, out.

The page prints the choices as form controls and, for reading without scripts, as lists of ways in. Its script
(docs/assets/explorer.js) filters `/api/v1/statements.json` by them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kb import words
from kb.dates import Edtf
from kb.graph import KnowledgeBase
from kb.model import Place, Source, Voice
from kb.naming import PLACE_OF
from kb.years import Year, reaches, time_of, years

INSIDE = "located-in"
"""The property that tells which place lies in which."""
LONGEST = 500
"""Years between the first and the last named above which only the named ones are offered."""


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A place statements are about, hold for or lead to."""

    place: Place
    within: tuple[str, ...]
    """Ids of the places inside it, at any depth; asking for it finds theirs too."""
    holding: int
    """How many statements hold for the place itself."""


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A source, with those who speak in it."""

    source: Source
    voices: tuple[Voice, ...]
    """Those some statement rests on."""
    resting: int
    """How many statements rest on it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that can be asked for; nothing that would find no statement."""

    statements: int
    types: tuple[str, ...]
    properties: tuple[tuple[str, str], ...]
    """Id and label, in the order of the labels."""
    places: tuple[PlaceChoice, ...]
    years: tuple[int, ...]
    """Calendar years that the time of some statement may reach, from the first that is named to the last."""
    undated: bool
    sources: tuple[SourceChoice, ...]
    statuses: tuple[str, ...]
    by_year: tuple[Year, ...]


def choices(kb: KnowledgeBase) -> Choices:
    """What the statements of a base can be filtered by."""
    found = kb.statements.values()
    properties = {s.statement.property: s.declared.label for s in found}
    types = {s.subject.type for s in found}
    statuses = {s.status for s in found}
    times = [time_of(s) for s in found]
    return Choices(
        statements=len(kb.statements),
        types=tuple(name for name in kb.by_type if name in types),
        properties=tuple(sorted(properties.items(), key=lambda item: (item[1].casefold(), item[0]))),
        places=tuple(_places(kb)),
        years=tuple(_years({time for time in times if time})),
        undated=None in times,
        sources=tuple(_sources(kb)),
        statuses=tuple(status for status in words.STATUS if status in statuses),
        by_year=years(kb),
    )


def holding(kb: KnowledgeBase, place: str) -> tuple[str, ...]:
    """The references of the statements whose scope is a place, in order."""
    return tuple(sorted({link.ref for link in kb.backlinks.get(place, ()) if link.label == PLACE_OF and not link.by}))


def _years(times: Iterable[Edtf]) -> list[int]:
    named = sorted({day[0] for time in times for day in (time.lower, time.upper) if day})
    if not named or named[-1] - named[0] > LONGEST:
        return named
    return [year for year in range(named[0], named[-1] + 1) if any(reaches(time, year) for time in times)]


def _places(kb: KnowledgeBase) -> Iterator[PlaceChoice]:
    inside: dict[str, set[str]] = defaultdict(set)
    named = set()
    for linked in kb.statements.values():
        concerned = [linked.subject.id, linked.statement.qualifiers.place]
        if isinstance(linked.value, Place):
            concerned.append(linked.value.id)
            if linked.statement.property == INSIDE and isinstance(linked.subject, Place):
                inside[linked.value.id].add(linked.subject.id)
        named.update(concerned)
    for place in kb.by_type["places"]:
        within = _below(place.id, inside)
        if isinstance(place, Place) and not named.isdisjoint({place.id, *within}):
            yield PlaceChoice(place, tuple(sorted(within)), len(holding(kb, place.id)))


def _below(place: str, inside: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything inside a place; places that are said to lie in each other end the search."""
    found: set[str] = set()
    ahead = [place]
    while ahead:
        for inner in inside.get(ahead.pop(), ()):
            if inner not in found and inner != place:
                found.add(inner)
                ahead.append(inner)
    return found


def _sources(kb: KnowledgeBase) -> Iterator[SourceChoice]:
    for source in kb.by_type["sources"]:
        resting = kb.resting_on.get(source.id, ())
        if isinstance(source, Source) and resting:
            heard = {of.voice for of in resting}
            voices = tuple(voice for voice in source.voices if voice.id in heard)
            yield SourceChoice(source, voices, len({of.ref for of in resting}))
