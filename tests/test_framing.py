"""The frame is made again when something it is made of has changed, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from project import Project

HOME = "build/frame/index.html"


def made(project: Project) -> int:
    """When MkDocs last wrote the home page of the frame."""
    return (project.folder / HOME).stat().st_mtime_ns


@pytest.fixture
def framed(project: Project, built: Project) -> Project:
    """A project to change, whose frame is at hand."""
    shutil.copytree(built.folder / "build", project.folder / "build")
    done = project.kb("build")
    assert done.returncode == 0, done.stderr
    return project


def test_an_edit_of_a_record_leaves_the_frame_as_it_is(framed: Project) -> None:
    before = made(framed)
    framed.edit("data/places/ningbo.yaml", "name: Ningbo", "name: Ningpo")
    assert framed.kb("build").returncode == 0
    assert made(framed) == before
    assert "Ningpo" in (framed.site / "places/ningbo/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda p: p.append("docs/index.md", "A new line."), "A new line."),
        (lambda p: p.edit("hooks/theme/main.html", "{% block header %}", "{% block header %}<b>Banner</b>"), "Banner"),
        (lambda p: p.edit("mkdocs.yml", "site_name: Sent Abroad", "site_name: Sent Away"), "Sent Away"),
    ],
    ids=["page", "theme", "settings"],
)
def test_an_edit_of_what_it_is_made_of_has_it_made_again(
    framed: Project, change: Callable[[Project], None], expected: str
) -> None:
    change(framed)
    done = framed.kb("build")
    assert done.returncode == 0, done.stderr
    assert expected in (framed.site / "index.html").read_text(encoding="utf-8")


def test_a_setting_from_the_environment_has_it_made_again(framed: Project) -> None:
    address = "https://example.org/elsewhere/"
    assert framed.kb("build", SITE_URL=address).returncode == 0
    assert f'<link rel="canonical" href="{address}"' in (framed.site / "index.html").read_text(encoding="utf-8")


def test_a_frame_of_other_code_or_half_made_is_not_trusted(framed: Project) -> None:
    before = made(framed)
    (framed.folder / "build/frame/.made-of").write_text("something else", encoding="utf-8")
    assert framed.kb("build").returncode == 0
    again = made(framed)
    assert again > before
    (framed.folder / "build/frame/.made-of").unlink()
    assert framed.kb("build").returncode == 0
    assert made(framed) > again


def test_a_failure_of_mkdocs_is_told_each_time_until_it_is_mended(framed: Project) -> None:
    framed.append("docs/index.md", "[nowhere](nowhere.md)")
    for _ in range(2):
        done = framed.kb("build")
        assert done.returncode == 1
        assert "nowhere.md" in done.stderr
    framed.edit("docs/index.md", "[nowhere](nowhere.md)", "")
    assert framed.kb("build").returncode == 0


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("docs/index.md", "{{ link(", "index.md"),
        ("hooks/site.py", "raise RuntimeError('a mistake in a hook')", "a mistake in a hook"),
        ("mkdocs.yml", "no_such_setting: true", "no_such_setting"),
    ],
    ids=["macro", "hook", "settings"],
)
def test_whatever_mkdocs_stumbles_over_is_told_and_the_site_stays(
    framed: Project, file: str, line: str, told: str
) -> None:
    before = (framed.site / "index.html").read_bytes()
    framed.append(file, line)
    done = framed.kb("build")
    assert done.returncode == 1
    assert done.stderr.count("Error: MkDocs could not make the pages") == 1 and told in done.stderr
    assert (framed.site / "index.html").read_bytes() == before


def test_what_the_frame_was_made_of_is_not_published(built: Project) -> None:
    assert not [path for path in built.site.rglob(".*") if path.is_file()]
