"""A comparison in a page: what changed of the inputs, which cases, what was lost to what, one last line."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from shlex import quote
from typing import TYPE_CHECKING

from model.network.vocabulary import Triage

from ..groups import By
from ..results import Row
from ..summary import Line, short_p
from .changes import leading, newly_missed, place_of, red_flags_asked
from .figures import figures
from .losses import LossChange, losses, overall
from .pairing import CasePair
from .words import Change, Event

if TYPE_CHECKING:
    from .diff import Diff

MOST_CASES = 20
"""Changed cases shown to a person; the others are counted."""
MOST_GROUPS = 5
CHANGE_WORDS = {
    Change.BROKEN: "broken",
    Change.FIXED: "fixed",
    Change.OTHER_WRONG: "wrong→other wrong",
    Change.WORSE_RANK: "worse rank",
    Change.BETTER_RANK: "better rank",
}
EVENT_WORDS = (
    ((Event.MUST_NOT_MISS_LOST,), "must-not-miss newly missed"),
    ((Event.EMERGENCY_UNDER_TRIAGED, Event.UNSAFE_TRIAGE), "new under-triage"),
    ((Event.RED_FLAG_DROPPED,), "red flag dropped"),
)


def case_line(pair: CasePair, show: str = "clinval show {} --diff") -> tuple[str, str]:
    """A changed case as (word, one line), which ends in the command that shows it.

    ``show`` : the command, ``{}`` where the case's id goes
    """
    assert pair.base is not None
    assert pair.candidate is not None
    parts = [f"{pair.case_id}  {_outcome(pair, pair.base, pair.candidate)}"]
    expected, leaders = pair.card.expected.condition, (leading(pair.base), leading(pair.candidate))
    about = "p" if expected in leaders or "expected" in parts[0] else f"p({expected})"
    parts.append(f"{about} {short_p(pair.base['p_expected'])}→{short_p(pair.candidate['p_expected'])}")
    parts += event_words(pair)
    if pair.candidate["error"]:
        parts.append(pair.candidate["error"])
    if pair.is_renamed:
        parts.append(f"(was {pair.base_id})")
    return verdict_word(pair), f"{'  '.join(parts)}  {show.format(quote(pair.case_id))}"


def verdict_word(pair: CasePair) -> str:
    """What a line begins with: what matters most of what happened to the case."""
    if pair.change is Change.BROKEN:
        return "BROKEN"
    if any(event.is_harm for event in pair.events):
        return "UNSAFE"
    return "SAFER" if pair.change is Change.SAME and pair.events else pair.change.upper()


def _outcome(pair: CasePair, base: Row, candidate: Row) -> str:
    before, after = leading(base) or "nothing", leading(candidate) or "nothing"
    text = before if before == after else f"{before} → {after}"
    if pair.change in (Change.WORSE_RANK, Change.BETTER_RANK):
        text += f", rank {base['rank_right'] or 'none'}→{candidate['rank_right'] or 'none'} of {base['expected']}"
    elif pair.change is Change.OTHER_WRONG or (pair.change is Change.SAME and candidate["rank_right"] != 1):
        text += f", expected {base['expected']}"
    elif pair.change is Change.FIXED and verdict_word(pair) == "UNSAFE":
        text += " (fixed)"
    return text


def event_words(pair: CasePair) -> list[str]:
    """Each event by its word, with what happened: ``emergency-under-triaged (emergency→routine)``."""
    assert pair.base is not None
    assert pair.candidate is not None
    return [f"{event} ({_detail(event, pair.base, pair.candidate)})" for event in pair.events]


def _detail(event: Event, base: Row, candidate: Row) -> str:
    if event in (Event.MUST_NOT_MISS_LOST, Event.MUST_NOT_MISS_REGAINED):
        lost = event is Event.MUST_NOT_MISS_LOST
        names = newly_missed(base, candidate) if lost else newly_missed(candidate, base)
        places = [f"{place_of(base, name) or 'none'}→{place_of(candidate, name) or 'none'}" for name in names]
        if len(base["must_not_miss"]) == 1:
            return f"rank {places[0]}"
        return ", ".join(f"{name} rank {place}" for name, place in zip(names, places, strict=True))
    if event in (Event.RED_FLAG_DROPPED, Event.RED_FLAG_REGAINED):
        before, after = red_flags_asked(base), red_flags_asked(candidate)
        return ", ".join(sorted(before - after if event is Event.RED_FLAG_DROPPED else after - before))
    return f"{advice(base)}→{advice(candidate)}"


def advice(row: Row) -> str:
    """The triage level that was advised, in a word."""
    return Triage(row["triage_advice"]).label if row["triage_advice"] >= 0 else "none"


def counts_line(diff: Diff) -> str:
    """``6 broken · 9 fixed · 4 wrong→other wrong · 1 new under-triage``; what did not happen is left out,
    but for broken and fixed."""
    words = [
        f"{diff.counts[change]} {text}"
        for change, text in CHANGE_WORDS.items()
        if diff.counts[change] or change in (Change.BROKEN, Change.FIXED)
    ]
    for events, text in EVENT_WORDS:
        n = sum(any(event in pair.events for event in events) for pair in diff.comparable)
        words += [f"{n} {text}"] if n else []
    return " · ".join(words)


def not_comparable(diff: Diff) -> str:
    """``2 case-edited, 1 case-new``; empty where every case is comparable."""
    return ", ".join(f"{n} {change}" for change, n in diff.counts.items() if n and not change.is_comparable)


def empty_line(diff: Diff) -> str:
    """What is said of two runs that do not differ."""
    return f"no difference: {len(diff.comparable)} cases, equal to the last bit"


def input_lines(diff: Diff) -> Iterator[Line]:
    """What of the inputs changed, and what did not."""
    changed = [change for change in diff.inputs if change.is_changed]
    for change in changed:
        details = f"  ({', '.join(change.details)})" if change.details else ""
        if change.part == "cases":
            details = f"  ({not_comparable(diff) or 'renamed only'})"
        yield Line(f"{change.part} changed", f"{change.base[:12]} → {change.candidate[:12]}{details}")
    same = [change.part for change in diff.inputs if not change.is_changed]
    if same:
        yield Line("the same", ", ".join(same))
    n = len(diff.comparable)
    aside = not_comparable(diff)
    yield Line("cases compared", f"{n}" + (f"; not comparable: {aside}" if aside else ""))


def figure_lines(diff: Diff) -> Iterator[Line]:
    """The figures that moved, as far as it shows."""
    for figure in figures(diff):
        if figure.is_visible:
            yield Line(figure.label, figure.words)


def loss_lines(diff: Diff) -> Iterator[Line]:
    """Where the loss is, before and after: all cases, then the specialties and conditions that moved."""
    whole = overall(diff)
    if whole.n and whole.is_changed:
        yield Line("all cases", loss_words(whole))
        for by in (By.SPECIALTY, By.CONDITION):
            moved = [change for change in losses(diff, by) if change.is_changed and change.n < whole.n]
            for change in moved[:MOST_GROUPS]:
                yield Line(change.group, loss_words(change))
            if len(moved) > MOST_GROUPS:
                yield Line("", f"+{len(moved) - MOST_GROUPS} more groups by {by}")


def loss_words(change: LossChange) -> str:
    """``right 132→126 · knowledge 2→7 · … of 134``; shares that stand still are left out."""
    moved = change.moved
    parts = [f"{share} {change.base[share]}→{change.candidate[share]}" for share in moved if moved[share]]
    return f"{' · '.join(parts)}  of {change.n}"


def lines(diff: Diff) -> Iterator[Line]:
    """The summary but for the cases; a line without text heads a section."""
    yield Line("Inputs")
    yield from input_lines(diff)
    for title, body in (("Figures that moved", figure_lines), ("Where the loss is", loss_lines)):
        shown = list(body(diff))
        if shown:
            yield Line(title)
            yield from shown


def last_line(diff: Diff) -> str:
    """The counts and how many cases they are of."""
    return f"{counts_line(diff)} · {len(diff.comparable)} cases compared"


def as_text(diff: Diff) -> str:
    """The whole comparison without colour, for logs and reprs."""
    if diff.is_empty:
        return empty_line(diff)
    body = [f"  {line.label:<28} {line.text}" if line.text else line.label for line in lines(diff)]
    body += [f"! {caveat}" for caveat in diff.caveats]
    body += [f"{word:<11} {text}" for word, text in map(case_line, diff.changed[:MOST_CASES])]
    if len(diff.changed) > MOST_CASES:
        body.append(f"+{len(diff.changed) - MOST_CASES} more")
    return "\n".join([*body, last_line(diff)])


def as_html(diff: Diff) -> str:
    """The same as tables, for notebooks."""
    if diff.is_empty:
        return f"<p>{escape(empty_line(diff))}</p>"
    rows = "".join(
        f"<tr><td>{escape(line.label)}</td><td style='text-align:left'>{escape(line.text)}</td></tr>"
        if line.text
        else f"<tr><th colspan=2 style='text-align:left'>{escape(line.label)}</th></tr>"
        for line in lines(diff)
    )
    caveats = "".join(f"<p><b>{escape(caveat)}</b></p>" for caveat in diff.caveats)
    cases = "".join(
        f"<tr><td style='text-align:left'>{escape(word)}</td><td style='text-align:left'>{escape(text)}</td></tr>"
        for word, text in map(case_line, diff.changed[:MOST_CASES])
    )
    more = len(diff.changed) - MOST_CASES
    cut = f"<p>+{more} more: <code>diff.changed</code></p>" if more > 0 else ""
    return f"<table>{rows}</table>{caveats}<table>{cases}</table>{cut}<p>{escape(last_line(diff))}</p>"
