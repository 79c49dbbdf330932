"""Words that take a side: what a dispute says to avoid, looked for in every text of ours about its matter.

A word that is wrong for one matter may be right for another, so a dispute binds what it is about and no more: itself;
the people, events, policies and figures whose statements it names, with every statement that points to them; those
statements themselves, wherever they stand; the leads of the bodies, places and sources that have a part in it as in
much else; every text that links to any of these; and every page that names one in a macro, as a whole, since two words
for two departures on one page take a side as well.

Free are the claims of positions (their labels, and the values of the statements they rest on), the lists of words,
names and titles as somebody else prints them, and quotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from kb.graph import KnowledgeBase
from kb.load import Card, locate, read_text
from kb.model import TYPES, AnyRecord, Dispute, Institution, Place, Source
from kb.naming import LINK, Keys, texts
from kb.problems import Problem

_LEAD = ("name", "role", "summary", "question", "definition")
_NONE: frozenset[str] = frozenset()
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_FRONT_MATTER = re.compile(r"---\n.*?^---$", re.DOTALL | re.MULTILINE)
_MACRO = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ARGUMENT = re.compile(r"(?P<named>[=:]\s*)?(?:\"(?P<a>[^\"\n]*)\"|'(?P<b>[^'\n]*)')")
_NOT_PROSE = re.compile(
    r"^[ >]*(?P<fence>```+|~~~+).*?^[ >]*(?P=fence)"  # code
    r"|(?P<code>`+)(?!`)(?:(?!\n\s*\n).)*?(?<!`)(?P=code)(?!`)"
    r"|<!--.*?-->|</?[a-zA-Z][^<>]*>"  # HTML
    r"|(?<=\])\([^()\s]*|^\[[^\]\n]+\]:[^\n]*"  # where links lead
    r"|\{:?[ ]*[#.][^{}\n]*\}",  # attributes
    re.DOTALL | re.MULTILINE,
)
_BLOCK = re.compile(r"(?:^.*\S.*\n?)+", re.MULTILINE)


@dataclass(frozen=True)
class _Matter:
    """What the disputes of a base bind, and by the ids of which disputes."""

    disputes: Mapping[str, tuple[Dispute, re.Pattern[str]]]
    """Every dispute with words to avoid, and what finds them."""
    whole: Mapping[str, frozenset[str]]
    """Ids of records and references of statements."""
    leads: Mapping[str, frozenset[str]]
    """Ids of records of which only the lead is bound."""
    claims: frozenset[str]
    """References of the statements that positions rest on."""

    @cached_property
    def owners(self) -> frozenset[str]:
        """Ids of the records that are bound, or hold a statement that is."""
        return frozenset(bound.partition("#")[0] for bound in (*self.whole, *self.leads))


def words_take_no_side(kb: KnowledgeBase, docs: Path | None = None) -> Iterator[Problem]:
    """Every text about the matter of a dispute, in a record or in a page under `docs`, keeps to its wording."""
    matter = _matter(kb)
    if not matter.disputes:
        return
    for card in kb.loaded.cards:
        if not _may_be_bound(matter, card):
            continue
        record = kb.loaded.record(card)
        path, source = kb.loaded.path(record), ""
        for keys, text, bound in _texts_bound(kb, matter, record):
            shown = _hidden(_QUOTED, LINK.sub(_words_of_link, text))
            for dispute, pattern in (matter.disputes[id_] for id_ in sorted(bound)):
                for number, found in enumerate(pattern.finditer(text)):
                    if shown[found.start()] != " ":
                        source = source or read_text(path)[0] or ""
                        place = locate(source, keys, match=(pattern, number))
                        yield Problem(str(path), *place, "avoided-wording", _message(found[0], dispute))
    for path in sorted(docs.rglob("*.md")) if docs is not None else ():
        yield from _page(kb, matter, path, read_text(path)[0] or "")


def _matter(kb: KnowledgeBase) -> _Matter:
    disputes: dict[str, tuple[Dispute, re.Pattern[str]]] = {}
    whole: dict[str, frozenset[str]] = {}
    leads: dict[str, frozenset[str]] = {}
    claims: set[str] = set()

    def bind(kind: dict[str, frozenset[str]], key: str, dispute: Dispute) -> None:
        kind[key] = kind.get(key, _NONE) | {dispute.id}

    for dispute in kb.by_type["disputes"]:
        assert isinstance(dispute, Dispute)
        claims.update(ref for position in dispute.positions for ref in position.statements)
        avoided = [word for entry in dispute.wording.avoid for word in entry.words]
        if not avoided:
            continue
        disputes[dispute.id] = dispute, _finder(avoided)
        bind(whole, dispute.id, dispute)
        for ref in statements_named(dispute):
            bind(whole, ref, dispute)
            if subject := kb.records.get(ref.partition("#")[0]):
                bind(leads if isinstance(subject, Institution | Place) else whole, subject.id, dispute)
            for cite in kb.statements[ref].cites if ref in kb.statements else ():
                bind(leads, cite.source.id, dispute)
    return _Matter(disputes, whole, leads, frozenset(claims))


def statements_named(dispute: Dispute) -> Iterator[str]:
    """Every statement a dispute names."""
    for position in dispute.positions:
        yield from position.statements
    for agreed in dispute.common_ground:
        yield from agreed.statements
    for calculation in dispute.calculations:
        yield from calculation.inputs.values()


def _finder(avoided: Iterable[str]) -> re.Pattern[str]:
    """Finds whole words, one or several, in any case, with a plural s, over line breaks and through emphasis."""
    either = "|".join(
        r"[\s>*_]+".join(re.escape(word).replace("'", "['’]") for word in phrase.split())
        for phrase in sorted(avoided, key=len, reverse=True)
    )
    return re.compile(rf"(?<![^\W_])(?:{either})s?(?![^\W_])", re.IGNORECASE)


def _may_be_bound(matter: _Matter, card: Card) -> bool:
    """Whether a record is or names anything that is bound, so that it has to be read."""
    return card.type == Dispute.type or card.id in matter.owners or any(tie.target in matter.whole for tie in card.ties)


def _texts_bound(kb: KnowledgeBase, matter: _Matter, record: AnyRecord) -> Iterator[tuple[Keys, str, frozenset[str]]]:
    """The texts of ours in a record that are about a matter in dispute, each with the disputes."""
    own, lead = matter.whole.get(record.id, _NONE), matter.leads.get(record.id, _NONE)
    if isinstance(record, Dispute):  # of the same matter as any dispute that names what it names
        refs = list(statements_named(record))
        own = own.union(*(matter.whole.get(id_, _NONE) for ref in refs for id_ in (ref, ref.partition("#")[0])))
    pointing = []
    for statement in record.statements:
        q = statement.qualifiers
        targets = (f"{record.id}#{statement.id}", statement.value, q.place, q.agency, q.group)
        pointing.append(_NONE.union(*(matter.whole.get(id_, _NONE) for id_ in targets if isinstance(id_, str))))
    for keys, text in texts(record, written=True):
        if _is_free(kb, matter, record, keys):
            continue
        bound = own
        if keys[0] in _LEAD:
            bound |= lead
        elif keys[0] == "statements":
            bound |= pointing[int(keys[1])]
        if "[[" in text:
            bound = bound.union(*(matter.whole.get(link[1].strip(), _NONE) for link in LINK.finditer(text)))
        if bound:
            yield keys, text, bound


def _is_free(kb: KnowledgeBase, matter: _Matter, record: AnyRecord, keys: Keys) -> bool:
    """Whether a text is a claim, in a list of words, or a name or title as somebody else prints it."""
    if keys[0] == "statements":
        statement = record.statements[int(keys[1])]
        declared = kb.vocabulary.properties.get(statement.property)
        is_text = declared is not None and declared.range == "text"
        return keys[2:] == ("value",) and (not is_text or f"{record.id}#{statement.id}" in matter.claims)
    if isinstance(record, Dispute):
        return keys[0] == "wording" or (keys[0] == "positions" and keys[-1] == "label")
    return (keys[0] == "names" and keys[-1] == "value") or (isinstance(record, Source) and keys[0] == "title")


def _page(kb: KnowledgeBase, matter: _Matter, path: Path, text: str) -> Iterator[Problem]:
    """What is wrong with a page, where it names anything that is bound."""
    prose = _hidden(_NOT_PROSE, text)
    named = {id_ for macro in _MACRO.finditer(prose) for id_ in _ids(kb, macro[0])}
    if path.parent.name in TYPES:
        named.add(path.stem)
    bound = _NONE.union(*(matter.whole.get(id_, _NONE) for id_ in named))
    if not bound:
        return
    shown = _without_quotations(kb, prose)
    for dispute, pattern in (matter.disputes[id_] for id_ in sorted(bound)):
        for found in pattern.finditer(shown):
            line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
            yield Problem(str(path), line, column, "avoided-wording", _message(found[0], dispute))


def _ids(kb: KnowledgeBase, macro: str) -> Iterator[str]:
    """The ids of records a macro names, and the references of statements."""
    for argument in _ARGUMENT.finditer(macro):
        name = argument["a"] or argument["b"] or ""
        record = name.partition("#")[0]
        if record in kb.records:
            yield from (name, record)


def _without_quotations(kb: KnowledgeBase, text: str) -> str:
    """A page with blanks in place of macros, and of what is quoted in a paragraph whose macros say from whom."""
    front = _FRONT_MATTER.match(text)
    end = front.end() if front else 0
    parts, cited_before = [text[:end]], False
    for block in _BLOCK.finditer(text, end):
        cited = any(True for macro in _MACRO.finditer(block[0]) for _ in _ids(kb, macro[0]))
        shown = _MACRO.sub(partial(_words_of_macro, kb), block[0])
        if block[0].lstrip().startswith(">") and (cited or cited_before):
            shown = _blank(block)
        elif cited:
            shown = _hidden(_QUOTED, shown)
        parts += [text[end : block.start()], shown]
        end, cited_before = block.end(), cited
    return "".join((*parts, text[end:]))


def _words_of_macro(kb: KnowledgeBase, macro: re.Match[str]) -> str:
    """A macro with blanks in place of everything but the words it is given to show."""
    shown = list(_blank(macro))
    for argument in _ARGUMENT.finditer(macro[0]):
        words = argument["a"] or argument["b"] or ""
        if words.partition("#")[0] not in kb.records and not argument["named"]:
            shown[argument.end() - 1 - len(words) : argument.end() - 1] = words
    return "".join(shown)


def _words_of_link(link: re.Match[str]) -> str:
    """A link in a record's text with blanks in place of everything but its words."""
    words = link[2] or ""
    return " " * (len(link[0]) - len(words) - 2) + words + "  "


def _hidden(pattern: re.Pattern[str], text: str) -> str:
    """The text with blanks in place of what the pattern finds; nothing moves."""
    return pattern.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _message(found: str, dispute: Dispute) -> str:
    use = " or ".join(f"“{words}”" for words in dispute.wording.use) or "words that no side would mind"
    return f"“{' '.join(found.split())}” is to be avoided in what {dispute.id} is about: write {use}"
