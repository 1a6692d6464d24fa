"""Networks: what they hold, and reading, checking and writing them."""

from .digest import network_digest
from .load import check_network, load_network
from .network import NOISY_OR, ONE_CONDITION, ClinicalNetwork, Network, Role, TabularNetwork, Variable
from .removals import removed_conditions
from .save import save_network
from .toml_writer import in_order
from .vocabulary import BINARY, SEXES, Condition, Finding, Limits, Link, RiskFactor, Triage

__all__ = [
    "BINARY",
    "NOISY_OR",
    "ONE_CONDITION",
    "SEXES",
    "ClinicalNetwork",
    "Condition",
    "Finding",
    "Limits",
    "Link",
    "Network",
    "RiskFactor",
    "Role",
    "TabularNetwork",
    "Triage",
    "Variable",
    "check_network",
    "in_order",
    "load_network",
    "network_digest",
    "removed_conditions",
    "save_network",
]
