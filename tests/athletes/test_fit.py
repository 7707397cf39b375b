"""FIT files: real ones by their reference counts, and made ones for every fault."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_files import ENUM, NOW, START, UINT8, UINT32, attempt, definition, fit_file, fit_seconds

from athletes.exporters.fit import fit as write_fit
from athletes.importers import Imported, fit, fit_swim, read, read_recording
from athletes.importers.fit_swim import HeartRateMessage
from athletes.model import Channel, Lap, Recording, Series, Session
from touchline.errors import BadFile
from touchline.origin import Origin

T0 = fit_seconds()


@cache
def _real() -> bytes:
    """A file with everything: records, laps, events, beats; made here, by the library that writes our exports."""
    ticks = np.arange(60, dtype=np.int64) * 1000
    series = (Series(Channel.HEART_RATE, ticks, np.full(60, 120.0)), Series(Channel.SPEED, ticks, np.full(60, 3.0)))
    rr = np.full(100, 600.0)
    recording = Recording("fit", series, START, "running", None, rr, np.cumsum(rr) / 1000, (Lap(0, 30), Lap(30, 59)))
    return write_fit(Session("x", "x", "x", "ab" * 32, Origin.SIMULATED, recording))


GOOD = fit_file([(T0 + i, 100 + i) for i in range(40)], rr=[812, 803, 799, 0xFFFF, 805, 811])


@pytest.mark.parametrize(
    ("name", "count", "sum_bpm", "status"),
    [
        ("activity-small-fenix2-run.fit", 2808, 432366, "ok"),
        ("sample-activity-indoor-trainer.fit", 2263, 334352, "ok"),
        ("garmin-fenix-5-run.fit", 21, 1784, "ok"),
        ("compressed-speed-distance.fit", 754, 128573, "ok"),
        ("event_timestamp.fit", 4376, 605138, "repaired"),
    ],
)
def test_reference_counts(
    name: str, count: int, sum_bpm: int, status: str, fixture_path: Callable[[str], Path]
) -> None:
    found = read(fixture_path(f"fit_mit/{name}"))
    pulse = found.recording.heart_rate
    assert pulse is not None
    assert (pulse.count, pulse.values[pulse.measured].sum(), found.status) == (count, sum_bpm, status)


def test_every_fixture_by_its_counts(fixture_path: Callable[[str], Path]) -> None:
    """Counts that fitdecode itself gives, message by message: heart rates and their sum, RR intervals and their sum in
    ms, positions, laps."""
    wanted = {
        "2013-02-06-12-11-14": (590, 87373, 0, 0, 583, 5),
        "20170518-191602-1740899583": (1641, 215660, 0, 0, 0, 8),  # fields that do not lie where they should
        "activity-settings-corruptheader": (0, 0, 0, 0, 14, 1),
        "activity-small-fenix2-run": (2808, 432366, 0, 0, 2809, 4),
        "activity-unexpected-eof": (0, 0, 0, 0, 14, 1),
        "compressed-speed-distance": (754, 128573, 0, 0, 0, 11),
        "developer-types-sample": (3424, 447994, 0, 0, 3424, 1),
        "event_timestamp": (4376, 605138, 0, 0, 0, 99),
        "garmin-edge-820-bike": (15, 1710, 126, 66289, 15, 1),
        "garmin-fenix-5-run": (21, 1784, 113, 75005, 21, 1),
        "sample-activity-indoor-trainer": (2263, 334352, 0, 0, 0, 5),
        "sample_mulitple_header": (1773, 304359, 0, 0, 1462, 5),
    }
    found = {}
    for name in wanted:
        imported = read(fixture_path(f"fit_mit/{name}.fit"))
        assert isinstance(imported, Imported)
        recording = imported.recording
        pulse, rr, place = recording.heart_rate, recording.rr_ms, recording.channel(Channel.LATITUDE)
        found[name] = (
            pulse.count if pulse else 0,
            int(pulse.values[pulse.measured].sum()) if pulse else 0,
            0 if rr is None else rr.size,
            0 if rr is None else round(rr.sum()),
            place.count if place else 0,
            len(recording.laps),
        )
        assert all(0 <= lap.from_s < lap.to_s <= (recording.duration_s or 0) for lap in recording.laps)
    assert found == wanted


def test_beats_lie_on_the_samples_clock(fixture_path: Callable[[str], Path]) -> None:
    recording = read_recording(fixture_path("fit_mit/garmin-fenix-5-run.fit")).recording
    assert recording.rr_ms is not None
    assert recording.rr_end_s is not None
    assert np.all(np.diff(recording.rr_end_s) > 0)
    behind = np.searchsorted(recording.rr_end_s, [10.0, 30.0, 50.0])
    pulse = recording.heart_rate
    assert pulse is not None
    for at, beat in zip((10.0, 30.0, 50.0), behind, strict=True):  # the watch smooths: it lags behind its beats
        near = 60_000 / recording.rr_ms[beat - 5 : beat].mean()
        shown = pulse.values[np.searchsorted(pulse.seconds, at) - 1]
        assert abs(near - shown) < 15


def test_time_since_power_up_is_no_date(fixture_path: Callable[[str], Path]) -> None:
    assert read(fixture_path("fit_mit/compressed-speed-distance.fit")).recording.start is None


def test_every_real_file_is_read_or_refused_with_a_reason(fixture_path: Callable[[str], Path]) -> None:
    folder = fixture_path("fit_mit")
    reasons = {}
    for path in sorted(folder.glob("*.fit")):
        found = attempt(path.read_bytes())
        reasons[path.name] = found.name if isinstance(found, BadFile) else found.status
    assert len(reasons) >= 12
    refused = {name: reason for name, reason in reasons.items() if reason not in ("ok", "repaired")}
    assert refused == {"MonitoringFile.fit": "not_an_activity"}


def test_a_good_file_needs_no_repair() -> None:
    found = read(GOOD, "good.fit", now=NOW)
    assert found.status == "ok"
    assert found.recording.start == START
    pulse = found.recording.heart_rate
    assert pulse is not None
    assert pulse.seconds.tolist() == [float(i) for i in range(40)]
    assert pulse.values.tolist() == [100.0 + i for i in range(40)]
    assert found.recording.rr_ms is not None
    np.testing.assert_allclose(found.recording.rr_ms, [812, 803, 799, 805, 811], rtol=1e-12)  # 0xFFFF is padding


def test_a_missing_value_stays_missing() -> None:
    pulse = read(fit_file([(T0, 100), (T0 + 1, 0xFF), (T0 + 2, 0), (T0 + 3, 104)]), now=NOW).recording.heart_rate
    assert pulse is not None
    assert np.isnan(pulse.values).tolist() == [False, True, True, False]


def test_a_cut_file_keeps_what_came_before_the_cut() -> None:
    found = read(GOOD[:-120], "cut.fit", now=NOW)
    pulse = found.recording.heart_rate
    assert [repair.code for repair in found.repairs] == ["cut_short"]
    assert pulse is not None
    assert 0 < pulse.count < 40
    assert pulse.values.tolist() == [100.0 + i for i in range(pulse.count)]


def test_a_flipped_bit_is_told_by_the_checksum() -> None:
    damaged = bytearray(GOOD)
    damaged[-80] ^= 0x04
    assert "bad_checksum" in {repair.code for repair in read(bytes(damaged), now=NOW).repairs}


def test_a_file_of_another_kind_is_named() -> None:
    with pytest.raises(BadFile) as refusal:
        read(fit_file([], file_type=2), now=NOW)
    assert (refusal.value.name, refusal.value.params["type"]) == ("not_an_activity", "settings")


def test_a_date_that_cannot_be_true_is_unknown() -> None:
    found = read(fit_file([(0x7FFF0000 + i, 100) for i in range(5)]), now=NOW)  # the year 2058
    assert found.recording.start is None
    assert [repair.code for repair in found.repairs] == ["impossible_date"]


def test_backward_stamps_and_clock_jumps_cost_only_their_samples() -> None:
    stamps = [T0, T0 + 1, T0 - 50, T0 + 2, T0 + 3, T0 + 10**6]
    found = read(fit_file([(at, 100) for at in stamps]), now=NOW)
    assert {repair.code: repair.params["count"] for repair in found.repairs} == {"time_went_back": 1, "clock_jump": 1}
    assert found.recording.duration_s == 3.0
    assert found.recording.start == START


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_anywhere_never_crashes(data: st.DataObject) -> None:
    damaged = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(14, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(14, len(damaged)))
    found = attempt(bytes(damaged[:cut]))
    if isinstance(found, BadFile):
        assert found.detail("vi") != f"{found.code}.detail"
        return
    for series in found.recording.series:
        assert np.all(np.diff(series.ticks) >= 0)
    pulse, rr = found.recording.heart_rate, found.recording.rr_ms
    assert pulse is None or np.nanmin(pulse.values) >= 20
    assert rr is None or rr.min() >= 200


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_real_file_with_flipped_bits_and_cuts_never_crashes(data: st.DataObject) -> None:
    damaged = bytearray(_real())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    found = attempt(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    assert isinstance(found, BadFile | Imported)


def test_millions_of_empty_messages_end_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "MOST_MESSAGES", 500)
    body = definition(0, 0, [(0, 1, ENUM)]) + b"\x00\x04" + definition(1, 20, [(253, 4, UINT32), (3, 1, UINT8)])
    body += b"".join(struct.pack("<BIB", 1, T0 + i, 100) for i in range(300)) + definition(2, 22, []) + b"\x02" * 5000
    head = struct.pack("<BBHI4sH", 14, 0x20, 2132, len(body), b".FIT", 0)
    found = read(head + body + b"\x00\x00", "x.fit", now=NOW)
    assert [repair.code for repair in found.repairs] == ["cut_short"]
    assert "500" in found.repairs[0].params["fault"]


def pack12(numbers: list[int]) -> bytes:
    packed = b""
    for low, high in zip(numbers[::2], numbers[1::2], strict=True):
        packed += bytes([low & 0xFF, low >> 8 | (high & 0x0F) << 4, high >> 4])
    return packed


@given(st.lists(st.integers(0, 4095), max_size=20).filter(lambda numbers: len(numbers) % 2 == 0))
def test_twelve_bits_round_trip(numbers: list[int]) -> None:
    assert fit_swim.unpack12(pack12(numbers)) == numbers


def test_strap_memory_follows_the_straps_clock_over_its_wrap() -> None:
    # Anchor at strap tick 8000 (low 12 bits 3904); the next beats at +300 and +600 ticks wrap past 4096.
    anchor = HeartRateMessage(Fraction(T0), (8000,), b"", (80,))
    later = HeartRateMessage(None, (), pack12([(8000 + 300) % 4096, (8000 + 600) % 4096]), (82, 84))
    assert fit_swim.beats([anchor, later]) == [
        (Fraction(T0), 80),
        (T0 + Fraction(300, 1024), 82),
        (T0 + Fraction(600, 1024), 84),
    ]


def test_strap_memory_is_carried_on_for_five_seconds_at_most() -> None:
    messages = [
        HeartRateMessage(Fraction(T0), (0,), b"", (80,)),
        HeartRateMessage(Fraction(T0 + 20), (20480,), b"", (90,)),
    ]
    rates = fit_swim.merge(messages, [T0 + i for i in range(21)])
    assert rates == [80] * 6 + [None] * 14 + [90]


def test_strap_memory_before_an_anchor_is_left_out() -> None:
    assert fit_swim.beats([HeartRateMessage(None, (), pack12([1, 2]), (80, 81))]) == []
    assert fit_swim.merge([], [T0]) == [None]
