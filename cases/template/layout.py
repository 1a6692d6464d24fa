"""The template's columns: one row a case, one finding a cell, so that every cell can have a drop-down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model.network.network import Network
from model.network.vocabulary import BINARY

from ..readers.header import LISTS, label_of
from ..tabular import COLUMNS

WHO, SAYS, RISKS, ANSWER, REST = "33556B", "2F6F6A", "6B4E7D", "8A4B1F", "5F6368"
"""Header colours (RRGGBB), one a group of columns; white reads well on each."""
NEEDED = "9B2C2C"
"""Header colour of what may not be empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """One kind of column of the template."""

    name: str
    """That of :mod:`cases.tabular`."""
    help: str
    """In plain words; shown at the header."""
    colour: str
    width: int
    """Characters."""
    cells: int = 1
    """How many numbered columns; CSV needs one only."""

    def labels(self, numbered: bool) -> tuple[str, ...]:
        """The headers."""
        if not numbered or self.name not in LISTS:
            return (label_of(self.name),)
        return tuple(label_of(self.name, number) for number in range(1, self.cells + 1))


_FINDING = "Choose from the list, or type it: synonyms and codes are understood too."
LAYOUT: tuple[Column, ...] = (
    Column("id", "Needed. A short name of the case that no other case has: chest-pain-07.", NEEDED, 18),
    Column("author", "Needed. You: initials or a pseudonym.", NEEDED, 12),
    Column("age", "A number. No date of birth.", WHO, 7),
    Column("age_unit", "days, weeks, months or years; empty means years.", WHO, 9),
    Column("sex", "female or male: sex at birth. Empty: not known.", WHO, 9),
    Column("pregnant", "yes or no. Empty: not known, or cannot be.", WHO, 10),
    Column(
        "complaint",
        "What the patient says first, in the patient's own words. No names, dates, addresses or numbers that could "
        "tell who it was, and not the diagnosis.",
        SAYS,
        44,
    ),
    Column(
        "initial",
        f"What the patient tells you before you ask anything. It counts as present. {_FINDING}",
        SAYS,
        26,
        3,
    ),
    Column("present", f"What the patient says yes to when asked, and what you find. {_FINDING}", SAYS, 26, 8),
    Column(
        "absent",
        f"What the patient clearly does not have. Only what you asked about or would write down. {_FINDING}",
        SAYS,
        26,
        6,
    ),
    Column("unsure", f"What the patient cannot say. {_FINDING}", SAYS, 22, 2),
    Column("other_states", "Findings with answers of their own: finding=answer.", SAYS, 26, 2),
    Column("risk_factors_present", "Smoking, recent surgery and the like. Choose from the list.", RISKS, 24, 3),
    Column("risk_factors_absent", "Risk factors that the patient clearly does not have.", RISKS, 24, 2),
    Column("risk_factors_unsure", "Risk factors that the patient cannot say.", RISKS, 24),
    Column(
        "expected",
        "Needed. The condition that a good doctor would put first, given only what stands in this row. If it is not "
        "in the list, write it anyway: the case is kept as out of scope.",
        NEEDED,
        30,
    ),
    Column("acceptable", "Conditions that count as right, too.", ANSWER, 26, 2),
    Column("must_not_miss", "Dangerous conditions that must be among the first three, whatever leads.", ANSWER, 26, 2),
    Column("impossible", "Conditions that this picture rules out.", ANSWER, 26),
    Column("triage_least", "The least urgent advice that would still be safe.", ANSWER, 14),
    Column("triage_most", "The most urgent advice that would not be excessive.", ANSWER, 14),
    Column(
        "must_ask",
        "A question that a safe interview puts. Add a deadline if it matters: write it as in the list, then "
        '"by 5" for: as question 5 at the latest.',
        ANSWER,
        26,
        3,
    ),
    Column(
        "unlisted",
        "What it means that a finding does not stand in this row. unknown (or empty): nobody asked. absent: you "
        "listed everything that matters, the rest is not there.",
        REST,
        13,
    ),
    Column("source", "Where the case comes from, if it was published.", REST, 22),
    Column(
        "notes", "For the reviewer. The model never sees it. Nothing that could tell who the patient was.", REST, 40
    ),
)
"""In this order; the other columns of :mod:`cases.tabular` may be added by hand."""

assert {column.name for column in LAYOUT} <= set(COLUMNS)

CLOSED: Mapping[str, tuple[str, ...]] = {
    "age_unit": ("years", "months", "weeks", "days"),
    "sex": ("female", "male"),
    "pregnant": ("yes", "no"),
    "triage_least": ("self_care", "routine", "urgent", "emergency"),
    "triage_most": ("self_care", "routine", "urgent", "emergency"),
    "unlisted": ("unknown", "absent", "not_mentioned"),
}
"""Columns in which nothing but these words may stand."""
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("initial", "present", "absent", "unsure", "must_ask"), "findings"),
    **dict.fromkeys(("risk_factors_present", "risk_factors_absent", "risk_factors_unsure"), "risk_factors"),
    **dict.fromkeys(("expected", "acceptable", "must_not_miss", "impossible"), "conditions"),
}
"""Columns whose words are terms of the network, and of which kind."""


def layout_of(network: Network) -> tuple[Column, ...]:
    """The columns that this network needs: answers of its own only where it has some."""
    has_states = any(
        not {finding.present, "absent"} >= set(finding.states) and finding.states != BINARY
        for finding in network.findings
    )
    has_risks = bool(network.risk_factors)
    return tuple(
        column
        for column in LAYOUT
        if (column.name != "other_states" or has_states) and (KINDS.get(column.name) != "risk_factors" or has_risks)
    )
