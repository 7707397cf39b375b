"""Recordings for siblings, by the contract of the kernel: opened, taken, set beside each other, views of a match."""

from __future__ import annotations

import json
import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import barcode
import cv2
import numpy as np
import pytest
from goal_match import SIZE, mark_pitch, render, shot, truth_of
from recordings import jittered, packets_of, write

from athletes.archive import Archive as TrainingArchive
from athletes.kinematics.model import Movement
from athletes.motion.rig import add_filmed, camera_of
from athletes.motion.trials import Trials
from touchline.cli import main
from touchline.errors import BadFile, BadValue, NotFound
from touchline.footage import Footage, keeper, open_footage
from touchline.rights import NotAllowed, Person, Role
from touchline.timebase import ClockMap
from var.archive import Archive
from var.given import shown
from var.measure.camera import image
from var.model import Clip, Match
from var.synthetic.camera import observe


def quiet(share: float, said: str) -> None:
    """Progress that nobody hears."""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a match of a fifth of a second by two cameras."""
    home = tmp_path_factory.mktemp("filmed") / "home"
    render(Archive(home), shot(), seconds=Fraction(1, 5))
    return home


def filmed_match(rendered: Path, home: Path) -> tuple[Archive, Match]:
    """The same match in a folder of one's own, whose clips lie there."""
    shutil.copytree(rendered, home, dirs_exist_ok=True)
    archive = Archive(home)
    return archive, archive.match("goal")


def test_times_are_the_containers_and_pictures_are_the_frames(tmp_path: Path) -> None:
    pts = jittered(40)
    footage: Footage = open_footage(
        write(tmp_path / "phone.mp4", 40, rate=Fraction(30), time_base=Fraction(1, 90000), pts=pts)
    )
    try:
        assert footage.times_s == pytest.approx([(tick - pts[0]) / 90000 for tick in pts], abs=1e-9)
        read = [(i, barcode.read(picture)) for i, picture in footage.pictures(7, 12) if picture is not None]
        assert read == [(i, (0, i)) for i in range(7, 12)]
        with pytest.raises(BadValue):
            footage.picture(40)
    finally:
        footage.close()


def test_a_rotated_recording_is_shown_upright_and_says_what_it_is(tmp_path: Path) -> None:
    footage = open_footage(write(tmp_path / "upright.mp4", 5, rotation=(90, False)))
    assert footage.size_px == (180, 320)
    assert footage.picture(3).shape == (320, 180, 3)
    assert footage.tags["handler_name"] == "VideoHandler"
    footage.close()


def test_a_frame_that_does_not_decode_is_none_and_the_others_come(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", 30, gop=10, options={"preset": "ultrafast", "bf": "0", "sc_threshold": "0"})
    data = bytearray(path.read_bytes())
    _, at, size = packets_of(path)[15]
    data[at + 5 : at + size] = bytes(size - 5)
    path.write_bytes(data)
    footage = open_footage(path)
    read = {i: None if picture is None else barcode.read(picture) for i, picture in footage.pictures()}
    footage.close()
    assert list(read) == list(range(30))
    assert read[15] is None
    assert [read[i] for i in (0, 9, 20, 29)] == [(0, 0), (0, 9), (0, 20), (0, 29)]


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"nothing")
    with pytest.raises(BadFile):
        open_footage(tmp_path / "x.mp4")
    with pytest.raises(NotFound):
        open_footage(tmp_path / "y.mp4")
    with pytest.raises(BadFile):
        keeper().take(tmp_path / "x.mp4", tmp_path / "in", "cam1", label="", move=False, progress=quiet)
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize("move", [True, False])
def test_a_recording_is_taken_with_its_table_and_can_be_played(tmp_path: Path, move: bool) -> None:
    source = write(tmp_path / "a.mp4", 30)
    folder = tmp_path / "in"
    shot = keeper().take(source, folder, "cam1", label="Máy 1", move=move, progress=quiet)
    assert source.exists()  # whoever asked takes the old name away, once all of it is kept
    assert (shot.frames, shot.label, shot.size_px) == (30, "Máy 1", (320, 180))
    keeper().make_proxy(shot, folder, quiet)
    clip = shown(shot, folder, ClockMap(Fraction(5), Fraction(1, 8)), camera_id="left", label="x")
    assert isinstance(clip, Clip)
    assert clip.match_s(29) == 5 + Fraction(29, 25) / 8
    assert clip.proxy.is_dir()
    assert any(clip.proxy.glob("*.mp4"))


def test_clocks_are_set_by_what_both_hear_and_nothing_is_made_up(tmp_path: Path) -> None:
    silent = [write(tmp_path / f"{name}.mp4", 25, camera=k) for k, name in enumerate("ab")]
    (tied,) = keeper().tie(silent[0], [silent[1]], quiet)
    assert tied.to_reference is None
    assert set(tied.reason) == {"vi", "en"}


