"""What became of a recording, strap by strap, computed from what is kept in the database.

What a real strap sent nobody knows: ``sent``, ``missing`` and ``doubled`` are then null. Of a simulated one the log of
what it sent is compared with what is kept, frame by frame, by the serial number in the log.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from touchline.origin import Origin
from touchline.rights import Action, Person, require
from wearables.gatt.heart_rate import has_partial_rr
from wearables.kept import Sessions
from wearables.model import NS_PER_S, Event, EventKind, Frame, Source, Status, Strap, StrapState
from wearables.recorder.state import live_folder, status_of
from wearables.sent import read_sent
from wearables.simulated import Sent
from wearables.worn import Worn

GAP_NS = 5 * NS_PER_S
ENOUGH = 3
"""So many straps are not silent together by chance."""
SLEPT = "slept"
_AT_ONCE = 50_000
_GOOD_STATES = (StrapState.LIVE, StrapState.NO_CONTACT, StrapState.BROADCAST_ONLY)


@dataclass(frozen=True, slots=True)
class Compared:
    """Frames that were kept against frames that were sent."""

    missing: int
    doubled: int
    out_of_order: int
    unknown: int
    """Kept, and never sent."""


def compare(sent: Iterable[Sent], kept: Iterable[bytes]) -> Compared:
    """What happened on the way to the good notifications of one strap, of which the bytes were kept in this order."""
    waiting: dict[bytes, list[int]] = {}
    serials = set()
    for each in sent:
        if each.good:
            waiting.setdefault(each.data, []).append(each.serial)
            serials.add(each.serial)
    seen: set[int] = set()
    doubled = out_of_order = unknown = 0
    last = 0
    for data in kept:
        same = waiting.get(data)
        if same is None:
            unknown += 1
            continue
        serial = next((number for number in same if number not in seen), None)
        if serial is None:
            doubled += 1
            continue
        seen.add(serial)
        out_of_order += serial < last
        last = max(last, serial)
    return Compared(len(serials - seen), doubled, out_of_order, unknown)


def record_report(home: Path, session_id: str, *, person: Person | None = None) -> dict[str, Any]:
    """The report of a session as a JSON-ready document (schema ``record_report``). Raises ``NotFound``,
    ``NotAllowed``, ``BadFile``."""
    require(person, Action.SEE_TRAINING)
    sessions = Sessions(home)
    session = sessions.session(session_id)
    simulated = session.origin is Origin.SIMULATED
    log = read_sent(live_folder(home, session_id) / "sent") if simulated else []
    by_address: dict[str, list[Sent]] = {}
    for each in log:
        by_address.setdefault(each.address.lower(), []).append(each)
    straps = sessions.straps(session_id)
    tallies = {strap.number: Tally(strap) for strap in straps}
    runs: list[Event] = []
    shared: list[Event] = []
    for row in _rows(sessions, session_id):
        if isinstance(row, Frame):
            if row.strap in tallies:
                tallies[row.strap].take(row)
        elif row.strap is not None:
            if row.strap in tallies:
                tallies[row.strap].events.append(row)
        else:
            (runs if row.kind is EventKind.RUN else shared).append(row)
    stretches = run_stretches(runs, max((tally.last_ns for tally in tallies.values()), default=0))
    ends_ns = stretches[-1][1] if stretches else 0
    heard = sorted(at_ns for tally in tallies.values() for at_ns in tally.times) if len(straps) >= ENOUGH else []
    worn = Worn(sessions.marks(session_id)).last()
    troubles = [event for event in shared if event.kind is EventKind.RADIO]
    troubles += [event for event in runs if event.detail.get("reason") == SLEPT]
    told = []
    for number, tally in tallies.items():
        sent = by_address.get(tally.strap.address.lower(), []) if simulated else None
        gaps = tally.gaps(stretches, troubles, heard)
        told.append(tally.document(sent, gaps) | {"athlete_id": worn.get(number)})
    return {
        "status": "ok",
        "session": session.id,
        "name": session.name,
        "origin": session.origin.value,
        "state": status_of(home, sessions.session_row(session_id)).state.value,
        "speed": session.speed,
        "seconds": round(ends_ns / NS_PER_S, 3),
        "frames": {name: _sum(told, name) for name in COUNTS},
        "straps": told,
        "interruptions": interruptions(runs),
        "keeping": [
            {"at_s": round(event.at_ns / NS_PER_S, 3), **event.detail}
            for event in shared
            if event.kind is EventKind.STORE
        ],
    }


COUNTS = (
    "sent",
    "received",
    "missing",
    "doubled",
    "out_of_order",
    "sent_bad",
    "refused",
    "partial_rr",
    "set_aside",
    "broadcasts",
)


def _sum(straps: Sequence[dict[str, Any]], name: str) -> int | None:
    values = [strap[name] for strap in straps]
    return None if None in values else sum(values)


def _rows(sessions: Sessions, session_id: str) -> Iterator[Frame | Event]:
    seq = 0
    while rows := sessions.rows_since(session_id, seq, limit=_AT_ONCE):
        yield from rows
        seq = rows[-1].seq


def run_stretches(runs: Sequence[Event], last_ns: int) -> list[tuple[int, int]]:
    """When the session was recorded, by what its processes noted: from and to, in nanoseconds of the session. One that
    goes on, or fell without a word, lasts to what was kept last."""
    found: list[tuple[int, int]] = []
    begun: int | None = None
    for event in runs:
        if event.detail.get("running"):
            begun = event.at_ns if begun is None else begun
        elif begun is not None:
            found.append((begun, event.at_ns))
            begun = None
    if begun is not None:
        found.append((begun, max(begun, last_ns)))
    return found


def interruptions(runs: Sequence[Event]) -> list[dict[str, Any]]:
    """Falls of the recording process: until when everything is kept, when it was last alive, how long nothing was
    recorded (None: to the end), and what its journal brought."""
    found = []
    for k, event in enumerate(runs):
        if event.detail.get("running") or event.detail.get("reason") == "stopped":
            continue
        again = next((each for each in runs[k + 1 :] if each.detail.get("running")), None)
        kept_ns = int(event.detail.get("kept_until_ns", event.at_ns))
        found.append(
            {
                "reason": event.detail.get("reason"),
                "kept_until_s": round(kept_ns / NS_PER_S, 3),
                "alive_s": round(event.at_ns / NS_PER_S, 3),
                "resumed_s": None if again is None else round(again.at_ns / NS_PER_S, 3),
                "cut_bytes": event.detail.get("cut_bytes", 0),
                "damaged_bytes": event.detail.get("damaged_bytes", 0),
                "settled_rows": event.detail.get("settled", 0),
                "lost_rows": event.detail.get("lost", 0) + event.detail.get("in_memory", 0),
            }
        )
    return found


class Tally:
    """What is kept of one strap."""

    def __init__(self, strap: Strap) -> None:
        self.strap = strap
        self.events: list[Event] = []
        self.good: list[bytes] = []
        self.times: list[int] = []
        self.last_ns = 0
        self.refused = self.partial_rr = self.set_aside = self.broadcasts = self.back_in_time = 0
        self.battery: int | None = None

    def take(self, frame: Frame) -> None:
        """Count one frame."""
        self.back_in_time += frame.at_ns < self.last_ns
        self.last_ns = max(self.last_ns, frame.at_ns)
        if frame.source is Source.BATTERY:
            return
        if frame.status is not Status.OK:
            self.refused += frame.status is Status.REFUSED
            self.set_aside += frame.status is Status.DOUBLED
            return
        self.times.append(frame.at_ns)
        if frame.source is Source.HEART_RATE:
            self.good.append(frame.data)
            self.partial_rr += has_partial_rr(frame.data)
        else:
            self.broadcasts += 1

    def document(self, sent: Sequence[Sent] | None, gaps: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The strap's part of the report; ``sent`` is None for a real one."""
        compared = None if sent is None else compare(sent, self.good)
        batteries = [event.detail["percent"] for event in self.events if event.kind is EventKind.BATTERY]
        return {
            "number": self.strap.number,
            "address": self.strap.address,
            "label": self.strap.label,
            "mode": self.strap.mode.value,
            "sent": None if sent is None else sum(each.good for each in sent),
            "sent_bad": None if sent is None else sum(not each.good for each in sent),
            "received": len(self.good),
            "missing": None if compared is None else compared.missing,
            "doubled": None if compared is None else compared.doubled,
            "unknown": None if compared is None else compared.unknown,
            "out_of_order": self.back_in_time if compared is None else compared.out_of_order,
            "refused": self.refused,
            "partial_rr": self.partial_rr,
            "set_aside": self.set_aside,
            "broadcasts": self.broadcasts,
            "battery_percent": batteries[-1] if batteries else None,
            "gaps": list(gaps),
        }

    def gaps(
        self, stretches: Sequence[tuple[int, int]], troubles: Sequence[Event], heard: Sequence[int] = ()
    ) -> list[dict[str, Any]]:
        """The stretches of more than 5 s of the session in which no good frame came, each with its reason. ``troubles``
        are events of the radio, and of a host that slept. ``heard`` is when any strap of many was, in its order: where
        all were silent together, it was not the strap."""
        if not stretches:
            return []
        begins_ns, ends_ns = stretches[0][0], stretches[-1][1]
        times = sorted({begins_ns, *(at_ns for at_ns in self.times if begins_ns <= at_ns <= ends_ns), ends_ns})
        found = []
        for from_ns, to_ns in pairwise(times):
            if to_ns - from_ns > GAP_NS:
                found.append(
                    {
                        "from_s": round(from_ns / NS_PER_S, 3),
                        "to_s": round(to_ns / NS_PER_S, 3),
                        "seconds": round((to_ns - from_ns) / NS_PER_S, 3),
                        "reason": self._reason(from_ns, to_ns, stretches, troubles, heard),
                    }
                )
        return found

    def _reason(
        self,
        from_ns: int,
        to_ns: int,
        stretches: Sequence[tuple[int, int]],
        troubles: Sequence[Event],
        heard: Sequence[int],
    ) -> str:
        for (_, ended_ns), (begun_ns, _) in pairwise(stretches):
            if ended_ns < to_ns and begun_ns > from_ns:
                return "not_recorded"
        within = [event.detail for event in troubles if from_ns <= event.at_ns <= to_ns]
        if any(detail.get("reason") == SLEPT for detail in within):
            return SLEPT
        if any(detail.get("up") is False for detail in within):
            return "radio_down"
        reason = self._state_of(from_ns, to_ns)
        return "all_silent" if reason == "silent" and _all_silent(from_ns, to_ns, heard) else reason

    def _state_of(self, from_ns: int, to_ns: int) -> str:
        """What its recorder noted of the strap while nothing came, or before it."""
        state = None
        for event in self.events:
            if event.kind is EventKind.STATE and event.at_ns <= to_ns:
                wrong = StrapState(event.detail["state"]) not in _GOOD_STATES
                if event.at_ns >= from_ns and wrong:
                    return str(event.detail.get("reason") or event.detail["state"])
                state = event.detail["state"] if wrong else None
        return str(state or "silent")


def _all_silent(from_ns: int, to_ns: int, heard: Sequence[int]) -> bool:
    """Whether no strap at all was heard for more than half of a stretch."""
    if not heard:
        return False
    within = [from_ns, *heard[bisect_right(heard, from_ns) : bisect_left(heard, to_ns)], to_ns]
    return max(later - earlier for earlier, later in pairwise(within)) > (to_ns - from_ns) / 2
