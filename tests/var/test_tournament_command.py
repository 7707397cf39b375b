"""``touchline tournament``: what is typed is kept, all faults of it are told at once, and lines are for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from test_bookmarks import clip

from touchline.cli import main
from touchline.origin import Origin
from touchline.store import utc_now
from var.archive import Archive
from var.model import Match, Setup

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))

    def call(*words: str, lines: bool = False) -> Any:
        assert main(["tournament", *words, *(() if lines else ("--json",)), "--lang", "en"]) == 0
        out = capsys.readouterr().out
        return out if lines else json.loads(out)

    return call


def test_what_is_typed_is_kept_and_changed(run: Run, tmp_path: Path) -> None:
    made = run(
        "new", "Cúp", "--season", "2026", "--venue", "A", "--venue", "B", "--team", "Huế; HUE; #7b2cbf", "--by", "An"
    )
    assert (made["id"], made["venues"], made["version"]["by"]) == ("cup", ["A", "B"], "An")
    assert made["teams"] == [
        {"name": "Huế", "short": "HUE", "colour": "#7b2cbf", "keeper_colour": "", "lineup": [], "staff": []}
    ]
    details = tmp_path / "details.json"
    details.write_text(json.dumps({"teams": [{"name": "Huế", "lineup": ["1 Lê A"]}], "host": "Huế"}), "utf-8")
    edited = run("edit", "cup", "--from", str(details), "--team", "Huế;;#ffffff", "--rules", "football/var")
    assert (edited["host"], edited["season"], edited["review"]["pack"]) == ("Huế", "2026", "football")
    assert (edited["teams"][0]["colour"], edited["teams"][0]["lineup"]) == ("#ffffff", ["1 Lê A"])
    assert run("show", "cup", "--version", "1")["teams"] == made["teams"]
    assert [version["kind"] for version in run("show", "cup")["versions"]] == ["edit", "new"]
    assert run("undo", "cup")["teams"] == made["teams"]


def test_all_faults_of_a_line_are_told_at_once(run: Run) -> None:
    teams = ("--team", "A; TOO-LONG-TO-BE-SHORT; red", "--team", ";")
    refused = run("new", "x" * 300, "--starts", "tomorrow", *teams, "--rules", "football")
    assert refused["code"] == "bad_tournament"
    assert {fault["path"] for fault in refused["faults"]} == {
        "$.name", "$.starts", "$.teams[0].short", "$.teams[0].colour", "$.teams[1].name", "$.review.format"
    }  # fmt: skip
    assert run("list")["tournaments"] == []
    assert run("new", "A", "--official", "a;b;c;d;e")["code"] == "too_many_parts"
    assert run("new", "A", "--option", "x")["code"] == "option_without_rules"


def test_a_match_is_put_in_placed_and_filled(run: Run, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.add_match(Match("m", "M", Origin.MEASURED, utc_now(), Setup(), (clip("cam1", Fraction(0)),)))
    run("new", "Cúp", "--official", "Lê A; referee")
    added = run("add", "cup", "m", "--home", "Huế", "--round", "2", "--official", "Lê A", "--official", "var: Trần B")
    assert added["filled"] == [{"match": "m", "changed": ["competition", "home.name", "officials"], "left": []}]
    setup = archive.match("m").setup
    assert (setup.home.name, setup.officials) == ("Huế", (("referee", "Lê A"), ("var", "Trần B")))
    again = run("add", "cup", "m", "--home", "Vinh", "--no-fill")
    (fixture,) = again["tournament"]["fixtures"]
    assert (fixture["home"], fixture["round"], again["filled"]) == ("Vinh", "2", [])
    left = run("add", "cup", "m")["filled"]
    assert left == [{"match": "m", "changed": [], "left": ["home.name"]}]
    assert "home team: name" in run("add", "cup", "m", "--overwrite", lines=True)
    assert archive.match("m").setup.home.name == "Vinh"
    said = run("show", "cup", lines=True)
    assert "Vinh – ?" in said
    assert "matches added" in said
    archive.add_incident("m", at_s=Fraction(1))
    written = run("incidents", "cup", "--out", str(tmp_path / "out" / "a.csv"))
    assert (written["matches"], written["incidents"][0]["number"], Path(written["file"]).exists()) == (["m"], 1, True)
    assert run("incidents", "cup", "--all")["code"] == "which_incidents"
    assert run("incidents", "cup", "--out", str(tmp_path / "a.doc"))["code"] == "table_suffix"
