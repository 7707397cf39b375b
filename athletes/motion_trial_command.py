"""The commands ``touchline motion list|show|add|run|remove|restore``: trials, kept and measured."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.kinematics.model import Analysis, Movement
from athletes.local_zone import local_zone
from athletes.motion.model import Trial
from athletes.motion.naming import event_name, finding_name, movement_name, sentence_of, told_whole
from athletes.motion.trials import Trials
from touchline.cli import add_json, emit, progress
from touchline.errors import BadValue, NotFound
from touchline.files import data_home
from touchline.i18n import UNKNOWN, number, t

ENGINES, MODELS = ("mediapipe", "crops"), ("lite", "full", "heavy")


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what is done with trials to ``touchline motion``."""
    listing = choices.add_parser("list", help="trials, the newest day first")
    listing.add_argument("--athlete", metavar="ID", help="only this athlete's trials")
    listing.add_argument("--put-away", action="store_true", help="those that were removed and can be restored")
    listing.set_defaults(run=_list)
    add_json(listing)
    _register_add(choices.add_parser("add", help="keep recordings of one movement as a trial"))
    run = choices.add_parser("run", help="look through a trial's recordings and measure it, in this process")
    run.add_argument("trial", help="id of the trial")
    run.add_argument("--engine", choices=ENGINES, default="mediapipe", help="what finds body points")
    run.add_argument("--model", choices=MODELS, default="full", help="which of its models")
    run.add_argument("--people", type=int, default=1, metavar="N", help="how many people are followed at the most")
    run.set_defaults(run=_run)
    add_json(run)
    for name, help_text, does in (
        ("show", "cameras, numbers and events of one trial", _show),
        ("remove", "take a trial off the lists; restore brings it back", _remove),
        ("restore", "undo remove", _restore),
    ):
        sub = choices.add_parser(name, help=help_text)
        sub.add_argument("trial", help="id of the trial")
        if name == "remove":
            sub.add_argument("--for-good", action="store_true", help="delete it with its recordings; cannot be undone")
        sub.set_defaults(run=does)
        add_json(sub)


def _register_add(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a recording; several are cameras of one trial"
    )
    add.add_argument("--movement", required=True, choices=[one.value for one in Movement], help="what is done in it")
    add.add_argument("--athlete", metavar="ID", help="whose it is")
    add.add_argument("--name", help="what to call it (default: the name of the first file)")
    add.add_argument("--day", metavar="DATE", help="when it was, YYYY-MM-DD (default: today)")
    add.add_argument(
        "--slow", type=float, default=1.0, metavar="N", help="the files show it N times slower than it was"
    )
    add.add_argument("--height", type=float, metavar="M", help="the athlete's stature in metres, for lengths")
    add.set_defaults(run=_add)
    add_json(add)


def _trials() -> Trials:
    return Trials(Archive(data_home()))


def _list(args: argparse.Namespace) -> int:
    trials = _trials()
    if args.athlete:
        trials.archive.athlete(args.athlete)
    found = trials.trials(athlete_id=args.athlete, put_away=args.put_away)
    lines = [_line(trial, args.lang) for trial in found]
    emit({"trials": [trial.document() for trial in found]}, args, lines or [t("athletes.motion_trial.none", args.lang)])
    return 0


def _line(trial: Trial, lang: str) -> str:
    origin = t(f"athletes.sessions.origin.{trial.origin}", lang)
    cameras = t("athletes.motion_trial.cameras", lang, count=len(trial.shots))
    return f"{trial.id}  {trial.day}  {movement_name(trial.movement, lang)}  {trial.name}  {cameras}  [{origin}]"


def _add(args: argparse.Namespace) -> int:
    trials = _trials()
    for name, value, low, high in (("slow", args.slow, 1.0, 100.0), ("height_m", args.height, 0.5, 2.6)):
        if value is not None and not low <= value <= high:
            raise BadValue("athletes.errors.bad_motion_setting", name=name, value=value, low=low, high=high)
    trial = trials.add(
        args.name or args.files[0].stem,
        Movement(args.movement),
        _day(args.day),
        [(path, path.stem) for path in args.files],
        athlete_id=args.athlete,
        progress=_said(args.lang),
    )
    changed = trial
    for one in trial.shots:
        settings = dict(one.settings)
        if args.height is not None:
            settings["scale"] = {"kind": "height", "m": args.height}
        clock = one.to_trial
        if args.slow != 1:
            clock = replace(clock, rate=1 / Fraction(args.slow).limit_denominator(1000))
        changed = changed.with_shot(replace(one, to_trial=clock, settings=settings))
    if changed != trial:
        trial = trials.change(changed)
    document = {**trial.document(), "looked_through": [], "analyses": [], "refused": {}}
    emit(document, args, [t("athletes.motion_trial.added", args.lang, id=trial.id, name=trial.name)])
    return 0


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(local_zone()).date()
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise BadValue("athletes.errors.bad_day", text=text) from fault


