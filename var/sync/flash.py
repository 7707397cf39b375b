"""Synchronisation by flashes and lamps: light that all cameras see in one instant, however far apart they stand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from var.footage.recording import Index
from var.sync.clap import CHANCE
from var.sync.events import Events, pair
from var.sync.fit import exact
from var.sync.light import jumps
from var.sync.material import frame_s
from var.sync.model import Estimate, Material, Method, Status

_SHARED = 0.15
"""Standard deviation, in frames, of a jump whose exposure share is known: the shutter's length and the response of the
camera are not."""

_PLACED = 1 / math.sqrt(12)
"""The same of a jump that lies anywhere in its frame."""

_jumps_of: dict[tuple[object, ...], Events] = {}


def events(of: Material, progress: Callable[[float], None] = lambda share: None) -> Events:
    """The jumps of light of a recording with pictures. A jump counts from where its frame's exposure begins; the share
    that the first bright frame caught says how much later the light came."""
    assert of.index is not None
    found = of.path.stat()
    key = (of.path, found.st_size, found.st_mtime_ns)
    if key not in _jumps_of:
        if len(_jumps_of) > 16:
            _jumps_of.clear()
        _jumps_of[key] = _events(of, of.index, progress)
    return _jumps_of[key]


def _events(of: Material, index: Index, progress: Callable[[float], None]) -> Events:
    at, sigma, kind = [], [], []
    usual = frame_s(of)
    for jump in jumps(index, progress):
        begins = float(index.clip_s(jump.frame))
        late = 0.5 if jump.share is None else 1 - jump.share
        at.append(begins + late * usual)
        sigma.append((_PLACED if jump.share is None else _SHARED) * usual)
        kind.append(int(jump.pulse))
    return Events(np.array(at), np.array(sigma), np.array(kind, np.int64))


def estimate(
    reference: Material, clip: Material, *, progress: Callable[[float], None] = lambda share: None, **_: Any
) -> Estimate:
    """Offset (and, from flashes far apart, rate) by jumps of light that both recordings show.

    Failed without pictures or flashes. A single pair is ``lone`` in ``facts``: any two flashes match, so whoever did
    not flash on purpose should not believe it. Weak where several lags fit equally well (a strobe).
    """
    rows: list[Events] = []
    for k, of in enumerate((reference, clip)):
        name = of.label or of.path.name
        if of.index is None:
            return Estimate.failed(Method.FLASH, "no_pictures", name=name)
        rows.append(events(of, lambda share, k=k: progress((k + share) / 2)))  # type: ignore[misc]
        if not len(rows[-1]):
            return Estimate.failed(Method.FLASH, "no_flash", name=name)
    progress(1.0)
    assert reference.index is not None
    assert clip.index is not None
    frame = max(frame_s(reference), frame_s(clip))
    ends = [float(of.clip_s(len(of) - 1)) for of in (reference.index, clip.index)]
    found = pair(rows[0], rows[1], 0.8 * frame, max(ends))
    if found is None:
        return Estimate.failed(Method.FLASH, "nothing_shared")
    agreeing = int(found.line.used.sum())
    if agreeing == 1 and min(len(rows[0]), len(rows[1])) > 1:
        return Estimate.failed(Method.FLASH, "nothing_shared")
    lag = found.line.at(0.0)
    first, last = max(0.0, -lag), min(ends[1], ends[0] - lag)
    sigma = found.line.sigma_s(first, last)
    reason = ""
    if agreeing > 1 and found.rival >= agreeing:
        reason = "ambiguous"
    elif agreeing > 1 and found.chance > CHANCE:
        reason = "few_flashes"
    elif agreeing == 1 and max(len(rows[0]), len(rows[1])) > 1:
        reason = "ambiguous"
    return Estimate(
        Method.FLASH,
        Status.WEAK if reason else Status.OK,
        offset_s=exact(lag),
        rate=exact(1 + found.line.drift, 12),
        sigma_s=sigma,
        score=1 - 0.5**agreeing,
        reason=reason,
        facts={
            "events": agreeing,
            "events_reference": len(rows[0]),
            "events_clip": len(rows[1]),
            "lone": agreeing == 1,
            "rival": found.rival,
            "chance": found.chance,
            "sigma_ms": round(sigma * 1000, 1),
        },
    )
