"""Synchronisation by flashes and lamps: light that all cameras see in one instant, however far apart they stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from var.sync.clap import CHANCE
from var.sync.events import Events, pair
from var.sync.fit import exact
from var.sync.light import Jump, jumps
from var.sync.material import frame_s
from var.sync.model import Estimate, Material, Method, Status

_SHARED = 0.15
"""Standard deviation, in frames, of a jump whose exposure share is known: the response of the camera is not."""

_PLACED = 1 / math.sqrt(12)
"""The same of a jump that lies anywhere in its frame."""

_WHOLE = 0.05
"""A share this near to 0 or 1 is none: the light came while the shutter was closed, or at the edge of the frame."""

_SEVERAL = 2
"""Shares below 1, from which on they say how long the shutter is open: one may be a fluke of a short shutter."""


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """The jumps of light of a recording, and in seconds what its shutter leaves unknown of all of them alike."""

    events: Events
    phase_s: float


_jumps_of: dict[tuple[object, ...], Light] = {}


def events(of: Material, progress: Callable[[float], None] = lambda share: None) -> Light:
    """The jumps of light of a recording with pictures. A jump counts from where its frame's exposure begins; the share
    that the first bright frame caught says how much later the light came."""
    assert of.index is not None
    found = of.path.stat()
    key = (of.path, found.st_size, found.st_mtime_ns)
    if key not in _jumps_of:
        if len(_jumps_of) > 16:
            _jumps_of.clear()
        index = of.index
        seen = jumps(index, progress)
        _jumps_of[key] = placed(seen, [float(index.clip_s(jump.frame)) for jump in seen], frame_s(of))
    return _jumps_of[key]


def placed(seen: Sequence[Jump], begins_s: Sequence[float], usual_s: float) -> Light:
    """When the light of jumps came whose frames begin at ``begins_s`` and last ``usual_s``.

    Light that comes while the shutter is open is caught in part, light that comes while it is closed whole by the next
    frame. So how many shares are below 1 tells how much of a frame the shutter is open, and that says what a share is
    worth: with a short shutter (1/500 s in sunshine) nothing.
    """
    shares = [jump.share for jump in seen if jump.share is not None]
    part = sum(share < 1 - _WHOLE for share in shares)
    # Of a shutter that is always open all shares are below 1 but those within _WHOLE of it.
    open_share = min(1.0, part / ((1 - _WHOLE) * len(shares))) if shares else 1.0
    sure = part >= _SEVERAL
    at, sigma = [], []
    for jump, begins in zip(seen, begins_s, strict=True):
        late, spread = 0.5, _PLACED
        if jump.share is not None and jump.share >= 1 - _WHOLE:
            late = (open_share - 1) / 2  # since the frame before closed
        elif jump.share is not None and jump.share <= _WHOLE:
            late = (open_share + 1) / 2  # up to the next frame, which is the first that has it whole
        elif jump.share is not None:
            late, spread = open_share * (1 - jump.share), _SHARED if sure else _PLACED
        at.append(begins + late * usual_s)
        sigma.append(spread * usual_s)
    kind = np.array([int(jump.pulse) for jump in seen], np.int64)
    phase = _phase(part, len(shares), open_share) if sure else _PLACED
    return Light(Events(np.array(at), np.array(sigma), kind), phase * usual_s)


def _phase(part: int, number: int, open_share: float) -> float:
    """What all jumps of a recording have wrong alike, in frames: the shutter's length, known from so few of them.

    Half of its doubt, as the light comes on average in the middle: that of a share of successes (a beta distribution
    with an even prior) about the one that is used. No less than a twentieth: no camera's shutter is its frame exactly.
    """
    a, b = part + 1, number - part + 1
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    return max(0.05, math.sqrt(variance + (mean - open_share) ** 2) / 2)


def estimate(
    reference: Material, clip: Material, *, progress: Callable[[float], None] = lambda share: None, **_: Any
) -> Estimate:
    """Offset (and, from flashes far apart, rate) by jumps of light that both recordings show.

    Failed without pictures or flashes. A single pair is ``lone`` in ``facts``: any two flashes match, so whoever did
    not flash on purpose should not believe it. Weak where several lags fit equally well (a strobe).
    """
    lights: list[Light] = []
    for k, of in enumerate((reference, clip)):
        name = of.label or of.path.name
        if of.index is None:
            return Estimate.failed(Method.FLASH, "no_pictures", name=name)
        lights.append(events(of, lambda share, k=k: progress((k + share) / 2)))  # type: ignore[misc]
        if not len(lights[-1].events):
            return Estimate.failed(Method.FLASH, "no_flash", name=name)
    progress(1.0)
    assert reference.index is not None
    assert clip.index is not None
    rows = [light.events for light in lights]
    frame = max(frame_s(reference), frame_s(clip))
    # Where the light came in its frame is not known, two pairs of one lag may lie a whole frame apart.
    blind = any(light.phase_s >= _PLACED * frame_s(of) for light, of in zip(lights, (reference, clip), strict=True))
    ends = [float(of.clip_s(len(of) - 1)) for of in (reference.index, clip.index)]
    found = pair(rows[0], rows[1], (1.1 if blind else 0.8) * frame, max(ends))
    if found is None:
        return Estimate.failed(Method.FLASH, "nothing_shared")
    agreeing = int(found.line.used.sum())
    if agreeing == 1 and min(len(rows[0]), len(rows[1])) > 1:
        return Estimate.failed(Method.FLASH, "nothing_shared")
    lag = found.line.at(0.0)
    first, last = max(0.0, -lag), min(ends[1], ends[0] - lag)
    # More flashes do not tell how long the shutter is open: that doubt stays, however many there are.
    sigma = max(found.line.sigma_s(first, last), math.hypot(*(light.phase_s for light in lights)))
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
            "phase_sigma_s": math.hypot(*(light.phase_s for light in lights)),
            "sigma_ms": round(sigma * 1000, 1),
        },
    )
