"""``/api/v1``: what the pages use, and programs; one file a subject."""

from __future__ import annotations

from importlib import import_module

from fastapi import APIRouter

API = "1.0"
PREFIX = "/api/v1"
MODULES = ("me", "vocabulary", "uploads", "cases", "reviews", "publishing", "interview", "runs")


def api_routers() -> list[APIRouter]:
    """The routes of all subjects."""
    return [import_module(f"{__name__}.{name}").router for name in MODULES]
