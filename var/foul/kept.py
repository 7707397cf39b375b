"""An annotated foul as a match keeps it: what was imported stays, later labels stand beside it. Folded from entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from touchline.origin import Origin
from var.foul.annotation import FoulAnnotation, Style

IMPORTED, CLIPS_CAME, LABELLED = "foul_annotation", "foul_clips", "foul_label"
"""The kinds of entries: an annotation came with its file, clips that were missing came later, a label was given."""


@dataclass(frozen=True, slots=True)
class FoulSource:
    """The file that an annotation came in: ``head`` and ``style`` as in ``FoulFile``, ``count`` actions, and the
    action's ``key`` and ``place`` there."""

    name: str
    sha256: str
    head: str
    style: Style
    count: int
    key: str
    place: int


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A label that was given here: the word before and after, by whom and when."""

    field: str
    was: str
    word: str
    by: str
    at_utc: str


@dataclass(frozen=True, slots=True)
class KeptFoul:
    """An annotated foul of a match. ``imported`` is what came, ``annotation`` what counts now; ``cameras`` names the
    angle of each clip, None where its file was not there; ``clock_rates`` how fast the match clock in its pictures
    runs, None where it was not read; ``remarks`` is what was inconsistent when it came."""

    seq: int
    incident_id: str
    origin: Origin
    source: FoulSource
    imported: FoulAnnotation
    annotation: FoulAnnotation
    cameras: tuple[str | None, ...]
    clock_rates: tuple[float | None, ...] = ()
    remarks: tuple[dict[str, Any], ...] = ()
    changes: tuple[Relabelled, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields in which what counts now differs from what came."""
        now, came = self.annotation.document(), self.imported.document()
        return tuple(field for field in now if now[field] != came.get(field))

    def replay_speed(self, camera_id: str) -> Fraction | None:
        """How many times slower than life an angle was on air, as annotated; None where that is unknown."""
        number = self._number(camera_id)
        return None if number is None else self.annotation.clips[number].replay_speed

    def times_slower(self, camera_id: str) -> Fraction | None:
        """How many times slower than life an angle's file shows the foul; None where that is unknown."""
        number = self._number(camera_id)
        if number is None:
            return None
        return self.annotation.clips[number].times_slower(self.clock_rates[number] if self.clock_rates else None)

    def _number(self, camera_id: str) -> int | None:
        return self.cameras.index(camera_id) if camera_id in self.cameras else None


def body_of(
    source: FoulSource,
    annotation: FoulAnnotation,
    cameras: tuple[str | None, ...],
    clock_rates: tuple[float | None, ...],
    remarks: tuple[dict[str, Any], ...],
) -> dict[str, Any]:
    """The body of the entry that keeps an imported annotation."""
    return {
        "origin": Origin.IMPORTED.value,
        "format": "soccernet_mvfoul",
        "file": {
            "name": source.name,
            "sha256": source.sha256,
            "head": source.head,
            "style": [source.style.indent, source.style.ascii, source.style.newline, source.style.end],
            "count": source.count,
        },
        "key": source.key,
        "place": source.place,
        "action": annotation.document(),
        "cameras": list(cameras),
        "clock_rates": list(clock_rates),
        "remarks": list(remarks),
    }


def kept_of(seq: int, incident_id: str, body: Mapping[str, Any]) -> KeptFoul:
    """The annotated foul that an entry keeps."""
    file = body["file"]
    source = FoulSource(
        file["name"], file["sha256"], file["head"], Style(*file["style"]), file["count"], body["key"], body["place"]
    )
    annotation = FoulAnnotation.of(body["action"])
    return KeptFoul(
        seq,
        incident_id,
        Origin(body["origin"]),
        source,
        annotation,
        annotation,
        tuple(body["cameras"]),
        tuple(body.get("clock_rates", ())),  # entries of before they were read have none
        tuple(body["remarks"]),
    )


def with_clips(foul: KeptFoul, body: Mapping[str, Any]) -> KeptFoul:
    """The same after clips came that had been missing, or their clocks were read."""
    return replace(foul, cameras=tuple(body["cameras"]), clock_rates=tuple(body.get("clock_rates", foul.clock_rates)))


def with_label(foul: KeptFoul, by: str, at_utc: str, body: Mapping[str, Any]) -> KeptFoul:
    """The same after a label was given."""
    field, word = body["field"], body["word"]
    was = str(foul.annotation.document().get(field, ""))
    return replace(
        foul,
        annotation=foul.annotation.relabelled(field, word),
        changes=(*foul.changes, Relabelled(field, was, word, by, at_utc)),
    )
