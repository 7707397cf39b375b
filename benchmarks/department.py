"""Five years of load for a department of 1,000 athletes: read and summed by DuckDB, followed together, beside a plain
pandas loop over the athletes and against the time to read the Parquet once. The loads are simulated (seeded).

Usage: python benchmarks/department.py [--athletes N] [--days N] [--rounds N] [--seed N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from athletes.load.department import COLUMNS, follow_all
from athletes.load.made_up import write_loads
from athletes.load.table import MOST_LOAD

FIRST = date(2021, 9, 1)
FOLLOWED = ("ctl", "atl", "tsb", "acwr_coupled", "acwr_uncoupled", "acwr_ewma", "monotony", "strain")


def loop(path: Path) -> pd.DataFrame:
    """The same numbers as one would write them with pandas alone: athlete by athlete, by its rolling and ewm."""
    rows = pd.read_parquet(path)
    rows["day"] = pd.to_datetime(rows["day"])
    rows["load"] = rows["load"].where(rows["load"].between(0, MOST_LOAD))
    last, found = rows["day"].max(), []
    for athlete, mine in rows.groupby("athlete", observed=True):
        by_day = mine.groupby("day")["load"]
        daily = by_day.sum().where(by_day.count() == by_day.size())
        trained = pd.Series(True, daily.index)
        every = pd.date_range(daily.index[0], last)
        load = daily.reindex(every)
        came = trained.reindex(every, fill_value=False)
        load = load.where(came, 0.0)
        table = pd.DataFrame({"athlete": athlete, "day": every, "load": load.to_numpy()})
        zero = pd.concat([pd.Series([0.0]), load])
        for name, days in (("ctl", 42), ("atl", 7)):
            faded = zero.ewm(alpha=1 - np.exp(-1 / days), adjust=False, ignore_na=True).mean()
            table[name] = faded.to_numpy()[1:]
        table["tsb"] = (table["ctl"] - table["atl"]).shift(1)
        week = load.rolling(7, min_periods=6).mean().where(np.arange(len(load)) >= 6)
        known = load.notna().rolling(28, min_periods=1).sum()
        there = np.minimum(np.arange(len(load)) + 1, 28)
        month = load.rolling(28, min_periods=1).mean().where((known >= 0.85 * there) & (there >= 7))
        known = load.notna().rolling(21, min_periods=1).sum()
        there = np.minimum(np.arange(len(load)) + 1, 21)
        before = load.rolling(21, min_periods=1).mean().where((known >= 0.85 * there) & (there >= 7)).shift(7)
        quick = load.ewm(span=7, adjust=False, ignore_na=True).mean()
        slow = load.ewm(span=28, adjust=False, ignore_na=True).mean()
        table["acwr_coupled"] = (week / month.where(month > 0)).to_numpy()
        table["acwr_uncoupled"] = (week / before.where(before > 0)).to_numpy()
        table["acwr_ewma"] = (quick / slow.where(slow > 0)).to_numpy()
        spread = load.rolling(7).std().where(load.rolling(7).max() > load.rolling(7).min())
        table["monotony"] = (load.rolling(7).mean() / spread).to_numpy()
        table["strain"] = (load.rolling(7).sum() * table["monotony"].to_numpy()).to_numpy()
        table["provisional"] = load.rolling(28).mean().isna().to_numpy()
        table["monotony_high"] = table["monotony"] > 2.0
        table["load_spike"] = (table["acwr_ewma"] > 1.5) & (np.arange(len(table)) >= 27)
        table["load_unknown"] = load.isna().rolling(7, min_periods=1).max().to_numpy() > 0
        table["nothing_recorded"] = came.rolling(7, min_periods=1).max().to_numpy() == 0
        found.append(table)
    return pd.concat(found, ignore_index=True)


def in_turns(rounds: int, *what: Callable[[], Any]) -> tuple[list[float], list[Any]]:
    """The median times and the last answers; each round does all in turn, so that other work slows all alike."""
    took: list[list[float]] = [[] for _ in what]
    answers: list[Any] = [None for _ in what]
    for _ in range(rounds):
        for at, one in enumerate(what):
            begun = time.perf_counter()
            answers[at] = one()
            took[at].append(time.perf_counter() - begun)
    return [statistics.median(one) for one in took], answers


def differs(ours: pd.DataFrame, theirs: pd.DataFrame) -> float:
    """The greatest difference of the two tables as a share; infinite where one knows what the other does not."""
    worst = 0.0
    for name in FOLLOWED:
        one, two = ours[name].to_numpy(np.float64), theirs[name].to_numpy(np.float64)
        if not np.array_equal(np.isnan(one), np.isnan(two)):
            return float("inf")
        worst = max(worst, float(np.nanmax(np.abs(one - two) / np.maximum(np.abs(two), 1.0))))
    flags = COLUMNS[-4:]
    same = all(np.array_equal(ours[name].to_numpy(bool), theirs[name].to_numpy(bool)) for name in flags)
    return worst if same else float("inf")


def main() -> None:
    """Write the loads, follow them both ways, print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--athletes", type=int, default=1000)
    parser.add_argument("--days", type=int, default=1826)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=8)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loads.parquet"
        rows = write_loads(path, athletes=args.athletes, days=args.days, first=FIRST, seed=args.seed)
        (read_s, follow_s, list_s, loop_s), (_, found, _, theirs) = in_turns(
            args.rounds,
            lambda: pq.read_table(path),
            lambda: follow_all(path),
            lambda: follow_all(path).table(last_days=1),
            lambda: loop(path),
        )
        ours = found.table().to_pandas()
        megabytes = path.stat().st_size / 1e6
    print(
        json.dumps(
            {
                "origin": "simulated",
                "athletes": args.athletes,
                "sessions": rows,
                "athlete_days": len(ours),
                "parquet_mb": round(megabytes, 2),
                "read_once_s": read_s,
                "follow_all_s": follow_s,
                "list_of_today_s": list_s,
                "pandas_loop_s": loop_s,
                "ratio_to_read": follow_s / read_s,
                "ratio_loop_to_ours": loop_s / follow_s,
                "greatest_difference": differs(ours, theirs),
                "flagged_share": {name: float(ours[name].mean()) for name in COLUMNS[-4:]},
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
