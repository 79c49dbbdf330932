"""Records in; the knowledge base out: every id resolved, every backlink, origin and status computed.

`link` never fails: what does not resolve is left out here and told by `kb.check`, which looks at the records themselves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from kb import dates, words
from kb.dates import DateError, Edtf
from kb.load import Card, Loaded
from kb.model import (
    NONE,
    TYPES,
    UNKNOWN,
    AnyRecord,
    Citation,
    Dispute,
    Figure,
    Lineage,
    Position,
    Property,
    Quantity,
    Source,
    Statement,
    Vocabulary,
    Voice,
)
from kb.naming import CITES, HOLDS, USES, VALUE, Keys, Reference, Tie, references
from kb.reads import ALL, COUNTED, FACE, LISTED, NAMED, REVIEWED, WHOLE, Lazy, Made, Reads, Trait, Traits, trait

V = TypeVar("V")

Status: TypeAlias = Literal["reported", "corroborated", "contested"]
"""Reported: one independent origin. Corroborated: two or more. Contested: it takes a side in a dispute not yet settled."""

Value: TypeAlias = "AnyRecord | Quantity | Edtf | str"
"""A value resolved through its property's range; `unknown` and `none` stay as they are."""

Fault: TypeAlias = tuple[AnyRecord | Card | None, Keys, str, str]
"""What a rule yields: the record or its card (None for the vocabulary), keys to the place, code, message."""


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation with its source and voice in hand, and the origin its words go back to."""

    citation: Citation
    source: Source
    voice: Voice | None
    origin: str
    """Id of the body or source the words go back to, or `source#voice` for a voice without a record."""
    counted: bool
    """Whether that origin is known well enough to be counted as one of its own."""
    says: str
    """Who says it: "Radio Free Asia, citing a source in Vladivostok"."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A statement with all it refers to."""

    subject: AnyRecord
    statement: Statement
    declared: Property
    """The property, as the vocabulary declares it."""
    value: Value
    cites: tuple[Cite, ...]
    origins: tuple[str, ...]
    """Independent origins, in the order they are cited."""
    disputes: tuple[tuple[Dispute, Position], ...]
    status: Status
    sentence: str
    """The whole as one plain sentence."""

    @property
    def ref(self) -> str:
        """`record-id#statement-id`."""
        return f"{self.subject.id}#{self.statement.id}"


class Backlink(NamedTuple):
    """That another record refers to this one, and how it reads from here."""

    record: Card
    label: str
    anchor: str
    """The statement that does it; empty where the record does as a whole."""
    by: str
    """Of a statement with this record as its value, the property."""

    @property
    def ref(self) -> str:
        """The reference of that statement; empty where it is none."""
        return f"{self.record.id}#{self.anchor}" if self.anchor else ""


class Resting(NamedTuple):
    """That a statement rests on a source."""

    record: Card
    """Its subject."""
    anchor: str
    at: int | str
    voice: str | None

    @property
    def ref(self) -> str:
        """The reference of the statement."""
        return f"{self.record.id}#{self.anchor}"


