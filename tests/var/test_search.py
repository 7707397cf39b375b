"""Many cameras fitted side by side give what each gives alone, also without some of the clicks."""

from __future__ import annotations

import numpy as np
import pytest
from measuring import BEHIND, MAIN, PITCH, SIZE, marks_of
from test_calibrate_lines import AREA, clicked

from var.measure.lined import lined_problem
from var.measure.search import PLAIN, SCALES, Search
from var.measure.solve import Problem, fit


def problem_of(kind: str, seed: int) -> Problem:
    draw = np.random.default_rng(seed)
    if kind == "lines":
        return lined_problem([], clicked(MAIN, AREA, draw, 5, 1.0), SIZE, PITCH, None)[0]
    marks = marks_of(BEHIND, draw, 9, 1.0)
    return lined_problem(marks, [], SIZE, PITCH, None)[0]


def moved(theta: np.ndarray, draw: np.random.Generator, count: int) -> np.ndarray:
    """Cameras around one: some per cent of zoom, a degree, a metre."""
    sigma = np.array([0.03, 0.01, 0.01, 2, 2, 0.01, 0.01, 0.01, 0.5, 0.5, 0.5])
    return np.asarray(theta + draw.normal(0, 1, (count, 11)) * sigma)


@pytest.mark.parametrize("kind", ["lines", "points"])
@pytest.mark.parametrize("scales", [SCALES, PLAIN])
def test_side_by_side_is_as_one_by_one(kind: str, scales: tuple[float, ...]) -> None:
    problem, draw = problem_of(kind, 3), np.random.default_rng(4)
    begins = moved(MAIN if kind == "lines" else BEHIND, draw, 5)
    used = np.ones((5, len(problem.pixels)), dtype=bool)
    used[1:] = draw.uniform(size=(4, len(problem.pixels))) < 0.85
    search = Search.of(problem)
    found = search.fits(begins, used, scales)
    assert not np.shares_memory(found, begins)
    for own, theta, begin in zip(used, found, begins, strict=True):
        part = problem.only(own)
        alone = fit(part, begin, robust=scales == SCALES)
        # Chi-square falls by less than 1e-5 of itself where the search ends, and coarse lines lie 0.1 px off.
        assert fit(part, theta, steps=0).cost == pytest.approx(alone.cost, rel=0.05, abs=0.5)
    losses = search.losses(found, used, 5.0)
    for own, theta, loss in zip(used, found, losses, strict=True):
        miss2 = (problem.only(own).misses(theta) ** 2).sum(axis=1)
        assert loss == pytest.approx(float(np.log1p(miss2 / 25).sum()), rel=0.05, abs=0.02)


def test_a_camera_that_sees_nothing_of_a_line_costs_much_and_breaks_nothing() -> None:
    problem = problem_of("lines", 5)
    away = MAIN.copy()
    away[8:11] = (0.0, 0.0, -500.0)  # all of the pitch lies behind it
    begins, used = np.stack([MAIN, away]), np.ones((2, len(problem.pixels)), dtype=bool)
    search = Search.of(problem)
    losses = search.losses(begins, used, 5.0)
    assert losses[1] > 10 * losses[0] + 100
    assert np.isfinite(search.fits(begins, used)[0]).all()
