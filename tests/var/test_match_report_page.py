"""The button that writes the report of a match: progress, files to take away, and when it is older than the match."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from test_case_page import made

from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs
from var.archive import Archive
from var.evidence.settings import SigningSettings, write_settings
from var.export.newest import match_state, newest_entry


def panel(home: Path, lang: str, job: str | None = None) -> AppTest:
    """The panel drawn; ``job`` is one that this visit started."""

    def script(home: str, lang: str) -> None:
        from pathlib import Path

        from var.archive import Archive
        from var.panels.match_report import match_report_panel

        archive = Archive(Path(home))
        match_report_panel(archive, archive.match("m"), lang)

    app = AppTest.from_function(script, args=(str(home), lang), default_timeout=60)
    if job is not None:
        app.session_state["report-match-m"] = job
    return app.run()


def texts(app: AppTest) -> str:
    return " ".join(str(each.value) for kind in ("caption", "warning", "error") for each in app.get(kind))


def reported(home: Path, archive: Archive, **more: Any) -> None:
    """A report that is done, of what the archive says now; its files are as the job leaves them."""
    folder = home / "reports" / "m-report"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "report.pdf").write_bytes(b"%PDF-1.7")
    files = {"zip": f"{folder}.zip", "zip_signature": f"{folder}.zip.sig"}
    for file in files.values():
        Path(file).write_bytes(b"x")
    stamp = {"status": "not_configured", "authority": None, "fault": None}
    told = {
        "folder": str(folder),
        "name": folder.name,
        "entry": newest_entry(archive, "m"),
        "state": match_state(archive, "m"),
        "recordings": [],
        "package": {
            **files,
            "signed": {"report": {"holder": "Sân", "key": "ab" * 32}},
            "timestamp": stamp,
            "pdf": "PDF",
        },
        **more,
    }
    jobs = Jobs(home)
    jobs.run(jobs.enter("match_report", {"match": "m", "lang": "vi"}), {"match_report": lambda h, g, r: told})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_report_package_and_signature_are_offered_until_something_is_marked(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)
    reported(tmp_path, archive, recordings=[{"camera": "cam1", "label": "Máy 1", "state": "gone"}])
    app = panel(tmp_path, lang)
    assert not app.exception
    assert [each.proto.label for each in app.get("download_button")] == [
        t("var.match_report.download_pdf", lang),
        t("var.review.download_all", lang),
        t("var.signing.download_signature", lang),
    ]
    assert t("var.match_report.lost.gone", lang, camera="Máy 1") in texts(app)
    archive.decide(archive.incidents("m")[0].id, "offside", by="Ánh")
    app = panel(tmp_path, lang)
    assert not app.get("download_button")
    assert t("var.review.report_old", lang) in texts(app)
    assert app.button(key="match_report").label == t("var.match_report.button_anew", lang)


def test_a_job_that_runs_can_be_watched_and_stopped(tmp_path: Path) -> None:
    made(tmp_path)
    jobs = Jobs(tmp_path)
    job = jobs.enter("match_report", {"match": "m", "lang": "vi"})
    jobs.report(job, 0.4, "Ảnh của tình huống 2")
    app = panel(tmp_path, "vi", job)
    assert not any(each.key == "match_report" for each in app.button)  # no second one beside it
    app.button(key=f"stop-{job}").click().run().run()
    assert t("var.match.stopped", "vi", name=t("var.match_report.button", "vi")) in texts(app)


def test_a_token_asks_for_its_pin(tmp_path: Path) -> None:
    made(tmp_path)
    assert not panel(tmp_path, "vi").text_input
    write_settings(tmp_path, SigningSettings(None, str(tmp_path / "none.so"), "touchline", "report"))
    (field,) = panel(tmp_path, "en").text_input
    assert field.label == t("var.signing.pin", "en", token="touchline")
