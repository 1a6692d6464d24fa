"""gate.toml and the list of known failures: what they say, and every mistake told at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from model.errors import InputError
from validation.comparison import Event
from validation.gate import Rules, load_known_failures, load_rules
from validation.gate.known_failures import KnownFailure, known_failures_toml
from validation.gate.rules import By, Cases, ClusterBy, Measure, Outcome

ROOT = Path(__file__).resolve().parents[3]
HASH = "a1" * 32
WAIVER = f'''[[waiver]]
case = "a"
event = "must-not-miss-lost"
reviewer = "A. Smith"
reason = "rewritten"
expires = 2027-01-31
case_hash = "{HASH}"
network = "{HASH}"
policy = "{HASH}"
'''
ENTRY = f'''[[known_failure]]
case = "a"
case_hash = "{HASH}"
owner = "J. Doe"
reason = "known"
expires = 2027-01-31
signed_off_by = "A. Smith"
'''


def rules_of(folder: Path, text: str) -> Rules:
    path = folder / "gate.toml"
    path.write_text(f"format = 1\n{text}", "utf-8")
    return load_rules(path)


def test_the_projects_own_rules_are_the_defaults_with_a_safety_family() -> None:
    rules = load_rules(ROOT / "gate.toml")
    assert rules.safety_family == {"must-not-miss cases": "must-not-miss", "emergencies": "emergencies"}
    assert rules.cases == Cases("split == reference")  # never the holdout
    assert Rules(cases=rules.cases, safety_family=rules.safety_family) == rules


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    assert rules_of(tmp_path, "") == Rules()


def test_every_setting_is_read(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        """
        [integrity]
        replay_sample = 0
        removed_conditions = ["old"]
        [cases]
        select = "sex == male"
        [ratchet]
        file = "known.toml"
        new_failures = "block"
        [overall]
        outcomes = ["top_1", "strict_top_3"]
        alpha = 0.01
        margin = 0.05
        inconclusive = "pass"
        [slices]
        by = ["sex"]
        q = 0.2
        fewest = 5
        [safety_family]
        children = "age < 2 and sex == female"
        [continuous]
        measures = ["brier"]
        blocking = ["brier"]
        cluster = "author"
        flips = 999
        seed = 7
        """
        + WAIVER,
    )
    assert rules.cases.select == "sex == male"
    assert rules.integrity.replay_sample == 0
    assert rules.integrity.removed_conditions == ("old",)
    assert rules.ratchet.file == tmp_path / "known.toml"
    assert rules.ratchet.block_new_failures
    assert rules.overall.outcomes == (Outcome.TOP_1, Outcome.STRICT_TOP_3)
    assert (rules.overall.alpha, rules.overall.margin, rules.overall.inconclusive_passes) == (0.01, 0.05, True)
    assert (rules.slices.by, rules.slices.q, rules.slices.fewest) == ((By.SEX,), 0.2, 5)
    assert rules.safety_family == {"children": "age < 2 and sex == female"}
    assert rules.continuous.measures == rules.continuous.blocking == (Measure.BRIER,)
    assert (rules.continuous.cluster, rules.continuous.flips, rules.continuous.seed) == (ClusterBy.AUTHOR, 999, 7)
    (waiver,) = rules.waivers
    assert (waiver.case, waiver.event, waiver.expires) == ("a", Event.MUST_NOT_MISS_LOST, date(2027, 1, 31))


def test_the_digest_follows_from_what_is_ruled(tmp_path: Path) -> None:
    plain = rules_of(tmp_path, "").digest
    assert rules_of(tmp_path, "# another comment\n[overall]\nalpha = 0.05\n").digest == plain
    assert rules_of(tmp_path, "[overall]\nalpha = 0.04\n").digest != plain
    assert rules_of(tmp_path, WAIVER).digest != plain


BAD = [
    ("[over_all]\n", "E-UNKNOWN-KEY", "overall"),
    ("[overall]\nmargni = 0.02\n", "E-UNKNOWN-KEY", "margin"),
    ("[overall]\nmargin = '2 %'\n", "E-TYPE", "a number"),
    ("[overall]\nmargin = '0,02'\n", "E-DECIMAL-COMMA", "0.02"),
    ("[overall]\nmargin = 0,02\n", "E-DECIMAL-COMMA", "line 3"),
    ("[overall]\nmargin = 2\n", "E-NUMBER", "between 0 and 1"),
    ("[overall]\nalpha = nan\n", "E-NOT-FINITE", "finite"),
    ("[overall]\nalpha = 0.9\n", "E-NUMBER", "0.5"),
    ("[overall]\nalpha = 0.01\nalpha = 0.05\n", "E-DUPLICATE-KEY", "line 4"),
    ("[overall]\noutcomes = ['top1']\n", "E-CHOICE", "top_1"),
    ("[overall]\noutcomes = []\n", "E-EMPTY", "top_1"),
    ("[overall]\noutcomes = 'top_1'\n", "E-TYPE", "list"),
    ("[overall]\ninconclusive = 'maybe'\n", "E-CHOICE", "stop"),
    ("overall = 3\n", "E-TYPE", "[overall]"),
    ("[slices]\nby = ['sex', 'sex']\n", "E-DUPLICATE", "once"),
    ("[slices]\nby = ['gender']\n", "E-CHOICE", "age_band"),
    ("[slices]\nfewest = 0\n", "E-NUMBER", "from 1"),
    ("[slices]\nfewest = 10.0\n", "E-NUMBER", "whole"),
    ("[integrity]\nreplay_sample = true\n", "E-NUMBER", "whole"),
    ("[ratchet]\nnew_failures = 'blocks'\n", "E-CHOICE", "block"),
    ("[safety_family]\nbabies = 'agee < 2'\n", "E-EXPRESSION", "age"),
    ("[cases]\nselect = 'splitt == reference'\n", "E-EXPRESSION", "split"),
    ("[safety_family]\nbabies = ''\n", "E-MISSING", "a text"),
    ("[continuous]\nmeasures = ['brier']\nblocking = ['questions']\n", "E-CHOICE", "add questions"),
    ("[continuous]\ncluster = 'doctor'\n", "E-CHOICE", "author"),
    ("[waiver]\ncase = 'a'\n", "E-TYPE", "[[waiver]]"),
    (WAIVER + WAIVER, "E-DUPLICATE", "second waiver"),
    (WAIVER.replace(HASH, HASH[:40], 1), "E-DIGEST", "40 characters"),
    (WAIVER.replace("must-not-miss-lost", "must-not-miss"), "E-CHOICE", "must-not-miss-lost"),
    (WAIVER.replace("must-not-miss-lost", "unsafe-triage"), "E-CHOICE", "must-not-miss-lost"),
    (WAIVER.replace("2027-01-31", '"2027-01-31"'), "E-DATE", "without quotes"),
    (WAIVER.replace("2027-01-31", "2027-01-31T10:00:00"), "E-DATE", "time"),
    (WAIVER.replace("2027-01-31", "2027-02-31"), "E-SYNTAX", "line"),
    (WAIVER.replace("A. Smith", " "), "E-MISSING", "reviewer"),
    (WAIVER.replace('reason = "rewritten"\n', ""), "E-MISSING", "reason"),
    (WAIVER + "until = 3\n", "E-UNKNOWN-KEY", "until"),
]


@pytest.mark.parametrize(
    ("text", "code", "hint"), BAD, ids=[f"{code}-{row}" for row, (_text, code, _) in enumerate(BAD)]
)
def test_bad_rules(tmp_path: Path, text: str, code: str, hint: str) -> None:
    with pytest.raises(InputError) as error:
        rules_of(tmp_path, text)
    (problem,) = error.value.problems
    assert problem.code == code
    assert hint in str(problem)
    assert "gate.toml" in problem.where


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        rules_of(tmp_path, "[overall]\nmargin = 2\nalfa = 1\n[slices]\nq = 'x'\n" + WAIVER.replace(HASH, "0"))
    assert [problem.code for problem in error.value.problems] == [
        "E-NUMBER", "E-UNKNOWN-KEY", "E-TYPE", "E-DIGEST", "E-DIGEST", "E-DIGEST",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"format = 2\n", "E-FORMAT"),
        (b"", "E-FORMAT"),
        (b"format = 1\n[overall]\nmargin =", "E-"),
        ("format = 1\n# ä".encode("latin-1"), "E-"),
    ],
)
def test_files_that_are_none(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "gate.toml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=code):
        load_rules(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_rules(tmp_path / "gate.toml")


def test_known_failures_come_back(tmp_path: Path) -> None:
    entries = (
        KnownFailure("a", HASH, "J. Doe", 'a "quoted" reason', date(2027, 1, 31), "A. Smith"),
        KnownFailure("b", "b2" * 32, "J. Doe", "another", date(2027, 2, 1)),
    )
    path = tmp_path / "known.toml"
    path.write_text(known_failures_toml(entries[::-1]), "utf-8")
    assert load_known_failures(path) == entries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENTRY + ENTRY, "E-DUPLICATE"),
        (ENTRY.replace(HASH, "abc"), "E-DIGEST"),
        (ENTRY.replace("J. Doe", ""), "E-MISSING"),
        (ENTRY.replace('reason = "known"', 'reason = ""'), "E-MISSING"),
        (ENTRY + 'ownr = "x"\n', "E-UNKNOWN-KEY"),
        (ENTRY.replace("2027-01-31", "soon", 1), "E-SYNTAX"),
        ("known_failure = 3\n", "E-TYPE"),
        ("[[known_failures]]\n", "E-UNKNOWN-KEY"),
    ],
)
def test_bad_known_failures(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "known.toml"
    path.write_text(f"format = 1\n{text}", "utf-8")
    with pytest.raises(InputError, match=code):
        load_known_failures(path)
