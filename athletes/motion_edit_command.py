"""The commands ``touchline motion edit`` and ``template``: what a trial is, and whether it is a good one."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from athletes.kinematics.model import Movement
from athletes.motion_add_command import day_of
from athletes.motion_trial_command import measured_anew, tell, trials_here
from touchline.cli import add_json


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``edit`` and ``template`` to ``touchline motion``."""
    edit = choices.add_parser("edit", help="say what a trial is called, whose it is, what is done in it and when")
    edit.add_argument("trial", help="id of the trial")
    edit.add_argument("--name", help="what to call it")
    edit.add_argument("--athlete", metavar="ID", help="whose it is; '' for nobody's")
    edit.add_argument("--movement", choices=[one.value for one in Movement], help="what is done in it")
    edit.add_argument("--day", metavar="DATE", help="when it was, YYYY-MM-DD")
    edit.add_argument("--notes", help="what the coach noted")
    edit.set_defaults(run=_edit)
    add_json(edit)
    template = choices.add_parser("template", help="mark a good trial, which others are set beside")
    template.add_argument("trial", help="id of the trial")
    template.add_argument("--take-back", action="store_true", help="it is no template any more")
    template.set_defaults(run=_template)
    add_json(template)


def _edit(args: argparse.Namespace) -> int:
    trials = trials_here()
    before = trials.trial(args.trial)
    told: dict[str, Any] = {name: getattr(args, name) for name in ("name", "notes") if getattr(args, name) is not None}
    if args.athlete is not None:
        told["athlete_id"] = args.athlete or None
    if args.movement is not None:
        told["movement"] = Movement(args.movement)
    if args.day is not None:
        told["day"] = day_of(args.day)
    kept = trials.change(replace(before, **told))
    other = kept.movement != before.movement or kept.shots != before.shots  # or its metres went with the athlete
    space = measured_anew(trials, kept.id, args.lang) if other else None
    tell(trials, trials.trial(kept.id), args, space=space)
    return 0


def _template(args: argparse.Namespace) -> int:
    trials = trials_here()
    kept = trials.change(replace(trials.trial(args.trial), template=not args.take_back))
    tell(trials, kept, args)
    return 0
