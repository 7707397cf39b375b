"""Everything that a paper about a trial prints, as strings and drawings for its template ``motion.typ``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from athletes.kinematics.headlines import SMALLEST
from athletes.kinematics.model import Curve, Finding, Movement, Side
from athletes.motion.curve_words import event_word
from athletes.motion.demo_words import in_language
from athletes.motion.naming import (
    capital,
    curve_name,
    finding_name,
    movement_name,
    sentence_of,
    side_name,
    told,
    told_whole,
    unit_sign,
    word,
)
from athletes.motion.overlay import usual_curve
from athletes.motion.stills import Still
from athletes.paper.motion_charts import LEFT_INK, PLAIN_INK, RIGHT_INK, Line, curve_chart
from athletes.paper.motion_facts import MotionFacts, mean_of, pairs_of
from athletes.paper.motion_measured import engine_words, limits, measured_part, quality_words
from athletes.reasons import day_words
from touchline import __version__
from touchline.i18n import UNKNOWN, catalogue, number, t

HEADLINES = {
    Movement.CMJ: ("height_by_time", "height_by_hips", "flight_time", "countermovement_depth"),
    Movement.DROP_JUMP: ("height_by_time", "height_by_hips", "contact_time", "reactive_strength"),
    Movement.SPRINT: ("speed", "mean_step_length", "step_frequency", "contact_time"),
    Movement.RUN: ("step_frequency", "contact_time", "mean_step_length", "trunk_lean"),
    Movement.SQUAT: ("repetitions", *SMALLEST, "down_time", "up_time"),
    Movement.REPETITIONS: ("repetitions", *SMALLEST, "down_time", "up_time"),
    Movement.KICK: ("peak_speed", "peak_turning"),
    Movement.THROW: ("peak_speed", "peak_turning"),
    Movement.RANGE: ("range_knee", "range_hip", "range_ankle", "range_shoulder"),
}
"""What somebody wants to know first of a movement; what there is of it stands in large letters."""
MOST_TILES = 4
MOST_CHARTS = 4
INKS = {Side.LEFT: (LEFT_INK, "none"), Side.RIGHT: (RIGHT_INK, "5 2"), None: (PLAIN_INK, "none")}


def motion_words(facts: MotionFacts, stills: Sequence[Still], lang: str, *, written_utc: str) -> dict[str, Any]:
    """The data of the template for one trial. The stills' files are called ``still0.jpg`` and so on."""
    trial = in_language(facts.trial, lang)
    subtitle = [movement_name(trial.movement, lang), day_words(trial.day, lang), facts.athlete]
    marks = [(event.t_s, str(place + 1)) for place, event in enumerate(one.event for one in stills)]
    return {
        **base(facts.simulated, trial.name, subtitle, lang, written_utc),
        "keywords": [trial.id],
        "sentence": how_measured(facts, lang),
        "tiles": tiles(facts, lang),
        "quality": quality_words(facts, lang),
        "stills": [still_words(one, place, lang) for place, one in enumerate(stills)],
        "still_columns": 4 if len(stills) == 4 else 3,
        "stills_note": t("athletes.motion_paper.stills_note", lang),
        "charts": charts(facts, marks, lang),
        "charts_note": t("athletes.motion_paper.curves_note", lang),
        "tables": [findings_table(facts, lang), sides_table(facts, lang), missing_table(facts, lang)],
        "notes": notes(facts, lang),
        "measured": [measured_part(facts, lang)],
        "limits": limits([facts], lang),
    }


def base(simulated: bool, name: str, subtitle: Sequence[str], lang: str, written_utc: str) -> dict[str, Any]:
    """What all of these papers have: heads, feet, the mark of what is simulated, and the catalogue's words."""
    shared = {key: text for key, text in catalogue("athletes", "paper", lang).items() if isinstance(text, str)}
    own = {key: text for key, text in catalogue("athletes", "motion_paper", lang).items() if isinstance(text, str)}
    written = f"{written_utc[:16].replace('T', ' ')} UTC"
    said = " · ".join(part for part in subtitle if part)
    return {
        "title": f"{name} · {said}",
        "author": "Touchline",
        "lang": lang,
        "simulated": simulated,
        "header_left": name,
        "header_right": t("athletes.motion_paper.kind", lang),
        "footer": t("athletes.paper.footer", lang, version=__version__, written=written),
        "words": {**shared, **own},
        "heading": name,
        "subtitle": said,
    }


