"""What GitHub is told: the ten annotations that help most, and a summary that has everything."""

from __future__ import annotations

from kb.github import MOST, ROOM, annotate, summary
from kb.problems import Problem


def wrong(file: str, line: int, code: str = "bad-id", message: str = "m") -> Problem:
    return Problem(file, line, 1, code, message)


def told(problems: list[Problem]) -> list[str]:
    """The annotations, as file and line."""
    lines = [line for line in annotate(problems).split("\n") if line.startswith("::")]
    return [line.partition("file=")[2].partition(",col")[0].replace(",line=", ":") for line in lines]


def test_one_of_every_file_comes_before_a_second_of_any() -> None:
    problems = [*(wrong("a", n) for n in range(1, 20)), *(wrong("b", n) for n in (1, 2)), wrong("c", 1)]
    assert told(problems) == ["a:1", "b:1", "c:1", "a:2", "b:2", "a:3", "a:4", "a:5", "a:6", "a:7"]


def test_errors_come_before_warnings() -> None:
    problems = [wrong("a", 1, "markup-in-text"), wrong("a", 2), wrong("b", 1, "markup-in-text"), wrong("b", 2)]
    assert told(problems) == ["a:2", "b:2", "a:1", "b:1"]
    assert annotate(problems).count("::warning ") == 2


def test_what_is_no_annotation_stays_in_the_log() -> None:
    problems = [wrong("a", n) for n in range(1, MOST + 3)]
    lines = annotate(problems).split("\n")
    assert lines[MOST:] == ["a:11:1: bad-id: m", "a:12:1: bad-id: m"]


def test_commands_are_escaped() -> None:
    problems = [wrong("a,b:c.yaml", 1, message="a\r\n::error::b: 100% wrong"), wrong("b", 1, message="no \x1b[31mdate")]
    assert annotate(problems).split("\n") == [
        "::error file=a%2Cb%3Ac.yaml,line=1,col=1,title=bad-id::a[U+000D][U+000A]::error::b: 100%25 wrong",
        "::error file=b,line=1,col=1,title=bad-id::no [U+001B][31mdate",
    ]


def test_the_summary_has_everything_as_it_was_written() -> None:
    problems = [wrong("a", n) for n in range(1, 30)] + [wrong("b", 1, "markup-in-text", "found <b>|`x`|")]
    lines = summary(problems).split("\n")
    assert lines[0] == "### 29 errors, 1 warning"
    assert len([line for line in lines if line.startswith("| a:")]) == 29
    assert r"| b:1:1 | **markup-in-text**: warning: found \<b\>\|\`x\`\| |" in lines


def test_a_summary_leads_to_the_lines_where_the_files_have_an_address() -> None:
    text = summary([wrong("data/x.yaml", 3)], "https://git.example/blob/c0ffee/")
    assert "[data/x.yaml:3:1](<https://git.example/blob/c0ffee/data/x.yaml#L3>)" in text


def test_a_summary_stays_within_what_github_takes() -> None:
    text = summary([wrong("a", n, message="한" * 1000) for n in range(1, 1001)])
    assert len(text.encode()) <= ROOM + 100
    shown = text.count("| a:")
    assert shown > 300
    assert text.endswith(f"\n{1000 - shown} more are in the log.\n")
