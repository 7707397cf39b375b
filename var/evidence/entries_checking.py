"""Checks ``entries.jsonl``: each line is an entry in its one form, the ledger in the package knows it by its hash, and
none that belongs there is missing. What was entered before the ledger began is under one hash over all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from touchline.ledger.line import MAX_LINE, read_line
from var.evidence.entries import belongs
from var.evidence.layout import ENTRIES, PAYLOAD
from var.evidence.limits import Limits
from var.evidence.outbox import IMPORTED, MEMBERS, TAKEN_UP
from var.evidence.strict_json import read_strictly
from var.evidence.verdict import Found, Refused

PATH = f"{PAYLOAD}/{ENTRIES}"
_MOST = 20
"""So many lines are told of each kind of fault."""
_HOPELESS = 1000
"""After so many lines that are none nothing more is read: a file of empty lines would take hours."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the record says that the entries are of: a match, and where ``incident`` is not None one incident of it.
    ``count`` is how many there are, and ``last`` the number of the last one, where the record says so."""

    match: str | None = None
    incident: str | None = None
    whole: bool = False
    count: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An entry as the ledger knows it."""

    sha256: str
    incident: str | None
    kind: str


@dataclass(slots=True)
class Log:
    """What the ledger knows of entries: each by its number; ``before`` is how many there were when it began, up to
    which number, and the hash over their hashes, None where it holds everything from the match's beginning on."""

    entries: dict[int, Known] = field(default_factory=dict)
    before: tuple[int, int, str] | None = None


def wanted_of(record: Any) -> Wanted:
    """What a record, which fits its schema, says of the entries; without one (None) nothing."""
    if record is None:
        return Wanted()
    match = record["match"]["id"]
    if "incident" in record:
        return Wanted(match, record["incident"]["id"])
    told = record["entries"]
    return Wanted(match, None, whole=True, count=told["count"], last=told["last"])


def log_of(ledger: Path) -> Log:
    """What a slice of a ledger that hangs together knows of entries."""
    log = Log()
    with ledger.open("rb") as stream:
        stream.readline(MAX_LINE + 2)  # the slice's own line
        while data := stream.readline(MAX_LINE + 2):
            try:
                line = read_line(data.rstrip(b"\n"))
            except ValueError:
                continue
            body = line.body
            if line.kind == "entry" and isinstance(body.get("entry"), int):
                incident = body.get("incident")
                known = Known(
                    str(body.get("sha256")), None if incident is None else str(incident), str(body.get("what"))
                )
                log.entries[body["entry"]] = known
            state = body if line.kind == TAKEN_UP else body.get("state") if line.kind == IMPORTED else None
            if isinstance(state, dict) and isinstance(state.get("last_entry"), int):
                log.before = (int(state.get("entries", 0)), state["last_entry"], str(state.get("sha256")))
    return log


def check_entries(file: Path, log: Log | None, wanted: Wanted, limits: Limits, found: Found) -> None:
    """Tell ``found`` what is wrong with the entries in ``file``; None for ``log`` where the package has no ledger that
    tells of them."""
    check = _Check(log, wanted, found)
    for number, line in enumerate(_lines(file, limits), 1):
        check.line(number, line, limits)
        if check.told.get("entry_form", 0) > _HOPELESS:
            break
    check.end()


def _lines(file: Path, limits: Limits) -> Iterator[bytes]:
    """The lines of a file with their LF; one that is longer than a document may be ends it."""
    with file.open("rb") as stream:
        while line := stream.readline(limits.json_bytes + 2):
            yield line
            if len(line) > limits.json_bytes + 1:
                return


@dataclass(slots=True)
class _Check:
    log: Log | None
    wanted: Wanted
    found: Found
    last: int = 0
    told: dict[str, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    before: list[str] = field(default_factory=list)
    alone: int = 0
    """How many entries only the one hash over all before holds."""
    unknown: int = 0

    def say(self, code: str, line: int | None = None, **params: object) -> None:
        """Note a fault, each kind so often at most."""
        self.told[code] = self.told.get(code, 0) + 1
        if self.told[code] <= _MOST:
            self.found.say(code, PATH, line=line, params=params)

    def line(self, number: int, line: bytes, limits: Limits) -> None:
        """Check one line of the file."""
        data = line.removesuffix(b"\n")
        entry = _entry(data, limits) if line.endswith(b"\n") else None
        if entry is None:
            self.say("entry_form", number)
            return
        seq = entry["seq"]
        if seq <= self.last:
            self.say("entry_order", number, entry=seq)
        self.last = max(self.last, seq)
        self.seen.add(seq)
        if not self._belongs(entry):
            self.say("entry_foreign", number, entry=seq)
        digest = sha256(data).hexdigest()
        early = self.log is not None and self.log.before is not None and seq <= self.log.before[1]
        if early:  # those too that the ledger also knows one by one: a match that went and came back has such
            self.before.append(digest)
        if self.log is None:
            self.unknown += 1
        elif (known := self.log.entries.get(seq)) is not None:
            if known.sha256 != digest:
                self.say("entry_not_in_ledger", number, entry=seq)
        elif early:
            self.alone += 1
        else:
            self.say("entry_not_in_ledger", number, entry=seq)

    def _belongs(self, entry: Mapping[str, Any]) -> bool:
        wanted = self.wanted
        if wanted.match is None:
            return True
        own = wanted.incident is None or belongs(entry, wanted.incident)
        return entry["match_id"] == wanted.match and own

    def end(self) -> None:
        """Check what is only known of all lines together."""
        wanted, log = self.wanted, self.log
        if wanted.whole and (len(self.seen), self.last or None) != (wanted.count, wanted.last):
            self.say("entries_missing", count=len(self.seen), told=wanted.count)
        if log is None:
            if self.unknown:
                self.say("entries_unchecked", count=self.unknown)
            return
        last = self.last if wanted.last is None else wanted.last
        for seq, known in log.entries.items() if wanted.match is not None else ():
            entry = {"incident_id": known.incident, "kind": known.kind}
            own = wanted.incident is None or belongs(entry, wanted.incident)
            if own and seq <= last and seq not in self.seen:
                self.say("entry_missing", entry=seq)
        self._before()

    def _before(self) -> None:
        """What was entered before the ledger began: all of it hangs together, or it is not known whether it is true."""
        if self.log is None or self.log.before is None:
            return
        count, _, whole = self.log.before
        if len(self.before) == count or self.wanted.whole:
            if len(self.before) != count or sha256("".join(self.before).encode("ascii")).hexdigest() != whole:
                self.say("entries_before_differ", count=count)
        elif self.alone:
            self.say("entries_unchecked", count=self.alone)


def _entry(data: bytes, limits: Limits) -> dict[str, Any] | None:
    """The entry that a line is; None for what is none, or is written in another way than the one."""
    try:
        found = read_strictly(data, PATH, limits)
    except Refused:
        return None
    if not isinstance(found, dict) or set(found) != set(MEMBERS) or type(found["seq"]) is not int:
        return None
    try:
        text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
        canonical = text.encode("utf-8")
    except ValueError:  # half of a surrogate pair
        return None
    return found if canonical == data else None
