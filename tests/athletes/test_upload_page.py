"""The box for files on the page: archives, diaries, several recordings of one session; each outcome by name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from training_files import fit_file, fit_seconds, gpx, tcx

from athletes.archive import Archive
from athletes.model import Athlete
from athletes.record_store import Records
from touchline.i18n import LANGUAGES, t

DIARY = "Ngày;Nhịp tim;RMSSD\n01/05/2026;52;71,25\n02/05/2026;50;75\n"


def page(home: Path, lang: str, athlete_id: str | None = None) -> AppTest:
    def script(home: str, lang: str, athlete_id: str | None) -> None:
        from datetime import UTC
        from pathlib import Path

        from athletes.archive import Archive
        from athletes.panels.upload import last_outcomes, upload

        archive = Archive(Path(home))
        upload(archive, archive.athlete(athlete_id) if athlete_id else None, UTC, lang)
        last_outcomes(lang)

    given = {"home": str(home), "lang": lang, "athlete_id": athlete_id}
    return AppTest.from_function(script, kwargs=given, default_timeout=60).run()


def said(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(item.value for kind in (app.info, app.error, app.success) for item in kind)


def give(app: AppTest, files: dict[str, bytes]) -> str:
    app.file_uploader[0].set_value([(name, data, "application/octet-stream") for name, data in files.items()]).run()
    return said(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_archive_and_a_diary_for_an_athlete(tmp_path: Path, lang: str) -> None:
    archive = Archive(tmp_path)
    athlete = archive.save_athlete(Athlete("", "An"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("a.fit", fit_file([(fit_seconds() + i, 120 + i % 9) for i in range(90)]))
        package.writestr("tối/b.gpx", gpx([130, 131, 132])[:-60])
        package.writestr("../c.fit", b"x")
    words = give(page(tmp_path, lang, athlete.id), {"tuần 1.zip": packed.getvalue(), "hrv.csv": DIARY.encode()})
    assert (
        "Đã lưu 2 buổi tập. Đã lưu 2 mục nhật ký."
        if lang == "vi"
        else "2 sessions were saved. 2 diary records were saved."
    ) in words
    assert "tuần 1.zip/../c.fit" in words
    assert "tuần 1.zip/tối/b.gpx" in words
    assert "Chưa gán" not in words
    assert "nobody" not in words
    assert "athletes." not in words
    assert len(archive.entries(athlete.id)) == 2
    assert len(Records(archive).of(athlete.id)) == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_diary_of_nobody_is_refused_and_one_session_twice_is_told(tmp_path: Path, lang: str) -> None:
    rates = [120 + i % 40 for i in range(90)]
    fit = fit_file([(fit_seconds() + i, rate) for i, rate in enumerate(rates)])
    app = page(tmp_path, lang)
    words = give(app, {"hrv.csv": DIARY.encode(), "a.fit": fit, "a.tcx": tcx(list(rates)).encode()})
    assert ("cần biết là của ai" if lang == "vi" else "whose it is") in words
    assert ("có vẻ cùng một buổi với a.fit" if lang == "vi" else "looks like the same session as a.fit") in words
    assert ("Chưa gán cho ai" if lang == "vi" else "belong to nobody yet") in words
    kept = Archive(tmp_path).entries()
    assert len(kept) == 2
    ways = [button.label for button in app.button if "open-taken" in button.key]
    assert ways == [("Mở " if lang == "vi" else "Open ") + name for name in ("a.fit", "a.tcx")]
    app.button(f"athletes-open-taken-{kept[0].id}").click().run()
    assert app.query_params["session"] == kept[0].id
    app.button("athletes-dismiss").click().run()
    assert "a.fit" not in said(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_that_is_kept_for_nobody_or_somebody_else_says_so(tmp_path: Path, lang: str) -> None:
    archive = Archive(tmp_path)
    an, binh = (archive.save_athlete(Athlete("", name)) for name in ("An", "Bình"))
    fit = {"a.fit": fit_file([(fit_seconds() + i, 120 + i % 40) for i in range(90)])}
    give(page(tmp_path, lang), fit)
    words = give(page(tmp_path, lang, an.id), fit)
    assert ("Buổi tập này chưa gán cho ai" if lang == "vi" else "belongs to nobody yet") in words
    (entry,) = archive.entries()
    archive.assign(entry.id, binh.id)
    words = give(page(tmp_path, lang, an.id), fit)
    assert ("đang là của Bình" if lang == "vi" else "is kept for Bình") in words
    other = {"b.fit": fit_file([(fit_seconds() + 9000 + i, 130 + i % 30) for i in range(90)])}
    app = page(tmp_path, lang, an.id)
    give(app, other)
    assert any(t("athletes.people.panel.unconsented", lang) in one.value for one in app.caption)
