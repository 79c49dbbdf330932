"""Made-up records in the shape of the real ones, as many as asked for, to measure with.

    python bench/generate.py --records 1000 --seed 1 --out /tmp/records --docs /tmp/prose

A few records are pointed to by many and most by few (Zipf's law), names are in hangul and Latin letters, sources have
paragraphs and voices, disputes have positions and a calculation. Every name is put together from syllables, every
sentence from parts: nothing here is about anybody. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import ryaml

from kb import calculate
from kb.hangul import southern
from kb.model import SINGULAR, TYPES

Yaml: TypeAlias = dict[str, Any]

SHARES = {
    "people": 0.20, "places": 0.15, "institutions": 0.16, "policies": 0.11,
    "events": 0.14, "figures": 0.08, "disputes": 0.04, "sources": 0.12,
}  # fmt: skip
"""Part of the records that is of each type; each has at least one."""

KINDS = {
    "places": ("region", "country", "province", "city", "worksite"),
    "institutions": ("government", "agency", "party-body", "company", "news-outlet", "organisation"),
    "policies": ("rule", "practice", "programme", "resolution", "law"),
    "events": ("departure", "escape", "announcement", "interview", "offer", "order", "report"),
    "sources": ("article-newspaper", "webpage", "report", "broadcast"),
}

VOCABULARY: Yaml = {
    "properties": {
        "described-as": {"label": "described as", "range": "text"},
        "part-of": {"label": "part of", "range": ["institutions", "policies"], "reverse": "includes", "infobox": True},
        "located-in": {
            "label": "located in", "range": ["places"], "reverse": "contains",
            "subjects": ["places", "institutions"], "infobox": True,
        },
        "run-by": {
            "label": "run by", "range": ["institutions"], "reverse": "ran",
            "subjects": ["institutions", "places"], "infobox": True,
        },
        "group-size": {
            "label": "numbered", "range": "quantity", "unit": "people", "subjects": ["people"], "single": True,
        },
        "worked-at": {"label": "worked at", "range": ["places"], "reverse": "was the workplace of", "subjects": ["people"]},
        "took-place": {"label": "took place", "range": "date", "subjects": ["events"], "single": True, "infobox": True},
        "took-place-in": {"label": "took place in", "range": ["places"], "reverse": "was the scene of", "subjects": ["events"]},
        "participant": {"label": "involved", "range": ["people", "institutions"], "reverse": "took part in", "subjects": ["events"]},
        "followed": {"label": "followed", "range": ["events", "policies"], "reverse": "was followed by"},
        "in-force": {"label": "was in force", "range": "date", "subjects": ["policies"], "infobox": True},
        "imposed-by": {"label": "imposed by", "range": ["institutions"], "reverse": "imposed", "subjects": ["policies"]},
        "applies-to": {"label": "applies to", "range": ["people", "places"], "reverse": "falls under", "subjects": ["policies"]},
        "sent-workers-to": {
            "label": "sent workers to", "range": ["places"], "reverse": "received workers from", "subjects": ["institutions"],
        },
        "observation": {"label": "is put at", "range": "quantity", "subjects": ["figures"], "single": True},
        "effect": {"label": "had the effect", "range": "text"},
    },
    "sectors": {name: {"label": name} for name in ("construction", "restaurants", "logging", "textiles")},
}  # fmt: skip

SYLLABLES = {
    "가": "ga", "강": "gang", "고": "go", "금": "geum", "나": "na", "남": "nam", "노": "no", "다": "da", "단": "dan",
    "도": "do", "동": "dong", "두": "du", "라": "ra", "령": "ryeong", "로": "ro", "마": "ma", "명": "myeong", "모": "mo",
    "무": "mu", "미": "mi", "바": "ba", "별": "byeol", "보": "bo", "사": "sa", "산": "san", "서": "seo", "성": "seong",
    "소": "so", "수": "su", "아": "a", "안": "an", "연": "yeon", "오": "o", "우": "u", "은": "eun", "자": "ja",
    "정": "jeong", "주": "ju", "천": "cheon", "평": "pyeong", "하": "ha", "해": "hae",
}  # fmt: skip
"""Hangul with its revised romanisation."""

TITLES = {
    "people": ("crew", "kitchen staff", "night shift", "drivers", "foremen"),
    "places": ("harbour", "valley", "works", "quarter", "island"),
    "institutions": ("bureau", "company", "committee", "gazette", "office"),
    "policies": ("quota", "levy", "screening", "rota", "register"),
    "events": ("departure", "inspection", "announcement", "strike", "return"),
    "figures": ("headcount", "wage", "levy", "share", "income"),
    "disputes": ("count", "account", "sum", "order", "timing"),
    "sources": ("dispatch", "interview", "notice", "report", "column"),
}

WHO = ("crews", "new arrivals", "those sent home", "the office abroad", "two teams", "older workers", "the managers")
DID = ("were counted twice", "handed in their papers", "heard of it late", "were told to wait", "paid in advance")
WHEN = ("before the season began", "on the way to the site", "after the inspection", "without a reason given", "as in years before")  # fmt: skip
SPEAKERS = ("a source at the harbour", "a driver who passed the site", "a former foreman", "an office worker", "a reader of the gazette")  # fmt: skip
MODALITIES = ("alleged", "estimated", "believed", "expected", "second-hand", "characterised")
REVIEW = {"date": "2026-11-22"}


class Maker:
    """Makes the records of one run; what was made so far decides what the next can point to."""

    def __init__(self, records: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.names: dict[str, str] = {}
        """Id to name or role."""
        self.hangul: dict[str, str] = {}
        self.sounds: set[str] = set()
        self.ids: dict[str, list[str]] = {}
        self.weights: dict[str, list[float]] = {}
        self.sources: dict[str, Yaml] = {}
        self.amounts: dict[str, float] = {}
        """Reference of a statement to its exact amount."""
        counts = {name: max(1, round(records * share)) for name, share in SHARES.items()}
        counts["people"] += records - sum(counts.values())
        for name in TYPES:
            self.ids[name] = [self._christen(name, n) for n in range(1, counts[name] + 1)]
            self.weights[name] = list(itertools.accumulate(1 / rank for rank in range(1, counts[name] + 1)))
        self.disputed = dict(zip(self.ids["figures"], self.ids["disputes"], strict=False))
        self.ids["disputes"] = list(self.disputed.values())  # one dispute a figure at most

    def records(self) -> Iterator[tuple[str, str, Yaml]]:
        """Type, id and content of every record."""
        for id_ in self.ids["sources"]:
            self.sources[id_] = self._source(id_)
        for type_name in ("people", "places", "institutions", "policies", "events"):
            for id_ in self.ids[type_name]:
                yield type_name, id_, getattr(self, f"_{SINGULAR[type_name]}")(id_)
        for id_ in self.ids["figures"]:
            yield "figures", id_, self._figure(id_)
        for figure, id_ in self.disputed.items():
            yield "disputes", id_, self._dispute(figure)
        for id_, source in self.sources.items():
            yield "sources", id_, source | self._rest("sources", id_)

    def prose(self) -> Iterator[tuple[str, str, str]]:
        """Type, id and Markdown for one record in ten."""
        for type_name, ids in self.ids.items():
            for id_ in ids[::10]:
                cite = self._cite()
                yield (
                    type_name,
                    id_,
                    (
                        f'{self._sentences(4)} {{{{ cite("{cite["source"]}", {cite["at"]}) }}}}\n\n'
                        f"## Background {{ #background }}\n\n{self._sentences(5)}\n\n"
                        f'- {self._sentences(1)} See {{{{ link("{self._some("places")}") }}}}.\n- {self._sentences(1)}\n'
                    ),
                )

    # --- records of each type ----------------------------------------------------------------------------------------

    def _person(self, id_: str) -> Yaml:
        if self.chance.random() < 0.2:
            named = {"name": f"Made-up official of {self.names[id_]}", "names": self._variants(id_), "kind": "person"}
            return named | {"protection": "public", "protection-reason": "Made up."} | self._rest("people", id_)
        role = {"role": self.names[id_], "kind": "group", "protection": "role-only"}
        return role | self._rest("people", id_)

    def _place(self, id_: str) -> Yaml:
        point = {"lat": self._amount(-60, 60), "lon": self._amount(-170, 170), "inferred": "made up"}
        return self._named("places", id_) | {"coordinates": point} | self._rest("places", id_)

    def _institution(self, id_: str) -> Yaml:
        return self._named("institutions", id_) | self._rest("institutions", id_)

    def _policy(self, id_: str) -> Yaml:
        return self._named("policies", id_) | self._rest("policies", id_)

    def _event(self, id_: str) -> Yaml:
        return self._named("events", id_) | self._rest("events", id_)

    def _figure(self, id_: str) -> Yaml:
        made = {
            "name": self.names[id_],
            "names": self._variants(id_),
            "kind": "people",
            "definition": self._sentences(1),
            "measure": self.chance.choice(("stock", "flow")),
            "unit": "workers",
            "includes": [self._sentences(1)],
            "excludes": [self._sentences(1)],
        }
        observations = [self._observation(id_, year) for year in range(2010, 2010 + self.chance.randint(3, 6))]
        if id_ in self.disputed:
            other = observations[0] | {"id": "disputed", "value": {"exact": 3 * observations[0]["value"]["exact"]}}
            observations.append(other | {"cites": [self._cite()]})
        return made | self._rest("figures", id_, observations)

    def _observation(self, id_: str, year: int) -> Yaml:
        amount = self.chance.randint(10, 900) * 100
        self.amounts[f"{id_}#in-{year}"] = amount
        form = "exact" if year == 2010 else self.chance.choice(("exact", "about", "at-least", "at-most"))
        return self._statement("observation", {form: amount}, str(year)) | {"id": f"in-{year}"}

    def _dispute(self, figure: str) -> Yaml:
        id_ = self.disputed[figure]
        first, other = f"{figure}#in-2010", f"{self.ids['figures'][0]}#in-2010"
        share = calculate.work("part / whole * 100", {n: (a, a) for n, a in zip(("part", "whole"), (self.amounts[first], self.amounts[other]), strict=True)})  # fmt: skip
        made = {
            "kind": "figure",
            "question": f"How many are counted by the {self.names[figure]}?",
            "status": self.chance.choice(("open", "partly-settled", "settled")),
            "status-reason": self._sentences(1),
            "positions": [
                {
                    "id": anchor,
                    "label": label,
                    "holders": [self._some("institutions")],
                    "since": self._date(),
                    "statements": [f"{figure}#{statement}"],
                }
                for anchor, label, statement in (
                    ("fewer", "The lower count", "in-2010"),
                    ("more", "Three times as many", "disputed"),
                )
            ],
            "common-ground": [{"text": self._sentences(1), "statements": [first]}],
            "would-settle": [self._sentences(1)],
            "calculations": [
                {
                    "id": "share",
                    "question": "What part is it of the largest count?",
                    "inputs": {"part": first, "whole": other},
                    "expression": "part / whole * 100",
                    "result": {"exact": round(share[0], 2), "unit": "percent"},
                }
            ],
        }
        return {"name": self.names[id_], "names": self._variants(id_)} | made | self._rest("disputes", id_)

    def _source(self, id_: str) -> Yaml:
        paragraphs = self.chance.randint(8, 60)
        return {
            "name": self.names[id_],
            "names": self._variants(id_),
            "kind": self.chance.choice(KINDS["sources"]),
            "title": f"Of the {self.names[id_]}",
            "publisher": self._some("institutions"),
            "issued": self._date(),
            "language": "en",
            "url": f"https://example.org/{id_}",
            "paragraphs": paragraphs,
            "reliability": {"grade": self.chance.choice("BCD"), "reason": self._sentences(1)},
            "voices": [
                {
                    "id": f"voice-{n}",
                    "description": self.chance.choice(SPEAKERS),
                    "kind": self.chance.choice(("anonymous", "by-role", "unattributed")),
                    "at": sorted(self.chance.sample(range(1, paragraphs + 1), 3)),
                }
                for n in range(1, self.chance.randint(1, 4) + 1)
            ],
        }

    # --- what records share ------------------------------------------------------------------------------------------

    def _named(self, type_name: str, id_: str) -> Yaml:
        kind = self.chance.choice(KINDS[type_name])
        return {"name": self.names[id_], "names": self._variants(id_), "kind": kind}

    def _variants(self, id_: str) -> list[Yaml]:
        made_up = {"inferred": "made up"}
        latin = self.names[id_].split()[0]
        return [
            {"value": self.hangul[id_], "language": "ko", "script": "Hang", **made_up},
            {"value": f"{latin[:-1]}-{latin[-1]}", "language": "ko", "romanisation": "press", **made_up},
        ]

    def _rest(self, type_name: str, id_: str, statements: Sequence[Yaml] = ()) -> Yaml:
        """Summary, 5 to 12 statements, those given among them, and review."""
        about = self._some("places")
        made = list(statements)
        fitting = [
            name
            for name, declared in VOCABULARY["properties"].items()
            if type_name in declared.get("subjects", TYPES) and name != "observation"
        ]
        used: set[str] = set()
        for n in range(self.chance.randint(max(5, len(made)), 12) - len(made)):
            name = self.chance.choice([p for p in fitting if p not in used])
            if VOCABULARY["properties"][name].get("single"):
                used.add(name)
            made.append(self._statement(name, self._value(name, id_), self._date()) | {"id": f"{name}-{n}"})
        summary = f"{self._sentences(1)[:-1]}, as told in [[{about}]]." if about != id_ else self._sentences(1)
        return {"summary": summary, "statements": made, "review": REVIEW}

    def _statement(self, name: str, value: object, time: str) -> Yaml:
        scope: Yaml = {"time": time}
        if name != "observation":  # observations of one figure share a scope, so that only their years set them apart
            if self.chance.random() < 0.3:
                scope["place"] = self._some("places")
            if self.chance.random() < 0.2:
                scope["sector"] = self.chance.choice(list(VOCABULARY["sectors"]))
        made: Yaml = {"id": "", "property": name, "value": value, "qualifiers": scope}
        made["cites"] = [self._cite() for _ in range(self.chance.choices((1, 2, 3), (70, 22, 8))[0])]
        if self.chance.random() < 0.2:
            made["note"] = f"{self._sentences(1)} Compare [[{self._some('institutions')}|the office]]."
        return made

    def _value(self, name: str, id_: str) -> object:
        range_ = VOCABULARY["properties"][name]["range"]
        if range_ == "text":
            return self._sentences(1)[:-1].lower()
        if range_ == "date":
            return self._date()
        if range_ == "quantity":
            low = self.chance.randint(1, 400)
            return self.chance.choice(({"about": low}, {"exact": low}, {"low": low, "high": low + 50}))
        target = self._some(self.chance.choice(range_))
        return target if target != id_ else "unknown"

    def _cite(self) -> Yaml:
        id_ = self._some("sources")
        source = self.sources[id_]
        made: Yaml = {"source": id_, "at": self.chance.randint(1, source["paragraphs"])}
        if self.chance.random() < 0.5:
            made["voice"] = self.chance.choice(source["voices"])["id"]
        if self.chance.random() < 0.3:
            made["modality"] = self.chance.choice(MODALITIES)
        return made

    def _some(self, type_name: str) -> str:
        """A record of a type; the n-th is chosen 1/n times as often as the first."""
        return self.chance.choices(self.ids[type_name], cum_weights=self.weights[type_name])[0]

    def _christen(self, type_name: str, n: int) -> str:
        syllables = self.chance.choices(list(SYLLABLES), k=self.chance.randint(2, 3))
        while (sound := f"{type_name} {southern(''.join(syllables))}") in self.sounds:  # no two are likely duplicates
            syllables.append(self.chance.choice(list(SYLLABLES)))
        self.sounds.add(sound)
        latin = "".join(SYLLABLES[s] for s in syllables)
        title = self.chance.choice(TITLES[type_name])
        id_ = f"{latin}-{title.replace(' ', '-')}-{SINGULAR[type_name]}-{n}"
        self.names[id_], self.hangul[id_] = f"{latin.capitalize()} {title}", "".join(syllables)
        return id_

    def _date(self) -> str:
        year, month, day = self.chance.randint(2005, 2024), self.chance.randint(1, 12), self.chance.randint(1, 28)
        forms = (f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}", f"{year}-{month:02}~", f"{year}/{year + 1}")  # fmt: skip
        return self.chance.choice(forms)

    def _amount(self, low: int, high: int) -> float:
        return self.chance.randint(low * 10, high * 10) / 10

    def _sentences(self, n: int) -> str:
        made = (f"{self.chance.choice(WHO)} {self.chance.choice(DID)} {self.chance.choice(WHEN)}" for _ in range(n))
        return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in made)


def vocabulary() -> Yaml:
    """The vocabulary with a definition for every word in it."""
    return {
        section: {name: {**word, "definition": f"Made up: {word['label']}."} for name, word in words.items()}
        for section, words in VOCABULARY.items()
    }


def write(records: int, seed: int, out: Path, docs: Path | None = None) -> None:
    """Write the records below `out`, and prose for one in ten below `docs`."""
    maker = Maker(records, seed)
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "properties.yaml", vocabulary())
    for type_name, id_, record in maker.records():
        _write(out / type_name / f"{id_}.yaml", record)
    for type_name, id_, text in maker.prose() if docs else ():
        assert docs
        path = docs / type_name / f"{id_}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def ordinary(data: Path) -> list[Path]:
    """The files of records that are neither figures, disputes nor sources, which others are worked out from."""
    return sorted(
        file for name in ("people", "places", "institutions", "policies", "events") for file in (data / name).glob("*.yaml")
    )  # fmt: skip


def edit(file: Path, chance: random.Random) -> None:
    """Put a note of its own to some statement of a record."""
    record = ryaml.loads(file.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    chance.choice(record["statements"])["note"] = f"Read again, with remark {chance.randrange(10**9)}."
    _write(file, record)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(ryaml.dumps(content), encoding="utf-8")  # type: ignore[attr-defined]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write made-up records to measure with.")
    parser.add_argument("--records", type=int, default=1000, help="how many records, at least 20 (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other records (default: 1)")
    parser.add_argument("--out", type=Path, required=True, help="an empty or new folder for the records")
    parser.add_argument("--docs", type=Path, help="a folder for prose beside one record in ten")
    given = parser.parse_args()
    if given.records < 20:
        parser.error(f"found --records {given.records}, expected at least 20: there are eight types, and they refer to each other")  # fmt: skip
    if given.out.exists() and any(given.out.iterdir()):
        parser.error(f"{given.out} is not empty: name another folder, or empty it")
    write(given.records, given.seed, given.out, given.docs)


if __name__ == "__main__":
    main()
