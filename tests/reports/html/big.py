"""A report of any size whose cases all differ, as if every one of them had changed."""

from __future__ import annotations

import random
from dataclasses import replace

from reports.data import ReportData
from reports.data.case_shapes import Case, Interview, Leading, Question
from reports.data.figure_shapes import ConditionFigure

STEMS, ENDINGS = "pain cough swell rash dizz chest throat knee", "ing y less ful ward er"
WORDS = [stem + ending for stem in STEMS.split() for ending in ENDINGS.split()]


def big(data: ReportData, n_cases: int, n_conditions: int, n_findings: int = 1000, n_questions: int = 20) -> ReportData:
    """``n_cases`` changed cases with two different interviews each."""
    chance = random.Random(7)
    conditions = [f"condition_{place}_{chance.choice(WORDS)}_{chance.choice(WORDS)}" for place in range(n_conditions)]
    findings = [f"finding_{place}_{chance.choice(WORDS)}_{chance.choice(WORDS)}" for place in range(n_findings)]
    make = _Maker(chance, conditions, findings, n_questions)
    names = replace(
        data.names,
        conditions={name: name.replace("_", " ") for name in conditions},
        findings={name: name.replace("_", " ") for name in findings},
        questions={name: f"Do you have {name.replace('_', ' ')}?" for name in findings},
        specialties=dict.fromkeys(conditions, "surgery"),
    )
    return replace(
        data,
        names=names,
        cases=tuple(make.case(data.cases[place % len(data.cases)], place) for place in range(n_cases)),
        other_cases=(),
        conditions=tuple(make.condition(data.conditions[0], name) for name in conditions),
        n_comparable=n_cases,
    )


class _Maker:
    def __init__(self, chance: random.Random, conditions: list[str], findings: list[str], n_questions: int) -> None:
        self.chance, self.conditions, self.findings, self.n_questions = chance, conditions, findings, n_questions

    def condition(self, figure: ConditionFigure, name: str) -> ConditionFigure:
        return replace(figure, condition=name, n=16, right=self.chance.randint(0, 16), broken=self.chance.randint(0, 3))

    def case(self, case: Case, place: int) -> Case:
        expected = self.chance.choice(self.conditions)
        card = replace(
            case.vignette,
            complaint=" ".join(self.chance.choices(WORDS, k=25)),
            expected=expected,
            acceptable=(),
            must_not_miss=(expected,),
            impossible=(),
            findings=tuple(replace(case.vignette.findings[0], id=name) for name in self._findings(18)),
            must_ask=(),
            content_hash=f"{self.chance.getrandbits(256):064x}",
        )
        return replace(
            case,
            id=f"case-{place}-{self.chance.choice(WORDS)}",
            expected=expected,
            words=" ".join(self.chance.choices(WORDS, k=30)),
            vignette=card,
            base=self.interview(case.candidate),
            candidate=self.interview(case.candidate),
            parting=None,
        )

    def interview(self, interview: Interview) -> Interview:
        questions = tuple(self.question(name) for name in self._findings(self.n_questions))
        return replace(
            interview,
            p_expected=self.chance.random(),
            differential=self.leading(5),
            initial_leading=self.leading(3),
            full_leading=self.leading(5),
            transcript=questions,
            n_questions=len(questions),
            rank_after=tuple(self.chance.randint(0, 9) for _ in range(len(questions) + 1)),
            p_expected_after=tuple(self.chance.random() for _ in range(len(questions) + 1)),
        )

    def question(self, finding: str) -> Question:
        return Question(
            finding=finding,
            answer=self.chance.choice(("present", "absent", None)),
            gain=self.chance.random(),
            p_present=self.chance.random(),
            red_flag=self.chance.random() < 0.2,
            exact=True,
            leading=self.leading(3),
        )

    def leading(self, n: int) -> tuple[Leading, ...]:
        return tuple(Leading(name, self.chance.random()) for name in self.chance.sample(self.conditions, n))

    def _findings(self, n: int) -> list[str]:
        return self.chance.sample(self.findings, n)
