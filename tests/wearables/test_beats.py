"""The beat clock: counted, not read; never across a gap; per athlete over straps that are swapped."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.measure import RR_TICKS_PER_S
from wearables.beats import RESYNC_NS, Beat, athlete_beats, beats, rr_ns
from wearables.gatt.heart_rate import Contact, HeartRateMeasurement, encode
from wearables.model import NS_PER_S, Frame, Mark, MarkKind, Source, Status
from wearables.simulated_heart import Heart
from wearables.worn import Worn


def sent(at_s: float, *rr: int, strap: int = 1, bpm: int = 60, contact: Contact = Contact.DETECTED) -> Frame:
    data = encode(HeartRateMeasurement(bpm, contact, rr_1024=rr))
    return Frame(strap, round(at_s * NS_PER_S), 0, Source.HEART_RATE, data, bpm=bpm or None)


def assign(number: int, at_s: float, strap: int, athlete_id: str | None) -> Mark:
    detail = {"strap": strap, "athlete_id": athlete_id}
    return Mark(number, MarkKind.ASSIGN, round(at_s * NS_PER_S), 0, "", detail)


def runs(found: list[Beat]) -> list[list[Beat]]:
    """The beats between gaps."""
    parts: list[list[Beat]] = []
    for beat in found:
        if beat.after_gap:
            parts.append([])
        parts[-1].append(beat)
    return parts


def test_the_last_beat_of_the_first_frame_came_with_it_and_the_others_are_counted() -> None:
    found = list(beats([sent(10, 1024, 512), sent(11.3, 1024), sent(12.1)]))
    assert [(beat.at_ns / NS_PER_S, beat.rr_1024, beat.after_gap) for beat in found] == [
        (9.5, 1024, True),
        (10.0, 512, False),
        (11.0, 1024, False),
    ]


def test_a_silence_is_a_gap_and_nothing_is_made_up_for_it() -> None:
    found = list(beats([sent(k, 1024) for k in (1, 2, 3, 9, 10)]))
    assert [beat.at_ns // NS_PER_S for beat in found] == [1, 2, 3, 9, 10]
    assert [beat.after_gap for beat in found] == [True, False, False, True, False]


def test_lost_contact_bad_frames_and_doubled_ones_give_no_beats() -> None:
    doubled = sent(2.001, 1024)
    frames = [
        sent(1, 1024),
        sent(2, 1024),
        Frame(1, doubled.at_ns, 0, Source.HEART_RATE, doubled.data, Status.DOUBLED),
        Frame(1, 3 * NS_PER_S, 0, Source.HEART_RATE, b"\x01", Status.REFUSED),
        Frame(1, 3 * NS_PER_S, 0, Source.POLAR, b"\x3e\x00\x48\x48", bpm=72),
        sent(3, 1024, bpm=0),
        sent(3.5, 1024, contact=Contact.NOT_DETECTED),
        sent(4, 1024),
    ]
    found = list(beats(frames))
    assert [(beat.at_ns // NS_PER_S, beat.after_gap) for beat in found] == [(1, True), (2, False), (4, True)]


def test_a_swap_of_straps_follows_the_athlete_and_is_a_gap() -> None:
    worn = Worn([assign(1, 0, 1, "ann"), assign(2, 0, 2, "bo"), assign(3, 10, 1, "bo"), assign(4, 10, 2, "ann")])
    frames = [sent(k + 0.1 * strap, 1000 + strap, strap=strap) for k in range(1, 20) for strap in (1, 2)]
    for athlete_id, first, second in (("ann", 1, 2), ("bo", 2, 1)):
        found = list(athlete_beats(frames, worn, athlete_id))
        assert {beat.strap for beat in found if beat.at_ns < 9.5 * NS_PER_S} == {first}
        assert {beat.strap for beat in found if beat.at_ns > 10.5 * NS_PER_S} == {second}
        assert [beat.strap for beat in found if beat.after_gap] == [first, second]
        assert all(beat.rr_1024 == 1000 + beat.strap for beat in found)


def test_who_gets_another_strap_has_put_off_the_one_before_and_an_undo_brings_it_back() -> None:
    marks = [assign(1, 0, 1, "ann"), assign(2, 5, 2, "ann")]
    assert Worn(marks).last() == {2: "ann"}
    undo = Mark(3, MarkKind.UNDO, 6 * NS_PER_S, 0, "", {"mark": 2})
    assert Worn([*marks, undo]).last() == {1: "ann"}
    again = Mark(4, MarkKind.UNDO, 7 * NS_PER_S, 0, "", {"mark": 3})
    assert Worn([*marks, undo, again]).last() == {2: "ann"}
    worn = Worn([*marks, assign(5, 8, 2, None)])
    assert [worn.athlete_at(2, round(at_s * NS_PER_S)) for at_s in (4, 5, 7.9, 8)] == [None, "ann", "ann", None]
    assert worn.athlete_at(3, 0) is None


FRAMES = st.lists(
    st.tuples(st.floats(0.05, 8), st.lists(st.integers(300, 2000), max_size=4), st.integers(1, 2)), max_size=40
)


@settings(max_examples=200, deadline=None)
@given(FRAMES)
def test_between_gaps_times_are_sums_of_intervals_exactly_and_never_go_back(
    told: list[tuple[float, list[int], int]],
) -> None:
    at_s, frames = 0.0, []
    for wait_s, rr, strap in told:
        at_s += wait_s
        frames.append(sent(at_s, *rr, strap=strap))
    found = list(beats(frames))
    assert [beat.at_ns for beat in found] == sorted({beat.at_ns for beat in found})
    for run in runs(found):
        assert len({beat.strap for beat in run}) == 1
        zero_ns = run[0].at_ns
        ticks = 0
        for beat in run[1:]:
            ticks += beat.rr_1024
            assert abs(beat.at_ns - zero_ns - rr_ns(ticks)) <= 1  # two roundings of half a nanosecond
    sources = [value for _, rr, _ in told for value in rr]
    remaining = iter(sources)
    assert all(beat.rr_1024 in remaining for beat in found)  # in their order, none twice, none that was not sent


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(-0.15, 0.4), min_size=60, max_size=60))
def test_a_strap_that_is_heard_all_the_time_has_one_run_however_late_frames_come(
    seed: int, late_s: list[float]
) -> None:
    heart = Heart(f"{seed}")
    frames = []
    for second, late in enumerate(late_s, 1):
        rr = [value for _, value in heart.beats(float(second))]
        frames.append(sent(second + late, *rr, bpm=heart.rate_bpm))
    frames.sort(key=lambda frame: frame.at_ns)
    found = list(beats(frames))
    assert len(runs(found)) == 1
    assert RESYNC_NS == 2 * NS_PER_S
    assert abs(found[-1].at_ns / NS_PER_S - 60) < 3
    assert sum(beat.rr_1024 for beat in found) / RR_TICKS_PER_S < 61
