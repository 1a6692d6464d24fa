"""The short file: what it means, and every mistake in it at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from k8s.names import LONGEST_JOB_NAME
from k8s.sizes import load_sizes
from k8s.spec import FLUSH_S, SHORTEST_PLAY_S, JobSpec, read_spec
from model.errors import InputError


def problems(values: dict[str, Any]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_spec(None, values)
    assert caught.value.exit_code == 2
    return [str(problem) for problem in caught.value.problems]


def test_a_file_says_it_all(tmp_path: Path, short: dict[str, Any]) -> None:
    path = tmp_path / "job.toml"
    path.write_text("".join(f'{key} = "{value}"\n' for key, value in short.items()) + 'stage = "nightly"\n', "utf-8")
    spec = read_spec(path, {})
    assert spec == JobSpec(**short, stage="nightly")
    assert spec.project == "clinval-nightly"
    assert read_spec(path, {"size": "cpu_large", "budget": None}).size == "cpu_large", (
        "the command line is over the file"
    )


def test_the_jobs_own_deadline_is_before_the_platforms(spec: JobSpec) -> None:
    assert spec.budget_s == 1200
    assert spec.play_s + spec.resources.pre_running_s + FLUSH_S == spec.budget_s


def test_every_mistake_at_once(short: dict[str, Any]) -> None:
    short.update(
        size="cpu_smal", out="runs", image="clinval:latest", budget="2 days", stage="prod", project="A", budgett=1
    )
    found = problems(short)
    assert [text.split()[0] for text in found] == [
        "E-SIZE", "E-OUT", "E-IMAGE", "E-BUDGET", "E-STAGE", "E-PROJECT", "E-UNKNOWN-KEY",
    ]  # fmt: skip
    assert "did you mean cpu_small?" in found[0]
    assert found[-1].endswith("did you mean budget?")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", "/etc/passwd"),
        ("model", "../model"),
        ("model", ""),
        ("model", "ftp://bucket/model"),
        ("cases", "s3://key:word@bucket/cases.parquet"),
        ("out", "s3://bucket/runs?secret_key=word"),
        ("cases", 7),
        ("out", "/data/../etc"),
        ("out", "s3://"),
        ("out", "/app/runs"),
        ("image", "registry.example/clinval@sha256:abc"),
        ("image", "registry.example/clinval:v1"),
        ("name", "a" * (LONGEST_JOB_NAME + 1)),
        ("name", "Nightly"),
        ("name", "1st"),
        ("name", "run-"),
        ("project", "a" * 64),
        ("budget", "25h"),
        ("budget", "0.5s"),
        ("budget", 20),
        ("capacity", "cheap"),
    ],
)
def test_a_value_that_cannot_be(short: dict[str, Any], key: str, value: object) -> None:
    (found,) = problems({**short, key: value})
    assert found.startswith(f"E-{key.upper()} ")
    assert f"command line › {key}: found " in found
    assert "expected " in found
    assert "word" not in found, "nothing secret into a log"


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"kind": "check"}, ["E-MISSING", "E-MISSING", "E-KIND"]),
        ({"kind": "check", "base": "a", "candidate": "b"}, ["E-KIND"]),
        ({"base": "a", "rules": "gate.toml", "size": "huge"}, ["E-KIND", "E-KIND", "E-SIZE"]),
        ({"kind": "diff"}, ["E-KIND"]),
        ({"kind": "check", "base": "a", "candidate": "b", "rules": "s3://b/gate.toml"}, ["E-KIND", "E-RULES"]),
    ],
)
def test_a_check_names_two_models_and_a_run_one(
    short: dict[str, Any], changed: dict[str, str], codes: list[str]
) -> None:
    assert [text.split()[0] for text in problems({**short, **changed})] == codes


def test_a_budget_that_the_start_would_use_up(short: dict[str, Any]) -> None:
    least = load_sizes().sizes["cpu_small"].pre_running_s + FLUSH_S + SHORTEST_PLAY_S
    assert read_spec(None, {**short, "budget": f"{least}s"}).play_s == SHORTEST_PLAY_S
    (found,) = problems({**short, "budget": f"{least - 1}s"})
    assert f"at least {least} s" in found


def test_nothing_given_names_what_is_missing() -> None:
    found = problems({})
    assert [text.partition("› ")[2].partition(":")[0] for text in found] == ["model", "size", "cases", "out", "image"]


def test_a_runs_file_may_be_sent_as_a_check(tmp_path: Path, short: dict[str, Any]) -> None:
    path = tmp_path / "job.toml"
    path.write_text("".join(f'{key} = "{value}"\n' for key, value in short.items()), "utf-8")
    spec = read_spec(path, {"kind": "check", "base": "s3://models/main", "candidate": "model/x"})
    assert (spec.kind, spec.model, spec.inputs[:2]) == ("check", None, ("s3://models/main", "model/x"))
    with pytest.raises(InputError, match="E-KIND"):
        read_spec(path, {"kind": "check", "base": "a", "candidate": "b", "model": "c"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'size = "cpu_small"\nsize = "cpu_large"\n', "E-DUPLICATE-KEY"),  # 37, 62
        ('size = "größer"'.encode("latin-1"), "E-ENCODING"),  # 28
        (b'size = "cpu_small', "E-TRUNCATED"),  # 15
    ],
)
def test_a_damaged_file(tmp_path: Path, text: bytes, code: str) -> None:
    path = tmp_path / "job.toml"
    path.write_bytes(text)
    with pytest.raises(InputError, match=code):
        read_spec(path, {})


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E-FILE"):
        read_spec(tmp_path / "nothing.toml", {})


def test_the_table_of_sizes_is_the_locks_ray() -> None:
    lock = (Path(__file__).parents[2] / "requirements" / "image.lock").read_text("utf-8")
    assert re.search(rf"^ray(\[.*\])?=={re.escape(load_sizes().ray_version)}\b", lock, re.MULTILINE)
    cores = [size.cores for size in load_sizes().sizes.values()]
    assert cores == sorted(cores), "from small to large"
