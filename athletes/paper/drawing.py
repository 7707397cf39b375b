"""Drawings for papers and small places as SVG text: what people wrote is escaped, unknown is hatched and never zero.

Lengths are in units of the drawing; a paper sets it as wide as its column. Letters are set in the papers' font.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

INK, SOFT, LINE, GRID = "#14202b", "#5b6875", "#c9d1d8", "#e8ecf0"
LOAD, FORM, FATIGUE, BAND = "#8fb7d8", "#1b5e9e", "#c8430f", "#dbe9d4"
ZONE_COLOURS = ("#e6e9ee", "#a9cbe8", "#5b9bd0", "#f4cf63", "#ee8b3a", "#b3202c", "#7d1020", "#4a0a14")
"""Under zone 1, then zones 1 and up; apart in lightness, and each is named beside its piece."""
FONT = "Be Vietnam Pro"

Attribute = str | float


def tag(name: str, *inner: str, **attributes: Attribute) -> str:
    """An element around ``inner``, which is SVG already; underscores of attributes are hyphens."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{''.join(inner)}</{name}>" if inner else f"<{name}{said}/>"


def _value(value: Attribute) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def words(x: float, y: float, said: str, *, size: float = 8, fill: str = SOFT, **more: Attribute) -> str:
    """Words, escaped."""
    return tag("text", escape(said), x=x, y=y, font_size=size, fill=fill, font_family=FONT, **more)


def rect(x: float, y: float, width: float, height: float, fill: str, **more: Attribute) -> str:
    """A rectangle; empty where it has no size."""
    return tag("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), fill=fill, **more)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, **more: Attribute) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, **more)


def runs(points: Iterable[tuple[float, float | None]], stroke: str, width: float = 1.6, **more: Attribute) -> str:
    """A line through points, broken where a value is not known; a point alone is a dot."""
    drawn, run = [], list[tuple[float, float]]()
    for x, y in [*points, (0.0, None)]:
        if y is not None:
            run.append((x, y))
            continue
        if len(run) == 1:
            drawn.append(tag("circle", cx=run[0][0], cy=run[0][1], r=width, fill=stroke))
        elif run:
            path = " ".join(f"{a:.1f},{b:.1f}" for a, b in run)
            drawn.append(tag("polyline", points=path, fill="none", stroke=stroke, stroke_width=width, **more))
        run = []
    return "".join(drawn)


def hatched(x: float, y: float, width: float, height: float, stroke: str = SOFT) -> str:
    """What is not known: an outline with slanted lines."""
    lines = [rect(x, y, width, height, "#ffffff", stroke=stroke, stroke_width=0.5)]
    step, at = 3.0, 0.0
    while at < width + height:
        x1, y1 = x + min(at, width), y + max(at - width, 0.0)
        x2, y2 = x + max(at - height, 0.0), y + min(at, height)
        lines.append(line(x1, y1, x2, y2, stroke, 0.4))
        at += step
    return "".join(lines)


def drawing(parts: Iterable[str], width: float, height: float, said: str = "") -> str:
    """A whole drawing of that size; ``said`` is what it shows for those who do not see it."""
    title = [tag("title", escape(said))] if said else []
    return tag(
        "svg",
        *title,
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
    )


def ticks(top: float, most: int = 4) -> list[float]:
    """Round numbers from 0 to ``top`` or a little more, ``most`` steps at the most."""
    if top <= 0:
        return [0.0, 1.0]
    step = 10.0 ** len(str(int(top)))
    for part in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0):
        if top / (part * step) <= most:
            step *= part
            break
    found = [0.0]
    while found[-1] < top:
        found.append(found[-1] + step)
    return found


def levels(low: float, high: float, most: int = 4) -> list[float]:
    """Round numbers within ``low`` to ``high``, ``most`` at the most."""
    if not high > low:
        return [low]
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * by for by in (1, 2, 5, 10) if (high - low) / (step * by) < most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [place * step + 0.0 for place in range(first, last + 1)]


def spark(weeks: Sequence[tuple[float, bool]], said: str, *, now_open: bool = True) -> str:
    """Small bars of weekly loads, oldest first: (known load, whether a load of that week is not known). A week with an
    unknown load is hatched, and so at least as high; the last one, still going on, has an outline only."""
    width, height, gap = 96.0, 34.0, 3.0
    each = (width - gap * (len(weeks) - 1)) / max(len(weeks), 1)
    top = max([value for value, _ in weeks] or [0.0]) or 1.0
    drawn = [line(0, height - 0.5, width, height - 0.5, LINE)]
    for place, (value, unknown) in enumerate(weeks):
        x, tall = place * (each + gap), (height - 3) * value / top
        if unknown:
            drawn.append(hatched(x, height - 1 - max(tall, 7.0), each, max(tall, 7.0)))
        elif now_open and place == len(weeks) - 1:
            drawn.append(rect(x + 0.6, height - 1 - tall, each - 1.2, tall, "#ffffff", stroke=FORM, stroke_width=1.2))
        else:
            drawn.append(rect(x, height - 1 - tall, each, tall, LOAD))
    return drawing(drawn, width, height, said)
