"""A workbook with one fault in each row, as clinicians make them, and what has to be said of each."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import openpyxl

COLUMNS = (
    "id", "author", "age", "age unit", "sex", "pregnant", "complaint", "volunteered 1", "present 1", "present 2",
    "absent 1", "unsure 1", "expected condition", "must not miss 1", "least urgent triage", "most urgent triage",
    "unlisted",
)  # fmt: skip
GOOD: dict[str, Any] = {
    "author": "Dr A", "age": "23", "age unit": "years", "sex": "female", "complaint": "It hurts on the right.",
    "volunteered 1": "right_lower_abdominal_pain", "present 1": "nausea", "absent 1": "diarrhoea",
    "expected condition": "appendicitis", "must not miss 1": "appendicitis", "least urgent triage": "urgent",
    "most urgent triage": "emergency", "unlisted": "absent",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A row in which one thing is wrong."""

    name: str
    cells: dict[str, Any]
    code: str
    column: str
    says: str
    """The whole sentence: what was found, what was expected, what to do next."""
    offers: tuple[str, ...] = ()
    """The buttons, from left to right."""
    tab: str = "waiting"


INFANT = {"volunteered 1": "fever", "present 1": "cough", "expected condition": "influenza", "must not miss 1": ""}
AGE = "expected a number from 0 to 130 years; for days, weeks or months, the unit beside it (age_unit)."
OR_WHY = "Correct it, or give the reason why it is right."
AS_TEXT = "Format the column as Text and enter the value again."
FAULTS = (
    Fault("a word with a typing error", {"present 2": "nausae"}, "E-UNKNOWN-FINDING", "present 2",
          "Found no finding 'nausae' in the network; expected a finding of the network. "
          "Did you mean “Nausea” or “Blocked nose” or “Runny nose”?",
          ("Take “Nausea”", "Take “Blocked nose”", "Take “Runny nose”")),
    Fault("an age with its unit", {"age": "6 months", **INFANT}, "E-AGE", "age",
          f"Found '6 months'; {AGE} Write 6 as the age and its unit beside it: age_unit = \"months\".",
          ("Write 6 under “age” and months under “age unit”",)),
    Fault("a decimal comma", {"age": "23,5"}, "E-DECIMAL-COMMA", "age",
          "Found '23,5'; expected a decimal point: 23.5.", ("Take “23.5”",)),
    Fault("an age that nobody has", {"age": "400"}, "E-AGE", "age", f"Found 400; {AGE}"),
    Fault("a date made of an age", {"age": dt.datetime(2024, 1, 2)}, "E-DATE", "age",
          f"Found a date or time, which a spreadsheet made of something else; expected text. {AS_TEXT}"),
    Fault("a unit cut short", {"age": "290", "age unit": "mo"}, "E-AGE", "age unit",
          "Found 'mo'; expected days, weeks, months or years.", ("Take “months”", "Take “years”", "Take “weeks”")),
    Fault("present and absent", {"absent 1": "nausea"}, "E-CONTRADICTION", "absent 1",
          "Found the finding 'nausea' present and absent; expected one state.", ("Take it out of “absent 1”",)),
    Fault("a pregnant man", {"sex": "male", "pregnant": "yes"}, "E-PREGNANT-MALE", "pregnant",
          f"Found a pregnant male; expected female, or not pregnant. {OR_WHY}", ("Take it out of “pregnant”",)),
    Fault("a man's missed period", {"sex": "male", "present 2": "missed_period"}, "E-SEX-LIMIT", "present 2",
          f"Found 'missed_period' in a male patient; expected female only. {OR_WHY}", ("Take it out of “present 2”",)),
    Fault("a missed period at 80", {"age": "80", "present 2": "missed_period"}, "E-AGE-LIMIT", "present 2",
          f"Found 'missed_period' at the age of 80 years; expected from 11 to 55 years. {OR_WHY}",
          ("Take it out of “present 2”",)),
    Fault("no diagnosis", {"expected condition": "", "must not miss 1": ""}, "E-NO-DIAGNOSIS", "expected condition",
          "Found no expected condition; expected the condition that should lead."),
    Fault("a diagnosis that the model lacks", {"expected condition": "apendicits"}, "E-OUT-OF-SCOPE",
          "expected condition",
          "Found 'apendicits', which the network does not have; expected a condition of the network. "
          "Did you mean “Appendicitis” or “Pulmonary embolism” or “Pneumonia”? "
          "Choose one of its conditions, or confirm that the case is out of scope.",
          ("Take “Appendicitis”", "Take “Pulmonary embolism”", "Take “Pneumonia”",
           "Keep “apendicits” as out of scope")),
    Fault("another word for a sex", {"sex": "woman"}, "E-FIELD", "sex", "Found 'woman'; expected female or male.",
          ("Take “female”", "Take “male”")),
    Fault("another word for a level", {"least urgent triage": "soon"}, "E-FIELD", "least urgent triage",
          "Found 'soon'; expected self_care, routine, urgent or emergency.",
          ("Take “self_care”", "Take “routine”", "Take “urgent”")),
    Fault("levels the wrong way round", {"least urgent triage": "emergency", "most urgent triage": "routine"},
          "E-FIELD", "least urgent triage",
          "Found emergency to routine; expected the least urgent level first: routine to emergency.",
          ("Take “routine” to “emergency”",)),
    Fault("a formula that was never calculated", {"age": "=1+1"}, "E-FORMULA", "age",
          "Found a formula without a value; expected a value. "
          "Open the file in Excel and save it, or enter the value instead of the formula."),
    Fault("a number for a finding", {"present 2": 1.5}, "E-CELL-TYPE", "present 2",
          f"Found the number 1.5; expected text. {AS_TEXT}"),
    Fault("a word for what is not listed", {"unlisted": "maybe"}, "E-FIELD", "unlisted",
          "Found 'maybe'; expected unknown, absent or not_mentioned.",
          ("Take “unknown”", "Take “absent”", "Take “not_mentioned”")),
    Fault("a word for yes or no", {"pregnant": "perhaps"}, "E-FIELD", "pregnant",
          "Found 'perhaps'; expected yes or no, or nothing where it is not known.", ("Take “yes”", "Take “no”")),
    Fault("a patient's name", {"complaint": "I am Mrs Smith and my belly hurts."}, "E-IDENTIFIER", "complaint",
          "Found what looks like a person's name at character 6; expected no text that may identify a patient. "
          "Take it out, or say why it identifies nobody.", ("Take out what may identify the patient",), "held"),
)  # fmt: skip


def workbook() -> bytes:
    """Row 2 is faultless; then a row a fault, each of another age, so that none is like another."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Cases"
    sheet.append(list(COLUMNS))
    rows = [{"id": f"fault-{number}", "age": str(24 + number), **one.cells} for number, one in enumerate(FAULTS)]
    for row in ({"id": "faultless"}, *rows):
        cells = {**GOOD, **row}
        sheet.append([cells.get(name, "") for name in COLUMNS])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cell_of(column: str, number: int) -> str:
    """``C4``."""
    return f"{openpyxl.utils.get_column_letter(COLUMNS.index(column) + 1)}{number}"
