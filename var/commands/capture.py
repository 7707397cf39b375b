"""``touchline capture``: record live cameras of a match, ask how it goes, stop it, repair what a power cut left."""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, progress, read_json
from touchline.errors import BadFile, BadValue, NotFound
from touchline.files import data_home
from touchline.i18n import UNKNOWN, clock, number, t
from var.capture.model import CameraSource, CaptureState, CaptureStatus

_SAY_EACH_S = 10.0
_OLD_AFTER_S = 4.0
"""The recording process reports twice a second; older figures are not the present's."""


def register(parser: argparse.ArgumentParser) -> None:
    """Add the match, its cameras, and what is asked of a capture that runs."""
    parser.add_argument("match", help="identifier of a match, or the name of a new one")
    parser.add_argument(
        "--camera",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="a camera: rtsp://, udp://, tcp://, http(s)://, srt://, /dev/video0, a file (up to 8 times)",
    )
    parser.add_argument("--cameras", metavar="FILE", help='JSON list of {"name", "url"}; "-" reads standard input')
    parser.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help="stop after this time")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--status", action="store_true", help="print how the capture of the match is")
    asked.add_argument("--stop", action="store_true", help="end the capture of the match and wait for it")
    asked.add_argument("--repair", action="store_true", help="make what an interrupted capture left playable")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    home = data_home()
    if args.status or args.stop or args.repair:
        return _ask(home, args)
    return _record(home, args)


def _ask(home: Path, args: argparse.Namespace) -> int:
    from var.capture import control

    args.match = control.named(home, args.match)
    if args.repair:
        done = control.close(home, args.match)
        lines = [
            t("var.capture.repaired", args.lang, camera=each.camera_id, frames=each.frames, cut=each.cut_bytes)
            for each in done
        ]
        for line in lines or [t("var.capture.nothing_to_repair", args.lang)]:
            progress(line)
    found = control.stop(home, args.match) if args.stop else control.status(home, args.match)
    if found is None:
        raise NotFound("var.errors.capture_unknown", match=args.match)
    _print(found, args)
    if found.state is CaptureState.GONE and not args.repair:
        progress(t("var.capture.gone_hint", args.lang, match=args.match))
    elif args.status:
        control.settle(home, found)  # what a busy database refused at the end
    return 0


def _cameras(args: argparse.Namespace) -> list[CameraSource]:
    found: list[CameraSource] = []
    if args.cameras:
        document = read_json(args.cameras)
        well = isinstance(document, list) and all(
            isinstance(each, dict) and isinstance(each.get("name"), str) and isinstance(each.get("url"), str)
            for each in document
        )
        if not well:
            raise BadFile("var.errors.capture_bad_list", name=args.cameras)
        found += [CameraSource(each["name"], each["url"]) for each in document]
    for text in args.camera:
        name, equals, url = text.partition("=")
        if not equals or not name.strip() or "://" in name:
            raise BadValue("var.errors.capture_bad_camera", position=len(found) + 1)
        found.append(CameraSource(name, url))
    return found


def _record(home: Path, args: argparse.Namespace) -> int:
    from var.capture.control import claim
    from var.capture.engine import Engine, checked

    if args.seconds is not None and not (math.isfinite(args.seconds) and args.seconds > 0):
        raise BadValue("var.errors.capture_bad_duration", seconds=args.seconds)
    cameras = checked(_cameras(args))
    match_id, name = claim(home, args.match)
    engine = Engine(home, match_id, name, cameras)
    engine.end_on_signals()
    progress(t("var.capture.records", args.lang, name=name, match=match_id))
    said_s = -math.inf
    said: list[tuple[Any, Any]] = []

    def tell(status: CaptureStatus) -> None:
        nonlocal said_s, said
        if status.state is not CaptureState.RECORDING:
            return
        now = [(camera.state, camera.fault and camera.fault[args.lang]["code"]) for camera in status.cameras]
        if time.monotonic() - said_s >= (_SAY_EACH_S if now == said else 1.0):  # what changes is said soon
            said_s, said = time.monotonic(), now
            for line in lines(status, args.lang):
                progress(line)

    _print(engine.run(seconds=args.seconds, tell=tell), args)
    return 0


def _print(status: CaptureStatus, args: argparse.Namespace) -> None:
    from var.capture.state import document

    emit(document(status), args, lines(status, args.lang))


def lines(status: CaptureStatus, lang: str) -> list[str]:
    """A status in lines for people: the capture, then each camera."""
    free = t("var.capture.gigabytes", lang, number=number(status.disk_free_bytes / 1e9, lang, 1))
    head = t(
        "var.capture.head",
        lang,
        match=status.match_id,
        state=t(f"var.capture.state_{status.state.value}", lang),
        time=clock(status.seconds, lang, 0),
        free=free,
        left=clock(status.disk_left_s, lang, 0),
    )
    said = [head]
    live = status.state in (CaptureState.STARTING, CaptureState.RECORDING, CaptureState.STOPPING)
    if live and status.heartbeat_age_s > _OLD_AFTER_S:
        said.append(t("var.capture.old", lang, age=number(status.heartbeat_age_s, lang, 0)))
    return [*said, *(_camera_line(camera, lang) for camera in status.cameras)]


def _camera_line(camera: Any, lang: str) -> str:
    mbps = None if camera.bitrate_bps is None else camera.bitrate_bps / 1e6
    size = UNKNOWN if camera.size_px is None else f"{camera.size_px[0]}×{camera.size_px[1]}"
    line = t(
        "var.capture.camera",
        lang,
        camera=camera.camera_id,
        name=camera.name,
        state=t(f"var.capture.camera_{camera.state.value}", lang),
        frames=number(camera.frames, lang),
        lost=number(camera.lost, lang),
        gaps=number(camera.gaps, lang),
        rate=number(mbps, lang, 1),
        fps=number(camera.fps, lang, 1),
        size=size,
        codec=camera.codec or UNKNOWN,
    )
    if camera.encoded_here:
        line += " · " + t("var.capture.encoded_here", lang)
    if camera.fault:
        line += f" · {camera.fault[lang]['detail']} {camera.fault[lang]['hint']}"
    return line
