"""A commit made with git's plumbing: no work tree, no index and no HEAD is touched, only objects and one new branch.

What was handed in decides the commit's hash: its author, its dates and its message come from the caller.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from model.errors import InputError

from ..git import GitError, ask, contents, run

NOBODY = "clinval desk", "desk@clinval.invalid"
"""Author and committer: who wrote and reviewed a case stands on its card."""


MOST_BYTES = 200
"""Of a name: a branch is a file."""


def _can_be_asked(name: str) -> bool:
    """Whether git can be asked about this name: no option, no NUL, no half a character, and not too long for a file."""
    is_text = name.isprintable() and not name.startswith("-")
    return is_text and len(name.encode("utf-8")) <= MOST_BYTES


@dataclass(frozen=True, slots=True)
class BaseFile:
    """A file of a commit."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, bare or with a work tree."""

    place: Path

    @classmethod
    def at(cls, place: Path) -> Repository:
        """The repository that the directory ``place`` is in.

        Raises
        ------
        InputError
            It is in none, or git is not installed.
        """
        if run(place, "rev-parse", "--git-dir").returncode:
            raise InputError.single(
                "E-GIT-NONE", str(place), "no repository that git will read", expected="a directory in one",
                next_step="name it with --repo",
            )  # fmt: skip
        return cls(place)

    def check_branch(self, name: str) -> None:
        """Raise InputError where git would not have a branch of this name, or would take it for something else."""
        is_plain = _can_be_asked(name) and not name.startswith("refs/")
        asked = run(self.place, "check-ref-format", "--branch", name) if is_plain else None
        # git resolves `@{-1}` to the branch before; and `@` means HEAD wherever a branch is named.
        if asked is None or asked.returncode or name == "@" or asked.stdout.decode().strip() != name:
            shown = f"branch {name[:60]!r}"
            raise InputError.single("E-BRANCH", shown, "no name that git takes", expected="a short one, say cases/june")

    def in_the_way(self, name: str) -> str:
        """Why there can be no new branch ``name``; "" where there can."""
        parts = name.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts)))  # A ref is a file or a directory.
        found = [one for one in above if self.commit_of(f"refs/heads/{one}")]
        below = ask(self.place, "for-each-ref", "--format=%(refname:lstrip=2)", f"refs/heads/{name}/")
        found += below.decode().splitlines()
        if found:
            return f"the branch {found[0]!r}, beside which git cannot have one of that name"
        head = run(self.place, "symbolic-ref", "--quiet", "HEAD").stdout.decode().strip()
        return "the branch that is checked out, which has no commit yet" if head == f"refs/heads/{name}" else ""

    def commit_of(self, name: str) -> str | None:
        """The hash of the commit that ``name`` means; None for none."""
        if not _can_be_asked(name):
            return None
        done = run(self.place, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def tree_of(self, commit: str) -> str:
        """The hash of a commit's tree."""
        return ask(self.place, "rev-parse", f"{commit}^{{tree}}").decode().strip()

    def files(self, commit: str, directory: str) -> list[BaseFile]:
        """The plain files of a commit under ``directory``, by path."""
        listed = ask(self.place, "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", directory)
        entries = [entry.partition(b"\t") for entry in listed.split(b"\0") if entry]
        plain = [(about, path) for about, _, path in entries if about.startswith(b"100")]
        named = [(os.fsdecode(path), about.split()[2].decode()) for about, path in plain]
        found = []
        for (path, _), data in zip(named, contents(self.place, [blob for _, blob in named]), strict=True):
            if data is None:
                raise GitError(f"E-GIT  {self.place}: {path}: its content is not in this clone; fetch it first")
            found.append(BaseFile(path, data))
        return found

    def commit_files(self, base: str, files: Mapping[str, bytes], message: str, at: datetime) -> str:
        """A commit on top of ``base`` with these files put in; no branch has it yet.  The hash of ``base`` where
        it has them all."""
        with tempfile.TemporaryDirectory(prefix="desk-publish-") as scratch:
            places = [Path(scratch, str(number)) for number in range(len(files))]
            for place, data in zip(places, files.values(), strict=True):
                place.write_bytes(data)
            paths = "".join(f"{place}\n" for place in places).encode()
            blobs = ask(self.place, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=paths).decode().split()
            index = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
            ask(self.place, "read-tree", base, extra=index)
            entries = "".join(f"100644 {blob}\t{path}\0" for blob, path in zip(blobs, files, strict=True))
            ask(self.place, "update-index", "-z", "--index-info", stdin=entries.encode(), extra=index)
            tree = ask(self.place, "write-tree", extra=index).decode().strip()
        if tree == self.tree_of(base):
            return base
        name, mail = NOBODY
        moment = f"{int(at.timestamp())} +0000"
        who = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", mail), ("DATE", moment))
        }
        made = ask(self.place, "commit-tree", tree, "-p", base, "-F", "-", stdin=message.encode(), extra=who)
        return made.decode().strip()

    def make_branch(self, name: str, commit: str) -> None:
        """A new branch; GitError where there is another by now, nothing where it is this very one."""
        try:
            ask(self.place, "update-ref", f"refs/heads/{name}", commit, "0" * len(commit))
        except GitError:
            if self.commit_of(f"refs/heads/{name}") != commit:
                raise
