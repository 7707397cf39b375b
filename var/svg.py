"""Elements of SVG drawings as text, and a drawing as a picture of a page. Escapes what people wrote.

Attributes are keyword arguments with underscores for hyphens; lengths are written to a tenth of a unit.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

ATTACKER, DEFENDER, CAUTION = "#ff6b35", "#3aa0ff", "#ffd60a"
"""The colours of what is measured, of what it is measured against, and of what is too close, on every drawing."""

DARK = "#12181d"

Attribute = str | float


def tag(name: str, *inner: str, **attributes: Attribute) -> str:
    """An element around ``inner``, which is SVG already."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{''.join(inner)}</{name}>" if inner else f"<{name}{said}/>"


def _value(value: Attribute) -> str:
    """A value as an attribute holds it: lengths to a tenth, which no eye misses, whole ones and small shares as they
    are."""
    if isinstance(value, str):
        return escape(value)
    return f"{value:.1f}" if abs(value) > 1 and value % 1 else f"{value:.4g}" if abs(value) < 1e3 else f"{value:.0f}"


def rect(x: float, y: float, width: float, height: float, fill: str, **more: Attribute) -> str:
    """A rectangle; empty where it has no size."""
    return tag("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), fill=fill, **more)


def circle(x: float, y: float, r: float, fill: str, **more: Attribute) -> str:
    """A circle."""
    return tag("circle", cx=x, cy=y, r=r, fill=fill, **more)


def text(x: float, y: float, words: str, fill: str, *, halo: float = 0.0, **more: Attribute) -> str:
    """Words, escaped; with ``halo`` units of darkness around each letter, to be read on any ground."""
    around: dict[str, Attribute] = {}
    if halo:
        around = {"paint_order": "stroke", "stroke": DARK, "stroke_width": halo, "stroke_linejoin": "round"}
    return tag("text", escape(words), x=x, y=y, fill=fill, **around, **more)


def drawing(parts: Iterable[str], width: float, height: float, **more: Attribute) -> str:
    """A whole document of that size."""
    return tag(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        **more,
    )


def picture(drawn: str, said: str, name: str = "") -> str:
    """A drawing as a picture as wide as the page, with what it shows for those who do not see it: a page lets no SVG
    through but as a picture."""
    address = f"data:image/svg+xml;base64,{b64encode(drawn.encode('utf-8')).decode('ascii')}"
    own = f' class="{escape(name)}"' if name else ""
    style = "display:block;width:100%;height:auto;border-radius:8px"
    return f'<img{own} alt="{escape(said)}" src="{address}" style="{style}">'
