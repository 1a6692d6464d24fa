"""A tabular network as BIF text, which pgmpy reads as well."""

from __future__ import annotations

import itertools

import numpy as np

from ..errors import InputError, Problem
from .bif import is_word
from .network import TabularNetwork, Variable
from .report import shown


def bif_text(network: TabularNetwork) -> str:
    """``network`` as BIF; :class:`InputError` with every name that BIF cannot spell."""
    problems = [
        Problem(
            "E-NAME",
            f"{network.name} › {variable.name}",
            f"the name {shown(name)}",
            "a word without quotes, spaces and brackets",
            next_step="write XMLBIF instead",
            catalogue=23,
        )
        for variable in network.variables
        for name in (variable.name, *variable.states)
        if not is_word(name)
    ]
    if problems:
        raise InputError(problems)
    states_of = {variable.name: variable.states for variable in network.variables}
    title = network.name if is_word(network.name) else "unknown"
    parts = [f"network {title} {{\n}}\n"]
    parts += [_declaration(variable) for variable in network.variables]
    parts += [_probability(variable, states_of) for variable in network.variables]
    return "".join(parts)


def _declaration(variable: Variable) -> str:
    states = ", ".join(variable.states)
    return f"variable {variable.name} {{\n  type discrete [ {len(variable.states)} ] {{ {states} }};\n}}\n"


def _probability(variable: Variable, states_of: dict[str, tuple[str, ...]]) -> str:
    columns = np.moveaxis(variable.table, 0, -1).reshape(-1, len(variable.states)).tolist()
    rows = [", ".join(map(repr, column)) for column in columns]
    if not variable.parents:
        return f"probability ( {variable.name} ) {{\n  table {rows[0]};\n}}\n"
    lines = [f"probability ( {variable.name} | {', '.join(variable.parents)} ) {{"]
    configurations = itertools.product(*(states_of[parent] for parent in variable.parents))
    lines += [f"  ({', '.join(states)}) {row};" for states, row in zip(configurations, rows, strict=True)]
    return "\n".join(lines) + "\n}\n"
