"""The machine formats: the addresses and keys others rely on, and values just as they are in YAML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pages import ROOT
from records import MINI, base, figure, said

from kb.export import export
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.model import TYPES

Files = dict[str, Any]


def exported(kb: KnowledgeBase) -> Files:
    """Every JSON file, read; numbers JSON does not have are refused."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return {path: json.loads(content, parse_constant=refuse) for path, content in export(kb) if path.endswith(".json")}


@pytest.fixture(scope="module")
def files() -> Files:
    return exported(link(load(MINI)))


def test_there_is_a_file_for_everything_for_each_type_and_for_each_record(files: Files) -> None:
    records = {f"api/v1/{path.parent.name}/{path.stem}.json" for path in MINI.glob("*/*.yaml")}
    types = {f"api/v1/{name}.json" for name in TYPES}
    assert records | types | {"api/v1/statements.json"} <= files.keys()
    assert all(path.startswith("api/v1/") for path in files)


def test_a_statement_has_the_keys_of_the_contract(files: Files) -> None:
    statements = {statement["id"]: statement for statement in files["api/v1/statements.json"]}
    imposed = statements["tide-levy#imposed"]
    assert imposed["subject"] == "tide-levy"
    assert imposed["property"] == "imposed-by"
    assert imposed["value"] == "harbour-ministry"
    assert imposed["qualifiers"] == {
        "time": "2009?", "agency": "harbour-ministry", "sector": "fishing", "group": "dock-workers"
    }  # fmt: skip
    assert [(cite["source"], cite["at"], cite["voice"]) for cite in imposed["cites"]] == [
        ("courier-2011-04-02", 4, None),
        ("gull-2011-04-01", 2, None),
    ]
    assert imposed["status"] == "reported"
    assert statements["night-ferry#where"]["cites"][1]["voice"] == "clerk"
    assert {"id", "subject", "property", "value", "qualifiers", "cites", "status"} <= set.intersection(
        *(set(statement) for statement in statements.values())
    )


def test_every_statement_is_there_once(files: Files) -> None:
    written = [
        f"{path.stem}#{statement['id']}"
        for path in sorted(MINI.glob("*/*.yaml"))
        for statement in yaml.safe_load(path.read_text(encoding="utf-8")).get("statements", ())
    ]
    listed = [statement["id"] for statement in files["api/v1/statements.json"]]
    assert sorted(listed) == sorted(written)


@pytest.mark.parametrize(
    ("ref", "value"),
    [
        ("cannery#in-northport", "northport"),
        ("cannery#berths", "none"),
        ("night-ferry#helper", "unknown"),
        ("night-ferry#when", "[2011-03-30, 2011-03-31]"),
        ("night-ferry#nine", {"exact": 9, "unit": "people"}),
        ("dock-workers-abroad#in-2008", {"low": 800, "high": 1000, "unit": "workers"}),
        ("dock-workers-abroad#in-2009", {"at-least": 900, "unit": "workers"}),
        ("levy-income#in-2011", {"about": 2400000, "currency": "USD", "per": "year"}),
        ("harbour-clerk#lists", "The lists were written twice."),
        ("harbour-ministry#denial", "Nobody left who was not meant to leave, says a note on [[night-ferry]]."),
    ],
)
def test_values_are_as_in_yaml(files: Files, ref: str, value: object) -> None:
    assert next(s["value"] for s in files["api/v1/statements.json"] if s["id"] == ref) == value


def test_what_is_computed_is_there_too(files: Files) -> None:
    where = next(s for s in files["api/v1/statements.json"] if s["id"] == "night-ferry#where")
    assert (where["status"], where["origins"]) == ("corroborated", ["gull-agency", "harbour-clerk"])
    imposed = next(s for s in files["api/v1/statements.json"] if s["id"] == "tide-levy#imposed")
    assert imposed["words"] == {
        "subject": "Tide levy", "property": "imposed by", "value": "Harbour Ministry", "time": "perhaps 2009",
        "sector": "Fishing", "agency": "Harbour Ministry", "group": "Dock workers", "disputes": [],
    }  # fmt: skip
    assert (imposed["type"], imposed["value-type"], imposed["bounds"]) == (
        "policies", "institutions", ["2009-01-01", "2009-12-31"],
    )  # fmt: skip
    nine = next(s for s in files["api/v1/statements.json"] if s["id"] == "night-ferry#nine")
    assert (nine["status"], nine["disputes"]) == ("contested", ["night-ferry-size#nine"])


@pytest.mark.parametrize("path", sorted(MINI.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_a_record_has_all_that_its_file_has(files: Files, path: Path) -> None:
    record = files[f"api/v1/{path.parent.name}/{path.stem}.json"]
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert (record["id"], record["type"]) == (path.stem, path.parent.name)
    assert record["caption"] == written.get("name", written.get("role"))
    for key, value in written.items():
        if key not in ("statements", "names", "voices", "lineage"):
            assert record[key] == value, key
    assert {s["id"] for s in record["statements"]} == {f"{path.stem}#{s['id']}" for s in written.get("statements", ())}


def test_lists_of_a_type_hold_its_records_in_full(files: Files) -> None:
    for name in TYPES:
        for record in files[f"api/v1/{name}.json"]:
            alone = files[f"api/v1/{name}/{record['id']}.json"]
            assert {key: alone[key] for key in record} == record


def test_links_from_elsewhere_and_what_rests_on_a_source_are_there(files: Files) -> None:
    links = files["api/v1/places/northport.json"]["backlinks"]
    assert {"id": "cannery", "label": "contains", "statement": "cannery#in-northport"} in links
    resting = files["api/v1/sources/gull-2011-04-01.json"]["resting_on"]
    assert {"at": 1, "statement": "night-ferry#when"} in resting
    assert "resting_on" not in files["api/v1/places/northport.json"]


def test_text_is_unicode_and_every_file_ends_its_line(files: Files) -> None:
    raw = dict(export(link(load(MINI))))
    assert "북항".encode() in raw["api/v1/places/northport.json"]
    assert all(content.endswith(b"\n") for content in raw.values())


def test_the_same_base_makes_the_same_bytes() -> None:
    assert list(export(link(load(MINI)))) == list(export(link(load(MINI))))


def test_numbers_keep_their_kind(tmp_path: Path) -> None:
    statements = [
        said("a", "observation", 9, time="2011"),
        said("b", "observation", {"low": 0, "high": 0.5}, time="2012"),
    ]
    files = exported(base(tmp_path, {"figures/x": figure(statements=statements)}))
    values = [statement["value"] for statement in files["api/v1/figures/x.json"]["statements"]]
    assert values == [{"exact": 9, "unit": "workers"}, {"low": 0, "high": 0.5, "unit": "workers"}]
    assert type(values[0]["exact"]) is int


def test_every_key_of_a_statement_is_explained_to_machines(files: Files) -> None:
    explained = set(re.findall(r"`([a-z_-]+)`", (ROOT / "docs" / "machines.md").read_text(encoding="utf-8")))
    statement = files["api/v1/statements.json"][0]
    assert {*statement, *statement["cites"][0]} - explained == set()
