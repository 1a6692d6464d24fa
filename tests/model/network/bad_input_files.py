"""Rows 21 to 40 of the bad-input table: certainty, names, encodings, formats, what a doctor would miss."""

from __future__ import annotations

import pickle

from tests.model.network.bad_networks import (
    BIF,
    ROLES,
    TOML,
    bif,
    bif_text,
    replaced,
    toml,
    toml_file,
    write_tables,
    xml,
)
from tests.model.network.hostile_files import (
    ENTITY_BOMB,
    FINDINGS,
    INFLUENZA,
    PNEUMONIA,
    XXE,
    Row,
    all_pairs,
    finding,
    many_parents,
    single_file,
    symlink_loop,
    symlink_out,
    symlinked_folder,
    tar_with_symlink,
    zip_with_traversal,
)

FILES = [
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
