"""A rendered shot at the goal and a foul at the area's edge, for tests that mark them as people do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from touchline.origin import Origin
from var.archive import Archive
from var.ingest import Source, ingest
from var.measure.pitch import Pitch
from var.model import Click, Clip, Match, Setup
from var.synthetic.attack import attack_scene
from var.synthetic.camera import Camera, aimed, observe
from var.synthetic.flight import RADIUS_M, Ball, Pass
from var.synthetic.render import render_match
from var.synthetic.scene import Scene
from var.synthetic.truth import Truth, load_truth

SIZE = (1280, 720)
SHOT_S, TOUCH_S = 0.5, 1.3
EDGE_M = 52.5 + RADIUS_M


def cameras() -> tuple[Camera, ...]:
    """Two fixed cameras that see the right goal, 50 and 25 frames a second."""
    until_s = Fraction(2)
    return (
        aimed(
            "cam1", "main_stand", at_m=(34.0, -44.0, 9.0), towards_m=(48.5, -1.0, 0.6), focal_px=2300.0,
            dist=(-0.10, 0.02, 0.0, 0.0, 0.0), centre_px=(966.2, 533.8),
            offset_s=Fraction(0), rate=Fraction(1), fps=Fraction(50), until_s=until_s,
        ),
        aimed(
            "cam2", "far_corner", at_m=(57.0, 40.0, 8.0), towards_m=(49.0, 0.0, 0.6), focal_px=2100.0,
            dist=(-0.12, 0.02, 0.0, 0.0, 0.0), centre_px=(951.4, 545.1),
            offset_s=Fraction(1, 50), rate=Fraction(1), fps=Fraction(25), until_s=until_s,
        ),
    )  # fmt: skip


def shot(reach_m: float = 0.35) -> Scene:
    """A shot between the posts whose whole ball gets ``reach_m`` beyond the line and is cleared from there."""
    scene = attack_scene(0.34, 7)
    start, far = np.array([43.0, 1.0, RADIUS_M]), np.array([EDGE_M + reach_m, -0.6, 0.9])
    back = np.array([47.0, 4.0, RADIUS_M])
    pieces = (
        Pass(-1.0, SHOT_S, start - [2.0, 0, 0], start, drag=0.2),
        Pass(SHOT_S, TOUCH_S, start, far, drag=0.1, arc_m=0.15),
        Pass(TOUCH_S, TOUCH_S + 0.6, far, back, drag=0.2, arc_m=0.3),
    )
    return replace(scene, ball=Ball(pieces))


def render(archive: Archive, scene: Scene, match_id: str = "goal", seconds: Fraction = Fraction(16, 10)) -> Match:
    """A match of the rendered scene, all clocks known to a millisecond, with the truth in its folder."""
    work = archive.home / "incoming" / match_id
    rendered = render_match(work, scene, cameras(), size=SIZE, seconds=seconds)
    sources = [
        Source(rendered.files[c.id], c.label, replace(c.to_match, sigma_s=0.001), Origin.SIMULATED, fixed=True)
        for c in rendered.cameras
    ]
    done = ingest(
        archive, "Sút vào cầu môn", sources, keep="move", origin=Origin.SIMULATED, setup=Setup(pitch_m=scene.pitch_m),
        match_id=match_id, progress=lambda share, label: None,
    )  # fmt: skip
    assert done.match is not None
    beside = archive.folder(match_id) / "truth"
    beside.mkdir()
    for path in work.glob("truth.*"):
        path.rename(beside / path.name)
    return done.match


def truth_of(archive: Archive, match_id: str = "goal") -> Truth:
    """The truth beside the rendered match."""
    return load_truth(archive.folder(match_id) / "truth")


def click(clip: Clip, frame: int, pixel: np.ndarray) -> Click:
    """A click on a frame of a recording."""
    return Click(clip.camera_id, frame, clip.sha256, float(pixel[0]), float(pixel[1]))


def mark_pitch(archive: Archive, match: Match, truth: Truth, camera_id: str, draw: np.random.Generator) -> None:
    """Mark every pitch point that the picture shows, each off by about a pixel."""
    camera, clip = truth.camera(camera_id), match.clip(camera_id)
    for name, place in Pitch(*truth.pitch_m).points.items():
        pixel = observe(camera, np.array([place]))[0]
        if np.isfinite(pixel).all() and (pixel > 15).all() and (pixel < np.array(clip.size_px) - 15).all():
            archive.mark_pitch(match.id, name, place, click(clip, 0, pixel + draw.normal(0, 0.8, 2)))


def ball_px(truth: Truth, camera: Camera, at_s: float) -> np.ndarray:
    """Where the middle of the ball is in a camera's picture at an instant."""
    at = (at_s - truth.times_s[0]) * 100
    k = int(at)
    place = truth.ball_m[k] + (at - k) * (truth.ball_m[k + 1] - truth.ball_m[k])
    return np.asarray(observe(camera, place[None])[0])


def frames_around(clip: Clip, at_s: float, reach_s: float = 0.14) -> list[int]:
    """The frames of a recording near an instant."""
    return [i for i in range(len(clip)) if abs(float(clip.match_s(i)) - at_s) < reach_s]


def seen_in(path: Path) -> np.ndarray:
    """All pictures of a recording, (n, h, w, 3)."""
    import av

    with av.open(str(path)) as container:
        return np.array([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
