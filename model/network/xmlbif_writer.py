"""A tabular network as XMLBIF 0.3 text, without a document type; it holds any name that XML can."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np

from .network import TabularNetwork, Variable


def xmlbif_text(network: TabularNetwork) -> str:
    """``network`` as XMLBIF."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<BIF VERSION="0.3">', "<NETWORK>"]
    lines.append(f"<NAME>{escape(network.name)}</NAME>")
    for variable in network.variables:
        lines += ['<VARIABLE TYPE="nature">', f"  <NAME>{escape(variable.name)}</NAME>"]
        lines += [f"  <OUTCOME>{escape(state)}</OUTCOME>" for state in variable.states]
        lines.append("</VARIABLE>")
    for variable in network.variables:
        lines += _definition(variable)
    return "\n".join([*lines, "</NETWORK>", "</BIF>"]) + "\n"


def _definition(variable: Variable) -> list[str]:
    columns = np.moveaxis(variable.table, 0, -1).reshape(-1, len(variable.states)).tolist()
    lines = ["<DEFINITION>", f"  <FOR>{escape(variable.name)}</FOR>"]
    lines += [f"  <GIVEN>{escape(parent)}</GIVEN>" for parent in variable.parents]
    lines += ["  <TABLE>", *("    " + " ".join(map(repr, column)) for column in columns), "  </TABLE>"]
    return [*lines, "</DEFINITION>"]
