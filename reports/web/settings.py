"""All that can be configured, in one place; secrets come from the environment, never from arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cases.desk import Actor, Role
from cases.desk.uploads import MOST_BYTES
from model.errors import InputError, Problem

LOOPBACK = ("127.0.0.1", "::1", "localhost")
KIB, MIB = 1024, 1024 * 1024

LOCAL_PEOPLE = (
    Actor("local|dr-a", "Dr A", frozenset({Role.CLINICIAN})),
    Actor("local|dr-b", "Dr B", frozenset({Role.CLINICIAN, Role.REVIEWER})),
    Actor("local|dr-c", "Dr C", frozenset({Role.CLINICIAN, Role.REVIEWER})),
    Actor("local|model-author", "Model author", frozenset({Role.MODEL_AUTHOR})),
    Actor("local|administrator", "Administrator", frozenset({Role.ADMINISTRATOR})),
)
"""Whom one can be in local mode, to see the whole path from both sides of a review."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much a request may bring, and how slowly."""

    upload_bytes: int = MOST_BYTES + MIB
    """Of an uploaded file with its form: ten thousand rows of a workbook are 2 MiB."""
    run_bytes: int = 512 * MIB
    """Of a run that CI posts."""
    other_bytes: int = MIB
    idle_seconds: float = 15.0
    """The longest pause within a body."""
    least_bytes_per_second: float = 8 * KIB
    """On average over the whole body, after ``grace_seconds``."""
    grace_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: ``burst`` requests at once, then ``per_second``; 0 per second means no limit."""

    burst: int
    per_second: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Counted in this process, by person and by address; several processes have several counts."""

    person: Rate = Rate(240, 20.0)
    address: Rate = Rate(2400, 200.0)
    """A whole hospital may be behind one address."""
    sign_in: Rate = Rate(120, 1.0)
    """Attempts to sign in, by address: fifty people of one clinic may start at the same moment."""


@dataclass(frozen=True, slots=True)
class OpenIdConnect:
    """The identity provider, and how its words for roles translate into ours."""

    issuer: str
    """``https://…``; its ``.well-known/openid-configuration`` is read once, and its keys when they change."""
    client_id: str
    client_secret: str = field(repr=False)
    roles_claim: str = "roles"
    """The claim of the id token that lists roles or groups; dots reach into objects (``realm_access.roles``)."""
    roles: Mapping[str, Role] = field(default_factory=lambda: {role.value: role for role in Role})
    """Value of that claim to role."""
    scope: str = "openid profile email"


