"""Models and cases at addresses: the same run as from a disk, nothing kept here, no key written down."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from cases.readers import load_cases
from cases.writers import save_cases
from model.errors import InputError
from model.network.save import save_network
from tests.validation import synthetic
from tests.validation.shell import clinval
from validation.case_input import read_cases
from validation.comparison import compare
from validation.origins import Kind, read_origin, sides
from validation.origins.load import model_of_run
from validation.planning import Candidate
from validation.results import Run
from validation.runner import run
from validation.store.files import StoreError
from validation.store.inputs import at_hand, name_of
from validation.store.objects import Object, Objects

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 20)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, another one, and cases as a file and as a directory."""
    place = tmp_path_factory.mktemp("place")
    for name, network in (("net", NETWORK), ("other", synthetic.network(seed=5))):
        save_network(network, place / name)
        (place / name / "policy.toml").write_text('format = 1\n[policy]\nkind = "information_gain"\n')
    save_cases(CARDS, place / "cases.jsonl")
    save_cases(CARDS, place / "cards")
    return place


@pytest.fixture
def sent(address: str, place: Path) -> str:
    """The same, below an address; with ``%s`` for the name."""
    prefix, _, options = address.partition("?")
    objects = Objects(address)
    for path in sorted(place.rglob("*")):
        if path.is_file() and "runs" not in path.parts:
            objects.put(path.relative_to(place).as_posix(), path.read_bytes())
    return f"{prefix}/%s?{options}"


@pytest.mark.parametrize("cases", ["cases.jsonl", "cards"])
def test_a_run_of_what_is_at_an_address_is_the_run_of_the_same_on_a_disk(
    sent: str, place: Path, tmp_path: Path, cases: str
) -> None:
    here = run(place / "net", place / cases, runs=tmp_path / "here", workers=1)
    there = run(sent % "net", Path(sent % cases), runs=tmp_path / "there", workers=1)  # a Path loses a slash
    assert there.manifest.plan.key == here.manifest.plan.key
    assert there.manifest.results_sha256 == here.manifest.results_sha256
    mine, theirs = here.manifest.plan, there.manifest.plan
    for part in ("network", "policy", "cases"):
        assert getattr(mine, part).digest == getattr(theirs, part).digest
        assert getattr(mine, part).name == getattr(theirs, part).name
    assert theirs.network.path == name_of(sent % "net")
    assert theirs.cases.path == name_of(sent % cases)
    model = model_of_run(there)
    assert model is not None
    assert model.network.digest == NETWORK.digest, "it is found again where the record says"


def test_nothing_stays_here_and_a_path_is_left_where_it_is(
    sent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    with at_hand(sent % "net") as copy:
        assert copy.name == "net"
        assert (copy / "network.toml").is_file()
        assert copy.is_relative_to(tmp_path / "scratch")
    assert list((tmp_path / "scratch").iterdir()) == []
    with at_hand(tmp_path) as same:
        assert same == tmp_path
    assert tmp_path.is_dir()


def test_the_command_takes_addresses_for_everything(sent: str, place: Path) -> None:
    options = ("--format", "json")
    here = clinval("run", "--model", "net", "--cases", "cards", "-o", "runs", *options, cwd=place)
    there = clinval("run", "--model", sent % "net", "--cases", sent % "cards", "-o", sent % "runs", *options, cwd=place)
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert json.loads(here.stdout)["results_sha256"] == json.loads(there.stdout)["results_sha256"]
    case_id = CARDS[0].id
    run_there = json.loads(there.stdout)["run"]
    assert run_there.startswith("s3://")
    stored = Run.open(sent % "runs")
    assert stored.row(case_id)["case_id"] == case_id


def test_both_sides_of_a_comparison_may_be_at_addresses_without_any_repository(
    sent: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no repository here
    local = sides(str(place / "net"), str(place / "other"), cases=place / "cards", runs=tmp_path / "here")
    remote = sides(sent % "net", sent % "other", cases=Path(sent % "cards"), runs=tmp_path / "there")
    a, b = compare(local.base.run, local.candidate.run), compare(remote.base.run, remote.candidate.run)
    assert len(a.changed) > 0
    assert [pair.case_id for pair in a.changed] == [pair.case_id for pair in b.changed]
    run(place / "net", place / "cards", runs=sent % "runs", workers=1)
    origin = read_origin(sent % "runs", None)
    assert origin.kind is Kind.RUN
    stored = sides(sent % "runs", sent % "other", runs=tmp_path / "there")
    assert stored.base.run.manifest.results_sha256 == local.base.run.manifest.results_sha256


def test_where_nothing_is_it_says_so(sent: str) -> None:
    with pytest.raises(InputError, match=r"E-ADDRESS  s3://.*/nowhere: found nothing there"):
        Candidate.load(sent % "nowhere")
    with pytest.raises(InputError, match="E-ADDRESS"):
        read_cases(sent % "nowhere.jsonl")


def test_problems_are_those_of_the_file(sent: str, address: str, tmp_path: Path) -> None:
    Objects(address).put("bad.jsonl", b'{"id": 3}\n')
    (tmp_path / "bad.jsonl").write_bytes(b'{"id": 3}\n')
    told = []
    for read, at in ((load_cases, tmp_path / "bad.jsonl"), (read_cases, sent % "bad.jsonl")):
        found = read(at)
        told.append([(problem.code, problem.found) for problem in found.problems])
    assert told[0] == told[1] != []


@pytest.mark.parametrize("name", ["../evil", "a/../../b", "a//b", "a\0b", "."])
def test_names_that_leave_the_directory_are_refused(sent: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(Objects, "list", lambda _: [Object(name, 1, 0.0)])
    monkeypatch.setattr(Objects, "read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(InputError, match="E-ADDRESS-NAME"), at_hand(sent % "net"):
        pass


def test_what_changes_while_it_is_read_is_not_played(sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Objects.read
    monkeypatch.setattr(Objects, "read", lambda objects, name: (read(objects, name) or b"")[:-1])
    with pytest.raises(StoreError, match="changed while it was being read; run the same command again"):
        Candidate.load(sent % "net")


def test_what_has_no_room_is_not_begun(sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Objects, "list", lambda _: [Object("large", 2**60, 0.0)])
    with (
        pytest.raises(StoreError, match=r"MiB are free and .* has .* MiB; free some space, or set TMPDIR"),
        at_hand(sent % "net"),
    ):
        pass


def test_a_record_holds_no_key() -> None:
    address = "s3://key:secret@b/p?endpoint_override=h:1&scheme=http&region=r&force_virtual_addressing=true"
    assert name_of(address) == "s3://b/p?endpoint_override=h:1&scheme=http&region=r"
    assert name_of("a/b.jsonl") == "a/b.jsonl"
