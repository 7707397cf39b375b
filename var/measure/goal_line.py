"""Whether the whole of the ball passed over the whole of a goal line or touchline, with an uncertainty.

The ball's way between the frames is estimated from two calibrated cameras or more (``var.measure.flight``); what counts
is the farthest that it came. With one camera, too few pictures, or a ball that nobody saw come back, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from touchline.measure import Z95, Measurement
from var.measure.calibration import Calibration
from var.measure.camera import Array
from var.measure.clicks import Reason, assumed_clock_s, usable
from var.measure.flight import SOURCES, Flight, Sight, Touch, fly
from var.measure.joint import Unsolvable
from var.measure.offside import DISAGREE_P
from var.measure.pitch import BALL_RADIUS_M, GOAL_HEIGHT_M, GOAL_WIDTH_M, Pitch
from var.measure.scene import FRAME_S

METHOD = "maximum a posteriori of the ball's way and all cameras"

WORST_SIGMA_M = 0.5
"""A margin less certain than this, twice a ball's width, says nothing that an eye does not see."""

FITS_WELL_P = 0.05
"""A way without a touch is not questioned where its chi-square is no rarer than this."""

MOST_TOUCHES = 3
TRY_ROUNDS = 15
"""A touch in the right gap settles in some eight rounds; in a wrong one it may creep for ever."""

MOST_GAPS = 40
"""So many gaps are tried at most, each with a search of its own."""

TOUCH_CHI2 = 18.0
"""By so much a touch must lower the chi-square: with the four unknowns that it brings, one case in 800 by chance, in
any of some ten gaps one in 80."""

STANDS_MPS = 0.5
"""A ball that is slower than this at the end of what was seen has come to its farthest."""

LONGEST_GAP, FASTEST_MPS = 2.5, 35.0
"""Frames that may be missing between two looks at the ball (its way between them is estimated), and how fast it may go
out and come back where more are."""


class Line(StrEnum):
    """The line in question."""

    GOAL_LEFT = "goal_line_left"
    GOAL_RIGHT = "goal_line_right"
    TOUCH_NEAR = "touchline_near"
    TOUCH_FAR = "touchline_far"

    @property
    def axis(self) -> int:
        """Along which axis of the pitch frame the ball crosses it."""
        return 0 if self in (Line.GOAL_LEFT, Line.GOAL_RIGHT) else 1

    @property
    def sign(self) -> int:
        """The direction outward on that axis."""
        return 1 if self in (Line.GOAL_RIGHT, Line.TOUCH_FAR) else -1


class Passage(StrEnum):
    """What the measurement says."""

    OVER = "over"
    NOT_OVER = "not_over"
    TOO_CLOSE = "too_close"
    NOT_OBSERVED = "not_observed"


@dataclass(frozen=True, slots=True)
class BallScene:
    """What is known: clicks on the ball's centre, cameras, how well their clocks are known (seconds; None where nobody
    measured one: half a frame of ``frames_s`` is taken), and touches that somebody marked. ``stale`` names cameras that
    have moved since the frame of their calibration."""

    line: Line
    pitch: Pitch
    calibrations: Mapping[str, Calibration]
    clocks_s: Mapping[str, float | None]
    frames_s: Mapping[str, float]
    sights: tuple[Sight, ...]
    touches: tuple[Touch, ...] = ()
    radius_m: float = BALL_RADIUS_M
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BallVerdict:
    """``margin`` in metres is how far the whole ball was beyond the line's outer edge at its farthest, negative where
    it was not; None where nothing was observed. ``at_s`` is that instant and ``place_m`` the ball's centre then.
    ``in_goal`` says whether a ball that crossed the goal line did so between the posts and under the bar, None where
    that is not sure or not asked. ``touches_s`` are touches that the way shows.
    ``flight`` is the ball's way, to draw it."""

    outcome: Passage
    margin: Measurement | None
    budget: Mapping[str, float | None]
    reasons: tuple[Reason, ...]
    at_s: float | None = None
    place_m: tuple[float, float, float] | None = None
    in_goal: bool | None = None
    touches_s: tuple[float, ...] = ()
    flight: Flight | None = None

    def document(self) -> dict[str, Any]:
        """The verdict as a JSON-ready document (schema ``goal_line``)."""
        return {
            "outcome": self.outcome.value,
            "margin_m": None if self.margin is None else self.margin.value,
            "sigma_m": None if self.margin is None else self.margin.sigma,
            "interval95_m": None if self.margin is None else list(self.margin.interval95),
            "at_s": self.at_s,
            "place_m": None if self.place_m is None else list(self.place_m),
            "in_goal": self.in_goal,
            "touches_s": list(self.touches_s),
            "budget": dict(self.budget),
            "reasons": [str(reason) for reason in self.reasons],
        }


