"""A repository as a few plain questions: what a name means, which files a commit has, what is in them.

Nothing here writes to a work tree or an index.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cases.git import GitError, ask, contents, first_line, run
from model.errors import InputError
from model.words import nearest

SHORT = 10
"""Hex digits of a commit, for people: unique in any repository of this size."""
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file of a commit."""

    path: PurePosixPath
    """Relative to the repository's root."""
    mode: str
    blob: str

    @property
    def is_plain(self) -> bool:
        """Neither a symbolic link nor a submodule."""
        return self.mode.startswith("100")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with a work tree."""

    root: Path

    @classmethod
    def at(cls, place: Path) -> Repository:
        """The repository that ``place``, a directory, is in.

        Raises
        ------
        InputError
            It is in none, or git is not installed.
        """
        done = run(place, "rev-parse", "--show-toplevel")
        if done.returncode:
            raise InputError.single(
                "E-GIT-NONE", str(place), f"no repository that git will read ({first_line(done.stderr)})",
                expected="a directory inside a git work tree",
                next_step="go there, or name run or model directories, which need no git",
            )  # fmt: skip
        return cls(Path(os.fsdecode(done.stdout.removesuffix(b"\n"))))

    @property
    def is_shallow(self) -> bool:
        """Whether its history was cut off when it was cloned."""
        return self.ask("rev-parse", "--is-shallow-repository").strip() == b"true"

    def ask(self, *arguments: str) -> bytes:
        """What git answers; :class:`GitError` in its words where it refuses."""
        return ask(self.root, *arguments)

    def find(self, name: str) -> str | None:
        """The full hash of the commit that ``name`` (branch, tag, hash, ``HEAD~2``) means; None for none.

        Raises
        ------
        InputError
            The name could be read as an option, or means several commits.
        """
        if name.startswith("-") or not name.isprintable() or not name.strip():
            raise InputError.single(
                "E-GIT-REF", "git ref", repr(name), expected="the name of a branch, tag or commit, not an option"
            )
        done = run(self.root, "rev-parse", "--verify", f"{name}^{{commit}}")
        said = done.stderr.decode(errors="replace")
        if "ambiguous" in said and not _SHA.fullmatch(name):
            like = [ref for ref in self.refs(full=True) if ref.split("/", 2)[-1] == name]
            raise InputError.single(
                "E-GIT-AMBIGUOUS", f"git ref {name!r}", "more than one commit of that name",
                expected="one of " + ", ".join(like) if like else "more digits of the hash",
            )  # fmt: skip
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def commit(self, name: str) -> str:
        """:meth:`find`, with an error that helps where there is no such commit."""
        sha = self.find(name)
        if sha is None:
            raise InputError(self.unknown(name).problems)
        return sha

    def unknown(self, name: str) -> InputError:
        """The error for a name that means nothing here."""
        remote, _, branch = name.partition("/")
        if self.is_shallow:
            advice = "this clone is shallow: check out with fetch-depth: 0, or `git fetch --unshallow`"
        elif branch and remote in self.ask("remote").decode().split():
            advice = f"fetch it first: git fetch {remote} {branch}"
        else:
            advice = "`git branch --all` and `git tag` list what there is"
        return InputError.single(
            "E-GIT-REF", f"git ref {name!r}", "no such commit here", expected="a branch, tag or commit",
            suggestions=nearest(name, self.refs()), next_step=advice,
        )  # fmt: skip

    def refs(self, full: bool = False) -> tuple[str, ...]:
        """Every branch, remote branch and tag, as one would type it or in ``full``."""
        form = "%(refname)" if full else "%(refname:short)"
        listed = self.ask("for-each-ref", f"--format={form}", "refs/heads", "refs/remotes", "refs/tags")
        return tuple(listed.decode(errors="replace").split())

    def merge_base(self, one: str, other: str) -> str:
        """The newest commit that both stem from.

        Raises
        ------
        InputError
            They have no common history, or it was cut off.
        """
        done = run(self.root, "merge-base", one, other)
        if done.returncode:
            advice = (
                "this clone is shallow: check out with fetch-depth: 0, or `git fetch --unshallow`"
                if self.is_shallow
                else "name the commit to compare with, and leave out the merge base"
            )
            raise InputError.single(
                "E-GIT-MERGE-BASE", f"git commits {one[:SHORT]} and {other[:SHORT]}", "no common history here",
                expected="a candidate that branched off the base", next_step=advice,
            )  # fmt: skip
        return done.stdout.decode().split()[0]

    def files(self, commit: str, *paths: str) -> list[TreeFile]:
        """The files of ``commit`` below ``paths`` (or at them), in the order of their paths."""
        found = []
        # A path is taken by its letters: one with a * in it is no pattern.
        answer = self.ask("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
        for entry in answer.split(b"\0"):
            if entry:
                about, _, path = entry.partition(b"\t")
                mode, _kind, blob = about.decode().split()
                found.append(TreeFile(PurePosixPath(os.fsdecode(path)), mode, blob))
        return sorted(found, key=lambda file: file.path)

    def read(self, files: Iterable[TreeFile]) -> Iterator[tuple[TreeFile, bytes]]:
        """Each file with its bytes, exactly as they were committed: no filter, no line-end conversion."""
        files = list(files)
        for file, content in zip(files, contents(self.root, [file.blob for file in files]), strict=True):
            if content is None:
                raise GitError(f"E-GIT  {self.root}: {file.path}: its content is not in this clone; fetch it first")
            yield file, content
