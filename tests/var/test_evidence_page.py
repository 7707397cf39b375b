"""The button of the booth that writes a package: a token's PIN is asked for and kept nowhere, all files are offered."""

from __future__ import annotations

import time
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
from var.jobs import STARTING

PIN = "90210-pin"
HOLDER = "Touchline san 7e3fecac report"


def panel(home: Path, lang: str) -> AppTest:
    def script(home: str, lang: str) -> None:
        from pathlib import Path

        from var.archive import Archive
        from var.panels.report import report_panel

        archive = Archive(Path(home))
        report_panel(archive, archive.match("m"), archive.incidents("m")[0], lang)

    return AppTest.from_function(script, args=(str(home), lang), default_timeout=60).run()


def texts(app: AppTest) -> str:
    return " ".join(str(each.value) for kind in ("caption", "warning", "error") for each in app.get(kind))


def reported(home: Path, archive: Archive, **package: Any) -> None:
    """A package that is done, of what the archive says now; its files are as the job leaves them."""
    folder = home / "reports" / "m-incident-1"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "report.pdf").write_bytes(b"%PDF-1.7")
    files = {"zip": f"{folder}.zip", "zip_signature": f"{folder}.zip.sig"}
    for file in files.values():
        Path(file).write_bytes(b"x")
    stamp = {"status": "not_configured", "authority": None, "fault": None}
    signed = {"report": {"holder": HOLDER, "key": "ab" * 32}}
    told = {
        "folder": str(folder),
        "name": folder.name,
        "entry": newest_entry(archive, "m", archive.incidents("m")[0].id),
        "state": match_state(archive, "m"),
        "package": {**files, "signed": signed, "timestamp": stamp, "pdf": "PDF", **package},
    }
    jobs = Jobs(home)
    job = jobs.enter("report", {"match": "m", "incident": archive.incidents("m")[0].id, "lang": "vi"})
    jobs.run(job, {"report": lambda home, given, report: told})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_report_package_and_signature_are_offered(lang: str, tmp_path: Path) -> None:
    reported(tmp_path, made(tmp_path))
    app = panel(tmp_path, lang)
    assert not app.exception
    labels = [each.proto.label for each in app.get("download_button")]
    assert labels == [
        t("var.review.download_pdf", lang),
        t("var.review.download_all", lang),
        t("var.signing.download_signature", lang),
    ]
    assert t("var.signing.signed_by", lang, holder=HOLDER) in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_missing_stamp_is_said(lang: str, tmp_path: Path) -> None:
    stamp = {"status": "absent", "authority": "http://tsa.example/", "fault": "no answer"}
    reported(tmp_path, made(tmp_path), timestamp=stamp)
    assert t("var.report.proof.unstamped", lang, fault="no answer") in texts(panel(tmp_path, lang))


def test_without_a_token_no_pin_is_asked(tmp_path: Path) -> None:
    made(tmp_path)
    assert not panel(tmp_path, "vi").text_input


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_tokens_pin_goes_to_the_job_and_nowhere_else(lang: str, tmp_path: Path) -> None:
    """The module is not there, so the job is refused; that it is not for the missing PIN shows that it had the PIN."""
    made(tmp_path)
    write_settings(tmp_path, SigningSettings(None, str(tmp_path / "none.so"), "touchline", "report"))
    app = panel(tmp_path, lang)
    (field,) = app.text_input
    assert field.label == t("var.signing.pin", lang, token="touchline")
    field.set_value(PIN)
    app.button(key="report").click().run()
    assert app.text_input[0].value == ""
    assert PIN not in repr(app.session_state)
    jobs = Jobs(tmp_path)
    ends = time.monotonic() + 60
    while (job := jobs.unseen(STARTING)[0]).state == "running" and time.monotonic() < ends:
        time.sleep(0.1)
    assert (job.state, (job.result or {})[lang]["code"]) == ("failed", "token_module")
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and PIN.encode() in path.read_bytes()]
    assert kept == []
