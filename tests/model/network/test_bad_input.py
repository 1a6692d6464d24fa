"""Lines 1 to 40 of the bad-input catalogue: each is refused or warned of, by code and by message."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from model.errors import InputError, Severity
from model.network import check_network, load_network, removed_conditions
from tests.model.network.bad_networks import (
    BIF,
    ROLES,
    TOML,
    XMLBIF,
    Build,
    bif,
    bif_text,
    replaced,
    toml,
    toml_file,
    write_tables,
    write_toml,
    xml,
)


def finding(identifier: str, name: str) -> str:
    """One more entry of findings.toml."""
    return f'["{identifier}"]\nname = "{name}"\nquestion = "?"\nleak = 0.1\n'


def single_file(name: str, content: bytes) -> Build:
    def build(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return build


def symlink_out(folder: Path) -> Path:
    directory = write_toml(folder)
    secret = folder / "secret.toml"
    secret.write_text(TOML["conditions/influenza.toml"])
    (directory / "conditions" / "stolen.toml").symlink_to(secret)
    return directory


def symlinked_folder(folder: Path) -> Path:
    directory = write_toml(folder)
    (directory / "conditions").rename(folder / "elsewhere")
    (directory / "conditions").symlink_to(folder / "elsewhere")
    return directory


def symlink_loop(folder: Path) -> Path:
    directory = write_toml(folder)
    (directory / "conditions" / "a.toml").symlink_to(directory / "conditions" / "b.toml")
    (directory / "conditions" / "b.toml").symlink_to(directory / "conditions" / "a.toml")
    return directory


def zip_with_traversal() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../etc/cron.d/evil", "x")
    return buffer.getvalue()


def tar_with_symlink(mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("network.bif")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    return buffer.getvalue()


def many_parents(n: int) -> str:
    """A table of 2^(n + 1) cells, given by a default row."""
    names = [f"n{index}" for index in range(n)]
    declared = "".join(f"variable {name} {{\n  type discrete [ 2 ] {{ yes, no }};\n}}\n" for name in [*names, "big"])
    roots = "".join(f"probability ( {name} ) {{\n  table 0.5, 0.5;\n}}\n" for name in names)
    return f"network x {{\n}}\n{declared}{roots}probability ( big | {', '.join(names)} ) {{\n  default 0.5, 0.5;\n}}\n"


def all_pairs(n: int) -> str:
    """A clique of n binary variables: treewidth n - 1, no table beyond 8 cells."""
    names = [f"n{index}" for index in range(n)]
    pairs = [(a, b) for position, a in enumerate(names) for b in names[position + 1 :]]
    every = [*names, *(f"{a}_{b}" for a, b in pairs)]
    text = "network x {\n}\n"
    text += "".join(f"variable {name} {{\n  type discrete [ 2 ] {{ yes, no }};\n}}\n" for name in every)
    text += "".join(f"probability ( {name} ) {{\n  table 0.5, 0.5;\n}}\n" for name in names)
    for a, b in pairs:
        text += f"probability ( {a}_{b} | {a}, {b} ) {{\n  default 0.25, 0.75;\n}}\n"
    return text


ENTITY_BOMB = '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<BIF VERSION="0.3">'
XXE = '<!DOCTYPE BIF [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>\n<BIF VERSION="0.3">'


class Row(NamedTuple):
    """One way to spoil a network, and what must be said of it."""

    number: int
    """The line of the catalogue."""
    build: Build
    code: str
    message: str
    """A part of the message."""


INFLUENZA, PNEUMONIA = "conditions/influenza.toml", "conditions/pneumonia.toml"
FINDINGS, NETWORK = "findings.toml", "network.toml"
SMOKE_ROOT = "probability ( smoke ) {\n  table 0.3, 0.7;\n}\n"

ROWS = [
    # 1, 2: not a directed acyclic graph
    Row(
        1,
        bif(SMOKE_ROOT, "probability ( smoke | lung ) {\n  (yes) 0.3, 0.7;\n  (no) 0.3, 0.7;\n}\n"),
        "E-CYCLE",
        "the cycle lung → smoke → lung; expected a directed acyclic graph",
    ),
    Row(
        1,
        xml("<FOR>smoke</FOR>\n  <TABLE>0.3 0.7", "<FOR>smoke</FOR><GIVEN>lung</GIVEN>\n  <TABLE>0.3 0.7 0.3 0.7"),
        "E-CYCLE",
        "the cycle lung → smoke → lung",
    ),
    Row(
        2,
        bif(SMOKE_ROOT, "probability ( smoke | smoke ) {\n  (yes) 0.3, 0.7;\n  (no) 0.3, 0.7;\n}\n"),
        "E-SELF-LOOP",
        "'smoke' as its own parent",
    ),
    # 3, 4, 5: columns
    Row(
        3,
        bif("(yes) 0.1, 0.9", "(yes) 0.1, 0.905"),
        "E-CPT-SUM",
        "sum to 1.005 where smoke = yes; expected 1 (within 1e-09)",
    ),
    Row(
        3,
        bif("(yes) 0.1, 0.9", "(yes) 0.1, 0.90000001"),
        "E-CPT-SUM",
        "if these are rounded figures, load with normalise",
    ),
    Row(3, xml("0.1 0.9 0.01 0.99", "0.1 0.9 0.01 0.98"), "E-CPT-SUM", "sum to 0.99 where smoke = no"),
    Row(3, toml(NETWORK, "female = [0.1, 0.4]", "female = [0.1, 0.5]"), "E-POPULATION", "sum to 1.1; expected 1"),
    Row(
        3,
        toml(INFLUENZA, "fever = 0.8", "fever = { absent = 0.2, present = 0.9 }"),
        "E-CPT-SUM",
        "influenza.toml › findings › fever: found probabilities that sum to 1.1",
    ),
    Row(4, bif("(yes) 0.1, 0.9", "(yes) -0.1, 1.1"), "E-NEGATIVE", "-0.1 where smoke = yes"),
    Row(4, xml("0.1 0.9 0.01", "-0.1 1.1 0.01"), "E-NEGATIVE", "-0.1 where smoke = yes"),
    Row(
        4,
        toml(INFLUENZA, "fever = 0.8", "fever = -0.8"),
        "E-NEGATIVE",
        "fever: found -0.8; expected a probability between 0 and 1",
    ),
    Row(5, bif("(yes) 0.1, 0.9", "(yes) nan, 0.9"), "E-NOT-FINITE", "found nan; expected finite numbers"),
    Row(5, bif("(yes) 0.1, 0.9", "(yes) inf, 0.9"), "E-NOT-FINITE", "found inf"),
    Row(5, xml("0.1 0.9 0.01", "NaN 0.9 0.01"), "E-NOT-FINITE", "found NaN"),
    Row(
        5, toml(INFLUENZA, "fever = 0.8", "fever = nan"), "E-NOT-FINITE", "influenza.toml › findings › fever: found nan"
    ),
    Row(5, toml(INFLUENZA, "prevalence = 0.02", "prevalence = inf"), "E-NOT-FINITE", "prevalence: found inf"),
    # 6 to 9: rows, tables, states
    Row(
        6,
        bif("  (no) 0.01, 0.99;\n", ""),
        "E-ROW-MISSING",
        "lung: found no row for (no); expected 2 rows, or a default row",
    ),
    Row(
        6,
        toml(INFLUENZA, "fever = 0.8", "fever = { present = 1.0 }"),
        "E-STATES",
        "no probability for the state absent",
    ),
    Row(
        7,
        bif("  (no) 0.01, 0.99;\n", "  (no) 0.01, 0.99;\n  (no) 0.02, 0.98;\n"),
        "E-ROW-TWICE",
        "line 18 › lung: found a second row for (no)",
    ),
    Row(
        7,
        bif("table 0.3, 0.7;", "table 0.3, 0.7;\n  table 0.4, 0.6;"),
        "E-ROW-TWICE",
        "a table beside other rows",
    ),
    Row(8, bif(SMOKE_ROOT, SMOKE_ROOT * 2), "E-CPT-TWICE", "a second table of 'smoke'"),
    Row(
        9,
        bif("type discrete [ 3 ]", "type discrete [ 2 ]"),
        "E-STATE-COUNT",
        "[ 2 ] before 3 states: clear, shadow, mass; expected [ 3 ]",
    ),
    Row(
        9,
        toml(FINDINGS, "leak = 0.02", 'states = ["absent", "present", "unsure"]\nleak = 0.02'),
        "E-STATES",
        "leak: found one number; expected a table with absent, present, unsure",
    ),
    # 10 to 13: names that must be declared once
    Row(
        10, bif("{ clear, shadow, mass }", "{ clear, mass, mass }"), "E-STATE-TWICE", "the state 'mass' more than once"
    ),
    Row(
        10,
        xml("<OUTCOME>shadow</OUTCOME>", "<OUTCOME>mass</OUTCOME>"),
        "E-STATE-TWICE",
        "the state 'mass' more than once",
    ),
    Row(
        10,
        toml(FINDINGS, "leak = 0.02", 'states = ["absent", "present", "present"]\nleak = 0.02'),
        "E-STATE-TWICE",
        "the state 'present' more than once",
    ),
    Row(
        11,
        bif("( lung | smoke )", "( lung | smoking )"),
        "E-PARENT",
        "the undeclared parent 'smoking'; expected a declared variable; did you mean smoke",
    ),
    Row(
        11,
        xml("<GIVEN>smoke</GIVEN>\n  <TABLE>0.1", "<GIVEN>smok</GIVEN>\n  <TABLE>0.1"),
        "E-PARENT",
        "the undeclared parent 'smok'",
    ),
    Row(
        12,
        bif("  (no) 0.01", "  (never) 0.01"),
        "E-PARENT-STATE",
        "the unknown state 'never' of smoke; expected yes, no",
    ),
    Row(
        12,
        toml(INFLUENZA, "fever = 0.8", "fever = { present = 0.8, missing = 0.2 }"),
        "E-STATE",
        "the unknown state 'missing'; expected absent | present",
    ),
    Row(13, bif(SMOKE_ROOT, ""), "E-CPT-MISSING", "no probabilities of 'smoke'"),
    Row(
        13,
        xml("<FOR>smoke</FOR>\n  <TABLE>0.3 0.7</TABLE>", "<FOR>smoke</FOR>"),
        "E-ELEMENT",
        "0 <TABLE> elements in <DEFINITION>",
    ),
    Row(13, toml(INFLUENZA, "prevalence = 0.02\n", ""), "E-TYPE", "prevalence: found nothing; expected a number"),
    # 14 to 16: files without an end, or with more than one
    Row(14, bif_text(""), "E-EMPTY", "an empty file"),
    Row(14, bif_text(" \n\n"), "E-EMPTY", "an empty file"),
    Row(14, bif_text("network x {\n}\n"), "E-EMPTY", "a network without variables"),
    Row(14, lambda folder: write_tables(folder, "", ".xmlbif"), "E-EMPTY", "an empty file"),
    Row(14, toml_file(FINDINGS, ""), "E-EMPTY", "findings.toml: found an empty file"),
    Row(14, toml_file(INFLUENZA, "# nothing yet\n"), "E-EMPTY", "influenza.toml: found an empty file"),
    Row(15, bif_text(BIF[: BIF.index("  (no, no)")]), "E-TRUNCATED", "the file ends inside this probability block"),
    Row(15, bif_text(BIF[: BIF.index("probability ( lung")]), "E-CPT-MISSING", "no probabilities of 'lung'"),
    Row(15, lambda folder: write_tables(folder, XMLBIF[:700], ".xmlbif"), "E-TRUNCATED", "an unfinished end"),
    Row(
        15,
        lambda folder: write_tables(folder, gzip.compress(BIF.encode())[:-9], ".bif.gz"),
        "E-GZIP",
        "a truncated gzip file",
    ),
    Row(15, toml(INFLUENZA, 'source = "a textbook" }\n', 'source = "a text'), "E-TRUNCATED", "influenza.toml"),
    Row(16, bif_text(BIF + "\nhello\n"), "E-JUNK", "line 26: found 'hello' outside of any block"),
    Row(16, bif_text(BIF + "}\n"), "E-JUNK", "'}' outside of any block"),
    Row(
        16, lambda folder: write_tables(folder, XMLBIF + "<more/>", ".xmlbif"), "E-JUNK", "junk after document element"
    ),
    Row(
        16,
        lambda folder: write_tables(folder, gzip.compress(BIF.encode()) + b"more", ".bif.gz"),
        "E-GZIP",
        "bytes after the end",
    ),
    # 17 to 20: numbers
    Row(17, bif("table 0.3, 0.7", "table 0.3, 0.4, 0.3"), "E-TABLE-LENGTH", "smoke: found 3 numbers; expected 2"),
    Row(
        17,
        bif("(yes, yes) 0.1, 0.5, 0.4", "(yes, yes) 0.1, 0.9"),
        "E-TABLE-LENGTH",
        "xray: found 2 numbers; expected 3",
    ),
    Row(17, bif("(yes, yes) 0.1", "(yes) 0.1"), "E-ROW", "found (yes); expected 2 parent states (lung, smoke)"),
    Row(17, xml("0.1 0.9 0.01 0.99", "0.1 0.9 0.01"), "E-TABLE-LENGTH", "lung: found 3 numbers; expected 4"),
    Row(
        17,
        toml("risk_factors.toml", "[0.02, 0.2]", "[0.02, 0.2, 0.3]"),
        "E-BANDS",
        "3 numbers; expected 2, one an age band",
    ),
    Row(18, bif("  (no) 0.01, 0.99;\n", "  default 0.01;\n"), "E-TABLE-LENGTH", "found 1 numbers; expected 2"),
    Row(
        18,
        bif("  (no) 0.01, 0.99;\n", "  default 0.01, 0.99;\n  default 0.5, 0.5;\n"),
        "E-ROW-TWICE",
        "a second default row",
    ),
    Row(
        19,
        bif("table 0.3, 0.7", "table 0,3, 0,7"),
        "E-DECIMAL-COMMA",
        "with decimal commas; expected points, as in 0.85",
    ),
    Row(19, xml("0.3 0.7", "0,3 0,7"), "E-DECIMAL-COMMA", "with a decimal comma"),
    Row(
        19,
        toml(INFLUENZA, "fever = 0.8", "fever = 0,8"),
        "E-DECIMAL-COMMA",
        "influenza.toml › line 5: found a decimal comma in 'fever = 0,8'",
    ),
    Row(19, toml(INFLUENZA, "fever = 0.8", 'fever = "0,8"'), "E-DECIMAL-COMMA", "expected a number: 0.8"),
    Row(
        20,
        bif("(no, no) 0.9, 0.09, 0.01", "(no, no) 0.99, 1e-400, 0.01"),
        "W-UNDERFLOW",
        "'1e-400', too small for a float64; expected 0 or a number above 1e-307; 0 was taken",
    ),
    Row(20, toml(FINDINGS, "leak = 0.02", "leak = 1e-400"), "W-UNDERFLOW", "findings.toml: found 1e-400"),
    # 21: certainty
    Row(
        21,
        bif("(no, no) 0.9, 0.09, 0.01", "(no, no) 0.91, 0.09, 0"),
        "W-CERTAIN",
        "1 variables with probabilities of 0, which can make evidence impossible: xray",
    ),
    Row(21, toml(INFLUENZA, "fever = 0.8", "fever = 1"), "W-CERTAIN", "impossible: influenza › fever"),
    Row(21, toml(FINDINGS, "leak = 0.05", "leak = 0"), "W-CERTAIN", "impossible: cough › leak"),
    # 22 to 27: names
    Row(
        22,
        bif("variable lung", "variable smoke {\n  type discrete [ 2 ] { yes, no };\n}\nvariable lung"),
        "E-DUPLICATE",
        "the variable 'smoke' more than once",
    ),
    Row(
        22,
        toml_file("conditions/flu.toml", 'id = "influenza"\n' + TOML[INFLUENZA]),
        "E-DUPLICATE",
        "the condition 'influenza' more than once",
    ),
    Row(
        23,
        bif("variable smoke {", 'variable "smoke" {'),
        "E-NAME",
        "the name '\"smoke\"'; expected a word without quotes or spaces",
    ),
    Row(23, bif("{ clear, shadow, mass }", "{ clear, shadow, big mass }"), "E-NAME", "the name 'big mass'"),
    Row(24, bif("variable smoke", "variable smo\0ke"), "E-NUL", "a NUL character in line 3"),
    Row(
        24,
        toml(FINDINGS, '"Fever"', '"Fe\\u0000ver"'),
        "E-NUL",
        "findings.toml › fever › name: found NUL in 'Fe\\x00ver'",
    ),
    Row(24, toml(FINDINGS, '"Fever"', '"Fe\u202ever"'), "E-NUL", "U+202E"),
    Row(
        25,
        toml(
            FINDINGS,
            "[cough]",
            finding("caf\u00e9", "A") + finding("cafe\u0301", "B") + "[cough]",
        ),
        "E-NFC-TWINS",
        r"findings that differ only in Unicode form: 'caf\xe9' and 'cafe\u0301'",
    ),
    Row(
        25,
        bif("{ clear, shadow, mass }", "{ clear, \u00e9, e\u0301 }"),
        "E-NFC-TWINS",
        "states that differ only in Unicode form",
    ),
    Row(
        26,
        toml(FINDINGS, "[cough]", '[Fever]\nname = "A"\nquestion = "?"\nleak = 0.1\n[cough]'),
        "E-CASE-TWINS",
        "findings that differ only in case: 'fever' and 'Fever'",
    ),
    Row(
        26,
        bif("variable lung", "variable Smoke {\n  type discrete [ 2 ] { yes, no };\n}\nvariable lung"),
        "E-CASE-TWINS",
        "variables that differ only in case: 'smoke' and 'Smoke'",
    ),
    Row(
        27,
        toml(FINDINGS, "[cough]", '["f\u0435ver"]\nname = "A"\nquestion = "?"\nleak = 0.1\n[cough]'),
        "W-HOMOGLYPH",
        "findings that look alike: 'fever' and 'f\u0435ver' (cyrillic small letter ie)",
    ),
    # 28, 29: encodings
    Row(
        28,
        bif_text(BIF.encode("utf-16")),
        "E-ENCODING",
        "UTF-16 (little-endian) text; expected UTF-8; save the file as UTF-8",
    ),
    Row(28, bif_text(BIF.encode("utf-16-be")), "E-ENCODING", "UTF-16 text without a byte order mark"),
    Row(28, toml_file(FINDINGS, TOML[FINDINGS].encode("utf-32")), "E-ENCODING", "UTF-32 (little-endian)"),
    Row(
        28,
        toml_file(FINDINGS, TOML[FINDINGS].replace("Fever", "Fi\u00e8vre").encode("latin-1")),
        "E-ENCODING",
        "byte 0xE8 in line 2: the file looks like Latin-1 (ISO 8859-1)",
    ),
    Row(
        28,
        toml_file(FINDINGS, TOML[FINDINGS].replace("Fever", "Fever \u201chigh\u201d").encode("cp1252")),
        "E-ENCODING",
        "looks like Windows-1252",
    ),
    Row(
        29, bif_text(b"\xef\xbb\xbf" + BIF.encode()), "W-BOM", "a UTF-8 byte order mark; expected none; it was skipped"
    ),
    Row(29, toml_file(FINDINGS, b"\xef\xbb\xbf" + TOML[FINDINGS].encode()), "W-BOM", "findings.toml"),
    # 30, 31: sizes
    Row(30, bif_text(many_parents(20)), "E-TABLE-SIZE", "a table of 2,097,152 cells"),
    Row(
        31,
        bif_text(all_pairs(30)),
        "E-TREEWIDTH",
        "exact inference needs a table of about 2^30 cells; expected at most 2^27",
    ),
    # 32 to 34: XML
    Row(
        32,
        xml('<BIF VERSION="0.3">', ENTITY_BOMB),
        "E-DOCTYPE",
        "a document type ('lolz'); expected none; delete the <!DOCTYPE …> at the top",
    ),
    Row(32, xml('<BIF VERSION="0.3">', XXE), "E-DOCTYPE", "a document type ('BIF')"),
    Row(
        32,
        xml('<BIF VERSION="0.3">', '<!DOCTYPE BIF SYSTEM "http://localhost/bif.dtd">\n<BIF VERSION="0.3">'),
        "E-DOCTYPE",
        "a document type",
    ),
    Row(32, xml("<NAME>clinic</NAME>", "<NAME>&clinic;</NAME>"), "E-ENTITY", "undefined entity"),
    Row(
        33,
        xml('<BIF VERSION="0.3">', '<BIF VERSION="0.3" xmlns="http://localhost/bif">'),
        "E-NAMESPACE",
        "<BIF xmlns…>",
    ),
    Row(33, xml("<NAME>clinic</NAME>", "<b:NAME>clinic</b:NAME>"), "E-NAMESPACE", "<b:NAME>"),
    Row(
        34,
        xml("<PROPERTY>position = (73, 165)</PROPERTY>", "<PROPERTY>observed</PROPERTY>"),
        "E-PROPERTY",
        "the bare property 'observed'; expected name = value",
    ),
    # 35, 36: what is never opened
    Row(
        35,
        single_file("network.pkl", pickle.dumps({"a": 1})),
        "E-PICKLE",
        "a pickle or another format that can run code",
    ),
    Row(35, single_file("network.joblib", b""), "E-PICKLE", "expected TOML, BIF or XMLBIF"),
    Row(35, single_file("network.bif", pickle.dumps({"a": 1}, protocol=4)), "E-PICKLE", "a pickle"),
    Row(35, toml_file("cache.pickle", pickle.dumps([1])), "E-PICKLE", "clinic/cache.pickle"),
    Row(35, toml_file(FINDINGS, pickle.dumps([1])), "E-PICKLE", "findings.toml"),
    Row(
        36,
        single_file("network.zip", zip_with_traversal()),
        "E-ARCHIVE",
        "an archive; expected a directory or a BIF or XMLBIF file; unpack it first",
    ),
    Row(36, single_file("network.bif", zip_with_traversal()), "E-ARCHIVE", "an archive"),
    Row(36, single_file("network.tar.gz", tar_with_symlink("w:gz")), "E-ARCHIVE", "an archive"),
    Row(36, single_file("network.bif", tar_with_symlink("w")), "E-ARCHIVE", "an archive"),
    Row(36, single_file("network.bif.gz", tar_with_symlink("w:gz")), "E-ARCHIVE", "an archive"),
    Row(36, symlink_out, "E-SYMLINK", "stolen.toml: found a symbolic link that leads out of the network's directory"),
    Row(36, symlink_loop, "E-SYMLINK", "a.toml: found a symbolic link"),
    Row(36, symlinked_folder, "E-SYMLINK", "clinic/conditions"),
    # 37: keys
    Row(
        37,
        toml(INFLUENZA, "fever = 0.8", "fever = 0.8\nfever = 0.6"),
        "E-DUPLICATE-KEY",
        "influenza.toml › line 6: found a key that is there already: 'fever = 0.6'",
    ),
    Row(37, toml(FINDINGS, "[cough]", '[fever]\nname = "A"\n[cough]'), "E-DUPLICATE-KEY", "'[fever]'"),
    # 39, 40: what a doctor would miss
    Row(39, toml(PNEUMONIA, "must_not_miss = true\n", ""), "W-MUST-NOT-MISS", "no condition with must_not_miss = true"),
    Row(
        39,
        lambda folder: write_tables(folder, BIF, roles=replaced(ROLES, 'must_not_miss = ["lung"]\n', "")),
        "W-MUST-NOT-MISS",
        "no condition under must_not_miss",
    ),
    Row(
        40,
        bif("(yes) 0.1, 0.9", "(yes) 1.5, -0.5"),
        "E-PROBABILITY",
        "1.5 where smoke = yes; expected probabilities between 0 and 1",
    ),
    Row(
        40,
        toml(INFLUENZA, "fever = 0.8", "fever = 80"),
        "E-PROBABILITY",
        "fever: found 80; expected a probability between 0 and 1",
    ),
    Row(
        40,
        toml(FINDINGS, "[cough]", '[rash]\nname = "Rash"\nquestion = "?"\nleak = 0.1\n[cough]'),
        "W-UNEXPLAINED",
        "findings that no condition explains: rash",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number}-{row.code}-{index}" for index, row in enumerate(ROWS)])
def test_catalogue(row: Row, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    problems = check_network(path)
    matching = [problem for problem in problems if problem.code == row.code and row.message in str(problem)]
    assert matching, "\n".join(map(str, problems))
    assert {problem.catalogue for problem in matching} <= {row.number, *SAME.get(row.number, ())}
    if row.code.startswith("W-"):
        assert not [problem for problem in problems if problem.severity is Severity.REJECT]
        load_network(path)
    else:
        assert matching[0].severity is Severity.REJECT
        with pytest.raises(InputError) as raised:
            load_network(path)
        assert list(raised.value.problems) == problems


SAME: dict[int, tuple[int | None, ...]] = {13: (None,), 15: (13,)}
"""Where one line of the catalogue shows as another."""


def test_every_line_has_a_row() -> None:
    assert {row.number for row in ROWS} | {38} == set(range(1, 41))


def test_38_a_condition_removed_since_the_baseline(tmp_path: Path) -> None:
    base = load_network(write_toml(tmp_path))
    kept = tuple(condition for condition in base.conditions if condition.id != "pneumonia")
    problems = removed_conditions(base, replace(base, conditions=kept))
    assert [(problem.code, problem.catalogue) for problem in problems] == [("E-CONDITION-REMOVED", 38)]
    assert "no 'pneumonia', which clinic has" in str(problems[0])
    renamed = tuple(replace(c, id="pneumonias") if c.id == "pneumonia" else c for c in base.conditions)
    assert removed_conditions(base, replace(base, conditions=renamed))[0].suggestions == ("pneumonias",)
    assert removed_conditions(base, base) == []


def test_18_a_default_row_fills_what_is_not_listed(tmp_path: Path) -> None:
    plain = load_network(write_tables(tmp_path, BIF))
    short = replaced(BIF, "  (no) 0.01, 0.99;\n", "  default 0.01, 0.99;\n")
    assert load_network(write_tables(tmp_path, short)).digest == plain.digest


@pytest.mark.parametrize(("text", "suffix"), [(BIF, ".bif"), (XMLBIF, ".xmlbif")])
def test_15_no_prefix_of_a_file_is_a_smaller_network(text: str, suffix: str, tmp_path: Path) -> None:
    for end in range(len(text.rstrip())):
        path = write_tables(tmp_path, text[:end], suffix)
        problems = check_network(path)
        assert any(problem.severity is Severity.REJECT for problem in problems), f"the first {end} characters"


def test_30_a_large_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path) -> None:
    path = write_tables(tmp_path, BIF)
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    (problem,) = check_network(path)
    assert (problem.code, problem.catalogue) == ("E-FILE-SIZE", 30)
    directory = write_toml(tmp_path)
    with (directory / "findings.toml").open("r+b") as file:
        file.truncate(1 << 40)
    assert [problem.code for problem in check_network(directory)] == ["E-FILE-SIZE"]


def test_30_a_gzip_bomb_is_refused_while_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.network.load.MAX_TABLE_BYTES", 1 << 20)
    path = write_tables(tmp_path, gzip.compress(b" " * (64 << 20)), ".bif.gz")
    assert [problem.code for problem in check_network(path)] == ["E-FILE-SIZE"]


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    changes = {
        INFLUENZA: replaced(replaced(TOML[INFLUENZA], "fever = 0.8", "fewer = 1.8"), '"self_care"', '"selfcare"'),
        PNEUMONIA: replaced(replaced(TOML[PNEUMONIA], "smoking = 1.5", "smoker = -1"), "must_not_miss", "mustnotmiss"),
        FINDINGS: replaced(TOML[FINDINGS], "leak = 0.05", "leek = 0.05"),
        NETWORK: replaced(TOML[NETWORK], "format = 1", "format = 2"),
    }
    codes = sorted(problem.code for problem in check_network(write_toml(tmp_path, changes)))
    assert codes == [
        "E-CHOICE",
        "E-FORMAT",
        "E-ODDS-RATIO",
        "E-PROBABILITY",
        "E-UNKNOWN-KEY",
        "E-UNKNOWN-KEY",
        "W-LEAK-DEFAULT",
        "W-MUST-NOT-MISS",
    ]


def test_all_errors_of_a_bif_come_at_once(tmp_path: Path) -> None:
    text = replaced(BIF, "table 0.3, 0.7", "table 0.3, 0.8")
    text = replaced(text, "(no) 0.01, 0.99", "(nein) 0.01, 0.99")
    text = replaced(text, "(yes, yes) 0.1, 0.5, 0.4", "(yes, yes) 0.1, x, 0.4")
    text = replaced(text, "{ clear, shadow, mass }", "{ clear, shadow, shadow, mass }") + "junk"
    codes = {problem.code for problem in check_network(write_tables(tmp_path, text))}
    assert codes >= {"E-CPT-SUM", "E-PARENT-STATE", "E-STATE-TWICE", "E-STATE-COUNT", "E-JUNK"}


def test_the_sound_networks_have_no_problem(tmp_path: Path) -> None:
    assert check_network(write_toml(tmp_path)) == []
    assert check_network(write_tables(tmp_path, BIF)) == []
    assert check_network(write_tables(tmp_path, XMLBIF, ".xmlbif")) == []
