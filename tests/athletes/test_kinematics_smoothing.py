"""The filter: its cutoff and lag, short stretches refused, gaps kept, and what it does to noise."""

from __future__ import annotations

import numpy as np
import pytest

from athletes.kinematics.gains import Parts, Pass, gain, wandering
from athletes.kinematics.smoothing import Filter, smooth
from touchline.errors import BadValue

T = np.arange(300) / 60.0


def filtered(values: np.ndarray, how: Filter | None = None, t_s: np.ndarray = T):
    return smooth(t_s, values[:, None], np.ones((len(values), 1)), how or Filter())


@pytest.mark.parametrize("hz", [0.5, 6.0, 12.0])
def test_half_the_power_passes_at_the_cutoff_and_nothing_lags(hz: float) -> None:
    wave = np.sin(2 * np.pi * hz * T)
    done = filtered(wave).values[60:-60, 0]
    # Second order, twice: 1 / (1 + w^4) with w warped as the bilinear transform does, so that 1 / sqrt(2) is at 6 Hz.
    single = 6.0 / (np.sqrt(2) - 1) ** 0.25
    kept = 1 / (1 + (np.tan(np.pi * hz / 60) / np.tan(np.pi * single / 60)) ** 4)
    assert 1 / (1 + (6.0 / single) ** 4) == pytest.approx(np.sqrt(0.5))
    scale = float(done @ wave[60:-60] / (wave[60:-60] @ wave[60:-60]))
    across = float(done @ np.cos(2 * np.pi * hz * T)[60:-60])
    # The warp puts what is exact for slow waves off by 1 % at the cutoff.
    assert scale == pytest.approx(kept, abs=0.01)
    assert abs(across) < 1e-2 * 180


def test_a_stretch_shorter_than_three_paddings_is_refused_never_padded() -> None:
    assert Pass(60.0, 6.0).pad == 9
    short, enough = filtered(np.ones(26), t_s=T[:26]), filtered(np.ones(27), t_s=T[:27])
    assert np.isnan(short.values).all()
    assert short.reasons == ("too_short_to_filter",)
    assert np.allclose(enough.values, 1.0)
    assert enough.reasons == ()
    assert filtered(np.ones(1), t_s=T[:1]).reasons == ("too_short_to_filter",)


def test_a_gap_stays_and_what_is_behind_it_changes_nothing_before_it() -> None:
    random = np.random.default_rng(1)
    one = random.normal(size=300)
    one[140:150] = np.nan
    other = one.copy()
    other[150:] += 100.0
    a, b = filtered(one).values[:, 0], filtered(other).values[:, 0]
    assert np.isnan(a[140:150]).all()
    assert np.array_equal(a[:140], b[:140])
    assert np.allclose(b[150:] - a[150:], 100.0)


def test_missing_time_parts_stretches_like_missing_points() -> None:
    t_s = np.concatenate((T[:100], T[100:200] + 1.0))
    values = np.concatenate((np.zeros(100), np.full(100, 50.0)))
    assert np.allclose(filtered(values, t_s=t_s).values[:, 0], values)


def test_short_gaps_are_filled_only_when_asked_and_marked() -> None:
    wave = np.sin(2 * np.pi * 1.0 * T)
    gappy = wave.copy()
    gappy[100:103], gappy[200:215] = np.nan, np.nan
    left = filtered(gappy)
    assert np.isnan(left.values[100:103]).all()
    assert not left.filled.any()
    done = filtered(gappy, Filter(fill_gap_s=0.1))
    assert done.filled[100:103].all()
    assert done.filled.sum() == 3
    assert np.isnan(done.values[200:215]).all()
    # A cubic over 4 steps of a wave of 1 Hz is off by less than a thousandth.
    assert np.allclose(done.values[95:108, 0], filtered(wave).values[95:108, 0], atol=1e-3)
    assert np.all(done.sigma[101] > done.sigma[50])


def test_uneven_times_are_filtered_on_even_ones_and_said() -> None:
    random = np.random.default_rng(3)
    t_s = T + random.uniform(-0.15, 0.15, 300) / 60.0
    wave = np.sin(2 * np.pi * 1.5 * t_s)
    found = filtered(wave, t_s=t_s)
    assert found.reasons == ("resampled",)
    # 1.5 Hz passes a filter of 6 Hz whole (1 - 8e-6); splines between 40 samples a wave are exact to a few thousandths.
    assert np.allclose(found.values[20:-20, 0], wave[20:-20], atol=0.005)


def test_a_rate_that_does_not_carry_the_cutoff_is_refused() -> None:
    t_s = np.arange(60) / 12.0
    found = filtered(np.ones(60), t_s=t_s)
    assert found.reasons == ("rate_too_low",)
    assert np.isnan(found.values).all()


def test_settings_that_cannot_be_are_refused() -> None:
    from athletes.kinematics.settings import Settings

    for wrong in ({"cutoff_hz": 0.0}, {"fill_gap_s": 3.0}, {"treadmill_mps": -1.0}, {"facing": 2}, {"joint": "tail"}):
        with pytest.raises(BadValue):
            Settings(**wrong)


@pytest.mark.parametrize("kind", ["level", "rate", "missing"])
@pytest.mark.parametrize("slow_s", [None, 0.15])
def test_noise_comes_out_as_large_as_said_at_the_edges_too(kind: str, slow_s: float | None) -> None:
    n, draws = 60, 500
    random = np.random.default_rng(9)
    t_s = np.arange(n) / 60.0
    if slow_s is None:
        parts, noise = Parts(), random.normal(size=(n, draws))
    else:
        parts = Parts(0.0, 1.0, 0.0, slow_s)
        noise = np.linalg.cholesky(wandering(t_s, slow_s) + 1e-10 * np.eye(n)) @ random.normal(size=(n, draws))
    out = smooth(t_s, noise, np.ones((n, draws)), Filter(parts=(parts,), kind=kind))
    # A standard deviation of 500 draws is known to 3.2 %; the largest of 60 lies within 4 of these.
    assert np.allclose(out.values.std(axis=1), out.sigma[:, 0], rtol=0.13, atol=1e-6)


def test_a_constant_error_stays_in_the_level_and_leaves_the_rate() -> None:
    parts = Parts(0.0, 0.0, 1.0)
    assert np.allclose(gain(100, Pass(60.0, 6.0), parts), 1.0)
    assert np.allclose(gain(100, Pass(60.0, 6.0), parts, "rate"), 0.0)


def test_long_stretches_have_the_edges_and_the_middle_of_shorter_ones() -> None:
    low, parts = Pass(60.0, 6.0), Parts(0.5, 0.5)
    long, short = gain(400, low, parts), gain(181, low, parts)
    assert long.shape == (400,)
    assert np.array_equal(long[:90], short[:90])
    assert np.array_equal(long[-91:], short[-91:])
    assert np.allclose(long[90:310], short[90])
