"""Sources from what a reference manager exports: what is taken over, what is left open, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from records import MINI, write

from kb.bibliography import Entry, entries, source
from kb.check import check_folder
from kb.edits import RefusedError
from kb.graph import link
from kb.layout import laid_out
from kb.load import load

ARTICLE = {
    "id": "http://zotero.org/users/1/items/AB", "type": "article-newspaper",
    "title": "<i>Ferry</i> Leaves at Night &amp; Nobody Saw It Come Back Again", "container-title": "Tidewater Courier",
    "URL": "https://courier.example/2012", "language": "en-GB", "issued": {"date-parts": [["2012", 4, 2]]},
    "accessed": {"date-parts": [[2026, 1, 2]]},
    "author": [{"family": "Reed", "given": "Pat", "non-dropping-particle": "van"}, {"literal": "The harbour desk"}],
}  # fmt: skip


def read(folder: Path, content: Any, name: str = "export.json") -> list[Entry]:
    """The entries of a file."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return entries(path)


def test_csl_json_of_zotero_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, [ARTICLE]) == [
        Entry(
            "article-newspaper", "Ferry Leaves at Night & Nobody Saw It Come Back Again", "Tidewater Courier", "2012-04-02",
            "en-GB", "https://courier.example/2012", "", "2026-01-02", ("Pat van Reed", "The harbour desk"),
        )
    ]  # fmt: skip


BIBTEX = r"""
@comment{x}
@article{reed2012,
  title = {{Ferry} Leaves at {N}ight \& Nobody},
  author = {van Reed, Pat and M{\"u}ller, Anna and {The harbour desk}},
  journaltitle = {Tidewater Courier}, date = {2012-04}, urldate = {2026-01-02},
  url = {https://courier.example/a_b%20c}, langid = {korean}
}
@online{b, title = "B", organization = {Gull Agency}, year = 2013, month = mar, day = 4, language = {Klingon!}}
@misc{c, title = {조선}, howpublished = {Elsewhere}, date = {2011-01/2011-02}}
"""


def test_bibtex_is_read_with_its_accents_and_fields_of_biblatex(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, BIBTEX, "export.bib")
    assert first == Entry(
        "article", "Ferry Leaves at Night & Nobody", "Tidewater Courier", "2012-04", "ko", "https://courier.example/a_b%20c",
        "", "2026-01-02", ("Pat van Reed", "Anna Müller", "The harbour desk"),
    )  # fmt: skip
    assert (second.kind, second.issued, second.language, second.url) == ("online", "2013-03-04", "", "")
    assert (third.title, third.issued, third.publisher) == ("조선", "2011-01/2011-02", "Elsewhere")


@pytest.mark.parametrize(
    ("issued", "edtf"),
    [
        ({"date-parts": [[2012]]}, "2012"),
        ({"date-parts": [[2012, 4]], "circa": True}, "2012-04~"),
        ({"date-parts": [[2012, 4, 1], [2012, 4, 3]]}, "2012-04-01/2012-04-03"),
        ({"raw": "2012-04"}, "2012-04"),
        ({"literal": "last spring"}, ""),
        ({"date-parts": [["x"]]}, ""),
        ({"date-parts": [[2012, 13]]}, ""),
        (None, ""),
    ],
)
def test_dates_become_edtf_or_are_left_open(tmp_path: Path, issued: object, edtf: str) -> None:
    assert read(tmp_path, [{**ARTICLE, "issued": issued}])[0].issued == edtf


def test_a_source_is_made_of_it_with_an_id_from_publisher_and_date(tmp_path: Path) -> None:
    data = write(tmp_path, {})
    kb = link(load(MINI))
    started = source(kb, read(tmp_path, [ARTICLE])[0], "2026-01-02")
    assert started.id == "tidewater-courier-2012-04-02"
    assert laid_out(started.text, "sources") == started.text
    lines = [line for line in started.text.splitlines() if not line.startswith("#")]
    assert lines[:1] + lines[3:12] == [
        "name: The Tidewater Courier, 2 April 2012",
        "title: Ferry Leaves at Night & Nobody Saw…",
        "publisher: tidewater-courier",
        "author:",
        "  - {literal: Pat van Reed}",
        "  - {literal: The harbour desk}",
        'issued: "2012-04-02"',
        "language: en-GB",
        "url: https://courier.example/2012",
        'accessed: "2026-01-02"',
    ]
    (data / "sources/new.yaml").write_text(started.text.replace("tidewater-courier", "courier"), encoding="utf-8")
    assert check_folder(data)[1] == []


def test_a_name_in_any_spelling_finds_the_publisher(tmp_path: Path) -> None:
    kb = link(load(MINI))
    for name in ("THE TIDEWATER COURIER", "tidewater-courier"):
        assert "\npublisher: tidewater-courier\n" in source(kb, read(tmp_path, [{**ARTICLE, "container-title": name}])[0], "2026").text  # fmt: skip


def test_what_is_not_said_is_left_open_with_a_remark(tmp_path: Path) -> None:
    started = source(link(load(MINI)), read(tmp_path, [{"type": "dataset", "publisher": "New Paper"}])[0], "2026-01-02")
    assert started.id == "new-paper"
    for remark in (
        "publisher: new-paper  # no institution yet: kb new institution new-paper, for “New Paper”",
        'issued: "2016-04-08"  # a placeholder: the entry has no date',
        "url: https://example.org/  # a placeholder",
        "language: und  # the entry does not say",
        "kind: webpage  # the entry says “dataset”",
        "paragraphs: 1  # count the non-empty lines",
    ):
        assert f"\n{remark}" in started.text


def test_ids_that_are_taken_get_a_number(tmp_path: Path) -> None:
    entry = read(tmp_path, [{**ARTICLE, "container-title": "gull", "issued": {"date-parts": [[2011, 4, 1]]}}])[0]
    kb = link(load(MINI))
    assert source(kb, entry, "2026").id == "gull-2011-04-01-2"
    assert source(kb, entry, "2026", frozenset({"gull-2011-04-01-2"})).id == "gull-2011-04-01-3"


def test_an_address_that_is_a_source_already_is_refused(tmp_path: Path) -> None:
    entry = read(tmp_path, [{**ARTICLE, "URL": "https://gull.example/1"}])[0]
    with pytest.raises(RefusedError, match=r"is the address of .*gull-2011-04-01\.yaml already"):
        source(link(load(MINI)), entry, "2026")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("x.json", "[{]", r"x\.json:1:3: bad-yaml: the text is no JSON"),
        ("x.json", "[1]", "entry 1 is no item of CSL-JSON"),
        ("x.json", "[]", "found no entry"),
        ("x.bib", "@article{a,\n title = {x}\n year = }", r"x\.bib:\d:1: bad-yaml: the text is no BibTeX"),
        ("x.bib", "@article{a, title={x}}\n@article{a, title={x}}", "repeated"),
        ("x.bib", "just words", "found no entry, expected CSL-JSON or BibTeX"),
        ("x.bib", "", "found no entry"),
    ],
)
def test_what_is_neither_is_refused_with_the_place(tmp_path: Path, name: str, text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        read(tmp_path, text, name)
