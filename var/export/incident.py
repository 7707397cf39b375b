"""What lies in the folder of one incident: stills, clips, scene, JSON, report; ``var.evidence`` makes it a package."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of, write_bytes
from touchline.i18n import number, t
from touchline.origin import Origin
from var.export.facts import IncidentFacts
from var.export.record import incident_record
from var.export.scene import write_scene_files
from var.export.source import open_source, shown_content
from var.export.stills import StillFile, hidden_in, write_still
from var.export.wording import FileHash, Proof, report_words
from var.match_store import slug
from var.model import Clip

if TYPE_CHECKING:
    from var.export.clips import ClipFile

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and what is worked on; raising from it stops the export and leaves nothing."""

CLIP_S = Fraction(3)
LONGEST_CLIP_S = Fraction(120)
REPORT, RECORD = "report.pdf", "incident.json"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The stills and clips that were written below a folder, in the order of the report."""

    stills: tuple[StillFile, ...]
    clips: tuple[ClipFile, ...]


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


def name_of(facts: IncidentFacts) -> str:
    """What the folder of an incident is called, where that name is free."""
    return f"{slug(facts.match.id) or 'match'}-incident-{facts.incident.number}"


def window_of(facts: IncidentFacts, before_s: Fraction, after_s: Fraction) -> tuple[Fraction, Fraction]:
    """From when to when the clips go, in match time. Raises ``BadValue`` for a length that makes no sense."""
    before_s, after_s = Fraction(before_s), Fraction(after_s)
    if not (0 <= before_s <= LONGEST_CLIP_S and 0 <= after_s <= LONGEST_CLIP_S):
        raise BadValue("var.errors.bad_clip_length", before=float(before_s), after=float(after_s))
    return facts.instant_s - before_s, facts.instant_s + after_s


def exported(facts: IncidentFacts, folder: Path, within: Path, pictures: Pictures) -> Exported:
    """What was written: ``within`` is where the files lie, ``folder`` itself or a folder in it."""
    shown = {clip.camera_id for clip in pictures.clips}
    return Exported(
        folder,
        within / REPORT,
        within / RECORD,
        tuple(within / still.drawn for still in pictures.stills),
        tuple(within / clip.file for clip in pictures.clips),
        tuple(camera.clip.camera_id for camera in facts.cameras if camera.clip.camera_id not in shown),
    )


def settle(work: Path) -> None:
    """Let everybody read what lies under ``work``, whatever the umask, and wait until the disk has it."""
    for file in sorted(work.rglob("*")):
        file.chmod(0o644 if file.is_file() else 0o755)
        if file.is_file():
            with file.open("rb+") as stream:
                os.fsync(stream.fileno())


@contextmanager
def refusing(out: Path) -> Iterator[None]:
    """A disk that does not take a report becomes a ``BadFile`` that names ``out``."""
    try:
        yield
    except BadFile:
        raise
    except OSError as fault:
        code = "export_no_space" if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "export_unwritable"
        raise BadFile(f"var.errors.{code}", path=out, fault=fault.strerror or fault) from fault


def file_names(clips: Iterable[Clip]) -> dict[str, str]:
    """A name for files for each angle, different for each whatever people call their cameras."""
    names: dict[str, str] = {}
    for position, clip in enumerate(clips):
        name = slug(clip.camera_id) or f"camera-{position + 1}"
        names[clip.camera_id] = name if name not in names.values() else f"{name}-{position + 1}"
    return names


def write_pictures(
    facts: IncidentFacts, work: Path, window_s: tuple[Fraction, Fraction], lang: str, progress: Progress
) -> Pictures:
    """Write stills, clips and the scene below ``work``: two angles at once, each source opened once.

    ``progress`` is called in this thread and comes to 0.95. Raises ``BadFile`` for a source that is missing or changed,
    and ``OSError``.
    """
    names = file_names(camera.clip for camera in facts.cameras)
    for folder in ("stills", "clips"):
        (work / folder).mkdir()
    angles = [camera.clip for camera in facts.cameras]

    def write(clip: Clip, step: Callable[[float], None]) -> tuple[list[StillFile], ClipFile | None]:
        return _write_angle(facts, clip, work, names[clip.camera_id], window_s, lang, step)

    def say(done: float, clip: Clip) -> None:
        text = t("var.report.progress_angle", lang, camera=clip.label or clip.camera_id)
        progress(0.95 * done / len(angles), text)

    written: dict[tuple[str, int], StillFile] = {}
    clips: list[ClipFile] = []
    for stills, cut in _each_angle(angles, write, say):
        written |= {(still.facts.clip.camera_id, still.facts.frame): still for still in stills}
        clips += [] if cut is None else [cut]
    write_scene_files(work, facts, lang)
    return Pictures(tuple(written[still.clip.camera_id, still.frame] for still in facts.stills), tuple(clips))


_Angle = TypeVar("_Angle")
SAID_EACH_S = 0.2
AT_ONCE = 2
"""Decoding and coding leave Python alone, so that a second angle finds the other core; more would only hold memory."""


def _each_angle(
    angles: Sequence[Clip],
    write: Callable[[Clip, Callable[[float], None]], _Angle],
    say: Callable[[float, Clip], None],
) -> list[_Angle]:
    """What ``write`` gives for each angle, in their order; ``say`` hears how many are done and which is worked on, and
    what it raises ends the work at the next picture."""
    shares, stopped = [0.0] * len(angles), Event()

    def one(place: int) -> _Angle:
        def step(share: float) -> None:
            if stopped.is_set():
                raise InterruptedError
            shares[place] = share

        return write(angles[place], step)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        work = [pool.submit(one, place) for place in range(len(angles))]
        waiting = set(work)
        try:
            while waiting:
                ended, waiting = wait(waiting, timeout=SAID_EACH_S, return_when=FIRST_EXCEPTION)
                for each in ended:
                    each.result()
                first = next((place for place, each in enumerate(work) if not each.done()), len(angles) - 1)
                say(sum(shares), angles[first])
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [each.result() for each in work]


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
    if clip.removed is not None or not (stills or frames):
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
        cut = write_clip(
            work / "clips" / f"{name}.mp4",
            clip,
            reader,
            frames,
            comment=f"source sha256 {clip.sha256}; frames {frames[0]}-{frames[-1]}; origin {facts.origin.value}",
            corner=plate(clip.size_px, burn) if simulated else None,
            step=step,
        )
    return written, ClipFile(clip.camera_id, f"clips/{name}.mp4", cut.first, cut.last, cut.sound, cut.lead)


def _source(clip: Clip, lang: str) -> FileHash:
    """How the report names a recording; of one that goes on, how much of it there was."""
    content, camera = shown_content(clip), clip.label or clip.camera_id
    if content.first_bytes is None:
        return FileHash(t("var.report.camera.source", lang, camera=camera), content.sha256)
    size = number(content.first_bytes, lang)
    return FileHash(t("var.report.camera.source_growing", lang, camera=camera, bytes=size), content.sha256)


def write_papers(
    facts: IncidentFacts,
    work: Path,
    lang: str,
    written_utc: str,
    pictures: Pictures,
    window_s: tuple[Fraction, Fraction],
    proof: Proof | None = None,
) -> None:
    """Write the JSON, which names every other file that is there, and then the PDF, which names the JSON too."""
    from var.export.document import write_pdf

    record = incident_record(
        facts,
        lang=lang,
        written_utc=written_utc,
        stills=pictures.stills,
        clips=pictures.clips,
        window_s=window_s,
        files=hashes_in(work),
        proof=proof,
    )
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    write_bytes(work / RECORD, text.encode("utf-8"))
    opened = {clip.camera_id for clip in pictures.clips} | {still.facts.clip.camera_id for still in pictures.stills}
    sources = [_source(camera.clip, lang) for camera in facts.cameras if camera.clip.camera_id in opened]
    named = [FileHash(file["path"], file["sha256"]) for file in hashes_in(work)]
    words = report_words(
        facts, lang, stills=pictures.stills, files=[*sources, *named], written_utc=written_utc, proof=proof
    )
    write_bytes(work / REPORT, write_pdf(work, words, written_utc=written_utc))


def hashes_in(folder: Path) -> list[dict[str, Any]]:
    """Every file of ``folder`` with its size and hash, by name."""
    return [
        {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
