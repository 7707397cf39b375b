"""Recording live from the page: the form, the line on every page, alarms, and a capture that breaks off."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from barcoded import record
from browser import enter, serving
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from touchline.jobs import Jobs
from touchline.store import Store, default_path
from var.archive import Archive
from var.capture.control import running, start, status, stop
from var.capture.model import CameraSource, CameraState, CameraStatus, CaptureState, CaptureStatus
from var.panels.live_form import REMEMBERED, faults_of
from var.panels.live_words import SHAPES, Level, span, strip, table, troubled
from var.panels.recording import shown_captures

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 60.0

CAMERA = CameraStatus(
    "cam1", "Khán đài A", "rtsp://a:***@x/1", CameraState.RECORDING, 500, 0, 0, 0, 10_000, 6.8e6, 25.0, 0.1,
    (1280, 720), "h264", False,
)  # fmt: skip
CAPTURE = CaptureStatus(
    "m", "Huế – Đà Nẵng", CaptureState.RECORDING, 7, "2026-11-22T01:00:00+00:00", 60.0,
    (CAMERA, replace(CAMERA, camera_id="cam2", name="Khán đài B")), 10**11, 19_230.0, 0.3,
)  # fmt: skip


def with_second(**changes: Any) -> CaptureStatus:
    return replace(CAPTURE, cameras=(CAMERA, replace(CAPTURE.cameras[1], **changes)))


# ------------------------------------------------------------------ words


def test_the_line_of_a_capture_that_is_well() -> None:
    assert strip(CAPTURE, "en").text == "● REC 2/2 · 0 lost · disk 5 h 20"
    assert strip(CAPTURE, "vi").text == "● GHI 2/2 · mất 0 · đĩa 5 giờ 20"
    assert strip(with_second(lost=1234), "vi").text == "● GHI 2/2 · mất 1.234 · đĩa 5 giờ 20"
    assert strip(replace(CAPTURE, disk_left_s=None), "en").text.endswith("disk –")  # unknown is not zero


@pytest.mark.parametrize(
    ("capture", "level", "words"),
    [
        (with_second(state=CameraState.SILENT, age_s=12.4), Level.ALARM, "Khán đài B: NO PICTURE 12 s · REC 1/2"),
        (with_second(state=CameraState.WAITING, age_s=75), Level.ALARM, "CONNECTION LOST 1 min"),
        (with_second(state=CameraState.REFUSED, age_s=None), Level.ALARM, "Khán đài B: REFUSED · REC 1/2"),
        (with_second(state=CameraState.CONNECTING), Level.ALARM, "CONNECTING"),
        (replace(with_second(state=CameraState.CONNECTING), seconds=3.0), Level.CALM, "REC 1/2"),
        (with_second(state=CameraState.ENDED), Level.CALM, "REC 1/2"),
        (replace(CAPTURE, disk_left_s=29 * 60.0), Level.WARNING, "DISK NEARLY FULL: 29 min"),
        (replace(CAPTURE, disk_left_s=30 * 60.0), Level.CALM, "disk 30 min"),
        (replace(CAPTURE, disk_left_s=200.0), Level.ALARM, "DISK NEARLY FULL: 3 min"),
        (replace(CAPTURE, heartbeat_age_s=9.0), Level.ALARM, "figures are 9 s old"),
        (replace(CAPTURE, state=CaptureState.GONE, heartbeat_age_s=900.0), Level.ALARM, "RECORDING BROKE OFF"),
        (replace(CAPTURE, state=CaptureState.STARTING), Level.WARNING, "OPENING 2/2"),
        (replace(CAPTURE, state=CaptureState.STOPPING), Level.WARNING, "STOPPING"),
        (
            replace(CAPTURE, cameras=tuple(replace(one, state=CameraState.SILENT) for one in CAPTURE.cameras)),
            Level.ALARM,
            "2 CAMERAS WITHOUT PICTURE · REC 0/2",
        ),
    ],
)
def test_the_worst_is_said_first(capture: CaptureStatus, level: Level, words: str) -> None:
    said = strip(capture, "en")
    assert (said.level, words in said.text) == (level, True), said
    assert strip(capture, "vi").level is level


def test_every_state_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == set(CameraState)
    assert len({shape for shape, _ in SHAPES.values()}) == len(SHAPES)
    assert troubled(replace(with_second(state=CameraState.SILENT), state=CaptureState.STOPPING)) == []


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (None, "–", "–"),
        (59.9, "59 giây", "59 s"),
        (1799.9, "29 phút", "29 min"),
        (3600 * 5 + 20 * 60 + 59, "5 giờ 20", "5 h 20"),
        (-1, "0 giây", "0 s"),
    ],
)
def test_a_forecast_never_promises_too_much(seconds: float | None, vi: str, en: str) -> None:
    assert (span(seconds, "vi"), span(seconds, "en")) == (vi, en)


@LANGUAGES
def test_old_figures_are_not_shown_as_present(lang: str) -> None:
    now, old = table(CAPTURE, lang), table(replace(CAPTURE, heartbeat_age_s=30.0), lang)
    rate = "6,8 Mbit/s" if lang == "vi" else "6.8 Mbit/s"
    assert rate in now
    assert rate not in old
    assert "●" not in old
    assert ("30 giây trước" if lang == "vi" else "30 s ago") in old
    fault = {each: {"detail": f"<{each}>", "hint": "!"} for each in ("vi", "en")}
    refused = table(with_second(state=CameraState.WAITING, fault=fault, retry_s=4.2, name="<b>"), lang)
    assert f"&lt;{lang}&gt; !" in refused
    assert "<b></td>" not in refused.replace("<b style", "")
    assert ("thử lại sau 4 giây" if lang == "vi" else "next try in 4 s") in refused
    silent = table(with_second(state=CameraState.SILENT, bitrate_bps=None, fps=None), lang)
    assert "–" in silent


@pytest.mark.parametrize(
    ("rows", "bad"),
    [
        ([("A", "/a.mp4"), ("B", "/b.mp4")], {}),
        ([("A", ""), ("", "/b.mp4")], {0, 1}),
        ([("A", "/a.mp4"), ("a", "/b.mp4")], {1}),
        ([("A", "/a.mp4"), ("B", "/a.mp4")], {1}),
        ([("A", "rtsp://u:***@x/1")], {0}),  # remembered without its password
    ],
)
def test_the_rows_are_checked_before_anything_starts(rows: list[tuple[str, str]], bad: Any) -> None:
    for lang in ("vi", "en"):
        assert set(faults_of(rows, lang)) == set(bad)


# ------------------------------------------------------------------ the page and a real capture


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two addresses of files that are played again and again as if they were live."""
    from fractions import Fraction

    folder = tmp_path_factory.mktemp("cameras")
    for camera in range(2):
        record(folder / f"cam{camera + 1}.mp4", camera, Fraction(25), 150)
    return [f"file:{folder}/cam{camera + 1}.mp4?loop=1" for camera in range(2)]


