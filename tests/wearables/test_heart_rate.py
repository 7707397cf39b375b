"""0x2A37: the frames of straps, both ways, and bytes that no strap should send."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import BadValue
from wearables.gatt.heart_rate import Contact, Fault, HeartRateMeasurement, decode, encode, has_partial_rr

U16 = st.integers(0, 0xFFFF)


@st.composite
def measurements(draw: st.DrawFn) -> HeartRateMeasurement:
    return HeartRateMeasurement(
        hr_bpm=draw(U16),
        contact=draw(st.sampled_from(Contact)),
        energy_kj=draw(st.none() | U16),
        rr_1024=tuple(draw(st.lists(U16, max_size=9))),
    )


def attempt(data: bytes) -> HeartRateMeasurement | BadValue:
    try:
        return decode(data)
    except BadValue as refusal:
        return refusal


@settings(deadline=None)
@given(measurements())
def test_what_is_encoded_is_decoded(measurement: HeartRateMeasurement) -> None:
    assert decode(encode(measurement)) == measurement


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_measurement_or_a_refusal(data: bytes) -> None:
    found = attempt(data)
    if isinstance(found, BadValue):
        assert found.name in ("packet_too_short", "surplus_bytes")
        return
    assert 0 <= found.hr_bpm <= 0xFFFF
    assert (found.energy_kj is not None) == bool(data[0] & 0x08)
    assert bool(found.rr_1024) <= bool(data[0] & 0x10)
    # What was understood survives the way back, whatever reserved bits the packet had.
    again = decode(encode(found))
    assert (again.hr_bpm, again.contact, again.energy_kj, again.rr_1024) == (
        found.hr_bpm,
        found.contact,
        found.energy_kj,
        found.rr_1024,
    )


def test_recorded_frames_decode_as_stated(fixture_path: Callable[[str], Path]) -> None:
    frames = json.loads(fixture_path("ble_frames/frames.json").read_text("utf-8"))["heart_rate_measurement_2A37"]
    assert len(frames) >= 10
    for frame in frames:
        data = bytes.fromhex(frame["hex"])
        if "odd RR" in frame.get("note", ""):
            found = decode(data)
            assert (found.hr_bpm, found.rr_1024, found.faults) == (60, (), (Fault.PARTIAL_RR,))
        elif frame.get("malformed"):
            with pytest.raises(BadValue):
                decode(data)
        else:
            document = decode(data).document()
            assert {key: document[key] for key in frame["expect"]} == frame["expect"]


def test_contact_unsupported_is_not_contact_lost() -> None:
    assert decode(bytes([0x00, 70])).contact is Contact.NOT_SUPPORTED
    assert decode(bytes([0x02, 70])).contact is Contact.NOT_SUPPORTED  # the detected bit means nothing without support
    assert decode(bytes([0x04, 70])).contact is Contact.NOT_DETECTED
    assert decode(bytes([0x06, 70])).contact is Contact.DETECTED


def test_zero_is_no_reading() -> None:
    found = decode(bytes([0x06, 0]))
    assert (found.hr_bpm, found.rate_bpm) == (0, None)
    assert found.document()["hr_bpm"] is None


def test_rr_keeps_its_fraction() -> None:
    # 1173 / 1024 s is 1145.5078125 ms exactly: a binary fraction, so equality is exact.
    assert decode(bytes.fromhex("1043" + "9504")).rr_ms == (1145.5078125,)


def test_absent_fields_are_absent() -> None:
    assert "energy_kj" not in decode(bytes([0x00, 70])).document()


@pytest.mark.parametrize("data", [b"", b"\x10", b"\x01\xff", b"\x08\x46", b"\x09\x46\x01\x02"])
def test_short_packets_are_refused_with_their_sizes(data: bytes) -> None:
    with pytest.raises(BadValue) as refusal:
        decode(data)
    assert refusal.value.params["got"] == len(data) < refusal.value.params["need"]


def test_values_that_do_not_fit_do_not_exist() -> None:
    with pytest.raises(BadValue) as refusal:
        HeartRateMeasurement(70, rr_1024=(800, 70000))
    assert refusal.value.params["field"] == "rr_1024[1]"


@settings(deadline=None)
@given(st.binary(max_size=24))
def test_half_an_interval_is_told_from_the_length_as_the_decoder_tells_it(data: bytes) -> None:
    try:
        faults = decode(data).faults
    except BadValue:
        return
    assert has_partial_rr(data) is (Fault.PARTIAL_RR in faults)
