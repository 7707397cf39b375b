"""The review of a foul: the contact on every angle, evidence, answers to Law 12 and what the log of looks makes of
them, and never a verdict."""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from foul_match import MATCH, SHA, Ground, ground

import var.foul
from touchline.commands import schemas
from touchline.errors import BadValue, TouchlineError
from touchline.i18n import LANGUAGES, find
from touchline.measure import Z95
from touchline.rights import NotAllowed, Person, Role
from var.archive import Archive
from var.decisions.watched import Seen, Speed
from var.export.marked import marked_scene
from var.foul.aids import AIDS
from var.foul.answers import Reads
from var.foul.document import foul_document, foul_facts
from var.foul.law12 import BY_FORCE, DIRECT, ITEMS, OFFENCES, Group
from var.foul.notes import Shows, Who
from var.foul.noting import answer, choose_best, drop_frame, keep_frame, mark_contact, mark_person, order_frames
from var.foul.review import FoulReview, foul_review
from var.foul.window import Found
from var.foul.wording import foul_lines
from var.looks import add, batch
from var.model import Click, Question
from var.questions import DECISIONS, STEPS, decisions_for, instant_of, verdict_of
from var.rules.words import Replay


@contextmanager
def refused(code: str) -> Iterator[None]:
    """A ``BadValue`` of this code, and no other."""
    with pytest.raises(BadValue) as found:
        yield
    assert found.value.code == f"var.errors.{code}"


@pytest.fixture
def foul(tmp_path: Path) -> Ground:
    return ground(tmp_path)


def review(foul: Ground) -> FoulReview:
    return foul_review(foul.archive, MATCH, foul.incident_id)


def keep(foul: Ground, camera: str, frame: int, shows: Shows = Shows.OTHER, note: str = "") -> None:
    keep_frame(
        foul.archive, foul.incident_id, camera_id=camera, frame=frame, sha256=SHA[camera], shows=shows, note=note
    )


def look(foul: Ground, *stretches: tuple[str, int, int, float], lost: int = 0) -> None:
    """Look at stretches of frames at a speed, as a player says it."""
    number = sum(1 for _ in foul.archive.store.rows("SELECT seq FROM look"))
    looks = []
    for camera, first, last, speed in stretches:
        clip = foul.match.clip(camera)
        ms = round(1000 * float(clip.match_s(last) - clip.match_s(first)) / speed) if speed else 2000
        looks.append(
            {"camera": camera, "first": first, "last": last, "speed": speed, "ms": ms, "moved_ms": ms if speed else 0}
        )
    message = {"screen": "abcdef12", "batch": number, "looks": looks, "lost": lost}
    add(foul.archive, MATCH, batch(message, foul.match))


# ------------------------------------------------------------------ the contact window


def test_before_a_mark_the_window_lies_around_the_incident(foul: Ground) -> None:
    window = review(foul).window
    assert (window.at_s, window.camera_id, window.sigma_s) == (Fraction(5), None, None)
    first, second, third = window.angles
    # The incident is at 5 s; the first angle gives the time line, so 3.5 s to 6 s are its frames 88 (3.52 s) to 150.
    assert (first.first, first.frame, first.last, first.found, first.sigma_s) == (88, 125, 150, Found.CLOCK, 0.0)
    assert (second.frame, second.off_s, second.sigma_s) == (125, Fraction(1, 100), 0.004)
    assert (third.found, third.sigma_s) == (Found.ANNOTATION, None)
    assert window.unsynchronised == ("cam3",)


def test_a_mark_tells_the_other_angles_by_their_clocks(foul: Ground) -> None:
    foul.contact("cam2", 120, (700.5, 400.0))
    window = review(foul).window
    assert window.camera_id == "cam2"
    assert window.at_s == Fraction(481, 100)
    # Half a frame on either side, evenly likely.
    assert window.sigma_s == pytest.approx(0.04 / math.sqrt(12))
    marked, other = window.angle("cam2"), window.angle("cam1")
    assert (marked.found, marked.frame, marked.sigma_s, marked.off_s) == (Found.MARKED, 120, 0.0, 0)
    assert marked.mark is not None
    assert marked.mark.px == (700.5, 400.0)
    assert (other.found, other.frame, other.off_s) == (Found.CLOCK, 120, Fraction(-1, 100))
    assert other.sigma_s == pytest.approx(0.004)
    assert window.angle("cam3").sigma_s is None


