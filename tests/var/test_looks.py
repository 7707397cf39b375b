"""The log of looks: a batch is kept once, what cannot be is refused, and the command reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_bookmarks import keep_match

from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadValue, NotFound
from var import looks
from var.archive import Archive

pytestmark = pytest.mark.usefixtures("database")

SCREEN = "0123456789abcdef"
LOOK = {"camera": "cam1", "first": 10, "last": 40, "speed": 0.25, "ms": 4000}


def message(*given: dict[str, Any], number: int = 1, screen: str = SCREEN) -> dict[str, Any]:
    return {"screen": screen, "batch": number, "looks": list(given)}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return keep_match(tmp_path)


def test_a_batch_is_kept_once(archive: Archive) -> None:
    match = archive.match("m")
    second = {**LOOK, "camera": "cam2", "first": 30, "last": 20, "speed": -0.5}
    batch = looks.batch(message(LOOK, second), match)
    assert looks.add(archive, "m", batch)
    assert not looks.add(archive, "m", batch)
    assert looks.add(archive, "m", looks.batch(message({**LOOK, "speed": 0}, number=2), match))
    found = looks.looks(archive, "m")
    assert [(one.camera_id, one.first_frame, one.last_frame, one.speed, one.looked_ms) for one in found] == [
        ("cam1", 10, 40, 0.25, 4000),
        ("cam2", 30, 20, -0.5, 4000),
        ("cam1", 10, 40, 0.0, 4000),
    ]
    assert {one.screen for one in found} == {SCREEN}
    assert looks.looks(archive, "m", "cam2") == [found[1]]
    with pytest.raises(NotFound):
        looks.looks(archive, "elsewhere")


def test_a_look_is_dated_by_when_it_ended_although_it_is_told_later(archive: Archive) -> None:
    match = archive.match("m")
    before = datetime.now(UTC)
    looks.add(archive, "m", looks.batch(message({**LOOK, "ago_ms": 7000}, LOOK), match))
    after = datetime.now(UTC)
    ended, told = (datetime.fromisoformat(one.at_utc) for one in looks.looks(archive, "m"))
    assert before <= ended + timedelta(seconds=7) <= after
    assert before <= told <= after
    for wrong in (-1, 1.5, "7", 10**9):
        with pytest.raises(BadValue):
            looks.batch(message({**LOOK, "ago_ms": wrong}), match)


def test_the_speed_that_was_reached_is_taken_to_the_last_picture(archive: Archive) -> None:
    """The log does not say slower than it was because the last picture stood for a while."""
    match = archive.match("m")
    clip = match.clips[0]
    frame_ms = 1000 * float(clip.match_s(30) - clip.match_s(10))
    look = {**LOOK, "first": 10, "last": 30, "speed": 0.5}

    def reached(**more: int) -> float | None:
        kept = looks.batch(message(look | more), match).looks[0]
        return kept.reached(clip)

    half = round(2 * frame_ms)
    assert reached(ms=half + 5000, moved_ms=half) == pytest.approx(0.5, rel=0.01)
    assert reached(ms=half) is None  # an older page does not tell
    assert reached(ms=500, moved_ms=100) is None
    with pytest.raises(BadValue):
        reached(ms=100, moved_ms=101)


def test_what_a_screen_lost_is_in_the_log(
    archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(archive.home))
    match = archive.match("m")
    assert looks.lost(archive, "m") == 0
    looks.add(archive, "m", looks.batch(message(LOOK) | {"lost": 3}, match))
    looks.add(archive, "m", looks.batch(message(number=2) | {"lost": 5}, match))  # no look, but news of the loss
    looks.add(archive, "m", looks.batch(message(LOOK, number=3) | {"lost": 4}, match))  # sent earlier, came later
    looks.add(archive, "m", looks.batch(message(LOOK, screen="fedcba9876543210") | {"lost": 1}, match))
    assert looks.lost(archive, "m") == 6
    assert main(["looks", "m", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lost"] == 6
    assert main(["looks", "m"]) == 0
    assert "6" in capsys.readouterr().out.splitlines()[-1]
    with pytest.raises(BadValue):
        looks.batch(message() | {"lost": 0}, match)
    with pytest.raises(BadValue):
        looks.batch(message(LOOK) | {"lost": -1}, match)
    archive.purge_match("m")
    assert looks.lost(archive, "m") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"camera": "cam9"},
        {"camera": None},
        {"first": -1},
        {"last": 100},
        {"first": 1.5},
        {"first": True},
        {"speed": None},
        {"speed": float("nan")},
        {"speed": float("inf")},
        {"speed": 33},
        {"ms": -5},
        {"ms": 10**9},
        {"ms": "1"},
    ],
)
def test_a_look_that_cannot_be_is_refused_with_its_batch(archive: Archive, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadValue) as refused:
        looks.batch(message(LOOK, {**LOOK, **wrong}), archive.match("m"))
    assert refused.value.name == "bad_looks"


def test_a_recording_that_grows_may_be_ahead_of_its_table(archive: Archive) -> None:
    match = archive.match("m")
    growing = replace(match, clips=tuple(replace(clip, recording=True) for clip in match.clips))
    assert looks.batch(message({**LOOK, "last": 500}), growing).looks[0].last_frame == 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["camera", "first", "last", "speed", "ms"])


@given(JSON | st.builds(lambda name, value: message({**LOOK, name: value}), FIELDS, JSON))
def test_any_json_is_a_batch_or_is_refused(document: Any) -> None:
    from test_bookmarks import clip

    match: Any = type("Match", (), {"clips": (clip("cam1", 0),)})  # type: ignore[arg-type]
    try:
        found = looks.batch(document, match)
    except BadValue:
        return
    assert all(0 <= look.first_frame < 100 and 0 <= look.last_frame < 100 for look in found.looks)
    assert all(abs(look.speed) <= looks.LARGEST_SPEED and look.looked_ms >= 0 for look in found.looks)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    archive = keep_match(tmp_path)
    looks.add(archive, "m", looks.batch(message(LOOK), archive.match("m")))
    assert main(["looks", "m", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schemas()["looks"], cls=jsonschema.Draft202012Validator)
    assert document["looks"][0]["speed"] == 0.25
    assert main(["looks", "m", "--camera", "cam2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["looks"] == []
    assert main(["looks", "m", "--camera", "cam9", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "no_such_camera"
    assert main(["looks", "m", "--lang", "vi"]) == 0
    assert "0,25" in capsys.readouterr().out
