"""What a mark that does not fit probably shows: the point or the line of the pitch that passes nearest to the click."""

from __future__ import annotations

import numpy as np

from var.measure.calibration import Suggestion
from var.measure.camera import Array, by_camera, image, visible
from var.measure.curves import curve_of, feet
from var.measure.mark import LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.solve import Fit
from var.measure.surface import Surface

_FITS = 4.0
"""In standard deviations of the click and of the camera's own uncertainty there."""


def suggest(
    mark: Mark, found: Fit, fixed: Array, pitch: Pitch, scale: float = 1.0, surface: Surface | None = None
) -> Suggestion | None:
    """The pitch point that a wrong mark probably shows: the one that falls nearest to the click, or None if none does.

    Near means within four standard deviations of the click and of the camera's own uncertainty there.
    """
    names = list(pitch.points)
    places = np.array([pitch.points[name] for name in names])
    lifted = places if surface is None else surface.lift(places)
    gap = image(found.theta[None], fixed, lifted)[0] - np.array(mark.image_px)
    slope = by_camera(found.theta, fixed, lifted)
    spread = np.einsum("nip,pq,njq->nij", slope, found.covariance, slope) + np.eye(2) * (mark.sigma_px * scale) ** 2
    chi2 = np.einsum("ni,ni->n", gap, np.linalg.solve(spread, gap[..., None])[..., 0])
    apart = np.linalg.norm(places - np.array(mark.pitch_m), axis=1) > 0.01
    chi2[~(visible(found.theta, fixed, lifted) & apart)] = np.inf
    # The likeliest of those that fit: where the camera is unsure much would fit.
    likely = np.where(chi2 > _FITS**2, np.inf, chi2 + np.log(np.linalg.det(spread)))
    best = int(np.argmin(likely))
    if not np.isfinite(likely[best]):
        return None
    place = pitch.points[names[best]]
    return Suggestion(names[best], place, pitch.from_corner(place), float(np.linalg.norm(gap[best])))


def suggest_line(
    line: LineMark, found: Fit, fixed: Array, pitch: Pitch, scale: float, surface: Surface | None = None
) -> str | None:
    """The line that a wrong one probably shows: that which passes nearest to its clicks; None if none does."""
    clicks = np.array(line.image_px, dtype=np.float64)
    best: tuple[float, str] | None = None
    for name in (*pitch.lines, *pitch.arcs):
        curve = curve_of(pitch, name)
        if name == line.name or curve is None:
            continue
        curve = curve if surface is None else surface.lift(curve)
        places, across, _ = feet(found.theta, fixed, curve, clicks)
        if not across.any() or not visible(found.theta, fixed, places).all():
            continue
        slope = np.einsum("ni,nip->np", across, by_camera(found.theta, fixed, places))
        spread = np.einsum("np,pq,nq->n", slope, found.covariance, slope) + (line.sigma_px * scale) ** 2
        gap = np.linalg.norm(image(found.theta[None], fixed, places)[0] - clicks, axis=1)
        # The likeliest, not the one that is surely anywhere: where the camera is unsure much would fit.
        likely = float((gap**2 / spread + np.log(spread)).sum())
        if float((gap / np.sqrt(spread)).max()) < _FITS and (best is None or likely < best[0]):
            best = likely, name
    return None if best is None else best[1]