def test_an_angle_without_a_clock_has_its_own_contact(foul: Ground) -> None:
    foul.contact("cam1", 125)
    foul.contact("cam3", 100)
    angle = review(foul).window.angle("cam3")
    assert (angle.found, angle.frame, angle.at_s, angle.agrees) == (Found.MARKED, 100, Fraction(2), None)
    assert angle.sigma_s == pytest.approx(math.hypot(0.04, 0.04) / math.sqrt(12))
    # The stretch is about the angle's own contact: 1.5 s before its frame 100 to 1 s after it.
    assert (angle.first, angle.last) == (63, 125)


@pytest.mark.parametrize(("frame", "agrees"), [(125, True), (126, True), (131, False)])
def test_a_mark_that_contradicts_the_clocks_is_said(foul: Ground, frame: int, agrees: bool) -> None:
    """Two marks are off by 16 ms together, the clock by 4: 240 ms are another instant."""
    foul.contact("cam1", 125)
    foul.contact("cam2", frame)
    angle = review(foul).window.angle("cam2")
    assert (angle.agrees, angle.frame, angle.at_s) == (agrees, frame, Fraction(5))  # the clock is surer than the mark


def test_an_angle_that_shows_nothing_is_named(foul: Ground) -> None:
    """The third angle ends at 8 s of match time."""
    foul.contact("cam1", 249)
    window = foul_review(foul.archive, MATCH, foul.incident_id, before_s=Fraction(1), after_s=Fraction(0)).window
    assert window.without_picture == ("cam3",)
    assert (window.angle("cam1").first, window.angle("cam1").last) == (224, 249)
    angle = window.angle("cam3")
    assert (angle.frame, angle.first, angle.last, angle.off_s) == (None, None, None, None)


@pytest.mark.parametrize("ends", [(Fraction(-1), Fraction(1)), (Fraction(1), Fraction(121))])
def test_a_window_that_makes_no_sense_is_refused(foul: Ground, ends: tuple[Fraction, Fraction]) -> None:
    with refused("bad_clip_length"):
        foul_review(foul.archive, MATCH, foul.incident_id, before_s=ends[0], after_s=ends[1])


# ------------------------------------------------------------------ pictures of evidence


def test_evidence_keeps_its_order_and_can_be_undone(foul: Ground) -> None:
    keep(foul, "cam1", 125, Shows.CONTACT)
    keep(foul, "cam2", 118, Shows.BEFORE, "chân trụ")
    keep(foul, "cam3", 100, Shows.BALL)
    pictures = [("cam3", 100), ("cam1", 125)]
    notes = order_frames(foul.archive, foul.incident_id, pictures)
    assert [frame.picture for frame in notes.frames] == [*pictures, ("cam2", 118)]
    notes = choose_best(foul.archive, foul.incident_id, "cam1", 125)
    assert notes.best == (("cam1", 125),)
    keep(foul, "cam1", 125, Shows.OTHER, "again")
    notes = review(foul).notes
    assert [frame.shows for frame in notes.frames] == [Shows.BALL, Shows.OTHER, Shows.BEFORE]
    notes = drop_frame(foul.archive, foul.incident_id, ("cam1", 125))
    assert (len(notes.frames), notes.best) == (2, ())
    undone = [foul.archive.undo(MATCH, foul.incident_id) for _ in range(7)]
    assert undone == ["foul_frame", "foul_frame", "foul_best", "foul_order", *["foul_frame"] * 3]
    assert review(foul).notes.frames == ()
    kinds = [entry["kind"] for entry in foul.archive.entries(MATCH)]
    assert kinds.count("foul_frame") == 5  # nothing is edited or lost
    assert kinds.count("undo") == 7


def test_foreign_pictures_and_places_are_refused(foul: Ground) -> None:
    archive, owner = foul.archive, foul.incident_id
    with refused("foreign_click"):
        keep_frame(archive, owner, camera_id="cam1", frame=10, sha256=SHA["cam2"])
    with refused("foreign_click"):
        mark_contact(archive, owner, camera_id="cam1", frame=250, sha256=SHA["cam1"])
    with refused("bad_click"):
        mark_contact(archive, owner, camera_id="cam1", frame=10, sha256=SHA["cam1"], px=(1920.0, 3.0))
    with refused("no_such_camera"):
        mark_person(archive, owner, Who.BALL, Click("cam9", 0, SHA["cam1"], 1, 1))
    for number, who in ((0, Who.DEFENDER), (11, Who.DEFENDER), (1, Who.ATTACKER)):
        with refused("bad_defender"):
            mark_person(archive, owner, who, Click("cam1", 0, SHA["cam1"], 1, 1), number=number)
    keep(foul, "cam1", 10)
    for pictures in ([("cam1", 11)], [("cam1", 10), ("cam1", 10)]):
        with refused("no_such_evidence"):
            order_frames(archive, owner, pictures)
    with refused("no_such_evidence"):
        choose_best(archive, owner, "cam1", 11)
    with refused("foul_note_too_long"):
        keep(foul, "cam1", 10, note="x" * 2001)
    assert len(review(foul).notes.frames) == 1


