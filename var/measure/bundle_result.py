"""What a bundle gives: a calibration a view, and how the errors of all of them hang together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from touchline.errors import BadValue, TouchlineError
from var.measure.bundle_fit import Solution
from var.measure.bundle_system import System
from var.measure.calibrate import WEAK_CM
from var.measure.calibration import Calibration, MarkFit
from var.measure.camera import PARAMETERS, Array, rotations, unpack
from var.measure.lined import most_helpful
from var.measure.pitch import LENGTH_M, WIDTH_M, Pitch
from var.measure.solve import Fit, carried_by_marks
from var.measure.suggest import suggest, suggest_line
from var.measure.sure import line_sigma
from var.measure.surface import Surface
from var.measure.views import View

PITCH_UNKNOWNS = ("crown_m", "length_m", "width_m")
"""What stands behind the cameras in ``Bundle.covariance``; zero where it was not estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class ViewFit:
    """One picture of the bundle: its ``calibration``, or why there is none."""

    camera_id: str
    frame: int | None
    calibration: Calibration | None
    refusal: TouchlineError | None

    @property
    def key(self) -> tuple[str, int | None]:
        """How the picture is told from others."""
        return self.camera_id, self.frame

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The calibration, or the refusal in ``lang``, as a JSON-ready document with ``camera_id`` and ``frame``."""
        head = {"camera_id": self.camera_id, "frame": self.frame}
        if self.calibration is not None:
            return head | self.calibration.document()
        assert self.refusal is not None
        keys = ("status", "code", "camera", "covariance", "rms_px", "marks", "line_sigma_cm")
        return head | dict.fromkeys(keys) | self.refusal.document(lang)


@dataclass(frozen=True, slots=True, eq=False)
class Tied:
    """A tie's place on the ground in metres, with its covariance (2, 2)."""

    place_m: tuple[float, float]
    covariance: Array


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Cameras that were found together.

    ``views`` are as given. ``covariance`` is joint: eleven rows (``camera.PARAMETERS``) for each view of ``order``,
    those that have a calibration, then ``PITCH_UNKNOWNS``; ``index`` says where a view's rows begin. ``surface`` is
    that of the pitch without a camera; ``pitch`` is of the estimated size where that was asked, with ``pitch_sigma_m``.
    """

    views: tuple[ViewFit, ...]
    order: tuple[tuple[str, int | None], ...]
    covariance: Array
    pitch: Pitch
    pitch_sigma_m: tuple[float, float] | None
    surface: Surface | None
    ties: Mapping[str, Tied]
    rms_px: float
    scale: float

    def view(self, camera_id: str, frame: int | None = None) -> ViewFit:
        """One of the views. Raises ``KeyError`` where there is none."""
        return next(view for view in self.views if view.key == (camera_id, frame))

    def index(self, camera_id: str, frame: int | None = None) -> slice:
        """The rows of a calibrated view in ``covariance``. Raises ``ValueError`` for another one."""
        at = len(PARAMETERS) * self.order.index((camera_id, frame))
        return slice(at, at + len(PARAMETERS))

    def between(self, first: tuple[str, int | None], second: tuple[str, int | None]) -> Array:
        """The covariance (11, 11) of the parameters of two calibrated views."""
        return np.asarray(self.covariance[self.index(*first), self.index(*second)])

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The bundle as a JSON-ready document."""
        return {
            "status": "ok",
            "code": None,
            "views": [view.document(lang) for view in self.views],
            "order": [list(key) for key in self.order],
            "covariance": self.covariance.tolist(),
            "crown_m": None if self.surface is None else self.surface.crown_m,
            "crown_sigma_m": None if self.surface is None else self.surface.sigma_m,
            "crown_source": None if self.surface is None else self.surface.source,
            "pitch_m": [self.pitch.length_m, self.pitch.width_m],
            "pitch_sigma_m": None if self.pitch_sigma_m is None else list(self.pitch_sigma_m),
            "ties": [
                {"name": name, "pitch_m": list(tie.place_m), "sigma_m": np.sqrt(np.diag(tie.covariance)).tolist()}
                for name, tie in self.ties.items()
            ],
            "rms_px": self.rms_px,
            "noise_scale": self.scale,
        }


