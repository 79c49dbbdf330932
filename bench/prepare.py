"""Records in; everything their pages show, worked out, as plain JSON out: what Hugo and Eleventy print at their best.

Labels, dates in words, links, the numbers of citations, backlinks, neighbours and the lines of charts are all in it, so
that a template only prints. It is made before anything is timed. Texts are HTML already; keys are lower case, as Hugo
makes them. A statement stands there once; pages name it by its reference.

Left out of what `kb build` makes: arcs and places inside on a map, values that are no links on their own page, and that
three numbers in a row are drawn as two.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from kb import words
from kb.atlas import WORLD
from kb.chart import Mark
from kb.chart import chart as draw_chart
from kb.explorer import holding
from kb.export import export
from kb.graph import KnowledgeBase, Linked
from kb.keys import fold
from kb.lineage import lineage
from kb.model import SINGULAR, TYPES, AnyRecord, Dispute, Figure, Place, Source
from kb.network import Side, neighbourhood
from kb.page import SHOWN, Page, Site, Spot, spoken

Json: TypeAlias = dict[str, Any]

SITE = Site("Sent Abroad", "http://127.0.0.1:8000/", "https://git.example.org/sent-abroad/edit/main/")
"""As `kb build` has it here."""
CITE = re.compile(r'\{\{ cite\("([^"]+)", (\d+)\) \}\}')
"""The macros in made-up prose."""
LINK = re.compile(r'\{\{ link\("([^"]+)"\) \}\}')
HEADING = re.compile(r"^## (.+?) \{ #([\w-]+) \}$", re.MULTILINE)


class Prepared(NamedTuple):
    """All that templates print."""

    statements: Mapping[str, Json]
    """By reference: what is said of a statement wherever it is shown."""
    records: Mapping[str, Json]
    """By id: what its page shows."""
    prose: Mapping[str, str]
    """By id: Markdown with every citation numbered and every link made."""
    indexes: Mapping[str, Json]
    """By type: what the page of the type lists."""


def prepare(kb: KnowledgeBase, prose: Mapping[str, str] | None = None) -> Prepared:
    """Work everything out. `prose` is Markdown by the record's id."""
    prose = prose or {}
    page = Page(kb, SITE, "type/record/")  # links of every record's page are as from here
    texts = {path: content.decode() for path, content in export(kb) if path.startswith("api/v1/")}
    records, written = {}, {}
    for record in kb.records.values():
        view = _View(page, record, prose.get(record.id, ""))
        records[record.id] = view.everything() | _cut(texts[f"api/v1/{record.type}/{record.id}.json"].strip())
        if record.id in prose:
            written[record.id] = view.prose
    statements = {ref: _statement(page, linked) for ref, linked in kb.statements.items()}
    return Prepared(statements, records, written, {name: _index(page, name) for name in TYPES})


def whole(prepared: Prepared, record: Json) -> Json:
    """A record with its statements in it rather than their references, as front matter has it."""

    def filled(thing: Any) -> Any:
        if isinstance(thing, list):
            return [filled(item) for item in thing]
        if isinstance(thing, dict):
            given = {key: filled(value) for key, value in thing.items()}
            return given | {"s": prepared.statements[thing["ref"]]} if "ref" in thing else given
        return thing

    made: Json = filled(record)
    return made


