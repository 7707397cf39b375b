"""Tiles, boxes, the detector's decoding, and who is left out: computed, without a model."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from assisting import people_of, shown
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import BadValue
from touchline.vision.boxes import area, keep, shared, tiles
from touchline.vision.quiet import quietly
from touchline.vision.ssd import GRIDS, PERSON, decode, default_boxes, detect
from var.assist.people import Person, checked, find_people, height_above, on_the_pitch
from var.measure.pitch import Pitch
from var.measure.project import project
from var.model import PitchPoints


@given(st.integers(1, 4000), st.integers(1, 2500), st.data())
def test_every_box_smaller_than_the_overlap_lies_whole_in_a_tile(width: int, height: int, data: st.DataObject) -> None:
    squares = tiles(width, height, 640, 160)
    assert all(0 <= a < c <= width and 0 <= b < d <= height and c - a <= 640 and d - b <= 640 for a, b, c, d in squares)
    left = data.draw(st.integers(0, max(0, width - 160)))
    top = data.draw(st.integers(0, max(0, height - 160)))
    right, bottom = min(width, left + 159), min(height, top + 159)
    assert any(a <= left and b <= top and right <= c and bottom <= d for a, b, c, d in squares)


def test_tiles_that_cannot_be_are_refused() -> None:
    for asked in ((0, 10, 640, 160), (10, 10, 640, 640)):
        with pytest.raises(ValueError, match="no tiles"):
            tiles(*asked)


def test_one_box_a_person_stays_and_neighbours_stay_apart() -> None:
    boxes = np.array([[0, 0, 10, 30], [1, 1, 11, 31], [9, 0, 19, 30], [2, 15, 9, 29], [5, 5, 5, 9.0]])
    assert keep(boxes, np.array([0.6, 0.9, 0.5, 0.95, 1.0])) == [
        3,
        1,
        2,
    ]  # the half body is the surest: it hides nobody
    assert keep(boxes, np.array([0.6, 0.9, 0.5, 0.4, 1.0])) == [1, 2]
    assert keep(np.empty((0, 4)), np.empty(0)) == []
    assert shared(boxes[0], boxes[1:3]).tolist() == [9 * 29, 30]
    assert area(boxes)[4] == 0


def test_the_default_boxes_are_those_of_the_six_grids() -> None:
    made = default_boxes()
    assert made.shape == (sum(cells**2 * (3 if cells == 19 else 6) for cells in GRIDS), 4)
    assert made[0].tolist() == pytest.approx([0.5 / 19, 0.5 / 19, 0.1, 0.1])
    assert made[-1].tolist() == pytest.approx([0.5, 0.5, (0.95) ** 0.5, (0.95) ** 0.5])
    assert (made[:, 2] * made[:, 3]).max() <= 1.0


def test_decoding_undoes_encoding() -> None:
    draw = np.random.default_rng(1)
    anchor = default_boxes()
    centre, size = (
        anchor[:, :2] + draw.normal(0, 0.02, (1917, 2)),
        anchor[:, 2:] * np.exp(draw.normal(0, 0.3, (1917, 2))),
    )
    move = (centre - anchor[:, :2]) / anchor[:, 2:] / 0.1
    grow = np.log(size / anchor[:, 2:]) / 0.2
    logits = np.zeros((1917, 24), np.float32)
    logits[:, PERSON] = draw.normal(0, 3, 1917)
    boxes, scores = decode(np.column_stack([move[:, ::-1], grow[:, ::-1]]).astype(np.float32), logits)
    assert np.allclose(boxes, np.concatenate([centre - size / 2, centre + size / 2], axis=1), atol=1e-5)
    assert np.allclose(np.log(scores / (1 - scores)), logits[:, PERSON], atol=1e-4)


class Bright:
    """Answers as the network does, for pictures in which a person is a bright rectangle on black."""

    size_px = 300

    def __call__(self, square: np.ndarray, shapes: object) -> list[np.ndarray]:
        offsets, logits = np.zeros((1917, 4), np.float32), np.full((1917, 24), -9, np.float32)
        rows, columns = np.nonzero(square.mean(axis=2) > 0)
        if len(rows):
            low, high = np.array([columns.min(), rows.min()]) / 300, np.array([columns.max() + 1, rows.max() + 1]) / 300
            anchor = default_boxes()
            offsets[0, [1, 0]] = ((low + high) / 2 - anchor[0, :2]) / anchor[0, 2:] / 0.1
            offsets[0, [3, 2]] = np.log((high - low) / anchor[0, 2:]) / 0.2
            logits[0, PERSON] = 2.0
        return [offsets, logits]


@pytest.mark.parametrize("at", [(40, 30), (600, 500), (1100, 610), (475, 300)])
def test_a_person_is_found_once_and_in_place_wherever_the_tiles_cut(at: tuple[int, int]) -> None:
    picture = np.zeros((800, 1300, 3), np.uint8)
    left, top = at
    picture[top : top + 120, left : left + 50] = 255
    boxes, scores = detect(Bright(), picture, 0.3)
    (one,) = keep(boxes, scores)
    assert np.abs(boxes[one] - [left - 0.5, top - 0.5, left + 49.5, top + 119.5]).max() < 3.0
    found = find_people(picture, Bright())
    assert len(found.people) == 1
    assert found.people[0].stands_m is None


def test_people_stand_where_they_are_and_are_as_tall_as_they_are() -> None:
    seen = shown()
    people = people_of(seen)
    boxes = np.array([person.box for person in people.values()])
    found = on_the_pitch(boxes, np.linspace(0.9, 0.5, len(boxes)), seen.calibration, Pitch())
    assert len(found.people) >= 10
    body = seen.scene.body_points(seen.scene.kick_s)
    by_box = {person.box: name for name, person in people.items()}
    for one in found.people:
        feet = np.mean(
            [body[by_box[one.box]][part] for part in ("left_heel", "right_heel", "left_toe", "right_toe")], axis=0
        )
        assert one.stands_m is not None
        assert one.sigma_m is not None
        off = np.abs(np.array(one.stands_m) - feet[:2])
        assert off[0] < 0.8  # a stride: the box's middle is not the middle of the feet
        assert off[1] < 4 * one.sigma_m[1] + 0.6
        assert 1.2 <= (one.height_m or 0) <= 2.3


def test_who_is_off_the_pitch_or_of_no_height_is_left_out_and_counted() -> None:
    seen = shown()
    calibration = seen.calibration

    def box(x: float, y: float, tall: float) -> list[float]:
        (u, v), (_, top) = project(calibration, PitchPoints(np.array([[x, y, 0.0], [x, y, tall]])))
        return [u - 12, top, u + 12, v]

    boxes = np.array([box(30, 0, 1.8), box(30, 39, 1.8), box(25, -5, 0.7), box(28, 10, 2.9), [900, 20, 920, 60.0]])
    found = on_the_pitch(boxes, np.full(5, 0.8), calibration, Pitch())
    assert [round(one.stands_m[0]) for one in found.people if one.stands_m] == [30]
    assert sum(found.dropped.values()) == 4
    assert found.dropped["height"] == 2
    assert found.dropped["off_the_pitch"] >= 1
    assert height_above(calibration, (30.0, 0.0), float(boxes[0][1])) == pytest.approx(1.8, abs=0.02)
    assert height_above(calibration, (30.0, 0.0), -5000.0) is None


def test_a_box_around_two_people_does_not_hide_both() -> None:
    seen = shown()

    def box(x: float, y: float, tall: float) -> list[float]:
        (u, v), (_, top) = project(seen.calibration, PitchPoints(np.array([[x, y, 0.0], [x, y, tall]])))
        return [u - 10, top, u + 10, v]

    near, far = box(30, 0, 1.8), box(30, 6.0, 1.8)
    both = [min(near[0], far[0]), far[1], max(near[2], far[2]), near[3]]
    found = on_the_pitch(np.array([both, near, far]), np.array([0.9, 0.5, 0.4]), seen.calibration, Pitch())
    assert [list(one.box) for one in found.people] == [near, far]
    assert found.dropped == {}  # nobody is missing


def test_wrong_pictures_calibrations_and_boxes_are_refused() -> None:
    seen = shown()
    with pytest.raises(BadValue, match="shape"):
        checked(np.zeros((4, 4), np.uint8), None)
    with pytest.raises(BadValue, match="1920x1080"):
        checked(np.zeros((100, 100, 3), np.uint8), seen.calibration)
    for box in ((5.0, 0.0, 5.0, 9.0), (0.0, float("nan"), 5.0, 9.0)):
        with pytest.raises(BadValue):
            Person(box, 0.5)
    assert replace(Person((0.0, 0.0, 4.0, 9.0), 0.5), score=0.4).foot_px == (2.0, 9.0)


def test_the_librarys_notes_do_not_reach_the_terminal_and_everything_else_does(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RuntimeError, match="broken"), quietly():
        os.write(2, b"INFO: Created a delegate for CPU.\nERROR: the model is cut\n")
        raise RuntimeError("broken")
    os.write(2, b"INFO: said afterwards\n")
    assert capfd.readouterr().err == "ERROR: the model is cut\nINFO: said afterwards\n"


def test_two_that_keep_notes_away_at_once_give_standard_error_back(capfd: pytest.CaptureFixture[str]) -> None:
    first, second = threading.Event(), threading.Event()

    def early() -> None:
        with quietly():
            first.set()
            second.wait(0.3)  # in vain where the other has to wait

    def late() -> None:
        first.wait()
        with quietly():
            second.set()
            time.sleep(0.3)

    both = [threading.Thread(target=work) for work in (early, late)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    os.write(2, b"said afterwards\n")
    assert capfd.readouterr().err == "said afterwards\n"
