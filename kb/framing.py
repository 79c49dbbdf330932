"""The frame at hand: made by MkDocs, and made again only when something it is made of has changed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import click

from kb.build import MADE_OF

_READ_FROM_ENVIRONMENT = re.compile(r"!ENV\s*\[?([^\]\n]*)")


def frame_pages(frame: Path) -> None:
    """Have MkDocs make the pages of the project in the working folder, with slots, unless they are at hand.

    Its words are shown only when it fails: then they are the message of the `click.ClickException`.
    """
    made_of, told = frame / MADE_OF, _digest(Path())
    if made_of.is_file() and made_of.read_text(encoding="utf-8") == told:
        return
    environment = {**os.environ, "KB_FRAME": str(frame.absolute()), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"MkDocs could not make the pages:\n{done.stdout}{done.stderr}")
    made_of.write_text(told, encoding="utf-8")


def _digest(project: Path) -> str:
    """A word that changes with whatever the frame is made of: files, settings in the environment, versions of packages."""
    found = sha256()
    for part in _ingredients(project):
        found.update(sha256(part).digest())
    return found.hexdigest()


def _ingredients(project: Path) -> Iterator[bytes]:
    settings = project / "mkdocs.yml"
    folders = (*sorted((project / "docs").rglob("*")), *sorted((project / "hooks").rglob("*")))
    for file in (settings, *folders, *sorted(Path(__file__).parent.glob("*.py"))):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.as_posix().encode()
            yield file.read_bytes()
    for names in _READ_FROM_ENVIRONMENT.findall(settings.read_text(encoding="utf-8")):
        for name in re.findall(r"\w+", names):
            yield f"{name}={os.environ.get(name)}".encode()
    yield sys.version.encode()
    for package in sorted(Path(sysconfig.get_path("purelib")).glob("*.dist-info")):  # named by package and version
        yield package.name.encode()
