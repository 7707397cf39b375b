"""The command ``touchline hrv``: heart-rate variability of a file, with its methods, or why it is refused."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from athletes.hrv import Analysis, Measure, Reason, SpectrumMethod, analyse_recording, running_alpha1
from athletes.hrv.analysis import NN_KIND
from athletes.hrv.gate import CORRECTED_PCT
from athletes.hrv_words import how_words
from athletes.importers import read_recording
from athletes.importers.intervals import UNITS
from athletes.local_zone import local_zone
from touchline.cli import add_json, emit
from touchline.errors import TouchlineError
from touchline.i18n import clock, number, t

NUMBERS = (
    "mean_nn_ms", "sdnn_ms", "rmssd_ms", "pnn50_pct", "sd1_ms", "sd2_ms", "lf_ms2", "hf_ms2", "lf_hf", "dfa_alpha1",
    "ln_rmssd", "mean_bpm",
)  # fmt: skip


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline hrv FILE``."""
    add_json(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="intervals, one a line or .npy, or a training file")
    parser.add_argument(
        "--correct",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="correct artefacts; without a word: RR is corrected, NN is measured as given",
    )
    parser.add_argument(
        "--spectrum",
        type=SpectrumMethod,
        choices=list(SpectrumMethod),
        default=SpectrumMethod.WELCH,
        help="how LF and HF are computed (default: welch)",
    )
    parser.add_argument("--longest", action="store_true", help="measure only the longest stretch without a gap")
    parser.add_argument("--running", action="store_true", help="DFA alpha 1 along the session too (experimental)")
    parser.add_argument("--rr-unit", choices=UNITS, help="unit of intervals in a file that does not tell it")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    path: Path = args.file
    try:
        found = read_recording(path, path.name, zone=local_zone(), rr_unit=args.rr_unit)
    except TouchlineError as refusal:
        told = refusal.document(args.lang)
        empty = dict.fromkeys(("beats", "seconds", "corrected", "intervals", "corrected_pct", *NUMBERS))
        document = {"path": str(path), **told, "reason": told["code"], **empty, "reasons": {}, "methods": {}}
        emit(document, args, [f"{path.name}: {told['detail']}", told["hint"]])
        return 0
    recording = found.recording
    analysis = analyse_recording(recording, correct_artefacts=args.correct, method=args.spectrum, longest=args.longest)
    document = {"path": str(path), **document_of(analysis, recording.kind, args.lang)}
    if args.running:
        along = running_alpha1(recording)
        document["running"] = along and {
            "at_s": along.at_s,
            "alpha1": along.alpha1,
            "thresholds": along.thresholds,
            "experimental": True,
            "method": along.method,
        }
    emit(document, args, lines_of(analysis, path.name, recording.kind, args.lang))
    return 0


def document_of(analysis: Analysis, kind: str, lang: str) -> dict[str, Any]:
    """The analysis as ``touchline hrv --json`` prints it; ``kind`` is the recording's. What was refused is null."""
    time, axes, bands = analysis.time, analysis.poincare, analysis.spectrum
    reason, told = analysis.reason, analysis.told
    document: dict[str, Any] = {
        "status": analysis.status,
        "reason": reason and reason.code,
        "detail": reason and reason_text(reason, "detail", lang),
        "hint": reason and reason_text(reason, "hint", lang),
        "values": dict(reason.values) if reason else {},
        "reasons": {
            measure.value: {
                "code": why.code,
                "values": dict(why.values),
                "detail": reason_text(why, "detail", lang),
                "hint": reason_text(why, "hint", lang),
            }
            for measure, why in analysis.reasons.items()
        },
        "kind": kind,
        "intervals": "nn" if kind == NN_KIND else "rr",
        "beats": analysis.recorded.count,
        "from_s": analysis.from_s,
        "seconds": analysis.seconds,
        "corrected": analysis.corrected,
        "corrected_pct": analysis.corrected_pct,
        "found_pct": analysis.found_pct,
        "artefacts": {one.value: count for one, count in analysis.kinds.items()},
        "premature_pct": analysis.ectopy.premature_pct,
        "alternating_pct": analysis.ectopy.alternating_pct,
        "longest_gap_s": analysis.recorded.longest_gap_s,
        "situation": {"is": told.situation.value, "why": told.why, "values": dict(told.values)},
    }
    document |= dict.fromkeys(NUMBERS)
    if time is not None and axes is not None:
        document |= {name: getattr(time, name) for name in NUMBERS if hasattr(time, name)}
        document |= {"sd1_ms": axes.sd1_ms, "sd2_ms": axes.sd2_ms}
    if bands is not None:
        document |= {"lf_ms2": bands.lf_ms2, "hf_ms2": bands.hf_ms2, "lf_hf": bands.lf_hf}
        document |= {"lf_peak_hz": bands.lf_peak_hz, "hf_peak_hz": bands.hf_peak_hz, "window_s": bands.window_s}
    document["dfa_alpha1"] = analysis.dfa_alpha1
    document["methods"] = dict(analysis.methods)
    return document


