"""What a new record starts from: valid, in the one form, commented from the model."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from records import write

from kb.check import check_folder
from kb.layout import laid_out
from kb.load import load
from kb.model import TYPES, RoleOnlyPerson
from kb.schema import fields_of
from kb.start import start
from kb.written import Scalar

TODAY = "2026-01-02"
PLACEHOLDERS = {"unknown-record", "unknown-statement"}
"""What `kb check` still asks for in a record that was just started."""


@pytest.mark.parametrize("type_name", TYPES)
def test_it_is_one_of_the_model_and_asks_only_for_its_placeholders(tmp_path: Path, type_name: str) -> None:
    data = write(tmp_path, {f"{type_name}/fresh": start(type_name, TODAY)})
    assert load(data).problems == ()
    assert {problem.code for problem in check_folder(data)[1]} <= PLACEHOLDERS


@pytest.mark.parametrize("type_name", TYPES)
def test_it_is_in_the_one_form(type_name: str) -> None:
    assert laid_out(start(type_name, TODAY), type_name) == start(type_name, TODAY)


@pytest.mark.parametrize("type_name", TYPES)
def test_it_says_of_every_key_what_the_model_says(type_name: str) -> None:
    words = " ".join(start(type_name, TODAY).replace("#", " ").split())
    for row in fields_of(type_name)[0][1]:
        if row.key != "former_ids":
            assert row.meaning in words, row.key
            assert f"{row.key}: " in words
            assert " | " not in row.takes or f"{row.takes.replace(' | ', ', ')}" in words


@pytest.mark.parametrize("type_name", TYPES)
def test_the_statement_it_shows_is_one_of_the_model(tmp_path: Path, type_name: str) -> None:
    text = start(type_name, TODAY)
    shown = [line.removeprefix("# ") for line in text.splitlines() if line.startswith(("# - ", "#   "))]
    shown = [line for line in shown if line.startswith(("- id", "  "))][-6:]
    statement = "\n".join(shown).replace("an id, text, date, number, or ", "")
    assert load(write(tmp_path, {f"{type_name}/x": text.replace("statements: []", f"statements:\n{statement}")})).problems == ()  # fmt: skip


@pytest.mark.parametrize("kind", get_args(get_type_hints(RoleOnlyPerson)["kind"]))
def test_the_head_of_a_person_names_each_kind_that_goes_by_role(kind: str) -> None:
    (line,) = [line for line in start("people", TODAY).splitlines() if line.startswith("# kind: person ")]
    assert kind in line.split()


def test_a_role_only_person_starts_from_the_lines_in_its_head(tmp_path: Path) -> None:
    lines = start("people", TODAY).splitlines()
    role = [
        line.removeprefix("# ") for line in lines if line.startswith(("# role:", "# kind: person", "# protection: "))
    ]
    rest = [line for line in lines if not line.startswith(("name:", "protection", "#"))]
    assert load(write(tmp_path, {"people/clerk": "\n".join([*role, *rest])})).problems == ()


def test_what_is_known_stands_in_place_of_placeholders_with_a_remark() -> None:
    text = start("places", TODAY, {"name": Scalar("Northport")}, {"name": "from the register"})
    assert "\nname: Northport  # from the register\n" in text
