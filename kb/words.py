"""Values, scopes and places in plain English."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from kb.dates import Edtf
from kb.model import (
    NONE,
    SINGULAR,
    UNKNOWN,
    AnyRecord,
    Dispute,
    Name,
    NamedPerson,
    Property,
    Quantity,
    RoleOnlyPerson,
    Source,
    Statement,
)
from kb.naming import LINK

if TYPE_CHECKING:
    from kb.graph import Cite, KnowledgeBase, Value

_SYMBOLS = {"USD": "US$", "EUR": "€", "GBP": "£", "CNY": "CN¥", "KRW": "₩", "JPY": "JP¥"}

STATUS = {
    "reported": "Reported: one independent origin",
    "corroborated": "Corroborated: two or more independent origins",
    "contested": "Contested: it takes a side in an open dispute",
}
"""What the computed status of a statement means."""

STATE = {
    "open": "More than one answer stands.",
    "partly-settled": "Part of the question is answered; the rest stands open.",
    "settled": "One answer is borne out.",
    "dissolved": "Only seemed to be a dispute: it ends once each statement is read for its own time and scope.",
}
"""What the status of a dispute means, the unsettled first."""

SIGN = {"reported": "·", "corroborated": "✓✓", "contested": "⇄"}
"""The sign of a status where there is no room for its word."""

PROTECTION = {
    "public": "Named for a public office or byline",
    "on-record": "Named only for what was said on the record",
    "role-only": "Described by role only, for their safety",
}
"""What the protection of a person means."""

RELIABILITY = {
    "A": "completely reliable", "B": "usually reliable", "C": "fairly reliable",
    "D": "not usually reliable", "E": "unreliable", "F": "cannot be judged",
}  # fmt: skip
"""The Admiralty grades of a source."""

_LANGUAGES = {
    "ar": "Arabic", "en": "English", "ja": "Japanese", "km": "Khmer", "ko": "Korean", "ru": "Russian", "th": "Thai",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_SCRIPTS = {"Hang": "hangul", "Hani": "Chinese characters", "Cyrl": "Cyrillic"}
_SYSTEMS = {
    "revised": "Revised Romanisation", "mccune-reischauer": "McCune–Reischauer", "north-korean": "romanised as in the North",
    "pinyin": "pinyin", "bgn-pcgn": "BGN/PCGN", "press": "as in the press",
}  # fmt: skip


def number(value: float) -> str:
    """A number as read: 50,000, 2.3 billion, 76,923."""
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if abs(value) >= size and round(value / size, 2) == value / size:
            return f"{value / size:,.10g} {word}"
    return f"{value:,.10g}" if isinstance(value, float) and not value.is_integer() else f"{int(value):,}"


def quantity(value: Quantity) -> str:
    """An amount with its unit: "about 1,000", "US$250–300 a month", "at least 50,000 workers"."""
    symbol = _SYMBOLS.get(value.currency, f"{value.currency} ") if value.currency else ""
    if value.low is not None and value.high is not None:
        amount = f"{symbol}{number(value.low)}–{number(value.high)}"
    else:
        word, amount = next(
            (word, f"{symbol}{number(n)}")
            for word, n in (
                ("", value.exact), ("about ", value.about), ("at least ", value.at_least), ("up to ", value.at_most)
            )
            if n is not None
        )  # fmt: skip
        amount = word + amount
    unit = "" if value.currency or not value.unit else "%" if value.unit == "percent" else f" {value.unit}"
    per = f" a {value.per}" if value.per else ""
    return amount + unit + per


def value(of: Value) -> str:
    """A value as plain text."""
    if isinstance(of, Quantity):
        return quantity(of)
    if isinstance(of, Edtf):
        return of.words
    if isinstance(of, str):
        return {UNKNOWN: "not known", NONE: "none"}.get(of, of)
    return of.caption


def place(cite: Cite) -> str:
    """The exact place in a source: "paragraph 10"."""
    at = cite.citation.at
    return f"paragraph {at}" if isinstance(at, int) else at


def writing(name: Name) -> str:
    """The language, script and system a name is written in: "Korean, hangul", "Russian, BGN/PCGN"."""
    how = _SYSTEMS[name.romanisation] if name.romanisation else _SCRIPTS.get(name.script, name.script)
    language = _LANGUAGES.get(name.language, name.language)
    return language if name.script == "Latn" and not name.romanisation else f"{language}, {how}"


def counted(n: int, singular: str, plural: str = "") -> str:
    """A count with its noun: "1 source", "3 sources"."""
    return f"{number(n)} {singular if n == 1 else plural or singular + 's'}"


def kind(record: AnyRecord) -> str:
    """What a record is: "institution, party body"."""
    singular = SINGULAR[record.type]
    return singular if record.kind == singular else f"{singular}, {record.kind.replace('-', ' ')}"


def standing(record: AnyRecord) -> str:
    """What to know before relying on a record: status of a dispute, grade of a source, protection of a person."""
    if isinstance(record, Dispute):
        return record.status.replace("-", " ").capitalize()
    if isinstance(record, Source):
        return f"{record.reliability.grade}, {RELIABILITY[record.reliability.grade]}"
    return PROTECTION[record.protection] if isinstance(record, NamedPerson | RoleOnlyPerson) else ""


def unlinked(text: str, kb: KnowledgeBase) -> str:
    """Text with its `[[links]]` as plain words."""

    def read(found: re.Match[str]) -> str:
        record = kb.records.get(found[1].strip())
        return found[2] or (record.caption if record else found[0])

    return LINK.sub(read, text) if "[[" in text else text


def visible(text: str) -> str:
    """Text on one line, with characters that cannot be seen (controls, direction marks) shown as their code points."""
    if text.isprintable():
        return text
    return "".join(
        " " if c in "\n\t\r"
        else f"[U+{ord(c):04X}]" if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
        else c
        for c in text
    )  # fmt: skip


def sentence(subject: AnyRecord, declared: Property, of: Value, statement: Statement) -> str:
    """A statement as one plain sentence with how it is said and when it holds, for previews and search."""
    said = dict.fromkeys(cite.modality for cite in statement.cites)
    limits = [] if "stated" in said else list(map(str, said))
    if time := statement.qualifiers.time:
        limits.append(time.words)
    colon = ":" if declared.range == "text" else ""
    aside = f" ({', '.join(limits)})" if limits else ""
    return visible(f"{subject.caption} {declared.label}{colon} {value(of)}{aside}")
