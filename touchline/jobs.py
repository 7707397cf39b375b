"""Long work outside the page: a job runs in its own process and reports through the store; the page only reads.

A job is a command line of this product. ``python -m touchline.jobs HOME ID`` runs it. Each package says through the
entry points ``touchline.jobs`` what kinds of work it has: an ``Offered``.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.i18n import LANGUAGES
from touchline.presence import using
from touchline.rights import Action, Person, require
from touchline.store import Migration, Row, store_at, utc_now

GROUP = "touchline.jobs"
OWNER = "var.jobs"
"""Whose the table is in the database's own list: jobs were those of matches alone at first."""

MIGRATIONS = (
    Migration(
        "0001_jobs",
        """
        CREATE TABLE job (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, arguments TEXT NOT NULL, state TEXT NOT NULL, share REAL NOT NULL,
            message TEXT NOT NULL, result TEXT, pid INTEGER, started_utc TEXT NOT NULL, started_s REAL NOT NULL,
            seen INTEGER NOT NULL DEFAULT 0)
        """,
    ),
)


class Report:
    """What work says while it runs: called with the share done (0 to 1) and a message; ``tell`` gives what is already
    there of the result, such as a match that can be watched while its proxies are made."""

    def __init__(self, jobs: Jobs, job_id: str) -> None:
        self._jobs, self._id, self._last_s = jobs, job_id, -1.0

    def __call__(self, share: float, message: str) -> None:
        now_s = time.monotonic()  # the store is written a few times a second, not each frame
        if now_s - self._last_s >= 0.25 or share >= 1:
            self._last_s = now_s
            self._jobs.report(self._id, share, message)

    def tell(self, result: dict[str, Any]) -> None:
        """Show ``result`` while the work goes on."""
        self._jobs.tell(self._id, result)


Work = Callable[[Path, dict[str, Any], Report], dict[str, Any]]
"""A kind of work: takes the data folder, plain arguments and where to report; returns a plain result."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work: ``state`` is ``running``, ``done``, ``failed`` or ``stopped`` (its process is gone).

    ``result`` may be there while it runs: then it is what can be used already.
    """

    id: str
    kind: str
    arguments: dict[str, Any]
    state: str
    share: float
    message: str
    result: dict[str, Any] | None
    elapsed_s: float

    @property
    def left_s(self) -> float | None:
        """The time left by the pace so far in seconds; None before there is a pace."""
        return self.elapsed_s * (1 - self.share) / self.share if self.share > 0.02 else None


def is_alive(pid: int | None, job_id: str) -> bool:
    """Whether the process ``pid`` is there and is that job's: after a restart the number may be somebody else's."""
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a finished child that nobody waited for still has a number, but no command line
        return job_id.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:  # a system without /proc
        return not Path("/proc/self").exists()


ENDING_S = 5.0
"""A job that was told to end has that long to put things away."""


def _end(pid: int | None, job_id: str) -> None:
    """End a job's process, if it is there, and come back when it is gone."""
    import signal

    for how, wait_s in ((signal.SIGTERM, ENDING_S), (signal.SIGKILL, ENDING_S)):
        if not pid or pid == os.getpid() or not is_alive(pid, job_id):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        until_s = time.monotonic() + wait_s
        while is_alive(pid, job_id) and time.monotonic() < until_s:
            time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Offered:
    """The kinds of work of a package: the right that each asks of who starts it, stops it or takes it off the page;
    what does it; and ``seeing``, the right of those who may see how far it is."""

    starting: Mapping[str, Action]
    work: Mapping[str, Work]
    seeing: Action


@cache
def offers() -> tuple[Offered, ...]:
    """What every installed package offers."""
    return tuple(point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name))


def _offer(kind: str) -> Offered:
    for offered in offers():
        if kind in offered.starting:
            return offered
    raise BadValue("touchline.errors.no_such_work", kind=kind)


def starting(kind: str) -> Action:
    """The right that a kind of job asks for. Raises ``BadValue`` for a kind that no installed package knows."""
    return _offer(kind).starting[kind]


