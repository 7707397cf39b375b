"""The routes over real HTTP: what the player fetches, and what nobody may fetch."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import barcode
import numpy as np
import pytest
import recordings
import simplejpeg
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse

from touchline.errors import BadValue
from touchline.files import sha256_of
from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.footage.proxy import make_proxy
from var.footage.video import index
from var.media import WEB, _check_range, _Refused, routes
from var.model import AttackDirection, Clip, Match, Period, Setup


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Site:
    """A live server for an ASGI application."""

    def __init__(self, app: Any) -> None:
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until = time.monotonic() + 60
        while not self.server.started:
            assert time.monotonic() < until
            assert self.thread.is_alive()
            time.sleep(0.02)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def get(self, path: str, **headers: str) -> Answer:
        """Fetch ``path`` exactly as written: no client tidies ``..`` away."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return answer

    def close(self) -> None:
        """Stop."""
        self.server.should_exit = True
        self.thread.join(20)


def clip_of(path: Path, camera_id: str, to_match: ClockMap) -> Clip:
    source = index(path)
    proxy = make_proxy(source, path.with_suffix(".proxy.mp4"), height=90)
    return Clip(
        camera_id=camera_id,
        label=f"Góc {camera_id}",
        path=path,
        proxy=proxy.path,
        sha256=sha256_of(path),
        size_px=source.size_px,
        timebase=source.timebase,
        pts=source.pts,
        to_match=to_match,
        timing=Origin.IMPORTED,
        codec=source.codec,
    )


@dataclass
class Line:
    """``timeline.bin`` taken apart."""

    clips: int
    first: int
    count: int
    t: list[float]
    frames: list[list[int]]
    late_us: list[list[int]]


def timeline_of(data: bytes) -> Line:
    magic, clips, first, count = struct.unpack_from("<IIII", data)
    assert magic == 0x314C5454
    steps, at = count - first, 16 + 8 * (count - first)
    assert len(data) == at + 8 * steps * clips
    columns = np.frombuffer(data, "<i4", 2 * steps * clips, at).reshape(clips, 2, steps)
    times = np.frombuffer(data, "<f8", steps, 16).tolist()
    return Line(clips, first, count, times, columns[:, 0].tolist(), columns[:, 1].tolist())


def gops_of(data: bytes) -> Any:
    magic, count = struct.unpack_from("<II", data)
    assert (magic, len(data)) == (0x31504F47, 8 + 32 * count)
    names = ("display", "file", "gop", "idr", "pos", "size", "medium")
    return np.frombuffer(
        data, list(zip(names, ("<i4", "<i4", "<u4", "<u4", "<f8", "<u4", "<u4"), strict=True)), count, 8
    )


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Match:
    folder = tmp_path_factory.mktemp("match")
    a = recordings.write(folder / "a.mp4", 50, camera=1)
    b = recordings.write(folder / "b.mp4", 30, camera=2, rate=Fraction(30000, 1001))
    setup = Setup(periods=(Period("Hiệp 1", Fraction(-1, 2), 0, AttackDirection.RIGHT),))
    clips = (
        clip_of(a, "cam1", ClockMap()),
        clip_of(b, "cam2", ClockMap(Fraction(7, 1000), sigma_s=0.002)),
    )
    return Match("tran-1", "Trận thử", Origin.SIMULATED, "2026-01-01T00:00:00Z", setup, clips)


@pytest.fixture(scope="module")
def site(held: Match) -> Iterator[Site]:
    matches = {held.id: held, "kín": replace(held, id="kín")}

    def allowed(request: Request, match: Match | None) -> bool:
        return match is None or match.id != "kín"

    live = Site(Starlette(routes=routes(matches.get, allowed=allowed)))
    yield live
    live.close()


