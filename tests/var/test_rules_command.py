"""``touchline rules``: what it lists, and that a new sport comes in by a file alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rule_files import BLANK, documented

from touchline.cli import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--json", "--lang", "en"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_sport_of_the_documentation_passes_the_check_and_is_listed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "rules" / "vovinam.toml"
    file.parent.mkdir()
    file.write_text(documented(), "utf-8")
    checked = run(capsys, "rules", "check", str(file))
    assert checked["status"] == "ok"
    (form,) = checked["pack"]["editions"][0]["formats"]
    assert form["reviewable"] == ["missed_score", "out_of_area", "dangerous_technique"]
    assert form["left_out"] == ["style"]
    assert form["requests"][0]["kept_when"] == ["changed", "failure"]
    listed = run(capsys, "rules", "list", "--sport", "vovinam", "--date", "2026-11-29")
    assert [(pack["id"], pack["origin"]) for pack in listed["packs"]] == [("vovinam", str(file))]
    assert run(capsys, "rules", "list", "--sport", "vovinam", "--date", "2027-11-29")["packs"] == []


def test_the_list_names_editions_by_day_and_files_that_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "rules").mkdir()
    (home / "rules" / "broken.toml").write_text("id = 3", "utf-8")
    listed = run(capsys, "rules", "list", "--sport", "football", "--date", "2026-06-30")
    assert [edition["id"] for edition in listed["packs"][0]["editions"]] == ["2025-26"]
    assert [(Path(each["file"]).name, each["code"]) for each in listed["refused"]] == [("broken.toml", "bad_pack")]
    assert (listed["own"], Path(listed["blank"])) == (str(home / "rules"), BLANK)


def test_a_refused_pack_names_each_fault_with_its_path(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "bad.toml"
    file.write_text(
        documented().replace('vi = "Đấu tiếp", en', "en").replace('"landed", "force"', '"force", "x"'), "utf-8"
    )
    document = run(capsys, "rules", "check", str(file))
    assert document["status"] == "refused"
    assert {(fault["path"], fault["fault"]) for fault in document["faults"]} == {
        ("$.restarts.go_on.name.vi", "missing"),
        ("$.protocols.card.states.going_on.name.vi", "missing"),
        ("$.situations[2].questions", "no_such"),
    }
    assert "situation 3 (situations[2].questions) names x, but there is only" in document["detail"]


def test_people_read_lines(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--lang", "vi"]) == 0
    said = capsys.readouterr().out
    assert "Bóng đá" in said
    assert "2 (+1) mỗi trận" in said
    assert main(["rules", "check", str(BLANK), "--lang", "vi"]) == 0
    assert "Dùng được: Môn của tôi" in capsys.readouterr().out
    file = home / "bad.toml"
    file.write_text("id = 3", "utf-8")
    assert main(["rules", "check", str(file), "--lang", "vi"]) == 0
    assert "id phải là một tên gọn" in capsys.readouterr().out
