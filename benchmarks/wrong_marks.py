"""How long a calibration takes where marks are wrong, and whether it says which: one calibration after another.

    python benchmarks/wrong_marks.py [--cameras N] [--stills N] [--fixtures DIR] [--list FILE]

Rendered cameras in a stand whose points or lines are clicked 1.5 pixels off, and the real recording ``pitch_lines``
where it is there. Each set is calibrated as it is (``right``) and as people get it wrong: a name that belongs to
another place (``one_name``), two names exchanged (``exchanged``), near and far or left and right exchanged
(``mirrored``), and another pitch than the said one (``other_size``). ``named`` is the share whose wrong marks, and no
others, are rejected; ``suggested`` the share of these in which the right names are proposed, too; ``refused`` the share
that got no calibration. Times are processor time of one calibration: median, 95th percentile and the largest.
``--list`` writes each calibration with its time, to compare two versions case by case.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.calibrate import LineMark, Mark, calibrate
from var.measure.curves import curve_of
from var.measure.documents import read_marks
from var.measure.pitch import Pitch
from var.synthetic.camera import Camera, aimed, observe

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
PITCH, OTHER = Pitch(), Pitch(100.0, 64.0)
CLICK_PX, STILL_SIZE = 1.5, (960, 540)
POINTS, LINES, CLICKS = (5, 7, 9, 12, 20), (4, 6, 9, 14), 5
KINDS = ("right", "one_name", "exchanged", "mirrored", "other_size")


@dataclass(frozen=True)
class Clicked:
    """Marks of one picture: points or lines."""

    group: str
    name: str
    size_px: tuple[int, int]
    points: tuple[Mark, ...] = ()
    lines: tuple[LineMark, ...] = ()

    @property
    def marks(self) -> tuple[Mark, ...] | tuple[LineMark, ...]:
        """The points, or the lines where there are none."""
        return self.points or self.lines

    def called(self, names: dict[int, str]) -> Clicked:
        """The same clicks, some under other names."""
        points, lines = list(self.points), list(self.lines)
        for at, name in names.items():
            if self.points:
                points[at] = replace(points[at], name=name, pitch_m=PITCH.points[name])
            else:
                lines[at] = replace(lines[at], name=name)
        return replace(self, points=tuple(points), lines=tuple(lines))


def drawn_camera(random: np.random.Generator) -> Camera:
    """A camera in a stand, on either side or behind a goal, that looks at a part of the pitch."""
    if random.uniform() < 0.75:
        at = (random.uniform(-40, 40), random.choice([-1, 1]) * random.uniform(45, 85), random.uniform(6, 24))
    else:
        at = (random.choice([-1, 1]) * random.uniform(60, 80), random.uniform(-30, 30), random.uniform(6, 20))
    towards = (random.uniform(-35, 35), random.uniform(-12, 12), 0.0)
    wide = float(np.linalg.norm(np.subtract(at, towards))) * random.uniform(14, 30)
    return aimed(
        "c", "main_stand", at_m=at, towards_m=towards, focal_px=wide,
        dist=(random.uniform(-0.2, 0.05), random.uniform(-0.03, 0.05), 0.0, 0.0, 0.0), roll_deg=random.normal(0, 0.4),
        centre_px=(959.5 + random.normal(0, 6), 539.5 + random.normal(0, 6)),
        offset_s=Fraction(0), rate=Fraction(1), fps=Fraction(25), until_s=Fraction(9),
    )  # fmt: skip


def clicked_points(camera: Camera, pitch: Pitch, random: np.random.Generator, count: int) -> list[Mark]:
    """Points of the ground that the picture shows, under the names and places of the said pitch."""
    names = [name for name, place in pitch.points.items() if place[2] == 0]
    px = observe(camera, np.array([pitch.points[name] for name in names]))
    with np.errstate(invalid="ignore"):
        shown = np.flatnonzero(((px > 8) & (px < np.array(camera.size_px) - 9)).all(axis=1))
    chosen = random.permutation(shown)[:count]
    at = px[chosen] + random.normal(0, CLICK_PX, (len(chosen), 2))
    return [
        Mark(names[i], PITCH.points[names[i]], (float(u), float(v)), CLICK_PX)
        for i, (u, v) in zip(chosen, at, strict=True)
    ]


def clicked_lines(camera: Camera, pitch: Pitch, random: np.random.Generator, count: int) -> list[LineMark]:
    """Lines and arcs of which the picture shows a good part, each clicked in a few places."""
    found = []
    for name in random.permutation([*pitch.lines, *pitch.arcs]).tolist():
        curve = curve_of(pitch, name)
        assert curve is not None
        px = observe(camera, curve)
        with np.errstate(invalid="ignore"):
            px = px[((px > 8) & (px < np.array(camera.size_px) - 9)).all(axis=1)]
        if len(px) < 2 or np.linalg.norm(np.ptp(px, axis=0)) < 60:
            continue
        spots = px[np.linspace(0, len(px) - 1, min(CLICKS, len(px))).round().astype(int)]
        spots = spots + random.normal(0, CLICK_PX, spots.shape)
        found.append(LineMark(name, tuple((float(u), float(v)) for u, v in spots), CLICK_PX))
        if len(found) == count:
            break
    return found


def sets(pitch: Pitch, cameras: int) -> Iterator[Clicked]:
    """What is clicked in the pictures of rendered cameras."""
    for trial in range(cameras):
        random = np.random.default_rng([11, trial])
        camera = drawn_camera(random)
        points = POINTS[trial % len(POINTS)]
        marks = clicked_points(camera, pitch, random, points)
        if len(marks) >= min(points, 7):
            yield Clicked("points", f"camera {trial}, {len(marks)} points", camera.size_px, points=tuple(marks))
        lines = clicked_lines(camera, pitch, random, LINES[trial % len(LINES)])
        if len(lines) >= 4:
            yield Clicked("lines", f"camera {trial}, {len(lines)} lines", camera.size_px, lines=tuple(lines))


def stills(folder: Path, most: int | None) -> Iterator[Clicked]:
    """What people clicked in broadcast stills."""
    for path in sorted((folder / "marks").glob("*.json"), key=lambda path: int(path.stem))[:most]:
        _, lines = read_marks(json.loads(path.read_text()), STILL_SIZE)
        yield Clicked("stills", f"still {path.stem}", STILL_SIZE, lines=tuple(lines))


def wrongly(clicks: Clicked, kind: str) -> tuple[Clicked, dict[str, str]] | None:
    """The set as people get it wrong, and for each wrong name the right one; None where that cannot be done with it."""
    random = np.random.default_rng([13, len(clicks.marks)])
    names = [mark.name for mark in clicks.marks]
    if kind == "right":
        return clicks, {}
    if kind == "mirrored":
        sides = random.uniform() < 0.5
        return clicks.called({k: mirror(name, sides) for k, name in enumerate(names)}), {}
    known = list(PITCH.points if clicks.points else (*PITCH.lines, *PITCH.arcs))
    straight = [k for k, name in enumerate(names) if clicks.points or name in PITCH.lines]
    if len(straight) < 2:
        return None
    first, second = (int(k) for k in random.permutation(straight)[:2])
    if kind == "exchanged":
        wrong = {first: names[second], second: names[first]}
    else:
        rest = [name for name in known if name not in names and (clicks.points or name in PITCH.lines)]
        rest = [name for name in rest if kind_of(name) == kind_of(names[first])] or rest
        wrong = {first: rest[int(random.integers(len(rest)))]}
    return clicks.called(wrong), {name: names[k] for k, name in wrong.items()}


def kind_of(name: str) -> str:
    """Which sort of line or point a name means: people confuse those of one area."""
    return next((part for part in ("penalty_area", "goal_area", "post", "crossbar", "circle") if part in name), "")


def mirror(name: str, sides: bool) -> str:
    """The name of the mirror image: left and right exchanged, or near and far."""
    one, other = ("left", "right") if sides else ("near", "far")
    return name.replace(one, "\0").replace(other, one).replace("\0", other)


def calibrated(clicks: Clicked, pitch: Pitch, wrong: dict[str, str]) -> dict[str, Any]:
    """One calibration: its time, and what it says of the marks."""
    began = time.process_time()
    try:
        found = calibrate(clicks.points, clicks.size_px, pitch, lines=clicks.lines)
    except BadValue as refusal:
        return {"s": time.process_time() - began, "refused": refusal.name}
    spent = time.process_time() - began
    rejected = {fit.name: (fit.suggestion or "").split(" ")[0] for fit in found.marks if fit.rejected}
    return {
        "s": spent,
        "rms_px": round(found.rms_px, 3),
        "centre_m": [round(float(value), 2) for value in found.centre_m],
        "rejected": rejected,
        "named": set(rejected) == set(wrong),
        "suggested": rejected == wrong,
        "advice": [advice.code for advice in found.advice],
    }


def measured(cases: Sequence[Clicked], smaller: Sequence[Clicked]) -> list[dict[str, Any]]:
    """Every set in every kind; ``smaller`` are clicked on a pitch of another size."""
    rows = []
    for kind in KINDS:
        for clicks in smaller if kind == "other_size" else cases:
            made = (clicks, {}) if kind == "other_size" else wrongly(clicks, kind)
            if made is not None:
                row = {"group": clicks.group, "kind": kind, "set": clicks.name, **calibrated(made[0], PITCH, made[1])}
                rows.append(row)
    return rows


def table(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a group of rows has in common."""
    spent = [row["s"] for row in rows]
    got = [row for row in rows if "refused" not in row]
    named = [row for row in got if row["named"]]
    return {
        "count": len(rows),
        "s_median_p95_max": [round(float(np.quantile(spent, q)), 2) for q in (0.5, 0.95, 1.0)],
        "refused": round(1 - len(got) / len(rows), 3),
        "named": round(len(named) / len(rows), 3),
        "suggested": round(sum(row["suggested"] for row in named) / max(1, len(named)), 3),
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=40, metavar="N", help="rendered cameras (default: 40)")
    parser.add_argument("--stills", type=int, metavar="N", help="broadcast stills (default: all)")
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, metavar="DIR", help="folder of the real recordings")
    parser.add_argument("--list", type=Path, metavar="FILE", help="write every calibration here")
    asked = parser.parse_args()
    cases, smaller = list(sets(PITCH, asked.cameras)), list(sets(OTHER, asked.cameras))
    folder = asked.fixtures / "pitch_lines"
    if folder.is_dir():
        cases += stills(folder, asked.stills)
    rows = measured(cases, smaller)
    if asked.list is not None:
        asked.list.write_text("".join(json.dumps(row) + "\n" for row in rows))
    groups = dict.fromkeys((row["group"], row["kind"]) for row in rows)
    document: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "s_median_p95_max": table(rows)["s_median_p95_max"],
    }
    for group, kind in groups:
        own = [row for row in rows if (row["group"], row["kind"]) == (group, kind)]
        document.setdefault(group, {})[kind] = table(own)
    if not folder.is_dir():
        document["stills"] = f"skipped: the recording pitch_lines is not in {asked.fixtures}"
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
