"""Two trials beside each other on paper: the same events, the same numbers and their difference, curves laid over each
other at an event that both have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from athletes.kinematics.model import Event, Side
from athletes.motion.curve_words import curve_word, event_word
from athletes.motion.demo_words import in_language
from athletes.motion.naming import (
    finding_name,
    movement_name,
    told_whole,
    unit_sign,
)
from athletes.motion.overlay import usual_curve
from athletes.motion.stills import Still
from athletes.paper.motion_charts import LEFT_INK, RIGHT_INK, Line, curve_chart
from athletes.paper.motion_facts import MotionFacts, difference, mean_of, measured_of
from athletes.paper.motion_measured import limits, measured_part, quality_words
from athletes.paper.motion_words import (
    MOST_CHARTS,
    base,
    chart_keys,
    how_measured,
    notes,
    still_words,
    table,
)
from athletes.reasons import day_words
from touchline.i18n import UNKNOWN, t

Two = tuple[MotionFacts, MotionFacts]
MOST_EVENTS = 4


def shared_events(one: Sequence[Event], other: Sequence[Event]) -> list[tuple[Event, Event]]:
    """The first event of each kind that both have, by the time of the first trial."""
    found = []
    for kind in dict.fromkeys((event.key, event.side) for event in sorted(one, key=lambda event: event.t_s)):
        pair = [
            next((each for each in sorted(events, key=lambda event: event.t_s) if (each.key, each.side) == kind), None)
            for events in (one, other)
        ]
        if pair[0] is not None and pair[1] is not None:
            found.append((pair[0], pair[1]))
    return found[:MOST_EVENTS]


def comparison_words(
    facts: Two, pairs: Sequence[tuple[Still, Still]], lang: str, *, written_utc: str
) -> dict[str, Any]:
    """The data of the template for two trials; ``pairs`` are the stills of the same event, the first trial's first."""
    one, other = facts
    names = [in_language(each.trial, lang).name for each in facts]
    name = f"A: {names[0]}  ·  B: {names[1]}"
    subtitle = [_who(facts, lang)]
    stills: list[dict[str, str]] = []
    for pair in pairs:
        for letter, still in zip("AB", pair, strict=True):
            words = still_words(still, len(stills), lang)
            stills.append({**words, "title": f"{letter} · {event_word(still.event, lang)}"})
    events = shared_events(one.analysis.events, other.analysis.events)
    zero = events[0] if events else None
    aligned = t("athletes.motion_paper.aligned_start", lang)
    if zero is not None:
        aligned = t("athletes.motion_paper.aligned", lang, event=event_word(zero[0], lang))
    return {
        **base(one.simulated or other.simulated, name, subtitle, lang, written_utc),
        "keywords": [one.trial.id, other.trial.id],
        "sentence": _how(facts, lang),
        "tiles": [],
        "quality": [
            row for letter, each in zip("AB", facts, strict=True) for row in quality_words(each, lang, f"{letter} · ")
        ],
        "stills": stills,
        "still_columns": 4 if len(pairs) > 1 else 2,
        "stills_note": t("athletes.motion_paper.stills_note", lang),
        "charts": _charts(facts, zero, aligned, lang),
        "charts_note": t("athletes.motion_paper.two_curves_note", lang, aligned=aligned),
        "tables": [_numbers(facts, lang)],
        "notes": _notes(facts, lang),
        "measured": [
            measured_part(each, lang, t("athletes.motion_paper.measured_of", lang, name=f"{letter} · {said}"))
            for letter, each, said in zip("AB", facts, names, strict=True)
        ],
        "limits": [*limits(facts, lang), t("athletes.motion_paper.limit.two", lang)],
    }


def _how(facts: Two, lang: str) -> str:
    """How both were measured; once where it is the same."""
    a, b = (how_measured(each, lang) for each in facts)
    return f"A, B: {a}" if a == b else f"A: {a}  B: {b}"


