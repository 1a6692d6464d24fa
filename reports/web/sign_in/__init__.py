"""Signing in and out: by choosing a local person, or by OpenID Connect; one way a deployment."""

from __future__ import annotations

from fastapi import APIRouter

from ..settings import Settings


def sign_in_routers(settings: Settings) -> list[APIRouter]:
    """The routes of the way that the settings choose, and signing out."""
    from .leave import router as leaving

    if settings.is_local:
        from .local import router as choosing

        return [choosing, leaving]
    from .oidc import router as proving

    return [proving, leaving]
