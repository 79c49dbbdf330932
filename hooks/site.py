"""MkDocs hooks: MkDocs makes the frame, `kb` fills it.

MkDocs writes its pages, with slots where macros stand, to a folder of its own. When it is done, the records are filled
in and the finished site is put where MkDocs was told to put it. With KB_FRAME set, only the frame is made, in that
folder: this is how `kb build` and `kb serve` call MkDocs.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

sys.path.insert(0, str(Path(__file__).parent.parent))

from kb import build
from kb.check import check_folder
from kb.frame import ARTICLE_END, ARTICLE_START, TOC, Call, slot
from kb.mark import pictures
from kb.model import TYPES
from kb.page import Site
from kb.parts import Manifest
from kb.printing import PRINTER
from kb.problems import errors, report

SHELL = "_page"
POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'"
)


class _State:
    """What one build hands from hook to hook."""

    site_dir: Path
    frame: Path
    prose: list[File]
    pages: dict[str, str]
    types: dict[str, str]
    lit: list[Page]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Send MkDocs' output to the frame; the finished site goes where the output was meant to go."""
    _State.site_dir = Path(config.site_dir)
    _State.frame = Path(os.environ.get("KB_FRAME") or Path(config.config_file_path).parent / "build" / "frame")
    _State.prose, _State.pages, _State.types, _State.lit = [], {}, {}, []
    config.site_dir = str(_State.frame)
    config.site_url = config.site_url.rstrip("/") + "/" if config.site_url else "http://127.0.0.1:8000/"
    config.extra["edit_url"] = config.extra["edit_url"].rstrip("/") + "/"
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Prose of records is part of their pages, not a page of its own; the pictures drawn from the mark join the files."""
    for file in list(files.documentation_pages()):
        folder, _, name = file.src_uri.rpartition("/")
        if folder in TYPES and name not in ("index.md", f"{SHELL}.md"):
            _State.prose.append(file)
            files.remove(file)
    for name, content in pictures(Path(config.docs_dir) / "assets").items():
        files.append(File.generated(config, f"assets/{name}", content=content))
    return files


def on_env(env: Any, config: MkDocsConfig, files: Files) -> Any:
    """Render the prose of records, through the same macros and Markdown as pages; keep what the theme's templates compile to."""
    env.bytecode_cache = PRINTER.bytecode_cache
    for file in _State.prose:
        page = Page(None, file, config)
        page.read_source(config)
        page.markdown = config.plugins.on_page_markdown(page.markdown or "", page=page, config=config, files=files)
        page.render(config, files)
        target = _State.frame / _prose_file(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page.content or "", encoding="utf-8")
    return env


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mark the article of a type's page, and leave its table of contents to the record."""
    if _type_of(page) is None:
        return html
    page.toc = TableOfContents([AnchorLink("", "top", 1)])
    page.toc.items[0].children.append(AnchorLink(slot(Call(TOC)), "kb-toc", 2))
    return slot(Call(ARTICLE_START)) + html + slot(Call(ARTICLE_END))


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    """Leave to the record what differs from record to record outside the article."""
    page.edit_url = f"{config.extra['edit_url']}docs/{page.file.src_uri}"
    context["changed"] = slot(Call("changed"))
    folder = page.file.src_uri.partition("/")[0]
    context["feed_type"] = folder if folder in TYPES else ""
    if type_name := _type_of(page):
        page.title, page.canonical_url, page.edit_url = map(slot, map(Call, ("title", "canonical", "edit_url")))
        page.meta["description"] = slot(Call("description"))
        context["changed"] = ""  # its colophon says more
        _State.lit = [other for other in nav.pages if other.file.src_uri == f"{type_name}/index.md"]
        for index in _State.lit:  # the tab of the type is lit for its records
            index.active = True
    return context


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Note the page, and add its content security policy."""
    type_name = _type_of(page)
    for index in _State.lit:
        index.active = False
    _State.lit = []
    if type_name:
        _State.types[type_name] = page.file.dest_uri
    else:
        _State.pages[page.file.dest_uri] = page.url if page.url != "./" else ""
    return with_policy(output)


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """Pages that are not Markdown, such as 404.html, have a policy too."""
    return with_policy(output_content) if template_name.endswith(".html") else output_content


def on_post_build(config: MkDocsConfig) -> None:
    """Write down what was framed, and fill it unless somebody else will."""
    manifest = Manifest(
        site=Site(config.site_name, config.site_url or "", config.extra["edit_url"]),
        types=_State.types,
        pages=_State.pages,
        prose={Path(file.src_uri).stem: _prose_file(file) for file in _State.prose},
    )
    manifest.save(_State.frame)
    if os.environ.get("KB_FRAME"):
        return
    docs = Path(os.path.relpath(config.docs_dir))
    data = Path(os.path.relpath(Path(config.config_file_path).parent / "data"))
    kb, problems = check_folder(data, docs)
    if not errors(problems):
        problems += build.build(kb, _State.frame, docs, _State.site_dir)
    if problems:
        print(report(problems), file=sys.stderr)
    config.site_dir = str(_State.site_dir)
    if errors(problems):
        raise Abort(f"{len(errors(problems))} problems; the site is as it was")


def on_pre_build(config: MkDocsConfig) -> None:
    """Start from an empty frame."""
    shutil.rmtree(_State.frame, ignore_errors=True)


def with_policy(html: str) -> str:
    """The page with a content security policy that allows its own inline scripts by their hashes and nothing from elsewhere."""
    scripts = _InlineScripts()
    scripts.feed(html)
    digests = dict.fromkeys(hashlib.sha256(text.encode()).digest() for text in scripts.found)
    hashes = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(hashes=hashes)}">'
    return html.replace("<head>", f"<head>\n    {meta}", 1)


class _InlineScripts(HTMLParser):
    """Collects the text of scripts that run and are not loaded from a file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._inside = (
            tag == "script" and "src" not in given and given.get("type") in (None, "", "module", "text/javascript")
        )

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def _type_of(page: Page) -> str | None:
    """The type of record a page is the frame of, or None."""
    folder, _, name = page.file.src_uri.rpartition("/")
    return folder if folder in TYPES and name == f"{SHELL}.md" else None


def _prose_file(file: File) -> str:
    return f"{file.src_uri.removesuffix('.md')}.prose.html"
