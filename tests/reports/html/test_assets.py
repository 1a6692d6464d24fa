"""Style and script: complete, consistent, and legible in both schemes."""

from __future__ import annotations

import json
import re

import pytest

from reports.html.assets import ASSETS, MODULES, STYLES, as_json, script


def test_every_file_is_used() -> None:
    assert sorted(path.name for path in ASSETS.iterdir()) == sorted([*MODULES, *STYLES])


def test_every_import_is_exported_by_a_module_before() -> None:
    exported: dict[str, set[str]] = {}
    for name in MODULES:
        text = (ASSETS / name).read_text("utf-8")
        for names, module in re.findall(r'import \{([^}]*)\} from "\./([\w.]+)"', text):
            assert {part.strip() for part in names.split(",")} <= exported[module], (name, module)
        exported[name] = set(re.findall(r"^export (?:async )?(?:function|const) (\w+)", text, re.MULTILINE))


def test_the_one_script_has_neither_imports_nor_exports() -> None:
    assert not re.search(r"^(import|export) ", script(), re.MULTILINE)
    assert "</script" not in script()
    assert "innerHTML" not in script()


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--", "a&b", "\u2028", "漢字"])
def test_json_in_a_script_element_cannot_end_it(text: str) -> None:
    written = as_json({text: text})
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == {text: text}


def _schemes() -> dict[str, dict[str, str]]:
    css = (ASSETS / "tokens.css").read_text("utf-8")
    light, dark, paper = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in re.split(r"@media", css))
    return {"light": light, "dark": {**light, **dark}, "print": {**light, **paper}}


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_has_a_contrast_of_at_least_4_5(scheme: str) -> None:
    colours = _schemes()[scheme]
    pairs = [
        (text, ground)
        for text in ("ink", "muted", "link", "bad", "good", "warn", "base", "candidate")
        for ground in ("paper", "panel")
    ]
    pairs += [(tone, f"{tone}-panel") for tone in ("bad", "good", "warn")]
    pairs += [("ink", f"{tone}-panel") for tone in ("bad", "good", "warn")] + [("muted", "warn-panel")]
    pairs += [("ink", f"loss-{kind}") for kind in ("stopping", "policy", "knowledge")]
    low = {pair: round(_contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
