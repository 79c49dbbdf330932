"""A small made-up project that is edited at random, the same way each time: what writers do, and what goes wrong meanwhile."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import generate  # of bench/
import ryaml
from pages import frame_folder

from kb.frame import ARTICLE_END, Call, slot

SEEN = {
    "": 'There are {{ count("places") }} places in {{ count("statements") }} statements. {{ changed() }}',
    "counted/": 'There are {{ count("people") }} people.',
    "counted-all/": 'There are {{ count("statements") }} statements.',
    "changed/": "{{ changed() }}",
    "views/timeline/": "{{ timeline() }}\n\n{{ sources() }}",
    "views/figures/": "{{ charts() }}\n\n{{ sources() }}",
    "views/years/": "{{ years() }}",
    "views/statements/": "{{ explorer() }}",
    "views/network/": "{{ network() }}",
    "views/map/": "{{ atlas() }}\n\n{{ sources() }}",
    "views/who-may-go/": "{{ who_may_go() }}\n\n{{ sources() }}",
    "coverage/": "{{ coverage() }}",
    "calculations/": "{{ all_calculations() }}\n\n{{ sources() }}",
    "states/": "{{ disputes_by_state() }}",
    "ways/": "{{ ways_in() }}",
    "words/": "{{ properties() }}",
    "table/": '{{ table("institutions", where={"kind": "company"}) }}\n\n{{ table("places") }}',
    "said-of/": '{{ table("events", where={"described-as": "nothing like it"}) }}',
    "lineage/": '{{ lineage("SOURCE") }}\n\n{{ voices("SOURCE") }}\n\n{{ resting("SOURCE") }}\n\n{{ sources() }}',
    "one/": 'See {{ link("PLACE") }}, {{ fact("FIGURE#in-2010") }} {{ when("FIGURE#in-2010") }}, {{ says("FIGURE#in-2010") }}'
    ', {{ cite("SOURCE", 1) }} and {{ result("DISPUTE#share") }}.\n\n{{ sources() }}',
    "two/": '{{ statements("PLACE") }}\n\n{{ backlinks("PLACE") }}\n\n{{ related("PLACE") }}\n\n{{ sources() }}',
    "three/": '{{ dispute("DISPUTE") }}\n\n{{ calculations("DISPUTE") }}\n\n{{ positions("DISPUTE") }}\n\n{{ sources() }}',
    "four/": '{{ figure_card("FIGURE") }}\n\n{{ chart("FIGURE") }}\n\n{{ statement("FIGURE#in-2010") }}\n\n{{ sources() }}',
    "five/": '{{ timeline("PLACE") }}\n\n{{ neighbourhood("PLACE") }}\n\n{{ strip("PLACE") }}\n\n{{ sources() }}',
    "six/": '{{ atlas("INSTITUTION") }}\n\n{{ infobox("INSTITUTION") }}\n\n{{ holding_here("PLACE") }}\n\n{{ sources() }}',
    **{f"{name}/": f'{{{{ index("{name}") }}}}' for name in generate.SHARES},
}
"""Hand-written pages, each with few macros, so that none is right only because of what stands beside it."""


class Edited:
    """The project in a folder: data/, docs/ and what MkDocs would make of it, with the edits that were made."""

    def __init__(self, folder: Path, records: int, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.made: list[str] = []
        """Every edit, in words."""
        self.broken: Callable[[], None] | None = None
        """Mends what is broken, where something is."""
        maker = generate.Maker(records, seed)
        self.records = {(type_name, id_): record for type_name, id_, record in maker.records()}
        for record in self.records.values():  # few statements are quick
            record["statements"] = [s for s in record["statements"] if s["id"] in ("in-2010", "disputed")] or record[
                "statements"
            ][:3]
        self.vocabulary = generate.vocabulary()
        self.vocabulary["properties"]["applies-to"]["eligibility"] = "open"
        self.vocabulary["properties"]["sent-workers-to"]["movement"] = "reported"
        self.prose = {f"{type_name}/{id_}": text for type_name, id_, text in maker.prose()}
        first = {name.upper()[:-1]: ids[0] for name, ids in maker.ids.items()}
        self.pages = {at: re.sub("[A-Z]{5,}", lambda m: first.get(m[0], m[0]), text) for at, text in SEEN.items()}
        self.shells: dict[str, str] = {}
        """What is added to the page of a type."""
        self._on_disk: dict[str, str] = {}
        self._written = ""
        self.save()

    @property
    def data(self) -> Path:
        """The folder of records."""
        return self.folder / "data"

    @property
    def site(self) -> Path:
        """Where the site is."""
        return self.folder / "site"

    def save(self) -> set[Path]:
        """Write what has changed, as an editor does; returns the files."""
        wanted = {f"{type_name}/{id_}": self.records[type_name, id_] for type_name, id_ in self.records}
        texts = {name: _yaml(record) for name, record in {**wanted, "properties": self.vocabulary}.items()}
        changed = {name for name in texts.keys() | self._on_disk.keys() if texts.get(name) != self._on_disk.get(name)}
        for name in changed:
            path = self.data / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in texts:
                path.write_text(texts[name], encoding="utf-8")
            else:
                path.unlink()
        self._on_disk = texts
        edited = {self.data / f"{name}.yaml" for name in changed}
        if (docs := self._docs()) != self._written:
            self._written = docs
            shutil.rmtree(self.folder / "made", ignore_errors=True)
            shutil.rmtree(self.folder / "docs", ignore_errors=True)
            made, written = frame_folder(self.folder / "made", self.pages, self.prose)
            written.rename(self.folder / "docs")
            for type_name, text in self.shells.items():
                page = made / type_name / "_page/index.html"
                end = slot(Call(ARTICLE_END))
                page.write_text(page.read_text(encoding="utf-8").replace(end, f"<p>{text}</p>{end}"), encoding="utf-8")
            (made / "assets").mkdir()
            (made / "assets/kb.css").write_text("body {}", encoding="utf-8")
            edited.add(self.folder / "docs/index.md")
        return edited

    def frame(self, target: Path) -> None:
        """Have `target` hold what MkDocs would make of docs/."""
        if not self.framed(target):
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(self.folder / "made/frame", target)
            (target / ".made-of").write_text(self._docs(), encoding="utf-8")

    def framed(self, target: Path) -> bool:
        """Whether it does."""
        told = target / ".made-of"
        return told.is_file() and told.read_text(encoding="utf-8") == self._docs()

    def _docs(self) -> str:
        return json.dumps([self.pages, self.prose, self.shells], sort_keys=True)

    # --- edits --------------------------------------------------------------------------------------------------------

    def edit(self, *kinds: str) -> str:
        """One edit of one of the kinds, or of any; returns which."""
        kind = self.chance.choice(kinds or EDITS)
        if self.broken is not None:
            kind, mend, self.broken = "mend", self.broken, None
            mend()
            self.made.append("mend")
        else:
            self.made.append(f"{kind} {getattr(self, f'_{kind}')()}")
        return kind

    def _some(self, *types: str) -> tuple[str, str]:
        found = [key for key in self.records if not types or key[0] in types]
        return self.chance.choice(found)

    def _word(self) -> str:
        return self.chance.choice(generate.WHO).capitalize() + str(len(self.made))

    def _retitle(self) -> str:
        key = self._some()
        record = self.records[key]
        record["role" if "role" in record else "name"] = f"{self._word()} of late"
        return key[1]

    def _summarise(self) -> str:
        key = self._some()
        self.records[key]["summary"] = f"{self._word().rstrip('0123456789')}, as in [[{self._some()[1]}]]."
        return key[1]

    def _review(self) -> str:
        key = self._some()
        self.records[key]["review"] = {"date": f"2026-11-{self.chance.randint(1, 30):02}"}
        return key[1]

    def _said(self, *ranges: object) -> tuple[tuple[str, str], dict[str, Any]]:
        declared = self.vocabulary["properties"]
        found = [
            (key, statement)
            for key, record in self.records.items()
            for statement in record["statements"]
            if not ranges
            or declared[statement["property"]]["range"] in ranges
            or (list in ranges and isinstance(declared[statement["property"]]["range"], list))
        ]
        return self.chance.choice(found)

    def _note(self) -> str:
        key, statement = self._said()
        statement["note"] = f"{self._word()}, compare [[{self._some()[1]}]]."
        return key[1]

    def _value(self) -> str:
        key, statement = self._said("text")
        statement["value"] = self._word().lower()
        return key[1]

    def _time(self) -> str:
        key, statement = self._said("text", "date", list)
        statement["qualifiers"]["time"] = str(self.chance.randint(1990, 2025))
        return key[1]

    def _relink(self) -> str:
        key, statement = self._said(list)
        range_ = self.vocabulary["properties"][statement["property"]]["range"]
        statement["value"] = self._some(*range_)[1]
        return key[1]

    def _scope(self) -> str:
        key, statement = self._said("text", list)
        name, type_ = self.chance.choice([("place", "places"), ("agency", "institutions"), ("group", "people")])
        statement["qualifiers"][name] = self._some(type_)[1]
        return key[1]

    def _cite(self) -> str:
        key, statement = self._said()
        source = self._some("sources")
        cite = {"source": source[1], "at": self.chance.randint(1, self.records[source]["paragraphs"])}
        if voices := self.records[source].get("voices"):
            cite["voice"] = self.chance.choice(voices)["id"]
        statement["cites"] = [cite, *statement["cites"]][: self.chance.randint(1, 3)]
        return key[1]

    def _voices(self) -> str:
        key = self._some("sources")
        voice = self.chance.choice(self.records[key]["voices"])
        voice["description"] = f"a voice of {self._word().lower()}"
        voice.pop("entity", None)
        voice.pop("speaks-for", None)
        if self.chance.random() < 0.5:
            voice["speaks-for"], voice["kind"] = self._some("institutions")[1], "official"
        return key[1]

    def _lineage(self) -> str:
        key = self._some("sources")
        earlier = [id_ for type_, id_ in self.records if type_ == "sources" and id_ < key[1]]
        origin = self.chance.choice([*earlier, self._some("institutions")[1]])
        self.records[key]["lineage"] = [] if self.records[key].get("lineage") else [{"origin": origin, "at": [1, 2, 3]}]
        return key[1]

    def _publisher(self) -> str:
        key = self._some("sources")
        self.records[key]["publisher"] = self._some("institutions")[1]
        return key[1]

    def _positions(self) -> str:
        key = self._some("disputes")
        record = self.records[key]
        record["status"] = self.chance.choice(("open", "partly-settled", "settled"))
        position = self.chance.choice(record["positions"])
        position["label"], position["holders"] = self._word(), [self._some("institutions", "people")[1]]
        owner, statement = self._said("text", list)
        position["statements"] = [position["statements"][0], f"{owner[1]}#{statement['id']}"]
        return key[1]

    def _new(self) -> str:
        type_, like = self._some("people", "places", "institutions", "policies", "events")
        id_ = f"new-{len(self.made)}"
        made = json.loads(json.dumps(self.records[type_, like]))
        made.pop("former_ids", None)
        made["role" if "role" in made else "name"] = f"New {self._word()}"
        self.records[type_, id_] = made
        if self.chance.random() < 0.7:
            _, statement = self._said()
            statement["note"] = f"See [[{id_}]]."
        return id_

    def _delete(self) -> str:
        pinned = json.dumps([self.pages, self.prose])
        refs = {ref for record in self.records.values() for p in record.get("positions", ()) for ref in p["statements"]}
        held = {ref.partition("#")[0] for ref in refs}
        types = ("people", "places", "institutions", "policies", "events", "sources")
        found = [key for key in self.records if key[0] in types and key[1] not in held]
        found = [key for key in found if not re.search(_as_id(key[1]), pinned)]
        found = [key for key in found if sum(other[0] == key[0] for other in self.records) > 1]
        if not found:
            return "nothing"
        key = self.chance.choice(found)
        del self.records[key]
        instead = self._some(key[0])[1]
        for (_, id_), record in self.records.items():
            record["statements"] = [
                s for s in record["statements"] if s["value"] != key[1] or f"{id_}#{s['id']}" in refs
            ]
            for statement in record["statements"]:
                for cite in statement["cites"]:
                    if cite["source"] == key[1]:
                        cite |= {"source": instead, "at": 1}
                        cite.pop("voice", None)
            if "lineage" in record:
                record["lineage"] = [entry for entry in record["lineage"] if entry["origin"] != key[1]]
        self._replace(key[1], instead)
        return key[1]

    def _rename(self) -> str:
        key = self._some()
        id_ = f"{key[1].rpartition('-now-')[0] or key[1]}-now-{len(self.made)}"
        record = self.records.pop(key)
        if self.chance.random() < 0.6:
            record["former_ids"] = [*record.get("former_ids", ()), key[1]]
        former = record.pop("former_ids", None)
        self.records[key[0], id_] = record
        self._replace(key[1], id_)
        if former:
            self.records[key[0], id_]["former_ids"] = former
        return f"{key[1]} to {id_}"

    def _replace(self, old: str, new: str) -> None:
        """Have every reference to one record lead to another."""
        word = re.compile(_as_id(old))
        for key, record in self.records.items():
            former = record.pop("former_ids", None)
            self.records[key] = json.loads(word.sub(new, json.dumps(record)))
            if former:
                self.records[key]["former_ids"] = former
        self.pages = {at: word.sub(new, text) for at, text in self.pages.items()}
        self.prose = {word.sub(new, at): word.sub(new, text) for at, text in self.prose.items()}

    def _page(self) -> str:
        address = self.chance.choice([at for at in self.pages if at])
        self.pages[address] += f"\n\n{self._word()} in {{{{ link({json.dumps(self._some()[1])}) }}}}.\n"
        return address

    def _new_page(self) -> str:
        address = f"page-{len(self.made)}/"
        self.pages[address] = f'# {self._word()}\n\n## Part\n\n{{{{ name("{self._some()[1]}") }}}} was there.\n'
        return address

    def _page_away(self) -> str:
        found = [at for at in self.pages if at.startswith("page-")]
        address = self.chance.choice(found) if found else "none"
        self.pages.pop(address, None)
        return address

    def _prose(self) -> str:
        type_, id_ = self._some()
        if self.prose.pop(f"{type_}/{id_}", None) is None:
            self.prose[f"{type_}/{id_}"] = f'{self._word()}, see {{{{ link("{self._some()[1]}") }}}}.\n'
        return id_

    def _shell(self) -> str:
        type_, _ = self._some()
        self.shells[type_] = self._word()
        return type_

    def vocabulary_edit(self) -> str:
        """Another word for a property, another sector, another order."""
        properties = self.vocabulary["properties"]
        properties["described-as"]["label"] = self._word().lower()
        properties["located-in"]["reverse"] = self._word().lower()
        properties["effect"]["infobox"] = not properties["effect"].get("infobox")
        self.vocabulary["sectors"]["logging"]["label"] = self._word()
        self.vocabulary["properties"] = dict(reversed(properties.items()))
        self.made.append("vocabulary")
        return "vocabulary"

    def _touch(self) -> str:
        type_, id_ = self._some()
        os.utime(self.data / type_ / f"{id_}.yaml")
        return id_

    def _file_away(self) -> str:
        path = self._output()
        path.unlink(missing_ok=True)
        return str(path)

    def _folder_away(self) -> str:
        path = self._output().parent
        if path not in (self.site, self.site / "api/v1"):  # by the last a site is known
            shutil.rmtree(path, ignore_errors=True)
        return str(path)

    def _damage(self) -> str:
        path = self._output()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"damaged")
        return str(path)

    def _stray(self) -> str:
        path = self.site / self.chance.choice(["stray.txt", "places/stray/index.html", "a/b/c.html", "api/v1/stray"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("stray", encoding="utf-8")
        return str(path)

    def _output(self) -> Path:
        found = sorted(p for p in self.site.rglob("*") if p.is_file()) or [self.site / "nothing"]
        return self.chance.choice(found)

    def _break(self) -> str:
        """A mistake that stops a build, until it is mended; or a half-written file."""
        before = json.loads(json.dumps([[*key, record] for key, record in self.records.items()]))
        pages = dict(self.pages)

        def mend() -> None:
            self.records = {(type_, id_): record for type_, id_, record in before}
            self.pages = pages

        self.broken = mend
        how = self.chance.choice(["reference", "gone", "shape", "macro", "yaml"])
        key = self._some()
        if how == "reference":
            self._said(list)[1]["value"] = "nowhere-at-all"
        elif how == "gone":
            named = [k for k in self.records if f'"{k[1]}"' in json.dumps([*self.records.values()])]
            del self.records[self.chance.choice(named)]
        elif how == "shape":
            del self.records[key]["summary"]
        elif how == "macro":
            self.pages["one/"] += '{{ link("nowhere-at-all") }}'
        else:
            self.records[key] = {"\n- broken: [": ""}
        return how


EDITS = (
    "retitle", "summarise", "review", "note", "value", "time", "relink", "scope", "cite", "voices", "lineage", "publisher",
    "positions", "new", "new", "delete", "delete", "rename", "rename", "page", "new_page", "page_away", "prose", "shell",
    "touch", "file_away", "folder_away", "damage", "stray", "break",
)  # fmt: skip
OF_RECORDS = (
    "retitle", "summarise", "review", "note", "value", "time", "relink", "scope", "cite", "voices", "lineage", "publisher",
    "positions", "new", "delete", "rename", "touch",
)  # fmt: skip


def _as_id(id_: str) -> str:
    return rf"(?<![\w-]){re.escape(id_)}(?![\w-])"


def _yaml(record: Mapping[str, Any]) -> str:
    if "\n- broken: [" in record:
        return "name: Half\n- broken: ["
    return str(ryaml.dumps(record))  # type: ignore[attr-defined]
