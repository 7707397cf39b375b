"""Matches to move between two data folders: one with everything that people do, one with small real recordings."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

from recordings import write
from rights_home import furnish

from var import looks
from var.archive import Archive
from var.evidence.trust import Trust, read_trust
from var.ingest import Source, ingest
from var.sync import saved as sync
from var.sync.model import Estimate, Method, Status
from var.transfer.exporting import Exported, export_match
from var.transfer.importing import Imported, import_match

LOOKS = [{"camera": "cam1", "first": 1, "last": 5, "speed": 1, "ms": 900}]


def full(home: Path) -> dict[str, Any]:
    """Fill ``home`` with the match ``m``: annotated fouls, decided incidents, cases, undos, bookmarks, looks, clocks;
    no recordings. What is where."""
    home.mkdir(parents=True, exist_ok=True)
    known = furnish(home)
    archive = Archive(home)
    estimate = Estimate(Method.FLASH, Status.OK, Fraction(1, 2), Fraction(1), 0.001, 0.9)
    sync.save(archive, "m", "cam1", {"cam2": estimate})
    sync.nudge(archive, "m", "cam2", frames=1)
    sync.nudge(archive, "m", "cam2", frames=2)
    sync.undo(archive, "m", "cam2")
    archive.decide(known["open"], "offside", by="Nguyễn Thị Ánh Tuyết", note="<b>xem lại</b>")
    for number in (1, 2):
        given = {"screen": "0123456789abcdef", "batch": number, "looks": LOOKS, "lost": number}
        looks.add(archive, "m", looks.batch(given, archive.match("m")))
    return known


def recorded(home: Path, folder: Path) -> str:
    """A match of two real recordings in ``home``, with a decided incident; its identifier."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [write(folder / f"{name}.mp4", 12 + k, size=(64, 36)) for k, name in enumerate(("main", "goal"))]
    archive = Archive(home)
    match = ingest(archive, "Huế – Đà Nẵng", [Source(file) for file in files], proxies="later").match
    assert match is not None
    incident = archive.add_incident(match.id, at_s=Fraction(1, 5), by="Ánh")
    archive.decide(incident.id, "onside", by="Ánh")
    return match.id


def trusting(home: Path) -> Trust:
    """Trust in the installation of ``home``."""
    return read_trust([home / "keys" / "root.pem"])


def sent(home: Path, match_id: str, out: Path, **how: Any) -> Exported:
    return export_match(Archive(home), match_id, out, **{"media": False, **how})


def moved(home: Path, to: Path, match_id: str, out: Path, **how: Any) -> Imported:
    """The match taken in by ``to`` from ``home``."""
    to.mkdir(parents=True, exist_ok=True)
    return import_match(Archive(to), sent(home, match_id, out).path, trust=trusting(home), **how)


def copy_of(home: Path, place: Path) -> Path:
    """The data folder again, at another place."""
    return Path(shutil.copytree(home, place))
