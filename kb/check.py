"""The linked knowledge base in; every remaining problem out.

Each rule is a generator of faults: the record, the keys that lead to the place, a code and a message. Places are looked
up in the files only for the faults found, so a clean base costs nothing. Most rules look at one record and what it
names, so that after an edit only the records it reaches are looked at again.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kb import calculate, words
from kb.changes import release_problems
from kb.duplicates import distinct_records_exist, likely_duplicates
from kb.graph import Fault, KnowledgeBase, conflicts, link, resolve
from kb.load import VOCABULARY, load, locate, read_text
from kb.model import (
    NONE,
    SINGULAR,
    UNKNOWN,
    AnyRecord,
    Citation,
    Dispute,
    Figure,
    Property,
    Quantity,
    Source,
)
from kb.naming import LINK, Keys, references, texts
from kb.problems import Problem, did_you_mean
from kb.protect import (
    anonymous_voices_stay_wide,
    pages_withhold_names,
    role_only_records_reveal_nothing,
    vocabulary_withholds_names,
    withheld_names_stand_nowhere,
)
from kb.reads import ALL, WHOLE, trait
from kb.wording import words_take_no_side

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MARKUP = re.compile(r"</?[a-zA-Z!][^>]*>|\{\{|\{%|\{#|\]\(|javascript:", re.IGNORECASE)


def check(kb: KnowledgeBase, docs: Path | None = None) -> list[Problem]:
    """All problems: those met while loading, and what every rule finds. `docs` is where prose for records may stand.

    Likely duplicates are told here alone: to look for them is to read every name, whatever was edited.
    """
    found = check_base(kb, docs)
    for record in kb.loaded.records:
        found += check_record(kb, record)
    found += [_problem(kb, fault) for fault in likely_duplicates(kb)]
    return sorted(set(found))


def check_base(kb: KnowledgeBase, docs: Path | None = None) -> list[Problem]:
    """Problems of files, of ids, of the vocabulary, and of wording everywhere."""
    found = list(kb.loaded.problems)
    for rule in OF_THE_BASE:
        found += [_problem(kb, fault) for fault in rule(kb)]
    found += words_take_no_side(kb, docs)
    found += release_problems(kb)
    if docs is not None:
        found += [*prose_has_a_record(kb, docs), *pages_withhold_names(kb, docs)]
    return found


def check_record(kb: KnowledgeBase, record: AnyRecord) -> list[Problem]:
    """Problems of a record and of what it names."""
    kb.reads.now.add(trait(record.id, WHOLE))
    return [_problem(kb, fault) for rule in RULES for fault in rule(kb, record)]


def ids_are_unique(kb: KnowledgeBase) -> Iterator[Fault]:
    """Ids are unique over all types, and a former id is never used again."""
    counts = Counter([record.id for record in kb.loaded.cards])
    renamed = [record for record in kb.loaded.cards if record.former_ids]
    former = Counter(former for record in renamed for former in record.former_ids)
    for record in kb.loaded.cards if len(counts) < len(kb.loaded.cards) else renamed:
        if counts[record.id] > 1:
            others = [r.type for r in kb.loaded.cards if r.id == record.id and r is not record]
            yield record, (), "duplicate-id", f"the id “{record.id}” is also used in {' and '.join(others)}"
        for i, old in enumerate(record.former_ids):
            if old in counts:
                yield record, ("former_ids", i), "duplicate-id", f"the former id “{old}” is the id of another record"
            elif former[old] > 1:
                yield record, ("former_ids", i), "duplicate-id", f"the former id “{old}” is claimed twice"


def parts_are_unique(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Anchors within a record are unique."""
    lists: list[tuple[str, Iterable[object]]] = [("statements", record.statements)]
    if isinstance(record, Dispute):
        lists.append(("positions", record.positions))
    if isinstance(record, Dispute | Figure):
        lists.append(("calculations", record.calculations))
    if isinstance(record, Source):
        lists = [*lists, ("voices", record.voices)]
    seen: set[str] = set()
    for key, items in lists:
        for i, item in enumerate(items):
            anchor: str = getattr(item, "id")  # noqa: B009 - every item of these lists has one
            if anchor in seen:
                yield (
                    record,
                    (key, i, "id"),
                    "duplicate-statement",
                    f"the id “{anchor}” stands twice in this record",
                )
            seen.add(anchor)


