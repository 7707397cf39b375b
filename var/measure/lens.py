"""A camera's lens measured with a board: what is measured, what is refused, and the JSON document of it.

Method: Z. Zhang, "A flexible new technique for camera calibration", PAMI 22 (2000), as OpenCV has it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.boards import View
from var.measure.camera import Array, straighten
from var.measure.faults import Faults
from var.measure.kinds import LENS, refuse_other
from var.measure.lens_fit import TERMS, LensFit, better, fit, jackknife, without_each
from var.measure.mark import Lens

__all__ = ["NAMES", "TERMS", "MeasuredLens", "PictureFit", "coverage", "measure_lens", "read_lens"]

NAMES = ("f_px", "cx_px", "cy_px", "k1", "k2", "p1", "p2", "k3")
"""What ``MeasuredLens.sigma`` holds standard deviations of."""

LEAST_VIEWS = 5
"""Fewer pictures leave the jackknife, and the search for a wrong picture, without a footing."""

LEAST_COVERAGE = 0.3
"""Share of the picture that boards must have been in: what was never seen is extrapolated."""

LEAST_TILT_DEG = 10.0
"""Boards that are all parallel tell a focal length from a distance badly or not at all."""

OUTLIER = 3.0
"""A left out picture that misses by more than three times the median belongs to another lens or is misread. Sharp and
blurred pictures of one camera, or near and far boards, differ by a factor of two."""

WORST_RMS = 1 / 1000
"""In picture widths (2 px at 1920): flat boards and found corners miss by a tenth of it."""

SURE = 0.02
"""A focal length with a relative standard deviation beyond this helps no calibration."""

SQUARE = 0.01
"""Pixels whose sides differ by more than this, and by more than chance, are not square."""

SAME_PX = 1.0
"""Where all corners are this near to those of another picture it is the same view again, which tells nothing new."""

FOCUS = 0.003
"""How far the focal length changes from a board nearby to a pitch far off, relative: f / distance, 8 mm at 2.5 m."""


@dataclass(frozen=True, slots=True)
class PictureFit:
    """How one picture fits: ``rms_px`` over its corners, None where it was not used or cannot be imaged; ``reason`` is
    ``no_picture``, ``no_board``, ``same_view`` or ``outlier``."""

    name: str
    found: bool
    rms_px: float | None = None
    rejected: bool = False
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """The fit as a JSON-ready document."""
        return {
            "name": self.name,
            "found": self.found,
            "rms_px": self.rms_px,
            "rejected": self.rejected,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredLens:
    """A lens: ``k`` (3, 3) in pixels, ``dist`` (5,), standard deviations ``sigma`` by ``NAMES`` (0 for a term that is
    not estimated), ``rms_px`` over the kept pictures, ``pictures`` in order, ``coverage`` from 0 to 1, ``terms``."""

    k: Array
    dist: Array
    picture_size: tuple[int, int]
    sigma: dict[str, float]
    rms_px: float
    pictures: tuple[PictureFit, ...]
    coverage: float
    terms: int

    def document(self) -> dict[str, Any]:
        """The lens as a JSON-ready document; ``read_lens`` gives ``calibrate`` what it needs of it."""
        return {
            "status": "ok",
            "code": None,
            "camera": {"k": self.k.tolist(), "dist": self.dist.tolist(), "picture_size": list(self.picture_size)},
            "sigma": dict(self.sigma),
            "terms": self.terms,
            "rms_px": self.rms_px,
            "pictures": [picture.document() for picture in self.pictures],
            "coverage": self.coverage,
        }


def measure_lens(views: Sequence[View], size_px: tuple[int, int], terms: int | None = None) -> MeasuredLens:
    """The lens that saw ``views`` of a flat board in pictures of ``size_px`` (width, height).

    ``terms`` (of ``TERMS``) says how many of k1, k2, p1, p2, k3 are estimated; without it more than k1 and k2 only
    where they foretell pictures that were left out better. Pictures that do not fit the others are rejected by name.

    Raises ``BadValue``: ``lens_few_boards``, ``lens_poor_coverage``, ``lens_parallel_boards``, ``lens_inconsistent``,
    ``lens_not_square``, ``lens_unsure``, ``lens_folds``.
    """
    reasons: dict[int, str] = {}
    for index, view in enumerate(views):
        if any(_same(view, views[other]) for other in range(index) if other not in reasons):
            reasons[index] = "same_view"
    kept = [index for index in range(len(views)) if index not in reasons]
    _check(views, kept, size_px)
    outside: dict[int, float] = {}
    every = [views[index] for index in kept]
    while True:
        used = [views[index] for index in kept]
        found = fit(used, size_px, 2)
        if found is None:
            raise BadValue("var.errors.lens_parallel_boards", angle=0.0)
        values, rms = without_each(used, size_px, found)
        worst = int(np.argmax(rms))
        if not rms[worst] > OUTLIER * float(np.median(rms)):
            break
        outside[kept[worst]] = float(rms[worst])
        reasons[kept.pop(worst)] = "outlier"
        if len(kept) < LEAST_VIEWS:
            _refuse_stretched(every, size_px)
            name = views[next(iter(outside))].name
            raise BadValue("var.errors.lens_inconsistent", rms_px=found.rms_px, worst=name)
    if found.rms_px > WORST_RMS * size_px[0]:
        _refuse_stretched(every, size_px)
        raise BadValue("var.errors.lens_inconsistent", rms_px=found.rms_px, worst=used[worst].name)
    _check(views, kept, size_px)
    found, values = _with_terms(used, size_px, found, values, rms, terms)
    deviation = np.maximum(found.sigma, jackknife(values))[[0, 2, 3, 4, 5, 6, 7, 8]]
    _judge(used, size_px, found, float(deviation[0]))
    fits = dict(zip(kept, found.view_rms_px, strict=True))
    pictures = []
    for index, view in enumerate(views):
        miss = fits.get(index, outside.get(index, math.inf))
        shown = float(miss) if math.isfinite(miss) else None
        pictures.append(PictureFit(view.name, True, shown, index in reasons, reasons.get(index)))
    sigma = dict(zip(NAMES, deviation.tolist(), strict=True))
    share = coverage(used, size_px)
    return MeasuredLens(found.k, found.dist, size_px, sigma, found.rms_px, tuple(pictures), share, found.terms)


def coverage(views: Sequence[View], size_px: tuple[int, int]) -> float:
    """Share of the picture, from 0 to 1, that lies inside the outline of the corners of at least one of ``views``."""
    import cv2

    width, height = size_px
    scale = 256 / max(width, height)
    canvas = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    for view in views:
        outline = cv2.convexHull(((view.pixels + 0.5) * scale - 0.5).astype(np.float32))
        cv2.fillConvexPoly(canvas, np.round(outline).astype(np.int32), 1)
    return float(canvas.mean())


def read_lens(document: Any) -> Lens:
    """The lens in what ``touchline lens --json`` printed, as ``calibrate`` takes it.

    The focal length is made less sure by ``FOCUS``. Raises ``BadValue``: ``refused_lens``, and ``bad_document`` naming
    every fault by its path.
    """
    if isinstance(document, Mapping) and document.get("status") == "refused":
        raise BadValue("var.errors.refused_lens", reason=document.get("code"))
    refuse_other(document, LENS)
    faults = Faults()
    camera, held = faults.mapping(document, "camera", "$"), faults.mapping(document, "sigma", "$")
    k = faults.array(camera, "k", "$.camera", (3, 3))
    dist = faults.array(camera, "dist", "$.camera", (5,))
    size = faults.array(camera, "picture_size", "$.camera", (2,))
    sigma = {name: faults.number(held, name, "$.sigma", 0.0) for name in NAMES[:5]} if held else {}
    faults.refuse_any()
    square = k[0, 0] > 0 and math.isclose(k[0, 0], k[1, 1], rel_tol=1e-6)
    if not square or k[[0, 1, 2, 2], [1, 0, 0, 1]].any() or k[2, 2] != 1:
        faults.add("$.camera.k", "focal")
    if (size < 1).any() or (size % 1).any():
        faults.add("$.camera.picture_size", "whole")
    for name in ("f_px", "k1", "k2", "cx_px", "cy_px"):
        if sigma[name] == 0:
            faults.add(f"$.sigma.{name}", "positive")
    faults.refuse_any()
    return Lens(
        k,
        dist,
        (int(size[0]), int(size[1])),
        sigma_log_f=math.hypot(sigma["f_px"] / float(k[0, 0]), FOCUS),
        sigma_dist=(sigma["k1"], sigma["k2"]),
        sigma_centre_px=max(sigma["cx_px"], sigma["cy_px"]),
    )


def _same(view: View, other: View) -> bool:
    if view.places.shape != other.places.shape or (view.places != other.places).any():
        return False
    return bool(np.abs(view.pixels - other.pixels).max() < SAME_PX)


def _check(views: Sequence[View], kept: Sequence[int], size_px: tuple[int, int]) -> None:
    """Refuse pictures that cannot tell a lens, before anything is computed."""
    if len(kept) < LEAST_VIEWS:
        raise BadValue("var.errors.lens_few_boards", count=len(kept), least=LEAST_VIEWS)
    share = coverage([views[index] for index in kept], size_px)
    if share < LEAST_COVERAGE:
        raise BadValue("var.errors.lens_poor_coverage", percent=100 * share, least=100 * LEAST_COVERAGE)


def _with_terms(
    used: Sequence[View], size_px: tuple[int, int], found: LensFit, values: Array, rms: Array, terms: int | None
) -> tuple[LensFit, Array]:
    """The lens with ``terms`` terms of distortion, or with as many as the pictures carry, and ``without_each`` of
    it."""
    for more in TERMS[1:]:
        if terms not in (None, more):
            continue
        larger = fit(used, size_px, more)
        if larger is None:
            continue
        other_values, other_rms = without_each(used, size_px, larger)
        if terms == more or (terms is None and better(rms, other_rms)):
            found, values, rms = larger, other_values, other_rms
    return found, values


def _refuse_stretched(used: Sequence[View], size_px: tuple[int, int]) -> None:
    """Refuse pictures whose pixels are not square: free of each other, the focal lengths along u and v differ."""
    free = fit(used, size_px, 2, square=False)
    if free is None:
        return
    ratio = free.k[0, 0] / free.k[1, 1]  # a pixel twice as wide has half the focal length in pixels
    doubt = math.hypot(free.sigma[0], free.sigma[1]) / free.k[1, 1]
    if abs(ratio - 1) > max(SQUARE, 4 * doubt):
        raise BadValue("var.errors.lens_not_square", ratio=1 / ratio)


def _judge(used: Sequence[View], size_px: tuple[int, int], found: LensFit, sigma_f_px: float) -> None:
    """Refuse a lens that was found and is not to be relied on."""
    cosine = np.clip(found.normals @ found.normals.T, -1.0, 1.0)
    angle = math.degrees(math.acos(float(cosine.min())))
    if angle < LEAST_TILT_DEG:
        raise BadValue("var.errors.lens_parallel_boards", angle=angle)
    _refuse_stretched(used, size_px)
    if sigma_f_px > SURE * found.k[0, 0]:
        raise BadValue("var.errors.lens_unsure", percent=100 * sigma_f_px / found.k[0, 0])
    width, height = size_px
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], dtype=np.float64)
    theta = np.zeros(11)
    theta[:5] = math.log(found.k[0, 0]), found.dist[0], found.dist[1], found.k[0, 2], found.k[1, 2]
    if not np.isfinite(straighten(corners, theta, found.dist[2:5])).all():
        raise BadValue("var.errors.lens_folds")
