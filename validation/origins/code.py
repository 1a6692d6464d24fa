"""The code of a commit: whether it is the code that runs here, and whether its kernels are."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

from ..store.digests import ROOMS, SOURCE_ROOT, counts, sources_digest
from .git import Repository

ENTRANCE = PurePosixPath("validation/__main__.py")
KERNELS = "model/inference/kernels"
LOCK = "requirements/base.lock"


def code_of_commit(repository: Repository, commit: str) -> str | None:
    """:func:`validation.store.digests.code_digest` of a commit without checking it out; None where the
    repository holds networks and cases but no clinval at its root."""
    files = [file for file in repository.files(commit, *ROOMS) if file.is_plain]
    if not any(file.path == ENTRANCE for file in files):
        return None
    sources = repository.read(file for file in files if counts(file.path))
    return sources_digest((file.path, data) for file, data in sources)


def same_kernels(root: Path) -> bool:
    """Whether the C sources below ``root``, and how they are compiled, are those that were built here."""
    return _kernel_sources(root) == _kernel_sources(SOURCE_ROOT)


def _kernel_sources(root: Path) -> tuple[Any, dict[str, bytes]]:
    try:
        built = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["ext-modules"]
    except (OSError, ValueError, KeyError):
        built = None
    sources = sorted((root / KERNELS).glob("*.[ch]"))
    return built, {path.name: path.read_bytes() for path in sources}
