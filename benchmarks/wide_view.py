"""How well a real wide view with strong distortion is calibrated, and which wrong marks are named.

    python benchmarks/wide_view.py [--fixtures DIR]

Reads ``match_left_wide/left_keypoints.xml``: 38 clicked pitch points of one fixed wide view of a university match
(3072 x 1728; AtomScott/SportsLabKit at 2d6956d, MIT). Its labels put the penalty area at 14.84 and 53.16 m from the far
corner where Law 1 says 13.84 and 54.16. Prints a JSON document; where the recording is absent one line says so.

The error is from goal to goal (x, the direction that an offside line needs): every fourth mark is held out of the fit
in turn (and once each mark alone), its click is cast to the ground and compared with its place. ``refined`` ones also
saw the first picture of ``left_camera.mp4``, where it is there. ``clicks_alone`` is what the noise of the held-out
clicks would leave of a camera without any error; ``se_m`` is how far the median itself is off by chance (bootstrap).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from defusedxml.ElementTree import parse
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.measure.calibrate import Lens, Mark, calibrate
from var.measure.pitch import Pitch
from var.measure.project import to_ground
from var.measure.refine import refine
from var.measure.sure import ground_covariance
from var.measure.surface import Crown
from var.model import ImagePoints

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
SIZE_PX = (3072, 1728)
PITCH = Pitch()
WRONG = ("14.84", "53.16")
FOLDS = 4

Floats = NDArray[np.float64]
Locate = Callable[[Sequence[Mark], Floats], Floats]
"""From the marks to fit and the pixels (n, 2) of others to their x on the ground, (n,) in metres."""


def read_marks(path: Path) -> list[Mark]:
    """The clicked points; their labels count x and y in metres from the far left corner."""
    marks = []
    for element in parse(path).iter("points"):
        label = element.attrib["label"]
        x, y = (float(part) for part in label.strip("()").split(","))
        u, v = (float(part) for part in element.attrib["points"].split(","))
        marks.append(Mark(label, (x - PITCH.length_m / 2, PITCH.width_m / 2 - y, 0.0), (u, v)))
    return marks


def by_camera(lens: Lens | None = None, crown: Crown = None, picture: Any = None) -> Locate:
    """Locates by ``calibrate``; with ``lens`` its distortion is held, with ``picture`` the camera is refined on it."""

    def locate(marks: Sequence[Mark], pixels: Floats) -> Floats:
        found = calibrate(marks, SIZE_PX, PITCH, lens=lens, crown=crown)
        if picture is not None:
            found = refine(picture, found, PITCH, marks=marks)
        return np.asarray(to_ground(found, ImagePoints(pixels))[0][:, 0])

    return locate


def by_homography(marks: Sequence[Mark], pixels: Floats) -> Floats:
    """Locates by the plane homography of least squares: no lens at all."""
    import cv2

    source = np.array([mark.image_px for mark in marks])
    target = np.array([mark.pitch_m[:2] for mark in marks])
    found, _ = cv2.findHomography(source, target, 0)
    cast = np.c_[pixels, np.ones(len(pixels))] @ np.asarray(found).T
    return np.asarray(cast[:, 0] / cast[:, 2])


def held_out(marks: Sequence[Mark], locate: Locate, folds: int = FOLDS) -> dict[str, Any]:
    """Median and 95th percentile of the error of held-out marks in metres, or the code of the refusal."""
    errors: list[float] = []
    for fold in range(folds):
        held = [mark for index, mark in enumerate(marks) if index % folds == fold]
        rest = [mark for index, mark in enumerate(marks) if index % folds != fold]
        try:
            x_m = locate(rest, np.array([mark.image_px for mark in held]))
        except BadValue as refusal:
            return {"refused": refusal.name}
        errors += [abs(float(x) - mark.pitch_m[0]) for x, mark in zip(x_m, held, strict=True)]
    known = np.array(errors)[np.isfinite(errors)]
    again = np.random.default_rng(1).choice(known, (2000, len(known)))
    return {
        "median_m": round(float(np.median(known)), 3),
        "se_m": round(float(np.median(again, axis=1).std()), 3),
        "p95_m": round(float(np.quantile(known, 0.95)), 3),
        "marks": len(errors),
        "not_located": len(errors) - len(known),
    }


def clicks_alone(marks: Sequence[Mark], found: Any) -> dict[str, float]:
    """The median error in metres that clicks leave which miss by what ``found`` leaves of them, with a camera that is
    exactly right: its mean, and the range of nine pictures in ten."""
    places = np.array([mark.pitch_m for mark in marks])
    each = found.rms_px / np.sqrt(2)
    spread = ground_covariance(found.theta, found.fixed, np.zeros((11, 11)), places, each)[:, 0, 0]
    drawn = np.abs(np.random.default_rng(1).normal(0, np.sqrt(spread), (4000, len(places))))
    medians = np.median(drawn, axis=1)
    return {
        "px_each": round(float(each), 2),
        "median_m": round(float(medians.mean()), 3),
        "p5_m": round(float(np.quantile(medians, 0.05)), 3),
        "p95_m": round(float(np.quantile(medians, 0.95)), 3),
    }


def first_picture(path: Path) -> Any:
    """The first picture of the recording; None where it is not here."""
    from var.footage.video import Reader, index

    if not path.is_file():
        return None
    with Reader(index(path)) as reader:
        return reader.picture(0)


def straight_lens() -> Lens:
    """A pinhole whose focal length and centre are free as usual and whose lens does not bend."""
    width, height = SIZE_PX
    k = np.array([[0.7 * width, 0.0, (width - 1) / 2], [0.0, 0.7 * width, (height - 1) / 2], [0.0, 0.0, 1.0]])
    return Lens(k, np.zeros(5), SIZE_PX, sigma_log_f=0.7, sigma_dist=1e-6, sigma_centre_px=0.01 * width)


def measure(path: Path) -> dict[str, Any]:
    """The whole document."""
    marks = read_marks(path)
    good = [mark for mark in marks if not any(wrong in mark.name for wrong in WRONG)]
    methods: dict[str, Locate] = {
        "k1_k2_estimated": by_camera(),
        "with_crown": by_camera(crown="estimate"),
        "straight_lens": by_camera(straight_lens()),
        "homography": by_homography,
    }
    picture = first_picture(path.parent / "left_camera.mp4")
    if picture is not None:
        methods["refined"] = by_camera(picture=picture)
        methods["refined_with_crown"] = by_camera(crown="estimate", picture=picture)
    found, clean = calibrate(marks, SIZE_PX, PITCH), calibrate(good, SIZE_PX, PITCH)
    return {
        "marks": len(marks),
        "mislabelled": [mark.name for mark in marks if mark not in good],
        "rejected": {fit.name: fit.suggestion for fit in found.marks if fit.rejected},
        "rejected_of_good_marks": [fit.name for fit in clean.marks if fit.rejected],
        "rms_px": round(clean.rms_px, 2),
        "k1_k2": [round(float(value), 3) for value in clean.dist[:2]],
        "p1_p2_k3": [round(float(value), 5) for value in clean.dist[2:]],
        "clicks_alone": clicks_alone(good, clean),
        "held_out": {name: held_out(good, locate) for name, locate in methods.items()},
        "each_alone": {name: held_out(good, methods[name], len(good)) for name in ("k1_k2_estimated", "with_crown")},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, metavar="DIR", help="folder of the real recordings")
    path = parser.parse_args().fixtures / "match_left_wide" / "left_keypoints.xml"
    if not path.is_file():
        print("skipped: the real recording match_left_wide is not here; name its folder with --fixtures")
        return
    print(json.dumps(measure(path), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
