"""A replayed shard as an Arrow table: one row a case, its transcript nested.

This is the schema of a run's Parquet shards, and the only place that knows it.  Every column is a
result (``results_sha256`` is over all of them); what a card says beside is in the run's case table.
Built column by column from arrays: a run of 10,000 cases has a million leading conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from cases.card import Card
from model.inference.protocol import FloatArray, IntArray
from model.network.network import Network
from model.network.vocabulary import PRESENT
from model.policy.stopping import StopReason

from .arrow import array_of, lists, pick, strings
from .metrics.probability import WORST_BRIER, brier
from .metrics.questions import evidence_counts
from .replay import N_LEADING, Replayed, ReplayOptions, first_conditions

ANSWERED, IMPOSSIBLE, NOT_IN_MODEL, CRASHED, FAILED = (
    "answered",
    "impossible_evidence",
    "not_in_model",
    "crashed",
    "failed",
)
"""How a case can end: with a differential · the network gives its evidence probability zero · the
expected condition is not in the model · its worker died, again and again · the replay raised."""

LEADING = pa.list_(pa.struct([("condition", pa.string()), ("p", pa.float64())]))
QUESTION = pa.struct(
    [
        ("finding", pa.string()),
        ("answer", pa.string()),  # null: the patient could not say
        ("gain", pa.float64()),  # expected before the answer, nats
        ("p_present", pa.float64()),  # before the answer
        ("exact", pa.bool_()),
        ("red_flag", pa.bool_()),
        ("leading", LEADING),  # after the answer
    ]
)
MUST_ASK = pa.struct([("finding", pa.string()), ("by", pa.int32()), ("asked_at", pa.int32())])
COUNTS = ("initial", "initial_present", "asked", "present", "present_asked", "negatives", "negatives_asked")
SCHEMA = pa.schema(
    [
        ("case_id", pa.string()),
        ("case_hash", pa.string()),
        ("unlisted", pa.string()),
        ("outcome", pa.string()),
        ("error", pa.string()),
        ("expected", pa.string()),
        ("acceptable", pa.list_(pa.string())),
        ("must_not_miss", pa.list_(pa.string())),
        ("gold", pa.list_(pa.string())),  # the gold differential: the card's, or expected + acceptable
        # Ranks: 1-based, 0 where not on the list.  `right` counts acceptable alternatives too.
        ("rank", pa.int32()),
        ("rank_right", pa.int32()),
        ("rank_must_not_miss", pa.int32()),  # the worst of several
        ("p_expected", pa.float64()),
        ("p_top", pa.float64()),
        ("brier", pa.float64()),
        ("differential", LEADING),
        ("tail", pa.float64()),  # summed probability of the conditions beyond the differential
        ("initial_rank", pa.int32()),
        ("initial_rank_right", pa.int32()),
        ("initial_p_expected", pa.float64()),
        ("initial_leading", LEADING),
        ("full_rank", pa.int32()),
        ("full_rank_right", pa.int32()),
        ("full_p_expected", pa.float64()),
        ("full_leading", LEADING),
        ("stop", pa.string()),
        ("n_questions", pa.int32()),
        ("approximate", pa.bool_()),
        ("triage_advice", pa.int32()),  # −1 none
        ("triage_least", pa.int32()),  # −1 the case names no range
        ("triage_most", pa.int32()),
        *((f"n_{name}", pa.int32()) for name in COUNTS),
        ("must_ask", pa.list_(MUST_ASK)),  # asked_at: 0 volunteered, −1 never; by: −1 any time
        ("not_in_network", pa.list_(pa.string())),  # what the card lists and the network does not know
        ("rank_after", pa.list_(pa.int32())),  # rank_right after question 0, 1, 2 …
        ("p_expected_after", pa.list_(pa.float64())),
        ("transcript", pa.list_(QUESTION)),
    ]
)


def table_of(result: Replayed, cards: Sequence[Card], network: Network, options: ReplayOptions) -> pa.Table:
    """The table of a replayed shard, in the order of ``cards``."""
    aims, people = result.targets, result.people
    names = strings([condition.id for condition in network.conditions])
    n_named = np.array([len(card.expected.must_not_miss) for card in cards])
    possible = result.stop != StopReason.IMPOSSIBLE_EVIDENCE
    outcome = np.where(possible, np.where(aims.expected >= 0, ANSWERED, NOT_IN_MODEL), IMPOSSIBLE)
    key = result.order(result.final)
    differential, tail = _differential(result.final, key, options, names)
    columns: dict[str, Any] = {
        **card_columns(cards, options),
        "outcome": outcome.tolist(),
        "error": [""] * len(cards),
        "rank": aims.expected_rank(key),
        "rank_right": aims.right_rank(key),
        "rank_must_not_miss": aims.must_not_miss_rank(key, n_named),
        "p_expected": aims.p_expected(result.final),
        "p_top": result.final.max(axis=1, initial=0.0),
        "brier": np.where(possible, _brier(result.final, aims.expected), WORST_BRIER),
        "differential": differential,
        "tail": tail,
        "stop": [StopReason(code).label for code in result.stop.tolist()],
        "n_questions": result.n_questions,
        "approximate": result.approximate,
        "triage_advice": result.advice,
        "must_ask": _must_ask(result, cards, network),
        "not_in_network": people.not_in_network,
        "rank_after": result.rank_after,
        "p_expected_after": result.p_after,
        "transcript": _transcript(result, network, names),
    }
    for bracket, posterior in (("initial", result.initial), ("full", result.full)):
        columns[f"{bracket}_rank"] = aims.expected_rank(result.order(posterior))
        columns[f"{bracket}_rank_right"] = aims.right_rank(result.order(posterior))
        columns[f"{bracket}_p_expected"] = aims.p_expected(posterior)
        columns[f"{bracket}_leading"] = _lists(*first_conditions(posterior, N_LEADING, result.order(posterior)), names)
    asked = np.zeros(people.initial.shape, bool)
    asked[result.questions.case, result.questions.finding] = True
    counts = evidence_counts(people.initial, asked, people.present, people.pertinent)
    columns |= {f"n_{name}": column for name, column in zip(COUNTS, counts, strict=True)}
    return _assemble(columns)


def _brier(posterior: FloatArray, expected: IntArray) -> list[float]:
    return [brier(row, index) for row, index in zip(posterior, expected.tolist(), strict=True)]


def table_of_lost(
    cards: Sequence[Card], options: ReplayOptions, outcome: str, error: str, *, network: Network, most_questions: int
) -> pa.Table:
    """The rows of cases that could not be played: every result is the worst one, none is missing.

    What there was to find is counted as for any other case, from the card alone; nothing was found.
    ``most_questions`` : what an interview may ask at most, which no case that is answered exceeds.
    """
    zeros = np.zeros(len(cards))
    columns: dict[str, Any] = {}
    for column in SCHEMA:
        if pa.types.is_list(column.type):
            columns[column.name] = [[] for _ in cards]
        elif pa.types.is_string(column.type):
            columns[column.name] = [""] * len(cards)
        else:
            columns[column.name] = zeros.astype(column.type.to_pandas_dtype())
    never = [
        [{"finding": ask.finding, "by": ask.by or -1, "asked_at": -1} for ask in card.expected.must_ask]
        for card in cards
    ]
    columns |= {
        **card_columns(cards, options),
        "outcome": [outcome] * len(cards),
        "error": [error] * len(cards),
        "stop": [outcome] * len(cards),
        "brier": zeros + WORST_BRIER,
        "n_questions": np.full(len(cards), min(most_questions, len(network.findings))),
        **{f"n_{name}": column for name, column in _to_be_found(cards, network).items()},
        "triage_advice": np.full(len(cards), -1),
        "must_ask": never,
    }
    return _assemble(columns)


def _to_be_found(cards: Sequence[Card], network: Network) -> dict[str, list[int]]:
    """What the evidence metrics divide by, of cards that nobody was asked about.

    From the card's own words: whatever made the case impossible to play must not strike here too.
    """
    known = [[f for name, f in card.findings.items() if name in network.finding_index] for card in cards]
    present = [[f for f in findings if f.state == PRESENT] for findings in known]
    negative = [[f for f in findings if f.pertinent and f.state != PRESENT] for findings in known]
    return {
        "initial": [sum(f.initial for f in findings) for findings in known],
        "initial_present": [sum(f.initial for f in findings) for findings in present],
        "present": [sum(not f.initial for f in findings) for findings in present],
        "negatives": [sum(not f.initial for f in findings) for findings in negative],
    }


def card_columns(cards: Sequence[Card], options: ReplayOptions) -> dict[str, Any]:
    """What every row says of its card, played or not."""
    ranges = [card.expected.triage_range for card in cards]
    return {
        "case_id": [card.id for card in cards],
        "case_hash": [card.content_hash for card in cards],
        "unlisted": [options.unlisted or card.unlisted for card in cards],
        "expected": [card.expected.condition for card in cards],
        "acceptable": [sorted(set(card.expected.acceptable)) for card in cards],
        "must_not_miss": [sorted(set(card.expected.must_not_miss)) for card in cards],
        "gold": [_gold(card) for card in cards],
        "triage_least": [-1 if levels is None else int(levels[0]) for levels in ranges],
        "triage_most": [-1 if levels is None else int(levels[1]) for levels in ranges],
    }


def _gold(card: Card) -> list[str]:
    """The published differential (more than 1 % probable), else the expected and acceptable conditions."""
    published = [name for name, p in card.expected.differential if p > 0.01]
    return published or [card.expected.condition, *sorted(set(card.expected.acceptable))]


def _assemble(columns: dict[str, Any]) -> pa.Table:
    arrays = []
    for column in SCHEMA:
        values = columns[column.name]
        arrays.append(values if isinstance(values, pa.Array) else array_of(values, column.type))
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _differential(
    posterior: FloatArray, key: FloatArray, options: ReplayOptions, names: pa.Array
) -> tuple[pa.Array, FloatArray]:
    """The first conditions of each row in the order of ``key``, all that are probable enough, and the
    sum of the rest."""
    order = np.argsort(-key, axis=1, kind="stable").astype(np.int32)
    p = np.take_along_axis(posterior, order, axis=1)
    place = np.arange(posterior.shape[1])
    kept = ((place < options.n_differential) | (p > options.min_probability)) & (p > 0)
    # Summed over the whole row: a sum over a width that depends on the shard could round otherwise.
    return _lists(np.where(kept, order, -1), p, names), np.where(kept, 0.0, p).sum(axis=1)


def _lists(which: IntArray, p: FloatArray, names: pa.Array) -> pa.Array:
    """Lists of (condition, p), one a row of ``which``; −1 is no entry."""
    used = which >= 0
    fields = list(LEADING.value_type)
    pairs = pa.StructArray.from_arrays([pick(names, which[used]), array_of(p[used], pa.float64())], fields=fields)
    return lists(used.sum(axis=1), pairs)


def _transcript(result: Replayed, network: Network, names: pa.Array) -> pa.Array:
    """The questions of each case."""
    questions = result.questions
    findings = strings([finding.id for finding in network.findings])
    n_states = max((len(finding.states) for finding in network.findings), default=1)
    words = [[*finding.states, *[""] * (n_states - len(finding.states))] for finding in network.findings]
    answer = np.where(questions.answer >= 0, questions.finding.astype(np.int64) * n_states + questions.answer, -1)
    columns = [
        pick(findings, questions.finding),
        pick(strings([word for row in words for word in row]), answer),
        array_of(questions.gain, pa.float64()),
        array_of(questions.p_present, pa.float64()),
        array_of(questions.exact, pa.bool_()),
        array_of(questions.red_flag, pa.bool_()),
        _lists(questions.leading, questions.p_leading, names),
    ]
    per_case = np.bincount(questions.case, minlength=len(result.stop))
    return lists(per_case, pa.StructArray.from_arrays(columns, fields=list(QUESTION)))


def _must_ask(result: Replayed, cards: Sequence[Card], network: Network) -> list[list[dict[str, Any]]]:
    """When each must-ask finding was asked: the number of the question, 0 volunteered, −1 never."""
    questions = result.questions
    first = np.searchsorted(questions.case, np.arange(len(cards)))
    rows = []
    for row, card in enumerate(cards):
        asked = questions.finding[first[row] : first[row] + result.n_questions[row]].tolist()
        entries = []
        for ask in card.expected.must_ask:
            column = network.finding_index.get(ask.finding, -1)
            volunteered = column >= 0 and bool(result.people.initial[row, column])
            at = 0 if volunteered else asked.index(column) + 1 if column in asked else -1
            entries.append({"finding": ask.finding, "by": ask.by or -1, "asked_at": at})
        rows.append(entries)
    return rows
