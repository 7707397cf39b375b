"""The action ``touchline motion measure``: what a movement in a points file measures, with errors and frames."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from athletes.given_numbers import Number, Whole
from athletes.kinematics.analysis import analyse
from athletes.kinematics.model import Analysis, Event, Finding, Movement
from athletes.kinematics.scale import Scale, from_height, from_length
from athletes.kinematics.settings import JOINTS, Settings
from athletes.pose.model import Track
from athletes.pose.noise import row_of
from touchline.cli import add_json, emit
from touchline.errors import BadValue, NotFound
from touchline.i18n import number, t
from touchline.measure import Z95

DECIMALS = {"count": 0, "deg": 1, "deg/s": 0, "%": 1, "s": 3, "m": 3, "m/s": 2, "Hz": 2}


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``touchline motion measure FILE --movement NAME``."""
    parser = choices.add_parser("measure", help="measure a movement from body points")
    parser.add_argument("file", type=Path, metavar="FILE", help="points file (.npz) of touchline motion analyse")
    parser.add_argument("--movement", required=True, type=Movement, choices=list(Movement), help="what is done in it")
    parser.add_argument(
        "--person", action=Whole, metavar="N", help="number of the person (default: who was seen longest)"
    )
    known = parser.add_mutually_exclusive_group()
    known.add_argument("--length-px", metavar="U1,V1,U2,V2", help="ends of a known length in the picture")
    known.add_argument("--height-m", action=Number, metavar="M", help="the athlete's height, for a scale")
    parser.add_argument("--length-m", action=Number, metavar="M", help="how long the known length is")
    parser.add_argument("--treadmill-mps", action=Number, metavar="V", help="speed of the treadmill in m/s")
    parser.add_argument(
        "--cutoff", action=Number, metavar="HZ", help="cutoff of the filter (default: by movement, 6 to 12)"
    )
    parser.add_argument("--joint", choices=JOINTS, default="knee", help="joint that repetitions are counted by")
    parser.add_argument("--depth-deg", action=Number, metavar="DEG", help="angle that a full repetition reaches")
    parser.add_argument("--facing", choices=("left", "right"), help="which way the athlete faces (default: found out)")
    parser.add_argument(
        "--fill-s",
        action=Number,
        default=0.1,
        metavar="S",
        help="fill gaps up to so long, and say so (default: 0.1; 0: none)",
    )
    parser.add_argument(
        "--noise", metavar="MODEL", help="pose model whose errors count (default: the one that found the points)"
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _ends(text: str) -> tuple[float, float, float, float]:
    """Two ends in the picture; commas stand between the numbers. Raises ``BadValue``."""
    try:
        u1, v1, u2, v2 = (float(part) for part in text.split(","))
    except ValueError as fault:
        raise BadValue("athletes.errors.not_two_ends", text=text[:60]) from fault
    return u1, v1, u2, v2


def _run(args: argparse.Namespace) -> int:
    from athletes.pose.points_file import read_points

    track = chosen(read_points(args.file), args.person)
    settings = Settings(
        cutoff_hz=args.cutoff,
        fill_gap_s=args.fill_s,
        noise_model=args.noise or row_of(track.method),
        treadmill_mps=args.treadmill_mps,
        joint=args.joint,
        depth_deg=args.depth_deg,
        facing={"left": -1, "right": 1, None: 0}[args.facing],
    )
    analysis = analyse(track, args.movement, _scale(args, track), settings)
    emit(document_of(analysis, track), args, lines_of(analysis, track, args.lang))
    return 0


def chosen(tracks: tuple[Track, ...], person: int | None) -> Track:
    """The track of ``person``; without one that of whoever was seen in most frames. Raises ``NotFound``."""
    for track in tracks:
        if track.person == person:
            return track
    if person is not None or not tracks:
        known = ", ".join(str(track.person) for track in tracks) or "-"
        raise NotFound("athletes.errors.no_such_person_followed", person=1 if person is None else person, known=known)
    return max(tracks, key=lambda track: int((track.px[..., 0] == track.px[..., 0]).any(axis=1).sum()))


def _scale(args: argparse.Namespace, track: Track) -> Scale | None:
    if args.height_m is not None:
        return from_height(track, args.height_m)
    if (args.length_px is None) != (args.length_m is None):
        raise BadValue("athletes.errors.length_needs_both")
    return from_length(_ends(args.length_px), args.length_m) if args.length_px is not None else None


def document_of(analysis: Analysis, track: Track) -> dict[str, Any]:
    """The analysis as ``touchline motion measure --json`` prints it."""
    return {
        "person": track.person,
        "frames": len(track),
        "seconds": float(track.t_s[-1] - track.t_s[0]) if len(track) else 0.0,
        "origin": track.origin,
        "found_by": track.method,
        **analysis.document(),
    }


def lines_of(analysis: Analysis, track: Track, lang: str) -> list[str]:
    """The analysis in words."""
    movement = t(f"athletes.motion.movement.{analysis.movement}", lang)
    lines = [t("athletes.motion.command.head", lang, movement=movement, person=track.person, frames=len(track))]
    for one in analysis.findings:
        lines += finding_lines(one, lang)
    lines += [event_line(one, lang) for one in analysis.events]
    return lines + [
        t("athletes.motion.command.note", lang, note=t(f"athletes.motion.note.{note}", lang)) for note in analysis.notes
    ]


def _named(name: str, one: Finding | Event, lang: str) -> str:
    side = t(f"athletes.motion.side.{one.side}", lang) if one.side else ""
    count = "" if one.number is None else number(one.number, lang)
    return " ".join(t("athletes.motion.command.of", lang, name=name, side=side, number=count).split())


def finding_lines(one: Finding, lang: str) -> list[str]:
    """A number with its error in words, and what makes it doubtful; or why there is none."""
    name = _named(t(f"athletes.motion.finding.{one.key}", lang), one, lang)
    why = [t(f"athletes.motion.reason.{reason}", lang) for reason in one.reasons]
    if one.measured is None:
        return [t("athletes.motion.command.unknown", lang, name=name, why=" ".join(why))]
    places = DECIMALS.get(one.measured.unit, 2)
    value = number(one.measured.value, lang, places)
    if one.measured.unit == "count":
        head = t("athletes.motion.command.plain", lang, name=name, value=value)
    else:
        half, unit = number(one.measured.half_width95, lang, places), one.measured.unit.replace("deg", "°")
        head = t("athletes.motion.command.number", lang, name=name, value=value, half=half, unit=unit)
    return [head, *(t("athletes.motion.command.doubt", lang, why=words) for words in why)]


def event_line(one: Event, lang: str) -> str:
    """An event in words."""
    name = _named(t(f"athletes.motion.event.{one.key}", lang), one, lang)
    at, half = number(one.t_s, lang, 3), number(Z95 * one.sigma_s, lang, 3)
    return t("athletes.motion.command.event", lang, name=name, at=at, half=half, frame=number(one.frame, lang))
