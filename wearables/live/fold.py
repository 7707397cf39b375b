"""A live session folded from its rows and marks: taken bit by bit, in whatever pieces they come, and asked at any
instant. The same rows and marks give the same wall, live or years later."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from touchline.effort import HOLD_S, is_rate
from wearables.gatt.heart_rate import CONTACT, CONTACT_SUPPORTED
from wearables.live.alarms import Alarm, AlarmKind, Rules, recovery
from wearables.live.heart import RATES, TOP_BPM, Heart, replayed
from wearables.live.names import sort_key
from wearables.live.wall import Phase, Recording, Tile, Trend, Wall
from wearables.live.wearing import Span, spans
from wearables.model import (
    NS_PER_S,
    Event,
    EventKind,
    Frame,
    Mark,
    MarkKind,
    Profile,
    Source,
    Status,
    Strap,
    StrapState,
)
from wearables.standing import standing

TREND_BPM_A_MIN = 6.0
"""A rate that changes by less is called steady."""
SHOWN_AFTER_NS = 60 * NS_PER_S
"""How long an alarm that ended by itself stays on the wall where nobody acknowledged it."""
WORK = frozenset({"drill", "match"})
REST = "rest"
SHOWS = frozenset({StrapState.LIVE, StrapState.BROADCAST_ONLY})


@dataclass(slots=True)
class _Strap:
    """What a strap said of itself, and its packets: instants, and rates with 0 for none."""

    told: StrapState | None = None
    told_ns: int = -1
    heard_ns: int | None = None
    rate: tuple[int, int] | None = None
    source: Source = Source.HEART_RATE
    battery_percent: int | None = None
    low_battery: bool = False
    at_ns: array[int] = field(default_factory=lambda: array("q"))
    bpm: array[int] = field(default_factory=lambda: array("h"))

    def state(self, now_ns: int) -> StrapState:
        """How it is at ``now_ns``: by its newest word, whether the recorder's or its own."""
        if self.heard_ns is None or (self.told is not None and self.told_ns > self.heard_ns):
            state = self.told or StrapState.SCANNING
        elif not self.bpm[-1]:
            state = StrapState.NO_CONTACT
        else:
            state = StrapState.BROADCAST_ONLY if self.source is Source.POLAR else StrapState.LIVE
        if state not in SHOWS and state is not StrapState.NO_CONTACT:
            return state
        if self.heard_ns is None:
            return StrapState.CONNECTING
        return StrapState.STALE if now_ns - self.heard_ns > HOLD_S * NS_PER_S else state


