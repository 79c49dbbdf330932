"""The workflows and hooks that run elsewhere: linted, pinned, with few permissions, and naming only commands that are there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pages import ROOT

from kb.cli import main

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
BIN = Path(sys.executable).parent


def read(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found = read(path)["jobs"]
    assert isinstance(found, dict)
    return found


def lint(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, check=False)


def test_there_are_workflows_for_pull_requests_and_for_main() -> None:
    assert "pull_request" in read(FOLDER / "check.yml")[True]  # YAML 1.1 reads the key `on` as true
    assert read(FOLDER / "publish.yml")[True]["push"] == {"branches": ["main"]}


def test_they_are_workflows_as_github_has_them() -> None:
    done = lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS))
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing_unsafe() -> None:
    done = lint("zizmor", "--offline", "--no-progress", "--persona", "pedantic", str(FOLDER))
    assert done.returncode == 0, done.stdout


def test_the_linters_do_find_what_is_wrong(tmp_path: Path) -> None:
    text = (FOLDER / "publish.yml").read_text(encoding="utf-8")
    path = tmp_path / ".github/workflows/publish.yml"
    path.parent.mkdir(parents=True)
    path.write_text(re.sub(r"checkout@\w+", "checkout@main", text), encoding="utf-8")
    assert lint("zizmor", "--offline", "--no-progress", str(path)).returncode != 0
    path.write_text(text.replace("runs-on:", "runs-at:"), encoding="utf-8")
    assert lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)).returncode != 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_commit_with_its_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_has_the_same_commit_everywhere() -> None:
    used = {action for path in WORKFLOWS for action in re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))}
    assert len({action.partition("@")[0] for action in used}) == len(used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_allowed_that_a_job_does_not_ask_for(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for name, job in jobs(path).items():
        assert "permissions" in job and "timeout-minutes" in job, name


def test_a_pull_request_may_write_nothing() -> None:
    for job in jobs(FOLDER / "check.yml").values():
        assert job["permissions"] == {"contents": "read"}


def commands() -> Iterator[tuple[str, str]]:
    """Every command of a workflow or hook, with its file."""
    for path in WORKFLOWS:
        for job in jobs(path).values():
            yield from ((path.name, step["run"]) for step in job["steps"] if "run" in step)
    for repo in read(ROOT / ".pre-commit-config.yaml")["repos"]:
        yield from ((".pre-commit-config.yaml", hook["entry"]) for hook in repo["hooks"])


@pytest.mark.parametrize(("where", "command"), list(commands()))
def test_every_command_is_there(where: str, command: str) -> None:
    program, *rest = command.split()
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE) for target in rest), where
    elif program == ".venv/bin/kb":
        assert rest[0] in main.commands, where
        known = {option for parameter in main.commands[rest[0]].params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known, where
    else:
        assert program.startswith(".venv/bin/") and (BIN / Path(program).name).is_file(), where


def test_hooks_download_nothing() -> None:
    repos = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for repo in repos for hook in repo["hooks"]} == {"system"}


def test_every_hook_is_for_files_that_are_there() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for repo in read(ROOT / ".pre-commit-config.yaml")["repos"]:
        for hook in repo["hooks"]:
            pattern = hook.get("files", r"\.py$")
            assert any(re.search(pattern, name) for name in tracked), hook["id"]


def test_what_is_published_is_built_measured_and_signed_in_that_order() -> None:
    steps = jobs(FOLDER / "publish.yml")["build"]["steps"]
    order = [step.get("run") or step["uses"].partition("@")[0] for step in steps]
    wanted = [
        "make build", ".venv/bin/kb manifest", "actions/attest-build-provenance", "actions/upload-pages-artifact",
    ]  # fmt: skip
    assert [name for name in order if name in wanted] == wanted
    signed = next(step for step in steps if step.get("uses", "").startswith("actions/attest"))
    assert signed["with"]["subject-path"] == "site/manifest.sha256"