class Jobs:
    """The jobs of an installation. ``person`` is who starts, stops or reads of them; what the roles do not allow is
    refused with ``NotAllowed``. The process of a job is the software's and acts without a person; its arguments say
    in ``by`` and ``account`` who started it."""

    def __init__(self, home: Path, person: Person | None = None) -> None:
        self.home, self.person = home, person
        self.store = store_at(home, {OWNER: MIGRATIONS})

    def start(self, kind: str, arguments: dict[str, Any], *, hidden: Mapping[str, str] | None = None) -> str:
        """Start a job in its own process and return its id. Raises ``NotAllowed``.

        ``hidden`` is given to that process as variables of its environment, and is not kept.
        """
        job_id = self.enter(kind, arguments)
        process = subprocess.Popen(
            [sys.executable, "-m", "touchline.jobs", str(self.home), job_id],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **(hidden or {})},
        )
        threading.Thread(target=process.wait, daemon=True).start()  # so that an ended job does not stay a zombie
        with self.store.write() as connection:
            connection.execute("UPDATE job SET pid = ? WHERE id = ? AND pid IS NULL", (process.pid, job_id))
        return job_id

    def enter(self, kind: str, arguments: dict[str, Any], *, quiet: bool = False) -> str:
        """Note a job whose process is still to come (``python -m touchline.jobs HOME ID``) and return its id. A
        ``quiet`` one is not among ``unseen``: nobody waits for it."""
        require(self.person, starting(kind))
        if self.person is not None:
            arguments = {**arguments, "by": self.person.name, "account": self.person.id}
        job_id = secrets.token_hex(6)
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO job VALUES (?, ?, ?, 'running', 0, '', NULL, NULL, ?, ?, ?)",
                (job_id, kind, json.dumps(arguments), utc_now(), time.time(), int(quiet)),
            )
        return job_id

    def stop(self, job_id: str) -> None:
        """Stop a job; what it had not finished is removed by the job itself on the way out."""
        import signal

        self._require(job_id)
        row = self.store.row("SELECT id, pid, state FROM job WHERE id = ?", (job_id,))
        if row is not None and row["state"] == "running" and is_alive(row["pid"], row["id"]):
            os.kill(row["pid"], signal.SIGTERM)
        self._finish(job_id, "stopped", None)

    def forget(self, name: str, value: str) -> None:
        """Take out every job that was started with this argument, with all that it said; one that runs is ended first
        and waited for, so that it writes nothing more. Raises ``NotAllowed``."""
        rows = self.store.rows("SELECT id, kind, arguments, state, pid FROM job")
        mine = [row for row in rows if json.loads(row["arguments"]).get(name) == value]
        for row in mine if self.person is not None else ():
            require(self.person, starting(row["kind"]))
        for row in mine:
            if row["state"] == "running":
                _end(row["pid"], row["id"])
        with self.store.write() as connection:
            for row in mine:
                connection.execute("DELETE FROM job WHERE id = ?", (row["id"],))

    def unseen(self, kinds: Collection[str]) -> list[Job]:
        """Jobs of ``kinds`` that run, and ended ones that nobody has dismissed, the oldest first."""
        for action in {_offer(kind).seeing for kind in kinds}:
            require(self.person, action)
        rows = self.store.rows("SELECT * FROM job WHERE seen = 0 ORDER BY started_s")
        return [self._job(row) for row in rows if row["kind"] in kinds]

    def job(self, job_id: str) -> Job | None:
        """The job with this id, or None."""
        row = self.store.row("SELECT * FROM job WHERE id = ?", (job_id,))
        self._see(None if row is None else row["kind"])
        return None if row is None else self._job(row)

    def newest(self, kind: str, name: str, value: str) -> str | None:
        """The id of the newest job of a kind that was started with this argument and did not fail, or None."""
        self._see(kind)
        rows = self.store.rows(
            "SELECT id, arguments FROM job WHERE kind = ? AND state IN ('running', 'done') ORDER BY started_s DESC",
            (kind,),
        )
        return next((str(row["id"]) for row in rows if json.loads(row["arguments"]).get(name) == value), None)

    def last(self, *kinds: str) -> Job | None:
        """The newest job of these kinds, however it ended, or None."""
        for kind in kinds:
            self._see(kind)
        places = ", ".join("?" * len(kinds))
        row = self.store.row(f"SELECT * FROM job WHERE kind IN ({places}) ORDER BY started_s DESC LIMIT 1", kinds)
        return None if row is None else self._job(row)

    def forget_running(self) -> None:
        """Take out what ran when this database was copied: nothing of it goes on here."""
        require(self.person, Action.BACK_UP)
        with self.store.write() as connection:
            connection.execute("DELETE FROM job WHERE state = 'running'")

    def _see(self, kind: str | None) -> None:
        """Nothing, where the person may see jobs of a kind: who sees what they are about, and who may start them."""
        if kind is None:  # a job that is not there is nobody's
            return
        if self.person is None or not self.person.may(starting(kind)):
            require(self.person, _offer(kind).seeing)

    def dismiss(self, job_id: str) -> None:
        """Take an ended job off the page."""
        self._require(job_id)
        with self.store.write() as connection:
            connection.execute("UPDATE job SET seen = 1 WHERE id = ? AND state != 'running'", (job_id,))

    def report(self, job_id: str, share: float, message: str) -> None:
        """Say how far a job is."""
        self._require(job_id)
        with self.store.write() as connection:
            connection.execute("UPDATE job SET share = ?, message = ? WHERE id = ?", (share, message, job_id))

    def tell(self, job_id: str, result: dict[str, Any]) -> None:
        """Show what is already there of a running job's result."""
        self._require(job_id)
        with self.store.write() as connection:
            connection.execute(
                "UPDATE job SET result = ? WHERE id = ? AND state = 'running'",
                (json.dumps(result, ensure_ascii=False), job_id),
            )

    def _require(self, job_id: str) -> None:
        """Nothing, where the person may do what the job does; a job that is not there is nobody's."""
        row = None if self.person is None else self.store.row("SELECT kind FROM job WHERE id = ?", (job_id,))
        if row is not None:
            require(self.person, starting(row["kind"]))

    def _finish(self, job_id: str, state: str, result: dict[str, Any] | None) -> None:
        """End a job. Where it has told of a result already, a refusal is added to that and nothing told is lost."""
        with self.store.write() as connection:
            row = connection.execute("SELECT result FROM job WHERE id = ?", (job_id,)).fetchone()
            told = (json.loads(row["result"]) if row is not None and row["result"] else None) or {}
            whole = {**told, **result} if result is not None else told or None
            connection.execute(
                "UPDATE job SET state = ?, result = ? WHERE id = ? AND state = 'running'",
                (state, json.dumps(whole, ensure_ascii=False), job_id),
            )

    def _job(self, row: Row) -> Job:
        state = row["state"]
        if state == "running" and time.time() - row["started_s"] > 5 and not is_alive(row["pid"], row["id"]):
            state = "stopped"
            self._finish(row["id"], state, None)
        return Job(
            id=row["id"],
            kind=row["kind"],
            arguments=json.loads(row["arguments"]),
            state=state,
            share=row["share"],
            message=row["message"],
            result=json.loads(row["result"]) if row["result"] else None,
            elapsed_s=time.time() - row["started_s"],
        )

    def run(self, job_id: str, work: Mapping[str, Work]) -> None:
        """Do a job in this process."""
        import signal

        self._require(job_id)
        job = self.job(job_id)
        if job is None or job.state != "running":  # stopped before it began
            return
        with self.store.write() as connection:
            connection.execute("UPDATE job SET pid = ? WHERE id = ?", (os.getpid(), job_id))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            result = work[job.kind](self.home, job.arguments, Report(self, job_id))
        except TouchlineError as refusal:
            self._finish(job_id, "failed", {lang: refusal.document(lang) for lang in LANGUAGES})
        except SystemExit:
            self._finish(job_id, "stopped", None)
        except OSError as fault:  # a full disk, most often: said in words, without the machine's paths
            unwritable = BadFile("touchline.errors.work_unwritable", fault=fault.strerror or type(fault).__name__)
            self._finish(job_id, "failed", {lang: unwritable.document(lang) for lang in LANGUAGES})
        except Exception as fault:  # noqa: BLE001  the page must hear of any end of a job, whatever it was
            self._finish(job_id, "failed", {"fault": f"{type(fault).__name__}: {fault}"})
        else:
            self._finish(job_id, "done", result)


if __name__ == "__main__":
    with using(Path(sys.argv[1])):
        Jobs(Path(sys.argv[1])).run(
            sys.argv[2], {kind: work for offered in offers() for kind, work in offered.work.items()}
        )
