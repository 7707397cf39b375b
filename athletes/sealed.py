"""What is sealed of athletes, row by row, and the closing of what older archives hold open.

Sealed are: series (times and values of every channel: they tell health, and where somebody was), RR intervals, laps,
the files that came in, birth date and year, and the measured values of zone settings. Open stay what lists are sorted
and found by: names, squads, sport, device, start and length of a session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from athletes.model import Channel, Lap, Recording, Series, ZoneMethod, ZoneSetting
from athletes.tables import FLOAT, INT
from touchline.errors import NotFound
from touchline.files import locked, write_bytes
from touchline.personal import personals
from touchline.sealing import Seal
from touchline.store import Connection, Row, Store, put_setting
from touchline.timebase import Timebase

ENDING = ".sealed"
TO_SCRUB = "athletes_to_scrub"
"""The setting that says that something was deleted or closed whose bytes may still lie in the database's files."""
TABLES = (
    "athlete_person",
    "athlete_setting",
    "session",
    "session_series",
    "session_measure",
    "athlete_record",
    "consent_event",
    "trial",
    "trial_result",
)
"""The tables that hold what is sealed or can be erased."""
Progress = Callable[[str], None]


def person_values(seal: Seal, row: Row) -> tuple[int | None, date | None]:
    """Birth year and birth date of a row of ``athlete_person``."""
    year, born = row["birth_year"], row["birth_date"]
    if row["sealed"] is not None:
        told = json.loads(seal.open(bytes(row["sealed"]), f"athlete_person {row['athlete_id']}"))
        year, born = told["birth_year"], told["birth_date"]
    return year, date.fromisoformat(born) if born else None


def close_person(seal: Seal, athlete_id: str, birth_year: int | None, birth_date: date | None) -> bytes:
    """Birth year and date, sealed."""
    told = {"birth_year": birth_year, "birth_date": None if birth_date is None else birth_date.isoformat()}
    return seal.close(json.dumps(told).encode(), f"athlete_person {athlete_id}")


_RATES = ("hr_max_bpm", "hr_rest_bpm", "threshold_bpm", "vt1_bpm", "vt2_bpm", "ftp_w")


def setting_of(seal: Seal, row: Row) -> ZoneSetting:
    """The zone setting of a row of ``athlete_setting``."""
    if row["sealed"] is None:
        told: Mapping[str, Any] = {name: row[name] for name in _RATES}
        own = [float(bound) for bound in row["own_bpm"].split()]
    else:
        opened = json.loads(seal.open(bytes(row["sealed"]), _about_setting(row)))
        told = {name: None if opened[name] is None else float(opened[name]) for name in _RATES}
        own = [float(bound) for bound in opened["own_bpm"]]
    return ZoneSetting(
        date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        ZoneMethod(row["method"]),
        sport=row["sport"] or None,
        own_bpm=tuple(own),
        **{name: told[name] for name in _RATES},
    )


def close_setting(seal: Seal, athlete_id: str, setting: ZoneSetting) -> bytes:
    """The measured values of a zone setting, sealed."""
    told = {name: getattr(setting, name) for name in _RATES} | {"own_bpm": setting.own_bpm}
    day = "" if setting.valid_from is None else setting.valid_from.isoformat()
    about = _about_setting({"athlete_id": athlete_id, "sport": setting.sport or "", "valid_from": day})
    return seal.close(json.dumps(told).encode(), about)


def _about_setting(row: Any) -> str:
    return f"athlete_setting {row['athlete_id']} {row['sport']} {row['valid_from']}"


def close_session(seal: Seal, session_id: str, recording: Recording) -> bytes:
    """RR intervals, their ends and laps, sealed."""
    head = {
        "rr": None if recording.rr_ms is None else int(recording.rr_ms.size),
        "ends": recording.rr_end_s is not None,
        "laps": [[lap.from_s, lap.to_s, lap.name] for lap in recording.laps],
    }
    arrays = [each.astype(FLOAT).tobytes() for each in (recording.rr_ms, recording.rr_end_s) if each is not None]
    data = json.dumps(head, ensure_ascii=False).encode() + b"\n" + b"".join(arrays)
    return seal.close(data, f"session {session_id}")


