"""The search as readers use it, typed into Chromium: what is found, the box, the page of results."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import axe_playwright_python
import pytest
import yaml
from host import chromium, host
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Route, expect
from project import ROOT, Project, copied
from records import institution, place

from kb.graph import link
from kb.hangul import southern
from kb.keys import fold, southern_latin, words
from kb.load import load

QUERIES = [
    (kind, query, place, 1 if how == "first" else 3)
    for kind, table in yaml.safe_load((ROOT / "tests/queries.yaml").read_text(encoding="utf-8")).items()
    for how, wanted in table.items()
    for query, place in wanted.items()
]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.violatedDirective} stops ${event.blockedURI}`))"""
INDEX = re.compile(r"/search/(?:index|facets|[a-z]+/\d+)\.json")

Opened: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="module")
def address(built: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a copy of the finished site is served, below a path and not where it says it is published."""
    root = tmp_path_factory.mktemp("host")
    shutil.copytree(built.site, root / "below" / "a" / "path")
    with host(root) as address:
        yield f"{address}below/a/path/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Opened]:
    """Opens a page; in the end nothing may have gone wrong, and nobody else have been asked."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(path: str = "places/russia/", at: str = address, **context: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}))
        contexts[-1].add_init_script(TELL_VIOLATIONS)
        page = contexts[-1].new_page()
        watch(page, at, wrong)
        page.goto(at + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def watch(page: Page, address: str, wrong: list[str]) -> None:
    """Notes whatever goes wrong in a page."""

    def tell(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(message.text)

    page.on("console", tell)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else wrong.append(r.url))


@pytest.fixture(scope="module")
def typing(browser: Browser, address: str) -> Iterator[Page]:
    """One page with the open box, to type one query after another."""
    wrong: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(TELL_VIOLATIONS)
        page = context.new_page()
        watch(page, address, wrong)
        page.goto(f"{address}places/russia/")
        page.keyboard.press("/")
        yield page
    assert wrong == []


def box(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Search")


def field(page: Page) -> Locator:
    return box(page).get_by_role("combobox", name="Search")


def options(page: Page) -> Locator:
    return box(page).locator("[role=option]")  # those of the facets are not meant


def ask(page: Page, query: str) -> None:
    """Types a query into the open box, in place of the last one."""
    field(page).press("Control+a")
    field(page).press("Delete")
    expect(options(page)).to_have_count(0)
    page.keyboard.type(query)
    page.keyboard.press("Shift")  # typing what is on no key sends no key-up


def searched(page: Page) -> Page:
    """The page once the search has come to an end."""
    expect(box(page).get_by_role("status")).not_to_be_empty()
    page.wait_for_load_state("networkidle")
    return page


def hrefs(page: Page) -> list[str]:
    return list(options(page).evaluate_all("all => all.map(one => one.getAttribute('href'))"))


# --- what is found ---------------------------------------------------------------------------------------------------


def test_there_are_at_least_eighty_queries() -> None:
    assert len(QUERIES) >= 80
    assert len({query for _, query, _, _ in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize(("kind", "query", "wanted", "within"), QUERIES, ids=[f"{q[0]}: {q[1]}" for q in QUERIES])
def test_what_readers_type_finds_what_they_mean(typing: Page, kind: str, query: str, wanted: str, within: int) -> None:
    ask(typing, query)
    ending = wanted if "/" in wanted else f"/{wanted}/"
    typing.wait_for_function(
        """([ending, within]) => [...document.querySelectorAll("dialog [role=option]")]
            .slice(0, within).some(option => option.href.endsWith(ending))""",
        arg=[ending, within],
        timeout=5000,
    )


BAD = {
    "long": "pyongyang " * 600,
    "one long word": "a" * 5000,
    "only signs": "?!…---///'''\"\"",
    "only a space": "   ",
    "HTML": "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "regular expression": "(.*)+[a-z]{2,}\\d$^|?",
    "emoji": "🚢👷🏽‍♀️🇰🇵",
    "right to left": "مرحبا \u202eעברית",
    "of every object": "__proto__ constructor toString hasOwnProperty",
    "alone": "__proto__",
    "null": "nul\u0000l",
    "broken": "\ud83d x".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "marks only": "\u0301\u0302",
    "percent": "%E0%A4%A %s %d ${x} {{ 7 * 7 }}",
}  # fmt: skip


@pytest.mark.parametrize("query", BAD.values(), ids=list(BAD))
def test_nothing_that_is_typed_is_an_error(opened: Opened, query: str) -> None:
    page = opened()
    page.keyboard.press("/")
    field(page).fill(query)
    page.wait_for_load_state("networkidle")
    expect(box(page).get_by_role("status")).not_to_contain_text("could not be loaded")
    assert page.evaluate("document.querySelectorAll('dialog img, dialog script').length") == 0
    page.goto(page.url)  # which carries the query
    page.wait_for_load_state("networkidle")


def test_what_is_mistyped_comes_after_what_is_not(typing: Page) -> None:
    ask(typing, "Pyeongyang")
    expect(options(typing).nth(1)).to_be_visible()
    searched(typing)
    own = [option.inner_text() for option in options(typing).all()]
    assert "Pyeongyang" in own[0]
    assert not any("Pyeongyang" in name for name in own[1:])


def test_when_nothing_is_found_it_says_so_and_offers_the_nearest_names(typing: Page) -> None:
    ask(typing, "Vladwxyzostok")
    status = box(typing).get_by_role("status")
    expect(status).to_contain_text("Nothing is called “Vladwxyzostok”")
    expect(box(typing).get_by_role("group", name="Nearest names").locator("[role=option]").first).to_contain_text("Vladivostok")  # fmt: skip
    ask(typing, "qqqqqqqqq")
    expect(status).to_contain_text("Nothing is called “qqqqqqqqq”")
    expect(status.get_by_role("link", name="Places")).to_have_attribute("href", re.compile(r"/below/a/path/places/$"))


def test_when_no_text_has_every_word_those_with_some_are_offered(typing: Page) -> None:
    ask(typing, "loyalty herring")
    expect(box(typing).get_by_role("status")).to_contain_text("Nothing has all of “loyalty herring”")
    expect(options(typing).first).to_contain_text("oyalty")


def test_words_are_folded_as_the_keys_of_names_are(built: Project, typing: Page, address: str) -> None:
    records = link(load(built.folder / "data")).records.values()
    names = [name for r in records for name in (r.caption, *(name.value for name in r.names))]
    names += [
        "녀성로동자 ㄴㄷㅈ 값",
        "Ωμέγας ǅ ﬁ Ⅳ ½ ²",
        "İstanbul",
        "ＦＵＬＬ",
        "Йод",
        "a_b",
        "が",
        "ᄀ",
        "1,000–2,000",
    ]
    theirs = typing.evaluate(
        """async ([address, texts]) => {
          const { fold, letters, southern, words } = await import(new URL("assets/finder.js", address));
          return texts.map(text => [fold(text), words(text).map(letters), words(text).map(southern)]);
        }""",
        [address, names],
    )
    for text, (folded, found, spelled) in zip(names, theirs, strict=True):
        assert (folded, found) == (fold(text), words(text)), text
        unfolded = re.findall(r"[^\W_]+", fold(text))
        ours = [southern_latin(re.sub("[가-힣]+", lambda match: southern(match[0]), word)) for word in unfolded]
        assert spelled == ours, text


# --- made-up names, with pages that are swapped without being loaded ------------------------------------------------


MADE_UP = {
    "institutions/gull-office": institution(
        name="The Gull Office", names=[{"value": "리갈매기상사", "language": "ko", "script": "Hang", "inferred": "made up"}]
    ),
    "institutions/tern-hall": institution(
        name="The Tern Hall", names=[{"value": "녀성로동자회관", "language": "ko", "script": "Hang", "inferred": "made up"}]
    ),
    "institutions/plover-hall": institution(
        name="The Plover Hall", names=[{"value": "해변노동회관", "language": "ko", "script": "Hang", "inferred": "made up"}]
    ),
    "places/ryo-sanatorium": place(
        name="Sandpiper sanatorium", names=[{"value": "료양소", "language": "ko", "script": "Hang", "inferred": "made up"}]
    ),
    "places/gal-mae": place(
        name="Ri Gal-mae quay",
        names=[{"value": "Ri Gal-mae", "language": "ko", "romanisation": "north-korean", "inferred": "made up"}],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def instant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with made-up records and instant navigation, served where it says it is published."""
    folder = tmp_path_factory.mktemp("instant")
    project = copied(folder / "project")
    project.edit("mkdocs.yml", "    - navigation.path\n", "    - navigation.path\n    - navigation.instant\n")
    for name, fields in MADE_UP.items():
        (project.folder / "data" / f"{name}.yaml").write_text(json.dumps(fields), encoding="utf-8")
    project.site.mkdir()
    with host(project.site.parent) as address:
        at = f"{address}site/"
        project.site.rmdir()
        done = project.kb("build", SITE_URL=at)
        assert done.returncode == 0, done.stderr
        yield at


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("이갈매기상사", "gull-office"),
        ("리갈매기", "gull-office"),
        ("igalmaegi", "gull-office"),
        ("rigalmaegi", "gull-office"),
        ("갈매기", "gull-office"),
        ("여성노동자", "tern-hall"),
        ("녀성로동자", "tern-hall"),
        ("여성로동자회관에서", "tern-hall"),
        ("yeoseong nodongja", "tern-hall"),
        ("nyosongrodongja", "tern-hall"),
        ("rodonghoegwan", "plover-hall"),
        ("로동회관", "plover-hall"),
        ("ryoyangso", "ryo-sanatorium"),
        ("yoyangso", "ryo-sanatorium"),
        ("요양소", "ryo-sanatorium"),
        ("ㄹㅇㅅ", "ryo-sanatorium"),
        ("ri galmae", "gal-mae"),
        ("i gal mae", "gal-mae"),
        ("Rigalmea", "gal-mae"),
    ],
)
def test_a_name_is_found_as_the_north_and_the_south_write_it(
    opened: Opened, instant: str, typed: str, wanted: str
) -> None:
    page = opened("method/", at=instant)
    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.keyboard.press("Shift")
    expect(options(page).first).to_have_attribute("href", re.compile(f"/{wanted}/$"))


def test_pages_may_be_swapped_without_being_loaded(opened: Opened, instant: str) -> None:
    page = opened("method/", at=instant)
    page.evaluate("window.same = true")
    page.keyboard.press("/")
    page.keyboard.type("external constuction")
    options(page).first.click()
    page.wait_for_url(f"{instant}institutions/external-construction-bureau/")
    expect(page.locator("article h1")).to_contain_text("External Construction Bureau")
    expect(box(page)).to_be_hidden()
    page.keyboard.press("Control+k")
    ask(page, "평양")
    expect(options(page).first).to_have_attribute("href", f"{instant}places/pyongyang/")
    box(page).get_by_role("link", name=re.compile("^All ")).click()
    page.wait_for_url(re.compile(r"/search/\?q="))
    expect(page.locator(".kb-search-page .kb-found").first).to_have_attribute("href", f"{instant}places/pyongyang/")
    page.keyboard.press("/")
    expect(page.locator(".kb-search-page input")).to_be_focused()
    assert page.evaluate("window.same") is True


# --- the box ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", ["/", "Control+k", "Meta+k", "click", "address"])
def test_the_box_opens_and_only_then_is_the_index_fetched(opened: Opened, address: str, turn: str) -> None:
    page = opened()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if INDEX.search(request.url) else None)
    page.wait_for_load_state("networkidle")
    assert asked == [] and box(page).count() == 0
    if turn == "address":
        page.goto(f"{address}places/russia/?q=Ningbo")
    elif turn == "click":
        page.get_by_role("link", name="Search").click()
    else:
        page.keyboard.press(turn)
    if turn != "address":
        expect(field(page)).to_be_focused()
        page.keyboard.type("Ningbo")
    expect(options(page).first).to_contain_text("Ningbo")
    assert len(asked) == len(set(asked)) > 2


def test_a_slash_that_is_written_opens_nothing(opened: Opened) -> None:
    page = opened("views/statements/")
    page.wait_for_load_state("networkidle")  # the explorer sets its fields from the address when it has its data
    page.locator(".kb-explorer input").press("/")
    expect(page.locator(".kb-explorer input")).to_have_value("/")
    assert box(page).count() == 0


def test_results_are_grouped_by_type_with_matched_name_own_name_and_a_line(opened: Opened) -> None:
    page = opened("?q=%EC%A1%B0%EC%84%A0")
    places = box(page).get_by_role("group", name="Places").locator("[role=option]").first
    expect(places).to_contain_text("조선")
    expect(places.locator(".kb-found__name [lang=ko]")).to_have_text("조선")
    expect(places.locator(".kb-found__own")).to_have_text("North Korea")
    expect(places.locator(".kb-found__line")).to_contain_text("workers abroad")
    expect(box(page).get_by_role("group", name="Institutions").locator("[role=option]").first).to_contain_text(
        "조선로동당"
    )
    expect(box(page).get_by_role("status")).to_contain_text("results")
    ask(page, "bribes")
    statement = box(page).get_by_role("group", name="Statements").locator("[role=option]").first
    expect(statement).to_contain_text("brib")
    expect(statement.locator(".kb-mark")).to_have_text(re.compile("reported|corroborated|contested"))
    expect(box(page).get_by_role("group", name="Pages").locator("[role=option]").first).to_contain_text("Bribery")


def test_arrows_enter_and_escape(opened: Opened, address: str) -> None:
    page = opened()
    page.get_by_role("link", name="Search").focus()
    page.keyboard.press("/")
    page.keyboard.type("Ningbo")
    expect(options(page).nth(2)).to_be_visible()
    searched(page)
    page.keyboard.press("ArrowDown")
    first = options(page).first
    expect(first).to_have_attribute("aria-selected", "true")
    assert field(page).get_attribute("aria-activedescendant") == first.get_attribute("id")
    page.keyboard.press("ArrowUp")
    expect(box(page).locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    expect(options(page).last).to_be_in_viewport()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(box(page)).to_be_hidden()
    expect(page.get_by_role("link", name="Search")).to_be_focused()
    page.keyboard.press("/")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}places/ningbo/")


def test_enter_without_a_choice_leads_to_the_page_of_results(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("restaurant")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search/\?q=restaurant$"))
    expect(page.get_by_role("heading", name="Places")).to_be_visible()


def test_the_address_carries_the_query_as_long_as_it_is_asked(opened: Opened, address: str) -> None:
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("평양")
    page.wait_for_url(f"{address}places/russia/?q=%ED%8F%89%EC%96%91")
    page.reload()
    expect(field(page)).to_have_value("평양")
    expect(options(page).first).to_contain_text("Pyongyang")
    options(page).first.click()
    page.wait_for_url(f"{address}places/pyongyang/")
    page.go_back()
    expect(options(page).first).to_contain_text("Pyongyang")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{address}places/russia/")


def test_the_query_of_a_page_with_a_form_of_its_own_is_left_alone(opened: Opened, address: str) -> None:
    page = opened("views/statements/?q=wage")
    expect(page.locator(".kb-explorer .kb-count")).to_contain_text("statements")
    assert box(page).count() == 0
    page.keyboard.press("Control+k")
    page.keyboard.type("평양")
    expect(options(page).first).to_be_visible()
    assert page.url == f"{address}views/statements/?q=wage"


def test_the_box_is_narrowed(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("restaurant")
    searched(page)
    box(page).get_by_text("Narrow").click()
    kind = box(page).get_by_label("Type")
    expect(kind.locator("option", has_text="Disputes")).to_have_count(1)
    kind.select_option("disputes")
    groups = box(page).get_by_role("listbox", name="Results").get_by_role("group")
    expect(groups).to_have_count(1)
    expect(box(page).get_by_role("group", name="Disputes")).to_be_visible()
    page.wait_for_url(re.compile(r"\?q=restaurant&type=disputes$"))
    page.reload()
    expect(box(page).get_by_label("Type")).to_have_value("disputes")
    expect(box(page).get_by_role("group", name="Disputes")).to_be_visible()
    expect(groups).to_have_count(1)


@pytest.mark.parametrize(
    ("facet", "value"),
    [
        ("Type", "Statements"),
        ("Place", "China"),
        ("Year", "2016"),
        ("Source", "Radio Free Asia, 19 July 2017"),
        ("Status", "contested"),
    ],
)
def test_facets_leave_what_fits_them(opened: Opened, facet: str, value: str) -> None:
    page = opened("search/?q=workers")
    choice = page.locator(".kb-search-page").get_by_label(facet)
    option = choice.locator("option").filter(has_text=re.compile(re.escape(value) + r" \(\d+\)$"))
    expect(option).to_have_count(1)
    page.wait_for_load_state("networkidle")
    counted = int(re.findall(r"\((\d+)\)$", option.inner_text())[0])
    before = page.locator(".kb-found").evaluate_all("all => all.map(one => one.href)")
    choice.select_option(option.get_attribute("value"))
    status = page.get_by_role("status")
    expect(status).to_have_text(re.compile(rf"^{counted} results?$"))
    after = page.locator(".kb-found").evaluate_all("all => all.map(one => one.href)")
    assert 0 < len(after) == min(counted, 60)
    assert after != before
    assert f"{facet.lower()}=" in page.url
    page.reload()
    expect(status).to_have_text(re.compile(rf"^{counted} results?$"))


def test_it_says_when_nothing_fits_what_it_is_narrowed_to(opened: Opened) -> None:
    page = opened("search/?q=ningbo&type=figures&year=1801")
    expect(page.get_by_role("status")).to_contain_text("fits what it is narrowed to")


def test_a_search_that_cannot_be_loaded_says_so(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        stopped = True

        def stop(route: Route) -> None:
            if stopped:
                route.abort()
            else:
                route.continue_()

        page.route(INDEX, stop)
        page.goto(f"{address}?q=Ningbo")
        expect(box(page).get_by_role("status")).to_contain_text("could not be loaded")
        expect(box(page).get_by_role("status").get_by_role("link", name="Places")).to_be_visible()
        stopped = False
        ask(page, "Xian")
        expect(options(page).first).to_contain_text("Xi'an")


# --- the page of results ---------------------------------------------------------------------------------------------


def test_the_page_of_results_has_all_of_them(opened: Opened, address: str) -> None:
    page = opened("search/?q=russia")
    found = page.locator(".kb-found")
    expect(found).to_have_count(60)
    count = int(page.get_by_role("status").inner_text().split()[0])
    while (more := page.get_by_role("button", name="Show 60 more")).is_visible():
        before = found.count()
        more.click()
        expect(found.nth(before)).to_be_visible()
    assert found.count() == count > 60
    expect(page.get_by_role("heading", level=2).first).to_have_text("Places")
    page.locator(".kb-search-page input").fill("서울")
    expect(found.first).to_have_attribute("href", f"{address}places/seoul/")
    page.wait_for_url(re.compile(r"\?q=%EC%84%9C%EC%9A%B8$"))


def test_the_header_leads_to_the_search_without_scripts(opened: Opened, address: str) -> None:
    page = opened(java_script_enabled=False)
    page.get_by_role("link", name="Search").click()
    page.wait_for_url(f"{address}search/")
    page.locator("article").get_by_role("link", name="Places").click()
    expect(page.locator("article")).to_contain_text("西安")


# --- for everybody ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("query", ["restaurant", "Vladwxyzostok", ""])
def test_the_box_fits_and_is_accessible(opened: Opened, query: str, scheme: str, width: int) -> None:
    page = opened(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.keyboard.press("/")
    page.keyboard.type(query)
    if query:
        expect(options(page).first).to_be_visible()
        searched(page)
        page.keyboard.press("ArrowDown")
        box(page).get_by_text("Narrow").click()
        expect(box(page).get_by_label("Status")).to_be_visible()
    assert broken(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("(d => d.scrollWidth <= d.clientWidth)(document.querySelector('dialog'))")


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_results_fits_and_is_accessible(opened: Opened, scheme: str, width: int) -> None:
    page = opened("search/?q=restaurant", color_scheme=scheme, viewport={"width": width, "height": 800})
    expect(page.locator(".kb-found").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert broken(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_works_by_touch(opened: Opened, address: str) -> None:
    page = opened(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 800})
    page.get_by_role("link", name="Search").tap()
    page.keyboard.type("Xian")
    close = box(page).get_by_role("button", name="Close the search")
    page.wait_for_load_state("networkidle")  # the list is drawn again while more is found
    for target in (options(page).first, close, box(page).get_by_text("Narrow")):
        expect(target).to_be_visible()
        size = "e => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height)"
        assert target.evaluate(size) >= 24  # WCAG 2.2, 2.5.8
    close.tap()
    expect(box(page)).to_be_hidden()
    page.get_by_role("link", name="Search").tap()
    options(page).first.tap()
    page.wait_for_url(f"{address}places/xian/")


def broken(page: Page) -> list[str]:
    """What axe finds, a line each."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
