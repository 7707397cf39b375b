"""Clocks kept with a match: composed, nudged, taken back, exported and read again, and never for other recordings."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sync_sounds as sounds
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import BadFile, BadValue, NotFound
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.model import Clip, Match, Setup
from var.sync import offsets, saved
from var.sync.auto import Check, Found
from var.sync.hearing import forget
from var.sync.model import Estimate, Method, Status

GOOD = Estimate(Method.AUDIO, Status.OK, Fraction(5, 3), Fraction(1000001, 1000000), 0.003, 0.9, "", {"windows": 4})
WEAK = replace(GOOD, status=Status.WEAK, reason="ambiguous")
FAILED = Estimate.failed(Method.AUDIO, "nothing_shared")


def clip(camera: str, path: Path, clock: ClockMap) -> Clip:
    base = Timebase(Fraction(1, 50))
    return Clip(camera, camera, path, path, f"{camera:0>64}", (160, 96), base, range(500), clock, Origin.IMPORTED)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "home")
    clips = (
        clip("a", tmp_path / "a.mp4", ClockMap(Fraction(10), Fraction(999, 1000), 0.004)),
        clip("b", tmp_path / "b.mp4", ClockMap()),
        clip("c", tmp_path / "c.mp4", ClockMap()),
    )
    made.add_match(Match("m", "M", Origin.IMPORTED, utc_now(), Setup(), clips))
    return made


def test_a_clock_is_composed_with_the_references(archive: Archive) -> None:
    assert saved.save(archive, "m", "a", {"b": GOOD}) == ["b"]
    to = archive.match("m").clip("b").to_match
    assert to.offset_s == 10 + Fraction(999, 1000) * Fraction(5, 3)
    assert to.rate == Fraction(999, 1000) * Fraction(1000001, 1000000)
    assert to.sigma_s == pytest.approx(0.999 * 0.003)  # between the two: the reference's own doubt is in neither
    assert archive.match("m").clip("b").timing is Origin.MEASURED
    kept = saved.saved(archive, "m")["b"]
    assert kept.estimate == GOOD
    assert (kept.reference, kept.used, kept.undoable) == ("a", True, 1)


def test_the_reference_gives_match_time_and_the_others_take_its_doubt_over(archive: Archive) -> None:
    """As in a live match: every angle is placed by when its packets came, which says little."""
    for camera in ("a", "b", "c"):
        archive.save_clip("m", camera, to_match=ClockMap(Fraction(10), Fraction(1), 0.15))
    assert saved.save(archive, "m", "a", {"b": FAILED}) == []
    assert [clip.to_match.sigma_s for clip in archive.match("m").clips] == [0.15, 0.15, 0.15]
    assert saved.save(archive, "m", "a", {"b": GOOD}) == ["b"]
    sigmas = [clip.to_match.sigma_s for clip in archive.match("m").clips]
    assert sigmas == [0.0, pytest.approx(0.003), pytest.approx(0.15 * math.sqrt(2))]
    assert saved.save(archive, "m", "b", {"c": GOOD}) == ["c"]  # over b, which a placed: the doubts of both
    sigmas = [clip.to_match.sigma_s for clip in archive.match("m").clips]
    assert sigmas == [0.0, pytest.approx(0.003), pytest.approx(math.hypot(0.003, 0.003), rel=1e-5)]


def test_a_weak_or_failed_estimate_is_kept_but_sets_no_clock(archive: Archive) -> None:
    assert saved.save(archive, "m", "a", {"b": WEAK, "c": FAILED}) == []
    for camera, estimate in (("b", WEAK), ("c", FAILED)):
        assert archive.match("m").clip(camera).to_match == ClockMap()
        assert archive.match("m").clip(camera).timing is Origin.IMPORTED
        kept = saved.saved(archive, "m")[camera]
        assert (kept.estimate, kept.used) == (estimate, False)
    assert saved.save(archive, "m", "a", {"b": WEAK}, weak=True) == ["b"]


def test_checks_are_kept_beside_the_estimate(archive: Archive) -> None:
    saved.save(archive, "m", "a", {"b": Found(GOOD, (Check(WEAK, 0.001, True), Check(FAILED)))})
    checks = saved.saved(archive, "m")["b"].checks
    assert [check["agrees"] for check in checks] == [True, None]
    assert checks[1]["reason"] == "nothing_shared"


def test_the_hand_moves_an_angle_and_takes_it_back(archive: Archive) -> None:
    saved.save(archive, "m", "a", {"b": GOOD})
    before = archive.match("m").clip("b").to_match
    frame = archive.match("m").clip("b").frame_s
    moved = saved.nudge(archive, "m", "b", frames=-2)
    assert moved.offset_s == before.offset_s - 2 * frame
    moved = saved.nudge(archive, "m", "b", ms=1.5)
    assert moved.offset_s == before.offset_s - 2 * frame + Fraction(3, 2000)
    assert moved == archive.match("m").clip("b").to_match
    assert saved.saved(archive, "m")["b"].nudged_s == Fraction(3, 2000) - 2 * frame
    assert saved.undo(archive, "m", "b")
    assert saved.undo(archive, "m", "b")
    assert archive.match("m").clip("b").to_match == before
    assert saved.undo(archive, "m", "b")
    assert archive.match("m").clip("b").to_match == ClockMap()
    assert archive.match("m").clip("b").timing is Origin.IMPORTED
    assert not saved.undo(archive, "m", "b")
    assert saved.saved(archive, "m") == {}


def test_a_hand_alone_is_good_to_half_a_frame(archive: Archive) -> None:
    moved = saved.nudge(archive, "m", "c", frames=1)
    assert moved.sigma_s == pytest.approx(0.01)
    kept = saved.saved(archive, "m")["c"].estimate
    assert (kept.method, kept.status, kept.reason) == (Method.NUDGE, Status.WEAK, "by_hand")
    with pytest.raises(BadValue):
        saved.nudge(archive, "m", "c", ms=math.inf)


def test_an_eye_adds_half_a_frame_once(archive: Archive) -> None:
    saved.save(archive, "m", "a", {"b": Found(GOOD, (Check(GOOD, 0.001, True), Check(FAILED)))})
    before = archive.match("m").clip("b").to_match.sigma_s
    assert before is not None
    frame = float(archive.match("m").clip("b").frame_s)
    for _ in range(4):
        moved = saved.nudge(archive, "m", "b", frames=1)
        assert moved.sigma_s == pytest.approx(math.hypot(before, frame / 2))
    check, failed = saved.saved(archive, "m")["b"].checks
    assert check["difference_s"] == pytest.approx(0.001 + 4 * frame)
    assert check["agrees"] is False  # 81 ms are more than three of hypot(3, 10, 3) ms
    assert failed["difference_s"] is None
    saved.save(archive, "m", "a", {"b": GOOD})
    assert archive.match("m").clip("b").to_match.sigma_s == pytest.approx(before)


@pytest.mark.parametrize("found", [WEAK, FAILED])
def test_a_nudge_makes_no_result_of_one_that_set_no_clock(archive: Archive, found: Estimate) -> None:
    saved.save(archive, "m", "a", {"b": found})
    saved.nudge(archive, "m", "b", frames=1)
    kept = saved.saved(archive, "m")["b"]
    assert (kept.estimate.method, kept.estimate.status, kept.estimate.reason) == (
        Method.NUDGE,
        Status.WEAK,
        "by_hand",
    )


@pytest.mark.parametrize("given", [{"a": GOOD}, {"nobody": GOOD}, {"b": GOOD, "nobody": GOOD}])
def test_nothing_is_kept_for_a_wrong_camera(archive: Archive, given: dict[str, Estimate]) -> None:
    with pytest.raises(BadValue):
        saved.save(archive, "m", "a", given)
    assert saved.saved(archive, "m") == {}
    assert archive.match("m").clip("b").to_match == ClockMap()


def test_offsets_go_through_a_file_without_loss(archive: Archive, tmp_path: Path) -> None:
    saved.save(archive, "m", "a", {"b": GOOD, "c": FAILED})
    path = tmp_path / "offsets.json"
    saved.export_file(archive, "m", path)
    before = archive.match("m").clip("b").to_match
    saved.undo(archive, "m", "b")
    assert saved.import_file(archive, "m", path) == ["b"]
    after = archive.match("m").clip("b").to_match
    assert (after.offset_s, after.rate) == (before.offset_s, before.rate)
    document = json.loads(path.read_text("utf-8"))
    assert document["clips"][0]["camera"] == "b"
    assert document["reference_camera"] == "a"


def test_offsets_of_other_recordings_are_refused_by_name(archive: Archive, tmp_path: Path) -> None:
    saved.save(archive, "m", "a", {"b": GOOD})
    path = tmp_path / "offsets.json"
    saved.export_file(archive, "m", path)
    before = archive.match("m").clip("b").to_match
    document = json.loads(path.read_text("utf-8"))
    document["clips"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(BadValue, match="recording of b"):
        saved.import_file(archive, "m", path)
    assert archive.match("m").clip("b").to_match == before


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("clips"),
        lambda d: d.update(touchline_offsets=99),
        lambda d: d["clips"][0].pop("exact"),
        lambda d: d["clips"][0].update(exact=["1/0", "1"]),
        lambda d: d["clips"][0].update(sigma_s=-1.0),
        lambda d: d["clips"][0].update(method="guess"),
        lambda d: d.update(clips=[7]),
        lambda d: d["clips"][0].update(facts=3),
    ],
)
def test_a_damaged_file_of_offsets_is_refused(archive: Archive, tmp_path: Path, change: Any) -> None:
    saved.save(archive, "m", "a", {"b": GOOD})
    path = tmp_path / "offsets.json"
    saved.export_file(archive, "m", path)
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(BadValue, match="offsets"):
        saved.import_file(archive, "m", path)


def test_files_that_are_not_there_or_cannot_be_written(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        offsets.read(tmp_path / "none.json")
    with pytest.raises(BadValue):
        saved.export_file(archive, "m", tmp_path / "x.json")  # nothing synchronised yet
    saved.save(archive, "m", "a", {"b": GOOD})
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(BadFile):
        saved.export_file(archive, "m", tmp_path / "file" / "x.json")
    with pytest.raises(NotFound):
        saved.saved(archive, "nothing")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["method", "status", "exact", "sigma_s", "score", "reason", "facts"]), inner, max_size=7
            )
        ),
    )
)
def test_no_document_breaks_the_reader(document: Any) -> None:
    with contextlib.suppress(BadValue):
        offsets.from_kept(document)


def test_a_job_synchronises_and_saves(tmp_path: Path) -> None:
    forget()
    from var.ingest import Source, ingest

    home = tmp_path / "home"
    crowd = sounds.crowd(20, 4)
    files = [
        sounds.film(tmp_path / f"{k}.mp4", sounds.heard(crowd, at, 10), 10, seed=k) for k, at in ((1, 1.0), (2, 4.2))
    ]
    match = ingest(Archive(home), "M", [Source(path) for path in files]).match
    assert match is not None
    shares: list[float] = []
    arguments = {"match": match.id, "reference": match.clips[0].camera_id}
    done = saved.sync_work(home, arguments, lambda share, name: shares.append(share))
    camera = match.clips[1].camera_id
    assert done["set"] == [camera]
    assert json.dumps(done)
    assert done["cameras"][camera]["offset_s"] == pytest.approx(3.2, abs=1e-3)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with pytest.raises(BadValue):
        saved.sync_match(Archive(home), match.id, match.clips[0].camera_id, "guess")
