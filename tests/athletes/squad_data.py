"""A small squad on a real store: weeks of simulated sessions, readings, wellness, an injury, plans. Seeded."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from athletes.archive import Archive
from athletes.model import Athlete, Sex, ZoneSetting
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from athletes.synthetic import Block, simulate
from touchline.origin import Origin

NAMES = (
    "Nguyễn Thị Ánh", "Trần Văn Bình", "Lê Quốc Cường", "Phạm Thu Dung", "Hoàng Minh Đức", "Vũ Hải Giang",
    "Đặng Ngọc Hà", "Bùi Gia Huy", "Đỗ Khánh Linh", "Ngô Tấn Lộc", "Dương Thảo My", "Lý Hoài Nam",
)  # fmt: skip
TODAY = date(2026, 11, 30)


def furnish(home: Path, count: int = 3, weeks: int = 7, today: date = TODAY, minutes: int = 24) -> list[Athlete]:
    """Athletes with sessions in the ``weeks`` up to ``today``: the first with a drop of variability and an open injury,
    the second with a missed plan, the third in order."""
    archive, found = Archive(home), []
    for number in range(count):
        rng = np.random.default_rng(7000 + number)
        name = NAMES[number % len(NAMES)] + ("" if number < len(NAMES) else f" {number // len(NAMES) + 1}")
        sex = Sex.FEMALE if number % 2 == 0 else Sex.MALE
        setting = ZoneSetting(None, hr_max_bpm=188 + number % 9, hr_rest_bpm=48 + number % 7)
        group = "U19" if number % 3 else "U17"
        athlete = archive.save_athlete(Athlete("", name, sex, 2007, (setting,), group=group))
        found.append(athlete)
        first = today - timedelta(days=7 * weeks - 1)
        for day in (first + timedelta(days=offset) for offset in range(7 * weeks)):
            if day.weekday() in (1, 3, 5) and rng.random() > 0.08:
                _session(archive, athlete, day, minutes, rng)
        Records(archive).keep(*_diary(athlete, number, first, today, rng))
    return found


def _session(archive: Archive, athlete: Athlete, day: date, minutes: int, rng: np.random.Generator) -> None:
    hard = 150 + 20 * rng.random()
    third = 60 * minutes // 3
    blocks = (Block(third, 2.6, 125.0), Block(third, 3.6 + rng.random(), hard), Block(third, 2.4, 120.0))
    start = datetime.combine(day, time(10), UTC)
    made = simulate(
        seed=int(rng.integers(1 << 30)), start=start, name="Chạy biến tốc", blocks=blocks, dropout_s=(40, 70)
    )
    archive.keep(made, athlete_id=athlete.id, origin=Origin.SIMULATED, name="Chạy biến tốc")


def _diary(athlete: Athlete, number: int, first: date, today: date, rng: np.random.Generator) -> list[Record]:
    found = []
    for offset in range((today - first).days + 1):
        day = first + timedelta(days=offset)
        low = 0.35 if number == 0 and (today - day).days < 6 else 0.0
        if rng.random() > 0.15:
            values = {"ln_rmssd": 4.1 - low + 0.08 * rng.normal(), "resting_bpm": 52 + 2 * rng.normal()}
            found.append(Record(RecordKind.READING, athlete.id, day, values, "lying", origin=Origin.SIMULATED))
        if (today - day).days < 14:
            values = {name: float(rng.integers(2, 6)) for name in ("sleep_quality", "fatigue", "soreness", "mood")}
            found.append(Record(RecordKind.WELLNESS, athlete.id, day, {**values, "sleep_h": 7.5}))
        if day.weekday() in (1, 3, 5) and (today - day).days < 21:
            minutes = 60.0 if number == 1 else 24.0
            found.append(Record(RecordKind.PLAN, athlete.id, day, {"minutes": minutes}, "running", "Biến tốc 5 × 3"))
    if number == 0:
        found.append(
            Record(RecordKind.INJURY, athlete.id, today - timedelta(days=9), {"severity": 1.0}, "cổ chân", "=1+1 bong")
        )
    return found


@lru_cache(maxsize=1)
def _furnished() -> Path:
    home = Path(tempfile.mkdtemp(prefix="touchline-squad-")) / "home"
    atexit.register(shutil.rmtree, home.parent, ignore_errors=True)
    furnish(home, minutes=12)
    return home


def squad_home(folder: Path) -> Path:
    """A copy of the squad of three, made once a process, below ``folder``."""
    return Path(shutil.copytree(_furnished(), folder / "home"))
