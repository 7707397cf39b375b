"""A PostgreSQL server of the tests' own: no network, a socket in a folder of its own, gone at the end of the run.

It runs under another user where the tests run as root, because PostgreSQL refuses to be root.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from touchline.errors import BadFile
from touchline.postgres import Postgres
from touchline.store import DATABASE_URL

USER, SECRET = "touchline", "s3cret-ß"
STARTS_WITHIN_S = 60
BOTH = ("sqlite", "postgres")


@dataclass
class Server:
    """A running server."""

    binaries: Path
    folder: Path
    given: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None
    made: bool = False

    def url(self, database: str, user: str = USER, secret: str = "s3cret-%C3%9F") -> str:
        """The URL of a database there."""
        return f"postgresql://{user}:{secret}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, "-h", "", "-F"]
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=log, cwd=self.folder, **self.given
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                Postgres.at(self.url("postgres")).rows("SELECT 1", ())
                return
            except BadFile:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once; what was kept is there again when it is started."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
            self.process = None

    def empty_database(self) -> str:
        """The URL of a database with nothing in it; one for all tests, because a new one is a thousand files."""
        url = self.url("kept")
        if not self.made:
            Postgres.at(self.url("postgres")).rows("CREATE DATABASE kept", ())
            self.made = True
        Postgres.at(url).rows("DROP SCHEMA public CASCADE; CREATE SCHEMA public", ())
        return url


def run_on_both(metafunc: pytest.Metafunc) -> None:
    """Give tests that use ``database`` each of them; those marked ``on_a_file`` only the file."""
    if "database" in metafunc.fixturenames:
        on_a_file = metafunc.definition.get_closest_marker("on_a_file") is not None
        metafunc.parametrize("database", BOTH[:1] if on_a_file else BOTH, indirect=True)


def find_binaries() -> Path | None:
    """The folder with PostgreSQL's programs, the newest version's; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A running server; the test is skipped where PostgreSQL is not installed, and fails in continuous integration."""
    binaries = find_binaries()
    if binaries is None:
        reason = "no PostgreSQL here; install the package 'postgresql' to test the store on it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="touchline-pg-"))
    given: dict[str, Any] = {}
    if os.geteuid() == 0:
        import pwd  # Windows has none

        known = {each.pw_name: each for each in pwd.getpwall()}
        who = known.get("postgres") or known["nobody"]
        os.chown(folder, who.pw_uid, who.pw_gid)
        given = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    server = Server(binaries, folder, given)
    (folder / "secret").write_text(SECRET, "utf-8")
    (folder / "secret").chmod(0o644)
    words = ["-D", folder / "data", "-U", USER, f"--pwfile={folder / 'secret'}", "-A", "scram-sha-256", "-N"]
    made = subprocess.run(
        [str(binaries / "initdb"), *map(str, words), "-E", "UTF8", "--locale=C"],
        capture_output=True,
        cwd=folder,
        check=False,
        **given,
    )
    try:
        assert made.returncode == 0, made.stderr.decode("utf-8", "replace")
        server.start()
        yield server
    finally:
        for name in ("postgres", "kept"):
            Postgres.at(server.url(name)).close()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty database, which every store of the test uses that is opened for a data folder."""
    server: Server = request.getfixturevalue("postgres_server")
    url = server.empty_database()
    monkeypatch.setenv(DATABASE_URL, url)
    return url


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Runs a test once on each database (``run_on_both``); its stores are those of data folders."""
    if request.param == "postgres":
        request.getfixturevalue("postgres_url")
    return str(request.param)
