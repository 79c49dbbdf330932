"""Which files are put into the one form, and what is told of the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from generate import write as generate
from records import MINI

from kb.formatting import files, formatted


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The miniature base, two of its files in another form."""
    shutil.copytree(MINI, tmp_path / "data")
    for name, old, new in (("places/northport", "kind: city", 'kind: "city"'), ("properties", "label: opened", "label:  opened")):  # fmt: skip
        path = tmp_path / "data" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path / "data"


def test_every_record_and_the_vocabulary_are_found_hidden_files_are_not(data: Path) -> None:
    (data / "places/.hidden.yaml").write_text("", encoding="utf-8")
    found = {path.relative_to(data).as_posix() for path in files([data])}
    assert found == {path.relative_to(MINI).as_posix() for path in MINI.rglob("*.yaml")}
    assert {path.stem for path in files([data / "places"])} == {"cannery", "northport"}


def test_only_what_differs_is_written_and_told(data: Path) -> None:
    found = list(formatted(list(files([data])), check=False))
    assert {entry.path.stem for entry in found if entry.changed} == {"northport", "properties"}
    for path in MINI.rglob("*.yaml"):
        assert (data / path.relative_to(MINI)).read_bytes() == path.read_bytes()
    assert not any(entry.changed for entry in formatted(list(files([data])), check=False))


def test_a_check_writes_nothing_and_names_the_first_line_that_differs(data: Path) -> None:
    before = {path: path.read_bytes() for path in files([data])}
    found = [entry.problem for entry in formatted(list(files([data / "places"])), check=True) if entry.problem]
    assert [(Path(p.path).stem, p.line, p.code) for p in found] == [("northport", 9, "unformatted")]
    assert {path: path.read_bytes() for path in files([data])} == before


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf{}", None])
def test_marks_of_other_systems_go(data: Path, text: bytes | None) -> None:
    path = data / "places/cannery.yaml"
    good = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + good if text else good.replace(b"\n", b"\r\n"))
    list(formatted([path], check=False))
    assert path.read_bytes() == good


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: [", "bad-yaml"), ("", "bad-yaml"), ("- a\n", "bad-yaml"), ("a: 1\na: 2\n", "duplicate-key"), ("\udcff", "unreadable-file"),
        ("name: &a N\nsummary: *a\n", "bad-yaml"), ("a: {b: *c}\n", "bad-yaml"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_left_and_the_rest_goes_on(data: Path, text: str, code: str) -> None:
    path = data / "places/cannery.yaml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    found = list(formatted(list(files([data])), check=False))
    assert [(entry.path, entry.problem.code) for entry in found if entry.problem] == [(path, code)]
    assert path.read_bytes() == text.encode(errors="surrogateescape")
    assert sum(entry.changed for entry in found) == 2


def test_a_file_that_is_no_record_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mkdocs.yml"
    path.write_text("site_name:   x\n", encoding="utf-8")
    assert [entry.problem.code for entry in formatted([path], check=False) if entry.problem] == ["stray-file"]
    assert path.read_text(encoding="utf-8") == "site_name:   x\n"


def test_many_files_in_several_processes_come_out_like_one_by_one(tmp_path: Path) -> None:
    for name in ("together", "apart"):
        generate(420, 5, tmp_path / name)
    together, apart = (list(files([tmp_path / name])) for name in ("together", "apart"))
    assert [entry.path for entry in formatted(together, check=False)] == together
    for path in apart:
        list(formatted([path], check=False))
    assert [path.read_bytes() for path in together] == [path.read_bytes() for path in apart]
