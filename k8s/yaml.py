"""YAML in and out, as Kubernetes reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .needed import require_libraries


def as_yaml(objects: Iterable[Mapping[str, Any]]) -> str:
    """Documents in the order given, keys in theirs; texts that look like anything else are quoted."""
    require_libraries("yaml")
    import yaml

    return yaml.safe_dump_all((dict(obj) for obj in objects), sort_keys=False, width=120, allow_unicode=True)


def read_yaml(path: Path) -> list[dict[str, Any]]:
    """The documents of a file of ours."""
    require_libraries("yaml")
    import yaml

    return [document for document in yaml.safe_load_all(path.read_text("utf-8")) if document]


def is_yaml(text: str) -> bool:
    """Whether ``text`` can be read."""
    require_libraries("yaml")
    import yaml

    try:
        yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return True
