"""The store on PostgreSQL: what is the server's own. What both databases do alike is tested on both, where it is."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import socket
import sqlite3
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from database_server import SECRET, Server
from streamlit.testing.v1 import AppTest

from athletes.archive import Archive as Training
from athletes.demo import build
from touchline.accounts.desk import Desk
from touchline.accounts.kept import Accounts, forget_before, lines_before
from touchline.accounts.model import Outcome
from touchline.accounts.passwords import digest
from touchline.backup import back_up, restore
from touchline.cli import main
from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.jobs import Jobs
from touchline.origin import Origin
from touchline.postgres import Postgres, shaped, translated
from touchline.postgres_address import read_url
from touchline.rights import Role
from touchline.store import DATABASE_URL, Migration, Store, default_path, store_at, utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.capture.control import announcement
from var.capture.state import Captures
from var.model import Clip, Match, Setup
from var.tournaments.kept import Tournaments
from wearables.kept import Sessions
from wearables.model import MarkKind, Profile, Strap

STEPS = [Migration("0001", "CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)")]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p%40ss@db.example/x", "postgresql://u:***@db.example:5432/x"),
        ("postgres://u@127.0.0.1:7/x", "postgresql://u@127.0.0.1:7/x"),
        ("postgresql://u:p@/x?host=/run/pg", "postgresql://u:***@/x?host=/run/pg"),
    ],
)
def test_an_address_shows_no_password(url: str, shown: str) -> None:
    address = read_url(url, lambda name: None)
    assert str(address) == shown
    assert "p@ss" not in repr(address)


def test_what_an_address_says() -> None:
    away = read_url("postgresql://u:p%40s%2Fs@db.example/x", lambda name: None)
    assert (away.password, away.mode, away.port) == ("p@s/s", "verify-full", 5432)  # over a network nothing goes unread
    assert read_url("postgresql://u@localhost/x", {"PGPASSWORD": "q"}.get).password == "q"
    assert read_url("postgresql://u@localhost/x", {}.get).mode == "disable"
    asked = read_url("postgresql://u@db/x?sslmode=require&sslrootcert=/ca.pem&application_name=n", {}.get)
    assert (asked.mode, asked.root, asked.name) == ("require", "/ca.pem", "n")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:s3cret@h/x",
        "postgresql://u:s3cret@h/",
        "postgresql://:s3cret@h/x",
        "postgresql://u:s3cret@h:port/x",
        "postgresql://u:s3cret@h/x?sslmode=prefer",
        "postgresql://u:s3cret@h/x?options=s3cret",
        "postgresql://u:s3[cret@h/x",
        "touchline.db",
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(BadValue) as refusal:
        read_url(url)
    for lang in ("vi", "en"):
        assert "s3" not in str(refusal.value.document(lang))


def test_placeholders_stand_outside_of_quoted_texts() -> None:
    assert translated("SELECT '?''%' , \"a?\" FROM t WHERE a = ? AND b % 2 = ?") == (
        "SELECT '?''%' , \"a?\" FROM t WHERE a = %s AND b %% 2 = %s"
    )
    assert shaped("a INTEGER, t TEXT, b BLOB") == 'a BIGINT, t TEXT COLLATE "C", b BYTEA'


def test_a_password_that_is_wrong_is_said_and_not_shown(postgres_server: Server) -> None:
    for _ in range(5):  # what the server says is told also where it shuts the door before the driver has said goodbye
        with pytest.raises(BadFile, match="password") as refusal:
            Store(postgres_server.url("postgres", secret="wr0ng"))
        assert refusal.value.code == "touchline.errors.store_refused"
        assert "wr0ng" not in str(refusal.value)
    with pytest.raises(BadFile) as refusal:
        Store(postgres_server.url("nothing"))
    assert refusal.value.code == "touchline.errors.store_refused"


def test_a_server_that_is_away_is_said_and_one_that_comes_back_is_used_again(
    postgres_server: Server, postgres_url: str
) -> None:
    store = Store(postgres_url, {"test": STEPS})
    with store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('kept')")
    postgres_server.stop()
    try:
        for _ in range(2):
            with pytest.raises(BadFile) as refusal:
                store.rows("SELECT * FROM note")
            assert refusal.value.code == "touchline.errors.store_away"
            assert SECRET not in str(refusal.value)
        with pytest.raises(BadFile), store.write():
            raise AssertionError("not reached")
    finally:
        postgres_server.start()
    assert [row["text"] for row in store.rows("SELECT text FROM note")] == ["kept"]


def test_a_connection_that_the_server_ended_is_made_anew_and_a_transaction_is_not(
    postgres_server: Server, postgres_url: str
) -> None:
    store = Store(postgres_url, {"test": STEPS})
    others = "datname = current_database() AND pid != pg_backend_pid()"
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    other = Postgres(read_url(postgres_url))
    other.rows(ended, ())
    with store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('whole')")
    with pytest.raises(BadFile), store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('half')")
        other.rows(ended, ())
        connection.execute("INSERT INTO note (text) VALUES ('the other half')")
    other.close()
    assert [row["text"] for row in store.rows("SELECT text FROM note")] == ["whole"]


def test_what_a_block_raises_comes_out_as_it_is(postgres_url: str) -> None:
    store = Store(postgres_url, {"test": STEPS})
    with pytest.raises(FileNotFoundError, match="mine"), store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('no')")
        raise FileNotFoundError("mine")
    with pytest.raises(sqlite3.DataError), store.write() as connection:
        connection.execute("INSERT INTO note (id, text) VALUES (?, 'no')", ("no number",))
    with pytest.raises(BadFile, match="syntax"):
        store.rows("SELEKT 1")
    assert store.rows("SELECT * FROM note") == []


def test_a_block_that_goes_on_after_a_refusal_does_not_end_as_if_it_were_kept(postgres_url: str) -> None:
    store = Store(postgres_url, {"test": STEPS})
    with pytest.raises(sqlite3.IntegrityError), store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('before')")
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute("INSERT INTO note (text) VALUES (?)", (None,))
    assert store.rows("SELECT * FROM note") == []
    with store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('kept')")
    assert [row["text"] for row in store.rows("SELECT text FROM note")] == ["kept"]


def test_what_cannot_be_sent_spoils_no_answer_of_others(postgres_url: str) -> None:
    store = Store(postgres_url, {"test": STEPS})
    with pytest.raises(UnicodeEncodeError):
        store.rows("SELECT * FROM note WHERE text = ?", ("\ud800",))
    with pytest.raises(UnicodeEncodeError), store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES (?)", ("\ud800",))
    assert [row[0] for row in store.rows("SELECT 7")] == [7]
    assert [row[0] for row in store.rows("SELECT count(*) FROM note")] == [0]


@pytest.mark.parametrize("writing", [False, True])
def test_a_connection_on_which_an_answer_was_not_heard_is_given_up(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, writing: bool
) -> None:
    """Such as by Ctrl-C: the next question on it would be given that answer."""
    store = Store(postgres_url, {"test": STEPS})

    def interrupted(*anything: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pg8000.core.CoreConnection.handle_messages", interrupted)
        with pytest.raises(KeyboardInterrupt):
            if writing:
                with store.write():
                    raise AssertionError("not reached")
            store.rows("SELECT 'old'")
    assert [row[0] for row in store.rows("SELECT 7")] == [7]
    with store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('kept')")
    assert [row["text"] for row in store.rows("SELECT text FROM note")] == ["kept"]


def test_a_server_that_takes_a_call_and_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("touchline.postgres.CONNECTS_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql://u:{SECRET}@127.0.0.1:{mute.getsockname()[1]}/x"
        with pytest.raises(BadFile) as refusal:
            Store(url)
    assert refusal.value.code == "touchline.errors.store_away"
    assert SECRET not in str(refusal.value)


def test_who_waits_too_long_for_whoever_writes_is_told(postgres_url: str) -> None:
    store, hasty = Store(postgres_url, {"test": STEPS}), Store(postgres_url, timeout_s=0.2)
    with store.write(), pytest.raises(BadFile) as refusal, hasty.write():
        raise AssertionError("not reached")
    Postgres.at(postgres_url, 0.2).close()
    assert refusal.value.code == "touchline.errors.store_busy"


def _in_a_child(url: str, answer: object) -> None:
    with Store(url).write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('child')")
    Postgres.at(url).close()
    answer.put("done")  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # that threads run here
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_process_has_connections_of_its_own(postgres_url: str) -> None:
    store = Store(postgres_url, {"test": STEPS})
    context = multiprocessing.get_context("fork")
    answer = context.Queue()
    child = context.Process(target=_in_a_child, args=(postgres_url, answer))
    child.start()
    assert answer.get(timeout=60) == "done"
    child.join(60)
    assert child.exitcode == 0
    with store.write() as connection:  # the parent's connection is none the worse
        connection.execute("INSERT INTO note (text) VALUES ('parent')")
    assert [row["text"] for row in store.rows("SELECT text FROM note ORDER BY id")] == ["child", "parent"]


def keep_match(home: Path) -> Archive:
    """An archive with a match and an incident in it; no file is behind its angle."""
    archive, path, base = Archive(home), home / "cam1.mp4", Timebase(Fraction(1, 25))
    clip = Clip("cam1", "A", path, path, "ab" * 32, (640, 360), base, range(100), ClockMap(), Origin.SIMULATED)
    archive.add_match(Match("m", "Huế – Đà Nẵng", Origin.SIMULATED, utc_now(), Setup(), (clip,)))
    archive.add_incident("m", at_s=Fraction(1, 3))
    return archive


def test_entries_and_lists_can_only_be_added_to(postgres_url: str, tmp_path: Path) -> None:
    archive = keep_match(tmp_path)
    cup = Tournaments(archive).new("Cúp").id
    with archive.store.write() as connection:
        connection.execute(
            "INSERT INTO retention_log (kind, body, by, at_utc) VALUES ('policy', '{}', 'Lan', '2026-05-01')"
        )
    for statement in (
        "UPDATE entry SET body = '{}'",
        "DELETE FROM entry",
        "TRUNCATE entry",
        "INSERT INTO entry SELECT * FROM entry ON CONFLICT (match_id, seq) DO UPDATE SET body = '{}'",
        "INSERT INTO entry (match_id, seq, kind, body, by, at_utc) VALUES ('m', 0, 'x', '{}', '', '')",
        "UPDATE retention_log SET body = 'x'",
        "DELETE FROM retention_log",
        "TRUNCATE retention_log",
        "UPDATE tournament_version SET document = '{}'",
        "DELETE FROM tournament_version",
        "INSERT INTO purging VALUES ('m'); DELETE FROM purging",
    ):
        with pytest.raises(sqlite3.IntegrityError), archive.store.write() as connection:
            connection.execute(statement)
    assert len(archive.entries("m")) == 1
    assert Tournaments(archive).find(cup).tournament.name == "Cúp"
    archive.delete_match("m")
    archive.purge_match("m")
    assert archive.store.rows("SELECT * FROM entry") == []


def test_everything_that_keeps_something_works_there_and_the_first_page_opens(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """All classes that keep data, each with something kept and read again; then the app itself."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    archive = keep_match(tmp_path)
    (made,) = build(tmp_path, force=False, lang="en", progress=lambda line: None)
    assert Training(tmp_path).session(made["id"]).recording.duration_s
    accounts = Accounts(tmp_path)
    accounts.add("lan", "Lan", list(Role), password="bốn từ không liên quan")
    token, _ = Desk(tmp_path).by_command("lan")
    assert Desk(tmp_path).who(digest(token)) is not None
    sessions = Sessions(tmp_path)
    session = sessions.create("U19", [Strap(1, "C0:FF:EE:00:00:01")], [Profile("an", "An")], {1: "an"})
    sessions.mark(session.id, MarkKind.NOTE, 5, {"text": "nóng"})
    assert [mark.kind for mark in sessions.marks(session.id)] == [MarkKind.ASSIGN, MarkKind.NOTE]
    captures = Captures(tmp_path)
    captures.begin("m", "M", announcement(tmp_path, "m", "M"))
    assert captures.known("m") == "M"
    captures.forget("m")
    jobs = Jobs(tmp_path)
    job = jobs.enter("report", {"match": "m"})
    assert jobs.newest("report", "match", "m") == job
    assert [match.id for match in archive.matches()] == ["m"]
    assert not default_path(tmp_path).exists()  # nothing went into a file beside it
    assert SECRET not in caplog.text

    def script() -> None:
        import streamlit_app
        from touchline.rights import Person, Role

        streamlit_app.visitor = lambda: Person("p-1", "Lan", frozenset(Role))
        streamlit_app.main()

    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["lang"] = "en"
    app.run()
    assert not app.exception
    assert [item.value for item in app.error] == []
    assert any("Huế" in item.value for item in app.markdown)


