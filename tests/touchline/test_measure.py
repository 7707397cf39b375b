"""A measurement is finite, says its interval, and NaN never reaches a document."""

import json
import math

import numpy as np
import pytest

from touchline.cli import plain
from touchline.errors import BadValue
from touchline.measure import Measurement


def test_interval() -> None:
    margin = Measurement(0.31, 0.05, "m", "two views")
    low, high = margin.interval95
    # The 97.5 % quantile of the normal distribution is 1.959964 (any table).
    assert high - 0.31 == pytest.approx(1.959964 * 0.05, abs=1e-7)
    assert 0.31 - low == pytest.approx(high - 0.31)


@pytest.mark.parametrize(("value", "sigma"), [(math.nan, 1), (1, math.nan), (1, -1), (math.inf, 1)])
def test_what_is_not_a_number_is_not_a_measurement(value: float, sigma: float) -> None:
    with pytest.raises(BadValue):
        Measurement(value, sigma, "m", "")


def test_documents_hold_null_where_nothing_is_known() -> None:
    document = plain(
        {"a": np.array([1.0, np.nan]), "b": (np.float64("inf"), np.int64(3)), "c": None, "d": {"e": np.True_}}
    )
    assert json.loads(json.dumps(document, allow_nan=False)) == {
        "a": [1.0, None],
        "b": [None, 3],
        "c": None,
        "d": {"e": True},
    }
