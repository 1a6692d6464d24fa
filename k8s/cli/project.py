"""``clinval project``: a team's isolated place on a cluster, and what the teams use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption, print_json
from model.errors import InputError

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

ContextOption = Annotated[str, typer.Option(help="Of the kubeconfig; default: its current one.")]


@app.callback()
def projects() -> None:
    """A team's isolated place on a cluster."""


@app.command("create")
def create_project(
    name: Annotated[str, typer.Argument(help="Also the namespace's.")],
    *,
    member: Annotated[list[str] | None, typer.Option(help="A group, or user:NAME; may be given several times.")] = None,
    stage: Annotated[str, typer.Option(help="pr | nightly | release: the priority of its jobs.")] = "pr",
    cpu: Annotated[int, typer.Option(help="Cores at a time.")] = 160,
    memory: Annotated[int, typer.Option(help="GiB at a time.")] = 512,
    pods: Annotated[int, typer.Option(help="At a time.")] = 200,
    storage: Annotated[int, typer.Option(help="GiB of the shared volume.")] = 50,
    storage_class: Annotated[str, typer.Option(help="One that offers ReadWriteMany; default: the cluster's.")] = "",
    deadline: Annotated[int, typer.Option(help="The longest that a job may run, in seconds.")] = 1800,
    context: ContextOption = "",
    print_only: Annotated[bool, typer.Option("--print", help="Print the objects and make nothing.")] = False,
    kustomize: Annotated[
        Path | None,
        typer.Option(help="Write the overlay that makes the same objects into this directory of the repository."),
    ] = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Make a project, or bring it back to what it should be: run twice, it changes nothing."""
    from ..project import Project, create, overlay, render
    from ..yaml import as_yaml

    project = Project(
        name, tuple(member or ()), stage, cpu, memory, pods, storage, storage_class, deadline
    ).check()  # fmt: skip
    if print_only:
        objects = render(project)
        if output is Format.JSON:
            print_json(objects)
        else:
            sys.stdout.write(as_yaml(objects))
        return
    if kustomize is not None:
        kustomize.mkdir(parents=True, exist_ok=True)
        (kustomize / "kustomization.yaml").write_text(as_yaml([overlay(project, kustomize)]), "utf-8")
        print(kustomize / "kustomization.yaml")
        return
    from ..client import Cluster

    applied = create(project, Cluster(context))
    if output is Format.JSON:
        print_json([asdict(one) for one in applied])
        return
    for one in applied:
        print(f"{one.what:<10} {one.kind} {one.name}")
    n_changed = sum(one.what != "unchanged" for one in applied)
    print(f"project {name}: {n_changed or 'no'} change{'' if n_changed == 1 else 's'}")


@app.command("list")
def list_projects(
    *,
    context: ContextOption = "",
    opencost: Annotated[str | None, typer.Option(help="OpenCost's address, for what they cost in thirty days.")] = None,
    output: FormatOption = Format.RICH,
) -> None:
    """All projects of a cluster: what they use now, and what they cost in thirty days."""
    from ..client import Cluster
    from ..sizes import load_sizes
    from ..usage import usages

    found = usages(Cluster(context), None if opencost is None else _costs(opencost))
    if output is Format.JSON:
        print_json([asdict(one) for one in found])
        return
    currency = load_sizes().prices.currency
    rows = [
        (
            one.name,
            one.stage,
            f"{one.cpu[0]:g} of {one.cpu[1]:g}",
            f"{one.memory_gib[0]:.0f} of {one.memory_gib[1]:.0f}",
            f"{one.jobs[0]} of {one.jobs[1]}",
            "not known" if one.cost_30d is None else f"{one.cost_30d:.2f} {currency}",
        )
        for one in found
    ]
    header = ("project", "stage", "cores", "GiB", "jobs under way", "30 days")
    if output is Format.PLAIN:
        for row in (header, *rows):
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, box=None)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)


@app.command("cost")
def cost_of_a_run(
    name: Annotated[str, typer.Argument(help="The project.")],
    job: Annotated[str, typer.Argument(help="The job's name, as `clinval submit` printed it.")],
    *,
    opencost: Annotated[str, typer.Option(help="OpenCost's address.")],
    run: Annotated[str | None, typer.Option(help="The run's directory or address: its manifest gets the cost.")] = None,
    context: ContextOption = "",
    output: FormatOption = Format.RICH,
) -> None:
    """What a job cost, and with --run, into the run's manifest."""
    from .. import names
    from ..client import Cluster
    from ..cost import cost_of_run, put_into_manifest
    from ..status import Observation

    seen = Observation.of(Cluster(context).get(names.API, names.KIND, name, job))
    if not seen.started_at or not seen.ended_at:
        raise InputError.single(
            "E-JOB", f"{name}/{job}", "a job that has not ended", expected="one that has", next_step="wait for its end"
        )
    cost = cost_of_run(opencost, job, seen.started_at, seen.ended_at)
    if run is not None:
        put_into_manifest(run, cost)
    if output is Format.JSON:
        print_json(cost.model_dump())
    else:
        print(f"{cost.amount:.2f} {cost.currency}  {cost.basis}" + ("" if run is None else f"  written into {run}"))


def _costs(opencost: str) -> Callable[[], Mapping[str, float]]:
    from ..cost import allocation_query, fetch, totals

    return lambda: totals(fetch(opencost.rstrip("/") + allocation_query("30d", namespaces=True)))
