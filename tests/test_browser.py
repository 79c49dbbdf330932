"""The site in Chromium: every kind of page opens cleanly with the rest of the internet cut off, and can be read.

Uses an installed Chromium or Chrome, else Playwright's own; without any of them these tests fail.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, Route, expect, sync_playwright
from project import Project

from kb.model import TYPES
from kb.parts import Manifest

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
WIDE, NARROW = 1440, 375
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.violatedDirective} stops ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`))"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter(e => document.documentElement.scrollWidth > innerWidth && e.getBoundingClientRect().right > innerWidth)
  .map(e => e.outerHTML.slice(0, 120))"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class Tab:
    """A page in the browser that can reach only the site, and notes whatever goes wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.outside: list[str] = []
        self.wrong: list[str] = []
        page.context.route("**/*", self._guard)
        page.context.add_init_script(TELL_VIOLATIONS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def open(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.address + path)
        return self.page

    def assert_clean(self) -> None:
        """Nothing went wrong so far, and nothing was asked of another host."""
        assert self.outside == [], self.page.url
        assert self.wrong == [], self.page.url

    def _guard(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # left behind by going on to the next page
            self.wrong.append(f"{request.failure}: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")


@pytest.fixture(scope="module")
def address(built: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site is served: below a path, and not where it says it is published."""
    root = tmp_path_factory.mktemp("host")
    (root / "below" / "a").mkdir(parents=True)
    (root / "below" / "a" / "path").symlink_to(built.site, target_is_directory=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/below/a/path/"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox", *QUIET])
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Tab]:
    with browser.new_context(viewport={"width": WIDE, "height": 900}) as context:
        yield Tab(context.new_page(), address)


def assert_fits(page: Page) -> None:
    """Nothing reaches past the right edge, on a desk and on a phone."""
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) == [], f"{page.url} at {width} pixels"


@pytest.mark.parametrize("type_name", TYPES)
def test_a_record_of_every_type_opens_cleanly(tab: Tab, built: Project, type_name: str) -> None:
    pages = (built.site / type_name).glob("*/index.html")
    fullest = max(pages, key=lambda path: path.stat().st_size).parent.name
    page = tab.open(f"{type_name}/{fullest}/")
    expect(page.locator("article h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert_fits(page)
    tab.assert_clean()


def test_every_other_page_opens_cleanly(tab: Tab, built: Project) -> None:
    for path in Manifest.load(built.folder / "build" / "frame").pages.values():
        page = tab.open(path)
        expect(page.locator("article h1")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert_fits(page)
        tab.assert_clean()
        page.set_viewport_size({"width": WIDE, "height": 900})


def test_the_keyboard_reaches_the_article_first(tab: Tab) -> None:
    page = tab.open("places/ningbo/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article') !== null")
    tab.assert_clean()


def test_records_are_found_and_read_without_javascript(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": NARROW, "height": 900}) as context:
        tab = Tab(context.new_page(), address)
        page = tab.open("places/")
        page.locator("article").get_by_role("link", name="Ningbo", exact=True).first.click()
        expect(page.locator("article h1")).to_contain_text("Ningbo")
        for part in ("#statements", "#on-located-in", "#sources", "#backlinks"):
            expect(page.locator(f"article {part}")).to_be_visible()
        page.locator('article a[href="../../places/china/"]').first.click()
        expect(page.locator("article h1")).to_contain_text("China")
        tab.assert_clean()


def test_every_page_without_javascript_offers_the_index_of_every_type(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": WIDE, "height": 900}) as context:
        tab = Tab(context.new_page(), address)
        page = tab.open("")
        for type_name in TYPES:
            page.get_by_role("link", name=type_name.capitalize(), exact=True).first.click()
            expect(page.locator("article h1")).to_contain_text(type_name.capitalize())
            assert page.url == f"{address}{type_name}/"
        tab.assert_clean()
