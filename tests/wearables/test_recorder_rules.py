"""The recorder's rules without a radio and without a loop: what is doubled, what is new, which state follows, who comes
next."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import BadValue
from wearables.clock import SessionClock
from wearables.gatt import heart_rate, polar_broadcast
from wearables.gatt.heart_rate import Contact, HeartRateMeasurement
from wearables.gatt.polar_broadcast import PolarBroadcast
from wearables.model import NS_PER_S, EventKind, Frame, Mode, Source, Status, Strap, StrapState
from wearables.radio import Seen
from wearables.recorder.adapters import Places
from wearables.recorder.intake import Counter, Doubles, Intake
from wearables.recorder.limits import Limits
from wearables.recorder.watching import Watch

LIMITS = Limits()
BEAT = heart_rate.encode(HeartRateMeasurement(60, rr_1024=(1024,)))
OTHER = heart_rate.encode(HeartRateMeasurement(61, rr_1024=(1007,)))


def ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)


def doubles(speed: float = 1.0) -> Doubles:
    return Doubles(SessionClock(0, 0, speed), LIMITS, LIMITS.interval_s)


def verdicts(rule: Doubles, frames: Iterable[tuple[float, bytes]]) -> list[bool]:
    return [rule.doubled(data, ns(at_s)) for at_s, data in frames]


# What is doubled


def test_the_same_bytes_at_once_are_doubled_and_a_second_later_they_are_not() -> None:
    frames = [(0, BEAT), (0.001, BEAT), (1, BEAT), (1.0, BEAT), (2, BEAT), (3, OTHER), (3.002, BEAT)]
    assert verdicts(doubles(), frames) == [False, True, False, True, False, False, False]


def test_a_third_delivery_is_doubled_too() -> None:
    assert verdicts(doubles(), [(0, BEAT), (1, BEAT), (1.001, BEAT), (1.002, BEAT)]) == [False, False, True, True]


def test_at_twenty_times_the_speed_two_deliveries_may_lie_further_apart() -> None:
    """5 ms of the host are 100 ms of the session: a busy machine, no strap."""
    frames = [(0, BEAT), (1, BEAT), (1.1, BEAT)]
    assert verdicts(doubles(20.0), frames) == [False, False, True]
    assert verdicts(doubles(1.0), frames) == [False, False, False]


def test_at_no_speed_is_the_window_near_the_second_between_two_frames() -> None:
    assert doubles(1000.0).window_ns == ns(LIMITS.doubled_most_s)
    assert doubles(0.5).window_ns == ns(LIMITS.doubled_s)


def test_equal_frames_that_came_late_together_count() -> None:
    """The host, or the link, stood still for four seconds; then four frames of a calm heart came at once."""
    frames = [(0, BEAT), (1, BEAT), (5, BEAT), (5.001, BEAT), (5.002, BEAT), (5.003, BEAT), (5.004, BEAT)]
    assert verdicts(doubles(), frames) == [False, False, False, False, False, False, True]


def test_after_a_silence_too_short_for_two_the_second_is_doubled() -> None:
    assert verdicts(doubles(), [(0, BEAT), (1, BEAT), (2.7, BEAT), (2.701, BEAT)]) == [False, False, False, True]


def test_the_interval_is_learnt() -> None:
    """A strap that sends twice a second: half a second of silence holds one frame, a whole one holds two."""
    rule = doubles()
    assert not any(verdicts(rule, [(k * 0.5, BEAT) for k in range(60)]))
    assert rule.interval_ns == pytest.approx(ns(0.5), rel=0.05)
    assert verdicts(rule, [(30.5, BEAT), (30.501, BEAT), (31.5, BEAT), (31.501, BEAT)]) == [False, False, False, False]
    assert verdicts(rule, [(32.0, BEAT), (32.001, BEAT)]) == [False, True]


def test_a_new_link_begins_anew() -> None:
    rule = doubles()
    assert not rule.doubled(BEAT, 0)
    rule.begin()
    assert not rule.doubled(BEAT, ns(0.001)), "another link's frame"
    assert rule.doubled(BEAT, ns(0.002))


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.8, 1.2), st.booleans()), min_size=1, max_size=40), st.sampled_from([1.0, 20.0]))
def test_no_beat_of_a_strap_is_ever_thrown_away_and_every_copy_at_once_is(
    beats: list[tuple[float, bool]], speed: float
) -> None:
    rule, at_s, told, wanted = doubles(speed), 0.0, [], []
    for gap_s, twice in beats:
        at_s += gap_s
        told.append(rule.doubled(BEAT, ns(at_s)))
        wanted.append(False)
        if twice:
            told.append(rule.doubled(BEAT, ns(at_s + 0.0005 * speed)))
            wanted.append(True)
    assert told == wanted


# Intake


class Sheet(list[Frame]):
    """Frames that were kept."""


def intake() -> tuple[Intake, Sheet]:
    sheet = Sheet()
    return Intake(4, SessionClock(0, 1_000_000), LIMITS, sheet.append), sheet


@pytest.mark.parametrize(
    ("told", "contact", "bpm"),
    [
        (HeartRateMeasurement(72), True, 72),
        (HeartRateMeasurement(72, Contact.DETECTED), True, 72),
        (HeartRateMeasurement(72, Contact.NOT_DETECTED), False, None),
        (HeartRateMeasurement(0), False, None),
        (HeartRateMeasurement(0, Contact.DETECTED), False, None),
    ],
)
def test_contact_not_supported_is_not_contact_lost(told: HeartRateMeasurement, contact: bool, bpm: int | None) -> None:
    box, sheet = intake()
    reading = box.heart_rate(heart_rate.encode(told), ns(2))
    assert (reading.contact, reading.frame.bpm, reading.frame.status) == (contact, bpm, Status.OK)
    assert sheet == [Frame(4, ns(2), 3_000_000, Source.HEART_RATE, heart_rate.encode(told), Status.OK, bpm)]


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01\x48", b"\x08\x48\x01"])
def test_bytes_that_are_no_packet_are_kept_and_say_nothing(data: bytes) -> None:
    box, sheet = intake()
    reading = box.heart_rate(data, 0)
    assert (reading.frame.status, reading.frame.bpm) == (Status.REFUSED, None)
    assert box.battery(b"\x65", 0) is None
    assert box.battery(b"", 0) is None
    assert [frame.status for frame in sheet] == [Status.REFUSED] * 3
    assert [frame.data for frame in sheet] == [data, b"\x65", b""]


def test_a_battery_that_is_read_and_notified_at_once_is_kept_twice_and_flagged() -> None:
    box, sheet = intake()
    assert [box.battery(b"\x40", ns(600)), box.battery(b"\x40", ns(600.001)), box.battery(b"\x40", ns(1200))] == [
        64
    ] * 3
    assert [frame.status for frame in sheet] == [Status.OK, Status.DOUBLED, Status.OK]


def broadcast(counter: int, hr: int = 60, **more: bool) -> dict[int, bytes]:
    told = PolarBroadcast(hr, counter=counter, fast_hr_bpm=hr, **({"contact": True} | more))
    return {polar_broadcast.COMPANY: polar_broadcast.encode(told)}


def test_a_strap_that_is_heard_once_in_eight_seconds_is_heard_where_its_rate_changed() -> None:
    box, _ = intake()
    heard = [box.broadcast(broadcast(3, hr), "hci0", ns(8 * k)) for k, hr in enumerate((60, 61, 61, 64))]
    assert [each is not None for each in heard] == [True, True, False, True]
    assert box.broadcast(broadcast(3, 65), "hci1", ns(24.5)) is None, "the same reading, through another adapter"


def test_a_broadcast_is_new_when_its_counter_moved() -> None:
    box, sheet = intake()
    heard = [box.broadcast(broadcast(counter), "hci0", ns(k)) for k, counter in enumerate((1, 1, 2, 2, 4, 7, 0, 0))]
    assert [one is not None for one in heard] == [True, False, True, False, True, True, True, False]
    assert {frame.source for frame in sheet} == {Source.POLAR}
    assert [frame.bpm for frame in sheet] == [60] * 5


def test_a_second_adapter_that_lags_brings_nothing_new() -> None:
    counter = Counter()
    assert counter.moved(3, "hci0", ns(1.0))
    assert not counter.moved(3, "hci1", ns(1.1))
    assert counter.moved(4, "hci1", ns(2.0))
    assert not counter.moved(3, "hci0", ns(2.1)), "an older one, handed over late"
    assert counter.moved(5, "hci0", ns(3.0))
    assert counter.moved(4, "hci0", ns(10.0)), "seven updates later"


def test_other_advertisements_and_rubbish_are_no_rates() -> None:
    box, sheet = intake()
    assert box.broadcast({}, "hci0", 0) is None
    assert box.broadcast({0x004C: b"\x02\x15"}, "hci0", 0) is None
    assert box.broadcast({polar_broadcast.COMPANY: bytes.fromhex("72067f4437000000")}, "hci0", 0) is None, "not worn"
    refused = box.broadcast({polar_broadcast.COMPANY: b"\x01"}, "hci0", 0)
    assert refused is not None
    assert refused.frame.status is Status.REFUSED
    assert box.broadcast({polar_broadcast.COMPANY: b"\x01"}, "hci0", 1) is None, "kept once"
    assert len(sheet) == 1


def test_a_broadcast_without_contact_or_rate_says_no_rate() -> None:
    box, _ = intake()
    for k, more in enumerate(({"contact": False}, {"hr": 0})):
        reading = box.broadcast(broadcast(k, **more), "hci0", ns(k))  # type: ignore[arg-type]
        assert reading is not None
        assert (reading.contact, reading.frame.bpm) == (False, None)


# States


def watch(mode: Mode = Mode.AUTO, address: str = "AA:BB:CC:00:00:01") -> Watch:
    return Watch(Strap(1, address, mode=mode), LIMITS)


def seen(rssi_dbm: int = -60, adapter: str = "hci0", address: str = "aa:bb:cc:00:00:01") -> Seen:
    return Seen(address, None, rssi_dbm, adapter)


def test_the_life_of_a_strap() -> None:
    one = watch()
    assert one.judge(0) == (StrapState.SCANNING, None)
    one.begin_attempt("hci0")
    assert one.judge(ns(1)) == (StrapState.CONNECTING, None)
    one.link(ns(2))
    assert one.judge(ns(3)) == (StrapState.CONNECTING, "first_frame")
    assert one.judge(ns(7.1)) == (StrapState.STALE, "silent")
    one.hear(ns(8), True)
    assert one.judge(ns(8)) == (StrapState.LIVE, None)
    one.hear(ns(9), False)
    assert one.judge(ns(13)) == (StrapState.NO_CONTACT, None)
    assert one.judge(ns(14.1)) == (StrapState.STALE, "silent")
    one.refused_ns = ns(14)
    assert one.judge(ns(14.1)) == (StrapState.STALE, "bad_frames")
    one.unlink(ns(15), "link_lost")
    assert one.judge(ns(15)) == (StrapState.LOST, "link_lost")
    one.leave()
    assert one.judge(ns(75)) == (StrapState.LOST, "link_lost")
    assert one.judge(ns(75.1)) == (StrapState.SCANNING, None)


def test_a_broadcast_shows_while_a_link_is_being_made_and_grows_old() -> None:
    one = watch()
    one.hear_broadcast(ns(1), True)
    one.begin_attempt("hci0")
    assert one.judge(ns(2)) == (StrapState.BROADCAST_ONLY, None)
    one.leave()
    assert one.judge(ns(6.1)) == (StrapState.STALE, "broadcast_silent")
    assert one.judge(ns(31.1)) == (StrapState.SCANNING, None)
    one.hear_broadcast(ns(40), False)
    assert one.judge(ns(41)) == (StrapState.NO_CONTACT, "broadcast")


def test_patience_with_a_silent_strap_doubles_and_a_held_up_host_is_no_silence() -> None:
    one = watch()
    one.begin_attempt("hci0")
    one.link(0)
    assert not one.outworn(ns(5), 1.0)
    assert one.outworn(ns(5.1), 1.0)
    one.silences = 2
    assert not one.outworn(ns(20), 1.0)
    assert one.outworn(ns(20.1), 1.0)
    one.silences = 50
    assert one.outworn(ns(60.1), 1.0)
    one.silences = 0
    assert not one.outworn(ns(19), 20.0), "a second of the host at least"
    assert one.outworn(ns(20.1), 20.0)
    one.excuse(ns(20))
    assert not one.outworn(ns(25), 1.0)
    assert one.judge(ns(25))[0] is StrapState.STALE, "but what is old is stale"
    one.hear(ns(26), True)
    assert one.silences == one.failures == 0


def test_a_strap_is_known_by_its_address_or_its_name() -> None:
    assert watch().matches(seen())
    named = watch(address="NAME: polar h10 ABC ")
    assert named.address is None
    assert not named.matches(seen())
    assert named.matches(Seen("X", "Polar H10 abc", None, "hci0"))
    assert not named.matches(Seen("X", "Polar H10 abcd", None, "hci0"))


def test_a_percentage_outweighs_the_bit_of_a_broadcast() -> None:
    one = watch()
    one.low_by_bit = True
    assert not one.low, "set from the beginning, as in broadcasts of healthy straps"
    one.bit_was_clear = True
    assert one.low
    one.percent = 80
    assert not one.low
    one.low_by_percent = True
    assert one.low


def test_a_reason_alone_is_told_only_where_there_is_no_room() -> None:
    one = watch()
    one.saw(seen(), 0)
    assert one.changed(0, lambda at: at) is None
    one.no_room = True
    event = one.changed(ns(1), lambda at: at)
    assert event is not None
    assert (event.kind, event.detail) == (EventKind.STATE, {"state": "scanning", "reason": "no_room"})
    assert one.changed(ns(2), lambda at: at) is None


# Who comes next


def squad(count: int, at_s: float = 0.0, modes: dict[int, Mode] | None = None) -> list[Watch]:
    found = []
    for number in range(1, count + 1):
        one = Watch(Strap(number, f"AA:00:00:00:00:{number:02X}", mode=(modes or {}).get(number, Mode.AUTO)), LIMITS)
        one.saw(seen(), ns(at_s))
        one.waiting_ns = number
        found.append(one)
    return found


def test_one_attempt_an_adapter_and_no_more_than_it_holds() -> None:
    places = Places(Limits(connections=2))
    places.bring(["hci0"])
    four = squad(4)
    for number in (1, 2):
        dealt = places.deal(four, ns(1))
        assert [(one.strap.number, adapter.name) for one, adapter in dealt] == [(number, "hci0")]
        one, adapter = dealt[0]
        one.begin_attempt(adapter.name)
        assert places.deal(four, ns(1)) == [], "it is busy"
        places.attempted(one, adapter, linked=True)
    assert places.deal(four, ns(1)) == []
    assert [one.no_room for one in four] == [False, False, True, True]
    places.leave(four[0], places.adapters["hci0"])
    assert [one.strap.number for one, _ in places.deal(four[1:], ns(1))] == [3]


def test_who_must_be_connected_comes_first_then_who_cannot_be_heard_otherwise() -> None:
    places = Places(LIMITS)
    places.bring(["hci0"])
    three = squad(3, modes={3: Mode.CONNECT})
    three[0].hear_broadcast(ns(0.5), True)
    order = []
    for _ in range(3):
        (one, adapter), *_ = places.deal(three, ns(1))
        one.begin_attempt(adapter.name)
        places.attempted(one, adapter, linked=True)
        order.append(one.strap.number)
    assert order == [3, 2, 1]


def test_who_was_not_seen_lately_or_waits_or_is_only_heard_is_passed_over() -> None:
    places = Places(LIMITS)
    places.bring(["hci0"])
    old, waiting, heard = squad(3, modes={3: Mode.BROADCAST})
    waiting.not_before_ns = ns(10)
    old.saw(seen(), 0)
    waiting.saw(seen(), ns(6))
    heard.saw(seen(), ns(6))
    assert places.deal([old, waiting, heard], ns(6)) == []


def test_straps_spread_over_adapters_by_their_share_then_by_strength() -> None:
    places = Places(Limits(connections_of={"hci0": 4, "hci1": 2}))
    places.bring(["hci0", "hci1"])
    six = squad(6)
    for one in six:
        one.saw(seen(-40, "hci1"), 0)
    taken = []
    for _ in range(6):
        for one, adapter in places.deal(six, ns(1)):
            one.begin_attempt(adapter.name)
            places.attempted(one, adapter, linked=True)
            taken.append(adapter.name)
    assert (taken.count("hci0"), taken.count("hci1")) == (4, 2)
    assert taken[0] == "hci1", "the one that hears it better"


def test_an_adapter_is_full_where_two_in_range_fail_and_only_for_a_while() -> None:
    places = Places(LIMITS)
    places.bring(["hci0"])
    four = squad(4)
    adapter = places.adapters["hci0"]
    adapter.held = {4}
    for one in four[:2]:
        adapter.held.add(one.strap.number)
        places.attempted(one, adapter, linked=False)
        places.leave(one, adapter)
    assert adapter.room(ns(1)) > 0, "they may be out of range"
    places.seen(four[0], "hci0", ns(1))
    places.seen(four[0], "hci0", ns(1))
    assert adapter.room(ns(1)) > 0, "one that fails may be that one's fault"
    places.seen(four[1], "hci0", ns(1))
    assert adapter.room(ns(1)) == 0
    assert places.deal(four[:3], ns(2)) == []
    assert adapter.room(ns(1 + LIMITS.full_s)) > 0
    adapter.failed.add(9)
    places.attempted(four[2], adapter, linked=True)
    assert not adapter.failed


def test_adapters_come_and_go() -> None:
    places = Places(LIMITS)
    assert places.bring(["hci0", "hci1"]) == (["hci0", "hci1"], [])
    kept = places.adapters["hci1"]
    assert places.bring(["hci1", "hci2"]) == (["hci2"], ["hci0"])
    assert places.adapters["hci1"] is kept


def test_limits_are_above_nothing() -> None:
    assert Limits(connections_of={"hci3": 14}).of("hci3") == 14
    assert Limits(connections=5).of("hci0") == 5
    for wrong in ({"stale_s": 0.0}, {"connections": -1}, {"connections_of": {"hci0": 0}}):
        with pytest.raises(BadValue):
            Limits(**wrong)  # type: ignore[arg-type]
