"""A session's page, driven without a browser: curves on one axis, laps, way, loads with reasons, effort, files out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from training_home import HABIT, charts, furnish, page, words

from athletes.archive import Archive
from athletes.importers.common import Imported
from athletes.model import Athlete, Channel, Recording, Series
from athletes.panels.place import View
from athletes.people.consent import Consents, Giver, Said
from athletes.people.standing import Scope
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from athletes.synthetic_season import run_with_all
from touchline.i18n import t

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
START = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("session") / "home"
    return home, furnish(home)["session"]


@pytest.fixture
def home(furnished: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(furnished[0], tmp_path / "home"))


def kept(home: Path, recording: Recording, digest: str) -> str:
    imported = Imported(recording, (), f"{digest}.fit", digest * 8)
    return Archive(home).keep(imported, athlete_id="lan").session_id


@LANGUAGES
def test_all_curves_share_one_time_axis_and_one_cursor(furnished: tuple[Path, str], lang: str) -> None:
    home, session = furnished
    app = page(home, lang, session=session)
    said = words(app)
    spec = json.loads(charts(app)[0])
    cursor, zoom = spec["params"]
    assert cursor["views"] == [f"rule_{name}" for name in ("heart_rate", "speed", "cadence", "altitude")]
    assert zoom["views"] == ["strip"]
    assert len(spec["vconcat"]) == 6  # four channels, alpha 1, the strip
    for view in spec["vconcat"][:-1]:
        marks = [layer["encoding"].get("x", {}) for layer in view["layer"]]
        axes = [mark["scale"]["domain"] for mark in marks if "scale" in mark]
        assert axes
        assert all(domain == {"param": "zoom", "encoding": "x"} for domain in axes)
        assert {"name": "span"} in [layer["data"] for layer in view["layer"]]  # else alpha 1 began its axis at 2 min
    assert t("athletes.session_page.alpha1_note", lang) in said
    assert t("athletes.session_page.laps", lang, count=6) in said
    assert t("athletes.session_page.external.distance_m", lang) in said
    assert t("athletes.load.reason.no_ventilatory", lang) in said  # why there is no load by Lucia
    assert len(app.get("image")) == 1
    assert "athletes.session" not in said


def test_a_tap_keeps_how_hard_it_felt_and_can_be_undone(home: Path, furnished: tuple[Path, str]) -> None:
    session = furnished[1]
    app = page(home, "vi", session=session)
    assert t("athletes.load.reason.no_rpe", "vi") in words(app)
    app.segmented_control(key=f"rpe-{session}-new").set_value(7).run()
    (effort,) = Records(Archive(home)).of("lan", [RecordKind.EFFORT])
    assert effort.session_id == session
    assert effort.values["rpe"] == 7
    assert effort.values["minutes"] == pytest.approx(42, abs=0.1)
    assert t("athletes.load.reason.no_rpe", "vi") not in words(app)
    app.button("diary-undo-lan").click().run()
    assert not Records(Archive(home)).of("lan", [RecordKind.EFFORT])


@LANGUAGES
def test_a_session_without_a_heart_rate_is_drawn_and_says_so(home: Path, lang: str) -> None:
    ticks = np.arange(0, 1200, 2, dtype=np.int64) * 1000
    speed = Series(Channel.SPEED, ticks, np.full(ticks.size, 3.0))
    session = kept(home, Recording("fit", (speed,), START, "running"), "a" * 8)
    app = page(home, lang, session=session)
    said = words(app)
    assert t("athletes.session_page.no_heart_rate", lang, length="19:58") in said
    assert t("athletes.load.reason.no_heart_rate", lang) in said
    assert len(json.loads(charts(app)[0])["vconcat"]) == 2
    assert any(metres in said for metres in ("3.594", "3,594", "3.595", "3,595"))  # and nothing made up at the end


@LANGUAGES
def test_beats_alone_are_drawn_as_an_inferred_heart_rate_without_a_load(home: Path, lang: str) -> None:
    whole = run_with_all(HABIT, START, "x").recording
    session = kept(home, replace(whole, series=(), laps=()), "b" * 8)
    app = page(home, lang, session=session)
    said = words(app)
    assert t("athletes.session_page.beats_only", lang) in said
    assert t("athletes.load.reason.no_heart_rate", lang) in said
    assert len(json.loads(charts(app)[0])["vconcat"]) == 3  # the inferred rate, alpha 1, the strip


def test_files_go_out_in_a_chosen_form(furnished: tuple[Path, str]) -> None:
    home, session = furnished
    app = page(home, "vi", session=session)
    assert len(app.get("download_button")) == 1  # the way alone
    app.segmented_control(key=f"export-{session}").set_value("csv").run()
    words(app)
    assert len(app.get("download_button")) == 2


def test_after_a_withdrawal_neither_a_form_nor_the_way_goes_out(home: Path, furnished: tuple[Path, str]) -> None:
    session = furnished[1]
    Consents(Archive(home)).withdraw("lan", [Scope.HEALTH], datetime.now(UTC).date())
    app = page(home, "vi", session=session)
    assert len(app.get("image")) == 1  # in the house it is drawn
    app.segmented_control(key=f"export-{session}").set_value("csv").run()
    assert "không tạo tệp cho người khác" in words(app)
    assert not app.get("download_button")


EVIL = "![x](//evil.example/x)"
"""A picture as Markdown: whoever looks would fetch it, and tell a stranger so."""


def test_nobodys_words_are_markdown_on_any_page(home: Path, furnished: tuple[Path, str]) -> None:
    archive, session = Archive(home), furnished[1]
    archive.save_athlete(replace(archive.athlete("lan"), name=f"Lan {EVIL}", group=EVIL))
    Consents(archive).give("lan", [Scope.HEALTH], datetime.now(UTC).date(), Said(Giver.GUARDIAN, EVIL, EVIL, EVIL))
    day = datetime.now(UTC).date()
    Records(archive).keep(
        Record(RecordKind.NOTE, "lan", day, text=EVIL), Record(RecordKind.PLAN, "lan", day, {"minutes": 30}, text=EVIL)
    )
    archive.save_athlete(Athlete("binh", f"Bình {EVIL}", group=f"U19 {EVIL}"))
    places = [{"session": session}, {"athlete": "lan"}, *({"view": view.value} for view in View)]
    seen = 0
    for address in places:
        app = page(home, "en", **address)
        if "athlete" in address:
            app.segmented_control(key="athlete-part-lan").set_value("profile").run()
        assert not app.exception
        for element in app.main:
            if element.type in UNREAD:
                continue
            told = str(element.proto)
            assert EVIL not in told, (address, element.type, told)
            seen += "evil.example" in told
    assert seen >= 5


UNREAD = {"html", "selectbox", "multiselect", "text_input", "text_area", "arrow_data_frame", "arrow_vega_lite_chart"}
"""What shows texts as they are."""


def test_the_way_to_the_athlete_and_what_stands_beside(furnished: tuple[Path, str]) -> None:
    home, session = furnished
    app = page(home, "vi", session=session)
    app.button("session-athlete").click().run()
    assert "lan" in app.query_params["athlete"]
    assert "session" not in app.query_params
    assert t("athletes.season.form_title", "vi") in json.dumps(json.loads(charts(app)[0]), ensure_ascii=False)
