"""Calibration by lines that people marked in broadcast stills: lines held out of the fit, and others' homographies.

    python benchmarks/pitch_lines.py [--fixtures DIR] [--folds 4] [--stills N] [--json]

Reads the recording ``pitch_lines``: marks of SoccerNet's lines (mguti97/PnLCalib's annotations) and, for the same
stills, homographies by others (lood339/SCCvSD). In each fold a part of the lines of a still is left out of the fit; one
counts as met where all its marks lie within 5 px of where the camera shows it, at 960 x 540 (the rule of JaC@5).
``agreement_cm`` is the distance along the pitch between where the camera and the homography put the same pixels, the
median over a still; two people who mark the same lines differ by 4 to 12 cm. ``refused`` counts stills and folds that
the solver would not calibrate. Where the recording is absent one line says so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.calibrate import Calibration, LineMark, calibrate
from var.measure.camera import image
from var.measure.curves import curve_of, feet
from var.measure.documents import read_marks
from var.measure.pitch import Pitch
from var.measure.project import to_ground
from var.model import ImagePoints

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
SIZE, NEAR_PX = (960, 540), 5.0
PITCH = Pitch()
YARDS, YARD_PITCH = (115.0, 74.0), (105.0, 68.0)


def farthest_px(found: Calibration, line: LineMark) -> float:
    """The largest distance of a line's marks from where the camera shows it."""
    curve = curve_of(PITCH, line.name)
    assert curve is not None
    clicks = np.array(line.image_px)
    places, across, _ = feet(found.theta, found.fixed, curve, clicks)
    if not across.any():
        return float("inf")
    return float(np.linalg.norm(image(found.theta[None], found.fixed, places)[0] - clicks, axis=1).max())


def agreement_cm(found: Calibration, homography: Any) -> float:
    """The median distance along the pitch between camera and homography over a grid of pixels on the pitch."""
    pixels = np.stack(np.meshgrid(np.linspace(40, 920, 12), np.linspace(110, 525, 8)), -1).reshape(-1, 2)
    ours, _ = to_ground(found, ImagePoints(pixels), sigma_px=0.0)
    flat = np.c_[(pixels + 0.5) * (1280 / 960) - 0.5, np.ones(len(pixels))] @ np.linalg.inv(np.array(homography)).T
    theirs = flat[:, :2] / flat[:, 2:] * (np.array(YARD_PITCH) / np.array(YARDS))
    x, y = theirs[:, 0] - PITCH.length_m / 2, PITCH.width_m / 2 - theirs[:, 1]
    on = (np.abs(x) < PITCH.length_m / 2) & (np.abs(y) < PITCH.width_m / 2) & np.isfinite(ours[:, 0])
    return 100 * float(np.median(np.abs(ours[on, 0] - x[on])))


def measured(folder: Path, folds: int, most: int | None) -> dict[str, Any]:
    """The whole document of one run."""
    homographies = json.loads((folder / "human_homographies.json").read_text())["homographies"]
    stills = sorted((folder / "marks").glob("*.json"), key=lambda path: int(path.stem))[:most]
    rms, spent, agree, worst = [], [], [], []
    met = held = refused_stills = refused_folds = 0
    for path in stills:
        _, lines = read_marks(json.loads(path.read_text()), SIZE)
        began = time.process_time()
        try:
            found = calibrate([], SIZE, PITCH, lines=lines)
        except BadValue:
            refused_stills += 1
            continue
        spent.append(time.process_time() - began)
        rms.append(found.rms_px)
        if path.stem in homographies:
            agree.append(agreement_cm(found, homographies[path.stem]))
        for fold in range(folds):
            out = [line for k, line in enumerate(lines) if k % folds == fold]
            rest = [line for k, line in enumerate(lines) if k % folds != fold]
            if not out or not rest:
                continue
            try:
                part = calibrate([], SIZE, PITCH, lines=rest)
            except BadValue:
                refused_folds += 1
                continue
            held += len(out)
            gaps = [farthest_px(part, line) for line in out]
            met += sum(gap < NEAR_PX for gap in gaps)
            worst += gaps
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "stills": len(stills),
        "refused": {"stills": refused_stills, "folds": refused_folds},
        "rms_px": round(statistics.median(rms), 2),
        "held_out_lines": held,
        "within_5_px": round(met / max(1, held), 3),
        "held_out_median_px": round(statistics.median(worst), 2),
        "agreement_cm": {"median": round(statistics.median(agree), 1), "p90": round(float(np.quantile(agree, 0.9)), 1)},
        "seconds": {"median": round(statistics.median(spent), 2), "p95": round(float(np.quantile(spent, 0.95)), 2)},
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--stills", type=int)
    parser.add_argument("--json", action="store_true", help="the document, as always")
    asked = parser.parse_args()
    folder = asked.fixtures / "pitch_lines"
    if not folder.is_dir():
        print(f"skipped: the recording pitch_lines is not in {asked.fixtures}")
        return
    print(json.dumps(measured(folder, asked.folds, asked.stills), indent=2))


if __name__ == "__main__":
    main()
