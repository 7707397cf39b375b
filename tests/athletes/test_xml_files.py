"""GPX and TCX: heart rate wherever it stands, cut files, bombs, and other readers as a second opinion."""

from __future__ import annotations

import io
from pathlib import Path

import gpxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tcxreader.tcxreader import TCXReader
from training_files import NOW, START, attempt, gpx, tcx

from athletes.importers import Imported, read
from athletes.model import Channel
from touchline.errors import BadFile

RATES = [100, 101, None, 103, 104]


def rates(found: Imported) -> list[float | None]:
    pulse = found.recording.heart_rate
    assert pulse is not None
    return [None if np.isnan(value) else float(value) for value in pulse.values]


@pytest.mark.parametrize("tag", ["gpxtpx:hr", "ns3:HeartRate", "ns3:heart_rate", "hr"])
def test_gpx_heart_rate_in_any_name_space(tag: str) -> None:
    found = read(gpx(RATES, tag=tag).encode(), "x.gpx", now=NOW)
    assert (rates(found), found.status) == (RATES, "ok")
    recording = found.recording
    assert (recording.kind, recording.start, recording.sport, recording.device) == ("gpx", START, "running", "Đồng hồ")
    altitude = recording.channel(Channel.ALTITUDE)
    assert altitude is not None
    assert altitude.values.tolist() == [10, 11, 12, 13, 14]


def test_gpx_second_opinion() -> None:
    text = gpx(RATES)
    points = gpxpy.parse(text).tracks[0].segments[0].points
    altitude = read(text.encode(), now=NOW).recording.channel(Channel.ALTITUDE)
    assert altitude is not None
    assert [point.elevation for point in points] == altitude.values.tolist()
    assert [(point.time - points[0].time).total_seconds() for point in points] == altitude.seconds.tolist()


def test_tcx_and_second_opinion(tmp_path: Path) -> None:
    path = tmp_path / "x.tcx"
    path.write_text(tcx([100, 101, 102, 103]), "utf-8")
    found = read(path, now=NOW)
    other = TCXReader().read(str(path), only_gps=False)
    assert rates(found) == [point.hr_value for point in other.trackpoints]
    speed, power = found.recording.channel(Channel.SPEED), found.recording.channel(Channel.POWER)
    assert speed is not None
    assert power is not None
    assert speed.values.tolist() == [point.tpx_ext["Speed"] for point in other.trackpoints]
    assert power.values.tolist() == [point.tpx_ext["Watts"] for point in other.trackpoints]
    assert (found.recording.sport, found.recording.device, found.recording.start) == ("biking", "Edge", START)


def test_the_content_decides_not_the_name() -> None:
    assert read(tcx([100, 101]).encode(), "run.gpx", now=NOW).recording.kind == "tcx"


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
def test_other_codings(coding: str) -> None:
    text = gpx([100, 101]).replace("UTF-8", coding.split("-sig")[0])
    assert rates(read(text.encode(coding), now=NOW)) == [100, 101]


def test_a_cut_file_keeps_what_came_before() -> None:
    text = gpx([100 + i for i in range(20)])
    found = read(text[: int(len(text) * 0.6)].encode(), now=NOW)
    assert [repair.code for repair in found.repairs] == ["cut_short"]
    kept = rates(found)
    assert 5 < len(kept) < 20
    assert kept == [100 + i for i in range(len(kept))]


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><gpx><trk>&i;</trk></gpx>"
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BOMB, "unsafe_xml"),
        ('<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>', "unsafe_xml"),
        ("<html><body>Không phải</body></html>", "not_a_training_file"),
        ("<", "not_a_training_file"),
        ("<gpx><trk><trkseg></trkseg></trk></gpx>", "no_samples"),
        ("<gpx><trk><trkpt", "damaged"),
        (gpx([None, None]).replace("lat=", "x="), "nothing_measured"),
        (gpx([100]).replace("<time>", "<when>").replace("</time>", "</when>"), "no_samples"),
    ],
)
def test_refusals_have_their_code(data: str, code: str) -> None:
    with pytest.raises(BadFile) as refusal:
        read(data.encode(), "x.gpx", now=NOW)
    assert refusal.value.name == code
    assert refusal.value.detail("vi") != f"{refusal.value.code}.detail"


