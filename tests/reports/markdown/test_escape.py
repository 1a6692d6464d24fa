"""Whatever a doctor writes is read as it was written, and is nothing but text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.markdown.escape import ZERO_WIDTH, code, code_block, plain, sentence, text
from tests.reports.markdown.rendered import Page
from tests.reports.samples import HOSTILE

MARKUP = st.text(
    st.sampled_from("ab1 .`*_[]()<>|~!#@&\\:/-+=$\"'{}\n\t漢") | st.characters(codec="utf-8"), min_size=1, max_size=40
)
TRICKS = (
    "a `b` c", "`` ` ``", "`", "a | b", "\\| a", "*a*", "__a__", "~~a~~", "[a](b)", "![a](b)", "[a]: b", "<b>",
    "<!-- a", "&amp;", "&#64;a", "\\", "a\\", "1. a", "2) a", "- a", "+ a", "---", "===", "# a", "> a", "    a", "<https://a>",
)  # fmt: skip


def tricks(test: Callable[[str], None]) -> Callable[[str], None]:
    """Texts at random, and those that mean something."""
    for value in TRICKS:
        test = example(value)(test)
    return settings(deadline=None)(given(MARKUP)(test))


@tricks
def test_text_is_read_as_it_was_written(value: str) -> None:
    page = Page(text(value))
    assert set(page.tags) <= {"p"}
    assert page.prose.replace(ZERO_WIDTH, "").strip() == plain(value).replace(ZERO_WIDTH, "").strip()


@tricks
def test_text_stays_in_its_cell(value: str) -> None:
    page = Page(f"| a | b |\n| --- | --- |\n| {text(value)} | end |")
    assert page.tables == [[2, 2]]
    assert page.cells[3] == "end"
    assert set(page.tags) <= {"table", "thead", "tbody", "tr", "th", "td"}


@tricks
def test_code_is_read_as_it_was_written(value: str) -> None:
    page = Page(f"see {code(value)} there".replace("\\|", "|"))
    assert "".join(page.code).strip() == plain(value)
    in_a_table = Page(f"| a | b |\n| --- | --- |\n| {code(value)} | end |")
    assert in_a_table.tables == [[2, 2]]
    assert in_a_table.cells[3] == "end"
    assert "".join(in_a_table.code).strip() == plain(value)


@tricks
def test_commands_in_a_sentence_are_code_and_the_rest_is_text(value: str) -> None:
    page = Page(sentence(f"run `clinval show a`; {value}"))
    assert page.code[0] == "clinval show a"
    assert set(page.tags) <= {"p", "code"}
    in_a_table = Page(f"| a | b |\n| --- | --- |\n| {sentence(value)} | end |")
    assert in_a_table.cells[3] == "end"


@tricks
def test_nothing_closes_a_block_of_commands(value: str) -> None:
    page = Page("\n".join([*code_block([f"clinval show {value}", "second"]), "", "after"]))
    assert page.tags == ["pre", "code", "p"]
    assert page.prose.strip() == "after"


@pytest.mark.parametrize(
    ("value", "never"),
    [
        ("ask @octocat", r"@\w"),
        ("mail a@b.example", r"@\w"),
        ("fixes #12", r"#\d"),
        ("see GH-12", r"GH-\d"),
        ("https://evil.example", r"://"),
        ("WWW.evil.example", r"(?i)www\."),
        ("mailto:a@b.example", r"mailto:"),
        ("\u202egnp.exe", "\u202e"),
        ("a\x00\x1bb", r"[\x00\x1b]"),
    ],
)
def test_nothing_pings_links_or_hides(value: str, never: str) -> None:
    assert re.search(never, value)
    assert not re.search(never, text(value))


def test_long_texts_are_cut_and_say_so() -> None:
    assert plain("x" * 50, 10) == "x" * 9 + "…"
    assert plain("short", 10) == "short"
    assert plain(" two \n\n lines\t") == "two lines"
    assert plain("می‌خواهم") == "می‌خواهم"  # its joiner is spelling
    assert HOSTILE not in text(HOSTILE)