def judge(scene: BallScene) -> BallVerdict:
    """Whether the ball was over the line. Never guesses: what was not observed is said so, with the reasons."""
    sights, reasons = usable(scene.sights, scene.calibrations, scene.stale)
    cameras = sorted({sight.camera_id for sight in sights})
    if len(cameras) < 2:
        return _nothing([Reason("one_angle" if cameras else "no_ball_mark", cameras[0] if cameras else None), *reasons])
    clocks = {c: assumed_clock_s(scene.clocks_s.get(c), scene.frames_s.get(c, FRAME_S)) for c in cameras}
    reasons += [Reason("clock_not_measured", c) for c in cameras if scene.clocks_s.get(c) is None]
    try:
        flight, said = _flown(sights, scene.calibrations, clocks, scene.touches)
    except Unsolvable as fault:
        return _nothing([Reason(fault.code, fault.camera), *reasons])
    except np.linalg.LinAlgError:  # instants that lie too far apart for any one way
        return _nothing([Reason("not_settled"), *reasons])
    if flight is None:
        return _nothing([*said, *reasons])
    return _said(scene, flight, sights, [*said, *reasons])


def _flown(
    sights: Sequence[Sight],
    calibrations: Mapping[str, Calibration],
    clocks: Mapping[str, float],
    touches: Sequence[Touch],
) -> tuple[Flight | None, list[Reason]]:
    """The way that agrees with the clicks. Where one fits badly, a further touch is looked for in each gap between two
    instants, and taken where it explains more than chance would; None where nothing agrees."""
    best, taken = fly(sights, calibrations, clocks, touches), list(touches)
    while not touches and len(taken) < MOST_TOUCHES and _rarity(best) < FITS_WELL_P:
        tries = [
            (tried, between)
            for between in _gaps(sights, taken)
            if (tried := _tried(sights, calibrations, clocks, [*taken, between])) is not None
        ]
        further = min(tries, key=lambda entry: entry[0].chi2, default=None)
        if further is None or best.chi2 - further[0].chi2 < TOUCH_CHI2:
            break
        best, taken = further[0], sorted([*taken, further[1]], key=lambda touch: touch.time_s)
    if _rarity(best) < DISAGREE_P:
        return None, _disagree(sights)
    return best, [Reason("touched")] if taken and not touches else []


