"""The cases of a comparison: from the working tree, a commit, a stored run or anywhere on disk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from cases.card import Card
from cases.case_set import CaseSet
from cases.readers import load_cases
from cases.writers.save import save_cases

from ..addresses import address_of
from ..case_input import read_cases
from ..results import Run
from .git import SHORT, Repository
from .origin import Origin, inside_repository
from .trees import extract, extracted

CARDS = "cases.jsonl"
"""Where cards that are no file any more are put for another commit's code."""


@dataclass(frozen=True)
class CaseSource:
    """Cases as they were read by this code, and where another commit's code can read them."""

    cases: CaseSet
    path: Path | None = None
    """On disk; None: at a commit, or nowhere."""
    repository: Repository | None = None
    commit: str | None = None
    inside: PurePosixPath | None = None
    """In the repository, at a commit or in the work tree."""

    def put_into(self, tree: Path) -> str:
        """Make the cases readable for the code of a temporary ``tree``; their path, relative to it
        where that can be: they take the place of its own."""
        if self.inside is None:
            if self.path is not None:
                return str(self.path.resolve())
            save_cases(self.cases.cards, tree / CARDS)
            return CARDS
        there = tree / self.inside
        if there.is_dir():
            shutil.rmtree(there)
        else:
            there.unlink(missing_ok=True)
        if self.commit is not None and self.repository is not None:
            extract(self.repository, self.commit, self.inside, tree)
        elif self.path is not None:
            there.parent.mkdir(parents=True, exist_ok=True)
            if self.path.is_dir():
                shutil.copytree(self.path, there)
            else:
                shutil.copyfile(self.path, there)
        return self.inside.as_posix()


def cases_of(origin: Origin, path: Path) -> CaseSource:
    """The cases at ``path`` as ``origin`` has them: its commit's, or those on disk or at an address.

    Raises
    ------
    InputError
        They cannot be read; ``NotInCommit`` where the commit has none there.
    """
    if address_of(path) is not None:
        return CaseSource(read_cases(path))
    repository = origin.repository
    if origin.commit is None or repository is None:
        inside = None
        if repository is not None and path.resolve().is_relative_to(repository.root.resolve()):
            inside = inside_repository(repository, path)
        return CaseSource(load_cases(path), path, repository, None, inside)
    if not path.resolve().is_relative_to(repository.root.resolve()):
        return CaseSource(load_cases(path), path)
    inside = inside_repository(repository, path)
    with extracted(repository, origin.commit, inside) as place:
        cases = replace(load_cases(place), path=Path(f"{origin.commit[:SHORT]}:{inside}"))
    return CaseSource(cases, None, repository, origin.commit, inside)


def cases_of_run(run: Run) -> CaseSource:
    """The cards that a stored run was played with."""
    return CaseSource(CaseSet(tuple(run.cards.values()), name=run.manifest.plan.cases.name))


@dataclass(frozen=True)
class CaseChanges:
    """How the candidate's case set differs from the base's own; case ids, sorted."""

    edited: tuple[str, ...] = ()
    """In both, with another content."""
    new: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    """The new ids of cases whose content stayed."""
    withdrawn: tuple[Card, ...] = ()
    """The edited and the removed ones as the base has them."""

    @property
    def is_empty(self) -> bool:
        return not (self.edited or self.new or self.removed or self.renamed)


def changes_of_cases(base: CaseSet, candidate: CaseSet) -> CaseChanges:
    """Case set against case set, by id and content hash."""
    was = dict(zip((card.id for card in base), base.content_hashes, strict=True))
    now = dict(zip((card.id for card in candidate), candidate.content_hashes, strict=True))
    gone = Counter(digest for name, digest in was.items() if name not in now)
    come = Counter(digest for name, digest in now.items() if name not in was)
    renamed = _first(now, was, gone)
    left = _first(was, now, come)
    edited = tuple(sorted(name for name in was if name in now and was[name] != now[name]))
    removed = tuple(sorted(was.keys() - now.keys() - left))
    return CaseChanges(
        edited,
        tuple(sorted(now.keys() - was.keys() - renamed)),
        removed,
        tuple(sorted(renamed)),
        tuple(sorted((card for card in base if card.id in {*edited, *removed}), key=lambda card: card.id)),
    )


def _first(those: Mapping[str, str], others: Mapping[str, str], partners: Counter[str]) -> set[str]:
    """Of the ids that only ``those`` has, the ones whose content has a partner among the others', each
    partner taken once."""
    free = partners.copy()
    found = set()
    for name in sorted(those.keys() - others.keys()):
        if free[those[name]]:
            free[those[name]] -= 1
            found.add(name)
    return found
