"""The order of trust, checks of one method by another, and what is shown when they contradict each other."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sync_sounds as sounds

from var.sync import auto as auto_module
from var.sync.auto import auto, choose
from var.sync.hearing import forget
from var.sync.material import material
from var.sync.model import Estimate, Material, Method, Status

CROWD = sounds.crowd(40, 9)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget()


def pair(folder: Path, *, lamp: Any = None, lamp_off_s: float = 3.0, second: Any = None) -> tuple[Material, Material]:
    """Two films of the same sound, 3 s apart, with a light that says something else where ``lamp_off_s`` does."""
    a = sounds.film(folder / "a.mp4", CROWD[: 16 * 16000], 16, light=lamp, seed=1)
    own = sounds.heard(CROWD, 3.0, 12) if second is None else second
    b = sounds.film(folder / "b.mp4", own, 12, light=sounds.later(lamp, lamp_off_s) if lamp else None, seed=2)
    return material(a), material(b)


def said(found: Any, method: Method) -> Any:
    return next(check for check in found.checks if check.estimate.method is method)


def test_a_single_flash_is_believed_once_the_sound_confirms_it(tmp_path: Path) -> None:
    shares: list[tuple[float, str]] = []
    found = auto(*pair(tmp_path, lamp=sounds.flashes((8.02,), 0.2)), progress=lambda *now: shares.append(now))
    assert (found.estimate.method, found.estimate.status) == (Method.FLASH, Status.OK)
    assert abs(float(found.estimate.offset_s or 0) - 3.0) < 0.01
    check = said(found, Method.AUDIO)
    assert check.agrees
    assert abs(check.difference_s) < 0.01
    assert said(found, Method.TIMECODE).estimate.status is Status.FAILED
    assert [share for share, _ in shares] == sorted(share for share, _ in shares)
    assert shares[-1][0] == 1.0


def test_a_contradiction_is_shown_with_both_numbers(tmp_path: Path) -> None:
    found = auto(*pair(tmp_path, lamp=sounds.flashes((8.02,), 0.2), lamp_off_s=2.6))
    best = found.estimate
    assert (best.method, best.status, best.reason) == (Method.FLASH, Status.WEAK, "disagreement")
    assert best.facts["other"] == "audio"
    assert best.facts["difference_ms"] == pytest.approx(-400, abs=10)
    assert said(found, Method.AUDIO).agrees is False


def test_a_single_flash_that_nothing_confirms_is_weak(tmp_path: Path) -> None:
    found = auto(*pair(tmp_path, lamp=sounds.flashes((8.02,), 0.2), second=sounds.crowd(12, 77)))
    assert (found.estimate.status, found.estimate.reason) == (Status.WEAK, "lone_flash")


def test_films_that_share_nothing_fail(tmp_path: Path) -> None:
    found = auto(*pair(tmp_path, second=sounds.crowd(12, 77)))
    assert (found.estimate.status, found.estimate.reason) == (Status.FAILED, "nothing_shared")
    assert found.estimate.offset_s is None
    assert {check.estimate.status for check in found.checks} == {Status.FAILED}


def test_sound_alone_is_used_where_there_is_nothing_else(tmp_path: Path) -> None:
    found = auto(*pair(tmp_path))
    assert (found.estimate.method, found.estimate.status) == (Method.AUDIO, Status.OK)
    assert abs(float(found.estimate.offset_s or 0) - 3.0) < 1e-3


def ok(method: Method, offset_s: float, sigma_s: float, **facts: Any) -> Estimate:
    return Estimate(method, Status.OK, Fraction(offset_s), Fraction(1), sigma_s, 1.0, "", facts)


def rough(offset_s: float, sigma_s: float) -> Estimate:
    return Estimate(Method.AUDIO, Status.WEAK, Fraction(offset_s), Fraction(1), sigma_s, 0.9, "distance_unknown")


def weak(method: Method, offset_s: float, sigma_s: float, reason: str, **facts: Any) -> Estimate:
    return Estimate(method, Status.WEAK, Fraction(offset_s), Fraction(1), sigma_s, 0.9, reason, facts)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Material, Material]:
    return tuple(material(sounds.write_wav(tmp_path / f"{k}.wav", np.ones(32000) / 9)) for k in (1, 2))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("asked", "method", "status", "reason"),
    [
        ([ok(Method.TIMECODE, 1.0, 0.016), ok(Method.AUDIO, 1.03, 0.001)], Method.TIMECODE, Status.OK, ""),
        (
            [ok(Method.TIMECODE, 1.0, 0.016), ok(Method.AUDIO, 1.06, 0.001)],
            Method.TIMECODE,
            Status.WEAK,
            "disagreement",
        ),
        ([ok(Method.FLASH, 1.0, 0.01, lone=True), rough(1.2, 0.17)], Method.FLASH, Status.OK, ""),
        ([ok(Method.FLASH, 1.0, 0.01, lone=True), rough(2.2, 0.17)], Method.FLASH, Status.WEAK, "lone_flash"),
        ([rough(2.2, 0.17), ok(Method.MOTION, 2.1, 0.004)], Method.MOTION, Status.OK, ""),
        ([rough(2.2, 0.17)], Method.AUDIO, Status.WEAK, "distance_unknown"),
        # Of something else altogether, however exact: what is only rough goes first.
        ([weak(Method.FLASH, 60, 0.008, "ambiguous"), rough(2.2, 0.17)], Method.AUDIO, Status.WEAK, "distance_unknown"),
        (
            [weak(Method.TIMECODE, 60, 0.016, "timecode_same_start"), rough(2.2, 0.17)],
            Method.AUDIO,
            Status.WEAK,
            "distance_unknown",
        ),
        (
            [weak(Method.CLAP, 9, 0.16, "distance_unknown", lone=True), rough(2.2, 0.17)],
            Method.AUDIO,
            Status.WEAK,
            "distance_unknown",
        ),
        ([weak(Method.CLAP, 9, 0.17, "distance_unknown", lone=True)], Method.CLAP, Status.WEAK, "lone_clap"),
        (
            [weak(Method.FLASH, 60, 0.02, "ambiguous"), weak(Method.MOTION, 3, 0.01, "weak_peak")],
            Method.MOTION,
            Status.WEAK,
            "weak_peak",
        ),
        # Both are late by the same way of the sound: that they agree proves nothing of a tenth of a millisecond.
        ([ok(Method.CLAP, 3.0, 1e-4, lone=True), rough(3.0, 0.17)], Method.CLAP, Status.WEAK, "lone_clap"),
        ([ok(Method.CLAP, 3.0, 1e-4, lone=True), ok(Method.AUDIO, 3.0, 1e-4)], Method.CLAP, Status.OK, ""),
    ],
)
def test_what_is_chosen(two: Any, asked: list[Estimate], method: Method, status: Status, reason: str) -> None:
    best = choose(*two, asked).estimate
    assert (best.method, best.status, best.reason) == (method, status, reason)


def test_each_method_is_told_the_best_offset_so_far(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    says = {
        Method.TIMECODE: weak(Method.TIMECODE, 7, 0.016, "timecode_same_start"),
        Method.CLAP: rough(25, 0.17),
        Method.AUDIO: ok(Method.AUDIO, 26, 0.01),
    }
    told: dict[Method, float | None] = {}

    def run(method: Method, *_: Any, **options: Any) -> Estimate:
        told[method] = options.get("prior_s")
        return says.get(method) or Estimate.failed(method, "nothing_shared")

    monkeypatch.setattr(auto_module, "run", run)
    monkeypatch.setattr(auto_module, "_worth", lambda *_: True)
    assert auto(*two).estimate.offset_s == 26
    assert list(told.values()) == [None, 7, 7, 25, 26, 26, 26]


def test_a_file_that_breaks_one_method_does_not_break_the_others(
    two: tuple[Material, Material], monkeypatch: pytest.MonkeyPatch
) -> None:
    import types

    from touchline.errors import BadFile

    def estimate(reference: Material, clip: Material, **_: Any) -> Estimate:
        raise BadFile("var.errors.empty_video", name="x.mp4")

    monkeypatch.setattr(auto_module, "import_module", lambda name: types.SimpleNamespace(estimate=estimate))
    found = auto_module.run(Method.CLAP, *two, lambda share, name: None)
    assert (found.status, found.reason) == (Status.FAILED, "unreadable")
    assert "x.mp4" in found.facts["vi"]
