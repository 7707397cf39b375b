"""The incident folder of a real foul: evidence in its order, measured and judged apart, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pypdfium2
import pytest
from test_foul_real import AS_ON_AIR, Imported

from touchline.commands import schemas
from touchline.i18n import LANGUAGES, t
from var.archive import Archive
from var.evidence.match_package import export_match_report
from var.evidence.package import export_package
from var.export import Exported
from var.foul.law12 import ITEMS
from var.foul.notes import Shows, Who
from var.foul.noting import answer, choose_best, keep_frame, mark_contact, mark_person, order_frames
from var.model import Click


@pytest.fixture
def noted(tmp_path: Path, fixture_path: Callable[[str], Path]) -> Imported:
    """A foul with its contact on three angles, evidence, answers, and a look at slow motion alone."""
    home = tmp_path / "home"
    imported = Imported(Archive(home), fixture_path("fouls_multiview") / "annotations.json", AS_ON_AIR)
    key = next(iter(imported.fouls))
    match_id, owner = imported.fouls[key]
    archive, clips = imported.archive, imported.archive.match(match_id).clips
    for clip, frame in zip(clips, (75, 74, 76), strict=True):
        mark_contact(archive, owner, camera_id=clip.camera_id, frame=frame, sha256=clip.sha256, px=(180.0, 120.0))
    for place, frame, shows in ((0, 66, Shows.BEFORE), (1, 74, Shows.CONTACT), (2, 76, Shows.BALL)):
        clip = clips[place]
        keep_frame(
            archive, owner, camera_id=clip.camera_id, frame=frame, sha256=clip.sha256, shows=shows, note="đế giày"
        )
    order_frames(archive, owner, [("cam2", 74), ("cam3", 76)])
    choose_best(archive, owner, "cam2", 74)
    imported.look(key, 0, "cam2", 5.0)
    mark_person(archive, owner, Who.ATTACKER, Click("cam1", 75, clips[0].sha256, 180.0, 130.0))
    answer(archive, owner, "offence", "tackles", by="Ánh Tuyết", frames=[("cam2", 74)])
    answer(archive, owner, "reckless", "yes", by="Ánh Tuyết")
    answer(archive, owner, "excessive_force", "no", by="Ánh Tuyết", override="không có hình tốc độ thực")
    archive.decide(owner, "foul", by="Ánh Tuyết")
    return imported


def written(noted: Imported, out: Path, lang: str) -> Exported:
    match_id, owner = next(iter(noted.fouls.values()))
    return export_package(noted.archive, match_id, owner, out, lang=lang, sign=False).exported


def words_of(report: Path) -> str:
    document = pypdfium2.PdfDocument(report)
    text = " ".join(document[page].get_textpage().get_text_range() for page in range(len(document)))
    return " ".join(text.replace("\u200b", "").replace("\ufffe", "").split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_folder_tells_evidence_measured_and_judged_apart(noted: Imported, tmp_path: Path, lang: str) -> None:
    done = written(noted, tmp_path, lang)
    # Evidence as it was put in order, then the picture of the contact that is none.
    assert [path.name for path in done.stills] == ["cam2-f74.jpg", "cam3-f76.jpg", "cam1-f66.jpg", "cam1-f75.jpg"]
    assert len(done.clips) == 3
    text = words_of(done.report)
    measured, judged = (t(f"var.foul_review.pdf.{part}", lang) for part in ("measured", "judged"))
    assert text.index(measured) < text.index(judged)
    assert t("var.foul_review.none_measured", lang) in text  # nothing is calibrated
    for item, word in (("offence", "tackles"), ("excessive_force", "no")):
        assert t(f"var.foul_law.item.{item}.name", lang) in text
        assert t(f"var.foul_law.word.{word}", lang) in text
    assert t("var.foul_law.reads.inconclusive", lang) in text
    assert t("var.foul_law.seen.inconclusive", lang) in text
    assert t("var.foul_law.says.offence.tackles", lang) in text
    assert t("var.foul_law.says.reckless.yes", lang) not in text  # inconclusive answers have no consequence
    assert "không có hình tốc độ thực" in text
    assert t("var.report.outcomes.foul", lang) in text
    assert "Standing tackling" in text  # the imported label, as it came
    assert t("var.foul_review.pdf.imported", lang) in text
    places = [
        text.index(f"{place}. {t(f'var.foul_review.shows.{shows}', lang)}")
        for place, shows in enumerate(("contact", "ball", "before"), 1)
    ]
    assert places == sorted(places)


def test_the_record_holds_the_whole_review(noted: Imported, tmp_path: Path) -> None:
    record = json.loads(written(noted, tmp_path, "vi").record.read_text("utf-8"))
    jsonschema.validate(record, schemas()["incident"])
    jsonschema.validate(record["foul"], schemas()["foul_review"])
    assert record["measurement"] is None
    assert record["incident"]["question"] == "foul"
    assert [item["item"] for item in record["foul"]["judged"]["items"]] == [item.key for item in ITEMS]
    assert record["decision"]["outcome"] == "foul"
    # Each angle's picture is the one marked there, and its distance is that from its own contact.
    assert [(camera["frame"], camera["off_instant_s"]) for camera in record["cameras"]] == [(75, 0), (74, 0), (76, 0)]


def test_an_incident_of_another_question_has_no_foul(noted: Imported, tmp_path: Path) -> None:
    match_id, _ = next(iter(noted.fouls.values()))
    at_s = noted.archive.match(match_id).clips[0].match_s(10)
    other = noted.archive.add_incident(match_id, at_s=at_s, kind="other")
    done = export_package(noted.archive, match_id, other.id, tmp_path, lang="vi", sign=False).exported
    record = json.loads(done.record.read_text("utf-8"))
    jsonschema.validate(record, schemas()["incident"])
    assert record["foul"] is None
    assert t("var.foul_review.pdf.judged", "vi") not in words_of(done.report)
    whole = export_match_report(noted.archive, match_id, tmp_path, lang="vi", sign=False)
    text = words_of(whole.report)
    jsonschema.validate(json.loads(whole.record.read_text("utf-8")), schemas()["match_report"])
    assert t("var.foul_review.pdf.judged", "vi") in text
    assert "Tình huống 1 · 1.259,8 s · phạm lỗi" in text  # no period is known, so there is no match clock
    assert "-761.904" not in text.replace("\u2212", "-")  # a replay in slow motion has no drift