Beats = tuple[NDArray[np.float64] | None, NDArray[np.float64] | None, tuple[Lap, ...]]


def session_values(seal: Seal, row: Row) -> Beats:
    """RR intervals in ms, their ends in s, and laps of a row of ``session``."""
    if row["sealed"] is None:
        return _floats(row["rr_ms"]), _floats(row["rr_end_s"]), tuple(Lap(*lap) for lap in json.loads(row["laps"]))
    head, _, rest = seal.open(bytes(row["sealed"]), f"session {row['id']}").partition(b"\n")
    told = json.loads(head)
    size = 8 * (told["rr"] or 0)
    rr = None if told["rr"] is None else _floats(rest[:size])
    return rr, _floats(rest[size:]) if told["ends"] else None, tuple(Lap(*lap) for lap in told["laps"])


def _floats(data: bytes | None) -> NDArray[np.float64] | None:
    return None if data is None else np.frombuffer(data, FLOAT).astype(np.float64)


def close_series(seal: Seal, session_id: str, channel: str, ticks: bytes, measured: bytes) -> tuple[bytes, bytes]:
    """Times and values of a series, sealed."""
    about = f"session_series {session_id} {channel}"
    return seal.close(ticks, f"{about} ticks"), seal.close(measured, f"{about} measured")


def series_of(seal: Seal, row: Row, *, sealed: bool) -> Series:
    """The series of a row of ``session_series``."""
    ticks, measured = bytes(row["ticks"]), bytes(row["measured"])
    if sealed:
        about = f"session_series {row['session_id']} {row['channel']}"
        ticks, measured = seal.open(ticks, f"{about} ticks"), seal.open(measured, f"{about} measured")
    return Series(
        Channel(row["channel"]),
        np.frombuffer(ticks, INT).astype(np.int64),
        np.frombuffer(measured, FLOAT).astype(np.float64),
        Timebase(Fraction(row["tick_s"])),
    )


# Files that came in


def sealed_path(home: Path, sha256: str, kind: str) -> Path:
    """Where the sealed bytes of a file lie."""
    return home / "training" / sha256[:2] / f"{sha256}.{kind}{ENDING}"


def keep_source(home: Path, seal: Seal, sha256: str, kind: str, data: bytes) -> None:
    """Keep the bytes of a file, sealed, once; a plain copy of an older archive goes."""
    path = sealed_path(home, sha256, kind)
    if not path.exists():
        write_bytes(path, seal.close(data, f"training {sha256}"), private=True)
    plain = path.with_suffix("")
    if plain.exists():
        seal.open(path.read_bytes(), f"training {sha256}")  # the only copy goes after the other one was read
        plain.unlink()


def open_source(home: Path, seal: Callable[[], Seal], sha256: str, kind: str) -> bytes:
    """The bytes of a file as they came in. Raises ``NotFound`` where none were kept, ``BadFile``."""
    path = sealed_path(home, sha256, kind)
    try:
        return seal().open(path.read_bytes(), f"training {sha256}")
    except FileNotFoundError:
        pass
    try:
        return path.with_suffix("").read_bytes()
    except FileNotFoundError:
        raise NotFound("athletes.errors.no_source", sha256=sha256) from None


def holds_sealed(store: Store, home: Path) -> bool:
    """Whether anything here was sealed, as far as a database from before the key's mark can tell."""
    tables = ("athlete_record", "session_measure")
    return any(store.row(f"SELECT 1 FROM {table} LIMIT 1") is not None for table in tables) or any(
        (home / "training").glob(f"*/*{ENDING}")
    )


# What older archives hold open


def seal_old(store: Store, home: Path, seal: Callable[[], Seal], progress: Progress = lambda line: None) -> int:
    """Seal what an older program left open, and write the database anew so that it is not left in its files. Returns
    how many rows and files were closed; 0 at every later run. Each row and file is closed whole or not at all, so a
    fall leaves an archive that reads as before, and the next run goes on."""
    if not any(_open(store, home)):
        scrub(store)
        return 0
    count = 0
    with locked(home / "training" / "lock"):
        for close in _open(store, home):
            progress(close(seal()))
            count += 1
        if count:
            store.set_setting(TO_SCRUB, "1")
    scrub(store)
    return count