def test_match_json_is_what_the_player_needs(site: Site, held: Match) -> None:
    answer = site.get("/var/tran-1/match.json")
    assert answer.status == 200
    document = answer.document
    assert (document["id"], document["name"], document["origin"]) == ("tran-1", "Trận thử", "simulated")
    assert document["clock"] == [[-0.5, 0, "Hiệp 1", "first_half"]]
    assert (document["live"], document["steps"], document["master"]) == (False, 50, 0)
    first, second = document["clips"]
    assert (first["camera"], first["w"], first["h"], first["n"]) == ("cam1", 320, 180, 50)
    assert (first["sigma_ms"], second["sigma_ms"]) == (None, 2.0)
    assert (first["synchronised"], second["synchronised"]) == (True, True)
    assert (first["reference"], second["reference"]) == (True, False)
    assert first["sha256"] == held.clips[0].sha256
    assert first["fixed"] is False
    assert (first["recording"], first["damaged"]) == (False, [])
    assert first["media"]["original"] is None  # without a frame table its bytes cannot be addressed
    proxy = first["media"]["proxy"]
    assert (proxy["w"], proxy["h"]) == (160, 90)
    assert proxy["codec"].startswith("avc1.")
    assert base64.b64decode(proxy["extradata"])[0] == 1


def test_the_time_line_is_plain_arrays(site: Site, held: Match) -> None:
    version = site.get("/var/tran-1/match.json").document["version"]
    for first in (0, 7, 50, 900):
        answer = site.get(f"/var/tran-1/timeline.bin?version={version}&from={first}")
        line = timeline_of(answer.body)
        first = min(first, 50)
        assert (line.clips, line.first, line.count) == (2, first, 50)
        assert line.t == pytest.approx([0.04 * n for n in range(first, 50)], abs=2**-25)  # sent in 2^-24 s
        assert line.frames[0] == list(range(first, 50))
        assert line.late_us[0] == [0] * (50 - first)
        ours = held.clips[1]
        for n, (frame, late_us) in enumerate(zip(line.frames[1], line.late_us[1], strict=True), first):
            exact = ours.frame_at(Fraction(n, 25))
            assert frame == (-1 if exact is None else exact)
            off_s = 0 if exact is None else ours.match_s(exact) - Fraction(n, 25)
            assert abs(late_us - off_s * 10**6) <= Fraction(1, 2)
    assert -1 in line.frames[1] or first == 50
    other = site.get("/var/tran-1/timeline.bin?version=other")
    assert (other.status, other.document["code"]) == (409, "layout_changed")
    assert site.get("/var/tran-1/timeline.bin?from=-1").status == 400


def test_groups_of_the_frames_that_are_asked_for(site: Site, held: Match) -> None:
    found = gops_of(site.get("/var/tran-1/cam1/gops.bin?from=13&to=27").body)
    assert found["display"].tolist() == list(range(10, 30))  # whole groups
    assert found["idr"].tolist() == [int(i % 10 == 0) for i in range(10, 30)]
    assert len(set(found["gop"].tolist())) == 2
    assert set(found["medium"].tolist()) == {1}
    data = held.clips[0].proxy.read_bytes()
    extradata = base64.b64decode(site.get("/var/tran-1/match.json").document["clips"][0]["media"]["proxy"]["extradata"])
    decoder: Any = av.CodecContext.create("h264", "r")
    decoder.extradata = extradata
    shown = []
    for packet in found[found["display"] >= 20]:
        pos, size = int(packet["pos"]), int(packet["size"])
        answer = site.get(f"/var/tran-1/cam1/media/{packet['file']}.mp4", Range=f"bytes={pos}-{pos + size - 1}")
        assert answer.body == data[pos : pos + size]
        shown += decoder.decode(av.Packet(answer.body))
    shown += decoder.decode(None)
    assert [barcode.number(frame.to_ndarray(format="bgr24")) for frame in shown] == list(range(20, 30))
    assert len(gops_of(site.get("/var/tran-1/cam1/gops.bin?from=50&to=80").body)) == 0
    assert len(gops_of(site.get("/var/tran-1/cam1/gops.bin?from=5&to=5").body)) == 0


