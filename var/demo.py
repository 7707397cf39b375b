"""The demo matches: one attack, rendered twice, with a clear offside and with one that is too close to call."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from touchline.files import locked
from touchline.i18n import t
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.archive import Archive
from var.model import AttackDirection, Click, Match, Period, Setup, Team

if TYPE_CHECKING:
    from var.synthetic.truth import Truth

MATCHES = (("demo-offside", 0.34), ("demo-close", 0.05))
"""Identifier and how far the attacker is past the second-last opponent at the kick, in metres."""

SEED = 7
CLOCK_SIGMA_S = 0.001
"""The demo's clocks are set with an error of this standard deviation, as a good synchronisation leaves."""

CLICK_SIGMA_PX = 1.0
READY_CAMERA = "cam2"
"""The angle on which pitch points are marked already, so that a first visitor reaches a verdict at once."""

READY_POINTS = 9

SETUP = Setup(
    competition="Giải bóng đá minh hoạ",
    date="2026-11-21",
    venue="Sân mô phỏng",
    edition="IFAB 2026/27",
    home=Team(
        "Huế",
        colour="#c8102e",
        keeper_colour="#2a9d8f",
        lineup=(
            "1 Thủ môn Huế",
            "2 Hậu vệ Huế 2",
            "3 Hậu vệ Huế 3",
            "4 Hậu vệ Huế 4",
            "5 Hậu vệ Huế 5",
            "6 Tiền vệ Huế 6",
            "7 Tiền vệ Huế 7",
            "8 Tiền vệ Huế 8",
            "9 Tiền đạo Huế 9",
            "10 Tiền đạo Huế 10",
            "11 Tiền đạo Huế 11",
        ),
    ),
    away=Team(
        "Đà Nẵng",
        colour="#1d4ed8",
        keeper_colour="#f4a261",
        lineup=tuple(
            f"{number} {'Thủ môn' if number == 1 else 'Cầu thủ'} Đà Nẵng{'' if number == 1 else f' {number}'}"
            for number in range(1, 12)
        ),
    ),
    officials=(
        ("Trọng tài chính", "Nguyễn Văn An"),
        ("Trợ lý 1", "Trần Thị Bình"),
        ("Trợ lý 2", "Lê Hữu Đức"),
        ("Trọng tài video", "Phạm Quỳnh Như"),
    ),
    periods=(Period("Hiệp 2", Fraction(-7), 67 * 60, AttackDirection.RIGHT),),
)


def build(
    home: Path, *, force: bool = False, lang: str = "vi", progress: Callable[[str], None] = lambda line: None
) -> list[dict[str, Any]]:
    """The demo matches as documents with ``kind``, ``name``, ``id``, ``origin`` and ``made`` (False: was there).

    A match that is complete is left alone unless ``force`` is given; one that was put away stays away. Where another
    process makes the demo already, this one waits for it.
    """
    archive = Archive(home)
    made = []
    for match_id, margin_m in MATCHES:
        with locked(home / "matches" / ".demo.lock"):
            there = archive.known(match_id)
            whole = (archive.folder(match_id) / "truth" / "truth.json").exists()
            if there and not force and not whole and not archive.review(match_id).incidents:
                archive.purge_match(match_id)  # its making was cut off, and nobody has worked on it
                there = False
            if there and force:
                archive.purge_match(match_id)
            fresh = force or not there
            if fresh:
                make_match(archive, match_id, margin_m, lang=lang, progress=progress)
        made.append(
            {
                "kind": "match",
                "name": t(f"var.demo.{match_id.removeprefix('demo-')}", lang),
                "id": match_id,
                "origin": Origin.SIMULATED.value,
                "made": fresh,
            }
        )
    return made


