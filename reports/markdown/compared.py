"""The last parts of the comment on a diff: what exactly was compared, and how to do it again."""

from __future__ import annotations

from collections.abc import Callable

from ..data.shapes import ReportData, Side
from .escape import code, code_block
from .sections import LONGEST_COMMAND, Limits, folded, more, table


def case_set(data: ReportData, limits: Limits) -> list[str]:
    """How the case set changed, where both models played the same one; folded."""
    lines = []
    for word, ids in data.case_changes.items():
        shown = ", ".join(limits.cut(case_id) for case_id in ids[: limits.rows])
        lines += [f"**{word}** ({len(ids)}): {shown}", *more(len(ids), limits.rows, "in the report"), ""]
    counts = ", ".join(f"{len(ids)} {word}" for word, ids in data.case_changes.items())
    return folded(f"The case set changed ({counts}); both models played the candidate's", lines)


def not_comparable(data: ReportData, limits: Limits) -> list[str]:
    """Cases that changed, apart from the model; folded."""
    cases = data.not_comparable
    rows = [[code(case.change), limits.cut(case.id), limits.cut(case.words)] for case in cases[: limits.rows]]
    lines = [*table(["", "case", ""], rows), *more(len(cases), limits.rows, "in the report")] if rows else []
    return folded(f"Not comparable ({len(cases)}): the case changed, not the model", lines)


def reproduce(data: ReportData, limits: Limits) -> list[str]:
    """The commands, and what exactly was compared; folded."""
    lines = code_block([command for command in data.commands if len(command) <= 4 * LONGEST_COMMAND])
    sides: list[tuple[str, Side]] = [] if data.base is None else [("base", data.base)]
    sides.append(("candidate" if sides else "run", data.candidate))
    parts: tuple[tuple[str, Callable[[Side], str]], ...] = (
        ("what", lambda side: limits.cut(side.label)),
        ("commit", lambda side: code(side.commit or "", limits.words)),
        ("cases", lambda side: f"{side.n_finished} of {side.n_cases} ({side.status})"),
        ("run", lambda side: code(side.run_key)),
        ("network", lambda side: code(side.network_digest[:12])),
        ("policy", lambda side: code(side.policy_digest[:12])),
        ("case set", lambda side: code(side.cases_digest[:12])),
        ("code", lambda side: code(side.code_digest[:12])),
        ("results", lambda side: code(side.results_sha256[:12])),
        ("clinval", lambda side: code(side.versions.get("clinval", ""), limits.words)),
        ("cost", lambda side: limits.cut(side.cost)),
    )
    rows = [[name, *(of(side) for _, side in sides)] for name, of in parts]
    rows = [row for row in rows if row[0] != "cost" or any(row[1:])]
    lines += ["", *table(["", *(name for name, _ in sides)], rows)]
    if data.inputs:
        lines += ["", f"Changed: {_changed_inputs(data, limits)}."]
    if data.remarks:
        lines += ["", *(f"- {limits.cut(remark)}" for remark in data.remarks[: limits.rows])]
    return folded("How to reproduce it, and what exactly was compared", lines)


def _changed_inputs(data: ReportData, limits: Limits) -> str:
    changed = []
    for part in data.inputs:
        if part.changed:
            details = f" ({limits.cut(', '.join(part.details))})" if part.details else ""
            changed.append(f"**{part.part}**{details}")
    same = [part.part for part in data.inputs if not part.changed]
    return (", ".join(changed) or "nothing") + (f"; the same: {', '.join(same)}" if same else "")
