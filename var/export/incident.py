"""Writes the folder of one incident: made whole under a temporary name, then moved; nothing is ever overwritten."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of, write_bytes
from touchline.i18n import number, t
from touchline.origin import Origin
from touchline.rights import Action, require
from touchline.store import utc_now
from var.export.facts import IncidentFacts, gather
from var.export.record import incident_record
from var.export.scene import write_scene_files
from var.export.source import open_source, shown_content
from var.export.stills import StillFile, hidden_in, write_still
from var.export.wording import FileHash, report_words
from var.match_store import slug
from var.model import Clip

if TYPE_CHECKING:
    from var.archive import Archive
    from var.export.clips import ClipFile

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and what is worked on; raising from it stops the export and leaves nothing."""

CLIP_S = Fraction(3)
LONGEST_CLIP_S = Fraction(120)
REPORT, RECORD = "report.pdf", "incident.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """A written incident folder. ``no_picture`` names the angles that show nothing of the incident."""

    folder: Path
    report: Path
    record: Path
    stills: tuple[Path, ...]
    clips: tuple[Path, ...]
    no_picture: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The export as a JSON-ready document (schema ``incident_export``)."""
        return {
            "status": "written",
            "folder": str(self.folder),
            "report": str(self.report),
            "record": str(self.record),
            "stills": [str(path) for path in self.stills],
            "clips": [str(path) for path in self.clips],
            "no_picture": list(self.no_picture),
        }


def export_incident(
    archive: Archive,
    match_id: str,
    incident_id: str,
    out: Path,
    *,
    lang: str,
    progress: Progress | None = None,
    clip_before_s: Fraction = CLIP_S,
    clip_after_s: Fraction = CLIP_S,
    written_utc: str | None = None,
) -> Exported:
    """Write the folder of an incident under ``out`` and return what was written; see ``write_folder``.

    Raises ``NotFound`` for an unknown match or incident, ``NotAllowed`` where the archive's person may not report.
    """
    require(archive.person, Action.REPORT)
    facts = gather(archive, match_id, incident_id)
    return write_folder(
        facts,
        out,
        lang=lang,
        progress=progress,
        clip_before_s=clip_before_s,
        clip_after_s=clip_after_s,
        written_utc=written_utc,
    )


def write_folder(
    facts: IncidentFacts,
    out: Path,
    *,
    lang: str,
    progress: Progress | None = None,
    clip_before_s: Fraction = CLIP_S,
    clip_after_s: Fraction = CLIP_S,
    written_utc: str | None = None,
) -> Exported:
    """Write ``<match>-incident-<n>`` under ``out``: report, JSON, stills, clips from before to after the instant.

    Where that name is taken the next free one with a number is used. With the same ``written_utc`` the same facts
    give the same files. Raises ``BadFile`` for a source that is missing or changed, a full disk and a folder that
    cannot be written; ``BadValue`` for a clip length that makes no sense. What was there before stays as it was.
    """
    before_s, after_s = Fraction(clip_before_s), Fraction(clip_after_s)
    if not (0 <= before_s <= LONGEST_CLIP_S and 0 <= after_s <= LONGEST_CLIP_S):
        raise BadValue("var.errors.bad_clip_length", before=float(before_s), after=float(after_s))
    window_s = (facts.instant_s - before_s, facts.instant_s + after_s)
    written_utc = written_utc or utc_now()
    with _whole_folder(out, f"{slug(facts.match.id) or 'match'}-incident-{facts.incident.number}") as (work, place):
        stills, clips = _write_pictures(facts, work, window_s, lang, progress or (lambda share, what: None))
        if progress:
            progress(0.95, t("var.report.progress_report", lang))
        write_scene_files(work, facts, lang)
        _write_papers(facts, work, lang, written_utc, stills, clips, window_s)
        folder = place()
    shown = {clip.camera_id for clip in clips}
    if progress:
        progress(1.0, folder.name)
    return Exported(
        folder,
        folder / REPORT,
        folder / RECORD,
        tuple(folder / still.drawn for still in stills),
        tuple(folder / clip.file for clip in clips),
        tuple(camera.clip.camera_id for camera in facts.cameras if camera.clip.camera_id not in shown),
    )


@contextmanager
def _whole_folder(out: Path, name: str) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """A folder to write in and a function that gives it its final name; it is removed where that never happened."""
    work: Path | None = None

    def place() -> Path:
        assert work is not None
        for file in sorted(work.rglob("*")):
            if file.is_file():
                file.chmod(0o644)  # a report is to be read by others, whatever the umask
                with file.open("rb+") as stream:
                    os.fsync(stream.fileno())
        count = 1
        while True:
            target = out / (name if count == 1 else f"{name}-{count}")
            count += 1
            if target.exists() or target.is_symlink():
                continue
            try:
                work.chmod(0o755)
                work.rename(target)
            except OSError as fault:
                # another export took the name between the look and the move
                if fault.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                    continue
                raise
            return target

    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=out))
        yield work, place
    except BadFile:
        raise
    except OSError as fault:
        code = "export_no_space" if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "export_unwritable"
        raise BadFile(f"var.errors.{code}", path=out, fault=fault.strerror or fault) from fault
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def _file_names(facts: IncidentFacts) -> dict[str, str]:
    """A name for files for each angle, different for each whatever people call their cameras."""
    names: dict[str, str] = {}
    for position, camera in enumerate(facts.cameras):
        name = slug(camera.clip.camera_id) or f"camera-{position + 1}"
        names[camera.clip.camera_id] = name if name not in names.values() else f"{name}-{position + 1}"
    return names


