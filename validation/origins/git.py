"""Git's plumbing as a few plain calls: what a name means, which files a commit has, what is in them.

Nothing here writes to a work tree or an index.  Git is called without optional locks, hooks, prompts
or the variables that a calling hook may have set (``GIT_INDEX_FILE`` would lead it to another index).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from model.errors import ClinvalError, InputError
from model.words import nearest

SHORT = 10
"""Hex digits of a commit, for people: unique in any repository of this size."""
_SET_BY_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class GitError(ClinvalError):
    """Git failed at something that should have worked."""


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
        done = _git(place, "rev-parse", "--show-toplevel")
        if done.returncode:
            raise InputError.single(
                "E-GIT-NONE", str(place), f"no repository that git will read ({_first_line(done.stderr)})",
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
        done = _git(self.root, *arguments)
        if done.returncode:
            raise GitError(f"E-GIT  {self.root}: git {arguments[0]}: {_first_line(done.stderr)}")
        return done.stdout

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
        done = _git(self.root, "rev-parse", "--verify", f"{name}^{{commit}}")
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
        done = _git(self.root, "merge-base", one, other)
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
        asked = "".join(f"{file.blob}\n" for file in files).encode()
        done = _git(self.root, "cat-file", "--batch", stdin=asked)
        if done.returncode:
            raise GitError(f"E-GIT  {self.root}: git cat-file: {_first_line(done.stderr)}")
        answer, at = done.stdout, 0
        for file in files:
            end = answer.index(b"\n", at)
            head = answer[at:end].split()
            if len(head) != 3:  # "<hash> missing"
                raise GitError(f"E-GIT  {self.root}: {file.path}: its content is not in this clone; fetch it first")
            size = int(head[2])
            yield file, answer[end + 1 : end + 1 + size]
            at = end + size + 2


def _git(place: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false", *arguments]
    try:
        return subprocess.run(command, cwd=place, env=environment(), input=stdin, capture_output=True, check=False)
    except (FileNotFoundError, NotADirectoryError) as error:
        if not place.is_dir():
            raise InputError.single("E-FILE", str(place), "nothing there", expected="a directory") from error
        raise InputError.single(
            "E-GIT-MISSING", "git", "no such program", expected="git, to read branches and commits",
            next_step="install git, or compare run or model directories",
        ) from error  # fmt: skip


def environment() -> dict[str, str]:
    """This process's, without what a hook sets for its own git calls."""
    kept = {name: value for name, value in os.environ.items() if name not in _SET_BY_HOOKS}
    return kept | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def _first_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "no reason given"
