"""Accepted cases become files on a branch, ready for a pull request.

The same database and base give the same commit, to the hash: the cards are written in the order of their
ids, the dates are those of the last acceptance, and nothing else goes in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from model.errors import InputError

from ..card import Card
from ..case_set import CaseSet
from ..checks import check_edits
from ..readers.raw import build
from ..readers.toml_files import parse_toml
from ..writers import to_toml
from ..writers.toml_files import file_names
from .actors import Actor, Role
from .git import BaseFile, Repository
from .shapes import AuditEntry, Publication
from .signed_off import SignedOff, signed_off
from .store import Store
from .tables import PublicationRow, PublishedCase

_CORPUS = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")


class Publishing:
    """What leaves the desk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish(
        self, who: Actor, repository: str | Path, branch: str, *, corpus: str = "clinic", base: str = "HEAD"
    ) -> Publication:
        """One commit with all accepted cases under ``cases/corpora/<corpus>/``, on a new branch.

        Work tree, index and HEAD stay as they are.  Done twice, the second time finds its own branch.

        Parameters
        ----------
        base
            The commit that the branch starts from.

        Raises
        ------
        InputError
            There is nothing to publish, the branch holds something else, or git has a signed-off case with
            another text under the same version.
        """
        who.must_have(Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
        if not _CORPUS.fullmatch(corpus):
            raise InputError.single("E-CORPUS", f"corpus {corpus!r}", "another name", expected="a-z, 0-9, - and _")
        repo = Repository.at(Path(repository))
        repo.check_branch(branch)
        with self._store.read() as session:
            accepted = signed_off(session)
        if not accepted:
            raise InputError.single(
                "E-NOTHING", "the desk", "no accepted case", expected="at least one", next_step="finish a review first"
            )
        existing = repo.commit_of(f"refs/heads/{branch}")
        parent = repo.commit_of(f"refs/heads/{branch}^" if existing else base)
        if parent is None and existing is None:
            raise InputError.single("E-GIT-REF", f"base {base!r}", "no such commit", expected="a commit to start from")
        if parent is None:
            raise _is_another(branch)
        commit, n_new, n_changed = _commit(repo, parent, f"cases/corpora/{corpus}", accepted)
        if existing is None:
            if obstacle := repo.in_the_way(branch):
                raise InputError.single(
                    "E-BRANCH", f"branch {branch!r}", obstacle, expected="a name of its own",
                    next_step="choose another with --branch",
                )  # fmt: skip
            if commit == parent:
                raise InputError.single(
                    "E-NOTHING", "the desk", f"{len(accepted)} accepted cases, all of which {base} has as they are",
                    expected="something new", next_step="nothing needs to be done",
                )  # fmt: skip
            repo.make_branch(branch, commit)
        elif existing != commit:
            raise _is_another(branch)
        digest = CaseSet(tuple(one.card for one in accepted)).digest
        self._remember(who, branch, commit, corpus, digest, accepted)
        return Publication(
            branch, commit, parent, f"cases/corpora/{corpus}", digest, len(accepted), n_new, n_changed,
            existing is not None,
        )  # fmt: skip

    def cards(self, who: Actor) -> list[Card]:
        """All accepted cases as they would be published, by id."""
        who.must_have(*Role)
        with self._store.read() as session:
            return [one.card for one in signed_off(session)]

    def past(self, who: Actor) -> list[AuditEntry]:
        """Publications, the last first."""
        from .audit import entries_of

        who.must_have(Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
        with self._store.read() as session:
            return [entry for entry in reversed(entries_of(session)) if entry.what == "publish"]

    def _remember(
        self, who: Actor, branch: str, commit: str, corpus: str, digest: str, accepted: Sequence[SignedOff]
    ) -> None:
        with self._store.write(who) as work:
            known = select(PublicationRow.id).where(PublicationRow.branch == branch, PublicationRow.commit == commit)
            if work.session.scalar(known) is not None:
                return
            row = PublicationRow(at=work.now, by=who.id, branch=branch, commit=commit, corpus=corpus, digest=digest)
            work.session.add(row)
            work.session.flush()
            work.session.add_all(
                PublishedCase(publication_id=row.id, case_id=one.case_id, number=one.number) for one in accepted
            )
            why = f"{len(accepted)} accepted cases, for the repository"
            about = {"commit": commit, "corpus": corpus, "digest": digest, "cases": len(accepted)}
            work.record("publish", f"publication:{branch}", why, **about)


def _is_another(branch: str) -> InputError:
    return InputError.single(
        "E-BRANCH", f"branch {branch!r}", "a branch of that name with other content", expected="a new name",
        next_step="choose another with --branch, or delete that one if it is not needed",
    )  # fmt: skip


def _commit(repo: Repository, base: str, directory: str, accepted: Sequence[SignedOff]) -> tuple[str, int, int]:
    """The commit with the cases on top of ``base``; how many of its files are new, how many changed."""
    before = repo.files(base, directory)
    cards = [one.card for one in accepted]
    old = _cards_of(before)
    _refuse_edits(old, cards, directory)
    places = _places(cards, {path: card.id for path, card in old.items()}, before, directory)
    contents = {file.path: file.data for file in before}
    files = {places[card.id]: to_toml(card).encode() for card in cards}
    changed = {path: data for path, data in files.items() if contents.get(path) != data}
    if not changed:
        return base, 0, 0
    n_changed = sum(path in contents for path in changed)
    n_new = len(changed) - n_changed
    message = (
        f"Cases: {n_new} new, {n_changed} changed in {directory}\n\n"
        f"{len(cards)} cases accepted by two clinicians each.\n"
        f"Digest of the set: {CaseSet(tuple(cards)).digest}\n"
    )
    return repo.commit_files(base, changed, message, max(one.at for one in accepted)), n_new, n_changed


def _cards_of(files: Sequence[BaseFile]) -> dict[str, Card]:
    """Path to card, of those files that are cards."""
    found: dict[str, Card] = {}
    for file in files:
        if file.path.endswith(".toml"):
            cards = build(parse_toml(file.data, file.path).records).cards
            found |= dict(zip([file.path], cards, strict=False))
    return found


def _refuse_edits(old: Mapping[str, Card], cards: Sequence[Card], directory: str) -> None:
    """A signed-off case of git only changes under a higher version (catalogue 89)."""
    before = CaseSet(tuple(old.values()), directory)
    after = CaseSet(tuple(cards), directory)
    problems = check_edits(before, after)
    if problems:
        raise InputError(problems)


def _places(cards: Sequence[Card], ids: Mapping[str, str], files: Sequence[BaseFile], directory: str) -> dict[str, str]:
    """Card id to its path: where git has it, or a new file of its own."""
    known = {card_id: path for path, card_id in sorted(ids.items(), reverse=True)}
    taken = {file.path.lower() for file in files}
    places = {}
    for card, name in zip(cards, file_names(cards), strict=True):
        path = known.get(card.id, f"{directory}/{name}")
        if card.id not in known and path.lower() in taken:
            path = f"{directory}/{name.removesuffix('.toml')}-{sha256(card.id.encode()).hexdigest()[:10]}.toml"
        places[card.id] = path
    return places
