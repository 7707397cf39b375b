"""Whether ledgers hold entries and recordings: each is in the ledger by its hash, or in a state that the ledger began
with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.ledger.line import OWN_KINDS, read_line
from touchline.ledger.scanning import whole_lines
from var.evidence.outbox import IMPORTED, TAKEN_UP, whole_of

ENTRY, MEDIA, RECORDED = "entry", "media", "recorded"


@dataclass(slots=True)
class Told:
    """What ledgers tell: hashes of entries by their numbers, states that entries were in when a ledger began, and by
    camera the hashes of recordings, and of whole files where they are known apart."""

    entries: dict[int, set[str]] = field(default_factory=dict)
    states: list[tuple[int, int, str]] = field(default_factory=list)
    media: dict[str, set[str]] = field(default_factory=dict)
    files: dict[str, set[str]] = field(default_factory=dict)

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Note what one line tells."""
        if kind == ENTRY and isinstance(body.get("entry"), int) and isinstance(body.get("sha256"), str):
            self.entries.setdefault(body["entry"], set()).add(body["sha256"])
        if kind in (MEDIA, RECORDED):
            self._take_media(body)
        state = body if kind == TAKEN_UP else body.get("state") if kind == IMPORTED else None
        if isinstance(state, dict):
            count, last, digest = (state.get(name) for name in ("entries", "last_entry", "sha256"))
            if isinstance(count, int) and isinstance(last, int) and isinstance(digest, str):
                self.states.append((last, count, digest))
            media = state.get("media")
            for each in media if isinstance(media, list) else ():
                if isinstance(each, dict):
                    self._take_media(each)

    def _take_media(self, told: Mapping[str, Any]) -> None:
        camera = told.get("camera")
        for name, into in (("sha256", self.media), ("file_sha256", self.files)):
            if isinstance(camera, str) and isinstance(told.get(name), str):
                into.setdefault(camera, set()).add(told[name])


def told(ledgers: Iterable[Path]) -> Told:
    """What the ledgers in these files tell of entries; lines that cannot be read tell nothing."""
    found = Told()
    for path in ledgers:
        with path.open("rb", 1 << 20) as stream:
            for _, data, ended in whole_lines(stream, path.stat().st_size):
                try:
                    line = read_line(data) if ended and data is not None else None
                except ValueError:
                    continue
                if line is not None and line.kind not in OWN_KINDS:
                    found.take(line.kind, line.body)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """The numbers of entries that no ledger holds as they are, and of those that ledgers tell of and are not there."""

    strange: tuple[int, ...]
    missing: tuple[int, ...]


def foreign(clips: Iterable[tuple[str, str, str]], known: Told) -> tuple[str, ...]:
    """The cameras of those ``clips`` (camera, hash, hash of the whole file or an empty text) whose recording is another
    than the ledgers tell of."""
    return tuple(
        camera
        for camera, digest, whole in clips
        if digest not in known.media.get(camera, ()) or whole not in known.files.get(camera, ())
    )


def held(entries: Sequence[tuple[int, str]], known: Told) -> Held:
    """What of ``entries`` (number and hash, in order) the ledgers do not hold."""
    good = {seq for seq, digest in entries if digest in known.entries.get(seq, ())}
    for last, count, digest in known.states:
        early = [(seq, own) for seq, own in entries if seq <= last]
        if len(early) == count and whole_of(own for _, own in early) == digest:
            good.update(seq for seq, _ in early)
    there = {seq for seq, _ in entries}
    return Held(tuple(seq for seq, _ in entries if seq not in good), tuple(sorted(known.entries.keys() - there)))