def _gaps(sights: Sequence[Sight], taken: Sequence[Touch]) -> list[Touch]:
    """Where a further touch may lie: between two instants, with two instants at least on either side of it. Where there
    are very many instants, each gap holds several."""
    instants = sorted({sight.time_s for sight in sights})
    edges_s = [*instants[: -1 : max(1, -(-len(instants) // MOST_GAPS))], instants[-1]]
    found = []
    for before, after in pairwise(edges_s):
        edges = [instants[0] - 1, *(touch.time_s for touch in taken), instants[-1] + 1]
        here = next(k for k, edge in enumerate(edges) if edge > (before + after) / 2)
        left = [t for t in instants if edges[here - 1] < t <= before]
        right = [t for t in instants if after <= t < edges[here]]
        if len(left) > 1 and len(right) > 1:
            found.append(Touch((before + after) / 2, max(after - before, 1e-3) / 12**0.5))
    return found


def _tried(
    sights: Sequence[Sight], calibrations: Mapping[str, Calibration], clocks: Mapping[str, float], touches: list[Touch]
) -> Flight | None:
    """The way with these touches, where there is one and each lies in its gap."""
    touches.sort(key=lambda touch: touch.time_s)
    try:
        found = fly(sights, calibrations, clocks, touches, rounds=TRY_ROUNDS)
    except (Unsolvable, np.linalg.LinAlgError):
        return None
    near = (abs(knot - t.time_s) < 1.8 * t.sigma_s + 0.002 for knot, t in zip(found.knots(), touches, strict=True))
    return found if all(near) else None  # half a gap is 1.73 of its standard deviations


def _disagree(sights: Sequence[Sight]) -> list[Reason]:
    return [Reason("views_disagree", camera) for camera in sorted({s.camera_id for s in sights})]


def _rarity(flight: Flight) -> float:
    """How often a chi-square as large as this one comes by chance."""
    from scipy.special import chdtrc

    return float(chdtrc(flight.degrees, flight.chi2))


def _span(sights: Sequence[Sight]) -> tuple[float, float]:
    """From when to when at least two cameras had the ball."""
    spans = [
        (min(times), max(times))
        for camera in {s.camera_id for s in sights}
        if (times := [s.time_s for s in sights if s.camera_id == camera])
    ]
    return sorted(first for first, _ in spans)[1], sorted(last for _, last in spans)[-2]


def _said(scene: BallScene, flight: Flight, sights: Sequence[Sight], reasons: list[Reason]) -> BallVerdict:
    line, pitch = scene.line, scene.pitch
    edge = (pitch.length_m if line.axis == 0 else pitch.width_m) / 2 + scene.radius_m

    def beyond(place: Array) -> float:
        return float(line.sign * place[line.axis] - edge)

    begins, ends = _span(sights)
    if ends <= begins:
        return _nothing([Reason("not_seen_together"), *reasons])
    times = np.linspace(begins, ends, max(50, int((ends - begins) * 2000)))
    margins = np.array([beyond(flight.at(float(t))) for t in times])
    peak = int(np.argmax(margins))
    at_s, value = float(times[peak]), _at(flight, float(times[peak]), beyond)
    for number, knot in enumerate(flight.knots()):
        if begins <= knot <= ends and beyond(flight.way.knot(number, flight.mean)) >= margins[peak]:
            at_s, value = knot, _at_knot(flight, number, beyond)
    sigma, budget = flight.spread(flight.gradient(value))
    margin = Measurement(value(flight.mean), sigma, "m", METHOD)
    low, high = margin.interval95
    place = flight.at(at_s)
    facts: dict[str, Any] = {
        "at_s": at_s,
        "place_m": (float(place[0]), float(place[1]), float(place[2])),
        "touches_s": tuple(flight.knots()),
        "flight": flight,
    }
    if sigma > WORST_SIGMA_M:
        return _nothing([Reason("too_uncertain"), *reasons])
    longest_s = LONGEST_GAP * max(scene.frames_s.get(sight.camera_id, FRAME_S) for sight in sights)
    if min(abs(sight.time_s - at_s) for sight in sights) > longest_s / 2:
        return _nothing([Reason("unseen_gap"), *reasons])  # somebody may have held it there
    if low > 0:
        return BallVerdict(
            Passage.OVER, margin, budget, tuple(reasons), **facts, in_goal=_in_goal(scene, flight, begins, ends)
        )
    if _unseen(flight, sights, longest_s, beyond):
        return _nothing([Reason("unseen_gap"), *reasons])
    # At either end of what was seen it may have been farther still.
    speed = (beyond(flight.at(at_s + 1e-4)) - beyond(flight.at(at_s - 1e-4))) / 2e-4
    if (at_s == begins and speed < -STANDS_MPS) or (at_s == ends and speed > STANDS_MPS):
        return _nothing([Reason("seen_too_late" if at_s == begins else "lost_from_sight"), *reasons])
    outcome = Passage.NOT_OVER if high < 0 else Passage.TOO_CLOSE
    if outcome is Passage.TOO_CLOSE:
        reasons = [*reasons, Reason("interval_spans_zero")]
    return BallVerdict(outcome, margin, budget, tuple(reasons), **facts)


def _unseen(flight: Flight, sights: Sequence[Sight], longest_s: float, beyond: Callable[[Array], float]) -> bool:
    """Whether the ball was not seen for so long that it may have been over the line and back meanwhile."""
    for before, after in pairwise(sorted({sight.time_s for sight in sights})):
        gap_s = after - before
        middle = (beyond(flight.at(before)) + beyond(flight.at(after))) / 2
        if gap_s > longest_s and middle + FASTEST_MPS * gap_s / 2 > 0:
            return True
    return False


def _at(flight: Flight, time_s: float, beyond: Callable[[Array], float]) -> Callable[[Array], float]:
    return lambda x: beyond(flight.way.place(time_s, x))


def _at_knot(flight: Flight, number: int, beyond: Callable[[Array], float]) -> Callable[[Array], float]:
    return lambda x: beyond(flight.way.knot(number, x))


def _in_goal(scene: BallScene, flight: Flight, begins: float, ends: float) -> bool | None:
    """Whether the ball's centre crossed the goal line's plane between the posts and under the bar."""
    if scene.line.axis:
        return None
    plane = scene.pitch.length_m / 2
    times = np.linspace(begins, ends, 400)
    out = np.array([scene.line.sign * flight.at(float(t))[0] - plane for t in times])
    crossed = np.flatnonzero((out[:-1] < 0) & (out[1:] >= 0))
    if not len(crossed):
        return None
    at_s = float(times[crossed[-1]])
    sure: list[bool | None] = []
    for axis, limit in ((1, GOAL_WIDTH_M / 2 - scene.radius_m), (2, GOAL_HEIGHT_M - scene.radius_m)):
        room = _room(flight, at_s, axis, limit)
        sigma, _ = flight.spread(flight.gradient(room))
        left = room(flight.mean)
        sure.append(None if abs(left) < Z95 * sigma else left > 0)
    if False in sure:
        return False
    return None if None in sure else True


def _room(flight: Flight, at_s: float, axis: int, limit: float) -> Callable[[Array], float]:
    return lambda x: limit - abs(float(flight.place(at_s, x)[axis]))


def _nothing(reasons: Sequence[Reason]) -> BallVerdict:
    return BallVerdict(Passage.NOT_OBSERVED, None, dict.fromkeys(SOURCES), tuple(reasons))
