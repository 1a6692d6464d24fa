"""Tokens of CI: only their SHA-256 is configured, so that who reads the settings cannot use them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable


def is_known_token(token: str, known_sha256: Iterable[str]) -> bool:
    """Whether a token's SHA-256 (hex) is one of these; all are compared, in constant time (catalogue 106)."""
    digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
    found = False
    for one in known_sha256:
        found |= hmac.compare_digest(one, digest)
    return found
