"""Files in, one outcome a file: what the command and the page both do with what a person hands them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from athletes.archive import Archive, Kept
from athletes.importers import Imported, read
from athletes.importers.read import bytes_of
from touchline.errors import BadFile, TouchlineError
from touchline.i18n import t


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of one file: ``imported`` or ``refusal``, and where it was kept, if it was."""

    path: str
    imported: Imported | None = None
    refusal: TouchlineError | None = None
    kept: Kept | None = None

    @property
    def status(self) -> str:
        """``ok``, ``repaired`` or ``refused``."""
        return "refused" if self.imported is None else self.imported.status

    def repairs(self, lang: str) -> list[str]:
        """What was repaired, in words."""
        if self.imported is None:
            return []
        return [t(f"athletes.repairs.{repair.code}", lang, **repair.params) for repair in self.imported.repairs]

    def document(self, lang: str) -> dict[str, Any]:
        """The outcome as ``touchline import --json`` prints it; what a refused file would hold is null."""
        document: dict[str, Any] = {
            "path": self.path,
            "status": self.status,
            "kind": None,
            "heart_rate": None,
            "rr": None,
            "start": None,
            "seconds": None,
            "repairs": [],
            "reason": None,
        }
        if self.imported is not None:
            recording = self.imported.recording
            pulse, rr = recording.heart_rate, recording.rr_ms
            document |= {
                "kind": recording.kind,
                "heart_rate": pulse and {"count": pulse.count, "sum_bpm": float(pulse.values[pulse.measured].sum())},
                "rr": None if rr is None else {"count": int(rr.size), "sum_s": round(float(rr.sum()) / 1000, 6)},
                "start": None if recording.start is None else recording.start.isoformat(),
                "seconds": recording.duration_s,
                "repairs": [
                    {"code": repair.code, "detail": text}
                    for repair, text in zip(self.imported.repairs, self.repairs(lang), strict=True)
                ],
            }
        if self.refusal is not None:
            told = self.refusal.document(lang)
            document |= {"reason": told["code"], "detail": told["detail"], "hint": told["hint"]}
        if self.kept is not None:
            document |= {"session": self.kept.session_id, "already_there": self.kept.already_there}
        return document


def take_in(
    source: Path | bytes,
    name: str,
    *,
    archive: Archive | None = None,
    athlete_id: str | None = None,
    now: datetime | None = None,
    zone: tzinfo | None = None,
) -> Outcome:
    """The outcome of reading one file, and of keeping it where an ``archive`` is given. A refusal is an outcome too."""
    try:
        data = bytes_of(source, name)
        imported = read(data, name, now=now, zone=zone)
    except TouchlineError as refusal:
        return Outcome(str(source) if isinstance(source, Path) else name, refusal=refusal)
    path = str(source) if isinstance(source, Path) else name
    if archive is None:
        return Outcome(path, imported)
    return Outcome(path, imported, kept=archive.keep(imported, data, athlete_id=athlete_id))


def files_in(paths: list[Path]) -> Iterator[Path]:
    """``paths`` with every folder replaced by the files below it, sorted; hidden files are left out.

    Raises ``BadFile`` (``not_readable``) for a folder that cannot be listed.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        try:
            found = sorted(item for item in path.rglob("*") if item.is_file() and not item.name.startswith("."))
        except OSError as fault:
            raise BadFile("athletes.errors.not_readable", name=path, fault=fault.strerror or fault) from fault
        yield from found
