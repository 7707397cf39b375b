"""The pictures of a whole match: a few small stills of each incident, and clips where they are asked for.

A recording that is gone or was changed stops nothing: it is told, and the report goes on without its pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import BadFile
from touchline.files import write_bytes
from touchline.i18n import t
from touchline.origin import Origin
from var.export.facts import IncidentFacts, StillFacts
from var.export.incident import file_names
from var.export.match_facts import MatchFacts
from var.export.source import known_content, open_source, shown_content
from var.export.stills import hidden_in, jpeg
from var.model import Clip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from var.export.clips import ClipFile
    from var.footage.video import Reader

MOST_STILLS = 4
STILL_PX = 800
"""The width of a small still: 80 mm on paper at 254 dots an inch. The incident's own package has it at full size."""
_CHECKED = 0.4
"""The share of reading every recording whole, for its hash."""
_LAST = 0.95

Progress = Callable[[float, str], None]


class State(StrEnum):
    """What was found in the place of a recording when the report was written."""

    WHOLE = "whole"
    GROWING = "growing"
    GONE = "gone"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    REMOVED = "removed"
    """By the retention policy; the clip says when."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as it was found. ``sha256`` is of its file as the archive knows it, or of its first ``first_bytes``;
    it was computed anew where ``state`` is whole or growing. ``fault`` says what else is there."""

    clip: Clip
    state: State
    sha256: str
    first_bytes: int | None = None
    fault: BadFile | None = None

    @property
    def readable(self) -> bool:
        """Whether it was read and is the very one."""
        return self.state in (State.WHOLE, State.GROWING)


@dataclass(frozen=True, slots=True, eq=False)
class SmallStill:
    """A written small still: ``file`` in the payload, ``size_px`` as it is there."""

    facts: StillFacts
    file: str
    size_px: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class MatchPictures:
    """What was written: stills and clips by the incident's id, and every recording as it was found."""

    recordings: tuple[Recording, ...] = ()
    stills: tuple[tuple[str, tuple[SmallStill, ...]], ...] = ()
    clips: tuple[tuple[str, tuple[ClipFile, ...]], ...] = ()

    def stills_of(self, incident_id: str) -> tuple[SmallStill, ...]:
        """The stills of an incident."""
        return dict(self.stills).get(incident_id, ())

    def clips_of(self, incident_id: str) -> tuple[ClipFile, ...]:
        """The clips of an incident."""
        return dict(self.clips).get(incident_id, ())


def write_match_pictures(
    facts: MatchFacts, data: Path, lang: str, progress: Progress, *, clip_s: Fraction | None = None
) -> MatchPictures:
    """Check every recording and write the pictures below ``data``; ``clip_s`` are the seconds that clips show before
    and after each incident, None for no clips. ``progress`` comes to 0.95. Raises ``OSError`` for what cannot be
    written."""
    names = file_names(facts.match.clips)
    readers: dict[str, Reader] = {}
    found: dict[str, Recording] = {}
    stills: list[tuple[str, tuple[SmallStill, ...]]] = []
    clips: list[tuple[str, tuple[ClipFile, ...]]] = []
    with ExitStack() as stack:
        sizes = [_size(clip) for clip in facts.match.clips]
        for place, clip in enumerate(facts.match.clips):
            label, done = clip.label or clip.camera_id, sum(sizes[:place]) / max(1, sum(sizes))
            progress(_CHECKED * done, t("var.match_report.progress_check", lang, camera=label))
            found[clip.camera_id], reader = _opened(clip)
            if reader is not None:
                readers[clip.camera_id] = stack.enter_context(closing(reader))
        work = _Work(facts, data, names, readers, found, lang)
        for place, incident in enumerate(facts.incidents):
            share = _CHECKED + (_LAST - _CHECKED) * place / len(facts.incidents)
            number = incident.incident.number
            progress(share, t("var.match_report.progress_incident", lang, number=number))
            stills.append((incident.incident.id, work.stills_of(incident)))
            if clip_s is not None:
                clips.append((incident.incident.id, work.clips_of(incident, clip_s)))
    return MatchPictures(tuple(found.values()), tuple(stills), tuple(clips))


def _size(clip: Clip) -> int:
    """How much there is to read of a recording; 0 where it is gone."""
    try:
        return clip.path.stat().st_size
    except OSError:
        return 0


