"""``touchline import`` and ``touchline session``: their documents, and the demo session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from training_files import NOW, fit_file, fit_seconds, gpx

from athletes.archive import Archive
from athletes.demo import ATHLETE_ID, build
from athletes.synthetic import simulate
from touchline.cli import main
from touchline.commands import schemas
from touchline.origin import Origin

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with a data folder of its own; gives the JSON document."""
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))

    def call(*words: str) -> Any:
        assert main([*words, "--json", "--lang", "en"]) == 0
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tệp"
    folder.mkdir()
    (folder / "a.fit").write_bytes(fit_file([(fit_seconds() + i, 120) for i in range(20)], rr=[500] * 4))
    (folder / "b.gpx").write_text(gpx([130, 131, 132])[:-60], "utf-8")
    (folder / "c.txt").write_text("không phải", "utf-8")
    (folder / ".hidden").write_text("x", "utf-8")
    return folder


def test_import_answers_for_every_file(run: Run, folder: Path) -> None:
    documents = run("import", str(folder), str(folder / "none.fit"))
    jsonschema.validate(documents, schemas()["import"])
    assert [(Path(one["path"]).name, one["status"], one["reason"]) for one in documents] == [
        ("a.fit", "ok", None),
        ("b.gpx", "repaired", None),
        ("c.txt", "refused", "not_a_training_file"),
        ("none.fit", "refused", "not_readable"),
    ]
    first = documents[0]
    assert first["heart_rate"] == {"count": 20, "sum_bpm": 2400.0}
    assert first["rr"] == {"count": 4, "sum_s": 2.0}
    assert (first["start"], first["seconds"]) == ("2026-03-01T01:00:00+00:00", 19.0)
    assert run("session", "list") == {"sessions": []}  # nothing is kept unasked


def test_saved_sessions_are_listed_shown_deleted_and_restored(run: Run, folder: Path) -> None:
    documents = run("import", "--save", str(folder))
    session_id = documents[0]["session"]
    assert not documents[0]["already_there"]
    assert run("import", "--save", str(folder / "a.fit"))[0]["already_there"]
    listed = run("session", "list")
    jsonschema.validate(listed, schemas()["session_list"])
    assert {one["name"] for one in listed["sessions"]} == {"a", "b"}
    shown = run("session", "show", session_id)
    jsonschema.validate(shown, schemas()["session_show"])
    assert shown["zones"] is None  # nobody knows whose it is
    assert shown["summary"]["mean_bpm"] == 120
    assert shown["origin"] == "imported"
    run("session", "delete", session_id)
    assert run("session", "show", session_id)["code"] == "no_such_session"
    run("session", "restore", session_id)
    assert run("session", "show", session_id)["id"] == session_id


def test_an_unknown_athlete_is_refused_before_anything_is_saved(run: Run, folder: Path) -> None:
    assert run("import", "--save", "--athlete", "x", str(folder))["code"] == "no_such_athlete"
    assert run("session", "list") == {"sessions": []}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_people_read_words_not_keys(
    run: Run, folder: Path, tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (made,) = build(tmp_path / "home", force=False, lang=lang, progress=lambda _: None)
    session_id = made["id"]
    for words in (["import", "--save", str(folder)], ["session", "list"], ["session", "show", session_id]):
        main([*words, "--lang", lang])
    printed = capsys.readouterr().out
    assert "athletes." not in printed.replace("athletes/", "")
    assert ("mô phỏng" if lang == "vi" else "simulated") in printed


def test_the_examples_of_the_schemas_follow_them() -> None:
    for name in ("import", "session_list", "session_show"):
        schema = schemas()[name]
        for example in schema["examples"]:
            jsonschema.validate(example, schema)


def test_the_demo_session_is_made_once_and_stays_deleted(tmp_path: Path) -> None:
    said: list[str] = []

    def make(*, force: bool = False) -> list[dict[str, Any]]:
        return build(tmp_path, force=force, lang="vi", progress=said.append)

    (first,) = make()
    (second,) = make()
    assert (first["made"], second["made"], first["id"]) == (True, False, second["id"])
    assert (first["kind"], first["origin"]) == ("session", "simulated")
    assert len(said) == 1
    archive = Archive(tmp_path)
    session = archive.session(first["id"])
    assert session.origin is Origin.SIMULATED
    assert session.athlete_id == ATHLETE_ID
    archive.delete(first["id"])
    assert make() == []
    assert [one["id"] for one in make(force=True)] == [first["id"]]


def test_the_simulated_session_has_a_real_gap_and_is_seeded() -> None:
    one, same, other = (simulate(seed=seed, start=NOW, name="x") for seed in (3, 3, 4))
    assert one.sha256 == same.sha256 != other.sha256
    pulse = one.recording.heart_rate
    speed = one.recording.series[1]
    assert pulse is not None
    assert pulse.ticks.size < speed.ticks.size
    assert pulse.measured.all()
    inside = (pulse.seconds >= 1395) & (pulse.seconds < 1482)
    assert not inside.any()  # no sample at all, not even a made-up one
