"""Random cards for property tests: any text that a card can hold, every field in use."""

from __future__ import annotations

from hypothesis import strategies as st

from cases import Card, CardFinding, Expected, MustAsk, Opinion, Patient
from cases.card import TRIAGE_LEVELS, UNITS_IN_A_YEAR

# No card holds NUL (catalogue 52), and half a surrogate pair is no text (66).
_CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
FREE_TEXT = st.text(_CHARACTERS, max_size=20)
_AWKWARD = st.sampled_from(
    ["=1+1", "a;b", "x\\", "-y", "'quoted'", "a=b", "fever by 3", "by end", "None", "007", "a,b", "发烧"]
)
NAME = (
    st.one_of(_AWKWARD, st.text(_CHARACTERS, min_size=1, max_size=8))
    .map(lambda text: f"{text}".strip() or "x")
    .filter(lambda text: text == Opinion(doctor=text, condition="x").doctor)
)
NAMES = st.lists(NAME, max_size=3, unique=True).map(tuple)
_TRIAGE = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
    lambda pair: (TRIAGE_LEVELS[min(pair)], TRIAGE_LEVELS[max(pair)])
)
_AGE = st.floats(0, 130, allow_nan=False)


@st.composite
def _patients(draw: st.DrawFn) -> Patient:
    unit = draw(st.sampled_from(sorted(UNITS_IN_A_YEAR)))
    age = draw(st.none() | st.integers(0, 100).map(float) | _AGE)
    return Patient(
        age=age,
        age_unit=unit,
        sex=draw(st.sampled_from([None, "female", "male"])),
        pregnant=draw(st.none() | st.booleans()),
    )


_FINDINGS = st.dictionaries(
    NAME,
    st.builds(
        CardFinding,
        state=st.sampled_from(["present", "absent", "unsure"]) | NAME,
        initial=st.booleans(),
        pertinent=st.booleans(),
    ),
    max_size=5,
)
_EXPECTED = st.builds(
    Expected,
    condition=NAME,
    acceptable=NAMES,
    must_not_miss=NAMES,
    impossible=NAMES,
    triage=st.none() | _TRIAGE,
    must_ask=st.lists(st.builds(MustAsk, finding=NAME, by=st.none() | st.integers(1, 99)), max_size=3).map(tuple),
    differential=st.lists(st.tuples(NAME, st.floats(0, 1)), max_size=3).map(tuple),
)
_OPINIONS = st.lists(
    st.builds(
        Opinion,
        doctor=NAME,
        condition=NAME,
        triage=st.none() | st.sampled_from(TRIAGE_LEVELS),
        differential=NAMES,
        comment=FREE_TEXT,
    ),
    max_size=2,
).map(tuple)

CARDS = st.builds(
    Card,
    id=NAME,
    version=st.integers(1, 10**6),
    author=NAME,
    reviewer=st.none() | NAME,
    review_state=st.sampled_from(["draft", "in_review", "accepted", "rejected"]),
    source=FREE_TEXT,
    licence=FREE_TEXT,
    split=st.sampled_from(["reference", "holdout", "train", "test"]),
    kind=st.sampled_from(["doctor", "simulated", "corpus"]),
    specialty=FREE_TEXT,
    family=FREE_TEXT,
    unlisted=st.sampled_from(["unknown", "absent", "not_mentioned"]),
    patient=_patients(),
    complaint=FREE_TEXT,
    findings=_FINDINGS,
    risk_factors=st.dictionaries(NAME, st.sampled_from(["present", "absent", "unsure"]), max_size=3),
    expected=_EXPECTED,
    opinions=_OPINIONS,
    overrides=st.dictionaries(NAME, NAME, max_size=2),
    notes=FREE_TEXT,
)
CARD_SETS = st.lists(CARDS, min_size=1, max_size=4, unique_by=lambda card: card.id)
