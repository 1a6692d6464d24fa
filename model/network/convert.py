"""One network from one form into another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import InputError, Problem, Severity
from .bif_writer import bif_text
from .companions import copy_policy
from .expand import as_tabular
from .load import Roles, load_with_warnings
from .names import some
from .network import NOISY_OR, ONE_CONDITION, ClinicalNetwork, Network, TabularNetwork
from .roles_writer import roles_text
from .save import refuse_existing, save_network
from .treewidth import MAX_CLIQUE_CELLS, largest_clique
from .vocabulary import BINARY
from .xmlbif_writer import xmlbif_text


def convert_network(
    source: str | Path,
    target: str | Path,
    *,
    structure: str | None = None,
    roles: str | Path | Roles | None = None,
    normalise: bool = False,
) -> list[Problem]:
    """Write the network at ``source`` as ``target``, which must not exist; the warnings of doing so.

    A target that ends in ``.bif`` or ``.xmlbif`` gets tables (a clinical network is expanded, see
    :mod:`expand`) and ``<stem>.roles.toml`` beside it; any other is a directory.  ``structure`` reads
    a clinical network as ``noisy_or`` or ``one_condition`` on the way.  The policy of a directory is
    taken along into another one; see :func:`companions.copy_policy` for what is not.
    """
    target = Path(target)
    roles_path = target.with_suffix(".roles.toml")
    as_tables = target.suffix in (".bif", ".xmlbif")
    if not as_tables:
        refuse_existing(target)
    for path in (target, roles_path) if as_tables else ():
        if path.is_symlink() or path.exists():
            raise InputError.single("E-EXISTS", str(path), "a file or directory", expected="a new name")
    network, warnings = load_with_warnings(source, roles=roles, normalise=normalise)
    if structure is not None:
        network = with_structure(network, structure)
    if not as_tables:
        save_network(network, target)
        return warnings + copy_policy(Path(source), target)
    tabular = as_tabular(network) if isinstance(network, ClinicalNetwork) else network
    assert isinstance(tabular, TabularNetwork)
    text = bif_text(tabular) if target.suffix == ".bif" else xmlbif_text(tabular)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    roles_path.write_text(roles_text(tabular), encoding="utf-8", newline="\n")
    return warnings + copy_policy(Path(source), target) + _too_wide(tabular, target)


def _too_wide(network: TabularNetwork, target: Path) -> list[Problem]:
    """A warning where loading what was written would refuse it."""
    cards = {variable.name: len(variable.states) for variable in network.variables}
    cells = largest_clique(cards, [(variable.name, *variable.parents) for variable in network.variables])
    if cells <= MAX_CLIQUE_CELLS:
        return []
    found = f"tables whose exact inference needs about 2^{cells.bit_length() - 1} cells"
    step = "written for other tools: loading it here is refused; keep the source for replays"
    expected = f"at most 2^{MAX_CLIQUE_CELLS.bit_length() - 1}"
    return [Problem("W-TREEWIDTH", target.name, found, expected, (), step, Severity.WARN, 31)]


def with_structure(network: Network, structure: str) -> ClinicalNetwork:
    """The same figures read the other way; :class:`InputError` where they cannot be.

    A ``noisy_or`` network has binary findings only and no temperature, which is dropped.
    """
    if not isinstance(network, ClinicalNetwork):
        raise InputError.single("E-STRUCTURE", network.name, "a network of tables", expected="a clinical network")
    if structure not in (NOISY_OR, ONE_CONDITION):
        expected = f"{NOISY_OR} or {ONE_CONDITION}"
        raise InputError.single("E-STRUCTURE", network.name, repr(structure), expected=expected)
    if structure == ONE_CONDITION:
        return replace(network, structure=structure)
    several = [finding.id for finding in network.findings if finding.states != BINARY]
    if several:
        found = f"findings with more than two states: {some(several)}"
        raise InputError.single("E-STATES", network.name, found, expected="absent and present in a noisy_or network")
    return replace(network, structure=structure, temperature=1.0)