def _write_pictures(
    facts: IncidentFacts, work: Path, window_s: tuple[Fraction, Fraction], lang: str, progress: Progress
) -> tuple[list[StillFile], list[ClipFile]]:
    """Stills and clips, one angle after the other so that each source is opened once."""
    names = _file_names(facts)
    for folder in ("stills", "clips"):
        (work / folder).mkdir()
    written: dict[tuple[str, int], StillFile] = {}
    clips: list[ClipFile] = []
    for position, camera in enumerate(facts.cameras):
        label = camera.clip.label or camera.clip.camera_id

        def step(share: float, position: int = position, label: str = label) -> None:
            text = t("var.report.progress_angle", lang, camera=label)
            progress(0.95 * (position + share) / len(facts.cameras), text)

        stills, clip = _write_angle(facts, camera.clip, work, names[camera.clip.camera_id], window_s, lang, step)
        written |= {(still.facts.clip.camera_id, still.facts.frame): still for still in stills}
        clips += [] if clip is None else [clip]
    return [written[still.clip.camera_id, still.frame] for still in facts.stills], clips


def _write_angle(
    facts: IncidentFacts,
    clip: Clip,
    work: Path,
    name: str,
    window_s: tuple[Fraction, Fraction],
    lang: str,
    step: Callable[[float], None],
) -> tuple[list[StillFile], ClipFile | None]:
    """What one angle shows of the incident; nothing is opened where it shows nothing."""
    from var.export.clips import ClipFile, frames_between, write_clip
    from var.picture import plate

    stills = [still for still in facts.stills if still.clip.camera_id == clip.camera_id]
    off_s = facts.instant_on(clip.camera_id) - facts.instant_s
    frames = frames_between(clip, window_s[0] + off_s, window_s[1] + off_s)
    if not stills and not frames:
        return [], None
    step(0.0)
    burn = t("var.report.simulated_burn", lang)
    simulated = facts.origin is Origin.SIMULATED
    with closing(open_source(clip)) as reader:
        written = []
        for still in stills:
            picture = reader.picture(still.frame)
            hidden = hidden_in(facts, still, picture)
            written.append(write_still(work, still, picture, name=name, origin=facts.origin, mark=burn, hidden=hidden))
        if not frames:
            return written, None
        sound = write_clip(
            work / "clips" / f"{name}.mp4",
            clip,
            reader,
            frames,
            comment=f"source sha256 {clip.sha256}; frames {frames[0]}-{frames[-1]}; origin {facts.origin.value}",
            corner=plate(clip.size_px, burn) if simulated else None,
            step=step,
        )
    return written, ClipFile(clip.camera_id, f"clips/{name}.mp4", frames[0], frames[-1], sound)


def _source(clip: Clip, lang: str) -> FileHash:
    """How the report names a recording; of one that goes on, how much of it there was."""
    content, camera = shown_content(clip), clip.label or clip.camera_id
    if content.first_bytes is None:
        return FileHash(t("var.report.camera.source", lang, camera=camera), content.sha256)
    size = number(content.first_bytes, lang)
    return FileHash(t("var.report.camera.source_growing", lang, camera=camera, bytes=size), content.sha256)


def _write_papers(
    facts: IncidentFacts,
    work: Path,
    lang: str,
    written_utc: str,
    stills: Sequence[StillFile],
    clips: Sequence[ClipFile],
    window_s: tuple[Fraction, Fraction],
) -> None:
    """The PDF, which names every file but the JSON, and the JSON, which names every file but itself."""
    from var.export.document import write_pdf

    opened = {clip.camera_id for clip in clips} | {still.facts.clip.camera_id for still in stills}
    sources = [_source(camera.clip, lang) for camera in facts.cameras if camera.clip.camera_id in opened]
    named = [FileHash(file["path"], file["sha256"]) for file in _hashes(work)]
    words = report_words(facts, lang, stills=stills, files=[*sources, *named], written_utc=written_utc)
    write_bytes(work / REPORT, write_pdf(work, words, written_utc=written_utc))
    record = incident_record(
        facts,
        lang=lang,
        written_utc=written_utc,
        stills=stills,
        clips=clips,
        window_s=window_s,
        files=_hashes(work),
    )
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    write_bytes(work / RECORD, text.encode("utf-8"))


def _hashes(folder: Path) -> list[dict[str, Any]]:
    """Every file of ``folder`` with its size and hash, by name."""
    return [
        {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
