"""The log of what simulated straps sent, kept so that what was recorded can be compared with it, whatever happened."""

from __future__ import annotations

import os
from pathlib import Path

from wearables.simulated import Sent


class SentLog:
    """A file of one line a notification: address, serial number, nanoseconds of the session, ``good`` or ``bad``, and
    the bytes in hexadecimal digits. A line is handed to the system before the notification leaves its strap, so that a
    process that is killed leaves all of them. Raises ``OSError``."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        size = os.fstat(self._handle).st_size
        if size and os.lseek(self._handle, size - 1, os.SEEK_SET) >= 0 and os.read(self._handle, 1) != b"\n":
            os.write(self._handle, b"\n")  # half a line stays one of its own

    def __call__(self, sent: Sent) -> None:
        """Add a line. A full disk loses it: the report says then that more arrived than was sent."""
        word = "good" if sent.good else "bad"
        line = f"{sent.address} {sent.serial} {sent.at_ns} {word} {sent.data.hex()}\n"
        try:
            os.write(self._handle, line.encode())
        except OSError:
            self.missed += 1

    missed: int = 0

    def close(self) -> None:
        """Let the file go."""
        os.close(self._handle)


def read_sent(path: Path) -> list[Sent]:
    """What was sent, in its order; a line that a full disk or a power cut left half is left out. None was, where there
    is no such file."""
    found = []
    try:
        text = path.read_text("ascii", "replace")
    except FileNotFoundError:
        return []
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) == 5 and words[3] in ("good", "bad"):
            try:
                found.append(Sent(words[0], int(words[1]), int(words[2]), bytes.fromhex(words[4]), words[3] == "good"))
            except ValueError:
                continue
    return found


def last_serials(path: Path) -> dict[str, int]:
    """The last serial number of each strap."""
    found: dict[str, int] = {}
    for each in read_sent(path):
        found[each.address] = max(each.serial, found.get(each.address, 0))
    return found
