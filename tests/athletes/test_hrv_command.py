"""``touchline hrv``: which intervals are corrected, what is printed, what is refused."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from beat_series import premature_beats, resting, spoiled

from athletes.hrv import Reason
from athletes.hrv_command import NUMBERS, reason_text
from touchline.cli import main

gate = importlib.import_module("athletes.hrv.gate")  # the package has a function of that name

Say = Callable[..., Any]
NORMAL = np.round(resting(700, 21))


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """The document that a command line prints."""

    def call(path: Path, *words: str) -> Any:
        assert main(["hrv", str(path), "--json", "--lang", "en", *words]) == 0
        return json.loads(capsys.readouterr().out)

    return call


def written(path: Path, intervals: np.ndarray[Any, Any], heading: str = "", form: str = "{:g}") -> Path:
    path.write_text(heading + "".join(form.format(value) + "\n" for value in intervals), "utf-8")
    return path


def test_nn_is_measured_as_given_and_rr_corrected(tmp_path: Path, say: Say) -> None:
    dirty, _ = spoiled(NORMAL, "missed", 0.01, 1)
    truth = float(np.sqrt(np.mean(np.diff(NORMAL) ** 2)))
    rr = say(written(tmp_path / "morning.txt", dirty))
    nn = say(written(tmp_path / "nn_morning.txt", dirty))
    headed = say(written(tmp_path / "headed.txt", dirty, "NNI [ms]\n"))
    assert [found["corrected"] for found in (rr, nn, headed)] == [True, False, False]
    assert [found["intervals"] for found in (rr, nn, headed)] == ["rr", "nn", "nn"]
    assert rr["rmssd_ms"] == pytest.approx(truth, rel=0.05)
    assert nn["rmssd_ms"] == headed["rmssd_ms"] > 1.5 * truth
    assert (nn["corrected_pct"], nn["found_pct"] > 0.5, 0.5 < rr["corrected_pct"] < 3) == (0, True, True)
    over, under = say(tmp_path / "nn_morning.txt", "--correct"), say(tmp_path / "morning.txt", "--no-correct")
    assert (over["corrected"], over["rmssd_ms"]) == (True, rr["rmssd_ms"])
    assert (under["corrected"], under["rmssd_ms"]) == (False, nn["rmssd_ms"])
    assert "lipponen" in rr["methods"]["correction"]
    assert "as given" in nn["methods"]["correction"]


def test_seconds_commas_and_arrays_say_the_same(tmp_path: Path, say: Say) -> None:
    expected = say(written(tmp_path / "a.txt", NORMAL))
    np.save(tmp_path / "b.npy", NORMAL.astype(np.int64))
    (tmp_path / "c.txt").write_text("".join(f"{v / 1000:.3f}\n".replace(".", ",") for v in NORMAL), "utf-8")
    for name in ("b.npy", "c.txt"):
        found = say(tmp_path / name)
        assert [found[number] for number in NUMBERS] == pytest.approx([expected[number] for number in NUMBERS])
    np.save(tmp_path / "d.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert (say(tmp_path / "d.npy")["status"], say(tmp_path / "d.npy")["rmssd_ms"]) == ("refused", None)


def test_the_method_of_the_spectrum_is_printed(tmp_path: Path, say: Say) -> None:
    path = written(tmp_path / "a.txt", NORMAL)
    welch, lomb = say(path), say(path, "--spectrum", "lomb_scargle")
    assert ("Hann 300 s" in welch["methods"]["spectrum"], "lomb" in lomb["methods"]["spectrum"]) == (True, True)
    assert welch["lf_hf"] != lomb["lf_hf"]
    assert welch["lf_hf"] == pytest.approx(welch["lf_ms2"] / welch["hf_ms2"])


def test_a_refusal_has_its_reason_and_no_number(tmp_path: Path, say: Say, fixture_path: Callable[[str], Path]) -> None:
    csv = fixture_path("polarh10_pvc_mit/polar_h10_rr.csv")
    for path in (csv, written(tmp_path / "h10.txt", premature_beats(csv))):
        found = say(path)
        assert (found["status"], found["reason"]) == ("refused", "bigeminy")
        assert all(found[number] is None for number in NUMBERS)
        assert found["beats"] == 798
        assert found["corrected_pct"] < 5
    assert say(csv, "--no-correct")["reason"] == "bigeminy"


def test_what_is_too_short_for_one_measure_is_null_with_its_reason(tmp_path: Path, say: Say) -> None:
    found = say(written(tmp_path / "a.txt", NORMAL[:150]))
    assert (found["status"], found["reason"], found["lf_ms2"]) == ("ok", None, None)
    assert found["dfa_alpha1"] is not None
    assert found["reasons"]["spectrum"]["code"] == "too_short"
    assert say(written(tmp_path / "b.txt", NORMAL[:50]))["reason"] == "too_short"


def test_the_reference_series_through_the_command(say: Say, fixture_path: Callable[[str], Path]) -> None:
    found = say(fixture_path("nni_pyhrv_bsd/SampleNNISeriesShort.npy"))
    assert (found["beats"], found["corrected"], f"{found['pnn50_pct']:.4f}") == (337, False, "48.5119")
    assert found["lf_hf"] == pytest.approx(0.29, abs=0.01)  # five minutes less one interval are five minutes


def test_a_run_is_named_exercise_and_alpha_runs_along(
    tmp_path: Path, say: Say, fixture_path: Callable[[str], Path]
) -> None:
    found = say(fixture_path("fit_mit/garmin-fenix-5-run.fit"))
    assert (found["beats"], found["situation"]["is"]) == (113, "exercise")
    assert found["reason"] == "too_many_corrected"
    along = say(written(tmp_path / "a.txt", resting(900, 3, 500)), "--running")
    assert along["situation"]["why"] == "fast_heart"
    assert len(along["running"]["at_s"]) == len(along["running"]["alpha1"]) > 20
    assert along["running"]["experimental"] is True


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_code_of_the_gate_has_words(lang: str) -> None:
    values = dict.fromkeys(re.findall(r'"(\w+)": ', inspect.getsource(gate)), 1.5)
    codes = re.findall(r'Reason\("(\w+)"', inspect.getsource(gate))
    assert len(set(codes)) == 12
    for code in codes:
        for part in ("detail", "hint"):
            said = reason_text(Reason(code, values), part, lang)
            assert len(said) > 20
            assert not said.startswith("athletes.")
            assert "{" not in said


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_answer_and_the_refusal_are_said_in_words(
    lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.txt", NORMAL)
    assert main(["hrv", str(path), "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert ("RMSSD" in said, "DFA alpha 1" in said, "Hann 300 s" in said, "athletes." in said) == (
        True,
        True,
        True,
        False,
    )
    written(path, np.tile([700.0, 950.0], 200))
    assert main(["hrv", str(path), "--lang", lang]) == 0
    assert {"vi": "xen kẽ", "en": "alternate"}[lang] in capsys.readouterr().out
