"""The manifest: what it lists, that `sha256sum` reads it, and every kind of drift in a folder and at an address."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from project import Project

from kb.cli import main
from kb.manifest import NAME, measure

COMMIT = "1234567890abcdef1234567890abcdef12345678"
FILES = {"index.html": "home", "places/x/index.html": "x", "api/v1/ids.json": "[]", "assets/a b&c.css": "a{}"}
FOR_THE_HOST = {"_headers": "h", "_redirects": "r", ".nojekyll": ""}


def fill(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small site with its manifest, in the working folder."""
    monkeypatch.chdir(tmp_path)
    site = fill(tmp_path / "site", FILES | FOR_THE_HOST)
    assert run("--commit", COMMIT).exit_code == 0
    return site


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["manifest", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files as a static host serves them; each of `answers` is given once, before anything else, to its path."""

    def __init__(self, *args: object, answers: dict[str, list[int]], seen: list[str], **kwargs: object) -> None:
        self.answers, self.seen = answers, seen
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        if waiting := self.answers.get(self.path):
            self.send_response(waiting.pop(0))
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def list_directory(self, path: object) -> None:
        """A folder without a page of its own is not found."""
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line."""


class Served:
    """A copy of the site at an address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.answers, self.seen = folder, dict[str, list[int]](), list[str]()
        handler = partial(Handler, directory=str(folder), answers=self.answers, seen=self.seen)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"


@pytest.fixture
def served(site: Path, tmp_path: Path) -> Iterator[Served]:
    copy = Served(Path(shutil.copytree(site, tmp_path / "copy")))
    yield copy
    copy.server.shutdown()
    copy.server.server_close()


def test_it_lists_every_published_file_with_the_commit(site: Path) -> None:
    first, *lines = (site / NAME).read_text(encoding="utf-8").splitlines()
    assert first == f"# commit {COMMIT}"
    assert [line.partition("  ")[2] for line in lines] == sorted(FILES)


def test_sha256sum_checks_it(site: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", NAME]
    assert subprocess.run(command, cwd=site, check=False).returncode == 0
    (site / "index.html").write_text("other", encoding="utf-8")
    assert subprocess.run(command, cwd=site, capture_output=True, check=False).returncode == 1


def test_a_site_is_the_same_as_itself_and_as_its_copy(site: Path, served: Served) -> None:
    for place in ("site", "copy", served.address):
        done = run("--check", place)
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr == f"{place}: the same; 4 files of commit {COMMIT}\n"


@pytest.mark.parametrize("way", ["folder", "address"])
@pytest.mark.parametrize(
    ("drift", "told"),
    [
        ({"index.html": "other"}, "changed: index.html\n"),
        ({"assets/a b&c.css": "b{}"}, "changed: assets/a b&c.css\n"),
        ({"places/x/index.html": None}, "missing: places/x/index.html\n"),
        ({"places/y/index.html": "y"}, "extra: places/y/index.html\n"),
        ({"_headers": "other", ".nojekyll": None}, ""),
        ({"b.txt": "b", "api/v1/ids.json": None}, "missing: api/v1/ids.json\nextra: b.txt\n"),
    ],
    ids=["changed", "changed-name", "missing", "extra", "for-the-host", "two"],
)
def test_drift_of_each_kind_is_told(served: Served, way: str, drift: dict[str, str | None], told: str) -> None:
    for name, text in drift.items():
        if text is None:
            (served.folder / name).unlink()
        else:
            fill(served.folder, {name: text})
    own = "".join(f"{'0' * 64}  {name}\n" for name in measure(served.folder))  # a host's own digests prove nothing
    fill(served.folder, {NAME: own})
    done = run("--check", "copy" if way == "folder" else served.address)
    assert done.stdout == told
    assert done.exit_code == (1 if told else 0)


def test_an_extra_file_that_the_copy_does_not_list_is_found_in_a_folder(served: Served) -> None:
    fill(served.folder, {"planted.html": "p"})
    assert run("--check", "copy").stdout == "extra: planted.html\n"


def test_an_address_is_asked_for_pages_as_readers_ask(served: Served) -> None:
    run("--check", served.address)
    assert sorted(served.seen) == ["/", "/api/v1/ids.json", "/assets/a%20b%26c.css", f"/{NAME}", "/places/x/"]


def test_a_host_that_asks_to_wait_is_asked_again(served: Served) -> None:
    served.answers |= {"/": [429, 503]}
    assert run("--check", served.address).exit_code == 0
    assert served.seen.count("/") == 3


def test_a_host_that_fails_is_no_proof(served: Served) -> None:
    served.answers |= {"/places/x/": [500]}
    done = run("--check", served.address)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"Error: {served.address}places/x/: the host answered 500: try again later\n"


def test_a_host_that_is_not_there_is_told_in_a_line(served: Served) -> None:
    served.server.shutdown()
    served.server.server_close()
    done = run("--check", served.address)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {served.address}{NAME}: ")
    assert "refused" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_another_manifest_can_be_named_by_file_or_address(site: Path, served: Served, tmp_path: Path) -> None:
    shutil.copyfile(site / NAME, tmp_path / "signed")
    (site / NAME).unlink()
    fill(served.folder, {"index.html": "other"})
    for against in ("signed", f"{served.address}{NAME}"):
        assert run("--check", "copy", "--manifest", against).stdout == "changed: index.html\n"
    assert "found no manifest here" in run("--check", "copy", "--manifest", f"{served.address}none").stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found no digests: this is no manifest"),
        ("<!doctype html>", "signed:1: found “<!doctype html>”, expected a sha256 and a path"),
        (f"# commit {COMMIT}\n{'a' * 64}  ../x\n", "signed:2: found"),
        (f"{'a' * 64}  /etc/x\n", "signed:1: found"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, message: str) -> None:
    Path("signed").write_text(text, encoding="utf-8")
    done = run("--check", "site", "--manifest", "signed")
    assert done.exit_code == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_cannot_be_measured_is_told_and_changes_nothing(site: Path) -> None:
    before = (site / NAME).read_bytes()
    assert "found no site here: build it first" in run("--site-dir", "nowhere").stderr
    assert "found no folder, expected one, or an address" in run("--check", "nowhere").stderr
    assert "git knows no commit here" in run().stderr
    assert "expected the hexadecimal name of a commit" in run("--commit", "main").stderr
    fill(site, {"two\nlines": "x"})
    assert "no manifest can hold this name" in run("--commit", COMMIT).stderr
    assert "expected a sha256" not in run("--commit", COMMIT).stderr
    (site / "two\nlines").unlink()
    assert (site / NAME).read_bytes() == before
    (site / NAME).unlink()
    assert "found no manifest: make it" in run("--check", "site").stderr


def test_the_commit_is_that_which_is_checked_out_and_open_changes_are_told(site: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
        return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    fill(Path(), {".gitignore": "/site/\n", "data.yaml": "a: 1\n"})
    git("add", "-A")
    git("commit", "-qm", "Data")
    head = git("rev-parse", "HEAD")
    assert run().stdout == f"site/manifest.sha256: 4 files, commit {head}\n"
    fill(Path(), {"data.yaml": "a: 2\n"})
    done = run()
    assert "some changes are in no commit" in done.stderr
    assert (site / NAME).read_text(encoding="utf-8").startswith(f"# commit {head} with changes that are in no commit\n")
    assert f"of commit {head}" in run("--check", "site").stderr


def test_two_builds_of_one_commit_are_the_same_whatever_the_clock_says(built: Project, project: Project) -> None:
    assert project.kb("build", SOURCE_DATE_EPOCH="86400", TZ="Asia/Pyongyang").returncode == 0
    assert project.kb("manifest", "--commit", COMMIT).returncode == 0
    done = project.kb("manifest", "--check", str(built.site))
    assert (done.returncode, done.stdout) == (0, "")
