"""SQLAlchemy and Alembic belong to the pages, not to the base install."""

from __future__ import annotations

from importlib.util import find_spec

from model.errors import ClinvalError

LIBRARIES = ("sqlalchemy", "alembic")


class MissingLibrary(ClinvalError):
    """The packages of the desk are not installed."""

    exit_code = 2


def require_libraries() -> None:
    """Raise :class:`MissingLibrary` where the desk's packages are not installed."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise MissingLibrary(
            f"E-EXTRA  the desk: found no {' and no '.join(missing)}; expected the packages of the pages; "
            "run `make .venv/.web`, or pip install 'clinval[web]'"
        )