class KnowledgeBase:
    """All records, linked. Mappings are in the order pages show them.

    What is asked for is worked out when it is first asked for, and what is asked for while something is made is noted
    (`kb.reads`): this is how a build knows what an edit does not reach.
    """

    def __init__(self, loaded: Loaded, earlier: KnowledgeBase | None = None, changed: Traits = frozenset()) -> None:
        """What was worked out `earlier` is kept where it rests on no trait in `changed`."""
        self.loaded = loaded
        self.vocabulary = loaded.vocabulary
        self.reads = Reads()
        self.cards: Mapping[str, Card] = _sorted_by_id(loaded.cards, earlier.cards if earlier else {})
        self.former: Mapping[str, str] = {former: card.id for card in self.cards.values() for former in card.former_ids}
        """Former id to present id."""
        apart = _apart(earlier.cards, self.cards) if earlier else []
        if earlier:
            self.named = _named_after(earlier, self.cards, apart)
        self.ids_of: Mapping[str, tuple[str, ...]] = (
            earlier.ids_of if earlier and all(map(_called_alike, apart)) else _ids_of(self.cards)
        )
        """The ids of each type in the order of its records, as pages show them."""
        self._order = {name: place for place, name in enumerate(loaded.vocabulary.properties)}
        self.records: Mapping[str, AnyRecord] = _Records(self)
        self.by_type: Mapping[str, tuple[AnyRecord, ...]] = Lazy(self.reads, dict.fromkeys(TYPES), self._of_type)
        self.of_subject: Mapping[str, tuple[Linked, ...]] = Lazy(self.reads, self.cards, self._about)
        """The statements of each record, in the order of the vocabulary, then of time."""
        self.statements: Mapping[str, Linked] = _Statements(self)
        """By their references; of one that is asked for, only what it refers to itself is noted, and read."""
        self._linked: dict[str, Made[Linked | None]] = {}
        self._positions: Mapping[str, Mapping[str, list[tuple[Dispute, Position]]]] = Lazy(
            self.reads, self.cards, self._positions_on
        )
        self.references: Mapping[str, tuple[Reference, ...]] = Lazy(self.reads, self.cards, self._references)
        """What each record names other than in its statements' values."""
        self._backlinks: Mapping[str, tuple[Backlink, ...]] = Lazy(self.reads, self.cards, self._pointing_at)
        self._resting: Mapping[str, tuple[Resting, ...]] = Lazy(self.reads, self.cards, self._resting_on)
        self.backlinks: Mapping[str, tuple[Backlink, ...]] = _Filled(self._backlinks)
        self.resting_on: Mapping[str, tuple[Resting, ...]] = _Filled(self._resting)
        """The statements resting on each source, in the order of its paragraphs."""
        if earlier is not None:
            for mine, theirs in zip(self._worked_out, earlier._worked_out, strict=True):
                mine.keep(theirs, changed)

    @cached_property
    def named(self) -> _Named:
        """Id to the ties that lead to it, and the records they start from."""
        return _named(self.cards)

    @property
    def reviewed(self) -> Edtf:
        """The day of the latest review."""
        self.reads.now.add(REVIEWED)
        return self._reviewed

    @cached_property
    def _reviewed(self) -> Edtf:
        return max((card.reviewed for card in self.cards.values()), key=lambda date: date.sort_key)

    @property
    def size(self) -> int:
        """How many statements there are."""
        self.reads.now.add(COUNTED)
        return sum(card.statements for card in self.cards.values())

    def value_of(self, ref: str) -> Value | None:
        """The value of a statement, or None where there is no such statement."""
        linked = self.statements.get(ref)
        return linked.value if linked else None

    def expect_edit(self) -> None:
        """Note what everything rests on that was worked out, so that a base after an edit is soon there."""
        for found in self._worked_out:
            found.note_readers()

    def link_all(self) -> None:
        """Work everything out at once, for those who will ask for all of it."""
        for id_ in self.cards:
            self.of_subject[id_]
        self.reads.now.clear()
        self.reads.made.clear()

    @property
    def _worked_out(self) -> tuple[Lazy[Any], ...]:
        found = (self.by_type, self.of_subject, self.references, self._backlinks, self._resting)
        return tuple(one for one in found if isinstance(one, Lazy))

    def _of_type(self, name: str) -> tuple[AnyRecord, ...]:
        self.reads.now.add(trait(name, LISTED))
        return tuple(self.loaded.record(self.cards[id_]) for id_ in self.ids_of[name])

    def _about(self, id_: str) -> tuple[Linked, ...]:
        self.reads.now.add(trait(id_, WHOLE))
        self._positions[id_]
        record = self.loaded.record(self.cards[id_])
        made = [self.linked(record, statement) for statement in record.statements]
        self.reads.now.update(*(one.traits for one in made))
        linked = [one.value for one in made if one.value is not None]
        order = self._order
        linked.sort(key=lambda s: (order[s.statement.property], s.statement.qualifiers.time is None, _time_key(s)))
        return tuple(linked)

    def linked(self, record: AnyRecord, statement: Statement) -> Made[Linked | None]:
        """A statement with all it refers to, None where that does not resolve, and what was read for it beside its record."""
        ref = f"{record.id}#{statement.id}"
        made = self._linked.get(ref)
        if made is None or (made.value and made.value.statement is not statement):  # as of two with one id
            made = self._linked[ref] = self.reads.noting(self._link, record, statement)
        return made

    def _link(self, record: AnyRecord, statement: Statement) -> Linked | None:
        return _link_statement(record, statement, self.records, self.vocabulary, self._positions[record.id])

    def _positions_on(self, id_: str) -> Mapping[str, list[tuple[Dispute, Position]]]:
        """The positions that rest on statements of a record, by the references of those."""
        self.reads.now.add(trait(id_, NAMED))
        found: dict[str, list[tuple[Dispute, Position]]] = defaultdict(list)
        for other in dict.fromkeys(card.id for card, tie in self.named.get(id_, ()) if tie.how == HOLDS):
            dispute = self.records[other]
            assert isinstance(dispute, Dispute)
            for position in dispute.positions:
                for ref in position.statements:
                    found[ref].append((dispute, position))
        return found

    def _references(self, id_: str) -> tuple[Reference, ...]:
        self.reads.now.add(trait(id_, WHOLE))
        return tuple(references(self.loaded.record(self.cards[id_])))

    def _pointing_at(self, id_: str) -> tuple[Backlink, ...]:
        self.reads.now.add(trait(id_, NAMED))
        type_ = self.cards[id_].type
        found: dict[tuple[str, str, str], Backlink] = {}
        for card, tie in self.named.get(id_, ()):
            label = self._reads_back(tie.how, type_)
            if label and (card.id != id_ or tie.how.startswith(VALUE)):
                self.reads.now.add(trait(card.id, FACE))
                property_ = tie.how[len(VALUE) :] if tie.how.startswith(VALUE) else ""
                found.setdefault((card.id, label, tie.anchor), Backlink(card, label, tie.anchor, property_))
        return tuple(sorted(found.values(), key=lambda b: (b.label, b.record.caption.casefold(), b.record.id)))

    def _reads_back(self, how: str, type_: str) -> str:
        """How a tie reads from the record it leads to, which is of a type; empty where it is not told there."""
        if not how.startswith(VALUE):
            return "" if how in (CITES, HOLDS, USES) else how
        declared = self.vocabulary.properties.get(how[len(VALUE) :])
        if declared is None or isinstance(declared.range, str) or type_ not in declared.range:
            return ""
        return declared.reverse or declared.label

    def _resting_on(self, id_: str) -> tuple[Resting, ...]:
        self.reads.now.add(trait(id_, NAMED))
        if self.cards[id_].type != Source.type:
            return ()
        found = [
            Resting(card, tie.anchor, tie.at, tie.voice)
            for card, tie in self.named.get(id_, ())
            if tie.how == CITES and tie.at is not None
        ]
        return tuple(sorted(found, key=_place_in_source))


