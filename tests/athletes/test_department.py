"""A department followed together is each athlete followed alone; made-up loads are plausible and say what they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from athletes.load import rolling
from athletes.load.department import COLUMNS, FLAGS, FOLLOWED, follow_all
from athletes.load.made_up import write_loads
from athletes.load.model import LoadMethod, Season, SessionLoad
from athletes.load.season import days_of
from athletes.load.triage import look_at

FIRST = date(2024, 1, 1)


def test_each_athlete_alone_and_the_same_flags_as_the_triage(tmp_path: Path) -> None:
    path = tmp_path / "loads.parquet"
    write_loads(path, athletes=12, days=200, first=FIRST, seed=3)
    found = follow_all(path)
    rows = pq.read_table(path).to_pandas()
    flagged = 0
    for at, name in enumerate(found.athletes.tolist()):
        mine = rows[rows["athlete"] == name]
        sessions = [
            SessionLoad("s", day, None, None, 60.0, {LoadMethod.SRPE: load if 0 <= load <= 5000 else None}, {}, None)
            for day, load in zip(mine["day"], mine["load"], strict=True)
        ]
        days = days_of(sessions, LoadMethod.SRPE, until=date(2024, 7, 18))
        count = int(found.days[at])
        assert len(days) == count
        for column in ("load", *FOLLOWED):
            alone = [getattr(day, column) for day in days]
            ours = found.columns[column][at, :count]
            np.testing.assert_allclose(ours.astype(float), np.array(alone, dtype=float), rtol=1e-9)
        season = Season(name, LoadMethod.SRPE, days, tuple(sessions), {}, began=days[0].day)
        for place in range(count - 40, count, 5):
            looked = {reason.code for reason in look_at(season, [], days[place].day).reasons}
            assert looked == {flag for flag in FLAGS if found.columns[flag][at, place]}
            flagged += len(looked)
    assert flagged > 10


def test_the_table_is_by_athlete_and_day(tmp_path: Path) -> None:
    path = tmp_path / "loads.parquet"
    days = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 3), date(2026, 1, 2)]
    loads = pa.array([20.0, 15.0, None, 65535.0])
    pq.write_table(pa.table({"athlete": ["b", "b", "b", "a"], "day": days, "load": loads}), path)
    table = follow_all(path).table()
    assert table.column_names == list(COLUMNS)
    rows = table.select(["athlete", "day", "load"]).to_pylist()
    assert [(row["athlete"], row["day"].day, row["load"]) for row in rows] == [
        ("a", 2, None), ("a", 3, 0.0), ("b", 1, 35.0), ("b", 2, 0.0), ("b", 3, None)
    ]  # fmt: skip
    last = follow_all(path, until=date(2026, 1, 2)).table(last_days=1).to_pylist()
    assert [(row["athlete"], row["day"].day, row["load"]) for row in last] == [("a", 2, None), ("b", 2, 0.0)]


def test_nobody_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "loads.parquet"
    empty = {"athlete": pa.array([], pa.string()), "day": pa.array([], pa.date32()), "load": pa.array([], pa.float64())}
    pq.write_table(pa.table(empty), path)
    assert follow_all(path).table().num_rows == 0


def test_made_up_loads_say_so_and_are_plausible(tmp_path: Path) -> None:
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    count = write_loads(one, athletes=40, days=400, first=FIRST, seed=1)
    write_loads(two, athletes=40, days=400, first=FIRST, seed=1)
    table = pq.read_table(one)
    assert one.read_bytes() == two.read_bytes()
    assert table.schema.metadata[b"origin"] == b"simulated"
    assert table.num_rows == count
    load = table["load"].to_pandas()
    assert 0.005 < load.isna().mean() < 0.05  # straps that were forgotten
    assert (load > 5000).any()  # devices that failed
    assert 20 < load[load.between(0, 5000)].median() < 150
    followed = follow_all(one)
    assert 0.001 < followed.columns["load_spike"].mean() < 0.2
    assert rolling.CHRONIC == 28


@pytest.mark.parametrize("athletes", [1, 260])
def test_parts_of_a_department_are_put_together_again(athletes: int, tmp_path: Path) -> None:
    path = tmp_path / "loads.parquet"
    write_loads(path, athletes=athletes, days=40, first=FIRST, seed=2)
    found = follow_all(path)
    assert found.columns["ctl"].shape[0] == found.athletes.size <= athletes
