"""Every installed command is answered by one JSON document of a published schema."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import commands_of_athletes
import commands_of_kernel
import commands_of_var
import commands_of_wearables
import pytest
from commands_home import Run
from commands_installed import DATASET, DEMO, LEAVES, SCHEMAS, fits, printed_by

from touchline.cli import main
from var.demo import MATCHES

PARTS = (commands_of_athletes, commands_of_kernel, commands_of_var, commands_of_wearables)
ANSWERS = {leaf: lines for part in PARTS for leaf, lines in part.ANSWERS.items()}
ELSEWHERE = {leaf for part in PARTS for leaf in part.ELSEWHERE}


def test_every_command_is_answered_here_or_named_elsewhere() -> None:
    assert set(ANSWERS) | ELSEWHERE == set(LEAVES)


@pytest.mark.usefixtures("video")
@pytest.mark.parametrize("line", [line for lines in ANSWERS.values() for line in lines])
def test_the_answer_follows_the_documented_schema(line: str, run: Run) -> None:
    leaf = next(name for name in ANSWERS if line in ANSWERS[name])
    if leaf == "retention release":
        run(*ANSWERS["retention hold"])
    document = run(line)
    assert any(fits(document, name) for name in printed_by(leaf)), json.dumps(document)[:2000]


@pytest.mark.usefixtures("video")
def test_the_answers_are_the_real_ones(run: Run) -> None:
    assert run("schema")["schemas"] == list(SCHEMAS)
    assert run("schema offside") == SCHEMAS["offside"]
    assert run("schema offside_scene --example") == SCHEMAS["offside_scene"]["examples"][0]
    assert run("schema --example")["code"] == "example_of_what"
    clip = run(f"match show {DEMO}")["clips"][0]
    assert (clip["frames"], clip["to_match"]["sigma_s"], clip["to_match"]["offset_s"]) == (99, None, "-7/3")
    assert {match["id"] for match in run("match list")["matches"]} == {DATASET, *(name for name, _ in MATCHES)}
    there = {made["id"]: made["made"] for made in run("demo")["made"]}
    assert there.pop("demo-season") is True  # a squad is made where there is none; the rest was there
    assert list(there.values()) == [False, False, False]
    first, second = run(f"incident list {DEMO}")["incidents"]
    assert first["decision"]["decided_by"] == "Nguyễn Thị Ánh Tuyết"
    assert second["decision"] is None
    assert run("project {camera} --points {points}")["pixels"][1] is None
    assert run("ground {camera} --pixels {pixels}")["sigma_m"][1] is None
    recorded = run("capture Sân --camera 'Giữa sân={video}' --camera 'Góc xa={video}' --for 20")
    assert [(each["name"], each["frames"]) for each in recorded["cameras"]] == [("Giữa sân", 10), ("Góc xa", 10)]
    assert [clip["frames"] for clip in run("match show san")["clips"]] == [10, 10]
    assert run("capture san --status")["state"] == "ended"
    (unread,) = run("sync {video} {text}")["clips"]  # one bad file is an answer without numbers
    assert (unread["status"], unread["offset_s"], unread["sigma_s"]) == ("failed", None, None)
    together = run("sync --match san")
    assert (together["match"], together["saved"], len(together["clips"])) == ("san", [], 1)
    assert run(f"bookmarks {DEMO}")["bookmarks"] == []
    (kept,) = run(f"bookmarks {DEMO} --add 0.5 --tag offside")["bookmarks"]
    assert (kept["s"], kept["tag"]) == (0.5, "offside")
    assert run(f"bookmarks {DEMO} --remove {kept['seq']}")["bookmarks"] == []
    assert run("foul import {fouls}")["status"] == "refused"  # its clips are not here
    (foul,) = run("foul import {mvfoul}")["actions"]
    assert (foul["status"], [clip["camera"] for clip in foul["clips"]]) == ("imported", ["cam1", None])
    assert run(f"foul export {foul['match']} --out {{absent}}")["actions"][0]["key"] == "7"
    assert run("schema soccernet_mvfoul")["examples"][0]["Actions"].keys() == {"0"}
    blind = run("offside {blind}")
    assert (blind["outcome"], blind["margin_m"]) == ("not_measurable", None)
    assert (run("scene {blind}")["points"], run("scene {scene}")["origin"]) == ([], None)
    drawn = run("scene {scene} --simulated --out {drawn}")
    assert (Path(drawn["written"]).read_text("utf-8")[:4], drawn["origin"]) == ("<svg", "simulated")
    new = run("match new Huế {video} {text}")
    assert (new["status"], new["match"]["clips"][0]["frames"]) == ("ok", 10)
    assert [refused["code"] for refused in new["refused"]] == ["not_a_video"]
    assert not run(f"match delete {DEMO}")["purged"]
    assert [match["id"] for match in run("match list --put-away")["matches"]] == [DEMO]
    assert run(f"match restore {DEMO}")["id"] == DEMO
    assert run("match list --put-away")["matches"] == []
    run(f"match delete {DEMO}")
    assert run(f"match delete {DEMO} --yes")["purged"]  # one that was put away can be removed for good
    assert run(f"match show {DEMO}")["code"] == "no_such_match"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        (DEMO, 0, ["Nguyên vẹn", "Đã ký đến mục 3"]),
        ("{ledger}", 0, ["Nguyên vẹn", "Không có đầu sổ"]),
        ("{changed}", 1, ["Dòng 3 ", "mục 2 đã bị thay đổi"]),
        ("{foreign}", 3, ["khóa không được tin"]),
        ("{text}", 4, ["không phải là sổ chứng cứ"]),
        ("{absent}", 4, ["Không có sổ chứng cứ"]),
        ("{ledger} --head 2:zz", 4, ["không phải là đầu sổ"]),
        ("{ledger} --head 3:" + "0" * 64, 1, ["mục 3 đã bị thay đổi"]),
        ("{ledger} --head 9:" + "0" * 64, 1, ["phần cuối đã bị cắt, thiếu mục 4–9"]),
        ("{foreign} --trust {tmp}/else/keys/ledger.pub", 0, ["Nguyên vẹn"]),
    ],
)
@pytest.mark.usefixtures("home")
def test_the_exit_code_of_a_check_says_what_it_found(
    name: str, code: int, said: list[str], tmp_path: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "check", *shlex.split(name.format(tmp=tmp_path, **files))]) == code
    out, err = capsys.readouterr()
    assert all(words in (err if code == 4 else out) for words in said), out + err
