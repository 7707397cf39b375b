"""Annotated fouls in the archive: their clips as angles, nothing twice, nothing edited, out as they came."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import foul_files
import jsonschema
import pytest

from touchline.commands import schemas
from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.archive import Archive
from var.commands import foul as command
from var.foul.clips import find_clips
from var.foul.consistency import Inconsistent, Remark, remarks
from var.foul.exporting import assemble, write
from var.foul.importing import Came, ImportedAction, foul_of, import_fouls, relabel
from var.foul.labels import Severity
from var.foul.reading import read
from var.ingest import Source, ingest
from var.model import Setup
from var.timeline import Timeline


def bring(
    archive: Archive, path: Path, rates: dict[tuple[str, int], float] | None = None
) -> tuple[list[ImportedAction], list[Remark]]:
    """Import a file whose clips lie beside it; ``rates`` is how fast the clocks in their pictures run."""
    file = read(str(path))
    found, about_clips = find_clips(file, path.parent)
    said = [*remarks(file), *about_clips]
    came, late = import_fouls(archive, file, found, said, rates=rates, by="Ánh")
    return came, said + late


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for annotations and clips."""
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


def short(folder: Path, *names: str) -> None:
    """Clips of ten pictures: enough where the length does not matter."""
    foul_files.film(folder, *names, count=10)


def imported(archive: Archive, folder: Path, *keys: str) -> list[str]:
    """Matches of actions with one short clip each."""
    short(folder, *(f"action_{key}/clip_0.mp4" for key in keys))
    came, _ = bring(archive, foul_files.write(folder, foul_files.document(*keys, clips=1)))
    return [str(each.match_id) for each in came]


def test_an_action_becomes_a_match_with_its_clips_on_one_clock(archive: Archive, folder: Path) -> None:
    path = foul_files.write(folder, foul_files.document())
    foul_files.film(folder, *(f"action_0/clip_{k}.mp4" for k in range(3)))
    (came,), said = bring(archive, path)
    assert (came.status, came.cameras, said) == (Came.IMPORTED, ("cam1", "cam2", "cam3"), [])
    match = archive.match(str(came.match_id))
    assert match.name == "Huế 1 - 0 Đà Nẵng · test 0"
    assert match.origin is Origin.IMPORTED
    assert (match.setup.competition, match.setup.date) == ("vietnam_v-league", "2025-10-05")
    assert (match.setup.home.name, match.setup.away.name) == ("Huế", "Đà Nẵng")
    assert [clip.label for clip in match.clips] == [
        "Main camera center",
        "Close-up player or field referee 1",
        "Close-up player or field referee 2",
    ]
    moment_s = Fraction(1259839, 1000)
    assert [clip.match_s(75) for clip in match.clips] == [moment_s] * 3  # frame 75 is 3 s into the clip
    assert [clip.to_match.rate for clip in match.clips] == [1, 1, 1]  # as published: nobody knows that they are slow
    assert all(clip.to_match.sigma_s is None and clip.timing is Origin.IMPORTED for clip in match.clips)
    line = Timeline.of(match)
    step = min(range(len(line)), key=lambda n: abs(line.t_s[n] - moment_s))
    assert [line.frames[clip.camera_id][step] for clip in match.clips] == [75, 75, 75]

    (incident,) = archive.incidents(match.id)
    assert (incident.id, incident.kind, incident.at_s) == (came.incident_id, "foul", moment_s)
    kept = foul_of(archive, match.id)
    assert (kept.origin, kept.annotation.severity, kept.changes, kept.changed) == (
        Origin.IMPORTED,
        Severity.YELLOW,
        (),
        (),
    )
    assert [kept.replay_speed(camera) for camera in ("cam1", "cam2", "cam3", "cam9")] == [
        1,
        Fraction(21, 5),
        Fraction(18, 5),
        None,
    ]
    assert [kept.times_slower(camera) for camera in ("cam1", "cam2", "cam3", "cam9")] == [1, None, None, None]
    assert [entry["by"] for entry in archive.entries(match.id)] == ["Ánh"] * 2
    assert assemble(archive, [match.id]).text.encode("utf-8") == path.read_bytes()


