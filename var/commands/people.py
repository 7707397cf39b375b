"""``touchline people``: who is in a picture, for whom they play, and who is foremost. Proposals, never a verdict."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from touchline.cli import add_json, emit, progress, read_json
from touchline.i18n import number, t
from touchline.measure import Z95
from touchline.vision.runtime import POSES
from var.assist.pictures import read_picture
from var.assist.sight import Seen, Sight, load_models, look
from var.assist.teams import Side
from var.commands.measure import pair
from var.measure.calibrate import Calibration
from var.measure.pitch import Pitch
from var.model import AttackDirection


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline people PICTURE [--frame N] [--calibration FILE] [--attack SIDE] ...``."""
    add_json(parser)
    parser.add_argument("picture", metavar="PICTURE", help="a picture (PNG, JPEG) or a video")
    parser.add_argument("--frame", type=int, metavar="N", help="frame of a video (default: its first, 0)")
    parser.add_argument("--calibration", metavar="FILE", help="JSON file with what `touchline calibrate` printed")
    parser.add_argument("--pitch", type=pair, default=(105.0, 68.0), metavar="LxW", help="metres (default: 105x68)")
    parser.add_argument("--attack", choices=[side.value for side in AttackDirection], help="toward which goal")
    parser.add_argument("--defends", choices=["1", "2"], help="the defending team (default: as they stand)")
    parser.add_argument("--pose", choices=[*POSES, "none"], default="pose_full", help="pose model (default: pose_full)")
    parser.set_defaults(run=_people)


def _people(args: argparse.Namespace) -> int:
    calibration = None if args.calibration is None else Calibration.from_document(read_json(args.calibration))
    picture, frame = read_picture(Path(args.picture), args.frame)
    models = load_models(None if args.pose == "none" else args.pose)
    sight = look(
        picture,
        models,
        calibration=calibration,
        pitch=Pitch(*args.pitch),
        attack=None if args.attack is None else AttackDirection(args.attack),
        progress=lambda share: progress(f"{100 * share:.0f} %") if not args.json else None,
    )
    defends = None if args.defends is None else Side(args.defends)
    document = {"picture": Path(args.picture).name, "frame": frame, **sight.document(defends)}
    emit(document, args, _lines(sight, defends, args.lang))
    return 0


def _lines(sight: Sight, defends: Side | None, lang: str) -> list[str]:
    sides = Counter(one.side for one in sight.people)
    lines = [
        t(
            "var.assist.command.summary",
            lang,
            count=len(sight.people),
            first=sides[Side.FIRST],
            second=sides[Side.SECOND],
            other=sides[Side.OTHER],
            unknown=sides[Side.UNKNOWN],
        )
    ]
    lines += [line for one in sight.people for line in _said(one, lang)]
    for reason, count in sight.dropped.items():
        why = t(f"var.assist.dropped.{reason}", lang)
        lines.append(t("var.assist.command.dropped", lang, count=count, reason=why))
    if sight.reaches():
        line = sight.line(defends)
        key = "no_second_last" if line.second_last is None else "second_last"
        lines.append(t(f"var.assist.command.{key}", lang, number=line.second_last))
        lines += [t(f"var.assist.reason.{reason}", lang) for reason in line.reasons]
    return lines


def _said(one: Seen, lang: str) -> list[str]:
    person = one.person
    names = {Side.FIRST: "team_1", Side.SECOND: "team_2", Side.OTHER: "other", Side.UNKNOWN: "unknown"}
    common = {
        "number": one.number,
        "side": t(f"var.assist.{names[one.side]}", lang),
        "score": number(100 * person.score, lang),
    }
    if person.stands_m is None:
        edges = zip(("left", "top", "right", "bottom"), person.box, strict=True)
        box = {name: number(edge, lang) for name, edge in edges}
        return [t("var.assist.command.person_plain", lang, **common, **box)]
    x, y = (number(value, lang, 1) for value in person.stands_m)
    lines = [t("var.assist.command.person", lang, **common, x=x, y=y, height=number(person.height_m, lang, 2))]
    if one.ranked:
        first = one.ranked[0]
        part = t(f"var.review.part_{first.point.part.value}", lang)
        reach, half = number(first.reach_m, lang, 2), number(Z95 * first.reach_sigma_m, lang, 2)
        lines.append(t("var.assist.command.foremost", lang, part=part, reach=reach, half=half))
    return lines