def _opened(clip: Clip) -> tuple[Recording, Reader | None]:
    known = known_content(clip)
    if clip.removed is not None:
        return Recording(clip, State.REMOVED, known.sha256, known.first_bytes), None
    try:
        reader = open_source(clip)
    except BadFile as fault:
        state = {"media_missing": State.GONE, "media_changed": State.CHANGED}.get(fault.name, State.UNREADABLE)
        return Recording(clip, state, known.sha256, known.first_bytes, fault), None
    content = shown_content(clip)
    state = State.WHOLE if content.first_bytes is None else State.GROWING
    return Recording(clip, state, content.sha256, content.first_bytes), reader


@dataclass(slots=True)
class _Work:
    """What writing pictures needs: open sources, and what is found out about them on the way."""

    facts: MatchFacts
    data: Path
    names: dict[str, str]
    readers: dict[str, Reader]
    found: dict[str, Recording]
    lang: str

    def stills_of(self, incident: IncidentFacts) -> tuple[SmallStill, ...]:
        """A few stills of an incident: those that measure first, each angle once before any angle twice."""
        written: list[SmallStill] = []
        for still in _chosen(incident.stills):
            if len(written) == MOST_STILLS:
                break
            if (reader := self.readers.get(still.clip.camera_id)) is None:
                continue
            try:
                picture = reader.picture(still.frame)
                hidden = hidden_in(incident, still, picture)
            except BadFile as fault:
                self._lose(still.clip, fault)
                continue
            written.append(self._write(incident, still, picture, hidden))
        return tuple(written)

    def _write(
        self, incident: IncidentFacts, still: StillFacts, picture: NDArray[np.uint8], hidden: NDArray[np.bool_] | None
    ) -> SmallStill:
        from var.export.small import small

        simulated = incident.origin is Origin.SIMULATED
        mark = t("var.report.simulated_burn", self.lang) if simulated else None
        made = small(picture, still.drawings, hidden=hidden, width=STILL_PX, mark=mark)
        name = f"stills/i{incident.incident.number}-{self.names[still.clip.camera_id]}-f{still.frame}.jpg"
        comment = (
            f"Touchline; incident {incident.incident.id}; camera {still.clip.camera_id}; frame {still.frame}; "
            f"pts {still.clip.pts[still.frame]}; source sha256 {still.clip.sha256}; origin {incident.origin.value}"
        )
        (self.data / "stills").mkdir(exist_ok=True)
        write_bytes(self.data / name, jpeg(made, comment))
        height, width = made.shape[:2]
        return SmallStill(still, name, (width, height))

    def clips_of(self, incident: IncidentFacts, clip_s: Fraction) -> tuple[ClipFile, ...]:
        """A clip of every readable angle that shows the incident."""
        from var.export.clips import ClipFile, frames_between, write_clip
        from var.picture import plate

        burn, origin = t("var.report.simulated_burn", self.lang), incident.origin
        written: list[ClipFile] = []
        for clip in self.facts.match.clips:
            at_s = incident.instant_on(clip.camera_id)
            frames = frames_between(clip, at_s - clip_s, at_s + clip_s)
            reader = self.readers.get(clip.camera_id)
            if reader is None or not frames:
                continue
            name = f"clips/i{incident.incident.number}-{self.names[clip.camera_id]}.mp4"
            (self.data / "clips").mkdir(exist_ok=True)
            try:
                cut = write_clip(
                    self.data / name,
                    clip,
                    reader,
                    frames,
                    comment=f"source sha256 {clip.sha256}; frames {frames[0]}-{frames[-1]}; origin {origin.value}",
                    corner=plate(clip.size_px, burn) if origin is Origin.SIMULATED else None,
                    step=lambda share: None,
                )
            except BadFile as fault:
                (self.data / name).unlink(missing_ok=True)
                self._lose(clip, fault)
                continue
            written.append(ClipFile(clip.camera_id, name, cut.first, cut.last, cut.sound, cut.lead))
        return tuple(written)

    def _lose(self, clip: Clip, fault: BadFile) -> None:
        """A recording that is whole but cannot be decoded somewhere: what it gave so far stays."""
        kept = self.found[clip.camera_id]
        self.found[clip.camera_id] = Recording(clip, State.UNREADABLE, kept.sha256, kept.first_bytes, fault)


def _chosen(stills: Sequence[StillFacts]) -> list[StillFacts]:
    """``stills`` in the order in which they are worth showing."""
    met: dict[str, int] = {}
    ranked = []
    for place, still in enumerate(stills):
        again = met[still.clip.camera_id] = met.get(still.clip.camera_id, -1) + 1
        ranked.append((again, place, still))
    return [still for _, _, still in sorted(ranked, key=lambda each: each[:2])]
