"""Calibrations whose errors hang together: pictures that were calibrated in one bundle, or followed from one picture.

An error that two pictures share does not shrink by looking at both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from touchline.errors import BadValue
from var.measure.calibration import Calibration
from var.measure.camera import PARAMETERS, Array
from var.measure.sight import STATE, root, root_of, state_covariance

EACH = len(PARAMETERS)
AGREES = 1e-3
"""A calibration's own covariance and its block of the joint one may differ by so much of their standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Calibrations of a scene that share errors, each named once.

    ``covariance`` is that of all their parameters: eleven rows (``camera.PARAMETERS``) a view in the order of
    ``views``, then one for the crown of the pitch, (11 n + 1, 11 n + 1). None says that it is not known how they hang
    together, only that they come from one calibration: here all err then alike (``offside.measure`` also asks what
    becomes of the interval if they do not).

    Raises ``BadValue``: ``bad_together`` for a view named twice, or a covariance of another shape, not finite, not
    symmetric, or that no errors can have.
    """

    views: tuple[str, ...]
    covariance: Array | None = None

    def __post_init__(self) -> None:
        names = ", ".join(self.views)
        if len(set(self.views)) < len(self.views):
            raise BadValue("var.errors.bad_together", views=names)
        if self.covariance is None:
            return
        size = EACH * len(self.views) + 1
        if self.covariance.shape != (size, size) or not np.isfinite(self.covariance).all():
            raise BadValue("var.errors.bad_together", views=names)
        spread = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        scale = np.where(spread > 0, spread, 1.0)
        scaled = self.covariance / scale[:, None] / scale
        if np.abs(scaled - scaled.T).max() > AGREES or float(np.linalg.eigvalsh(scaled).min()) < -AGREES:
            raise BadValue("var.errors.bad_together", views=names)

    def own(self, view: str) -> Array:
        """The covariance (12, 12) of one view's parameters and the crown. Only with a joint covariance."""
        return self._states([view])

    def agrees(self, view: str, calibration: Calibration) -> bool:
        """Whether the joint covariance says of ``view`` what its calibration says itself."""
        if self.covariance is None:
            return True
        said = state_covariance(calibration)
        spread = np.sqrt(np.maximum(np.diag(said), 1e-300))
        return bool((np.abs(self.own(view) - said) <= AGREES * spread[:, None] * spread).all())

    def roots(self, views: Sequence[str], calibrations: Mapping[str, Calibration]) -> dict[str, Array]:
        """For each of ``views``, all of them named here, a matrix (12, k) over the same k independent unit errors: the
        product of two, one transposed, is the covariance between their states."""
        if self.covariance is None:
            return {view: _alike(calibrations[view]) for view in views}
        joint = root_of(self._states(views))
        return {view: joint[STATE * i : STATE * i + STATE] for i, view in enumerate(views)}

    def _states(self, views: Sequence[str]) -> Array:
        """The covariance (12 n, 12 n) of states, each with its own row of the one crown."""
        assert self.covariance is not None
        last = len(self.covariance) - 1
        rows = [[*range(EACH * self.views.index(view), EACH * self.views.index(view) + EACH), last] for view in views]
        at = np.concatenate(rows)
        return np.asarray(self.covariance[np.ix_(at, at)])


def _alike(calibration: Calibration) -> Array:
    """The symmetric root (12, 12) of a state's covariance: with equal unit errors, neighbouring pictures err alike."""
    covariance = state_covariance(calibration)
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    values, vectors = np.linalg.eigh(covariance / scale[:, None] / scale)
    return np.asarray(scale[:, None] * ((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T), dtype=np.float64)


def unit_errors(
    views: Sequence[str], calibrations: Mapping[str, Calibration], together: Sequence[Together]
) -> tuple[dict[str, slice], dict[str, Array], int]:
    """The independent unit errors behind the states of ``views``: which of them move each view, by which matrix
    (12, k), and how many there are in all."""
    at: dict[str, slice] = {}
    roots: dict[str, Array] = {}
    size = 0
    for group in _groups(views, together):
        found = group.roots(group.views, calibrations) if len(group.views) > 1 else None
        if found is None:
            found = {view: root(calibrations[view]) for view in group.views}
        width = next(iter(found.values())).shape[1]
        roots |= found
        at |= dict.fromkeys(found, slice(size, size + width))
        size += width
    return at, roots, size


def _groups(views: Sequence[str], together: Sequence[Together]) -> list[Together]:
    """``views`` as they hang together, each in one group; those of which nothing is said are alone."""
    groups, left = [], list(views)
    for known in together:
        own = tuple(view for view in left if view in known.views)
        if not own:
            continue
        left = [view for view in left if view not in own]
        groups.append(_part(known, own))
    return groups + [Together((view,)) for view in left]


def _part(known: Together, views: tuple[str, ...]) -> Together:
    """What ``known`` says of some of its views."""
    if known.covariance is None:
        return Together(views)
    at = [EACH * known.views.index(view) + row for view in views for row in range(EACH)] + [len(known.covariance) - 1]
    return Together(views, known.covariance[np.ix_(at, at)])
