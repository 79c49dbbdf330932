"""A name in; every word under which it is looked up, out.

Words are compared folded: without case, marks and apostrophes, hangul as single letters (`kb.hangul`). A name is found
from the start of any of its words, or of any syllable of hangul or Chinese, with or without the spaces and hyphens
between. Beside that stand keys that nobody wrote: South Korean spelling, two romanisations, initial consonants, usual
spellings of family names. Keys are searched, never shown. docs/assets/finder.js folds what is typed in the same way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from kb.hangul import SYLLABLES, initials, letters, mccune, revised, southern

_APOSTROPHES = str.maketrans("", "", "'’‘ʼʻʹ`´′")
_WORD = re.compile(r"[^\W_]+")
_UNIT = re.compile(r"[가-힣぀-ヿ㐀-䶿一-鿿]|[^\W_가-힣぀-ヿ㐀-䶿一-鿿]+")
_SOUTHERN_LATIN = (re.compile(r"^(?:[rl](?=[iy])|n(?=y))"), re.compile(r"^r(?=[aeou])"))

FAMILIES = {
    "강": "kang", "고": "ko koh", "권": "kwon", "김": "kim", "노": "roh noh no", "로": "ro roh", "류": "ryu yoo yu", "리": "ri lee yi rhee",
    "림": "rim lim im", "문": "moon mun", "박": "park pak", "백": "baek paik paek", "서": "seo suh so", "손": "son sohn",
    "송": "song", "신": "shin sin", "심": "shim sim", "안": "ahn an", "양": "yang", "오": "oh o", "우": "woo u",
    "유": "yoo yu ryu", "윤": "yoon yun", "이": "lee yi rhee ri", "임": "lim im rim", "장": "jang chang", "전": "jeon chun jun",
    "정": "jung chung jeong jong", "조": "cho jo", "주": "joo chu ju", "차": "cha", "최": "choi choe", "한": "han", "허": "heo huh hur",
    "홍": "hong", "황": "hwang",
}  # fmt: skip
"""Family names and how their bearers usually spell them, most of them by no system; after the counts that the National
Institute of the Korean Language published for its drafts of a standard, and the spelling of the North."""


class Field(IntEnum):
    """What of a name a word is. MiniSearch knows them by these numbers."""

    WHOLE = 0
    ALIKE = 1
    """The whole, as nobody wrote it."""
    PART = 2
    KEY = 3
    """A part, as nobody wrote it."""


class Keys(NamedTuple):
    """How a name is looked up."""

    fields: dict[Field, set[str]]
    """Every word, by what of the name it is."""
    spelled: tuple[str, ...]
    """The words against which a mistyped one is held: what somebody would write, no part of it."""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Text without case, marks and apostrophes: P'yŏngyang is pyongyang."""
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "")
    apart = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    bare = "".join(c for c in apart if not unicodedata.category(c).startswith("M"))
    return unicodedata.normalize("NFC", bare).lower()


def words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    folded = fold(text)
    found: list[str] = _WORD.findall(folded)
    return found if folded.isascii() else list(map(letters, found))


def southern_latin(word: str) -> str:
    """A Korean word in Latin letters without an r or n the South does not write: ryo and nyo are yo, rodong is nodong."""
    dropped, changed = _SOUTHERN_LATIN
    return changed.sub("n", dropped.sub("", word))


def keys(name: str, korean: bool = False, person: bool = False) -> Keys:
    """The keys of a name. `korean`: it is Korean even where it is in Latin letters; `person`: it starts with a family name."""
    text = fold(name)
    tails = [letters(_squeezed(tail)) for tail in _tails(text)]
    written = set(words(text)).union(tails[1:])
    spelled = dict.fromkeys([*tails[:1], *words(text)])
    whole = set(tails[:1])
    fields: dict[Field, set[str]] = {Field.WHOLE: whole, Field.ALIKE: set(), Field.PART: written, Field.KEY: set()}
    for field, key, like_written in _made(text, korean, person):
        if key not in whole:
            fields[field].add(key)
        if like_written:
            spelled[key] = None
    fields[Field.KEY] -= written
    return Keys(fields, tuple(spelled))


def _tails(text: str) -> list[str]:
    """The text from each of its words or syllables on; a last syllable alone is too little to look for."""
    starts = [unit.start() for unit in _UNIT.finditer(text)]
    tails = [text[start:] for start in starts]
    return [tail for i, tail in enumerate(tails) if i == 0 or len(tail) > 1]


def _squeezed(text: str) -> str:
    return "".join(_WORD.findall(text))


def _made(text: str, korean: bool, person: bool) -> Iterator[tuple[Field, str, bool]]:
    """Keys that nobody wrote, and whether somebody could write them for the whole name or a word of it."""
    if SYLLABLES.search(text):
        for i, tail in enumerate(_tails(text)):
            if SYLLABLES.match(tail):
                whole = i == 0
                yield from _of_hangul(tail, whole, starts_word=whole or text[-len(tail) - 1].isspace())
        if person:
            family, given = text[0], _squeezed(text[1:])
            for system in (revised, mccune):
                by_syllable = "".join(
                    _latin(syllable, system) for syllable in given
                )  # as both systems write given names
                for spelling in (_latin(family, system), *FAMILIES.get(family, "").split()):
                    for written in dict.fromkeys((_latin(given, system), by_syllable)):
                        yield Field.ALIKE, _squeezed(fold(spelling + written)), True
    elif korean:
        found = _WORD.findall(text)
        southerly = [southern_latin(word) for word in found]
        for i, word in enumerate(southerly):
            yield (Field.KEY if i else Field.ALIKE), "".join(southerly[i:]), i == 0
            yield Field.KEY, word, True
        for spellings in map(str.split, FAMILIES.values() if person and found else ()):
            if found[0] in spellings:
                for family in spellings:
                    yield Field.ALIKE, family + "".join(found[1:]), True


def _of_hangul(tail: str, whole: bool, starts_word: bool) -> Iterator[tuple[Field, str, bool]]:
    field = Field.ALIKE if whole else Field.KEY
    for spelling in dict.fromkeys((tail, SYLLABLES.sub(lambda found: southern(found[0]), tail))):
        yield field, letters(_squeezed(spelling)), whole
        for system in (revised, mccune):
            latin = _WORD.findall(fold(_latin(spelling, system)))
            yield field, "".join(latin), whole
            if starts_word:
                yield Field.KEY, latin[0], True
    first = initials("".join(SYLLABLES.findall(tail)))
    if whole or len(first) > 2:
        yield field, first, False


def _latin(text: str, system: Callable[[str], str]) -> str:
    return SYLLABLES.sub(lambda found: system(found[0]), text)
