"""What a first start finds beside the one session: the simulated season of a small squad, ending today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.model import Athlete, Sex, ZoneMethod, ZoneSetting
from athletes.record_store import Records
from athletes.synthetic_season import ZONE, Habit, diary, run_with_all, sessions
from touchline.errors import NotFound
from touchline.i18n import t
from touchline.origin import Origin

WEEKS = 14
SQUAD = {
    "demo-an": Habit(11, 192, 52, {0: (55, 0.72), 2: (60, 0.86), 4: (45, 0.72), 5: (85, 0.74)}),
    "demo-binh": Habit(
        12, 188, 56, {0: (50, 0.73), 1: (60, 0.87), 3: (60, 0.78), 5: (80, 0.74)}, spike=1.75, low_days=3, rmssd_ms=48
    ),
    "demo-chi": Habit(13, 196, 58, {0: (45, 0.72), 2: (55, 0.84), 4: (50, 0.74), 6: (70, 0.72)}, hurt_days=9),
    "demo-dung": Habit(
        14, 190, 50, {1: (60, 0.76), 3: (55, 0.86), 6: (75, 0.74)}, strapless=0.2, readings=0.55, rmssd_ms=75
    ),
}
SEXES = {"demo-an": Sex.MALE, "demo-binh": Sex.MALE, "demo-chi": Sex.FEMALE, "demo-dung": Sex.MALE}
BORN = {
    "demo-an": date(2004, 3, 9),
    "demo-binh": date(2001, 11, 2),
    "demo-chi": date(2006, 7, 21),
    "demo-dung": date(1999, 1, 30),
}


def build(
    home: Path, *, force: bool, lang: str, progress: Callable[[str], None], today: date | None = None
) -> list[dict[str, Any]]:
    """The document of the simulated season: made once; ``force`` makes it end today again.

    Without ``force`` a squad that somebody took off stays off; an athlete who was erased never comes back.
    """
    archive = Archive(home)
    name = t("athletes.demo.season", lang)
    rows = archive.store.rows("SELECT id FROM athlete WHERE id LIKE 'demo-%'")
    if rows and not force:
        return [_document(name, made=False)]
    progress(t("athletes.demo.making_season", lang))
    last = today or datetime.now(ZONE).date()
    for athlete_id, habit in SQUAD.items():
        if archive.store.row("SELECT 1 FROM erasure WHERE athlete_id = ?", (athlete_id,)) is None:
            _one(archive, athlete_id, habit, last, lang)
    return [_document(name, made=True)]


def _one(archive: Archive, athlete_id: str, habit: Habit, last: date, lang: str) -> None:
    first = last - timedelta(days=7 * WEEKS)
    try:
        archive.athlete(athlete_id)
    except NotFound:
        setting = ZoneSetting(None, ZoneMethod.RESERVE, hr_max_bpm=habit.hr_max, hr_rest_bpm=habit.hr_rest)
        archive.save_athlete(
            Athlete(
                athlete_id,
                t(f"athletes.demo.squad.{athlete_id.removeprefix('demo-')}", lang),
                SEXES[athlete_id],
                zone_settings=(setting,),
                birth_date=BORN[athlete_id],
                group=t("athletes.demo.group", lang),
            )
        )
    made = sessions(habit, first, last - timedelta(days=1), t("athletes.demo.run", lang))
    found = [imported for imported, _ in made]
    if athlete_id == next(iter(SQUAD)):
        start = datetime(last.year, last.month, last.day, 6, 0, tzinfo=ZONE) - timedelta(days=1)
        found.append(run_with_all(habit, start, t("athletes.demo.run_with_all", lang)))
    archive.keep_all(found, athlete_id=athlete_id, origin=Origin.SIMULATED)
    records = Records(archive)
    known = {record.kind for record in records.of(athlete_id)}
    if not known:
        records.keep(*diary(habit, athlete_id, first, last, [day for _, day in made]))


def _document(name: str, *, made: bool) -> dict[str, Any]:
    return {"kind": "season", "id": "demo-season", "name": name, "origin": Origin.SIMULATED.value, "made": made}
