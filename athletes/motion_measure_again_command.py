"""The command ``touchline motion measure-again``: a trial measured anew by the points that are there."""

from __future__ import annotations

import argparse
from dataclasses import replace
from fractions import Fraction
from typing import Any

from athletes.given_numbers import Number, Whole
from athletes.motion.found import tracks_of
from athletes.motion.model import Trial, TrialShot
from athletes.motion.slowness import ASKED
from athletes.motion.trials import Trials
from athletes.motion_trial_command import tell, trials_here
from athletes.pose.slow_motion import checked_factor
from athletes.worded import Worded, within
from touchline.cli import add_json
from touchline.errors import BadValue

SETTINGS = (
    "cutoff_hz",
    "fill_gap_s",
    "min_confidence",
    "up_sigma_deg",
    "treadmill_mps",
    "joint",
    "depth_deg",
    "facing",
)
"""What somebody may set of the analysis (``athletes.kinematics.settings``)."""
FACING = {"left": -1, "right": 1, "-1": -1, "0": 0, "1": 1}


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``measure-again`` to ``touchline motion``."""
    again = choices.add_parser(
        "measure-again", help="measure a trial by the points that are there, without looking at its pictures"
    )
    again.add_argument("trial", help="id of the trial")
    again.add_argument("--camera", metavar="ID", help="whose person or length is meant (default: every camera's)")
    again.add_argument("--person", action=Whole, metavar="N", help="follow this person of the picture")
    metres = again.add_mutually_exclusive_group()
    metres.add_argument("--height", action=Number, metavar="M", help="the athlete's stature in metres, for lengths")
    metres.add_argument(
        "--length",
        action=Number,
        nargs=5,
        metavar=("U1", "V1", "U2", "V2", "M"),
        help="two ends in the picture, in pixels, that are M metres apart",
    )
    again.add_argument("--slow", action=Number, metavar="N", help="the file shows it N times slower than it was")
    again.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help=f"a setting; {', '.join(SETTINGS)}"
    )
    again.set_defaults(run=_again)
    add_json(again)


def _again(args: argparse.Namespace) -> int:
    from athletes.motion.measuring import measure_trial, settings_of

    trials = trials_here()
    trial = trials.trial(args.trial)
    changed = replace(trial, settings={**trial.settings, **dict(_setting(each) for each in args.set)})
    settings_of(changed, None)  # what cannot be is refused before anything is changed
    for one in [trial.shot(args.camera)] if args.camera else trial.shots:
        changed = changed.with_shot(_said(trials, trial, one, args))
    if changed != trial:
        trials.change(changed)
    refusal = measure_trial(trials, args.trial).refusal
    space = None if refusal is None else refusal.document(args.lang)
    tell(trials, trials.trial(args.trial), args, space=space)
    return 0


def _said(trials: Trials, trial: Trial, one: TrialShot, args: argparse.Namespace) -> TrialShot:
    """The camera with what was said of it."""
    from athletes.kinematics.scale import STATURE_M, from_length

    settings: dict[str, Any] = dict(one.settings)
    if args.person is not None:
        people = [track.person for track in tracks_of(trials, trial.id, one.shot.camera_id)]
        if args.person not in people:
            known = ", ".join(map(str, people)) or "–"
            raise BadValue("athletes.errors.no_such_track", person=args.person, camera=one.shot.label, known=known)
        settings["person"] = args.person
    if args.height is not None:
        within("height_m", args.height, *STATURE_M)
        settings["scale"] = {"kind": "height", "m": args.height}
    if args.length is not None:
        *ends, metres = args.length
        from_length((ends[0], ends[1], ends[2], ends[3]), metres)
        settings["scale"] = {"kind": "length", "px": ends, "m": metres}
    clock = one.to_trial
    if args.slow is not None:
        checked_factor(args.slow)
        settings[ASKED] = True
        clock = replace(clock, rate=1 / Fraction(args.slow).limit_denominator(1000))
    return replace(one, to_trial=clock, settings=settings)


def _setting(text: str) -> tuple[str, Any]:
    """A setting as its name and value; an empty value takes it back."""
    name, equals, value = text.partition("=")
    if not equals or name not in SETTINGS:
        raise Worded("athletes.errors.no_such_motion_setting", text=text[:60], known=SETTINGS)
    if not value:
        return name, None
    if name == "joint":
        return name, value
    try:
        return name, FACING[value] if name == "facing" else float(value.replace(",", "."))
    except (ValueError, KeyError) as fault:
        raise Worded("athletes.errors.no_such_motion_setting", text=text[:60], known=SETTINGS) from fault
