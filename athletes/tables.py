"""The tables of athletes: their shape, and how it changed.

``athlete_person`` holds names apart, so that one can be erased. ``sealed`` of a person is the birth date and year, of a
setting its measured values, of a session its intervals and laps; where it is not null, the plain columns of these are
empty, and the series of the session are sealed too. Older rows are plain until ``athletes.sealed.seal_old`` closed
them.
"""

from __future__ import annotations

from touchline.postgres import shaped
from touchline.store import Migration

PEOPLE = """
        CREATE TABLE consent_event (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, athlete_id TEXT NOT NULL REFERENCES athlete(id), scope TEXT NOT NULL,
            given INTEGER NOT NULL, day TEXT NOT NULL, at_utc TEXT NOT NULL, account TEXT NOT NULL,
            sealed BLOB NOT NULL);
        CREATE INDEX consent_event_of ON consent_event (athlete_id, scope, seq);
        CREATE TABLE erasure (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, athlete_id TEXT NOT NULL, at_utc TEXT NOT NULL,
            account TEXT NOT NULL, counts TEXT NOT NULL);
        CREATE TABLE training_month (
            month TEXT PRIMARY KEY, athletes INTEGER NOT NULL, sessions INTEGER NOT NULL, minutes INTEGER NOT NULL,
            load INTEGER, made_utc TEXT NOT NULL);
"""
_WHY = "that somebody was erased is never changed"
TRIGGERS = f"""
        CREATE TRIGGER erasure_stays BEFORE UPDATE ON erasure BEGIN SELECT RAISE(ABORT, '{_WHY}'); END;
        CREATE TRIGGER erasure_not_removed BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT, '{_WHY}'); END;
        CREATE TRIGGER erasure_not_replaced BEFORE INSERT ON erasure
        WHEN EXISTS (SELECT 1 FROM erasure WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, '{_WHY}'); END;
"""
POSTGRES_TRIGGERS = f"""
        CREATE TRIGGER erasure_stays BEFORE UPDATE OR DELETE ON erasure
            FOR EACH ROW EXECUTE FUNCTION touchline_refuse('{_WHY}');
        CREATE TRIGGER erasure_not_emptied BEFORE TRUNCATE ON erasure EXECUTE FUNCTION touchline_refuse('{_WHY}')
"""

MIGRATIONS = (
    Migration(
        "001-athletes-and-sessions",
        """
        CREATE TABLE athlete (id TEXT PRIMARY KEY, made_utc TEXT NOT NULL, deleted_utc TEXT);
        CREATE TABLE athlete_person (
            athlete_id TEXT PRIMARY KEY REFERENCES athlete(id), name TEXT NOT NULL, sex TEXT, birth_year INTEGER);
        CREATE TABLE athlete_zones (
            athlete_id TEXT NOT NULL REFERENCES athlete(id), valid_from TEXT NOT NULL, method TEXT NOT NULL,
            hr_max_bpm REAL, hr_rest_bpm REAL, PRIMARY KEY (athlete_id, valid_from));
        CREATE TABLE session (
            id TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, athlete_id TEXT REFERENCES athlete(id),
            name TEXT NOT NULL, file_name TEXT NOT NULL, kind TEXT NOT NULL, origin TEXT NOT NULL, start_utc TEXT,
            sport TEXT, device TEXT, duration_s REAL, rr_ms BLOB, imported_utc TEXT NOT NULL, deleted_utc TEXT);
        CREATE TABLE session_series (
            session_id TEXT NOT NULL REFERENCES session(id), channel TEXT NOT NULL, tick_s TEXT NOT NULL,
            ticks BLOB NOT NULL, measured BLOB NOT NULL, PRIMARY KEY (session_id, channel));
        """,
    ),
    Migration(
        "002-records-and-measures",
        """
        ALTER TABLE athlete_person ADD COLUMN birth_date TEXT;
        ALTER TABLE athlete_person ADD COLUMN squad TEXT NOT NULL DEFAULT '';
        CREATE TABLE athlete_setting (
            athlete_id TEXT NOT NULL REFERENCES athlete(id), sport TEXT NOT NULL, valid_from TEXT NOT NULL,
            method TEXT NOT NULL, hr_max_bpm REAL, hr_rest_bpm REAL, threshold_bpm REAL, vt1_bpm REAL, vt2_bpm REAL,
            own_bpm TEXT NOT NULL, ftp_w REAL, PRIMARY KEY (athlete_id, sport, valid_from));
        INSERT INTO athlete_setting SELECT athlete_id, '', valid_from, method, hr_max_bpm, hr_rest_bpm,
            NULL, NULL, NULL, '', NULL FROM athlete_zones;
        DROP TABLE athlete_zones;
        ALTER TABLE session ADD COLUMN rr_end_s BLOB;
        ALTER TABLE session ADD COLUMN laps TEXT NOT NULL DEFAULT '[]';
        CREATE TABLE athlete_record (
            id TEXT PRIMARY KEY, athlete_id TEXT NOT NULL REFERENCES athlete(id), kind TEXT NOT NULL, day TEXT NOT NULL,
            until_day TEXT, session_id TEXT REFERENCES session(id), origin TEXT NOT NULL, source TEXT NOT NULL,
            replaces TEXT, made_utc TEXT NOT NULL, made_by TEXT NOT NULL, sealed BLOB NOT NULL, deleted_utc TEXT);
        CREATE INDEX athlete_record_of ON athlete_record (athlete_id, day);
        CREATE INDEX session_of ON session (athlete_id, start_utc);
        CREATE TABLE session_measure (
            session_id TEXT PRIMARY KEY REFERENCES session(id), recipe TEXT NOT NULL, sealed BLOB NOT NULL);
        """,
    ),
    Migration(
        "003-sealed-and-people",
        f"""
        ALTER TABLE athlete_person ADD COLUMN sealed BLOB;
        ALTER TABLE athlete_setting ADD COLUMN sealed BLOB;
        ALTER TABLE session ADD COLUMN sealed BLOB;
        {PEOPLE}
        {TRIGGERS}
        """,
        postgres_sql=shaped(
            f"""
        ALTER TABLE athlete_person ADD COLUMN sealed BLOB;
        ALTER TABLE athlete_setting ADD COLUMN sealed BLOB;
        ALTER TABLE session ADD COLUMN sealed BLOB;
        {PEOPLE}
        {POSTGRES_TRIGGERS}
        """
        ),
    ),
    Migration(
        "004-trials",
        """
        CREATE TABLE trial (
            id TEXT PRIMARY KEY, athlete_id TEXT REFERENCES athlete(id), movement TEXT NOT NULL, day TEXT NOT NULL,
            origin TEXT NOT NULL, template INTEGER NOT NULL, made_utc TEXT NOT NULL, made_by TEXT NOT NULL,
            sealed BLOB NOT NULL, deleted_utc TEXT);
        CREATE INDEX trial_of ON trial (athlete_id, day);
        CREATE TABLE trial_result (
            trial_id TEXT NOT NULL REFERENCES trial(id), camera_id TEXT NOT NULL, kind TEXT NOT NULL,
            recipe TEXT NOT NULL, made_utc TEXT NOT NULL, sealed BLOB NOT NULL,
            PRIMARY KEY (trial_id, camera_id, kind));
        """,
    ),
)
OWNER = "athletes"
INT, FLOAT = "<i8", "<f8"
"""Arrays are stored as raw little-endian bytes, NaN for what was not measured."""