class _View:
    """One page being worked out. Places in sources are numbered as they are met, so parts are made in reading order."""

    def __init__(self, page: Page, record: AnyRecord, prose: str) -> None:
        self.page, self.kb, self.record, self._written = page, page.kb, record, prose
        self.prose = ""
        self.numbers: dict[Spot, int] = {}
        self.voices: dict[Spot, dict[str, str]] = defaultdict(dict)
        self.toc: list[Json] = []

    def everything(self) -> Json:
        record, page = self.record, self.page
        about = self.kb.of_subject.get(record.id, ())
        made: Json = {
            "id": record.id,
            "type": record.type,
            "name": str(spoken(record.caption)),
            "title": record.caption,
            "label": SINGULAR[record.type],
            "kind": "" if record.kind == SINGULAR[record.type] else record.kind.replace("-", " "),
            "description": words.visible(page.unlinked(record.summary)),
            "summary": str(page.rich(record.summary)),
            "reviewed": {"date": record.review.date.text, "words": record.review.date.words},
            "search": dumped(_search(page, record)),
            "hangul": [str(spoken(name.value)) for name in record.names if name.script == "Hang"],
            "rows": list(self._rows()),
            "box": [
                {"label": label, "values": [{"html": str(page.value(s)), "marks": self._marks(s)} for s in group]}
                for label, group in _grouped(s for s in about if s.declared.infobox)
            ],
        }
        if isinstance(record, Dispute):
            made["question"] = str(page.rich(record.question))
            made["state"] = record.status.replace("-", " ").capitalize()
            made["because"] = str(page.rich(record.status_reason))
        made["protected"] = bool(record.type == "people" and getattr(record, "protection", "") == "role-only")
        made["strip"] = list(self._strip(about))
        if self._written:
            self.prose = self._prose()
        for key, title, part in self._parts(about):
            if part:
                made[key] = part
                inner = [{"id": p["id"], "title": p["title"]} for p in part] if key in ("positions", "groups") else []
                if not (title and self.toc and self.toc[-1]["title"] == title):
                    self.toc.append({"id": _ANCHORS.get(key, key), "title": title, "children": inner})
        made["toc"] = [entry for entry in self.toc if entry["title"]]
        return made

    def _parts(self, about: tuple[Linked, ...]) -> Iterator[tuple[str, str, Any]]:
        """Key, heading and content of every section in reading order; nothing where there is nothing to show."""
        record, page, kb = self.record, self.page, self.kb
        if isinstance(record, Dispute):
            yield "positions", "Positions", [self._position(position) for position in record.positions]
            yield "common", "Common ground", [self._agreed(agreed) for agreed in record.common_ground]
            yield "settle", "What would settle it", [str(page.rich(item)) for item in record.would_settle]
            yield "sums", "Calculations", [self._sum(sum_) for sum_ in record.calculations]
        elif isinstance(record, Figure):
            texts = {key: [str(page.rich(i)) for i in getattr(record, key)] for key in ("includes", "excludes")}
            yield "definition", "Definition", {"text": str(page.rich(record.definition)), **texts}
            yield "chart", "Chart", self._chart(record)
        elif isinstance(record, Place) and record.coordinates:
            x, y = WORLD.at(record.coordinates.lat, record.coordinates.lon)
            yield "map", "Where it is", {"x": round(x, 1), "y": round(y, 1), "kind": record.kind}
        elif isinstance(record, Source):
            yield "provenance", "What is known of it", list(self._provenance(record))
            yield from self._heard(record)
            resting = kb.resting_on.get(record.id, ())
            yield (
                "resting",
                "What rests on it",
                [
                    {"at": at, "statements": [{"ref": of.ref} for of in group]}
                    for at, group in groupby(resting[:SHOWN], key=lambda of: of.at)
                ],
            )
            yield "resting_more", "", _more(len(resting), "citation")
        title = {"figures": "Observations", "sources": "Statements about it"}.get(record.type, "Statements")
        groups = [
            {
                "id": f"on-{group[0].statement.property}",
                "title": label,
                "statements": [{"ref": s.ref, "marks": self._marks(s)} for s in group],
            }
            for label, group in _grouped(about)
        ]
        yield "groups", title, groups
        held = holding(kb, record.id) if isinstance(record, Place) else ()
        shown = [{"ref": ref, "marks": self._marks(kb.statements[ref])} for ref in held[:SHOWN]]
        yield "holding", "Statements that hold here", shown
        yield "holding_more", "", _more(len(held), "statement")
        yield (
            "names",
            "Other names",
            [
                {
                    "html": str(spoken(name.value)),
                    "lang": f"{name.language}-{name.script}",
                    "writing": words.writing(name),
                    "from": str(spoken(name.inferred or "")),
                }
                for name in record.names
            ],
        )
        yield "related", "Related records", list(self._related(about))
        yield "around", "Related records", self._around()
        yield "backlinks", "What points here", list(self._backlinks())
        yield "cites", "Sources", [self._cited(number, spot) for spot, number in self.numbers.items()]
        sources = dict.fromkeys(source for source, _ in self.numbers)
        yield "originals", "", [{"name": kb.records[id_].caption, "url": kb.records[id_].url} for id_ in sources]  # type: ignore[union-attr]

    def _marks(self, *linked: Linked) -> list[int]:
        """The numbers of the places some statements cite."""
        found = set()
        for cite in (cite for statement in linked for cite in statement.cites):
            spot = (cite.source.id, cite.citation.at)
            found.add(self.numbers.setdefault(spot, len(self.numbers) + 1))
            if cite.voice:
                self.voices[spot][cite.voice.id] = cite.voice.description
        return sorted(found)

    def _prose(self) -> str:
        def cited(match: re.Match[str]) -> str:
            number = self.numbers.setdefault((match[1], int(match[2])), len(self.numbers) + 1)
            return f'<sup class="kb-cite"><a href="#cite-{number}" aria-label="Source {number}">[{number}]</a></sup>'

        def heading(match: re.Match[str]) -> str:
            self.toc.append({"id": match[2], "title": match[1], "children": []})
            mark = f'<a class="headerlink" href="#{match[2]}" title="Permanent link">#</a>'
            return f'<h2 id="{match[2]}">{match[1]}{mark}</h2>'

        text = HEADING.sub(heading, CITE.sub(cited, self._written))
        return LINK.sub(lambda match: str(self.page.link(self.kb.records[match[1]])), text)

    def _rows(self) -> Iterator[Json]:
        record, page = self.record, self.page
        if record.type == "people":
            word = words.PROTECTION[record.protection]  # type: ignore[union-attr]
            because = "" if record.protection == "role-only" else f": {page.rich(record.protection_reason)}"  # type: ignore[union-attr]
            mark = f'<span class="kb-mark kb-{record.protection}">{record.protection}</span>'  # type: ignore[union-attr]
            yield {"label": "protection", "html": f"{mark} {word}{because}"}
        elif isinstance(record, Place) and record.coordinates:
            lat, lon = record.coordinates.lat, record.coordinates.lon
            text = f"{abs(lat):g}° {'N' if lat >= 0 else 'S'}, {abs(lon):g}° {'E' if lon >= 0 else 'W'}"
            made_up = f'<small class="kb-inferred">{spoken(record.coordinates.inferred)}</small>'
            yield {"label": "coordinates", "html": f"{text} {made_up}"}
        elif isinstance(record, Figure):
            how = "many or much at a time" if record.measure == "stock" else "much over a period"
            yield {"label": "measure", "html": f"{record.measure}: how {how}"}
            yield {"label": "unit", "html": str(spoken(record.unit or ""))}
        elif isinstance(record, Dispute):
            status = record.status.replace("-", " ")
            yield {"label": "status", "html": f'<span class="kb-dispute-status">{status}</span>'}
            yield {"label": "positions", "html": str(len(record.positions))}
        elif isinstance(record, Source):
            grade = record.reliability.grade
            yield {"label": "publisher", "html": str(page.link(self.kb.records[record.publisher]))}
            yield {"label": "issued", "html": record.issued.words}
            yield {"label": "reliability", "html": f"<strong>{grade}</strong> {words.RELIABILITY[grade]}"}
            host = record.url.split("/")[2]
            yield {"label": "original", "html": f'<a href="{record.url}" rel="noreferrer">{host}</a>'}

    def _strip(self, about: tuple[Linked, ...]) -> Iterator[Json]:
        record, kb = self.record, self.kb
        noun, dispute = "statement", "dispute"
        refs = dict.fromkeys(s.ref for s in about)
        if isinstance(record, Place):
            refs |= dict.fromkeys(holding(kb, record.id))
        elif isinstance(record, Source):
            noun = "statement resting on it"
            refs = dict.fromkeys(of.ref for of in kb.resting_on.get(record.id, ()))
        elif isinstance(record, Dispute):
            dispute = "other dispute"
            refs = dict.fromkeys(ref for position in record.positions for ref in position.statements)
        about = tuple(kb.statements[ref] for ref in refs) if len(refs) <= SHOWN else ()
        sources = set() if isinstance(record, Source) else {cite.source.id for s in about for cite in s.cites}
        origins = {origin for s in about for origin in s.origins}
        disputes = {dispute.id for s in about for dispute, _ in s.disputes} - {record.id}
        several = "statements resting on it" if isinstance(record, Source) else "statements"
        for n, one, many in (
            (len(refs), noun, several),
            (len(sources), "source", "sources"),
            (len(origins), "independent origin", "independent origins"),
            (len(disputes), dispute, f"{dispute}s"),
        ):
            if n:
                yield {"n": n, "noun": one if n == 1 else many}

    def _position(self, position: Any) -> Json:
        statements = [self.kb.statements[ref] for ref in position.statements]
        return {
            "id": position.id,
            "title": position.label,
            "holders": [str(self.page.link(self.kb.records[holder])) for holder in position.holders],
            "since": position.since.words,
            "statements": [{"ref": s.ref, "marks": self._marks(s)} for s in statements],
        }

    def _agreed(self, agreed: Any) -> Json:
        found = [self.kb.statements[ref] for ref in agreed.statements]
        return {
            "text": str(self.page.rich(agreed.text)),
            "marks": self._marks(*found),
            "statements": [{"ref": s.ref} for s in found],
        }

    def _sum(self, sum_: Any) -> Json:
        inputs = {name: self.kb.statements[ref] for name, ref in sum_.inputs.items()}
        return {
            "id": sum_.id,
            "question": str(spoken(sum_.question)),
            "expression": html.escape(sum_.expression),
            "result": words.quantity(sum_.result),
            "inputs": [
                {
                    "name": name,
                    "href": self.page.href(linked.subject, linked.statement.id),
                    "value": words.value(linked.value),
                    "marks": self._marks(linked),
                    "of": str(spoken(linked.subject.caption)),
                    "when": linked.statement.qualifiers.time.words if linked.statement.qualifiers.time else "",
                }
                for name, linked in inputs.items()
            ],
        }

    def _chart(self, record: Figure) -> Json:
        drawn = draw_chart(self.kb, record)
        assert drawn and drawn.years, "made-up figures are observed in several years"
        return {
            "unit": drawn.scale.caption,
            "grid": [{"y": tick.at, "label": tick.label} for tick in drawn.grid],
            "years": [{"x": tick.at, "label": tick.label, "at": tick.label_at} for tick in drawn.years.ticks],
            "marks": [self._mark(mark) for mark in drawn.marks],
            "table": [
                {"ref": linked.ref, "value": words.value(linked.value), "marks": self._marks(linked)}
                for linked in drawn.observations
            ],
        }

    def _mark(self, mark: Mark) -> Json:
        time, value = mark.linked.statement.qualifiers.time, words.value(mark.linked.value)
        said = "; ".join(speaker for speaker, _ in self.page.says(mark.linked))
        label = mark.label
        return {
            "kind": mark.kind,
            "status": mark.linked.status,
            "id": mark.linked.statement.id,
            "tip": f"{value}, {time.words if time else 'no date given'}, {mark.linked.status}: {said}",
            "x1": mark.said.x1,
            "x2": mark.said.x2,
            "width": mark.said.width,
            "y": mark.low,
            "bands": [{"y": band.y, "height": band.height, "fade": band.fade} for band in mark.bands],
            "middle": mark.middle,
            "tip_at": mark.tip if mark.bands else 0,
            "label": {"text": label.text, "x": label.x, "y": label.y, "anchor": label.anchor} if label else {},
        }

    def _provenance(self, record: Source) -> Iterator[Json]:
        grade = record.reliability.grade
        reason = f"{words.RELIABILITY[grade].capitalize()}. {self.page.rich(record.reliability.reason)}"
        yield {"label": "Title", "html": str(spoken(str(record.title)))}
        yield {"label": "Issued", "html": record.issued.words}
        yield {"label": "Reliability", "html": f'<span class="kb-mark kb-grade">{grade}</span> {reason}'}
        yield {"label": "Address", "html": f'<a class="kb-bare" href="{record.url}" rel="noreferrer">{record.url}</a>'}
        yield {"label": "Copy read", "html": words.counted(record.paragraphs or 0, "paragraph")}

    def _heard(self, record: Source) -> Iterator[tuple[str, str, Any]]:
        drawn = lineage(self.kb, record)
        if not drawn:
            return
        cited = {of.at for of in self.kb.resting_on.get(record.id, ())[:SHOWN]}
        voices = [
            {
                "id": branch.voice.id,
                "description": str(spoken(branch.voice.description)),
                "kind": branch.voice.kind.replace("-", " "),
                "at": [{"n": at, "cited": at in cited} for at in branch.voice.at],
                "statements": words.counted(branch.statements, "statement") if branch.statements else "",
            }
            for branch in drawn.branches
            if branch.voice
        ]
        own = words.counted(drawn.own, "statement") if drawn.own else ""
        yield "lineage", "Where its words come from", {"own": own, "voices": voices}
        yield "voices", "Who speaks in it", voices

    def _related(self, about: tuple[Linked, ...]) -> Iterator[Json]:
        if self.record.type in ("disputes", "sources"):
            return
        found: dict[str, AnyRecord] = {}
        for linked in about:
            for id_ in (getattr(linked.value, "id", None), linked.statement.qualifiers.place):
                if id_:
                    found[id_] = self.kb.records[id_]
            found.update((dispute.id, dispute) for dispute, _ in linked.disputes)
        found.pop(self.record.id, None)
        for type_name in TYPES:
            if records := [str(self.page.link(r)) for r in found.values() if r.type == type_name]:
                yield {"type": type_name, "links": records}

    def _around(self) -> Json:
        drawn = neighbourhood(self.kb, self.record)
        if not drawn:
            return {}
        return {
            "left": self._side(drawn.left),
            "right": self._side(drawn.right),
            "height": drawn.rows * 10,
            "middle": drawn.rows * 5,
            "lines": "".join(spoke.path for spoke in drawn.spokes),
            "dots": "".join(spoke.dot for spoke in drawn.spokes),
            "more": words.counted(drawn.more, "more record") if drawn.more else "",
        }

    def _side(self, side: Side) -> list[Json]:
        return [
            {
                "type": type_name,
                "spokes": [
                    {
                        "href": self.page.href(spoke.record),
                        "name": str(spoken(spoke.record.caption)),
                        "says": words.visible(self.page.unlinked("\n".join(spoke.says))),
                    }
                    for spoke in spokes
                ],
            }
            for type_name, spokes in side.sectors
        ]

    def _backlinks(self) -> Iterator[Json]:
        found = self.kb.backlinks.get(self.record.id, ())
        for label, group in groupby(found, key=lambda backlink: backlink.label):
            links: dict[str, Json] = {}
            for backlink in group:
                link = {"name": str(spoken(backlink.record.caption)), "title": backlink.record.caption, "again": []}
                href = self.page.href(backlink.record, backlink.anchor)
                if backlink.record.id in links:
                    links[backlink.record.id]["again"].append(href)
                else:
                    links[backlink.record.id] = link | {"href": href}
            yield {"label": label, "links": list(links.values())}

    def _cited(self, number: int, spot: Spot) -> Json:
        source = self.kb.records[spot[0]]
        assert isinstance(source, Source)
        grade = source.reliability.grade
        return {
            "n": number,
            "href": self.page.href(source, f"paragraph-{spot[1]}"),
            "name": str(spoken(source.caption)),
            "at": spot[1],
            "voices": "; ".join(self.voices[spot].values()),
            "grade": grade,
            "means": words.RELIABILITY[grade],
        }


