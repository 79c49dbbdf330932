"""The finished site, built from the real records: links, addresses, headings, policy, and the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from project import Project, copied, files

from kb.frame import PROSE, Call, Frame, Section
from kb.graph import KnowledgeBase, link
from kb.load import load
from kb.model import TYPES, AnyRecord
from kb.page import Page, Site
from kb.parts import Framed
from kb.render import render

SITE_URL = "http://127.0.0.1:8000/"
MISSING = "404.html"
"""Served at any address, so the only page whose links cannot be relative."""

Attributes = dict[str, str]


@dataclass(eq=False)
class Element:
    """A tag with its attributes, the text in it, and the elements in it, whose positions in the page are from `start` to `end`."""

    tag: str
    attributes: Attributes
    start: int
    end: int = 0
    text: str = ""


class Document(HTMLParser):
    """A page taken apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, len(self.elements) + 1)
        self.elements.append(element)
        self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open):
            while True:  # also closes what has no end tag, such as <meta>
                closed = self._open.pop()
                closed.end = len(self.elements)
                if closed.tag == tag:
                    break

    def handle_data(self, data: str) -> None:
        for element in self._open:
            if element.tag in ("title", "h1", "nav", "script"):
                element.text += data

    def inside(self, element: Element, tag: str) -> list[Element]:
        """Elements of a kind within another."""
        return [e for e in self.elements[element.start : element.end] if e.tag == tag]

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """Elements with these attributes; `class_` asks for one of the classes."""
        return [e for e in self.elements if e.tag == tag and all(_has(e, k, v) for k, v in wanted.items())]

    def one(self, tag: str, **wanted: str) -> Element:
        """The only such element."""
        (element,) = self.all(tag, **wanted)
        return element

    @cached_property
    def ids(self) -> set[str]:
        """Everything an address of this page can end in."""
        return {e.attributes[key] for e in self.elements for key in ("id", "name") if key in e.attributes}

    @property
    def addresses(self) -> Iterator[tuple[Element, str, str]]:
        """Every address in the page: element, attribute, address."""
        for element in self.elements:
            for name, value in element.attributes.items():
                if name in ("href", "src", "action", "formaction", "poster", "data", "xlink:href", "data-src"):
                    yield element, name, value
                elif name == "srcset":
                    yield from ((element, name, part.split()[0]) for part in value.split(","))
                elif name == "content" and element.attributes.get("http-equiv") == "refresh":
                    yield element, name, value.partition("url=")[2]


def _has(element: Element, name: str, wanted: str) -> bool:
    if name == "class_":
        return wanted in element.attributes.get("class", "").split()
    return element.attributes.get(name.replace("_", "-")) == wanted


