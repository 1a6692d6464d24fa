"""A run in MLflow: its parameters, its figures, its manifest; for teams that keep all their models there.

MLflow is told of a run after it is stored, and is never asked anything back: the run directory stays
the truth.  A run that MLflow knows already, by its key and results, is not told twice.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from model.errors import ClinvalError

from .results import Run
from .store.directory import MANIFEST, PARTIAL

EXPERIMENT = "clinval"
KEY, RESULTS = "clinval.key", "clinval.results_sha256"


class MissingLibrary(ClinvalError):
    """MLflow is not installed."""

    exit_code = 2


class NotTracked(ClinvalError):
    """MLflow could not be told; the run itself is stored."""


class Record(NamedTuple):
    """What MLflow is told of a run, all of it short enough for its limits."""

    parameters: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


def require_library() -> None:
    """Raise :class:`MissingLibrary` where MLflow is not installed: better before a run than after it."""
    if find_spec("mlflow") is None:
        raise MissingLibrary("E-EXTRA  --track: found no mlflow; expected it installed; pip install 'clinval[mlflow]'")


def track(run: Run, address: str, experiment: str = EXPERIMENT) -> str:
    """Tell the tracking server at ``address`` of a run; its id there.

    Raises
    ------
    MissingLibrary
        MLflow is not installed.
    NotTracked
        The server is away, or refuses.
    """
    require_library()
    mlflow, entities = import_module("mlflow"), import_module("mlflow.entities")
    record = record_of(run)
    try:
        with redirect_stdout(sys.stderr):  # where it tells people things; results go to stdout
            return _tell(mlflow.MlflowClient(tracking_uri=address), entities, run, record, experiment)
    except Exception as error:  # MlflowException, and whatever its HTTP client raises
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise NotTracked(
            f"W-TRACK  {address}: MLflow was not told of run {run.path.name} ({words}); the run itself is stored, and "
            "the same command tells it again"
        ) from error


def _tell(client: Any, entities: Any, run: Run, record: Record, experiment: str) -> str:
    known = client.get_experiment_by_name(experiment)
    place = client.create_experiment(experiment) if known is None else known.experiment_id
    same = " and ".join(f"tags.`{name}` = '{record.tags[name]}'" for name in (KEY, RESULTS))
    for found in client.search_runs([place], filter_string=f"{same} and status = 'FINISHED'", max_results=1):
        return str(found.info.run_id)
    name = f"{run.manifest.plan.network.name} {run.manifest.plan.key[:8]}"
    run_id = str(client.create_run(place, run_name=name, tags=record.tags).info.run_id)
    now_ms = int(time.time() * 1000)
    client.log_batch(
        run_id,
        metrics=[entities.Metric(name, value, now_ms, 0) for name, value in record.metrics.items()],
        params=[entities.Param(name, value) for name, value in record.parameters.items()],
    )
    client.log_artifact(run_id, str(run.path / (MANIFEST if run.is_complete else PARTIAL)))
    client.set_terminated(run_id, status="FINISHED")
    return run_id


def record_of(run: Run) -> Record:
    """What identifies a run, what came out of it, and what it took."""
    manifest = run.manifest
    plan = manifest.plan
    parameters = {
        "network": plan.network.name,
        "network_digest": plan.network.digest,
        "policy": plan.policy.name,
        "policy_digest": plan.policy.digest,
        "cases": plan.cases.name,
        "cases_digest": plan.cases.digest,
        "code_digest": plan.code_digest,
        "executor": manifest.executor,
        "workers": str(manifest.workers),
        "unlisted": str(plan.options.get("unlisted") or "as each card says"),
        **{f"policy.{name}": str(value)[:500] for name, value in _leaves(plan.policy_settings)},
    }
    metrics = {name.replace("@", "_at_"): value for name, value in _numbers(manifest.metrics)}
    metrics |= {"n_cases": float(plan.n_cases), "n_finished": float(manifest.n_finished)}
    metrics |= {f"seconds.{phase}": seconds for phase, seconds in manifest.timings_s.items()}
    metrics |= {f"retries.{name}": float(n) for name, n in manifest.retries.items()}
    if manifest.cost is not None:
        metrics["cost"] = manifest.cost.amount
    tags = {KEY: plan.key, RESULTS: manifest.results_sha256, "clinval.status": manifest.status}
    return Record(parameters, metrics, tags)


def _leaves(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield before + name, value


def _numbers(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """``outcome.top_1`` and its interval ``outcome.top_1.low``, ``….high``; what was not scored is left out."""
    for name, value in _leaves(metrics):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield name.removesuffix(".value"), float(value)
