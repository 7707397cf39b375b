"""``touchline motion analyse``: a video in, the points of everybody in it out."""

from __future__ import annotations

import argparse
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from athletes.given_numbers import Number, Whole
from athletes.pose.engine import ENGINES, MODELS, open_engine
from athletes.pose.model import Track
from athletes.pose.noise import body_height_px
from athletes.pose.points_file import write_points
from athletes.pose.reading import Plan, estimate, read_recording
from athletes.pose.results import Outcome, followed
from athletes.pose.slow_motion import Suggestion, by_falls, by_tags
from athletes.pose.wording import note_words, slow_words
from touchline.cli import add_json, emit, progress
from touchline.errors import BadValue
from touchline.footage import Footage, open_footage
from touchline.i18n import clock, number, t

if TYPE_CHECKING:
    Choices = argparse._SubParsersAction[argparse.ArgumentParser]


def register(choices: Choices) -> None:
    """``touchline motion analyse VIDEO -o POINTS``."""
    parser = choices.add_parser("analyse", help="find the body points of the people in a video")
    add_json(parser)
    parser.add_argument("video", type=Path, metavar="VIDEO", help="the recording")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the points file to write (.npz)")
    parser.add_argument("--model", choices=MODELS, default="full", help="the pose model (default: full)")
    parser.add_argument("--engine", choices=ENGINES, default="mediapipe", help="default: mediapipe")
    parser.add_argument("--people", action=Whole, default=1, metavar="N", help="how many people at most (default: 1)")
    parser.add_argument(
        "--slow", action=Number, default=1.0, metavar="FACTOR", help="how many times slower it is shown"
    )
    parser.add_argument("--from", action=Whole, default=0, dest="first", metavar="FRAME", help="the first frame")
    parser.add_argument(
        "--to", action=Whole, default=None, dest="last", metavar="FRAME", help="the frame after the last one"
    )
    parser.add_argument("--resume", action="store_true", help="go on where an earlier run was ended")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="where parts lie meanwhile (default: beside FILE)")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    video: Path = args.video
    folder: Path = args.work or args.out.with_name(f".{args.out.name}.reading")
    opening = partial(open_engine, args.engine, args.model, args.people)
    footage = open_footage(video)
    try:
        tagged = by_tags(footage.tags, footage.times_s)
        plan = estimate(footage, opening, first=args.first, last=args.last)
        progress(_plan_words(plan, args.lang))
        _room(plan, args.out)
        if not args.resume and folder.exists():
            shutil.rmtree(folder)
        _read(args, footage, opening, folder)
        size_px = footage.size_px
    finally:
        footage.close()
    outcome = followed(folder)
    write_points(args.out, outcome.tracks)
    shutil.rmtree(folder)
    hints = _hints(tagged, outcome, args.slow)
    document = {
        "video": str(video),
        "out": str(args.out),
        "size_px": list(size_px),
        "engine": outcome.engine,
        "slow": args.slow,
        "plan": {
            "frames": plan.frames,
            "length_s": plan.length_s,
            "work_s": plan.work_s,
            "disk_bytes": plan.disk_bytes,
        },
        "people": [_person(track, outcome) for track in outcome.tracks],
        "notes": [{**note.document(), "detail": note_words(note, args.lang)} for note in outcome.notes],
        "slow_motion": [{**hint.document(), "detail": slow_words(hint, args.lang)} for hint in hints],
    }
    emit(document, args, _lines(document, plan, args.lang))
    return 0


def _read(args: argparse.Namespace, footage: Footage, opening: Any, folder: Path) -> None:
    started_s, told_s = time.monotonic(), [time.monotonic()]
    began: list[float] = []

    reached = [0.0]

    def say(share: float, said: str) -> None:
        reached[0] = share
        began[:] = began or [share]  # what an earlier run did is not this run's pace
        now_s = time.monotonic()
        if now_s - told_s[0] >= 5 and share > began[0]:
            told_s[0] = now_s
            left_s = (now_s - started_s) * (1 - share) / (share - began[0])
            percent, left = number(100 * share, args.lang, 0), clock(left_s, args.lang, 0)
            progress(t("athletes.pose.done", args.lang, percent=percent, left=left))

    try:
        read_recording(footage, opening, folder, first=args.first, last=args.last, slow=args.slow, progress=say)
    except KeyboardInterrupt:
        progress(t("athletes.pose.stopped", args.lang, percent=number(100 * reached[0], args.lang, 0)))
        raise


def _room(plan: Plan, out: Path) -> None:
    """Raise ``BadValue`` where the disk has no room for the parts and the file, twice as much as was estimated."""
    where = next((place for place in (out.parent, *out.parent.parents) if place.exists()), Path())
    free = shutil.disk_usage(where).free
    if 2 * plan.disk_bytes > free:
        raise BadValue("athletes.errors.disk_too_small", need=2 * plan.disk_bytes >> 20, free=free >> 20)


def _hints(tagged: Suggestion | None, outcome: Outcome, slow: float) -> list[Suggestion]:
    """What speaks for slow motion that nobody has stated."""
    found = [tagged] if tagged is not None and abs(tagged.factor / slow - 1) > 0.1 else []
    fall = by_falls(outcome.tracks[0], slow) if outcome.tracks else None
    return [*found, *([fall] if fall is not None else [])]


def _person(track: Track, outcome: Outcome) -> dict[str, Any]:
    seen = np.flatnonzero(np.isfinite(track.px).any(axis=(1, 2)))
    swaps = outcome.swaps[track.person]
    return {
        "person": track.person,
        "frames": len(track),
        "seen": len(seen),
        "first": int(track.frames[seen[0]]) if len(seen) else None,
        "last": int(track.frames[seen[-1]]) if len(seen) else None,
        "height_px": body_height_px(track.px, track.skeleton),
        "sigma_px": float(np.nanmedian(track.sigma_px)) if len(seen) else None,
        "swaps": {"count": swaps.count, "frames": list(swaps.frames), "left_out": list(swaps.left_out)},
    }


def _plan_words(plan: Plan, lang: str) -> str:
    return t(
        "athletes.pose.plan",
        lang,
        frames=plan.frames,
        length=clock(plan.length_s, lang, 0),
        work=clock(plan.work_s, lang, 0),
        megabytes=number(plan.disk_bytes / 1e6, lang, 1),
    )


def _lines(document: dict[str, Any], plan: Plan, lang: str) -> list[str]:
    people = document["people"]
    lines = [t("athletes.pose.read", lang, people=len(people), frames=plan.frames, path=document["out"])]
    lines += [
        t("athletes.pose.person", lang, **{**one, "height": number(one["height_px"], lang, 0)})
        for one in (
            {name: one[name] for name in ("person", "seen", "frames", "first", "last", "height_px")} for one in people
        )
    ]
    return [*lines, *(one["detail"] for one in (*document["notes"], *document["slow_motion"]))]
