"""The command ``touchline motion measure-again``: a trial measured anew by the points that are there."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from athletes.archive import Archive
from athletes.motion.found import tracks_of
from athletes.motion.model import Trial, TrialShot
from athletes.motion.trials import Trials
from athletes.motion_trial_command import tell
from touchline.cli import add_json
from touchline.errors import BadValue
from touchline.files import data_home

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
WORDS, WHOLE = frozenset({"joint"}), frozenset({"facing"})


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``measure-again`` to ``touchline motion``."""
    again = choices.add_parser(
        "measure-again", help="measure a trial by the points that are there, without looking at its pictures"
    )
    again.add_argument("trial", help="id of the trial")
    again.add_argument("--camera", metavar="ID", help="whose person or length is meant (default: every camera's)")
    again.add_argument("--person", type=int, metavar="N", help="follow this person of the picture")
    metres = again.add_mutually_exclusive_group()
    metres.add_argument("--height", type=float, metavar="M", help="the athlete's stature in metres, for lengths")
    metres.add_argument(
        "--length",
        type=float,
        nargs=5,
        metavar=("U1", "V1", "U2", "V2", "M"),
        help="two ends in the picture, in pixels, that are M metres apart",
    )
    again.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help=f"a setting; {', '.join(SETTINGS)}"
    )
    again.set_defaults(run=_again)
    add_json(again)


def _again(args: argparse.Namespace) -> int:
    from athletes.motion.measuring import measure_trial, settings_of

    trials = Trials(Archive(data_home()))
    trial = trials.trial(args.trial)
    changed = replace(trial, settings={**trial.settings, **dict(_setting(each) for each in args.set)})
    settings_of(changed, None)  # what cannot be is refused before anything is changed
    for one in [trial.shot(args.camera)] if args.camera else trial.shots:
        changed = changed.with_shot(_said(trials, trial, one, args))
    if changed != trial:
        trials.change(changed)
    measure_trial(trials, args.trial)
    tell(trials, trials.trial(args.trial), args)
    return 0


def _said(trials: Trials, trial: Trial, one: TrialShot, args: argparse.Namespace) -> TrialShot:
    """The camera with what was said of it."""
    from athletes.kinematics.scale import from_length

    settings: dict[str, Any] = dict(one.settings)
    if args.person is not None:
        people = [track.person for track in tracks_of(trials, trial.id, one.shot.camera_id)]
        if args.person not in people:
            known = ", ".join(map(str, people)) or "–"
            raise BadValue("athletes.errors.no_such_track", person=args.person, camera=one.shot.camera_id, known=known)
        settings["person"] = args.person
    if args.height is not None:
        if not 0.5 <= args.height <= 2.6:
            raise BadValue("athletes.errors.bad_motion_setting", name="height_m", value=args.height, low=0.5, high=2.6)
        settings["scale"] = {"kind": "height", "m": args.height}
    if args.length is not None:
        *ends, metres = args.length
        from_length((ends[0], ends[1], ends[2], ends[3]), metres)
        settings["scale"] = {"kind": "length", "px": ends, "m": metres}
    return replace(one, settings=settings)


def _setting(text: str) -> tuple[str, Any]:
    """A setting as its name and value; an empty value takes it back."""
    name, equals, value = text.partition("=")
    if not equals or name not in SETTINGS:
        raise BadValue("athletes.errors.no_such_motion_setting", text=text[:60], known=", ".join(SETTINGS))
    if not value:
        return name, None
    if name in WORDS:
        return name, value
    try:
        return name, int(value) if name in WHOLE else float(value)
    except ValueError as fault:
        raise BadValue("athletes.errors.no_such_motion_setting", text=text[:60], known=", ".join(SETTINGS)) from fault
