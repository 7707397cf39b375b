"""A small rendered match: its files decode, its clocks and its sound are true, and half a render leaves nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of
from touchline.origin import Origin
from var.model import AttackDirection
from var.synthetic import sound
from var.synthetic.attack import ATTACKER, DEFENDER, KICK_S, attack_scene
from var.synthetic.camera import Camera, ground_cameras, observe
from var.synthetic.draw import Painter
from var.synthetic.render import RenderedMatch, render_match
from var.synthetic.scene import Scene
from var.synthetic.truth import load_truth

SIZE = (320, 180)


def short(seconds: Fraction, names: tuple[str, ...] = ("cam1", "cam2", "cam4")) -> list[Camera]:
    """Some cameras that start a little before ``seconds`` of match time, so that a second of film is enough."""
    return [
        replace(c, to_match=replace(c.to_match, offset_s=c.to_match.offset_s / 10 + seconds))
        for c in ground_cameras()
        if c.id in names
    ]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return attack_scene(0.34, 1)


@pytest.fixture(scope="module")
def made(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderedMatch, list[tuple[float, str]]]:
    """One second about the whistle."""
    told: list[tuple[float, str]] = []
    folder = tmp_path_factory.mktemp("rendered") / "match"
    whole = render_match(
        folder,
        scene,
        short(Fraction(104, 10)),
        size=SIZE,
        seconds=Fraction(114, 10),
        progress=lambda share, who: told.append((share, who)),
    )
    return whole, told


def test_every_file_is_there_and_named_in_the_truth(made: tuple[RenderedMatch, list[tuple[float, str]]]) -> None:
    match, told = made
    names = {path.name for path in match.folder.iterdir()}
    assert names == {"cam1.mp4", "cam2.mp4", "cam4.mp4", "truth.json", "truth.npz"}
    truth = match.truth()
    for camera_id, path in match.files.items():
        assert truth.media[camera_id] == (path.name, sha256_of(path))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert told[-1] == (1.0, "")
    assert {who for _, who in told} == {"cam1", "cam2", "cam4", ""}


@pytest.mark.parametrize("camera_id", ["cam1", "cam2", "cam4"])
def test_pictures_come_at_their_instants(made: tuple[RenderedMatch, list[tuple[float, str]]], camera_id: str) -> None:
    match, _ = made
    camera = match.truth().camera(camera_id)
    with av.open(str(match.files[camera_id])) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == SIZE
        shown = [frame.pts * stream.time_base for frame in container.decode(stream)]
        has_b = stream.codec_context.has_b_frames
    assert shown[0] == 0
    assert len(shown) == camera.frames() > 20
    assert all(at == i / camera.fps for i, at in enumerate(shown))  # exact: the ticks divide every frame time
    assert bool(has_b) == (camera.b_frames > 0)
    assert camera.match_s(camera.frames() - 1) < Fraction(114, 10) <= camera.match_s(camera.frames())


@pytest.mark.parametrize("camera_id", ["cam1", "cam2", "cam4"])
def test_the_whistle_is_as_late_as_sound_travels(
    made: tuple[RenderedMatch, list[tuple[float, str]]], scene: Scene, camera_id: str
) -> None:
    match, _ = made
    truth = match.truth()
    camera = truth.camera(camera_id)
    with av.open(str(match.files[camera_id])) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    first = float(frames[0].pts * frames[0].time_base)
    assert len(heard) / sound.SAMPLE_RATE_HZ == pytest.approx(float(camera.frames() / camera.fps), abs=2048 / 48_000)
    assert 0.005 < heard.std() < 0.5
    # Beside the whistle's own waveform, its onset is found by correlation, in samples of 1/48000 s.
    known = sound.whistle(np.arange(int(0.75 * sound.SAMPLE_RATE_HZ)) / sound.SAMPLE_RATE_HZ)
    size = 1 << (len(heard) + len(known)).bit_length()
    both = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(known, size)), size)[: len(heard)]
    at_s = first + float(np.argmax(both)) / sound.SAMPLE_RATE_HZ
    # The tone's correlation repeats every 1/3900 s = 0.26 ms, where noise or AAC may lift a neighbouring peak; two of
    # these and half a sample. A forgotten encoder delay (21 ms) or a forgotten distance (100 ms) is far outside.
    assert at_s == pytest.approx(truth.whistle_heard_s[camera_id], abs=2 / 3900 + 0.5 / 48_000)
    place = scene.body_points(scene.whistle_s)["referee"]["head"]
    travelled = float(camera.match_s(0)) + at_s * float(camera.to_match.rate) - float(scene.whistle_s)
    assert travelled == pytest.approx(np.linalg.norm(camera.position_m - place) / 343.0, abs=0.0006)


def test_the_truth_comes_back_whole(made: tuple[RenderedMatch, list[tuple[float, str]]], scene: Scene) -> None:
    match, _ = made
    truth = load_truth(match.folder)
    assert truth.origin is Origin.SIMULATED
    assert (truth.kick_s, truth.whistle_s) == (KICK_S, scene.whistle_s)
    assert truth.cameras == match.cameras
    assert truth.attack is AttackDirection.RIGHT
    assert (truth.attacker_id, truth.defender_id, truth.seed) == (ATTACKER, DEFENDER, 1)
    assert truth.margin_m == 0.34
    assert truth.attacker_m[0] - truth.defender_m[0] == pytest.approx(0.34, abs=1e-12)
    assert truth.attacker_part == "right_toe"
    assert len(truth.persons) == 24
    i = int(np.argmin(np.abs(truth.times_s - 10.8)))
    # Single precision at 50 m: half of 2^-18 m.
    assert np.abs(truth.points_m[i] - scene.points(truth.times_s[i])[0]).max() < 2e-6
    assert np.abs(truth.ball_m - scene.ball_m(truth.times_s)).max() < 3e-6
    between = truth.body_points(Fraction(10_805, 1000))
    exact = scene.body_points(Fraction(10_805, 1000))
    assert all(np.linalg.norm(between[w][p] - exact[w][p]) < 0.004 for w in exact for p in exact[w])
    assert np.isnan(truth.body_points(99.0)["home-1"]["head"]).all()
    with pytest.raises(BadValue):
        truth.camera("cam9")


def test_a_truth_that_cannot_be_read_is_refused(
    made: tuple[RenderedMatch, list[tuple[float, str]]], tmp_path: Path
) -> None:
    match, _ = made
    with pytest.raises(BadFile):
        load_truth(tmp_path)
    facts = json.loads((match.folder / "truth.json").read_text("utf-8"))
    for broken in (
        {**facts, "schema": 99},
        {k: v for k, v in facts.items() if k != "kick_s"},
        facts,
        {**facts, "persons": []},
    ):
        (tmp_path / "truth.json").write_text(json.dumps(broken), "utf-8")
        (tmp_path / "truth.npz").write_bytes(
            b"PK broken" if broken is facts else (match.folder / "truth.npz").read_bytes()
        )
        with pytest.raises(BadFile, match="Render the match again"):
            load_truth(tmp_path)


def test_what_is_drawn_is_where_the_truth_says(scene: Scene) -> None:
    camera = ground_cameras()[1]
    painter = Painter(scene, camera)
    picture = painter.picture(float(KICK_S)).astype(int)
    # Away from people the lines are where the pitch model says: chalk on the line, grass half a metre off it.
    for x in (36.06, 52.44):
        y = np.array([-15.0, -11.0, 10.0])
        on = np.round(observe(camera, np.column_stack([np.full(3, x), y, np.zeros(3)]))).astype(int)
        off = np.round(observe(camera, np.column_stack([np.full(3, x - 0.5), y, np.zeros(3)]))).astype(int)
        for (u, v), (u0, v0) in zip(on, off, strict=True):
            if 0 <= u < 1920 and 0 <= v < 1080:
                assert picture[v, u, 2] > picture[v0, u0, 2] + 60
    # The attacker's boot is yellow up to its toe and no farther: 6 cm beyond the toe there is grass.
    points = scene.body_points(KICK_S)[ATTACKER]
    toe, heel = points["right_toe"], points["right_heel"]
    way = (toe - heel) / np.linalg.norm(toe - heel)

    def colour(
        at: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        u, v = np.round(observe(camera, at)).astype(int)
        return np.asarray(picture[v, u])

    inside, outside = colour(toe - 0.05 * way), colour(toe + 0.06 * way)
    assert inside[2] > 140
    assert inside[1] > 140
    assert inside[0] < 90
    assert outside[1] > outside[2] + 20  # green, not yellow
    again = Painter(scene, camera).picture(float(KICK_S))
    assert np.array_equal(again, picture)  # the same noise every time
    assert cv2.absdiff(painter.still, again).max() > 100


class _StoppedError(Exception):
    pass


def test_an_interrupted_render_leaves_nothing(scene: Scene, tmp_path: Path) -> None:
    def stop(share: float, camera_id: str) -> None:
        raise _StoppedError

    with pytest.raises(_StoppedError):
        render_match(tmp_path / "m", scene, short(Fraction(5), ("cam1", "cam2")), size=SIZE, seconds=6, progress=stop)
    assert list((tmp_path / "m").iterdir()) == []


def test_a_failed_camera_keeps_what_was_there(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cam1.mp4").write_bytes(b"an older film")
    (tmp_path / "truth.json").write_text("{}")
    impossible = replace(short(Fraction(5), ("cam1",))[0], fps=Fraction(10**9))  # no encoder takes it
    with pytest.raises(BadFile, match="cam1"):
        render_match(tmp_path, scene, [replace(impossible, until_s=Fraction(5) + Fraction(3, 10**9))], size=SIZE)
    assert (tmp_path / "cam1.mp4").read_bytes() == b"an older film"
    assert {path.name for path in tmp_path.iterdir()} == {"cam1.mp4", "truth.json"}
    # A worker that cannot even start says so too.
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-such-python"))
    with pytest.raises(BadFile, match="no-such-python"):
        render_match(tmp_path, scene, short(Fraction(5), ("cam1",)), size=SIZE, seconds=6)
    assert {path.name for path in tmp_path.iterdir()} == {"cam1.mp4", "truth.json"}


def test_a_camera_that_sees_nothing_is_refused(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="cam4"):
        render_match(tmp_path / "m", scene, ground_cameras(), size=SIZE, seconds=1)
    assert not (tmp_path / "m").exists()


def test_the_package_loads_without_the_heavy_libraries() -> None:
    code = (
        "import sys\n"
        "import var.synthetic.attack, var.synthetic.camera, var.synthetic.truth, var.synthetic.ground\n"
        "assert not {'cv2', 'av'} & set(sys.modules), 'heavy'"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
