"""The recorded frames of real devices, through the command: every one says what is stated beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from touchline.cli import main
from wearables.gatt import polar_pmd_control

CHARACTERISTIC = {
    "heart_rate_measurement_2A37": "0x2A37",
    "polar_advertisement_company_006B": "polar-broadcast",
    "indoor_bike_data_2AD2": "0x2AD2",
    "rower_data_2AD1": "0x2AD1",
}
"""The characteristic of each list of frames."""


@pytest.fixture
def frames(fixture_path: Callable[[str], Path]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(fixture_path("ble_frames/frames.json").read_text("utf-8"))
    return found


def decoded(characteristic: str, text: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["decode", characteristic, text, "--json", "--lang", "en"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize("name", CHARACTERISTIC)
def test_real_frames_say_what_is_stated(
    name: str, frames: dict[str, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    for frame in frames[name]:
        document = decoded(CHARACTERISTIC[name], frame["hex"], capsys)
        if "odd RR" in frame.get("note", ""):
            assert (document["status"], document["hr"], document["rr_1024"]) == ("ok", 60, [])
            assert document["faults"] == ["partial_rr"]
        elif frame.get("malformed"):
            assert document["status"] == "refused"
            assert document["reason"] == "packet_too_short"
        else:
            assert {key: document[key] for key in frame["expect"]} == frame["expect"]
            said = {key for key, value in frame["expect"].items() if type(value) in (int, float, list)}
            assert said <= document["units"].keys()


def test_the_list_of_frames_is_whole(frames: dict[str, list[dict[str, Any]]]) -> None:
    assert frames.keys() == {*CHARACTERISTIC, "polar_pmd"}


def test_streams_are_asked_for_as_recorded(
    frames: dict[str, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = {name: text for entry in frames["polar_pmd"] for name, text in entry.items()}
    assert polar_pmd_control.encode(polar_pmd_control.start_ecg()).hex() == recorded["write_cp_start_ecg"]
    asked = polar_pmd_control.encode(polar_pmd_control.start_acceleration(200, 16, 8))
    assert asked.hex() == recorded["write_cp_start_acc_200hz_16bit_8g"]
    answer = decoded("polar-pmd-control", recorded["cp_response_ok"], capsys)
    assert (answer["of"], answer["measurement"], answer["result"]) == ("start", "acceleration", "success")
