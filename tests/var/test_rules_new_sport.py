"""A new sport needs no code: what the documentation says, word for word, makes a pack and drives a case through it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from rule_files import BLANK, ROOT, documented, walked

from tests.var.reviewing import clear, person, said
from tests.var.test_reviews_machine import match_in
from touchline.errors import TouchlineError
from var.decisions.kept import Reviewing, sitting, watched_of
from var.decisions.model import Ruling
from var.decisions.refusing import Refused
from var.decisions.steps import steps_open
from var.decisions.watched import Seen
from var.looks import Batch, Look, add
from var.rules.choosing import choose
from var.rules.reading import read_pack
from var.rules.shelf import shelf
from var.rules.words import Result


def placed(home: Path) -> Path:
    """``home`` with both packs of the documentation in their folder, and nothing else done."""
    folder = home / "rules"
    folder.mkdir()
    (folder / "sepak_takraw.toml").write_text(walked(), "utf-8")
    (folder / "vovinam.toml").write_text(documented(), "utf-8")
    return home


def python() -> str:
    (block,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.DOTALL | re.M)
    return str(block)


def test_the_walk_changes_the_blank_pack_and_leaves_no_trace_of_it() -> None:
    pack, blank = read_pack(walked()), read_pack(BLANK)
    assert (pack.id, blank.id) == ("sepak_takraw", "my-sport")
    assert pack.protocols == blank.protocols  # the steps serve as they are
    assert [each.id for each in pack.situations] == ["ball_in_out", "net_touch", "arm_touch"]
    assert {"contact", "dangerous_contact", "handling"}.isdisjoint({*pack.questions, *(s.id for s in pack.situations)})
    (request,) = pack.formats[0].requests
    assert (request.quota, request.window_s, set(request.kept_when)) == (1, 5, {Result.CHANGED, Result.FAILURE})


def test_the_code_of_the_documentation_drives_a_case_of_the_new_sport(tmp_path: Path) -> None:
    match_in(tmp_path)
    names: dict[str, Any] = {"home": placed(tmp_path), "match_id": "m"}
    exec(python(), names)
    case = names["case"]
    assert (case.closed, case.result, case.request_kept) == (True, Result.STANDS, False)
    assert names["left"] == 0
    rules, reviewing = names["rules"], names["reviewing"]
    again = reviewing.open(rules, case.opened_by, request="coach", part="1", known=names["known"])
    with pytest.raises(Refused, match="no request left"):
        reviewing.take(again.id, "accept", names["referee"])
    fresh = reviewing.open(rules, case.opened_by, request="coach", part="2", known=names["known"])
    assert reviewing.take(fresh.id, "accept", names["referee"]).state == "looking"
    late = reviewing.open(
        rules, case.opened_by, request="coach", part="3", known={**names["known"], "asked_after_s": 6.0}
    )
    with pytest.raises(Refused, match="too late"):
        reviewing.take(late.id, "accept", names["referee"])
    arm = {**names["known"], "situation": "arm_touch"}
    outside = reviewing.open(rules, case.opened_by, request="coach", part="4", known=arm)
    with pytest.raises(Refused, match="outside the kinds"):
        reviewing.take(outside.id, "accept", names["referee"])


@pytest.mark.parametrize(
    ("sport", "form", "situation", "steps"),
    [
        ("sepak_takraw", "challenge", "net_touch", ("accept", "change", "restart")),
        ("vovinam", "card", "dangerous_technique", ("accept", "confirm", "go_on")),
    ],
)
def test_a_case_of_a_documented_sport_goes_to_its_end_and_survives_a_restart(
    tmp_path: Path, sport: str, form: str, situation: str, steps: tuple[str, ...]
) -> None:
    archive = match_in(placed(tmp_path))
    rules = choose(shelf(tmp_path).all(), sport, form, read_pack(documented()).editions["2026"].valid_from)
    reviewing = Reviewing(archive, "m")
    known = {**clear(rules), "situation": situation, "restarted": False}
    case = reviewing.open(rules, person(rules, "coach"), request="coach", part="1", known=known)
    for step in steps:
        open_now = {
            choice.step.id: role
            for role in rules.format.roles
            for choice in steps_open(case, role, sitting(archive, "m").account(case))
            if choice.open
        }
        case = reviewing.take(case.id, step, person(rules, open_now[step]), ruling=said(case, step))
    assert case.closed
    assert sitting(archive, "m").cases == (case,)
    assert case.rules.pack.id == sport


def test_the_sport_of_one_file_alone_reads_slow_motion_as_the_file_says(tmp_path: Path) -> None:
    archive = match_in(placed(tmp_path))
    rules = choose(shelf(tmp_path).all(), "vovinam", "card", read_pack(documented()).editions["2026"].valid_from)
    reviewing = Reviewing(archive, "m")
    known = {**clear(rules), "situation": "dangerous_technique"}
    case = reviewing.open(rules, person(rules, "coach"), request="coach", part="1", known=known)
    add(archive, "m", Batch("0123456789abcdef", 0, (Look("cam1", 0, 100, 0.25, 16000),)))
    seen = {each.question: each.seen for each in watched_of(archive, case)}
    assert seen == {"landed": Seen.ENOUGH, "force": Seen.INCONCLUSIVE}
    with pytest.raises(TouchlineError):
        reviewing.take(case.id, "change", person(rules, "coach"), ruling=Ruling("given"))
