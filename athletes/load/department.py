"""A department's loads at once: daily loads in Parquet, read and summed by DuckDB, followed for every athlete and day.

The table has the columns ``athlete`` (text), ``day`` (date) and ``load`` (double; null is a load that nobody knows),
one row a session; days without a row are days without training. Loads that cannot be (under 0, over 5000) are not
known. What follows is ``athletes.load.rolling``, for all athletes together; flags are those reasons of
``athletes.load.triage`` that loads alone tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from athletes.load import rolling
from athletes.load.table import MOST_LOAD
from athletes.load.triage import MONOTONY_LIMIT, QUIET_DAYS, SPIKE_LIMIT

FOLLOWED = ("ctl", "atl", "tsb", "acwr_coupled", "acwr_uncoupled", "acwr_ewma", "monotony", "strain", "provisional")
FLAGS = ("monotony_high", "load_spike", "load_unknown", "nothing_recorded")
COLUMNS = ("athlete", "day", "load", *FOLLOWED, *FLAGS)
AT_ONCE = 250
"""How many athletes are followed together: their days fit the processor's cache better than everybody's."""

STATEMENT = f"""
    WITH summed AS (
        SELECT athlete, day, CASE WHEN count(*) = count(possible) THEN sum(possible) END AS load
        FROM (SELECT athlete, day, CASE WHEN load BETWEEN 0 AND {MOST_LOAD} THEN load END AS possible
              FROM read_parquet($path))
        WHERE day <= coalesce($until::DATE, DATE '9999-12-31')
        GROUP BY athlete, day),
    spans AS (SELECT athlete, min(day) AS first FROM summed GROUP BY athlete),
    ranked AS (SELECT athlete, first, row_number() OVER (ORDER BY athlete)::INTEGER - 1 AS who FROM spans)
    SELECT who, first, ranked.athlete AS athlete, (day - first)::INTEGER AS place, load
    FROM summed JOIN ranked ON ranked.athlete = summed.athlete
"""
"""Its number is a constant of this package; what a caller gives is bound."""


@dataclass(frozen=True, slots=True, eq=False)
class Department:
    """What follows from the loads of many athletes. ``athletes`` are m names in order, ``first`` their first days
    (datetime64[D]), ``days`` how many each has until the last day, all of shape (m,); each of ``columns`` is an array
    of shape (m, n), that of an athlete's days from their own first one, without meaning behind the last."""

    athletes: NDArray[np.str_]
    first: NDArray[np.datetime64]
    days: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]

    def table(self, *, last_days: int | None = None) -> Any:
        """An Arrow table with ``COLUMNS``, by athlete and day: every day, or of each athlete the ``last_days``."""
        import pyarrow as pa

        width = next(iter(self.columns.values())).shape[1]
        place = np.arange(width)
        kept = place < self.days[:, None]
        if last_days is not None:
            kept &= place >= self.days[:, None] - last_days
        who, at = np.nonzero(kept)
        found = {
            "athlete": pa.DictionaryArray.from_arrays(pa.array(who, pa.int32()), pa.array(self.athletes.tolist())),
            "day": pa.array(self.first[who] + at),
        }
        for name, column in self.columns.items():
            values = column[kept]
            found[name] = pa.array(values, mask=np.isnan(values)) if values.dtype == np.float64 else pa.array(values)
        return pa.table({name: found[name] for name in COLUMNS})


def follow_all(path: Path | str, *, until: date | None = None) -> Department:
    """What follows from the loads in the Parquet file ``path`` (or a pattern of files) for every athlete: every day
    from their first load to ``until`` (None: the last day of the table)."""
    athletes, first, loads, trained, days = _dense(str(path), until)
    parts = [_followed(loads[part], trained[part]) for part in _parts(athletes.size)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Department(athletes, first, days, {"load": loads, **columns})


def _parts(count: int) -> Iterator[slice]:
    for begin in range(0, max(count, 1), AT_ONCE):
        yield slice(begin, begin + AT_ONCE)


def _dense(
    path: str, until: date | None
) -> tuple[NDArray[np.str_], NDArray[np.datetime64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """Names, first days, loads and trained days of shape (m, n), how many days of each."""
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.sql(STATEMENT, params={"path": path, "until": until}).fetchnumpy()
    who, place = np.asarray(rows["who"]), np.asarray(rows["place"])
    count = int(who.max()) + 1 if who.size else 0
    names, first = np.empty(count, dtype=object), np.empty(count, dtype="datetime64[D]")
    names[who] = rows["athlete"]
    first[who] = np.asarray(rows["first"]).astype("datetime64[D]")
    ends = first[who] + place
    last = (
        np.array([until], dtype="datetime64[D]") if until is not None else ends.max(keepdims=True) if count else first
    )
    days = (last - first).astype(np.int64) + 1
    loads = np.zeros((count, int(days.max()) if count else 1))
    trained = np.zeros(loads.shape, dtype=np.bool_)
    loads[who, place] = np.ma.filled(np.ma.asarray(rows["load"], dtype=np.float64), np.nan)
    trained[who, place] = True
    return names.astype(np.str_), first, loads, trained, days


def _followed(loads: rolling.Loads, trained: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    found = rolling.follow(loads)
    columns: dict[str, NDArray[Any]] = {name: getattr(found, name) for name in FOLLOWED}
    old_enough = np.arange(loads.shape[1]) >= rolling.CHRONIC - 1
    columns["monotony_high"] = found.monotony > MONOTONY_LIMIT
    columns["load_spike"] = (found.acwr_ewma > SPIKE_LIMIT) & old_enough
    columns["load_unknown"] = _lately(np.isnan(loads))
    columns["nothing_recorded"] = ~_lately(trained)
    return columns


def _lately(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a mark stands on any of the last seven days."""
    found = marks.copy()
    for back in range(1, QUIET_DAYS):
        found[:, back:] |= marks[:, :-back]
    return found
