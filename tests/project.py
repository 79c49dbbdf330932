"""The whole project in a folder of its own, so that a test can build it, serve it and break it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
KB = (sys.executable, "-c", "from kb.cli import main; main()")
MKDOCS = (sys.executable, "-m", "mkdocs")


@dataclass(frozen=True)
class Project:
    """A copy of the project. Commands run in it use its own code and templates."""

    folder: Path

    @property
    def site(self) -> Path:
        """Where the commands leave the site."""
        return self.folder / "site"

    def kb(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `kb`."""
        return self._run((*KB, *arguments), environment)

    def mkdocs(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `mkdocs`."""
        return self._run((*MKDOCS, *arguments), environment)

    def edit(self, file: str, old: str, new: str) -> None:
        """Put `new` in place of the first `old` of a file."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def append(self, file: str, line: str) -> int:
        """Put a line at the end of a file; returns its number."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8").rstrip("\n") + f"\n\n{line}\n"
        path.write_text(text, encoding="utf-8")
        return text.count("\n")

    def _run(self, command: tuple[str, ...], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=os.environ | environment, capture_output=True, text=True, check=False
        )


def copied(folder: Path) -> Project:
    """A copy of every file that git knows or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return Project(folder)


def files(site: Path) -> dict[str, bytes]:
    """Every file of a site, by its path."""
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
