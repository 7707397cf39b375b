"""An athlete's page, driven without a browser: what it says, what a tap keeps, and the way back from it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from training_home import HABIT, charts, furnish, page, words

from athletes.archive import Archive
from athletes.model import Athlete, ZoneMethod, ZoneSetting
from athletes.panels.words import day_words
from athletes.people.consent import Consents
from athletes.people.standing import NoConsent, Scope
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from athletes.synthetic_season import run_with_all
from touchline.i18n import t
from touchline.origin import Origin

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
PARTS = ("diary", "sessions", "hrv", "zones", "bests", "profile")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("athlete") / "home"
    furnish(home)
    page(home, "vi", athlete="lan")  # computes the season once for all
    return home


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(furnished, tmp_path / "home"))


def part(app: AppTest, name: str) -> AppTest:
    return app.segmented_control(key="athlete-part-lan").set_value(name).run()


def kept(home: Path, kind: RecordKind) -> list[Record]:
    return Records(Archive(home)).of("lan", [kind])


def typed(home: Path, kind: RecordKind, day: date) -> dict[str, float]:
    found = [one for one in kept(home, kind) if one.day == day]
    return dict(found[-1].values) if found else {}


def today() -> date:
    """The page's day: without a browser it goes by UTC."""
    return datetime.now(UTC).date()


@LANGUAGES
def test_the_page_says_what_to_look_at_and_draws_the_season(furnished: Path, lang: str) -> None:
    app = page(furnished, lang, athlete="lan")
    said = words(app)
    assert t("athletes.triage.look_at", lang) in said
    assert ("Đùi sau" if lang == "vi" else "Back of the thigh") in said  # the open injury, with training since
    assert t("athletes.sessions.origin.simulated", lang) in said
    assert t("athletes.load.method.trimp_banister", lang) in said
    spec = json.loads(charts(app)[0])
    assert len(spec["vconcat"]) == 3
    drawn = json.dumps(spec, ensure_ascii=False)
    assert t("athletes.season.form_title", lang) in drawn
    assert t("athletes.season.morning_title", lang) in drawn
    for name in PARTS:
        said = words(part(app, name))
        assert "athletes." not in said.replace("athletes.load.", ""), name


def test_the_range_buttons_change_the_days_drawn(furnished: Path) -> None:
    app = page(furnished, "vi", athlete="lan")
    domains = []
    for name in ("weeks", "season", "years"):
        app.segmented_control(key="athlete-range-lan").set_value(name).run()
        (view, *_) = json.loads(charts(app)[0])["vconcat"]
        first, last = view["layer"][-1]["encoding"]["x"]["scale"]["domain"]
        domains.append(round(last - first))
    assert 42 <= domains[0] <= 51  # six weeks, and the days of the week that is planned
    assert 49 <= domains[1] <= 59  # no further back than the first thing that is known
    assert domains[1] == domains[2]


def test_one_tap_keeps_an_answer_and_another_takes_it_back(home: Path) -> None:
    app = page(home, "vi", athlete="lan")
    day = today()
    app.segmented_control(key=f"well-day-lan-{day}-mood-new").set_value(4).run()
    assert typed(home, RecordKind.WELLNESS, day) == {"mood": 4.0}
    assert "vui" in words(app)
    (first,) = [one for one in kept(home, RecordKind.WELLNESS) if one.day == day]
    app.segmented_control(key=f"well-day-lan-{day}-fatigue-{first.id}").set_value(1).run()
    assert typed(home, RecordKind.WELLNESS, day) == {"mood": 4.0, "fatigue": 1.0}
    app.button("diary-undo-lan").click().run()
    assert typed(home, RecordKind.WELLNESS, day) == {"mood": 4.0}


