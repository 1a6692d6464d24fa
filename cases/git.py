"""Git's plumbing, called so that nothing of the caller's gets in the way.

No optional locks, hooks or prompts, and none of the variables that a calling hook may have set
(``GIT_INDEX_FILE`` would lead it to another index).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from model.errors import ClinvalError, InputError

_SET_BY_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
_SETTINGS = ("core.hooksPath=/dev/null", "i18n.commitEncoding=UTF-8", "core.quotePath=false")


class GitError(ClinvalError):
    """Git failed at something that should have worked."""


def run(
    place: Path, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Git in the directory ``place``, with the variables ``extra``, to its end, whichever that is.

    Raises
    ------
    InputError
        There is no such directory, or git is not installed.
    """
    command = ["git", *(part for setting in _SETTINGS for part in ("-c", setting)), *arguments]
    variables = environment() | dict(extra or {})
    try:
        return subprocess.run(command, cwd=place, env=variables, input=stdin, capture_output=True, check=False)
    except (FileNotFoundError, NotADirectoryError) as error:
        if not place.is_dir():
            raise InputError.single(
                "E-FILE", str(place), "nothing there", expected="a directory in a git repository"
            ) from error
        raise InputError.single(
            "E-GIT-MISSING", "git", "no such program", expected="git, to read branches and commits",
            next_step="install git",
        ) from error  # fmt: skip


def ask(place: Path, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
    """What git answers; :class:`GitError` in its words where it refuses."""
    done = run(place, *arguments, stdin=stdin, extra=extra)
    if done.returncode:
        raise GitError(f"E-GIT  {place}: git {arguments[0]}: {first_line(done.stderr)}")
    return done.stdout


def contents(place: Path, blobs: Sequence[str]) -> Iterator[bytes | None]:
    """Each blob exactly as it was committed, no filter, no line-end conversion; None where it is not in this clone."""
    answer = ask(place, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
    at = 0
    for _ in blobs:
        end = answer.index(b"\n", at)
        head = answer[at:end].split()
        at = end + 1
        if len(head) != 3:  # "<hash> missing"
            yield None
            continue
        size = int(head[2])
        yield answer[at : at + size]
        at += size + 1


def environment() -> dict[str, str]:
    """This process's, without what a hook sets for its own git calls."""
    kept = {name: value for name, value in os.environ.items() if name not in _SET_BY_HOOKS}
    return kept | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def first_line(stderr: bytes) -> str:
    """What git said, without its own word for it."""
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "no reason given"
