"""An analysis as bytes, and back; whatever else comes is refused as what it is."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athletes.kinematics.analysis_file import read_analysis, write_analysis
from athletes.kinematics.model import Analysis, Curve, Event, Finding, Movement, Side
from touchline.errors import BadFile
from touchline.measure import Measurement

CURVE = Curve(
    "knee",
    "deg",
    np.arange(4),
    np.arange(4) / 30,
    np.array([170.0, np.nan, 120.25, 90.0]),
    np.array([3.0, np.nan, 3.5, 4.0]),
    side=Side.LEFT,
)
WHOLE = Analysis(
    Movement.CMJ,
    (
        Finding("jump_height", Measurement(0.31, 0.01, "m", "flight time"), (12, 30), number=1),
        Finding("knee_depth", None, side=Side.RIGHT, reasons=("facing_unknown",)),
    ),
    (CURVE,),
    (Event("toe_off", 0.4, 0.003, 12, Side.RIGHT, 1),),
    ("no_scale",),
    {"cutoff_hz": 6.0},
)


def test_an_analysis_is_read_back_as_it_was() -> None:
    back = read_analysis(write_analysis(WHOLE))
    assert back.document() == WHOLE.document()
    assert (back.findings, back.events, back.notes) == (WHOLE.findings, WHOLE.events, WHOLE.notes)
    for name in ("frames", "t_s", "value", "sigma"):
        assert np.array_equal(getattr(back.curves[0], name), getattr(CURVE, name), equal_nan=True)


@given(st.integers(0, 100_000), st.integers(1, 255))
def test_damage_is_refused_or_does_not_matter(at: int, by: int) -> None:
    data = bytearray(write_analysis(WHOLE))
    data[at % len(data)] ^= by
    with contextlib.suppress(BadFile):  # nothing else comes out of damaged bytes, be it an error or another movement
        assert read_analysis(bytes(data)).movement is Movement.CMJ


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{}"])
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_analysis(data)
