"""Annotated fouls into the archive: each action becomes a match with its clips as angles, and an incident that keeps
the annotation. The same action again makes no second match."""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import partial

from touchline.errors import NotFound
from touchline.files import locked, sha256_of
from touchline.timebase import ClockMap
from var.archive import Archive
from var.foul.annotation import FoulAnnotation, FoulFile
from var.foul.clips import MOMENT_S, ClipFile, Found
from var.foul.consistency import Remark, clip_path
from var.foul.kept import CLIPS_CAME, IMPORTED, LABELLED, FoulSource, KeptFoul, body_of
from var.ingest import Refused, Source, add_angles, ingest
from var.match_store import slug
from var.model import Match, Setup

Progress = Callable[[float, str], None]

FOUL = "foul"
LONGEST_NAME = 120
DRIFT = 0.01
"""Two rates of a clock that differ by a smaller share are one: synchronising may have moved it a little."""

GAME = re.compile(r"(\d{4}-\d{2}-\d{2}) - \d{2}-\d{2} (.+) \d+ - \d+ (.+)")
"""The last part of ``UrlLocal``: date, time of day, home team, score, away team."""


class Came(StrEnum):
    """What came of an action: a new match, one that was there already, one that got clips that had been missing, or
    none because not one clip could be used."""

    IMPORTED = "imported"
    KNOWN = "known"
    COMPLETED = "completed"
    NO_CLIPS = "no_clips"


@dataclass(frozen=True, slots=True)
class ImportedAction:
    """An action with its match and incident, and the fields in which what the match keeps differs from the file."""

    key: str
    status: Came
    match_id: str | None = None
    incident_id: str | None = None
    cameras: tuple[str | None, ...] = ()
    differs: tuple[str, ...] = ()


