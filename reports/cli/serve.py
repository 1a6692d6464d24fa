"""``clinval serve``: the pages, the API and the interview, on this machine alone or for a team."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from model.errors import InputError, Problem

if TYPE_CHECKING:
    from cases.desk import Actor

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SECRET = "CLINVAL_SECRET"


@app.command()
def serve(
    *,
    local: Annotated[
        bool, typer.Option("--local", help="Try it out: choose who to be; this machine alone can reach it.")
    ] = False,
    model: Annotated[Path, typer.Option(help="The symptom checker's directory.")] = Path("model/networks/primary_care"),
    cases: Annotated[Path, typer.Option(help="The published cases: duplicates of them are found.")] = Path(
        "cases/corpora/primary_care"
    ),
    database: Annotated[
        str | None, typer.Option(help="sqlite:///PATH or postgresql://…; default CLINVAL_DATABASE, or a file of yours.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="The directory of all runs and diffs, to browse.")] = Path("runs"),
    repository: Annotated[Path, typer.Option(help="The repository that cases are published to.")] = Path(),
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = 8000,
    public_url: Annotated[
        str | None, typer.Option(help="As browsers reach it, behind a proxy: https://cases.example.org")
    ] = None,
    proxy: Annotated[str, typer.Option(help="The proxy's address, whose X-Forwarded headers are believed.")] = "",
    person: Annotated[
        list[str] | None, typer.Option(help='With --local, who one can be: "Dr D: clinician, reviewer". Repeatable.')
    ] = None,
    new_ci_token: Annotated[
        bool, typer.Option("--new-ci-token", help="Print a new token for CI, and the SHA-256 to configure; then end.")
    ] = False,
) -> None:
    """Serve the pages where clinicians add and review cases, the API, and the interview.

    Without --local, sign-in is OpenID Connect: CLINVAL_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET, and
    CLINVAL_SECRET to sign cookies with.
    """
    if new_ci_token:
        token = secrets.token_urlsafe(32)
        print(f"token (for CI, as CLINVAL_TOKEN)           {token}")
        print(f"SHA-256 (here, as CLINVAL_CI_TOKEN_SHA256)  {hashlib.sha256(token.encode()).hexdigest()}")
        return
    from ..web.server import listen, run
    from ..web.settings import LOCAL_PEOPLE, Settings, oidc_from

    oidc = None if local else oidc_from(os.environ)
    if local:
        _stay_local(host, public_url, proxy)
    address = database or os.environ.get("CLINVAL_DATABASE") or default_database()
    with listen(host, port) as socket:
        bound = socket.getsockname()[1]
        url = (public_url or f"http://{f'[{host}]' if ':' in host else host}:{bound}").rstrip("/")
        settings = Settings(
            database=address,
            model=model,
            cases=cases,
            runs=runs,
            repository=repository,
            public_url=url,
            secret=os.environ.get(SECRET) or (local_secret(data_directory()) if local else ""),
            local_people=(people(person) if person else LOCAL_PEOPLE) if local else (),
            oidc=oidc,
            ci_token_sha256=tuple(os.environ.get("CLINVAL_CI_TOKEN_SHA256", "").replace(",", " ").split()),
        )

        def announce() -> None:
            print(f"cases are kept in {without_password(address)}", file=sys.stderr)
            print(f"{url}  (end with Ctrl+C)", flush=True)

        run(settings, socket, proxy=proxy, announce=announce)


def _stay_local(host: str, public_url: str | None, proxy: str) -> None:
    """Refuse local mode where others could reach it: by its address, or through a proxy."""
    from ..web.settings import LOOPBACK

    by_url = None if public_url is None else urlsplit(public_url).hostname or ""
    problems = [
        Problem(
            "E-LOOPBACK", option, f"{found!r} with --local", " or ".join(LOOPBACK),
            next_step="anybody who reaches a local page may be anyone: for others, configure OpenID Connect",
        )
        for option, found, is_local in (
            ("--host", host, host in LOOPBACK),
            ("--public-url", public_url, by_url is None or by_url in LOOPBACK),
            ("--proxy", proxy, not proxy),
        )
        if not is_local
    ]  # fmt: skip
    if problems:
        raise InputError(problems)


def without_password(address: str) -> str:
    """A database's address as it may be shown."""
    from sqlalchemy.engine import make_url

    return make_url(address).render_as_string(hide_password=True)


def data_directory() -> Path:
    """Where this user's data is kept: not in the project, whose generated files are cleaned away."""
    directory = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "clinval"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory


def default_database() -> str:
    """A file of this user's."""
    return f"sqlite:///{data_directory() / 'desk.db'}"


def local_secret(directory: Path) -> str:
    """The secret of local mode, made when first needed: who is signed in stays so when the server starts again."""
    path = directory / "secret"
    try:
        path.touch(0o600, exist_ok=False)
        path.write_text(secrets.token_urlsafe(32), "ascii")
    except FileExistsError:
        pass
    return path.read_text("ascii").strip()


def people(texts: list[str]) -> tuple[Actor, ...]:
    """``Dr D: clinician, reviewer`` as persons.

    Raises
    ------
    InputError
        With every text of another form.
    """
    from cases.desk import Actor, Role

    found, problems = [], []
    for number, text in enumerate(texts, 1):
        name, _, listed = (part.strip() for part in text.partition(":"))
        roles = [role.strip().replace(" ", "_") for role in listed.split(",") if role.strip()]
        if not name or not roles or not set(roles) <= set(Role):
            expected = "name: roles, of " + ", ".join(Role)
            problems.append(Problem("E-PERSON", f"--person {number}", repr(text), expected))
            continue
        found.append(Actor(f"local|{name.casefold()}", name, frozenset(Role(role) for role in roles)))
    if problems:
        raise InputError(problems)
    return tuple(found)
