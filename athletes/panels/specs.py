"""Pictures of several views as plain specifications: Altair writes each mark, the rest is put together here.

Altair copies everything that is drawn at each step of putting it together, which for a season takes longer than all
the rest of the page. A picture is a dictionary whose ``datasets`` are tables; ``streamlit.vega_lite_chart`` takes it.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from athletes.panels.chart import CONFIG

Spec = dict[str, Any]


def of(table: str) -> alt.Chart:
    """A mark to be drawn of the dataset ``table``."""
    return alt.Chart(alt.NamedData(name=table))


def layered(marks: list[alt.Chart], height_px: int, title: str, **more: Any) -> Spec:
    """Marks over each other, the first behind; ``more`` are properties of the view, such as ``name``."""
    parts = []
    for mark in marks:
        part = mark.to_dict(validate=False)
        parts.append({key: value for key, value in part.items() if key not in ("$schema", "config", "datasets")})
    return {"height": height_px, "title": title, "layer": parts, **more}


def stacked(
    views: list[Spec],
    datasets: dict[str, pd.DataFrame],
    *,
    right_px: int,
    spacing_px: int = 12,
    params: list[Spec] | None = None,
    width_px: int | None = None,
) -> Spec:
    """Views below each other, as wide as their place on the page or ``width_px``."""
    wide = [{**view, "width": width_px} for view in views] if width_px is not None else views
    config = {**CONFIG, "padding": {**CONFIG["padding"], "right": right_px}}
    found = {"vconcat": wide, "spacing": spacing_px, "config": config, "datasets": datasets, "usermeta": NO_MENU}
    return {**found, "params": params} if params else found


NO_MENU = {"embedOptions": {"actions": False}}