def identity(file: FoulFile, key: str, action: FoulAnnotation) -> str:
    """What makes two actions the same one: set, key, game and clips; not the labels, which people change."""
    document = action.document()
    said = [file.set_name, key, document.get("UrlLocal", ""), document["Clips"]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()


def import_fouls(
    archive: Archive,
    file: FoulFile,
    found: Found,
    remarks: Sequence[Remark] = (),
    *,
    rates: Mapping[tuple[str, int], float] | None = None,
    by: str = "",
    progress: Progress = lambda share, name: None,
) -> tuple[list[ImportedAction], list[Remark]]:
    """Keep the actions of a file; returns what came of each, and clips that turned out unusable on the way.

    ``found`` and ``remarks`` are from ``find_clips`` and ``remarks``; those of an action are kept with it. ``rates``
    says how fast the match clock in a clip's pictures runs, by the action's key and the clip's place in it
    (``clock_check.rates_of``); the speed of a replay that is not among them stays unknown.
    """
    came: list[ImportedAction] = []
    late: list[Remark] = []
    clips: dict[str, dict[int, ClipFile]] = {}
    for (key, number), clip in found.items():
        clips.setdefault(key, {})[number] = clip
    own: dict[str | None, list[Remark]] = {}
    for remark in remarks:
        own.setdefault(remark.action, []).append(remark)
    with locked(archive.home / ".fouls.lock"):
        for place, (key, action) in enumerate(file.actions):
            taker = _Taker(
                archive,
                file,
                key,
                place,
                action,
                clips.get(key, {}),
                own.get(key, []),
                tuple((rates or {}).get((key, number)) for number in range(len(action.clips))),
                by,
                partial(_share_of, progress, place, len(file.actions)),
            )
            came.append(taker.take())
            late += taker.late
    return came, late


def _share_of(progress: Progress, place: int, count: int, done: float, name: str) -> None:
    progress((place + done) / count, name)


@dataclass
class _Taker:
    """Takes one action into the archive. ``late`` is what turned out on the way."""

    archive: Archive
    file: FoulFile
    key: str
    place: int
    action: FoulAnnotation
    clips: dict[int, ClipFile]
    remarks: list[Remark]
    rates: tuple[float | None, ...]
    by: str
    progress: Progress
    late: list[Remark] = field(default_factory=list)

    def take(self) -> ImportedAction:
        """What came of it."""
        name, own = name_of(self.file, self.key, self.action), identity(self.file, self.key, self.action)
        match_id = f"{slug(name) or FOUL}-{own[:8]}"
        if self.archive.known(match_id):
            if self.archive.find(match_id) is None:
                self.archive.restore_match(match_id)
            return self._again(match_id)
        numbers = sorted(self.clips)
        match, refused = None, tuple[Refused, ...]()
        if numbers:
            done = ingest(
                self.archive,
                name,
                [self._source(number) for number in numbers],
                setup=setup_of(self.action),
                match_id=match_id,
                progress=self.progress,
            )
            match, refused = done.match, done.refused
        there = set() if match is None else {clip.camera_id for clip in match.clips}
        named = {number: f"cam{place + 1}" for place, number in enumerate(numbers)}
        self._note_refused([number for number in numbers if named[number] not in there], refused)
        if match is None:
            return ImportedAction(self.key, Came.NO_CLIPS, cameras=(None,) * len(self.action.clips))
        return self._annotate(match, {number: name for number, name in named.items() if name in there})

    def _again(self, match_id: str) -> ImportedAction:
        """An action whose match is there: clips that were missing join it, the labels stay as the match has them."""
        entries = [entry for entry in self.archive.entries(match_id) if entry["kind"] == IMPORTED]
        if not entries:  # the import that made the match was ended before it came so far
            match = self.archive.match(match_id)
            hashes = {clip.file_sha256 or clip.sha256: clip.camera_id for clip in match.clips}
            seen = {number: hashes.get(sha256_of(clip.path)) for number, clip in self.clips.items()}
            return self._annotate(match, {number: camera for number, camera in seen.items() if camera})
        incident_id = entries[0]["incident_id"]
        if all(foul.incident_id != incident_id for foul in self.archive.review(match_id).fouls):
            self.archive.restore_incident(incident_id, by=self.by)
        foul = foul_of(self.archive, match_id, incident_id)
        cameras = list(foul.cameras)
        for number in sorted(self.clips):
            if cameras[number] is None:
                before = self.archive.camera_ids(match_id)
                done = add_angles(self.archive, match_id, [self._source(number)], progress=self.progress)
                cameras[number] = next(iter(self.archive.camera_ids(match_id) - before), None)
                self._note_refused([number], done.refused)
        came = tuple(cameras) != foul.cameras
        rates = self._rates_known(match_id, foul, cameras)
        if came or rates != foul.clock_rates:
            body = {"cameras": cameras, "clock_rates": list(rates)}
            self.archive.add_entry(match_id, CLIPS_CAME, body, by=self.by, incident_id=incident_id)
        now, told = foul.annotation.document(), self.action.document()
        differs = tuple(name for name in {**now, **told} if now.get(name) != told.get(name))
        status = Came.COMPLETED if came else Came.KNOWN
        return ImportedAction(self.key, status, match_id, incident_id, tuple(cameras), differs)

    def _rates_known(self, match_id: str, foul: KeptFoul, cameras: Sequence[str | None]) -> tuple[float | None, ...]:
        """The clock rates that are kept, and those read now where none was: of clips that came just now, and of others
        where they fit the clock that the clip has: that of an earlier version took every replay for slow."""
        if not any(self.rates):
            return foul.clock_rates
        kept = foul.clock_rates or (None,) * len(cameras)
        match = self.archive.match(match_id)
        has = {clip.camera_id: float(clip.to_match.rate) for clip in match.clips}
        return tuple(
            new
            if old is None
            and (
                (camera := foul.cameras[number]) is None
                or math.isclose(has.get(camera, 0.0), self._rate(number), rel_tol=DRIFT)
            )
            else old
            for number, (old, new) in enumerate(zip(kept, self.rates, strict=True))
        )

    def _annotate(self, match: Match, named: dict[int, str]) -> ImportedAction:
        """Keep the annotation with a match whose angles are there."""
        cameras = tuple(named.get(number) for number in range(len(self.action.clips)))
        file = self.file
        source = FoulSource(file.name, file.sha256, file.head, file.style, len(file.actions), self.key, self.place)
        remarks = tuple(remark.kept() for remark in (*self.remarks, *self.late))
        body = body_of(source, self.action, cameras, self.rates, remarks)
        incident = self.archive.add_foul(match.id, at_s=moment_s(self.action), annotation=body, by=self.by)
        return ImportedAction(self.key, Came.IMPORTED, match.id, incident.id, cameras)

    def _note_refused(self, numbers: Sequence[int], refused: Sequence[Refused]) -> None:
        for number, each in zip(numbers, refused, strict=False):  # none where the angle came about
            at = f"{clip_path(self.key, number)}.Url"
            self.late.append(Remark(at, "unusable_clip", {"reason": each.reason}, self.key))

    def _source(self, number: int) -> Source:
        clip = self.action.clips[number]
        kinds = [each.camera_type for each in self.action.clips]
        label = cleaned(clip.camera_type) or self.clips[number].path.stem
        if kinds.count(clip.camera_type) > 1:
            label = f"{label} {kinds[: number + 1].count(clip.camera_type)}"
        return Source(self.clips[number].path, label=label, to_match=self._clock(number))

    def _clock(self, number: int) -> ClockMap:
        """A clip's clock on that of the match, by the annotation: the annotated moment at one instant in all of them,
        and as many times slower as the file shows it. Nobody has measured how well that holds."""
        rate = self._rate(number)
        file = self.clips[number]
        inside_s = MOMENT_S if file.seconds > MOMENT_S else file.seconds / 2
        return ClockMap(moment_s(self.action) - rate * inside_s, rate)

    def _rate(self, number: int) -> Fraction:
        """Seconds of life in a second of the clip; where nobody knows, 1, as in the clips that are published."""
        return 1 / (self.action.clips[number].times_slower(self.rates[number]) or Fraction(1))


def moment_s(action: FoulAnnotation) -> Fraction:
    """The annotated moment in match time, which runs as the broadcast's half does: the live clip's stamp, else the
    first one; three seconds where there is none."""
    stamps = [clip.timestamp_ms for clip in action.clips if clip.timestamp_ms is not None]
    known = action.clips[action.live].timestamp_ms if action.live is not None else min(stamps, default=None)
    return MOMENT_S if known is None else known / 1000


def cleaned(text: str) -> str:
    """``text`` in one line without control characters, not too long for a name."""
    plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)
    return " ".join(plain.split())[:LONGEST_NAME]


