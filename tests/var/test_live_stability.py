"""A live time line that is asked for piece by piece is the one that somebody gets who comes later."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.origin import Origin
from touchline.timebase import ClockMap, Timebase
from var.match_document import Layout, Layouts
from var.model import Clip, Match, Setup

RATE = 50
TICK = Timebase(Fraction(1, 90_000))


def camera(name: str, pts: list[int], gaps: tuple[int, ...], offset: Fraction) -> Clip:
    return Clip(
        camera_id=name,
        label=name,
        path=Path(f"{name}.mp4"),
        proxy=Path(f"{name}.proxy"),
        sha256=f"{name:0>64}",
        size_px=(320, 180),
        timebase=TICK,
        pts=pts,
        to_match=ClockMap(offset, sigma_s=0.01),
        timing=Origin.MEASURED,
        gaps=gaps,
        recording=True,
    )


@dataclass
class Client:
    """What a browser does with the answers (var/web/live.js, var/web/timeline.js)."""

    version: str = ""
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    reloads: int = 0

    def ask(self, layout: Layout) -> None:
        if layout.version != self.version:
            self.version, self.steps, self.reloads = layout.version, [], self.reloads + 1
        data = layout.data(max(0, len(self.steps) - 500))
        _, clips, first, count = struct.unpack_from("<IIII", data)
        rows = [np.frombuffer(data, "<f8", count - first, 16)]
        at = 16 + rows[0].nbytes
        for _ in range(2 * clips):
            rows.append(np.frombuffer(data, "<i4", count - first, at))
            at += rows[-1].nbytes
        assert at == len(data)
        assert first <= len(self.steps)
        self.steps[first:] = list(zip(*(row.tolist() for row in rows), strict=True))


LIVES = st.lists(
    st.tuples(
        st.sampled_from(["go", "silent", "gap"]),  # what it does
        st.integers(1, 900),  # for how many frames
    ),
    min_size=1,
    max_size=5,
)


def frames_of(life: list[tuple[str, int]], jitter: list[int]) -> tuple[list[int], list[int], tuple[int, ...]]:
    """Ticks, the frame time at which each becomes known, and gaps: after a silence all that was held back comes at
    once, after a gap nothing of it ever does."""
    pts: list[int] = []
    known: list[int] = []
    gaps: list[int] = []
    now = 0
    for kind, count in [("go", 80), *life, ("go", 120)]:
        if kind == "gap" and pts:
            gaps.append(len(pts))
            now += count
            continue
        for k in range(count):
            wobble = jitter[(now + k) % len(jitter)]
            pts.append((now + k) * 1800 + wobble)
            known.append(now + (count if kind == "silent" else k))
        now += count
    return pts, known, tuple(dict.fromkeys(gaps))


@settings(max_examples=25, deadline=None)
@given(
    LIVES,
    LIVES,
    st.lists(st.integers(-700, 700), min_size=3, max_size=9),
    st.fractions(Fraction(-1, 2), Fraction(1, 2), max_denominator=400),
    st.lists(st.integers(1, 220), min_size=3, max_size=7),
)
def test_asking_piece_by_piece_gives_what_a_fresh_client_gets(
    one: list[tuple[str, int]],
    two: list[tuple[str, int]],
    jitter: list[int],
    offset: Fraction,
    pauses: list[int],
) -> None:
    lives = [frames_of(one, jitter), frames_of(two, jitter[::-1])]
    now = 60
    ages: dict[str, float] = {}
    layouts, client, slow = Layouts(age_s=lambda clip: ages[clip.camera_id]), Client(), Client()
    end = max(known[-1] for _, known, _ in lives) + 10
    turn = 0
    while now < end:
        clips = []
        for name, (pts, known, gaps), shift in zip("ab", lives, (Fraction(0), offset), strict=True):
            count = max(2, int(np.searchsorted(np.maximum.accumulate(known), now, side="right")))
            ages[name] = max(0.0, (now - known[count - 1]) / RATE)
            clips.append(camera(name, pts[:count], tuple(gap for gap in gaps if gap < count), shift))
        match = Match("m", "m", Origin.MEASURED, "2026", Setup(), tuple(clips))
        layout = layouts.of(match)
        fresh = Client()
        fresh.ask(layout)
        client.ask(layout)
        assert client.steps == fresh.steps
        if turn % 5 == 0:  # somebody else asks more rarely
            slow.ask(layout)
            assert slow.steps == fresh.steps
        times = [step[0] for step in fresh.steps]
        assert times == sorted(set(times))
        now += pauses[turn % len(pauses)]
        turn += 1


def test_a_line_that_only_grows_is_never_asked_for_anew() -> None:
    """Jitter, a gap of a second and a silence of five: what changes lies within what is asked for again."""
    jitter = [((n * 7919) % 1400) - 700 for n in range(64)]
    lives = [
        frames_of([("go", 900), ("gap", 50), ("go", 900), ("silent", 250), ("go", 900)], jitter),
        frames_of([("go", 1400), ("silent", 250), ("gap", 400), ("go", 700)], jitter[::-1]),
    ]
    ages = {"a": 0.0, "b": 0.0}
    layouts, client = Layouts(age_s=lambda clip: ages[clip.camera_id]), Client()
    for now in range(200, 3000, 40):
        clips = []
        for name, (pts, known, gaps) in zip("ab", lives, strict=True):
            count = int(np.searchsorted(np.maximum.accumulate(known), now, side="right"))
            ages[name] = (now - known[count - 1]) / RATE
            clips.append(camera(name, pts[:count], tuple(gap for gap in gaps if gap < count), Fraction(0)))
        client.ask(layouts.of(Match("m", "m", Origin.MEASURED, "2026", Setup(), tuple(clips))))
    assert client.reloads == 1
    assert len(client.steps) > 2500
