"""The match clock read from real and drawn pictures, beside time stamps; needs ``touchline models get text_small``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import foul_files
import jsonschema
import pytest
from clock_drawn import Drawn, film

from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadFile, Missing
from touchline.i18n import LANGUAGES
from touchline.models import path
from var.archive import Archive
from var.export.facts import gather
from var.export.foul import foul_words
from var.foul.clips import find_clips
from var.foul.clock_check import Clocks, check_clocks
from var.foul.consistency import Remark
from var.foul.exporting import assemble
from var.foul.picture_clock import NotRead
from var.foul.reading import read
from var.foul.review import foul_review
from var.foul.text_nets import signs
from var.foul.wording import foul_lines


@pytest.fixture(scope="module", autouse=True)
def _models() -> None:
    for part in ("model", "reader"):
        try:
            path("text_small", part)
        except Missing:
            pytest.skip("needs text_small: touchline models get")


def checked(annotations: Path) -> tuple[Clocks, list[Remark]]:
    file = read(str(annotations))
    return check_clocks(file, find_clips(file, annotations.parent)[0])


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest) -> Callable[[Path], tuple[Clocks, list[Remark]]]:
    """The fixture's clips, read once for all tests."""
    kept: list[tuple[Clocks, list[Remark]]] = []

    def once(annotations: Path) -> tuple[Clocks, list[Remark]]:
        if not kept:
            kept.append(checked(annotations))
        return kept[0]

    return once


# Read off the pictures at frame 75 by eye. A replay's clock runs up to 4.2 s a second there, so beside the second that
# stands in that very picture its neighbour a quarter of a second away counts as right.
BY_EYE = {("0", 0): 1259, ("0", 1): 1281, ("0", 2): 1286, ("2", 0): 3927, ("2", 1): 3942, ("2", 2): 3951}


def test_the_clock_of_real_broadcasts_is_read(
    real: Callable[[Path], tuple[Clocks, list[Remark]]], fixture_path: Callable[[str], Path]
) -> None:
    clocks, _ = real(fixture_path("fouls_multiview") / "annotations.json")
    assert clocks.keys() == BY_EYE.keys()
    for place, seconds in BY_EYE.items():
        known = clocks[place].picture_s
        assert known is not None, place
        assert abs(known - seconds) <= 1, place
    # The published replays were made faster: their clock runs as many times as fast as the replay was slow.
    assert [clock.clock.rate for clock in clocks.values()] == [1.0, 4.2, 3.6, 1.0, 2.2, 1.8]


def test_time_stamps_that_count_from_the_half_are_reported_and_others_are_not(
    real: Callable[[Path], tuple[Clocks, list[Remark]]], fixture_path: Callable[[str], Path]
) -> None:
    clocks, said = real(fixture_path("fouls_multiview") / "annotations.json")
    assert [(remark.path, remark.kind, remark.action) for remark in said] == [
        (f"$.Actions.2.Clips[{k}].Timestamp", "clock_from_half", "2") for k in range(3)
    ]
    assert [remark.params["label"] for remark in said] == ["20:27", "20:41", "20:51"]
    assert "the time stamp counts from the start of the half" in said[0].said("en")
    assert "từ đầu hiệp" in said[0].said("vi")
    for (key, _), clock in clocks.items():
        assert clock.compared is not None
        assert abs(clock.compared.difference_s - (2700 if key == "2" else 0)) <= 1.0


def test_an_import_keeps_what_the_picture_contradicts_and_loses_nothing(
    tmp_path: Path,
    fixture_path: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = fixture_path("fouls_multiview") / "annotations.json"
    models = path("text_small").parent
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    monkeypatch.setenv("TOUCHLINE_MODELS", str(models))
    assert main(["foul", "import", str(source), "--json", "--lang", "en"]) == 0
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, schemas()["foul_import"], cls=jsonschema.Draft202012Validator)
    assert answer["picture_clock"] == {"looked": True, "why": None}
    for action in answer["actions"]:  # slow on air, made faster for the set: life runs at its own speed
        assert [clip["times_slower"] for clip in action["clips"]] == [1.0] * 3
    told = {action["key"]: [clip["picture_clock"]["told"] for clip in action["clips"]] for action in answer["actions"]}
    assert told == {"0": ["agrees"] * 3, "2": ["period"] * 3}
    assert {each["kind"] for each in answer["inconsistencies"]} == {"clock_from_half"}
    archive = Archive(tmp_path)
    ids = {each["key"]: (each["match"], each["incident"]) for each in answer["actions"]}
    for key, (match, _) in ids.items():
        assert [clip.to_match.rate for clip in archive.match(match).clips] == [1] * 3, key
    for lang in LANGUAGES:
        for key, count in (("0", 0), ("2", 3)):
            lines = "\n".join(foul_lines(foul_review(archive, *ids[key]), lang))
            assert lines.count("+45:00") == count
            words = foul_words(gather(archive, *ids[key]), lang)  # what the paper says
            assert words is not None
            assert sum("+45:00" in said for _, said in words["imported"]["rows"]) == count
    assert assemble(archive, [match for match, _ in ids.values()]).text == source.read_text("utf-8")


