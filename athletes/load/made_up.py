"""Loads of a department that nobody trained: seeded, plausible, labelled simulated. For benchmarks and tests.

Athletes have a level of their own, weeks of a rhythm, seasons that rise and fall, holidays, illness, and devices that
fail: loads that nobody knows, doubled entries, impossible numbers.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from touchline.files import replacing
from touchline.origin import Origin

RHYTHM = (0.9, 1.25, 0.8, 1.3, 0.6, 1.5, 0.35)
"""How hard the days of a week are beside the athlete's usual day, Monday first."""


def write_loads(path: Path, *, athletes: int, days: int, first: date, seed: int) -> int:
    """Write the loads as Parquet (``athlete``, ``day``, ``load``) to ``path``; returns how many rows. The file's
    metadata says ``origin: simulated`` and the seed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(seed)
    names, dates, loads = [], [], []
    numbers = np.arange(days)
    weekday = (first.weekday() + numbers) % 7
    for athlete in range(athletes):
        joined = int(rng.integers(0, max(days // 4, 1)))
        level = rng.gamma(9.0, 8.0)
        season = 1.0 + 0.35 * np.sin(2 * np.pi * (numbers / 365.25 + rng.random()))
        rest = rng.random(7) < 0.25
        trained = (numbers >= joined) & ~rest[weekday] & (rng.random(days) < 0.93)
        for start in rng.integers(0, days, size=max(days // 200, 1)):
            trained[start : start + int(rng.integers(3, 15))] = False  # ill, hurt or on holiday
        load = level * season * np.array(RHYTHM)[weekday] * rng.lognormal(0.0, 0.3, days)
        load[rng.random(days) < 0.02] = np.nan  # the strap was forgotten, or its battery was empty
        load[rng.random(days) < 0.001] = 65535.0  # a device that counts over
        load[rng.random(days) < 0.001] = -1.0
        at = np.flatnonzero(trained)
        twice = at[rng.random(at.size) < 0.08]  # two sessions a day
        at = np.sort(np.concatenate((at, twice)))
        names.append(np.full(at.size, f"a{athlete:05d}"))
        dates.append(np.datetime64(first) + at)
        loads.append(load[at])
    column = np.concatenate(loads)
    table = pa.table(
        {
            "athlete": pa.array(np.concatenate(names)).dictionary_encode(),
            "day": pa.array(np.concatenate(dates).astype("datetime64[D]")),
            "load": pa.array(column, mask=np.isnan(column)),
        }
    ).replace_schema_metadata({"origin": Origin.SIMULATED.value, "seed": str(seed)})
    with replacing(path) as part:
        pq.write_table(table, part)
    return int(column.size)
