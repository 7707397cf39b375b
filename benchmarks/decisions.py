"""How often the 95 % interval of an offside margin holds the truth, in each of six conditions.

    python benchmarks/decisions.py [--decisions 10000] [--seed 7] [--only "two views"]

Each *ground* is drawn anew: the size of its pitch, four cameras with places, lenses, frame rates and clocks, and the
clicks that calibrate each of them. On each ground some decisions are drawn: an attacker and the second-last opponent
with the whole body, running, whose true margin is anywhere within 60 cm of level. The kick falls at any instant; a
person marks it, chooses the foremost point of each player, and clicks it in every view on the picture before the kick
and on the one after it. Clicks have heavy tails, kicks are marked late, and marks and parts are confused
(``var.synthetic.observer``); the estimator is told none of it. Prints the levels of the noise and a JSON document, and
each condition on the standard error when it is through.

In one view a body part of a wrong name cannot be found out: its height is all that is known of its place along the
sight line. So parts are confused in two views and more, and in one view in a condition of its own (``--more``).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import count
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import TouchlineError
from var.measure.calibrate import Mark, calibrate
from var.measure.calibration import Calibration
from var.measure.kick import LATE_SHARES, Bracket, kick_among
from var.measure.offside import BUDGET, Verdict, measure
from var.measure.pitch import Pitch
from var.measure.scene import Observation, Scene
from var.model import AttackDirection, BodyPart, Outcome, Role
from var.synthetic.camera import Camera, aimed, observe
from var.synthetic.duel import Duel, Runner, drawn_duel
from var.synthetic.moving import Moving
from var.synthetic.observer import Observer

Floats = NDArray[np.float64]

PEOPLE = Observer()
CLOCK_SIGMA_S = 0.002
MARGIN_M = 0.6
MARKS = 14
"""So many points of the pitch a person clicks at most in one picture."""
SHARED = 20
"""Decisions on one ground; of a camera that pans, decisions on the same pair of pictures."""
PANNED = 5

RATES = {"stand": Fraction(50), "line": Fraction(50), "goal": Fraction(25), "corner": Fraction(30000, 1001)}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a decision is seen with. The kick is marked on the first of ``views``, or with ``any_first`` on
    any, and on ``kicks - 1`` others. ``misnamed_part``: how often a body part gets a wrong name."""

    views: tuple[str, ...]
    pictures: int = 2
    kicks: int = 2
    pans: bool = False
    readout_s: tuple[float, float] = (0.0, 0.0)
    elevated: bool = False
    any_first: bool = False
    misnamed_part: float = PEOPLE.misnamed_part