def test_the_clock_in_the_pictures_tells_how_slow_a_clip_is(archive: Archive, folder: Path) -> None:
    """A replay that was slowed 4.2 times on air: as it was on air its clock runs as fast as life, made faster it runs
    4.2 times as fast and people move as in life."""
    path = foul_files.write(folder, foul_files.document())
    foul_files.film(folder, *(f"action_0/clip_{k}.mp4" for k in range(3)))
    (came,), _ = bring(archive, path, {("0", 0): 1.0, ("0", 1): 4.2, ("0", 2): 1.0})
    match_id = str(came.match_id)
    kept, match = foul_of(archive, match_id), archive.match(match_id)
    assert [kept.times_slower(clip.camera_id) for clip in match.clips] == [1, 1, Fraction(18, 5)]
    assert [clip.to_match.rate for clip in match.clips] == [1, 1, Fraction(5, 18)]
    assert [clip.match_s(75) for clip in match.clips] == [Fraction(1259839, 1000)] * 3


def test_clocks_that_are_read_later_count_where_they_fit_the_clip(archive: Archive, folder: Path) -> None:
    path = foul_files.write(folder, foul_files.document())
    foul_files.film(folder, *(f"action_0/clip_{k}.mp4" for k in range(3)))
    (came,), _ = bring(archive, path)  # no networks to read the clocks with
    match_id = str(came.match_id)
    for again in range(2):
        (came,), _ = bring(archive, path, {("0", 0): 1.0, ("0", 1): 4.2, ("0", 2): 1.0})
        kept = foul_of(archive, match_id)
        assert came.status is Came.KNOWN
        assert kept.clock_rates == (1.0, 4.2, None)  # the third would need another clock than its angle has
        assert [kept.times_slower(camera) for camera in kept.cameras if camera] == [1, 1, None]
        assert len(archive.entries(match_id)) == 3, again  # once is enough


def test_the_same_file_again_makes_nothing_twice(archive: Archive, folder: Path) -> None:
    (match_id,) = imported(archive, folder, "0")
    before = (archive.entries(match_id), [match.id for match in archive.matches()])
    path = folder / "annotations.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=4), "utf-8")  # only laid out otherwise
    (came,), _ = bring(archive, path)
    assert (came.status, came.match_id, came.differs) == (Came.KNOWN, match_id, ())
    assert (archive.entries(match_id), [match.id for match in archive.matches()]) == before

    archive.delete_match(match_id)
    (came,), _ = bring(archive, path)
    assert (came.status, [match.id for match in archive.matches()]) == (Came.KNOWN, [match_id])

    archive.remove_incident(str(came.incident_id))
    with pytest.raises(NotFound):
        foul_of(archive, match_id)
    (came,), _ = bring(archive, path)
    assert foul_of(archive, match_id).incident_id == came.incident_id

    archive.purge_match(match_id)
    (came,), _ = bring(archive, path)
    assert came.status is Came.IMPORTED


def test_a_clip_that_was_missing_joins_later(archive: Archive, folder: Path) -> None:
    path = foul_files.write(folder, foul_files.document())
    short(folder, "action_0/clip_0.mp4")
    (came,), said = bring(archive, path)
    assert came.cameras == ("cam1", None, None)
    assert [remark.kind for remark in said] == ["other_length", "missing_clip", "missing_clip"]
    match_id = str(came.match_id)
    assert [remark["kind"] for remark in foul_of(archive, match_id).remarks] == [remark.kind for remark in said]
    assert assemble(archive, [match_id]).text.encode("utf-8") == path.read_bytes()  # the clips stay in the annotation

    foul_files.film(folder, "x.mp4", "action_0/clip_2.mp4")
    (came,), _ = bring(archive, path)
    assert (came.status, came.cameras) == (Came.COMPLETED, ("cam1", None, "cam2"))
    added = archive.match(match_id).clip("cam2")
    assert (added.to_match.rate, added.match_s(75)) == (1, Fraction(1259839, 1000))
    assert foul_of(archive, match_id).replay_speed("cam2") == Fraction(18, 5)
    assert archive.undo(match_id, came.incident_id) is None  # that a clip came is nothing to undo
    (came,), _ = bring(archive, path)
    assert came.status is Came.KNOWN
    assert assemble(archive, [match_id]).text.encode("utf-8") == path.read_bytes()


