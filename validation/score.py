"""All figures of a run, from its table: the arrays come from here, the formulas from ``metrics``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from model.network.vocabulary import Triage

from .arrow import to_numpy
from .columns import ANSWERED, COUNTS, CRASHED, FAILED, IMPOSSIBLE
from .metrics import ddxplus, loss, outcome, probability, questions, triage
from .metrics.estimate import Bools, Estimate, NotScored, Score, mean, mean_ratio, wilson
from .vocabulary import Vocabulary

SHOWN = 5
"""Conditions of the differential that a person is shown: what its precision and recall are about."""
LOST = (CRASHED, FAILED, IMPOSSIBLE)
"""Outcomes without a differential at the end."""
BY_ITSELF = ("threshold", "low_gain")
"""Stop reasons by which an interview ends though it could have gone on."""


@dataclass(frozen=True)
class Metrics:
    """Figures by group and name; a figure is a :class:`Score`, a number, or a table of numbers."""

    groups: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, name: str) -> Any:
        for group in self.groups.values():
            if name in group:
                return group[name]
        raise KeyError(name)

    def items(self) -> Iterator[tuple[str, str, Any]]:
        """(group, name, figure), in order."""
        for group, figures in self.groups.items():
            for name, figure in figures.items():
                yield group, name, figure

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            group: {name: _plain(value) for name, value in figures.items()} for group, figures in self.groups.items()
        }


def score(table: pa.Table, vocabulary: Vocabulary) -> Metrics:
    """The metrics of these cases, all of METRICS but the gate."""
    column = {name: to_numpy(table[name]) for name in table.column_names if not pa.types.is_list(table[name].type)}
    differential = Differential(table, vocabulary)
    names_one = np.array([len(names) > 0 for names in table["must_not_miss"].to_pylist()], bool)
    counts = questions.EvidenceCounts(*(column[f"n_{name}"].astype(np.int64) for name in COUNTS))
    lost = np.isin(column["outcome"].astype(str), LOST)
    must_ask = [ask for case in table["must_ask"].to_pylist() for ask in case]
    advice, least, most = (column[f"triage_{name}"] for name in ("advice", "least", "most"))
    return Metrics(
        {
            "outcome": _outcome(column, differential, names_one, len(vocabulary.conditions)),
            "triage": {
                "triage_exact": triage.triage_exact(advice, least, most),
                "triage_safe": triage.triage_safe(advice, least),
                "triage_safe_gilbert": triage.triage_safe_gilbert(advice, least),
                "under_triage": triage.under_triage(advice, least),
                "over_triage": triage.over_triage(advice, least, most),
                "hazardous_under_triage": triage.hazardous_under_triage(advice, least),
            },
            "probability": _probability(column),
            "questions": {
                "questions_asked": questions.questions_asked(column["n_questions"]),
                "question_quantiles": questions.question_quantiles(column["n_questions"]),
                "interaction_length": questions.interaction_length(column["n_questions"]),
                "evidence_recall": questions.evidence_recall(counts),
                "pertinent_negative_recall": questions.pertinent_negative_recall(counts),
                "evidence_precision": questions.evidence_precision(counts, lost),
                "red_flag_rate": questions.red_flag_rate(
                    np.array([ask["asked_at"] for ask in must_ask], np.int64),
                    np.array([ask["by"] for ask in must_ask], np.int64),
                ),
                "efficiency_curve": questions.efficiency_curve(
                    table["rank_after"].to_pylist(), table["p_expected_after"].to_pylist()
                ),
            },
            "loss": {
                "initial_top_1": outcome.top_k(column["initial_rank_right"], 1),
                "full_top_1": outcome.top_k(column["full_rank_right"], 1),
                **loss.loss_shares(loss_of_cases(column)),
                "lucky": loss.lucky(column["rank_right"] == 1, column["full_rank_right"] == 1),
            },
            "ddxplus": _ddxplus(column, differential, questions.nothing_found(counts, lost), vocabulary),
        }
    )  # fmt: skip


def loss_of_cases(column: Mapping[str, Any]) -> Any:
    """(N,) to which share of the loss each case belongs."""
    return loss.loss_of(
        column["rank_right"] == 1, column["full_rank_right"] == 1, np.isin(column["stop"].astype(str), BY_ITSELF)
    )


def _outcome(column: Mapping[str, Any], differential: Differential, names_one: Bools, length: int) -> dict[str, Score]:
    rank, right = column["rank"], column["rank_right"]
    shown = differential.on_list & (differential.place < SHOWN)
    predicted = differential.as_sets(shown)
    precision = outcome.differential_precision(predicted, differential.gold)
    recall = outcome.differential_recall(predicted, differential.gold)
    pairs = zip(differential.as_lists(shown), differential.gold_lists, strict=True)
    return {
        "coverage": outcome.coverage(column["outcome"] == ANSWERED),
        **{f"top_{k}": outcome.top_k(right, k) for k in (1, 3, 5)},
        **{f"strict_top_{k}": outcome.top_k(rank, k) for k in (1, 3, 5)},
        "must_not_miss_recall": outcome.must_not_miss_recall(column["rank_must_not_miss"], names_one),
        "mean_rank": outcome.mean_rank(rank, length),
        "mean_reciprocal_rank": outcome.mean_reciprocal_rank(rank, length),
        "differential_precision": mean_ratio(precision),
        "differential_recall": mean_ratio(recall),
        "differential_f1": mean_ratio(outcome.f1(precision, recall)),
        "ndcg": mean_ratio(np.array([outcome.ndcg(listed, wanted) for listed, wanted in pairs])),
    }


def _probability(column: Mapping[str, Any]) -> dict[str, Any]:
    """Calibration is about the leading condition's probability, where there is a differential at all."""
    led = column["p_top"] > 0
    confidence, correct = column["p_top"][led], (column["rank"] == 1)[led]
    return {
        "log_score": probability.log_score(column["p_expected"]),
        "brier": mean(column["brier"], at_least=0.0),
        "expected_calibration_error": probability.expected_calibration_error(confidence, correct),
        "reliability": probability.reliability_curve(confidence, correct),
    }


