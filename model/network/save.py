"""Saving a network as text that a person can read, in the form that loading gives back unchanged."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from .bif_writer import bif_text
from .network import ClinicalNetwork, Network, TabularNetwork
from .roles_writer import roles_text
from .toml_writer import write_directory
from .xmlbif_writer import xmlbif_text


def save_network(network: Network, directory: str | Path, *, overwrite: bool = False) -> None:
    """Write ``network`` into ``directory``, which is made where it is missing.

    Parameters
    ----------
    overwrite : write over the network that is there.  Otherwise anything but an empty directory is
        refused (:class:`InputError`), and nothing is touched.

    A clinical network becomes a directory of TOML files (conditions that it no longer has are
    removed from there); a tabular one ``network.bif`` and ``roles.toml``, or ``network.xmlbif``
    where it has names that BIF cannot spell.  Loading gives an equal network with an equal digest.
    """
    directory = Path(directory)
    if not overwrite:
        refuse_existing(directory)
    if isinstance(network, ClinicalNetwork):
        write_directory(network, directory)
        return
    if not isinstance(network, TabularNetwork):
        raise InputError.single("E-KIND", str(directory), type(network).__name__, expected="a network")
    directory.mkdir(parents=True, exist_ok=True)
    try:
        name, text, other = "network.bif", bif_text(network), "network.xmlbif"
    except InputError:
        name, text, other = "network.xmlbif", xmlbif_text(network), "network.bif"
    (directory / name).write_text(text, encoding="utf-8", newline="\n")
    (directory / other).unlink(missing_ok=True)
    (directory / "roles.toml").write_text(roles_text(network), encoding="utf-8", newline="\n")


def refuse_existing(path: Path) -> None:
    """:class:`InputError` where ``path`` is anything but a new name or an empty directory."""
    if path.is_symlink() or path.exists():
        if path.is_dir() and not any(path.iterdir()):
            return
        found = "a directory that is not empty" if path.is_dir() else "a file"
        raise InputError.single("E-EXISTS", str(path), found, expected="a new name, or an empty directory")
