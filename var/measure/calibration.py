"""A posed camera: what a calibration gives, with the covariance of everything it estimated, and its JSON form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.advice import Advice
from var.measure.camera import PARAMETERS, Array, pack, rotations
from var.measure.faults import Faults
from var.measure.kinds import CALIBRATION, refuse_other
from var.measure.surface import MOST_CROWN_M, Surface, extended, read_surface

MOST_PX = 1e5
"""No picture has more pixels along a side; a focal length and a principal point are not this far beyond a picture's."""

LEAST_FOCAL, MOST_FOCAL = 0.05, 1000.0
"""Between a fisheye and a telescope: the focal length in sides of the picture, the longer one."""

FAR_CENTRES = 100.0
"""A principal point is not so many pictures away, even of the smallest crop."""

MOST_TURN_RAD = 4 * math.pi
"""A rotation vector longer than two whole turns is a slip; far beyond, its sine is noise."""

FARTHEST_CAMERA_M = 1e4
MOST_BEND, MOST_SHIFT = 100.0, 0.2
"""What each radial term, and both tangential ones, do in the picture's corner, as a share of its distance from the
middle: terms of some lenses are large and cancel each other; none is off centre by much."""

SAME_PLACE_M = 0.1
"""So far ``centre_m`` may be from where rotation and translation put the camera: both may have been rounded."""

MOST_SIGMA_BEND = 1e6
MOST_SIGMAS = np.array(
    [10.0] + [MOST_SIGMA_BEND] * 2 + [FAR_CENTRES * MOST_PX] * 2 + [MOST_TURN_RAD] * 3 + [FARTHEST_CAMERA_M] * 3
)
"""Standard deviations of ``PARAMETERS`` of which nothing at all is known."""

MOST_SAMPLES = 1e9


def other_picture(shown_px: Sequence[int], calibrated_px: Sequence[int]) -> BadValue:
    """The refusal (``other_picture``) of a picture whose size is not that of its calibration, both width and height."""
    shown, calibrated = ("x".join(map(str, size)) for size in (shown_px, calibrated_px))
    return BadValue("var.errors.other_picture", picture=shown, calibration=calibrated)


def _is_covariance(matrix: Array) -> bool:
    """Whether ``matrix`` (n, n) is symmetric without negative eigenvalues, as far as its digits tell."""
    if not np.isfinite(matrix).all():
        return True  # what is missing was noted
    return bool(np.allclose(matrix, matrix.T) and np.linalg.eigvalsh(matrix)[0] >= -1e-9 * np.abs(matrix).max())


def _refuse_absurd(
    faults: Faults, path: str, *, camera: tuple[Array, Array, Array, Array, Array], matrix: Array
) -> None:
    """Note numbers that are finite but of no camera: with them places and verdicts would overflow or mean nothing."""
    k, dist, rvec, tvec_m, size = camera
    spot = f"{path}.camera"
    faults.within(size, f"{spot}.picture_size", MOST_PX)
    side = min(float(np.abs(size).max()), MOST_PX)
    faults.within(k[:2, 2], f"{spot}.k", FAR_CENTRES * side)
    faults.within(k[[0, 1], [0, 1]], f"{spot}.k", MOST_FOCAL * side)
    if 0 < min(k[0, 0], k[1, 1]) < LEAST_FOCAL * side:
        faults.add(f"{spot}.k", "least", least=f"{LEAST_FOCAL * side:g}")
    corner = float(np.linalg.norm(np.minimum(np.abs(size), MOST_PX))) / 2 / max(float(k[0, 0]), 1.0)
    terms = np.minimum(np.abs(dist), 1e100)  # so that no product overflows
    if (terms[[0, 1, 4]] * corner ** np.array([2, 4, 6]) > MOST_BEND).any() or (terms[2:4] * corner > MOST_SHIFT).any():
        faults.add(f"{spot}.dist", "bends")
    faults.within(rvec, f"{spot}.rvec", MOST_TURN_RAD)
    faults.within(tvec_m, f"{spot}.tvec_m", FARTHEST_CAMERA_M)
    beyond = np.abs(matrix) > np.outer(MOST_SIGMAS, MOST_SIGMAS)
    for name, most, wrong in zip(PARAMETERS, MOST_SIGMAS, np.diag(beyond), strict=True):
        if wrong:
            faults.add(f"{path}.covariance.matrix", "unsure", name=name, most=f"{most:g}")
    if beyond.any() and not np.diag(beyond).any():  # more together than either alone
        faults.add(f"{path}.covariance.matrix", "covariance")


