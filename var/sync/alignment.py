"""Two films of the same movements laid over each other: where in time they fit, and how well that is known.

A film here is a table of signals over time: a row an instant, a column a plane through both cameras
(``var.sync.rectify``) or a body point. First the lag is looked for over the whole range, then it is refined to a small
part of a frame. The refinement is least squares in small patches (a second of time, a few neighbouring planes), each
with its own gain and, where columns are neighbours in space, its own small displacement in space: calibrations are
never perfect, and a player who runs steadily is just as well explained by a displacement as by a lag. Only changes of
speed tell the two apart, and the patches are weighed by how much of that they hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from var.measure.camera import Array

GRID_S = 0.04
"""The step of the first search. What is compared there changes in some tenths of a second."""

SLOW_S = 0.5
"""Changes slower than about this are taken out: light, shade, and where people stand."""

LOUDEST = 1.8
"""An instant at which all columns together change by more than this times the usual is not trusted to be movement."""

FAR_S = 0.6
"""A second best lag closer than this to the best one is the same peak."""

LEAST_S = 0.9
"""Shorter overlaps are not compared."""

PATCH_S, PATCH_PLANES = 1.0, 10
FEWEST_PATCHES = 6
_ROUNDS = 10
_OUTLIER = 2.0  # patches farther off than this many spreads lose weight


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """``values`` (n, k) at ``times_s`` (n,), in seconds of the recording. ``sheet`` says that neighbouring columns are
    neighbours in space, so that movements pass from one to the next."""

    times_s: Array
    values: Array
    sheet: bool = True

    @property
    def step_s(self) -> float:
        """The usual time from one row to the next; infinite with fewer than two."""
        return float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else float("inf")

    @property
    def span_s(self) -> float:
        """From the first row to the last."""
        return float(self.times_s[-1] - self.times_s[0]) if len(self.times_s) else 0.0

    def between(self, from_s: float, to_s: float) -> Signals:
        """The rows from ``from_s`` up to and with ``to_s``."""
        held = (self.times_s >= from_s) & (self.times_s <= to_s)
        return Signals(self.times_s[held], self.values[held], self.sheet)

    def still(self) -> bool:
        """Whether nothing moves at all."""
        return len(self.times_s) < 2 or not bool(np.nanmax(np.std(self.values, axis=0), initial=0.0) > 1e-9)


@dataclass(frozen=True, slots=True)
class Peak:
    """The best lag of the first search: ``height`` is the correlation there (at most 1), ``second`` that of the best
    lag elsewhere, ``edge`` whether it lies at the border of what was searched."""

    offset_s: float
    height: float
    second: float
    edge: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """A refined lag: ``t_reference = offset_s + rate * t_clip`` around ``clip_s``, the middle of what was compared.

    ``scatter_s`` is the standard deviation of ``offset_s`` as the patches disagree, ``likeness`` the correlation of the
    two films there, ``halves_s`` the offsets that the earlier and the later half give.
    """

    offset_s: float
    clip_s: float
    span_s: float
    scatter_s: float
    likeness: float
    patches: int
    halves_s: tuple[float, float]


def prepared(signals: Signals) -> Signals:
    """Signals with an even step and slow changes taken out, scaled to a spread of one over all."""
    from scipy.ndimage import gaussian_filter1d

    times, values, step = signals.times_s, signals.values, signals.step_s
    gaps = np.diff(times)
    if len(gaps) and (gaps.max() > 1.3 * step or gaps.min() < 0.7 * step):  # frames of varying length
        even = np.arange(times[0], times[-1] + 1e-9, step)
        values = np.stack([np.interp(even, times, column) for column in values.T], axis=1)
        times = even
    values = values - values.mean(axis=0)
    values = values - gaussian_filter1d(values, SLOW_S / step, axis=0)
    if signals.sheet:
        values = _without_the_whole(values)
    spread = float(values.std())
    return Signals(times, values / spread if spread > 0 else values, signals.sheet)


def _without_the_whole(values: Array) -> Array:
    """``values`` without what all columns do at once, and rows in which most columns are loud at once made quieter.

    A lamp, an iris, and above all an encoder that starts anew change the whole picture. Two recordings would else be
    found to agree in their first moments, which are badly coded in both.
    """
    values = values - np.median(values, axis=1, keepdims=True)
    loud = np.abs(values).mean(axis=1)
    usual = float(np.median(loud))
    scale = np.minimum(1.0, LOUDEST * usual / np.maximum(loud, 1e-12)) ** 2
    return np.asarray(values * scale[:, None], dtype=np.float64)


def search(reference: Signals, clip: Signals, around_s: float, search_s: float) -> Peak | None:
    """The offset within ``search_s`` of ``around_s`` at which the films are most alike; None where they nowhere
    overlap for long enough or nothing moves. Correlation, normalised over the overlap of each lag."""
    from scipy.signal import fftconvolve

    if min(len(reference.times_s), len(clip.times_s)) < 3:
        return None
    a, b = _gridded(prepared(reference)), _gridded(prepared(clip))
    if a.still() or b.still():
        return None
    products = fftconvolve(a.values, b.values[::-1], axes=0).sum(axis=1)
    squares_a, squares_b = (a.values**2).sum(axis=1), (b.values**2).sum(axis=1)
    energy_a = fftconvolve(squares_a, np.ones(len(b.values)))
    energy_b = fftconvolve(np.ones(len(a.values)), squares_b[::-1])
    overlap_s = np.round(fftconvolve(np.ones(len(a.values)), np.ones(len(b.values)))) * GRID_S
    lags = (np.arange(len(products)) - (len(b.values) - 1)) * GRID_S + a.times_s[0] - b.times_s[0]
    least_s = max(LEAST_S, min(0.6 * min(a.span_s, b.span_s), 4.0))
    held = (np.abs(lags - around_s) <= search_s) & (overlap_s >= least_s)
    # A lag under which hardly anything moves says nothing, however alike the rest is.
    enough = 0.1 * np.median(energy_a), 0.1 * np.median(energy_b)
    held &= (energy_a > enough[0]) & (energy_b > enough[1])
    if not held.any():
        return None
    alike = np.full(len(lags), -1.0)
    alike[held] = products[held] / np.sqrt(energy_a[held] * energy_b[held])
    best = int(np.argmax(alike))
    far = held & (np.abs(lags - lags[best]) > FAR_S)
    second = float(alike[far].max()) if far.any() else 0.0
    places = np.flatnonzero(held)
    edge = best in (places[0], places[-1]) and abs(abs(lags[best] - around_s) - search_s) < 2 * GRID_S
    return Peak(float(lags[best]), float(alike[best]), max(second, 0.0), edge)


def _gridded(signals: Signals) -> Signals:
    from scipy.ndimage import gaussian_filter1d

    smooth = gaussian_filter1d(signals.values, 0.5 * GRID_S / signals.step_s, axis=0)
    times = np.arange(signals.times_s[0], signals.times_s[-1] + 1e-9, GRID_S)
    values = np.stack([np.interp(times, signals.times_s, column) for column in smooth.T], axis=1)
    return Signals(times, values, signals.sheet)


def refine(reference: Signals, clip: Signals, offset_s: float, rate: float = 1.0) -> Fit | None:
    """The lag near ``offset_s`` by least squares in patches; None where too few patches hold a movement that both
    films show.

    The film with the shorter step is read between its rows (cubic splines), so that a slow one is never guessed at.
    """
    from scipy.interpolate import CubicSpline
    from scipy.ndimage import gaussian_filter1d

    shared = reference.between(offset_s + rate * clip.times_s[0] - 0.5, offset_s + rate * clip.times_s[-1] + 0.5)
    if min(len(shared.times_s), len(clip.times_s)) < 10:
        return None
    films = [prepared(shared), prepared(clip)]
    slower = max(film.step_s for film in films)

    def smooth(film: Signals) -> Array:
        values = gaussian_filter1d(film.values, 0.5 * slower / film.step_s, axis=0)
        return np.asarray(gaussian_filter1d(values, 1.0, axis=1) if film.sheet else values, dtype=np.float64)

    swapped = films[1].step_s < films[0].step_s  # the clip is the finer one: it is read between rows
    fine, coarse = (films[1], films[0]) if swapped else (films[0], films[1])
    read, fixed = CubicSpline(fine.times_s, smooth(fine)), smooth(coarse)
    offset, found = offset_s, None
    for _ in range(_ROUNDS):
        times = (coarse.times_s - offset) / rate if swapped else offset + rate * coarse.times_s
        held = (times >= fine.times_s[0]) & (times <= fine.times_s[-1])
        if held.sum() * coarse.step_s < LEAST_S:
            return None
        moving, speed, b = read(times[held]), read(times[held], 1), fixed[held]
        found = _patches(moving, speed, b, times[held], slower, clip.sheet)
        if found is None:
            return None
        lags, weights, when = found
        lag = float((weights * lags).sum() / weights.sum())
        offset += -lag * rate if swapped else lag
        if abs(offset - offset_s) > FAR_S:
            return None
        if abs(lag) < 1e-6:
            break
    lags, weights, when = found if found is not None else (np.empty(0),) * 3
    scatter = float(np.sqrt(((weights * (lags - lag)) ** 2).sum()) / weights.sum())
    likeness = float((moving * b).sum() / np.sqrt((moving**2).sum() * (b**2).sum()))
    clip_times = times[held] if swapped else coarse.times_s[held]
    early = when <= np.median(when)
    halves = [float((weights * lags)[part].sum() / max(weights[part].sum(), 1e-300)) for part in (early, ~early)]
    sign = -rate if swapped else 1.0
    return Fit(
        offset_s=offset,
        clip_s=float(clip_times.mean()),
        span_s=float(clip_times[-1] - clip_times[0]),
        scatter_s=scatter * (rate if swapped else 1.0),
        likeness=likeness,
        patches=len(lags),
        halves_s=(offset + sign * halves[0], offset + sign * halves[1]),
    )


def _patches(
    moving: Array, speed: Array, b: Array, times: Array, slower_s: float, sheet: bool
) -> tuple[Array, Array, Array] | None:
    """Lag, weight and row of time of each patch that tells: ``b = gain (moving + lag speed + shift slope)``."""
    width = PATCH_PLANES if sheet else 1
    columns = moving.shape[1] // width
    row = ((times - times[0]) / PATCH_S).astype(int)
    rows = int(row.max()) + 1

    def summed(values: Array) -> Array:
        cut = values[:, : columns * width].reshape(len(values), columns, width).sum(axis=2)
        out = np.zeros((rows, columns))
        np.add.at(out, row, cut)
        return out.ravel()

    terms = [moving, speed, np.gradient(moving, axis=1)] if sheet else [moving, speed]
    normal = np.array([[summed(p * q) for q in terms] for p in terms]).transpose(2, 0, 1)
    right = np.array([summed(p * b) for p in terms]).T
    square, count = summed(b * b), summed(np.ones_like(b))
    lively = normal[:, 0, 0] > 0.05 * normal[:, 0, 0].mean()
    normal, right, square, count = normal[lively], right[lively], square[lively], count[lively]
    when = np.repeat(np.arange(rows), columns)[lively]
    if not len(normal):
        return None
    size = np.sqrt(np.einsum("nii->ni", normal).mean(axis=0))  # one unit for all terms, then a trace of ridge
    size[size == 0] = 1.0
    normal, right = normal / np.outer(size, size), right / size
    inverse = np.linalg.inv(normal + 1e-7 * np.eye(len(terms)))
    solution = np.einsum("nij,nj->ni", inverse, right)
    left = np.maximum(square - (solution * right).sum(axis=1), 1e-9 * square + 1e-300)
    solution /= size
    gain = solution[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        lags = solution[:, 1] / gain
        explained = 1 - left / square
        variance = inverse[:, 1, 1] / size[1] ** 2 * left / count * 5 / gain**2
    use = (gain > 0.2) & (gain < 5) & (np.abs(lags) < slower_s + 0.02) & (explained > 0.2)
    if use.sum() < FEWEST_PATCHES:
        return None
    lags, variance, when = lags[use], variance[use], when[use]
    weights = 1 / (variance + 0.3 * np.median(variance))
    middle, keep = float((weights * lags).sum() / weights.sum()), np.ones(len(lags))
    for _ in range(10):
        off = np.abs(lags - middle) * np.sqrt(weights)
        keep = np.minimum(1.0, _OUTLIER * 1.4826 * np.median(off) / np.maximum(off, 1e-12))
        middle = float((weights * keep * lags).sum() / (weights * keep).sum())
    return lags, weights * keep, when