def name_of(file: FoulFile, key: str, action: FoulAnnotation) -> str:
    """What an action's match is called: the game and the action."""
    game = cleaned(re.split(r"[\\/]", action.url_local)[-1])
    game = re.sub(r"^\d{4}-\d{2}-\d{2} - \d{2}-\d{2} ", "", game)
    return " · ".join(part for part in (game, cleaned(f"{file.set_name} {key}")) if part) or FOUL


def setup_of(action: FoulAnnotation) -> Setup:
    """Competition, date and teams, as far as ``UrlLocal`` tells."""
    parts = [cleaned(part) for part in re.split(r"[\\/]", action.url_local)]
    found = GAME.fullmatch(parts[-1])
    if found is None:
        return Setup()
    day, home, away = found.groups()
    try:
        date.fromisoformat(day)
    except ValueError:
        return Setup()
    plain = Setup()
    return Setup(
        competition=parts[0] if len(parts) > 1 else "",
        date=day,
        home=replace(plain.home, name=home),
        away=replace(plain.away, name=away),
    )


def foul_of(archive: Archive, match_id: str, incident_id: str | None = None) -> KeptFoul:
    """The annotated foul of a match (of one incident of it). Raises ``NotFound`` where there is none."""
    archive.match(match_id)
    for foul in archive.review(match_id).fouls:
        if incident_id in (None, foul.incident_id):
            return foul
    raise NotFound("var.errors.no_foul", match=match_id)


def relabel(archive: Archive, match_id: str, incident_id: str, field: str, word: str, *, by: str = "") -> KeptFoul:
    """Give a label of an annotated foul another word (``""``: not known). It supersedes what came; nothing is edited.

    Raises ``NotFound`` or ``BadValue``.
    """
    foul = foul_of(archive, match_id, incident_id)
    if foul.annotation.relabelled(field, word) != foul.annotation:
        archive.add_entry(match_id, LABELLED, {"field": field, "word": word}, by=by, incident_id=incident_id)
    return foul_of(archive, match_id, incident_id)
