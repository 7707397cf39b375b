"""What is offered, what becomes of it on record, and what the papers say: with an archive, without a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from test_review import clip_of, reviewed

from touchline.commands import schemas
from touchline.errors import BadFile, BadValue, Missing
from touchline.i18n import LANGUAGES, t
from touchline.vision.runtime import lacking
from var.angles import angle_state
from var.assist.pictures import read_picture
from var.assist.proposed import bright, offers, offers_overlay, people_overlay
from var.assist.sight import load_models
from var.assist.teams import Side
from var.assist.work import first_frame_from, people_work
from var.assist.work import still_true as holds
from var.entries import CORRECTS
from var.export.facts import gather
from var.export.wording import _proposal_words
from var.measure.clicks import CLICK_SIGMA_PX
from var.measure.pitch import Pitch
from var.model import BodyPart, Click, Match, Proposal, Role
from var.picture import draw
from var.review import body_marks_of, scene_of, verdict_of
from var.synthetic.camera import ground_cameras

SIGHT = schemas()["people"]["examples"][0]


def test_the_foremost_attacker_and_the_second_last_opponent_are_offered_first() -> None:
    found = offers(SIGHT, Role.DEFENDER, Side(SIGHT["defends"]), Pitch())
    assert [one.number for one in found.offers] == [one["number"] for one in SIGHT["ranking"]]
    assert [one.number for one in found.offers if one.second_last] == [SIGHT["second_last"]]
    assert "keeper_outside" in found.reasons
    other = Side.FIRST if SIGHT["defends"] == "2" else Side.SECOND
    turned = offers(SIGHT, Role.ATTACKER, other, Pitch())
    assert {one.number for one in found.offers} <= {one.number for one in turned.offers}
    for offer in found.offers:
        (person,) = [one for one in SIGHT["people"] if one["number"] == offer.number]
        assert list(offer.proposal.px) == person["candidates"][0]["px"]
        assert offer.proposal.model == SIGHT["models"]["pose"]


def test_where_nobody_says_who_defends_everybody_is_offered_with_that_reason() -> None:
    alone = {**SIGHT, "people": [one for one in SIGHT["people"] if one["side"] == SIGHT["people"][0]["side"]]}
    found = offers(alone, Role.ATTACKER, None, Pitch())
    assert len(found.offers) == len(alone["people"])
    assert found.reasons == ("nobody_defends",)
    assert found.defends is None


def test_what_is_drawn_has_the_agreed_form_and_is_not_told_by_colour_alone() -> None:
    boxes = people_overlay(SIGHT)
    found = offers(SIGHT, Role.DEFENDER, Side(SIGHT["defends"]), Pitch()).offers
    proposed = offers_overlay(found, Role.DEFENDER)
    labels = [one["text"] for one in boxes if one["shape"] == "label"]
    assert len(labels) == len(SIGHT["people"])
    assert all(text[-1] in "\u2460\u2461\u25cb?" for text in labels)
    assert {one["style"] for one in proposed} == {"proposal"}
    assert all(one["text"].startswith("D? ") for one in proposed if one["shape"] == "label")
    picture = np.zeros((1080, 1920, 3), np.uint8)
    assert draw(picture, [*boxes, *proposed]).any()


def test_a_dark_shirt_is_drawn_bright_enough() -> None:
    for colour in ("#000000", "#101080", "#d62828"):
        made = bright(colour)
        r, g, b = (int(made[at : at + 2], 16) / 255 for at in (1, 3, 5))
        assert 0.2126 * r + 0.7152 * g + 0.0722 * b == pytest.approx(0.62, abs=0.01)
    assert bright("#ffffff") == "#ffffff"
    assert bright("red;background:url(x)") == "#d0d0d0"


def proposal(u: float, v: float, sigma: float = 6.0) -> Proposal:
    return Proposal("pose_full@ea7007773100", 0.93, (u, v), sigma)


def test_a_proposal_that_is_taken_is_an_ordinary_mark_with_its_origin_and_the_models_doubt(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam2",))
    review = archive.review("m")
    incident = review.incident(incident_id)
    before = verdict_of(match, review, incident)
    mark = next(one for one in body_marks_of(review, incident) if one.role is Role.ATTACKER)
    given = proposal(mark.click.u_px, mark.click.v_px)
    archive.mark_body(incident_id, mark.role, mark.part, mark.click, proposal=given)
    review = archive.review("m")
    taken = next(one for one in body_marks_of(review, incident) if one.role is Role.ATTACKER)
    assert (taken.proposal, taken.moved) == (given, False)
    scene = scene_of(match, review, incident)
    assert scene is not None
    assert {seen.role: seen.sigma_px for seen in scene.observations} == {
        Role.ATTACKER: 6.0,
        Role.DEFENDER: CLICK_SIGMA_PX,
    }
    after = verdict_of(match, review, incident)
    assert before is not None
    assert after is not None
    assert before.margin is not None
    assert after.margin is not None
    assert after.margin.sigma > before.margin.sigma


def test_a_click_near_a_taken_proposal_moves_it_and_one_far_away_is_new(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 4, ("cam2",))
    clip = match.clips[0]
    frame = clip.frame_at(archive.incident(incident_id).kick_s or Fraction(0)) or 0

    def place(u: float, **more: Proposal) -> None:
        click = Click(clip.camera_id, frame, clip.sha256, u, 500.0)
        archive.mark_body(incident_id, Role.DEFENDER, BodyPart.KNEE, click, **more)

    def knee() -> tuple[Proposal | None, bool]:
        marks = body_marks_of(archive.review("m"), archive.incident(incident_id))
        (mark,) = [one for one in marks if one.part is BodyPart.KNEE]
        return mark.proposal, mark.moved

    place(400.0, proposal=proposal(400.0, 500.0))
    assert knee() == (proposal(400.0, 500.0), False)
    place(404.0)
    assert knee() == (proposal(400.0, 500.0), True)
    place(407.0)  # moved again: still the same origin
    assert knee() == (proposal(400.0, 500.0), True)
    place(400.0 + CORRECTS * 6.0 + 1)
    assert knee() == (None, False)
    archive.undo("m", incident_id)
    assert knee() == (proposal(400.0, 500.0), True)


def test_the_papers_say_what_proposed_a_point_and_what_a_person_did(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 5, ("cam2",))
    clip = match.clips[0]
    frame = clip.frame_at(archive.incident(incident_id).kick_s or Fraction(0)) or 0
    for part, u in ((BodyPart.KNEE, 400.0), (BodyPart.HIP, 403.0)):
        click = Click(clip.camera_id, frame, clip.sha256, 400.0, 500.0)
        archive.mark_body(incident_id, Role.DEFENDER, part, click, proposal=proposal(u, 500.0))
    marks = {mark.part: mark for mark in gather(archive, "m", incident_id).body_marks}
    for lang in LANGUAGES:
        kept, moved = _proposal_words(marks[BodyPart.KNEE], lang), _proposal_words(marks[BodyPart.HIP], lang)
        assert "pose_full@ea7007773100" in kept.replace("\u200b", "")
        assert kept.endswith({"vi": "xác nhận bằng tay.", "en": "confirmed by hand."}[lang])
        assert {"vi": "3,0 px", "en": "3.0 px"}[lang] in moved
    from var.export.record import body_mark_record

    schema = schemas()["incident"]
    mark_schema = {**schema["properties"]["body_marks"]["items"], "$defs": schema["$defs"]}
    for mark in marks.values():
        jsonschema.validate(json.loads(json.dumps(body_mark_record(mark))), mark_schema)


def test_a_proposal_without_a_point_or_with_a_confidence_over_one_is_refused() -> None:
    for wrong in (
        ("", 0.5, (1.0, 2.0), 2.0),
        ("m", 1.5, (1.0, 2.0), 2.0),
        ("m", 0.5, (float("nan"), 2.0), 2.0),
        ("m", 0.5, (1.0, 2.0), 0.0),
    ):
        with pytest.raises(BadValue):
            Proposal(*wrong)


def test_what_was_found_holds_only_for_the_same_recording_kick_and_attack(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 6, ("cam2",))
    clip, incident = match.clips[0], archive.incident(incident_id)
    frame = clip.frame_at(incident.kick_s or Fraction(0))
    found = angle_state(match, archive.review("m"), "cam2", frame).calibration
    assert found is not None
    angle = {"frame": frame, "sha256": clip.sha256, "sight": SIGHT, "theta": found.theta.tolist()}
    result = {"attack": "right", "pitch_m": [105.0, 68.0], "angles": {"cam2": angle}}

    def still_true(result: Mapping[str, Any], match: Match, kick_s: Fraction | None, attack: str) -> dict[str, Any]:
        return holds(result, match, kick_s, attack, lambda camera, frame: found)

    assert list(still_true(result, match, incident.kick_s, "right")) == ["cam2"]
    assert still_true(result, match, incident.kick_s, "left") == {}
    assert still_true(result, match, None, "right") == {}
    assert still_true(result, match, (incident.kick_s or 0) + clip.frame_s * 2, "right") == {}
    gone = {**result, "angles": {"cam2": {**result["angles"]["cam2"], "sha256": "other"}, "cam9": {}}}
    assert still_true(gone, match, incident.kick_s, "right") == {}
    assert still_true({**result, "pitch_m": [100.0, 64.0]}, match, incident.kick_s, "right") == {}
    other = replace(found, tvec_m=found.tvec_m + 0.01)
    for now in (other, None):
        assert holds(result, match, incident.kick_s, "right", lambda camera, frame, now=now: now) == {}


def test_the_kick_frame_that_is_suggested_is_the_first_at_or_after_the_kick() -> None:
    clip = clip_of(ground_cameras()[0])
    assert first_frame_from(clip, float(clip.clip_s(40))) in (40, 41)
    assert first_frame_from(clip, float(clip.clip_s(40)) + 0.001) == 41
    assert first_frame_from(clip, 1e6) is None


def test_without_models_it_is_said_what_is_missing_and_how_to_fetch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_MODELS", str(tmp_path / "empty"))
    assert lacking()[:2] == ["person_ssd", "pose_full"]
    with pytest.raises(Missing) as refused:
        load_models()
    assert "touchline models get" in refused.value.hint("en")
    archive, _, incident_id = reviewed(tmp_path, 0.34, 7, ("cam2",))
    with pytest.raises(Missing):
        people_work(archive.home, {"match": "m", "incident": incident_id}, lambda share, label: None)
    bare = archive.add_incident("m", at_s=Fraction(1))
    with pytest.raises(BadValue, match="kick"):
        people_work(archive.home, {"match": "m", "incident": bare.id}, lambda share, label: None)


def test_every_reason_and_way_has_words() -> None:
    for lang in LANGUAGES:
        for reason in schemas()["people"]["properties"]["reasons"]["items"]["enum"]:
            assert t(f"var.assist.reason.{reason}", lang) != f"var.assist.reason.{reason}"
        for reason in ("no_sound", "nothing_stands_out", "several", "ball_lost", "place_outside"):
            assert t(f"var.assist.none.{reason}", lang) != f"var.assist.none.{reason}"


def test_a_still_is_read_as_it_was_stored_and_one_that_is_none_is_refused_as_everywhere(tmp_path: Path) -> None:
    import cv2

    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, :20] = 255
    done, coded = cv2.imencode(".jpg", picture)
    assert done
    # An Exif segment that says "turn me by half": marks are clicked in the picture as it is stored.
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (tmp_path / "turned.jpg").write_bytes(coded.tobytes()[:2] + segment + coded.tobytes()[2:])
    assert cv2.imread(str(tmp_path / "turned.jpg"))[20, 10].max() < 50  # other readers do turn it
    found, frame = read_picture(tmp_path / "turned.jpg")
    assert frame is None
    assert found[20, 10].min() > 200
    (tmp_path / "no.png").write_bytes(b"no")
    for name in ("no.png", "absent.png"):
        with pytest.raises(BadFile) as refused:
            read_picture(tmp_path / name)
        assert refused.value.name == "not_a_still"
