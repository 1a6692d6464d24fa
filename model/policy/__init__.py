"""Which question to ask next, and when to stop: configured in a small TOML file."""

from .config import DEFAULT_POLICY, DifferentialConfig, Policy, PolicyConfig, StoppingConfig, load_policy, parse_policy
from .stopping import StopReason

__all__ = [
    "DEFAULT_POLICY",
    "DifferentialConfig",
    "Policy",
    "PolicyConfig",
    "StopReason",
    "StoppingConfig",
    "load_policy",
    "parse_policy",
]
