"""Cases that are the same, nearly the same, or contradict each other: 81 to 84 of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from model.errors import Problem, Severity

from ..card import Card
from ..case_set import CaseSet
from ..likeness import near_duplicate_groups
from .problems import quarantine, warn

if TYPE_CHECKING:
    from model.network.network import Network


class Alike(NamedTuple):
    """One case that is like another one."""

    row: int
    """Position of the case that has the problem."""
    problem: Problem
    other: int
    """Position of the case that it is like."""


Found = list[Alike]


def exact_duplicates(case_set: CaseSet) -> Found:
    """Every case that replays and scores exactly as an earlier one (81).

    Quarantined, but in a corpus: records of real or simulated patients repeat each other rightly.
    """
    first: dict[str, int] = {}
    found: Found = []
    for row, content in enumerate(case_set.content_hashes):
        earlier = first.setdefault(content, row)
        if earlier != row:
            relaxed = case_set.cards[row].kind != "doctor"
            problem = (warn if relaxed else quarantine)(
                "W-DUPLICATE" if relaxed else "E-DUPLICATE",
                case_set.place(row),
                f"the content of {case_set.cards[earlier].id!r} again",
                "every case once",
                catalogue=81,
            )
            found.append(Alike(row, problem, earlier))
    return found


def near_duplicate_clusters(case_set: CaseSet) -> Found:
    """A warning for every case that nearly repeats another one with the same diagnosis (82).

    The first of a cluster lends it its name; exact repeats are left to :func:`exact_duplicates`.
    """
    first = {content: row for row, content in reversed(list(enumerate(case_set.content_hashes)))}
    found: Found = []
    for group in near_duplicate_groups(case_set.cards, sorted(first.values())):
        name = case_set.cards[group[0]].id
        for row in group[1:]:
            problem = warn(
                "W-NEAR-DUPLICATE",
                case_set.place(row),
                f"much the same as {name!r}",
                next_step=f"one cluster of {len(group)}, named after {name!r}",
                catalogue=82,
            )
            found.append(Alike(row, problem, group[0]))
    return sorted(found, key=lambda one: one.row)


def conflicts(case_set: CaseSet, network: Network | None = None) -> Found:
    """Cases with the same findings in the same kind of patient but another diagnosis (83).

    The same kind: equal sex, risk factors, and age band (of the network; else age).  Cases that
    accept each other's condition do not contradict each other.
    """
    groups: dict[object, list[int]] = {}
    for row, card in enumerate(case_set.cards):
        if card.findings:
            groups.setdefault(picture_of(card, network), []).append(row)
    found: Found = []
    for rows in groups.values():
        answers: dict[object, int] = {}  # Each answer once, its first case: many equal cases stay cheap.
        for row in rows:
            card = case_set.cards[row]
            other = next((one for one in answers.values() if contradict(card, case_set.cards[one])), None)
            answers.setdefault((card.expected.condition, card.expected.acceptable), row)
            if other is not None:
                theirs = case_set.cards[other]
                problem = warn(
                    "W-CONFLICT",
                    case_set.place(row),
                    f"the findings of {theirs.id!r}, which expects {theirs.expected.condition!r}",
                    f"one answer to the same findings, and here it is {card.expected.condition!r}",
                    next_step="a clinician decides",
                    catalogue=83,
                )
                found.append(Alike(row, problem, other))
    return sorted(found, key=lambda one: one.row)


def picture_of(card: Card, network: Network | None) -> object:
    """What two cases share that look the same to the model: findings, risk factors, sex, age band."""
    years = card.patient.age_years
    band = years if network is None else network.age_band(years)
    findings = frozenset((name, finding.state) for name, finding in card.findings.items())
    return findings, frozenset(card.risk_factors.items()), card.patient.sex, band, card.unlisted


def check_leakage(train: CaseSet, test: CaseSet) -> list[Problem]:
    """A problem for every test case that is a training case too, by content or by id (84).

    A corpus warns only: equal records of different patients are no leak there, an equal id is.
    """
    contents = dict(zip(train.content_hashes, train.cards, strict=True))
    ids = set(train.index)
    problems = []
    for row, (card, content) in enumerate(zip(test.cards, test.content_hashes, strict=True)):
        twin = contents.get(content)
        if card.id in ids:
            problems.append(_leak(test.place(row), f"the training case {card.id!r}", Severity.REJECT))
        elif twin is not None:
            relaxed = "doctor" not in (card.kind, twin.kind)
            severity = Severity.WARN if relaxed else Severity.REJECT
            problems.append(_leak(test.place(row), f"the content of the training case {twin.id!r}", severity))
    return problems


def leakage_within(case_set: CaseSet) -> Found:
    """As :func:`check_leakage`, for the cards of one set by their ``split``."""
    train = [row for row, card in enumerate(case_set.cards) if card.split == "train"]
    test = [row for row, card in enumerate(case_set.cards) if card.split != "train"]
    if not train or not test:
        return []
    contents = {case_set.content_hashes[row]: row for row in train}
    found: Found = []
    for row in test:
        twin = contents.get(case_set.content_hashes[row])
        if twin is not None:
            relaxed = "doctor" not in (case_set.cards[row].kind, case_set.cards[twin].kind)
            severity = Severity.WARN if relaxed else Severity.REJECT
            text = f"the content of the training case {case_set.cards[twin].id!r}"
            found.append(Alike(row, _leak(case_set.place(row), text, severity), twin))
    return found


def _leak(where: str, found: str, severity: Severity) -> Problem:
    code = "W-LEAKAGE" if severity is Severity.WARN else "E-LEAKAGE"
    return Problem(code, where, found, "no training case among the test cases", severity=severity, catalogue=84)


def contradict(card: Card, other: Card) -> bool:
    """Whether two cards expect different conditions and neither accepts the other's."""
    mine, theirs = card.expected, other.expected
    return (
        mine.condition != theirs.condition
        and mine.condition not in theirs.acceptable
        and theirs.condition not in mine.acceptable
    )


def all_alike(case_set: CaseSet, network: Network | None) -> Found:
    """All of this module's checks of one set, check by check."""
    return [
        *exact_duplicates(case_set),
        *near_duplicate_clusters(case_set),
        *conflicts(case_set, network),
        *leakage_within(case_set),
    ]
