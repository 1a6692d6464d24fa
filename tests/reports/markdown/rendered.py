"""Markdown as GitHub's renderer reads it, near enough: CommonMark with tables, raw HTML kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@dataclass
class Page(HTMLParser):
    """What a reader gets: tags, comments, text outside of code, code, and tables: cells by row, and in all."""

    source: str
    tags: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    prose: str = ""
    code: list[str] = field(default_factory=list)
    tables: list[list[int]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._in_code = 0
        self._stack: list[str] = []
        self.feed(_RENDERER.render(self.source))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = {("style", "text-align:right")}
        assert set(attrs) <= allowed or tag in ("code", "ol"), (tag, attrs)
        self.tags.append(tag)
        self._stack.append(tag)
        if tag == "code":
            self._in_code += 1
            self.code.append("")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append(0)
        if tag in ("td", "th"):
            self.tables[-1][-1] += 1
            self.cells.append("")
        if tag == "h4":
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop() != tag:
            pass
        if tag == "code":
            self._in_code -= 1

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._stack):
            self.cells[-1] += data
        if self._in_code:
            self.code[-1] += data
            return
        self.prose += data
        if "h4" in self._stack:
            self.headings[-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)
