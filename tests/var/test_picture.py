"""An overlay in a picture: the right colour at the right pixel, and nothing anywhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import BadValue
from var.picture import BAND_OPACITY, COLOURS_BGR, draw, stamp

GRASS = (40, 120, 40)


@pytest.fixture
def grass() -> np.ndarray:
    return np.full((1080, 1920, 3), GRASS, np.uint8)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (before != after).any(axis=2)


def test_the_picture_itself_is_left_alone(grass: np.ndarray) -> None:
    before = grass.copy()
    out = draw(grass, [{"shape": "polyline", "px": [[0, 0], [1919, 1079]], "style": "attacker"}])
    assert (grass == before).all()
    assert (out != before).any()
    assert (draw(grass, []) == before).all()


@pytest.mark.parametrize("style", ["pitch", "attacker", "defender"])
def test_a_line_has_its_colour_on_its_pixels_and_nothing_beside_them(grass: np.ndarray, style: str) -> None:
    out = draw(grass, [{"shape": "polyline", "px": [[100, 540], [1800, 540]], "style": style}])
    # a line one pixel thin is soft all through: a tenth of it is grass
    assert np.abs(out[540, 900].astype(int) - COLOURS_BGR[style]).max() <= 25
    rows = np.flatnonzero(changed(grass, out).any(axis=1))
    # at most 3 px wide at this height, plus one soft pixel on each side
    assert rows.min() >= 540 - 2
    assert rows.max() <= 540 + 2
    assert changed(grass, out)[540, 101:1800].all()


def test_pixel_zero_is_the_centre_of_the_first_pixel(grass: np.ndarray) -> None:
    out = draw(grass, [{"shape": "polyline", "px": [[700.0, 0.0], [700.0, 1079.0]], "style": "attacker"}])
    cover = (out[500].astype(float) - GRASS)[:, 2]  # the red share grows with the cover
    centre = (cover * np.arange(1920)).sum() / cover.sum()
    assert centre == pytest.approx(700.0, abs=1 / 16)  # OpenCV rounds to 1/16 px


def test_half_a_pixel_moves_a_line_by_half_a_pixel(grass: np.ndarray) -> None:
    centres = []
    for u in (700.0, 700.5):
        out = draw(grass, [{"shape": "polyline", "px": [[u, 0], [u, 1079]], "style": "attacker"}])
        cover = (out[500].astype(float) - GRASS)[:, 2]
        centres.append((cover * np.arange(1920)).sum() / cover.sum())
    assert centres[1] - centres[0] == pytest.approx(0.5, abs=0.15)  # 8-bit soft edges


def test_a_band_lets_the_picture_through(grass: np.ndarray) -> None:
    band = {"shape": "polygon", "px": [[500, 200], [700, 200], [700, 800], [500, 800]], "style": "band_defender"}
    out = draw(grass, [band])
    mixed = np.array(GRASS) * (1 - BAND_OPACITY) + np.array(COLOURS_BGR["band_defender"]) * BAND_OPACITY
    assert np.abs(out[500, 600].astype(float) - mixed).max() <= 1  # rounding
    assert tuple(out[500, 800]) == GRASS


def test_lines_lie_over_bands_whatever_the_order(grass: np.ndarray) -> None:
    line = {"shape": "polyline", "px": [[600, 0], [600, 1079]], "style": "attacker"}
    band = {"shape": "polygon", "px": [[500, 200], [700, 200], [700, 800], [500, 800]], "style": "band_attacker"}
    assert (draw(grass, [line, band]) == draw(grass, [band, line])).all()
    assert tuple(draw(grass, [line, band])[500, 600]) == COLOURS_BGR["attacker"]


def test_a_band_that_reaches_far_outside_is_cut_not_bent(grass: np.ndarray) -> None:
    px = [[500, -1e7], [700, -1e7], [700, 1e7], [500, 1e7]]
    out = draw(grass, [{"shape": "polygon", "px": px, "style": "band_attacker"}])
    columns = np.flatnonzero(changed(grass, out)[540])
    assert (columns.min(), columns.max()) == (499, 701)  # the two edges and a soft pixel on each side
    assert changed(grass, out)[:, 600].all()


def test_a_line_that_reaches_far_outside_keeps_its_direction(grass: np.ndarray) -> None:
    # from (960, 540) with slope 1/4: at u = 1920 it stands at v = 780
    out = draw(grass, [{"shape": "polyline", "px": [[960, 540], [960 + 4e8, 540 + 1e8]], "style": "attacker"}])
    rows = np.flatnonzero(changed(grass, out)[:, 1900])
    assert rows.mean() == pytest.approx(540 + (1900 - 960) / 4, abs=1)


def test_points_that_are_nowhere_break_a_line(grass: np.ndarray) -> None:
    px = [[100, 300], [400, 300], [float("nan"), float("nan")], [800, 300], [1000, 300]]
    seen = changed(grass, draw(grass, [{"shape": "polyline", "px": px, "style": "pitch"}]))[300]
    assert seen[250]
    assert seen[900]
    assert not seen[420:780].any()


def test_a_plumb_line_is_dashed_in_the_colour_of_its_role(grass: np.ndarray) -> None:
    for text, role in (("A", "attacker"), ("D", "defender")):
        plumb = {"shape": "polyline", "px": [[300, 100], [300, 900]], "style": "plumb", "text": text}
        column = draw(grass, [plumb])[100:900, 300]
        inked = (column == COLOURS_BGR[role]).all(axis=1)
        bare = (column == GRASS).all(axis=1)
        # dashes of 12 px and gaps of 8 px: three fifths inked, less the soft ends
        assert 0.45 < inked.mean() < 0.75
        assert bare.mean() > 0.15
        assert np.count_nonzero(np.diff(inked.astype(int)) == 1) > 30


def test_a_dot_is_round_and_a_cross_leaves_its_pixel_free(grass: np.ndarray) -> None:
    dot = draw(grass, [{"shape": "dot", "px": [[400, 400]], "style": "mark"}])
    assert tuple(dot[400, 400]) == COLOURS_BGR["mark"]
    cross = draw(grass, [{"shape": "cross", "px": [[400, 400]], "style": "mark_bad"}])
    assert tuple(cross[400, 400]) == GRASS
    for u, v in ((389, 400), (411, 400), (400, 389), (400, 411)):
        assert tuple(cross[v, u]) == COLOURS_BGR["mark_bad"]


def test_a_label_has_a_dark_halo_and_stays_inside(grass: np.ndarray) -> None:
    snow = np.full_like(grass, 255)
    for at in ([960, 540], [1915, 5], [-40, 1079]):
        out = draw(snow, [{"shape": "label", "px": [at], "style": "defender", "text": "D heel"}])
        assert (out == COLOURS_BGR["defender"]).all(axis=2).sum() > 100
        assert (out.max(axis=2) < 40).sum() > 100
        seen = changed(snow, out)
        assert not seen[:, -1].any()
        assert not seen[-1].any()
        assert not seen[0].any()


def test_a_label_leaves_its_point_free(grass: np.ndarray) -> None:
    out = draw(grass, [{"shape": "label", "px": [[600, 600]], "style": "mark", "text": "1.0 px"}])
    assert not changed(grass, out)[592:609, 592:609].any()
    assert changed(grass, out)[560:600, 610:700].any()


def test_letters_that_the_font_lacks_are_question_marks(grass: np.ndarray) -> None:
    def label(text: str) -> np.ndarray:
        return draw(grass, [{"shape": "label", "px": [[300, 300]], "style": "mark", "text": text}])

    assert (label("vị") == label("v?")).all()
    assert (label("") == grass).all()


def test_widths_grow_with_the_picture() -> None:
    widths = []
    for height in (540, 1080, 2160):
        picture = np.full((height, height, 3), GRASS, np.uint8)
        out = draw(picture, [{"shape": "polyline", "px": [[0, height / 2], [height, height / 2]], "style": "attacker"}])
        widths.append(np.count_nonzero((out[:, height // 3] == COLOURS_BGR["attacker"]).all(axis=1)))
    assert widths[0] <= widths[1] < widths[2]


def test_a_stamp_names_what_it_is(grass: np.ndarray) -> None:
    out = stamp(grass, "SIMULATED / MO PHONG")
    plate = (out == COLOURS_BGR["mark_bad"]).all(axis=2)
    assert plate[:54].any(axis=1).all()  # a twentieth of 1080 lines
    assert (out[:54] == COLOURS_BGR["pitch"]).all(axis=2).sum() > 200
    assert not changed(grass, out)[60:].any()


@pytest.mark.parametrize(
    "drawing",
    [
        {"shape": "blob", "px": [[1, 1]], "style": "pitch"},
        {"shape": "dot", "px": [[1, 1]], "style": "pink"},
        {"shape": "dot", "px": [1, 1], "style": "mark"},
        {"shape": "dot", "px": [[1, 1, 1]], "style": "mark"},
    ],
)
def test_an_unknown_drawing_is_refused(grass: np.ndarray, drawing: dict[str, object]) -> None:
    with pytest.raises(BadValue, match="no way to draw"):
        draw(grass, [drawing])


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 4), (0, 10, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match="Nothing can be drawn"):
        draw(np.zeros(shape, np.uint8), [])


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=True, allow_infinity=True, width=32),
            st.floats(allow_nan=True, allow_infinity=True, width=32),
        ),
        max_size=6,
    ),
    st.sampled_from(["polyline", "polygon", "dot", "cross", "label"]),
    st.sampled_from(sorted(COLOURS_BGR)),
)
def test_no_coordinate_breaks_the_painter(points: list[tuple[float, float]], shape: str, style: str) -> None:
    picture = np.full((90, 160, 3), GRASS, np.uint8)
    out = draw(picture, [{"shape": shape, "px": points, "style": style, "text": "A"}])
    assert out.shape == picture.shape