def test_an_injury_is_noted_changed_taken_off_and_brought_back(home: Path) -> None:
    app = page(home, "en", athlete="lan")
    app.segmented_control(key="diary-kind-lan").set_value(RecordKind.INJURY).run()
    save = t("athletes.diary.keep", "en")
    next(button for button in app.button if button.label == save).click().run()
    assert t("athletes.diary.no_where", "en") in words(app)
    where = next(box for box in app.selectbox if box.label == t("athletes.diary.where", "en"))
    where.set_value("knee")
    next(button for button in app.button if button.label == save).click().run()
    (made,) = [one for one in kept(home, RecordKind.INJURY) if one.what == "knee"]
    assert made.values == {}
    assert made.until is None
    app.button(f"diary-edit-{made.id}").click().run()
    healed = [box for box in app.date_input if box.label == t("athletes.diary.until", "en")][-1]
    healed.set_value(made.day)
    [button for button in app.button if button.label == save][-1].click().run()
    (changed,) = [one for one in kept(home, RecordKind.INJURY) if one.what == "knee"]
    assert (changed.until, changed.replaces) == (made.day, made.id)
    app.button(f"diary-remove-{changed.id}").click().run()
    assert not [one for one in kept(home, RecordKind.INJURY) if one.what == "knee"]
    app.button("diary-undo-lan").click().run()
    assert [one.id for one in kept(home, RecordKind.INJURY) if one.what == "knee"] == [changed.id]


@LANGUAGES
def test_a_morning_reading_is_measured_from_a_file_or_refused_with_a_reason(home: Path, lang: str) -> None:
    app = page(home, lang, athlete="lan")
    app.segmented_control(key="diary-kind-lan").set_value(RecordKind.READING).run()
    rng = np.random.default_rng(3)
    calm = 1000 + np.cumsum(rng.normal(0, 6, 360)) * 0.5 + rng.normal(0, 25, 360)
    app.file_uploader[0].set_value(("sáng.txt", "\n".join(f"{ms:.0f}" for ms in calm).encode(), "text/plain")).run()
    assert "RMSSD" in words(app)
    before = len(kept(home, RecordKind.READING))
    app.button("morning-keep-lan").click().run()
    found = kept(home, RecordKind.READING)
    assert len(found) == before + 1
    assert found[-1].what == "lying"
    assert found[-1].values["rmssd_ms"] == pytest.approx(np.sqrt(np.mean(np.diff(np.round(calm)) ** 2)), rel=0.1)
    short = "\n".join(["1000", "1010"] * 10).encode()
    app.file_uploader[0].set_value(("ngắn.txt", short, "text/plain")).run()
    refused = t("athletes.diary.file_refused", lang, reason="")
    assert refused.strip() in words(app)
    assert len(kept(home, RecordKind.READING)) == before + 1


def test_zones_are_dated_by_sport_and_a_change_can_be_undone(home: Path) -> None:
    app = part(page(home, "vi", athlete="lan"), "zones")
    app.selectbox(key="zones-sport-lan-new").set_value("cycling").run()
    app.selectbox(key="zones-method-lan-new").set_value(ZoneMethod.THRESHOLD).run()
    star = t("athletes.zone_page.threshold_bpm", "vi") + " *"
    next(box for box in app.number_input if box.label == star).set_value(168.0)
    next(button for button in app.button if button.label == t("athletes.diary.keep", "vi")).click().run()
    ridden = [one for one in Archive(home).athlete("lan").zone_settings if one.sport == "cycling"]
    assert [(one.method, one.threshold_bpm) for one in ridden] == [(ZoneMethod.THRESHOLD, 168)]
    assert "5a" in words(app)  # Friel's seven
    app.button("zones-undo-lan").click().run()
    assert not [one for one in Archive(home).athlete("lan").zone_settings if one.sport == "cycling"]


def test_two_coaches_change_zones_and_neither_loses_the_others(home: Path) -> None:
    archive = Archive(home)
    app = part(page(home, "vi", athlete="lan"), "zones")
    app.selectbox(key="zones-sport-lan-new").set_value("cycling").run()
    app.selectbox(key="zones-method-lan-new").set_value(ZoneMethod.HR_MAX).run()
    archive.change_settings("lan", come=[ZoneSetting(sport="rowing", hr_max_bpm=186.0)])
    next(button for button in app.button if button.label == t("athletes.diary.keep", "vi")).click().run()
    sports = {one.sport for one in archive.athlete("lan").zone_settings}
    assert sports == {None, "cycling", "rowing"}
    archive.change_settings("lan", come=[ZoneSetting(sport="walking", hr_max_bpm=180.0)])
    app.button("zones-undo-lan").click().run()
    assert {one.sport for one in archive.athlete("lan").zone_settings} == {None, "rowing", "walking"}


