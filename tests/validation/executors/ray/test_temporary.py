"""The temporary directory of a Ray of our own: nobody else's is touched, nor that of a driver that lives."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from validation.executors.ray import temporary
from validation.executors.ray.temporary import PREFIX, short_directory


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, for this test."""
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(temporary, "LONGEST_TEMPORARY", len(str(tmp_path)))
    return tmp_path


def left_by(place: Path, name: str) -> Path:
    """A directory with something in it."""
    (place / name / "session_latest").mkdir(parents=True)
    return place / name


def test_what_a_dead_driver_left_is_swept_away_and_nothing_else(place: Path) -> None:
    dead = left_by(place, f"{PREFIX}abcdefgh")
    others = [
        left_by(place, name) for name in ("clinval-abcdefgh", f"{PREFIX}mine", f"{PREFIX}abcdefgh.old", "cv", PREFIX)
    ]
    link = place / f"{PREFIX}linkedto"
    link.symlink_to(others[0])
    with short_directory() as made:
        assert made.parent == place
        assert not dead.exists()
        assert all((other / "session_latest").is_dir() for other in others)
        assert link.is_symlink()
    assert not made.exists()


def test_that_of_a_driver_that_lives_is_not_swept(place: Path) -> None:
    with short_directory() as first:
        (first / "kept").touch()
        with short_directory() as second:
            assert (first / "kept").exists()
            assert second != first
        assert (first / "kept").exists()
    assert list(place.iterdir()) == []


def test_it_has_its_name_only_while_it_is_held(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else another driver that begins in the same moment would take it for a dead one's."""
    make, made = tempfile.mkdtemp, []

    def made_while_another_sweeps(**given: str) -> str:
        made.append(make(**given))
        temporary._sweep(place)
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", made_while_another_sweeps)
    with short_directory() as directory:
        assert directory.is_dir()
        assert directory.name == Path(made[0]).name[1:]


def test_what_belongs_to_another_user_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = left_by(place, f"{PREFIX}abcdefgh")
    monkeypatch.setattr(os, "geteuid", lambda: theirs.stat().st_uid + 1)
    temporary._sweep(place)
    assert theirs.is_dir()
