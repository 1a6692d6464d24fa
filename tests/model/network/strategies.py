"""Random networks for hypothesis: clinical ones of both structures, and tables of any shape."""

from __future__ import annotations

import math
import unicodedata

import numpy as np
from hypothesis import strategies as st

from model.network import (
    BINARY,
    NOISY_OR,
    ONE_CONDITION,
    ClinicalNetwork,
    Condition,
    Finding,
    Limits,
    Link,
    RiskFactor,
    Role,
    TabularNetwork,
    Triage,
    Variable,
)

WORDS = ("fever", "rlq_pain", "Husten", "发烧", "douleur à l'œil", 'say "ah"', "a.b", "x y", "3rd_day", "É")
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Co", "Cn")), max_size=20).map(
    lambda text: unicodedata.normalize("NFC", text)
)
PROBABILITIES = st.floats(0.0, 1.0, allow_subnormal=False)
OPEN_PROBABILITIES = st.floats(0.001, 0.95)


def distributions(n: int) -> st.SearchStrategy[tuple[float, ...]]:
    """n probabilities above 0 that sum to 1 but for rounding."""

    def normalise(weights: list[float]) -> tuple[float, ...]:
        total = math.fsum(weights)
        return tuple(weight / total for weight in weights)

    return st.lists(st.floats(0.05, 1.0), min_size=n, max_size=n).map(normalise)


def binary(p: float) -> tuple[float, float]:
    return (1.0 - p, p)


@st.composite
def clinical_networks(
    draw: st.DrawFn, structure: str | None = None, most: int = 4, plain: bool = False
) -> ClinicalNetwork:
    """A valid network of up to ``most`` conditions and findings; ``plain``: short ASCII texts only."""
    structure = structure or draw(st.sampled_from([NOISY_OR, ONE_CONDITION]))
    texts = st.sampled_from(["", "a text"]) if plain else TEXTS
    words = st.sampled_from(WORDS[:3] if plain else WORDS)
    codes = st.dictionaries(st.sampled_from(["icd10", "snomed_ct"]), st.just("A00"), max_size=2)
    bounds = sorted(draw(st.sets(st.integers(1, 99), max_size=2)))
    bands = tuple((float(low), float(high)) for low, high in zip([0, *bounds], [*bounds, 150], strict=True))
    ids = draw(st.lists(words, unique=True, min_size=1, max_size=most))
    finding_ids = draw(st.lists(words, unique=True, min_size=1, max_size=most))
    risk_ids = draw(st.lists(words, unique=True, max_size=2))
    grids = st.tuples(*[st.tuples(*[OPEN_PROBABILITIES] * len(bands))] * 2)
    findings = []
    for identifier in sorted(finding_ids):
        states = BINARY
        if structure == ONE_CONDITION and draw(st.booleans()):
            states = (*BINARY, "unsure")
        leak = binary(draw(OPEN_PROBABILITIES)) if states == BINARY else draw(distributions(3))
        low, high = draw(st.sampled_from([(None, None), (12.0, 55.5), (None, 5.0), (18.0, None)]))
        findings.append(
            Finding(
                identifier,
                f"finding {identifier}",
                "Is it so?",
                draw(st.sampled_from(["symptom", "sign", "history"])),
                states,
                leak,
                draw(st.lists(texts.map(lambda text: f"s {text}"), max_size=2, unique=True).map(tuple)),
                draw(codes),
                draw(st.booleans()),
                Limits(draw(st.sampled_from([None, "female", "male"])), low, high),
            )
        )
    states_of = {finding.id: finding.states for finding in findings}
    conditions = []
    for identifier in sorted(ids):
        linked = draw(st.lists(st.sampled_from(finding_ids), unique=True, min_size=1))
        links = {
            key: Link(binary(draw(PROBABILITIES)) if states_of[key] == BINARY else draw(distributions(3)), draw(texts))
            for key in sorted(linked)
        }
        ratios = {key: draw(st.floats(0.1, 20.0)) for key in sorted(risk_ids) if draw(st.booleans())}
        conditions.append(
            Condition(
                identifier,
                f"condition {identifier}",
                draw(st.sampled_from(list(Triage))),
                draw(st.booleans()),
                draw(texts),
                draw(texts),
                (),
                draw(codes),
                draw(grids),
                ratios,
                links,
            )
        )
    risks = tuple(
        RiskFactor(identifier, f"risk {identifier}", draw(texts), prevalence=draw(grids))
        for identifier in sorted(risk_ids)
    )
    shares = draw(distributions(2 * len(bands)))
    return ClinicalNetwork(
        draw(words),
        tuple(conditions),
        tuple(findings),
        risks,
        draw(texts),
        draw(texts),
        draw(texts),
        structure=structure,
        age_bands=bands,
        population=(shares[: len(bands)], shares[len(bands) :]),
        temperature=draw(st.sampled_from([1.0, 1.7])) if structure == ONE_CONDITION else 1.0,
    )


@st.composite
def tabular_networks(draw: st.DrawFn, words: bool = True) -> TabularNetwork:
    """A valid network of 2 to 6 variables in canonical order; ``words``: names that BIF can spell."""
    names = [f"v{index}" if words else f"v {index} <é&>" for index in range(draw(st.integers(2, 6)))]
    variables: list[Variable] = []
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    for position, name in enumerate(names):
        parents = draw(st.lists(st.sampled_from(names[:position]), unique=True, max_size=3)) if position else []
        parents = sorted(parents)
        states = tuple(f"s{index}" if words else f"s {index} é" for index in range(draw(st.integers(2, 4))))
        shape = [len(next(v.states for v in variables if v.name == parent)) for parent in parents]
        table = np.moveaxis(rng.dirichlet(np.ones(len(states)), size=tuple(shape)), -1, 0)
        variables.append(Variable(name, states, tuple(parents), np.ascontiguousarray(table)))
    roles = [Role(names[0], state) for state in variables[0].states]
    return TabularNetwork(
        name="random",
        conditions=tuple(Condition(f"{names[0]}={role.state}", f"c {role.state}", Triage.URGENT) for role in roles),
        findings=tuple(
            Finding(v.name, f"f {v.name}", "?", states=v.states, leak=(), present=v.states[-1]) for v in variables[1:]
        ),
        risk_factors=(),
        variables=tuple(variables),
        condition_roles=tuple(roles),
        finding_variables=tuple(names[1:]),
    )
