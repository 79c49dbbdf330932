"""What can be wrong, and how it is told.

`Problem` is the one form every mistake takes: path, line, column, code, message. `CODES` documents every code; the
reference page is made from it and a test proves each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from rapidfuzz import fuzz, process

Severity: TypeAlias = Literal["error", "warning"]
Format: TypeAlias = Literal["text", "json", "github"]


class Code(NamedTuple):
    """A kind of mistake: how bad it is, what it means and what to do."""

    severity: Severity
    meaning: str
    remedy: str


CODES: dict[str, Code] = {
    # files
    "unreadable-file": Code("error", "The file cannot be read as UTF-8 text.", "Save it as UTF-8, and check that it is a readable file."),
    "stray-file": Code("error", "The file or folder is not where a record can be.", "Put records in data/<type>/<id>.yaml; prose in docs/<type>/<id>.md beside an existing record."),
    "empty-file": Code("error", "The file holds no record.", "Write one (`kb new` makes a start), or delete the file."),
    "bad-yaml": Code("error", "The text is not YAML 1.2.", "Mend the place named; indentation, quotes and brackets are the usual causes."),
    "duplicate-key": Code("error", "A key stands twice in the same mapping.", "Keep one of the two."),
    # shape
    "wrong-type": Code("error", "The value is not of the form the key takes.", "Write what is expected; text that looks like a number or date needs quotes."),
    "unknown-key": Code("error", "No such key is known here.", "Correct its spelling, or leave it out."),
    "missing-key": Code("error", "A required key is missing.", "Add it."),
    "unknown-choice": Code("error", "The value is not one of those allowed.", "Take one of those listed."),
    "blank-text": Code("error", "The text is empty.", "Write something, or leave the key out."),
    "bad-id": Code("error", "The id has characters an id cannot have.", "Use lowercase letters a-z, digits and single hyphens."),
    "bad-date": Code("error", "The text is not an EDTF date.", "Write YYYY, YYYY-MM, YYYY-MM-DD or an interval, in quotes."),
    "bad-address": Code("error", "The address is not a web address.", "Write the whole address, starting with https://."),
    "bad-code": Code("error", "The code does not have the form its standard asks for.", "Write it as the message shows."),
    "bad-quantity": Code("error", "The quantity does not hold one clear amount.", "Give one of exact, about, at-least, at-most, or low with high."),
    "out-of-bounds": Code("error", "The number is too small or too large.", "Write a number within the bounds named."),
    "too-few": Code("error", "The list or mapping has too few items.", "Add what is missing."),
    # sacred: no assertion without a citation
    "uncited-name": Code("error", "A name rests on nothing.", "Cite where it is printed, or say under `inferred` where it is from."),
    "uncited-number": Code("error", "A number in a summary is in none of the record's statements.", "Add the statement it rests on, or take the number out."),
    "past-the-end": Code("error", "The citation points past the last paragraph of the source.", "Count the non-empty lines of the source again."),
    "cites-furniture": Code("error", "The citation points at the page around the article.", "Cite the paragraph that says it."),
    # sacred: no harm
    "identifying": Code("error", "Something could narrow down a person who is described by role only: a name, age, home, kin, or the gender of an anonymous source.", "Leave it out."),
    "withheld-name": Code("error", "A name that is withheld on purpose stands in a text.", "Describe the person by role."),
    "avoided-wording": Code("error", "A text about the matter of a dispute has words that the dispute says to avoid.", "Write one of the wordings the message names, or put the words in quotation marks and say whose they are."),
    # links
    "duplicate-id": Code("error", "Two records have the same id, or an id is used again.", "Choose another id; ids are unique over all types and never reused."),
    "duplicate-statement": Code("error", "Two statements, voices, positions or calculations of a record have the same id.", "Give one of them another id."),
    "unknown-record": Code("error", "No record has this id.", "Correct the id, or add the record."),
    "wrong-record": Code("error", "The record exists, but is of a type that does not belong here.", "Point to a record of a type the message names."),
    "unknown-statement": Code("error", "No statement has this id.", "Correct it, or add the statement."),
    "unknown-property": Code("error", "The property is not declared.", "Correct it, or declare it in data/properties.yaml."),
    "unknown-sector": Code("error", "The sector is not declared.", "Correct it, or declare it in data/properties.yaml."),
    "unknown-voice": Code("error", "The source declares no such voice.", "Correct it, or declare the voice in the source's record."),
    "circular-lineage": Code("error", "Following where a source had it from leads back to the same source.", "Name the first origin only."),
    # meaning
    "wrong-range": Code("error", "The value is not what the property's range asks for.", "Write a value of that kind, or choose another property."),
    "wrong-subject": Code("error", "The property is not for records of this type.", "Choose another property, or put the statement on its natural subject."),
    "missing-reverse": Code("error", "A property that points to records has no reverse label.", "Add `reverse`: how the statement reads from the other side."),
    "missing-unit": Code("error", "A quantity does not say what is counted.", "Give `unit` or `currency` with the quantity, its figure or its property."),
    "conflict": Code("error", "Two statements of a single-valued property disagree in the same scope.", "Set their scopes apart, mend one, or join both in a dispute."),
    "bad-expression": Code("error", "The calculation cannot be worked.", "Use the names of the inputs, plain numbers, + - * / and brackets."),
    "wrong-result": Code("error", "The calculation gives another result than the one written.", "Mend the expression or the result."),
    # evidence (kb verify)
    "not-found": Code("error", "A figure, date or name of the statement does not stand in the cited paragraph of the copy, or there is no such paragraph.", "Read the paragraph and mend the record; where the record is right, say why on the citation: `inferred`, `converted` or `spelled-out`."),
    "inferred-date": Code("warning", "An inferred date is of another year than the source, and the reason does not name it.", "Read the paragraph again; if the date is right, name its year in the reason."),
    "other-copy": Code("error", "The copy at hand is not the one that was read.", "Find the copy of the recorded sha256, or read this one and record its sha256 and number of paragraphs."),
    "unrecorded-copy": Code("warning", "The record of a source does not say which copy was read.", "Record `sha256` and `paragraphs` as the message has them."),
    # addresses (kb links)
    "dead-link": Code("warning", "An address outside of the site leads nowhere any more.", "Put the archived copy beside it (`archive`) or in its place, or look for where it went."),
    "moved-link": Code("warning", "An address outside of the site has moved for good.", "Write the new one, once it shows the same."),
    # releases
    "vanished-statement": Code("warning", "A statement that a release published is gone, and no release says so.", "Run `kb release`, which lists it as withdrawn, and write why."),
    # text
    "invisible-character": Code("warning", "The text has a control or direction character that cannot be seen.", "Delete it; it is shown as its code point."),
    "markup-in-text": Code("warning", "The text looks like HTML, Markdown or a template; it is shown as written.", "Write plain text; prose goes into docs/<type>/<id>.md."),
    # keeping
    "likely-duplicate": Code("warning", "Two records of one type have a name that is as good as the same.", "Join them with `kb merge`, or say under `distinct` in data/properties.yaml why they are two."),
    "unformatted": Code("error", "The file is not in the one form that `kb fmt` gives to every file.", "Run `kb fmt`."),
    # pages
    "bad-template": Code("error", "A template of kb/templates cannot be printed.", "Mend the line named."),
    "bad-macro": Code("error", "A macro in a page cannot be rendered.", "Mend the call as the message says."),
}  # fmt: skip
"""Every code, in the order of the reference page."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake at one place. `line` and `column` count from 1."""

    path: str
    line: int
    column: int
    code: str
    message: str

    @property
    def severity(self) -> Severity:
        """Whether it stops the build."""
        return CODES[self.code].severity

    def __str__(self) -> str:
        label = "" if self.severity == "error" else "warning: "
        return f"{self.path}:{self.line}:{self.column}: {self.code}: {label}{self.message}"


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that stop the build."""
    return [p for p in problems if p.severity == "error"]


def report(problems: Iterable[Problem], form: Literal["text", "json"] = "text") -> str:
    """All problems as lines of text or a JSON list; `kb.github` has them for GitHub."""
    found = printable(problems)
    if form == "json":
        return json.dumps([asdict(p) | {"severity": p.severity} for p in found], ensure_ascii=False, indent=1)
    return "\n".join(map(str, found))


def printable(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in order, with what cannot be printed shown as code points."""
    return [replace(p, path=_visible(p.path), message=_visible(p.message)) for p in sorted(problems)]


def _visible(text: str) -> str:
    """The text on one line: what cannot be printed, such as a line break or a colour code, as its code point."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in text)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`; did you mean “…”?` where a choice is near, else nothing."""
    best = process.extractOne(word, list(choices), scorer=fuzz.WRatio, score_cutoff=70)
    return f"; did you mean “{best[0]}”?" if best else ""
