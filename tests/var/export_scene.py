"""Small real recordings whose every picture carries its own number, and incidents made of them by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.export.facts import (
    BudgetItem,
    CalibrationFacts,
    CameraFacts,
    IncidentFacts,
    MeasurementFacts,
    Reason,
    StillFacts,
)
from var.model import (
    AttackDirection,
    BodyMark,
    BodyPart,
    Click,
    Clip,
    Decision,
    Incident,
    Match,
    Outcome,
    Period,
    Role,
    Setup,
    Team,
)

WRITTEN = "2026-11-21T09:30:00.123456+00:00"
BITS = 10


def numbered(number: int, size_px: tuple[int, int] = (320, 180)) -> np.ndarray:
    """A picture that carries ``number`` as a row of ten black or white squares over a grass-like ramp."""
    width, height = size_px
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 1] = np.linspace(60, 150, width).astype(np.uint8)
    picture[..., 0] = np.linspace(30, 70, height).astype(np.uint8)[:, None]
    side = width // (BITS + 2)
    for bit in range(BITS):
        left = side * (bit + 1)
        picture[height // 2 : height // 2 + side, left : left + side] = 235 if number >> bit & 1 else 20
    return picture


def number_of(picture: np.ndarray) -> int:
    """The number that a picture carries."""
    height, width = picture.shape[:2]
    side = width // (BITS + 2)
    row = height // 2 + side // 2
    return sum(
        int(
            picture[row - 3 : row + 4, side * (bit + 1) + side // 2 - 3 : side * (bit + 1) + side // 2 + 4].mean() > 128
        )
        << bit
        for bit in range(BITS)
    )


def record(
    path: Path,
    pts: Sequence[int],
    *,
    tick_s: Fraction,
    size_px: tuple[int, int] = (320, 180),
    tone_hz: float | None = None,
    start: int = 0,
) -> None:
    """Write a recording: pictures 0, 1, ... at ``pts`` ticks; with ``tone_hz`` a sound that clicks every 0.5 s."""
    options = {"video_track_timescale": str(tick_s.denominator)}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p" if size_px[0] % 2 == 0 and size_px[1] % 2 == 0 else "yuv444p"
        stream.codec_context.time_base = tick_s
        stream.codec_context.options = {"crf": "12", "preset": "ultrafast", "g": "12", "bf": "2"}
        track = None
        if tone_hz is not None:
            track = container.add_stream("aac", rate=48000)
            track.layout = "mono"
        for number, at in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(numbered(number + start, size_px), format="bgr24")
            frame.pts, frame.time_base = at, tick_s
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track is not None and tone_hz is not None:
            seconds = np.arange(int(float((pts[-1] - pts[0]) * tick_s) * 48000)) / 48000
            samples = (0.6 * np.sin(2 * np.pi * tone_hz * seconds) * (seconds % 0.5 < 0.05)).astype(np.float32)
            for at in range(0, len(samples), 1024):
                block = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], format="fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = 48000, at, Fraction(1, 48000)
                container.mux(track.encode(block))
            container.mux(track.encode(None))


def clip_of(path: Path, camera_id: str, label: str, to_match: ClockMap, timing: Origin = Origin.MEASURED) -> Clip:
    """The clip of a written recording, indexed as the product does."""
    from var.footage.video import index

    found = index(path)
    return Clip(
        camera_id=camera_id,
        label=label,
        path=path,
        proxy=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size_px=found.size_px,
        timebase=found.timebase,
        pts=found.pts,
        to_match=to_match,
        timing=timing,
        codec=found.codec,
        fixed=True,
    )


def angles(folder: Path, *, size_px: tuple[int, int] = (320, 180), seconds: int = 4) -> tuple[Clip, ...]:
    """Four angles: 50 fps with sound, 25 fps, 29.97 fps on a drifting clock nobody has measured, and one that stops
    long before."""
    fast, slow, ntsc = Fraction(1, 12800), Fraction(1, 12800), Fraction(1, 30000)
    record(folder / "a.mp4", [256 * i for i in range(50 * seconds)], tick_s=fast, tone_hz=1000, size_px=size_px)
    record(folder / "b.mp4", [512 * i for i in range(25 * seconds)], tick_s=slow, size_px=size_px)
    record(folder / "c.mp4", [1001 * i for i in range(30 * seconds)], tick_s=ntsc, size_px=size_px)
    record(folder / "d.mp4", [512 * i for i in range(10)], tick_s=slow, size_px=size_px)
    return (
        clip_of(folder / "a.mp4", "cam1", "Máy 1 – khán đài", ClockMap(Fraction(0), Fraction(1), 0.0)),
        clip_of(folder / "b.mp4", "cam2", "Máy 2 – vạch 16,5 m", ClockMap(Fraction(-1, 100), Fraction(1), 0.0035)),
        clip_of(folder / "c.mp4", "cam3", "Máy 3 – sau cầu môn", ClockMap(Fraction(13, 1000), 1 + Fraction(12, 10**6))),
        clip_of(folder / "d.mp4", "cam4", "Máy 4 – hỏng pin", ClockMap(Fraction(-20), Fraction(1), 0.01)),
    )


def lines(size_px: tuple[int, int] = (320, 180)) -> tuple[dict[str, Any], ...]:
    """An overlay in every style, spread over a picture."""
    w, h = size_px
    return (
        {"shape": "polyline", "px": [[0, 0.30 * h], [w, 0.26 * h]], "style": "pitch"},
        {"shape": "polyline", "px": [[0.2 * w, 0.9 * h], [w, 0.86 * h]], "style": "pitch"},
        {"shape": "polygon", "style": "band_attacker",
         "px": [[0.60 * w, 0.28 * h], [0.63 * w, 0.28 * h], [0.70 * w, 0.88 * h], [0.67 * w, 0.88 * h]]},
        {"shape": "polyline", "px": [[0.615 * w, 0.28 * h], [0.685 * w, 0.88 * h]], "style": "attacker"},
        {"shape": "polyline", "px": [[0.57 * w, 0.28 * h], [0.64 * w, 0.88 * h]], "style": "defender"},
        {"shape": "polyline", "px": [[0.65 * w, 0.45 * h], [0.65 * w, 0.58 * h]], "style": "plumb", "text": "A"},
        {"shape": "dot", "px": [[0.65 * w, 0.45 * h]], "style": "attacker"},
        {"shape": "label", "px": [[0.66 * w, 0.44 * h]], "style": "attacker", "text": "A shoulder"},
        {"shape": "cross", "px": [[0.2 * w, 0.9 * h]], "style": "mark"},
    )  # fmt: skip


def facts_of(clips: tuple[Clip, ...], *, origin: Origin = Origin.MEASURED) -> IncidentFacts:
    """A measured and decided offside at 2 s on the first angle's frame 100, with one earlier decision."""
    kick = clips[0].match_s(100)
    setup = Setup(
        competition="Giải bóng đá hạng Nhì tỉnh Thừa Thiên Huế",
        date="2026-11-21",
        venue="Sân vận động Tự Do, Huế",
        edition="2026/27",
        home=Team("Huế"),
        away=Team("SHB Đà Nẵng", "#1d6fb8", "#f4a261"),
        officials=(
            ("referee", "Nguyễn Thị Ánh Tuyết"),
            ("assistant_1", "Đỗ Hữu Phước"),
            ("var", "Trần Quốc Khánh"),
            ("commissioner", "Phạm Vũ Lưỡng"),
        ),
        periods=(Period("Hiệp 2", Fraction(-600), 45 * 60, AttackDirection.LEFT),),
    )
    match = Match("hue-da-nang", "Huế – SHB Đà Nẵng", origin, "2026-11-21T08:00:00+00:00", setup, clips)
    incident = Incident(
        id="i-0a1b2c3d",
        match_id=match.id,
        number=3,
        kind="offside",
        at_s=kick + Fraction(1, 5),
        created_utc="2026-11-21T09:11:42.123456+00:00",
        note="Bàn thắng phút 55, trợ lý 1 không căng cờ.",
        kick_s=kick,
        kick_camera=clips[0].camera_id,
        kick_frame=100,
        attack=AttackDirection.RIGHT,
    )
    margin = Measurement(0.3137, 0.0459, "m", "joint least squares")
    half = margin.half_width95
    measured = MeasurementFacts(
        Outcome.OFFSIDE,
        margin,
        (margin.value - half, margin.value + half),
        (
            BudgetItem("var.report.budget.calibration", 0.031),
            BudgetItem("var.report.budget.click", 0.027),
            BudgetItem("var.report.budget.time", 0.021),
        ),
        (Reason("var.offside.reason.clock_not_measured", {"camera": "Máy 3 – sau cầu môn"}),),
        ((Role.ATTACKER, BodyPart.SHOULDER), (Role.DEFENDER, BodyPart.HEEL)),
    )
    first = Decision(
        "d-1", incident.id, "onside", None, "Đỗ Hữu Phước", "2026-11-21T09:12:00+00:00", "Quyết định trên sân"
    )
    second = Decision(
        "d-2",
        incident.id,
        "offside",
        margin,
        "Nguyễn Thị Ánh Tuyết",
        "2026-11-21T09:14:31+00:00",
        "",
        "d-1",
        {"frame": 100},
    )
    cameras = tuple(
        CameraFacts(clip, clip.frame_at(kick), CalibrationFacts(0.83, 9, 100) if position < 2 else None)
        for position, clip in enumerate(clips)
    )
    stills = tuple(
        StillFacts(camera.clip, camera.frame, lines(camera.clip.size_px) if camera.calibration else ())
        for camera in cameras
        if camera.frame is not None
    )
    marks = (
        BodyMark(7, Role.ATTACKER, BodyPart.SHOULDER, Click("cam1", 100, clips[0].sha256, 208.25, 81.0)),
        BodyMark(8, Role.DEFENDER, BodyPart.HEEL, Click("cam1", 100, clips[0].sha256, 190.5, 120.75)),
    )
    return IncidentFacts(match, incident, cameras, stills, measured, (first, second), marks)


def bare(facts: IncidentFacts) -> IncidentFacts:
    """The same incident before anything was marked, measured or decided."""
    incident = replace(facts.incident, kick_s=None, kick_camera=None, kick_frame=None, attack=None, note="")
    match = replace(facts.match, setup=Setup())
    cameras = tuple(CameraFacts(camera.clip, camera.clip.frame_at(incident.at_s)) for camera in facts.cameras)
    stills = tuple(StillFacts(camera.clip, camera.frame) for camera in cameras if camera.frame is not None)
    return IncidentFacts(match, incident, cameras, stills)
