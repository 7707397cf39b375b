"""The command ``touchline motion compare``: a trial beside another, or beside the template of its movement."""

from __future__ import annotations

import argparse
from typing import Any, TypeVar

from athletes.kinematics.comparing import (
    Deviation,
    Difference,
    Verdict,
    common_events,
    deviations,
    differences,
)
from athletes.kinematics.model import Analysis, Finding
from athletes.motion.curve_words import curve_word, event_word
from athletes.motion.demo_words import in_language
from athletes.motion.model import Trial
from athletes.motion.naming import finding_name, sentence_of, told_whole
from athletes.motion.trials import Trials
from athletes.motion_trial_command import trials_here
from touchline.cli import add_json, emit
from touchline.errors import BadValue, NotFound
from touchline.i18n import number, t
from touchline.origin import Origin

Half = TypeVar("Half")


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``compare`` to ``touchline motion``."""
    compare = choices.add_parser("compare", help="set a trial beside another, or beside the template of its movement")
    compare.add_argument("trial", help="id of the trial")
    compare.add_argument("--beside", metavar="ID", help="the other trial (default: the template of its movement)")
    compare.add_argument(
        "--camera", metavar="ID", help="by this camera (default: all together, or the first that was measured)"
    )
    compare.add_argument("--other-camera", metavar="ID", help="by this camera of the other (default: the same way)")
    compare.set_defaults(run=_compare)
    add_json(compare)


def _compare(args: argparse.Namespace) -> int:
    from athletes.motion.measuring import is_current
    from athletes.motion.telling import old_lines
    from athletes.motion.templates import templates_for

    trials = trials_here()
    trial = trials.trial(args.trial)
    if args.beside:
        other = trials.trial(args.beside)
    else:
        found = templates_for(trials, trial)
        if not found:
            raise NotFound("athletes.errors.no_template", name=trial.name)
        other = found[0]
    camera, one = _measured(trials, trial, args.camera)
    like, two = _like(trials, other, camera, args.other_camera)
    document = compared((trial, camera, one), (other, like, two), args.lang)
    for half, whose, by in (("trial", trial, camera), ("other", other, like)):
        document[half]["current"] = is_current(trials, whose, by)
    lines = _lines(document, (one, two), (trial, other), args.lang)
    lines += [*old_lines(trials, trial, camera, args.lang), *old_lines(trials, other, like, args.lang)]
    emit(document, args, lines)
    return 0


def _measured(trials: Trials, trial: Trial, camera: str | None) -> tuple[str, Analysis]:
    """What was measured of a trial by ``camera``, by all together, or by the first. Raises ``NotFound``."""
    from athletes.motion.found import analyses_of

    wanted = None if camera is None else trial.shot(camera).shot.camera_id
    for name, analysis in analyses_of(trials, trial).items():
        if wanted in (None, name):
            return name, analysis
    raise NotFound("athletes.errors.trial_not_measured", name=trial.name)


def _like(trials: Trials, other: Trial, camera: str, asked: str | None) -> tuple[str, Analysis]:
    from athletes.motion.templates import analysis_like

    found = _measured(trials, other, asked) if asked is not None else analysis_like(trials, other, camera)
    if found is None:
        _measured(trials, other, None)  # says where nothing was measured at all
        raise NotFound("athletes.errors.not_measured_alike", name=other.name)
    return found


def compared(one: tuple[Trial, str, Analysis], other: tuple[Trial, str, Analysis], lang: str) -> dict[str, Any]:
    """What ``touchline motion compare --json`` prints. Differences of numbers and curves are those of what is looked at
    (``looked_at``) less what it is set beside, as pages and papers have them: the trial less a template, and of two
    trials the second (``other``) less the first."""
    (trial, camera, here), (beside, like, there) = one, other
    first, second = _ordered(here, there, beside)
    apart: tuple[Deviation, ...] = ()
    refused = None
    try:
        apart = deviations(second, first)
    except BadValue as fault:
        refused = fault.document(lang)
    return {
        "trial": {"id": trial.id, "name": trial.name, "camera": camera or None, "simulated": _simulated(trial, here)},
        "other": {
            "id": beside.id,
            "name": beside.name,
            "camera": like or None,
            "simulated": _simulated(beside, there),
            "template": beside.template,
        },
        "looked_at": (trial if beside.template else beside).id,
        "events": [
            {"key": a.key, "side": a.side, "number": a.number, "t_s": a.t_s, "other_t_s": b.t_s}
            for a, b in common_events(here, there)
        ],
        "differences": [_difference(each, turned=beside.template) for each in differences(first, second)],
        "curves": [_deviation(each) for each in apart],
        "curves_refused": refused,
    }


def _ordered(one: Half, other: Half, beside: Trial) -> tuple[Half, Half]:
    """What is set beside, and what is looked at: the second of two, or the trial where the other is a template."""
    return (other, one) if beside.template else (one, other)


TURNED = {"only_in_one": "only_in_other", "only_in_other": "only_in_one"}


def _simulated(trial: Trial, analysis: Analysis) -> bool:
    """Whether pictures or points are simulated."""
    return trial.origin is Origin.SIMULATED or Origin.SIMULATED.value in analysis.notes


def _difference(each: Difference, *, turned: bool) -> dict[str, Any]:
    """A difference with the trial's number first; ``turned``: it is the second one of ``each``."""
    halves = (each.other, each.one) if turned else (each.one, each.other)
    one, other = (_told(half) for half in halves)
    apart = None if each.measured is None else each.measured.document()
    return {
        "key": each.key,
        "side": each.side,
        "number": each.number,
        "one": one,
        "other": other,
        "difference": apart,
        "verdict": each.verdict,
        "reasons": [TURNED.get(reason, reason) if turned else reason for reason in each.reasons],
    }


