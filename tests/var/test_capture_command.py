"""``touchline capture`` against its schema, as an operator runs it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from capture_peers import media, numbered, numbers, wait

from touchline.cli import main
from var.archive import Archive
from var.capture import control
from var.capture.state import document, from_document
from var.commands.capture import lines, register

SCHEMA = json.loads((Path(__file__).parents[2] / "var" / "schemas" / "capture.json").read_text("utf-8"))


def valid(answer: dict[str, Any]) -> dict[str, Any]:
    jsonschema.validate(answer, SCHEMA, cls=jsonschema.Draft202012Validator)
    return answer


def command(home: Path, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"TOUCHLINE_HOME": str(home)}
    pipe = subprocess.PIPE
    run = "import sys; from touchline.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", run, "capture", *words], stdout=pipe, stderr=pipe, text=True, env=environment
    )


def asked(home: Path, *words: str) -> dict[str, Any]:
    with command(home, *words, "--json") as process:
        answer, _ = process.communicate(timeout=60)
    return valid(json.loads(answer))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return numbered(tmp_path_factory.mktemp("plain") / "plain.mp4", 500)


def test_the_schema_is_one_and_its_example_reads_back() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for example in SCHEMA["examples"]:
        status = from_document(valid(example))
        assert document(status) == example
        for lang in ("vi", "en"):
            assert len(lines(status, lang)) == 1 + len(example["cameras"])


def test_a_match_is_recorded_asked_about_and_stopped_by_ctrl_c(tmp_path: Path, plain: Path) -> None:
    cameras = tmp_path / "cameras.json"
    cameras.write_text(json.dumps([{"name": "Trái", "url": str(plain)}]), "utf-8")
    words = ["Huế gặp Đà Nẵng", "--camera", f"Giữa sân={plain}", "--cameras", str(cameras), "--json"]
    with command(tmp_path, *words) as process:
        wait("the match", lambda: Archive(tmp_path).find("hue-gap-da-nang"))
        live = asked(tmp_path, "hue-gap-da-nang", "--status")
        assert live["state"] == "recording"
        assert live["pid"] == process.pid
        process.send_signal(signal.SIGINT)
        answer, said = process.communicate(timeout=60)
    last = valid(json.loads(answer))
    assert process.returncode == 0
    assert (last["state"], [each["name"] for each in last["cameras"]]) == ("ended", ["Trái", "Giữa sân"])
    assert "ĐANG GHI" in said
    assert asked(tmp_path, "hue-gap-da-nang", "--status")["state"] == "ended"
    assert asked(tmp_path, "hue-gap-da-nang", "--repair")["state"] == "ended"
    found = numbers(media(tmp_path, "hue-gap-da-nang"))
    assert found == list(range(last["cameras"][0]["frames"]))


def test_for_some_seconds_and_stopped_from_elsewhere(tmp_path: Path, plain: Path) -> None:
    with command(tmp_path, "Ngắn", "--camera", f"A={plain}", "--for", "2.5", "--json") as process:
        last = valid(json.loads(process.communicate(timeout=60)[0]))
    assert last["cameras"][0]["frames"] > 20
    assert 2.5 <= last["seconds"] < 20
    match_id = control.start(tmp_path, "Dài", [control.CameraSource("A", str(plain))])
    wait("the recording", lambda: Archive(tmp_path).find(match_id))
    assert asked(tmp_path, match_id, "--stop")["state"] == "ended"
    assert control.running(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["X"], "capture_camera_count"),
        (["X", *["--camera", "A=/x.mp4"] * 9], "capture_camera_count"),
        (["X", "--camera", "rtsp://u:geheim@h/x?a=b"], "capture_bad_camera"),
        (["X", "--camera", "A=gopher://u:geheim@h/x"], "capture_bad_url"),
        (["X", "--camera", "A=/x.mp4", "--for", "-1"], "capture_bad_duration"),
        (["X", "--cameras", "LIST"], "capture_bad_list"),
        ([" ", "--camera", "A=/x.mp4"], "capture_no_match_name"),
        (["X\ud800", "--camera", "A=/x.mp4"], "bad_match_name"),
        (["X", "--camera", "A\nB=/x.mp4"], "capture_no_name"),
        (["nobody", "--status"], "capture_unknown"),
    ],
)
def test_misuse_is_named(
    words: list[str],
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    (tmp_path / "list.json").write_text('{"name": 1}')
    words = [str(tmp_path / "list.json") if word == "LIST" else word for word in words]
    assert main(["capture", *words, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["code"] == code
    assert "geheim" not in said.out + said.err
    assert not list((tmp_path / "home").glob("matches/*"))


def test_a_command_that_recorded_nothing_says_so(tmp_path: Path) -> None:
    with command(tmp_path, "Trống", "--camera", f"A={tmp_path / 'no.mp4'}", "--json", "--lang", "en") as process:
        last = valid(json.loads(process.communicate(timeout=60)[0]))
    assert process.returncode == 0  # the status is the answer
    assert last["cameras"][0]["fault"]["en"]["code"] == "capture_no_file"
    assert not list(tmp_path.glob("matches/*/media"))


def test_what_the_process_said_last_is_kept_from_start_to_start(tmp_path: Path) -> None:
    log = tmp_path / "matches" / "m" / "capture.log"
    log.parent.mkdir(parents=True)
    assert control.last_words(tmp_path, "m") == ""
    log.write_text("--- 2026-01-01T10:00:00+00:00 ---\nold\n--- 2026-01-01T11:00:00+00:00 ---\nfirst\n--- last\n")
    assert control.last_words(tmp_path, "m") == "first\n--- last"
    assert control.last_words(tmp_path, "m", 1) == "--- last"


def test_the_command_has_the_options_that_all_have() -> None:
    parser = argparse.ArgumentParser()
    register(parser)
    assert parser.parse_args(["x", "--json", "--lang", "en"]).json
