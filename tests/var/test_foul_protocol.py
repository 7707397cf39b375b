"""An imported foul under the protocol of a review: what its replays tell of normal speed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import foul_files
from rule_files import BOOKS
from test_foul_archive import bring

from tests.var.reviewing import clear, person
from var.archive import Archive
from var.decisions.kept import Reviewing, sitting, watched_of
from var.looks import Batch, Look, add


def test_a_replay_of_unknown_speed_answers_no_question_of_normal_speed(tmp_path: Path) -> None:
    archive, folder = Archive(tmp_path / "home"), tmp_path / "clips"
    folder.mkdir()
    path = foul_files.write(folder, foul_files.document())
    foul_files.film(folder, *(f"action_0/clip_{k}.mp4" for k in range(3)))
    (came,), _ = bring(archive, path)  # whether its replays are slow nobody knows
    match_id, rules = str(came.match_id), BOOKS["football-2026-27-var"]
    told = {**clear(rules), "situation": "penalty_foul", "before": "no_penalty"}
    acts = Reviewing(archive, match_id)
    case = acts.open(rules, person(rules, "var"), incident_id=came.incident_id, known=told)

    def seen(camera: str) -> dict[str, str]:
        ended = (datetime.fromisoformat(case.opened_at.utc) + timedelta(seconds=6)).isoformat()
        number = len(archive.store.rows("SELECT 1 FROM look"))
        look = Look(camera, 0, 100, 1.0, 4000, at_utc=ended, moved_ms=4000)
        add(archive, match_id, Batch("0123456789abcdef", number, (look,)))
        return {each.question: each.seen.value for each in watched_of(archive, sitting(archive, match_id).case("r-1"))}

    assert seen("cam2") == {"contact": "enough", "intensity": "inconclusive"}
    assert seen("cam1") == {"contact": "enough", "intensity": "enough"}
