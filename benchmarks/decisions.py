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
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from deciding.ground import CLOCK_SIGMA_S, PEOPLE, calibrated, drawn_ground
from deciding.watch import Condition, Watch

from var.measure.calibration import Calibration
from var.measure.kick import LATE_SHARES
from var.measure.offside import BUDGET, Verdict, measure
from var.model import Outcome
from var.synthetic.duel import drawn_duel

MARGIN_M = 0.6
SHARED = 20
"""Decisions on one ground; of a camera that pans, decisions on the same pair of pictures."""
PANNED = 5

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
    "two views, clicks of 1.5 px": Condition(("line", "stand"), click_px=1.5),
    "two views, clicks of 1 px": Condition(("line", "stand"), click_px=1.0),
    "two views, three pictures, clicks of 1.5 px": Condition(("line", "stand"), pictures=3, click_px=1.5),
    "two views, the kick on one": Condition(("line", "stand"), kicks=1),
    "one view, elevated body points": Condition(("line",), elevated=True, misnamed_part=0.0),
    "one view, panning": Condition(("line",), pans=True, misnamed_part=0.0),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One decision: what was measured and what is true, in metres."""

    verdict: Verdict
    truth_m: float
    measured_s: float = 0.0


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
    parser.add_argument("--more", action="store_true", help="more conditions")
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
