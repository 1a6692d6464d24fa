"""The template's first page, in plain words."""

from __future__ import annotations

from model.network.network import Network

from ..readers.header import REMARKS


def read_me(network: Network) -> list[str]:
    """Its lines; an empty one is a gap."""
    return [
        "How to fill in this workbook",
        "",
        'One row of the sheet "Cases" is one patient. The sheet "Example" shows three filled rows; it is never read.',
        'Start with three columns: "id", "author" and "expected condition". They may not be empty. All others may.',
        "",
        "1.  Who: age, unit, sex. Never a name, a date of birth, an address, a telephone or record number, or anything "
        "else that could tell who the patient was. Text that looks like it is held back.",
        '2.  "complaint": what the patient says first, in the patient\'s own words, without the diagnosis.',
        '3.  "volunteered": what the patient tells before any question. The symptom checker starts from these.',
        '4.  "present", "absent", "unsure": one finding a cell. Choose from the list, or type: synonyms and codes are '
        "understood, and a word that is not known is shown to you with the nearest three.",
        "      present: the patient has it.  absent: the patient does not have it.  unsure: the patient cannot say.",
        '      A finding that you leave out was not asked ("unknown"). If you listed everything that matters and the '
        'rest is not there, write "absent" in the column "unlisted".',
        '5.  "expected condition": what a good doctor would put first, given only what this row says. If the model '
        "does not have it, write it anyway: the case is kept as out of scope.",
        '6.  "must not miss", triage, "must ask": what a safe answer looks like. Triage levels: self_care, routine '
        "(days to weeks), urgent (the same day), emergency (now).",
        "",
        'More than fits? Put several words into one cell with a semicolon between them, or add columns: "present 9".',
        "Do not merge cells and do not hide rows or columns. Formulas are not needed.",
        "",
        f'Then upload the file. If something is wrong you get it back with a column "{REMARKS}"; correct it there and '
        "upload it again. Good rows do not have to wait for the others.",
        "",
        f"Made for the network {network.title or network.name} ({network.name}, {network.digest[:12]}): "
        f"{len(network.conditions)} conditions, {len(network.findings)} findings.",
    ]
