"""A page of each kind in Chromium, light and dark, on a desk, a tablet and a phone, with and without scripts.

Nothing reaches past the right edge, nothing fails or is stopped by the policy, nobody else is asked, axe finds nothing,
and a first visit loads no more than it may. What a page can do is tested elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import axe_playwright_python
import pytest
from host import KINDS, chromium, host
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from project import Project
from weigh import allowed, weighing

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe that a scheme or a width can change."""
WIDTHS = (1440, 768, 375)
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter(e => document.documentElement.scrollWidth > innerWidth && e.getBoundingClientRect().right > innerWidth)
  .map(e => e.outerHTML.slice(0, 120))"""
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.violatedDirective} stops ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`))"""
FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const look = () => JSON.stringify([at, at.closest("label, li"), ...at.querySelectorAll("*"), at.nextElementSibling].map(e => {
    if (!e) return null;
    const s = getComputedStyle(e);
    return [s.outlineStyle === "none" ? "" : s.outline, s.boxShadow, s.backgroundColor, s.stroke, s.opacity];
  }));
  const on = look();
  at.blur();
  const off = look();
  at.focus({focusVisible: true, preventScroll: true});
  return {html: at.outerHTML.slice(0, 120), told: on !== off};
}"""

MOVING = """() => ["", "::before", "::after"].flatMap(part => [...document.querySelectorAll("*")]
  .map(e => getComputedStyle(e, part || null))
  .filter(s => [s.transitionDuration, s.animationDuration].some(d => d.split(", ").some(t => parseFloat(t) > 0)))).length"""

Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def address(built: Project) -> Iterator[str]:
    with host(built.site) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page as on a first visit; in the end nothing may have gone wrong and nobody else have been asked."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def tell(message: ConsoleMessage) -> None:
        missing = f"{address}{KINDS['missing']}"
        if message.type in ("error", "warning") and message.location.get("url") != missing:  # which is not there
            wrong.append(message.text)

    def open_page(kind: str, scheme: Scheme = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": WIDTHS[0], "height": 900}, color_scheme=scheme, java_script_enabled=scripts
        )
        contexts.append(context)
        context.add_init_script(TELL_VIOLATIONS)
        page = context.new_page()
        page.on("console", tell)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else wrong.append(r.url))
        loaded = weighing(page)
        page.goto(address + KINDS[kind], wait_until="networkidle")
        assert sum(loaded.values()) <= allowed(kind), f"{kind}: {sum(loaded.values())} bytes: {loaded}"
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def broken(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds, a line each."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = page.evaluate("options => axe.run(document, options)", options)
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]


def assert_fits(page: Page) -> None:
    """Nothing reaches past the right edge, at any width; the window is left at the last."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) == [], f"at {width} pixels"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_and_is_accessible(opened: Callable[..., Page], kind: str) -> None:
    page = opened(kind)
    assert broken(page) == []
    assert_fits(page)
    assert broken(page, [*COLOURS, "target-size"]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_and_is_accessible_in_the_dark(opened: Callable[..., Page], kind: str) -> None:
    page = opened(kind, scheme="dark")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    assert broken(page, COLOURS) == []
    assert_fits(page)
    assert broken(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_and_is_readable_without_scripts(opened: Callable[..., Page], kind: str, scheme: Scheme) -> None:
    page = opened(kind, scheme=scheme, scripts=False)
    expect(page.locator("h1")).to_be_visible()
    assert_fits(page)  # no axe: it waits for timers, which do not run


@pytest.mark.parametrize("kind", ["home", "place", "dispute", "who-may-go", "statements", "network", "missing"])
def test_it_is_seen_where_the_focus_is(opened: Callable[..., Page], kind: str) -> None:
    page = opened(kind)
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if (stop := page.evaluate(FOCUS)) is None:
            break
        stops.append(stop)
    assert len(stops) > 10
    assert [stop["html"] for stop in stops if not stop["told"]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_tab_offers_to_skip_to_the_content(opened: Callable[..., Page], kind: str) -> None:
    page = opened(kind, scripts=False)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text().strip() == "Skip to content"
    target = skip.get_attribute("href") or ""
    assert page.locator(f"article h1{target}").count() == 1


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("places/ningpo/", "places/ningbo/"),
        ("people/ningbo/", "places/ningbo/"),
        ("ningbo-departur", "disputes/ningbo-departure/"),
        ("a/b/c/Khabarovsk/index.html", "places/khabarovsk/"),
        ("places/%E0%A4%A/vladivostok%2", "places/vladivostok/"),
        ("places/러시아/", None),
        ("zzz", None),
    ],
)
def test_a_page_that_is_not_there_names_the_nearest_that_are(
    browser: Browser, address: str, asked: str, nearest: str | None
) -> None:
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    answer = page.goto(address + asked, wait_until="networkidle")
    assert answer and answer.status == 404
    links = page.locator("#kb-missing a").evaluate_all("links => links.map((link) => link.href)")
    assert (links[:1], wrong) == ([address + nearest] if nearest else [], [])
    assert page.get_by_role("heading", name="Nearest records").is_visible() is bool(nearest)
    expect(page.get_by_role("link", name="Places").first).to_be_visible()
    page.close()


@pytest.mark.parametrize("kind", ["home", "place", "network", "statements"])
def test_nothing_moves_for_those_who_ask_for_less_motion(opened: Callable[..., Page], kind: str) -> None:
    page = opened(kind)
    assert page.evaluate(MOVING) > 0  # the theme's own; otherwise this proves nothing
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0


def test_print_keeps_what_is_cited_and_where_it_is(opened: Callable[..., Page]) -> None:
    page = opened("dispute")
    page.emulate_media(media="print")
    expect(page.locator(".md-header, .md-tabs, .md-sidebar, .md-footer").filter(visible=True)).to_have_count(0)
    assert page.locator(".kb-cite a").filter(visible=True).count() > 20
    originals = page.locator(".kb-originals")
    expect(originals).to_be_visible()
    cited = {re.sub(r"#.*", "", str(a.get_attribute("href"))) for a in page.locator(".kb-sources a").all()}
    assert len(re.findall(r": https?://\S+", originals.inner_text())) == len(cited) > 1
    expect(page.locator(".kb-cite-page .kb-address")).to_be_visible()
    for link in page.locator('article a[href^="http"]').filter(visible=True).all():
        printed = link.evaluate("a => getComputedStyle(a, '::after').content")
        assert str(link.get_attribute("href")) in printed
    page.emulate_media(media="screen")
    expect(originals).to_be_hidden()
