"""A recording read in chunks by the real engines: the same after a kill, a stop and damage; estimate, sealing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from athletes.pose.chunks import chunk_path, read_chunk
from athletes.pose.engine import open_engine
from athletes.pose.reading import Opening, estimate, joined, read_recording
from athletes.pose.results import followed
from tests.athletes.pose_footage import clip_of, skip_without_models
from touchline.errors import BadFile, BadValue, Missing, NotFound
from touchline.footage import Footage, open_footage

CHUNK = 20


@pytest.fixture(scope="module")
def lite() -> Opening:
    opening = partial(open_engine, "mediapipe", "lite", 1)
    with skip_without_models():
        opening().close()
    return opening


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, real_view: Path) -> Path:
    """Fifty real frames at a third of their size."""
    import cv2

    footage = open_footage(real_view)
    small = [cv2.resize(picture, (360, 640)) for _, picture in footage.pictures(0, 50) if picture is not None]
    footage.close()
    return clip_of(tmp_path_factory.mktemp("clip") / "clip.mp4", small, 60)


@pytest.fixture(scope="module")
def real_view() -> Path:
    from tests.conftest import FIXTURES

    path = FIXTURES / "athlete_four_views" / "videos" / "cam01.mp4"
    if not path.exists():
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report(f"real recording {path.name} is not at {FIXTURES}")
    return path


@pytest.fixture
def footage(clip: Path) -> Iterator[Footage]:
    opened = open_footage(clip)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def unbroken(clip: Path, lite: Opening, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    opened = open_footage(clip)
    shares: list[float] = []
    read = read_recording(opened, lite, folder, chunk_frames=CHUNK, progress=lambda share, said: shares.append(share))
    opened.close()
    assert (read.chunks, read.done, read.stopped) == (3, 3, False)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    return folder


def same(one: Path, other: Path) -> bool:
    names = sorted(path.name for path in one.iterdir())
    return names == sorted(path.name for path in other.iterdir()) and all(
        np.array_equal(getattr(a, field), getattr(b, field), equal_nan=True)
        for a, b in ((joined(one), joined(other)),)
        for field in ("frames", "t_s", "luma", "count", "px", "confidence", "presence", "colours")
    )


def test_every_frame_is_there_once_and_the_athlete_in_each(unbroken: Path, clip: Path) -> None:
    found = joined(unbroken)
    np.testing.assert_array_equal(found.frames, np.arange(50))
    np.testing.assert_allclose(found.t_s, np.arange(50) / 60, atol=1e-3)  # the container's ticks
    assert (found.count == 1).all()
    (track,) = followed(unbroken).tracks
    assert len(track) == 50
    assert clip.exists()
    assert not list(unbroken.glob(".*"))


def test_a_killed_process_goes_on_and_finds_the_same(clip: Path, unbroken: Path, lite: Opening, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom functools import partial\nfrom pathlib import Path\n"
        "from athletes.pose.engine import open_engine\nfrom athletes.pose.reading import read_recording\n"
        "from touchline.footage import open_footage\n"
        f"read_recording(open_footage(Path(sys.argv[1])), partial(open_engine, 'mediapipe', 'lite', 1), "
        f"Path(sys.argv[2]), chunk_frames={CHUNK})\n"
    )
    folder = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", code, str(clip), str(folder)], stderr=subprocess.DEVNULL)
    until_s = time.monotonic() + 60
    while not chunk_path(folder, 0).exists() and time.monotonic() < until_s and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert chunk_path(folder, 0).exists()
    assert not chunk_path(folder, 40).exists()
    for half in folder.glob(".*"):  # what a kill may leave is no chunk
        assert half.suffix == ".bodies"
        half.unlink()
    opened = open_footage(clip)
    read_recording(opened, lite, folder, chunk_frames=CHUNK)
    opened.close()
    assert same(folder, unbroken)


def test_stopped_then_damaged_then_the_same(footage: Footage, unbroken: Path, lite: Opening, tmp_path: Path) -> None:
    asked = iter(range(1000))
    read = read_recording(footage, lite, tmp_path, chunk_frames=CHUNK, stop=lambda: next(asked) >= 24)
    assert (read.done, read.stopped) == (1, True)
    chunk_path(tmp_path, 0).write_bytes(chunk_path(tmp_path, 0).read_bytes()[:-50])
    with pytest.raises(BadFile, match="damaged"):
        read_chunk(tmp_path, 0)
    read_recording(footage, lite, tmp_path, chunk_frames=CHUNK)
    assert same(tmp_path, unbroken)


def test_chunks_may_be_sealed_and_another_reading_is_refused(footage: Footage, lite: Opening, tmp_path: Path) -> None:
    def turned(data: bytes) -> bytes:
        return bytes(byte ^ 0x5A for byte in data)

    seal = (turned, turned)
    read_recording(footage, lite, tmp_path, first=3, last=9, chunk_frames=4, seal=seal)
    assert joined(tmp_path, seal).frames.tolist() == [3, 4, 5, 6, 7, 8]
    assert not chunk_path(tmp_path, 3).read_bytes().startswith(b"PK")
    with pytest.raises(BadFile):
        joined(tmp_path)
    with pytest.raises(BadValue, match="frames") as refused:
        read_recording(footage, lite, tmp_path, first=4, last=9, chunk_frames=4, seal=seal)
    assert refused.value.name == "other_reading"
    with pytest.raises(BadValue, match="engine"):
        read_recording(footage, partial(open_engine, "mediapipe", "lite", 2), tmp_path, first=3, last=9, chunk_frames=4)


def test_slow_motion_that_was_stated_gives_real_times(footage: Footage, lite: Opening, tmp_path: Path) -> None:
    read_recording(footage, lite, tmp_path, last=5, slow=8.0)
    np.testing.assert_allclose(joined(tmp_path).t_s, np.arange(5) / 480, atol=2e-4)
    with pytest.raises(BadValue, match="slowed down"):
        read_recording(footage, lite, tmp_path / "x", slow=0.5)


def test_stretches_that_are_not_there(footage: Footage, lite: Opening, tmp_path: Path) -> None:
    for first, last in ((50, None), (-1, 3), (4, 4), (0, 51)):
        with pytest.raises(BadValue, match="not in the recording"):
            read_recording(footage, lite, tmp_path, first=first, last=last)
    with pytest.raises(NotFound, match="Nothing was read"):
        followed(tmp_path)


def test_what_it_will_take_is_said_before(footage: Footage, lite: Opening, unbroken: Path) -> None:
    plan = estimate(footage, lite)
    kept = sum(path.stat().st_size for path in unbroken.glob("*.bodies"))
    assert plan.frames == 50
    assert plan.length_s == pytest.approx(49 / 60, abs=1e-3)
    assert 0.5 * kept < plan.disk_bytes < 2 * kept  # a chunk of 20 has a larger head than one of 600
    assert 0 < plan.work_s < 60


def test_people_by_crops_are_looked_for_again_every_fifth_frame(footage: Footage, tmp_path: Path) -> None:
    opening = partial(open_engine, "crops", "lite", 3)
    with skip_without_models():
        opening().close()
    read_recording(footage, opening, tmp_path, last=11)
    outcome = followed(tmp_path)
    athlete = outcome.tracks[0]
    assert np.isfinite(athlete.px).all(axis=(1, 2)).sum() >= 10
    reference = joined(tmp_path)
    assert reference.count.max() <= 3


@pytest.mark.parametrize("kind", ["mediapipe", "crops"])
def test_without_models_it_says_which_command_gets_them(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOUCHLINE_MODELS", str(tmp_path))
    with pytest.raises(Missing, match="touchline models get"):
        open_engine(kind)


@pytest.mark.parametrize(
    ("kind", "model", "people"), [("openpose", "full", 1), ("crops", "huge", 1), ("crops", "full", 0)]
)
def test_engines_that_there_are_not(kind: str, model: str, people: int) -> None:
    with pytest.raises(BadValue):
        open_engine(kind, model, people)


def test_rows_with_padding_are_read_right(lite: Opening, clip: Path) -> None:
    """mediapipe takes an array that is a view with padded rows for another picture."""
    opened = open_footage(clip)
    picture = opened.picture(0)
    opened.close()
    padded = np.zeros((picture.shape[0], picture.shape[1] + 24, 3), np.uint8)
    padded[:, :-24] = picture
    one, other = lite(), lite()
    (whole,), (view,) = one.find(picture, 0), other.find(padded[:, :-24], 0)
    one.close()
    other.close()
    np.testing.assert_array_equal(whole.px, view.px)


def test_standard_error_stays_clean(capfd: pytest.CaptureFixture[str], lite: Opening, clip: Path) -> None:
    opened = open_footage(clip)
    engine = lite()
    engine.find(opened.picture(0), 0)
    engine.find(opened.picture(1), 17)
    engine.close()
    opened.close()
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_two_real_people_who_cross_in_the_same_clothes_are_doubted(real_view: Path, tmp_path: Path) -> None:
    """One athlete cut out of a view, twice: they walk towards each other and pass."""
    import cv2

    opening = partial(open_engine, "crops", "lite", 4)
    with skip_without_models():
        opening().close()
    source = open_footage(real_view)
    cut = cv2.resize(source.picture(0)[280:1380, 120:780], (240, 400))
    source.close()
    pictures = []
    for step in range(40):
        canvas = np.full((480, 960, 3), 120, np.uint8)
        canvas[40:440, 20 + 17 * step : 260 + 17 * step] = cut
        canvas[40:440, 700 - 17 * step : 940 - 17 * step] = cut[:, ::-1]
        pictures.append(canvas)
    footage = open_footage(clip_of(tmp_path / "cross.mp4", pictures, 30))
    read_recording(footage, opening, tmp_path / "read")
    footage.close()
    outcome = followed(tmp_path / "read")
    assert len(outcome.tracks) >= 2
    crossed = [doubt for doubt in outcome.doubts if doubt.reason == "people_crossed"]
    assert crossed
    assert any(doubt.first <= 20 <= doubt.last for doubt in crossed)  # they are in one place in frame 20
    assert "people_crossed" in {note.key for note in outcome.notes}


def test_one_of_two_real_people_is_followed_however_sure_the_other_is(real_view: Path, tmp_path: Path) -> None:
    """The athlete as they were and, mirrored beside them, as they will be: the surer one changes in frame 17."""
    import cv2

    opening = partial(open_engine, "crops", "lite", 1)
    with skip_without_models():
        opening().close()
    source = open_footage(real_view.with_name("cam03.mp4"))
    cuts = [cv2.resize(picture[280:1380, 120:780], (240, 400)) for _, picture in source.pictures(0, 60)]
    source.close()
    pictures = []
    for step in range(20):
        canvas = np.full((480, 640, 3), 120, np.uint8)
        canvas[40:440, 30:270] = cuts[2 * step]
        canvas[40:440, 370:610] = cuts[59 - 2 * step][:, ::-1]
        pictures.append(canvas)
    engine = opening()
    each = [engine.find(picture, 33 * step) for step, picture in enumerate(pictures)]
    engine.close()
    assert [len(bodies) for bodies in each] == [1] * 20
    assert len({bool(np.median(bodies[0].px[:, 0]) > 320) for bodies in each}) == 1
    footage = open_footage(clip_of(tmp_path / "two.mp4", pictures, 30))
    read_recording(footage, opening, tmp_path / "read")
    footage.close()
    (track,) = followed(tmp_path / "read").tracks
    assert len(track) == 20
    assert np.isfinite(track.px).any(axis=(1, 2)).all()