# ------------------------------------------------------------------ Law 12


def test_the_checklist_has_its_texts_in_both_languages() -> None:
    keys = [item.key for item in ITEMS]
    assert len(set(keys)) == len(keys)
    assert DIRECT >= BY_FORCE
    assert set(OFFENCES) >= DIRECT
    for lang in LANGUAGES:
        for item in ITEMS:
            wanted = [f"item.{item.key}.name", f"item.{item.key}.ask", f"group.{item.group.value}"]
            wanted += [f"word.{word}" for word in item.words] + [f"says.{item.key}.{word}" for word in item.says]
            for key in wanted:
                assert find(f"var.foul_law.{key}", lang), key
        for room, words in (("reads", Reads), ("seen", Seen)):
            assert all(find(f"var.foul_law.{room}.{word.value}", lang) for word in words)
        assert all(find(f"var.foul_aids.{room}.{key}", lang) for key in AIDS for room in ("name", "what"))
    assert {aid for item in ITEMS for aid in item.aids} <= set(AIDS)
    assert {item.group for item in ITEMS} == set(Group)
    asks_normal = {item.key for item in ITEMS if item.replay is Replay.NORMAL}
    assert asks_normal >= {"careless", "reckless", "excessive_force", "hand_offence"}
    assert not asks_normal & {"contact", "in_penalty_area", "hand_contact", "dogso_distance"}  # facts


def test_answers_are_kept_and_superseded_with_the_pictures_they_rest_on(foul: Ground) -> None:
    keep(foul, "cam1", 125, Shows.CONTACT)
    answer(foul.archive, foul.incident_id, "offence", "tackles", frames=[("cam1", 125)], by="Bình", note="vào trễ")
    answer(foul.archive, foul.incident_id, "contact", "no", by="Bình")
    answer(foul.archive, foul.incident_id, "contact", "yes", by="Ánh")
    found = review(foul)
    offence, contact = found.item("offence"), found.item("contact")
    assert offence.mark is not None
    assert (offence.word, offence.mark.frames, offence.mark.by) == ("tackles", (("cam1", 125),), "Bình")
    assert contact.word == "yes"
    assert found.item("careless").reads is Reads.NOT_ANSWERED
    assert found.item("careless").word is None
    answer(foul.archive, foul.incident_id, "contact", None, by="Ánh")
    assert review(foul).item("contact").reads is Reads.NOT_ANSWERED
    assert foul.archive.undo(MATCH, foul.incident_id) == "foul_answer"
    assert review(foul).item("contact").word == "yes"


@pytest.mark.parametrize(
    ("item", "word", "frames", "by", "code"),
    [
        ("colour", "yes", (), "Ánh", "bad_foul_item"),
        ("careless", "tackles", (), "Ánh", "bad_foul_answer"),
        ("offence", "yes", (), "Ánh", "bad_foul_answer"),
        ("careless", "yes", (("cam1", 3),), "Ánh", "no_such_evidence"),
        ("careless", "yes", (), " ", "nobody_decides"),
    ],
)
def test_answers_that_cannot_be_are_refused(
    foul: Ground, item: str, word: str, frames: tuple[tuple[str, int], ...], by: str, code: str
) -> None:
    with refused(code):
        answer(foul.archive, foul.incident_id, item, word, frames=frames, by=by)
    assert review(foul).notes.answers == ()


def test_an_operator_marks_and_a_referee_answers(foul: Ground) -> None:
    operator = Archive(foul.archive.home, Person("1", "Cường", frozenset({Role.OPERATOR})))
    keep_frame(operator, foul.incident_id, camera_id="cam1", frame=1, sha256=SHA["cam1"], by="somebody else")
    assert review(foul).notes.frames[0].by == "Cường"
    with pytest.raises(NotAllowed):
        answer(operator, foul.incident_id, "careless", "yes")
    referee = Archive(foul.archive.home, Person("2", "Ánh", frozenset({Role.REFEREE})))
    answer(referee, foul.incident_id, "careless", "yes", by="somebody else")
    mark = review(foul).item("careless").mark
    assert mark is not None
    assert mark.by == "Ánh"
    with pytest.raises(NotAllowed):  # to take it back asks for the same right
        operator.undo(MATCH, foul.incident_id)


# ------------------------------------------------------------------ looks


