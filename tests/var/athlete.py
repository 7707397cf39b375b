"""The real set of four synchronised views of one person: cameras as calibrations, its files cut to later clocks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import defusedxml.ElementTree
import numpy as np

from var.footage.recording import index
from var.measure.calibration import Calibration
from var.measure.camera import rotation_vector
from var.sync.model import Material

FPS = 60


def calibration(folder: Path, camera: int, size_px: tuple[int, int]) -> Calibration:
    """Camera 1 to 4. The file has focal lengths in 1/64 pixel and millimetres, axes x right, y up, z backward."""
    root = defusedxml.ElementTree.parse(folder / "calibration" / "Calib.qca.txt").getroot()
    node = root.findall("cameras/camera")[camera - 1]

    def numbers(tag: str, *names: str) -> list[float]:
        return [float(node.find(tag).attrib[name]) for name in names]

    turn = np.array(numbers("transform", *(f"r{i}{j}" for i in "123" for j in "123"))).reshape(3, 3)
    centre = np.array(numbers("transform", "x", "y", "z")) / 1000
    f, cx, cy = np.array(numbers("intrinsic", "focalLengthU", "centerPointU", "centerPointV")) / 64
    k1, k2, p1, p2 = numbers(
        "intrinsic", "radialDistortion1", "radialDistortion2", "tangentalDistortion1", "tangentalDistortion2"
    )
    rotation = np.diag([1.0, -1.0, -1.0]) @ turn
    return Calibration(
        picture_size=size_px,
        k=np.array([[f, 0, cx], [0, f, cy], [0, 0, 1]]),
        dist=np.array([k1, k2, p1, p2, 0.0]),
        rvec=rotation_vector(rotation),
        tvec_m=-rotation @ centre,
        covariance=np.zeros((11, 11)),
        rms_px=0.4,
        marks=(),
        line_sigma_cm=(),
    )


def thinned(source: Path, target: Path, start: int, step: int) -> Path:
    """A copy from frame ``start`` on with every ``step``-th: its zero is ``start / 60`` s after the source's."""
    with av.open(str(source)) as coming, av.open(str(target), "w") as going:
        stream = going.add_stream("libx264", rate=Fraction(FPS, step))
        stream.width, stream.height = coming.streams.video[0].width, coming.streams.video[0].height
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "superfast", "crf": "20"}
        for n, frame in enumerate(coming.decode(video=0)):
            if n < start or (n - start) % step:
                continue
            picture = frame.reformat(format="yuv420p")
            picture.pts, picture.time_base = (n - start) // step, Fraction(step, FPS)
            picture.pict_type = av.video.frame.PictureType.NONE
            going.mux(stream.encode(picture))
        going.mux(stream.encode(None))
    return target


def material(folder: Path, camera: int, path: Path) -> Material:
    """The camera's file, or a copy of it, with its calibration."""
    held = index(path)
    return Material(path, held, calibration(folder, camera, held.size_px), f"cam0{camera}")
