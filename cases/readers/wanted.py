"""What a field of the card takes, in the project's own words instead of pydantic's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_TABLE = "a table of fields: {…}"
_LIST = "a list: […]"
_NUMBER = "a number"
_WHOLE = "a whole number"
_WORDS: Mapping[str, str] = {
    "missing": "a value",
    "string_type": "a text in quotes",
    "string_too_short": "a text that is not blank",
    "bool_type": "true or false",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "a finite number",
    "dict_type": _TABLE,
    "mapping_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "too_short": "at least {min_length} entries",
    "too_long": "at most {max_length} entries",
}
"""By pydantic's type of error; braces take its context."""
_PLACES: Mapping[str, str] = {
    "findings": 'a state, or a table: { state = "present", initial = true }',
    "must_ask": 'a finding\'s id, or a table: { finding = "fever", by = 5 }',
}
"""By the table that holds the value: what may stand there besides a table."""


def wanted(details: ErrorDetails) -> str:
    """What should have been written where pydantic found an error."""
    context: Mapping[str, Any] = details.get("ctx", {})
    kind, path = details["type"], tuple(str(step) for step in details["loc"])
    if kind == "literal_error":
        return str(context.get("expected", "")).replace("'", "")
    if kind == "bool_type" and path[-1:] == ("pregnant",):
        return "yes or no, or nothing where it is not known"
    if kind == "value_error":  # the card's own words
        return details["msg"].removeprefix("Value error, ")
    words = _WORDS.get(kind, "another value")
    if words is _TABLE and path[-2:-1] and path[-2] in _PLACES:
        return _PLACES[path[-2]]
    return words.format(**context) if kind.startswith(("greater", "less", "too")) else words