def _said(lang: str) -> Callable[[float, str], None]:
    """Says on standard error how far the work is, at each further tenth."""
    said = [-1]

    def step(share: float, what: str) -> None:
        if int(share * 10) > said[0]:
            said[0] = int(share * 10)
            progress(t("athletes.motion_trial.progress", lang, percent=number(100 * share, lang), what=what).rstrip())

    return step


def _show(args: argparse.Namespace) -> int:
    trials = _trials()
    tell(trials, trials.trial(args.trial), args)
    return 0


def _run(args: argparse.Namespace) -> int:
    from athletes.motion.looking import Looking
    from athletes.motion.work import look_and_measure

    trials = _trials()
    trial = trials.trial(args.trial)
    if not 1 <= args.people <= 10:
        raise BadValue("athletes.errors.bad_motion_setting", name="people", value=args.people, low=1, high=10)
    how = Looking(args.engine, args.model, args.people)
    done = look_and_measure(trials, trial, how, _said(args.lang))
    refused = {camera: dict(said) for camera, said in done["refused"].items()}
    tell(trials, trials.trial(args.trial), args, refused)
    return 0


def tell(
    trials: Trials, trial: Trial, args: argparse.Namespace, refused: dict[str, dict[str, Any]] | None = None
) -> None:
    """Print a trial with what was measured of it."""
    from athletes.motion.found import analysis_of, looked_through

    names = [one.shot.camera_id for one in trial.shots]
    found = {name: analysis for name in ["", *names] if (analysis := analysis_of(trials, trial.id, name)) is not None}
    document = {
        **trial.document(),
        "looked_through": [name for name in names if looked_through(trials, trial.id, name)],
        "analyses": [{"camera": name or None, **analysis.document()} for name, analysis in found.items()],
        "refused": {name: said[args.lang] for name, said in (refused or {}).items()},
    }
    lines = [_line(trial, args.lang)]
    for one in trial.shots:
        width, height = one.shot.size_px
        lines.append(
            f"  {one.shot.camera_id}  {one.shot.label}  {width} × {height}  {number(one.shot.frames, args.lang)}"
        )
    for name, said in (refused or {}).items():
        lines.append(f"  {name}: {said[args.lang]['detail']}")
    for name, analysis in found.items():
        lines += ["", name or t("athletes.motion_trial.together", args.lang), *_analysis_lines(analysis, args.lang)]
    if not found:
        lines.append(t("athletes.motion_trial.not_measured", args.lang))
    emit(document, args, lines)


def _analysis_lines(analysis: Analysis, lang: str) -> list[str]:
    lines = []
    for one in analysis.findings:
        value = told_whole(one.measured, one.key, lang) if one.measured is not None else UNKNOWN
        why = " ".join(f"({sentence_of(code, lang)})" for code in one.reasons)
        lines.append(f"  {finding_name(one, lang)}: {value} {why}".rstrip())
    lines += [f"  {event_name(event, lang)}: {number(event.t_s, lang, 3)} s" for event in analysis.events]
    lines += [f"  – {sentence_of(code, lang)}" for code in analysis.notes]
    return lines


def _remove(args: argparse.Namespace) -> int:
    trials = _trials()
    if args.for_good:
        try:
            trials.delete(args.trial)
        except NotFound:  # it is on the lists still, or there is none
            trials.put_away(args.trial)
            trials.delete(args.trial)
    else:
        trials.put_away(args.trial)
    key = "deleted" if args.for_good else "removed"
    said = t(f"athletes.motion_trial.{key}", args.lang, id=args.trial)
    emit({"id": args.trial, "removed": True, "for_good": args.for_good}, args, [said])
    return 0


def _restore(args: argparse.Namespace) -> int:
    _trials().bring_back(args.trial)
    said = t("athletes.motion_trial.restored", args.lang, id=args.trial)
    emit({"id": args.trial, "removed": False, "for_good": False}, args, [said])
    return 0