def wait_for(what: Callable[[], Any], why: str) -> Any:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(why)


def page(home: Path, lang: str = "vi") -> AppTest:
    def script(home: str, lang: str) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.matches import matches_page
        from var.panels.recording import recording_strip

        def opened(match_id: str) -> None:
            st.session_state["opened"] = match_id

        archive = Archive(Path(home))
        recording_strip(archive, lang, opened)
        matches_page(archive, lang, opened)

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang}, default_timeout=60)
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def end_all(home: Path) -> None:
    for one in running(home):
        stop(home, one.match_id, 30)


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.error, app.success, app.warning, app.info, app.caption, app.title)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@LANGUAGES
def test_from_the_form_to_a_match_and_back(tmp_path: Path, recordings: list[str], lang: str) -> None:
    app = press(page(tmp_path, lang), "live_begin")
    app.text_input(key="live_name").input("Huế – Đà Nẵng")
    secret = "rtsp://admin:bimat@127.0.0.1:1/x"  # nobody listens on port 1
    app.text_input(key="live-url-0").input(recordings[0])
    app.text_input(key="live-url-1").input(secret).run()
    press(app, "live_try")
    said = words(app)
    assert "640×360" in said
    assert "✕" in said  # refused by name beside its row
    assert "bimat" not in said
    app.text_input(key="live-url-1").input("").run()
    press(app, "live_start")
    assert not running(tmp_path)  # an empty row stops nothing but the start
    app.text_input(key="live-url-1").input(recordings[1]).run()
    press(app, "live_start")
    try:
        (one,) = running(tmp_path)
        assert one.name == "Huế – Đà Nẵng"
        wait_for(lambda: (found := Archive(tmp_path).find(one.match_id)) and len(found.clips) == 2, "no match came")
        app = press(page(tmp_path, lang), f"live-open-card-{one.match_id}")
        assert app.session_state["opened"] == one.match_id
        app = press(page(tmp_path, lang), f"stop-card-{one.match_id}").run()
        assert running(tmp_path)  # it asks first
        press(app, f"stop-no-card-{one.match_id}").run()
        assert running(tmp_path)
        press(press(app, f"stop-card-{one.match_id}").run(), f"stop-yes-card-{one.match_id}")
        ended = status(tmp_path, one.match_id)
        assert ended is not None
        assert ended.state is CaptureState.ENDED
        assert not any(clip.recording for clip in Archive(tmp_path).match(one.match_id).clips)
    finally:
        end_all(tmp_path)


