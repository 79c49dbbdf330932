"""The site while it is being written: served from a folder, rebuilt on every edit, reloaded in the browser.

MkDocs makes its pages again only after an edit of what they are made of; an edit in data/ only fills them. A mistake is told in the
terminal and over the page, and the last good site stays.
"""

from __future__ import annotations

import http.server
import json
import signal
import threading
from functools import partial
from importlib.resources import files
from pathlib import Path

import click
from watchfiles import watch

from kb import build
from kb.check import check_folder
from kb.editors import keep_current
from kb.framing import frame_pages
from kb.load import CHANGES
from kb.problems import errors, report

SCRIPT = "/-/serve.js"
EVENTS = "/-/events"


class State:
    """What the browser is told: a number that grows with every build, and what is wrong."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.version = 0
        self.problems = ""

    def set(self, problems: str) -> None:
        """A build is done."""
        with self._changed:
            self.version += 1
            self.problems = problems
            self._changed.notify_all()

    def wait_after(self, version: int, timeout: float) -> bool:
        """Whether a build later than `version` is done, waiting up to `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.version > version, timeout)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site, with the reloading script in every page, and the events it listens to."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, state: State, **kwargs: object) -> None:
        self.state = state
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
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
        target = Path(self.translate_path(path))
        if target.is_dir() and not path.endswith("/"):
            super().do_GET()  # redirects to the address with a slash
            return
        file = target / "index.html" if target.is_dir() else target
        status = 200
        if not file.is_file():
            status, file = 404, Path(self.directory) / "404.html"
        if file.suffix != ".html":
            super().do_GET()
            return
        page = file.read_bytes() if file.is_file() else b"<!doctype html><title>Not built yet</title><body></body>"
        script = f'<script src="{SCRIPT}" defer></script></body>'.encode()
        self._send(status, "text/html; charset=utf-8", page.replace(b"</body>", script, 1))

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
                if self.state.wait_after(version, timeout=15):
                    version = self.state.version
                    data = json.dumps({"version": version, "problems": self.state.problems})
                    self.wfile.write(f"data: {data}\n\n".encode())
                else:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
        except OSError:
            return  # the browser went away


class Server(http.server.ThreadingHTTPServer):
    """One thread a request; open event streams do not hold up the end."""

    daemon_threads = True


def serve(data: Path, docs: Path, site_dir: Path, host: str, port: int) -> None:
    """Serve until interrupted. A build that runs then is finished, unless a second interruption ends it."""
    state = State()
    handler = partial(Handler, state=state, directory=str(site_dir))
    try:
        server = Server((host, port), handler)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen at {host}:{port}: {error.strerror}; choose another with --port"
        ) from error
    frame = site_dir.with_name(f"{site_dir.name}-frame")
    templates = Path(str(files("kb").joinpath("templates")))

    ended = threading.Event()

    def end(*_: object) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    before = signal.signal(signal.SIGINT, end)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    watched = [
        path
        for path in (data, data.parent / CHANGES, docs, templates, Path("hooks"), Path("mkdocs.yml"))
        if path.exists()
    ]
    try:
        # Watching begins before the first build, so that an edit made meanwhile is not missed: the first round is for it.
        for changes in watch(*watched, debounce=50, step=20, rust_timeout=200, yield_on_timeout=True, stop_event=ended):
            if state.version == 0:
                state.set(_rebuild(data, docs, frame, site_dir))
                click.echo(f"serving http://{host}:{server.server_address[1]}/ (Ctrl-C ends it)", err=True)
            elif changes:
                state.set(_rebuild(data, docs, frame, site_dir))
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, before)
        server.shutdown()


def _rebuild(data: Path, docs: Path, frame: Path, site_dir: Path) -> str:
    """Check and build; returns what stopped it, or nothing. Everything found is told in the terminal."""
    kb, problems = check_folder(data, docs)
    keep_current(kb)
    stopped = ""
    if not errors(problems):
        try:
            frame_pages(frame)
            problems += build.build(kb, frame, docs, site_dir)
        except click.ClickException as error:
            stopped = error.message
    if errors(problems):
        stopped = report(errors(problems))
    if told := "\n".join(filter(None, [report(problems), "" if errors(problems) else stopped])):
        click.echo(told, err=True)
    click.echo("the last good site stays" if stopped else f"built: {len(kb.records)} records", err=True)
    return stopped