def _notes(facts: Two, lang: str) -> list[str]:
    """What is to be kept in mind, each once, with whose it is."""
    of: dict[str, list[str]] = {}
    for letter, each in zip("AB", facts, strict=True):
        for said in notes(each, lang):
            of.setdefault(said, []).append(letter)
    return [f"{', '.join(letters)}: {said}" for said, letters in of.items()]


def _who(facts: Two, lang: str) -> str:
    told = []
    for letter, each in zip("AB", facts, strict=True):
        parts = [each.athlete, movement_name(each.trial.movement, lang), day_words(each.trial.day, lang)]
        told.append(f"{letter}: " + ", ".join(part for part in parts if part))
    return "  ·  ".join(told)


def _numbers(facts: Two, lang: str) -> dict[str, Any]:
    """Every number that either has: both, and B less A with the error of the difference."""
    columns = [
        ("what", "left", 1.4),
        ("a", "right", 0),
        ("b", "right", 0),
        ("b_less_a", "right", 0),
        ("clear", "left", 1.2),
    ]
    rows = []
    kinds = dict.fromkeys((one.key, one.side) for each in facts for one in each.analysis.findings)
    for key, side in kinds:
        values = [measured_of(each.analysis.findings, key, side) for each in facts]
        if not any(values):
            continue
        means = [mean_of(each) if each else None for each in values]
        a, b = means
        apart = difference(b, a) if a is not None and b is not None and a.unit == b.unit else None
        name = finding_name(key, side, None, lang)
        counts = [str(len(each)) for each in values]
        if max(len(each) for each in values) > 1:
            name += f" ({t('athletes.motion_paper.mean_of_two', lang, a=counts[0], b=counts[1])})"
        clear = ""
        if apart is not None and apart.unit != "count":
            larger = abs(apart.value) > apart.half_width95
            clear = t("athletes.motion_paper.clear" if larger else "athletes.motion_paper.unclear", lang)
        rows.append(
            [
                name,
                told_whole(a, key, lang),
                told_whole(b, key, lang),
                told_whole(apart, key, lang, sign=True) if apart else UNKNOWN,
                clear,
            ]
        )
    return table("two", columns, rows, lang, t("athletes.motion_paper.two_note", lang))


def _charts(facts: Two, zero: tuple[Event, Event] | None, aligned: str, lang: str) -> list[dict[str, str]]:
    """The curves that both have, A solid and B dashed, aligned at ``zero``, or at their beginnings."""
    one = facts[0]
    found = []
    for key in chart_keys(one.analysis.curves, usual_curve(one.analysis)):
        for side in (None, Side.LEFT, Side.RIGHT):
            curves = [
                next((curve for curve in each.analysis.curves if (curve.key, curve.side) == (key, side)), None)
                for each in facts
            ]
            a, b = curves
            if a is None or b is None:
                continue
            lines = []
            for place, (letter, curve, (ink, dash)) in enumerate(
                zip("AB", (a, b), ((LEFT_INK, "none"), (RIGHT_INK, "5 2")), strict=True)
            ):
                start = zero[place].t_s if zero else float(curve.t_s[0]) if len(curve.t_s) else 0.0
                lines.append(Line(letter, ink, dash, curve.t_s - start, curve.value, curve.sigma))
            lines = _overlapping(lines)
            title = f"{curve_word(key, side, lang)} ({unit_sign(a.unit, lang)})"
            marks = [(0.0, "0")] if zero else []
            svg = curve_chart(lines, marks, (title, f"{t('athletes.motion_paper.time_axis', lang)}; {aligned}"), lang)
            if svg:
                found.append({"title": title, "svg": svg})
    return found[:MOST_CHARTS]


def _overlapping(lines: list[Line]) -> list[Line]:
    """Both lines over the time that both have; as they are where that is none."""
    known = [one.t_s[np.isfinite(one.value)] for one in lines]
    if not all(len(each) for each in known):
        return lines
    first, last = max(float(each.min()) for each in known), min(float(each.max()) for each in known)
    if last <= first:
        return lines
    found = []
    for one in lines:
        inside = (one.t_s >= first) & (one.t_s <= last)
        found.append(Line(one.name, one.ink, one.dash, one.t_s[inside], one.value[inside], one.sigma[inside]))
    return found
