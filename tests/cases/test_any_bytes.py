"""Whatever a file holds, reading it gives cases or an :class:`InputError`: no other exception, ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import Card, parse_cases
from cases.checks import check_cases
from cases.writers import save_cases
from model.errors import InputError

ENDINGS = [".toml", ".json", ".jsonl", ".csv", ".xlsx", ".parquet"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from([*Card.model_fields, "age", "condition", "triage", "must_ask", "state"])


def _read(data: bytes, name: str) -> None:
    try:
        case_set = parse_cases(data, name)
    except InputError:
        return
    check_cases(case_set)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of a good file of each kind."""
    record = {
        "id": "a",
        "author": "JD",
        "complaint": 'it "hurts", really\nbadly',
        "findings": {"x": "present", "y": {"state": "absent", "initial": True}},
        "expected": {"condition": "c", "triage": "urgent", "must_ask": [{"finding": "x", "by": 3}]},
    }
    card = Card.model_validate(record)
    folder = tmp_path_factory.mktemp("files")
    contents = {}
    for ending in ENDINGS:
        path = folder / f"cases{ending}"
        if ending in (".csv", ".xlsx", ".parquet", ".jsonl"):
            save_cases([card, card.model_copy(update={"id": "b"})], path)
            contents[ending] = path.read_bytes()
    contents[".json"] = b"[" + contents[".jsonl"].strip().replace(b"\n", b",") + b"]"
    save_cases([card], folder / "tree")
    contents[".toml"] = next(Path(folder / "tree").iterdir()).read_bytes()
    return contents


@pytest.mark.parametrize("ending", ENDINGS)
@given(data=st.data())
def test_a_damaged_file(ending: str, data: st.DataObject, files: dict[str, bytes]) -> None:
    good = files[ending]
    start = data.draw(st.integers(0, len(good)))
    length = data.draw(st.integers(0, 20))
    damage = data.draw(st.binary(max_size=8) | st.sampled_from([b'"', b"[", b"{", b"\n", b";", b"\\", b"=", b"'''"]))
    _read(good[:start] + damage + good[start + length :], f"cases{ending}")


@pytest.mark.parametrize("ending", ENDINGS)
@given(data=st.binary(max_size=60))
def test_any_bytes(ending: str, data: bytes) -> None:
    _read(data, f"cases{ending}")


@given(changes=st.dictionaries(_FIELDS, _JSON, max_size=4), inner=st.dictionaries(_FIELDS, _JSON, max_size=3))
def test_any_values(changes: dict[str, Any], inner: dict[str, Any]) -> None:
    record = {"id": "a", "author": "JD", "expected": {"condition": "c", **inner}, "patient": inner, **changes}
    _read(json.dumps(record).encode(), "cases.json")
    _read(json.dumps({**record, "findings": {"x": inner}}).encode(), "cases.json")
