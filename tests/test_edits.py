"""All files or none: cut off at every step, refused, rolled back, edited in between."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from project import files
from records import place, said, write

from kb.edits import JOURNAL, CutOffError, carry_out, finish, new_errors, type_of, write_file

OLD = {"places/a.yaml": "name: A\n", "places/b.yaml": "name: B\n", "docs/places/a.md": "Of A.\n"}
STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two records and the prose of one."""
    for name, text in OLD.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def changes(folder: Path) -> dict[Path, str | None]:
    """One file changed, one removed, two new, one of them beside the folder of the records."""
    return {
        folder / "places/b.yaml": "name: B\nnote: a\n",
        folder / "places/a.yaml": None,
        folder / "places/c.yaml": "name: C\n",
        folder / "docs/places/a.md": None,
        folder / "docs/places/c.md": "Of C.\n",
    }


NEW = {"places/b.yaml": b"name: B\nnote: a\n", "places/c.yaml": b"name: C\n", "docs/places/c.md": b"Of C.\n"}


def cut_off(folder: Path, at: int, stop: Callable[[], None]) -> bool:
    """Make the changes in another process that is stopped at a step that touches the folder; whether it came so far."""
    child = os.fork()
    if child == 0:
        left = at

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in STEPS and str(folder) in str(arguments[0]):
                left -= 1
                if left == 0:
                    stop()

        try:
            sys.addaudithook(watch)
            carry_out(folder, changes(folder))
        except BaseException:
            os._exit(9)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def killed() -> None:
    """As by kill -9 or a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def interrupted() -> None:
    """As by Ctrl-C."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("stop", [killed, interrupted])
def test_a_run_cut_off_at_any_step_did_nothing_or_is_finished_by_the_next(
    tmp_path_factory: pytest.TempPathFactory, stop: Callable[[], None]
) -> None:
    outcomes, step = [], 1
    while True:
        folder = tmp_path_factory.mktemp("cut")
        for name, text in OLD.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        came_so_far = cut_off(folder, step, stop)
        finish(folder)
        left = files(folder)
        assert left in (NEW, {name: text.encode() for name, text in OLD.items()}), f"step {step}: {sorted(left)}"
        assert finish(folder) is False
        outcomes.append(left == NEW)
        if not came_so_far:
            break
        step += 1
    assert step > 15
    assert outcomes == sorted(outcomes), "once the journal stands, every later moment leads to the new state"
    assert outcomes[0] is False and outcomes[-1] is True


def test_changes_are_made_and_nothing_else_is_left(folder: Path) -> None:
    carry_out(folder, changes(folder))
    assert files(folder) == NEW


def test_what_cannot_be_written_leaves_every_file_as_it_was(folder: Path) -> None:
    with pytest.raises(OSError):
        carry_out(folder, {**changes(folder), folder / "places/b.yaml/deeper.yaml": "name: D\n"})
    assert files(folder) == {name: text.encode() for name, text in OLD.items()}


def test_a_file_edited_after_the_cut_is_never_written_over(folder: Path) -> None:
    step = 1
    while not (folder / JOURNAL).exists():
        assert cut_off(folder, step, killed), "the journal was never there"
        step += 1
    (folder / "places/b.yaml").write_text("name: Mine\n", encoding="utf-8")
    with pytest.raises(CutOffError, match=r"b\.yaml was changed since"):
        finish(folder)
    assert (folder / "places/b.yaml").read_text(encoding="utf-8") == "name: Mine\n"
    assert (folder / JOURNAL / "plan.json").exists()


def test_a_file_keeps_its_permissions_and_a_link_stays_a_link(folder: Path) -> None:
    path = folder / "places/a.yaml"
    path.chmod(0o640)
    (folder / "link.yaml").symlink_to(path)
    write_file(folder / "link.yaml", "name: Z\n")
    assert path.read_text(encoding="utf-8") == "name: Z\n"
    assert (folder / "link.yaml").is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640


def test_only_errors_that_changes_bring_about_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    data = write(tmp_path, {"places/x": place(statements=[said("a", "located-in", "nowhere")])})
    before = files(data)
    text, new = before["places/x.yaml"].decode(), data / "places/y.yaml"
    assert new_errors(data, None, {new: text.replace("nowhere", "x")}) == []
    found = new_errors(data, None, {new: text.replace("nowhere", "gone")})
    assert [(problem.path, problem.code) for problem in found] == [(str(new), "unknown-record")]
    assert files(data) == before


@pytest.mark.parametrize(
    ("path", "type_name"),
    [("data/places/x.yaml", "places"), ("data/properties.yaml", "properties"), ("data/x.yaml", None), ("docs/places/x.md", None)],
)  # fmt: skip
def test_the_type_of_a_file_is_its_folder(path: str, type_name: str | None) -> None:
    assert type_of(Path(path)) == type_name
