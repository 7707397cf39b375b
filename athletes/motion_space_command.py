"""The command ``touchline motion space``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from athletes.given_cameras import fit, pairs, seconds
from athletes.given_numbers import Number, Whole
from athletes.space.association import Person
from athletes.space.bones import Smooth, limb_bones
from athletes.space.calibrations import Calibration, read_calibration
from athletes.space.fitting import fitted
from athletes.space.held_bones import Bones
from athletes.space.motion_file import write_motion
from athletes.space.noted import noted
from athletes.space.paired import Take
from athletes.space.reconstruct import How, InSpace, in_space
from athletes.worded import within
from touchline.cli import add_json, emit, some_path
from touchline.i18n import number, t
from touchline.timebase import ClockMap


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``touchline motion space``."""
    space = choices.add_parser("space", help="one person in space, from the body points of two to eight cameras")
    add_json(space)
    space.add_argument("--points", nargs="+", action="extend", required=True, metavar="CAM=FILE", help="points files")
    space.add_argument("--calibration", type=Path, required=True, metavar="FILE", help="Qualisys, Pose2Sim, Caliscope")
    space.add_argument(
        "--offset", nargs="+", action="extend", default=[], metavar="CAM=S", help="trial time - own time"
    )
    space.add_argument("--clock-error", action=Number, metavar="S", help="standard deviation of each offset")
    space.add_argument(
        "--fit", nargs="+", action="extend", default=[], metavar="CAM=HOW", help="if picture sizes differ"
    )
    space.add_argument("--reference", metavar="CAM", help="whose pictures give the instants (default: most pictures)")
    space.add_argument("--person", action=Whole, default=1, metavar="N", help="which person (default: 1)")
    space.add_argument("--as-calibrated", action="store_true", help="never put the cameras' directions right")
    space.add_argument("--drop-doubtful", action="store_true", help="make gaps where bones leave their band")
    space.add_argument("--smooth", action=Number, metavar="HZ", help="low pass (Butterworth) at so many hertz")
    space.add_argument(
        "--bones",
        type=Bones,
        choices=tuple(Bones),
        default=Bones.HELD,
        help="lengths of bones: held near their medians (default), free, or constant (an estimate)",
    )
    space.add_argument(
        "--constant-bones", dest="bones", action="store_const", const=Bones.CONSTANT, help="as --bones constant"
    )
    space.add_argument("-o", "--out", type=some_path, required=True, metavar="FILE", help="the motion file, .npz")
    space.set_defaults(run=_space)


def _space(args: argparse.Namespace) -> int:
    if args.clock_error is not None:
        within("clock_error_s", args.clock_error, 0.0, 10.0)
    if args.smooth is not None:
        within("smooth_hz", args.smooth, 0.1, 500.0)
    calibration = read_calibration(args.calibration)
    takes = _takes(args, calibration)
    how = How(
        person=args.person - 1,
        reference=args.reference,
        realign=not args.as_calibrated,
        drop_doubtful=args.drop_doubtful,
        smooth=None if args.smooth is None else _low_pass(args.smooth),
        smooth_said="" if args.smooth is None else f"Butterworth, {args.smooth:g} Hz",
        bones=args.bones,
    )
    found = in_space(takes, how)
    notes = [*calibration.notes, *found.notes]
    if len(found.motion) and np.isnan(found.motion.xyz_m).sum() > np.isnan(found.measured.xyz_m).sum() and args.smooth:
        notes.append("not_smoothed")
    write_motion(args.out, found.file(tuple(notes)))
    document = space_document(found, takes, args.person, notes, args.lang)
    document["path"] = str(args.out)
    emit(document, args, _space_lines(document, args.lang))
    return 0


def _takes(args: argparse.Namespace, calibration: Calibration) -> list[Take]:
    from athletes.pose.points_file import read_points

    points = pairs(args.points, "cam01=cam01.npz")
    offsets, fits = pairs(args.offset, "cam01=0.04"), pairs(args.fit, "cam01=letterbox")
    for name in (*points, *offsets, *fits, *([args.reference] if args.reference else [])):
        calibration.camera(name)  # named where it is not there
    takes = []
    for name, path in points.items():
        clock = ClockMap(seconds(name, offsets.get(name, "0")), Fraction(1), args.clock_error)
        for track in read_points(Path(path)):
            camera = fitted(calibration.camera(name), track.size_px, fit(name, fits[name]) if name in fits else None)
            takes.append(Take(camera, track, clock))
    return takes


def _low_pass(cutoff_hz: float) -> Smooth:
    from athletes.kinematics.smoothing import Filter, smooth

    def run(t_s: Any, values: Any, sigma: Any) -> tuple[Any, Any]:
        found = smooth(t_s, values, sigma, Filter(cutoff_hz=cutoff_hz))
        return found.values, found.sigma

    return run


