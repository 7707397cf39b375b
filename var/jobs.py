"""The long work of matches, each a job in a process of its own (``touchline.jobs``)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from touchline.jobs import Offered, Report, Work
from touchline.rights import Action

if TYPE_CHECKING:
    from var.archive import Archive
    from var.ingest import Refused

_INDEXING = 0.2  # share of an ingest after which the match can be watched

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

JOBS = Offered(STARTING, MappingProxyType(WORK), seeing=Action.WATCH)
