"""The part of the settings about keeping: what each role sees, what each setting does, and what is said of it."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from keeping_home import furnish
from streamlit.testing.v1 import AppTest

from touchline.backup import back_up, check_backup
from touchline.backup.checking import remember_check
from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs
from touchline.rights import Role
from var.archive import Archive
from var.retention.holds import hold, holds
from var.retention.policy import Policy, Rule, policy_of, set_policy
from var.retention.running import run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
EVERY = tuple(Role)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("page") / "home"
    furnish(home)
    return home


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(furnished, tmp_path / "home"))


def page(home: Path, lang: str = "vi", roles: tuple[Role, ...] = EVERY) -> AppTest:
    def script(home: str, lang: str, roles: list[str]) -> None:
        from pathlib import Path

        from touchline.rights import Person, Role
        from var.panels.keeping import keeping_panel

        keeping_panel(Path(home), lang, Person("p-1", "Lan", frozenset(Role(role) for role in roles)))

    return AppTest.from_function(
        script, default_timeout=20, kwargs={"home": str(home), "lang": lang, "roles": [role.value for role in roles]}
    ).run()


def texts(shown: AppTest) -> str:
    assert not shown.exception
    parts = [shown.markdown, shown.caption, shown.success, shown.warning, shown.error, shown.subheader, shown.code]
    return "\n".join(str(each.value) for part in parts for each in part)


def ended(home: Path, kind: str) -> None:
    """Wait for the newest job of a kind."""
    ends = time.monotonic() + 30
    while (job := Jobs(home).last(kind)) is None or job.state == "running":
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert job.state == "done", job


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_its_own(role: Role, home: Path) -> None:
    shown = page(home, roles=(role,))
    heads = {each.value for each in shown.subheader}
    assert heads == {
        *([t("var.keeping.backup", "vi")] if role is Role.ADMINISTRATOR else []),
        *([t("var.retention.title", "vi")] if role is Role.ORGANISER else []),
    }
    assert not shown.exception
    assert not shown.error


@pytest.mark.parametrize(("kind", "role"), [("backup", Role.ADMINISTRATOR), ("retention", Role.ORGANISER)])
def test_work_is_shown_to_who_may_start_it(kind: str, role: Role, home: Path) -> None:
    job = Jobs(home).enter(kind, {"lang": "vi"})
    shown = page(home, roles=(role,))
    assert not shown.exception
    assert not shown.error
    shown.button(key=f"stop-{job}").click().run()
    last = Jobs(home).last(kind)
    assert last is not None
    assert last.state == "stopped"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_present_effect_is_said(lang: str, home: Path, tmp_path: Path) -> None:
    shown = page(home, lang)
    said = texts(shown)
    assert t("var.keeping.none", lang) in said
    assert t("var.keeping.off", lang) in said
    assert "var." not in said
    made = back_up(home, tmp_path / "out")
    said = texts(page(home, lang))
    assert t("var.keeping.not_checked", lang) in said
    assert f"touchline restore {made.path} --into {home} --yes" in said
    remember_check(home, check_backup(made.path))
    assert len(page(home, lang).success) == 1
    (made.path / "data" / "rules" / "venue.toml").unlink()
    remember_check(home, check_backup(made.path))
    assert any(each.value.startswith(t("var.keeping.broken", lang, at="")[:10]) for each in page(home, lang).error)
    made.path.rename(tmp_path / "taken out")
    assert t("var.keeping.out_of_reach", lang) in texts(page(home, lang))
    back_up(home, tmp_path / "out", clock=lambda: datetime.now(UTC) - timedelta(days=8))
    assert t("var.keeping.old", lang) in texts(page(home, lang))


def test_a_backup_is_made_and_checked_from_the_page(home: Path, tmp_path: Path) -> None:
    shown = page(home)
    for wrong, said in (("", "no_folder"), ("backups", "not_whole_path")):
        shown.text_input(key="keeping_out").set_value(wrong)
        next(each for each in shown.button if each.label == t("var.keeping.start", "vi")).click().run()
        assert [each.value for each in shown.error] == [t(f"var.keeping.{said}", "vi")]
    shown.text_input(key="keeping_out").set_value(str(tmp_path / "out"))
    shown.checkbox(key="keeping_media").set_value(False)
    next(each for each in shown.button if each.label == t("var.keeping.start", "vi")).click().run()
    ended(home, "backup")
    (made,) = (tmp_path / "out").glob("touchline-backup-*")
    assert not check_backup(made).told["media"]
    page(home).button(key="keeping_check").click().run()
    ended(home, "backup_check")
    assert "nguyên vẹn" in page(home).success[0].value


def test_what_fails_says_why_and_can_be_put_away(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    jobs = Jobs(home)
    jobs.start("backup", {"out": str(file / "out"), "media": True, "keys": True, "keep": None})
    ends = time.monotonic() + 30
    while (job := jobs.last("backup")) is None or job.state == "running":
        assert time.monotonic() < ends
        time.sleep(0.1)
    shown = page(home, "en")
    assert any("failed" in each.value for each in shown.error)
    shown.button(key="keeping_dismiss").click().run()
    assert not shown.error


@pytest.mark.parametrize("lang", LANGUAGES)
def test_periods_are_set_and_what_is_due_is_named_before_it_goes(lang: str, home: Path) -> None:
    shown = page(home, lang)
    shown.number_input(key="keeping_days_media").set_value(30)
    shown.checkbox(key="keeping_automatic").set_value(True)
    next(each for each in shown.button if each.label == t("var.keeping.keep", lang)).click().run()
    archive = Archive(home)
    assert policy_of(archive) == Policy({Rule.MEDIA: 30}, automatic=True)
    said = texts(shown)
    assert t("var.retention.automatic_on", lang) in said
    assert t("var.keeping.due", lang, count="1", size="")[:8] in said
    shown.button(key="keeping_run").click().run()
    assert "Trận busy" in texts(shown)
    assert t("var.keeping.confirm", lang) in texts(shown)
    assert archive.match("busy").clips[0].removed is None
    shown.button(key="keeping_confirm").click().run()
    ended(home, "retention")
    assert archive.match("busy").clips[0].removed is not None
    shown = page(home, lang)
    assert t("var.retention.nothing_due", lang) in texts(shown)
    assert "var." not in texts(shown)
    last = shown.dataframe[-1].value
    assert last.iloc[0].tolist()[1:] == [
        t("var.retention.kind.deleted", lang),
        t("var.retention.rule.media", lang),
        "busy",
        "Lan",
    ]


def test_a_match_is_held_and_released(home: Path) -> None:
    archive = Archive(home)
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    shown = page(home)
    shown.selectbox(key="keeping_hold_match").set_value("busy")
    next(each for each in shown.button if each.label == t("var.keeping.hold", "vi")).click().run()
    assert len(shown.error) == 1  # without a reason
    shown.text_input(key="keeping_hold_reason").set_value("khiếu nại")
    next(each for each in shown.button if each.label == t("var.keeping.hold", "vi")).click().run()
    assert [(each.match_id, each.by) for each in holds(archive)] == [("busy", "Lan")]
    assert t("var.retention.nothing_due", "vi") in texts(shown)
    shown.button(key="keeping_release_busy").click().run()
    assert holds(archive) == []


def test_only_administrators_set_the_days_of_sign_ins(home: Path) -> None:
    assert page(home, roles=(Role.ORGANISER,)).number_input(key="keeping_days_sign_ins").disabled
    assert not page(home).number_input(key="keeping_days_sign_ins").disabled


def test_the_booth_says_that_the_pictures_went(home: Path) -> None:
    archive = Archive(home)
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    hold(archive, "quiet", "x")
    run(archive, yes=True)

    def script(home: str) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.review import review_page

        st.session_state["match"] = "busy"
        review_page(Archive(Path(home)), "vi")

    shown = AppTest.from_function(script, default_timeout=20, kwargs={"home": str(home)}).run()
    assert not shown.exception
    assert any("đã bị xóa ngày" in each.value for each in shown.info)
