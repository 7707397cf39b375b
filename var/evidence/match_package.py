"""The package of a whole match: report, record, small stills, entries, evidence log, calibrations and clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.files import write_bytes
from touchline.rights import Action, require
from touchline.store import utc_now
from var.evidence.entries import write_document, write_entries
from var.evidence.layout import (
    CALIBRATION,
    CLIPS,
    ENTRIES,
    MATCH_RECORD,
    MATCH_RECORD_SCHEMA,
    PAYLOAD,
    REPORT,
    SOFTWARE,
    STILLS,
    SYNC,
)
from var.evidence.media_signing import source_type
from var.evidence.parts import match_calibration_document, match_sync_document, software_document
from var.evidence.writing import Credential, Written, drained, write_whole
from var.export.incident import CLIP_S, Progress, hashes_in
from var.export.match_facts import MatchFacts, gather_match
from var.export.match_pictures import MatchPictures, write_match_pictures
from var.export.match_record import match_record
from var.export.match_words import match_words
from var.export.wording import FileHash, Proof
from var.match_store import slug

if TYPE_CHECKING:
    from var.archive import Archive
    from var.evidence.signers import Signers
    from var.model import Match


@dataclass(frozen=True, slots=True)
class MatchPackage:
    """A written package of a match: how many incidents it tells of, and the recordings as they were found."""

    written: Written
    incidents: int
    pictures: MatchPictures

    @property
    def report(self) -> Path:
        """The PDF."""
        return self.written.folder / PAYLOAD / REPORT

    @property
    def record(self) -> Path:
        """The same as JSON."""
        return self.written.folder / PAYLOAD / MATCH_RECORD

    def document(self) -> dict[str, Any]:
        """The package as a JSON-ready document (schema ``match_report_export``)."""
        data = self.written.folder / PAYLOAD
        return {
            "status": "written",
            "folder": str(self.written.folder),
            "report": str(self.report),
            "record": str(self.record),
            "incidents": self.incidents,
            "stills": [str(data / still.file) for _, stills in self.pictures.stills for still in stills],
            "clips": [str(data / clip.file) for _, clips in self.pictures.clips for clip in clips],
            "recordings": [
                {
                    "camera": each.clip.camera_id,
                    "label": each.clip.label,
                    "state": each.state.value,
                    "removed": None if each.clip.removed is None else asdict(each.clip.removed),
                }
                for each in self.pictures.recordings
            ],
            "package": self.written.document(),
        }


def export_match_report(
    archive: Archive,
    match_id: str,
    out: Path,
    *,
    lang: str,
    sign: bool = True,
    pin: str | None = None,
    clips: bool = False,
    progress: Progress | None = None,
    written_utc: str | None = None,
) -> MatchPackage:
    """Write the package of a whole match under ``out``, signed as the installation is set up; see
    ``write_match_package``.

    ``pin`` is the token's, where one signs. Raises ``NotFound`` for an unknown match, ``NotAllowed`` where the
    archive's person may not report, ``BadFile`` where the evidence log or ``out`` cannot be written, and what
    ``var.evidence.signers.signers`` raises.
    """
    from var.evidence.settings import read_settings
    from var.evidence.signers import signers

    require(archive.person, Action.REPORT)
    facts = gather_match(archive, match_id)
    drained(archive, match_id)  # after what is told was read: the log has all of it
    options: dict[str, Any] = {
        "lang": lang,
        "home": archive.home,
        "clips": clips,
        "progress": progress,
        "written_utc": written_utc,
    }
    if not sign:
        return write_match_package(facts, out, None, **options)
    with signers(archive.home, read_settings(archive.home), pin) as by:
        return write_match_package(facts, out, by, **options)


def write_match_package(
    facts: MatchFacts,
    out: Path,
    by: Signers | None,
    *,
    lang: str,
    home: Path | None = None,
    clips: bool = False,
    progress: Progress | None = None,
    written_utc: str | None = None,
) -> MatchPackage:
    """Write ``<match>-report``, its ``.zip`` and signatures under ``out``; None for ``by`` leaves it unsigned.

    With ``clips`` it holds a clip of every angle of every incident, from 3 s before to 3 s after. A recording that is
    gone, changed or cannot be read is told in the report, which goes on without its pictures. With the same
    ``written_utc`` and log the same facts give the same files, but for what signatures change. Raises ``BadFile`` for a
    log that cannot be read, a full disk and a folder that cannot be written.
    """
    telling = _MatchTelling(facts, lang, CLIP_S if clips else None)
    written = write_whole(
        telling, out, by, lang=lang, written_utc=written_utc or utc_now(), home=home, progress=progress
    )
    return MatchPackage(written, len(facts.incidents), telling.pictures)


@dataclass(slots=True)
class _MatchTelling:
    """A match as the writer asks for it; ``pictures`` are there once they were written."""

    facts: MatchFacts
    lang: str
    clip_s: Fraction | None
    pictures: MatchPictures = field(default=MatchPictures())

    @property
    def name(self) -> str:
        return f"{slug(self.facts.match.id) or 'match'}-report"

    @property
    def match(self) -> Match:
        return self.facts.match

    @property
    def identifier(self) -> str:
        return self.facts.match.evidence_id

    def write_pictures(self, data: Path, progress: Progress) -> None:
        self.pictures = write_match_pictures(self.facts, data, self.lang, progress, clip_s=self.clip_s)

    def credentials(self) -> Iterator[Credential]:
        match = self.facts.match
        origins = {each.incident.id: each.origin for each in self.facts.incidents}

        def told(incident_id: str, camera_id: str, **more: Any) -> dict[str, Any]:
            about = {"match": match.evidence_id, "incident": incident_id, "origin": origins[incident_id].value}
            return {**about, "camera": camera_id, "source_sha256": match.clip(camera_id).sha256, **more}

        for incident_id, stills in self.pictures.stills:
            for still in stills:
                size = {"drawn": True, "size_px": list(still.size_px)}
                about = told(incident_id, still.facts.clip.camera_id, frame=still.facts.frame, **size)
                yield Credential(still.file, about, source_type(origins[incident_id], drawn=True))
        for incident_id, clips in self.pictures.clips:
            for clip in clips:
                frames = {"first_frame": clip.first, "last_frame": clip.last}
                about = told(incident_id, clip.camera_id, **frames)
                yield Credential(clip.file, about, source_type(origins[incident_id], drawn=False))

    def write_parts(self, data: Path) -> None:
        for name, document in (
            (CALIBRATION, match_calibration_document(self.facts)),
            (SYNC, match_sync_document(self.facts)),
            (SOFTWARE, software_document()),
        ):
            write_document(data / name, document)
        write_bytes(
            data / MATCH_RECORD_SCHEMA, resources.files("var").joinpath("schemas", "match_report.json").read_bytes()
        )
        write_entries(data / ENTRIES, self.facts.entries)

    def write_papers(self, data: Path, written_utc: str, proof: Proof) -> None:
        from var.export.document import MATCH, write_pdf

        given: dict[str, Any] = {"written_utc": written_utc, "proof": proof}
        record = match_record(self.facts, self.pictures, lang=self.lang, files=hashes_in(data), **given)
        write_document(data / MATCH_RECORD, record)
        named = [
            FileHash(file["path"], file["sha256"])
            for file in hashes_in(data)
            if not file["path"].startswith((f"{STILLS}/", f"{CLIPS}/"))
        ]
        words = match_words(self.facts, self.pictures, self.lang, files=named, software=software_document(), **given)
        write_bytes(data / REPORT, write_pdf(data, words, written_utc=written_utc, template=MATCH))
