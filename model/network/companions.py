"""The files that stand beside a network in its directory: its question policy, and what is for people."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError, Problem, Severity
from ..policy.config import Policy, parse_policy
from .files import read_bytes
from .names import some
from .network import Network
from .report import Report, nearest, shown
from .text import decode
from .toml_reader import OTHER_FILES, parse_toml

POLICY = "policy.toml"


def check_policy(directory: Path, network: Network | None, report: Report) -> None:
    """Add to ``report`` what is wrong with the policy in ``directory``, if there is one.

    ``network`` is that of the directory; None where it could not be read, so that nothing can be said
    about the findings that the policy names.
    """
    where = f"{directory.name}/{POLICY}"
    policy = _read_policy(directory, where, report)
    if policy is None or network is None:
        return
    for name in policy.questions.order:
        if name not in network.finding_index:
            near = nearest(name, network.finding_index)
            found = f"the unknown finding {shown(name)}"
            report.reject("FINDING", f"{where} › policy › order", found, "a finding of the network", near=near)


def copy_policy(source: Path, target: Path) -> list[Problem]:
    """Copy the policy of the directory ``source`` into ``target``; a warning for what is not copied.

    A ``target`` that is no directory has no place for a policy: what replays it there asks by the
    default one.  What is written for people is about ``source`` and stays there.
    """
    if not source.is_dir():
        return []
    left = [name for name in OTHER_FILES if (source / name).is_file() and not name.startswith(".")]
    report = Report()
    if target.is_dir() and POLICY in left:
        data = read_bytes(source / POLICY, source, f"{source.name}/{POLICY}", report)
        if data is not None:
            (target / POLICY).write_bytes(data)
            left.remove(POLICY)
    if left:
        step = "copy what still holds by hand"
        found = f"files that were not taken along: {some(left)}"
        report.problems.append(Problem("W-NOT-COPIED", source.name, found, "", (), step, Severity.WARN))
    return report.problems


def _read_policy(directory: Path, where: str, report: Report) -> Policy | None:
    path = directory / POLICY
    if not directory.is_dir() or not (path.exists() or path.is_symlink()):
        return None
    data = read_bytes(path, directory, where, report)
    text = None if data is None else decode(data, where, report)
    document = None if text is None else parse_toml(text, where, report)
    if document is None:
        return None
    try:
        return parse_policy(document, where)
    except InputError as error:
        for problem in error.problems:
            report.add(problem)
        return None
