"""A simulated interval session: plausible, seeded, always labelled as simulated."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from athletes.importers.common import Imported
from athletes.model import Channel, Recording, Series

RISE_S, FALL_S = 32.0, 48.0
"""Time constants of the heart rate toward a higher and a lower load; kinetics of this order are usual in runners."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of even work: how long, how fast, and the heart rate it leads to."""

    seconds: int
    speed_mps: float
    target_bpm: float


def interval_session(hr_max_bpm: float = 192.0) -> tuple[Block, ...]:
    """Ten minutes of warm-up, five times three minutes hard with two minutes easy, eight minutes of cool-down."""
    warm_up = (Block(300, 2.4, 0.64 * hr_max_bpm), Block(300, 2.9, 0.73 * hr_max_bpm))
    work = tuple(
        block
        for repeat in range(5)
        for block in (
            Block(180, 4.5, (0.915 + 0.012 * repeat) * hr_max_bpm),
            Block(120, 2.2, (0.66 + 0.012 * repeat) * hr_max_bpm),
        )
    )
    return (*warm_up, *work, Block(480, 2.1, 0.58 * hr_max_bpm))


def simulate(
    *,
    seed: int,
    start: datetime,
    name: str,
    blocks: tuple[Block, ...] | None = None,
    dropout_s: tuple[int, int] = (1395, 1482),
) -> Imported:
    """A session at one sample a second: heart rate, speed and cadence, with the strap silent during ``dropout_s``.

    The silence is a real gap: the heart rate has no sample there. The same seed gives the same session.
    """
    rng = np.random.default_rng(seed)
    blocks = blocks or interval_session()
    target = np.repeat([block.target_bpm for block in blocks], [block.seconds for block in blocks])
    speed = np.repeat([block.speed_mps for block in blocks], [block.seconds for block in blocks])
    n = target.size
    bpm = np.empty(n)
    bpm[0] = 88.0
    for i in range(1, n):
        toward = target[i] - bpm[i - 1]
        bpm[i] = bpm[i - 1] + toward / (RISE_S if toward > 0 else FALL_S)
    wander = np.convolve(rng.normal(0.0, 2.2, n + 29), np.ones(30) / 30, "valid") * 3.0
    ticks = np.arange(n, dtype=np.int64) * 1000
    heard = np.ones(n, dtype=bool)
    heard[dropout_s[0] : dropout_s[1]] = False
    pace = np.convolve(np.pad(speed, 4, mode="edge"), np.ones(9) / 9, "valid") + rng.normal(0.0, 0.06, n)
    cadence = 150.0 + 9.0 * pace + rng.normal(0.0, 1.0, n)
    series = (
        Series(Channel.HEART_RATE, ticks[heard], np.round(bpm + wander)[heard]),
        Series(Channel.SPEED, ticks, np.round(pace, 3)),
        Series(Channel.CADENCE, ticks, np.round(cadence)),
    )
    digest = hashlib.sha256(f"simulated {seed} {start.isoformat()}".encode())
    for one in series:
        digest.update(one.ticks.tobytes() + one.values.tobytes())
    return Imported(Recording("simulated", series, start, "running"), (), name, digest.hexdigest())
