"""A table of statements: what it adds, where it says what is wrong, and that nothing else moves."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest
from records import MINI

from kb.check import check_folder
from kb.edits import RefusedError
from kb.graph import link
from kb.load import load
from kb.table import Imported, imported

HEADER = "record,id,property,value,time,source,at,voice,note\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The miniature base, with comments in a record."""
    shutil.copytree(MINI, tmp_path / "data")
    path = tmp_path / "data/places/northport.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\nformer_ids", "\n  # not yet: cranes\nformer_ids").replace("value: 14", "value: 14  # planned"), encoding="utf-8")  # fmt: skip
    return tmp_path / "data"


def table(data: Path, text: str | bytes) -> Imported:
    """What a table adds."""
    path = data.parent / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return imported(link(load(data)), None, path)


def added(data: Path, found: Imported) -> dict[str, list[str]]:
    """The lines that each record gets; none may be lost."""
    result = {}
    for path, text in found.changes.items():
        lines = list(difflib.ndiff(path.read_text(encoding="utf-8").splitlines(), (text or "").splitlines()))
        assert not [line for line in lines if line.startswith("- ")]
        result[path.relative_to(data).as_posix()] = [line[2:] for line in lines if line.startswith("+ ")]
    return result


def wrong(found: Imported) -> list[tuple[int, int, str]]:
    """Line, column and code of what is wrong in the table."""
    assert all(Path(problem.path).name == "table.csv" for problem in found.problems), found.problems
    return [(problem.line, problem.column, problem.code) for problem in found.problems]


def test_rows_become_statements_and_all_else_stays_as_it_is(data: Path) -> None:
    found = table(
        data,
        HEADER + 'northport,cranes,berths,3,2013,courier-2011-04-02,2,,"A note, with a comma: and a colon"\n'
        "northport,cranes,,,,gull-2011-04-01,2,,\n"
        "cannery,,opened,1951~,,courier-2011-04-02,map on page 3,,\n",
    )
    assert found.problems == []
    assert found.statements == 2
    assert added(data, found)["places/northport.yaml"] == [
        "  - id: cranes",
        "    property: berths",
        "    value: 3",
        '    qualifiers: {time: "2013"}',
        "    cites:",
        "      - {source: courier-2011-04-02, at: 2}",
        "      - {source: gull-2011-04-01, at: 2}",
        '    note: "A note, with a comma: and a colon"',
    ]
    assert '    value: "1951~"' in added(data, found)["places/cannery.yaml"]
    for path, text in found.changes.items():
        path.write_text(text or "", encoding="utf-8")
    assert check_folder(data)[1] == []


@pytest.mark.parametrize(
    ("columns", "cells", "value"),
    [
        ("value", "1500", "1500"),
        ("value", '"{about: 40, unit: workers}"', "{about: 40, unit: workers}"),
        ("low,high,currency,per", "250,300,USD,month", "{low: 250, high: 300, currency: USD, per: month}"),
        ("value", "unknown", "unknown"),
    ],
)
def test_amounts_are_numbers_quantities_or_columns(data: Path, columns: str, cells: str, value: str) -> None:
    text = f"record,property,time,source,at,{columns}\ndock-workers-abroad,observation,2013,gull-2011-04-01,2,{cells}\n"
    found = table(data, text)
    assert found.problems == []
    assert f"    value: {value}" in added(data, found)["figures/dock-workers-abroad.yaml"]


