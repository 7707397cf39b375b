"""The command ``touchline motion add``: recordings of one movement, or the cameras of a match, kept as a trial."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from athletes.given_numbers import Number
from athletes.kinematics.model import Movement
from athletes.kinematics.scale import STATURE_M
from athletes.local_zone import local_zone
from athletes.motion.model import SCALE, Trial
from athletes.motion.slowness import ASKED
from athletes.motion.trials import Trials
from athletes.motion_trial_command import said, trials_here
from athletes.pose.slow_motion import checked_factor
from athletes.worded import within
from touchline.cli import add_json, emit
from touchline.errors import BadFile, BadValue, NotFound, TouchlineError
from touchline.footage import open_footage
from touchline.i18n import t


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``add`` to ``touchline motion``."""
    add = choices.add_parser("add", help="keep recordings of one movement as a trial")
    add.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="a recording; several are cameras of one trial"
    )
    add.add_argument(
        "--of-match", metavar="ID", help="instead of files: the synchronised, calibrated cameras of this match"
    )
    add.add_argument("--movement", required=True, choices=[one.value for one in Movement], help="what is done in it")
    add.add_argument("--athlete", metavar="ID", help="whose it is")
    add.add_argument("--name", help="what to call it (default: the name of the first file, or the match's id)")
    add.add_argument("--day", metavar="DATE", help="when it was, YYYY-MM-DD (default: today)")
    add.add_argument(
        "--slow", action=Number, default=1.0, metavar="N", help="the files show it N times slower than it was"
    )
    add.add_argument("--height", action=Number, metavar="M", help="the athlete's stature in metres, for lengths")
    add.set_defaults(run=_add)
    add_json(add)


def _add(args: argparse.Namespace) -> int:
    from athletes.motion.telling import trial_document

    trials = trials_here()
    checked_factor(args.slow)
    if args.height is not None:
        within("height_m", args.height, *STATURE_M)
    if bool(args.files) is bool(args.of_match) or (args.of_match and args.slow != 1):
        raise BadValue("athletes.errors.files_or_match")
    trial = _told(trials, _kept(trials, args), args)
    document = trial_document(trials, trial, args.lang)
    lines = [t("athletes.motion_trial.added", args.lang, id=trial.id, name=trial.name)]
    emit(document, args, [*lines, *(one["detail"] for one in document["slow_motion"])])
    return 0


def _kept(trials: Trials, args: argparse.Namespace) -> Trial:
    from athletes.motion.rig import add_filmed

    movement, day, step = Movement(args.movement), day_of(args.day), said(args.lang)
    if args.of_match:
        name = args.name or args.of_match
        return add_filmed(trials, args.of_match, name, movement, day, athlete_id=args.athlete, progress=step)
    sources = [(path, path.stem) for path in args.files]
    name = args.name or args.files[0].stem
    try:
        return trials.add(name, movement, day, sources, athlete_id=args.athlete, progress=step)
    except (BadFile, NotFound) as fault:
        if len(faults := [one for path in args.files if (one := _fault(path)) is not None]) > 1:
            raise BadFilms(faults) from fault
        raise


def _fault(path: Path) -> TouchlineError | None:
    """Why a recording cannot be read."""
    try:
        open_footage(path).close()
    except (BadFile, NotFound) as fault:
        return fault
    return None


class BadFilms(BadFile):
    """Several recordings that cannot be read, each with its fault."""

    def __init__(self, faults: Sequence[TouchlineError]) -> None:
        self.faults = tuple(faults)
        super().__init__("athletes.errors.bad_films", count=len(self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return BadFilms, (self.faults,)

    def detail(self, lang: str = "en") -> str:
        """Every fault, in ``lang``."""
        said = " ".join(fault.detail(lang) for fault in self.faults)
        return t(f"{self.code}.detail", lang, count=len(self.faults), faults=said)

    def hint(self, lang: str = "en") -> str:
        """What to do about each, once, in ``lang``."""
        return " ".join(dict.fromkeys(fault.hint(lang) for fault in self.faults))


def _told(trials: Trials, trial: Trial, args: argparse.Namespace) -> Trial:
    """The trial with what was said of its cameras."""
    changed = trial
    for one in trial.shots:
        settings, clock = dict(one.settings), one.to_trial
        if args.height is not None:
            settings[SCALE] = {"kind": "height", "m": args.height}
        if args.slow != 1:
            settings[ASKED] = True
            clock = replace(clock, rate=1 / Fraction(args.slow).limit_denominator(1000))
        changed = changed.with_shot(replace(one, to_trial=clock, settings=settings))
    return trial if changed == trial else trials.change(changed)


def day_of(text: str | None) -> date:
    """The day that was written, today without one. Raises ``BadValue``."""
    if text is None:
        return datetime.now(local_zone()).date()
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise BadValue("athletes.errors.bad_day", text=text) from fault
