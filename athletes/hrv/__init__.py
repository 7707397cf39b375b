"""Beats and heart-rate variability: numpy and scipy alone. ``analyse`` and ``analyse_recording`` are the door."""

from athletes.hrv.analysis import Analysis, analyse, analyse_recording
from athletes.hrv.artefacts import Found, Kind, classify
from athletes.hrv.beats import Beats, beats
from athletes.hrv.correction import Corrected, correct
from athletes.hrv.dfa import RunningAlpha, dfa, running_dfa
from athletes.hrv.ectopy import Ectopy, ectopy
from athletes.hrv.gate import Evidence, Measure, Reason, gate
from athletes.hrv.morning import morning_record, running_alpha1
from athletes.hrv.situation import Situation, Told, situation_of
from athletes.hrv.spectrum import Spectrum, SpectrumMethod, spectrum
from athletes.hrv.time_domain import Poincare, TimeDomain, poincare, time_domain

__all__ = [
    "Analysis",
    "Beats",
    "Corrected",
    "Ectopy",
    "Evidence",
    "Found",
    "Kind",
    "Measure",
    "Poincare",
    "Reason",
    "RunningAlpha",
    "Situation",
    "Spectrum",
    "SpectrumMethod",
    "TimeDomain",
    "Told",
    "analyse",
    "analyse_recording",
    "beats",
    "classify",
    "correct",
    "dfa",
    "ectopy",
    "gate",
    "morning_record",
    "poincare",
    "running_alpha1",
    "running_dfa",
    "situation_of",
    "spectrum",
    "time_domain",
]
