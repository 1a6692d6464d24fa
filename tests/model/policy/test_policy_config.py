"""policy.toml: what it may say, and every message when it says something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model.errors import InputError
from model.policy import (
    DEFAULT_POLICY,
    DifferentialConfig,
    Policy,
    PolicyConfig,
    StoppingConfig,
    load_policy,
    parse_policy,
)

FULL = """
format = 1
[policy]
kind = "information_gain"
present_weight = 0.1
tie_band = 1e-9
red_flag_min_probability = 0.02
seed = 0
[stopping]
posterior_threshold = 0.95
min_gain = 0.001
min_questions = 3
max_questions = 30
"""


def test_the_documented_file_is_the_default_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(FULL)
    assert load_policy(tmp_path / "policy.toml") == load_policy(tmp_path) == DEFAULT_POLICY


def test_a_directory_without_a_policy_has_the_default(tmp_path: Path) -> None:
    assert load_policy(tmp_path) == DEFAULT_POLICY


def test_what_is_not_written_is_off() -> None:
    policy = parse_policy({"format": 1})
    assert policy.questions == PolicyConfig(
        kind="information_gain", present_weight=0.0, red_flag_min_probability=None, tie_band=1e-9
    )
    assert policy.stopping == StoppingConfig(posterior_threshold=None, min_gain=0.0, min_questions=0, max_questions=30)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, ["policy.toml › format: found nothing; expected format = 1"]),
        ({"format": 1, "polcy": {}}, ["the unknown key 'polcy'", "did you mean policy?"]),
        (
            {"format": 1, "policy": {"ordr": []}},
            ["policy.toml › policy: found the unknown key 'ordr'", "did you mean order"],
        ),
        (
            {"format": 1, "policy": {"kind": "greedy"}},
            ["policy › kind: found 'greedy'; expected information_gain or random"],
        ),
        (
            {"format": 1, "policy": {"present_weight": "0,1"}},
            ["present_weight: found '0,1'; expected a number of at least 0"],
        ),
        ({"format": 1, "policy": {"present_weight": float("nan")}}, ["present_weight: found nan"]),
        ({"format": 1, "policy": {"tie_band": -1}}, ["tie_band: found -1"]),
        ({"format": 1, "policy": {"red_flag_min_probability": 1.5}}, ["expected a probability in (0, 1]"]),
        (
            {"format": 1, "policy": {"red_flag_min_joint": -0.1}},
            ["red_flag_min_joint: found -0.1; expected a probability"],
        ),
        ({"format": 1, "policy": {"seed": True}}, ["seed: found True; expected a whole number"]),
        ({"format": 1, "policy": {"kind": "fixed_order"}}, ["policy › order: found no order"]),
        ({"format": 1, "policy": {"kind": "fixed_order", "order": ["a", "a"]}}, ["a list of finding ids, each once"]),
        ({"format": 1, "policy": 3}, ["policy: found 3; expected a table [policy]"]),
        ({"format": 1, "stopping": {"posterior_threshold": 0}}, ["posterior_threshold: found 0"]),
        ({"format": 1, "stopping": {"max_questions": 2.5}}, ["max_questions: found 2.5; expected a whole number"]),
        (
            {"format": 1, "stopping": {"min_questions": 9, "max_questions": 5}},
            ["min_questions: found 9; expected at most"],
        ),
    ],
)
def test_bad_documents(document: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(document)
    for text in expected:
        assert text in str(caught.value)


def test_all_errors_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_policy({"policy": {"kind": "x", "seed": -1}, "stopping": {"min_gain": -1, "mx": 1}})
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize(
    ("content", "code", "catalogue"),
    [
        (b"\xff\xfef\x00o\x00", "E-ENCODING", 28),
        (b"format = ", "E-TOML", None),
        (b"format = 1\nformat = 1", "E-TOML", None),
    ],
)
def test_unreadable_files(tmp_path: Path, content: bytes, code: str, catalogue: int | None) -> None:
    (tmp_path / "policy.toml").write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_policy(tmp_path)
    problem = caught.value.problems[0]
    assert (problem.code, problem.catalogue) == (code, catalogue)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        load_policy(tmp_path / "nowhere.toml")


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xef\xbb\xbf" + FULL.encode())
    assert load_policy(tmp_path) == DEFAULT_POLICY


def test_digest_counts_what_the_kind_reads() -> None:
    base = Policy(PolicyConfig())
    assert Policy(PolicyConfig(seed=4)).digest == base.digest
    assert Policy(PolicyConfig(present_weight=0.1)).digest != base.digest
    assert Policy(PolicyConfig(), StoppingConfig(max_questions=3)).digest != base.digest
    random = Policy(PolicyConfig(kind="random"))
    assert random.digest != base.digest
    assert Policy(PolicyConfig(kind="random", seed=4)).digest != random.digest
    assert Policy(PolicyConfig(kind="random", present_weight=0.3)).digest == random.digest
    assert Policy(PolicyConfig(red_flag_min_joint=0.1)).digest != base.digest
    assert Policy(PolicyConfig(kind="random", red_flag_min_joint=0.1)).digest == random.digest
    assert Policy(differential=DifferentialConfig(doubt=0.1)).digest != base.digest