def test_a_match_gives_its_calibrated_cameras_and_no_others(rendered: Path, tmp_path: Path) -> None:
    archive, match = filmed_match(rendered, tmp_path)
    assert [(one.cameras, one.calibrated) for one in keeper().filmed(tmp_path, None)] == [(2, 0)]
    mark_pitch(archive, match, truth_of(archive), "cam1", np.random.default_rng(1))
    (view,) = keeper().views(tmp_path, match.id, None)
    assert (view.camera_id, view.size_px, view.path.is_file()) == ("cam1", SIZE, True)
    assert view.to_match.sigma_s == 0.001
    assert view.cov is not None
    assert view.cov.shape == (len(view.parameters),) * 2
    centre_m = -cv2.Rodrigues(view.rvec)[0].T @ view.tvec_m
    assert centre_m == pytest.approx([34.0, -44.0, 9.0], abs=1.0)  # a pixel's click at 50 m is some decimetres


@pytest.mark.parametrize("role", [Role.COACH, Role.ANALYST, Role.ADMINISTRATOR])
def test_matches_are_for_those_who_watch_them(tmp_path: Path, role: Role) -> None:
    Archive(tmp_path)
    person = Person("p", "Lan", frozenset({role}))
    with pytest.raises(NotAllowed):
        keeper().filmed(tmp_path, person)
    with pytest.raises(NotAllowed):
        keeper().views(tmp_path, "m", person)


def test_a_command_keeps_a_match_as_a_trial(
    rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, match = filmed_match(rendered, tmp_path)
    mark_pitch(archive, match, truth_of(archive), "cam1", np.random.default_rng(1))
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    words = ["motion", "add", "--movement", "kick", "--json", "--lang", "en"]
    assert main([*words, "--of-match", match.id, "--name", "Sút"]) == 0
    document = json.loads(capsys.readouterr().out)
    (shot,) = Trials(TrainingArchive(tmp_path)).trial(document["id"]).shots
    camera = camera_of(shot)
    assert camera is not None
    assert camera.cov is not None
    assert document["cameras"][0]["settings"]["camera"]["cov"] == camera.cov.tolist()
    for more in ([], ["--of-match", match.id, str(match.clips[0].path)], ["--of-match", match.id, "--slow", "2"]):
        assert main([*words, *more]) == 0
        assert json.loads(capsys.readouterr().out)["code"] == "files_or_match"
    assert main([*words, "--of-match", "nothing"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "no_such_match"


def test_what_was_filmed_of_a_match_becomes_a_trial(rendered: Path, tmp_path: Path) -> None:
    archive, match = filmed_match(rendered, tmp_path)
    trials = Trials(TrainingArchive(tmp_path))
    with pytest.raises(NotFound):  # nothing is calibrated yet
        add_filmed(trials, match.id, "Sút", Movement.KICK, date(2026, 11, 30))
    for camera_id in ("cam1", "cam2"):
        mark_pitch(archive, match, truth_of(archive), camera_id, np.random.default_rng(1))
    made = add_filmed(trials, match.id, "Sút", Movement.KICK, date(2026, 11, 30))
    assert [one.shot.frames for one in made.shots] == [10, 5]
    assert made.shots[1].to_trial.offset_s == Fraction(1, 50)
    assert made.shots[1].to_trial.sigma_s == 0.001
    truth = truth_of(archive).camera("cam2")
    places = np.array([[49.0, 0.0, 0.0], [45.0, 3.0, 1.0]])
    camera = camera_of(made.shots[1])
    assert camera is not None
    assert camera.project(places) == pytest.approx(observe(truth, places), abs=3.0)  # a pixel's clicks, 15 points
    assert archive.match(match.id).clips[0].path.is_file()
    (_, view) = keeper().views(tmp_path, match.id, None)
    assert camera.cov is not None
    assert view.cov is not None
    by_pose = camera.slope_by_pose(places)
    said_px = np.sqrt(np.einsum("...ij,jk,...ik->...i", by_pose, camera.cov, by_pose))
    theta = np.concatenate([[np.log(view.k[0, 0])], view.dist[:2], view.k[:2, 2], view.rvec, view.tvec_m])
    drawn = np.random.default_rng(2).multivariate_normal(theta, view.cov, 400)
    seen = image(drawn, np.asarray(view.dist[2:]), places)
    # A turn and a shift stand for the lens too, and do not do all that a lens does: on 108 places over the picture
    # they say 0.5 to 1.3 of what the eleven parameters say. The pose's own part alone would say 3 to 25 times as much.
    ratio = said_px / seen.std(axis=0)
    assert ratio.min() > 0.4
    assert ratio.max() < 1.6
