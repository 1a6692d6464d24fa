"""Exact inference in any discrete network: a junction tree planned once, run over a batch of cases.

    gain(f) = Σ over condition variables v of I(v; f | evidence)

Two equal ways to the gain: one propagation for every state of every finding, or for every state of
every condition variable, each with that state as further evidence.  The engine takes the one with
fewer.  Propagations go eight at a time whatever case they belong to (``kernels/clique_tree.c``); a
case's figures are the same to the bit in whatever batch.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..network.network import TabularNetwork
from . import native
from .clique_tree_plan import CliqueTreePlan, Targets
from .junction_tree import JunctionTree, plan_junction_tree
from .protocol import BoolArray, Evidence, FloatArray, IntArray, Scores, StateArray

MAX_STATES_OF_A_VARIABLE = 127
"""Evidence is kept as int8."""
MAX_CHUNK_VALUES = 2**22
"""Marginals that scoring keeps at once: 32 MiB."""


class CliqueTreeState(NamedTuple):
    """B interviews of a network with V variables."""

    observed: StateArray
    """(B, V) state index of each variable in the network's order, -1 where it is not known."""


class CliqueTreeEngine:
    """The :class:`~model.inference.protocol.Engine` of a :class:`TabularNetwork`.

    Errors
    ------
    InputError
        With every variable of more than 127 states; or where the junction tree would be too large.
    """

    def __init__(self, network: TabularNetwork) -> None:
        self.network = network
        variables = network.variables
        _refuse_large_variables(network)
        index = {variable.name: position for position, variable in enumerate(variables)}
        families = [(index[v.name], *(index[parent] for parent in v.parents)) for v in variables]
        self._n_states = np.array([len(variable.states) for variable in variables], np.int32)
        self._finding = np.array([index[name] for name in network.finding_variables], np.intp)
        self._risk_factor = np.array([index[name] for name in network.risk_factor_variables], np.intp)
        self._age = None if network.age_variable is None else index[network.age_variable]
        self._sex = None if network.sex_variable is None else index[network.sex_variable]
        roles = network.condition_roles
        condition_variables = sorted({index[role.variable] for role in roles})
        self.junction_tree: JunctionTree = plan_junction_tree(
            families, self._n_states.tolist(), condition_variables, network.name
        )
        self._plan = CliqueTreePlan(self.junction_tree, families, [variable.table for variable in variables])
        self._conditions = _Columns(self._plan, condition_variables)
        self._findings = _Columns(self._plan, self._finding.tolist())
        self._both = _Columns(self._plan, [*condition_variables, *self._finding.tolist()])
        self._everything = _Columns(self._plan, range(len(variables)))
        self._nothing = _Columns(self._plan, [])
        self._condition_state = [
            (index[role.variable], variables[index[role.variable]].states.index(role.state or "")) for role in roles
        ]
        self._present = [finding.state_index(finding.present) for finding in network.findings]
        states_of_conditions = sum(int(self._n_states[v]) - 1 for v in condition_variables)
        self._by_condition = states_of_conditions < sum(int(self._n_states[v]) - 1 for v in self._finding)

    def __repr__(self) -> str:
        return f"CliqueTreeEngine({self.network.name!r}): {self.junction_tree!r}"

    def init(self, evidence: Evidence) -> CliqueTreeState:
        """See ``protocol.Engine``."""
        observed = np.full((len(evidence), len(self._n_states)), -1, np.int8)
        observed[:, self._finding] = evidence.findings
        observed[:, self._risk_factor] = evidence.risk_factors
        if self._age is not None:
            observed[:, self._age] = evidence.age_band
        if self._sex is not None:
            observed[:, self._sex] = evidence.sex
        self._check(observed)
        return CliqueTreeState(observed)

    def observe(self, state: CliqueTreeState, finding: IntArray, answer: StateArray) -> CliqueTreeState:
        """See ``protocol.Engine``."""
        heard = np.flatnonzero((finding >= 0) & (answer >= 0))
        observed = state.observed.copy()
        observed[heard, self._finding[finding[heard]]] = answer[heard]
        self._check(observed)
        return CliqueTreeState(observed)

    def posterior(self, state: CliqueTreeState) -> FloatArray:
        """See ``protocol.Engine``."""
        marginals, _ = self._plan.run(state.observed, self._conditions.targets)
        return marginals[:, [self._conditions.first[v] + s for v, s in self._condition_state]]

    def explaining(self, state: CliqueTreeState) -> FloatArray:
        """The posterior: see ``protocol.Engine``."""
        return self.posterior(state)

    def alternatives(self, state: CliqueTreeState, condition: IntArray) -> tuple[FloatArray, FloatArray]:
        """See ``protocol.Engine``: summed over the other states of the condition's variable."""
        marginals, _ = self._plan.run(state.observed, self._conditions.targets)
        variable, named = np.array(self._condition_state, np.intp)[condition].T
        first = np.array([self._conditions.first.get(v, 0) for v in range(len(self._n_states))], np.intp)[variable]
        other = np.arange(int(self._n_states[variable].max(initial=1)))
        real = (other < self._n_states[variable][:, None]) & (other != named[:, None])
        p = np.where(real, marginals[np.arange(len(real))[:, None], np.where(real, first[:, None] + other, 0)], 0.0)
        row, answer = np.nonzero(p > 0.0)
        observed = state.observed[row]
        observed[np.arange(len(row)), variable[row]] = answer
        left = np.where(p.any(axis=1), p.sum(axis=1), 1.0)
        result = np.zeros((len(p), len(self._condition_state)))
        np.add.at(result, row, (p[row, answer] / left[row])[:, None] * self.posterior(CliqueTreeState(observed)))
        return result, result

    def log_evidence(self, state: CliqueTreeState) -> FloatArray:
        """See ``protocol.Engine``."""
        return self._plan.run(state.observed, self._nothing.targets)[1]

    def predict(self, state: CliqueTreeState) -> FloatArray:
        """See ``protocol.Engine``."""
        marginals, _ = self._plan.run(state.observed, self._findings.targets)
        n_states = self._n_states[self._finding]
        predicted = np.zeros((len(marginals), len(n_states), int(n_states.max(initial=0))))
        for f, variable in enumerate(self._finding.tolist()):
            first = self._findings.first[variable]
            predicted[:, f, : n_states[f]] = marginals[:, first : first + n_states[f]]
        return predicted

    def score(self, state: CliqueTreeState, askable: BoolArray) -> Scores:
        """See ``protocol.Engine``."""
        gain = np.zeros(askable.shape)
        p_present = np.zeros(askable.shape)
        columns = [self._both.first[v] + max(s, 0) for v, s in zip(self._finding.tolist(), self._present, strict=True)]
        present = np.array(columns, np.intp)
        named = np.array(self._present) >= 0
        width = self._conditions.width if not self._by_condition else self._findings.width
        for rows in _chunks(len(askable), self._both.width + width * self._n_jobs):
            marginals, _ = self._plan.run(state.observed[rows], self._both.targets)
            p_present[rows] = np.where(named, marginals[:, present], 0.0)
            if self._by_condition:
                gain[rows] = self._gain_by_condition(state.observed[rows], marginals)
            else:
                gain[rows] = self._gain_by_finding(state.observed[rows], marginals, askable[rows])
        return Scores(np.where(askable, np.maximum(gain, 0.0), -np.inf), p_present, np.ones(askable.shape, bool))

    def approximate(self, state: CliqueTreeState) -> BoolArray:
        """See ``protocol.Engine``."""
        return np.zeros(len(state.observed), bool)

    def take(self, state: CliqueTreeState, rows: NDArray[np.intp]) -> CliqueTreeState:
        """See ``protocol.Engine``."""
        return CliqueTreeState(state.observed[rows])

    def all_marginals(self, observed: StateArray) -> FloatArray:
        """P(variable = state | evidence) of every variable of the network, without regard to roles.

        Parameters
        ----------
        observed : (B, V) state index of each variable in the order of ``network.variables``, -1 unknown

        Returns
        -------
        (B, total states) : the states of the first variable, then of the second, and so on;
            :meth:`marginal_columns` says where each begins.  A row of zeros for impossible evidence.
        """
        self._check(observed)
        return self._plan.run(observed, self._everything.targets)[0]

    def marginal_columns(self) -> NDArray[np.int64]:
        """(V + 1,) the first column of each variable in :meth:`all_marginals`, and their number."""
        return np.concatenate([[0], np.cumsum(self._n_states, dtype=np.int64)])

    @property
    def _n_jobs(self) -> int:
        """The most propagations that scoring one case can take."""
        pivots = self._conditions.first if self._by_condition else self._findings.first
        return sum(int(self._n_states[variable]) - 1 for variable in pivots)

    def _check(self, observed: StateArray) -> None:
        if observed.ndim != 2 or observed.shape[1] != len(self._n_states):
            raise ValueError(f"evidence of shape {observed.shape}; expected (cases, {len(self._n_states)} variables)")
        case, variable = np.nonzero(observed >= self._n_states)
        if len(case):
            v = self.network.variables[variable[0]]
            raise ValueError(f"case {case[0]}, {v.name}: state {observed[case[0], variable[0]]} of {len(v.states)}")

    def _gain_by_finding(self, observed: StateArray, marginals: FloatArray, askable: BoolArray) -> FloatArray:
        """(B, F) one job a state of each askable finding; the information it holds on all conditions."""
        case, finding = np.nonzero(askable & (observed[:, self._finding] < 0))
        gain = np.zeros((len(observed) * len(self._finding), 1))
        prior = self._both.select(marginals, self._conditions)
        group = np.zeros(self._conditions.width, np.int32)
        self._add_information(
            observed, marginals, case, self._finding[finding], about=self._conditions, prior=prior, group=group,
            gain_row=case * len(self._finding) + finding, gain=gain,
        )  # fmt: skip
        return gain.reshape(len(observed), len(self._finding))

    def _gain_by_condition(self, observed: StateArray, marginals: FloatArray) -> FloatArray:
        """(B, F) one job a state of each condition variable; the information it holds on each finding."""
        variables = np.array(list(self._conditions.first), np.intp)
        case = np.repeat(np.arange(len(observed)), len(variables))
        pivot = np.tile(variables, len(observed))
        unknown = observed[case, pivot] < 0
        gain = np.zeros((len(observed), len(self._finding)))
        prior = self._both.select(marginals, self._findings)
        group = np.empty(self._findings.width, np.int32)
        for f, variable in enumerate(self._finding.tolist()):
            first = self._findings.first[variable]
            group[first : first + self._n_states[variable]] = f
        case, pivot = case[unknown], pivot[unknown]
        self._add_information(
            observed, marginals, case, pivot, about=self._findings, prior=prior, group=group, gain_row=case, gain=gain
        )
        return gain

    def _add_information(
        self,
        observed: StateArray,
        marginals: FloatArray,
        case: NDArray[np.intp],
        pivot: NDArray[np.intp],
        *,
        about: _Columns,
        prior: FloatArray,
        group: NDArray[np.int32],
        gain_row: NDArray[np.intp],
        gain: FloatArray,
    ) -> None:
        """Propagate every state but the likeliest of ``pivot`` in ``case`` and add what it tells.

        The likeliest state's joint with each column is what the others leave, which loses no
        precision that matters: the others' weights sum to less than one by a margin.
        """
        first = np.array([self._both.first.get(v, -1) for v in range(len(self._n_states))], np.intp)[pivot]
        state = np.arange(int(self._n_states[pivot].max(initial=1)))
        real = state < self._n_states[pivot][:, None]
        p = np.where(real, marginals[case[:, None], np.where(real, first[:, None] + state, 0)], 0.0)
        likeliest = p.argmax(axis=1)
        job, answer = np.nonzero((p > 0.0) & (state != likeliest[:, None]))
        evidence = observed[case[job]]
        evidence[np.arange(len(job)), pivot[job]] = answer
        given, _ = self._plan.run(evidence, about.targets)
        first_job = np.searchsorted(job, np.arange(len(case) + 1)).astype(np.int64)
        _information()(
            len(case), about.width, gain.shape[1], first_job, p[job, answer], given, case.astype(np.int64), prior,
            group, gain_row.astype(np.int64), gain,
        )  # fmt: skip


