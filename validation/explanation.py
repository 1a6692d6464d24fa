"""Why a case came out as it did, in words and by exact leave-one-out.

What an answer contributed is the change that taking it away makes to the log odds of the condition in
question (the expected one, mostly) against its rival: exact, whatever the engine, since the posterior
without it is computed anew.  Contributions need not add up where findings speak to each other; each is
true by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cases.card import Card
from model.inference.compile import compile_network
from model.inference.protocol import UNKNOWN, Engine, Evidence, FloatArray
from model.network.network import Network

from .columns import ANSWERED, CRASHED, FAILED, IMPOSSIBLE, NOT_IN_MODEL
from .metrics.loss import KNOWLEDGE, POLICY, RIGHT, STOPPING
from .patient import Patients, patients
from .replay import ReplayOptions
from .results import Row
from .vocabulary import Vocabulary

APPROXIMATE_WHY = "too many present findings explained together, or too many unknown risk factors, for exact sums"
"""When an engine flags its posteriors as approximate."""
TINY = 1e-12
"""Probabilities below this count as this much in log odds."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one piece of evidence says between two conditions."""

    what: str
    """A finding or risk factor by name, or "age", "sex"."""
    answer: str
    log_odds: float
    """Nats in favour of the subject; negative: in favour of its rival."""


@dataclass(frozen=True)
class Explanation:
    """The evidence of one case weighed between two conditions."""

    subject: str
    """The expected condition; where that one leads, a must-not-miss condition that was missed."""
    rival: str
    """The condition that leads instead; else the runner-up."""
    known: list[Contribution]
    """What was known at the end, the strongest first."""
    not_asked: list[Contribution]
    """What the case could have answered and was not asked, the most telling first."""
    impossible_because: list[str]
    """Where the evidence was impossible: each finding without which it is possible."""


def explain(
    row: Row, card: Card, network: Network, options: ReplayOptions, engine: Engine[Any] | None = None
) -> Explanation:
    """Weigh the evidence of one replayed case.

    Parameters
    ----------
    engine
        Of ``network``, where the caller has one; None compiles it.
    """
    people = patients([card], network, options.unlisted, options.unreliability)
    engine = engine or compile_network(network)
    end = _evidence_at_end(row, people, network)
    subject = _subject(row)
    rival = _rival(row, subject, network)
    if row["outcome"] == IMPOSSIBLE:
        items = _known_items(end)
        states = engine.init(_variants(end, [(kind, index, UNKNOWN) for kind, index, _ in items]))
        finite = np.isfinite(engine.log_evidence(states))
        because = [_name(network, kind, index) for (kind, index, _), ok in zip(items, finite, strict=True) if ok]
        return Explanation(subject, rival, [], [], because)
    expected = network.condition_index.get(subject, -1)
    other = network.condition_index.get(rival, -1)
    if expected < 0 or other < 0:
        return Explanation(subject, rival, [], [], [])

    def log_odds(evidence: Evidence) -> FloatArray:
        posterior = np.maximum(engine.posterior(engine.init(evidence)), TINY)
        odds: FloatArray = np.log(posterior[:, expected]) - np.log(posterior[:, other])
        return odds

    at_end = log_odds(end)[0]
    items = _known_items(end)
    without = log_odds(_variants(end, [(kind, index, UNKNOWN) for kind, index, _ in items]))
    known = _contributions(network, card, items, at_end - without)
    unasked = _unasked_items(people, end)
    added = log_odds(_variants(end, unasked)) - at_end if unasked else np.zeros(0)
    return Explanation(subject, rival, known, _contributions(network, card, unasked, added), [])


Item = tuple[str, int, int]
"""("finding" | "risk_factor" | "age" | "sex", column, state)."""


def _evidence_at_end(row: Row, people: Patients, network: Network) -> Evidence:
    """All that was known when the interview ended."""
    findings = people.evidence.findings.copy()
    for question in row["transcript"]:
        column = network.finding_index[question["finding"]]
        findings[0, column] = people.answers[0, column]
    return replace(people.evidence, findings=findings)


def _known_items(evidence: Evidence) -> list[Item]:
    items: list[Item] = []
    if evidence.age_band[0] != UNKNOWN:
        items.append(("age", 0, int(evidence.age_band[0])))
    if evidence.sex[0] != UNKNOWN:
        items.append(("sex", 0, int(evidence.sex[0])))
    for kind, states in (("risk_factor", evidence.risk_factors[0]), ("finding", evidence.findings[0])):
        items += [(kind, int(index), int(states[index])) for index in np.flatnonzero(states != UNKNOWN)]
    return items


def _unasked_items(people: Patients, end: Evidence) -> list[Item]:
    """Listed findings, present or pertinent, that the interview did not get to."""
    listed = (people.present | people.pertinent)[0] & (end.findings[0] == UNKNOWN)
    listed &= people.answers[0] != UNKNOWN
    return [("finding", int(index), int(people.answers[0, index])) for index in np.flatnonzero(listed)]


