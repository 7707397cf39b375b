"""Angles in the archive: a match appears with its first pictures, and a camera that joins becomes one more angle."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from touchline.errors import BadFile, BadValue, NotFound
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.capture.angle import Angle
from var.capture.writing import Birth, Death
from var.footage.table import read_table
from var.model import Clip, Match, Setup

_REFINED_AFTER_NS = 2_000_000_000
_WORTH_S = Fraction(1, 1000)


class Names:
    """Identifiers and names of cameras that nobody in the match has."""

    def __init__(self, archive: Archive, match_id: str) -> None:
        match = archive.find(match_id)
        self._ids = {clip.camera_id for clip in match.clips} if match else set()
        self._names = {clip.label for clip in match.clips} if match else set()
        self._folder = archive.folder(match_id) / "media"
        self._guard = threading.Lock()

    def new_id(self) -> str:
        """The next free ``camN``."""
        with self._guard:
            number = 1
            while f"cam{number}" in self._ids or self._is_there(self._folder / f"cam{number}.mp4"):
                number += 1
            self._ids.add(f"cam{number}")
            return f"cam{number}"

    @staticmethod
    def _is_there(path: Path) -> bool:
        return path.exists() or path.with_suffix(".frames").exists()

    def new_name(self, name: str) -> str:
        """``name``, or ``name (2)`` where somebody has it."""
        with self._guard:
            number, free = 1, name
            while free in self._names:
                number += 1
                free = f"{name} ({number})"
            self._names.add(free)
            return free


@dataclass
class _Young:
    angle: Angle
    sigma_s: float


class Registry:
    """Keeps angles in the archive, now or as soon as the database can be written."""

    def __init__(self, archive: Archive, match_id: str, name: str) -> None:
        self.archive, self.match_id, self.name = archive, match_id, name
        self.events: deque[Birth | Death] = deque()
        self.born = 0
        self._young: list[_Young] = []
        self._places: dict[str, int] = {}
        self._next_place = 0

    def order(self, camera_ids: Sequence[str]) -> None:
        """Keep for these cameras, in this order, the places on the screen behind the angles that are there.

        So the angles stand in the operator's order, whichever camera delivers first. A further angle comes last.
        """
        first = self.archive.next_place(self.match_id)
        self._places = {camera_id: first + k for k, camera_id in enumerate(camera_ids)}
        self._next_place = first + len(camera_ids)

    def _place(self, camera_id: str) -> int:
        if camera_id not in self._places:
            self._places[camera_id] = max(self._next_place, self.archive.next_place(self.match_id))
        return self._places[camera_id]

    def tell(self, event: Birth | Death) -> None:
        """Note what a camera's thread says; safe from any thread."""
        self.events.append(event)

    def settle(self) -> bool:
        """Write what was told; False where the database cannot be written now.

        What the match refuses (somebody put it away meanwhile) waits until it is back; the recording goes on.
        """
        refused: dict[str, list[Birth | Death]] = {}
        try:
            while self.events:
                event = self.events[0]
                camera_id = event.angle.camera_id if isinstance(event, Birth) else event.camera_id
                try:
                    if camera_id not in refused:
                        self._keep(event)
                except (NotFound, BadValue):
                    refused[camera_id] = []
                if camera_id in refused:
                    refused[camera_id].append(event)
                self.events.popleft()
            self._refine()
        except BadFile:  # the database is busy or the disk is full; the recording goes on
            return False
        finally:
            for events in refused.values():
                self.events.extendleft(reversed(events))
        return True

    def _keep(self, event: Birth | Death) -> None:
        if isinstance(event, Birth):
            self._add(event)
        else:
            self.archive.end_recording(self.match_id, event.camera_id, event.sha256)

    def _add(self, birth: Birth) -> None:
        angle = birth.angle
        table = read_table(angle.recorder.table)
        clip = Clip(
            camera_id=angle.camera_id,
            label=angle.name,
            path=angle.path,
            proxy=angle.path.with_suffix(".proxy"),
            sha256=angle.recorder.head_sha256,
            size_px=angle.plan.shown_px,
            timebase=Timebase(Fraction(1, angle.plan.rate_hz)),
            pts=table.pts,
            to_match=ClockMap(angle.offset_s(), sigma_s=birth.sigma_s),
            timing=Origin.MEASURED,
            codec=angle.plan.coding.codec,
            recording=True,
            table=angle.recorder.table,
        )
        if self.archive.known(self.match_id):
            self.archive.add_clip(self.match_id, clip, place=self._place(clip.camera_id))
        else:
            match = Match(self.match_id, self.name, Origin.MEASURED, utc_now(), Setup(), (clip,))
            self.archive.add_match(match, first_place=self._place(clip.camera_id))
        self.born += 1
        self._young.append(_Young(angle, birth.sigma_s))

    def _refine(self) -> None:
        """Set an angle's place in time once more when two seconds have come: a later packet may have been faster."""
        for young in list(self._young):
            angle = young.angle
            if time.monotonic_ns() - (angle.first_arrival_ns or 0) < _REFINED_AFTER_NS:
                continue
            self._young.remove(young)
            match = self.archive.find(self.match_id)
            clip = next((c for c in match.clips if c.camera_id == angle.camera_id), None) if match else None
            offset_s = angle.offset_s()
            if clip is not None and abs(offset_s - clip.to_match.offset_s) >= _WORTH_S:
                to_match = ClockMap(offset_s, clip.to_match.rate, young.sigma_s)
                self.archive.save_clip(self.match_id, angle.camera_id, to_match=to_match)
