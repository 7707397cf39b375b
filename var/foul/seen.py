"""From what was clicked of a foul to the aids: which clicks can be measured with, by which clock, why not others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from var.angles import AngleState, angle_state, pose_of, shared_errors
from var.entries import Review
from var.foul.aids import Aid, Why, aids_of, refused
from var.foul.notes import FoulNotes, PersonMark, Who
from var.foul.window import AngleWindow, ContactWindow
from var.measure.calibration import Calibration
from var.measure.pitch import Pitch
from var.measure.standing import Standing, Step, Steps, stand
from var.measure.system import Unsolvable
from var.measure.together import Together
from var.model import Incident, Match

BEFORE_CONTACT_S = Fraction(1)
"""Clicks farther before the contact tell nothing of it: nobody runs straight on for longer."""


@dataclass(frozen=True, slots=True)
class Stood:
    """Where somebody stood at the contact, in metres of the pitch, with the standard deviation an axis and, of who was
    seen twice, the mean velocity between the first and the last picture, in metres a second."""

    name: str
    pitch_m: tuple[float, float]
    sigma_m: tuple[float, float]
    mps: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Aids:
    """The aids with what they rest on. ``cameras`` are the angles that were used, ``reasons`` what holds for all of
    them; ``attack`` is the sign of the goal attacked."""

    aids: tuple[Aid, ...]
    people: tuple[Stood, ...] = ()
    cameras: tuple[str, ...] = ()
    reasons: tuple[Why, ...] = ()


def aids_for(match: Match, review: Review, incident: Incident, notes: FoulNotes, window: ContactWindow) -> Aids:
    """The aids of a foul by its marks; every one of them refused, with the reasons, where nothing can be measured."""
    steps, states, absent, reasons = _steps(match, review, notes, window)
    if not steps:
        reasons = reasons or [Why("nothing_marked")]
        return Aids(refused(reasons), reasons=tuple(reasons))
    calibrations = {pose: state.calibration for pose, state in states.items() if state.calibration is not None}
    try:
        standing = _stand(
            Pitch(*match.setup.pitch_m),
            steps,
            tuple(calibrations.items()),
            shared_errors(match, review, states.values()),
        )
    except Unsolvable as fault:
        why = [Why(fault.code, fault.camera), *reasons]
        return Aids(refused(why), cameras=_cameras(steps), reasons=tuple(why))
    sign, guessed = _goal(incident, standing)
    if guessed:
        reasons.append(Why("nearer_goal"))
    aids = aids_of(standing, Pitch(*match.setup.pitch_m), sign, absent)
    reasons += [Why(reason.code, reason.camera) for reason in standing.reasons]
    return Aids(aids, _people(standing), _cameras(steps), tuple(dict.fromkeys(reasons)))


@lru_cache(maxsize=64)
def _stand(
    pitch: Pitch,
    steps: tuple[Step, ...],
    calibrations: tuple[tuple[str, Calibration], ...],
    together: tuple[Together, ...],
) -> Standing:
    """Remembered, because every redraw of the page asks for it; a calibration is known again by being the same
    object."""
    return stand(Steps(pitch, steps, dict(calibrations), together))


def _steps(
    match: Match, review: Review, notes: FoulNotes, window: ContactWindow
) -> tuple[tuple[Step, ...], dict[str, AngleState], dict[str, Why], list[Why]]:
    """The clicks to measure with and the calibrations of their pictures; why somebody is not among them; why clicks
    were left out."""
    reasons: list[Why] = []
    absent: dict[str, Why] = {}
    states: dict[str, AngleState] = {}
    found: list[tuple[PersonMark, Fraction, float]] = []
    alone, zero_s = _alone(match, notes, window, reasons)
    for mark in notes.persons:
        angle = window.angle(mark.click.camera_id) if mark.click.camera_id in _known(window) else None
        if angle is None:
            continue
        why = _unusable(match, mark, angle, alone, zero_s)
        if why is None:
            clip = match.clip(mark.click.camera_id)
            at_s = clip.match_s(mark.click.frame) - (angle.at_s if zero_s is None else zero_s)
            found.append((mark, at_s, (angle.sigma_s or 0.0) if alone is None else 0.0))
        else:
            absent[mark.name] = replace(why, who=mark.name)
            reasons.append(replace(why, who=mark.name if why.code == "off_ground" else None))
    found = _before_contact(match, found, reasons)
    kept: list[Step] = []
    for mark, at_s, sigma_s in found:
        camera, frame = mark.click.camera_id, mark.click.frame
        pose = pose_of(match.clip(camera), frame)
        if pose not in states:
            states[pose] = angle_state(match, review, camera, frame)
        if states[pose].calibration is None:
            absent[mark.name] = Why("no_calibration", camera, mark.name)
            reasons.append(Why("no_calibration", camera))
            continue
        kept.append(Step(mark.name, camera, pose, at_s, (mark.click.u_px, mark.click.v_px), sigma_s))
    there = {step.who for step in kept}
    absent = {name: why for name, why in absent.items() if name not in there}
    return tuple(kept), states, absent, list(dict.fromkeys(reasons))


def _known(window: ContactWindow) -> set[str]:
    return {each.camera_id for each in window.angles}


def _alone(
    match: Match, notes: FoulNotes, window: ContactWindow, reasons: list[Why]
) -> tuple[str | None, Fraction | None]:
    """Before anybody marked the contact: the one angle that is measured on, the one with most marks, and its last
    picture with a mark, which stands for the contact."""
    if window.camera_id is not None or not notes.persons:
        return None, None
    reasons.append(Why("contact_not_marked"))
    camera = Counter(mark.click.camera_id for mark in notes.persons).most_common(1)[0][0]
    if camera not in _known(window):
        return camera, None
    last = max(mark.click.frame for mark in notes.persons if mark.click.camera_id == camera)
    return camera, match.clip(camera).match_s(last)


def _unusable(
    match: Match, mark: PersonMark, angle: AngleWindow, alone: str | None, zero_s: Fraction | None
) -> Why | None:
    camera = angle.camera_id
    if not mark.on_ground:
        return Why("off_ground")
    if alone is not None and camera != alone:
        return Why("contact_not_marked", camera)
    if alone is None and not angle.is_synchronised:
        return Why("clock_unknown", camera)
    shown_s = match.clip(camera).match_s(mark.click.frame)
    zero_s = angle.at_s if zero_s is None else zero_s
    if not angle.is_timed and shown_s != zero_s:
        return Why("replay_not_timed", camera)  # how long its pictures are apart is not known well enough
    return None


def _before_contact(
    match: Match, found: list[tuple[PersonMark, Fraction, float]], reasons: list[Why]
) -> list[tuple[PersonMark, Fraction, float]]:
    """Who was seen up to the contact is measured by that: what comes after it changes how people run."""

    def late(mark: PersonMark, at_s: Fraction) -> bool:
        return at_s > match.clip(mark.click.camera_id).frame_s / 2

    early = {mark.name for mark, at_s, _ in found if not late(mark, at_s)}
    kept = []
    for mark, at_s, sigma_s in found:
        if abs(at_s) > BEFORE_CONTACT_S:
            reasons.append(Why("far_from_contact", mark.click.camera_id))
        elif mark.name in early and late(mark, at_s):
            reasons.append(Why("after_contact", mark.click.camera_id))
        else:
            kept.append((mark, at_s, sigma_s))
    return kept


def _goal(incident: Incident, standing: Standing) -> tuple[int, bool]:
    """Toward which goal the attacker plays: as somebody said, else the nearer one; and whether that is a guess."""
    if incident.attack is not None:
        return incident.attack.sign, False
    names = [name for name in (Who.ATTACKER.value, Who.OFFENDER.value) if name in standing.names]
    place, _ = standing.place(names[0] if names else standing.names[0])
    return (1 if place[0] >= 0 else -1), True


def _people(standing: Standing) -> tuple[Stood, ...]:
    people = []
    for name in standing.names:
        if not standing.is_near(name):
            continue
        place, covariance = standing.place(name)
        times, mps = standing.times_s(name), None
        if len(times) > 1:
            moved = (standing.weights(name, times[-1]) - standing.weights(name, times[0])) @ standing.places_m
            vx, vy = (float(each) / (times[-1] - times[0]) for each in moved)
            mps = (vx, vy)
        sigma = (float(covariance[0, 0]) ** 0.5, float(covariance[1, 1]) ** 0.5)
        people.append(Stood(name, (float(place[0]), float(place[1])), sigma, mps))
    return tuple(people)


def _cameras(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.camera_id for step in steps))