def make_match(
    archive: Archive,
    match_id: str,
    margin_m: float,
    *,
    lang: str = "vi",
    progress: Callable[[str], None] = lambda line: None,
    size_px: tuple[int, int] = (1920, 1080),
    seconds: int = 12,
) -> Match:
    """Render the attack with the given margin, make a match of it and mark pitch points on one angle.

    The truth stays beside the media, in the folder ``truth`` of the match.
    """
    from var.ingest import Source, ingest
    from var.synthetic.attack import attack_scene
    from var.synthetic.camera import ground_cameras
    from var.synthetic.render import render_match

    name = t(f"var.demo.{match_id.removeprefix('demo-')}", lang)
    said = [-1]

    def step(share: float, what: str) -> None:
        percent = int(share * 100)
        if percent >= said[0] + 5:
            said[0] = percent
            turn = [match_id for match_id, _ in MATCHES].index(match_id) + 1 if match_id in dict(MATCHES) else 1
            progress(f"[{turn}/{len(MATCHES)}] {percent:3d} %  {name}: {what}")

    work = archive.home / "incoming" / f"{match_id}-render"
    shutil.rmtree(work, ignore_errors=True)
    try:
        rendered = render_match(
            work,
            attack_scene(margin_m, SEED),
            ground_cameras(),
            size=size_px,
            seconds=seconds,
            progress=lambda share, camera: step(0.7 * share, t("var.demo.rendering", lang)),
        )
        truth = rendered.truth()
        rng = np.random.default_rng(SEED)
        sources = []
        for camera in rendered.cameras:
            reference = camera.id == rendered.cameras[0].id
            sigma_s = 0.0 if reference else CLOCK_SIGMA_S
            error_s = Fraction(round(rng.normal(0.0, 1.0) * sigma_s * 1e6), 1_000_000)
            to_match = ClockMap(camera.to_match.offset_s + error_s, camera.to_match.rate, sigma_s)
            label = t(f"var.demo.camera.{camera.label}", "vi")
            sources.append(Source(rendered.files[camera.id], label, to_match, Origin.SIMULATED, fixed=True))
        done = ingest(
            archive,
            name,
            sources,
            keep="move",
            origin=Origin.SIMULATED,
            setup=replace(SETUP, pitch_m=truth.pitch_m),
            match_id=match_id,
            progress=lambda share, label: step(0.7 + 0.3 * share, t("var.demo.preparing", lang)),
        )
        if done.match is None:
            raise done.refused[0].reason
        mark_points(archive, done.match, truth, rng, READY_CAMERA, READY_POINTS)
        beside = archive.folder(match_id) / "truth"
        beside.mkdir(exist_ok=True)
        for path in sorted(work.glob("truth.*"), reverse=True):  # truth.json last: it says that all is there
            shutil.move(path, beside / path.name)
        return done.match
    finally:
        shutil.rmtree(work, ignore_errors=True)


def mark_points(
    archive: Archive, match: Match, truth: Truth, rng: np.random.Generator, camera_id: str, count: int
) -> None:
    """Mark ``count`` pitch points on an angle as a careful person would: well spread, each click off by about a
    pixel."""
    from var.measure.pitch import Pitch
    from var.synthetic.camera import observe

    camera = truth.camera(camera_id)
    clip = match.clip(camera_id)
    frame = clip.frame_at(truth.kick_s)
    if frame is None:
        return
    width, height = clip.size_px
    seen = {}
    for name, place in Pitch(*truth.pitch_m).points.items():
        u, v = (float(value) for value in observe(camera, np.array([place]))[0])
        if 20 <= u <= width - 20 and 20 <= v <= height - 20:
            seen[name] = (place, np.array([u, v]))
    chosen: list[str] = []
    while len(chosen) < min(count, len(seen)):  # the point farthest from those already chosen, in the picture
        rest = [name for name in seen if name not in chosen]
        chosen.append(
            max(
                rest,
                key=lambda name: min(
                    (float(np.linalg.norm(seen[name][1] - seen[other][1])) for other in chosen), default=0.0
                ),
            )
        )
    for name in chosen:
        place, pixel = seen[name]
        u, v = pixel + rng.normal(0.0, CLICK_SIGMA_PX, 2)
        archive.mark_pitch(
            match.id, name, place, Click(clip.camera_id, frame, clip.sha256, float(u), float(v)), by="demo"
        )