def how_measured(facts: MotionFacts, lang: str) -> str:
    """In a sentence or two: by how many cameras, how many pictures a second, and what found the points."""
    rate = number(rate_of(facts), lang, 0)
    key = "by_all" if facts.together else "by_one"
    said = [
        t(
            f"athletes.motion_paper.said.{key}",
            lang,
            cameras=len(facts.trial.shots),
            camera=facts.shot.shot.label,
            rate=rate,
        )
    ]
    if facts.shot.slow != 1:
        said.append(t("athletes.motion_paper.said.slow", lang, times=number(float(facts.shot.slow), lang, 0)))
    method = "" if facts.track is None else facts.track.method
    if facts.simulated:
        said.append(t("athletes.motion_paper.said.simulated", lang))
    elif method:
        said.append(t("athletes.motion_paper.said.method", lang, method=engine_words(method, lang)))
    return " ".join(said)


def rate_of(facts: MotionFacts) -> float:
    """Pictures a real second of the camera."""
    shot = facts.shot.shot
    real_s = shot.length_s * float(facts.shot.to_trial.rate)
    return (shot.frames - 1) / real_s if real_s > 0 else float("nan")  # from the first picture to the last


def tiles(facts: MotionFacts, lang: str) -> list[list[str]]:
    """The numbers in large letters: label, value, error with unit, and what it is the mean of."""
    findings = [one for one in facts.analysis.findings if one.measured is not None]
    wished = HEADLINES[facts.trial.movement]
    keys = [*wished, *(one.key for one in findings if one.number is None and one.side is None)]
    found: list[list[str]] = []
    for key in dict.fromkeys(keys):
        values = [one.measured for one in findings if one.key == key and one.measured is not None]
        if values and len(found) < MOST_TILES:
            mean = mean_of(values)
            value, error, unit = told(mean, key, lang)
            label = capital(word("finding", key, lang))
            note = t("athletes.motion_paper.mean_of", lang, count=len(values)) if len(values) > 1 else ""
            found.append([label, value, f"± {error} {unit}" if error else unit, note])
    return found


def still_words(still: Still, place: int, lang: str) -> dict[str, str]:
    """A still for the template: its file, what it shows, and when."""
    event = still.event
    title = f"{place + 1} · {event_word(event, lang)}"
    note = t("athletes.motion_paper.still_at", lang, frame=event.frame, seconds=number(event.t_s, lang, 3))
    if event.sigma_s > 0:
        note += f" ± {number(1.96 * event.sigma_s, lang, 3)} s"
    angles = ", ".join(still.angles)
    alt = t("athletes.motion_paper.still_alt", lang, what=event_word(event, lang), angles=angles or UNKNOWN)
    return {"file": f"still{place}.jpg", "title": title, "note": note, "alt": alt}


def charts(facts: MotionFacts, marks: Sequence[tuple[float, str]], lang: str) -> list[dict[str, str]]:
    """The curves: the usual one of the movement first, then the others that both sides or nobody has."""
    found = []
    for key in chart_keys(facts.analysis.curves, usual_curve(facts.analysis)):
        curves = [curve for curve in facts.analysis.curves if curve.key == key]
        lines = [_line(curve, lang) for curve in curves]
        title = f"{curve_name(key, lang)} ({unit_sign(curves[0].unit, lang)})"
        svg = curve_chart(lines, marks, (title, t("athletes.motion_paper.time_axis", lang)), lang)
        if svg:
            found.append({"title": title, "svg": svg})
    return found[:MOST_CHARTS]


