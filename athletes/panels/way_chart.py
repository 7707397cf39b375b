"""The way of a session as a drawing: coloured by speed or zone, with scale bar, north, start and end.

No map is fetched. It is plain SVG: metres have the same length both ways at every size, and the file can be kept
and printed.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from athletes.model import Channel, Recording, Series
from athletes.panels.palette import FONT, INK, SOFT_INK, UNKNOWN, ZONES
from athletes.way import Way, scale_bar_m
from athletes.zone_words import zone_word
from athletes.zones import Zones
from touchline.i18n import number, t
from touchline.measure import KMH_PER_MPS

WIDTH, MOST_HIGH, LEAST_HIGH, MARGIN, FOOT = 480.0, 420.0, 150.0, 26.0, 84.0
NORTH = 30.0
"""The strip at the right that the arrow to the north has for itself."""
SPEEDS = ("#c6dbef", "#6baed6", "#2f7fbc", "#fdae61", "#d7301f")
"""Slow to fast: apart in lightness, and for colour-blind readers."""
HOLD_S = 15.0
"""A reading counts for a position this close in time."""


def way_svg(way: Way, recording: Recording, zones: Zones | None, lang: str, *, by_zone: bool) -> str:
    """The drawing of ``way`` as SVG that fits its place, coloured by heart-rate zone where ``by_zone``, else by
    speed."""
    classes, legend = _by_zone(way, recording, zones, lang) if by_zone and zones else _by_speed(way, recording, lang)
    across, up = max(way.size_m[0], 1.0), max(way.size_m[1], 1.0)
    scale = min((WIDTH - 2 * MARGIN - NORTH) / across, (MOST_HIGH - 2 * MARGIN) / up)
    high = max(up * scale + 2 * MARGIN, LEAST_HIGH)
    x = (WIDTH - NORTH) / 2 + way.east_m * scale
    y = high / 2 - way.north_m * scale
    alt, size = escape(t("athletes.session_page.way_alt", lang)), f"0 0 {WIDTH:.0f} {high + FOOT:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" width="100%" role="img" aria-label="{alt}"',
        f' font-family="{escape(FONT)}" style="max-height:640px;background:#ffffff">',
    ]
    parts += [_line(points, "#ffffff", 6.0) for points, _ in _pieces(x, y, way, classes)]
    parts += [_line(points, legend[kind][0], 3.6) for points, kind in _pieces(x, y, way, classes)]
    parts += _ends(x, y, lang)
    parts += _north()
    parts += _foot(legend, scale, high, lang, escape(t(_title(by_zone and zones is not None), lang)))
    return "".join(parts) + "</svg>"


def _title(by_zone: bool) -> str:
    return "athletes.session_page.way_zone" if by_zone else "athletes.session_page.way_speed"


Legend = list[tuple[str, str]]
"""A colour and its words for each class; the last is for what is not known."""


def _by_speed(way: Way, recording: Recording, lang: str) -> tuple[NDArray[np.int64], Legend]:
    """Five classes of equal count of positions, by the recorder's speed, else by the way itself."""
    series = recording.channel(Channel.SPEED)
    speed = _at(series, way.seconds) if series is not None else _along(way)
    known = ~np.isnan(speed)
    unknown = (UNKNOWN, t("athletes.session_page.way_unknown", lang))
    if not known.any():
        return np.zeros(speed.size, dtype=np.int64), [unknown]
    edges = np.unique(np.round(np.quantile(speed[known], [0.2, 0.4, 0.6, 0.8]) * float(KMH_PER_MPS), 1))
    classes = np.full(speed.size, edges.size + 1, dtype=np.int64)
    classes[known] = np.searchsorted(edges, speed[known] * float(KMH_PER_MPS), side="right")
    words = [number(float(edge), lang, 1) for edge in edges]
    texts = [f"< {words[0]}"] + [f"{a}–{b}" for a, b in pairwise(words)] + [f"≥ {words[-1]} km/h"]
    return classes, [*zip(SPEEDS, texts, strict=False), unknown]


def _by_zone(way: Way, recording: Recording, zones: Zones, lang: str) -> tuple[NDArray[np.int64], Legend]:
    pulse = recording.heart_rate
    count = len(zones.lower_bpm) + 1
    found = np.full(way.seconds.size, count, dtype=np.int64)
    if pulse is not None:
        numbers = zones.numbers(_at(pulse, way.seconds))
        found = np.where(numbers < 0, count, numbers)
    legend = [(ZONES[zones.shade(zone)], zone_word(zones, zone, lang)) for zone in range(count)]
    return found, [*legend, (UNKNOWN, t("athletes.session_page.way_unknown", lang))]