class _Records(Mapping[str, "AnyRecord"]):
    """The records by id; of one that is asked for, its face is noted, as nothing else of it may be shown elsewhere."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._cards, self._loaded, self._reads = kb.cards, kb.loaded, kb.reads

    def __getitem__(self, id_: str) -> AnyRecord:
        self._reads.now.add(trait(id_, FACE))
        return self._loaded.record(self._cards[id_])

    def get(self, id_: str, default: Any = None) -> Any:  # asked for too often to be told by an exception
        self._reads.now.add(trait(id_, FACE))  # that there is none, too
        return self._loaded.record(card) if (card := self._cards.get(id_)) else default

    def __contains__(self, id_: object) -> bool:
        return id_ in self._cards

    def __iter__(self) -> Iterator[str]:
        self._reads.now.add(ALL)
        return iter(self._cards)

    def __len__(self) -> int:
        self._reads.now.add(COUNTED)
        return len(self._cards)


class _Statements(Mapping[str, Linked]):
    """The statements by reference, in the order of their subjects."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb

    def __getitem__(self, ref: str) -> Linked:
        found: Linked | None = self.get(ref)
        if found is None:
            raise KeyError(ref)
        return found

    def get(self, ref: str, default: Any = None) -> Any:
        owner, _, anchor = ref.partition("#")
        kb = self._kb
        if owner in kb.cards:
            kb.reads.now.add(trait(owner, WHOLE))
            record = kb.loaded.record(kb.cards[owner])
            for statement in record.statements:
                if statement.id == anchor:
                    made = kb.linked(record, statement)
                    kb.reads.made.add(made)
                    return made.value or default
        return default

    def __iter__(self) -> Iterator[str]:
        return (linked.ref for linked in self._all())

    def __len__(self) -> int:
        return sum(1 for _ in self._all())

    def _all(self) -> Iterator[Linked]:
        for id_ in self._kb.records:
            yield from self._kb.of_subject[id_]