def test_a_label_given_here_supersedes_and_everything_else_is_as_it_came(archive: Archive, folder: Path) -> None:
    (match_id,) = imported(archive, folder, "0")
    path, incident_id = folder / "annotations.json", foul_of(archive, match_id).incident_id
    before = archive.entries(match_id)
    kept = relabel(archive, match_id, incident_id, "Severity", "4.0", by="Bình")
    assert relabel(archive, match_id, incident_id, "Severity", "4.0", by="Bình") == kept  # nothing new is said
    after = archive.entries(match_id)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1
    assert (kept.imported.severity, kept.annotation.severity) == (Severity.YELLOW, Severity.YELLOW_OR_RED)
    (change,) = kept.changes
    assert (change.field, change.was, change.word, change.by) == ("Severity", "3.0", "4.0", "Bình")
    expected = json.loads(path.read_text("utf-8"))
    expected["Actions"]["0"]["Severity"] = "4.0"
    assert assemble(archive, [match_id]).text == json.dumps(expected, indent=1)
    assert kept.changed == ("Severity",)

    (came,), _ = bring(archive, path)
    assert (came.status, came.differs) == (Came.KNOWN, ("Severity",))
    assert foul_of(archive, match_id).annotation.severity is Severity.YELLOW_OR_RED

    assert archive.undo(match_id, incident_id) == "foul_label"
    assert archive.undo(match_id, incident_id) is None  # what came is nothing to undo
    assert assemble(archive, [match_id]).text.encode("utf-8") == path.read_bytes()
    with pytest.raises(BadValue):
        archive.remove(match_id, foul_of(archive, match_id).seq)
    with pytest.raises(BadValue):
        relabel(archive, match_id, incident_id, "Severity", "6.0")
    with pytest.raises(NotFound):
        relabel(archive, match_id, "i-none", "Severity", "5.0")
    with pytest.raises(NotFound):
        archive.add_entry(match_id, "foul_label", {"field": "Severity", "word": "5.0"}, incident_id="i-none")


def test_an_import_that_was_ended_midway_is_finished(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*args: Any, **more: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "add_foul", ended)
        with pytest.raises(KeyboardInterrupt):
            imported(archive, folder, "0")
    (match,) = archive.matches()
    assert archive.entries(match.id) == []
    (came,), _ = bring(archive, folder / "annotations.json")
    assert (came.match_id, came.cameras) == (match.id, ("cam1",))
    assert [each.id for each in archive.matches()] == [match.id]
    assert foul_of(archive, match.id).annotation.severity is Severity.YELLOW


def test_a_clip_that_does_not_decode_is_named_and_the_others_come(archive: Archive, folder: Path) -> None:
    short(folder, "action_0/clip_0.mp4", "action_0/clip_1.mp4")
    foul_files.film(folder, "x/a.mp4", "x/b.mp4", "action_0/clip_2.mp4", count=60)
    damaged = folder / "action_0" / "clip_2.mp4"
    data = bytearray(damaged.read_bytes())
    begins = data.index(b"mdat")
    middle = begins + (len(data) - begins) // 3
    data[middle : middle + 200] = b"\0" * 200
    damaged.write_bytes(bytes(data))
    path = foul_files.write(folder, foul_files.document())
    assert len(find_clips(read(str(path)), folder)[0]) == 3  # its packets are whole: only decoding finds it
    (came,), said = bring(archive, path)
    assert came.cameras == ("cam1", "cam2", None)
    kept = foul_of(archive, str(came.match_id)).remarks
    assert [remark["params"] for remark in kept if remark["kind"] == "unusable_clip"] == [{"reason": "damaged_frame"}]
    assert [remark.path for remark in said if remark.kind == "unusable_clip"] == ["$.Actions.0.Clips[2].Url"]


