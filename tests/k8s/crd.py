"""The CRD's own schema as JSON Schema, unknown properties forbidden: what strict field validation refuses."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

CRDS = Path(__file__).parents[3] / "shared" / "crds"
RAYJOB = CRDS / "v1.7.0_ray.io_rayjobs.yaml"


def need_crd() -> None:
    if not RAYJOB.is_file():
        pytest.skip(f"no KubeRay CRD in {CRDS}")


@cache
def rayjob_schema() -> dict[str, Any]:
    document = yaml.load(RAYJOB.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    (version,) = (v for v in document["spec"]["versions"] if v["name"] == "v1")
    schema = deepcopy(version["schema"]["openAPIV3Schema"])
    _forbid_unknown(schema)
    # The API server knows ObjectMeta; in the CRD it is an empty object.
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


def _forbid_unknown(schema: dict[str, Any]) -> None:
    if schema.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
        schema.pop("anyOf", None)
    properties = schema.get("properties")
    if properties is not None and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    for child in (properties or {}).values():
        _forbid_unknown(child)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            _forbid_unknown(schema[key])


def errors(rayjob: dict[str, Any]) -> list[str]:
    """Everything that the schema refuses, by path."""
    import jsonschema

    found = jsonschema.Draft202012Validator(rayjob_schema()).iter_errors(rayjob)
    return sorted(f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in found)
