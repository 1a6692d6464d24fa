"""The packages of the pages are an extra, not a part of the base install."""

from __future__ import annotations

from importlib.util import find_spec

from model.errors import ClinvalError

LIBRARIES = {
    "alembic": "alembic",
    "authlib": "authlib",
    "fastapi": "fastapi",
    "itsdangerous": "itsdangerous",
    "jinja2": "jinja2",
    "python_multipart": "python-multipart",
    "sqlalchemy": "sqlalchemy",
    "uvicorn": "uvicorn",
}
"""Module to distribution."""


class MissingLibrary(ClinvalError):
    """The packages of the pages are not installed."""

    exit_code = 2


def require_libraries() -> None:
    """Raise :class:`MissingLibrary` where the packages of the pages are not installed."""
    missing = [package for module, package in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        raise MissingLibrary(
            f"E-EXTRA  the pages: found no {', '.join(missing)}; expected the packages of the extra `web`; "
            "run `make .venv/.web`, or pip install 'clinval[web]'"
        )
