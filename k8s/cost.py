"""What a job may cost, by list prices, and what it did cost, as OpenCost measured it.

OpenCost allocates the price of nodes to pods by what they ask for or use, whichever is more.  A run's pods
carry its name as a label, so that one query gives its cost (``manifests/cost`` has the same for
Prometheus); in labels, OpenCost and Prometheus write ``_`` for dots and slashes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from model.errors import ClinvalError, InputError
from validation.store.directory import MANIFEST, PARTIAL
from validation.store.files import replace_file
from validation.store.manifest import Cost, Manifest
from validation.store.objects import Objects

from . import names
from .sizes import load_sizes
from .spec import JobSpec

TIMEOUT_S = 20.0
LABEL = re.sub(r"[^A-Za-z0-9_]", "_", names.RUN)
"""Of a run's pods, as OpenCost and Prometheus write it."""


class NoCost(ClinvalError):
    """OpenCost does not answer, or knows nothing of it."""


def most(spec: JobSpec) -> str:
    """The most that a job can cost at list prices, in words: all machines for the whole budget."""
    prices, size = load_sizes().prices, spec.resources
    workers = prices.on_demand if spec.capacity == "on_demand" else prices.spot
    an_hour = prices.on_demand.of(size.head) + size.workers * workers.of(size.worker)
    return f"{an_hour * spec.budget_s / 3600:.2f} {prices.currency}"


def allocation_query(window: str, run: str | None = None, namespaces: bool = False) -> str:
    """Path and query of OpenCost's allocation API: of one run, of all runs, or of all namespaces."""
    asked = {"window": window, "aggregate": "namespace" if namespaces else f"label:{LABEL}", "accumulate": "true"}
    if run is not None:
        asked["filter"] = f'label[{LABEL}]:"{run}"'
    return "/allocation/compute?" + urlencode(asked)


def window(started_at: str, ended_at: str) -> str:
    """From start to end, both RFC 3339, with a minute on either side: OpenCost reckons in minutes."""
    start, end = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (started_at, ended_at))
    minute = timedelta(minutes=1)
    return ",".join(moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (start - minute, end + minute))


def fetch(url: str) -> Any:
    """The JSON at an http(s) address.

    Raises
    ------
    NoCost
        There is none.
    """
    where = urlsplit(url)
    if where.scheme not in ("http", "https"):
        raise InputError.single("E-OPENCOST", repr(url), "no http address", expected="http://opencost.opencost:9003")
    try:
        with urlopen(url, timeout=TIMEOUT_S) as answer:
            return json.load(answer)
    except (URLError, OSError, ValueError) as error:
        step = "is OpenCost reachable from here, say by `kubectl -n opencost port-forward svc/opencost 9003`?"
        raise NoCost(f"E-OPENCOST  {where.netloc}: no answer ({error}); {step}") from None


def totals(answer: Any) -> dict[str, float]:
    """Cost by name from the allocation API's answer: sums over its windows, idle and unlabelled left out."""
    found: dict[str, float] = {}
    sets = answer.get("data") if isinstance(answer, Mapping) else None
    for one in sets or []:
        for name, entry in (one or {}).items():
            amount = entry.get("totalCost")
            if not name.startswith("__") and isinstance(amount, int | float) and math.isfinite(amount):
                found[name] = found.get(name, 0.0) + float(amount)
    return dict(sorted(found.items()))


def cost_of_run(opencost: str, run: str, started_at: str, ended_at: str, get: Callable[[str], Any] = fetch) -> Cost:
    """What a run cost, as OpenCost at the address ``opencost`` has it.

    Raises
    ------
    NoCost
        It does not answer, or has not seen the run (yet: it looks once a minute).
    """
    found = totals(get(opencost.rstrip("/") + allocation_query(window(started_at, ended_at), run)))
    if run not in found:
        raise NoCost(f"E-OPENCOST  {run}: nothing allocated; expected its pods' costs; try again in a few minutes")
    return Cost(amount=round(found[run], 4), currency=load_sizes().prices.currency, basis=f"OpenCost, label {LABEL}")


def put_into_manifest(run: str, cost: Cost) -> None:
    """Write the cost into a run's manifest and seal it again; results and their hashes are not touched.

    Parameters
    ----------
    run
        The run's directory, or its address (``s3://bucket/runs/<key>``).

    Raises
    ------
    InputError
        There is no manifest, or it is not as it was written.
    """
    name, data = _manifest(run)
    try:
        manifest = None if data is None else Manifest.model_validate_json(data)
    except ValueError:
        manifest = None
    if manifest is None or not manifest.is_sealed:
        found = "no manifest" if data is None else "a manifest that is not as it was written"
        raise InputError.single("E-RUN", run, found, expected="a run, as `clinval run` left it")
    sealed = manifest.model_copy(update={"cost": cost}).sealed().to_bytes()
    if "://" in run:
        Objects(run).put(name, sealed)
    else:
        replace_file(Path(run) / name, sealed)


def _manifest(run: str) -> tuple[str, bytes | None]:
    """Of a finished run, or of one that was cut short: its name and bytes."""
    for name in (MANIFEST, PARTIAL):
        path = Path(run) / name
        data = Objects(run).read(name) if "://" in run else path.read_bytes() if path.is_file() else None
        if data is not None:
            return name, data
    return MANIFEST, None