def space_document(
    found: InSpace, takes: Sequence[Take], person: int, notes: Sequence[str], lang: str
) -> dict[str, Any]:
    """What ``touchline motion space --json`` prints, but for the path."""
    motion, measured = found.motion, found.measured
    off = measured.residual_px[np.isfinite(measured.residual_px)]
    median = float(np.median(off)) if len(off) else None
    seconds = float(motion.t_s[-1] - motion.t_s[0]) if len(motion) else 0.0
    people = [one for one in found.people if len({takes[at].camera.name for at in one.takes}) > 1]
    return {
        "status": "ok",
        "person": person,
        "people": [_person(one, takes) for one in people],
        "instants": len(motion),
        "seconds": seconds,
        "rate_hz": (len(motion) - 1) / seconds if seconds else None,
        "missing_pct": float(100 * np.mean(np.isnan(motion.xyz_m[..., 0]))) if len(motion) else None,
        "doubtful": found.doubtful,
        "off_px": {"median": median, "p95": float(np.percentile(off, 95)) if len(off) else None},
        "cameras": [_camera(found, at) for at in range(len(measured.cameras))],
        "realigned": None
        if found.realigned is None
        else {
            "changed": found.realigned.changed,
            "before_px": found.realigned.before_px,
            "after_px": found.realigned.after_px,
        },
        "swaps": [
            {"camera": swap.camera, "part": swap.part, "t_s": [float(measured.t_s[at]) for at in swap.instants]}
            for swap in found.swaps
        ],
        "bones": [bone.document() for bone in found.bones],
        "bones_measured": found.bones_how is Bones.FREE,
        "bones_how": found.bones_how.value,
        "bones_after": [bone.document() for bone in limb_bones(motion)],
        "origin": motion.origin.value,
        "method": motion.method,
        "notes": [{"key": note, "detail": noted(note, lang)} for note in notes],
    }


def _person(person: Person, takes: Sequence[Take]) -> dict[str, Any]:
    return {
        "cameras": sorted({takes[at].camera.name for at in person.takes}),
        "tracks": [{"camera": takes[at].camera.name, "person": takes[at].track.person} for at in person.takes],
        "apart_sigmas": person.apart_sigmas,
    }


def _camera(found: InSpace, at: int) -> dict[str, Any]:
    """What a camera gave: how much of what it saw lies within the gate of the motion."""
    views, measured = found.views, found.measured
    camera = views.cameras[at]
    px = views.px[at]
    off = np.linalg.norm(camera.project(measured.xyz_m) - px, axis=2)
    seen = np.isfinite(off)
    changed = found.realigned is not None and found.realigned.changed
    return {
        "name": camera.name,
        "size_px": list(camera.size_px),
        "pictures": int((views.frames[:, at] >= 0).sum()),
        "seen_pct": float(100 * np.mean(np.isfinite(px[..., 0]))) if px.size else None,
        "off_px": float(np.median(off[seen])) if seen.any() else None,
        "turned_deg": float(found.realigned.turn_deg[at]) if found.realigned is not None and changed else None,
    }


def _space_lines(document: dict[str, Any], lang: str) -> list[str]:
    def say(key: str, **params: Any) -> str:
        return t(f"athletes.space.command.{key}", lang, **params)

    chosen = document["people"][document["person"] - 1]
    lines = [
        say("person", person=document["person"], count=len(document["people"]), cameras=", ".join(chosen["cameras"])),
        say(
            "course",
            instants=number(document["instants"], lang),
            seconds=number(document["seconds"], lang, 2),
            rate=number(document["rate_hz"], lang, 2),
            missing=number(document["missing_pct"], lang, 1),
        ),
        say(
            "off",
            median=number(document["off_px"]["median"], lang, 1),
            p95=number(document["off_px"]["p95"], lang, 1),
        ),
    ]
    for camera in document["cameras"]:
        params = {
            "camera": camera["name"],
            "share": number(camera["seen_pct"], lang, 0),
            "off": number(camera["off_px"], lang, 1),
        }
        turned = camera["turned_deg"]
        lines.append(
            say("camera", **params) if turned is None else say("turned", turned=number(turned, lang, 2), **params)
        )
    if document["realigned"] is not None and document["realigned"]["changed"]:
        both = {name: number(document["realigned"][f"{name}_px"], lang, 1) for name in ("before", "after")}
        lines.append(say("align", **both))
    lines += [
        say("swap", camera=swap["camera"], part=t(f"athletes.space.part.{swap['part']}", lang), count=len(swap["t_s"]))
        for swap in document["swaps"]
    ]
    lines.append(say("bones"))
    lines += [
        say(
            "bone",
            bone=t(f"athletes.space.bone.{bone['name']}", lang),
            length=number(bone["median_m"], lang, 3),
            sd=number(bone["sd_pct"], lang, 1),
        )
        for bone in document["bones"]
    ]
    if not document["bones_measured"]:
        steady = [bone["sd_pct"] for bone in document["bones_after"] if bone["sd_pct"] is not None]
        lines.append(say("bones_after", most=number(max(steady, default=None), lang, 1)))
    return [*lines, *(note["detail"] for note in document["notes"]), say("written", path=document["path"])]