def test_passwords_are_not_kept_and_must_be_typed_again(tmp_path: Path, recordings: list[str]) -> None:
    app = press(page(tmp_path), "live_begin")
    app.text_input(key="live-url-0").input(recordings[0])
    app.text_input(key="live-url-1").input("rtsp://admin:bimat@127.0.0.1:1/x").run()
    press(app, "live_start")
    end_all(tmp_path)
    kept = Store(default_path(tmp_path)).setting(REMEMBERED)
    assert kept is not None
    assert "bimat" not in kept
    assert b"bimat" not in default_path(tmp_path).read_bytes()
    assert json.loads(kept)[0] == ["Máy 1", recordings[0]]
    app = press(page(tmp_path), "live_begin")
    assert "***" in app.text_input(key="live-url-1").value
    press(app, "live_start")
    assert not running(tmp_path)


@LANGUAGES
def test_a_capture_that_was_killed_says_what_is_safe_and_goes_on(
    tmp_path: Path, recordings: list[str], lang: str
) -> None:
    cameras = [CameraSource(f"Máy {number + 1}", url) for number, url in enumerate(recordings)]
    match_id = start(tmp_path, "Trận", cameras)
    try:
        wait_for(lambda: (found := Archive(tmp_path).find(match_id)) and len(found.clips) == 2, "no match came")
        wait_for(lambda: (now := status(tmp_path, match_id)) and now.seconds > 3, "nothing was recorded")
        (one,) = running(tmp_path)
        assert one.pid is not None
        os.kill(one.pid, signal.SIGKILL)
        wait_for(lambda: not running(tmp_path), "it is still called running")
        (gone,) = shown_captures(tmp_path)
        assert gone.state is CaptureState.GONE
        app = page(tmp_path, lang)
        said = words(app)
        assert ("dừng mà không báo trước" if lang == "vi" else "ended without a word") in said
        assert ("Vẫn an toàn" if lang == "vi" else "Safe, but") in said
        press(app, f"resume-card-{match_id}").run()
        assert [app.text_input(key=f"live-url-{row}").value for row in range(2)] == recordings
        press(app, "live_start")
        wait_for(lambda: len(Archive(tmp_path).match(match_id).clips) == 4, "the new angles did not come")
        clips = Archive(tmp_path).match(match_id).clips
        assert all(len(clip) > 25 and not clip.recording for clip in clips[:2])  # what was recorded is whole
        assert len({clip.label for clip in clips}) == 4
    finally:
        end_all(tmp_path)
    assert shown_captures(tmp_path) == []


def test_repairing_ends_the_alarm(tmp_path: Path, recordings: list[str]) -> None:
    match_id = start(tmp_path, "Trận", [CameraSource("A", recordings[0])])
    wait_for(lambda: Archive(tmp_path).find(match_id), "no match came")
    (one,) = running(tmp_path)
    assert one.pid is not None
    os.kill(one.pid, signal.SIGKILL)
    wait_for(lambda: not running(tmp_path), "it is still called running")
    press(page(tmp_path), f"repair-card-{match_id}")
    assert shown_captures(tmp_path) == []
    assert not Archive(tmp_path).match(match_id).clips[0].recording


@pytest.mark.browser
def test_the_line_goes_on_beside_a_playing_player(chromium: Browser, tmp_path: Path, recordings: list[str]) -> None:
    cameras = [CameraSource(f"Máy {number + 1}", url) for number, url in enumerate(recordings)]
    match_id = start(tmp_path, "Trận", cameras)
    try:
        wait_for(lambda: (found := Archive(tmp_path).find(match_id)) and len(found.clips) == 2, "no match came")
        with serving(ROOT / "streamlit_app.py", tmp_path) as address:
            context = chromium.new_context(viewport={"width": 1366, "height": 768})
            context.add_cookies([{"name": "touchline_lang", "value": "en", "url": address}])
            enter(context, address)
            view = context.new_page()
            view.set_default_timeout(60_000)
            view.goto(address)
            view.locator(f".st-key-live-open-card-{match_id} button:visible").first.click()
            view.wait_for_function("window.__touchline?.state()?.n >= 0")
            view.evaluate("window.mine = window.__touchline.player")
            line = view.locator(".st-key-rec button:visible").first
            line.wait_for()
            assert "REC 2/2" in line.inner_text()
            line.click()
            view.locator(".st-key-rec_panel table").wait_for()
            before = view.locator(".st-key-rec_panel").inner_text()
            view.wait_for_function(
                "before => document.querySelector('.st-key-rec_panel')?.innerText !== before", arg=before
            )
            assert view.evaluate("window.mine === window.__touchline.player && window.mine.root.isConnected")
            line.click()
            view.locator(".st-key-rec_panel").wait_for(state="detached")
            one = running(tmp_path)[0]
            assert one.pid is not None
            os.kill(one.pid, signal.SIGKILL)
            view.get_by_text("RECORDING BROKE OFF").first.wait_for()
            assert view.evaluate("window.mine === window.__touchline.player")
            context.close()
        work = "SELECT id FROM job WHERE state = 'running'"
        wait_for(lambda: not Jobs(tmp_path).store.rows(work), "work goes on beside a recording that was killed")
    finally:
        end_all(tmp_path)
