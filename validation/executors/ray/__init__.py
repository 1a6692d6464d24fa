"""The same shards on Ray: on this machine, or on any cluster; the same bytes as the local executor.

executor    ``RayExecutor``: feed, listen, yield, until everything is settled or it is told to stop
crew        the workers as the driver sees them: in hand, away, silent; what is charged to whom
worker      one actor and its calls in flight; actor: the code that runs on the cluster
portions    how many cases to give at once: seconds of work, not numbers of cases
cluster     Ray started on this machine, or joined; the package itself is loaded there, when it is needed
temporary   where a Ray of our own keeps its files, and how those of dead drivers go away
watching    what each worker is doing, for whoever watches; metrics: the same as figures for Prometheus
"""

from .executor import RayExecutor
from .watching import WorkerStatus

__all__ = ["RayExecutor", "WorkerStatus"]
