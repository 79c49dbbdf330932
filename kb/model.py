"""The records of the knowledge base: what a YAML file may say, and nothing else.

Every class here is frozen and refuses unknown keys. The words are the field's own: statement, property, value,
qualifier and unknown value are Wikibase's; the fields of a source are CSL-JSON's; reliability is the Admiralty grade;
dates are EDTF (`kb.dates`). Attribute docstrings are the one description of each field: the editor's JSON Schema, the
reference page and the templates of `kb new` are made from them (`kb.schema`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar, dataclass_transform

import pydantic
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    Tag,
)
from pydantic_core import PydanticCustomError

from kb import dates
from kb.dates import Edtf

T = TypeVar("T")

UNKNOWN = "unknown"
"""As a value: there is one, but it is not known (Wikibase: some value)."""
NONE = "none"
"""As a value: there is none (Wikibase: no value)."""


def key(field: str) -> str:
    """A field's key in YAML."""
    return "former_ids" if field == "former_ids" else field.replace("_", "-")


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field, field))
def _model(cls: type[T]) -> type[T]:
    """A frozen dataclass checked by pydantic; YAML keys are the field names with hyphens."""
    config = ConfigDict(extra="forbid", alias_generator=key, defer_build=True)
    return pydantic.dataclasses.dataclass(frozen=True, slots=True, kw_only=True, config=config)(cls)  # type: ignore[return-value]


# --- the smallest parts ---------------------------------------------------------------------------------------------


