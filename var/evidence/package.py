"""The evidence package of one incident: what goes into it, in the order that every package is written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.files import write_bytes
from touchline.rights import Action, require
from touchline.store import utc_now
from var.evidence.entries import write_document, write_entries
from var.evidence.layout import CALIBRATION, ENTRIES, PAYLOAD, SCHEMA, SOFTWARE, SYNC
from var.evidence.media_signing import source_type
from var.evidence.parts import calibration_document, software_document, sync_document
from var.evidence.writing import Credential, Stamp, Written, drained, write_whole
from var.export.facts import IncidentFacts, gather
from var.export.incident import (
    CLIP_S,
    Exported,
    Pictures,
    Progress,
    exported,
    name_of,
    window_of,
    write_papers,
    write_pictures,
)
from var.export.wording import Proof, Signing

if TYPE_CHECKING:
    from var.archive import Archive
    from var.evidence.signers import Signers
    from var.model import Match


@dataclass(frozen=True, slots=True)
class Package:
    """A written package of an incident: what lies in its folder, and what makes it a package."""

    exported: Exported
    written: Written

    @property
    def zip(self) -> Path:
        """The ``.zip`` beside the folder."""
        return self.written.zip

    @property
    def zip_signature(self) -> Path | None:
        """The signature of the ``.zip``; None where it was left unsigned."""
        return self.written.zip_signature

    @property
    def holders(self) -> tuple[Signing, ...]:
        """Who signed what; empty where it was left unsigned."""
        return self.written.holders

    @property
    def stamp(self) -> Stamp:
        """Whether the report carries a time stamp."""
        return self.written.stamp

    def document(self) -> dict[str, Any]:
        """The package as a JSON-ready document (schema ``incident_export``)."""
        return {**self.exported.document(), "package": self.written.document()}


def export_package(
    archive: Archive,
    match_id: str,
    incident_id: str,
    out: Path,
    *,
    lang: str,
    sign: bool = True,
    pin: str | None = None,
    progress: Progress | None = None,
    clip_before_s: Fraction = CLIP_S,
    clip_after_s: Fraction = CLIP_S,
    written_utc: str | None = None,
) -> Package:
    """Write the package of an incident under ``out``, signed as the installation is set up; see ``write_package``.

    ``pin`` is the token's, where one signs. Raises ``NotFound`` for an unknown match or incident, ``NotAllowed`` where
    the archive's person may not report, ``BadFile`` where the evidence log cannot be written, and what
    ``var.evidence.signers.signers`` raises.
    """
    from var.evidence.settings import read_settings
    from var.evidence.signers import signers

    require(archive.person, Action.REPORT)
    facts = gather(archive, match_id, incident_id)
    drained(archive, match_id)  # after what is told was read: the log has all of it
    options: dict[str, Any] = {
        "lang": lang,
        "home": archive.home,
        "progress": progress,
        "clip_before_s": clip_before_s,
        "clip_after_s": clip_after_s,
        "written_utc": written_utc,
    }
    if not sign:
        return write_package(facts, out, None, **options)
    with signers(archive.home, read_settings(archive.home), pin) as by:
        return write_package(facts, out, by, **options)


def write_package(
    facts: IncidentFacts,
    out: Path,
    by: Signers | None,
    *,
    lang: str,
    home: Path | None = None,
    progress: Progress | None = None,
    clip_before_s: Fraction = CLIP_S,
    clip_after_s: Fraction = CLIP_S,
    written_utc: str | None = None,
) -> Package:
    """Write ``<match>-incident-<n>``, its ``.zip`` and signatures under ``out``; None for ``by`` leaves it unsigned.

    ``home`` is where the match's evidence log lies, which goes along. Where a name is taken the next free one with a
    number is used. With the same ``written_utc`` and log the same facts give the same files, but for what signatures
    change. Raises ``BadFile`` for a source that is missing or changed, a log that cannot be read, a full disk and a
    folder that cannot be written; ``BadValue`` for a clip length that makes no sense. What was there stays as it was.
    """
    telling = _IncidentTelling(facts, window_of(facts, clip_before_s, clip_after_s), lang)
    written = write_whole(
        telling, out, by, lang=lang, written_utc=written_utc or utc_now(), home=home, progress=progress
    )
    return Package(exported(facts, written.folder, written.folder / PAYLOAD, telling.pictures), written)


@dataclass(slots=True)
class _IncidentTelling:
    """An incident as the writer asks for it; ``pictures`` are there once they were written."""

    facts: IncidentFacts
    window_s: tuple[Fraction, Fraction]
    lang: str
    pictures: Pictures = field(default=Pictures((), ()))

    @property
    def name(self) -> str:
        return name_of(self.facts)

    @property
    def match(self) -> Match:
        return self.facts.match

    @property
    def identifier(self) -> str:
        return f"{self.facts.match.evidence_id}/{self.facts.incident.id}"

    def write_pictures(self, data: Path, progress: Progress) -> None:
        self.pictures = write_pictures(self.facts, data, self.window_s, self.lang, progress)

    def credentials(self) -> Iterator[Credential]:
        facts = self.facts
        about = {"match": facts.match.evidence_id, "incident": facts.incident.id, "origin": facts.origin.value}

        def told(camera_id: str, **more: Any) -> dict[str, Any]:
            return {**about, "camera": camera_id, "source_sha256": facts.match.clip(camera_id).sha256, **more}

        for still in self.pictures.stills:
            camera = still.facts.clip.camera_id
            for file, drawn in ((still.drawn, True), (still.clean, False)):
                source = source_type(facts.origin, drawn=drawn)
                yield Credential(file, told(camera, frame=still.facts.frame, drawn=drawn), source)
        for clip in self.pictures.clips:
            frames = {"first_frame": clip.first, "last_frame": clip.last}
            yield Credential(clip.file, told(clip.camera_id, **frames), source_type(facts.origin, drawn=False))

    def write_parts(self, data: Path) -> None:
        for name, document in (
            (CALIBRATION, calibration_document(self.facts)),
            (SYNC, sync_document(self.facts)),
            (SOFTWARE, software_document()),
        ):
            write_document(data / name, document)
        write_bytes(data / SCHEMA, resources.files("var").joinpath("schemas", "incident.json").read_bytes())
        write_entries(data / ENTRIES, self.facts.entries)

    def write_papers(self, data: Path, written_utc: str, proof: Proof) -> None:
        write_papers(self.facts, data, self.lang, written_utc, self.pictures, self.window_s, proof)
