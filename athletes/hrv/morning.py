"""From beats to what an athlete's page shows: a morning reading, and alpha 1 along a session."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import isfinite

import numpy as np

from athletes.hrv.analysis import Analysis, analyse_recording
from athletes.hrv.beats import beats
from athletes.hrv.correction import correct
from athletes.hrv.dfa import RunningAlpha, running_dfa
from athletes.model import Recording, Session
from athletes.records import FIELDS, Record, RecordKind
from touchline.origin import Origin


def morning_record(
    what: Session | Analysis, athlete_id: str, day: date, *, posture: str = "", source: str = ""
) -> Record | None:
    """The reading of ``day`` that a measurement makes; None where it was refused, and where it was exercise: that is
    no heart at rest. ``posture`` is one of ``athletes.records.POSTURES``, empty where nobody said.
    """
    origin = Origin.MEASURED
    session_id = None
    if isinstance(what, Session):
        origin, session_id, source = what.origin, what.id, source or what.file_name
        what = analyse_recording(what.recording)
    if what.time is None or not what.at_rest:
        return None
    values = {
        "rmssd_ms": what.time.rmssd_ms,
        "ln_rmssd": what.time.ln_rmssd,
        "sdnn_ms": what.time.sdnn_ms,
        "resting_bpm": what.time.mean_bpm,
        "corrected_pct": what.corrected_pct,
        "seconds": what.seconds,
    }
    limits = FIELDS[RecordKind.READING]
    true = {name: value for name, value in values.items() if isfinite(value) and _within(value, limits[name])}
    return Record(
        RecordKind.READING, athlete_id, day, true, posture, session_id=session_id, origin=origin, source=source
    )


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def running_alpha1(recording: Recording) -> RunningAlpha | None:
    """DFA alpha 1 along a session, on its clock where the file tells when beats ended, else from the first beat on;
    None where it has no intervals. For the chart of a session; the thresholds are experimental."""
    if recording.rr_ms is None or not recording.rr_ms.size:
        return None
    series = beats(recording.rr_ms, end_s=recording.rr_end_s)
    begin_s = 0.0
    if recording.rr_end_s is not None and np.isfinite(recording.rr_end_s).any():
        told = int(np.flatnonzero(np.isfinite(recording.rr_end_s))[0])
        begin_s = float(recording.rr_end_s[told] - np.nansum(recording.rr_ms[: told + 1]) / 1000.0)
    mended = correct(series)
    found = running_dfa(mended.beats, mended.made)
    return replace(found, at_s=found.at_s + begin_s)
