"""One line of a roles file: the variable and state that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .names import some
from .network import Variable
from .report import Report, nearest, shown
from .table import Table

EVERY_STATE = "*"
"""Instead of a state: every state of the variable is a condition of its own."""


@dataclass(frozen=True)
class Reader:
    """The variables by name, and where problems go."""

    variables: dict[str, Variable]
    report: Report

    def entry(self, section: Table, name: str) -> tuple[Variable, str, Table] | None:
        """Variable, state and further texts of one line; None with a problem."""
        value = section.raw(name)
        where = section.at(name)
        details = Table(value if isinstance(value, dict) else {}, where, self.report)
        state = details.raw("state") if isinstance(value, dict) else value
        variable = self.variable(details.text("variable", name), where)
        if variable is None:
            return None
        if not isinstance(state, str) or (state != EVERY_STATE and state not in variable.states):
            near = nearest(state, variable.states) if isinstance(state, str) else ()
            found = "no state" if state is None else f"the unknown state {shown(state)}"
            self.report.reject("STATE", where, found, some(list(variable.states), 6), near=near, catalogue=12)
            return None
        return variable, state, details

    def variable(self, name: Any, where: str) -> Variable | None:
        """The variable of that name; None with a problem."""
        if isinstance(name, str) and name in self.variables:
            return self.variables[name]
        near = nearest(name, self.variables) if isinstance(name, str) else ()
        found = f"the unknown variable {shown(name)}"
        self.report.reject("VARIABLE", where, found, "a variable of the network", near=near, catalogue=11)
        return None