@dataclass(frozen=True)
class Settings:
    """What one application is made of.

    Raises
    ------
    InputError
        With everything that does not fit together: no way to sign in, two ways, a weak secret.
    """

    database: str
    model: Path = Path("model/networks/primary_care")
    cases: Path | None = None
    """The published library, in which duplicates of new cases are looked for."""
    runs: Path = Path("runs")
    repository: Path = Path()
    """Where accepted cases are published to, on a branch."""
    corpus: str = "community"
    """The directory of ``cases/corpora`` that they are published in."""
    public_url: str = "http://127.0.0.1:8000"
    """As browsers reach it; what it says decides about secure cookies and allowed origins."""
    secret: str = field(default="", repr=False)
    """Signs cookies and interviews; at least 32 characters."""
    local_people: tuple[Actor, ...] = ()
    """Not empty: local mode, in which anybody who reaches the page may be one of these."""
    oidc: OpenIdConnect | None = None
    ci_token_sha256: tuple[str, ...] = ()
    """SHA-256 (hex) of the tokens with which CI posts runs; the tokens themselves are not kept."""
    limits: BodyLimits = BodyLimits()
    rates: Rates = Rates()
    session_hours: float = 12.0

    def __post_init__(self) -> None:
        problems = [*self._sign_in_problems(), *self._secret_problems()]
        if problems:
            raise InputError(problems)

    @property
    def is_local(self) -> bool:
        """Whether persons are chosen, not proven."""
        return bool(self.local_people)

    @property
    def is_https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origins(self) -> frozenset[str]:
        """Origins that forms may come from; in local mode every name of the loopback with the same port."""
        parts = urlsplit(self.public_url)
        own = {f"{parts.scheme}://{parts.netloc}"}
        if self.is_local and parts.hostname in LOOPBACK:
            port = f":{parts.port}" if parts.port else ""
            own |= {f"{parts.scheme}://{_bracketed(host)}{port}" for host in LOOPBACK}
        return frozenset(own)

    @property
    def hosts(self) -> frozenset[str]:
        """Values of the Host header that are answered: another name that leads here is an attack (DNS rebinding)."""
        return frozenset(urlsplit(origin).netloc for origin in self.origins)

    def _sign_in_problems(self) -> list[Problem]:
        where, parts = "settings › sign-in", urlsplit(self.public_url)
        next_step = "set CLINVAL_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET, or use --local on this machine alone"
        if self.is_local and self.oidc is not None:
            return [Problem("E-SIGN-IN", where, "local persons and OpenID Connect", "one of the two")]
        if not self.is_local and self.oidc is None:
            return [Problem("E-SIGN-IN", where, "no way to sign in", "OpenID Connect", next_step=next_step)]
        if self.oidc is not None and not self.is_https and parts.hostname not in LOOPBACK:
            return [Problem("E-HTTPS", "settings › public URL", "an address without https", "https://…")]
        return []

    def _secret_problems(self) -> list[Problem]:
        problems = []
        if len(self.secret) < 32:
            found, expected = f"{len(self.secret)} characters", "at least 32 random characters"
            next_step = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            problems.append(Problem("E-SECRET", "CLINVAL_SECRET", found, expected, next_step=next_step))
        if not all(re.fullmatch(r"[0-9a-f]{64}", one) for one in self.ci_token_sha256):
            expected = "64 hexadecimal digits: `clinval serve --new-ci-token` makes a token and its SHA-256"
            problems.append(Problem("E-CI-TOKEN", "CLINVAL_CI_TOKEN_SHA256", "something else", expected))
        return problems


def oidc_from(environment: Mapping[str, str]) -> OpenIdConnect | None:
    """The identity provider that the environment names; None where it names none.

    ``CLINVAL_OIDC_ISSUER``, ``_CLIENT_ID``, ``_CLIENT_SECRET``; optional ``_ROLES_CLAIM`` (``roles``), ``_SCOPE``
    and ``_ROLES`` (``grp-doctors=clinician, grp-senior=reviewer``).
    """
    issuer = environment.get("CLINVAL_OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return None
    problems = []
    needed = {name: environment.get(f"CLINVAL_OIDC_{name}", "") for name in ("CLIENT_ID", "CLIENT_SECRET")}
    for name, value in needed.items():
        if not value:
            problems.append(Problem("E-OIDC", f"CLINVAL_OIDC_{name}", "nothing", "as the identity provider gave it"))
    if urlsplit(issuer).scheme != "https" and urlsplit(issuer).hostname not in LOOPBACK:
        problems.append(Problem("E-OIDC", "CLINVAL_OIDC_ISSUER", "an address without https", "https://…"))
    roles, wrong = _roles(environment.get("CLINVAL_OIDC_ROLES", ""))
    if problems or wrong:
        raise InputError([*problems, *wrong])
    return OpenIdConnect(
        issuer,
        needed["CLIENT_ID"],
        needed["CLIENT_SECRET"],
        environment.get("CLINVAL_OIDC_ROLES_CLAIM", "roles"),
        roles,
        environment.get("CLINVAL_OIDC_SCOPE", "openid profile email"),
    )


def _roles(text: str) -> tuple[dict[str, Role], list[Problem]]:
    if not text.strip():
        return {role.value: role for role in Role}, []
    roles, problems = {}, []
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, role = (part.strip() for part in pair.partition("="))
        if not name or role not in set(Role):
            found, expected = f"{pair!r}", "name=role, with the role one of " + ", ".join(Role)
            problems.append(Problem("E-OIDC-ROLES", "CLINVAL_OIDC_ROLES", found, expected))
        else:
            roles[name] = Role(role)
    return roles, problems


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
