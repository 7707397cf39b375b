"""What deserves a look: pure rules over an athlete's samples, with their parameters. An alarm is a hint, no diagnosis.

Every rule is a statement about instants, never about when somebody asked: the same samples give the same alarms,
however often the page was drawn. A sample holds until the next one, for 5 s at most, as everywhere.

* **Above the limit**: the rate was above the limit (95 % of the maximum where none was set) for 20 s without a break.
  It is over once the rate is 3 bpm or more under the limit, so that a rate on the border does not blink.
* **No recovery**: the rate fell by less than 20 bpm in the first 60 s after the load stopped. Both rates are means of
  the 5 s before the instant; the first is that at the end of the load, not the highest (the heart-rate recovery of
  Cole et al. 1999, N Engl J Med 341:1351, and of Daanen et al. 2012, Int J Sports Physiol Perform 7:251; the 20 bpm
  are a setting of the field, not a limit of theirs). The load stops where the phase "rest" is marked and the rate is at
  70 % of the maximum or more. Where no phase says what is done, it is taken to stop where a rate that was at 85 %
  of the maximum or above for 60 s falls below it; if it comes back there within the minute, work went on. While a drill
  or match is marked, work goes on by definition. A minute with no rate at its end says nothing.
* **No contact**: the strap sends and has no reading, for 10 s.
* **Silence**: nothing came from a strap for 15 s; 60 s for one that was never heard since it was put on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from touchline.effort import HOLD_S
from wearables.model import NS_PER_S, Profile

HOLD_NS = round(HOLD_S * NS_PER_S)


class AlarmKind(StrEnum):
    """What is to be looked at, the most urgent first."""

    ABOVE_LIMIT = "above_limit"
    NO_RECOVERY = "no_recovery"
    NO_CONTACT = "no_contact"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Rules:
    """The parameters of the alarms; shares are of the maximal heart rate."""

    limit_share: float = 0.95
    above_s: float = 20.0
    hysteresis_bpm: float = 3.0
    effort_share: float = 0.85
    effort_s: float = 60.0
    rest_share: float = 0.70
    recovery_s: float = 60.0
    recovery_bpm: float = 20.0
    recovery_shown_s: float = 300.0
    no_contact_s: float = 10.0
    silence_s: float = 15.0
    first_heard_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something to look at, from ``from_ns`` until ``to_ns`` (None: still). ``value`` is the limit in bpm, or by how
    many bpm the rate fell. ``acknowledged_by`` names who has seen it."""

    kind: AlarmKind
    athlete_id: str
    from_ns: int
    to_ns: int | None = None
    value: float | None = None
    acknowledged_by: str | None = None

    @property
    def id(self) -> str:
        """The same for the same alarm on every screen: kind, athlete and the instant it began."""
        return f"{self.kind}:{self.athlete_id}:{self.from_ns}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A closed alarm without its athlete: begin and end."""

    from_ns: int
    to_ns: int