def references_resolve(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Every id names a record of a type that belongs there."""
    known = kb.cards[record.id].type == record.type
    for target, _, keys, types in kb.references[record.id] if known else references(record):
        yield from _is_record(kb, record, keys, target, types)


def statements_fit_the_vocabulary(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Property, subject, range, unit and sector of every statement."""
    properties, sectors = kb.vocabulary.properties, kb.vocabulary.sectors
    if Path(VOCABULARY).stem in kb.loaded.unread:
        return
    for i, statement in enumerate(record.statements):
        sector = statement.qualifiers.sector
        if sector and sector not in sectors:
            hint = did_you_mean(sector, sectors)
            yield record, ("statements", i, "qualifiers", "sector"), "unknown-sector", f"no sector “{sector}”{hint}"
        declared = properties.get(statement.property)
        if declared is None:
            hint = did_you_mean(statement.property, properties)
            yield (
                record,
                ("statements", i, "property"),
                "unknown-property",
                f"no property “{statement.property}”{hint}",
            )
            continue
        if declared.subjects and record.type not in declared.subjects:
            message = f"“{statement.property}” is for {', '.join(declared.subjects)}, not for {record.type}"
            yield record, ("statements", i, "property"), "wrong-subject", message
        value = resolve(statement.value, declared, kb.records)
        if value is None:
            yield from _wrong_value(kb, record, i, declared)
        elif isinstance(value, Quantity):
            given = value.unit or value.currency or declared.unit
            if not given and not (isinstance(record, Figure) and record.unit):
                yield record, ("statements", i, "value"), "missing-unit", "the quantity has no unit and no currency"


def citations_point_at_a_place(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Every citation names a source, a paragraph it has, and a voice it declares."""
    owners: list[tuple[Keys, tuple[Citation, ...]]] = [
        (("statements", i), s.cites) for i, s in enumerate(record.statements)
    ]
    owners += [(("names", i), n.cites) for i, n in enumerate(record.names)]
    for owner, cites in owners:
        for j, cite in enumerate(cites):
            keys = (*owner, "cites", j)
            source = kb.records.get(cite.source)
            yield from _is_record(kb, record, (*keys, "source"), cite.source, ("sources",))
            if not isinstance(source, Source):
                continue
            at, voice = cite.at, cite.voice
            if isinstance(at, int) and source.paragraphs and at > source.paragraphs:
                message = f"paragraph {at} is past the end: {source.id} has {source.paragraphs} paragraphs"
                yield record, (*keys, "at"), "past-the-end", message
            if at in source.furniture:
                yield (
                    record,
                    (*keys, "at"),
                    "cites-furniture",
                    f"paragraph {at} of {source.id} is not part of the article",
                )
            voices = [v.id for v in source.voices]
            if voice and voice not in voices:
                message = f"{source.id} declares no voice “{voice}”{did_you_mean(voice, voices)}"
                yield record, (*keys, "voice"), "unknown-voice", message


def lineage_ends(kb: KnowledgeBase, source: AnyRecord) -> Iterator[Fault]:
    """Following lineage from source to source never comes back."""
    if not isinstance(source, Source):
        return
    for i, lineage in enumerate(source.lineage):
        ahead, seen = [lineage.origin], set()
        while ahead:
            step = kb.records.get(ahead.pop())
            if isinstance(step, Source) and step.id not in seen:
                seen.add(step.id)
                ahead += [entry.origin for entry in step.lineage]
        if source.id in seen:
            message = f"“{lineage.origin}” leads back to {source.id} itself"
            yield source, ("lineage", i, "origin"), "circular-lineage", message


def single_values_agree(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Single-valued properties do not disagree in one scope, unless a dispute joins the statements."""
    for a, b in conflicts(kb.of_subject.get(record.id, ())):
        i = next(i for i, s in enumerate(b.subject.statements) if s is b.statement)
        message = f"disagrees with {a.ref}: set their scopes apart, or join both in a dispute"
        yield b.subject, ("statements", i, "value"), "conflict", message


def disputes_rest_on_statements(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Positions, common ground and calculations name statements that exist."""
    lists: dict[str, list[tuple[str, ...]]] = {}
    if isinstance(record, Dispute):
        lists = {
            "positions": [position.statements for position in record.positions],
            "common-ground": [agreed.statements for agreed in record.common_ground],
        }
    for key, items in lists.items():
        for i, refs in enumerate(items):
            for j, ref in enumerate(refs):
                yield from _is_statement(kb, record, (key, i, "statements", j), ref)
    for i, sum_ in enumerate(record.calculations if isinstance(record, Dispute | Figure) else ()):
        for name, ref in sum_.inputs.items():
            yield from _is_statement(kb, record, ("calculations", i, "inputs", name), ref)


def calculations_come_out(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Every calculation, worked again, gives the result written."""
    for i, sum_ in enumerate(record.calculations if isinstance(record, Dispute | Figure) else ()):
        quantities = {name: kb.value_of(ref) for name, ref in sum_.inputs.items()}
        inputs = {name: calculate.amounts(value) for name, value in quantities.items() if isinstance(value, Quantity)}
        if any(value is None for value in quantities.values()):
            continue  # told by disputes_rest_on_statements
        for name in quantities.keys() - inputs.keys():
            message = f"{sum_.inputs[name]} is not a quantity"
            yield record, ("calculations", i, "inputs", name), "bad-expression", message
        if inputs.keys() < quantities.keys():
            continue
        try:
            worked = calculate.work(sum_.expression, inputs)
        except calculate.ExpressionError as error:
            yield record, ("calculations", i, "expression"), "bad-expression", str(error)
            continue
        if not calculate.agrees(sum_.result, worked):
            ends = " to ".join(f"{end:,.10g}" for end in dict.fromkeys(worked))
            yield record, ("calculations", i, "result"), "wrong-result", f"the expression gives {ends}"


def numbers_in_summaries_rest_on_statements(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """A number in a summary stands in a statement of the record, or in its name."""
    numbers = _NUMBER.findall(LINK.sub(lambda m: m[2] or "", record.summary))  # ids are not shown
    if not numbers:
        return
    known = {_plain(n) for keys, text in texts(record) if keys[0] != "summary" for n in _NUMBER.findall(text)}
    known |= {_plain(n) for n in _NUMBER.findall(record.id)}
    for statement in record.statements:
        if isinstance(statement.value, Quantity):
            q = statement.value
            known |= {_plain(str(n)) for n in (q.exact, q.about, q.at_least, q.at_most, q.low, q.high) if n is not None}
            known |= {_plain(n) for n in _NUMBER.findall(words.quantity(q))}  # 2.3 of 2.3 billion
        elif isinstance(statement.value, int | float):
            known |= {_plain(str(statement.value)), *map(_plain, _NUMBER.findall(words.number(statement.value)))}
        if time := statement.qualifiers.time:
            known |= {_plain(n) for n in _NUMBER.findall(f"{time.text.replace('-', ' ')} {time.words}")}
        if isinstance(statement.value, str):
            known |= {_plain(n) for n in _NUMBER.findall(statement.value.replace("-", " "))}
    if isinstance(record, Source):
        known |= {_plain(n) for n in _NUMBER.findall(record.issued.text.replace("-", " "))}
    for number in numbers:
        if _plain(number) not in known:
            yield record, ("summary",), "uncited-number", f"no statement of this record has the number {number}"


def properties_read_both_ways(kb: KnowledgeBase) -> Iterator[Fault]:
    """A property that points to records says how it reads from the other side."""
    for name, declared in kb.vocabulary.properties.items():
        if isinstance(declared.range, tuple) and not declared.reverse:
            yield (
                None,
                ("properties", name),
                "missing-reverse",
                f"“{name}” points to {', '.join(declared.range)} and has no reverse",
            )


def movements_lead_to_places(kb: KnowledgeBase) -> Iterator[Fault]:
    """A property that the map draws as a movement points to places."""
    for name, declared in kb.vocabulary.properties.items():
        if declared.movement and (isinstance(declared.range, str) or "places" not in declared.range):
            found = declared.range if isinstance(declared.range, str) else ", ".join(declared.range)
            message = f"found {found}, expected places: “{name}” is a movement"
            yield None, ("properties", name, "range"), "wrong-range", message


def text_is_plain(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """Text is plain and visible; anything else is shown as written, and told."""
    card = kb.cards[record.id]
    if not (card.plain and card.type == record.type):
        yield from _hidden_or_marked(record, texts(record))


def vocabulary_is_plain(kb: KnowledgeBase) -> Iterator[Fault]:
    """So is that of the vocabulary."""
    yield from _hidden_or_marked(None, texts(kb.vocabulary))


def _hidden_or_marked(record: AnyRecord | None, found: Iterable[tuple[Keys, str]]) -> Iterator[Fault]:
    for keys, text in found:
        if not text.isprintable():
            hidden = [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs")]
            if hidden:
                told = f"found U+{ord(hidden[0]):04X} {unicodedata.name(hidden[0], '')}".rstrip()
                yield record, keys, "invisible-character", told
        if _MARKUP.search(text):
            yield record, keys, "markup-in-text", "found what looks like markup; it will be shown as written"


OF_THE_BASE: tuple[Callable[[KnowledgeBase], Iterator[Fault]], ...] = (
    ids_are_unique,
    properties_read_both_ways,
    movements_lead_to_places,
    vocabulary_is_plain,
    vocabulary_withholds_names,
    distinct_records_exist,
)
"""Rules that look at all records at once, as far as their cards tell, or at the vocabulary."""

RULES: tuple[Callable[[KnowledgeBase, AnyRecord], Iterator[Fault]], ...] = (
    parts_are_unique,
    references_resolve,
    statements_fit_the_vocabulary,
    citations_point_at_a_place,
    lineage_ends,
    single_values_agree,
    disputes_rest_on_statements,
    calculations_come_out,
    numbers_in_summaries_rest_on_statements,
    text_is_plain,
    role_only_records_reveal_nothing,
    anonymous_voices_stay_wide,
    withheld_names_stand_nowhere,
)
"""Rules that look at a record and at what it names."""


def prose_has_a_record(kb: KnowledgeBase, docs: Path) -> Iterator[Problem]:
    """Prose in docs/<type>/<id>.md stands beside a record of that type."""
    for type_name, named in kb.ids_of.items():
        ids = set(named)
        files = os.listdir(docs / type_name) if (docs / type_name).is_dir() else ()  # noqa: PTH208  # after every edit
        for name in sorted({file.removesuffix(".md") for file in files if file.endswith(".md")} - ids):
            if name not in ("index", "_page"):
                message = f"there is no {SINGULAR[type_name]} “{name}”{did_you_mean(name, ids)}"
                yield Problem(str(docs / type_name / f"{name}.md"), 1, 1, "stray-file", message)


def _problem(kb: KnowledgeBase, fault: Fault) -> Problem:
    record, keys, code, message = fault
    path = kb.loaded.path(record) if record is not None else kb.loaded.data / VOCABULARY
    text, _ = read_text(path)
    line, column = locate(text or "", keys, key=code == "missing-reverse")
    return Problem(str(path), line, column, code, message)


def _is_record(
    kb: KnowledgeBase, record: AnyRecord, keys: Keys, target: str, types: tuple[str, ...]
) -> Iterator[Fault]:
    found = kb.records.get(target)
    if found is None:
        kb.reads.now.add(ALL)  # what is there instead
        if target in kb.loaded.unread:
            return
        if target in kb.former:
            yield record, keys, "unknown-record", f"“{target}” is now “{kb.former[target]}”"
        else:
            near = [id_ for name in types for id_ in kb.ids_of.get(name, ())]
            yield record, keys, "unknown-record", f"no record “{target}”{did_you_mean(target, near)}"
    elif found.type not in types:
        yield record, keys, "wrong-record", f"“{target}” is one of the {found.type}, expected one of {', '.join(types)}"


def _is_statement(kb: KnowledgeBase, record: AnyRecord, keys: Keys, ref: str) -> Iterator[Fault]:
    if ref in kb.statements:
        return
    owner, _, anchor = ref.partition("#")
    if owner not in kb.records:
        yield from _is_record(kb, record, keys, owner, tuple(kb.ids_of))
    elif anchor not in (anchors := [s.id for s in kb.records[owner].statements]):
        yield record, keys, "unknown-statement", f"“{owner}” has no statement “{anchor}”{did_you_mean(anchor, anchors)}"
    # else the statement itself is faulty, and told there


def _wrong_value(kb: KnowledgeBase, record: AnyRecord, i: int, declared: Property) -> Iterator[Fault]:
    value, keys = record.statements[i].value, ("statements", i, "value")
    if isinstance(declared.range, tuple) and isinstance(value, str):
        yield from _is_record(kb, record, keys, value, declared.range)
        return
    expected = {
        "text": "text", "date": "an EDTF date in quotes", "quantity": "a number or a quantity",
    }.get(declared.range, f"the id of one of {', '.join(declared.range)}") if isinstance(declared.range, str) else (
        f"the id of one of the {', '.join(declared.range)}"
    )  # fmt: skip
    kind = (
        "a quantity"
        if isinstance(value, Quantity)
        else f"“{value}”"
        if isinstance(value, str)
        else f"the number {value}"
    )
    yield record, keys, "wrong-range", f"found {kind}, expected {expected}, “{UNKNOWN}” or “{NONE}”"


def _plain(number: str) -> str:
    """A number as compared: without thousands separators and leading or trailing zeros."""
    try:
        return f"{float(number.replace(',', '')):.15g}"
    except ValueError:
        return number


def check_folder(data: Path, docs: Path | None = None) -> tuple[KnowledgeBase, list[Problem]]:
    """Load, link and check a folder of records."""
    kb = link(load(data))
    return kb, check(kb, docs)
