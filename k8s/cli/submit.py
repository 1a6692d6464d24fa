"""``clinval submit``: the same run on a cluster, followed to its end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption, print_json
from model.errors import ClinvalError
from validation.cli.options import seconds
from validation.store.objects import printable

from ..spec import JobSpec, read_spec
from ..status import Phase, State

app = typer.Typer(add_completion=False, rich_markup_mode=None)

INTERRUPT = 130


@app.command()
def submit_run(
    *,
    file: Annotated[Path | None, typer.Argument(help="A job's TOML file; the options below override it.")] = None,
    size: Annotated[str | None, typer.Option(help="From the table of sizes, say cpu_medium.")] = None,
    kind: Annotated[str | None, typer.Option(help="run | check: may the candidate replace the base?")] = None,
    model: Annotated[
        str | None, typer.Option(help="A network in the image, /data/… on the shared volume, or an address.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="Of a check: a network or the run of one, likewise.")] = None,
    candidate: Annotated[str | None, typer.Option(help="Of a check, likewise.")] = None,
    rules: Annotated[str | None, typer.Option(help="Of a check; default: gate.toml in the image.")] = None,
    cases: Annotated[str | None, typer.Option(help="Cases, likewise.")] = None,
    budget: Annotated[str | None, typer.Option(help="From sending to the end, the queue included; 20m.")] = None,
    out: Annotated[str | None, typer.Option("--out", "-o", help="Where runs are kept, say s3://bucket/runs.")] = None,
    image: Annotated[str | None, typer.Option(help="The image, by its digest.")] = None,
    stage: Annotated[str | None, typer.Option(help="pr | nightly | release: the priority in the queue.")] = None,
    project: Annotated[str | None, typer.Option(help="The namespace; default: clinval- and the stage.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the job; default: made from what is asked for.")] = None,
    capacity: Annotated[str | None, typer.Option(help="Of the workers' machines: spot | on_demand | any.")] = None,
    argument: Annotated[
        list[str] | None, typer.Option(help="A further one of `clinval run`; may be given several times.")
    ] = None,
    context: Annotated[
        str, typer.Option(help="Of the kubeconfig; of several, a,b, the first whose queue admits the job.")
    ] = "",
    patience: Annotated[str, typer.Option(help="With one cluster's queue before the next is tried.")] = "30s",
    detach: Annotated[bool, typer.Option("--detach", help="Do not follow it.")] = False,
    print_only: Annotated[bool, typer.Option("--print", help="Print the RayJob and send nothing.")] = False,
    opencost: Annotated[str | None, typer.Option(help="OpenCost's address: print what the run cost.")] = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Send a run to a cluster; exit 0 evaluated, 2 refused, 3 failed, 4 incomplete; Ctrl-C deletes the job."""
    given = {
        "size": size, "kind": kind, "model": model, "base": base, "candidate": candidate, "rules": rules,
        "cases": cases, "budget": budget, "out": out, "image": image, "stage": stage,
        "project": project, "name": name, "capacity": capacity, "arguments": argument,
    }  # fmt: skip
    spec = read_spec(file, given)
    if print_only:
        _print_job(spec, output)
        return
    from ..client import Cluster
    from ..expand import left_at
    from ..submit import submit

    contexts = [part.strip() for part in context.split(",") if part.strip()] or [""]
    if len(set(contexts)) < len(contexts):
        raise typer.BadParameter(f"{context!r} names a context twice")
    clusters = [Cluster(name) for name in contexts]
    try:
        outcome = submit(
            spec, clusters, tell=_tell, note=_note, patience_s=seconds(patience) or 0.0, detach=detach,
        )  # fmt: skip
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPT) from None
    record = {**outcome.as_record(), "out": printable(left_at(spec, outcome.job.name))}
    if opencost and outcome.state.started_at and outcome.state.ended_at:
        record["cost"] = _cost(opencost, outcome.job.name, outcome.state)
    if output is Format.JSON:
        print_json(record)
    else:
        for trouble in outcome.troubles:
            print(trouble)
        if outcome.state.phase is not Phase.SUCCEEDED and outcome.state.message:
            print(outcome.state.message)
        if record.get("cost"):
            print(f"cost {record['cost']['amount']:.2f} {record['cost']['currency']}")
        reason = f" ({record['reason']})" if record["reason"] else ""
        print(
            f"{spec.project}/{record['name']} {record['phase']}{reason} after {outcome.seconds:.0f} s; {record['out']}"
        )
    raise typer.Exit(0 if detach else outcome.exit_code)


def _print_job(spec: JobSpec, output: Format) -> None:
    from ..submit import prepared
    from ..yaml import as_yaml

    job = prepared(spec)
    if output is Format.JSON:
        print_json(job)
    else:
        sys.stdout.write(as_yaml([job]))


def _tell(state: State) -> None:
    ready, wanted = state.workers
    workers = f", {ready} of {wanted} workers" if wanted and not state.phase.is_end else ""
    print(f"{state.phase}{workers}", file=sys.stderr)


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def _cost(opencost: str, name: str, state: State) -> dict[str, object] | None:
    """As a record; a cost that is not known yet is no reason to fail."""
    from ..cost import cost_of_run

    try:
        return cost_of_run(opencost, name, state.started_at, state.ended_at).model_dump()
    except ClinvalError as error:
        _note(str(error))
        return None
