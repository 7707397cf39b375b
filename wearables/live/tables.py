"""A session as tables: one row an athlete, one row a value, and the same as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.effort import HOLD_S
from touchline.origin import Origin
from wearables.cells import guarded
from wearables.live.fold import Fold
from wearables.live.wall import Tile
from wearables.model import NS_PER_S, LiveSession

BOM = "\ufeff"
"""Without it spreadsheets read Vietnamese letters as something else."""
COLUMNS = (
    "athlete_id",
    "name",
    "group",
    "load",
    "load_method",
    "mean_bpm",
    "max_bpm",
    "under_zone_1_s",
    *(f"zone_{zone}_s" for zone in range(1, 6)),
    "unknown_s",
    "measured_share",
)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Rates of one athlete for a picture: ``seconds`` and ``bpm`` of shape (n,), means over equal steps of time;
    ``segment`` counts the stretches between gaps, which no line may cross."""

    athlete_id: str
    seconds: NDArray[np.float64]
    bpm: NDArray[np.float64]
    segment: NDArray[np.int64]


def tiles_of(fold: Fold, now_ns: int) -> list[Tile]:
    """The tiles of those who wore a strap."""
    return [tile for tile in fold.wall(now_ns).tiles if tile.athlete_id and tile.changed]


def curve(fold: Fold, athlete_id: str, length_s: float, steps: int = 500) -> Curve | None:
    """An athlete's rates with at most ``steps`` points; None of who has none."""
    heart = fold.heart(athlete_id)
    if heart is None:
        return None
    at, bpm = np.array(heart.at_ns, dtype=np.int64), np.array(heart.bpm, dtype=np.int64)
    at, bpm = at[bpm > 0], bpm[bpm > 0]
    if not at.size:
        return None
    seconds = at / NS_PER_S
    step_s = max(1.0, length_s / steps)
    breaks = np.cumsum(np.diff(seconds, prepend=seconds[0]) > HOLD_S)
    place = np.floor(seconds / step_s).astype(np.int64) * (int(breaks[-1]) + 1) + breaks
    _, first, counts = np.unique(place, return_index=True, return_counts=True)
    order = np.argsort(first)
    first, counts = first[order], counts[order]
    return Curve(
        athlete_id,
        np.add.reduceat(seconds, first) / counts,
        np.add.reduceat(bpm.astype(np.float64), first) / counts,
        breaks[first].astype(np.int64),
    )


def summary_rows(tiles: Iterable[Tile]) -> list[list[str]]:
    """One row an athlete under ``COLUMNS``; an empty cell is what nobody knows."""
    rows = []
    for tile in tiles:
        zones = ["" if tile.zone_s is None else f"{tile.zone_s[zone]:.1f}" for zone in range(6)]
        load = ["", ""] if tile.load is None else [f"{tile.load.value:.2f}", tile.load.method.value]
        mean = "" if tile.mean_bpm is None else f"{tile.mean_bpm:.1f}"
        quality = "" if tile.quality is None else f"{tile.quality:.4f}"
        most = "" if tile.max_bpm is None else str(tile.max_bpm)
        rows.append(
            [tile.athlete_id or "", tile.name, tile.group, *load, mean, most, *zones, f"{tile.unknown_s:.1f}", quality]
        )
    return rows


def value_rows(fold: Fold, zero_utc_us: int) -> Iterable[list[str]]:
    """One row a packet that counted: athlete, seconds of the session, microseconds since 1970, rate (empty: none)."""
    for athlete_id in sorted(fold.profiles):
        heart = fold.heart(athlete_id)
        if heart is None:
            continue
        for at_ns, bpm in zip(heart.at_ns, heart.bpm, strict=True):
            yield [athlete_id, f"{at_ns / NS_PER_S:.3f}", str(zero_utc_us + at_ns // 1000), str(bpm or "")]


def file_stem(session: LiveSession) -> str:
    """What names of a session's files begin with: where nobody wore its straps, the files say so."""
    return session.id if session.origin is Origin.MEASURED else f"{session.id}-{session.origin.value}"


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as CSV in UTF-8 that spreadsheets open; a text that they would take for a formula is led in by an
    apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
    return (BOM + text.getvalue()).encode()