def reason_text(reason: Reason, part: str, lang: str) -> str:
    """The words of a reason: its ``detail`` or its ``hint``."""
    values = {name: number(value, lang, _digits(value)) for name, value in reason.values.items()}
    return t(f"athletes.hrv.reasons.{reason.code}.{part}", lang, **values)


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() else 1


def lines_of(analysis: Analysis, name: str, kind: str, lang: str) -> list[str]:
    """The analysis in words."""
    say = {"kind": t(f"athletes.hrv.{'nn' if kind == NN_KIND else 'rr'}", lang)}
    share = number(analysis.found_pct, lang, 1)
    lines = [
        t("athletes.hrv.corrected", lang, share=number(analysis.corrected_pct, lang, 1), **say)
        if analysis.corrected
        else t("athletes.hrv.as_given", lang, **say)
    ]
    if analysis.reason is not None:
        words = [reason_text(analysis.reason, part, lang) for part in ("detail", "hint")]
        return [t("athletes.hrv.refused", lang, name=name), *words, *lines]
    if not analysis.corrected and analysis.found_pct > CORRECTED_PCT:
        lines.append(t("athletes.hrv.found_given", lang, share=share))
    lines.append(_situation(analysis, lang))
    lines += _numbers(analysis, lang)
    for measure in Measure:
        if (why := analysis.reasons.get(measure)) is not None:
            what, detail = t(f"athletes.hrv.measure.{measure.value}", lang), reason_text(why, "detail", lang)
            lines.append(t("athletes.hrv.measure_refused", lang, measure=what, detail=detail))
    head = t(
        "athletes.hrv.measured",
        lang,
        name=name,
        beats=number(analysis.recorded.count, lang),
        length=clock(analysis.seconds, lang, 0),
        bpm=number(analysis.time.mean_bpm if analysis.time else None, lang, 1),
    )
    return [head, *lines]


def _situation(analysis: Analysis, lang: str) -> str:
    values: dict[str, str] = {}
    for name, value in analysis.told.values.items():
        values[name] = value if isinstance(value, str) else number(value, lang, _digits(value))
    if "channel" in values:
        values["channel"] = t(f"athletes.sessions.channel.{values['channel']}", lang)
    return t(f"athletes.hrv.situation.{analysis.told.why}", lang, **values)


def _numbers(analysis: Analysis, lang: str) -> list[str]:
    lines = []
    time, axes, bands = analysis.time, analysis.poincare, analysis.spectrum

    def say(key: str, method: str, **values: float | None) -> None:
        shown = {
            name: number(value, lang, 3 if name in {"ln", "ratio", "alpha"} else 1) for name, value in values.items()
        }
        lines.append(t(f"athletes.hrv.{key}", lang, **shown))
        lines.append(t("athletes.hrv.method", lang, method=how_words(analysis, method, lang)))

    if time is not None:
        values = {"rmssd": time.rmssd_ms, "ln": time.ln_rmssd, "sdnn": time.sdnn_ms}
        say("time", "time_domain", pnn50=time.pnn50_pct, mean=time.mean_nn_ms, **values)
    if axes is not None:
        say("poincare", "poincare", sd1=axes.sd1_ms, sd2=axes.sd2_ms)
    if bands is not None:
        say("spectrum", "spectrum", lf=bands.lf_ms2, hf=bands.hf_ms2, ratio=bands.lf_hf)
    if analysis.dfa_alpha1 is not None:
        say("dfa", "dfa", alpha=analysis.dfa_alpha1)
    return lines
