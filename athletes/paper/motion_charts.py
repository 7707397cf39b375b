"""Curves of trials on paper: lines with their 95 % bands over time, gaps left open, events as numbered marks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.paper.drawing import GRID, INK, LINE, SOFT, drawing, levels, line, runs, tag, words
from touchline.i18n import number
from touchline.measure import Z95

Floats = NDArray[np.float64]

LEFT_INK, RIGHT_INK, PLAIN_INK = "#c8610a", "#1b5e9e", "#14202b"
"""Orange and blue as in the pictures, darker for paper; they differ in dashes too."""
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 520.0, 34.0, 10.0, 20.0, 26.0
MOST_POINTS = 900
"""A line has no more points than that; of more, the lowest and the highest of each stretch are drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A curve: what it is called, its colour and dashes (SVG; ``none`` for solid), and ``t_s``, ``value``, ``sigma``
    (n,)."""

    name: str
    ink: str
    dash: str
    t_s: Floats
    value: Floats
    sigma: Floats


def curve_chart(
    lines: Sequence[Line], marks: Sequence[tuple[float, str]], said: tuple[str, str], lang: str, height: float = 120.0
) -> str:
    """``lines`` over time with their bands; ``marks`` are instants in seconds and what stands over them; ``said`` is
    what the drawing shows, and what stands under the line of time. Empty where nothing is known."""
    known = [one for one in lines if np.isfinite(one.value).any()]
    if not known:
        return ""
    edges = np.concatenate([_edges(one) for one in known])
    low, high = float(np.nanmin(edges)), float(np.nanmax(edges))
    pad = max((high - low) * 0.06, 1e-6)
    low, high = low - pad, high + pad
    first = min(float(one.t_s[np.isfinite(one.value)].min()) for one in known)
    last = max(float(one.t_s[np.isfinite(one.value)].max()) for one in known)
    last = last if last > first else first + 1e-3
    floor = height - BOTTOM

    def x(t_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (t_s - first) / (last - first)

    def y(value: float) -> float:
        return floor - (floor - TOP) * (value - low) / (high - low)

    places = 0 if high - low >= 4 else 1 if high - low >= 0.4 else 2
    drawn = []
    for value in levels(low, high):
        drawn.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), GRID, 0.6))
        drawn.append(words(LEFT - 4, y(value) + 3, number(value, lang, places), text_anchor="end"))
    for one in known:
        drawn += [_band(run, one, x, y) for run in _stretches(np.isfinite(one.value) & np.isfinite(one.sigma))]
    ends = -math.inf  # of the last mark's name: the next one does not lie on it
    for at_s, name in sorted(marks):
        if first <= at_s <= last:
            drawn.append(line(x(at_s), TOP, x(at_s), floor, SOFT, 0.7, stroke_dasharray="2 2"))
            half = 0.3 * 7.5 * len(name) + 0.5  # a figure is some 0.6 of the letters' size wide
            at = max(x(at_s), ends + half)
            drawn.append(words(at, TOP - 2, name, fill=INK, text_anchor="middle", size=7.5))
            ends = at + half
    for one in known:
        kept = _thinned(one.value)
        points = [(x(float(one.t_s[i])), y(float(one.value[i])) if np.isfinite(one.value[i]) else None) for i in kept]
        drawn.append(runs(points, one.ink, 1.5, stroke_dasharray=one.dash))
    drawn.append(line(LEFT, floor, WIDTH - RIGHT, floor, LINE, 0.8))
    tens = 0 if last - first >= 8 else 1 if last - first >= 0.8 else 2
    for at_s in levels(first, last, 8):
        drawn.append(line(x(at_s), floor, x(at_s), floor + 3, LINE, 0.8))
        drawn.append(words(x(at_s), floor + 11, number(at_s, lang, tens), text_anchor="middle", size=7.5))
    drawn.append(words(WIDTH - RIGHT, height - 4, said[1], text_anchor="end", size=7.5))
    at = LEFT
    for one in known:
        drawn.append(line(at, height - 7, at + 14, height - 7, one.ink, 1.8, stroke_dasharray=one.dash))
        drawn.append(words(at + 18, height - 4, one.name, fill=INK))
        at += 18 + 4.6 * len(one.name) + 14
    return drawing(drawn, WIDTH, height, said[0])


def _edges(one: Line) -> Floats:
    half = np.where(np.isfinite(one.sigma), Z95 * one.sigma, 0.0)
    return np.concatenate((one.value - half, one.value + half))


def _band(run: slice, one: Line, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """The band of a stretch without a gap."""
    kept = _thinned(one.value[run]) + run.start
    upper = [(x(float(one.t_s[i])), y(float(one.value[i] + Z95 * one.sigma[i]))) for i in kept]
    lower = [(x(float(one.t_s[i])), y(float(one.value[i] - Z95 * one.sigma[i]))) for i in reversed(kept)]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in [*upper, *lower])
    return tag("polygon", points=path, fill=one.ink, fill_opacity=0.16)


def _stretches(known: NDArray[np.bool_]) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _thinned(value: Floats) -> NDArray[np.int64]:
    """The places of a row that are drawn: all, or of each of many stretches its beginning, lowest and highest; a
    stretch that begins with a gap begins with it."""
    n = len(value)
    if n <= MOST_POINTS:
        return np.arange(n)
    kept: set[int] = {n - 1}
    for part in np.array_split(np.arange(n), MOST_POINTS // 3):
        kept.add(int(part[0]))
        known = part[np.isfinite(value[part])]
        if len(known):
            kept |= {int(known[value[known].argmin()]), int(known[value[known].argmax()])}
        gaps = part[~np.isfinite(value[part])]
        kept |= {int(gaps[0])} if len(gaps) else set()
    return np.array(sorted(kept))
