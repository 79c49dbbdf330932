"""The made-up records are valid, plenty and always the same; the comparison runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from project import ROOT, Project, files

from kb.check import check_folder
from kb.graph import KnowledgeBase
from kb.model import TYPES, Dispute

BENCH = ROOT / "bench"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / script), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def generate(out: Path, records: int = 300, seed: int = 7) -> dict[str, bytes]:
    done = run("generate.py", "--records", str(records), "--seed", str(seed), "--out", str(out))
    assert done.returncode == 0, done.stderr
    return files(out)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    data = tmp_path_factory.mktemp("made-up") / "data"
    generate(data)
    kb, problems = check_folder(data)
    assert [str(problem) for problem in problems] == []
    return kb


def test_there_are_as_many_records_as_asked_for_of_every_type(made_up: KnowledgeBase) -> None:
    assert len(made_up.records) == 300
    assert all(made_up.by_type[name] for name in TYPES)


@pytest.mark.parametrize("records", [20, 21, 57])
def test_few_records_are_valid_too(tmp_path: Path, records: int) -> None:
    generate(tmp_path, records)
    kb, problems = check_folder(tmp_path)
    assert problems == []
    assert len(kb.records) == records and all(kb.by_type[name] for name in TYPES)


def test_records_are_in_the_shape_of_real_ones(made_up: KnowledgeBase) -> None:
    assert {len(record.statements) for record in made_up.records.values()} == set(range(5, 13))
    assert any("\uac00" <= name.value[0] <= "\ud7a3" for r in made_up.records.values() for name in r.names)
    assert any(cite.voice for linked in made_up.statements.values() for cite in linked.cites)
    assert {linked.status for linked in made_up.statements.values()} == {"reported", "corroborated", "contested"}
    for dispute in made_up.by_type["disputes"]:
        assert isinstance(dispute, Dispute)
        assert len(dispute.positions) == 2 and dispute.calculations


def test_few_records_have_most_links(made_up: KnowledgeBase) -> None:
    links = Counter({id_: len(found) for id_, found in made_up.backlinks.items()})
    most = sum(count for _, count in links.most_common(len(made_up.records) // 10))
    assert most > links.total() / 2


def test_a_seed_always_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    once, again = generate(tmp_path / "once"), generate(tmp_path / "again")
    assert once == again
    assert generate(tmp_path / "other", seed=8).keys() != once.keys()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run("generate.py", "--out", str(tmp_path))
    assert done.returncode != 0 and "not empty" in done.stderr
    assert files(tmp_path) == {"mine.txt": b"mine"}


def test_made_up_prose_is_on_the_pages_of_its_records(project: Project) -> None:
    for real in (project.folder / "docs").glob("*/*.md"):
        if real.parent.name in TYPES and real.name not in ("_page.md", "index.md"):
            real.unlink()
    data = project.folder / "made-up"
    done = run("generate.py", "--records", "40", "--out", str(data), "--docs", str(project.folder / "docs"))
    assert done.returncode == 0, done.stderr
    for page in (project.folder / "docs").rglob("*.md"):
        if page.parent.name not in TYPES:  # speaks of real records
            page.write_text(f"# {page.stem}\n", encoding="utf-8")
    built = project.kb("build", "--data", str(data))
    assert built.returncode == 0, built.stderr
    pages = [path.read_text(encoding="utf-8") for path in project.site.glob("*/*/index.html")]
    assert sum('<h2 id="background">' in page for page in pages) >= 4


def test_the_comparison_prints_what_it_measured() -> None:
    done = run("run.py", "--records", "30", "--runs", "1", "--search", "40")
    assert done.returncode == 0, done.stderr
    assert "30 made-up records" in done.stdout and "mkdocs-material" in done.stdout
    rows = re.findall(
        r"^(kb build|kb build, kept|stock[^\d]*?)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)$", done.stdout, re.M
    )
    assert [name for name, *_ in rows] == [
        "kb build",
        "kb build, kept",
        "stock, same pages",
        "stock, same facts",
        "stock, in short",
    ]
    assert all(float(cpu) > 0 and float(wall) > 0 for _, cpu, _, wall, _ in rows)
    assert "40 records; Material's index of the same pages" in done.stdout
    searches = re.findall(
        r"^(here|Material) +([\d.]+) +[\d.]+ +([\d.]+)% +([\d.]+) +([\d.]+) +([\d.]+)$", done.stdout, re.M
    )
    assert [name for name, *_ in searches] == ["here", "Material"]
    assert all(float(figure) > 0 for _, *figures in searches for figure in figures)
    assert re.search(r"^index here: [\d.]+ s of CPU, \d+% of the rest of the build", done.stdout, re.M)
