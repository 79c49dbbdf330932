"""The linked base and copies of sources in; of every citation whether what it is cited for stands there, out.

A copy is a text file whose sha256 a source's record has, or that is named after the source. Its paragraphs are its
non-empty lines, counted from 1. Looked for are figures, dates and names: those of the value, of the scope and, where it
goes by a name of its own, of the subject. Where something does not literally stand there, the citation itself says why
(`inferred`, `converted`, `spelled-out`). What is said of a figure, a date or a name is left to a reader.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from kb import problems
from kb.atlas import LIES_IN
from kb.dates import Edtf
from kb.graph import KnowledgeBase, Linked
from kb.load import locate, read_text
from kb.model import (
    NONE,
    UNKNOWN,
    AnyRecord,
    Citation,
    Institution,
    NamedPerson,
    Place,
    Quantity,
    Source,
)
from kb.naming import LINK, Keys
from kb.passage import Passage, amounts, content, moments, words
from kb.problems import Problem
from kb.words import counted, number, visible

Outcome: TypeAlias = Literal["verified", "not found", "no copy"]
Kind: TypeAlias = Literal["figure", "date", "name", "words"]

_FREES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"the (?:end of the )?(?:year|month|day|date|time)s?\b", re.IGNORECASE), frozenset({"date"})),
    (
        re.compile(r"(?:of |from |by |for )?(?:who|whom|whose|where|which)\b", re.IGNORECASE),
        frozenset({"date", "name"}),
    ),
    (re.compile(""), frozenset({"date", "name", "figure", "words"})),
)
"""How an inference begins, and what it is taken to be about."""
_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
_NAME = re.compile(
    r"(?<![^\W_])[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:[.'’-][^\W\d_]+)*\.?(?: [^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:[.'’-][^\W\d_]+)*)*"
)
_ANYBODY = frozenset(["abroad", "other", "others", "people", "person", "persons"])
_MONEY = re.compile(r"\bUS (?=dollars?\b)")
_SAYS_WHY: Mapping[Kind, tuple[str, ...]] = {
    "figure": ("converted", "spelled_out"), "date": ("converted",), "name": ("spelled_out",), "words": (),
}  # fmt: skip
"""Which words of the source, given by the citation, may stand for what."""


class Sought(NamedTuple):
    """Something a citation is cited for."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind} “{self.text}”"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a source."""

    path: Path
    sha256: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A citation and what came of it."""

    record: AnyRecord
    keys: Keys
    """The way to the citation in the record's file."""
    of: str
    """What rests on it: `record#statement`, or `record, name “…”`."""
    citation: Citation
    outcome: Outcome
    found: tuple[Sought, ...] = ()
    """What stands there."""
    missing: tuple[Sought, ...] = ()
    """What does not stand there, and no reason is given."""
    explained: tuple[Sought, ...] = ()
    """What does not literally stand there, and the citation says why."""
    unlikely: tuple[Sought, ...] = ()
    """Of these the dates in another year than the source's, which the reason does not name."""
    past_the_end: int | None = None
    """How many paragraphs the copy has, where the one cited is not among them."""