def _ddxplus(
    column: Mapping[str, Any], differential: Differential, counts: questions.EvidenceCounts, vocabulary: Vocabulary
) -> dict[str, Score]:
    """Severe conditions are the network's must-not-miss ones; IL is ``interaction_length``."""
    rank, p_expected = column["rank"], column["p_expected"]
    gold, on = differential.gold, differential.as_sets(differential.on_list).astype(np.float64)
    severe = np.zeros(gold.shape[1], bool)
    severe[: len(vocabulary.conditions)] = [condition.must_not_miss for condition in vocabulary.conditions]
    return {
        "GTPA": ddxplus.gtpa(p_expected),
        **{f"GTPA@{k}": ddxplus.gtpa_at_k(rank, p_expected, k) for k in (1, 3, 5)},
        "DDR": ddxplus.ddr(on, gold),
        "DDP": ddxplus.ddp(on, gold),
        "DDF1": ddxplus.ddf1(on, gold),
        "DSF1": ddxplus.dsf1(on, gold, severe),
        "PER": ddxplus.per(counts),
        "PEP": ddxplus.pep(counts),
    }


class Differential:
    """The final differentials of N cases, flat, beside the gold ones.

    The condition axis is the network's conditions, then those that only gold knows, which no
    prediction can hit.
    """

    def __init__(self, table: pa.Table, vocabulary: Vocabulary) -> None:
        entries = table["differential"].combine_chunks()
        flat = entries.flatten()
        lengths = np.diff(to_numpy(entries.offsets)) if len(entries) else np.zeros(0, np.int64)
        self._names: list[str] = flat.field("condition").to_pylist()
        self._row = np.repeat(np.arange(len(lengths)), lengths)
        self.place = np.arange(len(self._row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        """Of each entry in its case's differential, from 0."""
        self.on_list: Bools = to_numpy(flat.field("p")) > ddxplus.THRESHOLD
        """Of each entry: probable enough to be on the differential."""
        self.gold_lists: list[list[str]] = table["gold"].to_pylist()
        index = {condition.id: place for place, condition in enumerate(vocabulary.conditions)}
        for name in sorted({name for names in self.gold_lists for name in names} - set(index)):
            index[name] = len(index)
        self._column = np.array([index[name] for name in self._names], np.intp)
        self.gold = np.zeros((len(lengths), len(index)), bool)
        """(N, C′)"""
        for row, names in enumerate(self.gold_lists):
            self.gold[row, [index[name] for name in names]] = True

    def as_sets(self, entries: Bools) -> Bools:
        """(N, C′) the entries chosen by a mask over all of them."""
        sets = np.zeros(self.gold.shape, bool)
        sets[self._row[entries], self._column[entries]] = True
        return sets

    def as_lists(self, entries: Bools) -> list[list[str]]:
        """The same as names, in the order of the differential."""
        lists: list[list[str]] = [[] for _ in self.gold_lists]
        for entry in np.flatnonzero(entries).tolist():
            lists[self._row[entry]].append(self._names[entry])
        return lists


@dataclass(frozen=True, slots=True)
class ConditionScore:
    """How the cases of one condition came out."""

    condition: str
    n: int
    n_right: int
    low: float
    high: float
    """Wilson's interval of the share that is right."""


def by_condition(table: pa.Table) -> list[ConditionScore]:
    """One entry an expected condition, those with most wrong cases first."""
    tally: dict[str, list[int]] = {}
    for name, rank in zip(table["expected"].to_pylist(), to_numpy(table["rank_right"]).tolist(), strict=True):
        counts = tally.setdefault(name, [0, 0])
        counts[0] += 1
        counts[1] += rank == 1
    scores = [ConditionScore(name, n, hits, *wilson(hits, n)) for name, (n, hits) in tally.items()]
    return sorted(scores, key=lambda entry: (entry.n_right - entry.n, entry.n_right / entry.n, entry.condition))


def never_events(row: Mapping[str, Any]) -> list[str]:
    """What must never happen and happened in this case, in words; the worst first."""
    events = []
    if row["must_not_miss"] and not 1 <= row["rank_must_not_miss"] <= 3:
        events.append("must-not-miss condition not in the top 3")
    if row["triage_least"] == Triage.EMERGENCY and row["triage_advice"] < Triage.EMERGENCY:
        given = row["triage_advice"] >= 0
        events.append(f"emergency advised {Triage(row['triage_advice']).label}" if given else "emergency not advised")
    return events


def _plain(value: Any) -> Any:
    if isinstance(value, Estimate | NotScored):
        return value.to_dict()
    if isinstance(value, questions.EfficiencyCurve):
        value = value._asdict()
    elif isinstance(value, probability.ReliabilityBin):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value
