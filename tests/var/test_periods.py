"""A period is called what the reader calls it, whoever typed its name."""

from __future__ import annotations

import pytest

from touchline.i18n import LANGUAGES, find
from var.periods import NAMES, key_of, period_name


@pytest.mark.parametrize(
    ("typed", "vi", "en"),
    [
        ("Hiệp 2", "Hiệp 2", "Second half"),
        ("  hiệp   2 ", "Hiệp 2", "Second half"),
        ("1st Half", "Hiệp 1", "First half"),
        ("Hiê\u0323p phu\u0323 1", "Hiệp phụ 1", "Extra time, first half"),  # combining marks, as some keyboards type
        ("Hiệp giao hữu", "Hiệp giao hữu", "Hiệp giao hữu"),
        ("", "", ""),
    ],
)
def test_usual_periods_are_translated_and_others_stay(typed: str, vi: str, en: str) -> None:
    assert (period_name(typed, "vi"), period_name(typed, "en")) == (vi, en)


def test_every_usual_period_has_a_name_that_is_known_again() -> None:
    for key in NAMES:
        for lang in LANGUAGES:
            assert find(f"var.replay.period.{key}", lang) is not None
            assert key_of(period_name(NAMES[key][0], lang)) == key
