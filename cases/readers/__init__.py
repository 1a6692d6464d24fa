"""From files to cards: every format behind :func:`load_cases`."""

from .load import FORMATS, load_cases, parse_cases

__all__ = ["FORMATS", "load_cases", "parse_cases"]
