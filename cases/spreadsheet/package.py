"""The ZIP around a workbook, looked at before a parser sees it: lines 32 and 59 to 61 of the catalogue.

A workbook is a ZIP archive of XML parts.  Nothing here trusts what the archive says of itself: sizes
are counted while unpacking, block by block, so that memory stays bounded whatever was declared.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from model.errors import Problem

MOST_BYTES = 256 * 2**20
"""Unpacked, all parts together; 50,000 cases are about 100 MB."""
MOST_PARTS = 1_000
MOST_RATIO = 300
"""Unpacked to packed, for parts beyond ``SMALL_PART``; the sheets that Excel writes stay below 60."""
SMALL_PART = 2**20
_BLOCK = 2**18
_LONGEST_PROLOG = 2**16
"""Bytes of an XML part before its first element."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = 'in Excel: File, Save As, "Excel Workbook (.xlsx)"'

_ACTIVE = (
    (re.compile(r"vbaProject|vbaData|\.bas$", re.IGNORECASE), "E-MACRO", "macros", "a workbook without macros"),
    (re.compile(r"/macrosheets/|/dialogsheets/", re.IGNORECASE), "E-MACRO", "an Excel 4 macro sheet", "no macros"),
    (re.compile(r"/externalLinks/", re.IGNORECASE), "E-EXTERNAL-LINK", "links to other workbooks", "no links"),
    (
        re.compile(r"/(connections\.xml|queryTables/|customData/|model/)", re.IGNORECASE),
        "E-EXTERNAL-LINK",
        "a connection to outside data",
        "no connections",
    ),
    (re.compile(r"/(embeddings|activeX|ctrlProps)/", re.IGNORECASE), "E-EMBEDDED", "embedded objects", "cells alone"),
)
_NEXT_STEP = {
    "E-MACRO": f"copy the cases into a new workbook and save it; {_SAVE_AS}",
    "E-EXTERNAL-LINK": "in Excel: Data, Edit Links, Break Link; or copy the cases and paste them as values",
    "E-EMBEDDED": "delete the objects, or copy the cases into a new workbook",
}
_EXTERNAL_TARGET = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>")


def check_package(data: bytes, name: str) -> list[Problem]:
    """Everything that forbids reading these bytes as a workbook; empty where nothing does."""
    if data.startswith(_OLE):
        return [_old_or_encrypted(data, name)]
    if not data.startswith(b"PK"):
        return [_content(name, "something else", f"an XLSX workbook; save it as one: {_SAVE_AS}")]
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return [_damaged(name, "a ZIP archive that is cut off or damaged")]
    with archive:
        entries = archive.infolist()
        problems = _declared(entries, len(data), name)
        if problems:  # Nothing is unpacked of what is dangerous by its own account.
            return problems
        return [*_kind(entries, name), *_active(entries, name), *_unpacked(archive, entries, name)]


def _old_or_encrypted(data: bytes, name: str) -> Problem:
    encrypted = "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data
    if encrypted:
        return Problem(
            "E-ENCRYPTED",
            name,
            "a workbook that is protected by a password",
            "a workbook that opens without one",
            next_step="in Excel: File, Info, Protect Workbook, Encrypt with Password, empty the box, save",
            catalogue=61,
        )
    found = "a workbook in the old .xls format"
    return Problem("E-LEGACY-XLS", name, found, "an .xlsx workbook", next_step=_SAVE_AS, catalogue=61)


