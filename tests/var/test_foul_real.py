"""The review of real annotated fouls: broadcast clips and replays, imported, reviewed, written out as they came."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from test_foul_archive import bring

from touchline.commands import schemas
from touchline.origin import Origin
from var.archive import Archive
from var.decisions.watched import Seen, Speed
from var.foul.answers import Reads
from var.foul.document import foul_document
from var.foul.exporting import assemble
from var.foul.importing import relabel
from var.foul.notes import Shows, Who
from var.foul.noting import answer, keep_frame, mark_contact, mark_person
from var.foul.review import FoulReview, foul_review
from var.foul.window import Found
from var.foul.wording import foul_lines
from var.looks import add, batch
from var.model import Click, Question

RATES = {("0", 0): 1.0, ("0", 1): 4.2, ("0", 2): 3.6, ("2", 0): 1.0, ("2", 1): 2.2, ("2", 2): 1.8}
"""How fast the match clock in each clip runs, as ``test_clock_check`` reads it in the pictures."""

AS_ON_AIR = dict.fromkeys(RATES, 1.0)
"""The same if the replays had been left as slow as they were on air."""


class Imported:
    """The fouls of the fixture in an archive of their own."""

    def __init__(self, archive: Archive, path: Path, rates: dict[tuple[str, int], float] | None = None) -> None:
        self.archive, self.path = archive, path
        came, _ = bring(archive, path, RATES if rates is None else rates)
        self.fouls = {each.key: (str(each.match_id), str(each.incident_id)) for each in came}

    def review(self, key: str) -> FoulReview:
        return foul_review(self.archive, *self.fouls[key])

    def look(self, key: str, number: int, camera: str, seconds: float) -> None:
        """Watch all of a clip, which takes so many seconds."""
        clip = self.archive.match(self.fouls[key][0]).clip(camera)
        ms = round(1000 * seconds)
        asked = float(clip.match_s(len(clip) - 1) - clip.match_s(0)) / seconds
        one = {"camera": camera, "first": 0, "last": len(clip) - 1, "speed": asked, "ms": ms, "moved_ms": ms}
        message = {"screen": "abcdef12", "batch": number, "looks": [one]}
        add(self.archive, self.fouls[key][0], batch(message, self.archive.match(self.fouls[key][0])))


@pytest.fixture
def imported(tmp_path: Path, fixture_path: Callable[[str], Path]) -> Imported:
    return Imported(Archive(tmp_path / "home"), fixture_path("fouls_multiview") / "annotations.json")


@pytest.fixture
def slow(tmp_path: Path, fixture_path: Callable[[str], Path]) -> Imported:
    """The same files as if their replays were slow, which the true ones are not."""
    return Imported(Archive(tmp_path / "home"), fixture_path("fouls_multiview") / "annotations.json", AS_ON_AIR)


def test_an_imported_foul_is_asked_as_one_and_says_what_is_not_known(imported: Imported) -> None:
    for key in imported.fouls:
        found = imported.review(key)
        assert found.incident.question is Question.FOUL
        assert found.annotation is not None
        assert [angle.slower for angle in found.window.angles] == [1, 1, 1]
        assert [angle.is_timed for angle in found.window.angles] == [True, False, False]
        assert found.match.origin is Origin.IMPORTED
        # Nobody set the clocks; only the angle that gives the time line is right by definition.
        assert len(found.window.unsynchronised) == len(found.window.angles) - 1
        assert all(angle.has_picture for angle in found.window.angles)
        assert all(angle.found in (Found.CLOCK, Found.ANNOTATION) for angle in found.window.angles)
        assert all(aid.is_refused for aid in found.measured.aids)
        assert all(each.reads is Reads.NOT_ANSWERED for each in found.judged)
        document = foul_document(found, "vi")
        jsonschema.validate(json.loads(json.dumps(document)), schemas()["foul_review"])
        assert document["annotation"]["origin"] == "imported"
        empty = [
            name for name, word in json.loads(imported.path.read_text("utf-8"))["Actions"][key].items() if word == ""
        ]
        assert {document["annotation"]["labels"][name] for name in empty} <= {None}  # unknown is not "no"
        assert foul_lines(found, "vi")


def test_a_replay_made_faster_shows_intensity_and_one_left_slow_does_not(imported: Imported) -> None:
    key = next(iter(imported.fouls))
    _, incident_id = imported.fouls[key]
    replay = imported.review(key).window.angles[1]
    answer(imported.archive, incident_id, "reckless", "no", by="Ánh")
    imported.look(key, 0, replay.camera_id, seconds=5.0)
    found = imported.review(key)
    assert set(found.seeing.speeds_ms) == {Speed.NORMAL}
    assert found.item("reckless").reads is Reads.AS_ANSWERED
    assert any("about normal speed" in line for line in foul_lines(found, "en"))
    assert any("đã tăng tốc" in line for line in foul_lines(found, "vi"))


def test_the_contact_is_marked_on_each_replay_by_itself(slow: Imported) -> None:
    imported = slow
    key = next(iter(imported.fouls))
    match_id, incident_id = imported.fouls[key]
    match = imported.archive.match(match_id)
    frames = {clip.camera_id: 75 + 2 * place for place, clip in enumerate(match.clips)}
    for clip in match.clips:
        mark_contact(
            imported.archive, incident_id, camera_id=clip.camera_id, frame=frames[clip.camera_id], sha256=clip.sha256
        )
    window = imported.review(key).window
    assert {angle.camera_id: angle.frame for angle in window.angles} == frames
    assert window.unsynchronised == ()
    for angle in window.angles[1:]:
        clip = match.clip(angle.camera_id)
        assert angle.at_s == clip.match_s(frames[angle.camera_id])
        # A replay n times slower shows n times as many pictures of the same 2.5 s.
        assert angle.first is not None
        assert angle.last is not None
        assert angle.slower is not None
        shown_s = (angle.last - angle.first + 1) * clip.frame_s
        assert shown_s <= Fraction(5, 2) + clip.frame_s
        assert clip.frame_s == pytest.approx(float(Fraction(1, 25) / angle.slower), rel=0.01)


def test_replays_alone_leave_intensity_inconclusive(slow: Imported) -> None:
    """A replay 4 times slower that is played as it is shows a quarter of the speed of life; played as fast as that
    undoes it, it is normal speed."""
    imported = slow
    key = next(iter(imported.fouls))
    match_id, incident_id = imported.fouls[key]
    match = imported.archive.match(match_id)
    late = next(angle for angle in imported.review(key).window.angles if angle.slower not in (None, 1))
    live = next(angle for angle in imported.review(key).window.angles if angle.slower == 1)
    clip = match.clip(late.camera_id)
    keep_frame(
        imported.archive, incident_id, camera_id=clip.camera_id, frame=75, sha256=clip.sha256, shows=Shows.CONTACT
    )
    for item in ("excessive_force", "contact"):
        answer(imported.archive, incident_id, item, "yes", by="Ánh", frames=[(clip.camera_id, 75)])
    imported.look(key, 0, late.camera_id, seconds=5.0)  # the clip's own length
    found = imported.review(key)
    assert set(found.seeing.speeds_ms) == {Speed.SLOW}
    force = found.item("excessive_force")
    assert (force.reads, force.seen, force.word) == (Reads.INCONCLUSIVE, Seen.INCONCLUSIVE, None)
    assert found.item("contact").word == "yes"
    (one,) = found.seeing.looks
    assert (one.camera_id, one.first, one.last) == (late.camera_id, 0, len(clip) - 1)
    imported.look(key, 1, live.camera_id, seconds=5.0)
    force = imported.review(key).item("excessive_force")
    assert (force.reads, force.word, force.warns) == (Reads.AS_ANSWERED, "yes", True)


def test_a_replay_of_unknown_speed_tells_nothing_of_intensity(
    tmp_path: Path, fixture_path: Callable[[str], Path]
) -> None:
    source = fixture_path("fouls_multiview") / "annotations.json"
    document = json.loads(source.read_text("utf-8"))
    for action in document["Actions"].values():
        for clip in action["Clips"]:
            clip["Url"] = str(clip["Url"])
            clip["Replay speed"] = 77.0  # nothing is shown so slowly
    changed = tmp_path / "set" / "annotations.json"
    changed.parent.mkdir()
    for folder in source.parent.glob("action_*"):
        (changed.parent / folder.name).symlink_to(folder, target_is_directory=True)
    changed.write_text(json.dumps(document), "utf-8")
    imported = Imported(Archive(tmp_path / "home"), changed)
    key = next(iter(imported.fouls))
    match_id, incident_id = imported.fouls[key]
    answer(imported.archive, incident_id, "reckless", "no", by="Ánh")
    camera = imported.archive.match(match_id).clips[0].camera_id
    imported.look(key, 0, camera, seconds=5.0)
    found = imported.review(key)
    assert found.window.angle(camera).slower is None
    assert found.seeing.speed_unknown == (camera,)
    assert found.item("reckless").reads is Reads.INCONCLUSIVE


def test_pictures_of_a_replay_away_from_the_contact_tell_no_speed(imported: Imported) -> None:
    key = next(iter(imported.fouls))
    match_id, incident_id = imported.fouls[key]
    replay = next(angle for angle in imported.review(key).window.angles if not angle.is_timed)
    clip = imported.archive.match(match_id).clip(replay.camera_id)
    mark_contact(imported.archive, incident_id, camera_id=clip.camera_id, frame=75, sha256=clip.sha256)
    for who in (Who.ATTACKER, Who.OFFENDER):
        mark_person(imported.archive, incident_id, who, Click(clip.camera_id, 60, clip.sha256, 100.0, 100.0))
    reasons = {(why.code, why.camera) for why in imported.review(key).measured.reasons}
    assert reasons == {("replay_not_timed", clip.camera_id)}


def test_a_review_changes_nothing_of_what_goes_out(imported: Imported) -> None:
    """Everything noted and decided, and the file still comes out byte for byte; a label that was given here alone
    differs."""
    ids = [match_id for match_id, _ in imported.fouls.values()]
    key = next(iter(imported.fouls))
    match_id, incident_id = imported.fouls[key]
    clip = imported.archive.match(match_id).clips[0]
    mark_contact(imported.archive, incident_id, camera_id=clip.camera_id, frame=70, sha256=clip.sha256, px=(9.0, 9.0))
    keep_frame(imported.archive, incident_id, camera_id=clip.camera_id, frame=70, sha256=clip.sha256)
    answer(imported.archive, incident_id, "offence", "none", by="Ánh")
    imported.archive.decide(incident_id, "no_foul", by="Ánh")
    assert assemble(imported.archive, ids).text == imported.path.read_text("utf-8")
    relabel(imported.archive, match_id, incident_id, "Severity", "1.0", by="Ánh")
    before, after = json.loads(imported.path.read_text("utf-8")), assemble(imported.archive, ids).document
    assert after["Actions"][key].pop("Severity") == "1.0"
    before["Actions"][key].pop("Severity")
    assert after == before
