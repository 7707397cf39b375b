"""Writing a ledger: what was acknowledged is on the disk, whoever else writes and whenever the process is killed."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from touchline import __version__
from touchline.errors import BadFile, BadValue
from touchline.ledger import line as lines
from touchline.ledger.checkpoint import SEAL_FIELDS, signed
from touchline.ledger.head import Head, read_head, write_head
from touchline.ledger.keys import SigningKey
from touchline.ledger.line import Author, Line, encode_line, hash_of, read_line
from touchline.ledger.tail import BLOCK, Tail, keep_names, opened_alone, read_at, set_aside, tail_of, write_at
from touchline.store import utc_now

SOFTWARE = Author(f"touchline {__version__}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be kept: a ``kind``, a ``body`` that JSON can hold, and who did it."""

    kind: str
    body: Mapping[str, Any]
    by: Author


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry is line ``n`` of the ledger, whose hash is ``sha256``, and is on the disk."""

    n: int
    sha256: str


class Ledger:
    """One ledger for appending. Threads may share it, processes open their own; none keeps the file open.

    A checkpoint is written with an append where ``every_lines`` of one's own lines are unsigned or the oldest of them
    is ``every_s`` seconds old, by ``checkpoint``, and by ``close``. Nothing is written between appends.
    """

    def __init__(
        self,
        path: Path,
        key: SigningKey,
        *,
        subject: str,
        every_lines: int = 64,
        every_s: float = 60.0,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.path = path
        self._key = key
        self._subject = subject
        self._every_lines = every_lines
        self._every_ns = round(every_s * 1e9)
        self._clock_ns = clock_ns
        self._threads = threading.Lock()
        self._unsigned = 0
        self._unsigned_ns = 0

    @classmethod
    def open(cls, path: Path, key: SigningKey, *, subject: str, **limits: Any) -> Ledger:
        """The ledger in the file ``path`` about ``subject``, begun where there is none.

        Raises ``BadFile`` where it cannot be written, ``BadValue`` where it is about something else.
        """
        ledger = cls(path, key, subject=subject, **limits)
        with ledger._refusing():
            path.parent.mkdir(parents=True, exist_ok=True)
            ledger._commit([], sign=False)
            keep_names(path.parent)  # whoever made the file may have been killed before that
        return ledger

    def append(self, kind: str, body: Mapping[str, Any], *, by: Author) -> Receipt:
        """Keep one entry; it is on the disk when this returns.

        Raises ``BadValue`` for an entry that no line can hold, and ``BadFile`` where the disk did not take it: then it
        is not in the ledger, unless the disk also refused to take it back, and may be appended again.
        """
        return self.append_many([Entry(kind, body, by)])[0]

    def append_many(self, entries: Sequence[Entry]) -> list[Receipt]:
        """Keep several entries, one after another and with nothing between them, for one wait for the disk."""
        for entry in entries:
            if entry.kind in lines.OWN_KINDS or entry.body.keys() == SEAL_FIELDS:
                raise BadValue("touchline.errors.ledger_kind", kind=entry.kind)
        if not entries:
            return []
        with self._refusing():
            return self._commit(entries, sign=False)

    def checkpoint(self) -> Receipt:
        """Sign the ledger as it is now; the receipt is the checkpoint's."""
        with self._refusing():
            return self._commit([], sign=True)[0]

    def close(self) -> None:
        """Sign what this object wrote and did not sign yet. It may be used on."""
        if self._unsigned:
            self.checkpoint()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except BadFile:
            raise
        except OSError as fault:
            raise BadFile("touchline.errors.ledger_write", path=self.path, fault=fault) from fault

    def _commit(self, entries: Sequence[Entry], *, sign: bool) -> list[Receipt]:
        """Write what the end of the file asks for, then ``entries``, then a checkpoint where one is due."""
        with self._threads, opened_alone(self.path) as file:
            tail, head = tail_of(file), self._head()
            group = _Group(tail, self._clock_ns)
            name, header = self._begun(file, tail, head, group)
            for kind, body in self._befallen(file, tail, head, name):
                group.add(kind, body, SOFTWARE)
            kept = [group.add(entry.kind, dict(entry.body), entry.by) for entry in entries]
            signing = sign or tail.n is None or self._due(len(group.lines))
            if signing:
                sealed = group.seal(name, header or group.first, self._key)
                kept += [sealed] if sign else []
            if group.lines:
                self._write(file, tail, group.data)
                if tail.n is None:
                    keep_names(self.path.parent)
                self._unsigned_ns = self._unsigned_ns if self._unsigned else self._clock_ns()
                self._unsigned = 0 if signing else self._unsigned + len(group.lines)
                with contextlib.suppress(OSError):  # the lines are kept; the next append writes the head anew
                    write_head(self.path, Head(group.n - 1, str(group.prev), name))
        return kept

    def _due(self, more: int) -> bool:
        waited = bool(self._unsigned) and self._clock_ns() - self._unsigned_ns >= self._every_ns
        return bool(more) and (waited or self._unsigned + more >= self._every_lines)

    def _write(self, file: int, tail: Tail, data: bytes) -> None:
        """Put ``data`` behind the last whole line, on the disk; where it does not fit the file ends there again."""
        try:
            os.ftruncate(file, tail.whole)
            write_at(file, tail.whole, data)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, tail.whole)
                os.fsync(file)
            raise

    def _head(self) -> Head | None:
        try:
            return read_head(self.path)
        except BadFile:
            return None  # it is written anew; who made it unreadable could have made it right as well

    def _begun(self, file: int, tail: Tail, head: Head | None, group: _Group) -> tuple[str, str]:
        """The ledger's id and the hash of its first line; of a new one the line is put into ``group`` and the hash is
        empty. Where the first line cannot be read any more the head tells the id."""
        if tail.n is None:
            name = secrets.token_hex(16)
            body = {"format": lines.FORMAT, "key": self._key.id, "ledger": name, "software": __version__}
            group.add(lines.HEADER, body | {"subject": self._subject, "version": lines.VERSION}, SOFTWARE)
            return name, ""
        first = read_at(file, 0, min(tail.whole, BLOCK)).partition(b"\n")[0]  # a header is far shorter
        try:
            found = read_line(first).body
        except ValueError:
            found = {}
        if found.get("subject", self._subject) != self._subject:
            raise BadValue("touchline.errors.ledger_subject", path=self.path, subject=found["subject"])
        known = found.get("ledger", head and head.ledger)
        return known if isinstance(known, str) and len(known) == 32 else "0" * 32, hash_of(first)

    def _befallen(self, file: int, tail: Tail, head: Head | None, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Lines that tell what befell the ledger since it was written last, by its own end and the head beside it."""
        if tail.size > tail.whole:
            aside, digest = set_aside(file, tail, self.path)
            yield lines.REPAIRED, {"bytes": tail.size - tail.whole, "file": aside, "sha256": digest}
        reason = None
        if head is not None and (tail.n is None or head.n > tail.n or head.ledger != name):
            reason = "cut_off"
        elif not tail.sound:
            reason = "unreadable"
        elif head is not None and head.n == tail.n and head.sha256 != tail.sha256:
            reason = "changed"
        if reason is not None:
            found = None if tail.n is None else {"n": tail.n, "sha256": tail.sha256}
            expected = None if head is None else {"ledger": head.ledger, "n": head.n, "sha256": head.sha256}
            yield lines.DAMAGED, {"expected": expected, "found": found, "reason": reason}


@cache
def boot_id() -> str:
    """Which clock ``mono_ns`` is of, as 16 hexadecimal digits: this start of the system where it has a name for that
    (Linux), so that processes can be compared, else this process."""
    try:
        told = Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    except OSError:
        told = secrets.token_bytes(16)
    return sha256(told).hexdigest()[:16]


class _Group:
    """Lines that are written together, each chained to the one before."""

    def __init__(self, tail: Tail, clock_ns: Callable[[], int]) -> None:
        self.n = 0 if tail.n is None else tail.n + 1
        self.prev = tail.sha256
        self.first = ""
        self.lines: list[bytes] = []
        self._clock_ns = clock_ns

    @property
    def data(self) -> bytes:
        return b"".join(data + b"\n" for data in self.lines)

    def add(self, kind: str, body: dict[str, Any], by: Author) -> Receipt:
        return self._put(encode_line(self._line(kind, body, by)))

    def seal(self, ledger: str, header: str, key: SigningKey) -> Receipt:
        return self._put(signed(self._line(lines.CHECKPOINT, {}, SOFTWARE), ledger, header, key))

    def _line(self, kind: str, body: dict[str, Any], by: Author) -> Line:
        return Line(self.n, utc_now(), self._clock_ns(), boot_id(), by, kind, body, self.prev)

    def _put(self, data: bytes) -> Receipt:
        kept = Receipt(self.n, hash_of(data))
        self.first = self.first or kept.sha256
        self.n, self.prev = self.n + 1, kept.sha256
        self.lines.append(data)
        return kept
