"""The sections of the squad, of comparing, of plans and of reports, driven without a browser, in both languages."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from squad_data import TODAY, squad_home
from streamlit.testing.v1 import AppTest

from athletes import squad
from athletes.archive import Archive
from athletes.people.consent import Consents, Giver, Said
from athletes.people.erasing import erase
from athletes.people.standing import Scope
from athletes.planning import WEEK, week_of
from athletes.record_store import Records
from athletes.records import Record, RecordKind

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def page(home: Path, view: str, lang: str = "vi", role: str | None = None) -> AppTest:
    """A section of the training page on the day ``TODAY``, for the machine's owner or a person with ``role``."""

    def script(home: str, view: str, lang: str, day: str, role: str | None) -> None:
        from datetime import UTC, date
        from importlib import import_module
        from pathlib import Path

        from athletes.archive import Archive
        from athletes.panels.place import Place
        from touchline.rights import Person, Role

        person = None if role is None else Person("p-1", "Lan", frozenset({Role(role)}))
        place = Place(Archive(Path(home), person), lang, UTC, date.fromisoformat(day))
        getattr(import_module(f"athletes.panels.{view}"), view)(place)

    given = {"home": str(home), "view": view, "lang": lang, "day": TODAY.isoformat(), "role": role}
    return AppTest.from_function(script, kwargs=given, default_timeout=60).run()


def words(app: AppTest) -> str:
    """Everything that the page says."""
    assert not app.exception
    kinds = (app.markdown, app.info, app.error, app.warning, app.caption)
    parts = [item.value for kind in kinds for item in kind]
    parts += [item.label for kind in (app.button, app.selectbox, app.number_input, app.checkbox) for item in kind]
    parts += [str(item.proto.body) for item in app.get("html")]
    said = "\n".join(parts)
    assert "athletes." not in said.replace("athletes.md", "")
    return said


def plans(home: Path, since: date, until: date) -> list[Record]:
    archive = Archive(home)
    return Records(archive).of([one.id for one in archive.athletes()], (RecordKind.PLAN,), since=since, until=until)


@LANGUAGES
@pytest.mark.parametrize("view", ["squad_view", "compare_view", "plan_view", "reports_view"])
def test_a_section_without_athletes_says_how_to_begin(tmp_path: Path, view: str, lang: str) -> None:
    assert ("Chưa có vận động viên nào" if lang == "vi" else "No athletes yet") in words(page(tmp_path, view, lang))


@LANGUAGES
def test_the_squad_says_who_to_look_at_and_why_and_opens_them(tmp_path: Path, lang: str) -> None:
    home = squad_home(tmp_path)
    app = page(home, "squad_view", lang, "analyst")  # seeing is the analyst's too
    said = words(app)
    first = said.index("Nguyễn Thị Ánh")
    assert first < said.index("Trần Văn Bình")
    assert ("cổ chân, từ 21/11/2026" if lang == "vi" else "cổ chân, since 2026-11-21") in said
    assert ("▼ dưới dải" if lang == "vi" else "▼ below the band") in said
    assert ("không dự đoán chấn thương" if lang == "vi" else "predict no injury") in said
    assert "data:image/svg+xml" in said
    (athlete,) = (one for one in Archive(home).athletes() if one.name == "Nguyễn Thị Ánh")
    app.button(f"squad-open-{athlete.id}").click().run()
    assert athlete.id in app.query_params["athlete"]


def test_the_squad_is_filtered_by_group(tmp_path: Path) -> None:
    app = page(squad_home(tmp_path), "squad_view")
    app.get("button_group")[0].set_value("U17").run()
    said = words(app)
    assert "Nguyễn Thị Ánh" in said
    assert "Trần Văn Bình" not in said


@LANGUAGES
def test_athletes_and_periods_are_compared_with_what_they_stand_on(tmp_path: Path, lang: str) -> None:
    home = squad_home(tmp_path)
    app = page(home, "compare_view", lang, "analyst")
    said = words(app)
    assert ("buổi</span>" if lang == "vi" else " sessions</span>") in said
    assert "TRIMP (Banister)" in said
    assert "ln RMSSD" in said
    assert ("Tốc độ, 1 phút" if lang == "vi" else "Speed, 1 min") in said
    assert "_mps" not in said
    assert said.count('class="tl-mark simulated"') == 2  # a mark in each column
    app.multiselect[0].set_value([]).run()
    assert ("Chọn ít nhất hai người" if lang == "vi" else "Choose two athletes") in words(app)
    app.get("button_group")[0].set_value("periods").run()
    app.selectbox("compare-against").set_value("last_year").run()
    said = words(app)
    assert "<b>–</b>" in said  # nothing is known of last year, and nothing of it is 0
    assert ("Không rõ: " if lang == "vi" else "Unknown: ") in said


