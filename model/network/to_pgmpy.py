"""A network as pgmpy's: the meaning of every network, and the oracle of the engines.

A clinical network goes by way of :mod:`expand`, which says what its nodes are called.  Nodes that
stand for the same variable keep the name that a BIF file gave them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ClinvalError
from .expand import as_tabular
from .network import ClinicalNetwork, Network, TabularNetwork

if TYPE_CHECKING:
    from pgmpy.models import DiscreteBayesianNetwork


def to_pgmpy(network: Network) -> DiscreteBayesianNetwork:
    """``network`` as a checked ``pgmpy.models.DiscreteBayesianNetwork``.

    pgmpy comes with the extra ``clinval[pgmpy]``; without it this says so.
    """
    try:
        from pgmpy.factors.discrete import TabularCPD
        from pgmpy.models import DiscreteBayesianNetwork
    except ImportError as error:
        raise ClinvalError("pgmpy is not installed; it comes with clinval[pgmpy]") from error

    tabular = as_tabular(network) if isinstance(network, ClinicalNetwork) else network
    if not isinstance(tabular, TabularNetwork):
        raise ClinvalError(f"a {type(network).__name__} has no tables")
    states_of = {variable.name: variable.states for variable in tabular.variables}
    model = DiscreteBayesianNetwork()
    model.add_nodes_from(states_of)
    model.add_edges_from((parent, variable.name) for variable in tabular.variables for parent in variable.parents)
    for variable in tabular.variables:
        names = (variable.name, *variable.parents)
        model.add_cpds(
            TabularCPD(
                variable.name,
                len(variable.states),
                variable.table.reshape(len(variable.states), -1),
                evidence=list(variable.parents) or None,
                evidence_card=[len(states_of[parent]) for parent in variable.parents] or None,
                state_names={name: list(states_of[name]) for name in names},
            )
        )
    model.check_model()
    return model
