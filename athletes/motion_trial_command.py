"""The commands ``touchline motion list|show|run|remove|restore``: trials, looked through and told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from athletes.archive import Archive
from athletes.given_numbers import Whole
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.pose.engine import ENGINES, MODELS
from athletes.worded import within
from touchline.cli import add_json, emit, progress
from touchline.errors import NotFound
from touchline.files import data_home
from touchline.i18n import number, t


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what is done with trials to ``touchline motion``."""
    listing = choices.add_parser("list", help="trials, the newest day first")
    listing.add_argument("--athlete", metavar="ID", help="only this athlete's trials")
    listing.add_argument("--put-away", action="store_true", help="those that were removed and can be restored")
    listing.set_defaults(run=_list)
    add_json(listing)
    run = choices.add_parser("run", help="look through a trial's recordings and measure it, in this process")
    run.add_argument("trial", help="id of the trial")
    run.add_argument("--engine", choices=ENGINES, default="mediapipe", help="what finds body points")
    run.add_argument("--model", choices=MODELS, default="full", help="which of its models")
    run.add_argument("--people", action=Whole, default=1, metavar="N", help="how many people are followed at the most")
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


def trials_here() -> Trials:
    """The trials of the data folder, for the owner of the machine."""
    return Trials(Archive(data_home()))


def _list(args: argparse.Namespace) -> int:
    from athletes.motion.telling import trial_line

    trials = trials_here()
    if args.athlete:
        trials.archive.athlete(args.athlete)
    found = trials.trials(athlete_id=args.athlete, put_away=args.put_away)
    lines = [trial_line(trial, args.lang) for trial in found]
    emit({"trials": [trial.document() for trial in found]}, args, lines or [t("athletes.motion_trial.none", args.lang)])
    return 0


def said(lang: str) -> Callable[[float, str], None]:
    """Says on standard error how far the work is, at each further tenth."""
    tenth = [-1]

    def step(share: float, what: str) -> None:
        if int(share * 10) > tenth[0]:
            tenth[0] = int(share * 10)
            progress(t("athletes.motion_trial.progress", lang, percent=number(100 * share, lang), what=what).rstrip())

    return step


def _show(args: argparse.Namespace) -> int:
    trials = trials_here()
    tell(trials, trials.trial(args.trial), args)
    return 0


def _run(args: argparse.Namespace) -> int:
    from athletes.motion.looking import Looking
    from athletes.motion.work import look_and_measure

    trials = trials_here()
    trial = trials.trial(args.trial)
    within("people", args.people, 1, 10)
    how = Looking(args.engine, args.model, args.people)
    done = look_and_measure(trials, trial, how, said(args.lang))
    space = None if done.get("space") is None else done["space"][args.lang]
    tell(trials, trials.trial(args.trial), args, refused=done["refused"], space=space)
    return 0


def tell(
    trials: Trials,
    trial: Trial,
    args: argparse.Namespace,
    *,
    refused: Mapping[str, Mapping[str, Any]] | None = None,
    space: Mapping[str, Any] | None = None,
) -> None:
    """Print a trial with what was measured of it."""
    from athletes.motion.telling import trial_document, trial_lines

    document = trial_document(trials, trial, args.lang, refused=refused, space=space)
    # For people what was measured is read and unsealed once more: of an hour not for nothing.
    emit(document, args, [] if args.json else trial_lines(trials, trial, document, args.lang))


def measured_anew(trials: Trials, trial_id: str, lang: str) -> dict[str, Any] | None:
    """Measure a trial after something was said of it, where it was looked through; why nothing in space came of cameras
    that could give it, as a document."""
    from athletes.motion.found import looked_through
    from athletes.motion.measuring import measure_trial

    shots = trials.trial(trial_id).shots
    if not any(looked_through(trials, trial_id, one.shot.camera_id) for one in shots):
        return None
    refusal = measure_trial(trials, trial_id).refusal
    return None if refusal is None else refusal.document(lang)


def _remove(args: argparse.Namespace) -> int:
    trials = trials_here()
    if args.for_good:
        try:
            trials.delete(args.trial)
        except NotFound:  # it is on the lists still, or there is none
            trials.put_away(args.trial)
            trials.delete(args.trial)
    else:
        trials.put_away(args.trial)
    key = "deleted" if args.for_good else "removed"
    words = t(f"athletes.motion_trial.{key}", args.lang, id=args.trial)
    emit({"id": args.trial, "removed": True, "for_good": args.for_good}, args, [words])
    return 0


def _restore(args: argparse.Namespace) -> int:
    trials_here().bring_back(args.trial)
    words = t("athletes.motion_trial.restored", args.lang, id=args.trial)
    emit({"id": args.trial, "removed": False, "for_good": False}, args, [words])
    return 0