CONDITIONS = {
    "one view": Condition(("line",), misnamed_part=0.0),
    "two views": Condition(("line", "stand")),
    "panning": Condition(("line", "stand"), pans=True),
    "rolling shutter": Condition(("line", "stand"), readout_s=(0.005, 0.02)),
    "unequal frame rates": Condition(("line", "goal", "corner"), any_first=True),
    "elevated body points": Condition(("line", "stand"), elevated=True),
}
MORE = {
    "one view, parts misnamed": Condition(("line",)),
    "one view, one picture": Condition(("line",), pictures=1, misnamed_part=0.0),
    "two views, one picture": Condition(("line", "stand"), pictures=1),
    "two views, three pictures": Condition(("line", "stand"), pictures=3),
    "four views": Condition(("line", "stand", "goal", "corner")),
    "two views, the kick on one": Condition(("line", "stand"), kicks=1),
    "one view, elevated body points": Condition(("line",), elevated=True, misnamed_part=0.0),
    "one view, panning": Condition(("line",), pans=True, misnamed_part=0.0),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A drawn ground: its pitch, its cameras, when each takes its first picture (s), and its clocks' errors (s)."""

    pitch: Pitch
    cameras: dict[str, Camera]
    starts_s: dict[str, float]
    clock_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """One decision: what was measured and what is true, in metres."""

    verdict: Verdict
    truth_m: float
    measured_s: float = 0.0


def drawn_ground(random: np.random.Generator) -> Ground:
    """A pitch of a legal size and four ordinary cameras around the attack on its right-hand goal, as far away and with
    such lenses as those of the demo's ground, give or take."""
    pitch = Pitch(float(round(random.uniform(100, 110), 1)), float(round(random.uniform(64, 75), 1)))
    half, side = pitch.length_m / 2, pitch.width_m / 2
    places = {
        "line": ((random.uniform(24, 40), -side - random.uniform(9, 20), random.uniform(5, 13)), (2300, 3100)),
        "corner": ((half + random.uniform(0, 8), side + random.uniform(5, 14), random.uniform(6, 12)), (2100, 2800)),
        "stand": ((random.uniform(5, 18), -side - random.uniform(9, 20), random.uniform(6, 14)), (2300, 3100)),
        "goal": ((half + random.uniform(12, 20), random.uniform(-9, 9), random.uniform(8, 14)), (1500, 2000)),
    }
    cameras = {}
    for name, (at_m, focal_px) in places.items():
        k1 = random.uniform(-0.2, 0.0)
        cameras[name] = aimed(
            name,
            name,
            at_m=at_m,
            towards_m=(half - random.uniform(18, 24), random.uniform(-6, 6), 0.5),
            focal_px=float(random.uniform(*focal_px)),
            dist=(k1, -0.25 * k1 * random.uniform(0.3, 1.0), *random.normal(0, 0.0003, 2), 0.0),
            roll_deg=float(random.normal(0, 0.5)),
            offset_s=Fraction(0),
            rate=Fraction(1),
            fps=RATES[name],
            until_s=Fraction(60),
            centre_px=(959.5 + random.normal(0, 8), 539.5 + random.normal(0, 8)),
        )
    starts_s = {name: float(random.uniform(0, 1 / RATES[name])) for name in cameras}
    clock_s = {name: float(random.normal(0, CLOCK_SIGMA_S)) for name in cameras}
    return Ground(pitch, cameras, starts_s, clock_s)


def calibrated(camera: Camera, pitch: Pitch, random: np.random.Generator) -> tuple[Calibration | None, int]:
    """A calibration by a person's clicks, and how often it was refused before; a refused one is clicked again with the
    names looked at once more."""
    names = list(pitch.points)
    pixels = observe(camera, np.array([pitch.points[name] for name in names]))
    inside = np.flatnonzero(((pixels > 0) & (pixels < np.array(camera.size_px) - 1)).all(axis=1))
    people = PEOPLE
    for refused in range(4):
        chosen = [int(i) for i in random.permutation(inside)[:MARKS]]
        called = people.names(random, [names[i] for i in chosen])
        marks = []
        for i, name in zip(chosen, called, strict=True):
            u, v = np.clip(pixels[i] + people.miss(random, people.mark_px), 0, np.array(camera.size_px) - 1)
            marks.append(Mark(name, pitch.points[name], (float(u), float(v)), people.mark_px))
        try:
            return calibrate(marks, camera.size_px, pitch), refused
        except TouchlineError:
            people = replace(PEOPLE, misnamed_mark=0.0)
    return None, 4


class Watch:
    """One decision's pictures: which are looked at, and what is clicked on them."""

    def __init__(self, ground: Ground, condition: Condition, random: np.random.Generator) -> None:
        self.ground, self.condition, self.random = ground, condition, random
        names = list(condition.views)
        self.first = names[int(random.integers(len(names)))] if condition.any_first else names[0]
        self.shots: dict[str, Moving] = {}
        for name in names:
            pans = condition.pans and name == names[0]
            self.shots[name] = Moving(
                ground.cameras[name],
                0.0,
                pan_rad_s=float(random.normal(0, 0.08)) if pans else 0.0,
                tilt_rad_s=float(random.normal(0, 0.01)) if pans else 0.0,
                zoom_s=float(random.normal(0, 0.05)) if pans else 0.0,
                readout_s=float(random.uniform(*condition.readout_s)),
            )
        self._frames()

    def _frames(self) -> None:
        """The frame that is marked as the kick's on each of the condition's kick views, and those which are clicked:
        around the kick in every view."""
        marked = {name: self._marked(name) for name in [self.first, *self._others()]}
        brackets = [
            Bracket(
                self._said(name, shown - 1),
                self._said(name, shown),
                0.0 if name == self.first else math.hypot(CLOCK_SIGMA_S, CLOCK_SIGMA_S),
            )
            for name, shown in marked.items()
        ]
        kick = kick_among(brackets)
        self.kick_s, self.kick_sigma_s = kick.at_s, kick.sigma_s
        self.frames: dict[str, list[int]] = {}
        for name in self.shots:
            at = float(self.kick_s) - self.ground.clock_s[name] - self._start(name)
            later = math.ceil(at * float(RATES[name]))
            self.frames[name] = [later, later - 1, later + 1][: self.condition.pictures]

    def _others(self) -> list[str]:
        return [name for name in self.shots if name != self.first][: self.condition.kicks - 1]

    def _marked(self, name: str) -> int:
        """The frame that a person marks as the first which shows foot and ball together."""
        shot = self.shots[name]
        ball_row = self.random.uniform(0.3, 0.8) * (shot.camera.size_px[1] - 1)
        shown = math.ceil((0.0 - shot.row_s(ball_row) - self._start(name)) * float(RATES[name]))
        return shown + PEOPLE.late_frames(self.random)

    def _start(self, name: str) -> float:
        return self.ground.starts_s[name]

    def taken_s(self, name: str, frame: int) -> float:
        """When a picture is really taken."""
        return self._start(name) + frame / float(RATES[name])

    def _said(self, name: str, frame: int) -> Fraction:
        """When it was taken by its clock."""
        return Fraction(round((self.taken_s(name, frame) + self.ground.clock_s[name]) * 1e9), 1_000_000_000)

    def poses(self) -> tuple[dict[str, Calibration], int] | None:
        """A calibration of each picture of the panning view; nothing for the others."""
        name, found, refused = self.condition.views[0], {}, 0
        for frame in self.frames[name]:
            camera = self.shots[name].at(self.taken_s(name, frame))
            found_1, times = calibrated(camera, self.ground.pitch, self.random)
            refused += times
            if found_1 is None:
                return None
            found[f"{name}@{frame}"] = found_1
        return found, refused

    def observations(self, duel: Duel) -> list[Observation] | None:
        """The clicks of a duel; None where a point is outside a picture."""
        found = []
        shown_s = self.taken_s(self.first, self.frames[self.first][0])
        for role, runner in ((Role.ATTACKER, duel.attacker), (Role.DEFENDER, duel.defender)):
            part = PEOPLE.chosen(self.random, runner.reach(shown_s))
            people = replace(PEOPLE, misnamed_part=self.condition.misnamed_part)
            said = BodyPart(people.said(self.random, part.partition("_")[2] or part))
            edge_m = self.random.normal(0, PEOPLE.edge_m * (1 if "toe" in part or "heel" in part else 1.5))
            inside = np.array([edge_m - abs(self.random.normal(0, PEOPLE.inside_m)), 0.0, 0.0])
            for name, shot in self.shots.items():
                clicked = part if name == self.first else PEOPLE.clicked(self.random, part)
                for frame in self.frames[name]:
                    pixel = self._click(shot, runner, clicked, inside, self.taken_s(name, frame))
                    if pixel is None:
                        return None
                    pose = f"{name}@{frame}" if self.condition.pans and name == self.condition.views[0] else ""
                    found.append(
                        Observation(
                            role, said, name, self._said(name, frame), pixel, PEOPLE.click_px, CLOCK_SIGMA_S,
                            float(1 / RATES[name]), pose=pose,
                        )
                    )  # fmt: skip
        return found

    def _click(
        self, shot: Moving, runner: Runner, part: str, inside_m: Floats, taken_s: float
    ) -> tuple[float, float] | None:
        pixel = shot.sees(lambda at_s: runner.part(part, at_s) + inside_m, taken_s)
        clicked = pixel + PEOPLE.miss(self.random, PEOPLE.click_px)
        seen = (
            np.isfinite(clicked).all() and (clicked > 0).all() and (clicked < np.array(shot.camera.size_px) - 1).all()
        )
        return (float(clicked[0]), float(clicked[1])) if seen else None

    def scene(self, calibrations: dict[str, Calibration], observations: Sequence[Observation]) -> Scene:
        """What the estimator is given."""
        return Scene(
            AttackDirection.RIGHT,
            self.ground.pitch,
            calibrations,
            self.kick_s,
            self.kick_sigma_s,
            tuple(observations),
            kick_camera=self.first,
        )


def trials_of(condition: Condition, decisions: int, seed: Sequence[int]) -> tuple[list[Trial], Counter[str]]:
    """``decisions`` decisions of one condition, and what else happened on the way."""
    random = np.random.default_rng(seed)
    found: list[Trial] = []
    happened: Counter[str] = Counter()
    while len(found) < decisions:
        ground = drawn_ground(random)
        calibrations: dict[str, Calibration] = {}
        for name in condition.views:
            calibration, refused = calibrated(ground.cameras[name], ground.pitch, random)
            happened["calibrations"] += 1
            happened["calibrations_refused"] += refused
            if calibration is not None:
                calibrations[name] = calibration
        if len(calibrations) < len(condition.views):
            happened["grounds_given_up"] += 1
            continue
        for number in range(SHARED):
            if number % PANNED == 0 or not condition.pans:
                watch = Watch(ground, condition, random)
                used = dict(calibrations)
                if condition.pans:
                    posed = watch.poses()
                    if posed is None:
                        break
                    used |= posed[0]
                    happened["calibrations_refused"] += posed[1]
                    happened["calibrations"] += len(posed[0])
            for _ in range(20):
                line_x = ground.pitch.length_m / 2 - float(random.uniform(9, 30))
                ys = (float(random.uniform(-14, 14)), float(random.uniform(-14, 14)))
                truth_m = float(random.uniform(-MARGIN_M, MARGIN_M))
                duel = drawn_duel(random, line_x, ys, truth_m, elevated=condition.elevated)
                observations = watch.observations(duel)
                if observations is not None:
                    scene = watch.scene(used, observations)
                    began = time.process_time()
                    verdict = measure(scene)
                    found.append(Trial(verdict, truth_m, time.process_time() - began))
                    break
    return found[:decisions], happened


def summary(trials: Sequence[Trial]) -> dict[str, Any]:
    """Coverage of those that were measured, widths and errors in centimetres, and what the verdicts were.

    ``wrong_side_allowed`` is what the stated confidence allows: one in forty of those that were decided, for of the 5 %
    outside an interval half lies on the wrong side. ``wrong_side_expected`` is harder: the sum of the probabilities, by
    each verdict's own margin and sigma as a normal distribution, that it is on the wrong side.
    """
    margins = [(trial.verdict.margin, trial) for trial in trials if trial.verdict.margin is not None]
    inside = [margin.interval95[0] <= trial.truth_m <= margin.interval95[1] for margin, trial in margins]
    errors_m = np.array([margin.value - trial.truth_m for margin, trial in margins])
    sigmas_m = np.array([margin.sigma for margin, _ in margins])
    decided = [(m, t) for m, t in margins if t.verdict.outcome in (Outcome.OFFSIDE, Outcome.ONSIDE)]
    wrong = sum((trial.verdict.outcome is Outcome.OFFSIDE) != (trial.truth_m > 0) for _, trial in decided)
    expected = sum(NormalDist().cdf(-abs(margin.value) / margin.sigma) for margin, _ in decided)
    return {
        "decisions": len(trials),
        "coverage": round(float(np.mean(inside)), 4),
        "half_width_cm_median": round(100 * float(np.median(1.96 * sigmas_m)), 1),
        "half_width_cm_90": round(100 * float(np.quantile(1.96 * sigmas_m, 0.9)), 1),
        "error_cm_rms": round(100 * float(np.sqrt((errors_m**2).mean())), 1),
        "error_cm_mean": round(100 * float(errors_m.mean()), 1),
        "normalised_rms": round(float(np.sqrt(((errors_m / sigmas_m) ** 2).mean())), 3),
        "wrong_side": int(wrong),
        "wrong_side_expected": round(expected, 1),
        "wrong_side_allowed": round(0.025 * len(decided), 1),
        **{outcome.value: sum(trial.verdict.outcome is outcome for trial in trials) for outcome in Outcome},
        "measure_ms_median": round(1000 * float(np.median([trial.measured_s for trial in trials])), 1),
        "budget_cm_median": {
            source: round(100 * float(np.median([trial.verdict.budget[source] or 0.0 for _, trial in margins])), 1)
            for source in BUDGET
        },
        "reasons": dict(Counter(reason.code for trial in trials for reason in trial.verdict.reasons)),
    }


def run(condition: Condition, decisions: int, seed: int, workers: int) -> dict[str, Any]:
    """One condition, in parts of their own seeds, so that the result does not depend on the number of workers."""
    parts = [min(500, decisions - begun) for begun in range(0, decisions, 500)]
    began = time.monotonic()
    found: list[Trial] = []
    happened: Counter[str] = Counter()
    with ProcessPoolExecutor(workers) as pool:
        numbers = list(zip(count(), parts, strict=False))
        for trials, more in pool.map(
            trials_of, [condition] * len(parts), parts, [(seed, number) for number, _ in numbers]
        ):
            found += trials
            happened += more
    return summary(found) | dict(happened) | {"seconds": round(time.monotonic() - began)}


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", help="one condition by its name")
    parser.add_argument("--more", action="store_true", help="four more conditions")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    conditions = {**CONDITIONS, **(MORE if asked.more else {})}
    if asked.only:
        conditions = {asked.only: {**CONDITIONS, **MORE}[asked.only]}
    noise = {**asdict(PEOPLE), "clock_sigma_s": CLOCK_SIGMA_S, "assumed_late": LATE_SHARES, "margin_m": MARGIN_M}
    found: dict[str, Any] = {}
    for name, condition in conditions.items():
        found[name] = run(condition, asked.decisions, asked.seed, asked.workers)
        print(json.dumps({name: found[name]}), file=sys.stderr, flush=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(json.dumps({"noise": noise, "conditions": found, "machine": machine}, indent=2))


if __name__ == "__main__":
    main()
