"""``clinval cases publish``: accepted cases of the desk become a branch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.command_line import Format, FormatOption, print_json

if TYPE_CHECKING:
    from ..desk import Actor, Desk

DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database", envvar="CLINVAL_DATABASE", metavar="URL", help="sqlite:///desk.db or postgresql://USER@HOST/NAME."
    ),
]


def publish(
    database: DatabaseOption,
    *,
    branch: Annotated[str, typer.Option(help="The branch to make, say cases/june.")],
    repo: Annotated[Path, typer.Option(help="A directory in the git repository.")] = Path(),
    corpus: Annotated[str, typer.Option(help="The cases go to cases/corpora/CORPUS.")] = "clinic",
    base: Annotated[str, typer.Option(help="The commit that the branch starts from.")] = "HEAD",
    output: FormatOption = Format.RICH,
) -> None:
    """Write the accepted cases to a new branch, ready for a pull request; nothing else in the repository changes."""
    with open_desk(database) as (desk, who):
        done = desk.publishing.publish(who, repo, branch, corpus=corpus, base=base)
    push = f"git push origin {done.branch}"
    if output is Format.JSON:
        print_json(
            {
                "branch": done.branch,
                "commit": done.commit,
                "base": done.base,
                "corpus": done.corpus,
                "digest": done.digest,
                "cases": done.n_cases,
                "new": done.n_new,
                "changed": done.n_changed,
                "existed": done.existed,
                "next": push,
            }
        )
        return
    was = "is there already, with these very cases" if done.existed else "made"
    print(f"{done.branch} {was}  commit {done.commit[:10]} on {done.base[:10]}  digest {done.digest[:12]}")
    print(f"{done.n_cases} accepted cases in {done.corpus}: {done.n_new} new, {done.n_changed} changed")
    print(f"next: {push}, then open a pull request")


@contextmanager
def open_desk(database: str) -> Iterator[tuple[Desk, Actor]]:
    """The desk, its tables being of this program's form, and whoever may run a command on its machine."""
    import getpass

    from ..desk import Actor, Desk, Role

    user = getpass.getuser()
    with Desk(database) as desk:
        desk.ready()
        yield desk, Actor(f"command-line:{user}", user, frozenset({Role.ADMINISTRATOR}))