def test_untimed_points_are_counted() -> None:
    text = gpx([100, 101, 102]).replace("2026-03-01T01:00:01Z", "gần trưa")
    found = read(text.encode(), now=NOW)
    assert [(repair.code, repair.params["count"]) for repair in found.repairs] == [("no_time", 1)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 40))
def test_damage_anywhere_never_crashes(seed: int, length: int) -> None:
    data = bytearray(gpx(RATES * 3).encode())
    rng = np.random.default_rng(seed)
    at = int(rng.integers(0, len(data)))
    data[at : at + length] = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
    found = attempt(bytes(data))
    if isinstance(found, BadFile):
        assert found.detail("vi") != f"{found.code}.detail"
    else:
        assert found.recording.series


def test_sizes_are_limited(tmp_path: Path) -> None:
    path = tmp_path / "huge.gpx"
    with path.open("wb") as stream:
        stream.truncate(65 * 2**20)  # sparse: takes no room
    with pytest.raises(BadFile) as refusal:
        read(path)
    assert refusal.value.name == "too_large"
    with pytest.raises(BadFile) as refusal:
        read(io.BytesIO(b"\0" * 10).getvalue())
    assert refusal.value.name == "empty"
    with pytest.raises(BadFile) as refusal:
        read(tmp_path / "none.gpx")
    assert refusal.value.name == "not_readable"


def test_positions_distance_and_laps_of_gpx() -> None:
    parts = gpx([100, 101, 102, 103]).split("<trkpt")
    points = [
        f'<trkpt lat="{16.46 + i * 1e-4}" lon="107.59"{part.split("107.59", 1)[1][1:]}'
        for i, part in enumerate(parts[1:])
    ]
    text = parts[0] + points[0] + points[1] + "</trkseg><trkseg>" + points[2] + points[3]
    found = read(text.encode(), "x.gpx", now=NOW)
    recording = found.recording
    latitude, distance = recording.channel(Channel.LATITUDE), recording.channel(Channel.DISTANCE)
    assert latitude is not None
    assert distance is not None
    np.testing.assert_allclose(latitude.values, [16.46, 16.4601, 16.4602, 16.4603])
    np.testing.assert_allclose(distance.values, [0, 11.12, 22.24, 33.36], atol=0.01)  # 1e-4 of a degree of latitude
    assert [note.code for note in found.notes] == ["distance_added_up"]
    assert [(lap.from_s, lap.to_s) for lap in recording.laps] == [(0, 2), (2, 3)]
    assert read(gpx([100, 101]).encode(), "x.gpx", now=NOW).recording.laps == ()  # one stretch is no lap


def test_positions_distance_and_laps_of_tcx() -> None:
    point = "<Position><LatitudeDegrees>16.46</LatitudeDegrees><LongitudeDegrees>107.59</LongitudeDegrees></Position>"
    text = tcx([100, 101, 102]).replace("<Cadence>", point + "<DistanceMeters>12.5</DistanceMeters><Cadence>")
    text = text.replace("<Lap>", '<Lap StartTime="2026-03-01T01:00:00Z">')
    recording = read(text.encode(), "x.tcx", now=NOW).recording
    values = {one.channel: one.values.tolist() for one in recording.series}
    assert values[Channel.LATITUDE] == [16.46] * 3
    assert values[Channel.DISTANCE] == [12.5] * 3
    assert [(lap.from_s, lap.to_s) for lap in recording.laps] == [(0, 2)]


def test_a_route_with_times_is_a_session_without_a_pulse() -> None:
    recording = read(gpx([None, None]).encode(), "x.gpx", now=NOW).recording
    assert recording.heart_rate is None
    assert recording.channel(Channel.LATITUDE) is not None
