"""Hangul taken apart, spelled as in the South, and written in Latin letters: what search keys of Korean names are made of.

Syllables are taken apart as the Unicode Standard has it (section 3.12). Romanisation follows pronunciation, by the
rules of Notice 2000-8 of the Ministry of Culture and Tourism (`revised`), and by the tables of McCune and Reischauer,
1939 (`mccune`). Neither needs a dictionary, so that sounds that depend on a word's parts (the n of 학여울) are left out.
`southern` follows articles 10 to 12 of the Rules of Hangul Spelling (한글 맞춤법), by which the South writes 노동 and 이
where the North writes 로동 and 리.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
SYLLABLES = re.compile("[가-힣]+")
_FIRST = 0xAC00
_SPLIT = {
    "ㄳ": ("ㄱ", "ㅅ"), "ㄵ": ("ㄴ", "ㅈ"), "ㄶ": ("ㄴ", "ㅎ"), "ㄺ": ("ㄹ", "ㄱ"), "ㄻ": ("ㄹ", "ㅁ"), "ㄼ": ("ㄹ", "ㅂ"),
    "ㄽ": ("ㄹ", "ㅅ"), "ㄾ": ("ㄹ", "ㅌ"), "ㄿ": ("ㄹ", "ㅍ"), "ㅀ": ("ㄹ", "ㅎ"), "ㅄ": ("ㅂ", "ㅅ"),
}  # fmt: skip
"""Finals of two letters: the one that stays, and the one that a following vowel takes over."""
_TYPED = str.maketrans(
    {"ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"}
    | {final: "".join(two) for final, two in _SPLIT.items()}
)
"""Letters that are typed as two."""
_SINGLE = str.maketrans(
    {0x1100 + n: letter for n, letter in enumerate(INITIALS)}
    | {0x1161 + n: letter for n, letter in enumerate(VOWELS)}
    | {0x11A7 + n: letter for n, letter in enumerate(FINALS) if n}
)
"""Letters that Unicode's compatibility forms leave on their own."""


class Syllable(NamedTuple):
    """Its initial (ㅇ where there is none), vowel and final ("" where there is none)."""

    initial: str
    vowel: str
    final: str


