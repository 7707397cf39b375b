"""A curve beside a template's: the band that a trial without a difference stays in, the template, and the trial."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from athletes.kinematics.comparing import Deviation
from athletes.motion.curve_words import curve_word
from athletes.motion.naming import unit_sign
from athletes.panels.chart import CONFIG
from athletes.panels.palette import INK
from touchline.i18n import t

HERE, BAND = "#b3202c", "#5b9bd0"
MOST_POINTS = 600
HEIGHT_PX = 150
LABEL = {"vi": "replace(datum.label, '.', ',')", "en": "datum.label"}
"""How the numbers of the time axis are written."""


def deviation_chart(found: Deviation, template: str, lang: str) -> dict[str, Any]:
    """The picture as a specification for ``streamlit.vega_lite_chart``. Gaps stay gaps."""
    step = max(1, len(found.t_s) // MOST_POINTS)
    rows = pd.DataFrame(
        {
            "t": found.t_s[::step],
            "value": found.value[::step],
            "expected": found.expected[::step],
            "low": (found.expected - found.half_width)[::step],
            "high": (found.expected + found.half_width)[::step],
        }
    )
    known = np.isfinite(rows["low"])
    rows["stretch"] = np.cumsum(~known)  # an area is not drawn across a gap
    name = curve_word(found.key, found.side, lang)
    x = alt.X(
        "t:Q",
        title=t("athletes.motion_page.template.seconds", lang),
        axis=alt.Axis(format=".2~f", labelExpr=LABEL[lang]),
    )
    y = alt.Y("value:Q", title=f"{name} ({unit_sign(found.unit, lang)})", scale=alt.Scale(zero=False))
    base = alt.Chart(rows)
    band = (
        alt.Chart(rows[known])
        .mark_area(opacity=0.25, color=BAND)
        .encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", detail="stretch:N")
    )
    theirs = base.mark_line(color=BAND, strokeDash=[5, 3], strokeWidth=2).encode(x=x, y=alt.Y("expected:Q", title=None))
    here = base.mark_line(color=HERE, strokeWidth=2).encode(x=x, y=y)
    title = alt.TitleParams(
        t("athletes.motion_page.template.legend", lang, name=template), fontSize=12, color=INK, anchor="start"
    )
    spec: dict[str, Any] = (
        alt.layer(band, theirs, here).properties(height=HEIGHT_PX, title=title).to_dict(validate=False)
    )
    return {**spec, "config": CONFIG, "usermeta": {"embedOptions": {"actions": False}}}
