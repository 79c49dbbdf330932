"""The frame at hand: made by MkDocs, and made again only when something it is made of has changed."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from io import StringIO
from pathlib import Path

import click

from kb.parts import MADE_OF

_READ_FROM_ENVIRONMENT = re.compile(r"!ENV\s*\[?([^\]\n]*)")


def frame_pages(frame: Path) -> None:
    """Have MkDocs make the pages of the project in the working folder, with slots, unless they are at hand.

    Its words are shown only when it fails: then they are the message of the `click.ClickException`.
    """
    if stands(frame):
        return
    told = _digest(_ingredients(Path())).hex()
    before = dict(os.environ)
    os.environ |= {"KB_FRAME": str(frame.absolute()), "NO_MKDOCS_2_WARNING": "1"}
    said = StringIO()
    (frame / MADE_OF).unlink(missing_ok=True)  # it is half made until it is made
    try:
        with redirect_stdout(said), redirect_stderr(said):
            from mkdocs.__main__ import cli  # takes a while, and is not needed where the frame is at hand

            cli.main(["build", "--strict"], standalone_mode=False)
    except click.ClickException as error:
        raise _failed(said.getvalue() + error.format_message()) from error
    except SystemExit as error:  # what mkdocs-macros ends with
        raise _failed(said.getvalue()) from error
    except Exception as error:
        raise _failed(said.getvalue() + traceback.format_exc()) from error
    finally:
        os.environ.clear()
        os.environ |= before
    (frame / MADE_OF).write_text(told, encoding="utf-8")


def stands(frame: Path) -> bool:
    """Whether what a frame was made of is as it was."""
    made_of = frame / MADE_OF
    return made_of.is_file() and made_of.read_text(encoding="utf-8") == _digest(_ingredients(Path())).hex()


def _failed(words: str) -> click.ClickException:
    return click.ClickException(f"MkDocs could not make the pages:\n{words}")


def made_by() -> bytes:
    """A digest of the code and templates here, and of the versions of Python and of packages."""
    here = Path(__file__).parent
    return _digest((*_files((*here.glob("*.py"), *here.glob("templates/*"))), *_versions()))


def _digest(parts: Iterable[bytes]) -> bytes:
    found = sha256()
    for part in parts:
        found.update(sha256(part).digest())
    return found.digest()


def _ingredients(project: Path) -> Iterator[bytes]:
    """Whatever the frame is made of: files, settings in the environment, versions of packages."""
    settings = project / "mkdocs.yml"
    folders = (*(project / "docs").rglob("*"), *(project / "hooks").rglob("*"))
    yield from _files((settings, *folders, *Path(__file__).parent.glob("*.py")))
    for names in _READ_FROM_ENVIRONMENT.findall(settings.read_text(encoding="utf-8")):
        for name in re.findall(r"\w+", names):
            yield f"{name}={os.environ.get(name)}".encode()
    yield from _versions()


def _files(files: Iterable[Path]) -> Iterator[bytes]:
    for file in sorted(files):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.as_posix().encode()
            yield file.read_bytes()


def _versions() -> Iterator[bytes]:
    yield sys.version.encode()
    for package in sorted(Path(sysconfig.get_path("purelib")).glob("*.dist-info")):  # named by package and version
        yield package.name.encode()
