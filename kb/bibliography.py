"""What a reference manager exports in; sources to start, out.

CSL-JSON is read as its schema has it (version 1.0.2), BibTeX by pybtex, with the fields of BibLaTeX that Zotero writes.
Nothing is made up: what an entry does not say is left for the writer, with a comment.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kb import dates
from kb.dates import DateError
from kb.edits import RefusedError
from kb.graph import KnowledgeBase
from kb.keys import fold, words
from kb.load import read_text
from kb.start import start
from kb.written import Group, Item, Node, Scalar

_KINDS = {
    "article-newspaper": "article-newspaper", "article-magazine": "article-newspaper", "article": "article-newspaper",
    "webpage": "webpage", "post": "webpage", "post-weblog": "webpage", "report": "report", "book": "report",
    "article-journal": "report", "paper-conference": "report", "thesis": "report", "chapter": "report", "broadcast": "broadcast",
    "motion_picture": "broadcast", "song": "broadcast", "legislation": "legislation", "bill": "legislation",
    "treaty": "legislation", "regulation": "legislation", "interview": "interview", "speech": "interview",
    "online": "webpage", "electronic": "webpage", "techreport": "report", "booklet": "report", "inproceedings": "report",
    "incollection": "report", "phdthesis": "report", "video": "broadcast", "audio": "broadcast", "misc": "webpage",
}  # fmt: skip
"""Types of CSL and of BibLaTeX, by the kind of source they are here."""
_LANGUAGES = {
    "english": "en", "american": "en", "british": "en", "korean": "ko", "chinese": "zh", "japanese": "ja", "russian": "ru",
    "french": "fr", "german": "de", "spanish": "es", "polish": "pl", "mongolian": "mn", "arabic": "ar",
}  # fmt: skip
_MONTHS = {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_TITLE_WORDS = 7
_ADDRESS = re.compile(r"https?://\S+")


class Entry(NamedTuple):
    """A document as a reference manager, or somebody who was asked, describes it. Empty where it is not said."""

    kind: str
    title: str
    publisher: str
    """Name or id of the outlet or body that published it."""
    issued: str
    """EDTF."""
    language: str
    url: str
    archive: str = ""
    accessed: str = ""
    authors: tuple[str, ...] = ()
    paragraphs: int | None = None


class Started(NamedTuple):
    """A source to start."""

    id: str
    text: str


def entries(path: Path) -> list[Entry]:
    """The documents of a CSL-JSON or BibTeX file. Raises RefusedError where it is neither."""
    text, problem = read_text(path)
    if text is None:
        raise RefusedError(str(problem))
    found = list(_csl(path, text) if text.lstrip()[:1] in ("[", "{") else _bibtex(path, text))
    if not found:
        raise RefusedError(f"{path}: found no entry, expected CSL-JSON or BibTeX")
    return found


def source(kb: KnowledgeBase, entry: Entry, today: str, taken: frozenset[str] = frozenset()) -> Started:
    """The file of a document, under an id from its publisher and date. Raises RefusedError where it is a source already."""
    for record in kb.by_type["sources"]:
        if entry.url and getattr(record, "url", None) == entry.url:
            raise RefusedError(f"{entry.url} is the address of {kb.loaded.path(record)} already")
    publisher, notes = _publisher(kb, entry), {}
    if publisher not in kb.records:
        named = f"“{entry.publisher}”" if entry.publisher else "the publisher"
        notes["publisher"] = f"no institution yet: kb new institution {publisher}, for {named}"
    given: dict[str, Node] = {"publisher": Scalar(publisher)}
    outlet = kb.records[publisher].caption if publisher in kb.records else entry.publisher or "Outlet"
    if entry.issued:
        given["name"] = Scalar(f"{outlet}, {dates.parse(entry.issued).words}")
        given["issued"] = Scalar(entry.issued)
    else:
        given["name"] = Scalar(outlet)
        notes["issued"] = "a placeholder: the entry has no date that can be read"
    given["kind"] = Scalar(_KINDS.get(entry.kind, "webpage"))
    if entry.kind not in _KINDS:
        notes["kind"] = f"the entry says “{entry.kind}”"
    if entry.title:
        title = entry.title.split()
        given["title"] = Scalar(" ".join(title[:_TITLE_WORDS]) + "…" * (len(title) > _TITLE_WORDS))
    for key, value in (("url", entry.url), ("archive", entry.archive), ("accessed", entry.accessed)):
        if value:
            given[key] = Scalar(value)
    if not entry.url:
        notes["url"] = "a placeholder: the entry has no address"
    given["language"] = Scalar(entry.language or "und")
    if not entry.language:
        notes["language"] = "the entry does not say: und stands for undetermined"
    if entry.authors:
        given["author"] = Group([_mapping({"literal": Scalar(name)}) for name in entry.authors], is_mapping=False)
    given["paragraphs"] = Scalar(str(entry.paragraphs or 1), is_text=False)
    if not entry.paragraphs:
        notes["paragraphs"] = "count the non-empty lines of the copy that was read"
    id_ = _free(f"{publisher}-{_slug(entry.issued.split('/')[0])}".strip("-"), {*kb.records, *kb.former, *taken})
    return Started(id_, start("sources", today, given, notes))


def _publisher(kb: KnowledgeBase, entry: Entry) -> str:
    """The id of the institution, or what it could be."""
    if entry.publisher in kb.records:
        return entry.publisher
    wanted = "".join(words(entry.publisher))
    for record in kb.by_type["institutions"]:
        names = (record.caption, *(name.value for name in record.names))
        if wanted and wanted in {"".join(words(name)) for name in names}:
            return record.id
    return _slug(entry.publisher) or "id-of-an-institution"


def _mapping(entries: Mapping[str, Node]) -> Item:
    return Item(Group([Item(node, key) for key, node in entries.items()], is_mapping=True))


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", fold(text)))


def _free(id_: str, taken: set[str]) -> str:
    free, number = id_, 2
    while free in taken:
        free, number = f"{id_}-{number}", number + 1
    return free


# --- CSL-JSON --------------------------------------------------------------------------------------------------------


def _csl(path: Path, text: str) -> Iterator[Entry]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise RefusedError(
            f"{path}:{error.lineno}:{error.colno}: bad-yaml: the text is no JSON: {error.msg}"
        ) from error
    items = data.get("items", [data]) if isinstance(data, dict) else data
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or "type" not in item:
            raise RefusedError(f"{path}: entry {number} is no item of CSL-JSON: it has no type")
        names = item.get("author") or []
        authors = tuple(name for name in (_csl_name(author) for author in names if isinstance(author, dict)) if name)
        yield Entry(
            kind=str(item["type"]),
            title=_plain(item.get("title")),
            publisher=_plain(item.get("container-title") or item.get("publisher") or item.get("authority")),
            issued=_csl_date(item.get("issued")),
            language=_language(item.get("language")),
            url=_address(item.get("URL")),
            archive=_address(item.get("archive_location") or item.get("archive")),
            accessed=_csl_date(item.get("accessed")),
            authors=authors,
        )


def _csl_name(author: Mapping[str, Any]) -> str:
    parts = (author.get(key) for key in ("given", "dropping-particle", "non-dropping-particle", "family", "suffix"))
    return _plain(author.get("literal") or " ".join(str(part) for part in parts if part))


def _csl_date(date: Any) -> str:
    """EDTF of a date of CSL: its parts, a range, or what stands raw."""
    if not isinstance(date, dict):
        return ""
    parts = date.get("date-parts") or []
    try:
        ends = ["-".join(f"{int(n):0{4 if i == 0 else 2}}" for i, n in enumerate(part)) for part in parts if part]
    except (TypeError, ValueError):
        ends = []
    text = "/".join(ends) if ends else str(date.get("raw") or date.get("literal") or "")
    return _edtf(f"{text}~" if ends and date.get("circa") and len(ends) == 1 else text)


# --- BibTeX ----------------------------------------------------------------------------------------------------------


def _bibtex(path: Path, text: str) -> Iterator[Entry]:
    from pybtex.database import BibliographyDataError, parse_string
    from pybtex.scanner import PybtexSyntaxError

    try:
        found = parse_string(text, "bibtex").entries.values()
    except PybtexSyntaxError as error:
        raise RefusedError(f"{path}:{error.lineno or 1}:1: bad-yaml: the text is no BibTeX: {error.args[0]}") from error
    except BibliographyDataError as error:
        raise RefusedError(f"{path}: {error}") from error
    for entry in found:
        field = {key.lower(): _latex(value) for key, value in entry.fields.items()}
        month = field.get("month", "")
        month = str(_MONTHS.get(month[:3].lower(), month))
        issued = field.get("date") or "-".join(
            part for part in (field.get("year", ""), month.zfill(2) if month else "", field.get("day", "").zfill(2) if field.get("day") and month else "") if part
        )  # fmt: skip
        people = entry.persons.get("author", [])
        yield Entry(
            kind=_first(field, "entrysubtype") if _first(field, "entrysubtype") in _KINDS else entry.type.lower(),
            title=_first(field, "title"),
            publisher=_first(field, "journaltitle", "journal", "publisher", "institution", "organization", "howpublished"),
            issued=_edtf(issued),
            language=_language(_first(field, "langid", "language")),
            url=_address(entry.fields.get("url")),
            archive=_address(entry.fields.get("archiveurl")),
            accessed=_edtf(_first(field, "urldate")),
            authors=tuple(_latex(" ".join([*p.first_names, *p.middle_names, *p.prelast_names, *p.last_names, *p.lineage_names])) for p in people),
        )  # fmt: skip


def _first(fields: Mapping[str, str], *names: str) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _latex(text: str) -> str:
    """A value of BibTeX as plain text."""
    from pybtex.richtext import Text

    return _plain(str(Text.from_latex(text)))


# --- values ----------------------------------------------------------------------------------------------------------


def _plain(text: Any) -> str:
    """Text on one line, without the mark-up a reference manager keeps in titles."""
    return " ".join(html.unescape(re.sub(r"</?(?:i|b|em|strong|sup|sub|span)\b[^>]*>", "", str(text or ""))).split())


def _edtf(text: str) -> str:
    try:
        return dates.parse(text).text if text else ""
    except DateError:
        return ""


def _language(text: Any) -> str:
    found = str(text or "").strip()
    named = _LANGUAGES.get(found.lower(), found.replace("_", "-"))
    return named if re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", named) else ""


def _address(text: Any) -> str:
    found = _ADDRESS.search(str(text or "").replace("\\", ""))
    return found[0] if found else ""
