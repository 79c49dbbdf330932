"""Hangul against the examples its published rules give."""

from __future__ import annotations

import pytest

from kb.hangul import initials, letters, mccune, revised, southern

NOTICE = {
    "구미": "gumi", "영동": "yeongdong", "백암": "baegam", "옥천": "okcheon", "합덕": "hapdeok", "호법": "hobeop",
    "월곶": "wolgot", "벚꽃": "beotkkot", "한밭": "hanbat", "구리": "guri", "설악": "seorak", "칠곡": "chilgok",
    "임실": "imsil", "울릉": "ulleung", "대관령": "daegwallyeong", "광희문": "gwanghuimun", "백마": "baengma",
    "종로": "jongno", "왕십리": "wangsimni", "별내": "byeollae", "신라": "silla", "해돋이": "haedoji", "같이": "gachi",
    "맞히다": "machida", "좋고": "joko", "놓다": "nota", "낳지": "nachi", "묵호": "mukho", "집현전": "jiphyeonjeon",
    "압구정": "apgujeong", "낙동강": "nakdonggang", "죽변": "jukbyeon", "낙성대": "nakseongdae", "합정": "hapjeong",
    "팔당": "paldang", "샛별": "saetbyeol", "울산": "ulsan", "중앙": "jungang", "반구대": "bangudae", "세운": "seun",
    "해운대": "haeundae", "부산": "busan", "세종": "sejong", "남산": "namsan", "속리산": "songnisan",
    "금강": "geumgang", "독도": "dokdo", "경복궁": "gyeongbokgung", "무량수전": "muryangsujeon", "연화교": "yeonhwagyo",
    "극락전": "geungnakjeon", "안압지": "anapji", "남한산성": "namhansanseong", "화랑대": "hwarangdae",
    "불국사": "bulguksa", "현충사": "hyeonchungsa", "독립문": "dongnimmun", "오죽헌": "ojukheon", "촉석루": "chokseongnu",
    "종묘": "jongmyo", "다보탑": "dabotap",
}  # fmt: skip
"""Notice 2000-8, chapters 2 and 3. Left out is what hangs on the parts or the kind of a word: 신문로, 학여울, 알약, 잡혀."""

MCCUNE = {
    "성주": "sŏngju", "태백": "t'aebaek", "정주": "chŏngju", "장흥": "changhŭng", "공주": "kongju", "대구": "taegu",
    "부산": "pusan", "제주": "cheju", "한글": "han'gŭl", "국어": "kugŏ", "연구": "yŏn'gu", "영어": "yŏngŏ",
    "뒤차기": "twich'agi", "독립": "tongnip", "신라": "silla", "발해": "parhae", "발달": "paltal", "강원도": "kangwŏndo",
    "구기동": "kugidong", "평택": "p'yŏngt'aek", "조선": "chosŏn", "평양": "p'yŏngyang", "함흥": "hamhŭng",
    "청진": "ch'ŏngjin", "원산": "wŏnsan", "신의주": "sinŭiju", "쉬리": "shwiri", "압록강": "amnokkang", "백두산": "paektusan",
}  # fmt: skip
"""Examples of McCune and Reischauer (1939), of the Library of Congress's rules for it, and of the agreement of the two
boards on geographical names for the North."""

SPELLING = {
    "녀자": "여자", "년세": "연세", "뇨소": "요소", "뉴대": "유대", "니토": "이토", "닉명": "익명",
    "량심": "양심", "력사": "역사", "례의": "예의", "룡궁": "용궁", "류행": "유행", "리발": "이발",
    "락원": "낙원", "래일": "내일", "로인": "노인", "뢰성": "뇌성", "루각": "누각", "릉묘": "능묘",
    "나렬": "나열", "비률": "비율", "로동": "노동", "리": "이",
}  # fmt: skip
"""Rules of Hangul Spelling, articles 10, 11 and 12."""

COMPOUNDS = {
    "신녀성": "신여성", "공념불": "공염불", "남존녀비": "남존여비", "역리용": "역이용", "연리률": "연이율",
    "열력학": "열역학", "해외려행": "해외여행", "상로인": "상노인", "중로동": "중노동", "비론리적": "비논리적",
}  # fmt: skip
"""Their notes: the rule holds at the start of a part of a compound."""


@pytest.mark.parametrize(("word", "latin"), NOTICE.items())
def test_revised_romanisation_follows_the_notice(word: str, latin: str) -> None:
    assert revised(word) == latin


@pytest.mark.parametrize(("word", "latin"), MCCUNE.items())
def test_mccune_reischauer_follows_its_tables(word: str, latin: str) -> None:
    assert mccune(word) == latin


@pytest.mark.parametrize(("north", "south"), SPELLING.items())
def test_southern_spelling_follows_the_rules(north: str, south: str) -> None:
    assert southern(north) == southern(south) == south


@pytest.mark.parametrize(("north", "south"), COMPOUNDS.items())
def test_both_spellings_of_a_compound_share_a_key(north: str, south: str) -> None:
    assert southern(north) == southern(south)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("평양", "ㅍㅕㅇㅇㅑㅇ"),
        ("값", "ㄱㅏㅂㅅ"),
        ("과", "ㄱㅗㅏ"),
        ("빵", "ㅃㅏㅇ"),
        ("데일리NK", "ㄷㅔㅇㅣㄹㄹㅣNK"),
        ("x", "x"),
    ],
)
def test_hangul_is_taken_apart_as_it_is_typed(text: str, apart: str) -> None:
    assert letters(text) == apart


def test_a_name_half_typed_begins_as_the_whole() -> None:
    for typed in ("ㄴ", "노", "녿", "노도", "노동", "노동ㅈ", "노동자"):
        assert letters("노동자").startswith(letters(typed))


def test_initial_consonants() -> None:
    assert initials("노동자") == "ㄴㄷㅈ"
