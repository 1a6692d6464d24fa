"""What a preview costs, counted: the served model is compiled once, and asked a few times for each question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI

from cases.readers import load_cases
from model.inference.noisy_or import NoisyOrEngine
from reports.web.preview import preview

MOST_RUNS_A_QUESTION = 3
"""The answer, the candidates' alternatives, and the policy's look at what else it could be."""
MOST_RUNS_BESIDE = 8
"""To begin, with everything known, and what each answer spoke for."""


@pytest.fixture
def counted(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Counter[str]]:
    """The checker of a running application, and what is counted from now on."""
    counts: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., Any]:
        real = getattr(NoisyOrEngine, name)

        def count(self: Any, *arguments: Any) -> Any:
            counts[name] += 1
            return real(self, *arguments)

        return count

    for name in ("__init__", "run"):
        monkeypatch.setattr(NoisyOrEngine, name, counting(name))
    return app.state.services.checker, counts


def test_the_model_is_compiled_once_for_all_previews(counted: tuple[Any, Counter[str]]) -> None:
    checker, counts = counted
    for card in load_cases("cases/corpora/starter").cards[:5]:
        preview(checker, card)
    assert counts["__init__"] == 0
    assert counts["run"] > 0


def test_the_work_of_a_preview_grows_with_its_questions_alone(counted: tuple[Any, Counter[str]]) -> None:
    checker, counts = counted
    for card in load_cases("cases/corpora/starter").cards[::7]:
        before = counts["run"]
        n_questions = preview(checker, card).interview.n_questions
        assert counts["run"] - before <= MOST_RUNS_A_QUESTION * n_questions + MOST_RUNS_BESIDE, card.id