def scrub(store: Store) -> bool:
    """Write the tables anew where that is due; False where it is still due afterwards."""
    if store.setting(TO_SCRUB) != "1":
        return True
    others = [table for personal in personals() for table in personal.tables]
    done = store.scrub([table for table in (*TABLES, *others) if store.backend.has_table(table)])
    if done:
        store.set_setting(TO_SCRUB, "0")
    return done


def scrub_due(connection: Connection) -> None:
    """Say within a transaction that tables are to be written anew."""
    put_setting(connection, TO_SCRUB, "1")


def _open(store: Store, home: Path) -> Iterator[Callable[[Seal], str]]:
    """What is open, each as the act that closes it and says what it closed."""
    for row in store.rows("SELECT id FROM session WHERE sealed IS NULL"):
        yield partial(_close_old_session, store, row["id"])
    people = "SELECT athlete_id FROM athlete_person WHERE sealed IS NULL AND (birth_year IS NOT NULL"
    for row in store.rows(f"{people} OR birth_date IS NOT NULL)"):
        yield partial(_close_old_person, store, row["athlete_id"])
    for row in store.rows("SELECT DISTINCT athlete_id FROM athlete_setting WHERE sealed IS NULL"):
        yield partial(_close_old_settings, store, row["athlete_id"])
    for path in sorted((home / "training").glob("*/*")):
        sha256, _, kind = path.name.partition(".")
        if len(sha256) == 64 and kind and "." not in kind and path.is_file():
            yield partial(_close_old_file, home, path)


def _close_old_session(store: Store, session_id: str, seal: Seal) -> str:
    with store.write() as connection:
        row = connection.execute("SELECT * FROM session WHERE id = ? AND sealed IS NULL", (session_id,)).fetchone()
        if row is not None:
            rr, ends, laps = session_values(seal, row)
            closed = close_session(seal, session_id, Recording(row["kind"], (), None, None, None, rr, ends, laps))
            series = connection.execute("SELECT * FROM session_series WHERE session_id = ?", (session_id,)).fetchall()
            for one in series:
                sealed = close_series(seal, session_id, one["channel"], bytes(one["ticks"]), bytes(one["measured"]))
                connection.execute(
                    "UPDATE session_series SET ticks = ?, measured = ? WHERE session_id = ? AND channel = ?",
                    (*sealed, session_id, one["channel"]),
                )
            connection.execute(
                "UPDATE session SET sealed = ?, rr_ms = NULL, rr_end_s = NULL, laps = '[]' WHERE id = ?",
                (closed, session_id),
            )
            scrub_due(connection)
    return session_id


def _close_old_person(store: Store, athlete_id: str, seal: Seal) -> str:
    with store.write() as connection:
        row = connection.execute(
            "SELECT * FROM athlete_person WHERE athlete_id = ? AND sealed IS NULL", (athlete_id,)
        ).fetchone()
        if row is not None:
            connection.execute(
                "UPDATE athlete_person SET sealed = ?, birth_year = NULL, birth_date = NULL WHERE athlete_id = ?",
                (close_person(seal, athlete_id, *person_values(seal, row)), athlete_id),
            )
            scrub_due(connection)
    return athlete_id


def _close_old_settings(store: Store, athlete_id: str, seal: Seal) -> str:
    with store.write() as connection:
        rows = connection.execute(
            "SELECT * FROM athlete_setting WHERE athlete_id = ? AND sealed IS NULL", (athlete_id,)
        ).fetchall()
        for row in rows:
            connection.execute(
                "UPDATE athlete_setting SET sealed = ?, hr_max_bpm = NULL, hr_rest_bpm = NULL, threshold_bpm = NULL,"
                " vt1_bpm = NULL, vt2_bpm = NULL, own_bpm = '', ftp_w = NULL"
                " WHERE athlete_id = ? AND sport = ? AND valid_from = ?",
                (close_setting(seal, athlete_id, setting_of(seal, row)), athlete_id, row["sport"], row["valid_from"]),
            )
            scrub_due(connection)
    return athlete_id


def _close_old_file(home: Path, path: Path, seal: Seal) -> str:
    sha256, _, kind = path.name.partition(".")
    keep_source(home, seal, sha256, kind, path.read_bytes())
    return path.name
