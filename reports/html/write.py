"""``ReportData`` to one HTML file."""

from __future__ import annotations

from pathlib import Path

from validation.store.files import replace_file

from ..charts import javascript_bundle, to_svg
from ..data import ReportData
from .assets import as_json, content_security_policy, script, stylesheet
from .environment import environment
from .figures import page_charts, trajectory_of, trajectory_template
from .payload import compressed
from .sections import Sections

WIDE_PX, NARROW_PX = 960, 480
"""Of a picture; two narrow ones stand side by side."""
NARROW = ("questions-chart", "efficiency-chart")
MOST_DRAWN = 40
"""Cases whose trajectory a static page shows as a picture (40 ms each); their numbers are there for all."""


def write_html(data: ReportData, path: str | Path, *, static: bool = False) -> None:
    """Write the report; equal data give equal bytes.

    ``static`` : charts are drawn here, as pictures, and the page holds no chart library

    Raises
    ------
    ChartsMissing, TemplatesMissing
        Extra packages are not installed.
    StoreError
        The file cannot be written.
    """
    replace_file(Path(path), render(data, static=static).encode("utf-8", "replace"))


def render(data: ReportData, *, static: bool = False) -> str:
    """The whole page."""
    sections = Sections(data)
    specs = page_charts(data, sections)
    drawings = {}
    if static:
        played = [
            case for case in data.cases if any(side and side.p_expected_after for side in (case.base, case.candidate))
        ]
        drawings = {case.id: to_svg(trajectory_of(case, data), NARROW_PX) for case in played[:MOST_DRAWN]}
    style, code = stylesheet(), script()
    scripts = [code] if static else [javascript_bundle(), code]
    return environment().get_template("report.html.j2").render(
        data=data,
        sections=sections,
        policy=content_security_policy([style], scripts),
        style=style,
        scripts=scripts,
        charts={place: spec["description"] for place, spec in specs.items()},
        pictures={
            place: to_svg(spec, NARROW_PX if place in NARROW else WIDE_PX) for place, spec in specs.items() if static
        },
        specs=as_json({} if static else {**specs, "trajectory": trajectory_template(data)}),
        payload=compressed(data, drawings),
    )  # fmt: skip
