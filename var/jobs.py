"""Long work outside the page: a job runs in its own process and reports through the store; the page only reads.

A job is a command line of this product. ``python -m var.jobs HOME ID`` runs it.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from touchline.errors import TouchlineError
from touchline.presence import using
from touchline.rights import Action, Person, require
from touchline.store import Migration, Row, store_at, utc_now

if TYPE_CHECKING:
    from var.archive import Archive
    from var.ingest import Refused

_INDEXING = 0.2  # share of an ingest after which the match can be watched

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


STARTING: Mapping[str, Action] = MappingProxyType(
    {
        **dict.fromkeys(("ingest", "dataset", "proxies", "match_look", "match_import"), Action.RECORD),
        **dict.fromkeys(("report", "match_report", "scene", "match_export"), Action.REPORT),
        **dict.fromkeys(("sync", "follow"), Action.PREPARE),
        **dict.fromkeys(("assist_people", "assist_kick"), Action.MARK),
        **dict.fromkeys(("backup", "backup_check"), Action.BACK_UP),
        "retention": Action.REMOVE,
    }
)
"""The right that each kind of job asks for: of who starts it, stops it, or takes it off the page."""


class Jobs:
    """The jobs of an installation. ``person`` is who starts, stops or reads of them; what the roles do not allow is
    refused with ``NotAllowed``. The process of a job is the software's and acts without a person; its arguments say
    in ``by`` and ``account`` who started it."""

    def __init__(self, home: Path, person: Person | None = None) -> None:
        self.home, self.person = home, person
        self.store = store_at(home, {"var.jobs": MIGRATIONS})

    def start(self, kind: str, arguments: dict[str, Any], *, hidden: Mapping[str, str] | None = None) -> str:
        """Start a job in its own process and return its id. Raises ``NotAllowed``.

        ``hidden`` is given to that process as variables of its environment, and is not kept.
        """
        job_id = self.enter(kind, arguments)
        process = subprocess.Popen(
            [sys.executable, "-m", "var.jobs", str(self.home), job_id],
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
        """Note a job whose process is still to come (``python -m var.jobs HOME ID``) and return its id. A ``quiet``
        one is not among ``unseen``: nobody waits for it."""
        require(self.person, STARTING[kind])
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

    def unseen(self) -> list[Job]:
        """Jobs that run, and ended ones that nobody has dismissed, the oldest first."""
        require(self.person, Action.WATCH)
        return [self._job(row) for row in self.store.rows("SELECT * FROM job WHERE seen = 0 ORDER BY started_s")]

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
        """Nothing, where the person may see jobs of a kind: who watches, and who may start them."""
        if kind is None or self.person is None or not self.person.may(STARTING[kind]):
            require(self.person, Action.WATCH)

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
            require(self.person, STARTING[row["kind"]])

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

    def run(self, job_id: str, work: dict[str, Work]) -> None:
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
            self._finish(job_id, "failed", {lang: refusal.document(lang) for lang in ("vi", "en")})
        except SystemExit:
            self._finish(job_id, "stopped", None)
        except Exception as fault:  # noqa: BLE001  the page must hear of any end of a job, whatever it was
            self._finish(job_id, "failed", {"fault": f"{type(fault).__name__}: {fault}"})
        else:
            self._finish(job_id, "done", result)


def ingest_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Make a match of uploaded files, or add them to one: ``name``, ``files`` (paths), ``move``, ``match`` where they
    are added. It can be watched as soon as ``match`` is told, and ``angles`` says how many it has by then; its proxies
    follow, incidents first."""
    from var.archive import Archive
    from var.ingest import Source, add_angles, ingest

    archive = Archive(home)
    sources = [Source(Path(path), label=Path(path).stem) for path in arguments["files"]]

    def told(match_id: str, angles: int, refused: Sequence[Refused]) -> None:
        progress.tell({"match": match_id, "angles": angles, "refused": _refusals(refused)})

    def indexed(share: float, label: str) -> None:
        progress(share * _INDEXING, label)

    keep: Literal["move", "copy"] = "move" if arguments.get("move") else "copy"
    if into := arguments.get("match"):
        done = add_angles(archive, into, sources, keep=keep, proxies="later", progress=indexed, told=told)
    else:
        done = ingest(archive, arguments["name"], sources, keep=keep, proxies="later", progress=indexed, told=told)
    result: dict[str, Any] = {
        "match": done.match.id if done.match else None,
        "angles": len(done.match.clips) if done.match else 0,
        "refused": _refusals(done.refused),
    }
    if done.match is None:
        return result
    progress.tell(result)

    def further(share: float, label: str) -> None:
        progress(_INDEXING + share * (1 - _INDEXING), label)

    return result | _proxies(archive, done.match.id, further, wait=True)


def _refusals(refused: Sequence[Refused]) -> list[dict[str, Any]]:
    return [{"name": item.name, **{lang: item.reason.document(lang) for lang in ("vi", "en")}} for item in refused]


def proxies_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Make what is missing of a match's proxies: ``match``. Ends at once where another process does that."""
    from var.archive import Archive

    return {"match": arguments["match"], "refused": []} | _proxies(Archive(home), arguments["match"], progress)


