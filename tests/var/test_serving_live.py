"""A match that is watched while it records: what is published, what can be decoded, and that nothing is taken back."""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import av
import barcode
import numpy as np
import pytest
import recordings
import simplejpeg
from starlette.applications import Starlette
from test_media import Site, gops_of, timeline_of
from test_track import tabled

from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.footage.proxy import make_stretch
from var.footage.recording import Index, index
from var.footage.stretches import StretchWriter
from var.footage.table import GAP, TableWriter
from var.footage.walk import Walk
from var.match_document import Layouts, horizon_s
from var.media import _Sent, routes
from var.model import Clip, Match, Setup


@cache
def fragments(camera: int, count: int) -> Path:
    """A fragmented recording, made once."""
    folder = Path(mkdtemp(prefix="touchline-live-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    whole = recordings.write(folder / "whole.mp4", count, camera=camera, gop=15)
    return recordings.repack(whole, folder / "fragments.mp4", lambda p: p, flags="frag_keyframe+empty_moov")


@dataclass
class Growing:
    """A camera whose fragmented file and table grow packet by packet."""

    whole: Index
    data: bytes
    path: Path
    writer: TableWriter
    to_match: ClockMap
    done: int = 0
    gap: int | None = None

    @classmethod
    def of(cls, folder: Path, name: str, camera: int, count: int, to_match: ClockMap) -> Growing:
        made = fragments(camera, count)
        source = index(made)
        timebase, coding, _ = source.table()
        path = folder / f"{name}.mp4"
        writer = TableWriter(path.with_suffix(".frames"), timebase, coding)
        return cls(source, made.read_bytes(), path, writer, to_match)

    def grow(self, count: int) -> None:
        """Record up to packet ``count``."""
        rows = self.whole.rows[self.done : count].copy()
        if self.gap is not None and self.done <= self.gap < count:
            rows["flags"][self.gap - self.done] |= GAP
        last = self.whole.rows[count - 1]
        self.path.write_bytes(self.data[: int(last["pos"]) + int(last["size"])])
        self.writer.append(rows)
        self.done = count

    def clip(self, *, recording: bool = True) -> Clip:
        found = tabled(replace(self.whole, path=self.path), self.path.stem, recording=recording)
        return replace(found, to_match=self.to_match, sha256=f"{self.path.stem:0>64}".replace("cam", "abc"))


@dataclass
class Live:
    """A match of two growing cameras, and a server for it."""

    cameras: list[Growing]
    recording: bool = True

    def match(self) -> Match:
        clips = tuple(camera.clip(recording=self.recording) for camera in self.cameras)
        return Match("live", "Live", Origin.IMPORTED, "2026-01-01T00:00:00Z", Setup(), clips)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    cameras = [
        Growing.of(tmp_path, "cam1", 1, 150, ClockMap()),
        Growing.of(tmp_path, "cam2", 2, 150, ClockMap(Fraction(1, 100), sigma_s=0.01)),
    ]
    yield Live(cameras)
    for camera in cameras:
        camera.writer.close()


@pytest.fixture
def site(live: Live) -> Iterator[Site]:
    found = Site(Starlette(routes=routes(lambda name: live.match() if name == "live" else None)))
    yield found
    found.close()


def test_what_is_published_grows_with_what_all_cameras_have_passed(live: Live, site: Site) -> None:
    live.cameras[0].grow(100)
    live.cameras[1].grow(80)
    first = site.get("/var/live/match.json").document
    assert first["live"] is True
    assert [clip["recording"] for clip in first["clips"]] == [True, True]
    newest_s = live.match().clips[1].match_s(len(live.match().clips[1]) - 1)
    line = timeline_of(site.get(f"/var/live/timeline.bin?version={first['version']}").body)
    assert line.count == first["steps"] == newest_s // Fraction(1, 25) + 1
    assert -1 not in line.frames[0][:-1]
    live.cameras[1].grow(140)
    live.cameras[0].grow(130)
    again = site.get("/var/live/match.json").document
    assert again["version"] == first["version"]  # it only grew
    more = timeline_of(site.get(f"/var/live/timeline.bin?version={first['version']}&from={line.count - 5}").body)
    assert more.first == line.count - 5
    assert more.count > line.count
    assert more.t[:5] == line.t[-5:]
    assert more.frames[0][:5] == line.frames[0][-5:]
    live.recording = False
    ended = site.get("/var/live/match.json").document
    assert ended["live"] is False
    assert ended["steps"] >= more.count


def test_originals_can_be_decoded_from_the_growing_file(live: Live, site: Site) -> None:
    for camera in live.cameras:
        camera.grow(64)
    medium = site.get("/var/live/match.json").document["clips"][0]["media"]["original"]
    found = gops_of(site.get("/var/live/cam1/gops.bin?from=0&to=200").body)
    assert set(found["file"].tolist()) == set(found["medium"].tolist()) == {0}
    newest = len(live.match().clips[0])
    assert 60 < newest <= 64
    shown_now = sorted(found["display"].tolist())
    assert shown_now == list(range(len(shown_now)))
    assert 60 < len(shown_now) <= newest  # of the group that is still growing, a whole row of frames
    assert found["display"].tolist() != sorted(found["display"].tolist())  # B pictures, in the order of decoding
    for gop in set(found["gop"].tolist()):
        decoder: Any = av.CodecContext.create("h264", "r")
        decoder.extradata = base64.b64decode(medium["extradata"])
        shown = []
        for row in found[found["gop"] == gop]:
            pos, size = int(row["pos"]), int(row["size"])
            body = site.get("/var/live/cam1/media/0.mp4", Range=f"bytes={pos}-{pos + size - 1}").body
            packet: Any = av.Packet(body)
            packet.pts = int(row["display"])  # as the browser does: the time stamp is the display index
            shown += decoder.decode(packet)
        shown += decoder.decode(None)
        assert [frame.pts for frame in shown] == [barcode.number(f.to_ndarray(format="bgr24")) for f in shown]
        assert len(shown) == np.count_nonzero(found["gop"] == gop)
    assert "immutable" not in site.get("/var/live/cam1/media/0.mp4?v=" + "0" * 16, Range="bytes=0-1").headers.get(
        "cache-control", ""
    )


def test_a_still_of_the_newest_frame_while_recording(live: Live, site: Site) -> None:
    for count in (30, 45, 90):
        for camera in live.cameras:
            camera.grow(count)
        newest = len(live.match().clips[1]) - 1
        answer = site.get(f"/var/live/cam2/still/{newest}.jpg")  # looked up anew: a moment ago it was not there
        assert (answer.status, answer.headers["x-frame"]) == (200, str(newest))
        assert barcode.read(simplejpeg.decode_jpeg(answer.body, "BGR")) == (2, newest)
    assert site.get(f"/var/live/cam2/still/{newest + 30}.jpg").document["code"] == "no_such_frame"


def test_stretches_take_the_place_of_originals_as_they_are_made(live: Live, site: Site) -> None:
    for camera in live.cameras:
        camera.grow(150)
    clip = live.match().clips[0]
    with Walk(clip) as walk:
        make_stretch(walk, StretchWriter(clip.proxy), 60, 40, height=90)
    proxy = site.get("/var/live/match.json").document["clips"][0]["media"]["proxy"]
    assert (proxy["w"], proxy["h"]) == (160, 90)
    found = gops_of(site.get("/var/live/cam1/gops.bin?from=50&to=110").body)
    ours = found[found["medium"] == 1]
    assert sorted(ours["display"].tolist()) == list(range(60, 100))
    assert set(ours["file"].tolist()) == {61}
    assert set(range(50, 110)) <= set(found["display"].tolist())
    row = ours[10]
    pos, size = int(row["pos"]), int(row["size"])
    answer = site.get("/var/live/cam1/media/61.mp4", Range=f"bytes={pos}-{pos + size - 1}")
    assert answer.status == 206
    assert answer.body == (clip.proxy / "00000060.mp4").read_bytes()[pos : pos + size]
    # Another encoder makes it anew under the same name: a browser must not keep half of the old one.
    named = site.get(f"/var/live/cam1/media/61.mp4?v={clip.sha256[:16]}", Range=f"bytes={pos}-{pos}")
    assert named.headers["cache-control"] == "private, no-cache"
    # A stretch that does not decode has no group of any kind: its frames come as stills, or as an error.
    StretchWriter(clip.proxy).damaged(100, 40, 111)
    spoilt = gops_of(site.get("/var/live/cam1/gops.bin?from=90&to=140").body)
    assert not set(range(100, 140)) & set(spoilt["display"].tolist())
    assert site.get("/var/live/match.json").document["clips"][0]["damaged"] == [111]


def horizon(live: Live, ages: dict[str, float]) -> Fraction | None:
    return horizon_s(live.match(), lambda clip: ages.get(clip.camera_id))


def test_a_silent_camera_is_waited_for_three_seconds(live: Live) -> None:
    live.cameras[0].grow(150)
    live.cameras[1].grow(100)
    first, second = live.match().clips
    newest = [clip.match_s(len(clip) - 1) for clip in (first, second)]
    assert horizon(live, {}) == newest[1]
    assert horizon(live, {"cam2": 2.9}) == newest[1]
    assert horizon(live, {"cam2": 3.1}) == newest[0]
    assert horizon(live, {"cam1": 60, "cam2": 60}) == newest[0]  # nothing comes any more: all there is
    live.recording = False
    assert horizon(live, {}) is None


def test_beside_the_others_a_camera_that_lags_is_left_out(tmp_path: Path) -> None:
    quick = Growing.of(tmp_path, "cam1", 1, 150, ClockMap())
    slow = Growing.of(tmp_path, "cam2", 2, 150, ClockMap())
    quick.grow(150)
    slow.grow(60)  # 3.6 s behind
    found = horizon(Live([quick, slow]), {})
    quick.writer.close()
    slow.writer.close()
    assert found == quick.clip().match_s(len(quick.clip()) - 1)


def test_nothing_that_was_published_is_taken_back(live: Live) -> None:
    ages: dict[str, float] = {"cam1": 9.0}
    layouts = Layouts(age_s=lambda clip: ages.get(clip.camera_id))
    live.cameras[0].gap = 30
    live.cameras[0].grow(30)
    live.cameras[1].grow(140)
    before = layouts.of(live.match())
    assert len(before.timeline) > 100  # the master is silent: steps went on
    ages.clear()
    live.cameras[0].grow(60)  # it is back, with frames that were due long ago
    after = layouts.of(live.match())
    assert after.version == before.version
    assert len(after.timeline) >= len(before.timeline)
    assert layouts.of(live.match()) is not before
    frames = after.timeline.frames["cam1"].array
    assert frames[:50].tolist() == list(range(50))


def test_a_request_between_two_growths_costs_no_new_layout(live: Live) -> None:
    for camera in live.cameras:
        camera.grow(100)
    layouts = Layouts(age_s=lambda clip: None)
    match = live.match()
    assert layouts.of(match) is layouts.of(match)
    one, two = layouts.of(match), layouts.of(live.match())
    assert one.timeline is two.timeline


def test_what_the_clock_says_of_a_table_that_does_not_grow(live: Live) -> None:
    for camera in live.cameras:
        camera.grow(100)
    live.cameras[0].grow(150)
    table = live.match().clips[1].table
    assert table is not None
    layouts = Layouts()
    waiting = len(layouts.of(live.match()).timeline)
    past = time.time() - 10
    os.utime(table, (past, past))
    assert len(layouts.of(live.match()).timeline) > waiting


def test_what_came_late_reaches_those_who_take_it_compressed(live: Live, tmp_path: Path) -> None:
    """A silent camera's pictures come late: steps and their number stay as they were, the frames shown there do not."""
    third = Growing.of(tmp_path, "cam3", 3, 150, ClockMap())
    live.cameras.append(third)
    layouts, sent = Layouts(age_s=lambda clip: 60.0 if clip.camera_id == "cam3" else 0.0), _Sent()
    live.cameras[0].grow(150)
    live.cameras[1].grow(150)
    third.grow(60)
    seen = []
    for count in (60, 120):
        if count > third.done:
            third.grow(count)
        layout = layouts.of(live.match())
        data = layout.data(0)
        assert zlib.decompress(sent.of(f"{layout.content}-0", data), 31) == data
        seen.append((layout.version, len(layout.timeline), int(layout.timeline.frames["cam3"].array.max())))
    third.writer.close()
    assert seen[0][:2] == seen[1][:2]
    assert seen[0][2] < seen[1][2]


def test_nobody_goes_on_from_what_nobody_knows(live: Live) -> None:
    """After a start of the server a live line is asked for anew; one that does not record keeps its name."""
    for camera in live.cameras:
        camera.grow(100)
    assert Layouts().of(live.match()).version != Layouts().of(live.match()).version
    live.recording = False
    assert Layouts().of(live.match()).version == Layouts().of(live.match()).version
