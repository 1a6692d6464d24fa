"""The symptom checker under test: network, inference, question policy, interview.

    network = model.load_network("model/networks/starter")
    interview = model.Interview(model.compile_network(network), model.load_policy("model/networks/starter"))

Names load when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import ClinvalError, InputError, Problem, Severity
    from .fit import fit_network
    from .inference.compile import compile_network
    from .inference.evidence import evidence_from_states
    from .inference.protocol import UNKNOWN, Engine, Evidence
    from .interview import Interview, InterviewState
    from .network import ClinicalNetwork, Network, TabularNetwork, Triage, load_network, save_network
    from .policy import Policy, StopReason, load_policy
    from .single_interview import SingleInterview

_HOME = {
    "UNKNOWN": ".inference.protocol",
    "ClinicalNetwork": ".network",
    "ClinvalError": ".errors",
    "Engine": ".inference.protocol",
    "Evidence": ".inference.protocol",
    "InputError": ".errors",
    "Interview": ".interview",
    "InterviewState": ".interview",
    "Network": ".network",
    "Policy": ".policy",
    "Problem": ".errors",
    "Severity": ".errors",
    "SingleInterview": ".single_interview",
    "StopReason": ".policy",
    "TabularNetwork": ".network",
    "Triage": ".network",
    "compile_network": ".inference.compile",
    "evidence_from_states": ".inference.evidence",
    "fit_network": ".fit",
    "load_network": ".network",
    "load_policy": ".policy",
    "save_network": ".network",
}

__all__ = [
    "UNKNOWN",
    "ClinicalNetwork",
    "ClinvalError",
    "Engine",
    "Evidence",
    "InputError",
    "Interview",
    "InterviewState",
    "Network",
    "Policy",
    "Problem",
    "Severity",
    "SingleInterview",
    "StopReason",
    "TabularNetwork",
    "Triage",
    "compile_network",
    "evidence_from_states",
    "fit_network",
    "load_network",
    "load_policy",
    "save_network",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
