"""One diff for the whole folder: two runs of 72 cases."""

from __future__ import annotations

import pytest

from reports.data import ReportData, report_data
from tests.reports import samples
from validation.comparison import Diff


@pytest.fixture(scope="session")
def diff(tmp_path_factory: pytest.TempPathFactory) -> Diff:
    """Edited, new and removed cases beside 69 comparable ones."""
    cards = samples.CARDS[1:]
    edited = cards[0].model_copy(update={"patient": cards[0].patient.model_copy(update={"age": 99})})
    new = cards[1].model_copy(update={"id": "brand-new", "risk_factors": {}})
    return samples.a_diff(tmp_path_factory.mktemp("runs"), cards=[edited, *cards[1:], new])


@pytest.fixture(scope="session")
def data(diff: Diff) -> ReportData:
    return report_data(diff, verdict=samples.judged(diff))


@pytest.fixture(scope="session")
def plain_diff(tmp_path_factory: pytest.TempPathFactory) -> Diff:
    """The same cases on both sides."""
    return samples.a_diff(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def plain_data(plain_diff: Diff) -> ReportData:
    return report_data(plain_diff, verdict=samples.judged(plain_diff))
