"""Checking packages and setting up signatures on the page: what it says, in both languages, and to whom."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from package_files import make_package, others, ours, zipped
from streamlit.testing.v1 import AppTest

from touchline.i18n import LANGUAGES, t
from touchline.rights import NotAllowed, Person, Role
from var.evidence.settings import SigningSettings, read_settings, write_settings
from var.evidence.verdict import Status


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed zip with its signature beside it."""
    by = ours()
    return zipped(make_package(tmp_path_factory.mktemp("package"), by), by)


def panel(home: Path, lang: str, what: str = "verify", letters: str = "organiser") -> AppTest:
    def script(home: str, lang: str, what: str, role: str) -> None:
        from pathlib import Path

        from touchline.rights import Person, Role
        from var.panels.signing import signing_panel
        from var.panels.verify import verify_panel

        person = Person("p-1", "Trần Văn Minh", frozenset({Role(role)}))
        draw = verify_panel if what == "verify" else signing_panel
        draw(Path(home), lang, person)

    app = AppTest.from_function(script, args=(str(home), lang, what, letters), default_timeout=120).run()
    assert not app.exception
    return app


def sent(app: AppTest, *files: Path, trust: bytes | None = None) -> AppTest:
    given = [(file.name, file.read_bytes(), "application/octet-stream") for file in files]
    app.file_uploader(key="verify_files").set_value(given)
    if trust is not None:
        app.file_uploader(key="verify_trust").set_value([("root.pem", trust, "application/x-pem-file")])
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(str(each.value) for kind in ("success", "warning", "error", "markdown") for each in app.get(kind))


def root_of(name: str) -> bytes:
    by = ours() if name == "ours" else others()
    return by.root.public_bytes(Encoding.PEM)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sent_package_is_intact_to_who_trusts_its_sender_alone(lang: str, package: Path, tmp_path: Path) -> None:
    files = (package, package.with_name(package.name + ".sig"))
    app = sent(panel(tmp_path, lang), *files)
    assert t("var.verify.page.verdict.untrusted", lang) in app.warning[0].value
    app = sent(app, *files, trust=root_of("ours"))
    assert t("var.verify.page.verdict.intact", lang) in app.success[0].value
    assert t("var.verify.page.means.intact", lang) in app.success[0].value
    assert t("var.verify.what.zip", lang) in said(app)
    app = sent(app, *files, trust=root_of("others"))
    assert not app.success
    assert t("var.verify.page.verdict.untrusted", lang) in app.warning[0].value


def test_a_changed_byte_is_named_and_a_renamed_pair_belongs_together(package: Path, tmp_path: Path) -> None:
    data = bytearray(package.read_bytes())
    renamed = tmp_path / "goi (1).zip"
    renamed.write_bytes(data)
    signature = package.with_name(package.name + ".sig")
    app = sent(panel(tmp_path, "vi"), renamed, signature, trust=root_of("ours"))
    assert app.success  # else the signature of its every byte would not have been found
    assert t("var.verify.what.zip", "vi") in said(app)
    data[len(data) // 2] ^= 1
    renamed.write_bytes(data)
    app = sent(app, renamed, signature, trust=root_of("ours"))
    assert not app.success
    assert t("var.verify.page.verdict.tampered", "vi") in app.error[0].value
    assert len(app.get("markdown")) > 1  # what and where


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_no_package_is_refused_in_words(lang: str, tmp_path: Path) -> None:
    wrong = tmp_path / "x.zip"
    wrong.write_bytes(b"PK\x03\x04 no zip")
    app = sent(panel(tmp_path, lang), wrong)
    assert t("var.verify.page.verdict.unreadable", lang) in app.error[0].value
    app = sent(app, wrong, trust=b"no certificate")
    assert "root" in app.error[0].value
    assert t("var.verify.page.verdict.unreadable", lang) not in said(app)


def test_names_that_lead_elsewhere_stay_in_the_room(package: Path, tmp_path: Path) -> None:
    app = panel(tmp_path / "home", "en")
    app.file_uploader(key="verify_files").set_value([("../../../x.zip", package.read_bytes(), "application/zip")])
    app.run()
    assert not app.exception
    assert "x\\.zip" in said(app)
    assert not list(tmp_path.rglob("x.zip"))


def test_a_package_that_lies_here_is_chosen_from_a_list(package: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    shutil.copy(package, reports)
    app = panel(tmp_path, "vi")
    app.selectbox[0].set_value(reports / package.name).run()
    assert not app.exception
    assert t("var.verify.finding.no_zip_signature", "vi", path="x").split("x")[0] in said(app)


def test_each_status_has_words_and_a_sign(package: Path) -> None:
    for lang in LANGUAGES:
        words = [t(f"var.verify.page.verdict.{status.value}", lang) for status in Status]
        assert len(set(words)) == len(Status)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_administrator_sets_and_tries_how_reports_are_signed(lang: str, tmp_path: Path) -> None:
    app = panel(tmp_path, lang, "signing", "administrator")
    assert t("var.signing.own_key", lang) in said(app)
    app.button(key="signing_try").click().run()
    assert not app.exception
    assert "Touchline" in app.success[0].value
    app.text_input(key="signing_timestamp_url").set_value("nonsense")
    next(each for each in app.button if each.label == t("var.signing.page.keep", lang)).click().run()
    assert app.error
    assert read_settings(tmp_path) == SigningSettings()
    app.text_input(key="signing_timestamp_url").set_value(" http://tsa.example/ ")
    next(each for each in app.button if each.label == t("var.signing.page.keep", lang)).click().run()
    assert not app.exception
    assert read_settings(tmp_path) == SigningSettings("http://tsa.example/")
    assert not app.success  # what was tried is not what is set now


def test_others_see_how_reports_are_signed_and_change_nothing(tmp_path: Path) -> None:
    app = panel(tmp_path, "vi", "signing", "organiser")
    assert t("var.signing.own_key", "vi") in said(app)
    assert not app.button
    assert not app.text_input
    assert not panel(tmp_path, "vi", "signing", "coach").get("markdown")
    person = Person("p-1", "Minh", frozenset({Role.REFEREE, Role.ORGANISER}))
    with pytest.raises(NotAllowed):
        write_settings(tmp_path, SigningSettings("http://tsa.example/"), person)
    assert read_settings(tmp_path) == SigningSettings()
