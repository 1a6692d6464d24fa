"""The symptom checker over HTTP: the same interview as the replay holds, without anything kept on the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cases.card import Card
from cases.readers import load_cases
from model.network.vocabulary import SEXES
from reports.web import Settings, create_app
from reports.web.interviews import Interviews, Person
from validation.replay import replay

from .conftest import CI_TOKEN, Browser

OPENING = {"age_years": 23, "sex": "female", "findings": {"abdominal_pain": "present"}}


def play(http: TestClient, card: Card, app: FastAPI) -> tuple[list[str], dict[str, Any]]:
    """Interview the patient of a card as a remote replayer would; the questions, and the last turn."""
    checker = app.state.services.checker
    network = checker.network
    people = replay(checker.interview, [card]).people
    known = people.evidence
    risks = {
        factor.id: factor.states[state]
        for factor, state in zip(network.risk_factors, known.risk_factors[0].tolist(), strict=True)
        if state >= 0
    }
    initial = {
        finding.id: finding.states[state]
        for finding, state in zip(network.findings, known.findings[0].tolist(), strict=True)
        if state >= 0
    }
    body = {
        "age_years": card.patient.age_years,
        "sex": None if known.sex[0] < 0 else SEXES[known.sex[0]],
        "risk_factors": risks,
        "findings": initial,
        "seed": int(people.case_seeds[0]) % 2**63,
    }
    headers = {"Authorization": f"Bearer {CI_TOKEN}"}
    answer = http.post("/api/v1/interview", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    turn = answer.json()
    asked = []
    while turn["question"] is not None:
        name = turn["question"]["finding"]
        asked.append(name)
        finding = network.findings[network.finding_index[name]]
        code = int(people.answers[0, network.finding_index[name]])
        said = None if code < 0 else finding.states[code]
        answer = http.post(
            "/api/v1/interview/answer", json={"state": turn["state"], "finding": name, "answer": said}, headers=headers
        )
        turn = answer.json()
    return asked, turn


def test_what_is_served_is_what_is_replayed(app: FastAPI) -> None:
    http = TestClient(app)
    interview = app.state.services.checker.interview
    names = [finding.id for finding in interview.engine.network.findings]
    for card in load_cases(Path("cases/corpora/starter")).cards[::17]:
        asked, turn = play(http, card, app)
        played = replay(interview, [card])
        assert asked == [names[index] for index in played.questions.finding.tolist()]
        assert turn["n_asked"] == len(asked)
        served = {place["condition"]: place["p"] for place in turn["differential"]}
        conditions = [condition.id for condition in interview.engine.network.conditions]
        expected = dict(zip(conditions, played.final[0].tolist(), strict=True))
        assert served == {name: pytest.approx(expected[name], abs=1e-12) for name in served}
        leading = conditions[int(interview.order(played.final)[0].argmax())]
        assert turn["differential"][0]["condition"] == leading
        levels = ("self_care", "routine", "urgent", "emergency")
        assert turn["advice"] == levels[int(played.advice[0])]


def test_any_process_goes_on_with_it(settings: Settings, browser: Callable[..., Browser]) -> None:
    turn = browser("Dr A").post("/interview", OPENING).json()
    with TestClient(create_app(settings)) as other:
        body = {"state": turn["state"], "finding": turn["question"]["finding"], "answer": "absent"}
        answer = other.post("/api/v1/interview/answer", json=body, headers={"Authorization": f"Bearer {CI_TOKEN}"})
        assert answer.json()["n_asked"] == 1


def test_answering_twice_gives_the_same(browser: Callable[..., Browser]) -> None:
    doctor = browser("Dr A")
    turn = doctor.post("/interview", OPENING).json()
    body = {"state": turn["state"], "finding": turn["question"]["finding"], "answer": None}
    first, second = (doctor.post("/interview/answer", body).json() for _ in range(2))
    assert {**first, "state": ""} == {**second, "state": ""}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "forged"}, "E-INTERVIEW"),
        ({"state": ""}, "E-INTERVIEW"),
        ({"finding": "nausea_of_another_kind"}, "E-QUESTION"),
        ({"finding": "fever"}, "E-QUESTION"),
        ({"answer": "perhaps"}, "E-FINDING-STATE"),
    ],
)
def test_answers_that_are_refused(browser: Callable[..., Browser], change: dict[str, str], code: str) -> None:
    doctor = browser("Dr A")
    turn = doctor.post("/interview", OPENING).json()
    assert turn["question"]["finding"] != "fever"
    body = {"state": turn["state"], "finding": turn["question"]["finding"], "answer": "absent", **change}
    refused = doctor.post("/interview/answer", body)
    assert refused.status_code == 422
    assert refused.json()["code"] == code


def test_everything_that_is_wrong_is_named_at_once(browser: Callable[..., Browser]) -> None:
    body = {"findings": {"fevr": "present", "nausea": "perhaps"}, "risk_factors": {"smokin": "present"}}
    refused = browser("Dr A").post("/interview", body)
    assert refused.status_code == 422
    assert len(refused.json()["problems"]) == 3
    assert "fever" in refused.json()["problems"][0]["suggestions"]


def test_a_state_of_another_model_or_too_old(
    app: FastAPI, settings: Settings, monkeypatch: pytest.MonkeyPatch, browser: Callable[..., Browser]
) -> None:
    services = app.state.services
    foreign = Interviews(services.checker, replace(settings, secret="o" * 40)).open(Person())
    of_another = Interviews(services.checker, settings)
    of_another._model = ["another", "model"]
    for state in (foreign.state, of_another.open(Person()).state):
        refused = browser("Dr A").post("/interview/answer", {"state": state, "finding": "fever", "answer": None})
        assert refused.json()["code"] == "E-INTERVIEW"

    import time as clock

    doctor = browser("Dr A")
    turn = doctor.post("/interview", OPENING).json()
    later = clock.time() + 5 * 3600
    monkeypatch.setattr(clock, "time", lambda: later)
    body = {"state": turn["state"], "finding": turn["question"]["finding"], "answer": None}
    assert doctor.post("/interview/answer", body).json()["problems"][0]["found"] == "one that ended"
