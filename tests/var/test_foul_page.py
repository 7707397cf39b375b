"""The page of a foul review: clicks become marks, pictures are kept in order, Law 12 is answered by people."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import foul_files
import pytest
from streamlit.testing.v1 import AppTest
from test_case_page import made, said

from touchline.i18n import LANGUAGES, t
from touchline.rights import Person, Role
from var.archive import Archive
from var.foul.clips import find_clips
from var.foul.consistency import remarks
from var.foul.document import foul_document
from var.foul.importing import foul_of, import_fouls
from var.foul.law12 import ITEMS, Group
from var.foul.notes import Shows, Who
from var.foul.noting import answer
from var.foul.reading import read
from var.foul.review import foul_review
from var.foul.wording import remark_rows
from var.looks import Batch, Look, add
from var.model import Click, Question
from var.panels.booth import Booth
from var.panels.foul.clicks import take_click, take_key
from var.panels.text import markdown_safe

SHA = "ab" * 32


def asked(home: Path) -> tuple[Archive, str]:
    """A match with one incident that is asked as a foul, without a protocol."""
    archive = made(home)
    archive.save_setup("m", replace(archive.match("m").setup, review=None))
    incident = archive.incidents("m")[0]
    archive.ask(incident.id, Question.FOUL)
    return archive, incident.id


def page(home: Path, step: str, lang: str = "vi", roles: str = "referee", group: str = "offence") -> AppTest:
    """One step beside the player, as who signed in sees it."""

    def script(home: str, step: str, lang: str, roles: str, group: str) -> None:
        from pathlib import Path

        from touchline.rights import Person, Role
        from var.archive import Archive
        from var.foul.law12 import Group
        from var.panels.booth import Booth
        from var.panels.steps import DRAW

        held = frozenset(Role(role) for role in roles.split())
        archive = Archive(Path(home), Person("p-1", "Lê Hữu Đức", held))
        booth = Booth(archive, archive.match("m"), lang)
        booth.state["step"] = step
        booth.state.setdefault("foul_group", Group(group))
        if booth.state["error"]:
            import streamlit as st

            st.error(booth.state["error"])
        DRAW[step](booth)

    given = {"home": str(home), "step": step, "lang": lang, "roles": roles, "group": group}
    app = AppTest.from_function(script, kwargs=given, default_timeout=60).run()
    assert not app.exception
    return app


def press(app: AppTest, start: str) -> AppTest:
    next(button for button in app.button if str(button.key).startswith(start)).click().run()
    assert not app.exception
    return app.run()


def choose(app: AppTest, start: str, value: object) -> AppTest:
    next(group for group in app.button_group if str(group.key).startswith(start)).set_value(value).run()
    assert not app.exception
    return app.run()


class At:
    """A booth at a step, as far as clicks need it."""

    def __init__(self, archive: Archive, step: str, **state: object) -> None:
        self.archive, self.match = archive, archive.match("m")
        self.incident = archive.incidents("m")[0]
        self.person, self.state = "Lê Hữu Đức", {"step": step, **state}

    def booth(self) -> Booth:
        return self  # type: ignore[return-value]


def test_a_click_marks_the_contact_and_k_keeps_the_painted_picture(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    take_click(At(archive, "window").booth(), "window", Click("cam1", 252, SHA, 900.0, 500.0))
    key = {"camera": "cam1", "frame": 251, "sha256": SHA}
    take_key(At(archive, "frames", foul_shows=Shows.BEFORE).booth(), key)
    notes = archive.review("m").foul_notes(incident)
    assert [(mark.frame, mark.px) for mark in notes.contacts] == [(252, (900.0, 500.0))]
    assert [(frame.frame, frame.shows) for frame in notes.frames] == [(251, Shows.BEFORE)]
    take_key(At(archive, "window").booth(), key)
    assert archive.review("m").foul_notes(incident).contacts[0].px is None  # the picture alone, not a point in it
    take_key(At(archive, "window").booth(), {"camera": None, "frame": None})  # an angle without a picture


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pictures_are_seen_put_in_order_and_taken_away(lang: str, tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    for frame in (252, 240):
        take_click(At(archive, "frames").booth(), "frames", Click("cam1", frame, SHA, 1.0, 1.0))
    app = page(tmp_path, "frames", lang)
    shown = [str(each.body) for each in app.get("html") if "foul_thumb" in str(each.body)]
    assert ["/var/m/cam1/still/252.jpg" in shown[0], "/var/m/cam1/still/240.jpg" in shown[1]] == [True, True]
    press(app, "foul_up-")
    press(app, "foul_best-")
    notes = archive.review("m").foul_notes(incident)
    assert [frame.frame for frame in notes.frames] == [240, 252]
    assert notes.best == (("cam1", 240),)
    assert t("var.foul_review.best", lang) in said(app)
    press(app, "foul_away-")
    assert [frame.frame for frame in archive.review("m").foul_notes(incident).frames] == [252]
    press(app, "undo")
    assert [frame.frame for frame in archive.review("m").foul_notes(incident).frames] == [240, 252]


def test_an_answer_rests_on_pictures_and_says_what_the_law_says(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    take_click(At(archive, "frames").booth(), "frames", Click("cam1", 252, SHA, 1.0, 1.0))
    add(archive, "m", Batch("ab12cd34ef56ab12", 1, (Look("cam1", 230, 270, 1.0, 1600, moved_ms=1600),), 0))
    app = page(tmp_path, "law", group="force")
    choose(app, "foul_rests-", [0])
    choose(app, "foul_answer-reckless", "yes")
    mark = archive.review("m").foul_notes(incident).answer("reckless")
    assert mark is not None
    assert (mark.word, mark.frames, mark.by) == ("yes", (("cam1", 252),), "Lê Hữu Đức")
    assert markdown_safe(t("var.foul_law.says.reckless.yes", "vi")) in said(app)
    assert t("var.foul_law.no_verdict", "vi") in said(app)
    assert not archive.decisions(incident)  # no answer becomes a decision


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_after_slow_motion_reads_inconclusive_until_somebody_answers_for_it(
    lang: str, tmp_path: Path
) -> None:
    archive, incident = asked(tmp_path)
    add(archive, "m", Batch("ab12cd34ef56ab12", 1, (Look("cam1", 245, 260, 0.25, 2400, moved_ms=2400),), 0))
    app = page(tmp_path, "law", lang, group="force")
    choose(app, "foul_answer-careless", "yes")
    assert t("var.foul_page.inconclusive", lang) in said(app)
    mark = archive.review("m").foul_notes(incident).answer("careless")
    assert mark is not None
    app.text_input(key=f"foul_why-careless-{mark.id}").set_value("Rõ cả khi xem chậm").run()
    press(app, "foul_override-careless")
    assert t("var.foul_page.inconclusive", lang) not in said(app)
    again = archive.review("m").foul_notes(incident).answer("careless")
    assert again is not None
    assert again.override == "Rõ cả khi xem chậm"


def test_who_answers_for_slow_motion_keeps_the_note_of_the_answer(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    add(archive, "m", Batch("ab12cd34ef56ab12", 1, (Look("cam1", 245, 260, 0.25, 2400, moved_ms=2400),), 0))
    notes = answer(archive, incident, "careless", "yes", note="Chân trụ trượt", by="Lê Hữu Đức")
    mark = notes.answer("careless")
    assert mark is not None
    app = page(tmp_path, "law", group="force")
    app.text_input(key=f"foul_why-careless-{mark.id}").set_value("Rõ cả khi xem chậm").run()
    press(app, "foul_override-careless")
    again = archive.review("m").foul_notes(incident).answer("careless")
    assert again is not None
    assert (again.override, again.note) == ("Rõ cả khi xem chậm", "Chân trụ trượt")


def test_who_may_not_decide_answers_nothing(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    app = page(tmp_path, "law", roles="operator")
    assert all(group.disabled for group in app.button_group if str(group.key).startswith("foul_answer-"))
    assert next(box for box in app.selectbox if str(box.key).startswith("foul_answer-offence")).disabled
    app = page(tmp_path, "decision", roles="operator")
    assert app.button(key="record").disabled
    held = Archive(tmp_path, Person("p-1", "Lê Hữu Đức", frozenset({Role.OPERATOR})))
    take_click(At(held, "frames").booth(), "frames", Click("cam1", 252, SHA, 1.0, 1.0))  # but keeps pictures
    assert archive.review("m").foul_notes(incident).frames[0].by == "Lê Hữu Đức"


def test_measured_and_judged_stand_apart_and_the_decision_keeps_both(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    app = page(tmp_path, "decision")
    choose(app, "decision-", "foul")
    press(app, "record")
    (decision,) = archive.decisions(incident)
    assert (decision.outcome, decision.decided_by) == ("foul", "Lê Hữu Đức")
    assert {"measured", "judged"} <= set(decision.facts["foul"])
    assert decision.margin is None


def test_people_are_clicked_by_name_and_defenders_by_number(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    for who, at in ((Who.ATTACKER.value, 800.0), ("defender_1", 900.0), ("defender_2", 950.0)):
        take_click(At(archive, "aids", foul_who=who).booth(), "aids", Click("cam1", 252, SHA, at, 700.0))
    assert [mark.name for mark in archive.review("m").foul_notes(incident).persons] == [
        "attacker",
        "defender_1",
        "defender_2",
    ]
    app = page(tmp_path, "aids")
    assert t("var.foul_page.calibrate", "vi") in said(app)  # an angle without calibration measures nothing


def test_a_case_about_a_foul_opens_its_page(tmp_path: Path) -> None:
    from test_case_page import desk, open_penalty

    archive = made(tmp_path)
    open_penalty(desk(tmp_path))
    assert archive.incidents("m")[0].question is Question.FOUL
    archive.add_incident("m", at_s=Fraction(3))


def acting(home: Path, name: str, mode: str, step: str = "window") -> AppTest:
    """A key of the player, as the browser sends it, on a side of the booth."""

    def script(home: str, name: str, mode: str, step: str, sha256: str) -> None:
        from pathlib import Path

        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.review import _act

        archive = Archive(Path(home))
        booth = Booth(archive, archive.match("m"), "vi")
        booth.state["mode"], booth.state["step"] = mode, step
        _act(booth, {"name": name, "camera": "cam1", "frame": 251, "sha256": sha256})

    given = {"home": str(home), "name": name, "mode": mode, "step": step, "sha256": SHA}
    app = AppTest.from_function(script, kwargs=given, default_timeout=60).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("mode", ["case", "sync", "review"])
def test_k_marks_the_contact_only_where_the_page_of_the_foul_is_shown(mode: str, tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    app = acting(tmp_path, "kick", mode)
    marked = [mark.frame for mark in archive.review("m").foul_notes(incident).contacts]
    assert marked == ([251] if mode == "review" else [])
    assert ("notice" in app.session_state["booth-m"]) == (mode != "review")  # and it says so


def test_undo_on_a_side_of_the_booth_takes_back_what_is_shown_there(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    archive.set_kick(incident, camera_id="cam1", frame=250, sha256=SHA)  # of the offside that was asked before
    take_click(At(archive, "window").booth(), "window", Click("cam1", 252, SHA, 900.0, 500.0))
    archive.set_kick(incident, camera_id="cam1", frame=249, sha256=SHA)
    app = acting(tmp_path, "undo", "case")
    assert app.session_state["booth-m"]["error"] == t("var.review.nothing_to_undo", "vi")  # no case, so nothing of one
    assert archive.review("m").foul_notes(incident).contacts
    app = acting(tmp_path, "undo", "review")
    assert not archive.review("m").foul_notes(incident).contacts
    assert archive.incidents("m")[0].kick_frame == 249
    assert t("var.review.undone_kind.foul_contact", "vi") in app.session_state["booth-m"]["notice"]
    acting(tmp_path, "undo", "review")
    assert archive.incidents("m")[0].kick_frame == 249  # what the page does not show stays


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_contact_that_nobody_marked_is_sure_to_no_millisecond(lang: str, tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)
    text = said(page(tmp_path, "window", lang))
    assert " ms" not in text
    assert t("var.foul_review.sure_not_marked", lang) in text
    review = foul_review(archive, "m", incident)
    assert [angle["sure_ms"] for angle in foul_document(review, lang)["window"]["angles"]] == [None]
    take_click(At(archive, "window").booth(), "window", Click("cam1", 252, SHA, 900.0, 500.0))
    text = said(page(tmp_path, "window", lang))
    assert t("var.foul_review.sure_not_marked", lang) not in text
    assert t("var.foul_review.sure_marked", lang) in text


def test_the_progress_of_a_group_counts_its_questions(tmp_path: Path) -> None:
    archive, incident = asked(tmp_path)

    def groups() -> list[str]:
        app = page(tmp_path, "law", group="force")
        return [
            each.content for each in next(g for g in app.button_group if str(g.key) == "foul_group-force").proto.options
        ]

    force = [item.key for item in ITEMS if item.group is Group.FORCE]
    assert any(label.endswith(f"0/{len(force)}") for label in groups())
    answer(archive, incident, force[0], "yes", by="Ánh")
    (label,) = [label for label in groups() if label.startswith(t("var.foul_law.group.force", "vi"))]
    assert label.endswith(f"1/{len(force)}")
    for key in force[1:]:
        answer(archive, incident, key, "no", by="Ánh")
    (label,) = [label for label in groups() if label.startswith(t("var.foul_law.group.force", "vi"))]
    assert label.endswith(f"{len(force)}/{len(force)} ✓")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_an_import_found_inconsistent_is_shown_beside_the_contact(lang: str, tmp_path: Path) -> None:
    document = foul_files.document()
    path = foul_files.write(tmp_path, document)
    foul_files.film(tmp_path, "action_0/clip_0.mp4", count=10)  # the other clips are not there, and that is said
    archive = Archive(tmp_path / "home")
    file = read(str(path))
    found, about_clips = find_clips(file, tmp_path)
    came, _ = import_fouls(archive, file, found, [*remarks(file), *about_clips], by="Ánh")
    kept = foul_of(archive, str(came[0].match_id))
    said_there = remark_rows(kept, lang)
    assert said_there

    def script(home: str, match_id: str, lang: str) -> None:
        from pathlib import Path

        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.foul.window import window_step

        archive = Archive(Path(home))
        window_step(Booth(archive, archive.match(match_id), lang))

    given = {"home": str(tmp_path / "home"), "match_id": str(came[0].match_id), "lang": lang}
    app = AppTest.from_function(script, kwargs=given, default_timeout=60).run()
    assert not app.exception
    (shown,) = app.expander
    assert shown.label == t("var.foul_page.remarks", lang, count=len(said_there))
    for (where, what), line in zip(said_there, shown.markdown, strict=True):
        assert line.value == markdown_safe(t("var.foul_review.imported_remark", lang, place=where, said=what))