class _Filled(Mapping[str, tuple[V, ...]]):
    """Of a mapping to tuples, those that are not empty."""

    def __init__(self, all_: Mapping[str, tuple[V, ...]]) -> None:
        self._all = all_

    def __getitem__(self, key: str) -> tuple[V, ...]:
        if found := self._all[key]:
            return found
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        return (self._all[key] or default) if key in self._all else default

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._all if self._all[key])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def link(loaded: Loaded) -> KnowledgeBase:
    """Resolve everything that resolves."""
    return KnowledgeBase(loaded)


def changes(before: Mapping[str, Card], after: Mapping[str, Card]) -> Traits:
    """The traits that differ between two bases of one vocabulary."""
    found: set[Trait] = set()
    for old, new in _apart(before, after):
        one = old or new
        assert one is not None
        found |= {ALL, trait(one.id, WHOLE)}
        if old is None or new is None or (old.type, old.face) != (new.type, new.face):
            found.add(trait(one.id, FACE))
        if old is None or new is None or (old.type, old.listing) != (new.type, new.listing):
            found |= {trait(card.type, LISTED) for card in (old, new) if card}
        if old is None or new is None or old.statements != new.statements:
            found.add(COUNTED)
        found |= {trait(tie.target, NAMED) for tie in _ties(old) ^ _ties(new)}
        if old is None or new is None or old.reviewed != new.reviewed:
            found.add(REVIEWED)
    return frozenset(found)


def _ids_of(cards: Mapping[str, Card]) -> Mapping[str, tuple[str, ...]]:
    by_name = sorted(cards.values(), key=lambda card: (card.caption.casefold(), card.id))
    return {name: tuple(card.id for card in by_name if card.type == name) for name in TYPES}


_Pair: TypeAlias = tuple[Card | None, Card | None]
"""The card of a record before and after; None where there was or is none."""


def _apart(before: Mapping[str, Card], after: Mapping[str, Card]) -> list[_Pair]:
    """The cards that differ."""
    pairs: list[_Pair] = [(old, after.get(id_)) for id_, old in before.items() if old is not after.get(id_)]
    pairs += [(None, after[id_]) for id_ in after.keys() - before.keys()]
    return [(old, new) for old, new in pairs if old != new]


def _called_alike(pair: _Pair) -> bool:
    old, new = pair
    return old is not None and new is not None and (old.type, old.caption) == (new.type, new.caption)


def _sorted_by_id(cards: Sequence[Card], before: Mapping[str, Card]) -> dict[str, Card]:
    found = {card.id: card for card in reversed(cards)}  # the first of two with one id wins
    return {**before, **found} if found.keys() == before.keys() else dict(sorted(found.items()))


def _ties(card: Card | None) -> set[Tie]:
    return {*card.ties} if card else set()


_Named: TypeAlias = Mapping[str, Sequence[tuple[Card, Tie]]]


