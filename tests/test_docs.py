"""What the documents say is there, is there: modules, files, commands, flags, macros, schemas."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pages import ROOT
from pydantic import TypeAdapter

from kb import words
from kb.check import check_folder
from kb.cli import main
from kb.frame import PROSE
from kb.macros import MACROS
from kb.model import TYPES, Quantity

TEXTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SCHEMA_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


def code(path: Path) -> Iterator[str]:
    """Every piece of code in a Markdown file: fenced blocks, then what stands between backticks."""
    text = path.read_text(encoding="utf-8")
    fence = re.compile(r"^( *)```[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
    yield from (match[2] for match in fence.finditer(text))
    yield from (match[1] for match in re.finditer(r"`([^`\n]+)`", fence.sub("", text)))


def tree(folder: str) -> list[str]:
    """The names that stand below a folder in the tree of docs/architecture.md."""
    block = next(text for text in code(ROOT / "docs/architecture.md") if re.search(rf"^{folder}/$", text, re.MULTILINE))
    below = re.split(rf"^{folder}/\n", block, flags=re.MULTILINE)[1]
    return re.findall(r"^  (\S+)", re.split(r"^\S", below, flags=re.MULTILINE)[0], re.MULTILINE)


def test_the_tree_of_modules_is_that_of_the_package() -> None:
    modules = {path.name for path in (ROOT / "kb").glob("*.py")} - {"__init__.py"}
    named = tree("kb")
    assert len(named) == len(set(named))
    assert set(named) - {"templates/"} == modules


def test_the_tree_of_the_adapter_is_that_of_its_folder() -> None:
    there = {path.name + "/" * path.is_dir() for path in (ROOT / "hooks").iterdir() if path.name != "__pycache__"}
    assert set(tree("hooks")) == there


def test_the_package_knows_nothing_of_mkdocs_but_how_it_is_called() -> None:
    imports = re.compile(r"^\s*(?:import|from) +(mkdocs[\w.]*)", re.MULTILINE)
    found = {path.name: imports.findall(path.read_text(encoding="utf-8")) for path in (ROOT / "kb").glob("*.py")}
    assert {name: modules for name, modules in found.items() if modules} == {"framing.py": ["mkdocs.__main__"]}


def test_every_file_a_document_names_is_there() -> None:
    named = re.compile(r"(?<![\w/.])(?:kb|hooks|docs|data|tests|bench|schema)/[\w./-]*\w")
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in TEXTS
        for text in code(path)
        if not text.startswith(("http", "$ "))  # addresses, and what was run elsewhere
        for name in named.findall(re.sub(r"\S*<[^>]*>\S*|\S*\*\S*", "", text))
        if not (ROOT / name).exists()
    ]
    assert missing == []


def test_links_of_the_readme_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def commands() -> Iterator[tuple[str, str, list[str]]]:
    """Every `kb` command in a document: where, the command, its flags."""
    for path in [*TEXTS, ROOT / "Makefile", ROOT / ".ci/run"]:
        pieces = code(path) if path.suffix == ".md" else [path.read_text(encoding="utf-8")]
        for text in pieces:
            for found in re.finditer(r"(?:^|[\s(/])kb ([a-z]+)((?: +[^\s`]+)*)", text, re.MULTILINE):
                yield str(path.relative_to(ROOT)), found[1], re.findall(r"--[\w-]+", found[2])


def test_every_command_and_flag_a_document_names_is_there() -> None:
    found = list(commands())
    assert {"check", "new", "show", "serve"} <= {command for _, command, _ in found}
    for where, command, flags in found:
        assert command in main.commands, f"{where}: kb {command}"
        below = getattr(main.commands[command], "commands", {}).values()  # kb import csv
        parameters = [parameter for one in (main.commands[command], *below) for parameter in one.params]
        known = {option for parameter in parameters for option in parameter.opts} | {"--help"}
        assert set(flags) <= known, f"{where}: kb {command} {flags}"


def test_every_make_target_a_document_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        (str(path.relative_to(ROOT)), target)
        for path in TEXTS
        for text in code(path)
        for target in re.findall(r"(?:^|\n)make ([a-z]+)", text)
    }
    assert {"serve", "test"} <= {target for _, target in named}
    assert {(where, target) for where, target in named if target not in targets} == set()
    assert set(re.findall(r"^# make ([a-z]+)", makefile, re.MULTILINE)) <= targets


def test_every_macro_a_document_shows_is_there() -> None:
    shown = {
        (str(path.relative_to(ROOT)), name)
        for path in TEXTS
        for text in code(path)
        for name in re.findall(r"\{\{\s*'?\{*\s*([a-z_]+)", text)
    }
    assert shown
    assert {(where, name) for where, name in shown if name not in (*MACROS, PROSE)} == set()


def test_the_reference_page_lists_every_type_every_code_and_the_vocabulary() -> None:
    text = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    assert {"problem_codes", "properties", "macros_list"} <= set(re.findall(r"\{\{\s*(\w+)", text))
    assert [name for name in TYPES if f'reference("{name}")' not in text] == []


@pytest.mark.parametrize("folder", ["data", "tests/mini/data", "tests/terrible/data"])
def test_the_first_line_of_every_data_file_points_an_editor_at_its_schema(folder: str) -> None:
    paths = sorted((ROOT / folder).rglob("*.yaml"))
    assert paths
    for path in paths:
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        found = SCHEMA_LINE.fullmatch(first)
        assert found, path
        name = "properties" if path.name == "properties.yaml" else path.parent.name
        assert (path.parent / found[1]).resolve() == ROOT / "schema" / f"{name}.json", path
        assert (ROOT / "schema" / f"{name}.json").is_file()


def test_the_annotated_record_of_the_contributing_page_is_a_good_one(tmp_path: Path) -> None:
    text = next(piece for piece in code(ROOT / "docs/contributing.md") if piece.startswith("# yaml-language-server"))
    found = SCHEMA_LINE.match(text)
    assert found
    shutil.copytree(ROOT / "data", tmp_path / "data")
    path = tmp_path / "data" / Path(found[1]).stem / "annotated-record.yaml"
    path.write_text(text, encoding="utf-8")
    assert [problem for problem in check_folder(tmp_path / "data")[1] if problem.path == str(path)] == []


def test_the_quantities_the_contributing_page_shows_are_quantities() -> None:
    shown = [
        text for text in code(ROOT / "docs/contributing.md") if re.match(r"\{(low|about|at-least|at-most|exact):", text)
    ]
    assert len(shown) >= 4
    for text in shown:
        TypeAdapter(Quantity).validate_python(yaml.safe_load(text))


def test_every_command_is_told_of_in_some_document() -> None:
    told = {command for _, command, _ in commands()}
    assert told == set(main.commands)


def test_no_page_puts_city_headcount_and_pay_rule_of_one_source_together() -> None:
    """What an outlet prints of an anonymous source in one place narrows it down; its own record shows that, nothing else does."""
    told = {path: path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md")}
    headcount = {path for path, text in told.items() if '"workforce-one-company-russia#' in text}
    rule = {path for path, text in told.items() if re.search(r'"(?:state-share-of-wages|salary-transfer-70)#', text)}
    city = {path for path, text in told.items() if "vladivostok" in text.casefold()}
    assert headcount
    assert rule
    assert city
    assert headcount & rule & city == set()


def test_the_method_explains_every_mark() -> None:
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    marks = [f"kb-type--{name}" for name in TYPES] + [
        f"kb-mark kb-{name}" for name in (*words.STATUS, *words.PROTECTION)
    ]
    assert [
        mark for mark in (*marks, "kb-mark kb-grade", "kb-modality", "kb-inferred") if f'{mark}">' not in text
    ] == []
    assert re.findall(r"^\| ([A-F]) \| (.*?) \|", text, re.M) == [
        (grade, meaning.capitalize()) for grade, meaning in words.RELIABILITY.items()
    ]
