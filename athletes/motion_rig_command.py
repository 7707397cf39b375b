"""The commands ``touchline motion clocks`` and ``calibrate``: how a trial's cameras hang together, and where they
stand."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from athletes.given_cameras import fit, pairs, seconds
from athletes.given_numbers import Number
from athletes.motion.model import Trial, TrialShot
from athletes.motion.trials import Trials
from athletes.motion_trial_command import measured_anew, said, trials_here
from athletes.space.noted import noted
from athletes.worded import within
from touchline.cli import add_json, emit
from touchline.errors import BadValue
from touchline.i18n import t


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``clocks`` and ``calibrate`` to ``touchline motion``."""
    clocks = choices.add_parser("clocks", help="set the clocks of a trial's cameras beside its first one's")
    clocks.add_argument("trial", help="id of the trial")
    by_hand = clocks.add_mutually_exclusive_group()
    by_hand.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="CAM=S",
        help="by hand: the trial's time at the camera's first picture, in seconds",
    )
    by_hand.add_argument("--together", action="store_true", help="all of them began at one instant")
    clocks.add_argument(
        "--error",
        action=Number,
        metavar="S",
        help="standard deviation of --set (default: within a picture)",
    )
    clocks.set_defaults(run=_clocks)
    add_json(clocks)
    calibrate = choices.add_parser("calibrate", help="say where a trial's cameras stand, by a calibration file")
    calibrate.add_argument("trial", help="id of the trial")
    calibrate.add_argument("file", nargs="?", type=Path, metavar="FILE", help="Qualisys, Pose2Sim or Caliscope")
    calibrate.add_argument(
        "--camera",
        nargs="+",
        action="extend",
        default=[],
        metavar="CAM=NAME",
        help="which camera of the file it is (default: told by their names)",
    )
    calibrate.add_argument(
        "--fit", nargs="+", action="extend", default=[], metavar="CAM=HOW", help="if picture sizes differ"
    )
    calibrate.add_argument("--take-back", action="store_true", help="nobody knows any more where they stand")
    calibrate.set_defaults(run=_calibrate)
    add_json(calibrate)


def _pairs(trial: Trial, given: Sequence[str], like: str) -> dict[str, str]:
    """What was given, by the trial's own names of its cameras."""
    return pairs(given, like, lambda name: trial.shot(name).shot.camera_id)


def _clocks(args: argparse.Namespace) -> int:
    from athletes.motion.rig import began_together, tie

    trials = trials_here()
    before = trials.trial(args.trial)
    if len(before.shots) < 2:
        raise BadValue("athletes.errors.one_camera", name=before.name)
    if args.error is not None and not args.set:
        raise BadValue("athletes.errors.error_of_what")
    told: dict[str, tuple[str | None, str | None]] = {}
    if args.set:
        told = _by_hand(trials, before, args)
    elif args.together:
        began_together(trials, before.id)
        told = {one.shot.camera_id: ("together", None) for one in before.shots[1:]}
    else:
        found = tie(trials, before.id, said(args.lang))
        told = {
            one.shot.camera_id: (answer.method or None, answer.reason.get(args.lang))
            for one, answer in zip(before.shots[1:], found, strict=True)
        }
    space = measured_anew(trials, before.id, args.lang)
    document, lines = _clock_answer(trials.trial(before.id), before, told, args.lang)
    document["space_refused"] = space
    emit(document, args, [*lines, *_space_lines(space, args.lang)])
    return 0