def test_match_json_is_compressed_and_known_again(site: Site) -> None:
    packed = site.get("/var/tran-1/match.json", Accept_Encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    plain = site.get("/var/tran-1/match.json", Accept_Encoding="gzip;q=0, identity")
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    again = site.get("/var/tran-1/match.json", If_None_Match=packed.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_match_json_follows_the_match(held: Match) -> None:
    current = {"m": held}
    live = Site(Starlette(routes=routes(lambda name: current.get(name))))
    try:
        before = live.get("/var/m/match.json")
        late = replace(held.clips[1], to_match=ClockMap(Fraction(1)))
        current["m"] = replace(held, clips=(held.clips[0], late))
        after = live.get("/var/m/match.json", If_None_Match=before.headers["etag"])
        assert after.status == 200
        assert after.document["version"] != before.document["version"]
        assert live.get(f"/var/m/timeline.bin?version={before.document['version']}").status == 409
        line = timeline_of(live.get(f"/var/m/timeline.bin?version={after.document['version']}").body)
        assert line.frames[1][:20] == [-1] * 20
        # A name is not the layout: the time line stays as it is.
        current["m"] = replace(current["m"], name="Tên khác")
        named = live.get("/var/m/match.json").document
        assert (named["name"], named["version"]) == ("Tên khác", after.document["version"])
    finally:
        live.close()


def test_a_group_of_pictures_by_one_range(site: Site, held: Match) -> None:
    packets = gops_of(site.get("/var/tran-1/cam1/gops.bin?from=10&to=20").body)
    first, last = int(packets["pos"][0]), int(packets["pos"][-1] + packets["size"][-1]) - 1
    data = held.clips[0].proxy.read_bytes()
    answer = site.get("/var/tran-1/cam1/media/1.mp4", Range=f"bytes={first}-{last}", Accept_Encoding="gzip")
    assert answer.status == 206
    assert answer.body == data[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(data)}"
    assert answer.headers["content-type"] == "video/mp4"
    assert "content-encoding" not in answer.headers
    tail = site.get("/var/tran-1/cam1/media/1.mp4", Range="bytes=-10")
    assert tail.body == data[-10:]
    whole = site.get("/var/tran-1/cam1/media/1.mp4")
    assert (whole.status, whole.body, whole.headers["accept-ranges"]) == (200, data, "bytes")


def test_ranges_that_make_no_sense(site: Site, held: Match) -> None:
    size = held.clips[0].proxy.stat().st_size
    beyond = site.get("/var/tran-1/cam1/media/1.mp4", Range=f"bytes={size}-")
    assert (beyond.status, beyond.document["code"]) == (416, "range_beyond_end")
    assert beyond.headers["content-range"] == f"bytes */{size}"
    assert site.get("/var/tran-1/cam1/media/1.mp4", Range="bytes=-0").status == 416
    for wrong in ("bytes=9-3", "bytes=a-b", "bytes=-", "bytes=", "lines=1-2", "bytes"):
        answer = site.get("/var/tran-1/cam1/media/1.mp4", Range=wrong)
        assert (answer.status, answer.document["code"]) == (400, "bad_range"), wrong


def test_what_may_be_kept_and_for_how_long(site: Site, held: Match) -> None:
    sha256 = held.clips[0].sha256
    for path in ("/var/tran-1/cam1/media/1.mp4", "/var/tran-1/cam1/still/3.jpg"):
        asked = site.get(path)
        assert "no-cache" in asked.headers["cache-control"]
        assert site.get(path, If_None_Match=asked.headers["etag"]).status == 304
        kept = site.get(f"{path}?v={sha256[:16]}")
        assert "immutable" in kept.headers["cache-control"]
        for other in ("0" * 16, sha256[:3], ""):
            replaced = site.get(f"{path}?v={other}")
            assert (replaced.status, replaced.document["code"]) == (404, "media_replaced")


def test_a_still_is_the_source_frame(site: Site, held: Match) -> None:
    for i in (0, 17, 49):
        answer = site.get(f"/var/tran-1/cam1/still/{i}.jpg")
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
        picture = simplejpeg.decode_jpeg(answer.body, "BGR")
        assert picture.shape == (180, 320, 3)
        assert barcode.read(picture) == (1, i)
        assert answer.headers["x-frame"] == str(i)
        assert answer.headers["x-pts"] == str(held.clips[0].pts[i])
        assert answer.headers["x-source"] == held.clips[0].sha256
    small = simplejpeg.decode_jpeg(site.get("/var/tran-1/cam2/still/5.jpg?h=96").body, "BGR")
    assert (small.shape[0], barcode.read(small)) == (96, (2, 5))


def test_many_stills_at_once(site: Site) -> None:
    jobs = [(camera, i) for i in range(29, -1, -2) for camera in (1, 2)]
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda job: site.get(f"/var/tran-1/cam{job[0]}/still/{job[1]}.jpg"), jobs)
        assert [barcode.read(simplejpeg.decode_jpeg(a.body, "BGR")) for a in answers] == jobs


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/var/none/match.json", 404, "no_such_match"),
        ("/var/none/cam1/media/1.mp4", 404, "no_such_match"),
        ("/var/tran-1/cam9/media/1.mp4", 404, "no_such_camera"),
        ("/var/tran-1/cam9/still/0.jpg", 404, "no_such_camera"),
        ("/var/tran-1/cam1/still/50.jpg", 404, "no_such_frame"),
        ("/var/tran-1/cam1/still/-1.jpg", 404, "no_such_frame"),
        ("/var/tran-1/cam1/still/999999999999.jpg", 400, "not_a_number"),
        ("/var/tran-1/cam1/still/1.5.jpg", 400, "not_a_number"),
        ("/var/tran-1/cam1/still/1.jpg?h=big", 400, "not_a_number"),
        ("/var/tran-1/cam1/still/1.jpg?h=0", 400, "bad_still_height"),
        ("/var/tran-1/cam1/still/1.jpg?h=99999", 400, "bad_still_height"),
        ("/var/tran-1/cam1/source.mp4", 404, "no_such_file"),
        ("/var/tran-1/cam1/media/0.mp4", 404, "no_such_video"),
        ("/var/tran-1/cam1/media/7.mp4", 404, "no_such_video"),
        ("/var/tran-1/cam1/media/x.mp4", 400, "not_a_number"),
        ("/var/tran-1/cam1/gops.bin", 400, "not_a_number"),
        ("/var/tran-1/cam1/gops.bin?from=9&to=3", 400, "bad_window"),
        ("/var/tran-1/cam1/gops.bin?from=-4&to=3", 400, "bad_window"),
        ("/var/tran-1/cam1/gops.bin?from=0&to=9000000", 400, "bad_window"),
        ("/var/tran-1/cam9/gops.bin?from=0&to=9", 404, "no_such_camera"),
        ("/var/none/timeline.bin", 404, "no_such_match"),
        ("/var/k%C3%ADn/timeline.bin", 403, "not_allowed"),
        ("/var/k%C3%ADn/cam1/gops.bin?from=0&to=9", 403, "not_allowed"),
        ("/var/k%C3%ADn/match.json", 403, "not_allowed"),
        ("/var/k%C3%ADn/cam1/media/1.mp4", 403, "not_allowed"),
        ("/var/k%C3%ADn/cam1/still/1.jpg", 403, "not_allowed"),
        ("/var/ui/none.js", 404, "no_such_file"),
        ("/var/ui/", 404, "no_such_file"),
    ],
)
def test_refusals_are_json_in_both_languages(site: Site, path: str, status: int, code: str) -> None:
    for lang in LANGUAGES:
        answer = site.get(path + ("&" if "?" in path else "?") + f"lang={lang}")
        assert (answer.status, answer.document["code"]) == (status, code)
        assert answer.document["status"] == "refused"
        assert answer.document["detail"]
        assert "{" not in answer.document["detail"] + answer.document["hint"]


