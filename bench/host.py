"""The finished site as readers get it: from a host that compresses and knows 404.html, in an installed Chromium."""

from __future__ import annotations

import gzip
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
KINDS = {
    "home": "",
    "system": "system/",
    "system-page": "system/wages/",
    "person": "people/workers-in-russia/",
    "place": "places/russia/",
    "institution": "institutions/dprk-government/",
    "policy": "policies/capital-only-recruitment-2017/",
    "event": "events/ningbo-departure-2016/",
    "figure": "figures/wage-russia-monthly/",
    "dispute": "disputes/ningbo-departure/",
    "source": "sources/rfa-2017-07-19/",
    "index": "places/",
    "disputes": "disputes/",
    "figures": "figures/",
    "who-may-go": "views/who-may-go/",
    "timeline": "views/timeline/",
    "charts": "views/figures/",
    "statements": "views/statements/",
    "years": "views/years/",
    "map": "views/map/",
    "network": "views/network/",
    "method": "method/",
    "coverage": "coverage/",
    "calculations": "calculations/",
    "corrections": "corrections/",
    "contributing": "contributing/",
    "machines": "machines/",
    "reference": "reference/",
    "search": "search/",
    "missing": "places/ningpo/",
}
"""A page of each kind, by its address."""


@contextmanager
def host(folder: Path) -> Iterator[str]:
    """The address at which a folder is served until the end of the block."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser until the end of the block: an installed Chromium, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def installed() -> str | None:
    """Where a Chromium is installed."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        target = Path(self.translate_path(self.path))
        file = target / "index.html" if target.is_dir() else target
        status = 200 if file.is_file() else 404
        if status == 404:
            file = Path(self.directory) / "404.html"
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Cache-Control", "max-age=600")
        content = file.read_bytes()
        if file.suffix != ".png":
            content = _compressed(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line."""


@cache
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
