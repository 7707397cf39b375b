"""What was shown as saved is there: transactions, migrations that run once, files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from touchline.errors import BadFile
from touchline.files import data_home, locked, replacing, sha256_of, write_bytes
from touchline.store import Migration, Store, store_at

STEPS = [Migration("0001", "CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)")]
on_both = pytest.mark.usefixtures("database")
"""What is kept is kept on a file and on a server alike; the store is that of a data folder."""


@on_both
def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    store = store_at(tmp_path, {"test": STEPS})
    with pytest.raises(sqlite3.IntegrityError), store.write() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('kept?')")
        connection.execute("INSERT INTO note (text) VALUES (NULL)")
    assert store.rows("SELECT * FROM note") == []


@on_both
def test_a_row_is_by_name_by_place_and_by_value(tmp_path: Path) -> None:
    store = store_at(tmp_path, {"test": [Migration("0001", "CREATE TABLE kept (n INTEGER, x REAL, b BLOB, t TEXT)")]})
    values = (2**62 + 1, 2, b"\x00\xff", "ế % ? 'x'")
    with store.write() as connection:
        connection.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", values)
        connection.executemany("INSERT INTO kept VALUES (?, ?, ?, ?)", [(True, 0.1, None, None)] * 2)
        assert connection.execute("UPDATE kept SET t = 'a?%' WHERE n = ?", (1,)).rowcount == 2
        (found,) = connection.execute("SELECT n FROM kept WHERE x = ?", (2.0,))
        assert found[0] == 2**62 + 1
        assert connection.execute("SELECT 1 WHERE 1 = 0").fetchone() is None
    row = store.row("SELECT n, x AS Y, b, t FROM kept ORDER BY n DESC")
    assert row is not None
    assert (row["n"], row["y"], row["Y"], bytes(row["b"])) == (values[0], 2.0, 2.0, values[2])
    assert (row[3], row[-1]) == (values[3], values[3])
    assert [type(row[name]) for name in row.keys()] == [int, float, bytes, str]  # noqa: SIM118  a row is no mapping
    assert (len(row), dict(row)["t"], values[3] in row, "n" in row) == (4, values[3], True, False)
    for wrong in ("none", 4):
        with pytest.raises(IndexError):
            row[wrong]
    assert [tuple(each) for each in store.rows("SELECT t, sum(n) AS n FROM kept GROUP BY t ORDER BY n")] == [
        ("a?%", 2),
        (values[3], 2**62 + 1),
    ]
    assert store.rows("SELECT x FROM kept WHERE n = 1") == store.rows("SELECT x FROM kept WHERE n = 1 AND t = 'a?%'")


@on_both
def test_texts_are_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    store = store_at(tmp_path, {"test": STEPS})
    with store.write() as connection:
        connection.executemany("INSERT INTO note (text) VALUES (?)", [(text,) for text in ("é", "b", "a", "B", "_")])
    assert [row["text"] for row in store.rows("SELECT text FROM note ORDER BY text")] == ["B", "_", "a", "b", "é"]
    assert [row["id"] for row in store.rows("SELECT id FROM note ORDER BY id")] == [1, 2, 3, 4, 5]


@on_both
def test_who_writes_is_alone_in_writing(tmp_path: Path) -> None:
    """What a transaction read stays true until it is kept: nobody counts one twice, however many count at once."""
    store, faults = store_at(tmp_path, {"test": STEPS}), []

    def work() -> None:
        try:
            for _ in range(10):
                with store_at(tmp_path).write() as connection:
                    (n,) = connection.execute("SELECT count(*) FROM note").fetchone()
                    connection.execute("INSERT INTO note (text) VALUES (?)", (str(n),))
        except BaseException as fault:  # noqa: BLE001  carried out of the thread
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(int(row["text"]) for row in store.rows("SELECT text FROM note")) == list(range(40))


@on_both
def test_migrations_run_once_and_in_order(tmp_path: Path) -> None:
    store_at(tmp_path, {"test": STEPS})
    later = [*STEPS, Migration("0002", "ALTER TABLE note ADD COLUMN by TEXT; CREATE INDEX note_by ON note (by)")]
    for _ in range(2):
        store = store_at(tmp_path, {"test": later})
    assert [row["name"] for row in store.rows("SELECT name FROM migration ORDER BY name")] == ["0001", "0002"]


def test_a_migration_may_hold_triggers_whose_statements_stay_together(tmp_path: Path) -> None:
    guarded = """
        CREATE TABLE heard (text TEXT);
        CREATE TRIGGER note_stays BEFORE UPDATE ON note BEGIN
            INSERT INTO heard VALUES ('an update; refused');
            SELECT RAISE(ABORT, 'a note; it stays');
        END;
        CREATE TRIGGER note_comes AFTER INSERT ON note BEGIN INSERT INTO heard VALUES (new.text); END;
        -- the last one; without an end of its own
        INSERT INTO note (text) VALUES ('first')
    """
    store = Store(tmp_path / "a.db", {"test": [*STEPS, Migration("0002", guarded)]})
    with pytest.raises(sqlite3.IntegrityError, match="a note; it stays"), store.write() as connection:
        connection.execute("UPDATE note SET text = 'other'")
    assert [row["text"] for row in store.rows("SELECT text FROM note")] == ["first"]
    assert [row["text"] for row in store.rows("SELECT text FROM heard")] == ["first"]


def test_a_trigger_without_its_end_is_refused_and_the_migration_runs_again(tmp_path: Path) -> None:
    path, broken = tmp_path / "a.db", "CREATE TRIGGER t BEFORE UPDATE ON note BEGIN SELECT RAISE(ABORT, 'no');"
    with pytest.raises(BadFile):
        Store(path, {"test": [*STEPS, Migration("0002", f"CREATE TABLE half (x); {broken}")]})
    store = Store(path, {"test": [*STEPS, Migration("0002", f"CREATE TABLE half (x); {broken} END")]})
    assert store.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")[0]["name"] == "t"


@on_both
def test_many_threads_open_and_migrate_at_once(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def work() -> None:
        try:
            store = store_at(tmp_path, {"test": STEPS})
            for _ in range(10):
                with store.write() as connection:
                    connection.execute("INSERT INTO note (text) VALUES ('x')")
        except BaseException as fault:  # noqa: BLE001  carried out of the thread
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store_at(tmp_path).rows("SELECT count(*) AS n FROM note")[0]["n"] == 60


@on_both
def test_settings_are_kept(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    assert store.setting("lang") is None
    store.set_setting("lang", "vi")
    store.set_setting("lang", "en")
    assert store_at(tmp_path).setting("lang") == "en"


def test_a_database_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("this is not a database, it is a text of some length" * 30)
    with pytest.raises(BadFile, match=r"a\.db"):
        Store(path)
    assert path.read_text().startswith("this is not a database")


def test_a_damaged_database_is_refused_by_name_whenever_it_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = Store(path, {"test": STEPS})
    with store.write() as connection:
        connection.executemany("INSERT INTO note (text) VALUES (?)", [("x" * 500,)] * 200)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096 * 5 :] = b"\xff" * (len(data) - 4096 * 5)
    path.write_bytes(data)
    with pytest.raises(BadFile, match=r"a\.db"):
        store.rows("SELECT * FROM note")
    with pytest.raises(BadFile, match=r"a\.db"), store.write() as connection:
        connection.execute("UPDATE note SET text = 'y'")


@on_both
def test_who_reads_does_not_wait_for_who_writes(tmp_path: Path) -> None:
    store = store_at(tmp_path, {"test": STEPS})
    start = time.monotonic()
    with store.write():
        assert store_at(tmp_path, {"test": STEPS}).rows("SELECT * FROM note") == []
    assert time.monotonic() - start < 5


def test_a_full_disk_is_named_and_not_hidden_by_the_way_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db", {"test": STEPS})
    with pytest.raises(BadFile, match="full"), store.write() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        connection.execute("INSERT INTO note (text) VALUES (?)", ("x" * 100_000,))
    assert store.rows("SELECT * FROM note") == []


@on_both
def test_committed_rows_survive_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, sys, signal; from pathlib import Path; from touchline.store import *\n"
        "step = Migration('0001', 'CREATE TABLE note (id INTEGER, text TEXT)')\n"
        "store = store_at(Path(sys.argv[1]), {'test': [step]})\n"
        "for k in range(20):\n"
        "    with store.write() as c: c.execute('INSERT INTO note VALUES (?, ?)', (k, 'x'))\n"
        "    print(k, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    said = len(done.stdout.split())
    assert said == 20
    assert store_at(tmp_path).rows("SELECT count(*) AS n FROM note")[0]["n"] == said


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_bytes(path, b"old")
    with pytest.raises(RuntimeError, match="power cut"), replacing(path) as temporary:
        assert temporary.suffix == ".json"
        temporary.write_bytes(b"half of the n")
        raise RuntimeError("power cut")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_new_files_may_be_read_as_the_umask_says_and_private_ones_by_their_owner(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "shared.json", b"1")
        write_bytes(tmp_path / "secret.key", b"2", private=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "shared.json").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_sha256(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")
def test_data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "own"))
    assert data_home() == tmp_path / "own"
    monkeypatch.delenv("TOUCHLINE_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert data_home() == tmp_path / "xdg" / "touchline"


def test_a_lock_is_held_by_one_process_and_freed_by_its_death(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.lock"
    code = (
        "import sys, time; from pathlib import Path; from touchline.files import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        entered = threading.Event()

        def enter() -> None:
            with locked(path):
                entered.set()

        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(1)
        holder.kill()
        assert entered.wait(20)
        waiting.join()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights in another way")
def test_the_database_is_its_owners_alone_also_one_that_others_could_read(tmp_path: Path) -> None:
    def modes() -> set[int]:
        return {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("a.db*")}

    path, before = tmp_path / "a.db", os.umask(0o022)
    try:
        store = Store(path, {"test": STEPS})
        with store.write() as connection:  # while it is open the files beside it are there
            connection.execute("INSERT INTO note (text) VALUES ('secret')")
            assert len(list(tmp_path.glob("a.db*"))) == 3
            assert modes() == {0o600}
            for each in tmp_path.glob("a.db*"):  # as an older version left them
                each.chmod(0o644)
            assert modes() == {0o644}
            Store(path, {"test": STEPS})
            assert modes() == {0o600}
        assert [row["text"] for row in store.rows("SELECT text FROM note")] == ["secret"]
    finally:
        os.umask(before)
