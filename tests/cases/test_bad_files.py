"""Bad case files: each row names its line of the bad-input catalogue, and what the message says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cases import load_cases, parse_cases
from cases.writers import save_cases
from model.errors import InputError, Problem, Severity

HEADER = "id,author,age,age_unit,sex,present,absent,expected\n"
GOOD = "a-1,JD,23,years,female,rlq_pain,fever,appendicitis\n"
OTHER = "a-2,JD,24,years,female,rlq_pain,fever,appendicitis\n"
JSON = '{"id": "a-1", "author": "JD", "patient": {"age": 23}, "expected": {"condition": "appendicitis"}}'
TOML = 'id = "a-1"\nauthor = "JD"\n[expected]\ncondition = "appendicitis"\n'


def _json(**changes: str) -> str:
    """The JSON case with raw text put in: an ``age`` that no JSON writer would write."""
    text = JSON
    for name, value in changes.items():
        text = text.replace('"age": 23', value) if name == "age" else text.replace('"author": "JD"', value)
    return text


# catalogue, file name, content, code, parts of the message
REFUSED = [
    (28, "c.csv", (HEADER + GOOD).encode("utf-16"), "E-ENCODING", ["UTF-16", "expected UTF-8"]),
    (28, "c.csv", (HEADER + GOOD).encode("utf-16-le"), "E-ENCODING", ["UTF-16", "expected UTF-8"]),
    (37, "c.toml", TOML.replace('id = "a-1"', 'id = "a-1"\nid = "b"'), "E-DUPLICATE-KEY", ["line 2"]),
    (None, "c.toml", "id = \n", "E-TOML", ["line 1"]),
    (43, "c.csv", (HEADER + GOOD.replace("JD", "Jörg")).encode("cp1252"), "E-ENCODING",
     ["line 2", "0xf6", "Windows-1252", "--encoding windows-1252"]),
    (45, "c.csv", HEADER + GOOD + 'a-2,"JD,1,years,female,x,y,z\n' + OTHER, "E-QUOTE", ["line 3", "quote"]),
    (47, "c.csv", HEADER + GOOD.strip() + ",extra\n", "E-ROW-LENGTH", ["line 2", "9 cells", "expected 8"]),
    (48, "c.csv", HEADER.replace("absent", "present") + GOOD, "E-DUPLICATE-COLUMN", ["'present' 2 times"]),
    (None, "c.csv", HEADER.replace("present", "presnet") + GOOD, "E-UNKNOWN-COLUMN", ["'presnet'", "present"]),
    (62, "c.jsonl", _json(author='"author": "JD", "author": "KL"'), "E-DUPLICATE-KEY", ["line 1", "'author' 2 times"]),
    (63, "c.jsonl", _json(age='"age": NaN'), "E-NUMBER", ["NaN", "finite"]),
    (63, "c.jsonl", _json(age='"age": -Infinity'), "E-NUMBER", ["Infinity", "finite"]),
    (63, "c.json", _json(age='"age": 1e400'), "E-NUMBER", ["1e400", "finite"]),
    (64, "c.jsonl", _json(age=f'"age": {"9" * 5000}'), "E-NUMBER", ["5000 digits", "19"]),
    (65, "c.jsonl", _json(age='"age": ' + "[" * 100_000 + "]" * 100_000), "E-NESTING", ["32"]),
    (65, "c.json", "[" * 100_000, "E-NESTING", ["32"]),
    (65, "c.toml", TOML + "x = " + "[" * 5_000 + "]" * 5_000, "E-NESTING", ["nested"]),
    (66, "c.jsonl", _json(author='"author": "\\ud83d"'), "E-SURROGATE", ["surrogate"]),
    (67, "c.csv", "[" + JSON + "]", "E-CONTENT", ["JSON", "expected CSV"]),
    (67, "c.csv", b"PK\x03\x04rest", "E-CONTENT", ["XLSX", "rename"]),
    (67, "c.jsonl", "[" + JSON + "]", "E-CONTENT", ["array", ".json"]),
    (67, "c.json", JSON + "\n" + JSON.replace("a-1", "a-2"), "E-CONTENT", ["several", ".jsonl"]),
    (67, "c.toml", JSON, "E-CONTENT", ["JSON", ".json"]),
    (67, "c.parquet", HEADER + GOOD, "E-CONTENT", ["text", "Parquet"]),
    (68, "c.csv", HEADER, "E-NO-CASES", ["no case"]),
    (68, "c.csv", "", "E-NO-CASES", ["no case"]),
    (68, "c.json", "[]", "E-NO-CASES", ["no case"]),
    (68, "c.jsonl", "\n\n", "E-NO-CASES", ["no case"]),
    (80, "c.csv", HEADER + GOOD + GOOD, "E-DUPLICATE-ID", ["line 3", "'a-1' again", "line 2"]),
    (None, "c.jsonl", JSON + "\n{broken\n", "E-JSON", ["line 2", "column 2"]),
    (None, "c.ods", b"PK\x03\x04", "E-FORMAT", [".ods", ".csv"]),
    (None, "c.xlsx", b"PK\x03\x04", "E-XLSX", ["cut off or damaged", "open it in Excel"]),
    (None, "c.parquet", b"PAR1junk", "E-PARQUET", ["whole Parquet"]),
]  # fmt: skip

# catalogue, file name, content, code, parts of the message
SET_ASIDE = [
    (46, "c.csv", HEADER + GOOD + "a-2,JD,1\n", "E-ROW-LENGTH", ["line 3", "3 cells", "expected 8"]),
    (46, "c.csv", HEADER + GOOD + OTHER.strip() + ",more\n", "E-ROW-LENGTH", ["line 3", "9 cells"]),
    (51, "c.csv", HEADER + GOOD + OTHER.replace("24", '"2,5"'), "E-DECIMAL-COMMA", ["'2,5'", "2.5"]),
    (52, "c.csv", HEADER + GOOD + OTHER.replace("JD", "J\0D"), "E-NUL", ["line 3", "author"]),
    (52, "c.json", _json(author='"author": "J\\u0000D"'), "E-NUL", ["author"]),
    (52, "c.json", _json(author='"author": "JD", "complaint": "a\\u0000b"'), "E-NUL", ["complaint"]),
    (53, "c.csv", HEADER + GOOD + OTHER.replace("JD", "J" * 140_000), "E-FIELD-SIZE", ["line 3", "140000", "131072"]),
    (58, "c.csv", HEADER + GOOD + OTHER.replace("24", "02-Jan"), "E-DATE", ["'02-Jan'", "as text"]),
    (58, "c.csv", HEADER + GOOD + OTHER.replace("fever", "nausea; 2024-01-02 00:00:00"), "E-DATE", ["absent"]),
    (71, "c.json", JSON.replace('"patient"', '"risk_factors": {"smoking": "yes"}, "patient"'), "E-STATE",
     ["smoking", "'yes'", "present, absent or unsure"]),
    (72, "c.csv", HEADER + GOOD + OTHER.replace("fever", "rlq_pain"), "E-CONTRADICTION",
     ["'rlq_pain' present and absent"]),
    (75, "c.csv", HEADER + GOOD + OTHER.replace("24", "-1"), "E-AGE", ["age", "found -1;", "0 to 130"]),
    (75, "c.csv", HEADER + GOOD + OTHER.replace("24", "400"), "E-AGE", ["400", "0 to 130"]),
    (75, "c.csv", HEADER + GOOD + OTHER.replace("24", "6 months"), "E-AGE", ["'6 months'", 'age_unit = "months"']),
    (75, "c.csv", HEADER + GOOD + OTHER.replace("years", "fortnights"), "E-AGE", ["'fortnights'", "days, weeks"]),
    (75, "c.json", _json(age='"age": "23"'), "E-AGE", ["'23'", "a number"]),
    (75, "c.json", _json(age='"age": true'), "E-AGE", ["True", "a number"]),
    (77, "c.csv", HEADER + GOOD + OTHER.replace("appendicitis", ""), "E-NO-DIAGNOSIS", ["expected › condition"]),
    (77, "c.json", JSON.replace('"condition": "appendicitis"', ""), "E-NO-DIAGNOSIS", ["no expected condition"]),
    (79, "c.json", JSON.replace('"appendicitis"', '["appendicitis", "colitis"]'), "E-SEVERAL-DIAGNOSES",
     ["2 conditions", "expected.acceptable"]),
    (87, "c.csv", HEADER + GOOD + OTHER.replace("JD", " "), "E-AUTHOR", ["no author"]),
    (87, "c.json", _json(author='"version": 1'), "E-AUTHOR", ["no author"]),
    (None, "c.json", _json(author='"author": "JD", "complant": "Ow"'), "E-UNKNOWN-FIELD", ["'complant'", "complaint"]),
    (None, "c.json", _json(author='"author": "JD", "split": "tset"'), "E-FIELD", ["split", "'tset'", "holdout"]),
    (None, "c.json", _json(author='"author": 7'), "E-FIELD", ["author", "7", "a text in quotes"]),
    (None, "c.jsonl", JSON + "\n[1]\n", "E-FIELD", ["line 2", "a list"]),
]  # fmt: skip

# catalogue, file name, content, code
NORMALISED = [
    (41, "c.csv", "\ufeff" + HEADER + GOOD, "W-BOM"),
    (41, "c.json", "\ufeff" + JSON, "W-BOM"),
    (42, "c.csv", (HEADER + GOOD).replace(",", ";"), "W-DELIMITER"),
    (42, "c.csv", (HEADER + GOOD).replace(",", "\t"), "W-DELIMITER"),
]


def _bytes(content: str | bytes) -> bytes:
    return content.encode("utf-8") if isinstance(content, str) else content


def _one(problems: Any, code: str) -> Problem:
    found = [problem for problem in problems if problem.code == code]
    assert found, [str(problem) for problem in problems]
    return found[0]


@pytest.mark.parametrize(("catalogue", "name", "content", "code", "parts"), REFUSED)
def test_the_whole_file_is_refused(
    catalogue: int | None, name: str, content: str | bytes, code: str, parts: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        parse_cases(_bytes(content), name)
    problem = _one(caught.value.problems, code)
    assert problem.severity is Severity.REJECT
    assert problem.catalogue == catalogue
    for part in parts:
        assert part in str(problem)


@pytest.mark.parametrize(("catalogue", "name", "content", "code", "parts"), SET_ASIDE)
def test_one_case_is_set_aside(catalogue: int | None, name: str, content: str, code: str, parts: list[str]) -> None:
    case_set = parse_cases(_bytes(content), name)
    problem = _one(case_set.problems, code)
    assert problem.severity is Severity.QUARANTINE
    assert problem.catalogue == catalogue
    for part in parts:
        assert part in str(problem)
    assert len(case_set.quarantined) == 1
    assert case_set.n_read == len(case_set) + 1


@pytest.mark.parametrize(("catalogue", "name", "content", "code"), NORMALISED)
def test_what_is_normalised_is_listed(catalogue: int, name: str, content: str, code: str) -> None:
    case_set = parse_cases(_bytes(content), name)
    problem = _one(case_set.normalisations, code)
    assert (problem.severity, problem.catalogue) == (Severity.WARN, catalogue)
    assert [card.id for card in case_set] == ["a-1"]


def test_44_a_row_is_named_by_its_line_whatever_was_quoted_before() -> None:
    text = 'id,author,complaint,expected\na-1,JD,"one\ntwo\r\nthree",x\na-2,,four,x\n'
    case_set = parse_cases(text.encode(), "c.csv")
    assert case_set.cards[0].complaint == "one\ntwo\r\nthree"
    assert case_set.quarantined[0].where == "c.csv › line 5"


def test_42_tabs_are_what_a_tsv_has() -> None:
    case_set = parse_cases((HEADER + GOOD).replace(",", "\t").encode(), "c.tsv")
    assert (len(case_set), case_set.normalisations) == (1, ())


def test_43_a_person_can_confirm_the_encoding() -> None:
    data = (HEADER + GOOD.replace("JD", "Jörg")).encode("cp1252")
    assert parse_cases(data, "c.csv", encoding="windows-1252").cards[0].author == "Jörg"


@pytest.mark.parametrize("word", ["None", "NA", "null", "nan", "N/A"])
def test_49_words_for_nothing_are_words(word: str) -> None:
    case_set = parse_cases((HEADER + GOOD.replace("appendicitis", word)).encode(), "c.csv")
    assert case_set.cards[0].expected.condition == word


def test_50_ids_stay_texts() -> None:
    assert parse_cases((HEADER + GOOD.replace("a-1", "007")).encode(), "c.csv").cards[0].id == "007"
    assert parse_cases(JSON.replace('"a-1"', "7").encode(), "c.json").quarantined[0].problems[0].code == "E-FIELD"


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_54_formulas_are_stored_raw_and_neutralised_on_export(text: str, vary: Any, tmp_path: Any) -> None:
    card = parse_cases(json.dumps(vary(complaint=text)).encode(), "c.json").cards[0]
    assert card.complaint == text
    save_cases([card], tmp_path / "out.csv")
    assert "'" + text in (tmp_path / "out.csv").read_bytes().decode()
    assert parse_cases((tmp_path / "out.csv").read_bytes(), "out.csv").cards == (card,)


def test_all_errors_of_a_file_are_listed_at_once() -> None:
    rows = [
        "a-1,,23,years,female,x,y,z",
        "a-2,JD,-1,years,female,x,y,",
        "a-3,JD,5,years,female,x,x,z,w",
        "a-2,JD,1,years,x,x,y,z",
    ]
    case_set = parse_cases((HEADER + "\n".join(rows) + "\n").encode(), "c.csv")
    assert [problem.catalogue for problem in case_set.problems] == [46, 87, 75, 77, None]
    assert [one.where.split("line ")[1] for one in case_set.quarantined] == ["4", "2", "3", "5"]
    lines = [_json(age='"age": NaN'), "{", _json(author='"author": 1, "author": 2')]
    with pytest.raises(InputError) as caught:
        parse_cases("\n".join(lines).encode(), "c.jsonl")
    codes = [problem.code for problem in caught.value.problems if problem.severity is Severity.REJECT]
    assert codes == ["E-NUMBER", "E-JSON", "E-DUPLICATE-KEY"]


def test_a_directory_lists_the_errors_of_all_its_files(tmp_path: Any) -> None:
    (tmp_path / "a.toml").write_text("id = ")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.toml").write_text(TOML.replace('author = "JD"', ""))
    (tmp_path / "sub" / "c.toml").write_text(TOML)
    (tmp_path / ".hidden.toml").write_text("not a case")
    with pytest.raises(InputError) as caught:
        load_cases(tmp_path)
    assert [problem.where for problem in caught.value.problems] == ["a.toml", "sub/b.toml › author"]
    (tmp_path / "a.toml").unlink()
    case_set = load_cases(tmp_path)
    assert (len(case_set), case_set.n_read) == (1, 2)


def test_free_text_is_never_echoed() -> None:
    secret = "Gertrude Stein, 1 Rue de Fleurus"
    record = {
        "id": "a",
        "complaint": [secret],
        "notes": 7,
        "expected": {"condition": "x"},
        "opinions": [{"comment": [secret]}],
    }
    case_set = parse_cases(json.dumps(record).encode(), "c.json")
    assert case_set.problems
    assert all("Gertrude" not in str(problem) for problem in case_set.problems)


def test_a_card_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('id = "a"\nauthor = "JD"\n[expected]\ncondition = "flu"\n')
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"E-NO-FILE  gone\.toml: found nothing there"):
        load_cases(tmp_path)


def test_toml_sends_nobody_to_an_option_that_it_has_not(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes('author = "Müller"\n'.encode("windows-1252"))
    with pytest.raises(InputError, match=r"Windows-1252 by the look of it.*; save as UTF-8$"):
        load_cases(tmp_path)
