"""Heart-rate variability beside NeuroKit2 (here) and pyHRV (figures in a file), and against the reference values."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from beat_series import premature_beats, resting, spoiled
from hrv_oracle import FIGURES, waves

from athletes.hrv import Kind, analyse, beats, classify, correct, dfa, poincare, time_domain
from athletes.hrv.rolling import median, quartiles

ORACLES: dict[str, Any] = json.loads(FIGURES.read_text("utf-8"))
SERIES = ("waves", "short", "long")
Find = Callable[[str], Path]


@pytest.fixture(scope="module")
def neurokit() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2

    return neurokit2


def intervals(name: str, fixture_path: Find) -> np.ndarray[Any, Any]:
    if name == "waves":
        return waves()
    return np.load(fixture_path(f"nni_pyhrv_bsd/SampleNNISeries{name.capitalize()}.npy")).astype(float)


def theirs(neurokit: ModuleType, rr_ms: np.ndarray[Any, Any], *, iterative: bool) -> tuple[dict[str, list[int]], Any]:
    """NeuroKit2's artefacts, in microseconds so that its rounding of beat times to whole samples decides nothing."""
    peaks = np.round(np.concatenate(([0.0], np.cumsum(rr_ms))) * 1000).astype(np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        info, clean = neurokit.signal_fixpeaks(peaks, sampling_rate=1_000_000, method="kubios", iterative=iterative)
    return {kind.value: [int(beat) for beat in info[kind.value]] for kind in Kind}, np.diff(clean) / 1000.0


def ours(rr_ms: np.ndarray[Any, Any]) -> dict[str, list[int]]:
    found = classify(rr_ms)
    return {kind.value: getattr(found, kind.value).tolist() for kind in Kind}


# ------------------------------------------------------------------ artefacts


@pytest.mark.parametrize("name", ["short", "long", "premature"])
def test_real_series_are_classified_as_neurokit_does(name: str, neurokit: ModuleType, fixture_path: Find) -> None:
    if name == "premature":
        rr_ms = premature_beats(fixture_path("polarh10_pvc_mit/polar_h10_rr.csv"))
    else:
        rr_ms = intervals(name, fixture_path)
    once, _ = theirs(neurokit, rr_ms, iterative=False)
    assert ours(rr_ms) == once
    assert sum(map(len, once.values())) >= 5


@pytest.mark.parametrize("seed", range(8))
def test_spoiled_series_are_classified_as_neurokit_does_before_and_after_their_correction(
    seed: int, neurokit: ModuleType
) -> None:
    rng = np.random.default_rng(seed)
    rr_ms = np.round(resting(int(rng.integers(40, 700)), seed))
    for kind in ("missed", "extra", "ectopic"):
        rr_ms, _ = spoiled(rr_ms, kind, 0.01 + 0.01 * rng.random(), seed)
    rr_ms = np.round(rr_ms, 3)
    once, _ = theirs(neurokit, rr_ms, iterative=False)
    assert ours(rr_ms) == once
    mended = np.round(correct(beats(rr_ms)).beats.ms, 3)
    again, _ = theirs(neurokit, mended, iterative=False)
    assert ours(mended) == again


def test_premature_beats_are_mended_better_than_by_moving_one_beat_after_the_other(neurokit: ModuleType) -> None:
    normal = resting(3000, 1)
    truth = float(np.sqrt(np.mean(np.diff(normal) ** 2)))
    rr_ms, _ = spoiled(normal, "ectopic", 0.01, 0)
    _, clean = theirs(neurokit, rr_ms, iterative=True)
    mended = correct(beats(rr_ms)).beats.ms
    mine, other = (float(np.sqrt(np.mean(np.diff(ms) ** 2))) / truth - 1 for ms in (mended, clean))
    assert abs(mine) < 0.02
    assert other > 0.1


def test_a_window_that_moves_is_cut_at_the_ends_as_pandas_does() -> None:
    import pandas as pd

    for size in (3, 11, 90, 91, 92, 400):
        values = np.random.default_rng(size).normal(size=size)
        rolling = pd.Series(values).rolling(91, center=True, min_periods=1)
        first, third = quartiles(values, 91)
        assert np.allclose(first, rolling.quantile(0.25), rtol=0, atol=1e-14)
        assert np.allclose(third, rolling.quantile(0.75), rtol=0, atol=1e-14)
        small = pd.Series(values).rolling(11, center=True, min_periods=1).median()
        assert np.allclose(median(values, 11), small, rtol=0, atol=1e-14)


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("value", ["mean_nn_ms", "sdnn_ms", "rmssd_ms"])
def test_where_the_oracles_agree_so_do_we(name: str, value: str, fixture_path: Find) -> None:
    told = ORACLES["series"][name]
    assert told["pyhrv"][value] == pytest.approx(told["neurokit2"][value], abs=1e-6)
    mine = getattr(time_domain(beats(intervals(name, fixture_path))), value)
    assert mine == pytest.approx(told["pyhrv"][value], abs=1e-6)


@pytest.mark.parametrize("name", SERIES)
def test_where_they_disagree_the_convention_of_decision_21_is_taken(name: str, fixture_path: Find) -> None:
    told, nn = ORACLES["series"][name], intervals(name, fixture_path)
    series = beats(nn)
    for value in ("pnn50_pct", "sd1_ms", "sd2_ms", "dfa_alpha1"):
        assert abs(told["pyhrv"][value] - told["neurokit2"][value]) > 1e-3
    assert time_domain(series).pnn50_pct == pytest.approx(told["pyhrv"]["pnn50_pct"], abs=1e-6)
    axes = poincare(series)
    assert axes.sd1_ms == pytest.approx(told["neurokit2"]["sd1_ms"], abs=1e-6)
    assert axes.sd2_ms == pytest.approx(np.sqrt(2 * nn.var(ddof=1) - np.diff(nn).var(ddof=1) / 2), abs=1e-9)
    assert dfa(series) == pytest.approx(told["neurokit2"]["dfa_alpha1"], abs=1e-6)


@pytest.mark.parametrize("name", SERIES)
def test_lf_hf_is_where_the_other_welch_estimates_are(name: str, fixture_path: Find) -> None:
    found = analyse(intervals(name, fixture_path), correct_artefacts=False)
    assert found.spectrum is not None
    welch = [told["welch_lf_hf"] for told in ORACLES["series"][name].values()]
    assert 0.85 * min(welch) < found.spectrum.lf_hf < 1.15 * max(welch)


def test_neurokit_of_today_says_what_the_figures_say(neurokit: ModuleType) -> None:
    nn = waves()
    assert neurokit.__version__ == ORACLES["versions"]["neurokit2"]
    alpha = neurokit.fractal_dfa(nn, scale=np.arange(4, 17))[0]
    assert alpha == pytest.approx(ORACLES["series"]["waves"]["neurokit2"]["dfa_alpha1"], abs=1e-9)
    assert dfa(beats(nn)) == pytest.approx(alpha, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("short", (337, "888.9555", "95.6904", "101.3006", "48.5119", "71.7372", "114.7478")),
        ("long", (4684, "768.4383", "85.3572", "60.5235", "28.5714", "42.8011", "112.8706")),
    ],
)
def test_the_reference_values_to_every_printed_digit(name: str, expected: tuple[Any, ...], fixture_path: Find) -> None:
    found = analyse(intervals(name, fixture_path), correct_artefacts=False)
    assert found.status == "ok"
    time, axes = found.time, found.poincare
    assert time is not None
    assert axes is not None
    numbers = (time.mean_nn_ms, time.sdnn_ms, time.rmssd_ms, time.pnn50_pct, axes.sd1_ms, axes.sd2_ms)
    assert (found.recorded.count, *(f"{number:.4f}" for number in numbers)) == expected
