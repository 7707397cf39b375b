"""Flashes and lamps: where in the frame the light came, patterns, rates, and films that share none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sync_sounds as films

from var.sync import flash, light
from var.sync.material import material
from var.sync.model import Estimate, Status

FRAME_S = 0.04


def run(folder: Path, first: Any, second: Any, *, fps: Fraction = Fraction(25), seconds: float = 8) -> Estimate:
    a = films.film(folder / "a.mp4", None, seconds, light=first, seed=1)
    b = films.film(folder / "b.mp4", None, seconds, light=second, fps=fps, seed=2)
    return flash.estimate(material(a), material(b))


def off_by_s(found: Estimate, offset_s: float) -> float:
    assert found.offset_s is not None
    return abs(float(found.offset_s) - offset_s)


@pytest.mark.parametrize("at_s", [3.333, 3.341, 3.352])
@pytest.mark.parametrize("lasts_s", [0.2, 100.0])
def test_the_share_of_the_first_bright_frame_places_the_light_within_it(
    tmp_path: Path, at_s: float, lasts_s: float
) -> None:
    lamp = films.flashes((at_s,), lasts_s)
    found = run(tmp_path, lamp, films.later(lamp, 1.2345))
    assert found.status is Status.OK
    # The share comes from 8-bit pictures with noise of one grey level: a tenth of a frame is far above that.
    assert off_by_s(found, 1.2345) < 0.1 * FRAME_S
    assert found.facts["lone"]


def test_a_short_flash_is_somewhere_in_its_frame_and_says_so(tmp_path: Path) -> None:
    strobe = films.flashes((3.333,), 0.004, 9.0)
    found = run(tmp_path, strobe, films.later(strobe, 1.2345))
    assert found.sigma_s == pytest.approx(FRAME_S / np.sqrt(6), rel=0.02)  # two even spreads of a frame each
    assert off_by_s(found, 1.2345) <= FRAME_S


def test_several_flashes_are_better_than_one(tmp_path: Path) -> None:
    lamp = films.flashes((1.333, 4.1, 11.77, 17.2), 0.15)
    rate = 1 + 80e-6
    found = run(tmp_path, lamp, films.later(lamp, 0.7345, rate), fps=Fraction(50), seconds=20)
    assert (found.status, found.facts["events"]) == (Status.OK, 4)
    assert found.sigma_s is not None
    # The rate is known far better from quartz than from flashes 16 s apart; at either end the clip's time holds.
    for at in (0.0, 20.0):
        error = float(found.offset_s or 0) + float(found.rate or 0) * at - 0.7345 - rate * at
        assert abs(error) < 3 * found.sigma_s
    assert found.sigma_s < FRAME_S / 5


def short(lamp: Any, shutter_s: float = 1 / 500) -> Any:
    """The same light to a shutter that is open only so long at the beginning of each frame."""
    return lambda a, b: lamp(a, a + shutter_s)


@pytest.mark.parametrize("offset_s", [1.0205, 1.0105, 1.0322])
def test_a_short_shutter_does_not_say_where_in_the_frame_the_light_came(tmp_path: Path, offset_s: float) -> None:
    lamp = films.flashes((2.013, 4.117, 7.371), 0.3)
    found = run(tmp_path, short(lamp), short(films.later(lamp, offset_s)), seconds=9)
    assert found.sigma_s is not None
    # Each recording leaves the light evenly likely over a frame, and three lamps may fall alike in theirs.
    assert found.sigma_s >= 0.99 * FRAME_S / np.sqrt(6)
    assert off_by_s(found, offset_s) <= 3 * found.sigma_s
    assert off_by_s(found, offset_s) <= FRAME_S


def seen(*shares: float | None) -> list[light.Jump]:
    return [light.Jump(100 * k, 0.1, share, False) for k, share in enumerate(shares)]


def test_more_flashes_do_not_tell_how_long_the_shutter_is_open() -> None:
    begins = [4.0 * k for k in range(30)]
    blind = flash.placed(seen(*[0.998] * 30), begins, FRAME_S)
    assert blind.phase_s == pytest.approx(FRAME_S / np.sqrt(12))
    # Whole in its first frame: it came since the frame before, which was closed already.
    assert blind.events.at_s == pytest.approx(np.array(begins) - FRAME_S / 2)
    assert blind.events.sigma_s == pytest.approx(np.full(30, FRAME_S / np.sqrt(12)))
    clear = flash.placed(seen(*np.linspace(0.1, 0.9, 30)), begins, FRAME_S)
    assert clear.events.at_s == pytest.approx(np.array(begins) + FRAME_S * np.linspace(0.9, 0.1, 30))
    assert 0.05 * FRAME_S <= clear.phase_s < 0.1 * FRAME_S
    # Half of them whole: the shutter is open about half of the frame, and a share counts for as much less.
    half = flash.placed(seen(*([0.998, 0.5] * 15)), begins, FRAME_S)
    assert half.events.at_s[1] == pytest.approx(begins[1] + FRAME_S * 0.5 * 0.5 / 0.95)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99, None])
def test_one_share_proves_no_long_shutter(share: float | None) -> None:
    found = flash.placed(seen(share), [4.0], FRAME_S)
    assert found.events.sigma_s == pytest.approx([FRAME_S / np.sqrt(12)])
    assert found.phase_s == pytest.approx(FRAME_S / np.sqrt(12))


@pytest.mark.parametrize("late", [0.94, 0.9, 0.7])
def test_the_first_frame_is_the_one_that_caught_the_least_of_it(tmp_path: Path, late: float) -> None:
    """Were the next taken for the first, the light would seem to have come while the shutter was closed."""
    lamp = films.flashes(((50 + late) * FRAME_S,), 0.3)
    index = material(films.film(tmp_path / "a.mp4", None, 5, light=lamp)).index
    assert index is not None
    (jump,) = light.jumps(index)
    assert jump.frame == 50
    # One grey level of noise over 15,000 pixels is nothing; rounding by the codec is some hundredths of the step.
    assert jump.share == pytest.approx(1 - late, abs=0.03)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ((), (3.333,), "no_flash"),
        ((1.333, 4.1, 6.7), (2.1, 3.3, 7.0), "nothing_shared"),
    ],
)
def test_films_that_share_no_flash_fail(tmp_path: Path, first: Any, second: Any, reason: str) -> None:
    found = run(tmp_path, films.flashes(first, 0.15), films.flashes(second, 0.15))
    assert (found.status, found.reason) == (Status.FAILED, reason)


def test_a_strobe_fits_everywhere_and_is_weak(tmp_path: Path) -> None:
    strobe = films.flashes(tuple(np.arange(0.5, 7.6, 0.5)), 0.15)
    found = run(tmp_path, strobe, films.later(strobe, 0.73))
    assert (found.status, found.reason) == (Status.WEAK, "ambiguous")


def test_a_cut_to_another_view_is_no_flash() -> None:
    rng = np.random.default_rng(1)
    views = [rng.uniform(0.05, 0.3, 64), rng.uniform(0.05, 0.3, 64) + 0.05]
    cells = np.array([views[k >= 20] + rng.normal(0, 1e-3, 64) for k in range(40)])
    assert light._jumps(np.arange(40), cells) == []


def test_a_long_film_is_looked_at_where_its_packets_jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lamp = films.flashes((3.333, 9.21), 0.15)
    path = films.film(tmp_path / "a.mp4", None, 14, light=lamp, seed=1)
    whole = light.jumps(material(path).index)  # type: ignore[arg-type]
    monkeypatch.setattr(light, "WHOLE", 100)
    index = material(path).index
    assert index is not None
    parts = light.stretches(index)
    assert sum(map(len, parts)) < len(index) / 2
    some = light.jumps(index)
    assert [jump.frame for jump in some] == [jump.frame for jump in whole] == [83, 230]


def test_sound_alone_has_no_light(tmp_path: Path) -> None:
    a = films.write_wav(tmp_path / "a.wav", films.crowd(3, 1))
    b = films.film(tmp_path / "b.mp4", None, 2)
    assert flash.estimate(material(a), material(b)).reason == "no_pictures"