def _told(finding: Finding | None) -> dict[str, Any] | None:
    return None if finding is None or finding.measured is None else finding.measured.document()


def _deviation(each: Deviation) -> dict[str, Any]:
    return {
        "key": each.key,
        "side": each.side,
        "unit": each.unit,
        "stretches": [
            {"first": part.first, "last": part.last, "frame": part.frame, "largest": part.largest.document()}
            for part in each.stretches
        ],
    }


def _lines(
    document: dict[str, Any], found: tuple[Analysis, Analysis], trials: tuple[Trial, Trial], lang: str
) -> list[str]:
    def say(key: str, **params: Any) -> str:
        return t(f"athletes.motion_trial.compare.{key}", lang, **params)

    other = trials[1]
    mark = f" [{t('athletes.sessions.origin.simulated', lang)}]"
    one_said, other_said = (
        in_language(trial, lang).name + mark * document[half]["simulated"]
        for half, trial in zip(("trial", "other"), trials, strict=True)
    )
    lines = [say("template" if other.template else "head", one=one_said, other=other_said)]
    events = common_events(*found)
    if events:
        lines.append(say("events", names=", ".join(event_word(a, lang) for a, _ in events)))
    first, second = _ordered(*found, other)
    first_said, second_said = _ordered(one_said, other_said, other)
    lines.append(say("less", first=first_said, second=second_said))
    for each in differences(first, second):
        name = finding_name(each.key, each.side, each.number, lang)
        if each.verdict is Verdict.UNKNOWN:
            why = " ".join(sentence_of(code, lang) for code in each.reasons)
            lines.append(say("unknown", name=name, why=why))
            continue
        halves = [None if half is None else half.measured for half in (each.one, each.other)]
        a, b = (told_whole(half, each.key, lang) for half in halves)
        apart = told_whole(each.measured, each.key, lang, sign=True)
        verdict = t(f"athletes.motion_page.beside.{each.verdict}", lang)
        lines.append(say("difference", name=name, one=a, other=b, apart=apart, verdict=verdict))
    if document["curves_refused"] is not None:
        said = document["curves_refused"]
        return [*lines, f"{said['detail']} {said['hint']}"]
    apart_curves = deviations(second, first)
    out = [curve for curve in apart_curves if curve.stretches]
    if apart_curves and not out:
        lines.append(say("within", count=number(len(apart_curves), lang), other=first_said))
    for curve in out:
        worst = curve.stretches[0]
        by = told_whole(worst.largest, curve.key, lang, sign=True)
        ends = {name: number(getattr(worst, name), lang) for name in ("first", "last", "frame")}
        lines.append(say("leaves", curve=curve_word(curve.key, curve.side, lang), by=by, **ends))
    return lines
