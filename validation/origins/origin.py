"""What ``BASE`` and ``CANDIDATE`` may be: a stored run, a model on disk, a commit, the working tree.

=======================  ==============================================================
``runs/0123…``, ``runs`` a run's directory, the latest of a directory of runs
``./model/x``, ``y.bif`` a model's directory or file
``origin/main``, a tag,  the model at ``--model`` as that commit has it
a hash, ``HEAD~2``
``origin/main:model/x``  the model at that path of that commit
``.`` or ``WORKTREE``    the model at ``--model`` as it lies here
``s3://bucket/model/x``  a model or a run (or the latest of several) at an address
=======================  ==============================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from model.errors import InputError
from model.network.load import TABLE_SUFFIXES
from model.words import nearest

from ..addresses import address_of
from ..results import LATEST
from ..store.directory import MANIFEST, PARTIAL, PLAN
from ..store.inputs import name_of
from ..store.objects import Objects
from ..store.places import copy_of
from .git import SHORT, Repository

WORKTREE = (".", "WORKTREE")


class Kind(StrEnum):
    """What an origin is."""

    RUN = "run"
    MODEL = "model"
    REF = "ref"
    WORKTREE = "worktree"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one side of a comparison comes from; nothing of it has been loaded yet."""

    kind: Kind
    label: str
    """For people: ``origin/main (3f2a91c0de)``."""
    path: Path | None = None
    """The run's directory (of one at an address, the copy here) or the model; None for a commit."""
    repository: Repository | None = None
    commit: str | None = None
    """The full hash; None for what is not a commit."""
    inside: PurePosixPath | None = None
    """The model's path in the commit, relative to the root."""

    @property
    def place(self) -> str:
        """How a run's record names the model: a path, an address, or ``3f2a91c0de:model/x``."""
        return f"{self.commit[:SHORT]}:{self.inside}" if self.commit else name_of(self.path or "")


def read_origin(text: str, model: Path | None) -> Origin:
    """What ``text`` means.

    Parameters
    ----------
    model : where the model is for a commit or the working tree, relative to here

    Raises
    ------
    InputError
        It means nothing, or two things; both are named.
    """
    if text in WORKTREE:
        return _worktree(_given(model, text))
    if not text or "\0" in text:
        raise InputError.single("E-ORIGIN", "BASE or CANDIDATE", repr(text), expected=_EXPECTED)
    if "://" in text and (address := address_of(text)) is not None:  # main:/x is a path of a commit
        return _at_address(address)
    if text.startswith(("./", "../", "/", "~")):
        return _on_disk(text, Path(text).expanduser())
    is_path = Path(text).exists()
    repository = _repository(required=not is_path)
    if is_path and repository is None:
        return _on_disk(text, Path(text))
    assert repository is not None
    name, colon, inside = text.partition(":")
    commit = repository.find(name)
    if is_path and commit is not None and not text.startswith("refs/"):
        raise InputError.single(
            "E-ORIGIN-TWICE", repr(text), "both a path and a git ref",
            expected=f"./{text} for the path, or {_full_name(repository, name)}{colon}{inside} for the commit",
        )  # fmt: skip
    if commit is not None:
        where = PurePosixPath(inside) if colon else inside_repository(repository, _given(model, text))
        return Origin(Kind.REF, label_of(name, commit), None, repository, commit, _checked(where, text))
    if is_path:
        return _on_disk(text, Path(text))
    raise _neither(text, name, repository)


def label_of(name: str, commit: str) -> str:
    """``origin/main (3f2a91c0de)``; the hash alone where that is what was typed."""
    return commit[:SHORT] if commit.startswith(name.lower()) else f"{name} ({commit[:SHORT]})"


def inside_repository(repository: Repository, path: Path) -> PurePosixPath:
    """``path`` relative to the repository's root, which is where commits have it.

    Raises
    ------
    InputError
        It is outside.
    """
    try:
        return PurePosixPath(path.resolve().relative_to(repository.root.resolve()).as_posix())
    except ValueError:
        raise InputError.single(
            "E-GIT-PATH", str(path), f"a path outside the repository {repository.root}",
            expected="one inside it, which its commits can have",
        ) from None  # fmt: skip


_EXPECTED = (
    "a run's directory, a model's directory or file, a git ref (origin/main, v1.2, HEAD~2), ref:path/to/model, or . "
    "for the working tree, or an address such as s3://bucket/model"
)


def _given(model: Path | None, text: str) -> Path:
    if model is None:
        raise InputError.single(
            "E-ORIGIN-MODEL", repr(text), "a tree of files, and nothing that says which model in it",
            expected="--model path/to/model", next_step=f"or write {text}:path/to/model" if text != "." else "",
        )  # fmt: skip
    return model


def _repository(required: bool) -> Repository | None:
    try:
        return Repository.at(Path.cwd())
    except InputError:
        if required:
            raise
        return None


def _checked(path: PurePosixPath, text: str) -> PurePosixPath:
    if path.is_absolute() or ".." in path.parts:
        raise InputError.single(
            "E-GIT-PATH", repr(text), "a path that leaves the commit", expected="one relative to the repository's root"
        )
    return path


def _worktree(model: Path) -> Origin:
    repository = _repository(required=False)
    head = repository.find("HEAD") if repository else None
    if repository is None or head is None:
        return Origin(Kind.WORKTREE, "working tree", model, repository)
    edited = repository.ask("status", "--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules=all")
    return Origin(Kind.WORKTREE, f"working tree ({head[:SHORT]}{', edited' if edited else ''})", model, repository)


def _on_disk(text: str, path: Path) -> Origin:
    """A run or a model, by what is there."""
    if any((path / name).is_file() for name in (PLAN, MANIFEST, PARTIAL, LATEST)):
        return Origin(Kind.RUN, text, path)
    has_model = path.is_dir() and any(
        child.name in ("network.toml", "roles.toml") or child.name.endswith(TABLE_SUFFIXES) for child in path.iterdir()
    )
    if has_model or (path.is_file() and path.name.endswith(TABLE_SUFFIXES)):
        return Origin(Kind.MODEL, text, path)
    found = "neither a run nor a model" if path.exists() else "nothing there"
    raise InputError.single("E-ORIGIN", str(path), found, expected=_EXPECTED)


def _at_address(address: str) -> Origin:
    """A run or a model, by what is there; a model is fetched when it is loaded."""
    objects = Objects(address)
    if any(objects.find(name) is not None for name in (PLAN, MANIFEST, PARTIAL, LATEST)):
        return Origin(Kind.RUN, objects.address, copy_of(address))
    return Origin(Kind.MODEL, objects.address, Path(address))


def _full_name(repository: Repository, name: str) -> str:
    """A spelling of a ref that is no path; the name in braces of ``^0`` where it is no branch or tag."""
    for ref in repository.refs(full=True):
        if ref.split("/", 2)[-1] == name:
            return ref
    return f"{name}^0"


def _neither(text: str, name: str, repository: Repository) -> InputError:
    problem = repository.unknown(name).problems[0]
    parent = Path(text).parent
    near = nearest(Path(text).name, sorted(child.name for child in parent.iterdir())) if parent.is_dir() else ()
    paths = tuple(str(parent / child) for child in near)
    return InputError.single(
        "E-ORIGIN", repr(text), "neither a path here nor a git ref", expected=_EXPECTED,
        suggestions=(*problem.suggestions, *paths)[:3], next_step=problem.next_step,
    )  # fmt: skip