@dataclass(frozen=True, slots=True)
class Verified:
    """All that was looked at."""

    citations: tuple[Checked, ...]
    problems: tuple[Problem, ...]
    """What is not found, as path:line:col of the citation, and copies that are not the ones recorded."""

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many citations have each outcome."""
        found = Counter(checked.outcome for checked in self.citations)
        return {outcome: found[outcome] for outcome in ("verified", "not found", "no copy")}


def verify(kb: KnowledgeBase, folder: Path, sources: Iterable[str] = ()) -> Verified:
    """Check every citation of `sources` (of all, where none is named) against the copies in a folder."""
    wanted = set(sources)
    looked_at = [r for r in kb.by_type["sources"] if isinstance(r, Source) and (not wanted or r.id in wanted)]
    copies, wrong = find_copies(looked_at, folder)
    for source in looked_at:
        if source.id in copies:
            wrong += _not_as_recorded(kb, source, copies[source.id])
    checked = []
    names = _spellings(kb)
    for record, keys, of, citation, sought in _citations(kb, names):
        cited = kb.records.get(citation.source)
        if isinstance(cited, Source) and (not wanted or cited.id in wanted):
            checked.append(_checked(record, keys, of, citation, sought, cited, copies.get(cited.id)))
    wrong += [_problem(kb, found, "not-found", told(found)) for found in checked if found.outcome == "not found"]
    wrong += [
        _problem(
            kb,
            found,
            "inferred-date",
            f"{found.of}: {date} is no year of {found.citation.source}: name it in the reason",
        )
        for found in checked
        for date in found.unlikely
    ]
    return Verified(tuple(checked), tuple(sorted(wrong)))


def report(kb: KnowledgeBase, found: Verified, form: Literal["text", "json"] = "text") -> str:
    """Every citation with its outcome, problems as path:line:col, and how many there are of each."""
    tally = ", ".join(f"{n} {outcome}" for outcome, n in found.counts.items())
    explained = sum(bool(checked.explained) for checked in found.citations)
    nothing = sum(c.outcome == "verified" and not c.found and not c.explained for c in found.citations)
    if form == "json":
        return json.dumps(
            {
                "citations": [_as_json(kb, checked) for checked in found.citations],
                "problems": json.loads(problems.report(found.problems, "json")),
                "summary": {**found.counts, "explained": explained, "nothing to look for": nothing},
            },
            ensure_ascii=False,
            indent=1,
        )
    lines = [visible(f"{c.outcome}: {told(c)}") for c in found.citations if c.outcome != "not found"]
    if found.problems:
        lines.append(problems.report(found.problems))
    return "\n".join(
        [
            *lines,
            f"{counted(len(found.citations), 'citation')}: {tally}; "
            f"in {explained} a reason stands for something, in {nothing} there is nothing to look for",
        ]
    )


def _as_json(kb: KnowledgeBase, checked: Checked) -> dict[str, object]:
    return {
        "of": checked.of,
        "path": str(kb.loaded.path(checked.record)),
        "source": checked.citation.source,
        "at": checked.citation.at,
        "outcome": checked.outcome,
        "found": [sought._asdict() for sought in checked.found],
        "missing": [sought._asdict() for sought in checked.missing],
        "explained": [sought._asdict() for sought in checked.explained],
    }


# --- copies ----------------------------------------------------------------------------------------------------------


def find_copies(sources: Iterable[Source], folder: Path) -> tuple[dict[str, Copy], list[Problem]]:
    """The copy of each source by its id, and the copies that cannot be read. The recorded digest comes before the name."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    digests = {path: sha256(path.read_bytes()).hexdigest() for path in files}
    by_digest = {digest: path for path, digest in reversed(digests.items())}
    copies, wrong = {}, []
    for source in sources:
        path = by_digest.get(source.sha256 or "", folder / f"{source.id}.txt")
        if path not in digests:
            continue
        text, problem = read_text(path)
        if text is None:
            wrong += [problem] if problem else []
        else:
            copies[source.id] = Copy(path, digests[path], paragraphs(text))
    return copies, wrong


def paragraphs(text: str) -> tuple[str, ...]:
    """The non-empty lines of a copy; one that holds only spaces, no-break ones included, is empty."""
    return tuple(line.strip() for line in re.split(r"\r\n|\r|\n", text) if line.strip())


def _not_as_recorded(kb: KnowledgeBase, source: Source, copy: Copy) -> Iterator[Problem]:
    path = kb.loaded.path(source)
    text = read_text(path)[0] or ""
    if source.sha256 is None:
        yield Problem(str(path), 1, 1, "unrecorded-copy", f"record the copy that was read, sha256: {copy.sha256}")
    elif source.sha256 != copy.sha256:
        message = f"{copy.path.name} is another copy, of sha256 {copy.sha256}: read the one recorded, or read this one and record it"
        yield Problem(str(path), *locate(text, ("sha256",)), "other-copy", message)
    if source.paragraphs is None:
        yield Problem(str(path), 1, 1, "unrecorded-copy", f"record its number of paragraphs: {len(copy.paragraphs)}")
    elif source.paragraphs != len(copy.paragraphs):
        message = f"found {len(copy.paragraphs)} paragraphs in {copy.path.name}, recorded are {source.paragraphs}"
        yield Problem(str(path), *locate(text, ("paragraphs",)), "other-copy", message)


# --- citations -------------------------------------------------------------------------------------------------------

Look: TypeAlias = Iterator[tuple[Sought, bool]]
"""What is looked for, and whether it stands there."""
Check: TypeAlias = Callable[[Passage], Look]


def _citations(kb: KnowledgeBase, names: _Names) -> Iterator[tuple[AnyRecord, Keys, str, Citation, Check]]:
    for record in kb.records.values():
        for i, name in enumerate(record.names):
            for j, citation in enumerate(name.cites):
                yield (
                    record,
                    ("names", i, "cites", j),
                    f"{record.id}, name “{name.value}”",
                    citation,
                    _printed(name.value),
                )
        for i, statement in enumerate(record.statements):
            linked = kb.statements.get(f"{record.id}#{statement.id}")
            if linked is None or linked.statement is not statement:
                continue  # does not fit the vocabulary: told by kb check
            for j, citation in enumerate(statement.cites):
                yield record, ("statements", i, "cites", j), linked.ref, citation, _said(kb, names, linked)


