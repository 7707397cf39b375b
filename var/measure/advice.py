"""What else marks say: that the pitch has another size, or that places were named which Law 1 does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.camera import Array, rotations
from var.measure.mark import Lens, LineMark, Mark
from var.measure.pitch import LENGTH_M, WIDTH_M, Pitch
from var.measure.solve import Problem, fit

SIZE_SIGMA_M = 6.0
"""How far a pitch may be from its said size where the marks ask for another: two thirds are within this."""

LEAST_CHANGE_M = 1.0
SURELY = 20.0
"""By so much must a chi-square fall, in units of what the marks scatter: by chance one in 22,000."""

NEARLY_M, FAR_M = 0.05, 2.5
"""A place this near to a point of Law 1 is that point; farther than the other it is a place of its own."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that a person should look at: ``code`` is a text of ``var.advice`` that ``params`` fill in, and
    ``marks`` names the marks it is about."""

    code: str
    params: dict[str, float]
    marks: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The advice as a JSON-ready document."""
        return {"code": self.code, **self.params, "marks": list(self.marks)}


def other_size(
    marks: Sequence[Mark],
    lines: Sequence[LineMark],
    size_px: tuple[int, int],
    pitch: Pitch,
    lens: Lens | None,
    thetas: Sequence[Array],
) -> Advice | None:
    """The size of pitch that the marks fit far better than the said one, sought from the cameras ``thetas`` (11,)."""
    from scipy.special import chdtri

    from var.measure.bundle_fit import Fitter, sort_out
    from var.measure.bundle_system import System
    from var.measure.views import View

    view = View("", size_px, marks, lines, lens=lens)
    fits = []
    for sigma_m in (None, SIZE_SIGMA_M):
        system = System([view], pitch, (), None, sigma_m)
        fitter = Fitter(system, 0.0)
        every = np.ones(len(system.view), dtype=bool)
        best = None
        for theta in thetas:
            x = np.where(np.isfinite(system.sigma), system.mean, 0.0)
            centre = -rotations(theta[None, 5:8])[0].T @ theta[8:11]
            x[system.columns[0]] = np.concatenate([theta[:8], centre])
            found = fitter.fit(x, every, system.sigma_px, robust=True)
            cost = fitter.cost(found.x, every, system.sigma_px, 1.0)
            if best is None or cost < best[0]:
                best = cost, found
        if best is None:
            return None
        fits.append((best[0], best[1], system, fitter))
    (said_cost, _, _, _), (cost, found, system, fitter) = fits
    degrees = fitter.degrees(np.ones(len(system.view), dtype=bool))
    if degrees < 1 or said_cost - cost < SURELY * max(1.0, cost / float(chdtri(degrees, 0.5))):
        return None
    count = len(system.of_view)
    sure = sort_out(fitter, found.x, system.sigma_px, np.array([count // 4 if degrees > 6 else 0]))
    assert system.size_at is not None
    length, width = (float(side) for side in system.size(sure.x))
    free = fitter.degrees(sure.kept)
    scale = max(1.0, sure.cost / free) ** 0.5 if free > 0 else np.inf
    sigma = np.sqrt(np.diag(sure.covariance))[system.size_at : system.size_at + 2] * scale
    change = np.abs([length - pitch.length_m, width - pitch.width_m])
    legal = LENGTH_M[0] <= length <= LENGTH_M[1] and WIDTH_M[0] <= width <= WIDTH_M[1] and length > width
    if not legal or not (change > np.maximum(LEAST_CHANGE_M, 4 * sigma)).any():
        return None
    params = {"length_m": length, "width_m": width, "length_sigma_m": float(sigma[0]), "width_sigma_m": float(sigma[1])}
    return Advice("other_pitch_size", params)


def not_law_1(problem: Problem, marks: Sequence[Mark], kept: Array, theta: Array, pitch: Pitch) -> list[Advice]:
    """Groups of marks at places that Law 1 does not have, whose clicks fit the places it has instead: an area measured
    by another rule. ``problem`` holds the marks first; ``kept`` (n,) are the clicks in use."""
    groups: dict[tuple[int, float, float], list[int]] = defaultdict(list)
    meant: dict[int, tuple[float, float, float]] = {}
    for number, mark in enumerate(marks):
        name, gap = pitch.nearest(mark.pitch_m)
        place = pitch.points[name]
        off = np.abs(np.subtract(place, mark.pitch_m))
        if NEARLY_M < gap < FAR_M and (off > NEARLY_M).sum() == 1:
            axis = int(np.argmax(off))
            # Counted from the goal line along the pitch, and from the middle across it.
            base = pitch.length_m / 2 if axis == 0 else 0.0
            said, law = (round(abs(abs(value[axis]) - base), 2) for value in (mark.pitch_m, place))
            groups[axis, said, law].append(number)
            meant[number] = place
    found = []
    for (axis, said, law), members in groups.items():
        if len(members) < 2:
            continue
        used = kept.copy()
        used[members] = True
        moved = problem.places_m.copy()
        moved[members] = [meant[number] for number in members]
        as_said = fit(problem.only(used), theta)
        by_law = fit(replace(problem, places_m=moved).only(used), theta)
        free = max(1, 2 * int(used.sum()) + int(np.isfinite(problem.sigma).sum()) - len(problem.sigma))
        if as_said.cost - by_law.cost > SURELY * max(1.0, by_law.cost / free):
            names = tuple(marks[number].name for number in members)
            found.append(Advice("not_law_1_x" if axis == 0 else "not_law_1_y", {"said_m": said, "law_m": law}, names))
    return found


def refuse_other_size(advice: Advice | None, pitch: Pitch) -> None:
    """Raise ``BadValue`` (``other_pitch_size``) where the marks fit a pitch of another size."""
    if advice is not None:
        raise BadValue(
            "var.errors.other_pitch_size",
            length_m=advice.params["length_m"],
            width_m=advice.params["width_m"],
            said_length_m=pitch.length_m,
            said_width_m=pitch.width_m,
        )
