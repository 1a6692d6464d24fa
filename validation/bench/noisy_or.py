"""Noisy-OR posteriors: ours, pgmpy's and pyAgrum's, on the same interviews; and the hot loop alone."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np

from model.inference.native import array, function
from model.inference.noisy_or import NoisyOrEngine, NoisyOrState

from .peers_noisy_or import PyAgrum, pgmpy_posteriors, reduce
from .synthetic import evidence, network, patients
from .timing import Pairs, in_turn, seconds

_AGREE = 1e-9
_COPIES = 256
"""An interview is timed in a batch of its own copies: the time a case is what a run pays."""


@dataclass(frozen=True)
class Comparison:
    pgmpy: Pairs
    pyagrum: Pairs
    mixed_s: float
    """Ours, a case, all the interviews mixed in one batch: no two alike in a row."""
    largest_difference: float
    n_active: tuple[int, ...]


def engine_and_interviews(
    n_conditions: int, n_findings: int, n_present: int, n_interviews: int
) -> tuple[NoisyOrEngine, NoisyOrState]:
    """Interviews with ``n_present`` present and fifteen absent findings known."""
    net = network(n_conditions, n_findings)
    _, present = patients(net, n_interviews, at_least=n_present)
    engine = NoisyOrEngine(net)
    return engine, engine.init(evidence(net, present, n_present, 15))


def compare(n_interviews: int = 15, n_present: int = 8, n_pgmpy: int = 2) -> Comparison:
    """All posteriors of 300 × 1,000 interviews; raises if anyone disagrees by more than 1e-9.

    Interviews are taken at equal steps of difficulty (conditions with a present finding) between
    the tenth and the ninetieth percentile: beyond, pgmpy would take hours.
    """
    engine, state = engine_and_interviews(300, 1000, n_present, 200)
    exact = engine.posterior(state)
    all_reduced = [reduce(engine, state, row) for row in range(len(exact))]
    by_difficulty = np.argsort([len(reduced.conditions) for reduced in all_reduced], kind="stable")
    rows = by_difficulty[(np.linspace(0.1, 0.9, n_interviews) * (len(by_difficulty) - 1)).astype(int)]
    differences = [0.0]

    def ours(row: int) -> float:
        copies = engine.take(state, np.full(_COPIES, row))
        return seconds(lambda: engine.run(copies), _COPIES, at_least=0.05)

    def pgmpy(row: int) -> float:
        reduced = all_reduced[row]
        values, elapsed = pgmpy_posteriors(reduced, n_pgmpy)
        differences.append(float(np.abs(values - exact[row, list(reduced.conditions[:n_pgmpy])]).max()))
        return elapsed

    def pyagrum(row: int) -> float:
        peer, best = PyAgrum(all_reduced[row]), float("inf")
        for _ in range(3):
            values, elapsed = peer.posteriors()
            best = min(best, elapsed)
        differences.append(float(np.abs(values - exact[row, list(all_reduced[row].conditions)]).max()))
        return best

    mixed = engine.take(state, np.tile(rows, _COPIES))
    mixed_s = seconds(lambda: engine.run(mixed), len(mixed.answers), at_least=0.2)
    result = Comparison(
        in_turn([(lambda row=row: ours(row), lambda row=row: pgmpy(row)) for row in rows]),  # type: ignore[misc]
        in_turn([(lambda row=row: ours(row), lambda row=row: pyagrum(row)) for row in rows]),  # type: ignore[misc]
        mixed_s,
        max(differences),
        tuple(len(all_reduced[row].conditions) for row in rows),
    )
    if result.largest_difference > _AGREE:
        raise AssertionError(f"posteriors differ by {result.largest_difference:.1e}")
    return result


def growth() -> list[tuple[str, str, float, float]]:
    """(what grows, to what, seconds a posterior, seconds a question scored) of a case."""
    rows = []
    sizes = [("conditions", c, f, 8) for c, f in ((100, 1000), (200, 1000), (400, 1000), (800, 1000))]
    sizes += [("findings", 300, f, 8) for f in (500, 1000, 2000, 4000)]
    sizes += [("findings present", 300, 1000, m) for m in (4, 8, 12, 16, 20)]
    for what, n_conditions, n_findings, n_present in sizes:
        engine, state = engine_and_interviews(n_conditions, n_findings, n_present, 100)
        askable = state.answers == -1
        value = {"conditions": n_conditions, "findings": n_findings}.get(what, n_present)
        rows.append(
            (
                what,
                f"{value:,}",
                seconds(lambda e=engine, s=state: e.run(s), 100, at_least=0.1),  # type: ignore[misc]
                seconds(lambda e=engine, s=state, a=askable: e.score(s, a), 100, at_least=0.1),  # type: ignore[misc]
            )
        )
    return rows


def hot_loop() -> tuple[float, float]:
    """Operations a second (multiplications and additions) of the dynamic programme at 9 present
    findings, and of the processor's peak for such code, measured in turn; the best of ten each."""
    engine, state = engine_and_interviews(300, 1000, 9, 100)
    batch, distinct = engine.kernel_batch(state)
    pointer = ctypes.POINTER(ctypes.c_double)
    peak = function("clinval_peak", ctypes.c_double, ctypes.c_int64, pointer)
    passes = function(
        "clinval_hot_loop",
        ctypes.c_double,
        *(ctypes.POINTER(type(s)) for s in (engine.kernel.c_struct, batch.c_struct)),
        array(np.float64, 1),
        ctypes.c_int32,
        pointer,
    )
    sink, prior = ctypes.c_double(), np.ascontiguousarray(distinct[0].priors[0])
    best = [0.0, 0.0]
    for _ in range(10):
        for i, work in enumerate(
            (
                lambda: passes(engine.kernel.c_struct, batch.c_struct, prior, 40, sink),
                lambda: peak(1_000_000, sink),
            )
        ):
            operations: list[float] = []
            elapsed = seconds(lambda w=work, o=operations: o.append(w()))  # type: ignore[misc]
            best[i] = max(best[i], operations[0] / elapsed)
    return best[0], best[1]