def chart_keys(curves: Sequence[Curve], usual: str) -> list[str]:
    """The kinds of curves in the order in which they are shown."""
    known = dict.fromkeys(curve.key for curve in curves)
    return [*(key for key in (usual, "hip", "ankle", "trunk") if key in known), *(
        key for key in known if key not in (usual, "hip", "ankle", "trunk"))]  # fmt: skip


def _line(curve: Curve, lang: str) -> Line:
    ink, dash = INKS[curve.side]
    name = side_name(curve.side, lang) or curve_name(curve.key, lang)
    return Line(name, ink, dash, curve.t_s, curve.value, curve.sigma)


def table(
    key: str, columns: Sequence[tuple[str, str, float]], rows: list[list[str]], lang: str, note: str = ""
) -> dict[str, Any]:
    """A table for the template: ``columns`` are key, ``left`` or ``right``, and a share of the width (0: as needed)."""
    return {
        "title": t(f"athletes.motion_paper.table.{key}", lang),
        "head": [t(f"athletes.motion_paper.column.{name}", lang) for name, _, _ in columns],
        "aligns": [align for _, align, _ in columns],
        "widths": [share for _, _, share in columns],
        "rows": rows,
        "note": note,
    }


def findings_table(facts: MotionFacts, lang: str) -> dict[str, Any]:
    """Every number with its 95 % interval, the frames it rests on, and what makes it doubtful."""
    columns = [
        ("what", "left", 1.5),
        ("value", "right", 0),
        ("error", "right", 0),
        ("unit", "left", 0),
        ("frames", "left", 0),
        ("doubts", "left", 1.6),
    ]
    rows = []
    for one in facts.analysis.findings:
        if one.measured is not None:
            value, error, unit = told(one.measured, one.key, lang)
            doubts = " ".join(capital(sentence_of(reason, lang)) for reason in one.reasons)
            rows.append(
                [
                    finding_name(one.key, one.side, one.number, lang),
                    value,
                    f"± {error}" if error else "",
                    unit,
                    frames_words(one),
                    doubts,
                ]
            )
    return table("findings", columns, rows, lang, t("athletes.motion_paper.findings_note", lang))


def frames_words(finding: Finding) -> str:
    """The frames that a number rests on, as a span or a few."""
    frames = finding.frames
    if len(frames) > 3:
        return f"{min(frames)}–{max(frames)}"
    return ", ".join(str(frame) for frame in frames)


def sides_table(facts: MotionFacts, lang: str) -> dict[str, Any]:
    """Left beside right, with the error of the difference."""
    columns = [
        ("what", "left", 1.4),
        ("left", "right", 0),
        ("right", "right", 0),
        ("apart", "right", 0),
        ("clear", "left", 1.2),
    ]
    rows = []
    for one in pairs_of(facts.analysis.findings):
        clear = "clear" if one.clear else "unclear"
        name = capital(word("finding", one.key, lang))
        if max(one.count) > 1:
            name += f" ({t('athletes.motion_paper.mean_of_sides', lang, left=one.count[0], right=one.count[1])})"
        rows.append([
            name, told_whole(one.left, one.key, lang), told_whole(one.right, one.key, lang),
            told_whole(one.apart, one.key, lang, sign=True), t(f"athletes.motion_paper.{clear}", lang),
        ])  # fmt: skip
    return table("sides", columns, rows, lang, t("athletes.motion_paper.sides_note", lang))


def missing_table(facts: MotionFacts, lang: str) -> dict[str, Any]:
    """What could not be measured, and why."""
    rows = [
        [
            finding_name(one.key, one.side, one.number, lang),
            " ".join(capital(sentence_of(reason, lang)) for reason in one.reasons),
        ]
        for one in facts.analysis.findings
        if one.measured is None
    ]
    return table("missing", [("what", "left", 1), ("why", "left", 2)], rows, lang)


def notes(facts: MotionFacts, lang: str) -> list[str]:
    """What whoever reads it must know, and what the coach noted."""
    found = [capital(sentence_of(one, lang)) for one in facts.analysis.notes]
    if noted := in_language(facts.trial, lang).notes.strip():
        found.append(t("athletes.motion_paper.coach_note", lang, text=noted))
    return found
