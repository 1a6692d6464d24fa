"""Loading, checking and saving a network, whatever its format.

A path is one of

- a directory with ``network.toml`` (see :mod:`toml_reader`),
- a BIF or XMLBIF file, also gzipped, with ``<stem>.roles.toml`` beside it or roles given in code,
- a directory that holds one such file and ``roles.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import Problem, raise_if_rejected
from .bif import parse_bif
from .companions import check_policy
from .files import MAX_TABLE_BYTES, printable, read_bytes, refuse_unsafe
from .network import Network, TabularNetwork
from .raw import RawNetwork
from .report import Report
from .roles import check_paths, read_roles, wants_normalising
from .tabular_build import build_variables, placeholders
from .text import decode
from .toml_reader import parse_toml, read_directory
from .xmlbif import parse_xmlbif

TABLE_SUFFIXES = (".bif", ".xmlbif", ".bif.gz", ".xmlbif.gz")
_NAMELESS = "unknown"
"""What bnlearn and pgmpy call a network without a name."""
Roles = Mapping[str, Any]
"""A roles file as a dictionary; see :mod:`roles`."""


def load_network(path: str | Path, *, roles: str | Path | Roles | None = None, normalise: bool = False) -> Network:
    """The network at ``path``; :class:`InputError` with *every* problem where any of them rejects it.

    ``roles`` (BIF and XMLBIF only) is a roles file or its content as a dictionary.  ``normalise``
    accepts columns that published figures rounded to about seven digits leave off by up to 1e-5;
    otherwise more than 1e-9 is refused.
    """
    network, _warnings = load_with_warnings(path, roles=roles, normalise=normalise)
    return network


def load_with_warnings(
    path: str | Path, *, roles: str | Path | Roles | None = None, normalise: bool = False
) -> tuple[Network, list[Problem]]:
    """:func:`load_network`, and what it normalised or found worth knowing."""
    report = Report()
    network = _read(Path(path), roles, normalise, report)
    warnings = raise_if_rejected(report.result())
    assert network is not None, "a network that could not be read has a problem that says so"
    return network, warnings


def check_network(
    path: str | Path, *, roles: str | Path | Roles | None = None, normalise: bool = False
) -> list[Problem]:
    """All problems of the network at ``path`` and of its policy, warnings too; bad input never raises."""
    path = Path(path)
    report = Report()
    network = _read(path, roles, normalise, report)
    check_policy(path, network, report)
    return report.result()


def _read(path: Path, roles: str | Path | Roles | None, normalise: bool, report: Report) -> Network | None:
    if "\0" in str(path):
        report.reject("FILE", repr(str(path)), "a NUL in the path", "a file or directory", catalogue=24)
        return None
    try:
        return _read_safely(path, roles, normalise, report)
    except RuntimeError as error:  # how Path.resolve tells a loop of symbolic links before Python 3.13
        if "loop" not in str(error).lower():
            raise
        report.reject(
            "SYMLINK", printable(str(path)), "a symbolic link that leads to itself", "a network", catalogue=36
        )
        return None
    except OSError as error:
        found = (error.strerror or type(error).__name__).lower()
        report.reject("FILE", printable(str(path)), found, "something that can be read")
        return None


def _read_safely(path: Path, roles: str | Path | Roles | None, normalise: bool, report: Report) -> Network | None:
    if not path.exists() and not path.is_symlink():
        expected = "a network's directory, or a .bif or .xmlbif file"
        report.reject("FILE", printable(str(path)), "no such file or directory", expected)
        return None
    where = printable(path.name or str(path))
    if refuse_unsafe(path, path.resolve().parent, where, report):
        return None
    if path.is_dir():
        return _read_directory(path, roles, normalise, report)
    if path.name.lower().endswith(TABLE_SUFFIXES):
        if roles is None:
            roles = path.with_name(f"{path.name[: -len(_suffix(path))]}.roles.toml")
        return _read_tabular(path, roles, normalise, report)
    if read_bytes(path, path.resolve().parent, where, report, MAX_TABLE_BYTES) is not None:
        report.reject("FORMAT", where, "a file of another kind", "a network's directory, or a .bif or .xmlbif file")
    return None


def _read_directory(
    directory: Path, roles: str | Path | Roles | None, normalise: bool, report: Report
) -> Network | None:
    where = directory.name or str(directory)
    if (directory / "network.toml").exists() or (directory / "network.toml").is_symlink():
        return read_directory(directory, report)
    files = [path for path in sorted(directory.iterdir()) if path.name.lower().endswith(TABLE_SUFFIXES)]
    for path in sorted(directory.iterdir()):
        refuse_unsafe(path, directory, f"{where}/{path.name}", report)
    if len(files) == 1:
        return _read_tabular(files[0], roles or directory / "roles.toml", normalise, report)
    if files:
        found = f"{len(files)} BIF or XMLBIF files"
        report.reject("FILE", where, found, "one", next_step="name the file instead of the directory")
    elif not report.rejections:
        report.reject("FILE", where, "no network.toml and no BIF or XMLBIF file", "a network")
    return None


def _suffix(path: Path) -> str:
    return next(suffix for suffix in reversed(TABLE_SUFFIXES) if path.name.lower().endswith(suffix))


def _read_tabular(path: Path, roles: str | Path | Roles, normalise: bool, report: Report) -> TabularNetwork | None:
    values, where = _roles(roles, path.parent, report)
    normalise = normalise or (values is not None and wants_normalising(values))
    raw = read_raw(path, report)
    if raw is None:
        return None
    variables = build_variables(raw, path.name, report, normalise=normalise)
    if values is None or not raw.variables:
        return None
    stem = path.name[: -len(_suffix(path))]
    name = stem if raw.name in ("", _NAMELESS) else raw.name
    if not variables:
        # Only for what is wrong with the roles as well.
        read_roles(values, placeholders(raw), where, report, name=name)
        return None
    network = read_roles(values, variables, where, report, name=name)
    check_paths(network, where, report)
    return network


def read_raw(path: Path, report: Report) -> RawNetwork | None:
    """What a BIF or XMLBIF file declares; None where it cannot be read at all."""
    data = read_bytes(path, path.parent, path.name, report, MAX_TABLE_BYTES)
    text = None if data is None else decode(data, path.name, report)
    if text is None:
        return None
    parse = parse_xmlbif if ".xmlbif" in _suffix(path) else parse_bif
    return parse(text, path.name, report)


def _roles(roles: str | Path | Roles, root: Path, report: Report) -> tuple[Roles | None, str]:
    if isinstance(roles, Mapping):
        return roles, "roles"
    path = Path(roles)
    if not path.exists():
        step = 'write one, as in: [conditions] lung = "yes" [findings] xray = "abnormal"'
        expected = "a file that says which variables are conditions and findings"
        report.reject("ROLES", path.name, "no such file", expected, next_step=step)
        return None, path.name
    data = read_bytes(path, root if path.is_relative_to(root) else path.parent, path.name, report)
    text = None if data is None else decode(data, path.name, report)
    return (None if text is None else parse_toml(text, path.name, report)), path.name
