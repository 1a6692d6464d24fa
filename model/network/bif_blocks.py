"""The outer form of a BIF file: comments, properties, and the blocks between their braces.

Every scan here is linear in the file, whatever is in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from .report import Report, shown

_COMMENT_OR_TEXT = re.compile(r'"[^"\n]*"|/\*|//')
_PROPERTY = re.compile(r"\bproperty\b")
_PROPERTY_END = re.compile(r'"[^"\n]*"|[;{}]')
_KEYWORD = re.compile(r"(network|variable|probability)\b")
_NEXT_BLOCK = re.compile(r"^[ \t]*(?:network|variable|probability)\b", re.MULTILINE)
_NOT_BLANK = re.compile(r"\S")
_BRACE = re.compile(r"[{}]")
_NOT_NEWLINE = re.compile(r"[^\n]")


@dataclass(frozen=True)
class Block:
    """``keyword header { body }``."""

    keyword: str
    header: str
    body: str
    start: int
    """Offset of the keyword in the file."""
    body_start: int


class Lines:
    """Offsets to places that people can find."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def at(self, offset: int) -> str:
        """The line of ``offset``, as messages name it."""
        return f"{self.where} › line {bisect_right(self._ends, offset - 1) + 1}"


def first_visible(text: str) -> int:
    """The offset of the first character that is not blank; the length where there is none."""
    return _skip_blanks(text, 0)


def split_blocks(text: str, lines: Lines, report: Report) -> list[Block]:
    """The blocks of a file; text between them, and blocks without an end, are problems."""
    text = _without_properties(_without_comments(text, lines, report))
    starts = [match.start() for match in _NEXT_BLOCK.finditer(text)]
    blocks: list[Block] = []
    position = _skip_blanks(text, 0)
    while position < len(text):
        following = bisect_right(starts, position)
        limit = starts[following] if following < len(starts) else len(text)
        keyword = _KEYWORD.match(text, position)
        opening = text.find("{", keyword.end(), limit) if keyword else -1
        closing = _closing_brace(text, opening, limit) if opening >= 0 else -1
        if keyword is None:
            found = f"{shown(text[position:limit].strip())} outside of any block"
            expected = "network, variable or probability, or the end of the file"
            report.reject("JUNK", lines.at(position), found, expected, catalogue=16)
        elif closing < 0:
            what = "the file ends inside" if limit == len(text) else "no closing brace for"
            first_line = text[position : position + 80].splitlines()[0]
            found = f"{what} this {keyword[1]} block: {shown(first_line)}"
            report.reject("TRUNCATED", lines.at(position), found, "{ … }", catalogue=15)
        else:
            header = text[keyword.end() : opening]
            blocks.append(Block(keyword[1], header, text[opening + 1 : closing], position, opening + 1))
            limit = closing + 1
        position = _skip_blanks(text, limit)
    return blocks


def _without_comments(text: str, lines: Lines, report: Report) -> str:
    """``text`` with comments as blanks, so that offsets stay."""
    if "/*" not in text and "//" not in text:
        return text
    parts = []
    done = 0
    while (match := _COMMENT_OR_TEXT.search(text, done)) is not None:
        end = match.end()
        parts.append(text[done : match.start()])
        if match[0] == "/*":
            end = text.find("*/", end) + 2
            if end < 2:
                found, end = "a comment without an end", len(text)
                report.reject("TRUNCATED", lines.at(match.start()), found, "*/", catalogue=15)
        elif match[0] == "//":
            newline = text.find("\n", end)
            end = len(text) if newline < 0 else newline
        blank = match[0] in ("/*", "//")
        parts.append(_NOT_NEWLINE.sub(" ", text[match.start() : end]) if blank else match[0])
        done = end
    return "".join([*parts, text[done:]])


def _without_properties(text: str) -> str:
    """``text`` with properties as blanks; one that does not end before a brace is left to be a mistake."""
    parts = []
    done = 0
    while (match := _PROPERTY.search(text, done)) is not None:
        end = next((each for each in _PROPERTY_END.finditer(text, match.end()) if each[0] in ";{}"), None)
        stop = len(text) if end is None else end.end()
        closed = end is not None and end[0] == ";"
        parts.append(text[done : match.start()])
        parts.append(_NOT_NEWLINE.sub(" ", text[match.start() : stop]) if closed else text[match.start() : stop])
        done = stop
    return "".join([*parts, text[done:]]) if parts else text


def _skip_blanks(text: str, position: int) -> int:
    match = _NOT_BLANK.search(text, position)
    return match.start() if match else len(text)


def _closing_brace(text: str, opening: int, limit: int) -> int:
    depth = 0
    for match in _BRACE.finditer(text, opening, limit):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return -1
