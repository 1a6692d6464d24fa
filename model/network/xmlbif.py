"""Reading XMLBIF 0.3, strictly and safely, with every error at once.

Format: Cozman, "JavaBayes: XMLBIF" (1998).  In a TABLE the variable's own state changes fastest and
the first GIVEN slowest.  The parser is the standard library's expat with handlers that refuse every
document type, entity and processing instruction, which is what all attacks by XML need; published
files that carry the format's DTD must lose it first.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np

from .raw import RawNetwork, RawTable, RawVariable
from .report import Report, shown
from .tabular_values import check_states, check_table_size, looks_like_decimal_commas, read_numbers
from .text import clean

_CHILDREN: dict[str, set[str]] = {
    "": {"BIF"},
    "BIF": {"NETWORK"},
    "NETWORK": {"NAME", "PROPERTY", "VARIABLE", "DEFINITION"},
    "VARIABLE": {"NAME", "OUTCOME", "PROPERTY"},
    "DEFINITION": {"FOR", "GIVEN", "TABLE", "PROPERTY"},
}
_MAX_DEPTH = 8


class _RefusedError(Exception):
    """The document uses what is never allowed; the problem is in the report."""


@dataclass
class _Element:
    tag: str
    line: int
    children: list[_Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    @property
    def content(self) -> str:
        return "".join(self.text).strip()

    def all(self, tag: str) -> list[_Element]:
        return [child for child in self.children if child.tag == tag]


def parse_xmlbif(text: str, where: str, report: Report) -> RawNetwork:
    """The network that ``text`` declares; every problem goes to ``report``."""
    raw = RawNetwork()
    if not text.strip():
        report.reject("EMPTY", where, "an empty file", "an XMLBIF network", catalogue=14)
        return raw
    root = _parse(text, where, report)
    networks = [network for bif in root.all("BIF") for network in bif.all("NETWORK")] if root else []
    if root is not None and len(networks) != 1:
        report.reject("SYNTAX", where, f"{len(networks)} NETWORK elements", '<BIF VERSION="0.3"><NETWORK>…')
    for network in networks[:1]:
        raw.name = next((name.content for name in network.all("NAME")), "")
        _check_properties(network, where, report)
        for element in network.all("VARIABLE"):
            _read_variable(element, where, raw, report)
        states_of = raw.states_of()
        for element in network.all("DEFINITION"):
            _read_definition(element, where, states_of, raw, report)
    return raw


def _parse(text: str, where: str, report: Report) -> _Element | None:
    """The element tree under a nameless root, or None with the problem."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    root = _Element("", 0)
    stack = [root]

    def at() -> str:
        return f"{where} › line {parser.CurrentLineNumber}"

    def refuse_doctype(name: str, *_: object) -> None:
        step = "delete the <!DOCTYPE …> at the top"
        report.reject("DOCTYPE", at(), f"a document type ({shown(name)})", "none", next_step=step, catalogue=32)
        raise _RefusedError

    def refuse_entity(*_: object) -> int:
        report.reject("ENTITY", at(), "an entity", "plain text", catalogue=32)
        raise _RefusedError

    def start(tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag or any(name == "xmlns" or ":" in name for name in attributes):
            shown_tag = f"<{tag}>" if ":" in tag else f"<{tag} xmlns…>"
            report.reject("NAMESPACE", at(), shown(shown_tag), "elements without namespaces", catalogue=33)
            tag = tag.rpartition(":")[2]
        parent = stack[-1]
        allowed = _CHILDREN.get(parent.tag, set())
        if tag not in allowed:
            place = f"<{parent.tag}>" if parent.tag else "the document"
            report.reject("ELEMENT", at(), f"<{tag[:40]}> in {place}", ", ".join(sorted(allowed)) or "text alone")
        if len(stack) > _MAX_DEPTH:
            raise _RefusedError
        element = _Element(tag, parser.CurrentLineNumber)
        parent.children.append(element)
        stack.append(element)

    def end(_tag: str) -> None:
        element = stack.pop()
        if element.tag in _CHILDREN and element.content:
            report.reject("JUNK", f"{where} › line {element.line}", f"{shown(element.content)} in <{element.tag}>",
                          "elements alone", catalogue=16)  # fmt: skip

    def characters(data: str) -> None:
        stack[-1].text.append(data)

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_entity
    parser.UnparsedEntityDeclHandler = refuse_entity
    parser.ExternalEntityRefHandler = refuse_entity
    parser.SkippedEntityHandler = refuse_entity
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        # The text is decoded already: whatever the declaration says, expat reads UTF-8.
        parser.Parse(re.sub(r"^(<\?xml[^>]{0,200}?)\sencoding=(\"[^\"]*\"|'[^']*')", r"\1", text).encode("utf-8"), True)
    except _RefusedError:
        return None
    except expat.ExpatError as error:
        _explain(error, where, report)
        return None
    return root


def _explain(error: expat.ExpatError, where: str, report: Report) -> None:
    message = expat.ErrorString(error.code) or "not XML"
    at = f"{where} › line {error.lineno}"
    if "no element found" in message or "unclosed" in message:
        report.reject("TRUNCATED", at, f"an unfinished end ({message})", "</BIF>", catalogue=15)
    elif "junk after" in message:
        report.reject("JUNK", at, message, "nothing after </BIF>", catalogue=16)
    elif "entity" in message:
        report.reject("ENTITY", at, message, "plain text", catalogue=32)
    else:
        report.reject("SYNTAX", at, message, "well-formed XML")


def _one(element: _Element, tag: str, where: str, report: Report) -> str | None:
    """The name in the one child ``tag``."""
    found = element.all(tag)
    if len(found) != 1 or not found[0].content:
        what = f"{len(found)} <{tag}> elements" if len(found) != 1 else f"an empty <{tag}>"
        report.reject("ELEMENT", where, f"{what} in <{element.tag}>", "one, with a name")
        return None
    return clean(found[0].content, where, report, what="name")


def _check_properties(element: _Element, where: str, report: Report) -> None:
    for prop in element.all("PROPERTY"):
        name, equals, _value = prop.content.partition("=")
        # pgmpy writes an empty PROPERTY for a variable without any: that says nothing wrong.
        if prop.content and (not equals or not name.strip()):
            at = f"{where} › line {prop.line}"
            report.reject("PROPERTY", at, f"the bare property {shown(prop.content)}", "name = value", catalogue=34)


def _read_variable(element: _Element, where: str, raw: RawNetwork, report: Report) -> None:
    at = f"{where} › line {element.line}"
    name = _one(element, "NAME", at, report)
    _check_properties(element, where, report)
    if name is None:
        return
    at = f"{at} › {name}"
    outcomes = [outcome.content for outcome in element.all("OUTCOME")]
    if "" in outcomes:
        report.reject("STATE", at, "an empty <OUTCOME>", "a name")
    spelling = element.all("NAME")[0].content
    raw.variables.append(RawVariable(name, check_states(outcomes, None, at, report), at, spelling))


def _read_definition(
    element: _Element, where: str, states_of: dict[str, tuple[str, ...]], raw: RawNetwork, report: Report
) -> None:
    at = f"{where} › line {element.line}"
    name = _one(element, "FOR", at, report)
    _check_properties(element, where, report)
    if name is None:
        return
    at = f"{at} › {name}"
    parents = tuple(clean(given.content, at, report, what="name") for given in element.all("GIVEN"))
    columns = None
    tables = element.all("TABLE")
    if len(tables) != 1:
        report.reject("ELEMENT", at, f"{len(tables)} <TABLE> elements in <DEFINITION>", "one")
    elif all(states_of.get(each) for each in (name, *parents)):
        cards = [len(states_of[each]) for each in (*parents, name)]
        if check_table_size(cards, at, report):
            numbers = _numbers(tables[0].content, math.prod(cards), at, report)
            columns = None if numbers is None else np.reshape(np.asarray(numbers, np.float64), (-1, cards[-1]))
    raw.tables.append(RawTable(name, parents, columns, at))


def _numbers(text: str, expected: int, where: str, report: Report) -> list[float] | None:
    tokens = text.split()
    if any("," in token for token in tokens):
        commas = [token for token in tokens if "," in token]
        found = f"{shown(commas[0])}, with a decimal comma"
        report.reject("DECIMAL-COMMA", where, found, "points, as in 0.85, and spaces between", catalogue=19)
        return None
    if len(tokens) != expected:
        code = "DECIMAL-COMMA" if looks_like_decimal_commas(tokens, expected) else "TABLE-LENGTH"
        report.reject(code, where, f"{len(tokens)} numbers", f"{expected}", catalogue=17)
        return None
    return read_numbers(tokens, where, report)
