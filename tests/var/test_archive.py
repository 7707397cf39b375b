"""What people did is kept: entries are only added, undo is one of them, decisions are only superseded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var import setup_document
from var.archive import Archive
from var.footage.table import RECORD, Coding, write_table
from var.match_store import slug
from var.model import AttackDirection, BodyPart, Click, Clip, Match, Period, Role, Setup, Team

pytestmark = pytest.mark.usefixtures("database")

SHA = "ab" * 32


def clip(home: Path, camera: str, **changes: object) -> Clip:
    values = {
        "camera_id": camera,
        "label": camera,
        "path": home / "matches" / "m" / f"{camera}.mp4",
        "proxy": home / "matches" / "m" / f"{camera}.proxy.mp4",
        "sha256": SHA,
        "size_px": (1920, 1080),
        "timebase": Timebase(Fraction(1, 30000)),
        "pts": tuple(range(1001, 1001 * 101, 1001)),
        "to_match": ClockMap(Fraction(-7, 3), Fraction(30001, 30000), 0.001),
        "timing": Origin.IMPORTED,
        "codec": "h264",
        "fixed": True,
    }
    return Clip(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path)
    clips = (clip(tmp_path, "cam1"), clip(tmp_path, "cam2", fixed=False))
    archive.add_match(Match("m", "Huế – Đà Nẵng", Origin.SIMULATED, utc_now(), Setup(), clips))
    return archive


def click(camera: str = "cam1", frame: int = 10, u: float = 100.5, v: float = 200.25) -> Click:
    return Click(camera, frame, SHA, u, v)


def test_a_match_comes_back_as_it_was(archive: Archive, tmp_path: Path) -> None:
    match = archive.match("m")
    assert match.clips[0].to_match == ClockMap(Fraction(-7, 3), Fraction(30001, 30000), 0.001)
    assert match.clips[0].pts == clip(tmp_path, "cam1").pts
    assert match.clips[0].timebase.tick_s == Fraction(1, 30000)
    assert match.clips[1].fixed is False
    assert match.origin is Origin.SIMULATED


def test_the_data_folder_may_move(archive: Archive, tmp_path: Path) -> None:
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(moved)
    assert Archive(moved).match("m").clips[0].path == moved / "matches" / "m" / "cam1.mp4"


def test_a_set_up_comes_back_as_it_was(archive: Archive) -> None:
    setup = Setup(
        competition="Giải trẻ",
        date="2026-11-21",
        venue="Tự Do",
        edition="IFAB 2026/27",
        home=Team("Huế", "#112233", "#445566", ("1 Nguyễn Văn A", "10 Trần B")),
        officials=(("VAR", "An"), ("AR1", "Bình")),
        periods=(Period("H1", Fraction(1, 3), 0, AttackDirection.LEFT),),
        pitch_m=(100.0, 64.0),
    )
    archive.save_setup("m", setup, name="Tên mới")
    assert archive.match("m").setup == setup
    assert archive.match("m").name == "Tên mới"


def test_all_faults_of_a_set_up_are_named_at_once() -> None:
    document = {
        "date": "2026-02-30",
        "home": {"colour": "red"},
        "pitch_m": [200, 68],
        "periods": [{"name": "x", "starts_s": "1/0", "clock_s": 0, "home_attacks": "up"}],
        "officials": ["An"],
    }
    with pytest.raises(BadValue) as refusal:
        setup_document.from_document(document)
    said = refusal.value.detail("en")
    for place in ("date", "home.colour", "pitch_m", "period 1 (periods[0])", "official 1 (officials[0])"):
        assert f"{place}: " in said
    assert "$" not in said


def test_undo_is_an_entry_and_brings_back_what_was_before(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(2), attack=AttackDirection.RIGHT)
    archive.set_kick(incident.id, camera_id="cam1", frame=10, sha256=SHA)
    archive.set_kick(incident.id, camera_id="cam2", frame=20, sha256=SHA)
    archive.mark_body(incident.id, Role.ATTACKER, BodyPart.TOE, click(u=1))
    archive.mark_body(incident.id, Role.ATTACKER, BodyPart.TOE, click(u=2))
    assert [mark.click.u_px for mark in archive.body_marks(incident.id)] == [2]
    assert archive.undo("m", incident.id) == "body_mark"
    assert [mark.click.u_px for mark in archive.body_marks(incident.id)] == [1]
    assert archive.undo("m", incident.id) == "body_mark"
    assert archive.undo("m", incident.id) == "kick"
    assert archive.incident(incident.id).kick_frame == 10
    assert archive.undo("m", incident.id) == "kick"
    assert archive.incident(incident.id).kick_s is None
    assert archive.undo("m", incident.id) is None  # the incident itself stays
    assert len(archive.entries("m")) == 5 + 4  # nothing was ever taken out


def test_a_kick_on_another_angle_stands_beside_the_first(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(2))
    archive.set_kick(incident.id, camera_id="cam1", frame=10, sha256=SHA)
    archive.set_kick(incident.id, camera_id="cam2", frame=20, sha256=SHA, also=True)
    archive.set_kick(incident.id, camera_id="cam2", frame=21, sha256=SHA, also=True)
    marked = archive.incident(incident.id)
    assert (marked.kick_camera, marked.kick_frame, marked.more_kicks) == ("cam1", 10, (("cam2", 21),))
    archive.set_kick(incident.id, camera_id="cam1", frame=11, sha256=SHA, also=True)  # corrected by a frame
    assert archive.incident(incident.id).more_kicks == (("cam2", 21),)
    archive.set_kick(incident.id, camera_id="cam1", frame=40, sha256=SHA)  # another kick altogether
    assert archive.incident(incident.id).more_kicks == ()
    assert archive.undo("m", incident.id) == "kick"
    assert archive.incident(incident.id).more_kicks == (("cam2", 21),)


def test_the_kick_keeps_its_exact_instant(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(2))
    archive.set_kick(incident.id, camera_id="cam1", frame=10, sha256=SHA)
    assert archive.incident(incident.id).kick_s == archive.match("m").clip("cam1").match_s(10)
    assert archive.match("m").clip("cam1").match_s(10) == Fraction(-7, 3) + Fraction(30001, 30000) * 10 * Fraction(
        1001, 30000
    )


def test_the_kick_follows_its_frame_when_the_clock_of_its_camera_is_set_anew(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(1))
    clip = archive.match("m").clip("cam2")
    archive.set_kick(incident.id, camera_id="cam2", frame=20, sha256=clip.sha256)
    archive.save_clip("m", "cam2", to_match=ClockMap(Fraction(7, 3)))
    moved = archive.match("m").clip("cam2").match_s(20)
    assert moved != clip.match_s(20)
    assert archive.incident(incident.id).kick_s == moved
    assert archive.review("m").incidents[0].kick_s == moved


def test_a_name_given_while_a_clock_is_set_leaves_the_clock_alone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two screens, or a screen and a job: what one changes between the other's reading and writing stays."""
    other, read = Archive(archive.home), archive.match
    clock = ClockMap(Fraction(7), Fraction(1), 0.002)

    def meanwhile(match_id: str) -> Match:
        found = read(match_id)
        other.save_clip(match_id, "cam2", to_match=clock, fixed=True)
        return found

    monkeypatch.setattr(archive, "match", meanwhile)
    archive.save_clip("m", "cam2", label="Stand")
    now = read("m").clip("cam2")
    assert (now.label, now.to_match, now.fixed) == ("Stand", clock, True)
    monkeypatch.undo()
    archive.save_clip("m", "cam2")
    same = archive.match("m").clip("cam2")
    assert (same.label, same.to_match, same.fixed) == ("Stand", clock, True)
    assert same.pts is now.pts  # parsed once