def _at(series: Series, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last reading at each instant; NaN where it is older than the hold."""
    at, values = series.seconds[series.measured], series.values[series.measured]
    if not at.size:
        return np.full(seconds.size, np.nan)
    place = np.searchsorted(at, seconds, side="right") - 1
    last = np.maximum(place, 0)
    return np.where((place >= 0) & (seconds - at[last] <= HOLD_S), values[last], np.nan)


def _along(way: Way) -> NDArray[np.float64]:
    """The speed from position to position; NaN over a hole."""
    step = np.hypot(np.diff(way.east_m), np.diff(way.north_m))
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.where(np.diff(way.stretch) == 0, step / np.diff(way.seconds), np.nan)
    return np.concatenate((speed, speed[-1:]))


def _pieces(
    x: NDArray[np.float64], y: NDArray[np.float64], way: Way, classes: NDArray[np.int64]
) -> list[tuple[str, int]]:
    """Runs of one colour within one stretch; each goes on to the first position of the next run."""
    found = []
    first = 0
    for i in range(1, x.size + 1):
        if i < x.size and classes[i] == classes[first] and way.stretch[i] == way.stretch[first]:
            continue
        last = i + 1 if i < x.size and way.stretch[i] == way.stretch[first] else i
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[first:last], y[first:last], strict=True))
        found.append((points, int(classes[first])))
        first = i
    return found


def _line(points: str, colour: str, width: float) -> str:
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"'
        ' stroke-linejoin="round"/>'
    )


def _ends(x: NDArray[np.float64], y: NDArray[np.float64], lang: str) -> list[str]:
    """Start as a triangle, end as a square, each with its word."""
    ax, ay, bx, by = float(x[0]), float(y[0]), float(x[-1]), float(y[-1])
    close = abs(ax - bx) < 70 and abs(ay - by) < 26
    start, end = t("athletes.session_page.way_start", lang), t("athletes.session_page.way_end", lang)
    word = f'font-size="13" font-weight="700" fill="{INK}" stroke="#ffffff" stroke-width="4" paint-order="stroke"'

    def side(at: float) -> tuple[float, str]:
        return (at - 14, "end") if at > WIDTH - 110 else (at + 14, "start")

    (sx, sa), (ex, ea) = side(ax), side(bx)
    ends = [
        _shape(f'<rect x="{bx - 8:.1f}" y="{by - 8:.1f}" width="16" height="16"', INK),
        _shape(f'<path d="M{ax - 9:.1f},{ay + 8:.1f} L{ax + 9:.1f},{ay + 8:.1f} L{ax:.1f},{ay - 10:.1f} Z"', "#0b7a4b"),
    ]
    if close:
        return [
            *ends,
            f'<text x="{sx:.1f}" y="{ay - 12:.1f}" text-anchor="{sa}" {word}>{escape(start)} · {escape(end)}</text>',
        ]
    return [
        *ends,
        f'<text x="{ex:.1f}" y="{by + 6:.1f}" text-anchor="{ea}" {word}>{escape(end)}</text>',
        f'<text x="{sx:.1f}" y="{ay + 6:.1f}" text-anchor="{sa}" {word}>{escape(start)}</text>',
    ]


def _shape(begun: str, fill: str) -> str:
    return f'{begun} fill="{fill}" stroke="#ffffff" stroke-width="2"/>'


def _north() -> list[str]:
    x, y = WIDTH - 24, 14
    return [
        f'<path d="M{x},{y} L{x + 9},{y + 30} L{x},{y + 23} L{x - 9},{y + 30} Z" fill="{INK}"/>',
        f'<text x="{x}" y="{y + 50}" text-anchor="middle" font-size="13" font-weight="700" fill="{INK}">N</text>',
    ]


def _foot(legend: Legend, scale: float, high: float, lang: str, title: str) -> list[str]:
    metres = scale_bar_m((WIDTH - 2 * MARGIN) / scale)
    length = metres * scale
    label = f"{number(metres / 1000, lang)} km" if metres >= 1000 else f"{number(metres, lang)} m"
    y = high + 16
    found = [
        f'<path d="M{MARGIN},{y - 7} V{y} h{length:.1f} V{y - 7}" fill="none" stroke="{INK}" stroke-width="2"/>',
        f'<text x="{MARGIN + length + 10:.1f}" y="{y + 2}" font-size="13" fill="{INK}">{escape(label)}</text>',
        f'<text x="{WIDTH - MARGIN:.0f}" y="{y + 2}" text-anchor="end" font-size="13" fill="{SOFT_INK}">{title}</text>',
    ]
    step = (WIDTH - 2 * MARGIN) / len(legend)
    for k, (colour, words) in enumerate(legend):
        x = MARGIN + k * step
        found.append(
            f'<rect x="{x:.1f}" y="{y + 18}" width="{step - 8:.1f}" height="13" fill="{colour}" stroke="{SOFT_INK}"/>'
        )
        found += [
            f'<text x="{x:.1f}" y="{y + 45 + 14 * row}" font-size="10.5" fill="{INK}">{escape(part)}</text>'
            for row, part in enumerate(words.split(" · "))
        ]
    return found
