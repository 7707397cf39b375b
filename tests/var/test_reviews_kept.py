"""Reviews in the archive: entries that survive a restart and another pack, the log of looks, failures, numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rule_files import BOOKS

from tests.var.reviewing import clear, person, said, stamp
from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadValue, NotFound
from touchline.origin import Origin
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.decisions.document import case_document, summary_document
from var.decisions.kept import Reviewing, digest_of, frozen_pack, sitting, thawed, warnings, watched_of
from var.decisions.kinds import EntryKind
from var.decisions.model import Ruling, Stamp
from var.decisions.refusing import Refused
from var.decisions.summary import summary
from var.decisions.watched import Seen
from var.looks import Batch, Look, add
from var.model import Clip, Match, Setup
from var.rules.words import Result

MATCH = "hue-da-nang"
FULL, FVS = BOOKS["football-2026-27-var"], BOOKS["football-2026-27-fvs"]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """A match of one camera, 25 pictures a second for 20 seconds."""
    archive = Archive(tmp_path)
    clip = Clip(
        "cam1",
        "Giữa sân",
        tmp_path / "cam1.mp4",
        tmp_path / "cam1.proxy.mp4",
        "ab" * 32,
        (1920, 1080),
        Timebase(Fraction(1, 25)),
        tuple(range(500)),
        ClockMap(Fraction(0), Fraction(1), None),
        Origin.SIMULATED,
    )
    archive.add_match(Match(MATCH, "Huế – Đà Nẵng", Origin.SIMULATED, stamp(0).utc, Setup(), (clip,)))
    return archive


@pytest.fixture
def reviewing(archive: Archive) -> Reviewing:
    """Acts on that match, each five seconds after the one before."""
    ticks: Iterator[int] = count(0, 5)
    return Reviewing(archive, MATCH, lambda: stamp(next(ticks)))


def known(rules: Any, situation: str = "penalty_foul") -> dict[str, Any]:
    return {**clear(rules), "situation": situation}


def look(archive: Archive, speed: float, first: int = 200, last: int = 300) -> None:
    number = len(archive.store.rows("SELECT 1 FROM look"))
    add(archive, MATCH, Batch("0123456789abcdef", number, (Look("cam1", first, last, speed, 4000),)))


def test_a_review_is_there_after_a_restart_as_it_was(archive: Archive, reviewing: Reviewing) -> None:
    incident = archive.add_incident(MATCH, at_s=Fraction(10), kind="foul")
    case = reviewing.open(FULL, person(FULL, "var"), incident_id=incident.id, known=known(FULL))
    case = reviewing.take(case.id, "recommend", person(FULL, "var"))
    case = reviewing.take(case.id, "go_on_field", person(FULL, "referee"))
    case = reviewing.undo(case.id, person(FULL, "referee"))
    case = reviewing.take(case.id, "go_on_field", person(FULL, "referee"))
    case = reviewing.take(case.id, "change", person(FULL, "referee"), ruling=Ruling("penalty", "penalty_kick"))
    case = reviewing.amend(case.id, person(FULL, "referee"), ruling=Ruling(sanction="caution"), why="quên thẻ")
    found = sitting(Archive(archive.home), MATCH)
    assert found.cases == (case,)
    assert found.case(case.id).ruling == Ruling("penalty", "penalty_kick", "caution")
    assert (case.incident_id, case.result) == (incident.id, Result.CHANGED)
    with pytest.raises(NotFound, match="no review r-9"):
        found.case("r-9")
    # The marks of the match read on beside it, and none of their undos reaches a review.
    assert archive.undo(MATCH, incident.id) is None
    assert len(archive.review(MATCH).incidents) == 1
    for entry in archive.entries(MATCH):
        with pytest.raises(BadValue, match="belongs to a review" if entry["kind"] in set(EntryKind) else "rests on it"):
            archive.remove(MATCH, entry["seq"])
    assert sitting(archive, MATCH) == found


def test_a_refusal_adds_no_entry(archive: Archive, reviewing: Reviewing) -> None:
    case = reviewing.open(FULL, person(FULL, "var"), known=known(FULL))
    before = archive.entries(MATCH)
    with pytest.raises(Refused):
        reviewing.take(case.id, "change", person(FULL, "referee"))
    with pytest.raises(NotFound):
        reviewing.open(FULL, person(FULL, "var"), incident_id="i-0")
    assert archive.entries(MATCH) == before


@pytest.mark.parametrize("name", BOOKS)
def test_a_pack_is_kept_whole(name: str) -> None:
    pack = BOOKS[name].pack
    kept = json.loads(json.dumps(frozen_pack(pack)))
    assert thawed(kept) == pack
    assert digest_of(thawed(kept)) == digest_of(pack)


def test_a_pack_that_changes_later_changes_no_old_case(archive: Archive, reviewing: Reviewing) -> None:
    old = reviewing.open(FVS, person(FVS, "coach"), request="coach", known=known(FVS))
    document = frozen_pack(FVS.pack)
    for form in document["formats"]:
        for request in form.get("requests", []):
            request["quota"] = 5
    new = replace(FVS, pack=(pack := thawed(document)), format=next(f for f in pack.formats if f.id == "fvs"))
    later = reviewing.open(new, person(FVS, "coach"), request="coach", known=known(FVS))
    found = sitting(Archive(archive.home), MATCH)
    assert len(found.packs) == 2
    assert [found.account(case).total for case in found.cases] == [2, 5]  # type: ignore[union-attr]
    assert found.case(old.id).rules == FVS
    assert found.case(later.id).rules.pack == new.pack


def test_a_failure_is_one_entry_and_the_match_goes_on_without_review(archive: Archive, reviewing: Reviewing) -> None:
    operator = person(FVS, "replay_operator")
    case = reviewing.open(FVS, person(FVS, "coach"), request="coach", known=known(FVS))
    reviewing.take(case.id, "accept", person(FVS, "referee"))
    with pytest.raises(Refused, match="belongs to"):
        reviewing.fail(FVS, person(FVS, "coach"))
    reviewing.fail(FVS, operator, "mất điện cabin")
    found = sitting(Archive(archive.home), MATCH)  # as after a start of the program
    assert found.down
    assert found.cases[0].result is Result.FAILURE
    assert found.cases[0].request_kept is True
    for again in (
        lambda: reviewing.fail(FVS, operator),
        lambda: reviewing.open(FVS, person(FVS, "coach"), request="coach", known=known(FVS)),
    ):
        with pytest.raises(Refused, match="without review"):
            again()
    assert not reviewing.resume(FVS, operator).down
    with pytest.raises(Refused, match="No technical failure"):
        reviewing.resume(FVS, operator)
    (failure,) = sitting(archive, MATCH).failures
    assert (failure.why, failure.over_by) == ("mất điện cabin", operator)
    assert reviewing.undo(case.id, operator).state == "accepted"


def test_a_failure_costs_no_more_requests_than_there_are(archive: Archive, reviewing: Reviewing) -> None:
    document = frozen_pack(BOOKS["taekwondo-wt-2022-ivr"].pack)
    document["formats"][0]["requests"][0]["kept_when"] = ["changed"]  # a house rule: a failure costs the card
    pack = thawed(document)
    rules = replace(BOOKS["taekwondo-wt-2022-ivr"], pack=pack, format=pack.formats[0])
    for _ in range(2):
        reviewing.open(rules, person(rules, "coach"), request="coach")
    found = reviewing.fail(rules, person(rules, "operator"))
    assert [case.request_kept for case in found.cases] == [False, None]
    assert found.account(found.cases[0]).left == 0  # type: ignore[union-attr]


# ------------------------------------------------------------------ looks


def test_intensity_seen_only_slowly_is_inconclusive_until_somebody_answers_for_it(
    archive: Archive, reviewing: Reviewing
) -> None:
    incident = archive.add_incident(MATCH, at_s=Fraction(10), kind="foul")
    case = reviewing.open(FULL, person(FULL, "var"), incident_id=incident.id, known=known(FULL))

    def seen() -> dict[str, Seen]:
        case_now = sitting(archive, MATCH).case(case.id)
        return {each.question: each.seen for each in watched_of(archive, case_now)}

    assert seen() == {"contact": Seen.NOT_SEEN, "intensity": Seen.NOT_SEEN}
    look(archive, 1.0, 0, 100)  # normal speed, but elsewhere: it ends 6 s before the incident
    assert seen() == {"contact": Seen.NOT_SEEN, "intensity": Seen.NOT_SEEN}
    look(archive, 0.25)
    look(archive, 0)
    assert seen() == {"contact": Seen.ENOUGH, "intensity": Seen.INCONCLUSIVE}
    found = watched_of(archive, case)
    assert warnings(found) == ("intensity",)
    assert {speed.value: ms for speed, ms in found[1].speeds_ms.items()} == {"slow": 4000, "still": 4000}
    reviewing.override(case.id, person(FULL, "var"), question="intensity", why="chỉ góc này")
    assert seen()["intensity"] is Seen.OVERRIDDEN
    assert warnings(watched_of(archive, sitting(archive, MATCH).case(case.id))) == ()
    reviewing.undo(case.id, person(FULL, "var"))
    look(archive, 1.0)
    assert seen()["intensity"] is Seen.ENOUGH
    for role, step in (("var", "recommend"), ("referee", "go_on_field"), ("referee", "confirm")):
        case = reviewing.take(case.id, step, person(FULL, role))
    assert dict(case.steps[-1].pictures or {}) == {"contact": "enough", "intensity": "enough"}
    assert case.steps[0].pictures is None


def test_what_was_looked_at_before_the_case_was_opened_is_not_of_it(archive: Archive) -> None:
    look(archive, 1.0)
    late = Reviewing(archive, MATCH, lambda: Stamp("2124-01-01T00:00:00+00:00"))
    case = late.open(FULL, person(FULL, "var"), known=known(FULL))
    assert {each.seen for each in watched_of(archive, case)} == {Seen.NOT_SEEN}


def at(seconds: float) -> str:
    """So many seconds after the first tick of ``stamp``."""
    return (datetime.fromisoformat(stamp(0).utc) + timedelta(seconds=seconds)).isoformat(timespec="microseconds")


def looked(archive: Archive, ended: float, ms: int, frames: tuple[int, int], speed: float = 1.0) -> None:
    number = len(archive.store.rows("SELECT 1 FROM look"))
    one = Look("cam1", *frames, speed, ms, at_utc=at(ended), moved_ms=ms)
    add(archive, MATCH, Batch("0123456789abcdef", number, (one,)))


def test_only_the_part_of_a_look_between_opening_and_decision_is_of_a_case(archive: Archive) -> None:
    """The case is opened at 10 s and decided at 40 s; 25 pictures are a second."""
    ticks = iter((10, 20, 30, 40))
    acts = Reviewing(archive, MATCH, lambda: stamp(next(ticks)))
    incident = archive.add_incident(MATCH, at_s=Fraction(10), kind="foul")  # picture 250
    case = acts.open(FULL, person(FULL, "var"), incident_id=incident.id, known=known(FULL))

    def spent() -> dict[str, int]:
        case_now = sitting(archive, MATCH).case(case.id)
        return {speed.value: ms for speed, ms in watched_of(archive, case_now)[1].speeds_ms.items()}

    looked(archive, 9, 4000, (200, 300))  # before the opening
    assert spent() == {}
    looked(archive, 11, 4000, (100, 200))  # its last second, 175 to 200, is after it, and ends 2 s before the incident
    looked(archive, 11, 4000, (60, 160))  # of this one nothing near the incident is
    assert spent() == {"normal": 1000}
    looked(archive, 12, 4000, (250, 350))  # began at the incident; after the opening only what is 2 s and more later
    assert spent() == {"normal": 3000}
    for role, step in (("var", "recommend"), ("referee", "go_on_field"), ("referee", "confirm")):
        acts.take(case.id, step, person(FULL, role))
    looked(archive, 42, 4000, (225, 275), 0.5)  # until the decision half of it
    looked(archive, 50, 4000, (200, 300))  # the restart is under way
    assert spent() == {"normal": 3000, "slow": 2000}


def test_looks_after_a_check_is_complete_are_none_of_it(archive: Archive) -> None:
    """The check is opened at 10 s and complete at 20 s, without a review and so without a result."""
    ticks = iter((10, 20))
    acts = Reviewing(archive, MATCH, lambda: stamp(next(ticks)))
    incident = archive.add_incident(MATCH, at_s=Fraction(10), kind="foul")
    acts.open(FULL, person(FULL, "var"), incident_id=incident.id, known=known(FULL))
    case = acts.take("r-1", "complete_check", person(FULL, "var"))
    assert case.closed
    assert case.result is None
    looked(archive, 60, 4000, (200, 300))  # somebody shows it again
    assert {each.seen for each in watched_of(archive, case)} == {Seen.NOT_SEEN}
    looked(archive, 22, 4000, (200, 300))
    assert next(each.speeds_ms for each in watched_of(archive, case)) == {"normal": 2000}


def test_where_looks_were_lost_nobody_says_that_there_were_none(archive: Archive, reviewing: Reviewing) -> None:
    case = reviewing.open(FULL, person(FULL, "var"), known=known(FULL))
    look(archive, 0.25)
    add(archive, MATCH, Batch("0123456789abcdef", 9, (), lost=2))
    assert [each.seen for each in watched_of(archive, case)] == [Seen.ENOUGH, Seen.UNKNOWN]


# ------------------------------------------------------------------ numbers, documents, the command


def test_a_match_without_any_review_has_no_numbers() -> None:
    found = summary((), 0, stamp(0))
    document = summary_document(found)
    assert document.pop("baseline")["matches"] == 804
    assert document.pop("requests") == []
    assert set(document.values()) == {None}


def test_a_match_in_numbers(archive: Archive, reviewing: Reviewing) -> None:
    var, referee = person(FULL, "var"), person(FULL, "referee")
    for _ in range(2):  # opened and complete: 5 s each
        reviewing.take(reviewing.open(FULL, var, known=known(FULL)).id, "complete_check", var)
    case = reviewing.open(FULL, var, known=known(FULL))
    reviewing.tell(case.id, var, {"restarted": False})
    for actor, step in ((var, "recommend"), (referee, "go_on_field"), (referee, "change")):
        case = reviewing.take(case.id, step, actor, ruling=said(case, step))
    gone = reviewing.open(FULL, var)
    reviewing.undo(gone.id, var)
    running = reviewing.open(FULL, var)
    found = sitting(archive, MATCH).summary(stamp(1000))
    assert (found.checks, found.reviews, found.changed, found.failures) == (4, 1, 1, 0)
    assert (found.median_check_s, found.longest_check_s, found.median_review_s) == (5.0, 10.0, 10.0)
    assert running.id == "r-5"
    baseline = summary_document(found)["baseline"]
    assert (baseline["matches"], baseline["checks"], baseline["median_check_s"]) == (804, 3947, 20)
    assert baseline["checks_a_match"] == pytest.approx(3947 / 804, abs=0.005)
    assert "2018" in baseline["source"]


def test_the_document_fits_its_schema_and_keeps_the_gates_apart(archive: Archive, reviewing: Reviewing) -> None:
    case = reviewing.open(FULL, person(FULL, "var"), known={**known(FULL), "restarted": True})
    look(archive, 0.5)
    document = case_document(case, stamp(30), watched_of(archive, case), "vi")
    assert {name: gate["answer"] for name, gate in document["gates"].items()} == {
        "category": "ok",
        "time": "failed",
        "threshold": "ok",
        "procedure": "unknown",
    }
    assert "gate" not in document
    assert document["state_name"] == "Đang kiểm tra"
    assert document["clock"] == {"check_s": 30.0, "review_s": None, "running": "check"}


def test_the_command_prints_cases_and_numbers(
    archive: Archive, reviewing: Reviewing, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(archive.home))
    case = reviewing.open(FVS, person(FVS, "coach"), request="coach", known=known(FVS))
    look(archive, 0.5)
    for role, step in (("referee", "accept"), ("referee", "look"), ("referee", "confirm"), ("referee", "restart")):
        reviewing.take(case.id, step, person(FVS, role))
    reviewing.fail(FVS, person(FVS, "replay_operator"))
    assert main(["reviews", MATCH, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schemas()["reviews"], cls=jsonschema.Draft202012Validator)
    assert document["down"] is True
    (only,) = document["cases"]
    assert (only["request"]["kept"], only["result"], only["steps"][-2]["pictures"]["intensity"]) == (
        False,
        "stands",
        "inconclusive",
    )
    assert only["gates"]["time"]["answer"] == "ok"
    assert document["summary"]["requests"][0]["left"] == 1
    for lang, text in (("vi", "còn 1"), ("en", "1 left")):
        assert main(["reviews", MATCH, "--case", case.id, "--lang", lang]) == 0
        assert text in capsys.readouterr().out
