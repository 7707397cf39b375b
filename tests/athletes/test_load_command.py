"""``touchline load``: tables of dated loads in either language, athletes' documents with all faults named, sessions."""

from __future__ import annotations

import json
import re
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athletes.load.person import read_person
from athletes.load.table import dated_loads, day_in, number_in
from athletes.model import Sex, ZoneMethod
from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadFile, TouchlineError

EXAMPLE = schemas()["load_athlete"]["examples"][0]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["load", *words, "--json", "--lang", "en"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schemas()["load" if document["status"] == "ok" else "refused"])
    return document


# ------------------------------------------------------------------ tables of loads


@pytest.mark.parametrize(
    "text",
    [
        "date,load\n2026-03-01,50.5\n2026-03-03,20\n2026-03-03,10.25\n",
        "Ngày;Tải\n01/03/2026;50,5\n03/03/2026;20\n3.3.2026;10,25\n",
        'Ngày tập,Tải tập\n1-3-2026,"50,5"\n03-03-2026,20\n2026/03/03,"10,25"\n',
        "\ufeffDate\tTraining load (AU)\n2026-03-01T06:00:00Z\t50.5\n2026-03-03 06:00\t30.25\n",
        "TL,Training_Date\n50.5,1772323200.0\n30.25,1772496000.0\n",
    ],
)
def test_a_table_in_either_language(text: str) -> None:
    found = dated_loads(text.removeprefix("\ufeff"))
    assert found is not None
    assert found.first == date(2026, 3, 1)
    assert found.loads.tolist() == [50.5, 0.0, 30.25]
    assert found.bad_lines == ()


def test_loads_that_cannot_be_read_are_named_and_their_day_is_not_known(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "loads.csv"
    path.write_text("date;load\n2026-03-01;x1\n2026-03-02;\n2026-03-03;-4\n2026-03-04;7;9\n2026-03-05;5\n", "utf-8")
    found = run(capsys, str(path))
    assert [bad["line"] for bad in found["bad_lines"]] == [2, 4, 5]
    assert [day["load"] for day in found["days"]] == [None, None, None, None, 5.0]
    assert found["quality"] == {"days": 5, "known": 1, "unknown": 4}
    assert found["latest"]["monotony"] == {
        "value": None, "unit": "", "method": found["methods"]["monotony"], "quality": 0.2, "reason": "too_few_days"
    }  # fmt: skip


def test_a_line_without_a_day_refuses_the_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "loads.csv"
    path.write_text("date,load\n2026-03-01,5\n31/02/2026,6\nyesterday,7\n", "utf-8")
    found = run(capsys, str(path))
    assert found["code"] == "bad_load_dates"
    assert "3: '31/02/2026'" in found["detail"]
    assert "4: 'yesterday'" in found["detail"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("athlete,date,load\nAn,2026-03-01,5\nBình,2026-03-01,6\n", "several_athletes"),
        ("date,load\n", "no_loads"),
        ("date,load\n1980-03-01,5\n2026-03-01,6\n", "loads_too_far_apart"),
    ],
)
def test_what_is_no_season_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadFile) as caught:
        dated_loads(text)
    assert caught.value.code == f"athletes.errors.{code}"


def test_one_athlete_of_several() -> None:
    text = "VĐV;Ngày;Tải\nAn;01/03/2026;5\nBình;02/03/2026;6\n"
    found = dated_loads(text, only="Bình")
    assert found is not None
    assert (found.who, found.first, found.loads.tolist()) == ("Bình", date(2026, 3, 2), [6.0])
    with pytest.raises(BadFile):
        dated_loads(text, only="Chi")


def test_numbers_of_either_language_and_never_a_guess() -> None:
    assert number_in("1.234,5", comma=True) == 1234.5
    assert number_in("1,234.5", comma=False) == 1234.5
    assert number_in("1,234", comma=True) == 1.234
    with pytest.raises(ValueError, match="1,234"):
        number_in("1,234", comma=False)
    for junk in ("", "1e5", "inf", "nan", "1,2,3", "0x10", "１２"):
        with pytest.raises(ValueError, match=re.escape(junk) or "^$"):
            number_in(junk, comma=True)


