"""Heart-rate variability of a day of beats beside NeuroKit2: time of each part, and the ratio, in one run.

The beats are simulated (seeded), with 1 % artefacts. Each part is given the same input by both; of several rounds the
fastest counts. NeuroKit2 is asked only for what Touchline computes too (its nonlinear measures take minutes).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from athletes.hrv import Beats, analyse, beats, classify, correct, dfa, ectopy, poincare, running_dfa, spectrum
from athletes.hrv.time_domain import time_domain

Values = np.ndarray[Any, np.dtype[np.float64]]


def day(count: int, seed: int) -> Values:
    """Simulated RR intervals in ms, shape about (count,): day and night, breathing, noise, and 1 % artefacts."""
    rng = np.random.default_rng(seed)
    at = np.arange(count)
    noise = np.convolve(rng.normal(0.0, 12.0, count + 8), np.full(8, 1 / np.sqrt(8)), "valid")[:count]
    nn = 840 + 140 * np.sin(2 * np.pi * at / count) + 28 * np.sin(1.45 * at) + 22 * np.sin(0.55 * at) + noise
    times = np.concatenate(([0.0], np.cumsum(nn)))
    wrong = np.sort(rng.choice(np.arange(10, count - 10, 7), count // 100, replace=False))
    early, missed, extra = wrong[0::3], wrong[1::3], wrong[2::3]
    times[early] -= 0.3 * (times[early] - times[early - 1])
    new = times[extra] + 0.45 * (times[extra + 1] - times[extra])
    return np.round(np.diff(np.sort(np.append(np.delete(times, missed), new))))


def fastest(call: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest of ``rounds``."""
    found = []
    for _ in range(rounds):
        begin = time.perf_counter()
        call()
        found.append(time.perf_counter() - begin)
    return min(found)


def spoiled(nn: Values, kind: str, share: float, rng: np.random.Generator) -> Values:
    """``nn`` with artefacts of a kind at a share of the beats, apart from each other."""
    times = np.concatenate(([0.0], np.cumsum(nn)))
    chosen = np.sort(rng.choice(np.arange(6, times.size - 6), int(share * times.size), replace=False))
    at = chosen[np.diff(chosen, prepend=-9) > 4]
    if kind == "missed":
        return np.diff(np.delete(times, at))
    if kind == "extra":
        new = times[at] + (times[at + 1] - times[at]) * rng.uniform(0.35, 0.65, at.size)
        return np.diff(np.sort(np.append(times, new)))
    times[at] -= 0.3 * (times[at] - times[at - 1])
    return np.diff(times)


def splined(series: Beats) -> Values:
    """What the paper does: intervals that a correction made and the ones before them, by a cubic spline of the rest."""
    from scipy.interpolate import CubicSpline

    mended = correct(series)
    made = mended.made.copy()
    made[:-1] |= made[1:]
    place, out = np.arange(made.size), mended.beats.ms.copy()
    out[made] = CubicSpline(place[~made], out[~made])(place[made])
    return out


def truth(fixtures: Path | None, trials: int) -> dict[str, Any]:
    """By how many percent RMSSD is off after the correction: mean, and the largest size, of some trials each."""
    import neurokit2

    rng = np.random.default_rng(11)
    at = np.arange(3000)
    noise = np.convolve(rng.normal(0.0, 12.0, 3008), np.full(8, 1 / np.sqrt(8)), "valid")[:3000]
    series = {"simulated": 900 + 28 * np.sin(1.45 * at) + 22 * np.sin(0.55 * at) + noise}
    if fixtures is not None and (path := fixtures / "nni_pyhrv_bsd" / "SampleNNISeriesLong.npy").exists():
        series["recorded, 4684 beats"] = np.load(path).astype(float)
    found: dict[str, Any] = {}
    for name, nn in series.items():
        true = rmssd(nn)
        for kind, share in [("none", 0.0), *((k, s) for k in ("missed", "extra", "premature") for s in (0.01, 0.03))]:
            off: dict[str, list[float]] = {"as it is": [], "touchline": [], "neurokit2": [], "splined": []}
            for _ in range(trials if share else 1):
                rr_ms = spoiled(nn, kind, share, rng) if share else nn
                peaks = np.round(np.concatenate(([0.0], np.cumsum(rr_ms))) * 1000).astype(np.int64)
                _, clean = neurokit2.signal_fixpeaks(peaks, sampling_rate=1_000_000, method="kubios")
                ways = (rr_ms, correct(beats(rr_ms)).beats.ms, np.diff(clean) / 1000, splined(beats(rr_ms)))
                for way, ms in zip(off.values(), ways, strict=True):
                    way.append(100 * (rmssd(ms) / true - 1))
            told = {way: {"mean": float(np.mean(v)), "largest": float(np.max(np.abs(v)))} for way, v in off.items()}
            found[f"{name}: {kind} {100 * share:g} %"] = told
    return found