def test_accounts_their_sessions_and_their_log(postgres_url: str, tmp_path: Path) -> None:
    accounts, desk = Accounts(tmp_path), Desk(tmp_path)
    accounts.add("lan", "Lan", ["administrator"], password="bốn từ không liên quan")
    accounts.add("nam", "Nam", ["coach"], password="bốn từ không liên quan", email="nam@example.org")
    with pytest.raises(BadValue, match="e-mail"):
        accounts.set_email("lan", "nam@example.org")
    desk.by_command("lan")
    for k in range(3):
        desk.note(f"x{k}", "192.0.2.1", Outcome.WRONG)
    assert [line.login for line in accounts.sign_ins(3)] == ["x2", "x1", "x0"]
    accounts.end_sessions("lan")
    store, later = store_at(tmp_path), datetime.now(UTC) + timedelta(days=2)
    count, oldest = lines_before(store, later)
    assert count == 5
    assert oldest is not None
    assert lines_before(store, datetime(2020, 1, 1, tzinfo=UTC)) == (0, None)
    with store.write() as connection:
        assert forget_before(connection, later) == 5
    assert accounts.sign_ins() == []


def test_backups_say_what_to_do_instead(postgres_url: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    store_at(home, {"test": STEPS})
    home.mkdir(exist_ok=True)
    for act in (lambda: back_up(home, tmp_path / "out"), lambda: restore(tmp_path / "out", home, yes=True)):
        with pytest.raises(BadValue, match="pg_dump") as refusal:
            act()
        assert SECRET not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_command_says_that_the_server_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    monkeypatch.setenv(DATABASE_URL, f"postgresql://u:s3cret@/x?host={tmp_path}")
    assert main(["match", "list", "--json", "--lang", "en"]) == 0
    said = capsys.readouterr()
    assert '"store_away"' in said.out
    assert "s3cret" not in said.out + said.err
    assert issubclass(BadFile, TouchlineError)
