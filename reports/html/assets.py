"""Style and script of a page, and the policy that allows them and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"
STYLES = ("tokens.css", "components.css", "report.css", "print.css")
MODULES = (
    "dom.js", "words.js", "store.js", "address.js", "charts.js", "case_list.js", "case_page.js", "keys.js", "main.js",
)  # fmt: skip
"""In the order of their imports."""

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const) (\w+))", re.MULTILINE)


@cache
def stylesheet() -> str:
    """All styles, in order."""
    return "\n".join((ASSETS / name).read_text("utf-8") for name in STYLES)


@cache
def script() -> str:
    """The modules as one, since a page in one file has no other to import from: each in a function of its
    own, which returns what it exports.

    A page that comes from a server loads ``main.js`` as it stands instead.
    """
    return "\n".join(_wrapped(name.removesuffix(".js"), (ASSETS / name).read_text("utf-8")) for name in MODULES)


def _wrapped(name: str, module: str) -> str:
    body = _EXPORT.sub("", _IMPORT.sub(r"const \1 = \2_js;", module))
    return f"const {name}_js = (() => {{\n{body}return {{ {', '.join(_EXPORT.findall(module))} }};\n}})();"


def as_json(value: Any) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element or open another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def content_security_policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Nothing is loaded from anywhere; only these very styles and scripts take effect."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(_source(text) for text in scripts)}",
            f"style-src {' '.join(_source(text) for text in styles)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
