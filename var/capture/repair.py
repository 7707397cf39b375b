"""Recordings that ended in the middle: a killed process, a power cut, a file cut at any byte."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from touchline.errors import BadFile, TouchlineError
from touchline.files import sha256_of, write_bytes
from touchline.origin import Origin
from touchline.store import Row, utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.capture.fragments import closing, pieces, read_head
from var.capture.journal import Journal
from var.capture.lock import alone
from var.capture.state import Captures, lock_path, repair_lock_path
from var.footage.table import KEY, RECORD, read_table
from var.match_store import folder_of
from var.model import Clip, Match, Setup


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found of an angle: ``frames`` are whole, ``cut_bytes`` at the end were not."""

    camera_id: str
    frames: int
    cut_bytes: int


_LOCK_WITHIN_S = 2.0  # who only looks whether the lock is taken shares it for an instant


def repair(home: Path, match_id: str) -> list[Repaired]:
    """Close the recordings of a match that nobody records any more; what was found of each that was open.

    An empty list where a process records the match now, another one repairs it, or everything is whole.
    """
    if not folder_of(home, match_id).is_dir():
        return []
    archive = Archive(home)
    with alone(repair_lock_path(home, match_id)) as mine:
        if not mine:
            return []
        with alone(lock_path(home, match_id), _LOCK_WITHIN_S) as free:
            left = unfinished(archive, match_id) if free else []
        # What these cameras left is nobody else's now, so that the match can be recorded on while it is hashed.
        return repair_those(archive, match_id, left)


def repair_aside(archive: Archive, match_id: str, cameras: Sequence[str], wait_s: float) -> list[Repaired]:
    """Close what ``unfinished`` named, once nobody else repairs the match; nothing where that lasts ``wait_s``."""
    with alone(repair_lock_path(archive.home, match_id), wait_s) as mine:
        return repair_those(archive, match_id, cameras) if mine else []


def unfinished(archive: Archive, match_id: str) -> list[str]:
    """The cameras whose recordings nobody closed, for a caller who holds the lock of the match. Recordings that the
    archive never heard of, because their process ended before it could tell, are given to it first."""
    for journal in sorted((archive.folder(match_id) / "media").glob("*.journal.jsonl")):
        path = journal.with_name(journal.name.partition(".")[0] + ".mp4")
        # what the archive or the disk refuses now stays where it is for the next look
        with contextlib.suppress(OSError, TouchlineError, ValueError, KeyError, StopIteration):
            _adopt(archive, match_id, path, journal)
    sql = "SELECT camera_id, path, frames, recording FROM clip WHERE match_id = ? AND frames IS NOT NULL"
    return [row["camera_id"] for row in archive.store.rows(sql, (match_id,)) if _is_open(archive, row)]


def _is_open(archive: Archive, row: Row) -> bool:
    """Whether nobody closed the recording, or its table is lost: without that no angle of the match can be shown."""
    if row["recording"]:
        return True
    path, table = archive.home / row["path"], archive.home / row["frames"]
    with contextlib.suppress(OSError):
        if not table.exists():
            with path.open("rb") as stream:
                return read_head(stream, path.stat().st_size) is not None
    return False


def _adopt(archive: Archive, match_id: str, path: Path, journal: Path) -> None:
    """Give the archive an angle that it does not know, from what stands beside the recording."""
    sql = "SELECT 1 FROM clip WHERE match_id = ? AND camera_id = ?"
    if archive.store.row(sql, (match_id, path.stem)) is not None:
        return
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = read_head(stream, size)
        if head is None or next(pieces(stream, size, head.ends), None) is None:
            return
        stream.seek(0)
        head_sha256 = hashlib.sha256(stream.read(head.ends)).hexdigest()
    lines = (json.loads(line) for line in journal.read_text("utf-8").splitlines())
    begun = next(line for line in lines if line["event"] == "connected")
    table = path.with_suffix(".frames")
    mend(path, table)
    found = read_table(table)
    if not len(found.pts):
        return
    first_s = found.timebase.seconds(found.pts[0]) - Fraction(begun["lead_s"])
    clip = Clip(
        camera_id=path.stem,
        label=begun["name"],
        path=path,
        proxy=path.with_suffix(".proxy"),
        sha256=head_sha256,
        size_px=(begun["size_px"][0], begun["size_px"][1]),
        timebase=found.timebase,
        pts=found.pts,
        to_match=ClockMap(first_s, sigma_s=begun["sigma_s"]),
        timing=Origin.MEASURED,
        codec=found.coding.codec,
        recording=True,
        table=table,
    )
    if archive.known(match_id):
        archive.add_clip(match_id, clip)
    else:
        name = Captures(archive.home).known(match_id) or match_id
        archive.add_match(Match(match_id, name, Origin.MEASURED, utc_now(), Setup(), (clip,)))


def repair_those(archive: Archive, match_id: str, cameras: Sequence[str]) -> list[Repaired]:
    """As ``repair``, of these cameras, for a caller who holds the lock for repairs."""
    done: list[Repaired] = []
    for camera_id in cameras:
        sql = "SELECT camera_id, path, frames, recording FROM clip WHERE match_id = ? AND camera_id = ?"
        row = archive.store.row(sql, (match_id, camera_id))
        if row is None or not _is_open(archive, row):  # somebody else closed it while this one waited
            continue
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