def test_the_same_picture_under_two_names_is_one_angle(archive: Archive, folder: Path) -> None:
    short(folder, "action_0/clip_0.mp4")
    (folder / "action_0" / "clip_1.mp4").write_bytes((folder / "action_0" / "clip_0.mp4").read_bytes())
    (came,), said = bring(archive, foul_files.write(folder, foul_files.document(clips=2)))
    assert came.cameras == ("cam1", None)
    assert [remark.path for remark in said if remark.kind == "unusable_clip"] == ["$.Actions.0.Clips[1].Url"]


@pytest.mark.parametrize(
    ("change", "moment_s", "rate"),
    [
        ({"Timestamp": ""}, Fraction(3), 1),
        ({"Replay speed": ""}, Fraction(1259839, 1000), 1),
        ({"Replay speed": 1e300, "Timestamp": 2000.5}, Fraction(4001, 2000), 1),
        ({"Replay speed": 8}, Fraction(1259839, 1000), Fraction(1, 8)),
    ],
)
def test_what_is_unknown_or_cannot_be_is_no_clock(
    archive: Archive, folder: Path, change: dict[str, Any], moment_s: Fraction, rate: Fraction
) -> None:
    document = foul_files.document(clips=1)
    document["Actions"]["0"]["Clips"][0] |= change
    short(folder, "action_0/clip_0.mp4")
    (came,), _ = bring(archive, foul_files.write(folder, document), {("0", 0): 1.0})
    (clip,) = archive.match(str(came.match_id)).clips
    middle = clip.to_match.forward(Fraction(1, 5))  # of a clip of 0.4 s
    assert (middle, clip.to_match.rate) == (moment_s, rate)


@pytest.mark.parametrize(
    ("url", "name", "setup"),
    [
        ("", "test 0", ("", "")),
        ("a\\b\nc\0", "b c · test 0", ("", "")),
        ("x/2025-13-45 - 18-00 A 1 - 0 B", "A 1 - 0 B · test 0", ("", "")),
        ("x" * 5000, "x" * 120 + " · test 0", ("", "")),
    ],
)
def test_a_game_that_is_not_named_as_usual_is_still_a_match(
    archive: Archive, folder: Path, url: str, name: str, setup: tuple[str, str]
) -> None:
    document = foul_files.document(clips=1)
    document["Actions"]["0"]["UrlLocal"] = url
    short(folder, "action_0/clip_0.mp4")
    (came,), _ = bring(archive, foul_files.write(folder, document))
    match = archive.match(str(came.match_id))
    assert (match.name, (match.setup.competition, match.setup.date)) == (name, setup)
    assert foul_of(archive, match.id).annotation.url_local == url


# ------------------------------------------------------------------ out


def test_some_of_a_file_are_a_file_with_their_number_in_its_order(archive: Archive, folder: Path) -> None:
    matches = imported(archive, folder, "7", "0", "3")
    whole = json.loads((folder / "annotations.json").read_text("utf-8"))
    assert assemble(archive, [*reversed(matches), matches[0]]).document == whole
    assert list(assemble(archive, matches[::-1]).document["Actions"]) == ["7", "0", "3"]
    part = assemble(archive, [matches[2], matches[0]]).document
    assert (list(part["Actions"]), part["Number of actions"]) == (["7", "3"], 2)


def test_a_wrong_number_of_actions_comes_out_as_it_came(archive: Archive, folder: Path) -> None:
    short(folder, "action_0/clip_0.mp4")
    document = foul_files.document(clips=1) | {"Number of actions": 5}
    (came,), _ = bring(archive, foul_files.write(folder, document))
    assert assemble(archive, [str(came.match_id)]).document == document


