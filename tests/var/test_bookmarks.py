"""Bookmarks as entries: added once, changed, removed and brought back; what the player sends; the command."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var import bookmarks
from var.archive import Archive
from var.bookmarks import Tag
from var.model import AttackDirection, Clip, Match, Period, Setup

pytestmark = pytest.mark.usefixtures("database")

SHA = "ab" * 32
ID = "0123456789abcdef"


def clip(camera: str, offset_s: Fraction) -> Clip:
    """A hundred frames at 30000/1001 Hz; no file is behind it."""
    return Clip(
        camera_id=camera,
        label=camera,
        path=Path(f"{camera}.mp4"),
        proxy=Path(f"{camera}.proxy.mp4"),
        sha256=SHA,
        size_px=(640, 360),
        timebase=Timebase(Fraction(1, 30000)),
        pts=[1001 * k for k in range(100)],
        to_match=ClockMap(offset_s),
        timing=Origin.MEASURED,
    )


def keep_match(home: Path) -> Archive:
    """An archive with the match ``m``: two cameras, the second a third of a second later."""
    archive = Archive(home)
    setup = Setup(periods=(Period("1", Fraction(1), 2700, AttackDirection.RIGHT),))
    clips = (clip("cam1", Fraction(0)), clip("cam2", Fraction(1, 3)))
    archive.add_match(Match("m", "M", Origin.MEASURED, utc_now(), setup, clips))
    return archive


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return keep_match(tmp_path)


def sent(name: str = "bookmark", **more: Any) -> dict[str, Any]:
    """What the player sends with cam2 standing on frame 30."""
    at = {"n": 40, "s": 1.334667, "camera": "cam2", "frame": 30, "sha256": SHA}
    return {"name": name, "seq": 1, "id": ID, "tag": None, "ends": None, **at, **more}


def now(archive: Archive) -> list[tuple[str, Fraction, Tag | None]]:
    return [(mark.id, mark.at_s, mark.tag) for mark in archive.review("m").bookmarks]


def test_the_instant_is_exactly_that_of_the_frame(archive: Archive) -> None:
    bookmarks.act(archive, "m", sent())
    (mark,) = archive.review("m").bookmarks
    assert mark.at_s == Fraction(1, 3) + 30 * Fraction(1001, 30000)
    assert (mark.camera_id, mark.tag, mark.ends_s) == ("cam2", None, None)
    # Without a picture it is the step's, as the decimals say.
    bookmarks.act(archive, "m", sent(id="fedcba9876543210", frame=None, s=0.25))
    assert archive.review("m").bookmarks[0].at_s == Fraction(1, 4)


def test_a_message_that_comes_twice_counts_once(archive: Archive) -> None:
    for message in (sent(), sent(), sent("tag_bookmark", tag="foul"), sent("tag_bookmark", tag="foul")):
        bookmarks.act(archive, "m", message)
    assert [tag for _, _, tag in now(archive)] == [Tag.FOUL]
    assert [entry["kind"] for entry in archive.entries("m")] == ["bookmark", "bookmark_change"]
    for _ in range(2):
        bookmarks.act(archive, "m", sent("remove_bookmark"))
    assert now(archive) == []
    bookmarks.act(archive, "m", sent())  # an old message does not bring back what was removed since
    assert now(archive) == []
    for _ in range(2):
        bookmarks.act(archive, "m", sent("restore_bookmark"))
    assert [tag for _, _, tag in now(archive)] == [Tag.FOUL]
    assert len(archive.entries("m")) == 4  # one removal and one taking back


def test_undo_takes_back_the_last_thing_first(archive: Archive) -> None:
    bookmarks.act(archive, "m", sent())
    bookmarks.act(archive, "m", sent("tag_bookmark", tag="goal"))
    assert archive.undo("m") == "bookmark_change"
    assert [tag for _, _, tag in now(archive)] == [None]
    assert archive.undo("m") == "bookmark"
    assert now(archive) == []
    assert archive.undo("m") is None


def test_undo_of_an_incident_and_of_a_bookmark_do_not_disturb_each_other(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(2))
    bookmarks.act(archive, "m", sent())
    assert archive.undo("m", incident.id) == "bookmark"
    assert [one.id for one in archive.incidents("m")] == [incident.id]


def test_a_stretch_and_the_order_of_match_time(archive: Archive) -> None:
    starts = {"camera": "cam1", "frame": 10, "sha256": SHA, "s": 9.0}
    ends = {"camera": None, "frame": None, "s": 1.5}
    bookmarks.act(archive, "m", sent(starts=starts, ends=ends))
    bookmarks.add(archive, "m", at_s=Fraction(1, 10), tag="card", note="  số 7,  đội khách ")
    first, second = archive.review("m").bookmarks
    assert (first.note, first.tag) == ("số 7, đội khách", Tag.CARD)
    assert (second.at_s, second.ends_s) == (10 * Fraction(1001, 30000), Fraction(3, 2))
    bookmarks.change(archive, "m", first.id, note="số 8")
    assert bookmarks.find(archive, "m", first.id).note == "số 8"
    assert bookmarks.find(archive, "m", first.id).tag is Tag.CARD


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (sent(sha256="cd" * 32), "foreign_click"),
        (sent(frame=100), "foreign_click"),
        (sent(camera="cam9"), "no_such_camera"),
        (sent(frame=None, s="soon"), "bad_instant"),
        (sent(frame=None, s=None), "bad_instant"),
        (sent(frame=None, s=float("nan")), "bad_instant"),
        (sent(frame=None, s=float("inf")), "bad_instant"),
        (sent(id="../x"), "no_such_bookmark"),
        (sent(id=None), "no_such_bookmark"),
        (sent(tag="own goal"), "bad_tag"),
        (sent(ends={"camera": "cam2", "frame": 30, "s": 1}), "bad_stretch"),
        (sent("tag_bookmark", tag="foul"), "no_such_bookmark"),
        (sent("remove_bookmark"), "no_such_bookmark"),
        (sent("restore_bookmark"), "no_such_bookmark"),
        (sent("decide"), "bad_action"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(archive: Archive, message: Any, code: str) -> None:
    with pytest.raises(TouchlineError) as refused:
        bookmarks.act(archive, "m", message)
    assert refused.value.name == code
    assert archive.entries("m") == []


@given(
    st.fixed_dictionaries(
        {"name": st.sampled_from(sorted(bookmarks.ACTIONS)), "id": st.just(ID) | st.text(max_size=9)},
        optional={
            name: st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("cam1")
            for name in ("s", "camera", "frame", "sha256", "tag")
        },
    )
)
def test_no_message_breaks_the_archive(message: dict[str, Any]) -> None:
    class Kept:  # an archive in memory: hypothesis asks a hundred times
        def match(self, match_id: str) -> Match:
            return Match("m", "M", Origin.MEASURED, "", Setup(), (clip("cam1", Fraction(0)),))

        def entries(self, match_id: str) -> list[Any]:
            return []

        def review(self, match_id: str) -> Any:
            return type("Review", (), {"bookmarks": ()})

        def add_entry(self, match_id: str, kind: str, body: dict[str, Any], *, by: str = "") -> int:
            json.dumps(body, allow_nan=False)
            Fraction(body["at_s"])
            return 1

    with pytest.raises((BadValue, NotFound)):  # a new one is not found afterwards, for nothing is kept here
        bookmarks.act(Kept(), "m", message)  # type: ignore[arg-type]


def test_the_entry_that_is_not_there_is_named(archive: Archive) -> None:
    with pytest.raises(NotFound):
        archive.restore("m", 99)
    with pytest.raises(NotFound):
        archive.add_entry("elsewhere", "bookmark", {})
    with pytest.raises(BadValue, match="501"):
        bookmarks.add(archive, "m", at_s=Fraction(1), note="x" * 501)


# ------------------------------------------------------------------ the command


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    keep_match(tmp_path)
    shape = schemas()["bookmarks"]
    added = run(capsys, "bookmarks", "m", "--add", "1,5", "--ends", "2.5", "--tag", "penalty", "--note", "tay")
    jsonschema.validate(added, shape, cls=jsonschema.Draft202012Validator)
    (mark,) = added["bookmarks"]
    assert (mark["s"], mark["ends_s"], mark["tag"], mark["clock_s"]) == (1.5, 2.5, "penalty", 2700.5)
    assert run(capsys, "bookmarks", "m") == added
    for lang, tag in (("vi", "Phạt đền"), ("en", "Penalty")):
        assert main(["bookmarks", "m", "--lang", lang]) == 0
        assert tag in capsys.readouterr().out
    left = run(capsys, "bookmarks", "m", "--remove", str(mark["seq"]))
    assert left == {"match": "m", "bookmarks": []}
    for words, code in (
        (["--remove", str(mark["seq"])], "no_such_bookmark"),
        (["--tag", "goal"], "add_needed"),
        (["--add", "soon"], "bad_instant"),
        (["--add", "1", "--tag", "x"], "bad_tag"),
    ):
        assert run(capsys, "bookmarks", "m", *words)["code"] == code
    assert run(capsys, "bookmarks", "nowhere")["code"] == "no_such_match"


@pytest.mark.parametrize(
    "wrong", [{"s": "1e999999999"}, {"s": float("nan")}, {"s": 1e300}, {"s": True}, {"starts": "here"}, {"ends": [1]}]
)
def test_an_instant_that_is_none_is_refused_at_once(archive: Archive, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadValue) as refusal:
        bookmarks.act(archive, "m", sent(camera=None, frame=None, **wrong))
    assert refusal.value.name == "bad_instant"
    assert now(archive) == []
