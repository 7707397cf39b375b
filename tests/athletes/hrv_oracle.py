"""Figures of other libraries for ``test_hrv_oracles.py``, written to ``hrv_oracle.json`` beside this file.

pyHRV is in no environment of the project. Run this in one of its own::

    python -m venv oracle && oracle/bin/pip install pyhrv==0.5.0 neurokit2==0.3.0 peakutils
    oracle/bin/python tests/athletes/hrv_oracle.py ../shared/fixtures/nni_pyhrv_bsd
"""

from __future__ import annotations

import json
import platform
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

FIGURES = Path(__file__).with_name("hrv_oracle.json")
COMMAND = "python tests/athletes/hrv_oracle.py ../shared/fixtures/nni_pyhrv_bsd"


def waves(beats: int = 600) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Simulated normal intervals, shape (beats,), in ms: waves of breathing and of blood pressure, and a slow drift,
    with nothing random in them, so that every environment gets the same ones."""
    k = np.arange(beats)
    slow = 30 * np.sin(0.011 * k) + 18 * np.sin(0.53 * k + 0.4)
    return np.asarray(np.round(850 + slow + 35 * np.sin(1.31 * k) + 9 * np.sin(2.77 * k * (1 + 0.0003 * k)), 3))


def figures(nn: np.ndarray[Any, Any]) -> dict[str, dict[str, float]]:
    """What both libraries say of ``nn``."""
    import neurokit2
    import pyhrv.frequency_domain as frequency
    import pyhrv.nonlinear as nonlinear
    import pyhrv.time_domain as time

    differences = time.nn50(nn)
    axes = nonlinear.poincare(nn, show=False)
    welch = frequency.welch_psd(nn, mode="dev")[0]
    lomb = frequency.lomb_psd(nn, mode="dev")[0]
    dfa = nonlinear.dfa(nn, mode="dev")
    ours = {
        "mean_nn_ms": float(time.nni_parameters(nn)["nni_mean"]),
        "sdnn_ms": float(time.sdnn(nn)["sdnn"]),
        "rmssd_ms": float(time.rmssd(nn)["rmssd"]),
        "pnn50_pct": float(differences["pnn50"]),
        "sd1_ms": float(axes["sd1"]),
        "sd2_ms": float(axes["sd2"]),
        "dfa_alpha1": float(dfa["dfa_alpha1"]),
        "welch_lf_hf": float(welch["fft_ratio"]),
        "lomb_lf_hf": float(lomb["lomb_ratio"]),
    }
    peaks = np.round(np.concatenate(([0.0], np.cumsum(nn))) * 1000).astype(np.int64)
    told = neurokit2.hrv(peaks, sampling_rate=1_000_000).iloc[0]
    theirs = {
        "mean_nn_ms": told["HRV_MeanNN"],
        "sdnn_ms": told["HRV_SDNN"],
        "rmssd_ms": told["HRV_RMSSD"],
        "pnn50_pct": told["HRV_pNN50"],
        "sd1_ms": told["HRV_SD1"],
        "sd2_ms": told["HRV_SD2"],
        "dfa_alpha1": neurokit2.fractal_dfa(nn.astype(float), scale=np.arange(4, 17))[0],
        "welch_lf_hf": told["HRV_LFHF"],
    }
    return {"pyhrv": ours, "neurokit2": {name: float(value) for name, value in theirs.items()}}


def main() -> None:
    """Write the figures of the simulated series and of the recordings in the folder that is named."""
    import matplotlib as mpl

    mpl.use("Agg")
    # nolds 0.6.3 cannot load its sample data on Python 3.11; none of them is needed here
    names = ("brown72", "tent_map", "logistic_map", "fbm", "fgn", "qrandom", "load_qrandom", "load_financial")
    sys.modules["nolds.datasets"] = types.ModuleType("nolds.datasets")
    sys.modules["nolds.datasets"].__dict__.update(dict.fromkeys(names), __getattr__=lambda name: None)
    import neurokit2
    import nolds
    import pyhrv
    import scipy

    folder = Path(sys.argv[1])
    series = {
        "waves": waves(),
        "short": np.load(folder / "SampleNNISeriesShort.npy"),
        "long": np.load(folder / "SampleNNISeriesLong.npy"),
    }
    versions = {
        "pyhrv": pyhrv.__version__,
        "neurokit2": neurokit2.__version__,
        "nolds": getattr(nolds, "__version__", "0.6.3"),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
    }
    document = {"command": COMMAND, "versions": versions, "series": {name: figures(nn) for name, nn in series.items()}}
    FIGURES.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
