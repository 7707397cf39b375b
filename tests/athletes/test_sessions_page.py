"""The page of sessions, driven without a browser, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from training_files import fit_file, fit_seconds, gpx
from training_home import charts

from athletes.archive import Archive
from athletes.demo import build
from athletes.model import ZoneMethod, ZoneSetting
from touchline.i18n import t

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def page(home: Path, lang: str, session_id: str | None = None) -> AppTest:
    def script(home: str, lang: str) -> None:
        from pathlib import Path

        from athletes.panels.training import training_page

        training_page(Path(home), lang)

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang}, default_timeout=60)
    if session_id:
        app.query_params["session"] = session_id
    else:
        app.query_params["view"] = "sessions"
    return app.run()


def test_the_short_form_of_a_session_leaves_other_settings_as_they_are(tmp_path: Path) -> None:
    session = demo(tmp_path)
    archive = Archive(tmp_path)
    whole = ZoneSetting(hr_max_bpm=192.0, hr_rest_bpm=50.0, threshold_bpm=170.0, ftp_w=250.0)
    ridden = ZoneSetting(sport="cycling", method=ZoneMethod.THRESHOLD, threshold_bpm=165.0)
    archive.save_athlete(replace(archive.athlete("demo"), zone_settings=(whole, ridden)))
    app = page(tmp_path, "vi", session)
    next(box for box in app.number_input if box.label == t("athletes.sessions.hr_max", "vi")).set_value(195.0)
    next(button for button in app.button if button.label == t("athletes.sessions.save", "vi")).click().run()
    assert not app.exception
    assert set(archive.athlete("demo").zone_settings) == {replace(whole, hr_max_bpm=195.0), ridden}


def words(app: AppTest) -> str:
    """Everything that the page says."""
    assert not app.exception
    parts = [item.value for kind in (app.markdown, app.info, app.error, app.warning, app.success) for item in kind]
    parts += [item.label for kind in (app.button, app.selectbox, app.number_input, app.expander) for item in kind]
    parts += [str(item.proto.body) for item in app.get("html")]
    return "\n".join(parts)


def demo(home: Path, lang: str = "vi") -> str:
    (made,) = build(home, force=False, lang=lang, progress=lambda _: None)
    return str(made["id"])


@LANGUAGES
def test_an_empty_page_says_how_to_fill_it(tmp_path: Path, lang: str) -> None:
    said = words(page(tmp_path, lang))
    assert ("Chưa có buổi tập nào" if lang == "vi" else "No sessions yet") in said
    assert "athletes.sessions" not in said


@LANGUAGES
def test_a_session_is_opened_from_the_list(tmp_path: Path, lang: str) -> None:
    session_id = demo(tmp_path, lang)
    app = page(tmp_path, lang)
    app.button(f"athletes-open-{session_id}").click().run()
    assert session_id in app.query_params["session"]
    said = words(app)
    assert ("Hãy xem phần nặng" if lang == "vi" else "Look at the hard part") in said
    assert ("mô phỏng" if lang == "vi" else "simulated") in said
    assert "athletes.sessions" not in said
    (chart,) = charts(app)
    assert len(json.loads(chart)["vconcat"]) == 4  # heart rate, speed, cadence, and the strip to zoom with
    app.button("athletes-back").click().run()
    assert "session" not in app.query_params


@LANGUAGES
def test_several_files_at_once_the_bad_ones_named_the_rest_kept(tmp_path: Path, lang: str) -> None:
    app = page(tmp_path, lang)
    app.file_uploader[0].set_value(
        [
            ("chạy_*1*.fit", fit_file([(fit_seconds() + i, 120) for i in range(20)]), "application/octet-stream"),
            ("ghi chú.txt", b"hello", "text/plain"),
            ("cut.gpx", gpx([130, 131, 132])[:-60].encode(), "application/gpx+xml"),
        ]
    ).run()
    said = words(app)
    assert "ghi chú.txt" in said
    assert "cut.gpx" in said
    assert ("Đã lưu 2 buổi tập." if lang == "vi" else "2 sessions were saved.") in said
    assert {entry.name for entry in Archive(tmp_path).entries()} == {"chạy_*1*", "cut"}
    app.button("athletes-dismiss").click().run()
    assert "ghi chú.txt" not in words(app)
    assert len(Archive(tmp_path).entries()) == 2


def test_changed_limits_redraw_the_zones(tmp_path: Path) -> None:
    app = page(tmp_path, "vi", demo(tmp_path))
    assert "HRmax 192" in words(app)
    app.number_input[0].set_value(200.0)
    next(button for button in app.button if button.label == "Lưu và vẽ lại").click().run()
    assert "HRmax 200" in words(app)
    assert Archive(tmp_path).athlete("demo").zone_settings[0].hr_max_bpm == 200


def test_impossible_limits_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    app = page(tmp_path, "vi", demo(tmp_path))
    app.number_input[0].set_value(50.0)  # below the resting heart rate
    next(button for button in app.button if button.label == "Lưu và vẽ lại").click().run()
    assert "không thấp hơn" in words(app)
    assert Archive(tmp_path).athlete("demo").zone_settings[0].hr_max_bpm == 192


def test_a_new_athlete_is_made_and_given_the_session(tmp_path: Path) -> None:
    session_id = demo(tmp_path)
    app = page(tmp_path, "vi", session_id)
    app.selectbox[0].set_value("new").run()
    app.text_input[0].set_value("Lê Thị Hoa")
    app.number_input[0].set_value(188.0)
    next(button for button in app.button if button.label == "Lưu và vẽ lại").click().run()
    assert "Lê Thị Hoa" in words(app)
    archive = Archive(tmp_path)
    assert archive.athlete(archive.session(session_id).athlete_id or "").name == "Lê Thị Hoa"
    assert len(archive.athletes()) == 2


@LANGUAGES
def test_deleting_can_be_undone(tmp_path: Path, lang: str) -> None:
    session_id = demo(tmp_path, lang)
    app = page(tmp_path, lang, session_id)
    app.button("athletes-delete").click().run()
    assert Archive(tmp_path).entries() == []
    app.button("athletes-undo").click().run()
    assert [entry.id for entry in Archive(tmp_path).entries()] == [session_id]
    words(app)


def test_a_session_that_is_gone_says_so(tmp_path: Path) -> None:
    assert "không còn trong danh sách" in words(page(tmp_path, "vi", "nothing"))


def test_a_broken_database_is_told_not_thrown(tmp_path: Path) -> None:
    (tmp_path / "touchline.db").write_bytes(b"not a database at all" * 100)
    assert "Không mở được cơ sở dữ liệu" in words(page(tmp_path, "vi"))
