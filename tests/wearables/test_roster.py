"""Rosters as coaches have them: any usual form is read, every fault is named at once, nothing is guessed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.commands import schemas
from touchline.errors import BadFile
from wearables.model import Mode
from wearables.roster import Roster, read_roster, roster_csv
from wearables.roster_faults import BadRoster

VIETNAMESE = """Đội U17 nữ – mùa 2026;;;;;;;;
Họ và tên;Địa chỉ đai;Đai;Chế độ;Nhóm;Nhịp tim tối đa (nhịp/phút);Nhịp nghỉ;Giới tính;Ngưỡng
Nguyễn Thị Ánh;c0-ff-ee-00-00-01;7;;Tiền vệ;189,5;58;Nữ;
Lê Hạnh;C0FFEE000002;8;phát;Thủ môn;;;nữ;180
Trần Lan;;;;;;;;

;C0:FF:EE:00:00:03;Dự phòng;kết nối;;;;;
"""
ENGLISH = """id,name,strap address,strap,hr max,z1,z2,z3,z4,z5
a-1,Ann Lee,name:Polar H10 12345678,7,200,100,120,140,160,180.5
"""


def counted() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"new-{next(numbers)}"


def read(text: str, encoding: str = "utf-8") -> Roster:
    return read_roster(text.encode(encoding), "squad.csv", new_id=counted())


def check_vietnamese(roster: Roster) -> None:
    assert [(strap.number, strap.address, strap.label, strap.mode) for strap in roster.straps] == [
        (1, "C0:FF:EE:00:00:01", "7", Mode.AUTO),
        (2, "C0:FF:EE:00:00:02", "8", Mode.BROADCAST),
        (3, "C0:FF:EE:00:00:03", "Dự phòng", Mode.CONNECT),
    ]
    anh, hanh, lan = roster.profiles
    assert (anh.athlete_id, anh.name, anh.group, anh.sex) == ("new-1", "Nguyễn Thị Ánh", "Tiền vệ", "female")
    assert (anh.hr_max_bpm, anh.hr_rest_bpm, anh.hr_max_estimated) == (189.5, 58.0, False)
    assert anh.floors_bpm == pytest.approx((94.75, 113.7, 132.65, 151.6, 170.55))
    assert (hanh.hr_max_bpm, hanh.floors_bpm, hanh.limit_bpm) == (None, None, 180.0)
    assert lan.name == "Trần Lan"
    assert roster.worn == {1: "new-1", 2: "new-2"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("comma", [";", "\t"])
def test_a_coach_s_file_is_read_as_it_is(encoding: str, comma: str) -> None:
    check_vietnamese(read(VIETNAMESE.replace(";", comma), encoding))


def test_commas_english_headings_zones_and_a_strap_by_its_name() -> None:
    roster = read(ENGLISH)
    (profile,) = roster.profiles
    assert profile.floors_bpm == (100, 120, 140, 160, 180.5)
    assert (profile.athlete_id, roster.straps[0].address) == ("a-1", "name:Polar H10 12345678")


def test_decimal_commas_stand_between_semicolons_and_in_quotes() -> None:
    assert read('Tên,Nhịp tối đa\nÁnh,"189,5"\n').profiles[0].hr_max_bpm == 189.5
    assert read("Tên;Nhịp tối đa\nÁnh;189,5\n").profiles[0].hr_max_bpm == 189.5


def test_excel_s_own_vietnamese_alphabet_is_read() -> None:
    composed = "Tên;Nhóm\nLê Hà;Thủ môn\n"
    data = composed.replace("ủ", "u\u0309").replace("ê", "ê").encode("cp1258")
    assert read_roster(data, "squad.csv").profiles[0].group == "Thủ môn"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            (
                "name;address;hr max;hr rest;sex;mode\n"
                "Ann;C0:FF:EE:00:00:0G;19;;x;\n"
                "Bo;C0:FF:EE:00:00:01;180;180;f;usb\n"
                "Cy;c0:ff:ee:00:00:01;1.900;;m;auto\n"
                ";;170;;;\n"
            ),
            [
                (2, "address", "bad_address"),
                (2, "hr_max", "bad_rate"),
                (2, "sex", "bad_sex"),
                (3, "mode", "bad_mode"),
                (3, "hr_rest", "rest_above_max"),
                (4, "hr_max", "bad_rate"),
                (4, "address", "twice"),
                (5, "name", "no_name"),
            ],
        ),
        (
            "name;z1;z2;z3;z4;z5\nAnn;100;120;;160;180\nBo;100;120;110;160;180\n",
            [(2, "", "some_zones"), (3, "zone_1", "zones_fall")],
        ),
        ("name;strap\nAnn;7\n", [(2, "address", "no_address")]),
        ("name;shoe size;name\nAnn;39;Ann\n", [(1, "", "unknown_column"), (1, "name", "column_twice")]),
        ("name;address\nAnn;;x\n", [(2, "", "extra_cell")]),
        ("id;name\na/b;Ann\na;Bo\nA;Cy\n", [(2, "athlete_id", "bad_id"), (4, "athlete_id", "twice")]),
        ("name;address;strap\nAnn;C0:FF:EE:00:00:01;7\nBo;C0:FF:EE:00:00:02;7\n", [(3, "label", "twice")]),
        ("shoe;size\n1;2\n", [(1, "", "no_headings")]),
        ("name;address\n", [(1, "", "no_rows")]),
        ("name;address;mode\n;;\n;;auto\n", [(3, "address", "no_address")]),
        ('[{"name": "Ann", "shoe": 1}, {"name": ["Bo"]}]', [(1, "", "unknown_column"), (2, "name", "no_text")]),
    ],
)
def test_all_faults_are_named_at_once_by_row_and_column(text: str, faults: list[tuple[int, str, str]]) -> None:
    with pytest.raises(BadRoster) as bad:
        read(text)
    assert sorted((each.row, each.column, each.kind) for each in bad.value.faults) == sorted(faults)
    for lang in ("vi", "en"):
        document = bad.value.document(lang)
        jsonschema.validate(document, schemas()["refused"], cls=jsonschema.Draft202012Validator)
        for fault in bad.value.faults:
            said = fault.said(lang)
            assert str(fault.row) in said
            assert "wearables." not in said
            assert "{" not in said
    assert bad.value.detail("vi") != bad.value.detail("en")


def test_two_athletes_of_one_name_are_two_athletes() -> None:
    roster = read("name\nNguyễn Văn An\nNguyễn Văn An\n")
    assert [profile.athlete_id for profile in roster.profiles] == ["new-1", "new-2"]


@pytest.mark.parametrize("data", [b"\x00\x01name", b'[{"name": "Ann"}', b'{"rows": []}', b"[1]", b"[" * 5000])
def test_what_is_no_roster_is_refused_as_such(data: bytes) -> None:
    with pytest.raises((BadFile, BadRoster)):
        read_roster(data, "x")


def test_a_file_that_is_far_too_large_is_refused() -> None:
    with pytest.raises(BadFile, match="larger"):
        read_roster(bytes(2 << 20), "x")
    with pytest.raises(BadRoster) as bad:
        read("name\n" + "Ann\n" * 501)
    assert [(each.row, each.kind) for each in bad.value.faults] == [(502, "too_many")]


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
RATES = st.integers(120, 220).map(float) | st.integers(1200, 2200).map(lambda tenth: tenth / 10)


@st.composite
def rosters(draw: Any) -> list[dict[str, Any]]:
    rows = []
    for k in range(draw(st.integers(1, 8))):
        row: dict[str, Any] = {"athlete_id": f"a-{k}", "name": draw(NAMES), "group": draw(st.none() | NAMES)}
        if draw(st.booleans()):
            row |= {
                "address": f"C0:FF:EE:00:00:{k:02X}",
                "label": f"{k}",
                "mode": draw(st.sampled_from(list(Mode))).value,
            }
        if draw(st.booleans()):
            row |= {"hr_max": draw(RATES), "hr_rest": draw(st.none() | st.integers(30, 90).map(float))}
        row["sex"] = draw(st.sampled_from([None, "female", "male"]))
        rows.append(row)
    return rows


VALID = jsonschema.Draft202012Validator(schemas()["roster"])


@settings(max_examples=40, deadline=None)
@given(rows=rosters(), lang=st.sampled_from(["vi", "en"]))
def test_a_roster_that_is_written_is_the_one_that_is_read(rows: list[dict[str, Any]], lang: str) -> None:
    roster = read_roster(json.dumps(rows).encode(), "squad.json")
    assert read_roster(roster_csv(roster, lang), "squad.csv") == roster
    assert read_roster(json.dumps(roster.document()).encode(), "squad.json") == roster
    VALID.validate(roster.document())


def test_no_text_becomes_a_formula() -> None:
    roster = read("name;group\n=1+1;-5\n")
    text = roster_csv(roster, "en").decode("utf-8-sig")
    assert "'=1+1" in text
    assert "'-5" in text
    assert read_roster(text.encode(), "x").profiles[0].name == "=1+1"
