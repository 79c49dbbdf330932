"""A finished site in; the sha256 of every published file, with the commit it was made from, out; and what differs elsewhere.

The manifest is text that `sha256sum --check` reads too: comments, then a digest and a path a line. It stands in the site
itself, so what is at an address can be compared with a build of the same commit.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import quote

import click
import urllib3

NAME = "manifest.sha256"
AT_ONCE = 4
"""Files fetched from a host at a time."""

Way: TypeAlias = Literal["missing", "extra", "changed"]

_COMMIT = re.compile(r"# commit ([0-9a-f]{7,64})(?: with changes that are in no commit)?")
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a site consists of."""

    commit: str
    """The commit it was made from; empty where that is not known."""
    digests: Mapping[str, str]
    """Path below the site's root to the sha256 of the file, in hexadecimal."""


class Difference(NamedTuple):
    """A file that is not as the manifest has it."""

    way: Way
    path: str

    def __str__(self) -> str:
        return f"{self.way}: {self.path}"


def is_published(path: str) -> bool:
    """Whether readers are served a file: not the manifest itself, nor what is for the host (`kb.hosting`) or hidden."""
    return path != NAME and not any(part.startswith((".", "_")) for part in path.split("/"))


def measure(site: Path) -> dict[str, str]:
    """The digest of every published file of a folder; raises `click.ClickException` for a name no manifest can hold."""
    found = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or not is_published(name):
            continue
        if not name.isprintable() or "\\" in name:
            raise click.ClickException(f"{name!r}: no manifest can hold this name: rename the file")
        with path.open("rb") as file:
            found[name] = file_digest(file, "sha256").hexdigest()
    return found


def commit_of(folder: Path) -> tuple[str, bool]:
    """The commit that is checked out, and whether all that git would take is in it; raises `click.ClickException`."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD"), not git("status", "--porcelain")
    except (OSError, subprocess.CalledProcessError) as error:
        raise click.ClickException(f"git knows no commit here ({folder.resolve()}): name it with --commit") from error


def written(digests: Mapping[str, str], commit: str, clean: bool) -> str:
    """The text of a manifest."""
    head = f"# commit {commit}" + ("" if clean else " with changes that are in no commit")
    return "\n".join([head, *(f"{digest}  {path}" for path, digest in sorted(digests.items()))]) + "\n"


def parse(text: str, where: str) -> Manifest:
    """A manifest from its text; raises `click.ClickException` naming the line that is none."""
    commit, digests = "", {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := _COMMIT.fullmatch(line):
            commit = found[1]
        elif line and not line.startswith("#"):
            entry = _LINE.fullmatch(line)
            if not entry or entry[2].startswith("/") or ".." in entry[2].split("/"):
                raise click.ClickException(f"{where}:{number}: found “{line[:60]}”, expected a sha256 and a path")
            digests[entry[2]] = entry[1]
    if not digests:
        raise click.ClickException(f"{where}: found no digests: this is no manifest")
    return Manifest(commit, digests)


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> list[Difference]:
    """What differs between two sets of digests, by path."""
    ways: dict[str, Way] = dict.fromkeys(expected.keys() - found.keys(), "missing")
    ways |= dict.fromkeys(found.keys() - expected.keys(), "extra")
    ways |= {path: "changed" for path in expected.keys() & found.keys() if expected[path] != found[path]}
    return [Difference(way, path) for path, way in sorted(ways.items())]


class Host:
    """A site at an address. Requests are few at a time, and repeated later where the host asks for it."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/") + "/"
        patience = urllib3.Retry(
            total=5,
            connect=2,
            redirect=5,
            backoff_factor=0.5,
            status_forcelist=(429, 502, 503, 504),
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(
            maxsize=AT_ONCE, retries=patience, timeout=urllib3.Timeout(connect=10, read=30),
            headers={"User-Agent": "kb-manifest", "Accept-Encoding": "identity"},
        )  # fmt: skip

    def get(self, path: str) -> bytes | None:
        """What readers get for a file, or None where there is none; raises `click.ClickException` if the host does not say."""
        served = path.removesuffix("index.html") if path.rpartition("/")[2] == "index.html" else path
        address = self.address + quote(served)
        try:
            answer = self._pool.request("GET", address)
        except urllib3.exceptions.HTTPError as error:
            raise click.ClickException(f"{address}: {_reason(error)}") from error
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise click.ClickException(f"{address}: the host answered {answer.status}: try again later")
        return answer.data

    def measure(self, expected: Mapping[str, str]) -> dict[str, str]:
        """The digests of the files of a manifest that the host serves, and of those its own manifest lists beside them."""
        found, own = {}, self.get(NAME)
        listed = parse(own.decode(errors="replace"), self.address + NAME).digests if own is not None else {}
        paths = sorted({*expected, *listed})
        with ThreadPoolExecutor(AT_ONCE) as workers:
            for path, content in zip(paths, workers.map(self.get, paths), strict=True):
                if content is not None:
                    found[path] = sha256(content).hexdigest()
        return found


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Why a host gives no answer, without the connection that urllib3 names first."""
    cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason else error
    return str(cause).partition("): ")[2] or str(cause)


def is_address(text: str) -> bool:
    """Whether it is a web address and not a folder."""
    return text.startswith(("https://", "http://"))


def check(expected: Manifest, place: str) -> list[Difference]:
    """What differs at a folder or an address from a manifest."""
    if is_address(place):
        found = Host(place).measure(expected.digests)
    elif Path(place).is_dir():
        found = measure(Path(place))
    else:
        raise click.ClickException(f"{place}: found no folder, expected one, or an address that starts with https://")
    return differences(expected.digests, found)


def read(place: str) -> Manifest:
    """The manifest in a file or at an address; raises `click.ClickException`."""
    if not is_address(place):
        return parse(Path(place).read_text(encoding="utf-8", errors="replace"), place)
    folder, _, name = place.rpartition("/")
    content = Host(folder).get(name)
    if content is None:
        raise click.ClickException(f"{place}: found no manifest here")
    return parse(content.decode(errors="replace"), place)