def test_decisions_are_only_superseded(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(2))
    margin = Measurement(0.31, 0.05, "m", "test")
    first = archive.decide(incident.id, "offside", by="An", margin=margin, facts={"a": 1})
    assert archive.undo("m", incident.id) is None
    second = archive.decide(incident.id, "stands", by="Bình", note="xem lại")
    decisions = archive.decisions(incident.id)
    assert [(d.outcome, d.decided_by, d.supersedes) for d in decisions] == [
        ("offside", "An", None),
        ("stands", "Bình", first.id),
    ]
    assert decisions[0].margin == margin
    assert second.margin is None
    seq = next(entry["seq"] for entry in archive.entries("m") if entry["kind"] == "decision")
    with pytest.raises(BadValue):
        archive.remove("m", seq)
    with pytest.raises(BadValue):
        archive.remove_incident(incident.id)


def test_decisions_of_two_screens_at_once_follow_one_another(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(1))
    with ThreadPoolExecutor(6) as pool:
        made = list(
            pool.map(lambda k: archive.decide(incident.id, "offside", by=f"referee {k}"), range(24), timeout=60)
        )
    kept = archive.decisions(incident.id)
    assert sorted(decision.decided_by for decision in made) == sorted(f"referee {k}" for k in range(24))
    assert [decision.supersedes for decision in kept] == [None, *(decision.id for decision in kept[:-1])]


