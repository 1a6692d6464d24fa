"""Style, types, the direction of imports and the repository's own promises, as CI sees them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "."], id="ruff"),
        pytest.param(["ruff", "format", "--check", "."], id="format"),
        pytest.param(["lint-imports", "--no-cache"], id="import-linter"),
        pytest.param(["mypy"], id="mypy", marks=pytest.mark.slow),
    ],
)
def test_passes(command: list[str]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rooms_are_this_projects() -> None:
    import cases
    import model
    import validation

    for room in (cases, model, validation):
        assert Path(room.__file__ or "").parent.parent == ROOT


def test_locks_name_versions_and_hashes_but_no_addresses() -> None:
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    assert {lock.stem for lock in locks} == {"base", "bench", "check", "cluster", "image", "test", "web"}
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text, lock
        assert "index-url" not in text, lock
        pinned = re.findall(r"^[a-z0-9][\w.\-]*==\S+", text, re.MULTILINE)
        assert len(pinned) > 15, lock
        assert text.count("--hash=sha256:") >= len(pinned), lock


def test_the_base_lock_has_no_ray_no_torch_no_peers() -> None:
    names = set(re.findall(r"^([a-z0-9][\w.\-]*)==", (ROOT / "requirements/base.lock").read_text(), re.MULTILINE))
    assert not names & {"ray", "torch", "pgmpy", "pyagrum", "scipy", "kubernetes", "fastapi"}


def test_importing_the_front_door_loads_no_room() -> None:
    code = (
        "import sys, validation.__main__; "
        "print(sorted({'pandas', 'pyarrow', 'pgmpy', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ci_runs_the_readmes_test_command() -> None:
    assert "make test" in (ROOT / "README.md").read_text()
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("exec make test")