class Fold:
    """What a session's rows and marks say. Rows come in the order of their ``seq``; marks may be dated back."""

    def __init__(self, straps: Iterable[Strap], profiles: Iterable[Profile], rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.straps: dict[int, Strap] = {}
        self.profiles: dict[str, Profile] = {}
        self._now: dict[int, _Strap] = {}
        self._hearts: dict[str, Heart] = {}
        self._dirty: set[str] = set()
        self._marks: list[Mark] = []
        self._in_force: tuple[Mark, ...] = ()
        self._spans: tuple[Span, ...] = ()
        self._phases: list[Phase] = []
        self._by_strap: dict[int, list[Span]] = {}
        self._restarts: list[int] = []
        self._recording = Recording()
        self._ended_ns: int | None = None
        self._last_ns: int | None = None
        self._settled: dict[tuple[str, int, bool], tuple[int, int | None, float] | None] = {}
        self.know(straps, profiles)

    def know(self, straps: Iterable[Strap], profiles: Iterable[Profile]) -> None:
        """Take straps and athletes as they are now; what an athlete's profile changes is computed anew."""
        self.straps = {strap.number: strap for strap in straps}
        found = {profile.athlete_id: profile for profile in profiles}
        for athlete in found.keys() | self.profiles.keys():
            before, now = self.profiles.get(athlete), found.get(athlete)
            if before is None or now is None or replace(before, name="", group="") != replace(now, name="", group=""):
                self._dirty.add(athlete)
        self.profiles = found

    # Taking

    def take(self, rows: Iterable[Frame | Event], marks: Iterable[Mark] = ()) -> None:
        """Take the rows and marks that followed those taken before."""
        new = list(marks)
        if new:
            self._take_marks(new)
        for row in rows:
            if self._last_ns is None or row.at_ns > self._last_ns:
                self._last_ns = row.at_ns
            if isinstance(row, Frame):
                self._take_frame(row)
            else:
                self._take_event(row)

    def _take_marks(self, new: list[Mark]) -> None:
        self._marks += new
        self._in_force = standing(self._marks)
        self._settled.clear()
        marked = [mark for mark in self._in_force if mark.kind is MarkKind.PHASE]
        self._phases = [
            Phase(str(mark.detail.get("phase")), str(mark.detail.get("text") or ""), mark.at_ns, mark.id)
            for mark in sorted(marked, key=lambda mark: (mark.at_ns, mark.id))
        ]
        before, self._spans = self._spans, spans(self._in_force)
        self._by_strap = {}
        for span in self._spans:
            self._by_strap.setdefault(span.strap, []).append(span)
        changed = set(before) ^ set(self._spans)
        self._dirty |= {span.athlete_id for span in changed}

    def _take_frame(self, frame: Frame) -> None:
        if frame.source is Source.BATTERY:
            return  # the recorder says it as an event
        if frame.status is not Status.OK:
            kind = "doubled" if frame.status is Status.DOUBLED else "refused"
            count = getattr(self._recording, kind) + 1
            self._recording = replace(self._recording, **{kind: count})
            return
        strap = self._now.get(frame.strap)
        if strap is None:
            strap = self._now[frame.strap] = _Strap()
        bpm = frame.bpm if frame.bpm is not None and is_rate(frame.bpm) and _on_skin(frame) else 0
        assert bpm <= TOP_BPM
        strap.heard_ns, strap.source = frame.at_ns, frame.source
        if bpm:
            strap.rate = (frame.at_ns, bpm)
        strap.at_ns.append(frame.at_ns)
        strap.bpm.append(bpm)
        for span in reversed(self._by_strap.get(frame.strap, ())):
            if span.holds(frame.at_ns):
                break
        else:
            return
        if span.athlete_id in self._dirty:
            return
        heart = self._hearts[span.athlete_id]
        if frame.at_ns < heart.last_ns or heart.span != span:
            self._dirty.add(span.athlete_id)
        else:
            heart.packet(frame.at_ns, bpm)

    def _take_event(self, event: Event) -> None:
        detail = event.detail
        if event.kind is EventKind.RUN:
            running = bool(detail.get("running"))
            self._recording = replace(self._recording, running=running)
            self._ended_ns = None if running else event.at_ns
            if running:
                self._restarts.append(event.at_ns)
                for athlete, heart in self._hearts.items():
                    if event.at_ns <= heart.led_ns:  # of one instant the restart comes first, whenever it was told
                        self._dirty.add(athlete)
                    heart.watch.restart(event.at_ns)
        elif event.kind is EventKind.RADIO:
            reason = str(detail.get("reason") or "")
            self._recording = replace(self._recording, radio_up=bool(detail.get("up")), radio_reason=reason)
        elif event.kind is EventKind.STORE:
            waiting = int(detail.get("waiting") or 0)
            self._recording = replace(self._recording, store_ok=bool(detail.get("ok")), waiting=waiting)
        elif event.strap is not None:
            strap = self._now.setdefault(event.strap, _Strap())
            if event.kind is EventKind.STATE:
                told = StrapState(detail["state"])
                if told is StrapState.LOW_BATTERY:
                    strap.low_battery = True
                else:
                    strap.told, strap.told_ns = told, event.at_ns
            elif event.kind is EventKind.BATTERY:
                strap.battery_percent = int(detail["percent"])
            elif event.kind is EventKind.LOW_BATTERY:
                strap.low_battery = bool(detail.get("low"))

    def _settle(self) -> None:
        """Compute the athletes anew of whom something changed that lies before what was taken already."""
        for athlete in self._dirty:
            worn = [span for span in self._spans if span.athlete_id == athlete]
            packets: list[tuple[Sequence[int], Sequence[int]]] = []
            for span in worn:
                strap = self._now.setdefault(span.strap, _Strap())
                packets.append((strap.at_ns, strap.bpm))
            heart = Heart(self.profiles.get(athlete), self.rules)
            self._hearts[athlete] = replayed(heart, worn, packets, self._restarts)
            self._settled = {key: value for key, value in self._settled.items() if key[0] != athlete}
        self._dirty.clear()

    # Asking

    @property
    def recording(self) -> Recording:
        """How the recording is, as its newest rows say."""
        return replace(self._recording, last_row_ns=self._last_ns)

    def instant(self, now_ns: int) -> int:
        """The instant that a wall asked for at ``now_ns`` shows: never before the newest row, and never after the
        recording ended."""
        last = self._last_ns
        now_ns = now_ns if last is None else max(now_ns, last)
        return now_ns if self._ended_ns is None else max(self._ended_ns, last or 0)

    def wall(self, now_ns: int) -> Wall:
        """Everything as it is at ``now_ns``."""
        self._settle()
        now_ns = self.instant(now_ns)
        alarms = self.alarms(now_ns, since_ns=now_ns - SHOWN_AFTER_NS)
        shown = [alarm for alarm in alarms if alarm.to_ns is None or _stays(alarm)]
        order = list(AlarmKind)
        shown.sort(
            key=lambda one: (
                one.acknowledged_by is not None,
                one.to_ns is not None,
                order.index(one.kind),
                -one.from_ns,
                one.athlete_id,
            )
        )
        wearing = {span.athlete_id: span for span in self._spans if span.holds(now_ns)}
        tiles = []
        for athlete in sorted(self.profiles.keys() | wearing.keys(), key=lambda one: (sort_key(self._name(one)), one)):
            own = tuple(alarm for alarm in shown if alarm.athlete_id == athlete)
            tiles.append(self._tile(athlete, wearing.get(athlete), own, now_ns))
        taken = {span.strap for span in wearing.values()}
        spare = sorted((self.straps.keys() | self._now.keys()) - taken)
        tiles += [self._spare(number, now_ns) for number in spare]
        return Wall(now_ns, tuple(tiles), tuple(shown), self.phase_at(now_ns), self.recording, self._undoable())

    def alarms(self, now_ns: int, since_ns: int = 0) -> list[Alarm]:
        """All alarms until ``now_ns`` that had not ended before ``since_ns``, by athlete, kind and time."""
        self._settle()
        seen = {
            str(alarm): mark.by or "–"
            for mark in self._in_force
            if mark.kind is MarkKind.ACKNOWLEDGE
            for alarm in mark.detail.get("alarms") or (mark.detail.get("alarm"),)
        }
        found = []
        for athlete, heart in sorted(self._hearts.items()):
            watch = heart.watched(now_ns)
            open_now = watch.open_at(now_ns)
            for kind, past in (
                (AlarmKind.ABOVE_LIMIT, watch.above),
                (AlarmKind.NO_CONTACT, watch.contact),
                (AlarmKind.SILENCE, watch.silence),
            ):
                value = watch.limit_bpm if kind is AlarmKind.ABOVE_LIMIT else None
                recent = [one for one in past if one.to_ns >= since_ns]
                found += [Alarm(kind, athlete, one.from_ns, one.to_ns, value) for one in recent]
                if kind in open_now:
                    found.append(Alarm(kind, athlete, open_now[kind], None, value))
            found += self._recoveries(athlete, heart, watch.efforts_ended, now_ns, since_ns)
        return [replace(alarm, acknowledged_by=seen.get(alarm.id)) for alarm in found]

    def _recoveries(self, athlete: str, heart: Heart, ended: Sequence[int], now_ns: int, since_ns: int) -> list[Alarm]:
        profile = self.profiles.get(athlete)
        if profile is None or profile.hr_max_bpm is None:
            return []
        phases = self._phases
        until = {phase.mark: after.from_ns for phase, after in pairwise(phases)}
        stops = [
            (phase.from_ns, True, until.get(phase.mark))
            for phase in phases
            if phase.kind == REST and phase.from_ns <= now_ns
        ]
        for at_ns in ended:
            phase = self.phase_at(at_ns)
            if phase is None or (phase.kind not in WORK and phase.kind != REST):
                stops.append((at_ns, False, None))
        found = []
        for stop_ns, resting, ends_ns in stops:
            key = (athlete, stop_ns, resting)
            if key in self._settled:
                told = self._settled[key]
            else:
                looks_ns = now_ns if ends_ns is None else min(now_ns, ends_ns)
                told = recovery(
                    heart.samples,
                    stop_ns,
                    looks_ns,
                    resting=resting,
                    hr_max_bpm=profile.hr_max_bpm,
                    rules=self.rules,
                )
                if told is not None and told[1] is None and ends_ns is not None and ends_ns <= now_ns:
                    told = (told[0], ends_ns, told[2])
                known_ns = stop_ns + round(self.rules.recovery_s * NS_PER_S) if told is None else told[1]
                if known_ns is not None and known_ns < heart.last_ns:
                    self._settled[key] = told  # no packet that is still to come changes it
            if told is not None and (told[1] is None or told[1] >= since_ns):
                found.append(Alarm(AlarmKind.NO_RECOVERY, athlete, *told))
        return found

    def phases(self) -> list[Phase]:
        """The phases that were marked, by their beginnings."""
        return list(self._phases)

    def phase_at(self, at_ns: int) -> Phase | None:
        """The phase in force at an instant, None before the first."""
        return next((phase for phase in reversed(self._phases) if phase.from_ns <= at_ns), None)

    def notes(self) -> list[Mark]:
        """The notes that were not taken back, by their instants."""
        found = [mark for mark in self._in_force if mark.kind is MarkKind.NOTE]
        return sorted(found, key=lambda mark: (mark.at_ns, mark.id))

    def heart(self, athlete_id: str) -> Heart | None:
        """What an athlete's straps said; None of who never wore one."""
        self._settle()
        return self._hearts.get(athlete_id)

    def worn_by(self, athlete_id: str) -> list[Span]:
        """The spans in which an athlete wore a strap."""
        return [span for span in self._spans if span.athlete_id == athlete_id]

    def _undoable(self) -> Mark | None:
        """The newest mark that the page can take back: none of those with which the session began."""
        kinds = {MarkKind.ASSIGN, MarkKind.PHASE, MarkKind.NOTE, MarkKind.ACKNOWLEDGE}
        marks = (mark for mark in reversed(self._in_force) if mark.kind in kinds)
        return next((mark for mark in marks if mark.kind is not MarkKind.ASSIGN or mark.at_ns > 0), None)

    def _name(self, athlete: str) -> str:
        profile = self.profiles.get(athlete)
        return athlete if profile is None else profile.name

    def _tile(self, athlete: str, span: Span | None, alarms: tuple[Alarm, ...], now_ns: int) -> Tile:
        profile, heart = self.profiles.get(athlete), self._hearts.get(athlete)
        tile = Tile(athlete, self._name(athlete), "" if profile is None else profile.group, alarms=alarms)
        if heart is not None:
            held = heart.held_ns(now_ns)
            measured = int(held.sum())
            rates = held.nonzero()[0]
            tile = replace(
                tile,
                load=heart.weights.load(held),
                zone_s=heart.weights.zone_s(held),
                measured_s=measured / NS_PER_S,
                unknown_s=max(0, heart.worn_ns(now_ns) - measured) / NS_PER_S,
                mean_bpm=float((held * RATES).sum() / measured) if measured else None,
                max_bpm=int(rates[-1]) if rates.size else None,
                changed=heart.spans,
            )
        if span is None or heart is None:
            return tile
        tile = replace(tile, **self._strap_words(span.strap, now_ns))
        newest = heart.newest if heart.newest is not None and heart.newest[0] >= span.from_ns else None
        if newest is None:
            return tile
        age_s = (now_ns - newest[0]) / NS_PER_S
        tile = replace(tile, last_bpm=newest[1], age_s=age_s)
        if not self._shows(tile.state, age_s):
            return tile
        bpm, top = newest[1], None if profile is None else profile.hr_max_bpm
        slope = heart.trend(now_ns, span.from_ns)
        zone = heart.weights.zone
        return replace(
            tile,
            bpm=bpm,
            percent_of_max=None if top is None else 100 * bpm / top,
            max_estimated=profile is not None and profile.hr_max_estimated,
            zone=None if zone is None else int(zone[bpm]),
            trend_bpm_a_min=slope,
            trend=None if slope is None else _trend(slope),
        )

    def _spare(self, number: int, now_ns: int) -> Tile:
        """The tile of a strap that nobody wears: its rate helps to find out who does."""
        strap = self._now.get(number, _Strap())
        tile = Tile(None, "", **self._strap_words(number, now_ns))
        if strap.rate is None:
            return tile
        age_s = (now_ns - strap.rate[0]) / NS_PER_S
        tile = replace(tile, last_bpm=strap.rate[1], age_s=age_s)
        return replace(tile, bpm=strap.rate[1]) if self._shows(tile.state, age_s) else tile

    def _strap_words(self, number: int, now_ns: int) -> dict[str, Any]:
        strap, known = self._now.get(number, _Strap()), self.straps.get(number)
        return {
            "strap": number,
            "strap_label": "" if known is None else known.label or known.address,
            "state": strap.state(now_ns),
            "silent_s": None if strap.heard_ns is None else (now_ns - strap.heard_ns) / NS_PER_S,
            "battery_percent": strap.battery_percent,
            "low_battery": strap.low_battery,
            "rr": strap.heard_ns is not None and strap.source is Source.HEART_RATE,
        }

    def _shows(self, state: StrapState | None, age_s: float) -> bool:
        return state in SHOWS and age_s <= HOLD_S and self._recording.running is not False


def _stays(alarm: Alarm) -> bool:
    """Whether an alarm that is over is still to be seen: a heart is, until somebody has."""
    return alarm.acknowledged_by is None and alarm.kind in (AlarmKind.ABOVE_LIMIT, AlarmKind.NO_RECOVERY)


def _on_skin(frame: Frame) -> bool:
    """Whether the strap does not say that it has no contact; one that cannot tell has some."""
    if frame.source is not Source.HEART_RATE or not frame.data:
        return True
    return frame.data[0] & CONTACT != CONTACT_SUPPORTED


def _trend(slope_bpm_a_min: float) -> Trend:
    if abs(slope_bpm_a_min) < TREND_BPM_A_MIN:
        return Trend.STEADY
    return Trend.RISING if slope_bpm_a_min > 0 else Trend.FALLING
