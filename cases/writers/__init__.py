"""From cards to files: every format that :mod:`cases.readers` reads back without loss."""

from .save import save_cases
from .short_form import to_record
from .toml_files import to_toml

__all__ = ["save_cases", "to_record", "to_toml"]
