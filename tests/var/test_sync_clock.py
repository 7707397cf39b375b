"""The match clock in the picture: its changes found to the frame, contradictions refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from touchline.errors import BadValue
from var.footage.recording import index
from var.sync.clock import estimate
from var.sync.model import Material, Status
from var.sync.pairs import read_pairs

REGION = [10, 10, 120, 40]
Clock = Callable[[float], int]


def film(path: Path, fps: Fraction, start_s: float, seconds: int, clock: Clock = math.floor, seed: int = 1) -> Material:
    """A film that begins at ``start_s`` of match time: a clock in a corner, noise of a sensor, players that move."""
    random = np.random.default_rng(seed)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 240, 136, "yuv420p"
        stream.options = {"preset": "superfast", "crf": "26"}
        for i in range(int(fps * seconds)):
            now = start_s + i / float(fps)
            picture = np.full((136, 240, 3), (60, 110, 60), np.uint8)
            cv2.rectangle(picture, (10, 10), (129, 49), (30, 30, 30), -1)
            shown = clock(now)
            cv2.putText(
                picture, f"{shown // 60:02d}:{shown % 60:02d}", (16, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255,) * 3, 2
            )
            cv2.circle(picture, (int(120 + 90 * math.sin(now)), 100), 9, (230, 230, 230), -1)
            noisy = np.clip(picture + random.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(noisy, format="bgr24")
            frame.pts, frame.time_base = i, 1 / fps
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return Material(path, index(path), None, path.name)


def said(**clips: Any) -> dict[str, Any]:
    return read_pairs({"clips": {name: {"clock": {"region": REGION, "reads": reads}} for name, reads in clips.items()}})


def text(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def held_a_while(now: float) -> int:
    """A clock that stands still from 609 s for four seconds."""
    return math.floor(max(now - 4, min(now, 609)))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Material]:
    folder = tmp_path_factory.mktemp("clock")
    return {
        "a": film(folder / "a.mp4", Fraction(25), 600.13, 14),
        "b": film(folder / "b.mp4", Fraction(50), 603.417, 12, seed=2),
        "later": film(folder / "later.mp4", Fraction(25), 700.0, 7),
        "stopped": film(folder / "stopped.mp4", Fraction(25), 600.0, 7, clock=lambda now: 604),
        "slow": film(folder / "slow.mp4", Fraction(25), 1200.0, 12, clock=lambda now: math.floor(now / 2)),
        "held": film(folder / "held.mp4", Fraction(25), 600.0, 24, clock=held_a_while),
        "ntsc": film(folder / "ntsc.mp4", Fraction(30000, 1001), 601.217, 20, seed=3),
    }  # fmt: skip


@pytest.mark.parametrize("at", [(7.0, 6.0), (1.0, 10.5), (0.0, 0.0)])
def test_offset_is_found_to_a_part_of_a_frame(films: dict[str, Material], at: tuple[float, float]) -> None:
    pairs = said(a=[[at[0], text(600.13 + at[0])]], b=[[at[1], text(603.417 + at[1])]])
    found = estimate(films["a"], films["b"], pairs=pairs)
    assert found.status is Status.OK
    # A change is known to a frame: the middle of the interval is off by at most half of 40 ms and half of 20 ms. At
    # whole frame rates every second falls alike between pictures, so several changes are no better than one.
    assert abs(float(found.offset_s or 0) - 3.287) <= 0.030 + 1e-6
    assert abs(float(found.offset_s or 0) - 3.287) <= 3 * (found.sigma_s or 0)
    assert (found.score or 0) >= 0.75  # five to seven changes, and at most one that is none


def test_uneven_frame_rates_are_known_better_than_to_a_frame(films: dict[str, Material]) -> None:
    pairs = said(a=[[7.0, text(607.13)]], ntsc=[[10.0, text(611.217)]])
    found, truth = estimate(films["a"], films["ntsc"], pairs=pairs), 1.087
    assert found.status is Status.OK
    # At 30000/1001 a second takes 29.97 frames: five changes shift by 1 ms each between the pictures of that side, and
    # the other side's interval stays 40 ms wide. Claims to be checked: the true offset within 2 widths / sqrt(12).
    assert abs(float(found.offset_s or 0) - truth) <= 0.020 + 0.0167
    assert (found.sigma_s or 0) < math.hypot(0.040, 0.0334) / math.sqrt(12) + 50e-6 * 20


def test_several_readings_agree(films: dict[str, Material]) -> None:
    pairs = said(a=[[2.0, text(602.13)], [11.0, text(611.13)]], b=[[1.0, text(604.417)], [9.0, text(612.417)]])
    found = estimate(films["a"], films["b"], pairs=pairs)
    assert found.status is Status.OK
    assert abs(float(found.offset_s or 0) - 3.287) <= 0.030 + 1e-6


def test_readings_that_contradict_each_other_are_refused(films: dict[str, Material]) -> None:
    pairs = said(a=[[2.0, text(602.13)], [11.0, text(612.13)]], b=[[1.0, text(604.417)]])
    with pytest.raises(BadValue, match="contradicts") as refused:
        estimate(films["a"], films["b"], pairs=pairs)
    assert refused.value.name == "clock_contradicts"
    assert "a.mp4" in refused.value.detail("vi")


def test_a_clock_held_in_between_is_refused(films: dict[str, Material]) -> None:
    held = said(held=[[3.0, text(603)], [20.0, text(616)]], b=[[1.0, text(604.417)]])
    with pytest.raises(BadValue, match="contradicts"):
        estimate(films["held"], films["b"], pairs=held)


@pytest.mark.parametrize(
    ("name", "read", "reason"),
    [
        ("stopped", text(604), "clock_stopped"),
        ("slow", text(602), "clock_unreadable"),
        ("later", text(704), "no_common_clock"),
    ],
)
def test_what_is_no_common_running_clock_fails_by_name(
    films: dict[str, Material], name: str, read: str, reason: str
) -> None:
    found = estimate(films["a"], films[name], pairs=said(**{"a": [[7.0, text(607.13)]], name: [[4.0, read]]}))
    assert (found.status, found.reason) == (Status.FAILED, reason)
    assert found.offset_s is None


def test_a_region_without_a_clock_fails(films: dict[str, Material]) -> None:
    pairs = read_pairs(
        {
            "clips": {
                "a": {"clock": {"region": [60, 80, 120, 40], "reads": [[7, "10:07"]]}},
                "b": {"clock": {"region": REGION, "reads": [[6, "10:09"]]}},
            }
        }
    )
    found = estimate(films["a"], films["b"], pairs=pairs)
    assert found.status is Status.FAILED
    assert found.reason in ("clock_stopped", "clock_unreadable")
    assert found.facts["clip"] == "a.mp4"


def test_both_recordings_need_a_clock(films: dict[str, Material]) -> None:
    found = estimate(films["a"], films["b"], pairs=said(a=[[7.0, "10:07"]]))
    assert (found.reason, found.facts) == ("no_clock", {"clip": "b.mp4"})
    assert estimate(films["a"], films["b"]).reason == "no_clock"


@pytest.mark.parametrize(
    ("clock", "code"),
    [
        ({"region": [200, 10, 120, 40], "reads": [[1, "10:01"]]}, "region_outside"),
        ({"region": REGION, "reads": [[99, "10:01"]]}, "reading_outside"),
    ],
)
def test_what_lies_outside_is_refused(films: dict[str, Material], clock: dict[str, Any], code: str) -> None:
    pairs = read_pairs({"clips": {"a": {"clock": clock}, "b": {"clock": {"region": REGION, "reads": [[1, "10:04"]]}}}})
    with pytest.raises(BadValue) as refused:
        estimate(films["a"], films["b"], pairs=pairs)
    assert refused.value.name == code
    assert refused.value.detail("en")
    assert refused.value.hint("vi")
