"""How often the 95 % intervals of a foul review's aids hold the truth, and how wide they are.

    python benchmarks/foul_aids.py [--trials 2000] [--seed 5]

Challenges with known places and velocities, clicked on two or three pictures up to the contact (up to 0.8 s before)
in one view and in two. Clicks are off by 1.5 px, those of the pitch points too, points of the ground below bodies by
what ``var.measure.standing`` assumes, the second clock by 4 ms. Every 20 trials have a calibration of their own. In
``they brake`` velocities change by 3 m/s2 (one standard deviation an axis), which the estimator is not told; in
``careless`` the points below bodies are off by twice what it assumes. Prints a JSON document.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.special import ndtri

from var.foul.aids import Aid, aids_of
from var.measure.calibrate import Mark, calibrate
from var.measure.calibration import Calibration
from var.measure.inside import inside_m
from var.measure.pitch import Pitch
from var.measure.standing import STANCE_SIGMA_M, Steps, stand
from var.measure.system import Unsolvable
from var.synthetic.camera import Camera, ground_cameras, observe
from var.synthetic.challenge import Challenge, clicked_challenge, drawn_challenge

PITCH = Pitch()
CLICK_SIGMA_PX, CLOCK_SIGMA_S = 1.5, 0.004
SHARED = 20
"""Trials that share one calibration: calibrating is the slow part."""

VIEWS = {"one view": ("cam2",), "two views": ("cam2", "cam4")}
KINDS = {
    "drawn": {},
    "they brake": {"braking_mps2": 3.0},
    "careless": {"stance_m": 2 * STANCE_SIGMA_M},
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One aid of one challenge: what was measured, and what is true."""

    aid: Aid
    truth: float


def calibrated(camera: Camera, random: np.random.Generator) -> Calibration:
    """A calibration from the pitch points that the camera shows, each clicked with noise."""
    width, height = camera.size_px
    marks = []
    for name, place in PITCH.points.items():
        u, v = observe(camera, np.array([place]))[0] + random.normal(0.0, CLICK_SIGMA_PX, 2)
        if 0 <= u <= width - 1 and 0 <= v <= height - 1:
            marks.append(Mark(name, place, (float(u), float(v)), CLICK_SIGMA_PX))
    return calibrate(marks, camera.size_px, PITCH)


def truths(challenge: Challenge, starts_s: float) -> dict[str, float]:
    """What is true of a challenge, by the name of the aid."""
    (inside,), _ = inside_m(challenge.walks["attacker"].at(0.0)[None], PITCH, 1)
    return {
        "offender_attacker": challenge.apart_m("offender", "attacker"),
        "offender_ball": challenge.apart_m("offender", "ball"),
        "attacker_ball": challenge.apart_m("attacker", "ball"),
        "attacker_goal": challenge.goal_m("attacker"),
        "attacker_in_area": float(inside),
        "closing_speed": challenge.closing_mps(starts_s, 0.0),
    }


def run(
    names: Sequence[str], trials: int, seed: int, *, braking_mps2: float = 0.0, stance_m: float = STANCE_SIGMA_M
) -> dict[str, list[Trial]]:
    """Trials by aid, seen by the cameras ``names``; the clocks count against the first of them."""
    random = np.random.default_rng(seed)
    by_id = {camera.id: replace(camera, until_s=Fraction(60)) for camera in ground_cameras()}
    cameras = [by_id[name] for name in names]
    calibrations: dict[str, Calibration] = {}
    found: dict[str, list[Trial]] = {}
    for trial in range(trials):
        if trial % SHARED == 0:
            calibrations = {camera.id: calibrated(camera, random) for camera in cameras}
        challenge = drawn_challenge(random, PITCH, braking_mps2=braking_mps2)
        starts = -Fraction(int(random.integers(5, 21)), 25)
        times = [starts, Fraction(0)] if random.uniform() < 0.5 else [starts, starts / 2, Fraction(0)]
        steps = clicked_challenge(
            random, challenge, cameras, times, click_px=CLICK_SIGMA_PX, clock_s=CLOCK_SIGMA_S, stance_m=stance_m
        )
        true = truths(challenge, float(starts))
        try:
            aids = aids_of(stand(Steps(PITCH, steps, calibrations)), PITCH, 1)
        except Unsolvable as fault:
            aids = tuple(Aid(key) for key in true)
            found.setdefault(f"refused: {fault.code}", []).append(Trial(aids[0], 0.0))
        for aid in aids:
            if aid.key in true:
                found.setdefault(aid.key, []).append(Trial(aid, true[aid.key]))
    return found


def summary(trials: Sequence[Trial]) -> dict[str, Any]:
    """Coverage of those that were measured, with what chance alone would leave it in, widths and errors."""
    measured = [(trial.aid.measured, trial.truth) for trial in trials if trial.aid.measured is not None]
    if not measured:
        return {"trials": len(trials), "refused": len(trials)}
    inside = np.mean([one.interval95[0] <= truth <= one.interval95[1] for one, truth in measured])
    errors = np.array([one.value - truth for one, truth in measured])
    chance = float(ndtri(0.975) * np.sqrt(0.95 * 0.05 / len(measured)))
    return {
        "trials": len(trials),
        "refused": len(trials) - len(measured),
        "coverage": round(float(inside), 4),
        "by_chance": [round(0.95 - chance, 4), round(0.95 + chance, 4)],
        "half_width_median": round(float(np.median([one.half_width95 for one, _ in measured])), 3),
        "error_rms": round(float(np.sqrt((errors**2).mean())), 3),
        "error_mean": round(float(errors.mean()), 4),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    began = time.monotonic()
    found = {
        kind: {
            views: {key: summary(trials) for key, trials in run(names, asked.trials, asked.seed, **told).items()}
            for views, names in VIEWS.items()
        }
        for kind, told in KINDS.items()
    }
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(json.dumps({**found, "seconds": round(time.monotonic() - began), "machine": machine}, indent=2))


if __name__ == "__main__":
    main()
