"""A machine without a browser or a database server: developers are told, CI fails."""

from __future__ import annotations

import pytest

from tests.lacking import lacks


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("true", pytest.fail.Exception), ("1", pytest.fail.Exception),
        ("", pytest.skip.Exception), ("false", pytest.skip.Exception), ("0", pytest.skip.Exception),
    ],
)  # fmt: skip
def test_what_lacks_is_said_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, said: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", said)
    with pytest.raises(outcome, match="no browser"):
        lacks("no browser here")