@pytest.mark.parametrize(
    ("lines", "loads", "bad"),
    [
        (["1;350,5", "2;1.234"], [350.5, 1234.0], []),
        (["1;350.5", "2;1,234"], [350.5, 1234.0], []),
        (["1;350.5", "2;1.234"], [350.5, 1.234], []),
        (["1;350.5", "2;20,25", "3;1.234"], [350.5, 20.25, float("nan")], [4]),
    ],
)
def test_a_sign_between_thousands_is_told_by_the_other_cells(
    lines: list[str], loads: list[float], bad: list[int]
) -> None:
    found = dated_loads("date;load\n" + "".join(f"2026-03-0{line}\n" for line in lines))
    assert found is not None
    np.testing.assert_array_equal(found.loads, loads)
    assert [line for line, _ in found.bad_lines] == bad


@pytest.mark.parametrize("felt", ["-1", "11", "nan", "inf", "hard"])
def test_an_effort_that_no_scale_has_is_refused(felt: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["load", str(tmp_path / "s.csv"), "--rpe", felt])
    assert ended.value.code == 2


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_any_text_is_a_table_or_not_or_refused(text: str) -> None:
    for head in ("", "date,load\n"):
        try:
            found = dated_loads(head + text)
        except BadFile:
            continue
        assert found is None or not np.isinf(found.loads).any()


@settings(max_examples=40)
@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert day_in(day.isoformat()) == day_in(day.strftime("%d/%m/%Y")) == day_in(day.strftime("%d.%m.%Y")) == day


def test_the_response_to_training_goes_with_a_column_of_tests(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "loads.csv"
    lines = [
        f"{date.fromordinal(date(2026, 1, 1).toordinal() + at)},{40 + 20 * (at % 3)},{300 + at % 7}" for at in range(5)
    ]
    path.write_text("date,load,test\n" + "\n".join(lines), "utf-8")
    found = run(capsys, str(path))["response"]
    assert (found["reason"], found["days"], found["tests"]) == ("too_few_tests", None, 5)
    assert main(["load", str(path), "--lang", "vi"]) == 0
    said = capsys.readouterr().out
    assert "cần bảy lần kiểm tra trở lên" in said
    assert "ACWR theo EWMA: 1," in said


# ------------------------------------------------------------------ athletes


def test_the_same_athlete_in_three_forms(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"sex": "nữ", "birth_year": 2001, "hr_max_bpm": 191.5, "hr_rest_bpm": 52}', "utf-8"
    )
    (tmp_path / "a.toml").write_text(
        'sex = "female"\nbirth_year = 2001\nhr_max_bpm = 191.5\nhr_rest_bpm = 52\n', "utf-8"
    )
    (tmp_path / "a.csv").write_text("sex;nữ\nbirth_year;2001\nhr_max_bpm;191,5\nhr_rest_bpm;52\n", "utf-8")
    (tmp_path / "b.csv").write_text("sex,birth_year,hr_max_bpm,hr_rest_bpm\nf,2001,191.5,52\n", "utf-8")
    found = [read_person(tmp_path / name) for name in ("a.json", "a.toml", "a.csv", "b.csv")]
    assert all(one == found[0] for one in found)
    assert found[0].athlete.sex is Sex.FEMALE
    assert found[0].athlete.zone_settings[0].hr_max_bpm == 191.5


def test_dated_settings_by_sport(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(EXAMPLE), "utf-8")
    jsonschema.validate(EXAMPLE, schemas()["load_athlete"])
    athlete = read_person(tmp_path / "a.json").athlete
    assert athlete.zone_setting(date(2026, 3, 1), "running").method is ZoneMethod.THRESHOLD
    assert athlete.zone_setting(date(2026, 3, 1), "cycling").hr_rest_bpm == 52