def test_nothing_else_of_the_disk(site: Site, tmp_path: Path) -> None:
    secret = WEB.parent / "model.py"
    assert secret.is_file()
    for path in (
        "/var/ui/../model.py",
        "/var/ui/..%2fmodel.py",
        "/var/ui/%2e%2e/model.py",
        "/var/ui/x/../../model.py",
        "/var/ui//etc/passwd",
        "/var/ui/%2fetc%2fpasswd",
        "/var/ui/..%5cmodel.py",
        "/var/ui/.hidden.js",
        "/var/ui/a%00.js",
        "/var/tran-1/..%2f..%2fmodel.py/media/1.mp4",
        "/var/..%2fmodel.py",
        f"/var/ui/{tmp_path}/x.js",
    ):
        answer = site.get(path)
        assert answer.status in (400, 404), path
        assert answer.document["status"] == "refused"


def test_the_players_files(held: Match, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web = tmp_path / "web"
    (web / "parts").mkdir(parents=True)
    (web / "parts" / "x.js").write_text("export const a = 1;")
    (web / "style.css").write_text("a{}")
    (web / "notes.py").write_text("x = 1")
    (tmp_path / "outside.js").write_text("secret")
    (web / "link.js").symlink_to(tmp_path / "outside.js")
    monkeypatch.setattr("var.media.WEB", web.resolve())
    live = Site(Starlette(routes=routes({held.id: held}.get)))
    try:
        module = live.get("/var/ui/parts/x.js")
        assert (module.status, module.body) == (200, b"export const a = 1;")
        assert module.headers["content-type"].startswith("text/javascript")
        assert "no-cache" in module.headers["cache-control"]
        assert live.get("/var/ui/parts/x.js", If_None_Match=module.headers["etag"]).status == 304
        assert "immutable" in live.get("/var/ui/parts/x.js?v=7").headers["cache-control"]
        assert live.get("/var/ui/style.css").headers["content-type"].startswith("text/css")
        assert live.get("/var/ui/notes.py").status == 404
        assert live.get("/var/ui/link.js").status == 404
        assert live.get("/var/ui/parts").status == 404
    finally:
        live.close()


def test_media_that_went_away_or_changed(held: Match, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(held.clips[0].path.read_bytes()[:3000])
    gone = replace(held.clips[0], path=tmp_path / "gone.mp4", proxy=tmp_path / "gone.proxy.mp4")
    swapped = replace(held.clips[1], path=cut)
    live = Site(Starlette(routes=routes({"m": replace(held, clips=(gone, swapped))}.get)))
    try:
        for path, status, code in (
            ("/var/m/cam1/media/1.mp4", 404, "no_such_video"),
            ("/var/m/cam1/still/1.jpg", 404, "no_such_video"),
            ("/var/m/match.json", 200, None),  # without proxies: stills from the source
            ("/var/m/cam2/still/1.jpg", 422, "truncated_video"),
        ):
            answer = live.get(path)
            assert (answer.status, answer.document.get("code")) == (status, code)
    finally:
        live.close()


def test_decoding_does_not_hold_up_other_requests(held: Match) -> None:
    """While one lookup sleeps in its thread, the event loop answers others."""
    gate = threading.Event()

    def find(name: str) -> Match | None:
        if name == "slow":
            gate.wait(20)
        return held if name in ("slow", held.id) else None

    live = Site(Starlette(routes=routes(find)))
    try:
        with ThreadPoolExecutor(1) as threads:
            slow = threads.submit(live.get, "/var/slow/cam1/still/1.jpg")
            assert live.get(f"/var/{held.id}/cam1/still/2.jpg").status == 200
            assert not slow.done()
            gate.set()
            assert slow.result(20).status == 200
    finally:
        gate.set()
        live.close()


def test_streamlit_serves_the_routes_beside_its_page(held: Match, tmp_path: Path) -> None:
    from streamlit.starlette import App

    page = tmp_path / "page.py"
    page.write_text("import streamlit as st\nst.write('Xin chào')\n", "utf-8")
    live = Site(App(str(page), routes=routes({held.id: held}.get)))
    try:
        assert b"<title>Streamlit</title>" in live.get("/").body
        assert live.get("/var/tran-1/match.json", Accept_Encoding="gzip").headers["content-encoding"] == "gzip"
        ranged = live.get("/var/tran-1/cam1/media/1.mp4", Range="bytes=0-99", Accept_Encoding="gzip")
        assert (ranged.status, len(ranged.body)) == (206, 100)
        assert "content-encoding" not in ranged.headers
        whole = live.get("/var/tran-1/cam1/media/1.mp4", Accept_Encoding="gzip")
        assert whole.body == held.clips[0].proxy.read_bytes()
        still = live.get("/var/tran-1/cam1/still/9.jpg", Accept_Encoding="gzip")
        assert barcode.read(simplejpeg.decode_jpeg(still.body, "BGR")) == (1, 9)
        assert live.get("/var/none/match.json").document["code"] == "no_such_match"
        assert live.get("/var/anything/else").document["code"] == "no_such_file"
    finally:
        live.close()


range_parts = st.one_of(
    st.tuples(st.integers(0, 2000), st.integers(0, 2000)).map(lambda p: f"{p[0]}-{p[1]}"),
    st.integers(0, 2000).map(lambda n: f"{n}-"),
    st.integers(0, 2000).map(lambda n: f"-{n}"),
    st.text("0123456789-, =b", max_size=8),
)


@given(st.lists(range_parts, max_size=4).map(lambda parts: "bytes=" + ",".join(parts)), st.integers(1, 1500))
def test_what_passes_our_check_can_be_served(header: str, size: int) -> None:
    try:
        _check_range(header, size)
    except (BadValue, _Refused):
        return
    FileResponse._parse_range_header(header, size)  # raises where the answer would not be JSON
