"""The tables of tournaments in the store."""

from __future__ import annotations

from touchline.postgres import shaped
from touchline.store import Migration

_TABLES = """
    CREATE TABLE tournament (id TEXT PRIMARY KEY, created_utc TEXT NOT NULL, deleted_utc TEXT);
    CREATE TABLE tournament_version (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, tournament_id TEXT NOT NULL REFERENCES tournament(id),
        kind TEXT NOT NULL, document TEXT NOT NULL, by TEXT NOT NULL, account TEXT, at_utc TEXT NOT NULL);
    CREATE INDEX version_of_tournament ON tournament_version (tournament_id, seq);
    CREATE TABLE tournament_match (
        match_id TEXT PRIMARY KEY REFERENCES match(id), tournament_id TEXT NOT NULL REFERENCES tournament(id));
    CREATE INDEX match_of_tournament ON tournament_match (tournament_id);
"""

MIGRATION = Migration(
    "0008_tournaments",
    f"""
    {_TABLES}
    CREATE TRIGGER tournament_version_stays BEFORE UPDATE ON tournament_version BEGIN
        SELECT RAISE(ABORT, 'a version of a tournament is never edited');
    END;
    CREATE TRIGGER tournament_version_not_removed BEFORE DELETE ON tournament_version
    WHEN EXISTS (SELECT 1 FROM tournament WHERE id = OLD.tournament_id AND deleted_utc IS NULL) BEGIN
        SELECT RAISE(ABORT, 'a version of a tournament is never removed but with a tournament that was put away');
    END;
    CREATE TRIGGER tournament_version_not_replaced BEFORE INSERT ON tournament_version
    WHEN EXISTS (SELECT 1 FROM tournament_version WHERE seq = NEW.seq) BEGIN
        SELECT RAISE(ABORT, 'a version of a tournament is never replaced');
    END
    """,
    postgres_sql=shaped(
        f"""
    {_TABLES}
    CREATE TRIGGER tournament_version_stays BEFORE UPDATE ON tournament_version
        FOR EACH ROW EXECUTE FUNCTION touchline_refuse('a version of a tournament is never edited');
    CREATE FUNCTION version_goes_with_tournament() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM tournament WHERE id = OLD.tournament_id AND deleted_utc IS NULL) THEN
            RAISE EXCEPTION 'a version of a tournament is never removed but with a tournament that was put away'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END $$;
    CREATE TRIGGER tournament_version_not_removed BEFORE DELETE ON tournament_version
        FOR EACH ROW EXECUTE FUNCTION version_goes_with_tournament();
    CREATE TRIGGER tournament_version_not_emptied BEFORE TRUNCATE ON tournament_version EXECUTE FUNCTION
        touchline_refuse('a version of a tournament is never removed but with a tournament that was put away')
    """
    ),
)
"""``tournament_version`` holds the whole tournament after each change. ``tournament_match`` says of which tournament a
match is, of one at most; what a version says of a match counts only where it says so too."""
