"""The command ``touchline motion report``: a trial, or two side by side, as a PDF."""

from __future__ import annotations

import argparse
from typing import Any

from athletes.archive import Archive
from athletes.motion.naming import sentence_of, told_notes
from athletes.motion.trials import Trials
from athletes.paper.motion_facts import MotionFacts, gather_trial, pairs_of
from touchline.cli import add_json, emit, some_path
from touchline.files import data_home
from touchline.i18n import t


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``report`` to ``touchline motion``."""
    report = choices.add_parser("report", help="write a trial, or two side by side, as a PDF with stills")
    report.add_argument("trial", help="id of the trial")
    report.add_argument("-o", "--out", type=some_path, required=True, metavar="FILE", help="the file, .pdf")
    report.add_argument(
        "--camera", default="", metavar="ID", help="by this camera (default: all together, or the first)"
    )
    report.add_argument("--beside", metavar="ID", help="another trial, set beside it")
    report.set_defaults(run=_report)
    add_json(report)


def _report(args: argparse.Namespace) -> int:
    from athletes.paper.motion_writing import write_report

    trials = Trials(Archive(data_home()))
    facts = [gather_trial(trials, args.trial, args.camera)]
    if args.beside:
        facts.append(gather_trial(trials, args.beside, args.camera))
        facts.sort(key=lambda one: (one.trial.day, one.trial.made_utc))  # what became of it since
    path = write_report(trials, facts, args.out, args.lang)
    document = {
        "written": str(path),
        "bytes": path.stat().st_size,
        "lang": args.lang,
        "simulated": any(one.simulated for one in facts),
        "trials": [_trial(one, args.lang) for one in facts],
    }
    said = [f"{one.trial.name}: {sentence_of(code, args.lang)}" for one in facts for code in one.analysis.wanting]
    emit(document, args, [t("athletes.motion_paper.report_written", args.lang, path=path), *said])
    return 0


def _trial(facts: MotionFacts, lang: str) -> dict[str, Any]:
    return {
        "id": facts.trial.id,
        "camera": None if facts.together else facts.shot.shot.camera_id,
        "simulated": facts.simulated,
        "measured": sum(one.measured is not None for one in facts.analysis.findings),
        "not_measured": sum(one.measured is None for one in facts.analysis.findings),
        "notes": told_notes(facts.analysis.wanting, lang),
        "sides": [
            {
                "key": one.key,
                "left": one.left.document(),
                "right": one.right.document(),
                "difference": one.apart.document(),
                "clear": one.clear,
            }
            for one in pairs_of(facts.analysis.findings)
        ],
    }
