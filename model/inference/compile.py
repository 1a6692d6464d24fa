"""From a network to the engine that is exact for its structure."""

from __future__ import annotations

from typing import Any

from ..network.network import ONE_CONDITION, ClinicalNetwork, Network, TabularNetwork
from .protocol import Engine


def compile_network(network: Network) -> Engine[Any]:
    """The inference engine for ``network``, chosen by its structure.

    ``noisy_or`` and ``one_condition`` clinical networks have an engine each; any other discrete
    network gets the clique tree.  Engines load when first needed.
    """
    if isinstance(network, ClinicalNetwork):
        if network.structure == ONE_CONDITION:
            from .one_condition import OneConditionEngine

            return OneConditionEngine(network)
        from .noisy_or import NoisyOrEngine

        return NoisyOrEngine(network)
    if isinstance(network, TabularNetwork):
        from .clique_tree import CliqueTreeEngine

        return CliqueTreeEngine(network)
    raise TypeError(f"a network is a ClinicalNetwork or a TabularNetwork, not a {type(network).__name__}")