def syllables(word: str) -> list[Syllable]:
    """The syllables of a word written in hangul and nothing else."""
    numbers = (ord(letter) - _FIRST for letter in word)
    return [Syllable(INITIALS[n // 588], VOWELS[n // 28 % 21], FINALS[n % 28].strip()) for n in numbers]


@lru_cache(maxsize=65536)
def letters(text: str) -> str:
    """Text with its hangul as single letters in the order they are typed: 평양 is ㅍㅕㅇㅇㅑㅇ. What is not hangul stays."""
    if text.isascii():
        return text
    return SYLLABLES.sub(lambda found: "".join(map("".join, syllables(found[0]))), text.translate(_SINGLE)).translate(
        _TYPED
    )


def initials(word: str) -> str:
    """The initial consonants of a word in hangul: ㄴㄷㅈ of 노동자."""
    return "".join(syllable.initial for syllable in syllables(word))


def southern(word: str) -> str:
    """A word in hangul with no ㄹ or ㄴ where the South writes none at the start of a word: 로동 is 노동, 녀자 is 여자.

    The rule holds at the start of each part of a compound too; where the parts begin is not known, so that it is applied
    to every syllable. This makes a key that both spellings share, not a spelling.
    """
    return "".join(_southern(letter) for letter in word)


@lru_cache(maxsize=16384)
def _southern(letter: str) -> str:
    ((initial, vowel, final),) = syllables(letter)
    before_i = vowel in "ㅑㅒㅕㅖㅛㅠㅣ"
    if (initial == "ㄹ" and before_i) or (initial == "ㄴ" and before_i and vowel not in "ㅒ"):
        initial = "ㅇ"
    elif initial == "ㄹ":
        initial = "ㄴ"
    number = (INITIALS.index(initial) * 21 + VOWELS.index(vowel)) * 28 + (FINALS.index(final) if final else 0)
    return chr(_FIRST + number)


# --- pronunciation ---------------------------------------------------------------------------------------------------

_CLOSED = dict.fromkeys("ㄱㄲㅋㄳㄺ", "ㄱ") | dict.fromkeys("ㄷㅅㅆㅈㅊㅌㅎ", "ㄷ")
_CLOSED |= dict.fromkeys("ㅂㅍㅄㄿ", "ㅂ") | dict.fromkeys("ㄴㄵㄶ", "ㄴ") | {"ㅁ": "ㅁ", "ㄻ": "ㅁ", "ㅇ": "ㅇ"}
_CLOSED |= dict.fromkeys("ㄹㄼㄽㄾㅀ", "ㄹ")
"""How a final sounds at the end of a word or before a consonant."""
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
_ASPIRATED = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅈ": "ㅊ", "ㅂ": "ㅍ"}


def pronounced(word: str) -> list[Syllable]:
    """The syllables of a word as they sound, as far as romanisation shows it: 신라 is 실라, 독립문 is 동님문."""
    found = syllables(word)
    for i in range(len(found)):
        if i + 1 == len(found):
            final = found[i].final
            found[i] = found[i]._replace(final=_CLOSED[final] if final else "")
        elif found[i].final:
            final, initial = _meeting(found[i].final, found[i + 1].initial, found[i + 1].vowel)
            found[i] = found[i]._replace(final=final)
            found[i + 1] = found[i + 1]._replace(initial=initial)
    return found


@lru_cache(maxsize=4096)
def _meeting(final: str, initial: str, vowel: str) -> tuple[str, str]:
    """What becomes of a final and the initial after it."""
    stays, moves = _SPLIT.get(final, ("", final))
    if initial == "ㅇ":
        if final == "ㅇ":
            return final, initial
        if vowel == "ㅣ" and moves in "ㄷㅌ":  # palatalised: 해돋이 is haedoji
            return stays, "ㅈ" if moves == "ㄷ" else "ㅊ"
        return (stays, "ㅇ") if moves == "ㅎ" and not stays else ("", stays) if moves == "ㅎ" else (stays, moves)
    if initial == "ㅎ" and moves == "ㄷ" and vowel == "ㅣ":  # 굳히다 is guchida
        return stays, "ㅊ"
    if initial == "ㅎ" and moves == "ㅈ":
        return stays, "ㅊ"
    if (
        moves == "ㅎ" and initial in _ASPIRATED
    ):  # 좋고 is joko; in nouns ㄱㄷㅂ before ㅎ stay as they are: 묵호 is mukho
        return stays, _ASPIRATED[initial]
    if moves == "ㅎ" and initial == "ㅅ":
        return stays, initial
    closed = _CLOSED[final]
    if initial in "ㄴㅁ" and closed in _NASAL:
        return ("ㄹ", "ㄹ") if final == "ㅀ" else (_NASAL[closed], initial)
    if {closed, initial} == {"ㄴ", "ㄹ"} or closed == initial == "ㄹ":
        return "ㄹ", "ㄹ"
    if initial == "ㄹ":
        return _NASAL.get(closed, closed), "ㄴ"
    return closed, initial


# --- in Latin letters ------------------------------------------------------------------------------------------------


def _table(letters: str, latin: str) -> dict[str, str]:
    return dict(zip(letters, latin.replace("_", "").split(" "), strict=True))


_REVISED_VOWELS = _table(VOWELS, "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_REVISED_INITIALS = _table(INITIALS, "g kk n d tt r m b pp s ss _ j jj ch k t p h")
_MCCUNE_VOWELS = _table(VOWELS, "a ae ya yae ŏ e yŏ ye o wa wae oe yo u wŏ we wi yu ŭ ŭi i")
_MCCUNE_INITIALS = _table(INITIALS, "k kk n t tt r m p pp s ss _ ch tch ch' k' t' p' h")
_FINALS = {"": "", "ㄱ": "k", "ㄴ": "n", "ㄷ": "t", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "ng"}
_VOICED = {"ㄱ": "g", "ㄷ": "d", "ㅂ": "b", "ㅈ": "j"}


@lru_cache(maxsize=65536)
def revised(word: str) -> str:
    """A word in hangul by the Revised Romanisation: 평양 is pyeongyang, 독립문 is dongnimmun."""
    return _written(word, _REVISED_INITIALS, _REVISED_VOWELS, {})


@lru_cache(maxsize=65536)
def mccune(word: str) -> str:
    """A word in hangul by McCune-Reischauer, with its marks: 평양 is p'yŏngyang, 한국 is han'guk."""
    return _written(word, _MCCUNE_INITIALS, _MCCUNE_VOWELS, _VOICED)


def _written(word: str, initials: Mapping[str, str], vowels: Mapping[str, str], voiced: Mapping[str, str]) -> str:
    parts: list[str] = []
    before: str | None = None
    for initial, vowel, final in pronounced(word):
        shown = initials[initial]
        if before == "ㄹ" and initial == "ㄹ":
            shown = "l"
        elif voiced and before is not None:
            after_l = before == "ㄹ" and initial in "ㄷㅈ"  # spoken hard there: 발달 is paltal
            if initial in voiced and before in ("", "ㄴ", "ㅁ", "ㅇ", "ㄹ") and not after_l:
                shown = ("'" if before == "ㄴ" and initial == "ㄱ" else "") + voiced[initial]
            elif before == "ㄹ" and initial == "ㅎ":
                parts[-1] = parts[-1][:-1] + "r"
        if voiced and initial == "ㅅ" and vowel == "ㅟ":
            shown = "sh"
        parts.append(shown + vowels[vowel] + _FINALS[final])
        before = final
    return "".join(parts)