def test_intensity_seen_only_slowly_reads_inconclusive(foul: Ground) -> None:
    foul.contact("cam1", 125)
    for item in ("reckless", "contact"):
        answer(foul.archive, foul.incident_id, item, "yes", by="Ánh")
    found = review(foul)
    assert (found.item("reckless").reads, found.item("reckless").seen) == (Reads.INCONCLUSIVE, Seen.NOT_SEEN)
    look(foul, ("cam1", 110, 140, 0.25), ("cam1", 125, 125, 0))
    found = review(foul)
    slow = found.item("reckless")
    assert (slow.reads, slow.seen, slow.word, slow.law) == (Reads.INCONCLUSIVE, Seen.INCONCLUSIVE, None, None)
    # A fact may be seen slowly.
    assert (found.item("contact").reads, found.item("contact").word) == (Reads.AS_ANSWERED, "yes")
    assert set(found.seeing.speeds_ms) == {Speed.SLOW, Speed.STILL}
    look(foul, ("cam2", 0, 50, 1.0))  # normal speed, but of another moment
    assert review(foul).item("reckless").reads is Reads.INCONCLUSIVE
    look(foul, ("cam2", 110, 140, 1.0))
    found = review(foul)
    normal = found.item("reckless")
    assert (normal.reads, normal.word, normal.warns) == (Reads.AS_ANSWERED, "yes", True)
    assert normal.law == "var.foul_law.says.reckless.yes"
    # For each look: the angle, its frames, and how fast.
    assert [(one.camera_id, one.first, one.last, one.speed) for one in found.seeing.looks] == [
        ("cam1", 110, 140, Speed.SLOW),
        ("cam1", 125, 125, Speed.STILL),
        ("cam2", 110, 140, Speed.NORMAL),
    ]


def test_each_answer_has_its_looks_and_what_was_known_when_it_was_given(foul: Ground) -> None:
    foul.contact("cam1", 125)
    look(foul, ("cam1", 110, 140, 0.25))
    answer(foul.archive, foul.incident_id, "reckless", "yes", by="Ánh")
    look(foul, ("cam2", 110, 140, 1.0))
    found = review(foul).item("reckless")
    assert (found.reads, found.seen, found.seen_by_then) == (Reads.AS_ANSWERED, Seen.ENOUGH, Seen.INCONCLUSIVE)
    assert found.looks == (0, 1)
    answer(foul.archive, foul.incident_id, "reckless", "yes", by="Ánh")
    assert review(foul).item("reckless").seen_by_then is Seen.ENOUGH
    assert review(foul).item("careless").seen_by_then is None


def test_slow_motion_may_be_answered_for_with_a_reason(foul: Ground) -> None:
    foul.contact("cam1", 125)
    look(foul, ("cam1", 110, 140, 0.25))
    answer(foul.archive, foul.incident_id, "reckless", "yes", by="Ánh", override="chỉ có hình quay chậm")
    found = review(foul).item("reckless")
    assert (found.reads, found.seen, found.word) == (Reads.OVERRIDDEN, Seen.OVERRIDDEN, "yes")


def test_lost_looks_leave_it_unknown(foul: Ground) -> None:
    foul.contact("cam1", 125)
    answer(foul.archive, foul.incident_id, "reckless", "no", by="Ánh")
    look(foul, ("cam1", 110, 140, 0.25), lost=3)
    found = review(foul)
    assert (found.item("reckless").reads, found.item("reckless").seen) == (Reads.INCONCLUSIVE, Seen.UNKNOWN)
    assert found.seeing.lost == 3


# ------------------------------------------------------------------ no verdict


def test_a_foul_has_steps_and_decisions_and_no_verdict(foul: Ground) -> None:
    match, state = foul.match, foul.archive.review(MATCH)
    incident = state.incident(foul.incident_id)
    assert incident.question is Question.FOUL
    assert STEPS[Question.FOUL][0] == "window"
    assert decisions_for(incident, None) == DECISIONS[Question.FOUL]
    assert verdict_of(match, state, incident) is None
    assert instant_of(match, state, incident) == Fraction(5)
    foul.contact("cam2", 120)
    assert instant_of(match, foul.archive.review(MATCH), incident) == Fraction(481, 100)