def rmssd(ms: Values) -> float:
    """RMSSD in ms."""
    return float(np.sqrt(np.mean(np.diff(ms) ** 2)))


def main() -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--beats", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--truth", action="store_true", help="how far RMSSD is off after the correction, instead")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--fixtures", type=Path, help="where the recorded series lies")
    args = parser.parse_args()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import neurokit2
    except ImportError:
        print("skipped: needs neurokit2 (a dependency of the tests)")
        return 0
    warnings.simplefilter("ignore")
    if args.truth:
        print(json.dumps(truth(args.fixtures, args.trials), indent=1))
        return 0
    rr_ms = day(args.beats, seed=1)
    series = beats(rr_ms)
    nn: Beats = correct(series).beats
    peaks = np.concatenate(([0], np.cumsum(rr_ms))).astype(np.int64)
    clean = np.concatenate(([0], np.cumsum(np.round(nn.ms)))).astype(np.int64)
    scales = np.arange(4, 17)

    def fixed(iterative: bool) -> Any:
        return neurokit2.signal_fixpeaks(peaks, sampling_rate=1000, method="kubios", iterative=iterative)

    def psd() -> Any:
        return neurokit2.hrv_frequency(clean, sampling_rate=1000, interpolation_rate=4, psd_method="welch")

    parts: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "classification, one pass": (lambda: classify(rr_ms), lambda: fixed(False)),
        "correction, iterative": (lambda: correct(series), lambda: fixed(True)),
        "time domain and Poincare": (
            lambda: (time_domain(nn), poincare(nn)),
            lambda: neurokit2.hrv_time(clean, sampling_rate=1000),
        ),
        "Welch spectrum": (lambda: spectrum(nn), psd),
        "DFA alpha 1": (lambda: dfa(nn), lambda: neurokit2.fractal_dfa(nn.ms, scale=scales)),
    }
    found: dict[str, Any] = {}
    for name, (ours, theirs) in parts.items():
        ours()  # imports
        mine = fastest(ours, args.rounds)
        other = fastest(theirs, 1 if args.beats > 20_000 else args.rounds)
        found[name] = {"touchline_s": mine, "neurokit2_s": other, "ratio": other / mine}
        print(f"{name}: {mine:.3f} s, {other:.3f} s", file=sys.stderr)
    mine, other = (sum(part[who] for part in list(found.values())[1:]) for who in ("touchline_s", "neurokit2_s"))
    found["all but the single pass"] = {"touchline_s": mine, "neurokit2_s": other, "ratio": other / mine}
    found["analyse, with the gate"] = {
        "touchline_s": fastest(lambda: analyse(series, correct_artefacts=True), args.rounds)
    }
    found["alpha 1 along the day, every 10 s"] = {"touchline_s": fastest(lambda: running_dfa(nn), args.rounds)}
    told, mine_found = fixed(False)[0], classify(rr_ms)
    differ = sum(
        len(set(told[kind]) ^ set(getattr(mine_found, kind).tolist()))
        for kind in ("ectopic", "missed", "extra", "longshort")
    )
    alphas = dfa(nn), float(neurokit2.fractal_dfa(nn.ms, scale=scales)[0])
    document = {
        "beats": int(rr_ms.size),
        "seed": 1,
        "origin": "simulated",
        "premature_pct": ectopy(series).premature_pct,
        "corrected_pct": correct(series).share_pct,
        "artefacts": mine_found.count,
        "classified_differently": differ,
        "dfa_difference": abs(alphas[0] - alphas[1]),
        "neurokit2": neurokit2.__version__,
        "parts": found,
    }
    print(json.dumps(document, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
