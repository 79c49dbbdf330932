"""A record with another id: everything that named it names it still, and nothing else changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pages import ROOT
from project import files
from records import MINI

from kb.check import check_folder
from kb.edits import Changes, RefusedError, new_errors
from kb.graph import link
from kb.load import load
from kb.rename import renamed

IDS = sorted(path.stem for path in (ROOT / "data").glob("*/*.yaml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The miniature base with pages that name its records."""
    shutil.copytree(MINI, tmp_path / "data")
    pages = {
        "docs/events/night-ferry.md": "It left from [[northport]].\n",
        "docs/places/northport.md": 'See {{ fact("northport#opened") }}.\n',
        "docs/index.md": (
            'A {{ link("northport", "northport") }} and {{ cite(\'northport-news\', 1) }}; [[ northport |the port]],'
            " [[northport-news]]; [page](places/northport.md), [more](northport/#x), [away](https://x.example/northport/).\n"
            "northport in words stays.\n"
        ),
    }
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def rename(folder: Path, old: str, new: str) -> dict[str, str | None]:
    """What changes, by the path below the folder."""
    found = renamed(link(load(folder / "data")), folder / "docs", old, new)
    return {path.relative_to(folder).as_posix(): text for path, text in found.items()}


def carry(folder: Path, found: dict[str, str | None]) -> None:
    """Make the changes."""
    for name, text in found.items():
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text, encoding="utf-8")


def test_the_file_and_its_prose_have_the_new_name_and_the_old_id_leads_there(folder: Path) -> None:
    text = (folder / "data/places/northport.yaml").read_text(encoding="utf-8")
    found = rename(folder, "northport", "seaport")
    assert found["data/places/northport.yaml"] is None and found["docs/places/northport.md"] is None
    assert found["docs/places/seaport.md"] == 'See {{ fact("seaport#opened") }}.\n'
    moved = found["data/places/seaport.yaml"] or ""
    assert "northport]" in moved and "former_ids: [" in moved
    assert [line for line in text.splitlines() if line not in moved.splitlines() and "former_ids" not in line and "northport" not in line] == []  # fmt: skip


def test_macros_links_and_addresses_of_pages_follow_and_words_do_not(folder: Path) -> None:
    assert rename(folder, "northport", "seaport")["docs/index.md"] == (
        'A {{ link("seaport", "seaport") }} and {{ cite(\'northport-news\', 1) }}; [[ seaport |the port]],'
        " [[northport-news]]; [page](places/seaport.md), [more](seaport/#x), [away](https://x.example/northport/).\n"
        "northport in words stays.\n"
    )


def test_back_again_is_as_before_but_for_the_id_it_had(folder: Path) -> None:
    before = files(folder)
    carry(folder, rename(folder, "northport", "seaport"))
    assert check_folder(folder / "data")[1] == []
    carry(folder, rename(folder, "seaport", "northport"))
    after = files(folder)
    assert {name for name in before if before[name] != after.get(name)} == {"data/places/northport.yaml"}
    kb = link(load(folder / "data"))
    assert kb.former["seaport"] == "northport" and "northport" not in kb.former


class Ours:
    """Our own records, read once."""

    def __init__(self, folder: Path) -> None:
        self.data, self.docs = folder / "data", folder / "docs"
        self.kb = link(load(self.data))
        self.every = IDS


@pytest.fixture(scope="module")
def base() -> Ours:
    """Our own records; nothing is written to them."""
    return Ours(ROOT)


@pytest.mark.parametrize("id_", IDS)
def test_any_of_our_records_can_be_renamed_without_an_error(id_: str, base: Ours) -> None:
    found = renamed(base.kb, base.docs, id_, f"{id_}-renamed")
    left = [
        path
        for path, text in found.items()
        if text and any(f'"{id_}{end}' in text or f"[[{id_}{end[-1]}" in text for end in ('"', "#", "]", "|"))
    ]
    assert left == []
    if base.every.index(id_) % 12 == 0:  # the whole check, for some of each type
        assert new_errors(base.data, base.docs, found) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("nortport", "x", "no record “nortport”; did you mean “northport”"),
        ("northport", "northport", "has this id already"),
        ("northport", "night-ferry", "is taken by .*events/night-ferry.yaml"),
        ("north-harbour", "x", "“north-harbour” is now “northport”"),
        ("night-ferry", "north-harbour", "was that of “northport” before"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(folder: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        rename(folder, old, new)


def test_a_file_that_is_not_in_the_one_form_is_not_written_over(folder: Path) -> None:
    path = folder / "data/events/night-ferry.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("kind: departure", 'kind: "departure"'), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"night-ferry\.yaml would change and is not formatted: run “kb fmt” first"):
        rename(folder, "northport", "seaport")


def test_comments_and_what_is_declared_distinct_follow(folder: Path) -> None:
    path = folder / "data/places/northport.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("\nkind:", "\n# a remark\nkind:"), encoding="utf-8")
    found: Changes | dict[str, str | None] = rename(folder, "northport", "seaport")
    assert "\n# a remark\nkind:" in str(found["data/places/seaport.yaml"])  # type: ignore[index]
    assert "records: [cannery, seaport]" in str(found["data/properties.yaml"])  # type: ignore[index]


def test_nothing_is_renamed_while_a_file_cannot_be_read(folder: Path) -> None:
    (folder / "data/events/night-ferry.yaml").write_text("name: [", encoding="utf-8")
    with pytest.raises(RefusedError, match=r"night-ferry\.yaml:2:1: bad-yaml: [^\n]*\nmend what cannot be read first"):
        rename(folder, "northport", "seaport")
