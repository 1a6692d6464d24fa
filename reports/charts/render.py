"""From a specification to something that can be seen."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .theme import ChartsMissing, Spec


def to_svg(spec: Spec, width: int = 640) -> str:
    """The chart as an SVG element for a page, ``width`` pixels wide where the chart takes the room it gets.

    It scales with its box, and a screen reader reads its description and nothing of its insides.
    """
    if spec.get("width") == "container":
        spec = {**spec, "width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
    svg: str = _vl_convert().vegalite_to_svg(spec)
    start = svg.index("<svg")
    end = svg.index(">", start)
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg[start:end])
    assert size is not None
    head = re.sub(r' width="[\d.]+" height="[\d.]+"', f' width="{size[1]}"', svg[start:end], count=1)
    return f'{head} aria-hidden="true"{svg[end:]}'


@cache
def javascript_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script, which sets ``window.vegaEmbed``; about 0.9 MB.

    It holds no ``</script`` and no ``<!--``, which would end or open something in a page.
    """
    bundle: str = _vl_convert().javascript_bundle()
    return bundle.replace("</script", "<\\/script").replace("<!--", "\\x3c!--")


def _vl_convert() -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise ChartsMissing(
            "E-NO-CHARTS  vl-convert is not installed: reports need it for their charts; "
            "run `make .venv/.check`, or `pip install 'clinval[check]'`"
        ) from error
    return vl_convert
