"""Text as it comes from disk: encodings, and names that only look alike."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence

from .report import Report, shown

# UTF-32 first: its little-endian mark begins with UTF-16's.
_FOREIGN_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32 (little-endian)"),
    (codecs.BOM_UTF32_BE, "UTF-32 (big-endian)"),
    (codecs.BOM_UTF16_LE, "UTF-16 (little-endian)"),
    (codecs.BOM_UTF16_BE, "UTF-16 (big-endian)"),
)
_SAVE_AS_UTF8 = "save the file as UTF-8"

# Letters of other scripts that print like a Latin one (Unicode TS 39, the single-letter ones).
_LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιυαρ",
    "ABESIJKMHOPCTYXaesijopcyxhdqwABEZHIKMNOPTYXoviuap",
)
_BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def decode(data: bytes, where: str, report: Report) -> str | None:
    """``data`` as UTF-8 text without a byte order mark; None (with a problem) where it is not."""
    for mark, encoding in _FOREIGN_MARKS:
        if data.startswith(mark):
            report.reject("ENCODING", where, f"{encoding} text", "UTF-8", next_step=_SAVE_AS_UTF8, catalogue=28)
            return None
    if data.startswith(codecs.BOM_UTF8):
        report.warn("BOM", where, "a UTF-8 byte order mark", "none", next_step="it was skipped", catalogue=29)
        data = data[len(codecs.BOM_UTF8) :]
    if 0 in data[:4]:
        kind = "UTF-16 text without a byte order mark" if data[:4].count(0) == 2 else "a NUL byte"
        report.reject("ENCODING", where, kind, "UTF-8", next_step=_SAVE_AS_UTF8, catalogue=28)
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"byte 0x{data[error.start]:02X} in line {line}: the file looks like {_single_byte_encoding(data)}"
        report.reject("ENCODING", where, found, "UTF-8", next_step=_SAVE_AS_UTF8, catalogue=28)
        return None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        report.reject("NUL", where, f"a NUL character in line {line}", "text", catalogue=24)
        return None
    return text


def _single_byte_encoding(data: bytes) -> str:
    # 0x80–0x9F are control characters in Latin-1 but quotes and dashes in Windows-1252.
    return "Windows-1252" if any(0x80 <= byte <= 0x9F for byte in data) else "Latin-1 (ISO 8859-1)"


def clean(text: str, where: str, report: Report, *, what: str = "text") -> str:
    """``text`` in Unicode's composed form (NFC), with problems for what must not be in a name."""
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if character in "\n\t" and what == "text":
            continue
        if unicodedata.category(character) in ("Cc", "Cs") or character in _BIDI_CONTROLS:
            name = "NUL" if character == "\0" else f"the control character U+{ord(character):04X}"
            report.reject("NUL", where, f"{name} in {shown(text)}", "printable text", catalogue=24)
            break
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        found = f"{shown(text)} in decomposed Unicode"
        report.warn("NFC", where, found, "the composed form (NFC)", next_step="it was composed", catalogue=25)
    return composed


def check_distinct(
    names: Sequence[str], what: str, where: str, report: Report, *, code: str = "DUPLICATE", catalogue: int = 22
) -> None:
    """Problems for names that are not equal but that people would take for one another.

    ``names`` are as written, before :func:`clean`; ``code`` and ``catalogue`` are those of exact repetition.
    """
    found = f"the {what} {{}} more than once"
    _collide(names, names, report, code=code, found=found, catalogue=catalogue, where=where)
    distinct = list(dict.fromkeys(names))
    composed = [unicodedata.normalize("NFC", name) for name in distinct]
    found = f"{what}s that differ only in Unicode form: {{}}"
    _collide(distinct, composed, report, code="NFC-TWINS", found=found, catalogue=25, where=where)
    distinct = list(dict.fromkeys(composed))
    folded = [name.casefold() for name in distinct]
    found = f"{what}s that differ only in case: {{}}"
    _collide(distinct, folded, report, code="CASE-TWINS", found=found, catalogue=26, where=where)
    if not all(name.isascii() for name in distinct):
        _check_look_alikes(distinct, what, where, report)


def _collide(
    names: Sequence[str], keys: Sequence[str], report: Report, *, code: str, found: str, catalogue: int, where: str
) -> None:
    """A problem for every key that several names have; ``found`` takes those names."""
    if len(set(keys)) == len(keys):
        return
    groups: dict[str, list[str]] = {}
    for name, key in zip(names, keys, strict=True):
        groups.setdefault(key, []).append(name)
    for group in groups.values():
        if len(group) > 1:
            listed = " and ".join(ascii(name) for name in dict.fromkeys(group))
            report.reject(code, where, found.format(listed), "one name each", catalogue=catalogue)


def _check_look_alikes(names: Sequence[str], what: str, where: str, report: Report) -> None:
    seen: dict[str, str] = {}
    for name in names:
        latin = name.translate(_LOOK_ALIKE)
        other = seen.setdefault(latin.casefold(), name)
        if other.casefold() != name.casefold():
            found = f"{what}s that look alike: {shown(other)} and {shown(name)} ({_foreign(other + name)})"
        elif latin != name and latin.isascii() and any("a" <= letter <= "z" for letter in name.casefold()):
            found = f"the {what} {shown(name)}, which mixes scripts ({_foreign(name)})"
        else:
            continue
        report.warn("HOMOGLYPH", where, found, "letters of one script", catalogue=27)


def _foreign(text: str) -> str:
    letters = sorted({letter for letter in text if not letter.isascii() and letter.translate(_LOOK_ALIKE).isascii()})
    return ", ".join(unicodedata.name(letter, f"U+{ord(letter):04X}").lower() for letter in letters[:3])
