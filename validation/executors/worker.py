"""The main function of a worker process."""

from __future__ import annotations

import pickle
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from .work import Work

BROKEN, READY, PLAYED, FAILED = "broken", "ready", "played", "failed"
"""The first word of every message: could not compile · compiled and waiting · the Parquet file · what
was raised."""


def serve(connection: Connection) -> None:
    """Receive the work, then play the shards that come through ``connection`` until it closes.

    Ctrl-C is the driver's to handle; when the driver is gone, however it went, so is the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            work: Work = pickle.loads(connection.recv_bytes())
            player = work.player()
        except (EOFError, ConnectionResetError):
            return
        except Exception as error:
            connection.send((BROKEN, f"{type(error).__name__}: {error}"))
            return
        connection.send((READY, None))
        while True:
            cards = connection.recv()
            message: tuple[str, Any]
            try:
                message = (PLAYED, player.play(cards))
            except Exception as error:  # reported, so that the case at fault can be found and named
                message = (FAILED, f"{type(error).__name__}: {error}")
            connection.send(message)
