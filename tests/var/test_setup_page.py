"""Synchronising in the booth, and the clocks of the set-up: nothing is kept unasked, nothing typed is measured."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from touchline.errors import BadValue
from touchline.jobs import Jobs
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.model import Clip, Match, Setup
from var.panels.setup import clock_map, save_angles
from var.panels.sync import clock_origin, clock_text, described
from var.sync import offsets
from var.sync.auto import Check, Found
from var.sync.model import Estimate, Method, Status
from var.sync.proposals import from_frames, from_result
from var.sync.saved import saved

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
SOUND = Estimate(Method.AUDIO, Status.OK, Fraction(1, 8), Fraction(1), 0.0005, 0.9)
MOTION = Estimate(Method.MOTION, Status.WEAK, Fraction(1, 5), Fraction(1000010, 1000000), 0.01, 0.4, "ambiguous")
NOTHING = Estimate.failed(Method.AUDIO, "nothing_shared")


def clip_of(camera: str, home: Path, **changes: Any) -> Clip:
    clip = Clip(
        camera,
        f"Góc {camera[-1]}",
        home / f"{camera}.mp4",
        home / f"{camera}.proxy.mp4",
        camera[-1] * 64,
        (1920, 1080),
        Timebase(Fraction(1, 50)),
        tuple(range(500)),
        ClockMap(sigma_s=0.001 if camera == "cam1" else None),
        Origin.IMPORTED,
    )
    return replace(clip, **changes)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    found = Archive(tmp_path)
    clips = tuple(clip_of(f"cam{number}", tmp_path) for number in (1, 2, 3, 4))
    found.add_match(Match("m", "Huế – Đà Nẵng", Origin.IMPORTED, utc_now(), Setup(), clips))
    return found


def booth_page(home: Path, lang: str = "vi", *, run: bool = True) -> AppTest:
    """The panel of synchronising as the booth draws it, without the player."""

    def script(home: str, lang: str) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.sync import sync_panel

        archive = Archive(Path(home))

        @st.fragment
        def part() -> None:
            booth = Booth(archive, archive.match("m"), lang)
            booth.state["mode"] = "sync"
            point = st.session_state.pop("point", None)
            if point:
                booth.on_point(point)
            st.session_state["tool"] = sync_panel(booth)

        part()

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang}, default_timeout=60)
    if run:
        app.run()
        assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app.run()


def finished_search(home: Path) -> None:
    """A search as the job leaves it: one good angle, one weak, one failed."""
    check = Check(MOTION, 0.075, False)
    found = {"cam2": Found(SOUND, (check,)), "cam3": Found(MOTION), "cam4": Found(NOTHING)}
    proposals = {
        camera: {"estimate": offsets.kept(each.estimate), "checks": each.document} for camera, each in found.items()
    }
    result = {"match": "m", "reference": "cam1", "proposals": proposals}
    with Jobs(home).store.write() as connection:
        connection.execute(
            "INSERT INTO job VALUES ('0123', 'sync', ?, 'done', 1, '', ?, ?, '', ?, 0)",
            (json.dumps({"match": "m", "reference": "cam1"}), json.dumps(result), os.getpid(), time.time()),
        )
    assert {camera: each.estimate for camera, each in from_result(result).items()} == {
        camera: each.estimate for camera, each in found.items()
    }


@LANGUAGES
def test_nothing_is_kept_before_it_is_accepted(archive: Archive, lang: str) -> None:
    finished_search(archive.home)
    before = [clip.to_match for clip in archive.match("m").clips]
    app = booth_page(archive.home, lang)
    assert [clip.to_match for clip in archive.match("m").clips] == before
    keys = {str(button.key) for button in app.button}
    assert {"accept-cam2", "accept-cam3"} <= keys
    assert "accept-cam4" not in keys  # what was not found cannot be accepted
    press(app, "accept-cam2")
    clips = archive.match("m").clips
    assert (clips[1].to_match.offset_s, clips[1].timing) == (Fraction(1, 8), Origin.MEASURED)
    assert [clip.to_match for clip in clips[2:]] == before[2:]
    press(app, "accept-cam3")  # weak, and a person has looked at it
    assert archive.match("m").clip("cam3").to_match.rate == Fraction(1000010, 1000000)
    assert saved(archive, "m")["cam3"].used
    press(app, "sync_drop")
    assert "accept-cam2" not in {str(button.key) for button in app.button}


@LANGUAGES
def test_nudges_go_by_frames_and_milliseconds_and_come_back(archive: Archive, lang: str) -> None:
    app = booth_page(archive.home, lang)
    offset = lambda: archive.match("m").clip("cam2").to_match.offset_s  # noqa: E731
    press(app, "nudge-frame_on")
    assert offset() == Fraction(1, 50)
    press(app, "nudge-ms_back")
    assert offset() == Fraction(1, 50) - Fraction(1, 1000)
    press(press(app, "nudge-undo"), "nudge-undo")
    assert offset() == 0
    press(app, "nudge-undo")
    assert app.error  # says that nothing is left


def test_a_pair_of_clicks_gives_the_offset_of_the_very_frames(archive: Archive) -> None:
    app = booth_page(archive.home)
    press(app, "pairs_begin")

    def click(camera: str, frame: int, sha256: str | None = None) -> None:
        seq = app.session_state["booth-m"]["ack"] + 1
        point = {"seq": seq, "camera": camera, "frame": frame, "u": 5.0, "v": 5.0, "sha256": sha256 or camera[-1] * 64}
        app.session_state["point"] = point
        app.run()
        assert not app.exception

    assert app.session_state["tool"]["cameras"] == ["cam1"]
    click("cam1", 100, "f" * 64)  # a picture of another recording
    assert app.error
    click("cam2", 90)  # not the angle that was asked for
    assert app.session_state["tool"]["cameras"] == ["cam1"]
    click("cam1", 100)
    app.run()
    assert app.session_state["tool"]["cameras"] == ["cam2"]
    click("cam2", 90)
    app.run()
    assert app.session_state["tool"] is None
    press(app, "pairs_use")
    clip = archive.match("m").clip("cam2")
    # Frame 100 of the one is frame 90 of the other, at 50 pictures a second, whatever their clocks were.
    assert clip.match_s(90) == archive.match("m").clip("cam1").match_s(100)
    assert clip.to_match.sigma_s is not None
    # Half a frame of 20 ms on either side; the reference gives match time itself.
    assert clip.to_match.sigma_s == pytest.approx(math.hypot(0.010, 0.010), rel=1e-3)


def test_pairs_on_angles_of_different_speed(archive: Archive, tmp_path: Path) -> None:
    match = archive.match("m")
    slow = clip_of("cam2", tmp_path, timebase=Timebase(Fraction(1, 25)))
    match = replace(match, clips=(match.clips[0], slow))
    pairs = [(100, 40), (300, 140)]  # 2.0 s and 6.0 s of the one are 1.6 s and 5.6 s of the other
    found = from_frames(match, "cam1", "cam2", pairs)
    assert found.status is Status.OK
    assert float(found.offset_s or 0) == pytest.approx(0.4, abs=1e-6)
    assert from_frames(match, "cam1", "cam2", []).status is Status.FAILED


@LANGUAGES
def test_results_say_their_status_in_words_and_shapes(lang: str) -> None:
    checked = described("<b>x</b>", Found(SOUND, (Check(MOTION, 0.0754, False), Check(NOTHING))), lang)
    assert "✓" in checked
    assert "<b>x</b>" not in checked  # a label is text
    assert ("+125,0 ms" if lang == "vi" else "+125.0 ms") in checked
    assert ("± 1,0 ms" if lang == "vi" else "± 1.0 ms") in checked  # 1.96 x 0.5 ms
    assert ("75,4" if lang == "vi" else "75.4") in checked  # the disagreement is shown, not hidden
    assert "✕" in checked
    weak, failed = described("B", Found(MOTION), lang), described("C", Found(NOTHING), lang)
    assert "▲" in weak
    assert ("+10,0 ppm" if lang == "vi" else "+10.0 ppm") in weak
    assert "✕" in failed
    assert "ppm" not in failed  # no number where there is none


@LANGUAGES
def test_a_typed_clock_is_set_by_hand_and_never_called_measured(archive: Archive, tmp_path: Path, lang: str) -> None:
    match = archive.match("m")
    rows = [
        {"label": clip.label, "offset_ms": 0.0, "slow": 1.0, "sigma_ms": None, "fixed": False} for clip in match.clips
    ]
    rows[1]["offset_ms"] = 250.0
    rows[0]["sigma_ms"] = 1.0
    save_angles(
        archive, match, rows, [clock_map(row, clip.to_match) for row, clip in zip(rows, match.clips, strict=True)]
    )
    clips = archive.match("m").clips
    assert [clip.timing for clip in clips] == [Origin.IMPORTED, Origin.INFERRED, Origin.IMPORTED, Origin.IMPORTED]
    assert clips[1].to_match == ClockMap(Fraction(1, 4), Fraction(1), None)
    said = clock_origin(clips[1], None, lang)
    assert said == ("đặt tay" if lang == "vi" else "set by hand")
    assert clock_origin(clips[2], None, lang) == ("chưa đồng bộ" if lang == "vi" else "not synchronised")
    assert "?" not in clock_text(clips[1].to_match, lang)
    assert "±" not in clock_text(clips[1].to_match, lang)  # no doubt is known, so none is shown


# ------------------------------------------------------------------ what the player says


@pytest.fixture
def booth(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    import streamlit as st

    from var.panels.booth import Booth

    monkeypatch.setattr(st, "session_state", {})
    return lambda: Booth(archive, archive.match("m"), "vi")


def test_an_incident_is_at_the_painted_frame_however_the_match_has_grown(archive: Archive, booth: Any) -> None:
    archive.save_clip("m", "cam2", to_match=ClockMap(Fraction(1, 3), Fraction(1), 0.001))
    place = booth()
    action = {"name": "incident", "seq": 1, "s": 99.0, "n": 7, "camera": "cam2", "frame": 40, "sha256": "2" * 64}
    place.on_action(action)
    (incident,) = archive.incidents("m")
    assert incident.at_s == Fraction(1, 3) + Fraction(40, 50)
    place.on_action({**action, "seq": 2, "frame": None, "s": 4.123456789})  # no picture there: the step's instant
    assert archive.incidents("m")[-1].at_s == Fraction(4123457, 1000000)
    place.on_action({**action, "seq": 3, "frame": 500})  # a frame that is not there
    assert place.state["error"]
    assert len(archive.incidents("m")) == 2


def test_a_live_match_is_read_anew_before_a_mark(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import streamlit as st
    from growing import Growing

    from var.panels.booth import Booth

    monkeypatch.setattr(st, "session_state", {})
    camera = Growing(tmp_path, "live1", 0, frames=100)
    camera.grow(1)
    archive.add_match(Match("live", "L", Origin.MEASURED, utc_now(), Setup(), (camera.clip(tmp_path),)))
    place = Booth(archive, archive.match("live"), "vi")  # as the page was drawn, and stood there since
    camera.grow(4)
    action = {"seq": 1, "s": 3.0, "n": 75, "camera": "live1", "frame": 75, "sha256": place.match.clips[0].sha256}
    place.on_action({**action, "name": "incident"})
    assert place.state["error"] is None
    assert archive.incidents("live")[0].at_s == 3
    camera.grow(4)
    place.on_action({**action, "name": "kick", "frame": 80})
    assert place.state["error"] is None
    assert archive.incidents("live")[0].kick_frame == 80
    camera.writer.close()


def test_bookmarks_of_the_player_are_kept_once(archive: Archive, booth: Any) -> None:
    place = booth()
    action = {"name": "bookmark", "id": "ab" * 6, "seq": 1, "s": 2.0, "n": 100, "camera": "cam1", "frame": 100}
    action |= {"sha256": "1" * 64, "tag": None, "ends": None}
    place.on_action(action)
    place.on_action(action)
    place.on_action({**action, "name": "tag_bookmark", "tag": "foul"})
    (mark,) = archive.review("m").bookmarks
    assert (mark.at_s, mark.tag) == (Fraction(2), "foul")
    place.on_action({**action, "name": "remove_bookmark"})
    assert archive.review("m").bookmarks == ()
    place.on_action({**action, "name": "bookmark", "id": "zz"})
    assert place.state["error"]


def test_a_click_for_a_pair_must_be_of_this_recording(archive: Archive, booth: Any) -> None:
    from var.model import Click

    place = booth()
    place.sync["pair"] = {}
    with pytest.raises(BadValue):
        place.take_pair(Click("cam1", 100, "f" * 64, 1, 1))
    with pytest.raises(BadValue):
        place.take_pair(Click("cam1", 500, "1" * 64, 1, 1))
    assert place.sync["pair"] == {}
