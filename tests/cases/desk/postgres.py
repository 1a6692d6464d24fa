"""A PostgreSQL server of one's own, for the tests: loopback has no part in it, only a socket in its directory."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")
UNPRIVILEGED = "postgres"
"""The server refuses to run as root."""


class NoServer(Exception):
    """PostgreSQL cannot be run here, and why."""


@contextmanager
def server() -> Iterator[str]:
    """A running server; the address of its databases, to which a name is to be added."""
    programs = sorted(
        INSTALLED.glob("*/bin"), key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0
    )
    if not programs or not (programs[-1] / "initdb").exists():
        raise NoServer("PostgreSQL's server is not installed: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="desk-postgres-"))
    try:
        user = _user()
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        data = home / "data"
        _run(
            programs[-1],
            user,
            "initdb",
            "-D",
            data,
            "-U",
            "desk",
            "--auth=trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
        )
        # The tests kill their own processes, never the server: it need not write through.
        settings = f"-k {home} -c listen_addresses='' -c fsync=off -c max_connections=200 -c shared_buffers=32MB"
        _run(programs[-1], user, "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://desk@/{{name}}?host={home}"
        finally:
            _run(programs[-1], user, "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise NoServer(f"there is no user {UNPRIVILEGED} to run the server as") from None


def _run(programs: Path, user: pwd.struct_passwd | None, program: str, *arguments: object) -> None:
    done = subprocess.run(
        [programs / program, *map(str, arguments)],
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        extra_groups=None if user is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        # Not a pipe: the server would inherit it and keep it open.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    # Not NoServer: where the server is installed, tests that silently skip would be worse than ones that fail.
    assert done.returncode == 0, f"{program} failed with exit code {done.returncode}"