def test_what_is_decided_is_never_removed_at_the_same_moment(archive: Archive) -> None:
    for _ in range(12):
        incident = archive.add_incident("m", at_s=Fraction(1))
        start = threading.Barrier(2)

        def done(action: Callable[[], object], start: threading.Barrier = start) -> bool:
            start.wait(20)
            try:
                action()
            except (BadValue, NotFound):
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            decided = pool.submit(done, lambda i=incident.id: archive.decide(i, "offside", by="An"))  # type: ignore[misc]
            removed = pool.submit(done, lambda i=incident.id: archive.remove_incident(i))  # type: ignore[misc]
        assert decided.result() is not removed.result()
        there = [decision for decision in archive.review("m").decisions if decision.incident_id == incident.id]
        assert len(there) == decided.result()


def test_two_undos_at_once_undo_two_marks(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(1))
    for k in range(20):
        archive.mark_pitch("m", f"point_{k}", (0, 0, 0), click())
    with ThreadPoolExecutor(5) as pool:
        assert all(pool.map(lambda _: archive.undo("m", incident.id), range(20), timeout=60))
    assert archive.review("m").pitch_marks == ()


def test_nobody_decides_nothing(archive: Archive) -> None:
    incident = archive.add_incident("m", at_s=Fraction(2))
    with pytest.raises(BadValue, match="name"):
        archive.decide(incident.id, "offside", by="  ")
    assert archive.decisions(incident.id) == []


@pytest.mark.parametrize(
    "wrong",
    [
        Click("cam1", 10, "cd" * 32, 1, 1),
        Click("cam1", 100, SHA, 1, 1),
        Click("cam1", 10, SHA, 1920, 1),
        Click("cam1", 10, SHA, 1, -0.6),
        Click("cam9", 10, SHA, 1, 1),
    ],
)
def test_a_click_of_another_recording_is_refused(archive: Archive, wrong: Click) -> None:
    with pytest.raises(BadValue):
        archive.mark_pitch("m", "centre_spot", (0, 0, 0), wrong)
    assert archive.review("m").pitch_marks == ()


def test_a_removed_incident_takes_its_marks_along_and_numbers_stay(archive: Archive) -> None:
    first = archive.add_incident("m", at_s=Fraction(1))
    second = archive.add_incident("m", at_s=Fraction(2))
    archive.mark_body(first.id, Role.DEFENDER, BodyPart.HIP, click())
    archive.remove_incident(first.id)
    review = archive.review("m")
    assert [(incident.id, incident.number) for incident in review.incidents] == [(second.id, 2)]
    assert review.body_marks == ()
    assert archive.add_incident("m", at_s=Fraction(3)).number == 3


def test_a_removed_incident_can_be_brought_back_with_its_marks(archive: Archive) -> None:
    first = archive.add_incident("m", at_s=Fraction(1))
    archive.add_incident("m", at_s=Fraction(2))
    archive.mark_body(first.id, Role.DEFENDER, BodyPart.HIP, click())
    before = archive.review("m")
    for _ in range(2):
        archive.remove_incident(first.id)
        assert archive.review("m") != before
        archive.restore_incident(first.id)
        assert archive.review("m") == before
    with pytest.raises(NotFound):
        archive.restore_incident(first.id)  # it is there
    assert archive.undo("m", first.id) == "body_mark"


def test_clearing_the_pitch_can_be_undone(archive: Archive) -> None:
    archive.mark_pitch("m", "centre_spot", (0, 0, 0), click())
    archive.mark_pitch("m", "centre_spot", (0, 0, 0), click(camera="cam2"))
    archive.clear_pitch_marks("m", "cam1")
    assert [mark.click.camera_id for mark in archive.review("m").pitch_marks] == ["cam2"]
    assert archive.undo("m") == "clear_pitch"
    assert len(archive.review("m").pitch_marks) == 2


def test_clicks_along_a_line_are_kept_one_by_one_and_taken_back_one_by_one(archive: Archive, tmp_path: Path) -> None:
    for u in (10.0, 20.0, 30.0, 20.0):  # the same place twice counts once
        archive.mark_line("m", "right_goal_line", click(u=u), by="An")
    archive.mark_line("m", "centre_circle", click(camera="cam2"))
    again = Archive(tmp_path)
    review = again.review("m")
    assert [(mark.name, mark.click.camera_id, mark.click.u_px) for mark in review.line_clicks] == [
        ("right_goal_line", "cam1", 10.0),
        ("right_goal_line", "cam1", 20.0),
        ("right_goal_line", "cam1", 30.0),
        ("centre_circle", "cam2", 100.5),
    ]
    assert review.pitch_marks == ()
    assert {entry["kind"] for entry in again.entries("m")} == {"line_click"}
    assert again.undo("m") == "line_click"
    assert again.line_clicks("m", "cam2") == []
    again.remove("m", again.line_clicks("m", "cam1")[0].id)
    assert [mark.click.u_px for mark in again.line_clicks("m", "cam1")] == [20.0, 30.0]
    again.clear_pitch_marks("m", "cam1")
    assert again.review("m").line_clicks == ()
    assert again.undo("m") == "clear_pitch"
    assert len(again.line_clicks("m", "cam1")) == 2
    assert len(again.entries("m")) == 9  # five clicks, two undone, one clearing and its undo: nothing is lost


