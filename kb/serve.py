"""The site while it is being written: every page made when it is asked for, and again in the browser after every edit.

Nothing is written. The linked base stays in memory; an edit of a record changes what rests on it, and only that is linked
and checked again. MkDocs makes its pages again only after an edit of what they are made of. A mistake is told in the
terminal and over the page, and the last good site stays. Mistakes in pages that nobody has asked for are looked for
when nothing else is to be done.
"""

from __future__ import annotations

import gc
import http.server
import json
import mimetypes
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from importlib.resources import files
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote, unquote

import click
from watchfiles import watch

from kb.check import check_base, check_record
from kb.editors import keep_current
from kb.framing import frame_pages, stands
from kb.graph import KnowledgeBase, changes, link
from kb.load import CHANGES, Loaded, load, reload
from kb.model import Vocabulary
from kb.parts import Framed, Parts
from kb.printing import read_again
from kb.problems import Problem, errors, report
from kb.reads import FACE, Lazy, Made, Traits, trait, unread

SCRIPT = "-/serve.js"
EVENTS = "-/events"
_REST = 0.5
"""Seconds after an edit in which the browser has all there is to itself."""
_NOTHING = b"<!doctype html><title>Not built yet</title><body></body>"


class Shown:
    """What the browser is shown: the parts of the site, a number that grows with every edit, and what is wrong."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.making = threading.Lock()
        """Held by whoever asks the base that is shown: it notes what is read for one thing at a time."""
        self._parts: Parts | None = None
        self._good: dict[str, bytes] = {}
        self._made: dict[str, tuple[Made[bytes | Path | Problem | None], int]] = {}
        """What was made of paths, and after how many edits."""
        self._edits: list[Traits] = []
        """What each edit changed, since everything may have been new."""
        self.version = 0
        self.frame = 0.0
        """When everything was last made anew: a page of before cannot be changed into one of after."""
        self.problems = ""

    def set(self, problems: str, parts: Parts | None = None, changed: Traits | None = None) -> None:
        """Something is new: what is wrong, or, where nothing is, the site. Without `changed` everything in it may be new."""
        with self._changed:
            if parts is not None:
                with self.making:
                    if changed is None:
                        self._made.clear()
                        self._edits.clear()
                        self.frame = time.time()
                    else:
                        self._edits.append(changed)
                    self._parts = parts
            self.version += 1
            self.problems = problems
            self._changed.notify_all()

    def wait_after(self, version: int, timeout: float) -> bool:
        """Whether there is something later than `version`, waiting up to `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.version > version, timeout)

    def file(self, path: str) -> bytes | None:
        """A file of the site; of a page that cannot be made, what it was when it last could."""
        found = self.look(path)
        if not isinstance(found, Problem):
            content = found.read_bytes() if isinstance(found, Path) else found
            if content is not None and path.endswith(".html"):
                self._good[path] = content
            return content
        if str(found) not in self.problems:
            self.set(report([found]))
        return self._good.get(path, _NOTHING)

    def look(self, path: str) -> bytes | Path | Problem | None:
        """A file of the site, where it is, or what is wrong with it."""
        with self.making:
            if self._parts is None:
                return None
            made, edits = self._made.get(path, (None, 0))
            if made is None or not unread(made, frozenset().union(*self._edits[edits:]), {}):
                made = self._parts.kb.reads.noting(self._parts.at, path)
            self._made[path] = made, len(self._edits)
            return made.value


class Handler(http.server.BaseHTTPRequestHandler):
    """Pages of the site, with the script that keeps each as it is now, and the events it listens to."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, shown: Shown, **kwargs: Any) -> None:
        self.shown = shown
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0]).lstrip("/")
        if path == EVENTS:
            self._events()
        elif path == SCRIPT:
            self._send(200, "text/javascript", files("kb").joinpath("templates/serve.js").read_bytes())
        else:
            self._page(path)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line."""

    def _page(self, path: str) -> None:
        version, frame = self.shown.version, self.shown.frame  # an edit meanwhile is told, if once too often
        found, status = self.shown.file(f"{path}index.html" if path.endswith("/") or not path else path), 200
        if found is None and path and self.shown.file(f"{path}/index.html") is not None:
            self.send_response(301)
            self.send_header("Location", f"/{quote(path)}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if found is None:
            found, status = self.shown.file("404.html") or _NOTHING, 404
            path = "404.html"
        kind = "text/html" if path.endswith("/") or not path else mimetypes.guess_type(path)[0] or "text/plain"
        if kind == "text/html":
            script = f'<script src="/{SCRIPT}" data-frame="{frame}" data-version="{version}" defer></script></body>'
            found = found.replace(b"</body>", script.encode(), 1)
        self._send(status, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, found)

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _events(self) -> None:
        """Server-sent events (WHATWG HTML, section 9.2): one at once, then one for every build."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        version = -1
        try:
            while True:
                if self.shown.wait_after(version, timeout=15):
                    version = self.shown.version
                    told = {"version": version, "frame": self.shown.frame, "problems": self.shown.problems}
                    self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
                else:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
        except OSError:
            return  # the browser went away


class Server(http.server.ThreadingHTTPServer):
    """One thread a request; open event streams do not hold up the end."""

    daemon_threads = True


def serve(data: Path, docs: Path, frames: Path, host: str, port: int) -> None:
    """Serve until interrupted. `frames` is where MkDocs may put its pages."""
    shown = Shown()
    try:
        server = Server((host, port), partial(Handler, shown=shown))
    except OSError as error:
        raise click.ClickException(
            f"cannot listen at {host}:{port}: {error.strerror}; choose another with --port"
        ) from error
    ended = threading.Event()

    def end(*_: object) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    before = signal.signal(signal.SIGINT, end)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    templates = Path(str(files("kb").joinpath("templates")))
    watched = [
        path
        for path in (data, data.parent / CHANGES, docs, templates, Path("hooks"), Path("mkdocs.yml"))
        if path.exists()
    ]
    edits: SimpleQueue[set[Path]] = SimpleQueue()

    def listen() -> None:
        """Watching begins before anything is made, so that no edit is missed."""
        for changes in watch(*watched, debounce=50, step=10, rust_timeout=200, yield_on_timeout=True, stop_event=ended):
            if changes or not listening.is_set():
                listening.set()
                edits.put({_as_given(Path(name), watched) for _, name in changes})

    listening = threading.Event()
    threading.Thread(target=listen, daemon=True).start()
    listening.wait()
    try:
        work = _Work(data, docs, frames, shown)
        work.begin()
        gc.collect()
        gc.freeze()  # to look through a base of 10,000 records for what nobody holds any more takes a second
        gc.set_threshold(100_000)
        click.echo(f"serving http://{host}:{server.server_address[1]}/ (Ctrl-C ends it)", err=True)
        looked = False
        while not ended.is_set():
            try:
                changes = edits.get(timeout=_REST)
            except Empty:
                if not looked:
                    work.look_further(lambda: edits.empty() and not ended.is_set())
                    looked = True
                continue
            if changes:
                work.take(changes)
                looked = False
    except KeyboardInterrupt:
        pass
    finally:
        ended.set()
        signal.signal(signal.SIGINT, before)
        server.shutdown()


def _as_given(changed: Path, watched: Iterable[Path]) -> Path:
    """A path as it is written elsewhere: from the folder that was named to be watched on."""
    inside = (path for path in watched if changed.resolve().is_relative_to(path.resolve()))
    return next((path / changed.resolve().relative_to(path.resolve()) for path in inside), changed)


class _Work:
    """What stands behind what is shown: the base as it is, right or wrong, and what was found in it."""

    def __init__(self, data: Path, docs: Path, frames: Path, shown: Shown) -> None:
        self._data, self._docs, self._shown = data, docs, shown
        self._frames = [frames / "one", frames / "two"]
        """Where MkDocs puts its pages by turns: those shown stay while others are made."""
        self._kb = link(Loaded(data, (), Vocabulary(properties={}), ()))
        self._found = self._rules()
        """What is wrong with each record."""
        self._parts: Parts | None = None
        self._since: Traits | None = frozenset()
        """What has changed since something was shown; None where that may be anything."""

    def begin(self) -> None:
        """Read everything."""
        self._kb = link(load(self._data))
        self._found = self._rules()
        self._show(None)

    def take(self, edits: set[Path]) -> None:
        """Have an edit shown, or what is wrong with it."""
        changed: Traits | None = frozenset()
        records = (self._data, self._data.parent / CHANGES)
        if in_data := [path for path in edits if any(map(path.is_relative_to, records))]:
            before = self._kb
            loaded = reload(before.loaded, in_data)
            if (loaded.vocabulary, loaded.releases) != (before.vocabulary, before.loaded.releases):
                self._kb, changed = link(loaded), None
                self._found = self._rules()
            else:
                changed = changes(before.cards, {card.id: card for card in loaded.cards})
                changed |= {trait(id_, FACE) for id_ in before.loaded.unread ^ loaded.unread}  # told here and not there
                self._kb = KnowledgeBase(loaded, before, changed)
                known, self._found = self._found, self._rules()
                self._found.keep(known, changed)
        if len(in_data) < len(edits):
            changed = None
            read_again()
        self._show(changed)

    def look_further(self, undisturbed: Callable[[], bool]) -> None:
        """Have editors know what there is, and look for mistakes in hand-written pages, as long as there is nothing else to do."""
        gc.collect()  # the base as it was before the edit
        self._kb.expect_edit()
        self._found.note_readers()
        if self._kb.cards and undisturbed():
            with self._shown.making:
                keep_current(self._kb)
        problems = []
        for path in self._parts.written if self._parts and not self._shown.problems else ():
            if not undisturbed():
                return
            if isinstance(found := self._shown.look(path), Problem):
                problems.append(found)
        if problems:
            told = report(problems)
            click.echo(told, err=True)
            self._shown.set(told)

    def _show(self, changed: Traits | None) -> None:
        problems = self._check()
        changed = self._since = None if changed is None or self._since is None else self._since | changed
        stopped = report(errors(problems))
        if not stopped:
            try:
                if changed is None or self._parts is None:
                    self._parts = Parts(self._kb, self._framed(), self._docs)
                else:
                    self._parts = replace(self._parts, kb=self._kb, printed={})
                self._shown.set("", self._parts, changed)
                self._since = frozenset()
            except click.ClickException as error:
                stopped = error.message
        if told := "\n".join(filter(None, [report(problems), "" if errors(problems) else stopped])):
            click.echo(told, err=True)
        click.echo("the last good site stays" if stopped else f"shown: {len(self._kb.cards)} records", err=True)
        if stopped:
            self._shown.set(stopped)

    def _rules(self) -> Lazy[list[Problem]]:
        kb = self._kb
        return Lazy(kb.reads, kb.cards, lambda id_: check_record(kb, kb.loaded.record(kb.cards[id_])))

    def _check(self) -> list[Problem]:
        """What is wrong; only what something changed for is looked at."""
        for id_ in self._kb.cards.keys() - self._found.made.keys():
            self._found[id_]
        told = [made.value for made in self._found.made.values() if made.value]
        return sorted({*check_base(self._kb, self._docs), *chain.from_iterable(told)})

    def _framed(self) -> Framed:
        """The frame at hand, or a new one beside it."""
        if not stands(self._frames[0]):
            frame_pages(self._frames[1])
            self._frames.reverse()
        return Framed(self._frames[0])
