"""Numbers and words as people read them: the filters of the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.figure_shapes import Figure, Value

if TYPE_CHECKING:
    from markupsafe import Markup

SIGNS = {
    "PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?", "INCOMPLETE": "…",
    "broken": "✗", "other-wrong": "≠", "worse-rank": "↓", "fixed": "✓", "better-rank": "↑", "same": "=",
    "case-edited": "~", "case-new": "+", "case-removed": "−", "not-played": "?",
    "right": "✓", "wrong": "✗", "unsafe": "‼",
    "must-not-miss-lost": "‼", "emergency-under-triaged": "‼", "red-flag-dropped": "‼", "unsafe-triage": "▼",
    "must-not-miss-regained": "✓", "emergency-recognised": "✓", "red-flag-regained": "✓", "safe-triage": "▲",
    "better": "▲", "worse": "▼", "could be chance": "≈", "not compared": "",
}  # fmt: skip
"""One character beside each word: never instead of it."""

LABELS = {
    "broken": "broken",
    "other-wrong": "wrong → other wrong",
    "worse-rank": "worse rank",
    "fixed": "fixed",
    "better-rank": "better rank",
    "same": "same outcome",
    "case-edited": "case edited",
    "case-new": "new case",
    "case-removed": "case removed",
    "not-played": "not played",
    "must-not-miss-lost": "must-not-miss lost",
    "emergency-under-triaged": "emergency under-triaged",
    "red-flag-dropped": "red flag dropped",
    "unsafe-triage": "unsafe triage",
    "must-not-miss-regained": "must-not-miss regained",
    "emergency-recognised": "emergency recognised",
    "red-flag-regained": "red flag regained",
    "safe-triage": "safe triage",
}
"""The words of changes and events for people; another word is shown with spaces for its hyphens."""

_WORDS_BY_TONE = {
    "good": (
        "PASS", "fixed", "better-rank", "must-not-miss-regained", "emergency-recognised", "red-flag-regained",
        "safe-triage", "right", "better",
    ),
    "bad": (
        "FAIL", "broken", "must-not-miss-lost", "emergency-under-triaged", "red-flag-dropped", "unsafe-triage",
        "unsafe", "wrong", "worse",
    ),
    "warn": ("INCONCLUSIVE", "INCOMPLETE", "other-wrong", "worse-rank"),
}  # fmt: skip
TONES = {word: tone for tone, words in _WORDS_BY_TONE.items() for word in words}
"""Classes of the style sheet; any other word is ``plain``."""


def label(word: str) -> str:
    """A word of a change, an event or a stop reason, for people."""
    return LABELS.get(word, word.replace("_", " ").replace("-", " "))


def sign(word: str) -> str:
    """The character beside a word."""
    return SIGNS.get(word, "·")


def tone(word: str) -> str:
    """``bad``, ``warn``, ``good`` or ``plain``: a class of the style sheet."""
    return TONES.get(word, "plain")


def percent(share: float | None, digits: int = 1) -> str:
    """``96.3 %``; nothing for None."""
    return "" if share is None else f"{100 * share:.{digits}f} %"


def probability(p: float | None) -> str:
    """``.61``; ``.0042`` where two digits would say zero; ``1.00``, ``0``."""
    if p is None:
        return ""
    if 0 < p < 0.01:
        return f"{p:.2g}".replace("0.", ".", 1) if p >= 1e-4 else "< .0001"
    if 0.995 <= p < 1:
        return "> .99"
    return f"{p:.2f}".lstrip("0") if 0 < p < 1 else f"{p:.0f}"


def signed(number: float | None, digits: int = 2) -> str:
    """``+0.12``, ``−0.12`` with a true minus sign, ``0`` where it rounds to nothing."""
    if number is None:
        return ""
    text = f"{abs(number):.{digits}f}"
    if float(text) == 0:
        return "0"
    return ("+" if number > 0 else "−") + text


def count_of(value: Value) -> str:
    """``888 of 922``, or the number of cases where it is no share."""
    return f"n = {value.n}" if value.hits is None else f"{value.hits} of {value.n}"


def figure_value(value: Value | None, unit: str) -> str:
    """A figure in its unit."""
    if value is None:
        return "–"
    return percent(value.value) if unit == "share" else f"{value.value:.{_digits(unit)}f}"


def figure_interval(value: Value, unit: str) -> str:
    """``95.0–97.4``, in the unit of the figure."""
    low, high = (value.low * 100, value.high * 100) if unit == "share" else (value.low, value.high)
    return _between(low, high, 1 if unit == "share" else _digits(unit))


def difference(figure: Figure) -> str:
    """``−1.2 points``: candidate − base."""
    if figure.difference is None:
        return ""
    if figure.unit == "share":
        return f"{signed(100 * figure.difference, 1)} points"
    return signed(figure.difference, _digits(figure.unit))


def difference_interval(figure: Figure) -> str:
    """``[−2.0, −0.4]``; nothing where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    scale, digits = (100, 1) if figure.unit == "share" else (1, _digits(figure.unit))
    return f"[{signed(scale * figure.low, digits)}, {signed(scale * figure.high, digits)}]"


def with_code(text: str) -> Markup:
    """Text whose `parts between backticks` are commands to be typed."""
    from markupsafe import Markup

    parts = text.split("`")
    if len(parts) % 2 == 0:  # One is no pair: they mean nothing.
        return Markup.escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else Markup.escape(part) for place, part in enumerate(parts)
    )


def without_start(text: str, start: str) -> str:
    """A line of a case whose id stands before it already."""
    return text.removeprefix(start).lstrip(" :·–,")


def short(digest: str) -> str:
    """The first twelve characters of a digest."""
    return digest[:12]


def plural(n: int, one: str, many: str = "") -> str:
    """``1 case``, ``2 cases``."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def _digits(unit: str) -> int:
    return 1 if unit == "questions" else 3


def _between(low: float, high: float, digits: int) -> str:
    return f"{low:.{digits}f}–{high:.{digits}f}"


FILTERS: dict[str, Any] = {
    function.__name__: function
    for function in (
        label, sign, tone, percent, probability, signed, count_of, figure_value, figure_interval, difference,
        difference_interval, short, with_code, without_start,
    )
}  # fmt: skip
GLOBALS: dict[str, Any] = {"plural": plural}
