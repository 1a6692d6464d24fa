"""Loading and checking a network from disk, whatever its format."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError, Problem, raise_if_rejected
from .network import ClinicalNetwork, Network
from .report import Report
from .toml_reader import read_directory
from .toml_writer import write_directory


def load_network(path: str | Path) -> Network:
    """The network at ``path``; :class:`InputError` with *every* problem where any of them rejects it."""
    report = Report()
    network = _read(Path(path), report)
    raise_if_rejected(report.problems)
    assert network is not None, "a network that could not be read has a problem that says so"
    return network


def check_network(path: str | Path) -> list[Problem]:
    """All problems of the network at ``path``, warnings too; bad input never raises."""
    report = Report()
    _read(Path(path), report)
    return report.problems


def _read(path: Path, report: Report) -> Network | None:
    if path.is_dir():
        return read_directory(path, report)
    report.reject("FILE", str(path), "no such file or directory", "a network's directory, or a BIF or XMLBIF file")
    return None


def save_network(network: Network, directory: str | Path) -> None:
    """Write ``network`` as a directory of text that a person can read; see :mod:`toml_writer`."""
    if isinstance(network, ClinicalNetwork):
        write_directory(network, Path(directory))
    else:
        raise InputError.single("E-KIND", str(directory), type(network).__name__, expected="a clinical network")
