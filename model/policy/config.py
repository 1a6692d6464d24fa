"""The question policy and the stopping rule as a small TOML file, which is part of the candidate.

What is not written is not done: a key that is left out is off.  A network without a ``policy.toml``
gets :data:`DEFAULT_POLICY`.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem, raise_if_rejected
from ..words import nearest

INFORMATION_GAIN, RANDOM, FIXED_ORDER = "information_gain", "random", "fixed_order"
KINDS = (INFORMATION_GAIN, RANDOM, FIXED_ORDER)
FORMAT = 1


@dataclass(frozen=True, slots=True)
class PolicyConfig:
    """Which question is asked next."""

    kind: str = INFORMATION_GAIN
    """``information_gain``: the best score; ``random`` and ``fixed_order`` are the baselines."""
    present_weight: float = 0.0
    """score = gain (nats) + ``present_weight`` · P(finding present | evidence)."""
    tie_band: float = 1e-9
    """Scores within this of the best are a tie; the finding of lowest index wins."""
    red_flag_min_probability: float | None = None
    """Red flags linked to a must-not-miss condition at least this probable are asked first …"""
    red_flag_min_joint: float = 0.0
    """… those alone for which the condition and a yes are together at least this probable, that is
    P(condition | evidence) · P(red flag present | condition): the questions go where a yes may come."""
    seed: int = 0
    """``random`` only."""
    order: tuple[str, ...] = ()
    """``fixed_order`` only: finding ids, the first to be asked first."""


@dataclass(frozen=True, slots=True)
class StoppingConfig:
    """When an interview has asked enough."""

    posterior_threshold: float | None = None
    """Stop when the leading condition is at least this probable."""
    min_gain: float = 0.0
    """Stop when no question promises this much information (nats); ``information_gain`` only."""
    min_questions: int = 0
    """Neither of the two above stops an interview before it has asked this many."""
    max_questions: int = 30


POSTERIOR, EXPLAINING = "posterior", "explaining"


@dataclass(frozen=True, slots=True)
class DifferentialConfig:
    """What the differential is made of: what leads, stops an interview and decides the advice."""

    rank_by: str = POSTERIOR
    """``posterior``: P(condition | evidence).  ``explaining``: P(condition present and a cause of a
    present finding | evidence), which leaves out what is merely as common as in anybody; for networks
    in which several conditions may be present (compare Richens, Lee and Johri 2020)."""
    must_not_miss_weight: float = 1.0
    """Behind the most probable condition, must-not-miss conditions are ordered as if they were so many
    times as probable; 1: by probability alone.  Probabilities are shown as they are."""
    doubt: float = 0.0
    """The other conditions are weighed as if the most probable one were absent with at least this
    probability: see ``differential.doubted``.  0: the network is believed however sure it is."""


@dataclass(frozen=True)
class Policy:
    """A question policy with its stopping rule, and what the differential ranks by."""

    questions: PolicyConfig = field(default_factory=PolicyConfig)
    stopping: StoppingConfig = field(default_factory=StoppingConfig)
    differential: DifferentialConfig = field(default_factory=DifferentialConfig)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of what the policy does: settings that its kind never reads do not count."""
        questions = asdict(self.questions)
        stopping = asdict(self.stopping)
        for key in _UNREAD[self.questions.kind]:
            questions.pop(key, None)
            stopping.pop(key, None)
        settings = [FORMAT, questions, stopping, asdict(self.differential)]
        canonical = json.dumps(settings, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


_SCORED = ("present_weight", "tie_band", "red_flag_min_probability", "red_flag_min_joint", "min_gain")
_UNREAD: Mapping[str, tuple[str, ...]] = {
    INFORMATION_GAIN: ("seed", "order"),
    RANDOM: (*_SCORED, "order"),
    FIXED_ORDER: (*_SCORED, "seed"),
}

DEFAULT_POLICY = Policy(
    PolicyConfig(present_weight=0.1, red_flag_min_probability=0.02),
    StoppingConfig(posterior_threshold=0.95, min_gain=0.001, min_questions=3, max_questions=30),
)
"""The policy of a network that has none of its own."""


def load_policy(path: Path | str) -> Policy:
    """Read a policy from a TOML file, or from the ``policy.toml`` of a network directory.

    A directory without that file has the default policy.

    Errors
    ------
    InputError
        With every problem of the file.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "policy.toml"
        if not path.exists():
            return DEFAULT_POLICY
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError.single("E-POLICY-READ", str(path), error.strerror or "an unreadable file") from None
    except UnicodeDecodeError:
        raise InputError.single(
            "E-ENCODING", path.name, "bytes that are not UTF-8", expected="UTF-8 text", catalogue=28
        ) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError.single("E-TOML", path.name, f"invalid TOML ({error})", expected="a TOML document") from None
    return parse_policy(document, path.name)


def parse_policy(document: Mapping[str, Any], where: str = "policy.toml") -> Policy:
    """A policy from the tables of its TOML file; InputError with every problem."""
    problems: list[Problem] = []
    _report_unknown_keys(document, ("format", "policy", "stopping", "differential"), where, problems)
    if document.get("format") != FORMAT:
        problems.append(_wrong(f"{where} › format", document.get("format"), f"format = {FORMAT}"))
    questions = _read_table(document, "policy", _QUESTION_CHECKS, where, problems)
    stopping = _read_table(document, "stopping", _STOPPING_CHECKS, where, problems)
    differential = _read_table(document, "differential", _DIFFERENTIAL_CHECKS, where, problems)
    if "order" in questions:
        questions["order"] = tuple(questions["order"])
    if questions.get("kind") == FIXED_ORDER and not questions.get("order"):
        problems.append(
            Problem("E-POLICY-ORDER", f"{where} › policy › order", "no order", "the ids of the findings to ask")
        )
    least, most = stopping.get("min_questions", 0), stopping.get("max_questions", StoppingConfig().max_questions)
    if least > most:
        problems.append(_wrong(f"{where} › stopping › min_questions", least, f"at most max_questions ({most})"))
    raise_if_rejected(problems)
    return Policy(PolicyConfig(**questions), StoppingConfig(**stopping), DifferentialConfig(**differential))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_distinct_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value) and len(set(value)) == len(value)


Check = tuple[Callable[[Any], bool], str]
"""Whether a value is allowed, and the words for what is."""

_PROBABILITY: Check = (lambda value: _is_number(value) and 0 < value <= 1, "a probability in (0, 1]")
_NOT_NEGATIVE: Check = (lambda value: _is_number(value) and value >= 0, "a number of at least 0")
_COUNT: Check = (_is_count, "a whole number of at least 0")
_QUESTION_CHECKS: Mapping[str, Check] = {
    "kind": (lambda value: value in KINDS, " or ".join(KINDS)),
    "present_weight": _NOT_NEGATIVE,
    "tie_band": _NOT_NEGATIVE,
    "red_flag_min_probability": _PROBABILITY,
    "red_flag_min_joint": (lambda value: _is_number(value) and 0 <= value <= 1, "a probability"),
    "seed": _COUNT,
    "order": (_is_distinct_ids, "a list of finding ids, each once"),
}
_STOPPING_CHECKS: Mapping[str, Check] = {
    "posterior_threshold": _PROBABILITY,
    "min_gain": _NOT_NEGATIVE,
    "min_questions": _COUNT,
    "max_questions": _COUNT,
}
_DIFFERENTIAL_CHECKS: Mapping[str, Check] = {
    "rank_by": (lambda value: value in (POSTERIOR, EXPLAINING), f"{POSTERIOR} or {EXPLAINING}"),
    "must_not_miss_weight": (lambda value: _is_number(value) and value >= 1, "a number of at least 1"),
    "doubt": (lambda value: _is_number(value) and 0 <= value <= 0.5, "a probability of at most 0.5"),
}


def _read_table(
    document: Mapping[str, Any], name: str, checks: Mapping[str, Check], where: str, problems: list[Problem]
) -> dict[str, Any]:
    """The allowed entries of one table; everything else becomes a problem."""
    table = document.get(name, {})
    if not isinstance(table, Mapping):
        problems.append(_wrong(f"{where} › {name}", table, f"a table [{name}]"))
        return {}
    _report_unknown_keys(table, tuple(checks), f"{where} › {name}", problems)
    allowed: dict[str, Any] = {}
    for key, (is_allowed, expected) in checks.items():
        if key not in table:
            continue
        if is_allowed(table[key]):
            allowed[key] = table[key]
        else:
            problems.append(_wrong(f"{where} › {name} › {key}", table[key], expected))
    return allowed


def _report_unknown_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str, problems: list[Problem]) -> None:
    for key in table:
        if key not in known:
            problems.append(
                Problem("E-POLICY-KEY", where, f"the unknown key {key!r}", " or ".join(known), nearest(key, known))
            )


def _wrong(where: str, found: Any, expected: str) -> Problem:
    return Problem("E-POLICY-VALUE", where, "nothing" if found is None else repr(found), expected)