def _by_hand(trials: Trials, trial: Trial, args: argparse.Namespace) -> dict[str, tuple[str | None, str | None]]:
    from athletes.motion.rig import checked_clock, nudged, within_s

    told = {camera: seconds(camera, text) for camera, text in _pairs(trial, args.set, "cam2=-0.04").items()}
    if args.error is not None:
        within("clock_error_s", args.error, 0.0, 10.0)
    for camera, offset_s in told.items():
        if camera == trial.shots[0].shot.camera_id:
            raise BadValue("athletes.errors.first_camera_is_the_clock", camera=trial.shots[0].shot.label)
        checked_clock(trial, camera, offset_s)  # all of them, before any is changed
    for camera, offset_s in told.items():
        sigma_s = within_s(trial.shot(camera)) if args.error is None else args.error
        nudged(trials, trial.id, camera, offset_s, sigma_s=sigma_s)
    return dict.fromkeys(told, ("by_hand", None))


def _clock_answer(
    trial: Trial, before: Trial, told: Mapping[str, tuple[str | None, str | None]], lang: str
) -> tuple[dict[str, Any], list[str]]:
    from athletes.motion.telling import clock_words

    cameras, lines = [], []
    for turn, one in enumerate(trial.shots):
        camera = one.shot.camera_id
        method, reason = told.get(camera, (None, None))
        changed = one.to_trial != before.shot(camera).to_trial
        cameras.append(
            {
                "camera": camera,
                "label": one.shot.label,
                "to_trial": one.to_trial.document(),
                "changed": changed,
                "method": method,
                "reason": reason or None,
            }
        )
        words = [f"{camera}  {one.shot.label}: {clock_words(one.to_trial, turn, lang)}"]
        lines.append("  ".join([*words, *([reason] if reason else [])]))
    return {"trial": trial.id, "cameras": cameras}, lines


def _space_lines(refused: Mapping[str, Any] | None, lang: str) -> list[str]:
    together = t("athletes.motion_trial.together", lang)
    return [] if refused is None else [f"{together}: {refused['detail']} {refused['hint']}"]


# ---------------------------------------------------------------------- where the cameras stand


def _calibrate(args: argparse.Namespace) -> int:
    from athletes.motion.rig import matched, posed
    from athletes.space.calibrations import Calibration, read_calibration

    trials = trials_here()
    trial = trials.trial(args.trial)
    if bool(args.file) is args.take_back or (args.take_back and (args.camera or args.fit)):
        raise BadValue("athletes.errors.calibration_or_none")
    calibration = Calibration((), "", ()) if args.take_back else read_calibration(args.file)
    how = {camera: fit(camera, text) for camera, text in _pairs(trial, args.fit, "cam1=letterbox").items()}
    named = _pairs(trial, args.camera, "cam1=NAME") if args.camera else matched(trial, calibration)
    if not named and not args.take_back:
        names = ", ".join(camera.name for camera in calibration.cameras)
        raise BadValue("athletes.errors.no_camera_matched", name=trial.name, cameras=names)
    changed = posed(trials, trial.id, calibration, named, how)
    space = measured_anew(trials, trial.id, args.lang)
    document = {
        "trial": trial.id,
        "form": calibration.form or None,
        "cameras": [_placed(one, named.get(one.shot.camera_id)) for one in changed.shots],
        "left_out": [camera.name for camera in calibration.cameras if camera.name not in named.values()],
        "notes": [{"key": note, "detail": noted(note, args.lang)} for note in calibration.notes],
        "space_refused": space,
    }
    emit(document, args, [*_place_lines(document, args.lang), *_space_lines(space, args.lang)])
    return 0


def _placed(one: TrialShot, name: str | None) -> dict[str, Any]:
    return {"camera": one.shot.camera_id, "label": one.shot.label, "is": name}


def _place_lines(document: Mapping[str, Any], lang: str) -> list[str]:
    lines = []
    for one in document["cameras"]:
        where = (
            t("athletes.motion_page.space.unposed", lang)
            if one["is"] is None
            else t("athletes.motion_page.space.posed", lang, name=one["is"])
        )
        lines.append(f"{one['camera']}  {one['label']}: {where}")
    if document["left_out"]:
        lines.append(t("athletes.motion_trial.left_out", lang, names=", ".join(document["left_out"])))
    return [*lines, *(note["detail"] for note in document["notes"])]