def test_a_table_of_a_spreadsheet_is_read_with_its_mark_semicolons_and_line_ends(data: Path) -> None:
    text = HEADER.replace(",", ";") + "northport;x;berths;3;2013;courier-2011-04-02;2;;Žluťoučký\n"
    found = table(data, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert (found.problems, found.statements) == ([], 1)
    assert "    note: Žluťoučký" in added(data, found)["places/northport.yaml"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("nortport,x,berths,3,,courier-2011-04-02,2,,", (2, 1, "unknown-record")),
        ("ferry,x,berths,3,,courier-2011-04-02,2,,", (2, 1, "unknown-record")),
        ("northport,x,,3,,courier-2011-04-02,2,,", (2, 13, "missing-key")),
        ("northport,x,berths,,,courier-2011-04-02,2,,", (2, 20, "missing-key")),
        ("northport,x,berths,3,,,2,,", (2, 23, "missing-key")),
        ("northport,x,berth,3,,courier-2011-04-02,2,,", (2, 13, "unknown-property")),
        ("northport,x,berths,many,,courier-2011-04-02,2,,", (2, 20, "wrong-range")),
        ("northport,x,berths,3,2013-13,courier-2011-04-02,2,,", (2, 22, "bad-date")),
        ("northport,x,berths,3,,courier-2011-04-01,2,,", (2, 23, "unknown-record")),
        ("northport,x,berths,3,,courier-2011-04-02,7,,", (2, 42, "past-the-end")),
        ("northport,x,berths,3,,courier-2011-04-02,6,,", (2, 42, "cites-furniture")),
        ("northport,x,berths,3,,courier-2011-04-02,2,clerc,", (2, 44, "unknown-voice")),
        ("northport,berths,berths,3,2013,courier-2011-04-02,2,,", (2, 11, "duplicate-statement")),
        ("northport,X x,berths,3,2013,courier-2011-04-02,2,,", (2, 11, "bad-id")),
        ('northport,x,berths,"{about: [}",,courier-2011-04-02,2,,', (2, 20, "bad-yaml")),
        ("northport,x,berths,3,,courier-2011-04-02,2,,a,b", (2, 47, "bad-yaml")),
        ('northport,x,berths,"3,,courier-2011-04-02,2,,', (2, 1, "bad-yaml")),
    ],
)
def test_what_is_wrong_is_told_at_its_cell(data: Path, row: str, expected: tuple[int, int, str]) -> None:
    assert wrong(table(data, f"{HEADER}{row}\n")) == [expected]


def test_every_row_is_told_and_a_cell_of_several_lines_is_counted(data: Path) -> None:
    rows = (
        'northport,x,berths,3,2013,courier-2011-04-02,2,,"one\ntwo"\n'
        "northport,y,berths,3,2014,courier-2011-04-02,9,,\n"
        "northport,z,berths,4,2014,gull-2011-04-01,3,,\n"
    )
    assert wrong(table(data, HEADER + rows)) == [(4, 46, "past-the-end"), (5, 43, "past-the-end")]


def test_a_second_citation_that_is_wrong_is_told_in_its_row(data: Path) -> None:
    rows = "northport,x,berths,3,2013,courier-2011-04-02,2,,\nnorthport,x,,,,courier-2011-04-02,99,,\n"
    assert wrong(table(data, HEADER + rows)) == [(3, 35, "past-the-end")]


def test_a_row_that_adds_a_citation_says_nothing_else_of_the_statement(data: Path) -> None:
    rows = "northport,x,berths,3,2013,courier-2011-04-02,2,,\nnorthport,x,,4,,courier-2011-04-02,2,,\n"
    assert wrong(table(data, HEADER + rows)) == [(3, 14, "duplicate-statement")]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("record,property,value,source,at,colour", (1, 33, "unknown-key")),
        ("record,property,value,source,at,at", (1, 33, "duplicate-key")),
        ("record,property,value,source", (1, 1, "missing-key")),
    ],
)
def test_columns_that_are_not_known_or_missing_are_told(
    data: Path, header: str, expected: tuple[int, int, str]
) -> None:
    assert wrong(table(data, f"{header}\n")) == [expected]


@pytest.mark.parametrize("text", ["", "\n\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_table_is_refused(data: Path, text: str | bytes) -> None:
    with pytest.raises(RefusedError, match=r"table\.csv:1:1: "):
        table(data, text)


def test_a_record_that_is_not_in_the_one_form_is_refused(data: Path) -> None:
    path = data / "places/northport.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("kind: city", 'kind: "city"'), encoding="utf-8")
    with pytest.raises(RefusedError, match="run “kb fmt” first"):
        table(data, HEADER + "northport,x,berths,3,2013,courier-2011-04-02,2,,\n")