_ANCHORS = {"common": "common-ground", "settle": "would-settle", "sums": "calculations", "groups": "statements", "around": "related", "cites": "sources"}  # fmt: skip
"""The id of a section's heading, where it is not the key."""


def _more(count: int, noun: str) -> str:
    """How many there are beside those shown, in words."""
    return words.counted(count - SHOWN, f"more {noun}") if count > SHOWN else ""


def _grouped(statements: Iterable[Linked]) -> Iterator[tuple[str, list[Linked]]]:
    for _, group in groupby(statements, key=lambda s: s.statement.property):
        found = list(group)
        yield found[0].declared.label, found


def _statement(page: Page, linked: Linked) -> Json:
    """What is said of a statement on every page that shows it."""
    subject, scope = linked.subject, page.scope(linked)
    return {
        "id": linked.statement.id,
        "href": page.href(subject, linked.statement.id),
        "subject": str(page.link(subject)),
        "label": linked.declared.label,
        "value": str(page.value(linked)),
        "sentence": page.unlinked(linked.sentence),
        "reviewed": subject.review.date.text,
        "scope": [{"kind": kind, "html": str(text)} for kind, text in scope],
        "says": [
            {
                "who": str(spoken(speaker)),
                "modalities": [c.citation.modality for c in cites if c.citation.modality != "stated"],
            }
            for speaker, cites in page.says(linked)
        ],
        "note": str(page.rich(linked.statement.note)) if linked.statement.note else "",
        "status": linked.status,
        "means": words.STATUS[linked.status],
        "origins": len(linked.origins),
        "disputes": [
            {"href": page.href(dispute, position.id), "name": str(spoken(dispute.caption))}
            for dispute, position in linked.disputes
        ],
    }


