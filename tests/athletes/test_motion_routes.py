"""Routes of body points and curves: what comes back is what was measured, to whom, and what is refused."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from motion_truth import GAP, UNLOOKED, angle_of, followed, keep_measured, measured
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from trial_films import kept_trial

import athletes.kinematics
from athletes.archive import Archive
from athletes.kinematics.angles import INCLINED, INTERIOR
from athletes.kinematics.model import Analysis, Curve, Movement, Side
from athletes.motion.curve_words import curve_word, event_word, words_for_browser
from athletes.motion.found import keep_analysis
from athletes.motion.kept import Kept
from athletes.motion.model import Result
from athletes.motion.screened import (
    MAGIC,
    MAX_WINDOW,
    WRITTEN,
    Layer,
    layer_document,
    layer_of,
    layer_version,
    screen_s,
)
from athletes.motion.screened_curves import MAGIC as CURVES_MAGIC
from athletes.motion.screened_curves import Other, other_asked, sources_of, usual_sources
from athletes.motion.screening import find_screening, pair_id, screen_id
from athletes.motion.trials import Trials
from athletes.pose.model import BODY33, Track
from athletes.web_routes import PREFIX, WEB, _Layers, motion_routes, web_version
from touchline.errors import BadValue
from touchline.i18n import LANGUAGES, catalogue
from touchline.rights import Action, Person, Role, require
from touchline.timebase import ClockMap

COACH = Person("1", "An", frozenset({Role.COACH}))
REFEREE = Person("2", "Bình", frozenset({Role.REFEREE}))


class Site:
    """The routes over one trial with two cameras and one with one, asked by whoever is ``person``."""

    def __init__(self, folder: Path) -> None:
        self.trials = Trials(Archive(folder / "home"))
        self.trial = kept_trial(self.trials.archive, folder, rates=(30, 60))
        self.other = kept_trial(self.trials.archive, folder, rates=(60,), name="Bật nhảy 2")
        for trial in (self.trial, self.other):
            keep_measured(self.trials, trial)
        self.known, self.person = Kept(self.trials), COACH
        find = lambda _, name: find_screening(self.trials, name)  # noqa: E731
        self.app = Starlette(routes=motion_routes(find, lambda _: self.known, allowed=self.allowed))

    def allowed(self, connection: HTTPConnection) -> bool:
        require(self.person, Action.SEE_TRAINING)
        return True

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://here") as client:
                return await client.get(path, headers=headers)

        return asyncio.run(ask())

    def points(self, query: str, camera: str = "cam1") -> httpx.Response:
        return self.get(f"/athletes/motion/{screen_id(self.trial.id)}/{camera}/points.bin?{query}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("routes"))


@pytest.fixture(autouse=True)
def a_coach_asks(site: Site) -> None:
    site.person = COACH


def unpack(data: bytes) -> dict[str, object]:
    """An answer of ``points.bin`` by the words of ``Layer.packed``, written here a second time."""
    magic, first, last, people, joints, angles, *zeros = np.frombuffer(data, "<u4", 8)
    assert (magic, zeros) == (MAGIC, [0, 0])
    n, at = int(last - first), 32
    told = np.frombuffer(data, "<i4", 2 * people, at).reshape(-1, 2)
    at += 8 * int(people)
    looked = np.frombuffer(data, "u1", n, at)
    at += -(-n // 4) * 4
    points = np.frombuffer(data, "<f4", int(3 * people * n * joints), at).reshape(people, 3, n, joints)
    at += points.nbytes
    values = np.frombuffer(data, "<f4", n * int(angles), at).reshape(n, int(angles))
    assert at + values.nbytes == len(data)
    return {"first": int(first), "told": told.tolist(), "looked": looked, "points": points, "values": values}


def test_points_are_those_of_the_frames_asked_for(site: Site) -> None:
    answer = site.points("from=40&to=57")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    found = unpack(answer.content)
    truth = followed(60, 30.0)
    assert (found["first"], found["told"]) == (40, [[1, 1], [2, 0]])
    at = [frame for frame in range(40, 57) if frame != UNLOOKED]
    rows = np.searchsorted(truth.frames, at)
    places = np.array(at) - 40
    np.testing.assert_allclose(found["points"][0, 0][places], truth.px[rows, :, 0].astype("f4"))
    np.testing.assert_allclose(found["points"][0, 1][places], truth.px[rows, :, 1].astype("f4"))
    np.testing.assert_allclose(found["points"][0, 2][places], truth.confidence[rows].astype("f4"))
    # The frame that the followed one's engine did not look at has the other one alone.
    assert np.isnan(found["points"][0, :, UNLOOKED - 40]).all()
    assert np.isfinite(found["points"][1, :, UNLOOKED - 40]).all()
    assert found["looked"].all()
    # Both knees, written with their angles of these very frames.
    wanted = [[angle_of(frame, 59 / (59 / 30)), angle_of(frame, 30.0) - 10] for frame in range(40, 57)]
    np.testing.assert_allclose(found["values"], wanted, rtol=1e-6)
    document = layer_document(site.known, find_screening(site.trials, screen_id(site.trial.id)).parts[0], "u")
    assert document is not None
    assert [one["points"] for one in document["labels"]] == [BODY33.places("left_knee"), BODY33.places("right_knee")]
    assert {side for _, _, side in document["edges"]} == {"left", "right", "middle"}


def test_a_long_recording_that_is_being_read_keeps_nobody_else_waiting(site: Site) -> None:
    """While somebody reads the points of one recording, those of another come; two who ask for it read it once."""
    begun, go_on, read = threading.Event(), threading.Event(), []

    class Slow(Kept):
        def tracks(self, trial_id: str, camera_id: str) -> tuple[Track, ...]:
            if camera_id == "cam1":
                read.append(camera_id)
                begun.set()
                assert go_on.wait(30)
            return super().tracks(trial_id, camera_id)

    slow, layers = Slow(site.trials), _Layers()
    one, other = find_screening(site.trials, screen_id(site.trial.id)).parts
    with ThreadPoolExecutor(3) as threads:
        try:
            first, second = (threads.submit(layers.of, slow, one, "1") for _ in range(2))
            assert begun.wait(30)
            assert threads.submit(layers.of, slow, other, "1").result(10) is not None  # would wait for ever
            assert not first.done()
        finally:
            go_on.set()
        assert first.result(30) is second.result(30)
    assert read == ["cam1"]


def test_angles_in_space_are_those_of_each_cameras_own_instants(site: Site) -> None:
    trials, at = site.trials, np.arange(60) / 30.0
    knee = Curve("knee", "deg", np.arange(60), at, 100.0 + np.arange(60), np.ones(60), Side.LEFT)
    part = find_screening(trials, screen_id(site.trial.id)).parts[1]  # 60 pictures a second
    before = layer_version(site.known, part, space=True)
    keep_analysis(trials, site.trial.id, Analysis(Movement.CMJ, (), (knee,), ()), recipe="x")
    moved = trials.trial(site.trial.id)
    second = replace(moved.shots[1], to_trial=replace(moved.shots[1].to_trial, offset_s=Fraction(1, 2)))
    try:
        assert layer_version(site.known, part, space=True) != before
        first = unpack(site.points("from=0&to=12&angles=space").content)["values"]
        np.testing.assert_allclose(first, 100.0 + np.arange(12)[:, None])
        trials.change(moved.with_shot(second))
        values = unpack(site.points("from=0&to=12&angles=space", camera="cam2").content)["values"][:, 0]
        # Half a second, and so 15 instants, later; every second picture lies between two of them.
        np.testing.assert_allclose(values[::2], 115.0 + np.arange(6))
        assert set(np.abs(values[1::2] - (115.5 + np.arange(6)))) == {0.5}
        own = unpack(site.points("from=0&to=12", camera="cam2").content)["values"]
        assert own.shape[1] == 2
        assert own[0, 0] == pytest.approx(angle_of(0, 60.0))
        document = layer_document(site.known, part, "u", space=True)
        assert document is not None
        assert [one["points"] for one in document["labels"]] == [BODY33.places("left_knee")]
    finally:
        trials.change(moved)
        trials.forget_result(site.trial.id, Result.ANALYSIS)
    fallen_back = unpack(site.points("from=0&to=12&angles=space").content)["values"]
    assert fallen_back.shape[1] == 2  # nothing in space: what the camera sees


def test_curves_of_two_measured_in_space_lie_on_one_clock(site: Site) -> None:
    trials, at = site.trials, np.arange(60) / 30.0
    knee = Curve("knee", "deg", np.arange(60), at, 100.0 + np.arange(60), np.ones(60), Side.LEFT)
    before = trials.trial(site.trial.id)
    second = before.shots[1]
    trials.change(before.with_shot(replace(second, to_trial=replace(second.to_trial, offset_s=Fraction(1, 2)))))
    for trial in (site.trial, site.other):
        keep_analysis(trials, trial.id, Analysis(Movement.CMJ, (), (knee,), ()), recipe="x")
    try:
        pair = pair_id((site.trial.id, "cam2", 1.0), (site.other.id, "cam1", 0.25))
        answer = site.get(f"/athletes/motion/{pair}/curves.bin?source=left:space&source=right:space")
        one, other = read_curves(answer.content)
        # The trials' seconds 1 and 0.25 are the screen's 0.
        assert one["span"] == [pytest.approx(-1.0), pytest.approx(59 / 30 - 1.0)]
        assert other["span"] == [pytest.approx(-0.25), pytest.approx(59 / 30 - 0.25)]
        assert (one["camera"], set(one["columns"])) == ("", {("knee", "left")})
        assert site.get(f"/athletes/motion/{pair}/curves.bin?source=middle:space").status_code == 404
    finally:
        trials.change(before)
        for trial in (site.trial, site.other):
            trials.forget_result(trial.id, Result.ANALYSIS)


def test_what_was_not_measured_is_a_gap(site: Site) -> None:
    values = unpack(site.points(f"from=0&to={GAP.stop + 2}").content)["values"]
    assert np.isnan(values[GAP.start : GAP.stop, 0]).all()
    assert np.isfinite(values[: GAP.start, 0]).all()
    assert np.isfinite(values[:, 1]).all()


def test_a_window_ends_with_the_recording_and_is_bounded(site: Site) -> None:
    assert len(unpack(site.points("from=55&to=300").content)["looked"]) == 5
    refused = {
        f"from=0&to={MAX_WINDOW + 1}": 400,
        "from=5&to=5": 400,
        "from=-1&to=5": 400,
        "from=a&to=5": 400,
        "to=5": 400,
        "from=60&to=61": 404,
        "from=0&to=9&v=old": 409,
    }
    assert {query: site.points(query).status_code for query in refused} == refused
    assert site.points("from=0&to=9", camera="cam3").status_code == 404
    unknown = site.get("/athletes/motion/trial-000000000000/cam1/points.bin?from=0&to=9&lang=en")
    assert unknown.status_code == 404
    assert site.get("/athletes/motion/bars/cam1/points.bin?from=0&to=9").status_code == 404


def test_who_may_not_see_training_gets_nothing_and_learns_nothing(site: Site) -> None:
    site.person = REFEREE
    there, gone = site.points("from=0&to=9"), site.get("/athletes/motion/trial-000000000000/cam1/points.bin")
    assert (there.status_code, gone.status_code) == (403, 403)
    assert there.content == gone.content
    assert site.get(f"/athletes/motion/{screen_id(site.trial.id)}/curves.bin").status_code == 403


def test_a_browser_asks_again_and_is_told_that_nothing_changed(site: Site) -> None:
    first = site.points("from=0&to=9")
    assert first.headers["cache-control"] == "private, no-cache"
    again = site.get(str(first.url).removeprefix("http://here"), **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    one = site.trial.shots[0]
    site.trials.change(site.trial.with_shot(replace(one, settings={"person": 2})))
    anew = site.get(str(first.url).removeprefix("http://here"), **{"if-none-match": first.headers["etag"]})
    assert anew.status_code == 200
    assert unpack(anew.content)["told"] == [[1, 0], [2, 1]]
    site.trials.change(site.trial)


def read_curves(data: bytes) -> list[dict[str, object] | None]:
    """An answer of ``curves.bin``, curves by key and side."""
    magic, size = np.frombuffer(data, "<u4", 2)
    assert magic == CURVES_MAGIC
    at = 8 + int(size)
    lines = json.loads(data[8:at])["lines"]
    for line in filter(None, lines):
        columns = {}
        for head in line["curves"]:
            if not head["n"]:
                continue
            rows = []
            for kind in ("<f8", "<f4", "<f4", "<i4"):
                rows.append(np.frombuffer(data, kind, head["n"], at))
                at += -(-rows[-1].nbytes // 8) * 8
            columns[head["key"], head["side"]] = rows
        line["columns"] = columns
    assert at == len(data)
    return lines


def test_curves_of_two_trials_lie_on_the_screens_clock(site: Site) -> None:
    aligned = pair_id((site.trial.id, "cam1", 0.5), (site.other.id, "cam1", 0.75))
    left, right = read_curves(site.get(f"/athletes/motion/{aligned}/curves.bin").content)
    assert (left["camera"], right["camera"]) == ("left", "right")
    t, value, sigma, frame = left["columns"]["knee", "left"]
    assert t[frame == 15] == pytest.approx(0.0, abs=1e-9)  # frame 15 of 30 a second is what it is aligned at
    assert right["columns"]["knee", "left"][0][45] == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(value[list(GAP)]).all()
    assert sigma[10] == pytest.approx(0.02 * value[10], rel=1e-6)
    (event,) = [one for one in left["events"] if one["key"] == "touch_down"]
    assert (event["side"], event["number"], event["s"]) == ("left", 1, pytest.approx(0.5))


def test_another_trial_is_laid_over_at_an_instant(site: Site) -> None:
    laid = Other(site.other.id, "cam1", at_s=0.5, here_s=1.25, name="")
    url = f"/athletes/motion/{screen_id(site.trial.id)}/curves.bin?source=cam2&other={laid.asked}"
    own, other = read_curves(site.get(url).content)
    assert (own["camera"], other["camera"]) == ("cam2", "")
    assert other["columns"]["knee", "left"][0][30] == pytest.approx(1.25, abs=1e-9)
    assert site.get(f"{url}&other=bad").status_code == 400
    assert site.get(f"{url}{''.join(f'&other={laid.asked}' for _ in range(4))}").status_code == 400
    assert site.get(f"{url}&v=old").status_code == 409
    gone = replace(laid, trial_id="0" * 12).asked
    assert site.get(f"/athletes/motion/{screen_id(site.trial.id)}/curves.bin?other={gone}").status_code == 404


@given(
    st.integers(0, 16**12 - 1).map(lambda number: f"{number:012x}"),
    st.sampled_from(["", "cam1", "cam12"]),
    st.floats(-3600, 3600),
    st.floats(-3600, 3600),
)
def test_what_is_asked_of_another_trial_is_read_back(trial: str, camera: str, at_s: float, here_s: float) -> None:
    found = other_asked(Other(trial, camera, at_s, here_s, "").asked)
    assert (found.trial_id, found.camera_id) == (trial, camera)
    assert abs(found.at_s - at_s) <= 5.1e-7  # to the microsecond, rounded
    assert abs(found.here_s - here_s) <= 5.1e-7


@given(st.text(max_size=40))
def test_anything_else_is_refused(text: str) -> None:
    try:
        found = other_asked(text)
    except BadValue:
        return
    assert other_asked(found.asked) == found


@given(st.integers(0, 70), st.integers(1, 30))
def test_a_window_of_a_layer_holds_what_the_whole_holds_there(first: int, length: int) -> None:
    frames = np.array([0, 1, 2, 5, 6, 40, 41, 69])
    points = np.arange(len(frames) * 33 * 3, dtype=np.float32).reshape(len(frames), 33, 3)
    layer = Layer(frames, ((7, True, np.arange(len(frames)), points),), points[:, :2, 0], 33)
    found = unpack(layer.packed(first, first + length))
    there = (frames >= first) & (frames < first + length)
    assert np.flatnonzero(found["looked"]).tolist() == (frames[there] - first).tolist()
    if not there.any():
        assert found["told"] == []
        return
    kept = found["points"][0].transpose(1, 2, 0)[frames[there] - first]
    np.testing.assert_array_equal(kept, points[there])
    assert int(np.isfinite(found["points"][0, 0]).all(axis=1).sum()) == int(there.sum())


def test_slow_motion_is_on_the_screen_in_real_time(site: Site) -> None:
    one = site.trial.shots[0]
    slow = replace(one, to_trial=ClockMap(Fraction(2), Fraction(1, 8)))
    site.trials.change(site.trial.with_shot(slow))
    screening = find_screening(site.trials, screen_id(site.trial.id))
    assert screening is not None
    assert screen_s(screening, "cam1", 0.25) == pytest.approx(2.25)  # real seconds after the first frame
    assert screen_s(screening, "", 0.25) == 0.25
    site.trials.change(site.trial)


def test_what_was_measured_in_space_comes_first(site: Site) -> None:
    screening = find_screening(site.trials, screen_id(site.trial.id))
    assert screening is not None
    assert sources_of(site.known, screening) == ["cam1", "cam2"]
    keep_analysis(site.trials, site.trial.id, measured(60, 30.0), recipe="1")
    assert sources_of(site.known, screening) == ["", "cam1", "cam2"]
    assert usual_sources(site.known, screening) == [""]
    (line,) = read_curves(site.get(f"/athletes/motion/{screening.id}/curves.bin?source=").content)
    assert line["camera"] == ""
    assert line["columns"]["knee", "right"][0][30] == pytest.approx(1.0)
    pair = find_screening(site.trials, pair_id((site.trial.id, "cam2", 0.0), (site.other.id, "cam1", 0.0)))
    assert pair is not None
    assert usual_sources(site.known, pair) == ["left", "right"]


def test_of_a_long_trial_the_chosen_curves_are_sent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"/athletes/motion/{screen_id(site.other.id)}/curves.bin?source=cam1"
    monkeypatch.setattr("athletes.motion.screened_curves.MANY_SAMPLES", 100)
    monkeypatch.setattr("athletes.motion.screened_curves.FIRST_CURVES", 1)
    (first,) = read_curves(site.get(url).content)
    assert list(first["columns"]) == [("knee", "left")]
    assert [(one["key"], one["n"], one["of"]) for one in first["curves"]] == [
        ("knee", 120, 120 - len(GAP)),
        ("knee", 0, 120),
        ("hip_height", 0, 120),
    ]
    assert first["span"] == [0.0, pytest.approx(119 / 60)]
    chosen = site.get(f"{url}&curve=hip_height&curve=knee.right")
    (second,) = read_curves(chosen.content)
    assert set(second["columns"]) == {("hip_height", None), ("knee", "right")}
    assert chosen.headers["etag"] != site.get(url).headers["etag"]
    assert site.get(url + "".join(f"&curve=x{k}" for k in range(40))).status_code == 400


def test_every_text_of_the_curves_is_there() -> None:
    source = "".join(path.read_text("utf-8") for path in WEB.glob("*.js"))
    keys = set(re.findall(r"words\.t\('([\w.]+)'", source)) | {
        f"say.{key}" for key in re.findall(r"show\('(\w+)'", source)
    }
    keys |= {f"say.{key}" for key in re.findall(r"[?:] '(forbidden|replaced|failed)'", source)}
    keys |= set(re.findall(r"zoom\('[^']+', '([\w.]+)'", source))
    keys |= set(re.findall(r"word: '([\w.]+)'", source))
    assert {"unit.body_per_s", "title", "say.loading", "say.failed", "zoom.in", "event_before"} <= keys
    kinematics = Path(athletes.kinematics.__file__).parent
    told = "".join(path.read_text("utf-8") for path in kinematics.glob("*.py"))
    events = set(re.findall(r'event\(seen, "(\w+)"', told)) | {"rep_begin", "rep_bottom", "rep_end"}
    assert {"touch_down", "take_off", "landing"} <= events
    keys |= {f"event.{key}" for key in events} | {f"curve.{key}" for key in (*INTERIOR, *INCLINED, "trunk", "speed")}
    missing = [(key, lang) for lang in LANGUAGES for key in sorted(keys) if not _given(words_for_browser(lang), key)]
    assert missing == []


def _given(texts: dict[str, Any], key: str) -> bool:
    """Whether the browser finds a text under a key."""
    part: Any = texts
    for name in key.split("."):
        part = part.get(name) if isinstance(part, dict) else None
    return isinstance(part, str)


def test_no_two_events_or_numbers_are_called_alike() -> None:
    for lang in LANGUAGES:
        for kind in ("event", "finding"):
            names = list(catalogue("athletes", "motion", lang)[kind].values())
            assert len(set(names)) == len(names)


def test_the_modules_are_served_and_nothing_else(site: Site) -> None:
    names = {path.name for path in WEB.glob("*.js")}
    assert "curves.js" in names
    for name in names:
        answer = site.get(f"{PREFIX}{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    kept = site.get(f"{PREFIX}curves.js?v={web_version()}")
    assert "immutable" in kept.headers["cache-control"]
    assert site.get(f"{PREFIX}curves.js", **{"if-none-match": kept.headers["etag"]}).status_code == 304
    assert site.get(f"{PREFIX}..%2fweb_routes.py").status_code == 404


@pytest.mark.parametrize("lang", LANGUAGES)
def test_curves_and_events_have_names(site: Site, lang: str) -> None:
    analysis = site.known.analysis(site.trial.id, "cam1")
    assert analysis is not None
    for key in WRITTEN:
        assert curve_word(key, Side.LEFT, lang) not in (key, curve_word(key, None, lang))
    words = {event.key: event_word(event, lang) for event in analysis.events}
    assert (
        words
        == {
            "vi": {"lowest": "Góc khớp nhỏ nhất", "touch_down": "Chạm đất trái 1"},
            "en": {"lowest": "Smallest joint angle", "touch_down": "Left touch-down 1"},
        }[lang]
    )


def test_nobody_measured_is_said(site: Site) -> None:
    part = find_screening(site.trials, screen_id(site.trial.id))
    assert part is not None
    empty = Kept(site.trials)
    empty.tracks = lambda *_: ()  # type: ignore[method-assign]
    empty.skeleton = lambda *_: None  # type: ignore[method-assign]
    assert layer_of(empty, part.parts[0]) is None
    assert layer_document(empty, part.parts[0], "u") is None
