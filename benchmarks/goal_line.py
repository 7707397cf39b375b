"""How often the 95 % interval of a ball at the goal line holds the truth, and how wide it is.

    python benchmarks/goal_line.py [--trials 200] [--seed 1] [--json]

Shots with gravity, drag and bounces: stopped in the net behind the line, or cleared off it between two frames; seen by
two cameras (50 and 25 frames a second) or by three, each calibrated from ten noisy clicks, clocks off by 1 ms, clicks
off by 2 px (standard deviations). The estimator is told none of the touches. The truth is the farthest place while two
cameras had the ball.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "var")]

import test_goal_line as drawn  # noqa: E402
from measuring import PITCH, calibrated, camera  # noqa: E402

from var.measure.goal_line import BallScene, Line, Passage, judge  # noqa: E402

THIRD = camera((68.0, -20.0, 9.0), (50.0, 0.0, 0.5), 2100.0)


def shot(random: np.random.Generator, kind: str) -> tuple[Any, float] | None:
    """The ball's way and when it is touched; None for one that does not come so far."""
    begins = (random.uniform(50.0, 51.5), random.uniform(-5, 5), random.uniform(0.2, 2.2))
    speed = (random.uniform(4, 30), random.normal(0, 2), random.uniform(-2, 3))
    reach_m = random.uniform(-0.4, 0.5) if kind == "cleared" else random.uniform(0.6, 1.3)
    free = drawn.flown(begins, speed, {})
    if free[-1, 0] < drawn.EDGE_M + reach_m:
        return None
    touch_s = float(np.argmax(free[:, 0] >= drawn.EDGE_M + reach_m)) * drawn.STEP_S
    away = (-random.uniform(3, 20), random.normal(0, 4), random.uniform(-1, 5))
    stopped = (random.uniform(-2, 0), random.normal(0, 1), -1.0)
    return drawn.flown(begins, speed, {touch_s: away if kind == "cleared" else stopped}), touch_s


def trials(count: int, seed: int, kind: str, names: str) -> dict[str, Any]:
    """One row of the table."""
    random = np.random.default_rng(seed)
    drawn.CAMERAS.pop("c", None)
    drawn.CAMERAS.update({"c": THIRD} if "c" in names else {})
    drawn.FPS["c"] = 30000 / 1001
    outcomes: Counter[str] = Counter()
    off, half_cm, wrong, done, spent_s = [], [], 0, 0, 0.0
    known: dict[str, Any] = {}
    while done < count:
        if done % 10 == 0:
            known = {name: calibrated(theta, random, 10, 1.5) for name, theta in drawn.CAMERAS.items()}
        made = shot(random, kind)
        if made is None:
            continue
        done += 1
        way, touch_s = made
        sights = drawn.seen(way, random, (touch_s - 0.16, touch_s + 0.16))
        began = time.process_time()
        verdict = judge(
            BallScene(
                Line.GOAL_RIGHT,
                PITCH,
                known,
                dict.fromkeys(drawn.CAMERAS, 0.001),
                {name: 1 / fps for name, fps in drawn.FPS.items()},
                sights,
            )
        )
        spent_s += time.process_time() - began
        outcomes[verdict.outcome.value] += 1
        if verdict.margin is not None:
            true_m = drawn.farthest_m(way, sights)
            off.append((verdict.margin.value - true_m) / verdict.margin.sigma)
            half_cm.append(100 * verdict.margin.half_width95)
            wrong += verdict.outcome is (Passage.OVER if true_m < 0 else Passage.NOT_OVER)
    return {
        "kind": kind,
        "cameras": len(drawn.CAMERAS),
        "trials": done,
        "outcomes": dict(outcomes),
        "covered": round(float(np.mean(np.abs(off) < 1.96)), 3),
        "mean_off_sigma": round(float(np.mean(off)), 2),
        "half_width_cm": round(float(np.median(half_cm)), 1),
        "wrong_side": wrong,
        "cpu_s_a_verdict": round(spent_s / done, 2),
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="the document, as always")
    args = parser.parse_args()
    rows = [trials(args.trials, args.seed, kind, names) for kind in ("net", "cleared") for names in ("ab", "abc")]
    sys.stdout.write(json.dumps({"rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
