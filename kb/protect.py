"""No harm to people who cannot consent: the rules that describe them by role and keep it so.

A role-only record has no field for a name (`kb.model`). The rules here look for what could still give somebody away: a
property or a text that tells age, home or kin, a trait of an anonymous voice, a name withheld on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from kb.graph import Fault, KnowledgeBase
from kb.load import read_text
from kb.model import AnyRecord, RoleOnlyPerson, Source
from kb.naming import Keys, texts
from kb.problems import Problem

_TRAITS = {
    "age": re.compile(r"\b(?:aged? (?:of )?\d+|\d+[- ]years?[- ]old|born (?:in|on) )", re.IGNORECASE),
    "home": re.compile(
        r"\b(?:native of|home ?(?:town|village)|(?:grew|brought) up in|comes? from|came from|originally from)\b",
        re.IGNORECASE,
    ),
    "kin": re.compile(
        r"\b(?:grand)?(?:wife|husband|spouse|fianc[ée]e?|parents?|mother|father|sons?|daughters?|child|children"
        r"|brothers?|sisters?|siblings?|cousins?|uncles?|aunts?|nephews?|nieces?)\b",
        re.IGNORECASE,
    ),
}
_GENDER = re.compile(r"\b(?:he|she|his|her|him|hers|man|woman|male|female|mr|mrs|ms)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def role_only_records_reveal_nothing(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """No statement of a role-only record tells a name, an age, a home or kin, and no text an age.

    Of one person no text tells a home or kin either; a group may be one of relatives, or of people from somewhere.
    """
    if not isinstance(record, RoleOnlyPerson):
        return
    for i, statement in enumerate(record.statements):
        declared = kb.vocabulary.properties.get(statement.property)
        if declared and declared.reveals:
            message = f"“{statement.property}” tells the {declared.reveals} of somebody who is described by role only"
            yield record, ("statements", i, "property"), "identifying", message
    traits = ("age", "home", "kin") if record.kind == "person" else ("age",)
    yield from _told(record, texts(record), traits)


def anonymous_voices_stay_wide(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """An anonymous voice is described without age or gender."""
    for i, voice in enumerate(record.voices if isinstance(record, Source) else ()):
        if voice.kind == "anonymous":
            keys: Keys = ("voices", i, "description")
            yield from _told(record, [(keys, voice.description)], ("age",))
            if found := _GENDER.search(voice.description):
                message = f"“{found[0]}” tells the gender of an anonymous source: leave it out"
                yield record, keys, "identifying", message


def withheld_names_stand_nowhere(kb: KnowledgeBase, record: AnyRecord) -> Iterator[Fault]:
    """A name withheld in data/properties.yaml is in no id and no text of a record."""
    if not kb.vocabulary.withheld:
        return
    ids: list[tuple[Keys, str]] = [
        ((), record.id),
        *((("former_ids", i), old) for i, old in enumerate(record.former_ids)),
    ]
    spelled = [(keys, id.replace("-", " ").title()) for keys, id in ids]
    yield from _withheld(kb, record, [*texts(record), *spelled])


def vocabulary_withholds_names(kb: KnowledgeBase) -> Iterator[Fault]:
    """Nor is it in the vocabulary."""
    if kb.vocabulary.withheld:
        yield from _withheld(kb, None, texts(kb.vocabulary))


def _withheld(kb: KnowledgeBase, record: AnyRecord | None, found: Iterable[tuple[Keys, str]]) -> Iterator[Fault]:
    withheld = frozenset(kb.vocabulary.withheld)
    for keys, text in found:
        if holds_withheld_name(text, withheld):
            yield record, keys, "withheld-name", "found a name that is withheld: describe the person by role"


def pages_withhold_names(kb: KnowledgeBase, docs: Path) -> Iterator[Problem]:
    """A withheld name is in no Markdown page either."""
    withheld = frozenset(kb.vocabulary.withheld)
    for path in sorted(docs.rglob("*.md")) if withheld else ():
        text, _ = read_text(path)
        for number, line in enumerate((text or "").splitlines(), 1):
            if holds_withheld_name(line, withheld):
                message = "found a name that is withheld: describe the person by role"
                yield Problem(str(path), number, 1, "withheld-name", message)


def digest(name: str) -> str:
    """What stands under `withheld` for a name."""
    letters = (c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalpha())
    return sha256("".join(letters).encode()).hexdigest()


def holds_withheld_name(text: str, withheld: frozenset[str]) -> bool:
    """Whether two, three or four words in a row, or a single hangul or Chinese word, are a withheld name."""
    words = _WORD.findall(text)
    runs = (
        "".join(words[i : i + length])
        for i, word in enumerate(words)
        if not word[0].islower()
        for length in (range(2, 5) if word.isascii() else range(1, 5))
    )
    return any(digest(run) in withheld for run in runs)


def _told(record: AnyRecord, found: Iterable[tuple[Keys, str]], traits: tuple[str, ...]) -> Iterator[Fault]:
    for keys, text in found:
        for trait in traits:
            if match := _TRAITS[trait].search(text):
                message = f"“{match[0].strip()}” tells the {trait} of somebody who is described by role only"
                yield record, keys, "identifying", message
