"""The real models, where ``touchline models`` finds them: on rendered players, and on the recordings beside the
project. What was counted by hand on those is in docs/experiments/007-assistance.md."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from assisting import shown

from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from touchline.vision.runtime import lacking
from var.archive import Archive
from var.assist.pictures import read_picture
from var.assist.sight import Models, Sight, load_models, look
from var.assist.teams import Side
from var.assist.work import kick_work, people_work
from var.jobs import WORK
from var.model import AttackDirection, Click, Clip, Match, Setup
from var.synthetic.camera import observe
from var.synthetic.draw import Painter
from var.synthetic.scene import Side as Wears
from var.synthetic.scene import Task

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures"


@pytest.fixture(scope="module")
def models() -> Models:
    absent = lacking()
    if absent:
        pytest.skip(f"needs {', '.join(absent)}: touchline models get")
    return load_models()


@pytest.fixture(scope="module")
def sight(models: Models) -> Sight:
    seen = shown()
    return look(seen.picture, models, calibration=seen.calibration, attack=AttackDirection.RIGHT)


def test_rendered_players_are_found_in_place_and_hardly_anything_else(sight: Sight) -> None:
    seen = shown()
    body = seen.scene.body_points(seen.scene.kick_s)
    true = {
        name: np.mean([body[name][f"{side}_heel"][:2] for side in ("left", "right")], axis=0) for name in seen.points
    }
    found, strangers = set(), 0
    for one in sight.people:
        assert one.person.stands_m is not None
        name = min(true, key=lambda each: float(np.linalg.norm(true[each] - np.array(one.person.stands_m))))
        if np.linalg.norm(true[name] - np.array(one.person.stands_m)) < 1.5:
            found.add(name)
        else:
            strangers += 1
    assert len(found) >= 0.85 * len(true)
    assert strangers <= 3  # people at the picture's edge, whom the truth here leaves out


def test_rendered_players_are_proposed_with_points_near_the_truth(sight: Sight) -> None:
    seen = shown()
    errors = []
    for one in sight.people:
        assert one.body is not None
        for points in seen.points.values():
            if np.linalg.norm(np.array(one.body.points[0].px) - points["head"]) < 0.15 * one.person.height_px:
                errors += [
                    np.linalg.norm(np.array(point.px) - points[f"{point.side}_{point.part.value}"]) / point.sigma_px
                    for point in one.body.points
                    if point.side and point.confidence > 0.5
                ]
    assert len(errors) > 60
    assert np.median(errors) < 1.5


def test_rendered_teams_are_not_mixed(sight: Sight) -> None:
    seen = shown()
    persons = {person.id: person for person in seen.scene.persons}
    worn: dict[Side, set[Wears]] = {}
    for one in sight.people:
        for name, points in seen.points.items():
            near = np.linalg.norm(np.array(one.person.foot_px) - (points["left_heel"] + points["right_heel"]) / 2)
            if near < 0.2 * one.person.height_px and persons[name].task is not Task.KEEPER and not one.hidden:
                worn.setdefault(one.side, set()).add(persons[name].side)
    assert len(worn[Side.FIRST]) == len(worn[Side.SECOND]) == 1
    assert worn[Side.FIRST] != worn[Side.SECOND]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, str]:
    """A match of one angle of twenty-six pictures around the kick, calibrated by true points, with the kick marked."""
    home = tmp_path_factory.mktemp("assist")
    seen = shown()
    painter, kick = Painter(seen.scene, seen.camera), float(seen.scene.kick_s)
    path = home / "cam2.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=50)
        stream.width, stream.height, stream.pix_fmt = *seen.camera.size_px, "yuv420p"
        stream.options = {"crf": "12", "preset": "ultrafast"}
        for n in range(26):
            picture = np.asarray(painter.picture(kick - 0.265 + n / 50))
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))
    from var.footage.video import index

    found = index(path)
    at = ClockMap(Fraction(kick - 0.265).limit_denominator(10**6), Fraction(1), 0.001)
    clip = Clip(
        "cam2",
        "cam2",
        path,
        path,
        "c" * 64,
        seen.camera.size_px,
        Timebase(found.timebase.tick_s),
        found.pts,
        at,
        Origin.SIMULATED,
        fixed=True,
    )
    archive = Archive(home)
    archive.add_match(Match("m", "m", Origin.SIMULATED, utc_now(), Setup(), (clip,)))
    for mark in shown_marks():
        archive.mark_pitch("m", *mark, by="")
    incident = archive.add_incident("m", at_s=clip.match_s(14), attack=AttackDirection.RIGHT)
    archive.set_kick(incident.id, camera_id="cam2", frame=14, sha256=clip.sha256)
    return archive, incident.id


def shown_marks() -> list[tuple[str, tuple[float, float, float], Click]]:
    from var.measure.pitch import Pitch

    made = []
    for name, place in Pitch().points.items():
        u, v = observe(shown().camera, np.array([place]))[0]
        if 0 < u < 1920 and 0 < v < 1080:
            made.append((name, place, Click("cam2", 14, "c" * 64, float(u), float(v))))
    return made


def test_the_kick_job_finds_the_kick_from_a_click_on_the_ball(played: tuple[Archive, str]) -> None:
    archive, incident_id = played
    seen = shown()
    clip = archive.match("m").clips[0]
    u, v = observe(seen.camera, seen.scene.ball_m([float(clip.match_s(14))]))[0]
    asked = {"match": "m", "incident": incident_id, "camera": "cam2", "frame": 14, "u": float(u), "v": float(v)}
    said: list[float] = []
    result = kick_work(archive.home, asked, lambda share, label: said.append(share))
    way, sound = result["hints"]
    assert way["frame"] is not None
    assert abs(float(clip.match_s(0)) + way["at_s"] - float(seen.scene.kick_s)) < 0.012
    assert abs(way["frame"] - 14) <= 1
    assert sound == {
        "way": "sound",
        "frame": None,
        "at_s": None,
        "sigma_s": None,
        "strength": None,
        "reason": "no_sound",
    }
    assert said == sorted(said)
    assert {"assist_people", "assist_kick"} <= set(WORK)


@pytest.mark.usefixtures("models")
def test_the_people_job_gives_what_the_page_offers(played: tuple[Archive, str]) -> None:
    archive, incident_id = played
    said: list[float] = []
    result = people_work(archive.home, {"match": "m", "incident": incident_id}, lambda share, label: said.append(share))
    assert result["refused"] == {}
    angle = result["angles"]["cam2"]
    assert (angle["frame"], angle["sha256"]) == (14, "c" * 64)
    assert len(angle["sight"]["people"]) >= 8
    assert said == sorted(said)
    assert said[-1] == 1.0


@pytest.mark.parametrize(("frame", "on_the_pitch"), [(10, 19), (100, 15)])
def test_the_wide_view_is_counted(frame: int, on_the_pitch: int, models: Models) -> None:
    folder = FIXTURES / "match_left_wide"
    if not (folder / "left_camera.mp4").is_file():
        pytest.skip("the recording match_left_wide is not here")
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
    try:
        from wide_view import PITCH, SIZE_PX, read_marks
    finally:
        sys.path.pop(0)
    from var.measure.calibrate import calibrate

    calibration = calibrate(read_marks(folder / "left_keypoints.xml"), SIZE_PX, PITCH)
    picture, _ = read_picture(folder / "left_camera.mp4", frame)
    sight = look(picture, models, calibration=calibration, attack=AttackDirection.LEFT)
    inside = [one for one in sight.people if one.person.stands_m and abs(one.person.stands_m[1]) < 34]
    assert 0.85 * on_the_pitch <= len(inside) <= on_the_pitch + 2
    sides = [one.side for one in inside]
    assert min(sides.count(Side.FIRST), sides.count(Side.SECOND)) >= 4


def test_people_of_a_broadcast_picture_are_found_without_a_calibration(models: Models) -> None:
    path = FIXTURES / "fouls_multiview" / "action_0" / "clip_0.mp4"
    if not path.is_file():
        pytest.skip("the recording fouls_multiview is not here")
    picture, _ = read_picture(path, 60)
    sight = look(picture, models)
    assert 13 <= len(sight.people) <= 19  # 16 counted by hand
    assert all(one.person.stands_m is None and one.ranked == () for one in sight.people)
    assert {Side.FIRST, Side.SECOND} <= {one.side for one in sight.people}
