"""Which model a change is about, where nobody says: ``model/networks/x`` goes with ``cases/corpora/x``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from model.errors import InputError

from .git import Repository
from .origin import Kind, Origin

MODELS, CASES = PurePosixPath("model/networks"), PurePosixPath("cases/corpora")


@dataclass(frozen=True, slots=True)
class Subject:
    """A model and the cases that it is checked on."""

    name: str
    model: Path
    cases: Path


def touched(repository: Repository, base: str, candidate: Origin) -> tuple[Subject, ...]:
    """The models that differ from commit ``base`` in themselves or in their cases, by name.

    Where none does (the change is to code, or there is none) it is the one with the most case files: what
    changes for all of them is seen best there.

    Raises
    ------
    InputError
        The repository has no model with cases of the same name.
    """
    subjects = list(_subjects(repository))
    if not subjects:
        raise InputError.single(
            "E-NO-SUBJECT", str(repository.root), f"no network in {MODELS} with cases of the same name in {CASES}",
            expected="--model and --cases",
        )  # fmt: skip
    changed = _changed(repository, base, candidate)
    hit = [one for one in subjects if any(_holds(one, path) for path in changed)]
    return tuple(hit) or (max(subjects, key=lambda one: sum(1 for _ in one.cases.rglob("*.toml"))),)


def _subjects(repository: Repository) -> Iterator[Subject]:
    """Every model of the working tree with cases of the same name, in the order of names; paths from here."""
    models, cases = repository.root / MODELS, repository.root / CASES
    for model in sorted(models.iterdir()) if models.is_dir() else ():
        if model.is_dir() and (cases / model.name).is_dir():
            yield Subject(model.name, *(Path(os.path.relpath(place / model.name)) for place in (models, cases)))


def _changed(repository: Repository, base: str, candidate: Origin) -> list[PurePosixPath]:
    """The paths that differ, relative to the root; for the working tree those that git does not know yet too."""
    ends = [base] if candidate.kind is Kind.WORKTREE or candidate.commit is None else [base, candidate.commit]
    listed = repository.ask("diff", "--name-only", "--no-renames", "-z", *ends, "--", str(MODELS), str(CASES))
    if len(ends) == 1:
        listed += repository.ask("ls-files", "--others", "--exclude-standard", "-z", "--", str(MODELS), str(CASES))
    return [PurePosixPath(os.fsdecode(path)) for path in listed.split(b"\0") if path]


def _holds(subject: Subject, path: PurePosixPath) -> bool:
    return path.is_relative_to(MODELS / subject.name) or path.is_relative_to(CASES / subject.name)