def _matching(pattern: str, code: str, expected: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError(
                code, "found “{found}”, expected {expected}", {"found": text, "expected": expected}
            )
        return text

    return check


def _date(text: object) -> Edtf:
    if isinstance(text, Edtf):
        return text
    if not isinstance(text, str):
        raise PydanticCustomError(
            "bad-date", 'found {found} without quotes: write the date as "{found}"', {"found": str(text)}
        )
    try:
        return dates.parse(text)
    except dates.DateError as error:
        raise PydanticCustomError("bad-date", "{reason}", {"reason": str(error)}) from error


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank-text", "found empty text: write something, or leave the key out")
    return text


def _few_words(text: str) -> str:
    if len(text.split()) > 7:
        raise PydanticCustomError(
            "wrong-type",
            "found {found} words of a source, expected at most 7: keep those that matter",
            {"found": len(text.split())},
        )
    return _not_blank(text)


_ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"

Text: TypeAlias = Annotated[str, AfterValidator(_not_blank)]
"""Plain text; `[[id]]` and `[[id|words]]` are links, all else is shown as written."""
FewWords: TypeAlias = Annotated[str, AfterValidator(_few_words)]
"""Words as a source has them, too few to be a copy of it."""
Id: TypeAlias = Annotated[
    str,
    AfterValidator(_matching(_ID, "bad-id", "lowercase letters a-z, digits and single hyphens")),
    Field(json_schema_extra={"pattern": f"^{_ID}$"}),
]
StatementRef: TypeAlias = Annotated[
    str,
    AfterValidator(_matching(f"{_ID}#{_ID}", "bad-id", "record-id#statement-id")),
    Field(json_schema_extra={"pattern": f"^{_ID}#{_ID}$"}),
]
Variable: TypeAlias = Annotated[
    str,
    AfterValidator(
        _matching(r"[a-z][a-z0-9_]*", "bad-id", "a short name of lowercase letters, digits and underscores")
    ),
]
Date: TypeAlias = Annotated[
    Edtf,
    BeforeValidator(_date),
    pydantic.WithJsonSchema(
        {"type": "string", "description": 'An EDTF date in quotes, such as "2016-04-08" or "2017-05/..".'}
    ),
]
Address: TypeAlias = Annotated[
    str,
    AfterValidator(
        _matching(
            r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+",
            "bad-address",
            "an address that starts with https:// or http://, other letters than a-z written as %XX",
        )
    ),
    Field(json_schema_extra={"pattern": "^https?://"}),
]
Language: TypeAlias = Annotated[
    str,
    AfterValidator(_matching(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", "bad-code", "a BCP 47 language such as ko or en")),
]
Script: TypeAlias = Annotated[
    str, AfterValidator(_matching(r"[A-Z][a-z]{3}", "bad-code", "an ISO 15924 script such as Hang, Hani, Cyrl or Latn"))
]
Currency: TypeAlias = Annotated[
    str, AfterValidator(_matching(r"[A-Z]{3}", "bad-code", "an ISO 4217 currency such as USD"))
]
Sha256: TypeAlias = Annotated[str, AfterValidator(_matching(r"[0-9a-f]{64}", "bad-code", "64 hexadecimal digits"))]
Finite: TypeAlias = Annotated[StrictFloat, Field(allow_inf_nan=False)]
Number: TypeAlias = StrictInt | Finite
Paragraph: TypeAlias = Annotated[StrictInt, Field(ge=1)]


@_model
class Quantity:
    """An amount as precise as its source has it: exactly one of `exact`, `about`, `at-least`, `at-most`, or `low` with `high`."""

    exact: Number | None = None
    """The amount, where the source gives one figure."""
    about: Number | None = None
    """The amount, where the source says "about" or "roughly"."""
    at_least: Number | None = None
    """A lower bound: "more than", "at least"."""
    at_most: Number | None = None
    """An upper bound: "up to", "nearly"."""
    low: Number | None = None
    """The lower end of a range."""
    high: Number | None = None
    """The upper end of a range."""
    unit: Text | None = None
    """What is counted, in the plural ("workers"); from the property or figure where left out."""
    currency: Currency | None = None
    """ISO 4217 code of an amount of money."""
    per: Literal["day", "week", "month", "year"] | None = None
    """The period a rate is for."""

    def __post_init__(self) -> None:
        given = [k for k in ("exact", "about", "at_least", "at_most", "low", "high") if getattr(self, k) is not None]
        if given != ["low", "high"] and (len(given) != 1 or given[0] in ("low", "high")):
            raise PydanticCustomError(
                "bad-quantity",
                "found {found}: give one of exact, about, at-least, at-most, or low together with high",
                {"found": " and ".join(map(key, given)) or "no number"},
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise PydanticCustomError("bad-quantity", "low is above high: swap them")

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and highest amount it allows; open ends are minus or plus infinity, "about" is taken as it stands."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        if self.at_least is not None:
            return self.at_least, float("inf")
        if self.at_most is not None:
            return float("-inf"), self.at_most
        single = self.exact if self.exact is not None else self.about
        assert single is not None
        return single, single

    def counting(self, unit: str | None) -> Quantity:
        """The same amount of `unit`."""
        counted = copy(self)
        object.__setattr__(counted, "unit", unit)
        return counted


def _form(value: object) -> str:
    return "quantity" if isinstance(value, Mapping | Quantity) else "scalar"


RawValue: TypeAlias = Annotated[
    Annotated[Text | Number, Tag("scalar")] | Annotated[Quantity, Tag("quantity")],
    Discriminator(_form),
]
"""A value as written: id, text, date, number, quantity, `unknown` or `none`; the property's range says which it must be."""

Modality = Literal[
    "stated", "alleged", "estimated", "speculated", "believed", "expected", "second-hand", "third-hand", "implied",
    "characterised",
]  # fmt: skip


@_model
class Citation:
    """The exact place a statement rests on, and who speaks there."""

    source: Id
    """Id of the source record."""
    at: Paragraph | Text
    """Paragraph (a number, counted from 1 over non-empty lines) or another exact place ("p. 12", "00:04:10")."""
    voice: Id | None = None
    """Who says it, as declared under `voices` in the source's record; left out where the source itself says it."""
    modality: Modality = "stated"
    """How it is said: stated, alleged, estimated, speculated, believed, expected, second-hand, third-hand, implied or characterised."""
    inferred: Text | None = None
    """What of this statement is our inference from the place, and why. Where it begins with "the year" (month, day, date,
    time) only dates are inferred, where with "who", "where" or "which" no figures."""
    converted: FewWords | None = None
    """The words there that a figure or date was worked out from ("three in four"), at most seven."""
    spelled_out: FewWords | None = None
    """The words there that say a name or figure in another way ("the ruling party"), at most seven."""


@_model
class Qualifiers:
    """The scope a statement holds for. What is left out is not restricted."""

    time: Date | None = None
    """When it held or happened, as EDTF."""
    place: Id | None = None
    """Id of the place it holds for."""
    agency: Id | None = None
    """Id of the institution acting."""
    sector: Id | None = None
    """A sector declared in data/properties.yaml."""
    group: Id | None = None
    """Id of the group of people it holds for."""


@_model
class Statement:
    """One assertion about the record's subject, resting on at least one exact place."""

    id: Id
    """Permanent anchor within the record."""
    property: Id
    """A property declared in data/properties.yaml."""
    value: RawValue
    """What is asserted: an id, text, date, number or quantity as the property's range says, or `unknown` or `none`."""
    qualifiers: Qualifiers = Qualifiers()
    """The scope it holds for."""
    cites: Annotated[tuple[Citation, ...], Field(min_length=1)]
    """The places it rests on."""
    note: Text | None = None
    """What a reader should know before using it."""


@_model
class Name:
    """A way the name is written."""

    value: Text
    """The name as written."""
    language: Language
    """BCP 47 language, such as ko or en."""
    script: Script = "Latn"
    """ISO 15924 script: Hang, Hani, Cyrl, Latn."""
    romanisation: Literal["revised", "mccune-reischauer", "north-korean", "pinyin", "bgn-pcgn", "press"] | None = None
    """System used to write a Korean, Chinese or Russian name in Latin letters; `press` where the source follows none."""
    cites: tuple[Citation, ...] = ()
    """Where the name is printed."""
    inferred: Text | None = None
    """Where it comes from, if no cited source prints it ("standard spelling in reference works")."""

    def __post_init__(self) -> None:
        if not self.cites and not self.inferred:
            raise PydanticCustomError(
                "uncited-name",
                "the name rests on nothing: cite where it is printed, or say under inferred where it is from",
            )


@_model
class Review:
    """When somebody last read the whole record against its sources."""

    date: Date
    """The day of the review."""
    note: Text | None = None
    """What was looked at, or what is still to be done; shown at the foot of the page."""


@_model
class Inferred:
    """Something worked out, not printed."""

    value: Text
    """What was worked out."""
    inferred: Text
    """How it was worked out."""


# --- records ---------------------------------------------------------------------------------------------------------


@_model
class Record:
    """What every record has. The file's folder is its type, the file's name its permanent id."""

    type: ClassVar[str]
    id: Id
    """The file's name without .yaml; not written in the file."""
    summary: Text
    """One plain sentence; what it says must rest on the statements below."""
    statements: tuple[Statement, ...] = ()
    """What is asserted about it."""
    former_ids: tuple[Id, ...] = ()
    """Ids it had before; their addresses lead here."""
    review: Review
    """When it was last read against its sources."""


@_model
class NamedRecord(Record):
    """A record that carries a name."""

    name: Text
    """Heading of the page and words of every link to it."""
    names: tuple[Name, ...] = ()
    """Other ways the name is written."""

    @property
    def caption(self) -> str:
        """What to call it."""
        return self.name


@_model
class NamedPerson(NamedRecord):
    """A person who may be named: an official acting as such, or somebody who chose to speak on the record."""

    type: ClassVar[str] = "people"
    kind: Literal["person"] = "person"
    """What it is."""
    protection: Literal["public", "on-record"]
    """`public`: named for a public office or byline; `on-record`: named only for what they chose to say."""
    protection_reason: Text
    """Why the person may be named; shown on the page."""


@_model
class RoleOnlyPerson(Record):
    """A person or group who cannot freely consent: described by role, with no field that could hold a name."""

    type: ClassVar[str] = "people"
    role: Text
    """The role that stands in place of a name."""
    kind: Literal["person", "group"]
    """One person, or a group of people."""
    protection: Literal["role-only"]
    """`role-only`: never named, pictured or narrowed down."""

    @property
    def caption(self) -> str:
        """What to call them."""
        return self.role

    @property
    def names(self) -> tuple[Name, ...]:
        """Always empty."""
        return ()


Person: TypeAlias = Annotated[
    Annotated[NamedPerson, Tag("named")] | Annotated[RoleOnlyPerson, Tag("role-only")],
    Discriminator(
        lambda data: "role-only" if isinstance(data, Mapping) and data.get("protection") == "role-only" else "named"
    ),
]


@_model
class Coordinates:
    """A point, WGS 84 as in RFC 7946, no more exact than the named place."""

    lat: Annotated[Number, Field(ge=-90, le=90)]
    """Degrees north."""
    lon: Annotated[Number, Field(ge=-180, le=180)]
    """Degrees east."""
    inferred: Text
    """Where the point is from and what it stands for ("city centre, common reference")."""


@_model
class Place(NamedRecord):
    """Somewhere: a country, a city, a place of work."""

    type: ClassVar[str] = "places"
    kind: Literal["region", "country", "province", "city", "worksite"]
    """What it is."""
    coordinates: Coordinates | None = None
    """A point for the map, at city level."""


@_model
class Institution(NamedRecord):
    """A body that acts: a ministry, a party committee, a company, a newsroom."""

    type: ClassVar[str] = "institutions"
    kind: Literal["government", "agency", "party-body", "company", "news-outlet", "international-body", "organisation"]
    """What it is."""


@_model
class Policy(NamedRecord):
    """A rule or practice about who may go, what they owe and how they are watched."""

    type: ClassVar[str] = "policies"
    kind: Literal["rule", "practice", "programme", "resolution", "law"]
    """What it is."""


@_model
class Event(NamedRecord):
    """Something that is said to have happened; when is a statement like any other."""

    type: ClassVar[str] = "events"
    kind: Literal["departure", "escape", "announcement", "interview", "offer", "order", "report"]
    """What it is."""


@_model
class Calculation:
    """Arithmetic between statements, worked again at every check."""

    id: Id
    """Permanent anchor within the record."""
    question: Text
    """What it works out."""
    inputs: Annotated[dict[Variable, StatementRef], Field(min_length=1)]
    """A short name for each statement used."""
    expression: Text
    """The sum, with + - * / and brackets, over the names of the inputs and plain numbers."""
    result: Quantity
    """What comes out, rounded as written here."""
    note: Text | None = None
    """What it shows, and what it does not."""


@_model
class Figure(NamedRecord):
    """A series of observations under one definition."""

    type: ClassVar[str] = "figures"
    kind: Literal["people", "money", "share", "count"]
    """What is measured."""
    definition: Text
    """What is counted, in one sentence."""
    measure: Literal["stock", "flow"]
    """`stock`: how many at a time; `flow`: how much over a period."""
    unit: Text | None = None
    """What is counted, in the plural; observations may leave it out."""
    includes: tuple[Text, ...] = ()
    """Who or what is in."""
    excludes: tuple[Text, ...] = ()
    """Who or what is out."""
    calculations: tuple[Calculation, ...] = ()
    """Arithmetic with its observations."""


@_model
class Position:
    """One answer to a dispute's question, and who gives it."""

    id: Id
    """Permanent anchor within the dispute."""
    label: Text
    """The answer, in a few words."""
    holders: Annotated[tuple[Id, ...], Field(min_length=1)]
    """Ids of those who hold it."""
    since: Date
    """Since when it is on record."""
    statements: Annotated[tuple[StatementRef, ...], Field(min_length=1)]
    """The statements it rests on."""
    note: Text | None = None
    """What a reader should know of it."""


@_model
class Agreed:
    """Something no position denies."""

    text: Text
    """What is agreed."""
    statements: Annotated[tuple[StatementRef, ...], Field(min_length=1)]
    """The statements it rests on."""


@_model
class Avoided:
    """Words that belong to one position, and why."""

    words: Annotated[tuple[Text, ...], Field(min_length=1)]
    """The words; refused, in any case and with a plural s, in every text about the matter outside quotation."""
    because: Text | None = None
    """Why they are to be avoided."""


@_model
class Wording:
    """Words for writing about a dispute without taking a side."""

    use: tuple[Text, ...] = ()
    """Words that take no side."""
    avoid: tuple[Avoided, ...] = ()
    """Words that belong to one position."""


@_model
class Dispute(NamedRecord):
    """A question with more than one answer on record."""

    type: ClassVar[str] = "disputes"
    kind: Literal["account", "figure", "rule"]
    """What is disputed: what happened, how much, or what the rule is."""
    question: Text
    """The question, as one side would not mind it put."""
    status: Literal["open", "partly-settled", "settled", "dissolved"]
    """`dissolved`: only seems to be a dispute, and ends once each statement is dated."""
    status_reason: Text
    """Why it has that status."""
    positions: Annotated[tuple[Position, ...], Field(min_length=2)]
    """The answers on record."""
    common_ground: tuple[Agreed, ...] = ()
    """What no side denies."""
    would_settle: tuple[Text, ...] = ()
    """What evidence would settle it."""
    calculations: tuple[Calculation, ...] = ()
    """Arithmetic that bears on it."""
    wording: Wording = Wording()
    """Words to use and to avoid."""


@_model
class Author:
    """A person or body credited, as CSL-JSON has it."""

    literal: Text
    """The name as printed."""
    part: Text | None = None
    """What they are credited with ("reporting", "translation")."""


@_model
class Voice:
    """Somebody who speaks in a source, described only as the source describes them."""

    id: Id
    """Permanent within the source."""
    description: Text
    """What the source says of them, ready to follow "citing" ("a source in Vladivostok")."""
    kind: Literal["anonymous", "by-role", "named", "official", "state-media", "outlet", "document", "unattributed"]
    """`by-role`: known to the outlet, described here by role only; `unattributed`: "it is thought", "reportedly"."""
    entity: Id | None = None
    """Id of their own record, where they have one."""
    speaks_for: Id | None = None
    """Id of the state or body whose words these are, where they do not speak freely for themselves."""
    through: tuple[Id, ...] = ()
    """Ids of the outlets the words passed through before this source, nearest first."""
    supervised: StrictBool = False
    """Whether they spoke under the eyes of the state; shown wherever they are cited."""
    at: tuple[Paragraph, ...] = ()
    """Paragraphs where they speak."""
    inferred: Text | None = None
    """Why we take these words to be theirs, where the source does not say so outright."""


@_model
class Lineage:
    """Where the source had something from."""

    origin: Id
    """Id of the institution or source it came from."""
    at: tuple[Paragraph, ...] = ()
    """Paragraphs this holds for; all where left out."""
    inferred: Text | None = None
    """How this is known, if the source does not say it."""


@_model
class LeftOut:
    """Something a source says that is not encoded, and why."""

    at: Paragraph
    """The paragraph."""
    what: Text
    """What it says, in our own words."""
    because: Text
    """Why it was left out."""


@_model
class Reliability:
    """The Admiralty grade of a source."""

    grade: Literal["A", "B", "C", "D", "E", "F"]
    """A completely reliable, B usually, C fairly, D not usually, E unreliable, F cannot be judged."""
    reason: Text
    """Why this grade."""


@_model
class Source(NamedRecord):
    """A document statements rest on. Bibliographic fields follow CSL-JSON."""

    type: ClassVar[str] = "sources"
    kind: Literal["article-newspaper", "webpage", "report", "broadcast", "legislation", "interview"]
    """Type of item, as in CSL-JSON."""
    title: Annotated[
        Annotated[Text, Tag("printed")] | Annotated[Inferred, Tag("inferred")],
        Discriminator(lambda title: "inferred" if isinstance(title, Mapping | Inferred) else "printed"),
    ]
    """Title as printed, cut short with … after seven words; or what it was inferred to be."""
    publisher: Id
    """Id of the institution that published it."""
    author: tuple[Author, ...] = ()
    """Who is credited."""
    issued: Date
    """When it was published."""
    issued_inferred: Text | None = None
    """How the date was worked out, if it is not printed."""
    language: Language
    """Language of the copy that was read."""
    url: Address
    """Address of the original."""
    archive: Address | None = None
    """Address of an archived copy."""
    accessed: Date | None = None
    """When the copy was read."""
    sha256: Sha256 | None = None
    """Digest of the copy that was read."""
    paragraphs: Paragraph | None = None
    """Number of paragraphs in that copy; no citation may go past it."""
    furniture: tuple[Paragraph, ...] = ()
    """Paragraphs that are the page around the article, on which nothing may rest."""
    reliability: Reliability
    """Admiralty grade and why."""
    voices: tuple[Voice, ...] = ()
    """Who speaks in it."""
    lineage: tuple[Lineage, ...] = ()
    """Where it had what it reports from."""
    left_out: tuple[LeftOut, ...] = ()
    """What was read and not encoded."""


AnyRecord: TypeAlias = NamedPerson | RoleOnlyPerson | Place | Institution | Policy | Event | Figure | Dispute | Source

TYPES: Mapping[str, Any] = {
    "people": Person, "places": Place, "institutions": Institution, "policies": Policy,
    "events": Event, "figures": Figure, "disputes": Dispute, "sources": Source,
}  # fmt: skip
"""The model of each type; the key is the folder under data/ and the first part of every address."""

SINGULAR: Mapping[str, str] = {
    "people": "person", "places": "place", "institutions": "institution", "policies": "policy",
    "events": "event", "figures": "figure", "disputes": "dispute", "sources": "source",
}  # fmt: skip


TypeName = Literal["people", "places", "institutions", "policies", "events", "figures", "disputes", "sources"]


# --- releases --------------------------------------------------------------------------------------------------------


def _is_day(date: Edtf) -> Edtf:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", date.text):
        raise PydanticCustomError("bad-date", "found “{found}”, expected a day, YYYY-MM-DD", {"found": date.text})
    return date


@_model
class Change:
    """What became of a published statement."""

    statement: StatementRef
    """The statement, as `record-id#statement-id`."""
    was: Text | None = None
    """How it read before."""
    reason: Text
    """Why it was changed; shown to readers."""
    withheld: StrictBool = False
    """Whether it was changed to protect somebody: then nothing says how it read before."""


@_model
class Withdrawal(Change):
    """A published statement that is gone."""

    type: TypeName
    """Type of the record it stood in."""
    disputes: tuple[Id, ...] = ()
    """Ids of the disputes it was part of."""


@_model
class Release:
    """changes/<name>.yaml: what readers are told of a release. `kb release` writes it, a person adds the reasons."""

    id: Id
    """The file's name without .yaml; not written in the file."""
    date: Annotated[Date, AfterValidator(_is_day)]
    """The day it was published."""
    summary: Text
    """One plain sentence about it."""
    corrected: tuple[Change, ...] = ()
    """Statements that were wrong in what they say, its scope, its speaker or its place."""
    withdrawn: tuple[Withdrawal, ...] = ()
    """Statements that are gone."""
    revised: tuple[StatementRef, ...] = ()
    """Statements that say the same as before, with other notes or more citations."""
    added: tuple[StatementRef, ...] = ()
    """New statements."""


# --- the vocabulary --------------------------------------------------------------------------------------------------


@_model
class Property:
    """A kind of statement."""

    label: Text
    """How a statement reads, between subject and value."""
    definition: Text
    """What it means, and when to use it."""
    range: Literal["text", "date", "quantity"] | Annotated[tuple[TypeName, ...], Field(min_length=1)]
    """What the value is: text, date, quantity, or a list of the types of record it may point to."""
    reverse: Text | None = None
    """How the same statement reads from the value's side; needed when the value is a record."""
    subjects: tuple[TypeName, ...] = ()
    """Types of record that may carry it; all where left out."""
    unit: Text | None = None
    """What is counted, in the plural, where the quantity does not say."""
    single: StrictBool = False
    """Whether two different values in the same scope contradict each other."""
    infobox: StrictBool = False
    """Whether it stands in the box beside the lead."""
    lasting: StrictBool = False
    """Whether a date is the time through which something held, drawn as a bar, and not when it happened."""
    eligibility: Literal["open", "closed", "condition"] | None = None
    """What the who-may-go table makes of it: a group let in, a group kept out, or a condition on those who apply."""
    movement: Literal["reported", "planned"] | None = None
    """Whether the map draws an arc to the value: a place that workers were sent to, recruited for or present in, or are planned to go to."""
    reveals: Literal["name", "age", "home", "kin"] | None = None
    """What it would give away of a person; such properties are refused on role-only records."""


@_model
class Term:
    """A word of a controlled list."""

    label: Text
    """How it is shown."""
    definition: Text
    """What it covers."""


@_model
class Distinct:
    """Records with like names that are not one thing."""

    records: Annotated[tuple[Id, ...], Field(min_length=2)]
    """Ids of the records."""
    because: Text
    """How it is known that they are different."""


@_model
class Vocabulary:
    """data/properties.yaml: the properties and the sectors. Their order is the order on every page."""

    properties: dict[Id, Property]
    """Every property a statement may have."""
    sectors: dict[Id, Term] = field(default_factory=dict)
    """Every sector a qualifier may name."""
    withheld: tuple[Sha256, ...] = ()
    """Digests of names that stand nowhere: sha256 of the name's letters in lower case, without spaces, hyphens and marks."""
    distinct: tuple[Distinct, ...] = ()
    """Records with like names that were looked at and are not one thing, so that `kb check` does not ask again."""
