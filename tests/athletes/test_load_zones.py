"""Five methods of zones, by sport and by day; five floors for the live wall; what is missing is named."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athletes.model import Athlete, Channel, Recording, Series, Session, Sex, ZoneMethod, ZoneSetting
from athletes.report import look_at, report
from athletes.zone_words import zone_word
from athletes.zones import limits_on, live_floors, time_in_zones, why_no_zones, zones_for, zones_of
from touchline.origin import Origin
from wearables.model import Profile

FULL = ZoneSetting(
    None,
    ZoneMethod.HR_MAX,
    hr_max_bpm=200,
    hr_rest_bpm=50,
    threshold_bpm=170,
    vt1_bpm=140,
    vt2_bpm=170,
    own_bpm=(100, 125, 150, 175),
)


def by(method: ZoneMethod, sport: str | None = None) -> tuple[tuple[float, ...], tuple[str, ...]] | None:
    zones = zones_for(ZoneSetting(None, method, *(getattr(FULL, name) for name in FULL.__slots__[2:])), sport=sport)
    return None if zones is None else (zones.lower_bpm, zones.names)


def test_bounds_of_the_five_methods() -> None:
    assert by(ZoneMethod.HR_MAX) == ((100, 120, 140, 160, 180), ("1", "2", "3", "4", "5"))
    assert by(ZoneMethod.RESERVE) == ((125, 140, 155, 170, 185), ("1", "2", "3", "4", "5"))
    running = by(ZoneMethod.THRESHOLD, "running")
    assert running is not None
    assert running[0] == pytest.approx((20, 144.5, 153, 161.5, 170, 175.1, 180.2))
    assert running[1] == ("1", "2", "3", "4", "5a", "5b", "5c")
    cycling = by(ZoneMethod.THRESHOLD, "cycling")
    assert cycling is not None
    assert cycling[0] == pytest.approx((20, 137.7, 153, 159.8, 170, 175.1, 180.2))
    assert by(ZoneMethod.VENTILATORY) == ((20, 140, 170), ("1", "2", "3"))
    assert by(ZoneMethod.OWN) == ((100, 125, 150, 175), ("1", "2", "3", "4"))


@pytest.mark.parametrize(
    ("setting", "sport", "code"),
    [
        (ZoneSetting(), None, "no_hr_max"),
        (ZoneSetting(None, ZoneMethod.RESERVE, 190), None, "no_hr_rest"),
        (ZoneSetting(None, ZoneMethod.THRESHOLD, 190), "running", "no_threshold"),
        (ZoneSetting(None, ZoneMethod.THRESHOLD, threshold_bpm=170), "swimming", "no_table_for_sport"),
        (ZoneSetting(None, ZoneMethod.THRESHOLD, threshold_bpm=170), None, "no_table_for_sport"),
        (ZoneSetting(None, ZoneMethod.VENTILATORY, vt1_bpm=140), None, "no_ventilatory"),
        (ZoneSetting(None, ZoneMethod.OWN), None, "no_own_bounds"),
    ],
)
def test_what_a_method_lacks_is_named(setting: ZoneSetting, sport: str | None, code: str) -> None:
    limits = limits_on(Athlete("a", "An", zone_settings=(setting,)), date(2026, 1, 1), sport)
    assert why_no_zones(limits) == code
    assert zones_of(limits) is None


def test_a_resting_rate_over_an_estimated_maximum_has_no_zones_but_a_reason() -> None:
    old = Athlete("a", "An", None, 1930, (ZoneSetting(None, ZoneMethod.RESERVE, hr_rest_bpm=150),))
    assert why_no_zones(limits_on(old, date(2026, 1, 1))) == "rest_above_max"


def test_zones_are_those_of_the_day_and_of_the_sport() -> None:
    athlete = Athlete(
        "a",
        "An",
        Sex.FEMALE,
        zone_settings=(
            ZoneSetting(None, ZoneMethod.HR_MAX, 200),
            ZoneSetting(date(2026, 3, 1), ZoneMethod.HR_MAX, 190),
            ZoneSetting(date(2026, 2, 1), ZoneMethod.THRESHOLD, 180, sport="cycling", threshold_bpm=160),
        ),
        birth_date=date(2000, 6, 1),
    )

    def floor(day: date, sport: str | None) -> float:
        zones = zones_of(limits_on(athlete, day, sport))
        assert zones is not None
        return zones.lower_bpm[1]

    assert floor(date(2026, 2, 28), "running") == 120
    assert floor(date(2026, 3, 1), "running") == pytest.approx(114)
    assert floor(date(2026, 3, 1), "cycling") == pytest.approx(0.81 * 160)


def test_a_birthday_changes_an_estimated_maximum() -> None:
    athlete = Athlete("a", "An", birth_date=date(2000, 6, 1))
    before, after = (limits_on(athlete, day) for day in (date(2026, 5, 31), date(2026, 6, 1)))
    assert (before.hr_max_bpm, after.hr_max_bpm) == (pytest.approx(190.5), pytest.approx(189.8))
    assert before.hr_max_estimated
    assert limits_on(athlete, None).hr_max_bpm is None


@pytest.mark.parametrize("sport", [None, "running"])
@pytest.mark.parametrize("method", list(ZoneMethod))
def test_the_live_wall_has_five_rising_floors(method: ZoneMethod, sport: str | None) -> None:
    setting = ZoneSetting(None, method, *(getattr(FULL, name) for name in FULL.__slots__[2:]))
    limits = limits_on(Athlete("a", "An", Sex.MALE, 2001, (setting,)), date(2026, 5, 1), sport)
    floors = live_floors(zones_of(limits), limits.hr_max_bpm)
    assert floors is not None
    assert Profile("a", "An", hr_max_bpm=limits.hr_max_bpm, floors_bpm=floors).floors_bpm == floors  # refuses others


def test_friels_zones_on_the_wall_and_nobody_known() -> None:
    zones = zones_for(ZoneSetting(None, ZoneMethod.THRESHOLD, threshold_bpm=170), sport="running")
    assert live_floors(zones, None) == pytest.approx((20, 144.5, 153, 161.5, 170))
    assert live_floors(None, None) is None


@pytest.mark.parametrize(
    ("setting", "key", "told"),
    [
        (ZoneSetting(None, ZoneMethod.VENTILATORY, vt1_bpm=140, vt2_bpm=168), "most", {"zone_name": "2"}),
        (ZoneSetting(None, ZoneMethod.OWN, own_bpm=(170.0, 180.0)), "most", {"zone": 0}),
        (ZoneSetting(None, ZoneMethod.THRESHOLD, threshold_bpm=180), "easy", {"zone_name": "1"}),
    ],
)
def test_the_first_sentence_names_zones_that_there_are(setting: ZoneSetting, key: str, told: dict[str, object]) -> None:
    pulse = Series(Channel.HEART_RATE, np.arange(100, dtype=np.int64) * 1000, np.full(100, 150.0))
    recording = Recording("csv", (pulse,), datetime(2026, 5, 1, tzinfo=UTC), "running")
    session = Session("s", "Buổi", "a.csv", "ab" * 32, Origin.SIMULATED, recording, "a")
    found = report(session, Athlete("a", "An", zone_settings=(setting,)))
    assert found is not None
    sentence = look_at(found)
    assert (sentence.key, dict(sentence.params)) == (key, {**told, "percent": 100.0})


def test_names_and_shades() -> None:
    friel = zones_for(ZoneSetting(None, ZoneMethod.THRESHOLD, threshold_bpm=170), sport="running")
    three = zones_for(ZoneSetting(None, ZoneMethod.VENTILATORY, vt1_bpm=140, vt2_bpm=170))
    assert friel is not None
    assert three is not None
    assert (zone_word(friel, 5, "vi"), zone_word(friel, 7, "en"), zone_word(friel, 0, "en")) == (
        "Vùng 5a", "Zone 5c", "Below zone 1"
    )  # fmt: skip
    assert [friel.shade(number) for number in range(8)] == [0, 1, 2, 3, 4, 5, 5, 5]
    assert [three.shade(number) for number in range(4)] == [0, 1, 3, 5]
    assert friel.open_below
    assert not zones_for(ZoneSetting(hr_max_bpm=190)).open_below  # type: ignore[union-attr]


@settings(max_examples=60)
@given(
    st.sampled_from(list(ZoneMethod)),
    st.lists(
        st.tuples(st.floats(0.2, 9.0), st.one_of(st.just(float("nan")), st.floats(20, 230))), min_size=2, max_size=50
    ),
)
def test_the_time_in_all_zones_and_the_unknown_is_the_whole(
    method: ZoneMethod, samples: list[tuple[float, float]]
) -> None:
    setting = ZoneSetting(None, method, *(getattr(FULL, name) for name in FULL.__slots__[2:]))
    zones = zones_for(setting, sport="running")
    assert zones is not None
    ticks = np.cumsum([round(1000 * step) for step, _ in samples])
    series = Series(Channel.HEART_RATE, ticks - ticks[0], np.array([rate for _, rate in samples]))
    times = time_in_zones(series, zones)
    assert len(times.seconds) == len(zones.names) + 1
    assert sum(times.seconds) + times.unknown_s == pytest.approx(series.seconds[-1], abs=1e-6)
    if zones.open_below:
        assert times.seconds[0] == 0
    for bound, number in zip(zones.lower_bpm, range(1, 9), strict=False):
        assert zones.numbers(np.array([bound, bound - 0.01])).tolist() == [number, number - 1]
