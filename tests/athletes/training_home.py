"""A data folder with one athlete of six weeks, simulated, and the training page driven without a browser."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from streamlit.testing.v1 import AppTest

from athletes.archive import Archive
from athletes.model import Athlete, Sex, ZoneMethod, ZoneSetting
from athletes.record_store import Records
from athletes.synthetic_season import ZONE, Habit, diary, run_with_all, sessions
from touchline.origin import Origin

HABIT = Habit(5, 190, 50, {1: (40, 0.73), 3: (45, 0.86), 5: (60, 0.74)}, hurt_days=6, low_days=3, readings=1.0)
WEEKS = 7


def furnish(home: Path, today: date | None = None) -> dict[str, str]:
    """One athlete ``lan`` with a season that ends yesterday; the id of a session that has everything."""
    last = today or datetime.now(ZONE).date()
    first = last - timedelta(days=7 * WEEKS)
    archive = Archive(home)
    setting = ZoneSetting(None, ZoneMethod.RESERVE, hr_max_bpm=190, hr_rest_bpm=50)
    archive.save_athlete(Athlete("lan", "Trần Lan", Sex.FEMALE, None, (setting,), date(2005, 2, 3), "Đội trẻ"))
    made = sessions(HABIT, first, last - timedelta(days=1), "Chạy")
    archive.keep_all([one for one, _ in made], athlete_id="lan", origin=Origin.SIMULATED)
    start = datetime(last.year, last.month, last.day, 6, tzinfo=ZONE) - timedelta(days=1)
    rich = archive.keep(run_with_all(HABIT, start, "Vòng hồ"), athlete_id="lan", origin=Origin.SIMULATED)
    Records(archive).keep(*diary(HABIT, "lan", first, last, [day for _, day in made]))
    return {"athlete": "lan", "session": rich.session_id}


def page(home: Path, lang: str, role: str = "", **query: str) -> AppTest:
    """The training page at an address, as the machine's owner or as somebody with a ``role``."""

    def script(home: str, lang: str, role: str) -> None:
        from pathlib import Path

        from athletes.panels.training import training_page
        from touchline.rights import Person, Role

        person = Person("p-1", "Nguyễn Văn An", frozenset({Role(role)})) if role else None
        training_page(Path(home), lang, person)

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang, "role": role}, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    """Everything that the page says, unescaped."""
    assert not app.exception, app.exception
    kinds = (app.markdown, app.info, app.error, app.warning, app.success, app.caption)
    parts = [str(item.value) for kind in kinds for item in kind]
    parts += [item.label for kind in (app.button, app.selectbox, app.number_input, app.expander) for item in kind]
    parts += [str(item.proto.body) for item in app.get("html")]
    return "\n".join(parts).replace("\\", "")


def charts(app: AppTest) -> list[str]:
    """The charts of the page, each as the JSON of its specification."""
    found = [*app.get("arrow_vega_lite_chart"), *app.get("vega_lite_chart")]
    return [item.proto.spec for item in found]
