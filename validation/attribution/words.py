"""What one changed part is called, what it was and what it is: the words of reports and terminals.

A part may be several figures (a prevalence by sex and age), so it has one line or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from model.errors import InputError
from model.network.names import file_stem
from model.network.network import Network, TabularNetwork
from model.network.toml_writer import age_band_labels
from model.network.vocabulary import SEXES, Limits, Triage

from .bundles import MISSING
from .numbers import distribution, in_pair, probabilities, probability
from .parts import JOINTS, WORDING, Key
from .variant import Between

Grid = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure that changed."""

    what: str
    before: str
    """Empty: it was not there."""
    after: str
    """Empty: it is not there any more."""

    @property
    def words(self) -> str:
        """``.70→.35``, behind what it is about where that needs saying."""
        if self.before and self.after:
            change = f"{self.before}→{self.after}"
        else:
            change = f"added {self.after}" if self.after else f"removed (was {self.before})"
        return f"{self.what} {change}".strip()


def group_of(key: Key) -> str:
    """The entry that a part belongs to: a condition's, finding's or risk factor's id, or ``policy``."""
    if key[0] in ("network", "policy", "wording"):
        return key[0]
    return key[1]


def title(key: Key) -> str:  # noqa: PLR0911 -- one line a case
    """What a model author would call the part."""
    match key:
        case ("condition" | "finding" | "risk_factor" as room, name):
            return f"{room.replace('_', ' ')} {name}"
        case ("condition", name, "link" | "odds_ratio", other):
            return f"{name}.{other}"
        case ("condition", name, field):
            return f"{name} {field.replace('_', ' ')}"
        case ("finding" | "risk_factor", name, "leak" | "prevalence" | "states" | "limits" as field):
            return f"{field} of {name}"
        case ("finding", name, field):
            return f"{field.replace('_', ' ')} of {name}"
        case ("network", "order", room):
            return f"order of the {room.replace('_', ' ')}s"
        case ("network", "kind"):
            return "the whole network"
        case ("network", field):
            return "variables and roles" if key == JOINTS else field.replace("_", " ")
        case ("table", variable):
            return f"table of {variable}"
        case ("policy", field):
            return f"policy.{field}"
    return "wording"


def place(key: Key, network: Network) -> str:
    """The file, from the network's directory; a network of tables is one file."""
    if key[0] == "policy":
        return "policy.toml"
    if isinstance(network, TabularNetwork) or key[0] == "wording":
        return ""
    rooms = {"finding": "findings.toml", "risk_factor": "risk_factors.toml", "network": "network.toml"}
    return f"conditions/{file_stem(key[1])}.toml" if key[0] == "condition" else rooms.get(key[0], "")


def lines(key: Key, between: Between) -> list[Line]:  # noqa: PLR0911 -- one line a case
    """The figures of one part that differ."""
    before, after = (parts.get(key, MISSING) for parts in between.parts)
    networks = between.base.network, between.candidate.network
    match key:
        case ("condition" | "finding" | "risk_factor", _):
            return [Line("", "" if before is MISSING else "present", "" if after is MISSING else "present")]
        case ("condition", _, "link", finding):
            states = [_states(network, finding) for network in networks]
            return _compared(before, after, states)
        case ("finding", name, "leak"):
            return _compared(before, after, [_states(network, name) for network in networks])
        case (_, _, "prevalence"):
            return list(_grid(before, after, networks))
        case ("network", "population"):
            return list(_grid(before, after, networks))
        case (_, _, "odds_ratio", _) | ("network", "temperature"):
            return [_numbers(before, after)]
        case ("table", _):
            return list(_table(before, after))
        case _ if key == WORDING:
            return list(_wording(before, after))
        case ("network", "order" | "variables" | "kind", *_):
            return [Line("", "the base's", "the candidate's")]
    if isinstance(before, float | int) and isinstance(after, float | int) and not isinstance(before, bool | Triage):
        return [_setting(before, after)]
    return [Line("", _text(before), _text(after))]


def _states(network: Network, finding: str) -> Sequence[str]:
    index = network.finding_index.get(finding)
    return () if index is None else network.findings[index].states


def _compared(before: Any, after: Any, states: Sequence[Sequence[str]]) -> list[Line]:
    """Two distributions over the states of a finding."""
    if before is MISSING or after is MISSING or tuple(states[0]) != tuple(states[1]):
        texts = ["" if p is MISSING else distribution(p, names) for p, names in zip((before, after), states)]  # noqa: B905
        return [Line("", *texts)]
    if len(states[0]) == 2:
        return [Line("", *probabilities(before[1], after[1]))]
    return [
        Line(state, *probabilities(was, now))
        for state, was, now in zip(states[0], before, after, strict=True)
        if was != now
    ]


