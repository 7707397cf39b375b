"""Elements of drawings as text: right numbers, and nothing that people wrote becomes markup."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from var.svg import DARK, circle, drawing, picture, rect, tag, text

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)


@given(WORDS, WORDS)
def test_what_people_wrote_stays_text(words: str, name: str) -> None:
    made = ET.fromstring(drawing([text(1, 2, words, "#fff", font_family=name)], 10, 20))
    (found,) = made
    assert (found.text or "") == words
    assert found.attrib["font-family"] == name
    page = picture(drawing([text(1, 2, words, "#fff")], 10, 20), words, "small")
    shown = re.search(r'base64,([^"]+)"', page)
    assert shown is not None
    assert ET.fromstring(base64.b64decode(shown[1]))[0].text == found.text
    assert page.count("<") == 1


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_lengths_are_right_to_a_tenth(x: float, width: float) -> None:
    found = ET.fromstring(rect(x, 0, width, 3, DARK, fill_opacity=0.38)).attrib
    assert abs(float(found["x"]) - x) <= 0.0501
    assert abs(float(found["width"]) - max(width, 0)) <= 0.0501
    assert found["fill-opacity"] == "0.38"


def test_elements_hold_elements() -> None:
    inner = circle(1, 2, 3, "red", stroke_width=2.4), rect(0, 0, 1, 1, "blue")
    group = ET.fromstring(tag("g", *inner, clip_path="url(#a)"))
    assert [each.tag for each in group] == ["circle", "rect"]
    assert group.attrib == {"clip-path": "url(#a)"}
    assert group[0].attrib["stroke-width"] == "2.4"
    assert "stroke" not in ET.fromstring(text(0, 0, "a", "#fff")).attrib
    assert ET.fromstring(text(0, 0, "a", "#fff", halo=5)).attrib["paint-order"] == "stroke"
