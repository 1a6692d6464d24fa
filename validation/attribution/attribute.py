"""Which edits changed which cases: every edit reverted alone and applied alone, every case replayed.

The worth of a set of edits for a case is P(expected condition) at the end of the interview with the base
and these edits: the figure that reports show, so that the shares of the edits add up to the difference
that a reader sees; log odds would not exist where evidence becomes impossible.  Shares are Shapley values
where at most :data:`MOST_PLAYERS` edits matter to the case.  An edit *matters* where it moves that
probability, alone or reverted, at least :data:`TELLING` of what the strongest does, or where it brings
about or undoes by itself what happened.  All other edits that can touch the case are one player more,
so that the shares always sum to the whole movement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cases.card import Card

from ..comparison.changes import change_of, events_of, leading
from ..comparison.diff import HARM
from ..comparison.words import Change, gravest
from ..deadline import Deadline
from ..planning import Candidate
from ..replay import DEFAULT_OPTIONS, Interrupted, ReplayOptions
from ..results import Row
from .credit import by_edit
from .edits import Edit, edits_between
from .groups import MOST, grouped
from .record import Attribution, CaseAttribution, Effect
from .relevance import relevance
from .replays import AT_ONCE, Bench, Coalition, Replays
from .shapley import shapley
from .variant import Between

MOST_PLAYERS = 8
"""Edits that share a movement: 2^8 replays of the case."""
TELLING = 0.05
"""Share of the strongest movement from which an edit matters."""
FIRST = 4
"""Cases in the first portion where there is a budget."""
NONE: Coalition = frozenset()

Progress = Callable[[int, int], None]
"""Called with the cases that are done, and all."""


def attribute(
    base: Candidate,
    candidate: Candidate,
    cards: Sequence[Card],
    options: ReplayOptions = DEFAULT_OPTIONS,
    *,
    deadline: Deadline | None = None,
    most_edits: int = MOST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """Find out which edits from ``base`` to ``candidate`` changed ``cards``.

    Parameters
    ----------
    cards : the cases that changed, in any order; those that come out alike here are named as ``unmoved``
    options : with which both runs were made
    deadline : when to stop; cases are looked at in the order of harm, what is not done is named
    most_edits : more than so many are put into groups (:mod:`groups`)
    workers : processes; chosen by the size of the work if left out.  The result does not depend on it.
    progress : called as cases are done
    """
    deadline = deadline or Deadline()
    between = Between(base, candidate)
    all_edits = tuple(edit for edit in edits_between(between) if edit.changes_replay)
    n_edits = sum(edit.n_edits for edit in all_edits)
    if not all_edits or not cards:
        return Attribution((), (), (), n_edits, unmoved=tuple(sorted(card.id for card in cards)))
    try:
        cases, unmoved = _changed_cases(between, all_edits, cards, options, deadline, workers)
    except Interrupted:
        ids = tuple(sorted(card.id for card in cards))
        return _stopped(Attribution(all_edits, (), (), n_edits, not_done=ids), deadline, len(cards))
    edits = grouped(all_edits, _concerned(cases), most_edits)
    bench = Bench(base, candidate, tuple(e.keys for e in edits), tuple(case.card for case in cases), options)
    relevant = relevance(between, edits, bench.cards, options)
    found: dict[int, CaseAttribution] = {}
    with Replays(bench, relevant, deadline, workers) as replays:
        study = _Study(replays, cases, len(edits))
        try:
            for portion in _portions(len(cases), deadline):
                study.effects(portion)
                found |= {case: study.case(case, with_shares=False) for case in portion}
                if progress is not None:
                    progress(len(found), len(cases))
            for portion in _portions(len(cases), deadline):
                study.shares(portion)
                found |= {case: study.case(case, with_shares=True) for case in portion}
        except Interrupted:
            pass
    done = tuple(found[case] for case in range(len(cases)) if case in found)
    not_done = tuple(case.card.id for case in cases[len(done) :])
    result = Attribution(edits, done, by_edit(done), n_edits, not_done, unmoved, notes=_notes(edits, n_edits, unmoved))
    return _stopped(result, deadline, len(cases)) if deadline.reason else result


@dataclass(frozen=True, slots=True)
class _Case:
    """A case that changed, with its results by the whole base and the whole candidate."""

    card: Card
    base: Row
    candidate: Row

    @property
    def words(self) -> tuple[str, ...]:
        return _words(self.base, self.candidate)

    @property
    def harm(self) -> tuple[int, int, int, int, float, str]:
        """Ranks as ``Diff.changed`` does."""
        events = events_of(self.base, self.candidate)
        n_never, n_harm = sum(event.is_never_event for event in events), sum(event.is_harm for event in events)
        moved = self.candidate["p_expected"] - self.base["p_expected"]
        change = HARM.index(change_of(self.base, self.candidate))
        return (-n_never, gravest(events), -n_harm, change, moved, self.card.id)


def _words(base: Row, other: Row) -> tuple[str, ...]:
    change = change_of(base, other)
    events = tuple(event.value for event in events_of(base, other))
    return events if change is Change.SAME else (change.value, *events)


def _changed_cases(
    between: Between,
    edits: Sequence[Edit],
    cards: Sequence[Card],
    options: ReplayOptions,
    deadline: Deadline,
    workers: int | None,
) -> tuple[list[_Case], tuple[str, ...]]:
    """The cases that change, by harm, and the ids of those that do not."""
    everything = (tuple(key for edit in edits for key in edit.keys),)
    bench = Bench(between.base, between.candidate, everything, tuple(cards), options)
    with Replays(bench, np.ones((len(cards), 1), bool), deadline, workers) as replays:
        whole = frozenset({0})
        replays.fetch((case, edits) for edits in (NONE, whole) for case in range(len(cards)))
        cases = [_Case(card, replays.row(index, NONE), replays.row(index, whole)) for index, card in enumerate(cards)]
    moved = sorted((case for case in cases if case.words), key=lambda case: case.harm)
    return moved, tuple(sorted(case.card.id for case in cases if not case.words))


def _portions(n_cases: int, deadline: Deadline) -> Iterator[range]:
    """The cases that are finished together: few at first where time may run out, so that the worst are
    done by then; more later, since every variant is compiled once a portion."""
    start, size = 0, AT_ONCE if deadline.budget_s is None else FIRST
    while start < n_cases:
        yield range(start, min(start + size, n_cases))
        start, size = start + size, min(2 * size, AT_ONCE)


def _concerned(cases: Sequence[_Case]) -> Counter[str]:
    """In how many cases a condition is expected, or leads."""
    counted: Counter[str] = Counter()
    for case in cases:
        named = {case.card.expected.condition, leading(case.base), leading(case.candidate)}
        counted.update(name for name in named if name is not None)
    return counted


class _Study:
    """The replays of all cases, and what follows from them."""

    def __init__(self, replays: Replays, cases: Sequence[_Case], n_edits: int) -> None:
        self._replays, self._cases = replays, cases
        self._all: Coalition = frozenset(range(n_edits))
        self._mattering: dict[int, list[int]] = {}

    def effects(self, portion: Sequence[int]) -> None:
        """Play every edit alone, and the candidate without it."""
        for_all = [NONE, self._all]
        self._replays.fetch(
            (case, coalition)
            for edit in [None, *sorted(self._all)]
            for coalition in (for_all if edit is None else (frozenset({edit}), self._all - {edit}))
            for case in portion
            if edit is None or edit in self._replays.relevant(case)
        )

    def shares(self, portion: Sequence[int]) -> None:
        """Play every coalition of the edits that matter, where they are few enough."""
        self._replays.fetch(
            (case, coalition) for case in portion for coalition in self._coalitions(self._players(case))
        )

    def case(self, case: int, *, with_shares: bool) -> CaseAttribution:
        """What was found of one case."""
        matter, others = self._matter(case), self._others(case)
        players = self._players(case) if with_shares else []
        shares: list[float] = []
        if players:
            worth = [self._replays.p_expected(case, coalition) for coalition in self._coalitions(players)]
            shares = shapley(np.array(worth)).tolist()
        effects = [self._effect(case, edit, shares[place] if shares else None) for place, edit in enumerate(matter)]
        return CaseAttribution(
            self._cases[case].card.id,
            self._cases[case].words,
            self._replays.p_expected(case, NONE),
            self._replays.p_expected(case, self._all),
            tuple(sorted(effects, key=lambda e: (-len(e.undoes), -abs(e.movement), e.edit))),
            len(others),
            (shares[-1] if others else 0.0) if shares else None,
        )

    def _effect(self, case: int, edit: int, share: float | None) -> Effect:
        play = self._replays
        alone, without = frozenset({edit}), self._all - {edit}
        base, words = play.row(case, NONE), self._cases[case].words
        caused, left = _words(base, play.row(case, alone)), _words(base, play.row(case, without))
        return Effect(
            edit,
            play.p_expected(case, alone) - play.p_expected(case, NONE),
            play.p_expected(case, self._all) - play.p_expected(case, without),
            share,
            tuple(word for word in words if word in caused),
            tuple(word for word in words if word not in left),
        )

    def _matter(self, case: int) -> list[int]:
        """The edits that matter to a case, by index; where none does by itself, any of them may."""
        if case in self._mattering:
            return self._mattering[case]
        relevant = sorted(self._replays.relevant(case))
        effects = [self._effect(case, edit, None) for edit in relevant]
        moves = [max(abs(effect.alone), abs(effect.reverted)) for effect in effects]
        least = max(TELLING * max(moves, default=0.0), np.finfo(float).tiny)
        matter = [
            effect.edit
            for effect, moved in zip(effects, moves, strict=True)
            if effect.causes or effect.undoes or moved >= least
        ]
        self._mattering[case] = matter or (relevant if len(relevant) <= MOST_PLAYERS else [])
        return self._mattering[case]

    def _others(self, case: int) -> Coalition:
        return self._replays.relevant(case) - set(self._matter(case))

    def _players(self, case: int) -> list[Coalition]:
        """Who shares the movement of a case; nobody where they are too many."""
        players = [frozenset({edit}) for edit in self._matter(case)]
        others = self._others(case)
        players += [others] if others else []
        return players if len(players) <= MOST_PLAYERS else []

    @staticmethod
    def _coalitions(players: Sequence[Coalition]) -> list[Coalition]:
        """All of them, at the index whose bits say who is in; none where there are no players."""
        coalitions = [NONE] if players else []
        for player in players:
            coalitions += [coalition | player for coalition in coalitions]
        return coalitions


def _notes(edits: Sequence[Edit], n_edits: int, unmoved: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if len(edits) < n_edits:
        notes.append(
            f"{n_edits:,} edits were looked at as {len(edits)} groups: too many to replay every case with and "
            "without each."
        )
    if unmoved:
        n = len(unmoved)
        notes.append(
            f"{n} {'case comes' if n == 1 else 'cases come'} out alike with both models when this code replays "
            f"{'it' if n == 1 else 'them'}: the code or the options changed {'it' if n == 1 else 'them'}, not an edit."
        )
    return tuple(notes)


def _stopped(result: Attribution, deadline: Deadline, n_cases: int) -> Attribution:
    """``result`` with a word on what is missing."""
    budget = "" if deadline.budget_s is None else f" after {deadline.budget_s:g} s"
    done = len(result.cases)
    without = sum(not case.has_shares for case in result.cases)
    missing = f"{done} of {n_cases} cases were looked at" if done < n_cases else "all cases were looked at"
    shares = f", {without} of them without shares" if without else ""
    note = f"Attribution stopped{budget} ({deadline.reason}): {missing}{shares}; the worst come first."
    if done < n_cases:
        note += " `clinval show CASE --diff` tries the edits on any one case."
    return replace(result, stopped=deadline.reason, notes=(*result.notes, note))