def _grid(before: Any, after: Any, networks: Sequence[Network]) -> Iterator[Line]:
    """Two tables of probabilities by sex and age band; what changed alike is one line."""
    if before is MISSING or after is MISSING or [len(row) for row in before] != [len(row) for row in after]:
        yield Line("", _range(before), _range(after))
        return
    cells = [(s, b) for s in range(len(before)) for b in range(len(before[s])) if before[s][b] != after[s][b]]
    everywhere = len(cells) == sum(map(len, before))
    if everywhere and len({(before[s][b], after[s][b]) for s, b in cells}) == 1:
        yield Line("", *probabilities(before[0][0], after[0][0]))
        return
    factors = {f"{after[s][b] / before[s][b]:.6g}" for s, b in cells if before[s][b] > 0}
    proportional = all(before[s][b] > 0 or (s, b) not in cells for s in range(2) for b in range(len(before[s])))
    if len(factors) == 1 and proportional and len(cells) == sum(p > 0 for row in before for p in row) > 2:
        yield Line("everywhere", "×1", f"×{float(factors.pop()):.3g}")
        return
    labels = _labels(networks[1])
    for b in range(len(before[0])):
        here = [s for s, band in cells if band == b]
        alike = len(here) == 2 and (before[0][b], after[0][b]) == (before[1][b], after[1][b])
        for s in here[:1] if alike else here:
            who = labels[b] if alike else f"{SEXES[s]} {labels[b]}"
            yield Line(who.strip(), *probabilities(before[s][b], after[s][b]))


def _labels(network: Network) -> list[str]:
    if len(network.age_bands) == 1:
        return [""]
    try:
        return age_band_labels(network.age_bands)
    except InputError:  # bands of parts of years, which no file of ours can say
        return [f"{low:g} to {high:g}" for low, high in network.age_bands]


def _range(grid: Any) -> str:
    if grid is MISSING or not any(map(len, grid)):
        return ""
    low, high = (extreme(p for row in grid for p in row) for extreme in (min, max))
    return probability(low) if low == high else " to ".join(probabilities(low, high))


def _numbers(before: Any, after: Any) -> Line:
    if before is MISSING or after is MISSING:
        return Line("", *("" if value is MISSING else in_pair(value, value)[0] for value in (before, after)))
    return Line("", *in_pair(before, after))


def _setting(before: float, after: float) -> Line:
    """As the policy file has it: whole numbers plain, small ones with a zero before the point."""
    return Line("", f"{before:g}", f"{after:g}")


def _table(before: Any, after: Any) -> Iterator[Line]:
    """The cell of a table that moved most, and how many did; a table of another shape as a whole."""
    import numpy as np

    if before is MISSING or after is MISSING or before[0] != after[0]:
        shapes = ["" if part is MISSING else f"given {', '.join(part[0][1]) or 'nothing'}" for part in (before, after)]
        yield Line("", *shapes)
        return
    one, other = np.array(before[1]), np.array(after[1])
    moved = np.abs(other - one)
    place = np.unravel_index(int(moved.argmax()), moved.shape)
    given = ", ".join(f"{parent} #{index + 1}" for parent, index in zip(before[0][1], place[1:], strict=True))
    state = before[0][0][place[0]]
    n_moved = int((moved > 0).sum())
    more = f" (and {n_moved - 1} more)" if n_moved > 1 else ""
    was, now = probabilities(float(one[place]), float(other[place]))
    yield Line(f"P({state} | {given})" if given else f"P({state})", was, f"{now}{more}")


def _wording(before: dict[Key, Any], after: dict[Key, Any]) -> Iterator[Line]:
    for key in dict.fromkeys([*before, *after]):
        if key in before and key in after and before[key] != after[key]:
            yield Line(f"{key[2]} of {key[1]}", _text(before[key]), _text(after[key]))


def _text(value: Any) -> str:  # noqa: PLR0911 -- one line a type
    if value is MISSING or value is None:
        return "none"
    if isinstance(value, Triage):
        return value.label
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Limits):
        ages = [f"from {value.min_age:g}"] if value.min_age is not None else []
        ages += [f"to {value.max_age:g}"] if value.max_age is not None else []
        return " ".join([value.sex or "", *ages]).strip() or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {code}" for name, code in sorted(value.items())) or "none"
    if isinstance(value, tuple):
        return _sequence(value)
    return str(value)


def _sequence(value: tuple[Any, ...]) -> str:
    if all(isinstance(item, str) for item in value):
        return ", ".join(value) or "none"
    if value and isinstance(value[0], tuple) and all(isinstance(item, str) for item in value[0]):
        return f"{', '.join(value[0])} ({value[1]} is present)"  # the states of a finding or risk factor
    return ", ".join(" to ".join(f"{edge:g}" for edge in pair) for pair in value)