def _declared(entries: list[zipfile.ZipInfo], size: int, name: str) -> list[Problem]:
    """What the archive's own directory already gives away."""
    problems = []

    def bomb(found: str, expected: str) -> None:
        problems.append(
            Problem("E-ZIP-BOMB", name, found, expected, next_step="copy the cases into a new workbook", catalogue=59)
        )

    if len(entries) > MOST_PARTS:
        bomb(f"{len(entries)} parts", f"at most {MOST_PARTS}")
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES:
        bomb(f"{total // 2**20} MB when unpacked", f"at most {MOST_BYTES // 2**20} MB")
    if any(entry.file_size > SMALL_PART and entry.file_size > MOST_RATIO * entry.compress_size for entry in entries):
        bomb(f"a part packed more than {MOST_RATIO} times smaller", "a workbook as Excel writes it")
    if sum(entry.compress_size for entry in entries) > size:
        bomb("parts that overlap in the file", "a workbook as Excel writes it")
    names = [entry.filename for entry in entries]
    if len({part.lower() for part in names}) < len(names):
        problems.append(_damaged(name, "two parts of one name"))
    if any(part.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", part) or "\0" in part for part in names):
        problems.append(
            Problem(
                "E-PATH", name, "a part that points outside the workbook", "a workbook as Excel writes it", catalogue=36
            )
        )
    if any(entry.flag_bits & 1 for entry in entries):
        problems.append(_damaged(name, "a part that is encrypted"))
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        problems.append(_damaged(name, "a part packed in another way than Excel's"))
    return problems


def _kind(entries: list[zipfile.ZipInfo], name: str) -> list[Problem]:
    parts = {entry.filename for entry in entries}
    if "xl/workbook.xml" in parts and "[Content_Types].xml" in parts:
        return []
    if "xl/workbook.bin" in parts:
        found = "a binary workbook (.xlsb)"
    elif "content.xml" in parts:
        found = "an OpenDocument file (.ods)"
    elif "word/document.xml" in parts:
        found = "a Word document"
    elif "Index/Document.iwa" in parts:
        found = "a Numbers document"
    else:
        found = "a ZIP archive"
    return [_content(name, found, f"an XLSX workbook; save it as one: {_SAVE_AS}")]


def _active(entries: list[zipfile.ZipInfo], name: str) -> list[Problem]:
    """Macros, links and objects by the names of their parts (60)."""
    problems = {}
    for entry in entries:
        for pattern, code, found, expected in _ACTIVE:
            if pattern.search("/" + entry.filename):
                problems[code] = Problem(code, name, found, expected, next_step=_NEXT_STEP[code], catalogue=60)
    return list(problems.values())


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> list[Problem]:
    """What only shows on unpacking: true sizes, damage, DTDs, targets outside."""
    problems: list[Problem] = []
    left = MOST_BYTES
    for entry in entries:
        try:
            with archive.open(entry) as part:
                # A fresh iterator each: the prolog check stops early, the count goes on to the end.
                blocks = iter(lambda part=part: part.read(_BLOCK), b"")  # type: ignore[misc]
                head = next(blocks, b"")
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    problems += _xml_problems(head, entry.filename, name)
                if entry.filename.lower().endswith(".rels"):
                    problems += _targets(head, name)
                left -= len(head) + _count(blocks)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
            problems.append(_damaged(name, f"the damaged part {entry.filename[:60]!r}"))
        if left < 0:
            found = f"more than {MOST_BYTES // 2**20} MB when unpacked"
            return [*problems, Problem("E-ZIP-BOMB", name, found, "a workbook as Excel writes it", catalogue=59)]
    return list(dict.fromkeys(problems))


def _count(blocks: Iterator[bytes]) -> int:
    return sum(len(block) for block in blocks)


class _FirstElement(Exception):
    """The prolog is over."""


def _xml_problems(head: bytes, part: str, name: str) -> list[Problem]:
    """A DTD, or no XML at all, in the first block; a DTD can only stand before the first element (32)."""
    parser = expat.ParserCreate()
    doctypes: list[str] = []

    def doctype(*_: object) -> None:
        doctypes.append(part)
        raise _FirstElement

    def element(*_: object) -> None:
        raise _FirstElement

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        parser.Parse(head[:_LONGEST_PROLOG], False)
    except _FirstElement:
        if not doctypes:
            return []
        found = f"a document type declaration in {part[:60]!r}"
        return [Problem("E-DTD", name, found, "a workbook as Excel writes it", next_step=_SAVE_AS, catalogue=32)]
    except (expat.ExpatError, ValueError, LookupError):
        pass
    return [_damaged(name, f"{part[:60]!r}, which is not XML")]


def _targets(rels: bytes, name: str) -> list[Problem]:
    """Relationships that lead outside; a hyperlink in a cell does nothing unless somebody clicks it."""
    for match in _EXTERNAL_TARGET.finditer(rels):
        if b"/hyperlink" not in match[0]:
            code = "E-EXTERNAL-LINK"
            found = "a part that is fetched from elsewhere"
            return [Problem(code, name, found, "a workbook that is whole", next_step=_NEXT_STEP[code], catalogue=60)]
    return []


def _content(name: str, found: str, expected: str) -> Problem:
    return Problem("E-CONTENT", name, found, expected, catalogue=67)


def _damaged(name: str, found: str) -> Problem:
    return Problem("E-XLSX", name, found, "a whole XLSX workbook", next_step="open it in Excel and save it again")
