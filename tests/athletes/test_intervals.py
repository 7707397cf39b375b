"""Lists of RR and NN intervals: units told apart and said, array files, impossible beats."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_files import NOW, attempt

from athletes.hrv import analyse_recording
from athletes.importers import Imported, read
from athletes.importers.beat_times import BeatMessage, timed
from athletes.intake import document_of
from touchline.errors import BadFile, BadValue

RR = [812.0, 803.0, 799.0, 805.0, 811.0, 790.0]


def beats(text: str | bytes, name: str = "x.txt", **how: object) -> Imported:
    found = read(text.encode() if isinstance(text, str) else text, name, now=NOW, **how)  # type: ignore[arg-type]
    assert isinstance(found, Imported)
    return found


def of(found: Imported) -> list[float]:
    assert found.recording.rr_ms is not None
    return [round(value, 6) for value in found.recording.rr_ms.tolist()]


def unit(found: Imported) -> tuple[str, str]:
    (note,) = [note for note in found.notes if note.code == "interval_unit"]
    return note.params["unit"], note.params["told"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("".join(f"{value:.0f}\n" for value in RR), ("ms", "size")),
        ("".join(f"{value / 1000}\n" for value in RR), ("s", "size")),
        ("".join(f"{value / 1000:.3f}\n".replace(".", ",") for value in RR), ("s", "size")),
        ("".join(f"{value:.0f},\r\n" for value in RR), ("ms", "size")),
        ("RR (ms)\n" + "".join(f"{value:.0f}\n" for value in RR), ("ms", "said")),
        ("# RR intervals in 1/1024 s\n" + "".join(f"{value * 1.024}\n" for value in RR), ("1/1024 s", "said")),
        ("RR intervals [s]\n" + "".join(f"{value / 1000}\n" for value in RR), ("s", "said")),
        ("".join(f"{value:.0f} ms\n" for value in RR), ("ms", "size")),
        ("\ufeff" + "".join(f"{value:.0f}\n" for value in RR), ("ms", "size")),
    ],
)
def test_units_are_told_apart_and_said(text: str, told: tuple[str, str]) -> None:
    found = beats(text)
    assert of(found) == RR
    assert unit(found) == told
    assert (found.status, found.recording.series, found.recording.rr_end_s) == ("ok", (), None)
    assert found.recording.duration_s == pytest.approx(4.82)


def test_who_knows_the_unit_says_it() -> None:
    text = "".join(f"{value * 1.024}\n" for value in RR)
    assert of(beats(text, rr_unit="1/1024 s")) == RR
    with pytest.raises(BadValue) as refusal:
        beats(text, rr_unit="parsec")
    assert refusal.value.name == "bad_interval_unit"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("x.txt", "", "rr"),
        ("x.txt", "NN intervals\n", "nn"),
        ("morning_nn.txt", "", "nn"),
        ("RUNNING.txt", "", "rr"),
        ("SampleNNISeries.txt", "", "nn"),
    ],
)
def test_nn_is_told_from_rr(name: str, text: str, kind: str) -> None:
    assert beats(text + "".join(f"{value}\n" for value in RR), name).recording.kind == kind


@pytest.mark.parametrize("text", ["70\n71\n72\n70\n", "1500000\n1600000\n1500000\n"])
def test_other_numbers_are_no_intervals(text: str) -> None:
    with pytest.raises(BadFile) as refusal:
        beats(text)
    assert refusal.value.name == "interval_unit_unknown"
    assert "{" not in refusal.value.detail("vi") + refusal.value.hint("en")


def test_impossible_beats_leave_a_gap_where_they_stood() -> None:
    found = beats("800\n810\n9050\n805\n")
    assert of(found) == [800, 810, 805]
    assert [(repair.code, repair.params["count"]) for repair in found.repairs] == [("impossible_beats", 1)]
    assert found.recording.rr_end_s is not None
    np.testing.assert_allclose(found.recording.rr_end_s, [0, 0.81, 10.665], atol=0.81)
    steps = np.diff(found.recording.rr_end_s) - np.array(of(found)[1:]) / 1000
    np.testing.assert_allclose(steps, [0, 9.05], atol=1e-9)


def test_bad_lines_are_named_or_too_many() -> None:
    found = beats("".join("800\n" for _ in range(20)) + "trưa\n")
    assert [(repair.code, repair.params["faults"]) for repair in found.repairs] == [("bad_lines", "21: 'trưa'")]
    with pytest.raises(BadFile) as refusal:
        beats("800\n801\n802\n803\nx\ny\n804\n805\n806\nz\n807\n")
    assert refusal.value.name in ("bad_lines", "not_a_training_file")


def test_elite_hrv_names_its_files_by_their_start() -> None:
    found = beats("".join(f"{value}\n" for value in RR), "2026-01-17 06-47-13.txt", zone=timezone(timedelta(hours=7)))
    assert found.recording.start == datetime(2026, 1, 16, 23, 47, 13, tzinfo=UTC)
    assert "start_from_name" in [note.code for note in found.notes]


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def test_array_files_are_read_without_executing_anything() -> None:
    for array in (
        np.array(RR),
        np.array([RR]),
        np.array(RR)[:, None],
        np.array(RR, dtype=np.int32),
        np.array(RR) / 1000,
    ):
        assert of(beats(npy(array), "x.npy")) == pytest.approx(RR)
    objects = io.BytesIO()
    np.save(objects, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    claims = npy(np.array(RR)).replace(b"(6,)", b"(6000000000000,)"[:16].ljust(4))
    for data in (
        objects.getvalue(),
        npy(np.ones((3, 4))),
        npy(np.array(RR))[:-9],
        claims,
        npy(np.array(["a"])),
        b"\x93NUMPY\x09\x09zz",
    ):
        with pytest.raises(BadFile) as refusal:
            beats(data, "x.npy")
        assert refusal.value.name == "damaged"
    with pytest.raises(BadFile):
        beats(pickle.dumps(RR), "x.npy")


def test_real_nn_series(fixture_path: Callable[[str], Path]) -> None:
    for name, count, mean in (("Short", 337, 888.9555), ("Long", 4684, 768.4383)):
        found = read(fixture_path(f"nni_pyhrv_bsd/SampleNNISeries{name}.npy"))
        assert isinstance(found, Imported)
        assert found.recording.rr_ms is not None
        assert (found.recording.kind, found.recording.rr_ms.size) == ("nn", count)
        assert found.recording.rr_ms.mean() == pytest.approx(mean, abs=1e-4)


def test_a_real_strap_beside_its_clock(fixture_path: Callable[[str], Path]) -> None:
    found = read(fixture_path("polarh10_pvc_mit/polar_h10_rr.csv"))
    assert isinstance(found, Imported)
    assert found.recording.rr_ms is not None
    assert found.recording.rr_end_s is not None
    assert (found.recording.rr_ms.size, found.recording.rr_ms.sum()) == (798, 599448)
    assert unit(found) == ("ms", "times")
    assert abs(found.recording.rr_end_s[-1] - 598.98) < 2.1


def test_a_beat_clock_goes_on_between_its_samples_and_is_set_anew_after_a_gap() -> None:
    smart = timed(
        [BeatMessage([900.0] * 5, 0, 8000), BeatMessage([900.0] * 4, 0, 8000), BeatMessage([900.0], 8000, 9000)]
    )
    assert np.diff(smart.end_ms).tolist() == [900.0] * 9
    gap = timed([BeatMessage([800.0], 1000, 2000), BeatMessage([800.0], 30_000, 31_000)])
    assert gap.end_ms == [1800, 30_800]
    assert np.isnan(timed([BeatMessage([800.0], None)]).end_ms).all()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.floats(-10, 1e5).map(str), st.text(max_size=8)), max_size=30))
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    found = attempt("\n".join(lines).encode("utf-8", "replace"))
    assert isinstance(found, BadFile) or found.repairs is not None


@pytest.mark.parametrize("cell", ["x7", "-5", "0", "nan", "-"])
@pytest.mark.parametrize("head", ["", "rr [ms]\n"])
def test_intervals_that_nobody_can_read_are_never_measured_across(cell: str, head: str) -> None:
    lines = [f"{900 + 40 * (beat % 3):.0f}" for beat in range(400)]
    whole = analyse_recording(beats(head + "\n".join(lines)).recording)
    assert whole.reason is None
    lines[200] = lines[201] = cell
    broken = beats(head + "\n".join(lines))
    assert broken.status == "repaired"
    assert sum(repair.params["count"] for repair in broken.repairs) == 2
    found = analyse_recording(broken.recording)
    assert found.reason is not None
    assert (found.reason.code, found.recorded.count) == ("gap_of_unknown_length", 398)
    assert analyse_recording(broken.recording, longest=True).reason is None


def test_what_is_no_interval_at_the_edges_leaves_no_gap() -> None:
    found = beats("0\nx\n" + "\n".join(["900", "910"] * 100) + "\n0\nend\n")
    assert found.status == "repaired"
    assert analyse_recording(found.recording).reason is None
    document = document_of("x.txt", found, "en")
    assert document["rr"] == {"count": 200, "sum_s": 181.0}


@pytest.mark.parametrize(("every", "reason"), [(7, "too_many_corrected"), (100, None)])
def test_extra_beats_too_short_for_a_heart_are_counted_by_the_gate(every: int, reason: str | None) -> None:
    rng = np.random.default_rng(1)
    true = 900 + 60 * np.sin(np.arange(500) * 0.4) + rng.normal(0, 25, 500)
    lines = [part for beat, ms in enumerate(true) for part in ([ms - 120, 120] if beat % every == 3 else [ms])]
    found = beats("\n".join(f"{ms:.1f}" for ms in lines))
    assert [repair.code for repair in found.repairs] == ["short_beats"]
    analysis = analyse_recording(found.recording)
    assert (analysis.reason and analysis.reason.code) == reason
    if analysis.time is not None:
        assert analysis.time.rmssd_ms == pytest.approx(np.sqrt(np.mean(np.diff(true) ** 2)), rel=0.02)


@pytest.mark.parametrize("number", ["1e-300", "9" * 30, "999999999999"])
def test_numbers_that_are_no_times_break_nothing(number: str) -> None:
    found = beats("\n".join(["900", "910"] * 60 + [number] + ["905", "915"] * 60))
    reason = analyse_recording(found.recording).reason
    assert reason is not None
    assert reason.code == "gap_of_unknown_length"
    assert found.recording.rr_end_s is None


@pytest.mark.parametrize("broken", ["{'descr': '<f8'} 'x': (", "{'descr': '<f8', 'shape': (80,),a} )"])
def test_an_array_file_with_a_broken_head_is_refused(broken: str) -> None:
    whole = io.BytesIO()
    np.save(whole, np.full(80, 900.0))
    data = whole.getvalue()
    head = int.from_bytes(data[8:10], "little")
    with pytest.raises(BadFile) as refusal:
        beats(data[:10] + broken.ljust(head - 1).encode() + b"\n" + data[10 + head :], "x.npy")
    assert refusal.value.name == "damaged"