def _proxies(
    archive: Archive, match_id: str, progress: Callable[[float, str], None], *, wait: bool = False
) -> dict[str, Any]:
    """Proxies with what the machine has to spare; the frames that do not decode are told by camera."""
    from var.proxies import make_missing

    if hasattr(os, "nice"):
        os.nice(19)
    made = make_missing(archive, match_id, progress, wait=wait)
    return {"damaged": {name: list(frames) for name, frames in made.damaged.items()}, "busy": made.busy}


def dataset_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Fetch an open recording: ``name``."""
    from var.datasets import open_dataset

    return {"match": open_dataset(home, arguments["name"], progress=progress).id, "refused": []}


def report_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Write the report of an incident: ``match``, ``incident``, ``lang``."""
    from var.archive import Archive
    from var.evidence.package import export_package
    from var.evidence.settings import PIN_VARIABLE
    from var.export.newest import match_state, newest_entry

    archive = Archive(home)
    entry = newest_entry(archive, arguments["match"], arguments["incident"])  # before it reads: what comes is later
    state = match_state(archive, arguments["match"])
    made = export_package(
        archive,
        arguments["match"],
        arguments["incident"],
        home / "reports",
        lang=arguments["lang"],
        progress=progress,
        pin=os.environ.pop(PIN_VARIABLE, None),
    )
    folder, package = made.exported.folder, made.document()["package"]
    return {"folder": str(folder), "name": folder.name, "entry": entry, "state": state, "package": package}


def match_report_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Write the report of a whole match: ``match``, ``lang``, ``clips`` (whether clips go along)."""
    from var.archive import Archive
    from var.evidence.match_package import export_match_report
    from var.evidence.settings import PIN_VARIABLE
    from var.export.newest import match_state, newest_entry

    archive = Archive(home)
    entry = newest_entry(archive, arguments["match"])  # before it reads: what comes is later
    state = match_state(archive, arguments["match"])
    made = export_match_report(
        archive,
        arguments["match"],
        home / "reports",
        lang=arguments["lang"],
        clips=bool(arguments.get("clips")),
        progress=progress,
        pin=os.environ.pop(PIN_VARIABLE, None),
    )
    folder, told = made.written.folder, made.document()
    kept = {"recordings": told["recordings"], "package": told["package"]}
    return {"folder": str(folder), "name": folder.name, "entry": entry, "state": state, **kept}


def scene_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Write picture, clip and 3-D file of an incident's scene: ``match``, ``incident``, ``lang``."""
    from var.stage.folder import write_files

    return {"folder": str(write_files(home, arguments["match"], arguments["incident"], arguments["lang"], progress))}


def sync_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Find the clocks of a match's angles, for a person to accept: ``match``, ``reference``, ``method``."""
    from var.sync.proposals import find_work

    return find_work(home, arguments, progress)


def assist_people_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Find the people at the kick, for a person to take body points from: ``match``, ``incident``."""
    from var.assist.work import people_work

    return people_work(home, arguments, progress)


def assist_kick_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Look for the kick from a clicked ball: ``match``, ``incident``, ``camera``, ``frame``, ``u``, ``v``."""
    from var.assist.work import kick_work

    return kick_work(home, arguments, progress)


def follow_camera_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Follow a camera by the painted lines from a calibrated frame: ``match``, ``camera``, ``frame``, ``frames``."""
    from var.paint_work import follow_work

    return follow_work(home, arguments, progress)


def backup_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Write a backup: ``out``, ``media``, ``keys``, ``keep`` (or null)."""
    from touchline.backup import back_up

    wanted = {name: arguments[name] for name in ("media", "keys", "keep")}
    return back_up(home, Path(arguments["out"]), progress=progress, **wanted).document()


def backup_check_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Read every byte of a backup: ``path``."""
    from touchline.backup.checking import check_backup, remember_check

    found = check_backup(Path(arguments["path"]), progress)
    remember_check(home, found)
    return found.document()


def retention_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Delete what is due by the retention policy."""
    from var.archive import Archive
    from var.retention.running import run

    archive = Archive(home, account=arguments.get("account"))
    return run(archive, yes=True, by=arguments.get("by", ""), progress=progress).document()


def match_export_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Write the package of a whole match: ``match``, ``media``, ``lang``."""
    from var.transfer.work import export_work

    return export_work(home, arguments, progress)


def match_look_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Check a match's package without taking it in: ``path``, ``trust`` (paths), ``lang``."""
    from var.transfer.work import look_work

    return look_work(home, arguments, progress)


def match_import_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Take in a match's package: ``path``, ``trust`` (paths), ``untrusted``, ``update``, ``lang``."""
    from var.transfer.work import import_work

    return import_work(home, arguments, progress)


WORK: dict[str, Work] = {
    "backup": backup_work,
    "backup_check": backup_check_work,
    "retention": retention_work,
    "match_export": match_export_work,
    "match_look": match_look_work,
    "match_import": match_import_work,
    "ingest": ingest_work,
    "dataset": dataset_work,
    "report": report_work,
    "match_report": match_report_work,
    "proxies": proxies_work,
    "sync": sync_work,
    "assist_people": assist_people_work,
    "assist_kick": assist_kick_work,
    "scene": scene_work,
    "follow": follow_camera_work,
}


if __name__ == "__main__":
    with using(Path(sys.argv[1])):
        Jobs(Path(sys.argv[1])).run(sys.argv[2], WORK)