def _checked(
    record: AnyRecord, keys: Keys, of: str, citation: Citation, check: Check, source: Source, copy: Copy | None
) -> Checked:
    if copy is None:
        return Checked(record, keys, of, citation, "no copy")
    if not isinstance(citation.at, int):  # a page or a minute: the whole copy is looked through
        text = "\n".join(copy.paragraphs)
    elif citation.at <= len(copy.paragraphs):
        text = copy.paragraphs[citation.at - 1]
    else:
        return Checked(record, keys, of, citation, "not found", past_the_end=len(copy.paragraphs))
    passage = Passage(text, source.language, source.issued)
    given = {"converted": citation.converted, "spelled_out": citation.spelled_out}
    there = {way for way, words in given.items() if words and passage.has_phrase(words)}
    inferred = next(kinds for opening, kinds in _FREES if opening.match(citation.inferred)) if citation.inferred else ()
    missing = [Sought("words", words) for way, words in given.items() if words and way not in there]
    found: list[Sought] = []
    explained: list[Sought] = []
    for sought, stands in dict.fromkeys(check(passage)):
        why = sought.kind in inferred or not there.isdisjoint(_SAYS_WHY[sought.kind])
        (found if stands else explained if why else missing).append(sought)
    reason = citation.inferred or ""
    unlikely = tuple(sought for sought in explained if not there and _unlikely(sought, reason, source))
    outcome: Outcome = "not found" if missing else "verified"
    return Checked(record, keys, of, citation, outcome, tuple(found), tuple(missing), tuple(explained), unlikely)


def _unlikely(date: Sought, reason: str, source: Source) -> bool:
    """Whether a date is of a year in which the source was not published and which the reason does not name."""
    year = re.search(r"\d{4}", date.text)
    first, last = source.issued.lower or (0,), source.issued.upper or (9999,)
    return (
        date.kind == "date" and year is not None and not first[0] <= int(year[0]) <= last[0] and year[0] not in reason
    )


def _problem(kb: KnowledgeBase, checked: Checked, code: str, message: str) -> Problem:
    path = kb.loaded.path(checked.record)
    return Problem(str(path), *locate(read_text(path)[0] or "", checked.keys), code, message)


def told(checked: Checked) -> str:
    """A citation and what came of it, in one line."""
    at = checked.citation.at
    where = f"{checked.citation.source}, {f'paragraph {at}' if isinstance(at, int) else at}"
    if checked.past_the_end is not None:
        return f"{checked.of}: {where} is past the end, the copy has {checked.past_the_end} paragraphs"
    if checked.missing:
        return f"{checked.of}: {where} has no {', no '.join(map(str, checked.missing))}"
    if checked.outcome == "no copy":
        return f"{checked.of}: {where}"
    has = f" has {', '.join(map(str, checked.found))}" if checked.found else ""
    because = f" (explained: {', '.join(map(str, checked.explained))})" if checked.explained else ""
    return f"{checked.of}: {where}{has}{because or ('' if has else ' is there; nothing else to look for')}"


# --- what is looked for ----------------------------------------------------------------------------------------------

_Names: TypeAlias = Mapping[tuple[str, ...], tuple[AnyRecord, ...]]
"""Every spelling, as its folded words, and the records that bear it."""


def _spellings(kb: KnowledgeBase) -> _Names:
    found: dict[tuple[str, ...], tuple[AnyRecord, ...]] = {}
    for record in kb.records.values():
        if isinstance(record, NamedPerson | Place | Institution):
            for spelling in _spelled(record):
                found[tuple(words(spelling))] = (*found.get(tuple(words(spelling)), ()), record)
    return found


def _spelled(record: AnyRecord) -> list[str]:
    return [record.caption, *(name.value for name in record.names)]


def _printed(name: str) -> Check:
    def check(passage: Passage) -> Look:
        yield Sought("name", name), passage.has_phrase(name)

    return check


def _said(kb: KnowledgeBase, names: _Names, linked: Linked) -> Check:
    def check(passage: Passage) -> Look:
        value, scope = linked.value, linked.statement.qualifiers
        if isinstance(linked.subject, NamedPerson | Place | Institution):
            yield from _name(kb, linked.subject, passage)
        if isinstance(value, Quantity):
            yield from _figure(value, passage)
        elif isinstance(value, Edtf):
            yield from _date(value, passage)
        elif isinstance(value, str):
            yield from _text(kb, names, value, passage) if value not in (UNKNOWN, NONE) else ()
        else:
            yield from _name(kb, value, passage)
        if scope.time:
            yield from _date(scope.time, passage)
        for id_ in (scope.place, scope.agency, scope.group):
            if id_ and id_ in kb.records:
                yield from _name(kb, kb.records[id_], passage)

    return check


