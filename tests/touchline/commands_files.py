"""Files to give to commands."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from commands_installed import SCHEMAS
from scipy.spatial.transform import Rotation

from athletes.pose.model import Motion, Track
from athletes.pose.points_file import points_bytes, write_points
from athletes.space.calibrations import write_pose2sim
from athletes.space.camera import PosedCamera
from athletes.space.motion_file import MotionFile, write_motion
from athletes.synthetic_motion.camera import Shutter, observe, side_camera
from athletes.synthetic_motion.movements import squats
from touchline.origin import Origin
from var.rules.shelf import blank


@lru_cache
def followed() -> bytes:
    """A points file of somebody simulated who squats once."""
    squatting, t_s = squats(1.75, (0.4,)), Shutter(60.0).times(3.0)
    track = observe(squatting.at(t_s), t_s, side_camera(), np.random.default_rng(1))
    return points_bytes([track])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Files to give to commands, made of the schemas' own examples where there is one."""
    documents: dict[str, Any] = {
        "marks": SCHEMAS["calibration_marks"]["examples"][0],
        "few": {"points": SCHEMAS["calibration_marks"]["examples"][0]["points"][:3]},
        "camera": SCHEMAS["calibration"]["examples"][0],
        "points": [[40.0, 2.0, 0.0], [20.0, -300.0, 0.0]],
        "pixels": [[900.0, 600.0], [900.0, -9000.0]],
        "views": SCHEMAS["bundle_views"]["examples"][0],
        "scene": SCHEMAS["offside_scene"]["examples"][0],
        "ball": SCHEMAS["goal_line_scene"]["examples"][0],
        "foul": SCHEMAS["area_scene"]["examples"][0],
        "fouls": SCHEMAS["soccernet_mvfoul"]["examples"][0],
        "mvfoul": {"Actions": {"7": {"Clips": [{"Url": "video"}, {"Url": "text"}]}}},
        "runner": SCHEMAS["load_athlete"]["examples"][0],
        "blind": {**SCHEMAS["offside_scene"]["examples"][0], "observations": []},
    }
    paths = {name: tmp_path / f"{name}.json" for name in documents}
    for name, document in documents.items():
        paths[name].write_text(json.dumps(document), "utf-8")
    paths |= {"text": tmp_path / "text.txt", "run": tmp_path / "run.csv", "video": tmp_path / "video.mp4"}
    paths["text"].write_text("không phải video", "utf-8")
    paths["squad"] = tmp_path / "squad.csv"
    paths["squad"].write_text("Họ và tên;Địa chỉ đai;Nhịp tim tối đa\nÁnh;C0:FF:EE:00:00:01;189,5\n", "utf-8")
    paths["fixtures"] = tmp_path / "fixtures.csv"
    paths["fixtures"].write_text("Ngày,Đội nhà,Đội khách\n29/11/2026,Huế,Quảng Nam\n", "utf-8")
    paths["people"] = tmp_path / "people.csv"
    paths["people"].write_text("Họ và tên;Ngày sinh;Giới tính\nLê Ánh;29/02/2012;nữ\n", "utf-8")
    paths["loads"] = tmp_path / "loads.csv"
    paths["loads"].write_text("Ngày;Tải\n" + "".join(f"{day:02}/03/2026;{day},5\n" for day in range(1, 31)), "utf-8")
    paths["run"].write_text("time,heart_rate\n" + "".join(f"{s},{120 + s}\n" for s in range(20)), "utf-8")
    paths["beats"] = tmp_path / "beats.txt"
    paths["beats"].write_text("".join(f"{850 + 40 * math.sin(k)}\n" for k in range(400)), "utf-8")
    paths["followed"] = tmp_path / "followed.npz"
    paths["followed"].write_bytes(followed())
    paths |= _seen_by_two(tmp_path)
    return {name: str(path) for name, path in paths.items()} | {
        "absent": str(tmp_path / "absent"),
        "drawn": str(tmp_path / "scene.svg"),
        "picture": str(tmp_path / "frame.png"),
        **{name: str(tmp_path / name) for name in ("ledger", "changed", "foreign")},
        "pack": str(blank()),
        "backups": str(tmp_path / "backups"),
        "backup": str(tmp_path / "backups" / "touchline-backup-20260503T183000Z"),
    }


def _seen_by_two(folder: Path) -> dict[str, Path]:
    """A body of 33 points that turns, as two cameras see it, their calibration, and the body in space."""
    t_s = np.arange(40) / 50
    body = np.random.default_rng(1).uniform([-0.5, -0.5, 0.5], [0.5, 0.5, 1.5], (33, 3))
    c, s = np.cos(t_s), np.sin(t_s)
    about = np.stack(
        [np.stack([c, -s, 0 * c], 1), np.stack([s, c, 0 * c], 1), np.stack([0 * c, 0 * c, 1 + 0 * c], 1)], 1
    )
    places = body @ about.transpose(0, 2, 1)
    frames, even = np.arange(40), np.ones((40, 33))
    paths = {name: folder / f"{name}.npz" for name in ("seen_a", "seen_b", "moved")} | {
        "cameras": folder / "Calib.toml"
    }
    K = np.array([[900.0, 0.0, 639.5], [0.0, 900.0, 359.5], [0.0, 0.0, 1.0]])
    cameras = []
    for name, turn in (("a", 0.0), ("b", 1.2)):  # four metres away, looking along +y and turned from there
        R = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]) @ Rotation.from_euler("z", -turn).as_matrix()
        cameras.append(PosedCamera(name, (1280, 720), K, R, np.array([0.0, 1.0, 4.0])))
        px = cameras[-1].project(places)
        track = Track(0, frames, t_s, px, 0.9 * even, even.copy(), (1280, 720), Origin.SIMULATED, "made")
        write_points(paths[f"seen_{name}"], [track])
    paths["cameras"].write_text(write_pose2sim(cameras), "utf-8")
    cov = np.broadcast_to(1e-6 * np.eye(3), (40, 33, 3, 3)).copy()
    views, shown = np.full((40, 33), 2), np.stack([frames, frames], axis=1)
    moved = Motion(t_s, places, cov, even.copy(), views, shown, ("a", "b"), Origin.SIMULATED, "made")
    write_motion(paths["moved"], MotionFile(moved))
    return paths


@pytest.fixture
def video(files: dict[str, str]) -> None:
    """Ten pictures of grass in the file ``video``."""
    with av.open(files["video"], "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for shade in range(10):
            picture = np.full((96, 160, 3), 90 + 8 * shade, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
