"""Networks from published tables; each module says what the tables leave open and how it is filled."""

from .ddxplus import import_ddxplus
from .symcat import import_symcat

__all__ = ["import_ddxplus", "import_symcat"]
