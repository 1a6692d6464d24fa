"""The workflows and the action: what they may do; their scripts, run beside a ``gh`` that only writes down."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.validation.origins.conftest import MODEL
from tests.validation.shell import environment

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
ACTION = GITHUB / "actions" / "clinval-check"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SHA = "0123456789abcdef0123456789abcdef01234567"
TRUSTED = {
    "actions/cache", "actions/checkout", "actions/download-artifact", "actions/setup-python", "actions/upload-artifact",
}  # fmt: skip


def load(path: Path) -> dict[str, Any]:
    """YAML 1.1 takes the key ``on`` for a truth value."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in document.items()}


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step of every workflow, and of the action."""
    for path in WORKFLOWS:
        for job in load(path)["jobs"].values():
            yield from ((path.name, step) for step in job["steps"])
    yield from (("action.yml", step) for step in load(ACTION / "action.yml")["runs"]["steps"])


def test_every_action_is_githubs_own_and_pinned_to_a_commit() -> None:
    used = [step["uses"] for _where, step in steps() if "uses" in step]
    assert len(used) >= 6
    for name in used:
        action, _, commit = name.partition("@")
        assert name == "./.github/actions/clinval-check" or (action in TRUSTED and re.fullmatch("[0-9a-f]{40}", commit))
    for path in WORKFLOWS:
        for line in path.read_text().splitlines():
            assert "@" not in line or "uses:" not in line or re.search(r"# v\d+\.\d+\.\d+$", line), line


def test_no_script_has_an_expression_in_it() -> None:
    scripts = [(where, step["run"]) for where, step in steps() if "run" in step]
    assert len(scripts) == 4
    assert [script for script in scripts if "${{" in script[1]] == []


def test_the_action_declares_what_it_uses_and_hands_on() -> None:
    action = load(ACTION / "action.yml")
    assert action["runs"]["using"] == "composite"
    text = (ACTION / "action.yml").read_text()
    assert set(re.findall(r"\binputs\.(\w+)", text)) == set(action["inputs"])
    assert {"base", "model", "cases", "rules", "executor", "address"} <= set(action["inputs"])
    assert {"verdict", "report"} <= set(action["outputs"])
    written = set(re.findall(r'echo "(\w+)=', (ACTION / "check.sh").read_text()))
    assert {re.sub(r".*outputs\.(\w+) .*", r"\1", out["value"]) for out in action["outputs"].values()} == written
    given = {name for step in action["runs"]["steps"] for name in step.get("env", {})}
    assert set(re.findall(r"CLINVAL_\w+", (ACTION / "check.sh").read_text())) == {n for n in given if "CLINVAL" in n}
    assert all(step["shell"] == "bash" for step in action["runs"]["steps"])


def test_catalogue_109_what_runs_a_forks_code_may_write_nothing() -> None:
    check = load(GITHUB / "workflows" / "check.yml")
    assert set(check["on"]) == {"pull_request", "push"}  # never pull_request_target
    assert check["permissions"] == {"contents": "read"}
    assert "permissions" not in check["jobs"]["check"]
    text = (GITHUB / "workflows" / "check.yml").read_text()
    assert "secrets" not in re.sub(r"#.*", "", text)
    checkout = next(
        s for _, s in steps() if s.get("uses", "").startswith("actions/checkout") and "fetch-depth" in s["with"]
    )
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert check["concurrency"]["cancel-in-progress"] is True


def test_catalogue_109_what_may_write_runs_nothing_of_the_pull_request() -> None:
    comment = load(GITHUB / "workflows" / "comment.yml")
    assert comment["on"] == {
        "workflow_run": {"workflows": [load(GITHUB / "workflows/check.yml")["name"]], "types": ["completed"]}
    }
    assert comment["permissions"] == {}
    (job,) = comment["jobs"].values()
    assert set(job["permissions"]) == {"actions", "contents", "pull-requests", "statuses"}
    assert job["permissions"]["contents"] == "read"
    checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")]
    assert [step["with"]["ref"] for step in checkouts] == ["${{ github.event.repository.default_branch }}"]
    assert not any("setup-python" in step.get("uses", "") for step in job["steps"])
    for script in ("comment.sh", "status.sh"):
        assert not re.search(r"\b(eval|source|python3?|make|clinval|node|npm)\b", without_words(ACTION / script)), (
            script
        )


def without_words(script: Path) -> str:
    """A script without its comments and quoted words."""
    return re.sub(r'"[^"]*"|\'[^\']*\'|#.*', "", script.read_text())


def test_the_paths_that_matter_start_the_check() -> None:
    paths = set(load(GITHUB / "workflows" / "check.yml")["on"]["pull_request"]["paths"])
    rooms = {"model", "cases", "validation", "reports", "k8s"}
    assert {f"{room}/**" for room in rooms} | {"gate.toml"} <= paths
    assert all((ROOT / path.removesuffix("/**")).exists() for path in paths)


@pytest.mark.parametrize("script", sorted(ACTION.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_strict_and_can_be_run(script: Path) -> None:
    assert "set -euo pipefail" in script.read_text()
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_set_up_makes_targets_that_the_makefile_has() -> None:
    (line,) = [line for line in (ACTION / "setup.sh").read_text().splitlines() if line.startswith("make ")]
    targets = [word for word in line.split() if word.startswith(".venv/")]
    makefile = (ROOT / "Makefile").read_text()
    assert targets
    for target in targets:
        assert re.search(rf"^{re.escape(target.replace('.venv', '$(VENV)'))}:", makefile, re.MULTILINE), target


# The scripts, for real.


def run_check(place: Path, **variables: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
    """The action's own step in ``place``: how it ended, its outputs, its summary."""
    wrapper = place.parent / "clinval"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m validation "$@"\n')
    wrapper.chmod(0o755)
    output, summary = place.parent / "output", place.parent / "summary"
    output.write_text("")
    summary.write_text("")
    (step,) = [step for _, step in steps() if step.get("id") == "check" and "run" in step]
    (inputs,) = [load(ACTION / "action.yml")["inputs"]]
    given = {f"CLINVAL_{name.upper()}": str(entry["default"]) for name, entry in inputs.items() if name != "python"}
    github = {"GITHUB_ACTION_PATH": str(ACTION), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=place, env=environment(**github, **{**given, "CLINVAL_BASE": "main", "CLINVAL": str(wrapper), **variables}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    return done, outputs, summary.read_text()


def test_the_actions_step_passes_what_passes(checked_repository: Path) -> None:
    done, outputs, summary = run_check(checked_repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs["verdict"] == "pass"
    assert outputs["line"].endswith("GATE PASSED")
    assert (checked_repository / outputs["report"] / "report.html").exists()
    assert summary.startswith("<!-- clinval synthetic -->")


def test_the_actions_step_fails_what_fails(checked_repository: Path) -> None:
    condition = MODEL / "conditions" / "c03.toml"
    lines = condition.read_text().splitlines()
    condition.write_text(
        "\n".join(f"{line.split(' = ')[0]} = 0.001" if re.match(r"f\d", line) else line for line in lines)
    )
    done, outputs, summary = run_check(checked_repository)
    assert done.returncode == 1
    assert outputs["verdict"] == "fail"
    assert "GATE FAILED" in outputs["line"]
    assert "GATE FAILED" in summary


@pytest.mark.parametrize(
    ("variables", "code", "verdict"),
    [
        ({"CLINVAL_BUDGET": "0s"}, 4, "incomplete"),
        ({"CLINVAL_BASE": "nowhere"}, 2, "error"),
        ({"CLINVAL_BASE": "$(touch owned)"}, 2, "error"),
        ({"CLINVAL_MODEL": "x; touch owned", "CLINVAL_CASES": "`touch owned`"}, 2, "error"),
        ({"CLINVAL_EXECUTOR": "moon"}, 2, "error"),
    ],
)
def test_inputs_are_never_run(checked_repository: Path, variables: dict[str, str], code: int, verdict: str) -> None:
    done, outputs, _summary = run_check(checked_repository, **variables)
    assert (done.returncode, outputs["verdict"]) == (code, verdict), done.stderr
    assert not (checked_repository / "owned").exists()


FAKE_GH = '''#!{python}
"""Writes down every call; answers as GitHub would have, from answers.json, through jq's few words that are used."""
import json, os, re, sys
from pathlib import Path
place = Path(__file__).parent
arguments = sys.argv[1:]
sent = {{}}
for flag, value in zip(arguments, arguments[1:]):
    if flag in ("-F", "-f"):
        name, _, text = value.partition("=")
        sent[name] = Path(text[1:]).read_text() if flag == "-F" and text.startswith("@") else text
method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
path = next(a for a in arguments if a.startswith("repos/"))
with (place / "calls.jsonl").open("a") as file:
    file.write(json.dumps({{"method": method, "path": path, "sent": sent}}) + "\\n")
if method == "GET":
    for entry in json.loads((place / "answers.json").read_text())[path.split("/")[-1]]:
        if "head" in entry and entry["head"]["sha"] == os.environ["HEAD_SHA"]:
            print(entry["number"])
        elif "user" in entry and entry["user"]["login"] == "github-actions[bot]":
            if entry["body"].startswith(os.environ["MARKER"]):
                print(entry["id"])
'''


@pytest.fixture
def gh(tmp_path: Path) -> Path:
    """A directory with a ``gh`` that writes down what it is asked for."""
    place = tmp_path / "bin"
    place.mkdir()
    (place / "gh").write_text(FAKE_GH.format(python=sys.executable))
    (place / "gh").chmod(0o755)
    answers = {
        "pulls": [{"number": 6, "head": {"sha": "f" * 40}}, {"number": 7, "head": {"sha": SHA}}],
        "comments": [
            {"id": 1, "user": {"login": "mallory"}, "body": "<!-- clinval starter -->\nnot ours"},
            {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "quotes <!-- clinval starter -->"},
            {"id": 3, "user": {"login": "github-actions[bot]"}, "body": "<!-- clinval starter -->\nan earlier one"},
        ],
    }
    (place / "answers.json").write_text(json.dumps(answers))
    return place


def run_script(gh: Path, script: str, *arguments: Path, **variables: str) -> tuple[int, list[dict[str, Any]]]:
    known = {
        "GITHUB_REPOSITORY": "team/clinval", "HEAD_SHA": SHA, "HEAD_OWNER": "fork", "HEAD_BRANCH": "a b;$(touch owned)",
        "RUN_URL": "https://github.com/team/clinval/actions/runs/1", "PATH": f"{gh}:{os.environ['PATH']}",
    }  # fmt: skip
    done = subprocess.run(
        [ACTION / script, *arguments],
        cwd=gh,
        env=environment(**(known | variables)),
        capture_output=True,
        text=True,
        check=False,
    )
    calls = gh / "calls.jsonl"
    assert not (gh / "owned").exists()
    return done.returncode, [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []


def comments(place: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (place / "reports" / name).mkdir(parents=True)
        (place / "reports" / name / "comment.md").write_text(text)
    return place / "reports"


def written(calls: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(call["method"], call["path"]) for call in calls if call["method"] != "GET"]


def test_the_comment_takes_the_place_of_the_earlier_one_and_others_stay(gh: Path, tmp_path: Path) -> None:
    reports = comments(
        tmp_path, a="<!-- clinval starter -->\nGATE FAILED, says @everyone\n", b="<!-- clinval primary_care -->\nfine\n"
    )
    code, calls = run_script(gh, "comment.sh", reports)
    assert code == 0
    assert written(calls) == [
        ("PATCH", "repos/team/clinval/issues/comments/3"),
        ("POST", "repos/team/clinval/issues/7/comments"),
    ]
    body = calls[2]["sent"]["body"]
    assert body.startswith("<!-- clinval starter -->\nGATE FAILED")
    assert "@everyone" not in body
    assert "@\u200beveryone" in body
    assert SHA[:10] in body
    assert calls[0]["sent"] == {"state": "open", "head": "fork:a b;$(touch owned)"}


@pytest.mark.parametrize(
    "text",
    [
        "no marker at all",
        "<!-- clinval --> and more\nx",
        "<!-- clinval $(touch owned) -->\nx",
        "",
        "<!-- clinval starter -->\n" + "x" * 300_000,
    ],
    ids=["no marker", "another line", "a command", "empty", "too long"],
)
def test_what_is_no_comment_of_the_check_is_not_posted(gh: Path, tmp_path: Path, text: str) -> None:
    code, calls = run_script(gh, "comment.sh", comments(tmp_path, a=text))
    assert code == 0
    assert written(calls) == []


def test_a_link_to_another_file_is_not_followed(gh: Path, tmp_path: Path) -> None:
    reports = comments(tmp_path, a="<!-- clinval starter -->\nfine\n")
    (tmp_path / "secret").write_text("<!-- clinval secret -->\nsecret\n")
    (reports / "b").mkdir()
    (reports / "b" / "comment.md").symlink_to(tmp_path / "secret")
    _code, calls = run_script(gh, "comment.sh", reports)
    assert len(written(calls)) == 1


def test_no_more_than_a_few_comments(gh: Path, tmp_path: Path) -> None:
    many = {f"n{number:02d}": f"<!-- clinval n{number} -->\nx\n" for number in range(20)}
    _code, calls = run_script(gh, "comment.sh", comments(tmp_path, **many))
    assert len(written(calls)) == 8


def test_a_commit_that_is_no_open_pull_requests_head_is_left_alone(gh: Path, tmp_path: Path) -> None:
    reports = comments(tmp_path, a="<!-- clinval starter -->\nfine\n")
    code, calls = run_script(gh, "comment.sh", reports, HEAD_SHA="e" * 40)
    assert (code, written(calls)) == (0, [])
    code, calls = run_script(gh, "comment.sh", reports, HEAD_SHA="not a commit")
    assert (code, written(calls)) == (2, [])


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [("success", "success"), ("failure", "failure"), ("timed_out", "error"), ("skipped", "error")],
)
def test_the_status_is_what_github_says_of_the_run(gh: Path, conclusion: str, state: str) -> None:
    code, (call,) = run_script(gh, "status.sh", CONCLUSION=conclusion)
    assert code == 0
    assert (call["method"], call["path"]) == ("POST", f"repos/team/clinval/statuses/{SHA}")
    assert (call["sent"]["state"], call["sent"]["context"]) == (state, "clinval")