def test_without_models_the_import_goes_on_and_says_what_fetches_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    foul_files.film(folder, "action_0/clip_0.mp4", count=126)
    annotations = foul_files.write(folder, foul_files.document("0", clips=1))
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOUCHLINE_MODELS", str(tmp_path / "nowhere"))
    for words, why in (([], "model_missing"), (["--no-picture-clock"], "not_wanted")):
        assert main(["foul", "import", str(annotations), "--json", "--lang", "vi", *words]) == 0
        said = capsys.readouterr()
        answer = json.loads(said.out)
        jsonschema.validate(answer, schemas()["foul_import"], cls=jsonschema.Draft202012Validator)
        assert answer["status"] == "ok"
        assert answer["picture_clock"] == {"looked": False, "why": why}
        assert [clip["picture_clock"] for clip in answer["actions"][0]["clips"]] == [None]
        assert said.err.count("touchline models get") == (why == "model_missing")


def test_a_reader_that_names_no_signs_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "reader.onnx"
    model.write_bytes(b"\x0a\x09character\x12\x05a\nb\nc and weights")
    assert signs(model) == ["", "a", "b", "c", " "]
    for broken in (b"weights alone", b"\x0a\x09character\x12", b"\x0a\x09character\x12\x02\xff\xfe"):
        model.write_bytes(broken)
        with pytest.raises(BadFile):
            signs(model)


ON_AIR: dict[str, tuple[Drawn, float]] = {
    # what is drawn, and how many seconds the time stamp says less than the picture
    "small": (Drawn(1256.4, seed=1), 0.0),
    "replay": (Drawn(1268.5, 4.2, corner="right", seed=2), 0.0),
    "light": (Drawn(75.9, size=(640, 360), font="light", corner="low", seed=3), 0.0),
    "large": (Drawn(5412.2, size=(1280, 720), high=0.03, font="stroke", seed=4), 0.0),
    "second half": (Drawn(3924.5, font="light", corner="right", seed=5), 2700.0),
    "second half, large": (Drawn(2790.1, size=(1280, 720), high=0.04, seed=6), 2700.0),
    "extra time": (Drawn(5700.0, size=(640, 360), corner="low", seed=7), 5400.0),
    "three seconds": (Drawn(1800.0, size=(640, 360), seed=8), 3.0),
    "three seconds early": (Drawn(610.7, font="stroke", seed=9), -3.5),
    "no clock": (Drawn(None, seed=10), 2700.0),
    "no clock, large": (Drawn(None, size=(640, 360), corner="low", seed=11), 3.0),
    "stands": (Drawn(2700.0, 0.0, corner="right", seed=12), 2000.0),
}
KINDS = {2700.0: "clock_from_half", 5400.0: "clock_from_half", 3.0: "clock_differs", -3.5: "clock_differs"}


@pytest.mark.slow
def test_drawn_clocks_are_read_and_nothing_else_is_said(tmp_path: Path) -> None:
    """No remark that is wrong, and every one that is due; these pictures are clear (decision 0014 counts more)."""
    actions: dict[str, Any] = {}
    due = set()
    for key, (drawn, less_s) in ON_AIR.items():
        film(tmp_path / f"action_{key}" / "clip_0.mp4", drawn)
        action = foul_files.action(key, clips=1)
        begins = 4321.0 if drawn.start_s is None else drawn.start_s
        moment_s = begins + 3 * drawn.rate
        action["Clips"][0] |= {"Timestamp": round(1000 * (moment_s - less_s)), "Replay speed": drawn.rate or 1.0}
        actions[key] = action
        if less_s and drawn.start_s is not None and drawn.rate:
            due.add((key, KINDS[less_s]))
    annotations = foul_files.write(tmp_path, {"Set": "test", "Number of actions": len(actions), "Actions": actions})
    clocks, said = checked(annotations)
    assert {(str(remark.action), remark.kind) for remark in said} == due
    for key, (drawn, _) in ON_AIR.items():
        clock = clocks[key, 0]
        if drawn.start_s is None or not drawn.rate:
            assert clock.clock.why in (NotRead.NO_CLOCK, NotRead.STANDS, NotRead.FEW), key
            assert clock.picture_s is None, key
        else:
            assert clock.picture_s is not None, key
            assert abs(clock.picture_s - drawn.at_moment_s()) <= 1, key
