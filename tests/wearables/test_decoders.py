"""Every decoder: any bytes are a value or a refusal, and values go out and come back as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packets import VALUES, near_packets

from touchline.commands import schemas
from touchline.errors import BadValue, NotFound
from touchline.i18n import LANGUAGES, find
from wearables.gatt import device_information, heart_rate
from wearables.gatt.characteristics import CHARACTERISTICS, find_decoder

KEYS = tuple(CHARACTERISTICS)
OWN = tuple(key for key in KEYS if key == "0x2A29" or key not in device_information.STRINGS)
"""One key for each decoder: the strings of a device share theirs."""
U8 = st.integers(0, 255)
each = pytest.mark.parametrize("key", OWN)
FIXED = tuple(key for key in OWN if key[:4] == "0x2A" and key not in ("0x2A29", "0x2A37", "0x2AD9"))
"""Those whose packets have one length by their flags."""
MANY, FEW = (settings(max_examples=most, deadline=None) for most in (60, 20))
"""Of each of the decoders; a busy machine takes longer, and that is no fault of theirs."""
packets_with_a_length = pytest.mark.parametrize("key", [key for key in OWN if key != "0x2A29"])


def attempt(key: str, data: bytes) -> Any:
    """What ``data`` says; None where it is refused. Any other exception fails the test that asked."""
    try:
        return CHARACTERISTICS[key].decode(data)
    except BadValue:
        return None


def without_faults(value: Any) -> Any:
    """``value`` without what was wrong in its packet, which no packet is written with."""
    if isinstance(value, heart_rate.HeartRateMeasurement):
        return heart_rate.HeartRateMeasurement(value.hr_bpm, value.contact, value.energy_kj, value.rr_1024)
    return value


def validator_of(key: str) -> Callable[[dict[str, Any]], None]:
    """Checks a document against those of the schema's forms that are of ``key``."""
    forms = []
    for form in schemas()["decode"]["oneOf"]:
        said = form["properties"]["characteristic"]
        if key in (said.get("const"), *said.get("enum", [])):
            forms.append(form)
    assert forms
    return jsonschema.Draft202012Validator({"oneOf": forms}).validate


def test_there_is_something_to_try_of_each() -> None:
    assert VALUES.keys() == CHARACTERISTICS.keys()


@each
def test_what_is_encoded_is_decoded(key: str) -> None:
    entry, check = CHARACTERISTICS[key], validator_of(key)

    @MANY
    @given(VALUES[key])
    def trial(value: Any) -> None:
        data = entry.encode(value)
        assert entry.decode(data) == value
        document = value.document()
        check({"status": "ok", "characteristic": key, "name": entry.name, "hex": data.hex()} | document)
        numbers = {name for name, said in document.items() if isinstance(said, int | float) and said is not True}
        assert numbers - {name for name, said in document.items() if said is False} <= document["units"].keys()

    trial()


@each
def test_any_bytes_are_a_value_or_a_refusal(key: str) -> None:
    entry = CHARACTERISTICS[key]

    @MANY
    @given(st.binary(max_size=32) | near_packets(key))
    def trial(data: bytes) -> None:
        value = attempt(key, data)
        if value is not None:
            # What was understood survives the way back, whatever reserved bits the packet had.
            again = entry.decode(entry.encode(without_faults(value)))
            assert again == without_faults(value)
            json.dumps(value.document(), allow_nan=False)

    trial()


@pytest.mark.parametrize("key", FIXED)
def test_what_is_cut_is_refused(key: str) -> None:
    """But a field that also comes narrower: without its last bytes the packet has the length of the narrower form."""
    entry = CHARACTERISTICS[key]

    @FEW
    @given(VALUES[key], st.data())
    def trial(value: Any, data: st.DataObject) -> None:
        whole = entry.encode(value)
        lost = data.draw(st.integers(1, len(whole)))
        two_widths = [getattr(value, name, None) for name in ("resistance", "pace_s_500m", "avg_pace_s_500m")]
        found = attempt(key, whole[: len(whole) - lost])
        assert found is None or (two_widths != [None] * 3 and lost <= 2)

    trial()


@packets_with_a_length
def test_a_byte_too_many_is_refused(key: str) -> None:
    """But where a list ends with the packet: there it is a cut element, refused too, or dropped with a fault."""
    entry = CHARACTERISTICS[key]

    @FEW
    @given(VALUES[key], U8)
    def trial(value: Any, byte: int) -> None:
        longer = entry.encode(value) + bytes([byte])
        found = attempt(key, longer)
        if isinstance(value, heart_rate.HeartRateMeasurement) and value.rr_1024:
            assert found is not None
            assert found.faults == (heart_rate.Fault.PARTIAL_RR,)
            assert without_faults(found) == value
            return
        if found is not None:
            # A narrower field plus a byte has the length of the wider one, and no packet tells them apart.
            assert key in ("0x2ACD", "0x2AD9", "polar-broadcast", "polar-pmd-control")
            assert found != value or key == "0x2AD9"

    trial()


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ("0x2A37", "0x2A37"),
        ("2a37", "0x2A37"),
        ("2A37", "0x2A37"),
        ("heart-rate-measurement", "0x2A37"),
        ("Heart Rate Measurement", "0x2A37"),
        ("00002a37-0000-1000-8000-00805f9b34fb", "0x2A37"),
        ("00002AD2-0000-1000-8000-00805F9B34FB", "0x2AD2"),
        ("indoor_bike_data", "0x2AD2"),
        ("polar_broadcast", "polar-broadcast"),
        ("FB005C82-02E7-F387-1CAD-8ACD2D8DF0C8", "polar-pmd"),
        ("fb005c8102e7f3871cad8acd2d8df0c8", "polar-pmd-control"),
    ],
)
def test_a_characteristic_has_many_names(wanted: str, key: str) -> None:
    assert find_decoder(wanted).key == key


@pytest.mark.parametrize("wanted", ["", "0x", "37", "2A", "0x2AFF", "00002a37", "rate", "polar"])
def test_other_names_are_refused_with_the_known_ones(wanted: str) -> None:
    with pytest.raises(NotFound) as refusal:
        find_decoder(wanted)
    assert all(key in refusal.value.params["known"] for key in KEYS)


@each
def test_everything_that_is_said_has_words(key: str) -> None:
    values: set[str] = {CHARACTERISTICS[key].name}
    names: set[str] = set()

    @FEW
    @given(VALUES[key])
    def gather(value: Any) -> None:
        for name, said in value.document().items():
            if name not in ("units", "hr", "fast_hr"):
                names.add(name)
            if isinstance(said, str) and name not in ("text", "eui64"):
                values.add(said)
            if name == "settings":
                values.update(setting["setting"] for setting in said)

    gather()
    for lang in LANGUAGES:
        assert [name for name in names if find(f"wearables.decode.{name}", lang) is None] == []
        assert [said for said in values if find(f"wearables.decode.values.{said}", lang) is None] == []
