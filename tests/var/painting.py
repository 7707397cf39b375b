"""A match of painted pictures: a fixed camera, and one in the same place that pans and zooms; marked as people do."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from painted import PITCH, SIZE, shown, view

from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.archive import Archive
from var.ingest import Source, ingest
from var.model import Click, Clip, Match, Setup
from var.synthetic.camera import Camera, observe
from var.synthetic.painted import painted_picture, turned

SEEN = (
    "right_penalty_area_near", "right_penalty_area_far", "right_penalty_area_line_far", "right_goal_area_line_near",
    "right_goal_area_near", "right_arc_far",
)  # fmt: skip
STILL, PANS = "cam1", "cam2"
FRAMES, START, KICK, CUT = 16, 3, 8, 13
"""The camera that pans is marked at START, the kick is at KICK, and from CUT on neither shows the pitch any more."""


def cameras() -> list[Camera]:
    """The camera that pans, frame by frame: 0.25 degrees and half a per cent of zoom each."""
    return [turned(view(0), 0.25 * i, 0.02 * i, 1 + 0.005 * i) for i in range(FRAMES)]


def write(path: Path, pictures: Sequence[NDArray[np.uint8]]) -> None:
    """A recording of ``pictures``, 25 a second."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "14", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))


def painted_match(archive: Archive, match_id: str = "vach") -> Match:
    """A match with both angles, nothing marked."""
    work = archive.home / "incoming"
    work.mkdir(parents=True, exist_ok=True)
    moving = cameras()
    first, scene = shown(moving[0])
    random = np.random.default_rng(5)
    grass = np.clip(random.normal((62, 128, 84), 6, first.shape), 0, 255).astype(np.uint8)
    still = [first] * CUT + [grass] * (FRAMES - CUT)
    covered = [random.integers(0, 255, first.shape).astype(np.uint8) for _ in range(2)]
    pan = [painted_picture(camera, scene, random) for camera in moving]
    write(work / "dung.mp4", still)
    write(work / "lia.mp4", [*pan[:CUT], *(covered[i % 2] for i in range(FRAMES - CUT))])
    clock = ClockMap(Fraction(0), Fraction(1), 0.001)
    done = ingest(
        archive,
        "Vạch sơn",
        [
            Source(work / "dung.mp4", "Máy đứng", clock, Origin.SIMULATED, fixed=True),
            Source(work / "lia.mp4", "Máy lia", clock, Origin.SIMULATED),
        ],
        keep="move",
        origin=Origin.SIMULATED,
        setup=Setup(pitch_m=(PITCH.length_m, PITCH.width_m)),
        match_id=match_id,
        progress=lambda share, label: None,
    )
    assert done.match is not None
    return done.match


def click(clip: Clip, frame: int, pixel: Sequence[float] | NDArray[np.float64]) -> Click:
    """A click on a frame of a recording."""
    return Click(clip.camera_id, frame, clip.sha256, float(pixel[0]), float(pixel[1]))


def mark(archive: Archive, match: Match, camera_id: str, frame: int, names: Sequence[str] = SEEN) -> None:
    """Mark pitch points on a frame, each about a pixel off."""
    clip, camera = match.clip(camera_id), cameras()[frame if camera_id == PANS else 0]
    draw = np.random.default_rng(frame)
    for name in names:
        place = PITCH.points[name]
        pixel = observe(camera, np.array([place]))[0] + draw.normal(0, 1.2, 2)
        archive.mark_pitch(match.id, name, place, click(clip, frame, pixel))