def _named(cards: Mapping[str, Card]) -> _Named:
    found: dict[str, list[tuple[Card, Tie]]] = defaultdict(list)
    for card in cards.values():
        for tie in card.ties:
            if tie.target in cards:
                found[tie.target].append((card, tie))
    return found


def _named_after(earlier: KnowledgeBase, cards: Mapping[str, Card], apart: Sequence[_Pair]) -> _Named:
    """`_named`, worked out from an earlier one: only what changed is looked at."""
    changed = {old.id for old, new in apart if old and new}
    if len(changed) < len(apart) or len(changed) > len(cards) // 10:
        return _named(cards)
    found = dict(earlier.named)
    ends = {tie.target for pair in apart for card in pair if card for tie in card.ties}
    for end in ends & cards.keys():
        from_ = [*found.get(end, ())]
        for id_ in changed:
            start = bisect_left(from_, id_, key=_start)
            stop = bisect_right(from_, id_, start, key=_start)
            from_[start:stop] = [(cards[id_], tie) for tie in cards[id_].ties if tie.target == end]
        found[end] = from_
    return found


def _start(tied: tuple[Card, Tie]) -> str:
    return tied[0].id


def _place_in_source(resting: Resting) -> tuple[bool, object, str]:
    return (isinstance(resting.at, str), resting.at, resting.ref)


def resolve(value: object, declared: Property, records: Mapping[str, AnyRecord]) -> Value | None:
    """A value as its property's range reads it, or None where it does not fit."""
    if value in (UNKNOWN, NONE) and isinstance(value, str):
        return value
    if isinstance(declared.range, tuple):
        record = records.get(value) if isinstance(value, str) else None
        return record if record is not None and record.type in declared.range else None
    if declared.range == "quantity":
        return (
            value if isinstance(value, Quantity) else Quantity(exact=value) if isinstance(value, int | float) else None
        )
    if not isinstance(value, str):
        return None
    if declared.range == "text":
        return value
    try:
        return dates.parse(value)
    except DateError:
        return None


def origin(
    source: Source, citation: Citation, records: Mapping[str, AnyRecord], seen: tuple[str, ...] = ()
) -> tuple[str, bool]:
    """Where the words at a place go back to, as far as the record of the source says, and whether that is known or inferred.

    A voice is its own origin, or that of the state it speaks for; otherwise the source's lineage is followed; otherwise
    the origin is the publisher, so that two articles of one newsroom without a named source count once.
    """
    voice = next((v for v in source.voices if v.id == citation.voice), None) if citation.voice else None
    if voice is not None:
        if voice.speaks_for or voice.entity:
            return voice.speaks_for or voice.entity or "", True
        return (source.publisher if voice.kind == "unattributed" else f"{source.id}#{voice.id}"), True
    lineage = had_from(source, citation.at)
    if lineage is None:
        return source.publisher, True
    known = lineage.inferred is None
    earlier = records.get(lineage.origin)
    if isinstance(earlier, Source) and earlier.id not in seen:
        somewhere = Citation(source=earlier.id, at="somewhere")  # which paragraph was repeated is not recorded
        first, known_further = origin(earlier, somewhere, records, (*seen, source.id))
        return first, known and known_further
    return lineage.origin, known


def had_from(source: Source, at: int | str) -> Lineage | None:
    """Where a source had what it says at a place from; what is said of the paragraph comes before what is said of all."""
    if not source.lineage:
        return None
    return next(
        (entry for entry in sorted(source.lineage, key=lambda entry: not entry.at) if not entry.at or at in entry.at),
        None,
    )


def _independent(cites: tuple[Cite, ...]) -> tuple[str, ...]:
    """Origins that count as independent of each other.

    What an outlet says in its own words beside a voice of the same article is taken to come from that voice, and an
    origin that is only inferred counts where no other is known.
    """
    voiced = {cite.source.id for cite in cites if cite.voice is not None}
    own = [cite for cite in cites if cite.voice is not None or cite.source.id not in voiced]
    known = [cite for cite in own if cite.counted]
    return tuple(dict.fromkeys(cite.origin for cite in known or own[:1]))


