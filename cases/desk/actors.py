"""Who acts, and in which roles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .errors import NotAllowed


class Role(StrEnum):
    """What a person is trusted with; one person may have several roles."""

    CLINICIAN = "clinician"
    """Uploads and writes cases, and submits them for review."""
    REVIEWER = "reviewer"
    """Reviews the cases of others."""
    MODEL_AUTHOR = "model_author"
    """Maintains models: reads accepted cases and publishes them."""
    ADMINISTRATOR = "administrator"
    """Assigns reviews, hands cases over, publishes, reads the trail."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person."""

    id: str
    """As the sign-in names the person (OpenID Connect: issuer and subject); it never changes."""
    name: str
    """For people and for the cards; :meth:`cases.desk.people.People.sign_in` makes it unique."""
    roles: frozenset[Role] = frozenset()

    def has(self, *roles: Role) -> bool:
        """Whether the person has one of these roles."""
        return not self.roles.isdisjoint(roles)

    def must_have(self, *roles: Role) -> None:
        """Raise :class:`NotAllowed` for a person with none of these roles."""
        if not self.has(*roles):
            wanted = " or ".join(role.value.replace("_", " ") for role in roles)
            raise NotAllowed(f"this needs the role {wanted}", next_step="ask an administrator for it")
