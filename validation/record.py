"""What a manifest says of the results: all that follows from them, for the runner to write and for
``verify`` to compute again."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa

from .arrow import to_numpy
from .deadline import Deadline
from .results import vocabulary_in
from .score import score
from .store.digests import in_case_order, results_digest
from .store.directory import RunDirectory, ShardFile
from .store.files import DeterminismAlarm
from .store.manifest import Manifest, Plan, ShardRecord
from .vocabulary import Vocabulary

NOT_REACHED = "not reached"


def consequences(table: pa.Table | None, vocabulary: Vocabulary, plan: Plan, reason: str) -> dict[str, Any]:
    """The fields of a manifest that follow from its results.

    Parameters
    ----------
    table : the results, in the order of their cases (sums must not depend on the shards); None: none
    reason : why cases are missing, where some are
    """
    n = 0 if table is None else table.num_rows
    strangers = [] if table is None else [word for row in table["not_in_network"].to_pylist() for word in row]
    missing = plan.n_cases - n
    reason = (reason or NOT_REACHED) if missing else ""
    return {
        "status": "incomplete" if missing else "complete",
        "n_finished": n,
        "reason": reason,
        "results_sha256": "" if table is None else results_digest(table),
        "outcomes": {} if table is None else _tally(table["outcome"].to_pylist()),
        "exclusions": {**plan.not_replayed, **({reason: missing} if missing else {})},
        "n_approximate": 0 if table is None else int(to_numpy(table["approximate"]).sum()),
        "not_in_network": _tally(strangers),
        "metrics": {} if table is None else score(table, vocabulary).to_dict(),
    }


def make_manifest(
    directory: RunDirectory,
    plan: Plan,
    whole: Sequence[ShardFile],
    deadline: Deadline,
    *,
    executor: str,
    workers: int,
    retries: Mapping[str, int],
) -> Manifest:
    """The record of what is there now; timings and seal are still to come."""
    whole = sorted(whole, key=lambda shard: shard.name)
    table = directory.read_shards([shard.name for shard in whole])
    table = None if table is None else in_case_order(table)
    ids = [] if table is None else to_numpy(table["case_id"]).tolist()
    if len(set(ids)) != len(ids):
        raise DeterminismAlarm(f"E-TWO-RESULTS  {directory.path}: a case has more than one result; start with --fresh")
    return Manifest(
        plan=plan,
        **consequences(table, vocabulary_in(directory), plan, deadline.reason),
        shards=[ShardRecord(name=s.name, sha256=s.sha256, n_cases=len(s.case_ids)) for s in whole],
        files=directory.file_hashes(),
        retries=dict(retries),
        executor=executor,
        workers=workers,
        budget_s=deadline.budget_s,
        timings_s={},
        versions={
            "clinval": version("clinval"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
            "machine": platform.machine(),
        },
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        manifest_sha256="",
    )


def _tally(words: Sequence[str]) -> dict[str, int]:
    """Counts, the most frequent first, then by name."""
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))
