"""A commit made with git's plumbing: no work tree, no index and no HEAD is touched, only objects and one new branch.

What was handed in decides the commit's hash: its author, its dates and its message come from the caller.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from model.errors import ClinvalError, InputError

NOBODY = "clinval desk", "desk@clinval.invalid"
"""Author and committer: who wrote and reviewed a case stands on its card."""
_SET_BY_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


class GitError(ClinvalError):
    """Git failed at something that should have worked."""


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
        self = cls(place)
        if not place.is_dir():
            raise InputError.single("E-FILE", str(place), "nothing there", expected="a directory in a git repository")
        try:
            done = self._run("rev-parse", "--git-dir")
        except FileNotFoundError:
            raise InputError.single(
                "E-GIT-MISSING", "git", "no such program", expected="git", next_step="install it"
            ) from None
        if done.returncode:
            raise InputError.single(
                "E-GIT-NONE", str(place), "no repository that git will read", expected="a directory in one",
                next_step="name it with --repo",
            )  # fmt: skip
        return self

    def check_branch(self, name: str) -> None:
        """Raise InputError where git would not have a branch of this name, or would take it for something else."""
        is_plain = _can_be_asked(name) and not name.startswith("refs/")
        asked = self._run("check-ref-format", "--branch", name) if is_plain else None
        # git resolves `@{-1}` to the branch before; and `@` means HEAD wherever a branch is named.
        if asked is None or asked.returncode or name == "@" or asked.stdout.decode().strip() != name:
            shown = f"branch {name[:60]!r}"
            raise InputError.single("E-BRANCH", shown, "no name that git takes", expected="a short one, say cases/june")

    def in_the_way(self, name: str) -> str:
        """Why there can be no new branch ``name``; "" where there can."""
        parts = name.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts)))  # A ref is a file or a directory.
        found = [one for one in above if self.commit_of(f"refs/heads/{one}")]
        found += self._ask("for-each-ref", "--format=%(refname:lstrip=2)", f"refs/heads/{name}/").decode().splitlines()
        if found:
            return f"the branch {found[0]!r}, beside which git cannot have one of that name"
        head = self._run("symbolic-ref", "--quiet", "HEAD").stdout.decode().strip()
        return "the branch that is checked out, which has no commit yet" if head == f"refs/heads/{name}" else ""

    def commit_of(self, name: str) -> str | None:
        """The hash of the commit that ``name`` means; None for none."""
        if not _can_be_asked(name):
            return None
        done = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def tree_of(self, commit: str) -> str:
        """The hash of a commit's tree."""
        return self._ask("rev-parse", f"{commit}^{{tree}}").decode().strip()

    def files(self, commit: str, directory: str) -> list[BaseFile]:
        """The plain files of a commit under ``directory``, by path."""
        listed = self._ask("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", directory)
        entries = [entry.partition(b"\t") for entry in listed.split(b"\0") if entry]
        named = [(os.fsdecode(path), about.split()[2]) for about, _, path in entries if about.startswith(b"100")]
        answer, at, found = self._ask("cat-file", "--batch", stdin=b"".join(blob + b"\n" for _, blob in named)), 0, []
        for path, _blob in named:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[2])
            found.append(BaseFile(path, answer[end + 1 : end + 1 + size]))
            at = end + size + 2
        return found

    def commit_files(self, base: str, files: Mapping[str, bytes], message: str, at: datetime) -> str:
        """A commit on top of ``base`` with these files put in; no branch has it yet.  The hash of ``base`` where
        it has them all."""
        with tempfile.TemporaryDirectory(prefix="desk-publish-") as scratch:
            contents = [Path(scratch, str(number)) for number in range(len(files))]
            for place, data in zip(contents, files.values(), strict=True):
                place.write_bytes(data)
            paths = "".join(f"{place}\n" for place in contents).encode()
            blobs = self._ask("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=paths).decode().split()
            index = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
            self._ask("read-tree", base, extra=index)
            entries = "".join(f"100644 {blob}\t{path}\0" for blob, path in zip(blobs, files, strict=True))
            self._ask("update-index", "-z", "--index-info", stdin=entries.encode(), extra=index)
            tree = self._ask("write-tree", extra=index).decode().strip()
        if tree == self.tree_of(base):
            return base
        name, mail = NOBODY
        moment = f"{int(at.timestamp())} +0000"
        who = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", mail), ("DATE", moment))
        }
        made = self._ask("commit-tree", tree, "-p", base, "-F", "-", stdin=message.encode(), extra=who)
        return made.decode().strip()

    def make_branch(self, name: str, commit: str) -> None:
        """A new branch; GitError where there is another by now, nothing where it is this very one."""
        try:
            self._ask("update-ref", f"refs/heads/{name}", commit, "0" * len(commit))
        except GitError:
            if self.commit_of(f"refs/heads/{name}") != commit:
                raise

    def _ask(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        done = self._run(*arguments, stdin=stdin, extra=extra)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise GitError(f"E-GIT  {self.place}: git {arguments[0]}: {said[0].removeprefix('fatal: ')}")
        return done.stdout

    def _run(
        self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Git without hooks, prompts, and what a calling hook may have set (another index)."""
        kept = {name: value for name, value in os.environ.items() if name not in _SET_BY_HOOKS}
        settings = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}
        command = [
            "git", "-c", "core.hooksPath=/dev/null", "-c", "i18n.commitEncoding=UTF-8", "-c", "core.quotePath=false",
            *arguments,
        ]  # fmt: skip
        environment = kept | settings | dict(extra or {})
        return subprocess.run(command, cwd=self.place, env=environment, input=stdin, capture_output=True, check=False)
