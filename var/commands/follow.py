"""``touchline follow``: calibrations of the frames around a calibrated one, of a camera that turns and zooms."""

from __future__ import annotations

import argparse
from pathlib import Path

from touchline.cli import add_json, emit, progress, read_json
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from var.commands.frame import frame_number
from var.commands.measure import pair
from var.measure.calibration import Calibration
from var.measure.pitch import Pitch
from var.pan import follow_recording

EMPTY = dict.fromkeys(("status", "code", "frame", "frames", "stops"))
SAID_EVERY = 50


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline follow VIDEO CALIBRATION --frame N [--from A] [--to B] [--pitch LxW]``."""
    add_json(parser)
    parser.add_argument("video", metavar="VIDEO", help="recording of one camera that stays in its place")
    parser.add_argument("calibration", metavar="CALIBRATION", help="JSON file with what `touchline calibrate` printed")
    parser.add_argument("--frame", type=frame_number, required=True, metavar="N", help="the frame that is calibrated")
    parser.add_argument(
        "--from", dest="begins", type=frame_number, metavar="N", help="first frame (default: the first)"
    )
    parser.add_argument("--to", dest="ends", type=frame_number, metavar="N", help="last frame (default: the last)")
    parser.add_argument("--pitch", type=pair, default=(105.0, 68.0), metavar="LxW", help="metres (default: 105x68)")
    parser.set_defaults(run=_follow)


def _follow(args: argparse.Namespace) -> int:
    from var.footage.video import Reader, index

    lang = args.lang

    def said(frame: int) -> None:
        if frame % SAID_EVERY == 0:
            progress(t("var.pan.progress", lang, frame=number(frame, lang)))

    try:
        first = Calibration.from_document(read_json(args.calibration))
        with Reader(index(Path(args.video))) as reader:
            span = args.begins or 0, len(reader) - 1 if args.ends is None else args.ends
            found = follow_recording(reader, first, args.frame, span, Pitch(*args.pitch), said)
    except TouchlineError as refusal:
        document = {**EMPTY, **refusal.document(lang)}
        emit(document, args)
        progress(f"{document['detail']}\n{document['hint']}")
        return 0
    ends = (number(found.followed[k].frame, lang) for k in (0, -1))
    lines = [t("var.pan.done", lang, count=number(len(found.followed), lang), first=next(ends), last=next(ends))]
    for stop in found.stops:
        why = t(f"var.pan.reason.{stop.reason.value}", lang)
        lines.append(t("var.pan.stop", lang, frame=number(stop.frame, lang), reason=why))
    emit(found.document(), args, lines)
    return 0