def result(
    views: Sequence[View],
    numbers: Sequence[int],
    refused: Mapping[int, TouchlineError],
    system: System,
    found: Solution,
    scale: float,
    crown: tuple[float, str] | None,
) -> Bundle:
    """The bundle of a solved ``system``, whose views are ``numbers`` of ``views``; ``crown`` is its height where it was
    given, and whence it is known."""
    length, width = (float(side) for side in system.size(found.x))
    pitch = system.pitch
    if system.size_at is not None:
        pitch = Pitch(float(np.clip(length, *LENGTH_M)), float(np.clip(width, *WIDTH_M)))
    thetas, slopes = system.thetas(found.x), system.slopes(found.x)
    fits: dict[int, Calibration | TouchlineError] = dict(refused)
    kept: list[int] = []
    for own, number in enumerate(numbers):
        fits[number] = _fit(system, found, own, thetas[own], slopes[own], pitch, scale, crown)
        if isinstance(fits[number], Calibration):
            kept.append(own)
    rows = np.zeros((11 * len(kept) + len(PITCH_UNKNOWNS), len(found.x)))
    for k, own in enumerate(kept):
        rows[11 * k : 11 * k + 11] = slopes[own]
    places = [system.crown_at, *([None, None] if system.size_at is None else [system.size_at, system.size_at + 1])]
    for k, at in enumerate(places):
        if at is not None:
            rows[11 * len(kept) + k, at] = 1.0
    sigma = np.sqrt(np.diag(found.covariance))
    return Bundle(
        tuple(_view_fit(view, fits.get(number)) for number, view in enumerate(views)),
        tuple(system.views[own].key for own in kept),
        rows @ found.covariance @ rows.T,
        pitch,
        None if system.size_at is None else (float(sigma[system.size_at]), float(sigma[system.size_at + 1])),
        _surface(system, found, None, pitch, crown),
        {
            name: Tied((float(found.x[at]), float(found.x[at + 1])), found.covariance[at : at + 2, at : at + 2])
            for name, at in system.ties.items()
        },
        float(np.sqrt((found.misses[found.kept] ** 2).sum(axis=1).mean())),
        scale,
    )


def _view_fit(view: View, found: Calibration | TouchlineError | None) -> ViewFit:
    calibration = found if isinstance(found, Calibration) else None
    return ViewFit(view.camera_id, view.frame, calibration, found if isinstance(found, TouchlineError) else None)


def _surface(
    system: System, found: Solution, slope: Array | None, pitch: Pitch, crown: tuple[float, str] | None
) -> Surface | None:
    if crown is None:
        return None
    at = system.crown_at
    if at is None:
        return Surface(crown[0], 0.0, pitch.width_m, np.zeros(len(PARAMETERS)), crown[1])
    together = np.zeros(len(PARAMETERS)) if slope is None else slope @ found.covariance[:, at]
    sigma_m = float(np.sqrt(found.covariance[at, at]))
    return Surface(float(found.x[at]), sigma_m, pitch.width_m, together, crown[1])


def _fit(
    system: System,
    found: Solution,
    own: int,
    theta: Array,
    slope: Array,
    pitch: Pitch,
    scale: float,
    crown: tuple[float, str] | None,
) -> Calibration | TouchlineError:
    """The calibration of the view ``own`` of the system, or why it cannot be used."""
    view, fixed = system.views[own], system.fixed[own]
    covariance = slope @ found.covariance @ slope.T
    covariance = (covariance + covariance.T) / 2
    surface = _surface(system, found, slope, pitch, crown)
    rows = system.view == own
    if float((-rotations(theta[None, 5:8])[0].T @ theta[8:11])[2]) <= 0:
        return BadValue("var.errors.behind_camera")
    fit = Fit(theta, covariance, found.cost, found.misses[rows], np.empty(0))
    sigma_cm = line_sigma(theta, fixed, covariance, view.size_px, pitch, surface)
    names = {mark.name for mark in view.marks} | {line.name for line in view.lines}
    if not sigma_cm or float(np.median([entry[2] for entry in sigma_cm])) > WEAK_CM:
        return BadValue("var.errors.weak_marks", helps=most_helpful(fit, fixed, view.size_px, pitch, names))
    marks = []
    first = int(np.flatnonzero(system.owner_view == own)[0])
    for k, name in enumerate(view.names):
        mine = system.marks == first + k
        miss = float(np.sqrt((found.misses[mine] ** 2).sum(axis=1).mean()))
        rejected = not bool(found.kept[mine].all())
        other = None
        if rejected and k < len(view.marks):
            known = suggest(view.marks[k], fit, fixed, pitch, scale, surface)
            other = None if known is None else str(known)
        elif rejected and k < len(view.marks) + len(view.lines):
            other = suggest_line(view.lines[k - len(view.marks)], fit, fixed, pitch, scale, surface)
        marks.append(MarkFit(name, miss, rejected, other))
    used = rows & found.kept
    if not used.any():
        return BadValue("var.errors.bundle_stranger", count=len(marks), marks=len(marks))
    rms_px = float(np.sqrt((found.misses[used] ** 2).sum(axis=1).mean()))
    k_, dist, rvec, tvec_m = unpack(theta, fixed)
    carried = carried_by_marks(covariance, system.sigma[system.columns[own]])
    return Calibration(
        view.size_px, k_, dist, rvec, tvec_m, covariance, rms_px, tuple(marks), sigma_cm, carried, surface
    )
