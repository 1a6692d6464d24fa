"""A discrete network as a file spells it, before anything is known to fit together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MAX_TABLE_CELLS = 1 << 20
"""Of one conditional probability table; a larger one is refused before it is allocated."""
MAX_STATES = 100
"""Of one variable: states are carried as int8."""


@dataclass(frozen=True)
class RawVariable:
    """A declared variable."""

    name: str
    states: tuple[str, ...]
    where: str
    spelling: str
    """The name as the file spells it, before Unicode composition."""


@dataclass(frozen=True)
class RawTable:
    """A conditional probability table."""

    variable: str
    parents: tuple[str, ...]
    columns: NDArray[np.float64] | None
    """P(state | parents), (parent configurations, states), the last parent changing fastest; None
    where it could not be read, which has been reported."""
    where: str


@dataclass
class RawNetwork:
    """Everything that a file declares, in its order."""

    name: str = ""
    variables: list[RawVariable] = field(default_factory=list)
    tables: list[RawTable] = field(default_factory=list)

    def states_of(self) -> dict[str, tuple[str, ...]]:
        """The states of each variable; the first declaration counts."""
        states: dict[str, tuple[str, ...]] = {}
        for variable in self.variables:
            states.setdefault(variable.name, variable.states)
        return states
