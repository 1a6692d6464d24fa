"""The ratchet's list: the cases that are known to fail, each with somebody who looks after it.

::

    format = 1

    [[known_failure]]
    case = "gastritis-004"
    case_hash = "…"                # of the card's content: an edited case is another case
    owner = "J. Doe"
    reason = "needs the finding 'pain after meals', issue 12"
    expires = 2027-03-31           # the last day on which it is accepted
    signed_off_by = "A. Smith"     # somebody else than the owner
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from model.errors import raise_if_rejected
from model.network.report import Report
from model.network.toml_text import quoted

from .reader import FORMAT, day, distinct, open_table, sha256_of, tables


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """One case that is known to come out wrong."""

    case: str
    case_hash: str
    owner: str
    reason: str
    expires: date
    """The last day on which it is accepted."""
    signed_off_by: str = ""
    """Empty: nobody has yet."""


KnownFailures = tuple[KnownFailure, ...]


def load_known_failures(path: str | Path) -> KnownFailures:
    """The list in a TOML file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    report = Report()
    document = open_table(Path(path), report)
    entries: list[KnownFailure] = []
    if document is not None:
        for table in tables(document, "known_failure"):
            entries.append(
                KnownFailure(
                    case=table.text("case", None),
                    case_hash=sha256_of(table, "case_hash"),
                    owner=table.text("owner", None),
                    reason=table.text("reason", None),
                    expires=day(table, "expires"),
                    signed_off_by=table.text("signed_off_by").strip(),
                )
            )
            table.finish()
        document.finish()
        for twice in distinct([entry.case_hash for entry in entries if entry.case_hash]):
            names = ", ".join(entry.case for entry in entries if entry.case_hash == twice)
            report.reject("DUPLICATE", document.at("known_failure"), f"the same case content twice ({names})", "once")
    raise_if_rejected(report.result())
    return tuple(entries)


def known_failures_toml(entries: Iterable[KnownFailure]) -> str:
    """The list as a file, in the order of case ids."""
    parts = [
        "# Cases that are known to come out wrong.  The list may only shrink: an entry is added by its owner and",
        "# signed off by somebody else, and goes as soon as its case passes (`clinval gate … --update-ratchet`).",
        f"format = {FORMAT}",
    ]
    for entry in sorted(entries, key=lambda one: (one.case, one.case_hash)):
        parts += [
            "",
            "[[known_failure]]",
            f"case = {quoted(entry.case)}",
            f'case_hash = "{entry.case_hash}"',
            f"owner = {quoted(entry.owner)}",
            f"reason = {quoted(entry.reason)}",
            f"expires = {entry.expires.isoformat()}",
            f"signed_off_by = {quoted(entry.signed_off_by)}",
        ]
    return "\n".join(parts) + "\n"
