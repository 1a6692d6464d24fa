"""Rows 1 to 20 of the bad-input table: the graph, its tables and its numbers."""

from __future__ import annotations

import gzip

from tests.model.network.bad_networks import (
    BIF,
    XMLBIF,
    bif,
    bif_text,
    toml,
    toml_file,
    write_tables,
    xml,
)
from tests.model.network.hostile_files import (
    FINDINGS,
    INFLUENZA,
    NETWORK,
    SMOKE_ROOT,
    Row,
)

TABLES = [
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
]