def _refuse_elsewhere(faults: Faults, camera: Mapping[str, Any], path: str, centre_m: Array) -> None:
    """Note a camera under the ground, from where left and right are exchanged, and one whose ``centre_m`` is not where
    its rotation and translation put it: then one of the three was changed by mistake."""
    if centre_m[2] <= -MOST_CROWN_M:
        faults.add(f"{path}.tvec_m", "below")
    if camera.get("centre_m") is not None:
        said_m = faults.array(camera, "centre_m", path, (3,))
        if (np.abs(said_m - centre_m) > SAME_PLACE_M).any():
            x, y, z = (f"{value:.2f}" for value in centre_m)
            faults.add(f"{path}.centre_m", "elsewhere", x=x, y=y, z=z)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a rejected mark probably shows: the pitch point that fits the click best.

    ``distance_px`` is how far that point falls from the click; ``from_corner_m`` counts from the far left corner.
    """

    name: str
    pitch_m: tuple[float, float, float]
    from_corner_m: tuple[float, float]
    distance_px: float

    def __str__(self) -> str:
        x, y, z = self.pitch_m
        along, across = self.from_corner_m
        return f"{self.name} ({x:.2f}, {y:.2f}, {z:.2f}) m [{along:.2f}, {across:.2f}]"


@dataclass(frozen=True, slots=True)
class MarkFit:
    """How well one mark fits: ``residual_px`` from the click to the model's point; None where it cannot be imaged.

    ``suggestion`` is text: a pitch point, its place in the pitch frame and, in brackets, metres from the far left
    corner.
    """

    name: str
    residual_px: float | None
    rejected: bool = False
    suggestion: str | None = None

    def document(self) -> dict[str, Any]:
        """The fit as a JSON-ready document."""
        return {
            "name": self.name,
            "residual_px": self.residual_px,
            "rejected": self.rejected,
            "suggestion": self.suggestion,
        }


@dataclass(frozen=True, slots=True)
class StripeFit:
    """A painted line found in the picture: its ``name``, at how many places, and the root mean square distance from
    there to where the camera has it, before and after, in pixels across the line."""

    name: str
    samples: int
    before_px: float
    after_px: float


@dataclass(frozen=True, slots=True)
class Refinement:
    """What looking for painted lines gave. ``reason`` is None where the camera was refined, else why it was left as
    it was; ``lines`` are those found; ``stripe_m`` is their width with ``stripe_sigma_m``, None where none was."""

    reason: str | None
    lines: tuple[StripeFit, ...]
    stripe_m: float | None
    stripe_sigma_m: float | None

    @property
    def samples(self) -> int:
        """At how many places paint was found."""
        return sum(line.samples for line in self.lines)

    def document(self) -> dict[str, Any]:
        """The refinement as a JSON-ready document."""
        return {
            "used": self.reason is None,
            "reason": self.reason,
            "lines": [
                {"name": line.name, "samples": line.samples, "before_px": line.before_px, "after_px": line.after_px}
                for line in self.lines
            ],
            "stripe_m": self.stripe_m,
            "stripe_sigma_m": self.stripe_sigma_m,
        }

    @classmethod
    def read(cls, document: Any, path: str, faults: Faults) -> Refinement | None:
        """The refinement of a document; None where it has none. Faults are noted by their path."""
        if document is None:
            return None
        if not isinstance(document, Mapping):
            faults.add(path, "object")
            return None
        lines = tuple(
            StripeFit(
                str(line.get("name")),
                int(np.nan_to_num(faults.number(line, "samples", at, 0.0, MOST_SAMPLES))),
                faults.number(line, "before_px", at, 0.0),
                faults.number(line, "after_px", at, 0.0),
            )
            for at, line in faults.items(document, "lines", path)
        )
        reason = document.get("reason")
        return cls(
            None if reason is None else str(reason),
            lines,
            faults.maybe_number(document, "stripe_m", path, 0.0),
            faults.maybe_number(document, "stripe_sigma_m", path, 0.0),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A camera found from marks.

    ``k`` (3, 3) in pixels; ``dist`` (5,) is [k1, k2, p1, p2, k3]; ``rvec`` (3,) in radians and ``tvec_m`` (3,) map
    the pitch frame to the camera; ``covariance`` (p, p) belongs to ``parameters`` (see ``camera.PARAMETERS``);
    ``rms_px`` is over the marks that were kept; ``line_sigma_cm`` holds (x, y, sigma): at that place on the ground,
    how uncertain the camera alone makes a line parallel to the goal line. ``refinement`` says what was found of the
    painted lines, None where nobody looked. ``carried`` names the parameters that the
    marks determine, the others rest on their priors; None where nobody said. With a ``surface`` the pitch has a crown,
    and every z is a height above the ground at its place. ``advice`` is for people and does not come back from a
    document.
    """

    picture_size: tuple[int, int]
    k: Array
    dist: Array
    rvec: Array
    tvec_m: Array
    covariance: Array
    rms_px: float
    marks: tuple[MarkFit, ...]
    line_sigma_cm: tuple[tuple[float, float, float], ...]
    carried: tuple[str, ...] | None = None
    surface: Surface | None = None
    advice: tuple[Advice, ...] = ()
    parameters: tuple[str, ...] = PARAMETERS
    refinement: Refinement | None = None

    @property
    def centre_m(self) -> Array:
        """Where the camera stands, shape (3,), in metres of the pitch frame."""
        return np.asarray(-rotations(self.rvec[None])[0].T @ self.tvec_m, dtype=np.float64)

    @property
    def theta(self) -> Array:
        """The camera as ``var.measure.camera`` takes it, shape (11,)."""
        return pack(self.k, self.dist, self.rvec, self.tvec_m)[0]

    @property
    def fixed(self) -> Array:
        """The distortion terms that the marks do not estimate: p1, p2, k3."""
        return pack(self.k, self.dist, self.rvec, self.tvec_m)[1]

    def lifted(self, places_m: Array) -> Array:
        """Places (n, 3) whose z is a height above the ground, as heights above the level of the touchlines."""
        return places_m if self.surface is None else self.surface.lift(places_m)

    def document(self) -> dict[str, Any]:
        """The calibration as a JSON-ready document; ``from_document`` gives the same calibration back."""
        return {
            "status": "ok",
            "code": None,
            "camera": {
                "k": self.k.tolist(),
                "dist": self.dist.tolist(),
                "rvec": self.rvec.tolist(),
                "tvec_m": self.tvec_m.tolist(),
                "centre_m": self.centre_m.tolist(),
                "picture_size": list(self.picture_size),
            },
            "covariance": {"parameters": list(self.parameters), "matrix": self.covariance.tolist()},
            "rms_px": self.rms_px,
            "marks": [mark.document() for mark in self.marks],
            "line_sigma_cm": [list(entry) for entry in self.line_sigma_cm],
        } | self._more()

    def _more(self) -> dict[str, Any]:
        """What documents did not always have, as far as it is known."""
        more: dict[str, Any] = {}
        if self.carried is not None:
            rest = [name for name in self.parameters if name not in self.carried]
            more["carried_by"] = {"marks": list(self.carried), "prior": rest}
        if self.surface is not None:
            more["surface"] = self.surface.document()
        if self.refinement is not None:
            more["refinement"] = self.refinement.document()
        if self.advice:
            more["advice"] = [advice.document() for advice in self.advice]
        return more

    @classmethod
    def from_document(cls, document: Any, path: str = "$") -> Calibration:
        """The calibration that ``document`` holds. ``path`` is where the document lies in a greater one.

        Raises ``BadValue`` for a refused calibration, naming every fault by its path for a malformed one, and
        ``OtherDocument`` for a document of another kind.
        """
        if isinstance(document, Mapping) and document.get("status") == "refused":
            raise BadValue("var.errors.refused_calibration", path=path, reason=document.get("code"))
        refuse_other(document, CALIBRATION)
        faults = Faults()
        camera, held = faults.mapping(document, "camera", path), faults.mapping(document, "covariance", path)
        spot, count = f"{path}.camera", len(PARAMETERS)
        k = faults.array(camera, "k", spot, (3, 3))
        dist = faults.array(camera, "dist", spot, (5,))
        rvec = faults.array(camera, "rvec", spot, (3,))
        tvec_m = faults.array(camera, "tvec_m", spot, (3,))
        size = faults.array(camera, "picture_size", spot, (2,))
        matrix = faults.array(held, "matrix", f"{path}.covariance", (count, count))
        _refuse_absurd(faults, path, camera=(k, dist, rvec, tvec_m, size), matrix=matrix)
        faults.refuse_any()
        _refuse_elsewhere(faults, camera, spot, -rotations(rvec[None])[0].T @ tvec_m)
        if document.get("status", "ok") != "ok":
            faults.add(f"{path}.status", "choice", choices="ok, refused")
        if held.get("parameters") not in (list(PARAMETERS), PARAMETERS):
            faults.add(f"{path}.covariance.parameters", "equal", value=", ".join(PARAMETERS))
        if not _is_covariance(matrix):
            faults.add(f"{path}.covariance.matrix", "covariance")
        square = k[0, 0] > 0 and math.isclose(k[0, 0], k[1, 1], rel_tol=1e-6)
        if not square or k[[0, 1, 2, 2], [1, 0, 0, 1]].any() or k[2, 2] != 1:
            faults.add(f"{spot}.k", "focal")
        if (size < 1).any() or (size % 1).any():
            faults.add(f"{spot}.picture_size", "whole")
        rms_px = faults.number(document, "rms_px", path, 0.0)
        marks = tuple(
            MarkFit(
                str(mark.get("name")),
                faults.maybe_number(mark, "residual_px", at, 0.0),
                mark.get("rejected") is True,
                None if mark.get("suggestion") is None else str(mark["suggestion"]),
            )
            for at, mark in faults.items(document, "marks", path)
        )
        grid = faults.rows(document.get("line_sigma_cm"), f"{path}.line_sigma_cm", 3)
        faults.within(grid[:, :2], f"{path}.line_sigma_cm", FARTHEST_CAMERA_M)
        refinement = Refinement.read(document.get("refinement"), f"{path}.refinement", faults)
        surface = read_surface(faults, document, path)
        if surface is not None and not _is_covariance(extended(matrix, surface)):
            faults.add(f"{path}.surface.covariance_with_camera", "covariance")
        carried = None
        if document.get("carried_by") is not None:
            said = faults.mapping(document, "carried_by", path).get("marks")
            if not (isinstance(said, list) and all(name in PARAMETERS for name in said)):
                faults.add(f"{path}.carried_by.marks", "choice", choices=", ".join(PARAMETERS))
            else:
                carried = tuple(name for name in PARAMETERS if name in said)
        faults.refuse_any()
        lines = tuple((float(x), float(y), float(sigma)) for x, y, sigma in grid)
        return cls(
            (int(size[0]), int(size[1])),
            k,
            dist,
            rvec,
            tvec_m,
            matrix,
            rms_px,
            marks,
            lines,
            carried,
            surface,
            refinement=refinement,
        )
