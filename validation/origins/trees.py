"""Directories of a commit as plain files in a temporary place: the user's work tree is never touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from model.errors import InputError, Problem

from .git import SHORT, Repository


class NotInCommit(InputError):
    """The commit has no such path."""


def extract(repository: Repository, commit: str, path: PurePosixPath, place: Path) -> Path:
    """Write what ``commit`` has at ``path`` below ``place``; where it is now.

    A file comes with the files beside it that share its stem (a network's roles).

    Raises
    ------
    NotInCommit
        There is nothing of that name.
    InputError
        There is a symbolic link or a submodule among it.
    """
    files = repository.files(commit, path.as_posix())
    if not files and path != PurePosixPath("."):
        raise NotInCommit(
            [Problem("E-GIT-PATH", f"{commit[:SHORT]}:{path}", "nothing of that name in this commit",
                     "a path relative to the repository's root")]
        )  # fmt: skip
    if [file.path for file in files] == [path]:
        stem = path.name.split(".")[0]
        beside = repository.files(commit, *([f"{path.parent}/"] if path.parent.name else []))
        files = [f for f in beside if f.path.parent == path.parent and f.path.name.split(".")[0] == stem]
    strange = [file for file in files if not file.is_plain]
    if strange:
        raise InputError(
            [Problem("E-GIT-LINK", f"{commit[:SHORT]}:{file.path}", "a symbolic link or a submodule", "a plain file",
                     catalogue=36) for file in strange]
        )  # fmt: skip
    for file, data in repository.read(files):
        target = place / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return place / path


@contextmanager
def extracted(repository: Repository, commit: str, path: PurePosixPath) -> Iterator[Path]:
    """:func:`extract` for as long as it is needed; problems found there name the commit, not the place."""
    with TemporaryDirectory(prefix="clinval-") as name:
        place = Path(name).resolve()
        with named(place, commit):
            yield extract(repository, commit, path, place)


@contextmanager
def named(place: Path, commit: str) -> Iterator[None]:
    """Within, problems say which commit they were found in, and nothing of the temporary place."""
    prefix, label = f"{place}{os.sep}", f"{commit[:SHORT]}:"
    try:
        yield
    except InputError as error:
        wheres = [problem.where.replace(prefix, label) for problem in error.problems]
        raise type(error)(
            [
                replace(problem, where=where if label in where else f"{commit[:SHORT]} › {where}")
                for problem, where in zip(error.problems, wheres, strict=True)
            ]
        ) from None
