"""Where to go after signing in: only to a page of our own (catalogue 107)."""

from __future__ import annotations

import re

from ..problems import Refusal

HOME = "/"
_OWN_PAGE = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~-]{0,500}")
"""A path without query, escapes or anything that a browser may take for another host."""


def is_own_page(address: str) -> bool:
    """Whether it can only lead to a page of ours."""
    return _OWN_PAGE.fullmatch(address) is not None


def own_page(address: str | None) -> str:
    """The address, where it is a page of ours.

    Raises
    ------
    Refusal
        400 where it leads anywhere else.
    """
    if not address:
        return HOME
    if not is_own_page(address):
        raise Refusal(400, "E-NEXT", "The address to go on to is not a page of this server.", "open the home page")
    return address