def test_what_does_not_fit_into_one_file_is_refused(archive: Archive, folder: Path, tmp_path: Path) -> None:
    (first,) = imported(archive, folder, "0")
    second_file = foul_files.document("0", clips=1)
    second_file["Actions"]["0"]["UrlLocal"] = "another game"
    (second,), _ = bring(archive, foul_files.write(folder, second_file))
    third_file = foul_files.document("0", clips=1) | {"Set": "Test"}  # not "test"
    (third,), _ = bring(archive, foul_files.write(folder, third_file))
    plain = ingest(archive, "Huế", [Source(folder / "action_0" / "clip_0.mp4")], setup=Setup()).match
    assert plain is not None
    for other, code in (
        (second.match_id, "foul_key_twice"),
        (third.match_id, "foul_files_differ"),
        (plain.id, "no_foul"),
    ):
        with pytest.raises(TouchlineError) as said:
            assemble(archive, [first, str(other)])
        assert said.value.name == code
        assert said.value.detail("vi") != said.value.detail("en")
    with pytest.raises(NotFound):
        assemble(archive, ["nothing"])
    with pytest.raises(TouchlineError, match="could not be read or written"):
        write(assemble(archive, [first]), folder)  # a folder stands there


# ------------------------------------------------------------------ the commands

Run = Callable[..., Any]


