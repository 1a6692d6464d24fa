"""Ray started on this machine, or joined where it runs; the package is loaded here and nowhere earlier."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model.errors import ClinvalError

from .temporary import short_directory

LOCAL, AUTO = "local", "auto"
OBJECT_STORE_BYTES = 100 * 2**20
"""On this machine: the work and a few shards on their way; what does not fit goes to the disk."""
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS_SKIP_REGEX": ".*"}
"""No usage statistics are sent; and what Ray says of every worker that dies does not go to stdout, where
the results go: the run's own record says it."""
CURRENT_CLUSTER = Path("/tmp/ray/ray_current_cluster")
KNOCK_S = 5.0
_HOST_AND_PORT = re.compile(r"(?P<host>[^/?#]+):(?P<port>[0-9]{1,5})")


class MissingLibrary(ClinvalError):
    """The packages of the cluster are not installed."""

    exit_code = 2


class NoCluster(ClinvalError):
    """There is no Ray at the given address, or it cannot be started here."""


def library(address: str = AUTO) -> Any:
    """The module ``ray``, set up for this ``address``: it reads some of its environment when it is loaded.

    Raises
    ------
    MissingLibrary
        It is not installed.
    """
    if find_spec("ray") is None:
        raise MissingLibrary(
            "E-EXTRA  --executor ray: found no ray; expected the packages of the cluster; "
            "run `make .venv/.cluster`, or pip install 'clinval[cluster]'"
        )
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if address == LOCAL and "ray" not in sys.modules:
        _keep_to_ourselves()
    return import_module("ray")


@contextmanager
def joined(address: str, n_cpus: int) -> Iterator[Any]:
    """The module ``ray``, connected; what was started or joined here is left at the end.

    A connection that the program has already is used, whatever the ``address``.

    Parameters
    ----------
    address : ``local`` starts a Ray of our own on this machine, whatever other Ray is about; ``auto``
        joins the one whose job this is; ``host:port`` another that this machine is part of
    n_cpus : of a Ray of our own

    Raises
    ------
    NoCluster
        There is none, or it does not let us in.
    """
    ray = library(address)
    if ray.is_initialized():
        yield ray
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with ExitStack() as stack:
        options: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "ERROR"}
        if address == LOCAL:
            temporary = stack.enter_context(short_directory())
            options |= {"num_cpus": n_cpus, "include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
            options["_temp_dir"] = str(temporary)
        else:
            _knock(address)
        stack.callback(_restore, handlers)
        stack.callback(ray.shutdown)
        try:
            ray.init(**options)
        except Exception as error:  # Ray raises ConnectionError, RuntimeError, ValueError, OSError and its own
            raise NoCluster(_why_not(address, error)) from error
        _restore(handlers)  # Ray has put its own in their place
        yield ray


def _restore(handlers: dict[signal.Signals, Any]) -> None:
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            signal.signal(number, handler)


def cpus(address: str) -> int:
    """Processors of the cluster, as it is now; at least one."""
    with joined(address, 1) as ray:
        return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _keep_to_ourselves() -> None:
    """A token that lives as long as this process: nobody else on the machine or its network gets in.

    Ray would keep one in the home directory.  Whoever has chosen a mode keeps it.
    """
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _knock(address: str) -> None:
    """Raise :class:`NoCluster` where nobody listens: Ray itself would try for minutes.

    What ``auto`` means is looked up as Ray does: its environment variable, or the note that the last
    cluster started on this machine has left, which may be long gone.
    """
    meant = address
    if address == AUTO:
        meant = os.environ.get("RAY_ADDRESS", "")
        with suppress(OSError):
            meant = meant or CURRENT_CLUSTER.read_text().strip()
    if address.startswith("ray://"):
        raise NoCluster(
            f"E-RAY  {address}: the driver has to run in the cluster, not at the other end of a Ray client; "
            "`clinval submit` takes it there, and there its address is auto"
        )
    found = _HOST_AND_PORT.fullmatch(meant)
    if found is None:
        if address != AUTO:
            raise NoCluster(f"E-RAY  {address}: is no address; write local, auto or host:port")
        return  # Ray may know more
    end = time.monotonic() + KNOCK_S
    while True:
        try:
            socket.create_connection((found["host"].strip("[]"), int(found["port"])), timeout=KNOCK_S).close()
            return
        except OSError as error:
            if time.monotonic() >= end:
                raise NoCluster(_why_not(address, error)) from error
            time.sleep(0.5)


def _why_not(address: str, error: Exception) -> str:
    words = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    if address == LOCAL:
        return f"E-RAY  this machine: Ray does not start ({words}); `--executor local` does without it"
    next_step = "start one (`ray start --head`), or use --address local" if address == AUTO else "is the address right?"
    return f"E-RAY  {address}: no Ray cluster that can be joined ({words}); {next_step}"
