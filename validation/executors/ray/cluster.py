"""Ray started on this machine, or joined where it runs; the package is loaded here and nowhere earlier."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model.errors import ClinvalError

LOCAL, AUTO = "local", "auto"
OBJECT_STORE_BYTES = 100 * 2**20
"""On this machine: the work and a few shards on their way; what does not fit goes to the disk."""
LONGEST_TEMPORARY = 30
"""Characters of a temporary directory: the names of Ray's sockets in it must stay below 108."""


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
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
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
        joins the one whose job this is; ``host:port`` or ``ray://host:port`` another
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
    temporary = _short_directory() if address == LOCAL else None
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        try:
            if temporary is None:
                ray.init(address=address, **quiet)
            else:
                ray.init(
                    address=LOCAL, num_cpus=n_cpus, include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES,
                    _temp_dir=str(temporary), **quiet,
                )  # fmt: skip
        except Exception as error:  # Ray raises ConnectionError, RuntimeError, ValueError, OSError and its own
            raise NoCluster(_why_not(address, error)) from error
        for number, handler in handlers.items():  # Ray puts its own in their place
            signal.signal(number, handler)
        yield ray
    finally:
        ray.shutdown()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


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


def _short_directory() -> Path:
    """A new temporary directory with a name that is short enough for sockets in it."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="cv-", dir=usual if len(usual) <= LONGEST_TEMPORARY else "/tmp"))


def _why_not(address: str, error: Exception) -> str:
    words = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    if address == LOCAL:
        return f"E-RAY  this machine: Ray does not start ({words}); `--executor local` does without it"
    next_step = "start one (`ray start --head`), or use --address local" if address == AUTO else "is the address right?"
    return f"E-RAY  {address}: no Ray cluster that can be joined ({words}); {next_step}"
