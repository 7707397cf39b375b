"""Several people followed: numbers that stay, crossings settled by colours or said to be unsure, a click."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from athletes.pose.chunks import Found
from athletes.pose.engine import box_of
from athletes.pose.following import Followed, choose, follow
from athletes.pose.model import Track
from athletes.pose.ways import ALIKE, colour_distance
from tests.athletes.walkers import joints_m, seen_px
from touchline.errors import NotFound

Floats = NDArray[np.float64]
FPS = 30
SIZE = (1920, 1080)
RED, BLUE = np.array([45.0, 55, 35, 30, 2, 2]), np.array([40.0, 10, -45, 30, 2, 2])


def person(across_m: Floats, *, height_px: float = 320.0, stride_hz: float = 1.4) -> Floats:
    t_s = np.arange(len(across_m)) / FPS
    return seen_px(joints_m(t_s, stride_hz=stride_hz), height_px=height_px, across_m=across_m)


def found_of(
    people: list[tuple[Floats, Floats]], *, there: list[NDArray[np.bool_]] | None = None, seed: int = 1
) -> Found:
    """What an engine would say of people (points, colours), in another order in every frame."""
    rng = np.random.default_rng(seed)
    n = len(people[0][0])
    px: list[Floats] = []
    colours: list[Floats] = []
    count = np.zeros(n, dtype=np.int64)
    for frame in range(n):
        for k in rng.permutation(len(people)):
            if there is None or there[k][frame]:
                px.append(people[k][0][frame] + rng.normal(0, 2.0, (33, 2)))
                colours.append(people[k][1] + rng.normal(0, 2.0, 6))
                count[frame] += 1
    b = len(px)
    return Found(
        np.arange(n, dtype=np.int64),
        np.arange(n) / FPS,
        np.full(n, 120.0),
        count,
        np.array(px).reshape(b, 33, 2),
        np.full((b, 33), 0.9),
        np.full(b, 0.99),
        np.array(colours).reshape(b, 6),
    )


def followed(found: Found) -> Followed:
    return follow(found, SIZE, method="walkers", noise="frames")


def whose(track: Track, people: list[tuple[Floats, Floats]]) -> list[int]:
    """Which of ``people`` the track is on, frame by frame where it is on somebody."""
    seen = np.flatnonzero(np.isfinite(track.px).all(axis=(1, 2)))
    away = [np.linalg.norm(track.px[seen] - points[seen], axis=2).mean(axis=1) for points, _ in people]
    return [int(k) for k in np.argmin(away, axis=0)]


def crossing(one: Floats, other: Floats, n: int = 120) -> list[tuple[Floats, Floats]]:
    way = np.linspace(-1.5, 1.5, n)
    return [(person(way), one), (person(-way, stride_hz=1.5), other)]


def test_two_who_stay_apart_keep_their_numbers() -> None:
    people = [(person(np.linspace(-2.0, -1.0, 90)), RED), (person(np.linspace(1.5, 1.0, 90)), RED)]
    result = followed(found_of(people))
    assert len(result.tracks) == 2
    assert not result.doubts
    for track in result.tracks:
        assert len(set(whose(track, people))) == 1
        assert len(track) == 90


@pytest.mark.parametrize("seed", range(4))
def test_two_who_cross_in_other_colours_are_told_apart(seed: int) -> None:
    people = crossing(RED, BLUE)
    result = followed(found_of(people, seed=seed))
    assert len(result.tracks) == 2
    assert not result.doubts
    assert sorted(tuple(set(whose(track, people))) for track in result.tracks) == [(0,), (1,)]


@pytest.mark.parametrize("seed", range(4))
def test_two_who_turn_back_where_they_meet_are_told_apart_by_their_colours(seed: int) -> None:
    """Motion says that they pass; colours say that they do not."""
    way = np.concatenate([np.linspace(-1.5, -0.05, 60), np.linspace(-0.05, -1.5, 60)])
    people = [(person(way), RED), (person(-way, stride_hz=1.5), BLUE)]
    result = followed(found_of(people, seed=seed))
    assert len(result.tracks) == 2
    numbers = [whose(track, people) for track in result.tracks]
    assert sorted((ids[0], ids[-1]) for ids in numbers) == [(0, 0), (1, 1)]


def test_two_in_one_colour_who_cross_are_said_to_be_unsure() -> None:
    people = crossing(RED, RED)
    (doubt,) = followed(found_of(people)).doubts
    assert doubt.persons == (1, 2)
    assert doubt.reason == "people_crossed"
    assert doubt.first <= 60 <= doubt.last  # they are nearest in the middle


def test_one_lost_behind_the_other_comes_out_with_the_right_number() -> None:
    people = crossing(RED, BLUE)
    hidden = np.ones(120, dtype=bool)
    hidden[50:72] = False  # the engine sees one of them only while they are over one another
    result = followed(found_of(people, there=[np.ones(120, dtype=bool), hidden]))
    for track in result.tracks:
        ids = whose(track, people)
        assert ids[0] == ids[-1]
    assert len(result.tracks) == 2


def test_who_leaves_and_comes_back_is_the_same_person_by_their_colours() -> None:
    way = np.full(240, 0.0)
    gone = np.ones(240, dtype=bool)
    gone[60:180] = False  # four seconds: longer than motion says anything
    people = [(person(way), BLUE)]
    (track,) = followed(found_of(people, there=[gone])).tracks
    assert np.isnan(track.px[60:180]).all()
    assert np.isfinite(track.px[[59, 180]]).all()
    two = [(person(way), BLUE), (person(way), RED)]  # another one comes
    after = np.arange(240) >= 180
    result = followed(found_of(two, there=[np.arange(240) < 60, after]))
    assert len(result.tracks) == 2


def test_points_that_go_over_to_somebody_else_are_said_to_be_doubtful() -> None:
    """An engine that follows one body: in the middle it takes the other one, and nothing jumps."""
    points = person(np.zeros(120))
    early, late = np.arange(120) < 60, np.arange(120) >= 60
    (doubt,) = followed(found_of([(points, RED), (points, BLUE)], there=[early, late])).doubts
    assert doubt.reason == "colours_changed"
    assert doubt.first <= 60 <= doubt.last


def test_a_click_chooses_and_misses() -> None:
    people = [(person(np.full(30, -1.5)), RED), (person(np.full(30, 1.5)), BLUE)]
    result = followed(found_of(people))
    for points, _ in people:
        chosen = choose(result.tracks, 12, tuple(points[12, 24] + [3, 25]))  # beside the thigh
        track = next(track for track in result.tracks if track.person == chosen)
        assert np.nanmedian(np.linalg.norm(track.px[12] - points[12], axis=1)) < 10
    for frame, px in ((12, (600.0, 100.0)), (400, (600.0, 700.0))):
        with pytest.raises(NotFound, match="Nobody is at"):
            choose(result.tracks, frame, px)


def test_what_is_outside_the_picture_is_a_gap_and_is_told() -> None:
    points = person(np.zeros(60)) + np.array([0.0, 250.0])  # the feet are below the edge
    found = found_of([(points, RED)])
    (track,) = followed(found).tracks
    assert np.isnan(track.px[:, 27:33]).all()
    assert np.isnan(track.sigma_px[:, 27:33]).all()
    assert np.isfinite(track.px[:, 11:13]).all()


def test_nobody_and_a_flash_of_somebody() -> None:
    people = [(person(np.zeros(60)), RED)]
    assert followed(found_of(people, there=[np.zeros(60, dtype=bool)])).tracks == ()
    flash = np.zeros(60, dtype=bool)
    flash[20:23] = True
    assert followed(found_of(people, there=[flash])).tracks == ()
    one_frame = found_of([(person(np.zeros(1)), RED)])
    assert len(followed(one_frame).tracks) == 1  # there is no more of it


def test_colours_apart() -> None:
    assert colour_distance(RED, BLUE) > 2 * ALIKE
    assert colour_distance(RED, RED + 3) < ALIKE
    assert np.isnan(colour_distance(RED, np.full(6, np.nan)))
    assert box_of(np.array([[1.0, 2], [np.nan, np.nan], [0, 5]])) == (0, 2, 1, 5)
    assert replace(found_of([(person(np.zeros(2)), RED)]), luma=np.zeros(2)).luma.sum() == 0


def passers_by(minutes: float) -> Found:
    """Every ten seconds somebody else walks through the picture, for four seconds."""
    t_s = np.arange(round(minutes * 60 * FPS)) / FPS
    body = person(np.zeros(1))[0]
    count = (t_s % 10 < 4).astype(np.int64)
    there = count == 1
    bodies, turn = int(count.sum()), (t_s[there] // 10).astype(int)
    px = body[None] + np.column_stack([100 * (t_s[there] % 10) - 200, np.zeros(bodies)])[:, None]
    colours = np.random.default_rng(1).uniform(-80, 80, (turn.max() + 1, 6))[turn]
    sure = np.full((bodies, 33), 0.9)
    return Found(np.arange(len(t_s)), t_s, np.full(len(t_s), 100.0), count, px, sure, sure[:, 0], colours)


def test_an_hour_of_passers_by_is_no_more_to_hold_than_what_was_seen_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = passers_by(20)
    tracks = follow(found, SIZE, method="x").tracks
    assert len(tracks) > 60
    # The first one's frames and everybody's four seconds, once; held whole it would be a hundred times as much.
    assert sum(len(track) for track in tracks) <= len(found) + len(found.px)
    assert np.array_equal(tracks[0].frames, found.frames)  # says that it was looked at
    few = passers_by(0.5)
    whole = follow(few, SIZE, method="x").tracks
    monkeypatch.setattr("athletes.pose.following.HELD_FRAMES", 0)
    for all_of_it, part in zip(whole, follow(few, SIZE, method="x").tracks, strict=True):
        seen = np.isfinite(all_of_it.px).any(axis=(1, 2))
        assert np.array_equal(part.frames[np.isfinite(part.px).any(axis=(1, 2))], few.frames[seen])
        assert np.array_equal(part.px[np.isin(part.frames, few.frames[seen])], all_of_it.px[seen])
        assert np.array_equal(part.sigma_px[np.isin(part.frames, few.frames[seen])], all_of_it.sigma_px[seen])
