"""How often the 95 % interval of an offside margin holds the truth, and how wide it is.

    python benchmarks/offside_coverage.py [--trials 200] [--seed 5]

Kinds of scenes, each seen by one view and by two:

``drawn``: two points in motion whose heights, velocities and extremities are drawn from what the method assumes. It
checks the propagation, not the assumptions.

``attack``: the articulated bodies of ``var.synthetic`` at a random instant of the attack, with strides, swinging feet
and the true second-last opponent. Nothing is drawn from the method's assumptions. The kick frame is the first picture
of the first camera after that instant; the foremost point of Law 11 on it is clicked there, and on the other picture.
Once more with ``two pictures``: the frame before is clicked as well, which measures the velocities.

Clicks are off by 2 px and those of the pitch points by 1.5 px, clocks by 1 ms. Prints a JSON document.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from var.measure.body import PARTS
from var.measure.calibrate import Mark, calibrate
from var.measure.calibration import Calibration
from var.measure.offside import Verdict, measure
from var.measure.pitch import Pitch
from var.measure.scene import Observation, Scene
from var.model import AttackDirection, BodyPart, Outcome, Role
from var.synthetic.attack import KICK_S, attack_scene
from var.synthetic.camera import Camera, ground_cameras, observe
from var.synthetic.scene import Scene as Play
from var.synthetic.scene import Side

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, Sequence[Camera], dict[str, Calibration]], tuple[Scene, float]]

PITCH = Pitch()
MARK_SIGMA_PX, CLICK_SIGMA_PX, CLOCK_SIGMA_S = 1.5, 2.0, 0.001
SHARED = 20
"""Scenes that share one calibration: calibrating is the slow part, and its share of the error is small."""

VIEWS = {"one view": ("cam2",), "two views": ("cam2", "cam4")}
AROUND_S = 1.2
"""The instants of ``attack`` lie within this time of the scene's kick, where both cameras see both players."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One scene: what was measured and what is true, in metres."""

    verdict: Verdict
    truth_m: float


def calibrated(camera: Camera, random: np.random.Generator) -> Calibration:
    """A calibration from the pitch points that the camera shows, each clicked with noise."""
    width, height = camera.size_px
    marks = []
    for name, place in PITCH.points.items():
        u, v = observe(camera, np.array([place]))[0] + random.normal(0.0, MARK_SIGMA_PX, 2)
        if 0 <= u <= width - 1 and 0 <= v <= height - 1:
            marks.append(Mark(name, place, (float(u), float(v)), MARK_SIGMA_PX))
    return calibrate(marks, camera.size_px, PITCH)


def clicked(camera: Camera, place_m: Floats, random: np.random.Generator) -> tuple[float, float]:
    """Where a person clicks who means ``place_m``."""
    u, v = observe(camera, place_m[None])[0] + random.normal(0.0, CLICK_SIGMA_PX, 2)
    return float(u), float(v)


def drawn(
    random: np.random.Generator, cameras: Sequence[Camera], calibrations: dict[str, Calibration]
) -> tuple[Scene, float]:
    """A scene of two points with its true margin in metres; the kick falls anywhere within one frame."""
    first, kick_s = cameras[0], Fraction(10)
    frame_s = 1 / first.fps
    late_s = float(random.uniform(-0.5, 0.5)) * float(frame_s)
    clock_s = {camera.id: 0.0 if camera is first else float(random.normal(0.0, CLOCK_SIGMA_S)) for camera in cameras}
    observations, true_x = [], {}
    for role in Role:
        part = BodyPart(random.choice(list(BodyPart)))
        prior = PARTS[part]
        height_m = max(0.0, float(random.normal(prior.height_m, prior.height_sigma_m)))
        place = np.array([random.uniform(28.0, 35.0), random.uniform(-8.0, 6.0), height_m])
        velocity = np.array([*random.normal(0.0, prior.speed_sigma_mps, 2), 0.0])
        true_x[role] = float(place[0] + velocity[0] * late_s + random.normal(0.0, prior.extremity_sigma_m))
        for camera in cameras:
            at = clicked(camera, place + velocity * clock_s[camera.id], random)
            sigma_s = 0.0 if camera is first else CLOCK_SIGMA_S
            observations.append(Observation(role, part, camera.id, kick_s, at, CLICK_SIGMA_PX, sigma_s, float(frame_s)))
    scene = _scene(kick_s, frame_s, observations, first, calibrations)
    return scene, true_x[Role.ATTACKER] - true_x[Role.DEFENDER]