def test_a_line_that_no_pitch_has_is_refused(archive: Archive) -> None:
    with pytest.raises(BadValue, match="far_fence") as refused:
        archive.mark_line("m", "far_fence", click())
    assert refused.value.name == "unknown_line"
    with pytest.raises(BadValue):
        archive.mark_line("m", "right_goal_line", Click("cam1", 10, "cd" * 32, 1, 1))
    assert archive.entries("m") == []


def test_a_match_can_be_put_away_and_brought_back(archive: Archive) -> None:
    archive.delete_match("m")
    assert archive.matches() == []
    assert archive.find("m") is None
    assert [match.id for match in archive.matches(put_away=True)] == ["m"]
    archive.restore_match("m")
    assert archive.match("m").name == "Huế – Đà Nẵng"
    assert archive.matches(put_away=True) == []


@pytest.mark.parametrize("name", ["UI", "Upload"])
def test_no_match_takes_an_address_that_the_server_needs(archive: Archive, name: str) -> None:
    assert archive.free_id(name) not in ("ui", "upload")


def test_what_is_not_there_is_said_by_name(archive: Archive) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        archive.match("nowhere")
    with pytest.raises(NotFound, match="i-0"):
        archive.incident("i-0")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Huế – Đà Nẵng, lượt về", "hue-da-nang-luot-ve"), ("Đội Đắk Lắk", "doi-dak-lak"), ("???", "")],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(min_value=1, max_value=4000), min_size=2, max_size=40),
    st.fractions(min_value=-5, max_value=5, max_denominator=10_000),
    st.fractions(min_value=Fraction(1, 5), max_value=2, max_denominator=1000),
    st.fractions(min_value=-1, max_value=2, max_denominator=10_000),
)
def test_the_nearest_frame_is_the_nearest(gaps: list[int], offset_s: Fraction, rate: Fraction, where: Fraction) -> None:
    pts = [17]
    for gap in gaps:
        pts.append(pts[-1] + gap)
    one = clip(Path("/"), "cam1", pts=tuple(pts), to_match=ClockMap(offset_s, rate))
    times = [one.match_s(frame) for frame in range(len(one))]
    at = times[0] + (times[-1] - times[0]) * where
    found = one.frame_at(at)
    if found is None:
        assert at < times[0] - one.frame_s / 2 or at > times[-1] + one.frame_s / 2
    else:
        assert abs(times[found] - at) == min(abs(time - at) for time in times)
        assert found == min(range(len(times)), key=lambda frame: (abs(times[frame] - at), frame))


def test_a_match_whose_frame_table_is_gone_keeps_no_other_away(archive: Archive, tmp_path: Path) -> None:
    table = tmp_path / "matches" / "n" / "cam1.frames"
    table.parent.mkdir(parents=True)
    rows = np.zeros(3, RECORD)
    rows["pts"] = [0, 1001, 2002]
    write_table(table, Timebase(Fraction(1, 30000)), Coding("h264", "avc1.64001F", b"", (1920, 1080)), rows)
    archive.add_match(Match("n", "Vinh", Origin.IMPORTED, utc_now(), Setup(), (clip(tmp_path, "cam1", table=table),)))
    assert {match.id for match in archive.matches()} == {"m", "n"}
    assert archive.match("n").clips[0].pts == (0, 1001, 2002)
    data = table.read_bytes()
    for fault in ("no_such_table", "bad_table"):
        table.unlink(missing_ok=True)
        if fault == "bad_table":
            table.write_bytes(b"rubbish")
        assert [match.id for match in archive.matches()] == ["m"]
        ((name, reason),) = archive.unreadable()
        assert (name, reason.name) == ("Vinh", fault)
        for look in (archive.match, archive.find):  # not the same as no such match
            with pytest.raises(TouchlineError) as refusal:
                look("n")
            assert refusal.value.name == fault
    table.write_bytes(data)
    assert len(archive.matches()) == 2
    assert archive.find("other") is None
