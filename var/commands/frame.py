"""``touchline frame``: one frame of a recording, or of an angle of a match, as a picture."""

from __future__ import annotations

import argparse
import re
from fractions import Fraction
from pathlib import Path

from touchline.cli import add_json, emit, some_path
from touchline.files import data_home
from touchline.i18n import clock, number, t
from var.archive import Archive
from var.export.frame import WrittenFrame, match_frame, video_frame
from var.measure.faults import exact


def seconds(text: str) -> Fraction:
    """Seconds as an argument: a decimal, or ``numerator/denominator``."""
    found = exact(text.replace(",", "."))
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return found


def clock_time(text: str) -> Fraction:
    """A reading of the match clock as an argument: minutes and seconds, ``67:12.5``."""
    found = re.fullmatch(r"(\d{1,4}):([0-5]\d(?:[.,]\d{1,9})?)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a match clock such as 67:12.5")
    return 60 * int(found[1]) + Fraction(found[2].replace(",", "."))


def frame_number(text: str) -> int:
    """A frame's index as an argument."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a frame number (0, 1, 2 and so on)")
    return int(text)


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline frame VIDEO|MATCH [CAMERA] (--frame N | --at S | --clock M:S) --out FILE``."""
    add_json(parser)
    parser.add_argument("source", metavar="SOURCE", help="a video file; or the identifier of a match, with CAMERA")
    parser.add_argument("camera", metavar="CAMERA", nargs="?", help="the angle of the match, such as cam2")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--frame", type=frame_number, metavar="N", help="the frame by its index, counted from 0")
    at_help = "the frame at these seconds: of match time, of a file after its first frame"
    which.add_argument("--at", type=seconds, metavar="S", help=at_help)
    which.add_argument("--clock", type=clock_time, metavar="M:S", help="the frame when the match clock shows this")
    parser.add_argument("--out", required=True, type=some_path, metavar="FILE", help="picture to write: .png or .jpg")
    parser.set_defaults(run=_frame, misuse=parser.error)


def _frame(args: argparse.Namespace) -> int:
    if args.camera is None:
        if args.clock is not None:
            args.misuse("--clock needs a match: give MATCH and CAMERA")
        written = video_frame(Path(args.source), args.out, frame=args.frame, at_s=args.at)
    else:
        archive = Archive(data_home())
        asked = {"frame": args.frame, "at_s": args.at, "clock_s": args.clock}
        written = match_frame(archive, args.source, args.camera, args.out, **asked)
    emit(written.document(), args, [_said(written, args.lang)])
    return 0


def _said(written: WrittenFrame, lang: str) -> str:
    """The frame in a line for people; of an angle with the match clock."""
    key, more = "video", {"at": number(float(written.clip_s), lang, 3)}
    if written.match_s is not None:
        shown_s = None if written.clock_s is None else float(written.clock_s)
        key, more = "match", {"at": number(float(written.match_s), lang, 3), "clock": clock(shown_s, lang)}
    width, height = written.size_px
    common = {"path": written.path, "frame": number(written.frame, lang), "size": f"{width}x{height}"}
    return t(f"var.marked.frame_{key}", lang, **common, **more)
