"""A straight line between two clocks from pairs of instants, some of which are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE_SIGMA = 50e-6
"""What is known of a camera's clock beforehand: quartz is good to some 50 parts in a million."""


def exact(value: float, digits: int = 9) -> Fraction:
    """``value`` as an exact number with so many decimals: nanoseconds of an offset, twelve digits of a rate."""
    return Fraction(round(value * 10**digits), 10**digits)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """``t_reference = t_clip + lag_s + drift * t_clip``. ``used`` says which pairs hold; ``scatter_s`` is the standard
    deviation of those about the line; ``covariance`` (2, 2) is that of (lag_s at ``centre_s``, drift)."""

    lag_s: float
    drift: float
    centre_s: float
    covariance: Floats
    scatter_s: float
    used: NDArray[np.bool_]

    def at(self, clip_s: float) -> float:
        """The lag at an instant of the clip."""
        return self.lag_s + self.drift * clip_s

    def sigma_s(self, *clip_s: float) -> float:
        """The standard deviation at the worst of some instants of the clip."""
        lever = np.array([[1.0, at - self.centre_s] for at in clip_s])
        return float(np.sqrt(np.einsum("ij,jk,ik->i", lever, self.covariance, lever).max()))


def line(
    clip_s: Floats,
    lag_s: Floats,
    *,
    floor_s: float,
    near_s: float,
    rate_sigma: float = RATE_SIGMA,
    weights: Floats | None = None,
) -> Line | None:
    """The line on which most pairs agree; None where no two do (of one pair: itself).

    ``near_s`` is how near a pair must lie to count in the search; then those within three standard deviations are
    fitted by least squares, with the drift held near zero by ``rate_sigma``. ``floor_s`` is the least standard
    deviation of a pair. Pairs of neighbouring windows err alike, so their number counts half.
    """
    x, y = np.asarray(clip_s, np.float64), np.asarray(lag_s, np.float64)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)
    if not len(x):
        return None
    used = _search(x, y, w, near_s, rate_sigma)
    if len(x) > 1 and used.sum() < 2:
        return None
    centre, prior = float(x[used].mean()), 1 / rate_sigma**2
    lag = drift = 0.0
    covariance, scatter = np.zeros((2, 2)), floor_s
    for _ in range(10):
        design = np.column_stack([np.ones(used.sum()), x[used] - centre])
        scaled = (w[used] / w[used].mean())[:, None] / max(scatter, floor_s) ** 2
        information = design.T @ (design * scaled) + np.diag([0.0, prior])
        lag, drift = np.linalg.solve(information, design.T @ (scaled[:, 0] * y[used]))
        covariance = np.linalg.inv(information)
        rest = y - lag - drift * (x - centre)
        spread = 1.4826 * float(np.median(np.abs(rest[used]))) if used.sum() > 3 else float(np.abs(rest[used]).max())
        scatter = max(floor_s, spread)
        again = np.abs(rest) <= max(3 * scatter, floor_s)
        if again.sum() < 2 or (again == used).all():
            break
        used = again
    halves = 2.0 if used.sum() > 3 else 1.0
    return Line(float(lag - drift * centre), float(drift), centre, covariance * halves, scatter, used)


def _search(x: Floats, y: Floats, w: Floats, near_s: float, rate_sigma: float) -> NDArray[np.bool_]:
    """Which pairs lie near the line through two of them that has most (by weight) beside it."""
    best, most = np.zeros(len(x), bool), -1.0
    rng = np.random.default_rng(len(x))
    pairs = [(i, j) for i in range(len(x)) for j in range(i, len(x))]
    if len(pairs) > 800:
        pairs = [pairs[k] for k in rng.choice(len(pairs), 800, replace=False)]
    for i, j in pairs:
        far = x[j] - x[i]
        drift = (y[j] - y[i]) / far if far > 0 else 0.0
        if abs(drift) > 6 * rate_sigma + near_s / max(far, 1e-9) * (far > 0):
            continue
        close = np.abs(y - y[i] - drift * (x - x[i])) <= near_s
        # Of two lines with as many pairs the less tilted one.
        worth = float(w[close].sum()) - 1e-3 * min(1.0, abs(drift) / (6 * rate_sigma))
        if worth > most:
            best, most = close, worth
    return best
