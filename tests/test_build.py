"""From frames and records to a folder that can be published: every file, or none."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jinja2 import FileSystemLoader
from pages import ROOT, SITE, Markup, frame_folder
from records import MINI, base, institution, place, said

from kb.build import build
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.parts import MANIFEST, Manifest
from kb.problems import Problem

HOME = 'See {{ link("northport") }}.\n'


def files(folder: Path) -> Mapping[str, bytes]:
    """Every file of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def mini() -> KnowledgeBase:
    return link(load(MINI))


@pytest.fixture(scope="module")
def site(mini: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the miniature base, with two pages, prose and files MkDocs would leave."""
    folder = tmp_path_factory.mktemp("site")
    frame, docs = frame_folder(folder, {"": HOME, "method/": "# Method\n"}, {"places/northport": "On the *quay*.\n"})
    for name, content in {
        "sitemap.xml": "<old/>", "assets/kb.css": "body {}", "404.html": "<p>gone</p>"
    }.items():  # fmt: skip
        (frame / name).parent.mkdir(parents=True, exist_ok=True)
        (frame / name).write_text(content, encoding="utf-8")
    (frame / "sitemap.xml.gz").write_bytes(gzip.compress(b"<old/>"))
    assert build(mini, frame, docs, folder / "site") == []
    return folder / "site"


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_every_record_has_its_page_and_no_frame_is_left(mini: KnowledgeBase, site: Path) -> None:
    made = files(site)
    for record in mini.records.values():
        html = made[f"{record.type}/{record.id}/index.html"].decode()
        assert f"<title>{record.caption}</title>" in html
        Markup(html)
    assert not [name for name in made if "_page" in name or "prose" in name or name == MANIFEST]
    assert not [name for name, content in made.items() if b"kbslot" in content]


def test_pages_without_records_and_other_files_are_taken_over(site: Path) -> None:
    made = files(site)
    assert '<a href="./places/northport/">Northport</a>' in made["index.html"].decode()
    assert "Method" in made["method/index.html"].decode()
    assert (made["assets/kb.css"], made["404.html"]) == (b"body {}", b"<p>gone</p>")


def test_prose_is_on_the_page_of_its_record(site: Path) -> None:
    assert "On the <em>quay</em>." in (site / "places/northport/index.html").read_text(encoding="utf-8")


def test_former_ids_lead_to_the_present_address(site: Path) -> None:
    html = (site / "places/north-harbour/index.html").read_text(encoding="utf-8")
    tags = Markup(html).tags
    assert ("meta", [("http-equiv", "refresh"), ("content", "0; url=../../places/northport/")]) in tags
    assert ("link", [("rel", "canonical"), ("href", "https://kb.example/places/northport/")]) in tags
    assert ("meta", [("name", "robots"), ("content", "noindex")]) in tags
    assert ("a", [("href", "../../places/northport/")]) in tags
    assert "<title>Northport</title>" in html


def test_the_title_of_a_redirect_is_plain_text(tmp_path: Path) -> None:
    kb = base(tmp_path, {"places/x": place(name="북항 <i>", former_ids=["old"])})
    frame, docs = frame_folder(tmp_path, {})
    assert build(kb, frame, docs, tmp_path / "site") == []
    html = (tmp_path / "site/places/old/index.html").read_text(encoding="utf-8")
    assert "<title>북항 &lt;i&gt;</title>" in html


def test_the_sitemap_has_every_page_and_record_once_and_no_redirect(mini: KnowledgeBase, site: Path) -> None:
    root = ElementTree.fromstring((site / "sitemap.xml").read_text(encoding="utf-8"))
    addresses = [element.text for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    records = [f"{SITE.url}{record.type}/{record.id}/" for record in mini.records.values()]
    assert addresses == sorted([SITE.url, f"{SITE.url}method/", *records])
    assert not (site / "sitemap.xml.gz").exists()


def test_machine_formats_are_in_the_site(site: Path) -> None:
    assert json.loads((site / "api/v1/places/northport.json").read_text(encoding="utf-8"))["id"] == "northport"


def test_the_search_has_every_record_and_statement_and_the_sections_of_pages(mini: KnowledgeBase, site: Path) -> None:
    about = json.loads((site / "search/index.json").read_text(encoding="utf-8"))
    entries = json.loads((site / "search/entries/0.json").read_text(encoding="utf-8"))
    assert about["records"] == len(mini.records)
    assert about["entries"] == len(mini.records) + len(mini.statements) + 2
    shown = {entry[1]: entry for entry in entries}
    assert shown["method/"][2] == ["Method"]
    assert shown[""][3] == "See Northport."
    assert shown["places/northport/"][2] == ["Northport", "북항", "Pukhang"]


def test_the_same_base_makes_the_same_bytes(mini: KnowledgeBase, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        frame, docs = frame_folder(tmp_path / name, {"": HOME})
        build(mini, frame, docs, tmp_path / name / "site")
        made.append(files(tmp_path / name / "site"))
    assert made[0] == made[1]


def test_progress_is_told_up_to_the_last_page(mini: KnowledgeBase, tmp_path: Path) -> None:
    frame, docs = frame_folder(tmp_path, {"": HOME})
    told: list[tuple[int, int]] = []
    build(mini, frame, docs, tmp_path / "site", lambda done, of: told.append((done, of)))
    assert told == sorted(told)
    assert told[0][0] == 0 and told[-1][0] == told[-1][1] > len(mini.records)


def test_the_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest = Manifest(SITE, {"places": "p/index.html"}, {"index.html": ""}, {"northport": "n.prose.html"})
    manifest.save(tmp_path)
    assert Manifest.load(tmp_path) == manifest


# --- all or nothing --------------------------------------------------------------------------------------------------


def test_a_page_that_is_gone_from_the_base_is_gone_from_the_site(tmp_path: Path) -> None:
    frame, docs = frame_folder(tmp_path, {})
    build(base(tmp_path, {"places/x": place(), "places/y": place()}), frame, docs, tmp_path / "site")
    (tmp_path / "data/places/y.yaml").unlink()
    build(link(load(tmp_path / "data")), frame, docs, tmp_path / "site")
    assert (tmp_path / "site/places/x/index.html").is_file()
    assert not (tmp_path / "site/places/y").exists()


def test_a_build_with_a_mistake_leaves_the_site_and_nothing_else(mini: KnowledgeBase, tmp_path: Path) -> None:
    frame, docs = frame_folder(tmp_path, {"": HOME})
    assert build(mini, frame, docs, tmp_path / "site") == []
    before = files(tmp_path / "site")
    broken, docs = frame_folder(tmp_path / "broken", {"": "{{ link('nowhere') }}"})
    assert [problem.code for problem in build(mini, broken, docs, tmp_path / "site")] == ["bad-macro"]
    assert files(tmp_path / "site") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "docs", "frame", "site"]


def test_a_build_that_breaks_off_leaves_the_site_and_nothing_else(
    mini: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, docs = frame_folder(tmp_path, {"": HOME})
    build(mini, frame, docs, tmp_path / "site")
    before = files(tmp_path / "site")

    def full(*args: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("kb.export.record_files", full)
    with pytest.raises(OSError, match="No space"):
        build(mini, frame, docs, tmp_path / "site")
    assert files(tmp_path / "site") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs", "frame", "site"]


def test_what_an_earlier_build_left_behind_is_cleared_away(mini: KnowledgeBase, tmp_path: Path) -> None:
    frame, docs = frame_folder(tmp_path, {"": HOME})
    for name in (".site.new", ".site.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rest.html").write_text("x", encoding="utf-8")
    assert build(mini, frame, docs, tmp_path / "site") == []
    assert not (tmp_path / "site/rest.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs", "frame", "site"]


@pytest.mark.parametrize("where", ["docs", "frame/..", "."])
def test_a_folder_with_something_else_in_it_is_not_replaced(
    mini: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    frame, docs = frame_folder(tmp_path, {"": HOME})
    before = files(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileExistsError, match="is no site made here"):
        build(mini, frame, docs, Path(where))
    assert files(tmp_path) == before


def test_a_site_behind_a_link_is_replaced_where_it_is(mini: KnowledgeBase, tmp_path: Path) -> None:
    frame, docs = frame_folder(tmp_path, {"": HOME})
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    for _ in range(2):
        assert build(mini, frame, docs, tmp_path / "site") == []
    assert (tmp_path / "site").is_symlink()
    assert (tmp_path / "real/index.html").is_file()


# --- mistakes in pages -----------------------------------------------------------------------------------------------


def mistakes(folder: Path, pages: Mapping[str, str], prose: Mapping[str, str] | None = None) -> list[Problem]:
    """The problems of a build of these pages."""
    shutil.rmtree(folder / "frame", ignore_errors=True)
    frame, docs = frame_folder(folder, pages, prose)
    return build(link(load(MINI)), frame, docs, folder / "site")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{{ link("nothport") }}\n', 1, 4),
        ('# Page\n\nSee the link("nothport") here: {{ link("nothport") }}.\n', 3, 35),
        ('We count.\n\n{{ count("plases") }}\n', 3, 4),
        ('{{ count("places") }}\n\n{{ count("plases") }}\n', 3, 4),
        ('{{ statements("northport", property="opend") }}\n\n{{ sources }}\n', 1, 4),
        ('{{ table(\n  "places",\n  where={"colour": "red"}\n) }}\n', 1, 4),
        ('words\n\n{{- link("nothport") -}}\n', 3, 5),
        ('{% for id in ["northport", "nothport"] %}{{ link(id) }}\n{% endfor %}\n', 1, 45),
    ],
)
def test_a_mistake_in_a_macro_is_told_at_its_place_in_the_markdown(
    tmp_path: Path, text: str, line: int, column: int
) -> None:
    found = mistakes(tmp_path, {"": HOME, "method/": text})
    assert [(p.path, p.line, p.column, p.code) for p in found] == [
        (str(tmp_path / "docs/method.md"), line, column, "bad-macro")
    ]


@pytest.mark.parametrize(
    ("template", "line", "reason"),
    [
        ("<p>\n{{ record.sumary }}\n</p>\n", 2, "has no attribute 'sumary'"),
        ("<p>\n\n{% if record %}\n</p>\n", 4, "Unexpected end of template"),
        ("{{ nothing }}\n", 1, "'nothing' is undefined"),
    ],
)
def test_a_mistake_in_a_template_is_told_at_its_line(
    mini: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, line: int, reason: str
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "kb" / "templates", templates)
    (templates / "lead.html").write_text(template, encoding="utf-8")
    monkeypatch.setattr("kb.printing.PRINTER.loader", FileSystemLoader(templates))
    monkeypatch.chdir(tmp_path)
    found = mistakes(tmp_path, {"": '{{ lead("northport") }}'})
    assert {(p.path, p.line, p.code) for p in found} == {("templates/lead.html", line, "bad-template")}
    assert all(reason in p.message for p in found)


def test_every_page_with_a_mistake_is_told_in_one_run(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        {"": "{{ link('a-nowhere') }}", "method/": "{{ link('b-nowhere') }}"},
        {"places/northport": "x\n\n{{ link('c-nowhere') }}"},
    )
    assert [(Path(p.path).relative_to(tmp_path / "docs").as_posix(), p.line) for p in found] == [
        ("index.md", 1),
        ("method.md", 1),
        ("places/northport.md", 3),
    ]


def test_a_mistake_in_the_page_of_a_type_is_told_once(tmp_path: Path) -> None:
    frame, docs = frame_folder(tmp_path, {})
    kb = base(tmp_path, {"institutions/gull": institution(), "places/x": place(statements=[said("a", "said", "S")])})
    page = frame / "institutions/_page/index.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(b'"lead"'.hex(), b'"laed"'.hex()), encoding="utf-8")
    found = build(kb, frame, docs, tmp_path / "site")
    assert [(p.path, p.code) for p in found] == [(str(docs / "institutions/_page.md"), "bad-macro")]