def _cut(text: str) -> Json:
    """A record as JSON, cut around its statements, which the list of every statement prints as well."""
    start, end = text.index('"statements":[') + len('"statements":['), text.rindex('],"backlinks":')
    return {"own": text[:start], "said": text[start:end], "more": text[end:]}


def _search(page: Page, record: AnyRecord) -> Json:
    return {
        "id": f"{record.type}/{record.id}",
        "title": record.caption,
        "names": [name.value for name in record.names],
        "summary": page.unlinked(record.summary),
    }


def _index(page: Page, type_name: str) -> Json:
    """Every record of a type from A to Z, under each of its names. Links are as from the page of the type."""
    here = Page(page.kb, SITE, f"{type_name}/")
    entries = sorted(
        (
            (_letter(spelling), fold(spelling), record.id, spelling, record)
            for record in page.kb.by_type[type_name]
            for spelling in dict.fromkeys([record.caption, *(name.value for name in record.names)])
        ),
        key=lambda entry: entry[:3],
    )
    return {
        "type": type_name,
        "letters": [
            {
                "letter": letter,
                "entries": [
                    {
                        "link": str(here.link(record, spelling)),
                        "see": f"see {spoken(record.caption)}" if spelling != record.caption else str(here.rich(record.summary)),
                    }
                    for *_, spelling, record in group
                ],
            }
            for letter, group in groupby(entries, key=lambda entry: entry[0])
        ],
    }  # fmt: skip


def _letter(text: str) -> str:
    """The heading a made-up name stands under."""
    first = fold(text)[:1].upper()
    return first if "A" <= first <= "Z" else "한글"


def dumped(thing: object) -> str:
    """As compact JSON."""
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