def test_zone_settings_are_health_data_and_refused_after_a_withdrawal(home: Path) -> None:
    archive = Archive(home)
    lan, new = archive.athlete("lan"), ZoneSetting(sport="rowing", hr_max_bpm=186.0)
    Consents(archive).withdraw("lan", [Scope.HEALTH], date(2026, 1, 1))
    with pytest.raises(NoConsent):
        archive.change_settings("lan", come=[new])
    with pytest.raises(NoConsent):
        archive.save_athlete(replace(lan, zone_settings=(*lan.zone_settings, new)))
    assert archive.save_athlete(replace(lan, name="Lan")).zone_settings == lan.zone_settings
    archive.change_settings("lan", gone=lan.zone_settings)
    assert archive.athlete("lan").zone_settings == ()


def test_own_bounds_that_are_no_numbers_are_refused(home: Path) -> None:
    app = part(page(home, "vi", athlete="lan"), "zones")
    app.selectbox(key="zones-method-lan-new").set_value(ZoneMethod.OWN).run()
    own = next(box for box in app.text_input if box.label.startswith(t("athletes.zone_page.own_bpm", "vi")))
    own.set_value("120 nhanh")
    next(button for button in app.button if button.label == t("athletes.diary.keep", "vi")).click().run()
    assert t("athletes.zone_page.bad_bounds", "vi") in words(app)
    assert len(Archive(home).athlete("lan").zone_settings) == 1


@LANGUAGES
def test_a_range_without_any_load_says_so_and_when_the_newest_session_was(tmp_path: Path, lang: str) -> None:
    start = datetime.now(UTC) - timedelta(days=1000)
    archive = Archive(tmp_path)
    archive.save_athlete(Athlete("lan", "Trần Lan", zone_settings=(ZoneSetting(None, hr_max_bpm=190),)))
    archive.keep(run_with_all(HABIT, start, "old"), athlete_id="lan", origin=Origin.SIMULATED)
    app = page(tmp_path, lang, athlete="lan")
    assert t("athletes.season.newest", lang, day=day_words(start.date(), lang)) in words(app)
    assert not charts(app)
    app.segmented_control(key="athlete-range-lan").set_value("years").run()
    assert len(charts(app)) == 1


@LANGUAGES
def test_a_first_athlete_is_made_and_the_empty_page_says_how_to_fill_it(tmp_path: Path, lang: str) -> None:
    app = page(tmp_path, lang, view="athletes")
    assert t("athletes.training.no_athletes", lang) in words(app)
    app.text_input[0].set_value("Lê Hoa")
    next(button for button in app.button if button.label == t("athletes.person.add", lang)).click().run()
    (made,) = Archive(tmp_path).athletes()
    assert (made.name, made.birth_date, made.sex) == ("Lê Hoa", None, None)
    said = words(page(tmp_path, lang, athlete=made.id))
    assert t("athletes.season.empty", lang) in said
    assert t("athletes.diary.empty", lang) in said


def test_an_analyst_reads_everything_and_changes_nothing(furnished: Path) -> None:
    app = page(furnished, "vi", "analyst", athlete="lan")
    for name in PARTS:
        part(app, name)
        words(app)
        keys = [str(button.key) for button in app.button]
        assert not [key for key in keys if key.startswith(("diary-edit", "diary-remove", "zones-edit", "zones-remove"))]
        assert not app.get("file_uploader")
        assert not [button for button in app.button if button.label == t("athletes.diary.keep", "vi")]


def test_somebody_who_is_gone_says_so(tmp_path: Path) -> None:
    assert t("athletes.training.gone.athletes", "vi") in words(page(tmp_path, "vi", athlete="nobody"))


def test_a_section_of_the_address_is_opened_and_a_wrong_one_does_no_harm(furnished: Path) -> None:
    assert "Trần Lan" in words(page(furnished, "vi", view="athletes"))
    assert t("athletes.sessions.intro", "vi") in words(page(furnished, "vi", view="sessions"))
    words(page(furnished, "vi", view="nonsense"))
