"""What doctors wrote, and what authors called things, as plain text in GitHub's Markdown.

Nothing of it may become markup, a link, a reference to an issue, or a mention that pings someone.
Backslashes do not stop a mention, which GitHub looks for in the rendered page: a zero-width space does.
"""

from __future__ import annotations

import re
import unicodedata

ZERO_WIDTH = "\u200b"
CUT = "…"
_MARKUP = re.compile(r"([\\`*_\[\]~|!$#{}])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINKS = (
    (re.compile(r"@"), "@" + ZERO_WIDTH),
    (re.compile(r"#(?=\d)"), "#" + ZERO_WIDTH),
    (re.compile(r"\b(GH)-(?=\d)", re.IGNORECASE), r"\1" + ZERO_WIDTH + "-"),
    (re.compile(r"://"), ":" + ZERO_WIDTH + "//"),
    (re.compile(r"\bwww\.", re.IGNORECASE), "www" + ZERO_WIDTH + "."),
    (re.compile(r"\b(mailto|xmpp):", re.IGNORECASE), r"\1" + ZERO_WIDTH + ":"),
)
_BLOCK = re.compile(r"^(\d{1,9})([.)])(?=\s|$)|^([-+=])(?![\d.])")
"""What would begin a list or a heading at the start of a line."""


def plain(value: str, most: int | None = None) -> str:
    """One line: line ends and tabs are spaces, control and direction characters are gone.

    ``most`` : characters, beyond which it is cut.
    """
    kept = "".join(" " if char.isspace() else char for char in value if char.isspace() or _is_shown(char))
    line = re.sub(r" {2,}", " ", kept).strip()
    return line if most is None or len(line) <= most else line[: max(1, most - 1)].rstrip() + CUT


def text(value: str, most: int | None = None) -> str:
    """As text, anywhere in a line, also in a table."""
    line = plain(value, most)
    for pattern, replacement in _LINKS:
        line = pattern.sub(replacement, line)
    line = "".join(_ENTITIES.get(char, char) for char in line)
    line = _MARKUP.sub(r"\\\1", line)
    return _BLOCK.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", line)


def code(value: str, most: int | None = None) -> str:
    """As a code span, also in a table: ids, commands, numbers of the model."""
    line = plain(value, most)
    if not line:
        return ""
    runs = [len(run) for run in re.findall(r"`+", line)]
    fence = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}".replace("|", "\\|")


def sentence(value: str, most: int | None = None) -> str:
    """Text of our own making in which `` `…` `` marks commands; what it quotes is text all the same."""
    parts = re.split(r"`([^`]+)`", plain(value, most))
    return "".join(code(part) if place % 2 else text_inside(part) for place, part in enumerate(parts))


def text_inside(value: str) -> str:
    """As text with the spaces at its ends."""
    return " " * value.startswith(" ") + text(value) + " " * (value.endswith(" ") and bool(value.strip()))


def code_block(lines: list[str]) -> list[str]:
    """Commands, one a line, in a block with a fence that nothing in them can close."""
    longest = max([len(run) for line in lines for run in re.findall(r"`+", line)], default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}sh", *(plain(line) for line in lines), fence]


def _is_shown(char: str) -> bool:
    """Not a control, format (direction, zero width, tag), surrogate or private character; the two joiners
    stay, without which Persian or Hindi is misspelt."""
    return char in "\u200c\u200d" or unicodedata.category(char)[0] != "C"