def attack(
    random: np.random.Generator,
    cameras: Sequence[Camera],
    calibrations: dict[str, Calibration],
    *,
    pictures: int = 1,
) -> tuple[Scene, float]:
    """An instant of the articulated attack, clicked, with its true margin in metres.

    With two ``pictures`` the same points are clicked on the frame before the kick frame, too.
    """
    play = attack_scene(float(random.uniform(-0.6, 0.6)), int(random.integers(1, 1000)))
    happened_s = KICK_S + Fraction(round(float(random.uniform(-AROUND_S, AROUND_S)) * 1e6), 1_000_000)
    first = cameras[0]
    frame = math.ceil(first.to_match.backward(happened_s) * first.fps)
    shown_s, before_s = first.match_s(frame), first.match_s(frame - 1)
    kick_s = (shown_s + before_s) / 2
    who = {Role.ATTACKER: play.attacker_id, Role.DEFENDER: second_last(play, shown_s)}
    parts = {person: play.governing(person, shown_s)[0] for person in who.values()}
    observations = []
    for camera in cameras:
        error_s = Fraction(0 if camera is first else round(float(random.normal(0.0, CLOCK_SIGMA_S)) * 1e6), 1_000_000)
        sigma_s = 0.0 if camera is first else CLOCK_SIGMA_S
        for instant_s in (shown_s, before_s)[:pictures]:
            taken_s = camera.match_s(round(camera.to_match.backward(instant_s) * camera.fps))
            bodies = play.body_points(taken_s)
            for role, person in who.items():
                at = clicked(camera, bodies[person][parts[person]], random)
                part = BodyPart(parts[person].removeprefix("left_").removeprefix("right_"))
                seen_s, frame_s = taken_s + error_s, float(1 / camera.fps)
                observations.append(Observation(role, part, camera.id, seen_s, at, CLICK_SIGMA_PX, sigma_s, frame_s))
    return _scene(kick_s, shown_s - before_s, observations, first, calibrations), play.margin_at(happened_s)


def second_last(play: Play, time_s: Fraction) -> str:
    """Who the second-last opponent is."""
    opponents = [person.id for person in play.persons if person.side is Side.AWAY]
    return sorted(opponents, key=lambda person: float(play.governing(person, time_s)[1][0]))[-2]


def _scene(
    kick_s: Fraction,
    frame_s: Fraction,
    observations: list[Observation],
    first: Camera,
    calibrations: dict[str, Calibration],
) -> Scene:
    sigma_s = float(frame_s) / math.sqrt(12)
    return Scene(AttackDirection.RIGHT, PITCH, calibrations, kick_s, sigma_s, tuple(observations), kick_camera=first.id)


def run(draw: Draw, names: Sequence[str], trials: int, seed: int) -> list[Trial]:
    """``trials`` scenes of one kind, seen by the cameras ``names``; the kick is marked on the first of them."""
    random = np.random.default_rng(seed)
    by_id = {camera.id: replace(camera, until_s=Fraction(60)) for camera in ground_cameras()}
    cameras = [by_id[name] for name in names]
    calibrations: dict[str, Calibration] = {}
    found = []
    for trial in range(trials):
        if trial % SHARED == 0:
            calibrations = {camera.id: calibrated(camera, random) for camera in cameras}
        scene, truth_m = draw(random, cameras, calibrations)
        found.append(Trial(measure(scene), truth_m))
    return found


def summary(trials: Sequence[Trial]) -> dict[str, Any]:
    """Coverage of those that were measured, widths and errors in centimetres, and what the verdicts were."""
    measured = [trial for trial in trials if trial.verdict.margin is not None]
    inside = [
        low <= trial.truth_m <= high
        for trial in measured
        if (interval := trial.verdict.interval95) is not None
        for low, high in [interval]
    ]
    margins = [trial.verdict.margin for trial in measured if trial.verdict.margin is not None]
    errors_m = np.array([margin.value - trial.truth_m for margin, trial in zip(margins, measured, strict=True)])
    share = float(np.mean(inside)) if inside else None
    wrong = [
        trial
        for trial in trials
        if (trial.verdict.outcome is Outcome.OFFSIDE and trial.truth_m < 0)
        or (trial.verdict.outcome is Outcome.ONSIDE and trial.truth_m > 0)
    ]
    outcomes = {outcome.value: sum(trial.verdict.outcome is outcome for trial in trials) for outcome in Outcome}
    return {
        "trials": len(trials),
        "coverage": None if share is None else round(share, 4),
        "half_width_cm_median": round(100 * float(np.median([margin.half_width95 for margin in margins])), 1),
        "error_cm_rms": round(100 * float(np.sqrt((errors_m**2).mean())), 1),
        "error_cm_mean": round(100 * float(errors_m.mean()), 1),
        "wrong_side": len(wrong),
        **outcomes,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    began = time.monotonic()
    kinds: dict[str, Draw] = {"drawn": drawn, "attack": attack, "attack, two pictures": partial(attack, pictures=2)}
    found = {
        kind: {views: summary(run(draw, names, asked.trials, asked.seed)) for views, names in VIEWS.items()}
        for kind, draw in kinds.items()
    }
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(json.dumps({**found, "seconds": round(time.monotonic() - began), "machine": machine}, indent=2))


if __name__ == "__main__":
    main()