@pytest.fixture(scope="module")
def documents(built: Project) -> dict[str, Document]:
    """Every page by the path of its file."""
    return {
        path.relative_to(built.site).as_posix(): Document(path.read_text(encoding="utf-8"))
        for path in sorted(built.site.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def kb(built: Project) -> KnowledgeBase:
    return link(load(built.folder / "data"))


@pytest.fixture(scope="module")
def of_records(documents: dict[str, Document], kb: KnowledgeBase) -> list[tuple[AnyRecord, Document]]:
    """Every record with its page."""
    return [(record, documents[f"{record.type}/{record.id}/index.html"]) for record in kb.records.values()]


def address(file: str) -> str:
    """The address of a page below the site's root."""
    return file.removesuffix("index.html")


# --- links -----------------------------------------------------------------------------------------------------------


def test_every_link_and_anchor_leads_somewhere(built: Project, documents: dict[str, Document]) -> None:
    broken = []
    followed = 0
    targets = documents | {  # parts of a drawing are used by name
        path.relative_to(built.site).as_posix(): Document(path.read_text(encoding="utf-8"))
        for path in built.site.rglob("*.svg")
    }
    for file, document in documents.items():
        here = "https://host.example/" + address(file)
        for value in {value for _, _, value in document.addresses}:
            target = urlsplit(urljoin(here, value))
            if target.scheme not in ("http", "https") or target.netloc != "host.example":
                continue
            path = unquote(target.path)[1:]
            path += "index.html" if path == "" or path.endswith("/") else ""
            followed += 1
            if not (built.site / path).is_file():
                broken.append(f"{file}: {value}")
                continue
            if target.fragment and unquote(target.fragment) not in targets[path].ids:
                broken.append(f"{file}: {value} (no such anchor)")
    assert broken == []
    assert followed > 10 * len(documents)


def test_the_site_works_below_any_address(documents: dict[str, Document]) -> None:
    tied = [
        f"{file}: <{element.tag} {name}={value!r}>"
        for file, document in documents.items()
        if file != MISSING
        for element, name, value in document.addresses
        if value.startswith("/")
    ]
    assert tied == []


def test_the_page_for_missing_pages_links_from_the_root(documents: dict[str, Document]) -> None:
    for element, name, value in documents[MISSING].addresses:
        if not urlsplit(value).scheme:
            assert value.startswith(("/", "#")), f"<{element.tag} {name}={value!r}>"


def test_no_page_reaches_another_host(documents: dict[str, Document]) -> None:
    reaching = [
        f"{file}: <{element.tag} {name}={value[:80]!r}>"
        for file, document in documents.items()
        for element in document.elements
        for name, value in element.attributes.items()
        if re.search(r"""^\s*(?:[a-z]+:)?//|url\(\s*["']?\s*(?:[a-z]+:)?//""", value, re.IGNORECASE)
        if (element.tag, name) != ("a", "href") and element.attributes.get("rel") != "canonical"
        if not (element.tag == "meta" and value.startswith(SITE_URL))  # og:url, og:image: itself
        if name not in ("xmlns", "xmlns:xlink")
    ]
    assert reaching == []


def test_no_style_or_picture_reaches_another_host(built: Project) -> None:
    styles = [path for path in built.site.rglob("*") if path.suffix in (".css", ".svg")]
    assert any(path.suffix == ".css" for path in styles)
    for path in styles:
        text = path.read_text(encoding="utf-8")
        reached = re.findall(r"(?:url\(|@import|\bhref=|\bsrc=)\s*[\"']?\s*(?:https?:)?//[^\"')\s]+", text)
        assert reached == [], path


def test_every_record_is_reached_by_links_from_the_home_page(documents: dict[str, Document], kb: KnowledgeBase) -> None:
    ahead, seen = ["index.html"], set()
    while ahead:
        file = ahead.pop()
        seen.add(file)
        for href in {way.attributes.get("href", "").partition("#")[0] for way in documents[file].all("a")}:
            target = urljoin("https://host.example/" + address(file), href)
            path = urlsplit(target).path[1:]
            path += "index.html" if path == "" or path.endswith("/") else ""
            if target.startswith("https://host.example/") and path in documents and path not in seen:
                ahead.append(path)
    assert {f"{record.type}/{record.id}/index.html" for record in kb.records.values()} - seen == set()


# --- pages of records ------------------------------------------------------------------------------------------------


def test_a_record_page_says_what_it_is(of_records: list[tuple[AnyRecord, Document]]) -> None:
    for record, document in of_records:
        where = f"{record.type}/{record.id}"
        assert document.all("title")[0].text == f"{record.caption} - Sent Abroad", where
        assert document.one("h1").text == f"{record.caption}#", where
        plain = re.sub(r"\[\[(?:[^]|]*\|)?([^]]*)\]\]", r"\1", record.summary)
        if "[[" not in record.summary:
            assert document.one("meta", name="description").attributes["content"] == plain, where
        assert document.one("link", rel="canonical").attributes["href"] == f"{SITE_URL}{where}/"


def test_a_record_page_shows_the_way_down_to_it(of_records: list[tuple[AnyRecord, Document]]) -> None:
    for record, document in of_records:
        path = document.one("nav", aria_label="Breadcrumb")
        ways = [way.attributes["href"] for way in document.inside(path, "a")]
        assert ways == ["../../", f"../../{record.type}/"], record.id
        assert path.text.split() == ["Home", record.type.capitalize()], record.id


def test_the_table_of_contents_has_the_headings_of_the_article(of_records: list[tuple[AnyRecord, Document]]) -> None:
    for record, document in of_records:
        (contents,) = document.all("ul", data_md_component="toc")
        listed = [item.attributes["href"] for item in document.inside(contents, "a")]
        headings = [f"#{e.attributes['id']}" for e in document.all("h2") if "id" in e.attributes]
        assert [href for href in listed if href in headings] == headings != [], record.id
        assert [href for href in listed if href[1:] not in document.ids] == [], record.id


def test_a_record_page_has_an_anchor_for_every_statement(of_records: list[tuple[AnyRecord, Document]]) -> None:
    for record, document in of_records:
        assert [s.id for s in record.statements if s.id not in document.ids] == [], record.id


def test_a_record_page_leads_to_its_file_and_its_json(of_records: list[tuple[AnyRecord, Document]]) -> None:
    for record, document in of_records:
        links = {way.attributes.get("href", "") for way in document.all("a")}
        assert any(href.endswith(f"/edit/main/data/{record.type}/{record.id}.yaml") for href in links), record.id
        assert f"../../api/v1/{record.type}/{record.id}.json" in links, record.id


# --- what every page has ---------------------------------------------------------------------------------------------


def test_the_sitemap_has_every_page(built: Project, documents: dict[str, Document], kb: KnowledgeBase) -> None:
    listed = re.findall(r"<loc>([^<]+)</loc>", (built.site / "sitemap.xml").read_text(encoding="utf-8"))
    redirects = {f"{kb.records[now].type}/{former}/index.html" for former, now in kb.former.items()}
    assert listed == sorted(SITE_URL + address(file) for file in documents.keys() - redirects - {MISSING})


def test_every_page_can_be_cited_says_when_it_last_changed_and_where_to_ask_for_a_correction(
    documents: dict[str, Document], kb: KnowledgeBase
) -> None:
    redirects = {f"{kb.records[now].type}/{former}/index.html" for former, now in kb.former.items()}
    latest = max(record.review.date.text for record in kb.records.values())
    for file in documents.keys() - redirects - {MISSING}:
        document = documents[file]
        assert document.one("details", class_="kb-cite-page").attributes["data-title"], file
        foot = document.one("ul", class_="kb-colophon")
        parts = file.split("/")
        reviewed = kb.records[parts[1]].review.date.text if len(parts) == 3 and parts[1] in kb.records else latest
        assert [time.attributes["datetime"] for time in document.inside(foot, "time")] == [reviewed], file
        links = {urljoin(f"/{file}", way.attributes["href"]) for way in document.inside(foot, "a")}
        assert "/corrections/" in links, file


def test_hangul_is_marked_as_korean_wherever_it_is_read(built: Project) -> None:
    unmarked = [
        (path.relative_to(built.site).as_posix(), match[0])
        for path in built.site.rglob("*.html")
        for match in re.finditer(
            r"(?<=>)[^<>]*[\uac00-\ud7af][^<>]*", _without_spoken(path.read_text(encoding="utf-8"))
        )
    ]
    assert unmarked == []


def _without_spoken(html: str) -> str:
    """A page without what is marked as Korean, what is code and the title of its tab, which holds no marks."""
    html = re.sub(r"<(pre|script|title)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r'<(\w+)[^>]* lang="ko[^"]*"[^>]*>.*?</\1>', "", html, flags=re.DOTALL)


def test_the_policy_of_every_page_allows_its_own_scripts_and_no_others(documents: dict[str, Document]) -> None:
    for file, document in documents.items():
        policy = document.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
        allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert allowed["default-src"] == "'none'", file
        assert not re.search(r"https?:|\*", policy), file
        first = next(e for e in document.elements if e.tag in ("meta", "link", "script", "style"))
        assert first.attributes.get("http-equiv") == "Content-Security-Policy", f"{file}: something stands before it"
        scripts = allowed.get("script-src", "").split()
        assert "'unsafe-inline'" not in scripts and "'unsafe-eval'" not in scripts, file
        for script in document.all("script"):
            if "src" not in script.attributes and script.attributes.get("type", "") in ("", "module"):
                digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
                assert f"'sha256-{digest}'" in scripts, f"{file}: {script.text[:80]}"


def test_no_page_has_a_script_in_an_attribute(documents: dict[str, Document]) -> None:
    """A policy without unsafe-inline would stop it silently."""
    for file, document in documents.items():
        for element in document.elements:
            assert not [name for name in element.attributes if name.startswith("on")], f"{file}: <{element.tag}>"
        assert not [v for _, _, v in document.addresses if v.strip().lower().startswith("javascript:")], file


def test_no_slot_is_left_in_any_file(built: Project) -> None:
    assert [name for name, content in files(built.site).items() if b"kbslot" in content] == []


# --- the same bytes --------------------------------------------------------------------------------------------------


def test_mkdocs_and_kb_build_give_the_same_bytes(built: Project, tmp_path: Path) -> None:
    done = built.mkdocs("build", "--strict", "--site-dir", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    _assert_same(files(tmp_path / "site"), files(built.site))


def test_folder_time_zone_and_hash_seed_leave_no_trace(built: Project, tmp_path: Path) -> None:
    elsewhere = copied(tmp_path / "some where" / "else")
    done = elsewhere.kb("build", TZ="Pacific/Kiritimati", PYTHONHASHSEED="20160407", LC_ALL="C", COLUMNS="40")
    assert done.returncode == 0, done.stderr
    _assert_same(files(elsewhere.site), files(built.site))


def _assert_same(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


# --- settings and mistakes -------------------------------------------------------------------------------------------


def test_the_published_address_and_former_ids_are_honoured(project: Project) -> None:
    project.edit("data/places/ningbo.yaml", "review:", "former_ids: [ningbo-city]\nreview:")
    done = project.kb("build", SITE_URL="https://kb.example/labour")
    assert done.returncode == 0, done.stderr
    page = Document((project.site / "places/ningbo/index.html").read_text(encoding="utf-8"))
    assert page.one("link", rel="canonical").attributes["href"] == "https://kb.example/labour/places/ningbo/"
    sitemap = (project.site / "sitemap.xml").read_text(encoding="utf-8")
    assert "<loc>https://kb.example/labour/places/ningbo/</loc>" in sitemap and "127.0.0.1" not in sitemap
    missing = Document((project.site / MISSING).read_text(encoding="utf-8"))
    local = [value for _, _, value in missing.addresses if value.startswith("/")]
    assert local and all(value.startswith("/labour/") for value in local)
    for path in project.site.rglob("*.html"):
        addresses = Document(path.read_text(encoding="utf-8")).addresses
        assert {e.attributes.get("rel") for e, _, value in addresses if "kb.example" in value} <= {"canonical"}, path
    former = Document((project.site / "places/ningbo-city/index.html").read_text(encoding="utf-8"))
    assert former.one("meta", http_equiv="refresh").attributes["content"] == "0; url=../../places/ningbo/"
    assert former.one("a").attributes["href"] == "../../places/ningbo/"


def test_mistakes_in_pages_stop_both_builds_and_are_told_at_their_lines(project: Project, built: Project) -> None:
    shutil.copytree(built.site, project.site)
    mistakes = {
        "docs/method.md": ('{{ infobox("ningbi") }}', "no record “ningbi”; did you mean “ningbo”?"),
        "docs/corrections.md": (
            '{{ statements("ningbo", property="locatedin") }}',
            "no property “locatedin”; did you mean “located-in”?",
        ),
        "docs/machines.md": ("{{ populations }}", "there is no macro “populations”"),
        "docs/places/ningbo.md": ('{{ cite("rfa-2017-07-19", 1700) }}', "rfa-2017-07-19 has no paragraph 1700"),
    }
    (project.folder / "docs/places/ningbo.md").touch()
    expected = sorted(
        f"{file}:{project.append(file, f'Here: {call}.')}:10: bad-macro: {told}"
        for file, (call, told) in mistakes.items()
    )
    for done in (project.kb("build"), project.mkdocs("build", "--strict")):
        assert done.returncode == 1
        told = sorted(line for line in (done.stdout + done.stderr).splitlines() if ": bad-macro: " in line)
        assert [line[: len(start)] for line, start in zip(told, expected, strict=True)] == expected
    _assert_same(files(project.site), files(built.site))


def test_every_type_has_an_index_with_all_its_records(documents: dict[str, Document], kb: KnowledgeBase) -> None:
    for type_name in TYPES:
        links = {way.attributes.get("href", "") for way in documents[f"{type_name}/index.html"].all("a")}
        missing = [r.id for r in kb.by_type[type_name] if not links & {f"../{type_name}/{r.id}/", f"{r.id}/"}]
        assert missing == [], type_name


# --- the same page, made by MkDocs alone ------------------------------------------------------------------------------


def printed(kb: KnowledgeBase, site: Site, frame: Frame, record: AnyRecord) -> list[str]:
    """What every macro of a type's page comes to for a record, in order."""
    parts: list[str | Call] = []
    for call in frame.calls:
        parts += [call, "\0"] if call.name != PROSE else []
    page = Page(kb, site, f"{record.type}/{record.id}/", record)
    html = render(Frame((), (Section(None, tuple(parts)),), ()), page)
    return html.split("\0")[:-1]


def as_written_by_hand(kb: KnowledgeBase, framed: Framed, text: str, record: AnyRecord) -> str:
    """The Markdown of a type's page with what each macro comes to in its place; a section without any of it left out."""
    made = iter(printed(kb, framed.manifest.site, framed.shells[record.type], record))
    head, _, body = text.removeprefix("---\n").partition("---\n")
    sections = []
    for section in re.split(r"(?=^## )", body.replace("{{ prose }}\n\n", ""), flags=re.MULTILINE):
        section, colophon, _ = section.partition("{{ colophon }}")
        come: list[str] = []

        def put(_: re.Match[str], come: list[str] = come) -> str:
            come.append(re.sub(r"\s+", " ", next(made)))
            return come[-1]

        filled = re.sub(r"\{\{.*?\}\}", put, section)
        sections.append(filled if any(come) or not come or not section.startswith("## ") else "")
        sections.append(next(made) if colophon else "")
    return f"---\n{head}---\n{{% raw %}}\n{''.join(sections)}\n{{% endraw %}}\n"


def article_of(site: Path, address: str) -> str:
    """The article of a page, with white space made the same."""
    html = (site / address / "index.html").read_text(encoding="utf-8")
    article = re.search(r"<article[^>]*>(.*)</article>", html, re.DOTALL)
    assert article is not None
    article_html = re.sub(
        r'<a href="[^"]*"[^>]*class="md-content__button[^>]*>.*?</a>', "", article[1], flags=re.DOTALL
    )
    return re.sub(r"\s*(</?[a-z][^>]*>)\s*", r"\1", re.sub(r"\s+", " ", article_html)).strip()


def test_a_page_of_a_record_is_what_mkdocs_makes_of_the_same_text(built: Project, tmp_path: Path) -> None:
    """What is filled into a frame many times over is what MkDocs would have made of each page on its own."""
    kb, project = link(load(built.folder / "data")), copied(tmp_path / "project")
    chosen = [kb.records["ningbo"], *(kb.by_type[name][0] for name in ("disputes", "sources"))]
    prose = {path.stem for path in (built.folder / "docs").glob("*/*.md")}
    chosen = [r if r.id not in prose else next(o for o in kb.by_type[r.type] if o.id not in prose) for r in chosen]
    texts = {r.type: (built.folder / "docs" / r.type / "_page.md").read_text(encoding="utf-8") for r in chosen}
    framed = Framed(built.folder / "build/frame")
    for path in (project.folder / "docs").rglob("*.md"):
        path.unlink()
    for record in chosen:
        text = as_written_by_hand(kb, framed, texts[record.type], record)
        target = project.folder / "docs" / f"hand-{record.type}" / f"{record.id}.md"
        target.parent.mkdir()
        target.write_text(text, encoding="utf-8")
    done = project.mkdocs("build", KB_FRAME=str(tmp_path / "frame"))
    assert done.returncode == 0, done.stderr
    for record in chosen:
        filled = article_of(built.site, f"{record.type}/{record.id}")
        assert len(filled) > 3000
        by_hand = article_of(tmp_path / "frame", f"hand-{record.type}/{record.id}")
        own, _, below = by_hand.rpartition(
            '<details class="kb-cite-page"'
        )  # the theme ends a hand-written page with one
        assert "The data last changed" in below
        assert own.split("<h2") == filled.split("<h2")
