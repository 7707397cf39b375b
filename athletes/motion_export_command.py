"""The command ``touchline motion export``: somebody in space, as files of other programs."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

from athletes.kinematics.model import Analysis
from athletes.space.exporters.forms import FORMS, exported
from athletes.space.exporters.sampled import even
from athletes.space.motion_file import MotionFile, read_motion
from athletes.space.noted import noted
from touchline.access import Act
from touchline.cli import add_json, emit, some_path
from touchline.errors import NotFound
from touchline.files import write_bytes
from touchline.i18n import number, t
from touchline.origin import Origin

TRIAL = re.compile("[0-9a-f]{12}")


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``touchline motion export``."""
    export = choices.add_parser("export", help="write a motion for other programs: TRC, MOT, C3D, CSV or glTF")
    add_json(export)
    export.add_argument("motion", type=Path, metavar="MOTION", help="a motion file, or the id of a trial")
    export.add_argument("--to", choices=FORMS, required=True, help="the form")
    export.add_argument("-o", "--out", type=some_path, required=True, metavar="FILE", help="what to write")
    export.set_defaults(run=_export)


def _held(args: argparse.Namespace) -> tuple[MotionFile, str, Analysis | None]:
    """What is exported: a motion file's, or that of a trial with what was measured of it, by consent alone."""
    if args.motion.exists() or not TRIAL.fullmatch(str(args.motion)):
        return read_motion(args.motion), args.out.stem, None
    from athletes.motion.found import analysis_of, motion_of
    from athletes.motion.measuring import is_current
    from athletes.motion_trial_command import trials_here
    from athletes.paper.motion_facts import may_leave

    trials = trials_here()
    trial = trials.trial(str(args.motion))
    may_leave(trials, trial)
    held, analysis = motion_of(trials, trial.id), analysis_of(trials, trial.id)
    if held is None or analysis is None:
        raise NotFound("athletes.errors.no_motion_of_trial", name=trial.name)
    trials.archive.note([trial.athlete_id], Act.EXPORTED)
    simulated = Origin.SIMULATED in (trial.origin, held.motion.origin)
    if not is_current(trials, trial):
        held = replace(held, notes=(*held.notes, "not_current"))
    return held, f"{trial.name} (SIMULATED)" if simulated else trial.name, analysis


def _export(args: argparse.Namespace) -> int:
    held, name, analysis = _held(args)
    motion, notes = held.motion, list(held.notes)
    data = exported(motion, args.to, name, analysis)
    rows, rate, counts = len(motion), None, {}
    if args.to in ("trc", "c3d"):
        sampled = even(motion)
        rows, rate = len(sampled.motion), sampled.rate_hz
        notes += ["resampled"] * sampled.resampled + ["instants_missing"] * bool(sampled.missing)
        counts = {"count": sampled.missing}
    elif len(motion) > 1:
        rate = float((len(motion) - 1) / (motion.t_s[-1] - motion.t_s[0]))
    write_bytes(args.out, data, private=analysis is not None)
    document = {
        "status": "ok",
        "path": str(args.out),
        "form": args.to,
        "instants": rows,
        "rate_hz": rate,
        "bytes": len(data),
        "origin": motion.origin.value,
        "method": motion.method,
        "notes": [{"key": note, "detail": noted(note, args.lang, **counts)} for note in notes],
    }
    lines = [
        t(
            "athletes.space.command.exported",
            args.lang,
            path=args.out,
            rows=number(rows, args.lang),
            rate=number(rate, args.lang, 2),
        ),
        *(note["detail"] for note in document["notes"]),
    ]
    emit(document, args, lines)
    return 0
