"""Calibrates several pictures together: the frames of a camera that pans, and all cameras of a match.

Pictures of one camera share where it stands and its lens; all pictures share the pitch: its crown, its size where that
is asked, and ties, points that are seen in several pictures and whose place nobody knows. One least squares problem
holds all of it (``var.measure.bundle_system``), so a picture whose few marks would not hold a camera gets one from the
others, and the covariance says how the errors of the pictures hang together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from touchline.errors import BadValue, TouchlineError
from var.measure.bundle_fit import Fitter, Solution, deleted, scaled, sort_out
from var.measure.bundle_result import Bundle, ViewFit, result
from var.measure.bundle_start import Start, alone, starts_of, without_ties
from var.measure.bundle_system import System
from var.measure.calibrate import WORST_SCALE
from var.measure.calibration import Calibration
from var.measure.camera import Array
from var.measure.consensus import ENOUGH_TO_REJECT
from var.measure.lined import once, usable
from var.measure.mark import Lens, LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.project import cast
from var.measure.solve import CARRIED
from var.measure.surface import CROWN_M, CROWN_SIGMA_M, ESTIMATE, Crown, known_crown
from var.measure.views import SHARED, View

__all__ = ["SHARED", "Bundle", "View", "ViewFit", "bundle", "crowned"]

ALONE = 4
"""So many pictures of a panning camera are calibrated by themselves to begin with; the others follow from them."""

REJECTED = 0.4
"""A picture that loses more than this share of its marks does not belong to the others."""


def bundle(
    views: Sequence[View],
    pitch: Pitch,
    *,
    crown: Crown = None,
    pitch_sigma_m: float | None = None,
    shared: Collection[str] = SHARED,
) -> Bundle:
    """All cameras that saw ``views``, with their joint covariance; views that cannot be used are refused one by one.

    ``shared`` says what the pictures of one camera have in common. ``crown`` is the pitch's height in the middle in
    metres or ``"estimate"``; with ``pitch_sigma_m`` its length and width are estimated too, known beforehand to within
    so much. Raises ``BadValue``: ``bundle_empty``, ``bundle_twice``, ``bundle_sizes``, ``bad_crown``, and the refusal
    of the first view where none can be used.
    """
    crown_m = known_crown(crown)
    _check(views)
    refused: dict[int, TouchlineError] = {}
    for number, view in enumerate(views):
        try:
            _check_view(view, pitch)
        except BadValue as refusal:
            refused[number] = refusal
    starts = _starts(views, pitch, shared, refused)
    while True:
        numbers = [number for number in range(len(views)) if number in starts and number not in refused]
        if not numbers:
            raise refused.get(0) or next(iter(refused.values()))
        system, fitter, found, sigma_px = _solve(views, numbers, starts, pitch, shared, crown, crown_m, pitch_sigma_m)
        worse = _strangers(system, fitter, found, sigma_px)
        if not worse:
            break
        for own, stranger in worse.items():
            refused[numbers[own]] = stranger
    found, scale = scaled(fitter, found, sigma_px)
    source = "given"
    if crown == ESTIMATE:
        assert system.crown_at is not None
        source = "marks"
        if found.covariance[system.crown_at, system.crown_at] > (CARRIED * CROWN_SIGMA_M) ** 2:
            source = "prior"
            x = found.x.copy()
            x[system.crown_at] = CROWN_M
            fitter = Fitter(system, crown_m, held=True)
            found, scale = scaled(fitter, fitter.fit(x, found.kept, sigma_px), sigma_px)
    if scale > WORST_SCALE:
        raise _inconsistent(system, found, range(len(system.views)))
    return result(views, numbers, refused, system, found, scale, None if crown is None else (crown_m, source))


def crowned(
    marks: Sequence[Mark],
    size_px: tuple[int, int],
    pitch: Pitch,
    lines: Sequence[LineMark],
    lens: Lens | None,
    crown: Crown,
) -> Calibration:
    """One picture of a pitch with a crown. Raises ``BadValue`` as ``calibrate`` does."""
    found = bundle([View("", size_px, marks, lines, lens=lens)], pitch, crown=crown).views[0]
    if found.calibration is None:
        assert found.refusal is not None
        raise found.refusal
    return found.calibration


def _check(views: Sequence[View]) -> None:
    if not views:
        raise BadValue("var.errors.bundle_empty")
    sizes: dict[str, tuple[int, int]] = {}
    for number, view in enumerate(views):
        if any(view.key == other.key for other in views[:number]):
            raise BadValue("var.errors.bundle_twice", camera=view.camera_id, frame=view.frame)
        if sizes.setdefault(view.camera_id, view.size_px) != view.size_px:
            raise BadValue("var.errors.bundle_sizes", camera=view.camera_id)


def _check_view(view: View, pitch: Pitch) -> None:
    """Raise ``BadValue`` for marks that cannot be used, whatever else there is."""
    for name, pixels, sigma_px in (
        *((mark.name, (mark.image_px,), mark.sigma_px) for mark in view.marks),
        *((tie.name, (tie.image_px,), tie.sigma_px) for tie in view.ties),
        *((line.called or line.name, line.image_px, line.sigma_px) for line in view.lines),
    ):
        usable(name, pixels, sigma_px, view.size_px)
    once(view.marks)
    names: set[str] = set()
    for line in view.lines:
        if line.name not in pitch.lines and line.name not in pitch.arcs:
            raise BadValue(
                "var.errors.unknown_line", line=line.called or line.name, lines=", ".join([*pitch.lines, *pitch.arcs])
            )
        if line.name in names:
            raise BadValue("var.errors.duplicate_mark", mark=line.called or line.name, other=line.called or line.name)
        names.add(line.name)


def _starts(
    views: Sequence[View], pitch: Pitch, shared: Collection[str], refused: dict[int, TouchlineError]
) -> dict[int, Start]:
    """First guesses by view; a view without one is ``refused``."""
    starts: dict[int, Start] = {}
    for camera in dict.fromkeys(view.camera_id for view in views):
        own = [n for n, view in enumerate(views) if view.camera_id == camera and n not in refused]
        together = len(own) > 1 and "centre" in shared
        singles: dict[int, Calibration] = {}
        why: dict[int, TouchlineError] = {}
        for number in sorted(own, key=lambda n: -views[n].told):
            if together and len(singles) >= ALONE:
                break
            found = alone(without_ties(views[number]), pitch)
            if isinstance(found, Calibration):
                singles[number] = found
                starts[number] = Start(found.theta[:5], found.rvec, found.centre_m)
            else:
                why[number] = found
        if together:
            place = {number: k for k, number in enumerate(own)}
            zooms = "focal" not in shared
            held = {place[number]: found for number, found in singles.items()}
            guessed = starts_of([views[number] for number in own], held, zooms, pitch)
            for number in own:
                starts.pop(number, None)
                if place[number] in guessed and not _hopeless(why.get(number)):
                    starts[number] = guessed[place[number]]
        for number in own:
            if number not in starts:
                refused[number] = why.get(number) or BadValue(
                    "var.errors.too_few_told", told=views[number].told, needed=4
                )
    return starts


def _hopeless(refusal: TouchlineError | None) -> bool:
    """Whether no other picture can help."""
    return refusal is not None and refusal.name in ("mirrored_marks", "mirrored_sides", "other_lens")


def _solve(
    views: Sequence[View],
    numbers: list[int],
    starts: dict[int, Start],
    pitch: Pitch,
    shared: Collection[str],
    crown: Crown,
    crown_m: float,
    pitch_sigma_m: float | None,
) -> tuple[System, Fitter, Solution, Array]:
    prior = (CROWN_M, CROWN_SIGMA_M) if crown == ESTIMATE else None
    own = _known_ties([views[number] for number in numbers], [starts[number] for number in numbers])
    system = System(own, pitch, shared, prior, pitch_sigma_m)
    x = np.where(np.isfinite(system.sigma), system.mean, 0.0)
    for k, number in enumerate(numbers):
        start = starts[number]
        x[system.columns[k]] = np.concatenate([start.head, start.rvec, start.centre_m])
    for name, at in system.ties.items():
        x[at : at + 2] = np.mean(_tied(own, [starts[number] for number in numbers])[name], axis=0)
    fitter = Fitter(system, crown_m)
    count = np.bincount(system.owner_view, minlength=len(own))
    told = np.bincount(system.view, weights=system.told, minlength=len(own))
    most = np.floor(REJECTED * count)
    if len(own) == 1:
        most = np.where(told >= 2 * ENOUGH_TO_REJECT, most, 0)
    return system, fitter, sort_out(fitter, x, system.sigma_px, most), system.sigma_px


def _tied(views: Sequence[View], starts: Sequence[Start]) -> dict[str, list[Array]]:
    """Where the sight lines of each tie meet the ground by the first guesses."""
    found: dict[str, list[Array]] = {}
    for view, start in zip(views, starts, strict=True):
        fixed = np.zeros(3) if view.lens is None else view.lens.dist[2:5]
        for tie in view.ties:
            at = cast(np.array([tie.image_px]), start.theta(), fixed, start.centre_m)[0]
            if np.isfinite(at).all():
                found.setdefault(tie.name, []).append(at[:2])
    return found


def _known_ties(views: Sequence[View], starts: Sequence[Start]) -> list[View]:
    """The views with those ties alone that two or more of them show; one sight line tells nothing."""
    counts = {name: len(places) for name, places in _tied(views, starts).items()}
    return [replace(view, ties=[tie for tie in view.ties if counts.get(tie.name, 0) > 1]) for view in views]


def _strangers(system: System, fitter: Fitter, found: Solution, sigma_px: Array) -> dict[int, TouchlineError]:
    """Views whose marks do not fit the others', by their number in the system; empty where there is but one view."""
    if len(system.views) == 1:
        return {}
    from scipy.special import chdtrc, chdtri

    square, told = deleted(fitter, found, sigma_px)
    gone = np.array([not found.kept[system.marks == mark].all() for mark in range(len(square))])
    share = square[~gone] / chdtri(told[~gone], 0.5)
    scale2 = max(1.0, float(np.median(share)))
    bad: dict[int, TouchlineError] = {}
    for number in range(len(system.views)):
        own = system.owner_view == number
        wrong = own & (chdtrc(told, square / scale2) < 1e-6)
        if wrong.sum() > max(1.0, REJECTED * own.sum()):
            bad[number] = BadValue("var.errors.bundle_stranger", count=int(wrong.sum()), marks=int(own.sum()))
    # Where most are strangers to each other it is not known who is one: the worst goes first.
    if len(bad) > 1:
        worst = max(bad, key=lambda number: float(square[system.owner_view == number].mean()))
        bad = {worst: bad[worst]}
    return bad


def _inconsistent(system: System, found: Solution, numbers: Sequence[int]) -> BadValue:
    miss = np.where(found.kept, np.linalg.norm(found.misses, axis=1), 0.0)
    worst = int(system.marks[int(np.argmax(miss))])
    names = [name for number in numbers for name in system.views[number].names]
    rms_px = float(np.sqrt((found.misses[found.kept] ** 2).sum(axis=1).mean()))
    return BadValue("var.errors.inconsistent_marks", rms_px=rms_px, worst=names[worst])
