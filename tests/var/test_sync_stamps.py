"""Time stamps of sound: clocks that run beside the samples, rounding, jitter; which track and channel is heard."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sync_sounds as sounds

from var.sync import audio
from var.sync.hearing import forget, hear
from var.sync.material import material
from var.sync.model import Status
from var.sync.stamps import FASTEST, RunClock, run_clock

CROWD = sounds.crowd(26, 3)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget()


def frames(seconds: float, rate_hz: int, each: int = 1024) -> list[int]:
    return list(range(0, round(seconds * rate_hz), each))


def rounded(at_s: Fraction, tick_s: Fraction) -> Fraction:
    return round(at_s / tick_s) * tick_s


@pytest.mark.parametrize("rate_hz", [44100, 48000])
def test_ideal_stamps_are_taken_as_they_are(rate_hz: int) -> None:
    places = frames(60, rate_hz)
    at = [Fraction(1, 3) + Fraction(n, rate_hz) for n in places]
    assert run_clock(places, at, rate_hz, Fraction(1, rate_hz)) == RunClock(Fraction(1, 3))
    assert run_clock([0], at[:1], rate_hz, Fraction(1, rate_hz)) == RunClock(Fraction(1, 3))


@pytest.mark.parametrize("ppm", [8, -40, 300])
def test_a_recorder_that_runs_beside_its_stamps_is_measured(ppm: float) -> None:
    places, tick = frames(600, 48000), Fraction(1, 48000)
    at = [rounded(Fraction(n, 48000) * (1 + Fraction(ppm) / 10**6), tick) for n in places]
    found = run_clock(places, at, 48000, tick)
    # Rounding to 21 us, evenly spread, over 28,000 stamps: 6 us / sqrt(28000) is far below a microsecond at either end.
    assert abs(found.pace - 1 - ppm * 1e-6) * 600 < 1e-6
    assert abs(float(found.begins_s)) < 1e-6
    assert found.sigma_s < 1e-6


@pytest.mark.parametrize(
    ("rate_hz", "each", "places_in_a_tick"), [(48000, 1024, 3), (44100, 1024, 441), (48000, 1152, 1)]
)
@pytest.mark.parametrize("start_s", ["0.4331", "0.40017", "7.77777"])
def test_rounding_to_milliseconds_averages_out_as_far_as_it_can(
    rate_hz: int, each: int, places_in_a_tick: int, start_s: str
) -> None:
    places, tick = frames(20, rate_hz, each), Fraction(1, 1000)
    at = [rounded(Fraction(start_s) + Fraction(n, rate_hz), tick) for n in places]
    found = run_clock(places, at, rate_hz, tick)
    # Frames of 64/3 ms meet three places within a millisecond, so a sixth of one stays; those of 24 ms meet one.
    assert abs(float(found.begins_s - Fraction(start_s))) <= 0.5e-3 / places_in_a_tick + 2e-5
    assert found.sigma_s >= 1e-3 / places_in_a_tick / math.sqrt(12)
    assert found.sigma_s < 1e-3 / places_in_a_tick / math.sqrt(12) + 1e-4
    assert found.pace == 1.0


def test_jitter_and_wrong_stamps_move_nothing_and_are_told() -> None:
    rng = np.random.default_rng(1)
    places = frames(60, 48000)
    late = rng.uniform(-2e-3, 2e-3, len(places))
    late[:3] += 4e-3  # a buffer that was full at first
    at = [Fraction(n, 48000) + Fraction(float(off)) for n, off in zip(places, late, strict=True)]
    found = run_clock(places, at, 48000, Fraction(1, 90000))
    ends = [float(found.begins_s) + found.pace * t - t for t in (0.0, 60.0)]
    assert 0 < found.sigma_s < 2e-4  # 1.2 ms over 2800 stamps, doubled at the ends, and as if they were half as many
    assert max(map(abs, ends)) < 3 * found.sigma_s
    assert run_clock(places[:4], at[:4], 48000, Fraction(1, 90000)).pace <= 1 + FASTEST


@pytest.mark.parametrize("ppm", [150.0, 0.0])
def test_the_rate_is_that_of_the_stamps_not_of_the_samples(tmp_path: Path, ppm: float) -> None:
    plain = sounds.write_tracks(tmp_path / "plain.m4a", [CROWD[2 * 16000 : 22 * 16000]], "aac")
    clip = sounds.restamped(plain, tmp_path / "clip.m4a", lambda n, pts: pts * (1 + ppm * 1e-6))
    found = audio.estimate(material(sounds.write_wav(tmp_path / "ref.wav", CROWD)), material(clip))
    assert found.status is Status.OK
    rate = 1 / (1 + ppm * 1e-6)
    for t in (0.0, 20.0):  # by the samples alone the end would be 3 ms off
        error = float(found.offset_s or 0) + float(found.rate or 0) * t - 2.0 - rate * t
        assert abs(error) < 1e-4
    assert found.sigma_s is not None
    assert found.sigma_s < 1e-4


def test_what_rounded_stamps_leave_is_in_sigma(tmp_path: Path) -> None:
    """Matroska, whose milliseconds frames of 24 ms never average."""
    path = sounds.film(tmp_path / "a.mkv", CROWD[: 8 * 16000], 8, codec="mp2", sound_starts_s=0.2004)
    heard = hear(material(path))
    assert heard is not None
    assert heard.sigma_s == pytest.approx(1e-3 / math.sqrt(12), rel=0.01)
    assert hear(material(sounds.write_wav(tmp_path / "a.wav", CROWD))).sigma_s == 0.0  # type: ignore[union-attr]


# ------------------------------------------------------------------ which track, which channel


def test_the_track_with_sound_in_it_is_heard(tmp_path: Path) -> None:
    reference = material(sounds.write_wav(tmp_path / "ref.wav", CROWD))
    cut, rng = CROWD[4 * 16000 : 16 * 16000], np.random.default_rng(1)
    unplugged = 1e-4 * rng.standard_normal(len(cut))  # 60 dB below
    for name, tracks, number in (("a", [unplugged, cut], 1), ("b", [0 * cut, cut], 1), ("c", [cut * 0.1, cut], 0)):
        clip = material(sounds.write_tracks(tmp_path / f"{name}.mka", tracks, "flac"))
        heard = hear(clip)
        assert heard is not None
        assert heard.track == number
        found = audio.estimate(reference, clip)
        assert found.status is Status.OK
        assert float(found.offset_s or 0) == pytest.approx(4.0, abs=1e-3)


@pytest.mark.parametrize(
    ("left", "right", "channel"), [(1.0, -1.0, 0), (0.5, -0.55, 1), (1.0, 0.0, -1), (1.0, 1.0, -1), (1.0, -0.3, -1)]
)
@pytest.mark.parametrize("codec", ["pcm_s16le", "aac"])
def test_channels_that_cancel_each_other_are_not_mixed(
    tmp_path: Path, left: float, right: float, channel: int, codec: str
) -> None:
    cut = CROWD[4 * 16000 : 10 * 16000]
    clip = material(sounds.write_tracks(tmp_path / "a.mov", [np.stack([left * cut, right * cut])], codec))
    heard = hear(clip)
    assert heard is not None
    assert heard.channel == channel
    assert np.nanstd(heard.samples) > 0.2 * cut.std()
