"""Ray reads these when it is loaded: a developer's ~/.ray/auth_token is neither read nor written."""

from __future__ import annotations

import os

os.environ["RAY_AUTH_MODE"] = "disabled"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
