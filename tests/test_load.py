"""Reading files: YAML 1.2, exact places, and no file, however hostile, that ends in a traceback."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from edits import OF_RECORDS, Edited
from records import MINI, place, said, write

import kb.load
from kb.load import FileChanged, Loaded, load, locate, read, reload
from kb.model import Place, Quantity
from kb.problems import Problem

HEAD = 'name: Northport\nkind: city\nreview: {date: "2026"}\n'
GOOD = HEAD + "summary: A made-up city.\n"


def told(folder: Path, content: str | bytes, name: str = "places/x") -> list[tuple[int, int, str]]:
    """Line, column and code of every problem with a data folder that holds one more file."""
    return [(p.line, p.column, p.code) for p in load(write(folder, {name: content})).problems]


def test_every_record_of_the_miniature_base_is_read() -> None:
    loaded = load(MINI)
    assert loaded.problems == ()
    assert {loaded.path(record) for record in loaded.records} == set(MINI.glob("*/*.yaml"))


@pytest.mark.parametrize("word", ["NO", "on", "yes", "12:30", "2016-03-01", "1_000", "010", "'5'", "<<", "=", "~x"])
def test_text_stays_text(tmp_path: Path, word: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace("A made-up city.", word), encoding="utf-8")
    record, problems = read(path, "places", {"id": "x"})
    assert problems == []
    assert record.summary == word.strip("'")


@pytest.mark.parametrize(
    ("written", "number"), [("12", 12), ("+5", 5), ("0x1f", 31), ("0o17", 15), ("1e3", 1000.0), ("-2.5", -2.5)]
)
def test_numbers_are_those_of_yaml_1_2(tmp_path: Path, written: str, number: float) -> None:
    statement = f"statements: [{{id: a, property: observation, value: {{exact: {written}}}, cites: [{{source: article, at: 1}}]}}]"
    loaded = load(write(tmp_path, {"places/x": GOOD + statement}))
    value = next(record for record in loaded.records if record.id == "x").statements[0].value
    assert isinstance(value, Quantity)
    assert (value.exact, type(value.exact)) == (number, type(number))


def test_windows_line_ends_and_a_byte_order_mark_are_no_mistake(tmp_path: Path) -> None:
    assert told(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == []


def test_the_id_comes_from_the_file_name(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {"places/some-where": GOOD}))
    record = next(record for record in loaded.records if isinstance(record, Place))
    assert (record.id, record.type, record.caption) == ("some-where", "places", "Northport")


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (GOOD + "name: Elsewhere\n", [(5, 1, "duplicate-key")]),
        (GOOD + "coordinates: {lat: 1, lon: 1, lat: 2, lon: 2, inferred: x}\n", [(5, 31, "duplicate-key"), (5, 39, "duplicate-key")]),
        (HEAD, [(1, 1, "missing-key")]),
        (GOOD + "colour: red\n", [(5, 1, "unknown-key")]),
        (GOOD.replace("city", "hamlet"), [(2, 7, "unknown-choice")]),
        (GOOD.replace('"2026"', "2026"), [(3, 16, "bad-date")]),
        (GOOD.replace("2026", "26"), [(3, 16, "bad-date")]),
        (GOOD + "id: elsewhere\n", [(5, 1, "unknown-key")]),
        (GOOD + "? [a, b]\n: 1\n", [(5, 3, "bad-yaml")]),
        (GOOD + "1: one\n", [(5, 1, "unknown-key")]),
        (GOOD + "names: Northport\n", [(5, 8, "wrong-type")]),
        (GOOD + "names:\n  - value: A\n    language: english\n", [(7, 15, "bad-code")]),
        (GOOD + "names:\n  - value: A\n    language: en\n", [(6, 5, "uncited-name")]),
        (GOOD + "coordinates: {lat: .nan, lon: 181, inferred: x}\n", [(5, 20, "out-of-bounds"), (5, 31, "out-of-bounds")]),
        (GOOD + "summary2: &a [*a]\n", [(5, 11, "bad-yaml")]),
        (GOOD + "names: [{value: Where?, note: x}]\n", [(5, 9, "missing-key"), (5, 25, "unknown-key")]),
        (GOOD + "name2:\tx\n", [(5, 1, "unknown-key")]),
        (GOOD + "names: [{value: Where?, note: x]\n", [(5, 32, "bad-yaml")]),
        ("name: \"a\n", [(2, 1, "bad-yaml")]),
        ("name:\tx\n\tkind: city\n", [(2, 1, "bad-yaml")]),
        ("name: [a, b\nkind: city\n", [(2, 5, "bad-yaml")]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_line_and_column(
    tmp_path: Path, content: str, places: list[tuple[int, int, str]]
) -> None:
    assert sorted(told(tmp_path, content)) == places


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", (1, 1, "empty-file")),
        (b"# nothing yet\n\n", (1, 1, "empty-file")),
        (b"---\n...\n", (1, 1, "empty-file")),
        (bytes(range(256)), (2, 118, "unreadable-file")),
        ("name: café\n".encode("latin-1"), (1, 10, "unreadable-file")),
        (GOOD.encode("utf-16"), (1, 1, "unreadable-file")),
        (b"name: a\0b\n", (1, 8, "bad-yaml")),
        (b"- one\n- two\n", (1, 1, "wrong-type")),
        (b"# a comment\n\njust words\n", (3, 1, "wrong-type")),
        (b"12\n", (1, 1, "wrong-type")),
        (GOOD.encode()[:60] + b" {a: [", (4, 14, "bad-yaml")),
        (b"name: a\n---\nname: b\n", (2, 1, "bad-yaml")),
        (b"name: *nobody\n", (1, 7, "bad-yaml")),
        (b"name: '\\ud800'\nkind: \"\\ud800\"\n", (2, 10, "bad-yaml")),
        (b"%YAML 3.0\n---\na: b\n", (1, 1, "bad-yaml")),
        (b"name: " + b"[" * 5000 + b"]" * 5000, (1, 134, "bad-yaml")),
        (b"{a: " * 5000, (1, 513, "bad-yaml")),
        (b"".join(b"%s- \n" % (b" " * n) for n in range(3000)), (129, 129, "bad-yaml")),
        (b"name: &a [*a]\n", (1, 7, "bad-yaml")),
        (
            b"a: &a [x, x, x, x, x, x, x, x, x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (n + 1, n + 1, b", ".join([b"*%c" % n] * 9)) for n in range(97, 115)),
            (1, 1, "bad-yaml"),
        ),
    ],
    ids=[
        "empty", "comment-only", "empty-document", "binary", "latin-1", "utf-16", "nul", "list", "words", "number",
        "half-written", "two-documents", "unknown-alias", "lone-surrogate", "other-version", "deep-list", "deep-mapping",
        "deep-indent", "alias-of-itself", "alias-bomb",
    ],
)  # fmt: skip
def test_a_hostile_file_is_one_problem_and_the_rest_is_read(
    tmp_path: Path, content: bytes, place: tuple[int, int, str]
) -> None:
    loaded = load(write(tmp_path, {"places/hostile": content, "places/good": GOOD}))
    assert [(p.line, p.column, p.code) for p in loaded.problems] == [place]
    assert loaded.problems[0].path.endswith("data/places/hostile.yaml")
    assert "good" in {record.id for record in loaded.records}


def test_a_yaml_tag_runs_nothing(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    problems = told(tmp_path, f"!!python/object/apply:os.mkdir ['{witness}']\n")
    assert [code for _, _, code in problems] == ["wrong-type"]
    assert not witness.exists()


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    data = write(tmp_path, {})
    (data / "places" / "folder.yaml").mkdir(parents=True)
    (data / "places" / "gone.yaml").symlink_to("nowhere.yaml")
    (data / "places" / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(data / "places" / "pipe.yaml")
    problems = load(data).problems
    assert [Path(p.path).name for p in problems] == ["folder.yaml", "gone.yaml", "loop.yaml", "pipe.yaml"]
    assert {(p.line, p.column, p.code) for p in problems} == {(1, 1, "unreadable-file")}


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder of a user whom permissions bind: permissions say nothing to root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        os.seteuid(user)
        shutil.rmtree(folder)


def test_a_file_or_folder_that_may_not_be_read_is_told(nobody: Path) -> None:
    data = write(nobody, {"places/secret": GOOD, "events/hidden": "", "figures/closed": ""})
    (data / "places" / "secret.yaml").chmod(0)
    (data / "events").chmod(0o600)
    (data / "figures").chmod(0)
    try:
        problems = load(data).problems
    finally:
        for path in ("events", "figures"):
            (data / path).chmod(0o700)
    assert [(str(Path(p.path).relative_to(data)), p.code) for p in problems] == [
        ("events/hidden.yaml", "unreadable-file"),
        ("figures", "unreadable-file"),
        ("places/secret.yaml", "unreadable-file"),
    ]
    assert all("Permission denied" in p.message and (p.line, p.column) == (1, 1) for p in problems)


def test_what_stands_where_no_record_can_be_is_told(tmp_path: Path) -> None:
    data = write(tmp_path, {})
    (data / "place").mkdir()
    (data / "notes.txt").write_text("x", encoding="utf-8")
    (data / "events").write_text("x", encoding="utf-8")
    (data / "sources" / "x.yml").write_text(GOOD, encoding="utf-8")
    (data / "sources" / os.fsdecode(b"\xff.yaml")).write_text(GOOD, encoding="utf-8")
    (data / "sources" / "a\nb.yaml").write_text(GOOD, encoding="utf-8")
    (data / ".git").mkdir()
    (data / "sources" / ".x.yaml.swp").write_text("x", encoding="utf-8")
    problems = load(data).problems
    assert {(p.line, p.column, p.code) for p in problems} == {(1, 1, "stray-file")}
    assert [os.path.relpath(p.path, data) for p in problems] == [
        "events", "notes.txt", "place", "sources/a\nb.yaml", "sources/x.yml", "sources/\udcff.yaml",
    ]  # fmt: skip
    assert "did you mean “places”?" in problems[2].message


def test_a_bad_file_name_is_told_without_a_line_to_blame(tmp_path: Path) -> None:
    problems = load(write(tmp_path, {"places/North_Port": GOOD})).problems
    assert [(p.line, p.column, p.code) for p in problems] == [(1, 1, "bad-id")]
    assert "in the file's name: found “North_Port”" in problems[0].message


def test_without_a_data_folder_there_is_one_problem(tmp_path: Path) -> None:
    loaded = load(tmp_path / "nowhere")
    assert loaded.problems == (
        Problem(str(tmp_path / "nowhere"), 1, 1, "unreadable-file", "found no folder here: name the one with the records (--data)"),
    )  # fmt: skip


def test_without_a_vocabulary_the_records_are_still_read(tmp_path: Path) -> None:
    data = write(tmp_path, {})
    (data / "properties.yaml").unlink()
    loaded = load(data)
    assert [(Path(p.path).name, p.code) for p in loaded.problems] == [("properties.yaml", "unreadable-file")]
    assert {record.id for record in loaded.records} == {"courier", "article"}


def test_an_unknown_key_names_the_nearest_or_all_that_are_allowed(tmp_path: Path) -> None:
    near, far = load(write(tmp_path, {"places/x": GOOD + "sumary: x\nzzz: x\n"})).problems
    assert near.message == "found the key “sumary”; did you mean “summary”?"
    assert far.message == (
        "found the key “zzz”, expected one of coordinates, former_ids, kind, name, names, review, statements, summary"
    )


@pytest.mark.parametrize(("key", "named"), [("~", "None"), ("1", "1"), ("1.5", "1.5"), ('""', ""), ("x y", "x y")])
def test_a_key_that_is_no_word_is_told(tmp_path: Path, key: str, named: str) -> None:
    (problem,) = load(write(tmp_path, {"places/x": f"{GOOD}{key}: x\n"})).problems
    assert problem.code == "unknown-key"
    assert problem.message.startswith(f"found the key “{named}”, expected one of coordinates")


def test_a_number_as_a_key_of_a_quantity_is_told_with_the_keys_it_may_have(tmp_path: Path) -> None:
    statement = "statements: [{id: a, property: observation, value: {1: 3}, cites: [{source: article, at: 1}]}]"
    found = load(write(tmp_path, {"places/x": GOOD + statement})).problems
    assert {(p.line, p.column, p.code, p.message) for p in found} == {
        (
            5,
            53,
            "unknown-key",
            "found the key “1”, expected one of about, at-least, at-most, currency, exact, high, low, per, unit",
        )
    }


def test_a_wrong_choice_names_what_is_allowed_and_the_nearest(tmp_path: Path) -> None:
    (problem,) = load(write(tmp_path, {"places/x": GOOD.replace("kind: city", "kind: citty")})).problems
    assert problem.message == (
        "found “citty”, expected one of region, country, province, city, worksite; did you mean “city”?"
    )


def test_each_place_is_told_once_in_plain_words(tmp_path: Path) -> None:
    content = place(
        statements=[
            said("a", "said", True, {"source": "article", "at": 1.5}),
            said("b", "said", {"exact": "12"}, {"source": "article", "at": 0}),
            {**said("c", "said", None), "cites": []},
            said("d", "said", {"exact": {"a": 1}}),
            said("e", "said", "x", {"source": "article", "at": ""}),
        ]
    )
    problems = load(write(tmp_path, {"places/x": content})).problems
    assert [(p.code, p.message) for p in sorted(problems)] == [
        ("wrong-type", "found true, expected text or a number"),
        ("wrong-type", "found the number 1.5, expected a whole number or text"),
        ("wrong-type", "found “12”, expected a number"),
        ("out-of-bounds", "found the number 0: input should be greater than or equal to 1"),
        ("wrong-type", "found nothing, expected text or a number"),
        ("too-few", "found 0 items, expected at least 1"),
        ("wrong-type", "found keys and values, expected a number"),
        ("blank-text", "found empty text: write something, or leave the key out"),
    ]


@pytest.mark.parametrize(
    ("keys", "key", "place"),
    [
        ((), False, (1, 1)),
        (("b", 1, "d"), False, (4, 8)),
        (("b", 1, "d"), True, (4, 5)),
        (("b", 1), False, (4, 5)),
        (("b", 7), False, (2, 1)),
        (("b", 1, "missing"), False, (4, 5)),
        (("nowhere",), False, (1, 1)),
    ],
)
def test_a_place_is_found_by_its_keys_or_else_the_nearest_parent(
    keys: tuple[str | int, ...], key: bool, place: tuple[int, int]
) -> None:
    assert locate("a: 1\nb:\n  - c\n  - d: e\n", keys, key) == place


# --- cards, and reading again ----------------------------------------------------------------------------------------


def contents(loaded: Loaded) -> tuple[object, ...]:
    """Everything it says, with its records."""
    return (loaded.cards, loaded.records, loaded.vocabulary, set(loaded.problems))


def test_after_any_edits_what_is_read_again_is_what_is_read_anew(tmp_path: Path) -> None:
    edited = Edited(tmp_path, 20, 4)
    again = known = kept = load(edited.data)
    for _ in range(60):
        edited.edit(*OF_RECORDS, "break")
        if len(edited.made) % 20 == 0:
            edited.vocabulary_edit()
        changed = edited.save()
        wanted = load(edited.data)
        again = reload(again, changed)
        known = load(edited.data, {(card.type, card.id): card for card in known.cards})
        assert contents(again) == contents(wanted), edited.made[-1]
        kept = load(edited.data, {(card.type, card.id): card for card in kept.cards}, {**kept.parsed, **kept.fresh})
        assert contents(known) == contents(wanted) == contents(kept), edited.made[-1]


def test_a_file_whose_card_is_known_is_parsed_when_its_record_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write(tmp_path, {"places/x": place(name="One"), "places/y": place()})
    first = load(data)
    parsed: list[str] = []
    real = kb.load._parse

    def noted(path: Path, *rest: Any) -> Any:
        parsed.append(path.stem)
        return real(path, *rest)

    monkeypatch.setattr(kb.load, "_parse", noted)
    write(tmp_path, {"places/x": place(name="Two"), "places/y": place()})
    loaded = load(data, {(card.type, card.id): card for card in first.cards})
    assert parsed == ["x", "properties"]
    (card,) = (card for card in loaded.cards if card.id == "y")
    assert loaded.record(card) is loaded.record(card)
    assert parsed == ["x", "properties", "y"]


def test_what_a_file_was_parsed_to_is_not_parsed_again(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/x": place(name="One", summary="A place [[y]] is near."), "places/y": place()})
    first = load(data)
    loaded = load(data, {(card.type, card.id): card for card in first.cards}, first.fresh)
    for file in data.glob("places/*.yaml"):
        file.unlink()
    assert loaded.fresh == {} and loaded.records == first.records


def test_a_record_whose_file_changed_meanwhile_is_told(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/x": place()})
    loaded = load(data, {(card.type, card.id): card for card in load(data).cards})
    (card,) = (card for card in loaded.cards if card.id == "x")
    for content in (json.dumps(place(name="Other")), "not: [yaml"):
        (data / "places/x.yaml").write_text(content, encoding="utf-8")
        with pytest.raises(FileChanged, match=r"places/x.yaml was changed meanwhile: run the command again$"):
            loaded.record(card)


@pytest.mark.parametrize("path", ["places", "places/notes.txt", "nothing/x.yaml", "places/x.yaml", "properties.yaml"])
def test_any_path_may_be_read_again(tmp_path: Path, path: str) -> None:
    data = write(tmp_path, {"places/x": place()})
    loaded = load(data)
    shutil.rmtree(data / "places")
    (data / "nothing").mkdir()
    (data / "nothing/x.yaml").write_text("x", encoding="utf-8")
    (data / "properties.yaml").write_text("properties: {}", encoding="utf-8")
    if path == "places/x.yaml":
        assert contents(reload(loaded, [data / path, data / "properties.yaml"])) == contents(load(data))
    else:
        assert contents(reload(loaded, [data / path])) == contents(load(data))


@pytest.mark.parametrize(
    ("edit", "face", "listing"),
    [
        ({"name": "Other"}, True, True),
        ({"kind": "region"}, True, True),
        ({"summary": "Other."}, False, True),
        ({"review": {"date": "2027"}}, False, False),
        ({"statements": [said("a", "said", "S")]}, False, False),
    ],
)
def test_a_card_tells_what_an_edit_may_be_seen_by(tmp_path: Path, edit: Mapping[str, Any], face: bool, listing: bool) -> None:  # fmt: skip
    before, after = (
        next(card for card in load(write(tmp_path, {"places/x": {**place(), **more}})).cards if card.id == "x")
        for more in ({}, edit)
    )
    assert before.digest != after.digest
    assert (before.face != after.face, before.listing != after.listing) == (face, listing)


def test_records_that_were_read_stay_at_hand_when_a_folder_is_read_again(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/x": place()})
    loaded = reload(load(data), [data / "places"])
    (data / "places/x.yaml").write_text("told later", encoding="utf-8")
    assert {record.id for record in loaded.records} == {"article", "courier", "x"}
