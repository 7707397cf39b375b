"""One and the same signal, or what two microphones heard: decided over the whole overlap, pauses included."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sync_sounds as sounds

from var.sync import audio, clap
from var.sync.distance import APART_M, sound_mps
from var.sync.hearing import Hearing, forget
from var.sync.likeness import SAME, likenesses, one_signal
from var.sync.material import material
from var.sync.model import Status

SPEECH = sounds.crowd(30, 1)
# Breath between words, 46 dB down, a second in every four.
SPEECH *= np.where(np.arange(len(SPEECH)) % 64000 < 16000, 0.005, 1.0)
CLAPS = (3.2, 7.9, 13.3, 21.1)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget()


def hearing(sound: Any, start_s: float = 0.0) -> Hearing:
    return Hearing(np.asarray(sound, np.float32), Fraction(start_s), 16000)


def test_claps_at_two_places_are_not_one_signal_however_alike_they_sound(tmp_path: Path) -> None:
    late_s = 50 / sound_mps()  # the clip's camera stands 50 m farther from the hands
    made = sounds.claps(30, CLAPS, 1)
    rng = np.random.default_rng(2)
    first = made + 0.003 * rng.standard_normal(len(made))
    second = sounds.heard(made, 3.0 - late_s, 26) * 0.6
    second += 0.003 * rng.standard_normal(len(second))
    pair = [material(sounds.write_wav(tmp_path / f"{k}.wav", each)) for k, each in enumerate((first, second))]
    found = clap.estimate(*pair)
    assert found.facts["likeness"] > SAME  # the claps themselves, which is what the doubt must not be decided by
    assert (found.status, found.reason) == (Status.WEAK, "distance_unknown")
    # Evenly likely up to 100 m in either direction.
    assert found.sigma_s == pytest.approx(APART_M / sound_mps() / np.sqrt(3), rel=1e-3)
    assert abs(abs(float(found.offset_s or 0) - 3.0) - late_s) < 1e-3
    assert clap.estimate(*pair, apart_m=0.0).status is Status.OK


@pytest.mark.parametrize(("name", "codec", "bit_rate"), [("a.m4a", "aac", 64000), ("a.mp3", "libmp3lame", 64000)])
def test_a_cut_that_was_coded_again_is_one_signal(tmp_path: Path, name: str, codec: str, bit_rate: int) -> None:
    cut = SPEECH[round(2.5 * 16000) : round(22.5 * 16000)]
    pair = (
        material(sounds.write_wav(tmp_path / "whole.wav", SPEECH)),
        material(sounds.write_tracks(tmp_path / name, [cut], codec, bit_rate=bit_rate)),
    )
    found = audio.estimate(*pair)
    assert (found.status, found.facts["distance"]) == (Status.OK, "same_sound")
    # A codec's delay is known to a sample of 48 kHz, 21 us.
    assert abs(float(found.offset_s or 0) - 2.5) < 1e-4
    assert found.sigma_s is not None
    assert found.sigma_s < 1e-4


def test_two_microphones_differ_in_their_pauses() -> None:
    own = [sounds.crowd(30, 50 + k, whistles=False) * 0.01 for k in (0, 1)]  # 20 dB below, but above what is in pauses
    pair = hearing(SPEECH + own[0]), hearing(SPEECH + own[1])
    found = likenesses(*pair, 0.0, 0.0)
    assert np.median(found) > SAME  # most of the time one loudspeaker is all that either hears
    assert not one_signal(*pair, 0.0, 0.0)
    assert one_signal(hearing(SPEECH), hearing(SPEECH), 0.0, 0.0)


def test_a_drift_and_a_part_of_a_sample_do_not_make_two_of_one() -> None:
    second = sounds.heard(SPEECH, 4.00002, 20, rate=1 + 80e-6)
    assert one_signal(hearing(SPEECH), hearing(second), 4.00002, 80e-6)
    # 80 ppm over 20 s are 1.6 ms, a whole period at 600 Hz: by a wrong drift they are not alike.
    assert not one_signal(hearing(SPEECH), hearing(second), 4.00002, 0.0)


def test_digital_silence_says_nothing() -> None:
    muted = SPEECH * (np.arange(len(SPEECH)) % 64000 >= 24000)
    assert one_signal(hearing(muted), hearing(muted), 0.0, 0.0)
    hiss = 1e-3 * np.random.default_rng(1).standard_normal(len(muted))
    assert not one_signal(hearing(muted), hearing(muted + hiss), 0.0, 0.0)
    # Microphones that mute themselves between claps: of their pauses, which are nearly all, nothing is known.
    gated = hearing(sounds.claps(30, CLAPS, 1))
    assert not one_signal(gated, gated, 0.0, 0.0)
    assert not one_signal(hearing(np.zeros(160000)), hearing(np.zeros(160000)), 0.0, 0.0)


def test_holes_and_ends_are_left_out() -> None:
    holed = SPEECH.copy()
    holed[100000:130000] = np.nan
    assert one_signal(hearing(SPEECH), hearing(holed[16000:], 1.0), 0.0, 0.0)
    assert not one_signal(hearing(SPEECH), hearing(SPEECH, 29.0), 0.0, 0.0)  # a second of overlap
