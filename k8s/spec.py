"""The short file that a person writes to send a run to a cluster.

size = "cpu_medium"
model = "model/networks/starter"
cases = "cases/corpora/starter"
out = "s3://clinval-runs/nightly"
image = "…/clinval@sha256:…"
budget = "20m"
stage = "nightly"

A job of ``kind = "check"`` names a ``base`` and a ``candidate`` in place of a model: both runs, the verdict and
the reports are left at ``out``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import typer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.errors import InputError, Problem
from model.network.report import Report, shown
from model.network.text import decode
from model.network.toml_reader import parse_toml
from model.words import nearest
from validation.cli.options import seconds
from validation.store.objects import printable, recorded

from .names import DNS_1035, LONGEST_JOB_NAME, LONGEST_NAMESPACE, OBJECT_STORE_SECRET, SHARED
from .sizes import Size, load_sizes

FLUSH_S = 60
"""Between the job's own deadline and the platform's: to commit what is finished and to say so."""
SHORTEST_PLAY_S = 60
LONGEST_BUDGET_S = 24 * 3600
_IMAGE = re.compile(r"[a-z0-9][^\s@]*@sha256:[0-9a-f]{64}")
_ADDRESS = re.compile(r"(s3|gs|gcs|abfs|abfss|hdfs)://\S+")
_WANTED = {"run": ("model",), "check": ("base", "candidate")}
_REFUSED = {"run": ("base", "candidate", "rules"), "check": ("model",)}
"""By the kind of job."""


def _sized(text: str) -> str:
    sizes = load_sizes().sizes
    if text not in sizes:
        raise ValueError(" | ".join(sizes))
    return text


def _in_cluster(text: str) -> str:
    path = PurePosixPath(text)
    inside = not path.is_absolute() or path.is_relative_to(SHARED)
    if _is_address(text):
        return text
    if not text.strip() or ".." in path.parts or "://" in text or not inside:
        raise ValueError(
            f"a path in the image, say model/networks/starter, or on the shared volume, {SHARED}/…, "
            "or an address, say s3://bucket/models/starter"
        )
    return text


def _on_disk(text: str) -> str:
    if "://" in text:
        raise ValueError(f"a path in the image, say gate.toml, or on the shared volume, {SHARED}/…")
    return _in_cluster(text)


def _kept(text: str) -> str:
    path = PurePosixPath(text)
    if not _is_address(text) and (not path.is_relative_to(SHARED) or ".." in path.parts):
        raise ValueError(f"an address that outlives the cluster, say s3://bucket/runs, or {SHARED}/…")
    return text


def _is_address(text: str) -> bool:
    """Whether it is one; one with credentials in it is refused: whoever may look at the job could read them."""
    if not _ADDRESS.fullmatch(text):
        return False
    if recorded(text) != text.rstrip("/"):
        raise ValueError(f"an address without keys; those are in the secret {OBJECT_STORE_SECRET}")
    return True


def _by_digest(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise ValueError("an image by its digest, say …/clinval@sha256:… with 64 hexadecimal digits")
    return text


def _named(text: str) -> str:
    if not DNS_1035.fullmatch(text) or len(text) > LONGEST_JOB_NAME:
        raise ValueError(
            f"at most {LONGEST_JOB_NAME} lower-case letters, digits and hyphens, a letter first and no hyphen last"
        )
    return text


def _namespaced(text: str) -> str:
    if not DNS_1035.fullmatch(text) or len(text) > LONGEST_NAMESPACE:
        raise ValueError(f"a namespace: at most {LONGEST_NAMESPACE} lower-case letters, digits and hyphens")
    return text


def _budgeted(text: str) -> str:
    try:
        budget = seconds(text)
    except typer.BadParameter:
        budget = None
    if budget is None or budget > LONGEST_BUDGET_S or budget != int(budget):
        raise ValueError("a time in whole seconds up to 24h, say 20m or 1h30m")
    return text


class JobSpec(BaseModel):
    """What a person writes; all else follows from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    size: Annotated[str, AfterValidator(_sized)]
    """A name from the table of sizes."""
    kind: Literal["run", "check"] = "run"
    """One model, or whether one may replace another."""
    model: Annotated[str, AfterValidator(_in_cluster)] | None = None
    """Of a run."""
    base: Annotated[str, AfterValidator(_in_cluster)] | None = None
    """Of a check: a model, or the run of one."""
    candidate: Annotated[str, AfterValidator(_in_cluster)] | None = None
    """Of a check, likewise."""
    rules: Annotated[str, AfterValidator(_on_disk)] | None = None
    """Of a check: the gate's, by default the image's ``gate.toml``."""
    cases: Annotated[str, AfterValidator(_in_cluster)]
    out: Annotated[str, AfterValidator(_kept)]
    """Where runs are kept."""
    image: Annotated[str, AfterValidator(_by_digest)]
    budget: Annotated[str, AfterValidator(_budgeted)] = "20m"
    """From sending to the end, waiting in the queue included."""
    stage: Literal["pr", "nightly", "release"] = "pr"
    """Decides the priority in the queue, and the project where none is named."""
    project: Annotated[str, AfterValidator(_namespaced)] = ""
    """The namespace; by default ``clinval-`` and the stage."""
    name: Annotated[str, AfterValidator(_named)] | None = None
    """Of the job; by default made from what is asked for, so that asking twice is one job."""
    capacity: Literal["spot", "on_demand", "any"] = "spot"
    """Of the workers' machines.  ``any`` asks for no label of a node, as on one's own small cluster."""
    arguments: tuple[str, ...] = Field(default=(), strict=False)
    """Further ones of ``clinval run`` or ``clinval check``, say ["--unlisted", "absent"]."""

    @model_validator(mode="before")
    @classmethod
    def _with_project(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("project"):
            return {**values, "project": f"clinval-{values.get('stage', 'pr')}"}
        return values

    @model_validator(mode="after")
    def _long_enough(self) -> JobSpec:
        least = self.resources.pre_running_s + FLUSH_S + SHORTEST_PLAY_S
        if self.budget_s < least:
            raise ValueError(f"budget: at least {least} s for {self.size}, most of it for the cluster to come up")
        return self

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every place that it reads."""
        return tuple(place for place in (self.model, self.base, self.candidate, self.rules, self.cases) if place)

    @property
    def resources(self) -> Size:
        """What the size stands for."""
        return load_sizes().sizes[self.size]

    @property
    def budget_s(self) -> int:
        """Seconds."""
        return int(seconds(self.budget) or 0)

    @property
    def play_s(self) -> int:
        """The job's own deadline: before the platform's even where the cluster came up at the last moment."""
        return self.budget_s - self.resources.pre_running_s - FLUSH_S


def read_spec(path: Path | None, given: Mapping[str, Any]) -> JobSpec:
    """The file at ``path``, if any, with what was ``given`` on the command line over it.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    values: dict[str, Any] = {}
    where = "command line" if path is None else path.name
    if path is not None:
        report = Report()
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError.single(
                "E-FILE", str(path), (error.strerror or "nothing readable").lower(), expected="a job's TOML file"
            ) from None
        text = decode(data, where, report)
        values = (None if text is None else parse_toml(text, where, report)) or {}
        if report.rejections:
            raise InputError(report.result())
    kind = given.get("kind")
    if kind is not None and kind != values.get("kind", "run"):  # a run's file, sent as a check
        values = {key: value for key, value in values.items() if key not in _REFUSED.get(kind, ())}
    values.update({key: value for key, value in given.items() if value is not None})
    found = list(_not_of_kind(values, where))
    try:
        spec = JobSpec.model_validate(values)
    except ValidationError as error:
        raise InputError([*found, *(_problem(dict(detail), where) for detail in error.errors())]) from None
    if found:
        raise InputError(found)
    return spec


def _not_of_kind(values: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """What a job of its kind needs and has not, and what it has and can do nothing with."""
    kind = values.get("kind", "run")
    if kind not in _WANTED:
        return
    for key in _WANTED[kind]:
        if values.get(key) is None:
            yield _missing(key, where)
    for key in _REFUSED[kind]:
        if values.get(key) is not None:
            wanted = " and ".join(f"a {name}" for name in _WANTED[kind])
            yield Problem("E-KIND", f"{where} › {key}", shown(values[key]), f"nothing: a {kind} takes {wanted}")


def _missing(key: str, where: str) -> Problem:
    step = f"write it into the file, or give --{key}"
    return Problem("E-MISSING", f"{where} › {key}", "nothing", f"{key} = …", next_step=step)


def _problem(detail: dict[str, Any], where: str) -> Problem:
    """One of pydantic's errors in our words."""
    fields = tuple(JobSpec.model_fields)
    key = str(detail["loc"][0]) if detail["loc"] else ""
    place = f"{where} › {key}" if key else where
    given = detail.get("input")
    value = shown(printable(given) if isinstance(given, str) and "://" in given else given, longest=80)
    kind = detail["type"]
    if kind == "extra_forbidden":
        return Problem(
            "E-UNKNOWN-KEY", place, f"the unknown key {shown(key)}", "one of " + ", ".join(fields), nearest(key, fields)
        )
    if kind == "missing":
        return _missing(key, where)
    expected = str(detail["msg"]).removeprefix("Value error, ")
    if not key:
        name, _, expected = expected.partition(": ")
        return Problem("E-BUDGET", f"{where} › {name}", shown(detail["input"].get("budget", "20m")), expected)
    near: tuple[str, ...] = ()
    if key == "size" and isinstance(detail.get("input"), str):
        near = nearest(detail["input"], tuple(load_sizes().sizes))
    if kind == "literal_error":
        expected = " | ".join(re.findall(r"'([^']+)'", expected))
    return Problem(f"E-{key.upper()}", place, value, expected, near)
