"""Recordings that ended in the middle: a killed process, a power cut, a file cut at any byte."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchline.errors import BadFile
from touchline.files import sha256_of, write_bytes
from var.archive import Archive
from var.capture.fragments import closing, pieces, read_head
from var.capture.journal import Journal
from var.capture.lock import alone
from var.capture.state import lock_path
from var.footage.table import KEY, RECORD


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found of an angle: ``frames`` are whole, ``cut_bytes`` at the end were not."""

    camera_id: str
    frames: int
    cut_bytes: int


def repair(home: Path, match_id: str) -> list[Repaired]:
    """Close the recordings of a match that nobody records any more; what was found of each that was open.

    An empty list where a process records the match now, or everything is whole.
    """
    with alone(lock_path(home, match_id)) as free:
        return repair_alone(Archive(home), match_id) if free else []


def repair_alone(archive: Archive, match_id: str) -> list[Repaired]:
    """As ``repair``, for a caller who holds the lock of the match."""
    rows = archive.store.rows(
        "SELECT camera_id, path, frames FROM clip WHERE match_id = ? AND recording = 1", (match_id,)
    )
    done: list[Repaired] = []
    for row in rows:
        path, table = archive.home / row["path"], archive.home / row["frames"]
        with contextlib.suppress(FileNotFoundError):  # a medium that was taken out: it may come back
            try:
                found = mend(path, table)
            except BadFile:  # not even its head is whole: nothing to play, and nothing to wait for
                found = (0, path.stat().st_size)
            archive.end_recording(match_id, row["camera_id"], sha256_of(path))
            facts = Repaired(row["camera_id"], *found)
            Journal.beside(path).add("repaired", frames=facts.frames, cut_bytes=facts.cut_bytes)
            done.append(facts)
    return done


def mend(path: Path, table: Path) -> tuple[int, int]:
    """Cut ``path`` after its last whole fragment and make ``table`` agree; whole frames, and bytes cut off.

    The table's records stand in the recording too, so that a table cut shorter than the recording, or lost, is made
    again. Raises ``BadFile`` where not even the recording's head is whole.
    """
    size = path.stat().st_size
    with path.open("r+b") as stream:
        head = read_head(stream, size)
        if head is None:
            raise BadFile("var.errors.capture_no_head", name=path.name)
        ends, kept, keys = head.ends, [], []
        for piece in pieces(stream, size, head.ends):
            if len(piece.rows) % RECORD.itemsize:
                break
            rows = np.frombuffer(piece.rows, RECORD)
            if len(rows) and not _inside(rows, piece.moof_at, piece.ends):
                break
            kept.append(piece.rows)
            ends = piece.ends
            if len(rows) and rows["flags"][0] & KEY:
                keys.append((int(rows["pts"][0]), piece.moof_at))
        wanted = head.table + b"".join(kept)
        if not table.exists() or table.read_bytes() != wanted:
            write_bytes(table, wanted)
        stream.truncate(ends)
        stream.seek(ends)
        try:
            stream.write(closing(keys))
            stream.flush()
        except OSError:  # on a full disk the recording is whole without its list
            stream.truncate(ends)
        os.fsync(stream.fileno())
    return sum(map(len, kept)) // RECORD.itemsize, size - ends


def _inside(rows: np.ndarray[tuple[int], np.dtype[np.void]], begins: int, ends: int) -> bool:
    """Whether every packet lies inside its fragment, as it does unless the disk lost what it had promised."""
    return bool((rows["pos"] > begins).all() and (rows["pos"] + rows["size"] <= ends).all())
