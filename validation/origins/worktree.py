"""A run by another commit's own code, in a temporary worktree that is always removed."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from cases.git import GitError, environment
from model.errors import ClinvalError, InputError, Problem, Severity

from ..deadline import Deadline
from .code import KERNELS, same_kernels
from .git import SHORT, Repository
from .launcher import ELSEWHERE

PREFIX = "clinval-worktree-"
POLL_S = 0.1
GRACE_S = 30.0
"""What the other code gets to end in good order."""
_COUNTED = re.compile(r"(\d+) of (\d+)")
BUILD = "import setuptools; setuptools.setup()"


class OtherCodeFailed(ClinvalError):
    """The code of another commit could not play the cases."""


@contextmanager
def worktree(repository: Repository, commit: str) -> Iterator[Path]:
    """``commit`` checked out in a temporary place, outside the user's work tree and index.

    It is removed however this ends; what a killed process left behind is removed by the next one.
    """
    _sweep(repository)
    with TemporaryDirectory(prefix=PREFIX) as name:
        place = Path(name).resolve()
        tree = place / "tree"
        held = _lock(place)
        try:
            repository.ask("worktree", "add", "--quiet", "--detach", str(tree), commit)
            yield tree
        finally:
            _remove(repository, tree)
            if held is not None:
                os.close(held)


def play(
    tree: Path, arguments: Sequence[str], commit: str, deadline: Deadline, report: Callable[[int, int], None]
) -> tuple[Path, str]:
    """``clinval run`` by the code in ``tree``; the run's directory, and the code's digest of itself.

    Raises
    ------
    InputError
        That code refuses the model or the cases, in its words.
    OtherCodeFailed
        It cannot be run, or was not what ran.
    """
    build_kernels(tree, commit)
    proof, said, told = (tree.parent / name for name in ("proof", "said", "told"))
    launcher = Path(__file__).with_name("launcher.py")
    command = [sys.executable, "-P", str(launcher), str(tree), str(proof), "run", *arguments, "--format", "json"]
    with said.open("wb") as out, told.open("wb") as err:
        # A session of its own: Ctrl-C reaches this process alone, which passes it on and tidies up.
        child = subprocess.Popen(
            command, cwd=tree, env=_environment(tree), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True,
        )  # fmt: skip
        try:
            _follow(child, told, deadline, report)
        finally:
            _end(child)
    return _outcome(child.returncode, said, told, proof, commit)


def build_kernels(tree: Path, commit: str) -> None:
    """The compiled kernels for the code in ``tree``: those of this code where the sources are equal,
    else compiled there as its ``pyproject.toml`` says."""
    if not (tree / KERNELS).is_dir():
        return
    built = find_spec("model.inference._kernels")
    if built is not None and built.origin is not None and same_kernels(tree):
        shutil.copy2(built.origin, tree / "model" / "inference")
        return
    command = [sys.executable, "-c", BUILD, "--quiet", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=tree, env=_environment(tree), capture_output=True, text=True, check=False)
    if done.returncode:
        raise OtherCodeFailed(
            f"E-BASE-KERNELS  {commit[:SHORT]}: its kernels could not be compiled ({_last_line(done.stderr)}); "
            "a C compiler and setuptools are needed (`make setup`), or play both models by this code: --same-code"
        )


def _environment(tree: Path) -> dict[str, str]:
    return environment() | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}


def _follow(child: subprocess.Popen[bytes], told: Path, deadline: Deadline, report: Callable[[int, int], None]) -> None:
    """Wait for the end, and bring it about when time is up or someone asked."""
    was = None
    while child.poll() is None:
        if deadline():
            return
        counted = _COUNTED.findall(_last_line(told.read_text(errors="replace")))
        if counted and counted[-1] != was:
            was = counted[-1]
            report(int(was[0]), int(was[1]))
        time.sleep(POLL_S)


def _end(child: subprocess.Popen[bytes]) -> None:
    """In good order if it can: what is finished is kept, and the same command goes on."""
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_S)
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _outcome(code: int, said: Path, told: Path, proof: Path, commit: str) -> tuple[Path, str]:
    words = told.read_text(errors="replace").strip()
    try:
        record = json.loads(said.read_text("utf-8"))
    except ValueError:
        record = {}
    if "problems" in record:
        where = f"{commit[:SHORT]}, read by its own code › "
        raise InputError([_problem(problem, where) for problem in record["problems"]])
    if "run" not in record or not proof.exists() or code == ELSEWHERE:
        raise OtherCodeFailed(
            f"E-BASE-CODE  {commit[:SHORT]}: its own code did not play the cases (exit {code}: {_last_line(words)}); "
            "play both models by this code: --same-code"
        )
    return Path(record["run"]), proof.read_text()


def _problem(record: dict[str, object], where: str) -> Problem:
    """A problem that other code wrote down: what this code does not know of it is left out."""
    known = {name: record[name] for name in ("code", "found", "expected", "next_step", "catalogue") if name in record}
    suggestions = record.get("suggestions")
    return Problem(
        where=f"{where}{record.get('where', '')}",
        suggestions=tuple(suggestions) if isinstance(suggestions, list) else (),
        severity=Severity.REJECT,
        **known,  # type: ignore[arg-type]
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason given"


def _lock(place: Path) -> int | None:
    """A lock that is gone when this process is; None where the place is in use, or gone."""
    try:
        held = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def _sweep(repository: Repository) -> None:
    """Remove the temporary worktrees of processes that are no more."""
    for line in repository.ask("worktree", "list", "--porcelain").decode(errors="replace").splitlines():
        tree = Path(line.removeprefix("worktree "))
        if not line.startswith("worktree ") or not tree.parent.name.startswith(PREFIX):
            continue
        held = _lock(tree.parent)
        if held is not None or not tree.parent.exists():
            _remove(repository, tree)
            shutil.rmtree(tree.parent, ignore_errors=True)
        if held is not None:
            os.close(held)


def _remove(repository: Repository, tree: Path) -> None:
    with suppress(GitError):
        repository.ask("worktree", "remove", "--force", "--force", str(tree))
    shutil.rmtree(tree, ignore_errors=True)
