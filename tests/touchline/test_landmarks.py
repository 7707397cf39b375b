"""A body in a patch of a picture: where its points lie, turned, mirrored, at the picture's edge."""

from __future__ import annotations

import numpy as np
import pytest

from touchline import models
from touchline.errors import Missing
from touchline.vision.landmarks import (
    MIRRORED,
    POINTS,
    Landmarks,
    Patch,
    by_maps,
    find_landmarks,
    patch_around,
    read_landmarks,
)
from touchline.vision.runtime import Network, pose_network


@pytest.fixture(scope="module")
def network() -> Network:
    try:
        models.path("pose_lite")
    except Missing as absent:
        pytest.skip(f"the pose model is not here: {absent}")
    return pose_network("pose_lite")[0]


def answer(points: np.ndarray) -> np.ndarray:
    """What a network would answer: 39 rows of x, y, z and two logits."""
    rows = np.zeros((39, 5), np.float32)
    rows[:, :2], rows[:, 3:] = points, 8.0
    return rows.ravel()


@pytest.mark.parametrize("turn", [0.0, 0.4, -1.2, 3.0])
def test_points_of_a_turned_patch_lie_where_they_are_in_the_picture(turn: float) -> None:
    shown = Patch((300.0, 200.0), 128.0, turn)
    points = np.full((39, 2), 128.0)  # the middle of a patch of 256 is its corner between four pixels
    points[5] = (256.0, 128.0)  # its right edge
    points[33], points[34] = (128.0, 128.0), (128.0, 64.0)  # somebody who stands upright in it
    found = read_landmarks(answer(points), 0.9, shown, 256)
    assert found.px[0] == pytest.approx((300.0, 200.0), abs=1e-4)
    assert found.px[5] == pytest.approx((300 + 64 * np.cos(turn), 200 + 64 * np.sin(turn)), abs=1e-4)
    assert found.upright.turn_rad == pytest.approx(turn, abs=1e-4)
    assert found.upright.side == pytest.approx(2 * 1.25 * 32.0, abs=1e-3)
    assert found.confidence == pytest.approx(np.full(POINTS, 1.0), abs=0.01)


def test_a_box_gives_an_upright_patch_around_it() -> None:
    assert patch_around((10.0, 20.0, 50.0, 100.0)) == Patch((30.0, 60.0), 100.0)


def test_left_and_right_change_places_in_a_mirror() -> None:
    from athletes.pose.model import BODY33

    names = [BODY33.joints[place] for place in MIRRORED]
    swapped = {"left": "right", "right": "left"}
    for name, other in zip(BODY33.joints, names, strict=True):
        side = next((side for side in swapped if side in name), None)
        assert other == (name if side is None else name.replace(side, swapped[side]))


def picture(seed: int = 1) -> np.ndarray:
    """Coloured blots: whatever the network sees in them, it sees again."""
    draw = np.random.default_rng(seed)
    small = draw.integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return np.ascontiguousarray(np.kron(small, np.ones((30, 30, 1), np.uint8)))


@pytest.mark.parametrize("shown", [Patch((170.0, 130.0), 200.0), Patch((350.0, 30.0), 700.0, 0.5)])
def test_the_mirror_shows_what_a_mirrored_picture_shows(shown: Patch, network: Network) -> None:
    whole = picture()
    there: Landmarks = find_landmarks(whole, shown, network, mirrored=True)
    flipped = np.ascontiguousarray(whole[:, ::-1])
    width = whole.shape[1]
    turned = Patch((width - 1 - shown.middle[0], shown.middle[1]), shown.side, -shown.turn_rad)
    back = find_landmarks(flipped, turned, network)
    px = back.px[list(MIRRORED)]
    px[:, 0] = width - 1 - px[:, 0]
    # Warping rounds places to a 32nd of a pixel, on either side of the mirror.
    assert np.abs(there.px - px).max() < 0.02 * shown.side
    assert there.upright.middle == pytest.approx(
        (width - 1 - back.upright.middle[0], back.upright.middle[1]), abs=0.02 * shown.side
    )


@pytest.mark.parametrize("middle", [(-900.0, 50.0), (200.0, 5000.0)])
def test_a_patch_outside_of_the_picture_is_answered(middle: tuple[float, float], network: Network) -> None:
    found = find_landmarks(picture(), Patch(middle, 900.0), network)
    assert np.isfinite(found.px).all()


def hill(u: float, v: float, high: float = 6.0) -> np.ndarray:
    """Logits (64, 64): a point is likely around the cell at column u and row v."""
    rows, columns = np.mgrid[:64, :64]
    return np.asarray(high - 2.0 * ((columns - u) ** 2 + (rows - v) ** 2), dtype=np.float32)


def test_a_point_lies_where_its_map_says_that_it_is_likely() -> None:
    px = np.array([[80.0, 120.0], [80.0, 120.0], [80.0, 120.0], [-9.0, 300.0], [1.0, 255.0]], np.float32)
    maps = np.stack([hill(21.5, 29.0), hill(40.0, 30.0), hill(20.0, 30.0, -1.0), hill(0, 63), hill(0, 63)], axis=-1)
    found = by_maps(px, maps)
    # A map whose hill is symmetric about 21.5 has its middle of mass there: four pixels a cell.
    assert found[0] == pytest.approx((4 * 21.5, 4 * 29.0), abs=0.05)
    assert found[1] == pytest.approx(px[1])  # the hill is far from the point: something else is there
    assert found[2] == pytest.approx(px[2])  # a map that finds nothing likely
    assert found[3] == pytest.approx(px[3])  # outside of the patch
    # At the edge half of the hill is there to be weighed: its middle lies inside.
    assert 0 <= found[4, 0] < 4
    assert 248 < found[4, 1] <= 252