class _Columns:
    """Variables whose marginals are wanted together, and where each begins."""

    def __init__(self, plan: CliqueTreePlan, variables: Any) -> None:
        wanted = sorted(set(variables))
        self.targets = Targets(plan, wanted)
        self.first = {variable: self.targets.column(variable) for variable in wanted}
        self.width = self.targets.n_columns
        self._n_states = plan.tree.n_states

    def select(self, marginals: FloatArray, part: _Columns) -> FloatArray:
        """The columns of ``part`` out of marginals that were made for these."""
        columns = [self.first[v] + s for v in part.first for s in range(self._n_states[v])]
        return np.ascontiguousarray(marginals[:, columns])


def _chunks(n_cases: int, values_a_case: int) -> Iterator[slice]:
    step = max(1, MAX_CHUNK_VALUES // max(1, values_a_case))
    for start in range(0, n_cases, step):
        yield slice(start, start + step)


def _refuse_large_variables(network: TabularNetwork) -> None:
    problems = [
        Problem(
            "E-STATES", f"{network.name} › {variable.name}", f"{len(variable.states)} states",
            expected=f"at most {MAX_STATES_OF_A_VARIABLE}", catalogue=31,
        )
        for variable in network.variables
        if len(variable.states) > MAX_STATES_OF_A_VARIABLE
    ]  # fmt: skip
    if problems:
        raise InputError(problems)


@cache
def _information() -> Any:
    floats, longs, count = native.array(np.float64), native.array(np.int64), ctypes.c_int64
    return native.function(
        "clique_tree_information", None, count, count, count, longs, floats, floats, longs, floats,
        native.array(np.int32), longs, floats,
    )  # fmt: skip