def test_a_plan_is_added_for_a_squad_at_once_and_undone(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    monday = week_of(TODAY)
    app = page(home, "plan_view", "vi", "coach")
    app.selectbox("plan-whom").set_value("*").run()
    before = plans(home, monday, monday + WEEK)
    app.multiselect[0].set_value([monday + timedelta(days=1), monday + timedelta(days=4)])
    app.number_input("plan-minutes-0").set_value(45.0)
    app.number_input("plan-distance_m-0").set_value(8.0)
    next(button for button in app.button if button.label == "Thêm cho 3 người").click().run()
    new = [one for one in plans(home, monday, monday + WEEK) if one not in before]
    assert len(new) == 6
    assert all(dict(one.values) == {"minutes": 45, "distance_m": 8000} and one.by == "Lan" for one in new)
    assert "Đã thêm 6 buổi" in words(app)
    app.button("plan-undo-button").click().run()
    assert plans(home, monday, monday + WEEK) == before


def test_last_week_is_copied_and_a_plan_taken_off_and_brought_back(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    monday = week_of(TODAY)
    app = page(home, "plan_view", "en", "coach")
    app.button("plan-copy").click().run()
    mine = plans(home, monday, monday + WEEK - timedelta(days=1))
    assert "were copied from last week" in words(app)
    assert len(mine) == 3
    app.button(f"plan-remove-{mine[0].id}").click().run()
    assert len(plans(home, monday, monday + WEEK - timedelta(days=1))) == 2
    app.button("plan-undo-button").click().run()
    assert plans(home, monday, monday + WEEK - timedelta(days=1)) == mine


@LANGUAGES
def test_plan_beside_done_in_a_week_and_a_month(tmp_path: Path, lang: str) -> None:
    app = page(squad_home(tmp_path), "plan_view", lang, "coach")
    app.button("plan-before").click().run()
    assert ("buổi đến hạn" if lang == "vi" else "sessions due were done") in words(app)
    assert "tl-plan" in words(app)
    app.get("button_group")[0].set_value("month").run()
    assert "tl-month" in words(app)
    app.selectbox("plan-whom").set_value("*").run()
    assert ("3 người:" if lang == "vi" else "3 people:") in words(app)


def test_an_analyst_sees_plans_and_cannot_change_them(tmp_path: Path) -> None:
    app = page(squad_home(tmp_path), "plan_view", "vi", "analyst")
    assert "huấn luyện viên" in words(app)
    assert app.button("plan-copy").disabled
    assert app.button("plan-copy").help


@LANGUAGES
def test_a_report_is_looked_at_made_and_handed_over(tmp_path: Path, lang: str) -> None:
    app = page(squad_home(tmp_path), "reports_view", lang, "coach")
    said = words(app)
    assert ("theo TRIMP" if lang == "vi" else "by TRIMP") in said
    assert ("Xem trước (2 trang)" if lang == "vi" else "Preview (2 pages)") in said
    app.button("reports-make.xlsx").click().run()
    assert app.get("download_button")
    app.selectbox("reports-span").set_value("last_month").run()
    assert not app.get("download_button")  # another report than the file


def test_a_made_file_goes_with_the_consent_and_a_name_is_no_markdown(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    archive = Archive(home)
    app = page(home, "reports_view", "en", "coach")
    app.button("reports-make.xlsx").click().run()
    assert app.get("download_button")
    (who,) = (one for one in archive.athletes() if one.id == app.selectbox("reports-whom").value)
    archive.save_athlete(replace(who, name="![x](http://evil.example/x.png)"))
    Consents(archive).withdraw(who.id, [Scope.HEALTH], TODAY, Said(Giver.GUARDIAN, "Lê B", "mẹ"))
    app.run()
    assert not app.get("download_button")
    assert "reports-made" not in app.session_state
    (said,) = (item.value for item in app.info if "evil" in item.value)
    assert said.startswith("!\\[x\\](http")


def test_who_is_erased_is_forgotten_by_every_process_that_listed_them(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    archive = Archive(home)
    first, second, third = archive.athletes()

    def remembered() -> set[str]:
        return {key[1] for key in squad._rows if key[0] == str(home)}

    squad.squad_of(archive, [first, second, third], TODAY, UTC)
    assert remembered() == {first.id, second.id, third.id}
    erase(archive, first.id)
    assert remembered() == {second.id, third.id}
    code = "import sys; from pathlib import Path; from athletes.archive import Archive; from athletes.people.erasing"
    code += " import erase; erase(Archive(Path(sys.argv[1])), sys.argv[2])"
    subprocess.run([sys.executable, "-c", code, str(home), second.id], check=True)
    squad.squad_of(archive, [third], TODAY, UTC)
    assert remembered() == {third.id}


def test_an_analysts_report_has_no_diary_and_says_so(tmp_path: Path) -> None:
    app = page(squad_home(tmp_path), "reports_view", "vi", "analyst")
    assert app.checkbox("reports-diary").disabled
    assert "chỉ huấn luyện viên" in words(app)
