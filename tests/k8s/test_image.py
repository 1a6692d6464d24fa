"""The Dockerfile and the jobs agree: paths, user, and what a pod may not write to."""

from __future__ import annotations

import re
from pathlib import Path

from k8s import names
from k8s.expand import USER

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "k8s" / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / "k8s" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()


def test_the_user_and_the_paths_are_those_that_jobs_name() -> None:
    assert f"USER {USER}:{USER}" in DOCKERFILE
    assert f"--home-dir {names.HOME}" in DOCKERFILE
    assert f"WORKDIR {names.APP}\n" in DOCKERFILE
    assert f"COPY --from=build {names.APP} {names.APP}" in DOCKERFILE


def test_everything_comes_by_the_lock() -> None:
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_nothing_is_compiled_at_a_start() -> None:
    """The root is read-only: byte code that is not there is made again by every process."""
    build = DOCKERFILE[: DOCKERFILE.index("COPY --from=build")]
    rooms = {"model", "cases", "validation", "reports", "k8s"}
    compiled = [set(line.split()) for line in build.splitlines() if "compileall" in line]
    assert any(rooms <= words for words in compiled)
    assert any("/usr/local/lib/python3.11" in words for words in compiled)
    assert "--no-compile" not in build


def test_what_is_copied_is_there_and_is_sent_to_the_builder() -> None:
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*)", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    ]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name.split('/')[0]}" in IGNORED, name
    assert "*" in IGNORED, "nothing else is sent"