def conflicts(about: Iterable[Linked]) -> Iterator[tuple[Linked, Linked]]:
    """Pairs of statements about one subject that cannot both hold: same single-valued property and scope, times that overlap, other values, no dispute joining them.

    Scope is the same where place, agency, sector and group are; a statement about Ningbo does not contradict one about China.
    """
    groups: dict[tuple[object, ...], list[Linked]] = defaultdict(list)
    for statement in about:
        if statement.declared.single:
            q = statement.statement.qualifiers
            groups[(statement.statement.property, q.place, q.agency, q.sector, q.group)].append(statement)
    for group in groups.values():
        for a, b in combinations(group, 2):
            joined = {d.id for d, _ in a.disputes} & {d.id for d, _ in b.disputes}
            if not joined and _times_overlap(a, b) and not compatible(a.value, b.value):
                yield a, b


def compatible(a: Value, b: Value) -> bool:
    """Whether both values can hold at once. "About" reaches a tenth either way; amounts in different units are not compared."""
    if UNKNOWN in (a, b):
        return NONE not in (a, b)
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        if (a.unit, a.currency, a.per) != (b.unit, b.currency, b.per):
            return True
        (low_a, high_a), (low_b, high_b) = _reach(a), _reach(b)
        return low_a <= high_b and low_b <= high_a
    if isinstance(a, Edtf) and isinstance(b, Edtf):
        return a.overlaps(b)
    return a == b


def _link_statement(
    record: AnyRecord,
    statement: Statement,
    records: Mapping[str, AnyRecord],
    vocabulary: Vocabulary,
    positions: Mapping[str, list[tuple[Dispute, Position]]],
) -> Linked | None:
    declared = vocabulary.properties.get(statement.property)
    value = resolve(statement.value, declared, records) if declared else None
    if declared is None or value is None:
        return None
    if isinstance(value, Quantity) and not (value.unit or value.currency):
        unit = (record.unit if isinstance(record, Figure) else None) or declared.unit
        value = value.counting(unit)
    cites = tuple(
        _cite(citation, source, records)
        for citation in statement.cites
        if isinstance(source := records.get(citation.source), Source)
    )
    origins = _independent(cites)
    disputes = tuple(positions.get(f"{record.id}#{statement.id}", ())) if positions else ()
    live = any(dispute.status in ("open", "partly-settled") for dispute, _ in disputes)
    status: Status = "contested" if live else "corroborated" if len(origins) > 1 else "reported"
    sentence = words.sentence(record, declared, value, statement)
    return Linked(record, statement, declared, value, cites, origins, disputes, status, sentence)


def _cite(citation: Citation, source: Source, records: Mapping[str, AnyRecord]) -> Cite:
    voice = next((v for v in source.voices if v.id == citation.voice), None) if citation.voice else None
    publisher = records.get(source.publisher)
    says = publisher.caption if publisher else source.caption
    if voice is not None:
        supervised = ", who spoke under state supervision" if voice.supervised else ""
        through = [records[i].caption for i in voice.through if i in records]
        by_way = f", by way of {' and '.join(through)}" if through else ""
        says = f"{says}, citing {voice.description}{supervised}{by_way}"
    return Cite(citation, source, voice, *origin(source, citation, records), says)


def _times_overlap(a: Linked, b: Linked) -> bool:
    time_a, time_b = a.statement.qualifiers.time, b.statement.qualifiers.time
    return time_a is None or time_b is None or time_a.overlaps(time_b)


def _time_key(linked: Linked) -> tuple[object, str]:
    time = linked.statement.qualifiers.time
    return (time.sort_key if time else (), linked.statement.id)


def _reach(quantity: Quantity) -> tuple[float, float]:
    low, high = quantity.bounds
    margin = abs(low) / 10 if quantity.about is not None else 0
    return low - margin, high + margin