def test_all_faults_of_an_athlete_are_named_at_once(tmp_path: Path) -> None:
    document = {
        "sex": "x",
        "hr_max_bpm": 999,
        "hr_rest_bpm": "low",
        "colour": "red",
        "birth_date": "31/02/2001",
        "settings": [{"from": "soon"}, 7, {"hr_max_bpm": 150, "hr_rest_bpm": 160}, {"zone_method": "magic"}],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(BadFile) as caught:
        read_person(path)
    told = caught.value.detail("en")
    for place in (
        "$.sex", "$.hr_max_bpm: 999", "$.hr_rest_bpm: 'low'", "$.colour: unknown", "$.birth_date", "$.settings[0].from",
        "$.settings[1]", "$.settings[2]", "$.settings[3].zone_method",
    ):  # fmt: skip
        assert place in told
    assert "9 " in told


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("a.json", "[]"), ("a.toml", "= 3"), ("a.csv", "one\n")])
def test_what_is_no_athlete(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(BadFile) as caught:
        read_person(tmp_path / name)
    assert caught.value.code == "athletes.errors.not_an_athlete"


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["sex", "hr_max_bpm", "own_bpm", "settings", "birth_date", "birth_year", "from", "x"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_any_document_is_an_athlete_or_refused(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    path = tmp_path_factory.mktemp("a") / "a.json"
    path.write_text(json.dumps(document), "utf-8")
    refused = None
    try:
        read_person(path)
    except TouchlineError as refusal:
        refused = refusal.code
    assert refused in (None, "athletes.errors.bad_athlete", "athletes.errors.not_an_athlete")


# ------------------------------------------------------------------ sessions


def session(path: Path, *, minutes: int = 40) -> Path:
    lines = [f"2026-05-01 06:{s // 60:02}:{s % 60:02},150,{3.0 if s % 120 else 3.1}" for s in range(60 * minutes)]
    path.write_text("time,heart_rate,speed (m/s)\n" + "\n".join(lines), "utf-8")
    return path


def test_a_session_with_method_value_quality_and_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    athlete = tmp_path / "a.json"
    athlete.write_text('{"sex": "male", "hr_max_bpm": 200, "hr_rest_bpm": 40, "vt1_bpm": 140, "vt2_bpm": 170}', "utf-8")
    found = run(capsys, str(session(tmp_path / "s.csv")), "--athlete", str(athlete), "--rpe", "5")
    minutes = 2399 / 60
    assert found["lucia"]["value"] == pytest.approx(2 * minutes)
    assert found["edwards"]["value"] == pytest.approx(3 * minutes)
    assert found["srpe"]["value"] == pytest.approx(5 * minutes)
    assert (found["hrss"]["value"], found["hrss"]["reason"]) == (None, "no_threshold")
    assert found["zones"]["value"] == {"0": 0, "1": 0, "2": 0, "3": 2399, "4": 0, "5": 0}
    assert found["external"]["distance_m"]["value"] == pytest.approx(3.0 * 2399, rel=0.001)
    assert found["bests"]["heart_rate_300s_bpm"] == 150
    assert found["decoupling"]["value"] == pytest.approx(0, abs=0.1)
    assert all(one["reason"] for one in (found["critical_power"], found["w_prime"], found["hr_recovery"]))


def test_without_an_athlete_only_what_needs_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = session(tmp_path / "s.csv", minutes=2)
    found = run(capsys, str(path))
    assert found["trimp_banister"]["reason"] == "no_hr_max"
    assert found["zones"]["reason"] == "no_hr_max"
    assert found["vo2max"]["uth"]["reason"] == "no_measured_hr_max"
    assert main(["load", str(path), "--lang", "vi"]) == 0
    said = capsys.readouterr().out
    assert "TRIMP (Banister): – (chưa biết nhịp tim tối đa)" in said
    assert "athletes." not in said  # no key instead of a text


def test_every_reason_and_name_of_the_code_has_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    person = tmp_path / "a.toml"
    person.write_text('zone_method = "threshold"\nthreshold_bpm = 165\ncooper_m = 900\nshuttle_kmh = 12\n', "utf-8")
    for lang in ("vi", "en"):
        assert main(["load", str(session(tmp_path / "s.csv")), "--athlete", str(person), "--lang", lang]) == 0
        assert "athletes." not in capsys.readouterr().out


def test_a_document_of_two_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "athlete.json"
    with path.open("wb") as sparse:
        sparse.truncate(2 * 2**30)
    tracemalloc.start()
    try:
        with pytest.raises(BadFile) as refusal:
            read_person(path)
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()
    assert refusal.value.name == "not_an_athlete"


def test_an_athlete_by_number_is_found_however_a_program_writes_it() -> None:
    text = "id,date,load\n1.0,2026-03-01,30\n2.0,2026-03-01,40\n10.0,2026-03-01,50\n"
    found = dated_loads(text, only="1")
    assert found is not None
    assert (found.who, found.loads.tolist()) == ("1.0", [30.0])
    with pytest.raises(BadFile):
        dated_loads(text.replace("2.0", "1"), only="1.00")
