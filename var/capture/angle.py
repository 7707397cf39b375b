"""One angle while it is recorded: packets in, whole fragments out, with gaps and losses told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, TouchlineError
from var.capture.clock import Clock, Placed, Verdict
from var.capture.coding import Plan, with_tools_of
from var.capture.fragments import Sample
from var.capture.journal import Journal
from var.capture.recorder import Recorder
from var.capture.samples import sequence_sets, without_adts
from var.capture.source import Incoming
from var.footage.table import GAP, IDR, KEY

FRAGMENT_S = 1.0
"""No fragment lasts longer, so no more than that is lost when the power fails."""

_SHORTEST_S = 0.5  # a key picture begins a new fragment, but not more often than this
_STREAK_NS = 500_000_000  # times that are wrong for longer are another clock's
_CATCHES_UP_NS = 30_000_000_000
_KEYS_EXPECTED_NS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class _Picture:
    dts: int
    pts: int
    data: bytes
    key: bool
    source_pts: int
    arrival_ns: int
    flags: int


class Angle:
    """Records one angle. ``zero_ns`` is the host's instant that is zero on the recording's clock."""

    def __init__(self, camera_id: str, name: str, folder: Path, plan: Plan, zero_ns: int, *, jump_s: float) -> None:
        self.camera_id, self.name = camera_id, name
        self.plan = plan
        self.zero_ns = zero_ns
        self.lead_s = Fraction(0)
        self.path = folder / f"{camera_id}.mp4"
        self.recorder = Recorder(self.path, plan.init, plan.coding, plan.rate_hz)
        self.journal = Journal.beside(self.path)
        self.clock = Clock(plan.rate_hz, jump_s=jump_s)
        self.frames = self.lost = self.gaps = 0
        self.first_pts: int | None = None
        self.first_arrival_ns: int | None = None
        self.halted: TouchlineError | None = None
        self._pictures: list[_Picture] = []
        self._dropped = 0  # pictures thrown away since the last one that was taken
        self._written_until: int | None = None  # when the last picture of the last fragment is shown
        self._sound: list[tuple[int, int, bytes]] = []
        self._sound_ends = -1
        self._sound_base = Fraction(1)
        self._gap = False  # the next picture follows a gap
        self._need_key = True
        self._aside: list[Incoming] = []
        self._aside_counts = False
        self._catching_up: bool | None = None  # since connected, packets lie on what is recorded; whether that counts
        self._catching_ns = 0
        self._start_pts: int | None = None
        self._last_key_ns: int | None = None
        self._keys = 0

    # ------------------------------------------------------------------ connections

    def connect(self, plan: Plan, first: list[Incoming], sound_base: Fraction) -> tuple[bool, float, float]:
        """Begin or go on with packets of a new connection; whether the source's clock went on, by how much it
        differs from before in seconds, and the spread of the arrivals in seconds."""
        going_on = self.frames > 0 or bool(self._pictures)
        self.plan = with_tools_of(plan, self.plan) if going_on else plan
        self._sound_base = sound_base
        seen = [
            ((each.dts if each.dts is not None else each.pts or 0) * plan.factor, each.arrival_ns)
            for each in first
            if not each.sound and each.pts is not None
        ]
        if not going_on:
            self._leave_room(seen)
        known = self.clock.connect([(ticks, arrival_ns - self.zero_ns) for ticks, arrival_ns in seen])
        # Set by arrival, a clock that was set too late before puts its packets on what is recorded already: they cannot
        # be kept and count as lost. Where the source's clock went on, it repeats what it has sent.
        self._catching_up = not known[0] if going_on else None
        self._catching_ns = first[0].arrival_ns
        self._aside.clear()
        self._gap = going_on
        self._need_key, self._start_pts = True, None
        self._keys, self._last_key_ns = 0, None
        if self.plan.sound_encoder is not None:
            self.plan.sound_encoder.restart()
        return known

    def _leave_room(self, seen: list[tuple[int, int]]) -> None:
        """Begin the recording's clock so early that nothing is before its zero: HLS gives what was sent seconds ago."""
        rate_hz = self.plan.rate_hz
        fastest_s = min((arrival_ns - self.zero_ns) / 1e9 - ticks / rate_hz for ticks, arrival_ns in seen)
        begins_s = min(ticks for ticks, _ in seen) / rate_hz + fastest_s
        if begins_s < 0:
            self.lead_s = Fraction(math.ceil(1 - begins_s))
            self.zero_ns -= int(self.lead_s) * 1_000_000_000

    def lose(self, *, ended: bool = False) -> None:
        """Something is missing from here on: what is there is written, and the next picture begins a gap. Where the
        recording is ``ended``, what is missing is not lost: nobody wanted it."""
        self._mark_missing(counts=not ended)
        self.flush()
        self._gap = self._gap or self.frames > 0
        self._need_key, self._start_pts = True, None

    def _mark_missing(self, *, counts: bool = True) -> None:
        """Pictures that came ahead of ones that never came: before those frames are missing."""
        for k, missing in self._holes():
            self._pictures[k] = replace(self._pictures[k], flags=self._pictures[k].flags | GAP)
            known = min(missing, self._dropped)  # thrown away and counted already
            self._dropped -= known
            self.lost += missing - known if counts else 0

    def _holes(self) -> list[tuple[int, int]]:
        """The waiting pictures (their places) before which pictures have not come, and how many."""
        if not self.clock.regular:
            return []
        usual = self.clock.interval
        shown = [(picture.pts, k) for k, picture in enumerate(self._pictures)]
        if self._written_until is not None:
            shown.append((self._written_until, -1))
        found = []
        for (before, _), (pts, k) in pairwise(sorted(shown)):
            missing = round((pts - before) / usual) - 1
            if missing > 0 and k >= 0 and not self._pictures[k].flags & GAP:
                found.append((k, missing))
        return found

    # ------------------------------------------------------------------ packets

    def new_parameters(self, incoming: Incoming) -> bool:
        """Whether a key packet brings parameters that this recording was not begun with."""
        if not incoming.key or self.plan.encoded_here or self.plan.source_codec not in ("h264", "hevc"):
            return False
        sets = sequence_sets(self.plan.source_codec, self.plan.source_extradata, incoming.data)
        known = self.plan.source_extradata
        return bool(known) and any(unit not in known for unit in sets)

    def picture(self, incoming: Incoming) -> Verdict:
        """Take a packet of the picture track; what became of it."""
        if incoming.corrupt:
            self._drop(incoming)
            return Verdict.DROP
        if self.plan.encoded_here:
            return self._encode(incoming)
        idr = self.plan.idr(incoming)
        return self._take(incoming, incoming.dts, incoming.pts, self.plan.sample(incoming.data), incoming.key, idr)

    def _drop(self, incoming: Incoming) -> None:
        self.lost += 1
        self._dropped += 1
        self.lose_references(incoming)
        self._need_key = self._need_key or incoming.key

    def lose_references(self, incoming: Incoming) -> None:
        """After a missing packet only a key picture can be trusted, where key pictures come; the next one follows a
        gap."""
        self._gap = self._gap or self.frames > 0 or bool(self._pictures)
        if not incoming.disposable and self._keys > 1 and self._last_key_ns is not None:
            expected = incoming.arrival_ns - self._last_key_ns < _KEYS_EXPECTED_NS
            self._need_key = self._need_key or expected

    def _take(self, incoming: Incoming, dts: int | None, pts: int | None, data: bytes, key: bool, idr: bool) -> Verdict:
        if key:
            self._keys += 1
            self._last_key_ns = incoming.arrival_ns
        if self._catching_up is not None:
            if self._behind(dts if dts is not None else pts):
                self.lost += self._catching_up
                # A clock that was set back meanwhile would never catch up.
                return Verdict.JUMPED if incoming.arrival_ns - self._catching_ns > _CATCHES_UP_NS else Verdict.DROP
            self._catching_up = None
        if self._aside and self._still_behind(incoming, dts if dts is not None else pts):
            return Verdict.JUMPED if incoming.arrival_ns - self._aside[0].arrival_ns > _STREAK_NS else Verdict.DROP
        if self._need_key and not key:
            self.lost += 1 if self._keys else 0  # before the first key of a connection nothing is lost
            self._dropped += 1 if self._keys else 0
            return Verdict.DROP
        factor = self.plan.factor if not self.plan.encoded_here else 1
        dts = None if dts is None else dts * factor
        pts = None if pts is None else pts * factor
        if self._start_pts is not None and pts is not None and not key:
            if pts < self._start_pts:
                return Verdict.DROP  # refers to pictures before the one with which decoding began
            self._start_pts = None  # such pictures come before any that is shown later
        placed = self.clock.place(dts, pts, incoming.arrival_ns - self.zero_ns, after_gap=self._gap)
        if placed.verdict is Verdict.DROP:
            if pts is None:
                self._drop(incoming)
            else:  # in a gap the source may repeat what is recorded already: then nothing is lost
                self._aside, self._aside_counts = [incoming], not self._gap
                self.lose_references(incoming)
        if placed.verdict is not Verdict.TAKE:
            return placed.verdict
        self._cut(placed, key, gap=self._gap)
        if self._need_key and not key:  # the disk refused what this picture refers to
            self.lost += 1
            return Verdict.DROP
        if self._need_key:
            self._need_key, self._start_pts = False, pts
        self.lost += placed.lost
        flags = (KEY if key else 0) | (IDR if idr else 0) | (GAP if self._gap or placed.lost else 0)
        self.gaps += self._gap
        self._gap = False
        source_pts = (incoming.raw_pts if incoming.raw_pts is not None else incoming.pts or 0) * self.plan.factor
        self._dropped = 0
        self._pictures.append(_Picture(placed.dts, placed.pts, data, key, source_pts, incoming.arrival_ns, flags))
        self.first_arrival_ns = self.first_arrival_ns or incoming.arrival_ns
        return Verdict.TAKE

    def _still_behind(self, incoming: Incoming, ticks: int | None) -> bool:
        """Whether packets go on to come with times that are recorded already; they are kept until that is judged."""
        if not self._behind(ticks):
            self.lost += len(self._aside) if self._aside_counts else 0
            self._aside.clear()
            return False
        self._aside.append(incoming)
        return True

    def _behind(self, ticks: int | None) -> bool:
        return ticks is not None and self.clock.behind(ticks * (1 if self.plan.encoded_here else self.plan.factor))

    def set_aside(self) -> list[Incoming]:
        """The packets that were kept because their times seemed wrong: with another clock they are right."""
        aside, self._aside = self._aside, []
        return aside

    def _encode(self, incoming: Incoming) -> Verdict:
        """Decode the packet and record what the encoder makes of it."""
        import av
        from av.video.frame import PictureType

        packet: Any = av.Packet(incoming.data)
        packet.pts, packet.dts = incoming.pts, incoming.dts
        verdict = Verdict.DROP
        try:
            frames = self.plan.decoder.decode(packet)
        except av.FFmpegError:
            self._drop(incoming)
            return verdict
        for frame in frames:
            if frame.pts is None:
                self._drop(incoming)
                continue
            frame.pts *= self.plan.factor
            frame.time_base = Fraction(1, self.plan.rate_hz)
            # where decoding begins anew, a picture that needs no other
            frame.pict_type = PictureType.I if self._need_key else PictureType.NONE
            for coded in self.plan.encoder.encode(frame.reformat(format="yuv420p")):
                data = self.plan.sample(bytes(coded))
                key = coded.is_keyframe
                verdict = self._take(incoming, coded.dts, coded.pts, data, key, key)
                if verdict is Verdict.JUMPED:
                    return verdict
        return verdict

    def hear(self, incoming: Incoming) -> None:
        """Take a packet of the sound track, where the recording has one."""
        rate_hz = self.plan.sound_rate_hz
        if rate_hz is None or incoming.pts is None or incoming.corrupt or self.clock.last_dts is None:
            return
        seconds = incoming.pts * self._sound_base + Fraction(self.clock.shift, self.plan.rate_hz)
        at = round(seconds * rate_hz)
        if self.plan.sound_encoder is not None:
            made = self.plan.sound_encoder.encode(incoming.data, at)
        else:
            made = [(at, 0, without_adts(incoming.data))]
        for begins, samples, data in made:
            if begins > self._sound_ends and begins >= 0:
                self._sound.append((begins, samples, data))
                self._sound_ends = begins

    # ------------------------------------------------------------------ fragments

    def _cut(self, following: Placed, key: bool, *, gap: bool) -> None:
        """Write what waits if the picture that follows begins another fragment.

        No fragment ends between a picture and others that come after it but are shown before it, if that can be:
        where the next fragment is lost, the last picture would otherwise stand behind a hole that nobody noted.
        """
        if not self._pictures:
            return
        age_s = (following.dts - self._pictures[0].dts) / self.plan.rate_hz
        step_s = self.clock.interval / self.plan.rate_hz
        whole = all(picture.pts < following.pts for picture in self._pictures)
        ahead = max(picture.pts - picture.dts for picture in self._pictures) / self.plan.rate_hz
        due = age_s + step_s + 2 * ahead > FRAGMENT_S or (key and age_s >= _SHORTEST_S)
        if gap and key:  # what waits for others waits in vain
            self._mark_missing()
        if gap or (due and whole) or age_s + step_s > FRAGMENT_S:
            self.flush(None if gap else following.dts)

    def flush_old(self, now_ns: int) -> None:
        """Write what waits where nothing follows it in time. A picture that is shown after others that may still come
        waits on: whether those are lost is not known before the source goes on or is lost itself."""
        if not self._pictures or now_ns - self._pictures[0].arrival_ns <= FRAGMENT_S * 1.5e9:
            return
        ahead = min((k for k, _ in self._holes()), default=len(self._pictures))
        if ahead:
            held, self._pictures = self._pictures[ahead:], self._pictures[:ahead]
            self.flush(held[0].dts if held else None)
            if self.halted is None:
                self._pictures = held
            else:
                self.lost += len(held)

    def flush(self, next_dts: int | None = None) -> None:
        """Write what waits as one fragment. Where the disk refuses, ``halted`` says why and the frames are lost."""
        pictures, sound = self._pictures, self._sound
        if not pictures and not sound:
            return
        self._pictures, self._sound = [], []
        end = next_dts if next_dts is not None else (pictures[-1].dts + self.clock.interval if pictures else 0)
        decoded = [*(picture.dts for picture in pictures), end]
        samples = [
            Sample(p.dts, p.pts, max(1, after - p.dts), p.key, p.data)
            for p, after in zip(pictures, decoded[1:], strict=True)
        ]
        usual = sound[-1][0] - sound[-2][0] if len(sound) > 1 else 1024
        heard = [*(at for at, _, _ in sound), sound[-1][0] + (sound[-1][1] or usual) if sound else 0]
        sounds = [
            Sample(at, at, max(1, after - at), True, data)
            for (at, _, data), after in zip(sound, heard[1:], strict=True)
        ]
        try:
            self.recorder.add(samples, [(p.source_pts, p.arrival_ns, p.flags) for p in pictures], sounds)
        except BadFile as fault:
            if self.halted is None:
                self.journal.add("halted", code=fault.name)
            self.halted = fault
            self.lost += len(pictures)
            self._gap, self._need_key, self._start_pts = self.frames > 0, True, None
        else:
            if self.halted is not None:
                self.journal.add("resumed")
            self.halted = None
            if pictures:
                self._written_until = max(picture.pts for picture in pictures)
            if pictures and not self.frames:
                self.first_pts = min(picture.pts for picture in pictures)
            self.frames += len(pictures)

    def finish(self, why: str) -> str:
        """End the recording; the hash of the whole file."""
        self.flush()
        digest = self.recorder.finish()
        self.journal.add("ended", why=why, frames=self.frames, lost=self.lost, gaps=self.gaps, sha256=digest)
        return digest

    def offset_s(self) -> Fraction:
        """What the match's clock shows at the first picture, by the packets that came fastest."""
        first = Fraction(self.first_pts or 0, self.plan.rate_hz) - self.lead_s
        return first + Fraction(round(self.clock.fastest() * 1_000_000), 1_000_000)


def honest_sigma_s(spread_s: float, unknown_s: float) -> float:
    """The standard deviation of an instant that is known by arrival: the arrivals' spread, and the part of the way
    from lens to computer that nobody can see from here."""
    return math.hypot(spread_s, unknown_s)