def test_no_sum_of_answers_becomes_a_sanction(foul: Ground) -> None:
    """Every item answered, seen as asked: the review still says nothing of its own about what to decide."""
    foul.contact("cam1", 125)
    look(foul, ("cam1", 110, 140, 1.0))
    for item in ITEMS:
        answer(foul.archive, foul.incident_id, item.key, item.words[0], by="Ánh")
    found = review(foul)
    assert all(each.reads is Reads.AS_ANSWERED for each in found.judged)
    document = foul_document(found, "en")
    assert document["decisions"] == []
    names = {field.name for field in dataclasses.fields(FoulReview)}
    told = {*names, *document, *document["judged"], *document["measured"], *document["judged"]["items"][0]}
    assert not [name for name in told if any(word in name for word in ("verdict", "sanction", "card", "outcome"))]
    members = [name for name, _ in inspect.getmembers(FoulReview) if not name.startswith("_")]
    assert not [name for name in members if "verdict" in name or "sanction" in name]


def test_a_decision_keeps_what_it_rests_on(foul: Ground) -> None:
    foul.contact("cam1", 125)
    keep(foul, "cam1", 125, Shows.CONTACT)
    answer(foul.archive, foul.incident_id, "contact", "yes", by="Ánh", frames=[("cam1", 125)])
    facts = foul_facts(review(foul), "vi")
    foul.archive.decide(foul.incident_id, "foul", by="Ánh", facts=facts)
    (decision,) = foul.archive.decisions(foul.incident_id)
    assert decision.facts["foul"]["evidence"][0]["frame"] == 125
    assert decision.facts["question"] == "foul"
    assert foul.archive.undo(MATCH, foul.incident_id) is None  # nothing before a decision is taken back
    assert review(foul).decisions == (decision,)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_fits_its_schema_and_the_words_have_no_holes(foul: Ground, lang: str) -> None:
    schema = schemas()["foul_review"]
    jsonschema.validate(json.loads(json.dumps(foul_document(review(foul), lang))), schema)
    assert foul_lines(review(foul), lang)
    foul.calibrate("cam1")
    foul.contact("cam1", 125, (900.0, 500.0))
    foul.contact("cam3", 100)
    keep(foul, "cam1", 125, Shows.CONTACT, "gót chân")
    choose_best(foul.archive, foul.incident_id, "cam1", 125)
    for frame, at in ((120, (38.5, -2.0)), (125, (38.0, -2.2))):
        foul.stands(Who.ATTACKER, "cam1", frame, at)
        foul.stands(Who.OFFENDER, "cam1", frame, (at[0] + 0.06 * (130 - frame), at[1] - 0.5))
    foul.stands(Who.BALL, "cam1", 125, (38.6, -1.8))
    foul.stands(Who.DEFENDER, "cam1", 125, (44.0, -1.0), number=1)
    foul.stands(Who.DEFENDER, "cam1", 125, (41.0, 1.0), number=2, on_ground=False)
    look(foul, ("cam1", 110, 140, 0.5))
    answer(foul.archive, foul.incident_id, "careless", "yes", by="Ánh", override="lý do", frames=[("cam1", 125)])
    answer(foul.archive, foul.incident_id, "reckless", "no", by="Ánh", note="ghi chú")
    found = review(foul)
    document = json.loads(json.dumps(foul_document(found, lang)))
    jsonschema.validate(document, schema)
    assert [aid["aid"] for aid in document["measured"]["aids"]] == list(AIDS)
    lines = "\n".join(foul_lines(found, lang))
    assert "var." not in lines
    assert "{" not in lines


def test_every_refusal_has_its_words() -> None:
    """Whatever reason code the modules of a foul can give has a text in both languages."""
    folder = Path(inspect.getfile(var.foul)).parent
    text = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    text += (folder.parent / "measure" / "standing.py").read_text("utf-8")
    codes = set(re.findall(r'(?:Why|Unsolvable)\(\s*"(\w+)"', text))
    assert len(codes) > 15
    for code in codes:
        for lang in LANGUAGES:
            assert find(f"var.foul_aids.reason.{code}", lang) or find(f"var.offside.reason.{code}", lang), code


def test_a_half_width_is_that_of_95_percent(foul: Ground) -> None:
    foul.contact("cam2", 120)
    document = foul_document(review(foul), "en")
    (one,) = [angle for angle in document["window"]["angles"] if angle["camera"] == "cam1"]
    assert one["sure_ms"] == pytest.approx(1000 * Z95 * 0.004)
    assert one["off_ms"] == pytest.approx(-10.0)


def test_errors_read_in_both_languages(foul: Ground) -> None:
    with pytest.raises(TouchlineError) as found:
        answer(foul.archive, foul.incident_id, "colour", "yes", by="Ánh")
    for lang in LANGUAGES:
        assert "colour" in found.value.detail(lang)
        assert "careless" in found.value.hint(lang)


def test_a_foul_has_no_scene_to_measure_again(foul: Ground) -> None:
    with refused("foul_has_no_scene"):
        marked_scene(foul.archive, MATCH, foul.incident_id)
