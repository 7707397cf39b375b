"""The one door to heart-rate variability: intervals in; numbers with their methods out, or a refusal with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from athletes.hrv.artefacts import Kind, classify
from athletes.hrv.beats import Beats, beats, overlap_s
from athletes.hrv.correction import Corrected, correct, within_limits
from athletes.hrv.dfa import DFA, dfa
from athletes.hrv.ectopy import Ectopy, ectopy
from athletes.hrv.gate import CORRECTED_PCT, Evidence, Measure, Reason, gate
from athletes.hrv.situation import Situation, Told, situation_of
from athletes.hrv.spectrum import Spectrum, SpectrumMethod, spectrum
from athletes.hrv.time_domain import POINCARE, TIME_DOMAIN, Poincare, TimeDomain, poincare, time_domain
from athletes.model import Recording
from touchline.effort import held_s

NN_KIND = "nn"
"""The kind of a recording whose file says that its intervals are normal ones (NN): they are measured as given."""
CORRECTION = "lipponen & tarvainen 2019, iterative; moved beats between the normal ones around them"
AS_GIVEN = "none: measured as given"
GATE = (
    f"refused: > {CORRECTED_PCT:g} % corrected, gap > 3 s, > 5 % premature or alternating beats, < 60 s;"
    " dfa < 120 s, spectrum < 300 s"
)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What was measured of a series, or why not.

    ``reason`` is why all of it is refused, None where it is not; ``reasons`` say why single measures are, and those are
    None then. ``recorded`` is the series as it came, ``measured`` the one that the numbers are of. ``corrected`` says
    whether artefacts were corrected; ``kinds`` counts those that were found either way, ``corrected_pct`` is the share
    of the recorded beats that was changed (0 of a series measured as given), ``found_pct`` the share of artefacts that
    was found in it.
    """

    recorded: Beats
    measured: Beats
    corrected: bool
    corrected_pct: float
    found_pct: float
    kinds: Mapping[Kind, int]
    ectopy: Ectopy
    told: Told
    reason: Reason | None
    reasons: Mapping[Measure, Reason]
    methods: Mapping[str, str]
    from_s: float = 0.0
    """Where the series begins in what was recorded, in seconds; infinite where nobody knows."""
    time: TimeDomain | None = None
    poincare: Poincare | None = None
    spectrum: Spectrum | None = None
    dfa_alpha1: float | None = None

    @property
    def status(self) -> str:
        """``ok`` or ``refused``."""
        return "ok" if self.reason is None else "refused"

    @property
    def seconds(self) -> float:
        """How long the measured series is, in seconds."""
        return self.measured.seconds

    @property
    def at_rest(self) -> bool:
        """Whether it may stand for a heart at rest: nothing speaks against it."""
        return self.told.situation is not Situation.EXERCISE


def analyse(
    series: Beats | ArrayLike,
    *,
    correct_artefacts: bool,
    method: SpectrumMethod = SpectrumMethod.WELCH,
    recording: Recording | None = None,
    overlap: float = 0.0,
    unheard: float = 0.0,
) -> Analysis:
    """Heart-rate variability of ``series`` (beats, or intervals in milliseconds, shape (n,)).

    ``correct_artefacts`` is for what a device recorded; a series of normal intervals is measured as given.
    ``recording`` tells whether it was exercise; ``overlap`` and ``unheard`` are seconds by which a recording's times
    and its intervals disagree. Raises ``BadValue`` as ``beats`` does.
    """
    recorded = series if isinstance(series, Beats) else beats(series)
    seen = ectopy(recorded)
    if correct_artefacts:
        mended = correct(recorded)
        evidence = Evidence(recorded, mended.beats, seen, mended.share_pct, overlap_s=overlap, unheard_s=unheard)
    else:
        mended = _looked_over(recorded)
        doubtful = mended.kinds[Kind.MISSED] + mended.kinds[Kind.EXTRA] + mended.impossible
        share = 100.0 * doubtful / max(recorded.count, 1)
        evidence = Evidence(recorded, recorded, seen, 0.0, share, mended.impossible, overlap, unheard)
    measured = evidence.measured
    reason, reasons = gate(evidence)
    mean_bpm = 60000.0 / float(np.median(recorded.ms)) if recorded.count else nan
    free = {measure: measure not in reasons for measure in Measure}
    methods = {
        "correction": CORRECTION if correct_artefacts else AS_GIVEN,
        "time_domain": TIME_DOMAIN,
        "poincare": POINCARE,
        "spectrum": method.said,
        "dfa": DFA,
        "gate": GATE,
    }
    return Analysis(
        recorded,
        measured,
        correct_artefacts,
        evidence.corrected_pct,
        mended.share_pct,
        mended.kinds,
        seen,
        situation_of(mean_bpm, recording),
        reason,
        reasons,
        methods,
        time=time_domain(measured) if free[Measure.TIME_DOMAIN] else None,
        poincare=poincare(measured) if free[Measure.TIME_DOMAIN] else None,
        spectrum=spectrum(measured, method) if free[Measure.SPECTRUM] else None,
        dfa_alpha1=dfa(measured) if free[Measure.DFA] else None,
    )


def analyse_recording(
    recording: Recording,
    *,
    correct_artefacts: bool | None = None,
    method: SpectrumMethod = SpectrumMethod.WELCH,
    longest: bool = False,
) -> Analysis:
    """Heart-rate variability of the intervals in a recording; none of them is refused as ``no_intervals``.

    Without a word in ``correct_artefacts`` the intervals of a file that calls them NN are measured as given and all
    others are corrected. ``longest`` measures only the longest stretch without a gap of more than 3 s; ``from_s`` says
    where it begins.
    """
    intervals = np.zeros(0) if recording.rr_ms is None else recording.rr_ms
    series = beats(intervals, end_s=recording.rr_end_s)
    wanted = recording.kind != NN_KIND if correct_artefacts is None else correct_artefacts
    over, unheard = overlap_s(intervals, recording.rr_end_s), 0.0
    pulse = recording.heart_rate
    if recording.rr_end_s is None and pulse is not None and intervals.size:
        held = float(held_s(pulse.seconds, pulse.values).sum())
        over, unheard = max(0.0, series.seconds - float(recording.duration_s or 0.0)), max(0.0, held - series.seconds)
    begins_s = 0.0
    if longest and series.without_long_gaps():
        series, begins_s = series.longest()
    found = analyse(series, correct_artefacts=wanted, method=method, recording=recording, overlap=over, unheard=unheard)
    return replace(found, from_s=begins_s)


def _looked_over(series: Beats) -> Corrected:
    """What a correction would find in a series, with nothing changed."""
    kinds = dict.fromkeys(Kind, 0)
    for first, last in series.stretches():
        found = classify(series.ms[first:last])
        kinds[Kind.ECTOPIC] += int(found.ectopic.size)
        kinds[Kind.MISSED] += int(found.missed.size)
        kinds[Kind.EXTRA] += int(found.extra.size)
        kinds[Kind.LONG_SHORT] += int(found.longshort.size)
    impossible = int((~within_limits(series.ms)).sum())
    return Corrected(
        series, np.zeros(series.count, np.bool_), series.count, sum(kinds.values()) + impossible, impossible, kinds
    )