def _figure(value: Quantity, passage: Passage) -> Look:
    percent = bool(value.unit and value.unit.startswith("percent"))
    for amount in (value.exact, value.about, value.at_least, value.at_most, value.low, value.high):
        if amount is not None:
            text = f"{amount:.10g}%" if percent else number(amount)
            yield Sought("figure", text), passage.has_amount(amount, percent)
    if value.currency:
        yield Sought("figure", value.currency), passage.has_currency(value.currency)
    if value.per:
        yield Sought("figure", f"a {value.per}"), passage.has_period(value.per)


def _date(date: Edtf, passage: Passage) -> Look:
    missing = passage.missing(date)
    yield from ((Sought("date", part), False) for part in missing)
    if not missing:
        yield Sought("date", date.words), True


def _name(kb: KnowledgeBase, record: AnyRecord, passage: Passage) -> Look:
    """The name of a record, by any spelling or that of a place within it; or half of the words of the role it goes by, or its number."""
    if isinstance(record, NamedPerson | Place | Institution):
        yield Sought("name", record.caption), any(_bears(r, passage) for r in (record, *_within(kb, record)))
        return
    role = [word for word in content(record.caption) if word not in _ANYBODY]
    there = sum(passage.has_word(word, ending=6) for word in role)
    counted = any(passage.has_amount(n.value) for n in amounts(record.caption) if n.value > 2)
    yield Sought("name", record.caption), counted or (there > 0 and 2 * there >= len(role))


def _bears(record: AnyRecord, passage: Passage) -> bool:
    if any(passage.has_name(spelling) for spelling in _spelled(record)):
        return True
    return isinstance(record, NamedPerson) and any(  # “Darusman said”
        len(word) > 3 and passage.has_word(word, 1) for spelling in _spelled(record) for word in content(spelling)
    )


def _within(kb: KnowledgeBase, record: AnyRecord, seen: tuple[str, ...] = ()) -> Iterator[AnyRecord]:
    """Places that lie in a place, near or far."""
    for link in kb.backlinks.get(record.id, ()) if isinstance(record, Place) else ():
        inner = kb.records[link.record.id]
        if link.by == LIES_IN and isinstance(inner, Place) and inner.id not in seen:
            yield inner
            yield from _within(kb, inner, (*seen, record.id))


def _text(kb: KnowledgeBase, names: _Names, text: str, passage: Passage) -> Look:
    """The links, quotations, dates, numbers and names of a text."""
    for link in LINK.finditer(text):
        if link[1].strip() in kb.records:
            yield from _name(kb, kb.records[link[1].strip()], passage)
    text = LINK.sub("", text)
    for quoted in _QUOTED.finditer(text):
        yield Sought("words", quoted[1] or quoted[2]), passage.has_phrase(quoted[1] or quoted[2])
    text = _QUOTED.sub("", text)
    read_to, written = 0, text
    for moment, (start, end) in sorted(moments(text), key=lambda found: (found[1][0], -found[1][1])):
        if start < read_to:
            continue  # the year of a date that was read whole
        read_to, text = end, text[:start] + " " * (end - start) + text[end:]
        if moment.year and not moment.month and passage.has_amount(moment.year):  # 2000 may be a number as well
            yield Sought("figure", str(moment.year)), True
        elif moment.year:
            date = "-".join(f"{part:02}" for part in moment if part is not None)
            yield from _date(Edtf(date, None, None, written[start:end].strip()), passage)
        elif moment.month:
            yield Sought("date", written[start:end].strip()), any(m.month == moment.month for m in passage.moments)
    for amount in amounts(text):
        if amount.value > 1 and not amount.fraction:
            figure = f"{number(amount.value)}{'%' if amount.percent else ''}"
            yield Sought("figure", figure), passage.has_amount(amount.value, amount.percent)
    for run in _NAME.finditer(_MONEY.sub("", text)):
        spelled = tuple(words(run[0]))
        if bearers := names.get(spelled):
            there = any(_bears(r, passage) for bearer in bearers for r in (bearer, *_within(kb, bearer)))
            yield Sought("name", run[0]), there
            continue
        parts = run[0].split(" ")
        begins = text[: run.start()].rstrip()[-1:] in ("", ".", "!", "?", ":")
        for part in parts[1:] if begins and not parts[0].isupper() else parts:
            yield Sought("name", part), all(map(passage.has_word, words(part)))
