"""The C functions of ``kernels/noisy_or.c``, with arrays in and arrays out."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..network.network import ClinicalNetwork
from .configurations import Configurations
from .native import array, function
from .protocol import BoolArray, FloatArray, IntArray, StateArray

EXACT, TOO_WIDE = 0, 1


class _Network(ctypes.Structure):
    _fields_: ClassVar[Sequence[Any]] = [
        ("n_conditions", ctypes.c_int32),
        ("n_findings", ctypes.c_int32),
        *[
            (name, ctypes.c_void_p)
            for name in (
                "finding_begin",
                "finding_condition",
                "finding_q",
                "condition_begin",
                "condition_finding",
                "condition_q",
                "leak",
            )
        ],
    ]


class _Batch(ctypes.Structure):
    _fields_: ClassVar[Sequence[Any]] = [
        ("n_cases", ctypes.c_int32),
        ("max_width", ctypes.c_int32),
        *[
            (name, ctypes.c_void_p)
            for name in (
                "answers",
                "negative",
                "configuration_begin",
                "configuration_prior",
                "configuration_weight",
                "priors",
            )
        ],
    ]


class KernelNetwork:
    """The links of a network in compressed rows, by finding and by condition.

    ``q`` is 1 − link probability, where 1 − (1 − leak)·q = P(present | the condition and no other).
    """

    def __init__(self, network: ClinicalNetwork) -> None:
        n_conditions, n_findings = len(network.conditions), len(network.findings)
        self.leak = np.array([finding.leak[finding.state_index("present")] for finding in network.findings], np.float64)
        triples = []
        for column, condition in enumerate(network.conditions):
            for name, link in condition.links.items():
                row = network.finding_index[name]
                present = link.probabilities[network.findings[row].state_index("present")]
                if present > self.leak[row]:
                    triples.append((row, column, (1.0 - present) / (1.0 - self.leak[row])))
        self.finding_begin, self.finding_condition, self.finding_q = _rows(sorted(triples), n_findings)
        by_condition = sorted((column, row, q) for row, column, q in triples)
        self.condition_begin, self.condition_finding, self.condition_q = _rows(by_condition, n_conditions)
        self.c_struct = _Network(
            n_conditions,
            n_findings,
            *(
                values.ctypes.data
                for values in (
                    self.finding_begin,
                    self.finding_condition,
                    self.finding_q,
                    self.condition_begin,
                    self.condition_finding,
                    self.condition_q,
                    self.leak,
                )
            ),
        )


def _rows(triples: Sequence[tuple[int, int, float]], n_rows: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Compressed sparse rows of sorted (row, column, value)."""
    rows = np.array([triple[0] for triple in triples], np.int64)
    begin = np.zeros(n_rows + 1, np.int32)
    begin[1:] = np.cumsum(np.bincount(rows, minlength=n_rows))
    columns = np.array([triple[1] for triple in triples], np.int32)
    return begin, columns, np.array([triple[2] for triple in triples], np.float64)


class KernelBatch:
    """Evidence of B interviews and the distinct configurations that their backgrounds need."""

    def __init__(
        self,
        answers: StateArray,
        negative: FloatArray,
        distinct: Sequence[Configurations],
        which: NDArray[np.intp],
        max_width: int,
    ) -> None:
        sizes = np.array([len(configurations.weights) for configurations in distinct])
        first = np.concatenate([[0], np.cumsum(sizes)])
        begin = np.zeros(len(answers) + 1, np.int32)
        begin[1:] = np.cumsum(sizes[which])
        own = np.repeat(np.arange(len(answers)), sizes[which])  # by configuration: whose it is
        rows = (np.arange(begin[-1]) - begin[own] + first[which[own]]).astype(np.int32)
        weights = np.concatenate([configurations.weights for configurations in distinct])
        priors = np.concatenate([configurations.priors for configurations in distinct])
        self._kept_alive = (answers, negative, begin, rows, weights[rows], priors)
        self.n_cases = len(answers)
        self.c_struct = _Batch(self.n_cases, max_width, *(values.ctypes.data for values in self._kept_alive))


@cache
def _posterior() -> Any:
    return function(
        "clinval_noisy_or_posterior",
        ctypes.c_int,
        ctypes.POINTER(_Network),
        ctypes.POINTER(_Batch),
        array(np.float64, 2),
        array(np.float64, 2),
        array(np.float64, 1),
        array(np.int32, 1),
    )


@cache
def _score() -> Any:
    return function(
        "clinval_noisy_or_score",
        ctypes.c_int,
        ctypes.POINTER(_Network),
        ctypes.POINTER(_Batch),
        array(np.bool_, 2),
        ctypes.c_int32,
        ctypes.c_double,
        array(np.float64, 2),
        array(np.float64, 2),
        array(np.bool_, 2),
        array(np.int32, 1),
    )


@cache
def _absorb(name: str, dtype: type, dimensions: int) -> Any:
    return function(
        name, None, ctypes.POINTER(_Network), ctypes.c_int32, array(dtype, dimensions), array(np.float64, 2)
    )


class Posteriors(NamedTuple):
    """What one pass over a batch yields."""

    posterior: FloatArray
    """(B, C) P(condition present | evidence)."""
    explaining: FloatArray
    """(B, C) P(condition present and a cause of at least one present finding | evidence)."""
    log_evidence: FloatArray
    """(B,) log P(evidence)."""
    status: IntArray
    """(B,) ``EXACT``, or ``TOO_WIDE`` where the others are not filled."""


def posteriors(network: KernelNetwork, batch: KernelBatch) -> Posteriors:
    """The base run of every interview."""
    shape = batch.n_cases, network.c_struct.n_conditions
    result = Posteriors(np.zeros(shape), np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[0], np.int32))
    _call(_posterior(), network.c_struct, batch.c_struct, *result)
    return result


def score(
    network: KernelNetwork, batch: KernelBatch, askable: BoolArray, shortlist: int, present_weight: float
) -> tuple[FloatArray, FloatArray, BoolArray, IntArray]:
    """Gain, P(present), whether they are exact (B, F), and the status (B,)."""
    shape = askable.shape
    gain, p_present = np.full(shape, -np.inf), np.zeros(shape)
    exact, status = np.zeros(shape, np.bool_), np.zeros(batch.n_cases, np.int32)
    arguments = (np.ascontiguousarray(askable), shortlist, present_weight, gain, p_present, exact, status)
    _call(_score(), network.c_struct, batch.c_struct, *arguments)
    return gain, p_present, exact, status


def absorb(network: KernelNetwork, answers: StateArray, negative: FloatArray) -> None:
    """Multiply the q of every absent finding of ``answers`` (B, F) into ``negative`` (B, C), in place."""
    _absorb("clinval_noisy_or_absorb", np.int8, 2)(network.c_struct, len(answers), answers, negative)


def absorb_one(network: KernelNetwork, finding: IntArray, negative: FloatArray) -> None:
    """The same for one finding a row (B,); negative indices are passed over."""
    _absorb("clinval_noisy_or_absorb_one", np.int32, 1)(network.c_struct, len(finding), finding, negative)


def _call(kernel: Any, *arguments: Any) -> None:
    if kernel(*arguments):
        raise MemoryError("the noisy-OR kernel could not allocate its workspace")
