"""How holds, removed recordings and the list of what was deleted are kept."""

from __future__ import annotations

from touchline.postgres import shaped
from touchline.store import Connection, Migration, Store

_TABLES = """
    CREATE TABLE media_removed (
        match_id TEXT NOT NULL REFERENCES match(id), camera_id TEXT NOT NULL, at_utc TEXT NOT NULL, rule TEXT NOT NULL,
        PRIMARY KEY (match_id, camera_id));
    CREATE TABLE hold (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, match_id TEXT NOT NULL REFERENCES match(id), held INTEGER NOT NULL,
        reason TEXT NOT NULL, by TEXT NOT NULL, account TEXT, at_utc TEXT NOT NULL);
    CREATE INDEX hold_of_match ON hold (match_id, seq);
    CREATE TABLE retention_log (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, of INTEGER, rule TEXT, match_id TEXT,
        body TEXT NOT NULL, by TEXT NOT NULL, account TEXT, at_utc TEXT NOT NULL);
"""

MIGRATION = Migration(
    "0010_retention",
    f"""
    {_TABLES}
    CREATE TRIGGER retention_log_stays BEFORE UPDATE ON retention_log BEGIN
        SELECT RAISE(ABORT, 'what was deleted is never edited');
    END;
    CREATE TRIGGER retention_log_not_removed BEFORE DELETE ON retention_log BEGIN
        SELECT RAISE(ABORT, 'what was deleted is never forgotten');
    END;
    CREATE TRIGGER retention_log_not_replaced BEFORE INSERT ON retention_log
    WHEN EXISTS (SELECT 1 FROM retention_log WHERE seq = NEW.seq) BEGIN
        SELECT RAISE(ABORT, 'what was deleted is never replaced');
    END;
    CREATE TRIGGER retention_log_numbered AFTER INSERT ON retention_log WHEN NEW.seq < 1 BEGIN
        SELECT RAISE(ABORT, 'the number of a line is above zero');
    END
    """,
    postgres_sql=shaped(
        f"""
    {_TABLES}
    ALTER TABLE retention_log ADD CONSTRAINT retention_log_numbered CHECK (seq >= 1);
    CREATE TRIGGER retention_log_stays BEFORE UPDATE ON retention_log
        FOR EACH ROW EXECUTE FUNCTION touchline_refuse('what was deleted is never edited');
    CREATE TRIGGER retention_log_not_removed BEFORE DELETE ON retention_log
        FOR EACH ROW EXECUTE FUNCTION touchline_refuse('what was deleted is never forgotten');
    CREATE TRIGGER retention_log_not_emptied BEFORE TRUNCATE ON retention_log
        EXECUTE FUNCTION touchline_refuse('what was deleted is never forgotten')
    """
    ),
)

OF_A_MATCH = ("hold", "media_removed")
"""Tables whose rows go with their match; the log of what was deleted stays."""


def is_held(source: Connection | Store, match_id: str) -> bool:
    """Whether nothing of a match may be deleted, by what was said last."""
    sql = "SELECT held FROM hold WHERE match_id = ? ORDER BY seq DESC LIMIT 1"
    row = source.row(sql, (match_id,)) if isinstance(source, Store) else source.execute(sql, (match_id,)).fetchone()
    return bool(row is not None and row["held"])


def is_kept(source: Connection | Store, match_id: str) -> bool:
    """Whether nothing of a match may be deleted: it is held, or one that is held has recordings in its folder."""
    if is_held(source, match_id):
        return True
    sql = "SELECT DISTINCT match_id FROM clip WHERE match_id != ? AND substr(path, 1, ?) = ?"
    folder = f"matches/{match_id}/"
    values = (match_id, len(folder), folder)
    rows = source.rows(sql, values) if isinstance(source, Store) else source.execute(sql, values).fetchall()
    return any(is_held(source, row["match_id"]) for row in rows)