@pytest.fixture
def run(archive: Archive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``touchline foul``; the document that it prints, or with ``json=False`` the lines."""
    monkeypatch.setenv("TOUCHLINE_HOME", str(archive.home))

    def call(*words: object, lang: str = "en", json_wanted: bool = True) -> Any:
        import argparse

        parser = argparse.ArgumentParser()
        command.register(parser)
        args = parser.parse_args([*map(str, words), "--lang", lang, *(["--json"] if json_wanted else [])])
        assert args.run(args) == 0
        out = capsys.readouterr().out
        return json.loads(out) if json_wanted else out

    return call


def test_a_file_comes_in_and_goes_out_by_command(folder: Path, tmp_path: Path, run: Run) -> None:
    document = foul_files.document("0", "1", clips=2)
    document["Actions"]["1"] |= {"Offence": "No offence", "Colour": "red"}
    path = foul_files.write(folder, document)
    short(folder / "clips", "action_0/clip_0.mp4", "action_0/clip_1.mp4")
    answer = run("import", path, "--clips", folder / "clips")
    jsonschema.validate(answer, schemas()["foul_import"])
    assert answer["status"] == "ok"
    assert [each["status"] for each in answer["actions"]] == ["imported", "no_clips"]
    assert [clip["replay_speed"] for clip in answer["actions"][0]["clips"]] == [1.0, 4.2]
    assert [clip["times_slower"] for clip in answer["actions"][0]["clips"]] == [1.0, None]
    assert [(each["path"], each["kind"]) for each in answer["inconsistencies"]] == [
        ("$.Actions.1.Severity", "card_without_offence"),
        ("$.Actions.0.Clips[0].Url", "other_length"),
        ("$.Actions.0.Clips[1].Url", "other_length"),
        ("$.Actions.1.Clips[0].Url", "missing_clip"),
        ("$.Actions.1.Clips[1].Url", "missing_clip"),
    ]
    assert [(each["path"], each["kind"]) for each in answer["notes"]] == [("$.Actions.1.Colour", "unknown_member")]
    vi, en = (run("import", path, "--clips", folder / "clips", lang=lang, json_wanted=False) for lang in LANGUAGES)
    assert "đã có sẵn" in vi
    assert "is there already" in en
    assert "var.foul" not in vi + en

    out = tmp_path / "out.json"
    answer = run("export", answer["actions"][0]["match"], "--out", out)
    jsonschema.validate(answer, schemas()["foul_export"])
    assert [(each["key"], each["changed"]) for each in answer["actions"]] == [("0", [])]
    written = json.loads(out.read_text("utf-8"))
    jsonschema.validate(written, schemas()["soccernet_mvfoul"])
    assert written["Actions"]["0"] == document["Actions"]["0"]


def test_a_file_comes_by_standard_input(
    archive: Archive, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(folder, "action_0/clip_0.mp4")
    path = foul_files.write(folder, foul_files.document(clips=1))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    answer = run("import", "-", "--clips", folder)
    assert (answer["file"], answer["actions"][0]["status"]) == ("-", "imported")
    assert assemble(archive, [answer["actions"][0]["match"]]).text.encode("utf-8") == path.read_bytes()


def test_strict_refuses_with_everything_named_and_keeps_nothing(archive: Archive, folder: Path, run: Run) -> None:
    document = foul_files.document(clips=2)
    document["Actions"]["0"] |= {"Severity": "", "Action class": "Biting"}
    path = foul_files.write(folder, document)
    short(folder, "action_0/clip_0.mp4")
    with pytest.raises(Inconsistent) as said:
        run("import", path, "--strict")
    for lang in LANGUAGES:
        detail = said.value.detail(lang)
        for place in ("Severity", "Action class", "Clips[0].Url", "Clips[1].Url"):
            assert f"Actions.0.{place}" in detail
    assert said.value.name == "foul_inconsistent"
    assert archive.matches() == []

    foul_files.film(folder, "action_0/clip_0.mp4", "action_0/clip_1.mp4")
    path = foul_files.write(folder, foul_files.document(clips=2))
    assert run("import", path, "--strict")["actions"][0]["status"] == "imported"


def test_a_folder_of_clips_that_is_not_there_is_refused(folder: Path, run: Run) -> None:
    path = foul_files.write(folder, foul_files.document())
    with pytest.raises(NotFound):
        run("import", path, "--clips", folder / "nowhere")
    answer = run("import", path)
    assert answer["status"] == "refused"
    jsonschema.validate(answer, schemas()["foul_import"])


# ------------------------------------------------------------------ real annotations


def test_real_fouls_come_in_and_go_out_byte_for_byte(
    archive: Archive, fixture_path: Callable[[str], Path], tmp_path: Path
) -> None:
    path = fixture_path("fouls_multiview") / "annotations.json"
    came, said = bring(archive, path)
    assert [(each.key, each.status, each.cameras) for each in came] == [
        ("0", Came.IMPORTED, ("cam1", "cam2", "cam3")),
        ("2", Came.IMPORTED, ("cam1", "cam2", "cam3")),
    ]
    assert said == []
    matches = [archive.match(str(each.match_id)) for each in came]
    assert [match.name for match in matches] == [
        "Bayern Munich 1 - 0 Benfica · test 0",
        "FC Porto 2 - 1 Chelsea · test 2",
    ]
    assert [clip.to_match.rate for clip in matches[1].clips] == [1, 1, 1]
    foul = foul_of(archive, matches[1].id).annotation
    assert (foul.try_to_play, foul.touch_ball, foul.live) == (None, None, 0)
    write(assemble(archive, [match.id for match in matches]), tmp_path / "out.json")
    assert (tmp_path / "out.json").read_bytes() == path.read_bytes()

    relabel(archive, matches[1].id, str(came[1].incident_id), "Touch ball", "No")
    expected = copy.deepcopy(json.loads(path.read_text("utf-8")))
    expected["Actions"]["2"]["Touch ball"] = "No"
    assert assemble(archive, [match.id for match in matches[::-1]]).text == json.dumps(expected, indent=1)


def test_clocks_of_an_earlier_version_keep_the_rates_that_fit_them(archive: Archive, folder: Path) -> None:
    """It took every replay for as slow as it was on air, and read no clocks."""
    path = foul_files.write(folder, foul_files.document())
    foul_files.film(folder, *(f"action_0/clip_{k}.mp4" for k in range(3)))
    (came,), _ = bring(archive, path)
    match_id = str(came.match_id)
    for camera, rate in (("cam2", Fraction(5, 21)), ("cam3", Fraction(5, 18))):
        archive.save_clip(match_id, camera, to_match=ClockMap(Fraction(1259839, 1000) - 3 * rate, rate))
    bring(archive, path, {("0", 0): 1.0, ("0", 1): 4.2, ("0", 2): 1.0})
    kept = foul_of(archive, match_id)
    assert kept.clock_rates == (1.0, None, 1.0)  # the second runs as in life, its angle's clock does not
    assert [kept.times_slower(camera) for camera in ("cam1", "cam2", "cam3")] == [1, None, Fraction(18, 5)]
