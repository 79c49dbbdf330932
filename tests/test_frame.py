"""Slots and frames: calls pass through Markdown unharmed, sections without content fall out, headings make the contents."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import markdown  # type: ignore[import-untyped]
from pages import framed, page_html

from kb.frame import Block, Call, Frame, Heading, has_slots, read, slot, toc_html

BLOCKS = {"block", "empty", "toc-block"}


def is_block(name: str) -> bool:
    return name in BLOCKS


def fill(call: Call) -> Block:
    """`empty` comes to nothing, `toc-block` has headings, everything else shows how it was called."""
    if call.name == "empty":
        return Block("")
    if call.name == "toc-block":
        return Block("<h3>One</h3>", (Heading("one", "One"), Heading("two", "Two")))
    return Block(f"«{html.escape(str(call))}»")


def article(markdown_text: str) -> str:
    """Markdown with slots, read as an article and filled: what comes between the marks."""
    page = page_html(markdown(markdown_text, extensions=["attr_list", "toc"]))
    filled = read(page, is_block).fill(fill)
    return filled.partition("<article>")[2].partition("</article>")[0]


ARGUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, derandomize=True)
@given(st.lists(ARGUMENTS, max_size=3), st.dictionaries(st.text(max_size=8), ARGUMENTS, max_size=2))
def test_a_call_passes_through_markdown_and_escaping(args: list[object], kwargs: dict[str, object]) -> None:
    call = Call("name", tuple(args), tuple(kwargs.items()), "some/page.md")
    word = slot(call)
    assert word.isalnum() and word.isascii()
    text = html.escape(str(markdown(f"Some *words* {word}, **{word}** and [{word}](#x).")))
    calls = [part for section in read(text, is_block).sections for part in section.parts if isinstance(part, Call)]
    assert calls == [call] * 3


def test_a_macro_in_markdown_leaves_its_slot_with_or_without_arguments() -> None:
    frame = read(framed('{{ infobox }}\n\n{{ statements("x", property="said") }}\n', "places/_page.md"), is_block)
    assert list(frame.calls) == [
        Call("infobox", (), (), "places/_page.md"),
        Call("statements", ("x",), (("property", "said"),), "places/_page.md"),
    ]


def test_a_call_reads_as_it_was_written() -> None:
    assert str(Call("infobox")) == "infobox"
    assert str(Call("cite", ("a", 3), (("text", "b"),))) == 'cite("a", 3, text="b")'


def test_a_block_loses_the_paragraph_markdown_put_around_it() -> None:
    assert article(f"{slot(Call('block'))}\n\ntext {slot(Call('word'))} text\n") == ("«block»\n<p>text «word» text</p>")


def test_a_block_among_words_keeps_its_paragraph() -> None:
    assert article(f"see {slot(Call('block'))}") == "<p>see «block»</p>"


def test_a_section_whose_slots_are_all_empty_is_left_out_with_its_line_of_the_contents() -> None:
    text = "\n\n".join(
        [
            "# Top",
            slot(Call("empty")),
            "## Gone",
            slot(Call("empty")),
            "with words",
            "## Kept",
            slot(Call("empty")),
            slot(Call("block")),
            "## Plain",
            "no slot here",
        ]
    )
    page = read(page_html(markdown(text, extensions=["toc"])), is_block).fill(fill)
    assert "Gone" not in page and "with words" not in page
    assert '<h2 id="kept">Kept</h2>' in page and "no slot here" in page
    assert [line.split('"')[0] for line in page.split('href="#')[1:]] == ["kept", "plain"]


def test_headings_inside_a_block_stand_below_the_heading_of_the_section() -> None:
    text = f"## Statements\n\n{slot(Call('toc-block'))}\n"
    page = read(page_html(markdown(text, extensions=["toc"])), is_block).fill(fill)
    outer, inner = (
        toc_html([Heading("statements", "Statements", (Heading("one", "One"), Heading("two", "Two")))]),
        "#two",
    )
    assert outer in page and inner in outer


@pytest.mark.parametrize(
    ("markdown_text", "title"),
    [
        ("## What *it* says", "What it says"),
        ("## **Bold**", "Bold"),
        ("## `code` and more", "code and more"),
        ("## A & B", "A &amp; B"),
        ("## [linked](#x) words", "linked words"),
    ],
)
def test_a_heading_with_markup_is_whole_in_the_contents(markdown_text: str, title: str) -> None:
    page = read(page_html(framed(markdown_text)), is_block).fill(fill)
    assert f'<span class="md-ellipsis">{title}</span>' in page


def test_a_quoted_heading_does_not_break_out_of_its_attribute() -> None:
    text = f'## The "best"\n\n{slot(Call("toc-block"))}'
    page = read(page_html(markdown(text, extensions=["toc"])), is_block).fill(fill)
    assert 'aria-label="The &quot;best&quot;"' in page


def test_a_heading_with_a_class_starts_a_section_too() -> None:
    text = f"## Gone {{ .wide #gone }}\n\n{slot(Call('empty'))}\n\n## Kept\n\nwords"
    assert "Gone" not in article(text)


def test_the_colophon_stands_below_the_last_section_and_does_not_keep_it() -> None:
    text = f"## Sources\n\n{slot(Call('empty'))}\n\n{slot(Call('colophon'))}"
    page = article(text)
    assert "Sources" not in page and "«colophon»" in page


def test_a_page_without_marks_is_one_article() -> None:
    frame = read(f'<p>{slot(Call("block"))}</p><h2 id="x">X</h2>{slot(Call("empty"))}', is_block)
    assert (frame.before, frame.after, len(frame.sections)) == ((), (), 1)
    assert frame.fill(fill) == '«block»<h2 id="x">X</h2>'


def test_what_stands_around_the_article_is_filled_too() -> None:
    page = read(page_html("<p>words</p>"), is_block).fill(fill)
    assert "<title>«title»</title>" in page
    assert '<link rel="canonical" href="«canonical»">' in page
    assert not has_slots(page)


def test_a_word_in_the_data_that_looks_like_a_slot_is_only_a_word() -> None:
    hostile = slot(Call("block"))
    frame = Frame((), read(slot(Call("echo")), is_block).sections, ())
    assert frame.fill(lambda call: Block(hostile)) == hostile


def test_slots_hold_only_what_json_holds() -> None:
    with pytest.raises(TypeError):
        slot(Call("name", (object(),)))
    assert json.loads(bytes.fromhex(slot(Call("n", ("ŏ",)))[len("kbslot") : -len("tolsbk")])) == ["n", ["ŏ"], [], ""]