@dataclass(slots=True)
class Watch:
    """The rules that are followed sample by sample: above the limit, contact, silence, and where efforts ended.

    ``limit_bpm`` and ``effort_bpm`` are None where the maximum is unknown, and then nothing is said about them.
    """

    rules: Rules
    limit_bpm: float | None = None
    effort_bpm: float | None = None
    above: list[Stretch] = field(default_factory=list)
    contact: list[Stretch] = field(default_factory=list)
    silence: list[Stretch] = field(default_factory=list)
    efforts_ended: list[int] = field(default_factory=list)
    above_from: int | None = None
    above_open: int | None = None
    effort_from: int | None = None
    no_contact_from: int | None = None
    heard_ns: int | None = None
    heard: bool = False

    @classmethod
    def of(cls, profile: Profile | None, rules: Rules) -> Watch:
        """A watch over one athlete."""
        top = None if profile is None else profile.hr_max_bpm
        limit = None if profile is None else profile.limit_bpm
        if limit is None and top is not None:
            limit = rules.limit_share * top
        return cls(rules, limit, None if top is None else rules.effort_share * top)

    def copy(self) -> Watch:
        """The same state, to be led on without changing this one. What ended is in new lists."""
        return Watch(
            self.rules,
            self.limit_bpm,
            self.effort_bpm,
            list(self.above),
            list(self.contact),
            list(self.silence),
            list(self.efforts_ended),
            self.above_from,
            self.above_open,
            self.effort_from,
            self.no_contact_from,
            self.heard_ns,
            self.heard,
        )

    def begin(self, at_ns: int) -> None:
        """A strap is put on."""
        self.heard_ns, self.heard, self.no_contact_from = at_ns, False, None

    def restart(self, at_ns: int) -> None:
        """The recorder began to listen again: what it did not hear meanwhile is no silence of a strap's."""
        if self.heard_ns is not None:
            self.heard_ns, self.no_contact_from = max(at_ns, self.heard_ns), None

    def packet(self, at_ns: int, has_rate: bool) -> None:
        """A packet came."""
        self.until(at_ns)
        if has_rate:
            if self.no_contact_from is not None and at_ns - self.no_contact_from > self._contact_ns:
                self.contact.append(Stretch(self.no_contact_from + self._contact_ns, at_ns))
            self.no_contact_from = None
        elif self.no_contact_from is None:
            self.no_contact_from = at_ns
        if self.heard_ns is not None and (late := self._silent_at()) < at_ns:
            self.silence.append(Stretch(late, at_ns))
        self.heard_ns, self.heard = at_ns, True

    def until(self, at_ns: int) -> None:
        """Time passed: where a strap fell silent, it no longer says that it has no contact."""
        if self.heard_ns is None or self.no_contact_from is None:
            return
        late = self._silent_at()
        if at_ns > late:
            if late - self.no_contact_from > self._contact_ns:
                self.contact.append(Stretch(self.no_contact_from + self._contact_ns, late))
            self.no_contact_from = None

    def end(self, at_ns: int) -> None:
        """The strap is taken off."""
        self.until(at_ns)
        if self.no_contact_from is not None and at_ns - self.no_contact_from > self._contact_ns:
            self.contact.append(Stretch(self.no_contact_from + self._contact_ns, at_ns))
        if self.heard_ns is not None and (late := self._silent_at()) < at_ns:
            self.silence.append(Stretch(late, at_ns))
        self.heard_ns, self.no_contact_from = None, None

    def hold(self, from_ns: int, to_ns: int, bpm: int) -> None:
        """A rate held from one instant to another."""
        if self.limit_bpm is not None:
            if bpm > self.limit_bpm:
                self.above_from = from_ns if self.above_from is None else self.above_from
                if self.above_open is None and to_ns - self.above_from >= round(self.rules.above_s * NS_PER_S):
                    self.above_open = self.above_from + round(self.rules.above_s * NS_PER_S)
            else:
                self.above_from = None
                if self.above_open is not None and bpm <= self.limit_bpm - self.rules.hysteresis_bpm:
                    self.above.append(Stretch(self.above_open, from_ns))
                    self.above_open = None
        if self.effort_bpm is not None:
            if bpm >= self.effort_bpm:
                self.effort_from = from_ns if self.effort_from is None else self.effort_from
            elif self.effort_from is not None:
                if from_ns - self.effort_from >= round(self.rules.effort_s * NS_PER_S):
                    self.efforts_ended.append(from_ns)
                self.effort_from = None

    def unknown(self, from_ns: int) -> None:
        """From here on nothing is known for a while."""
        self.above_from = self.effort_from = None
        if self.above_open is not None:
            self.above.append(Stretch(self.above_open, from_ns))
            self.above_open = None

    def open_at(self, now_ns: int) -> dict[AlarmKind, int]:
        """The alarms of these rules that stand at ``now_ns``, by the instant they began. Led on until there before."""
        found: dict[AlarmKind, int] = {}
        if self.above_open is not None:
            found[AlarmKind.ABOVE_LIMIT] = self.above_open
        if self.no_contact_from is not None and now_ns - self.no_contact_from > self._contact_ns:
            found[AlarmKind.NO_CONTACT] = self.no_contact_from + self._contact_ns
        if self.heard_ns is not None and now_ns > self._silent_at():
            found[AlarmKind.SILENCE] = self._silent_at()
        return found

    @property
    def _contact_ns(self) -> int:
        return round(self.rules.no_contact_s * NS_PER_S)

    def _silent_at(self) -> int:
        """The instant at which the strap counts as silent if nothing comes."""
        assert self.heard_ns is not None
        return self.heard_ns + round((self.rules.silence_s if self.heard else self.rules.first_heard_s) * NS_PER_S)


@dataclass(frozen=True, slots=True)
class Samples:
    """An athlete's packets in their order: instants, and rates with 0 for none."""

    at_ns: Sequence[int]
    bpm: Sequence[int]

    def mean(self, from_ns: int, to_ns: int) -> float | None:
        """The mean of the rates from one instant to before another; None without any."""
        first, last = bisect_left(self.at_ns, from_ns), bisect_left(self.at_ns, to_ns)
        rates = [bpm for bpm in self.bpm[first:last] if bpm]
        return sum(rates) / len(rates) if rates else None

    def between(self, from_ns: int, to_ns: int) -> list[tuple[int, int]]:
        """The rates after one instant up to and with another, with their instants."""
        first, last = bisect_right(self.at_ns, from_ns), bisect_right(self.at_ns, to_ns)
        return [(at, bpm) for at, bpm in zip(self.at_ns[first:last], self.bpm[first:last], strict=True) if bpm]


def recovery(
    samples: Samples, stop_ns: int, now_ns: int, *, resting: bool, hr_max_bpm: float, rules: Rules
) -> tuple[int, int | None, float] | None:
    """The alarm "no recovery" for a load that stopped at ``stop_ns``: begin, end (None: still), and by how many bpm
    the rate fell. None where it fell enough, where work went on, where the minute is not over, or nothing is known.

    ``resting`` says that the phase "rest" was marked at that instant; ``now_ns`` is not past the end of that phase.
    """
    mean_ns, due_ns = HOLD_NS, stop_ns + round(rules.recovery_s * NS_PER_S)
    if now_ns < due_ns:
        return None
    before = samples.mean(stop_ns - mean_ns, stop_ns)
    if before is None or before < rules.rest_share * hr_max_bpm:
        return None
    effort_bpm = rules.effort_share * hr_max_bpm
    if not resting and any(bpm >= effort_bpm for _, bpm in samples.between(stop_ns, due_ns)):
        return None
    after = samples.mean(due_ns - mean_ns, due_ns)
    if after is None or before - after >= rules.recovery_bpm:
        return None
    fell = before - after
    last_ns = due_ns + round(rules.recovery_shown_s * NS_PER_S)
    for at_ns, bpm in samples.between(due_ns, min(now_ns, last_ns)):
        if before - bpm >= rules.recovery_bpm or (not resting and bpm >= effort_bpm):
            return due_ns, at_ns, fell
    return due_ns, (last_ns if now_ns > last_ns else None), fell