def _variants(evidence: Evidence, changes: Sequence[Item]) -> Evidence:
    """One row a change: the evidence with that one item set to its state."""
    n = len(changes)
    rows = np.zeros(n, np.intp)
    variant = evidence.take(rows)
    for row, (kind, index, state) in enumerate(changes):
        if kind == "age":
            variant.age_band[row] = state
        elif kind == "sex":
            variant.sex[row] = state
        else:
            (variant.findings if kind == "finding" else variant.risk_factors)[row, index] = state
    return variant


def _contributions(network: Network, card: Card, items: Sequence[Item], log_odds: FloatArray) -> list[Contribution]:
    made = []
    for (kind, index, state), value in zip(items, log_odds.tolist(), strict=True):
        if kind == "age":
            years = card.patient.age_years
            answer = "" if years is None else f"{years:.3g} years"
        elif kind == "sex":
            answer = card.patient.sex or ""
        else:
            terms = network.findings if kind == "finding" else network.risk_factors
            answer = terms[index].states[state].replace("_", " ")
        made.append(Contribution(_name(network, kind, index), answer, value))
    return sorted(made, key=lambda item: (-abs(item.log_odds), item.what))


def _name(network: Network, kind: str, index: int) -> str:
    if kind in ("age", "sex"):
        return kind
    return (network.findings if kind == "finding" else network.risk_factors)[index].name


def _subject(row: Row) -> str:
    """Whose case is to be argued: what was lost, or else what must not be missed and was."""
    first_three = [entry["condition"] for entry in row["differential"][:3]]
    missed = [name for name in row["must_not_miss"] if name not in first_three]
    return str(missed[0] if row["rank_right"] == 1 and missed else row["expected"])


def _rival(row: Row, subject: str, network: Network) -> str:
    """The leading condition that is not the subject."""
    for entry in row["differential"] or row["initial_leading"]:
        if entry["condition"] != subject:
            return str(entry["condition"])
    return next((condition.id for condition in network.conditions if condition.id != subject), "")


def in_words(row: Row, vocabulary: Vocabulary, explanation: Explanation | None) -> list[str]:
    """Why the case came out as it did, for someone who sees the harness for the first time."""
    names = vocabulary.condition_names
    expected = str(names.get(row["expected"], row["expected"]))
    leading = str(row["differential"][0]["condition"]) if row["differential"] else "nothing"
    if row["outcome"] in (CRASHED, FAILED):
        return [f"The case could not be played: {row['error']}. It counts as wrong.", *_unsafe(row, names)]
    if row["outcome"] == IMPOSSIBLE:
        because = explanation.impossible_because if explanation else []
        return [
            "The network gives this combination of findings probability zero, so there is no differential; the case "
            "counts as wrong. A probability of exactly 0 or 1 in the network, or an error in the case, is behind it.",
            *([f"Possible again without any one of: {', '.join(because)}."] if because else []),
            *_unsafe(row, names),
        ]
    sentences = []
    if row["outcome"] == NOT_IN_MODEL:
        sentences.append(f"The network has no condition {row['expected']!r}: no interview could have found it.")
    elif row["outcome"] == ANSWERED:
        sentences.append(_loss_in_words(row, expected, names.get(leading, leading)))
    if row["approximate"]:
        sentences.append(f"Approximate: its probabilities are not exact ({APPROXIMATE_WHY}).")
    return [*sentences, *_unsafe(row, names)]


def _unsafe(row: Row, names: Mapping[str, str]) -> Iterator[str]:
    """The never-events of a case, a sentence each."""
    for event in row["never_events"]:
        missed = ", ".join(names.get(name, name) for name in row["must_not_miss"])
        if event.startswith("must-not-miss"):
            yield f"Unsafe: {missed} must not be missed, and is not among the first three."
        else:
            yield f"Unsafe: {event}."


def _small(p: float) -> str:
    """``0.61``, ``0.0042``; a reader of cases is not asked to read 9.9e-05."""
    return "less than 0.0001" if 0 < p < 1e-4 else f"{p:.2g}"


def _loss_in_words(row: Row, expected: str, leading: str) -> str:
    p, p_top, p_full = row["p_expected"], row["p_top"], row["full_p_expected"]
    n = row["n_questions"]
    if row["loss"] == RIGHT:
        got = "the expected condition leads" if row["rank"] == 1 else f"{leading} leads, which the card accepts"
        return f"It came out right: {got} with probability {p_top:.2f} after {n} questions."
    start = f"{leading} leads with {p_top:.2f}; {expected} has {_small(p)} (rank {row['rank'] or 'none'})."
    if row["loss"] == KNOWLEDGE:
        return (
            f"{start} Knowledge: even if everything in this case were known, the network would give {expected} "
            f"{_small(p_full)}. No question could have saved it; the network's numbers for these two conditions, or "
            "the case, need a look. What speaks for and against is below."
        )
    saved = f"with everything in this case known, {expected} would lead with {p_full:.2f}"
    if row["loss"] == STOPPING:
        how = "it was already sure" if row["stop"] == "threshold" else "no question promised enough"
        return (
            f"{start} Stopping: {saved}, but the interview stopped by itself after {n} questions, because {how}. "
            "The stopping rule was too hasty here; what it did not ask is below."
        )
    assert row["loss"] == POLICY
    return (
        f"{start} Policy: {saved}, but after {n} questions there were none left to ask, and the telling ones had not "
        "been asked. The question policy chose badly here; what it did not ask is below."
    )
