"""Every installed command: documented, answered by one JSON document of a published schema, in both languages."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pytest
from measured_trials import measured_trial
from scipy.spatial.transform import Rotation

from athletes.archive import Archive as TrainingArchive
from athletes.demo import ATHLETE_ID
from athletes.demo import build as build_session
from athletes.demo_motion import SETTING as DEMO_MOTION
from athletes.kinematics.model import Movement
from athletes.pose.model import Motion, Track
from athletes.pose.points_file import points_bytes, write_points
from athletes.space.calibrations import write_pose2sim
from athletes.space.camera import PosedCamera
from athletes.space.motion_file import write_motion
from athletes.synthetic_motion.camera import Shutter, observe, side_camera
from athletes.synthetic_motion.movements import squats
from touchline.accounts.kept import Accounts
from touchline.backup import back_up
from touchline.cli import build_parser, commands, emit, main
from touchline.commands import schema_packages, schemas
from touchline.i18n import LANGUAGES, find
from touchline.ledger import Author, Ledger, installation_key, ledger_path
from touchline.ledger.kept import forget_head
from touchline.origin import Origin
from touchline.store import Store, default_path, utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.datasets import cards
from var.demo import MATCHES
from var.foul.annotation import Style
from var.foul.kept import FoulSource, body_of
from var.foul.reading import read_document
from var.model import AttackDirection, Clip, Match, Outcome, Period, Setup
from var.rules.shelf import blank
from var.tournaments.kept import Tournaments
from var.tournaments.model import Official, TeamEntry
from wearables.kept import Sessions, keep_rows
from wearables.model import Frame, MarkKind, Profile, Source, Strap
from wearables.tie import by_hand

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text("utf-8")
SCHEMAS = schemas()
DEMO = MATCHES[0][0]
FOUL = MATCHES[1][0]


def leaves(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command and sub-action that can be called, by its words."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield name, parser
    for action in below:
        for word, sub in action.choices.items():
            yield from leaves(sub, f"{name} {word}".strip())


LEAVES = dict(leaves(build_parser()))


def sections() -> dict[str, str]:
    """The text of ``docs/commands.md`` below each heading that names a command."""
    parts = re.split(r"^#{2,3} touchline (.+)$", DOCS, flags=re.MULTILINE)
    return {
        name: re.split(r"^#{2,3} ", text, flags=re.MULTILINE)[0]
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


SECTIONS = sections()


def printed_by(leaf: str) -> list[str]:
    """The schemas that the documentation names for what a command prints, and the common refusal."""
    (line,) = re.findall(r"^Prints (.+)$", SECTIONS[leaf], flags=re.MULTILINE)
    return [name for name in re.findall(r"`(\w+)`", line) if name not in {"code", "reason"}]


def strict(text: str) -> Any:
    """The one JSON document that ``text`` is; anything else, NaN included, is an error."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} on standard output")

    return json.loads(text, parse_constant=refuse)


def fits(document: Any, name: str) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMAS[name]).is_valid(document))


# ------------------------------------------------------------------ documentation and schemas


def test_every_command_says_what_it_does_in_both_languages() -> None:
    for name in commands():
        for lang in LANGUAGES:
            assert find(f"touchline.commands.{name}", lang) is not None, name


def test_the_documentation_names_exactly_what_is_installed() -> None:
    assert {leaf.split()[0] for leaf in LEAVES} == set(commands())
    assert set(SECTIONS) == set(LEAVES) | set(commands())


@pytest.mark.parametrize("leaf", LEAVES)
def test_each_command_is_documented_with_its_arguments_and_an_example(leaf: str) -> None:
    text = SECTIONS[leaf]
    for action in LEAVES[leaf]._actions:
        if action.dest in {"help", "json", "lang"}:
            continue
        words = action.option_strings or [str(action.metavar or action.dest).upper()]
        assert all(f"`{word}" in text for word in words), f"{leaf}: {words}"
    described = set(re.findall(r"`(--[a-z-]+)", text))
    assert described <= {word for action in LEAVES[leaf]._actions for word in action.option_strings}
    assert {"--json", "--lang"} <= set(LEAVES[leaf]._option_string_actions)
    examples = re.findall(r"^touchline .+$", text, flags=re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example.split(">")[0])[1:]
        assert words[: len(leaf.split())] == leaf.split()
        build_parser().parse_args(words)  # ends with SystemExit where the example is wrong
    assert set(printed_by(leaf)) <= set(SCHEMAS)


def test_every_schema_is_named_in_the_documentation_and_belongs_to_one_package() -> None:
    assert set(SCHEMAS) <= set(re.findall(r"`(\w+)`", DOCS))
    root = Path(__file__).resolve().parents[2]
    names = [path.stem for package in schema_packages() for path in (root / package / "schemas").glob("*.json")]
    assert sorted(names) == sorted(set(names)) == list(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one_and_its_examples_hold(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["examples"]
    validator = jsonschema.Draft202012Validator(schema)
    for example in schema["examples"]:
        validator.validate(example)
    assert not any(fits(junk, name) for junk in ({}, 0, None, {"unknown": 1}))


def test_what_is_not_a_number_becomes_null(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"a": math.nan, "b": np.array([1.0, -np.inf]), "c": (np.float32("nan"), np.int64(2))}
    emit(document, argparse.Namespace(json=True))
    assert strict(capsys.readouterr().out) == {"a": None, "b": [1.0, None], "c": [None, 2]}


# ------------------------------------------------------------------ real answers


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small data folder, of which each test gets a copy: the demo matches and an open recording by name only, two
    incidents, one session, whose id is given too."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    archive = Archive(home)
    periods = (Period("Hiệp 2", Fraction(-7, 3), 4020, AttackDirection.RIGHT),)
    for match_id in (*(name for name, _ in MATCHES), next(iter(cards()))):
        folder = archive.folder(match_id)
        (folder / "truth").mkdir(parents=True)
        (folder / "truth" / "truth.json").write_text("{}", "utf-8")  # without it a demo would be made anew
        clips = [
            Clip(
                camera,
                camera,
                folder / f"{camera}.mp4",
                folder / f"{camera}.proxy.mp4",
                "ab" * 32,
                (1920, 1080),
                Timebase(Fraction(1, 30000)),
                tuple(range(1001, 1001 * 100, 1001)),
                ClockMap(Fraction(-7, 3), Fraction(30001, 30000), sigma_s),
                Origin.SIMULATED,
            )
            for camera, sigma_s in (("cam1", None), ("cam2", 0.001))
        ]
        archive.add_match(
            Match(match_id, "Huế – Đà Nẵng", Origin.SIMULATED, utc_now(), Setup(periods=periods), tuple(clips))
        )
    marked = archive.add_incident(DEMO, at_s=Fraction(1, 3), attack=AttackDirection.RIGHT)
    archive.set_kick(marked.id, camera_id="cam1", frame=70, sha256="ab" * 32)
    archive.decide(marked.id, Outcome.OFFSIDE.value, by="Nguyễn Thị Ánh Tuyết")
    archive.add_incident(DEMO, at_s=Fraction(1, 2))
    head, ((key, foul),) = read_document(SCHEMAS["soccernet_mvfoul"]["examples"][0])
    source = FoulSource("fouls.json", "ab" * 32, head, Style(), 1, key, 0)
    archive.add_foul(FOUL, at_s=Fraction(1, 3), annotation=body_of(source, foul, ("cam1", None), (None, None), ()))
    (made,) = build_session(home, force=False, lang="vi", progress=lambda line: None)
    archive.store.set_setting(DEMO_MOTION, "")  # its trials are filmed in tests/athletes/test_demo_motion.py
    return home, made["id"]


@pytest.fixture
def home(
    tmp_path: Path, furnished: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Path:
    """A copy of the small data folder, with what the commands of some names need besides."""
    home = tmp_path / "home"
    monkeypatch.setenv("TOUCHLINE_HOME", str(home))
    monkeypatch.delenv("TOUCHLINE_MODELS", raising=False)
    shutil.copytree(furnished[0], home)
    (tmp_path / "session").write_text(furnished[1], "utf-8")
    archive = Archive(home)
    if "accounts" in request.node.name:  # a password costs a tenth of a second
        Accounts(home).add("tuyet", "Nguyễn Thị Ánh Tuyết", ["administrator", "referee"])
        Accounts(home).add("hanh", "Lê Hạnh", ["coach"])
    if "tournament" in request.node.name:
        teams = tuple(TeamEntry(name, short) for name, short in (("Huế", "HUE"), ("Đà Nẵng", "DNG")))
        officials = (Official("Lê A", "referee"),)
        Tournaments(archive).new("Cúp", season="2026", teams=teams, officials=officials)
        Tournaments(archive).add("cup", [next(iter(cards()))])
    if "live" in request.node.name:
        _live(home)
    if "moment" in request.node.name:
        strap, profile = Strap(1, "C0:FF:EE:00:00:01"), Profile("an", "Nguyễn An")
        session = Sessions(home).create("U19", [strap], [profile], {1: "an"}, origin=Origin.SIMULATED).id
        tie = by_hand(DEMO, Fraction(1, 3), 0, Fraction(1), 0.5)
        Sessions(home).mark(session, MarkKind.TIE, 0, tie.detail(), by="Lan")
        (tmp_path / "tied").write_text(session, "utf-8")
    if "motion" in request.node.name:
        trial = measured_trial(TrainingArchive(home), tmp_path, movement=Movement.SQUAT, fps=30)
        (tmp_path / "trial").write_text(trial.id, "utf-8")
    if any(word in request.node.name for word in ("ledger", "exit_code", "verify")):
        _ledgers(tmp_path, home)
    if any(word in request.node.name for word in ("backup", "restore")):
        back_up(home, tmp_path / "backups", clock=lambda: datetime(2026, 5, 3, 18, 30, tzinfo=UTC))
    return home


def _live(home: Path) -> None:
    """A live session that has ended: one strap, one frame."""
    sessions = Sessions(home)
    strap, profile = Strap(1, "C0:FF:EE:00:00:01", "7"), Profile("a-1", "Ánh", hr_max_bpm=190.0)
    made = sessions.create("Buổi sáng", [strap], [profile], {1: "a-1"})
    frame = Frame(1, 1_000_000_000, made.zero_utc_us + 1_000_000, Source.HEART_RATE, b"\x00\x48", bpm=72, seq=1)
    with sessions.store.write() as connection:
        keep_rows(connection, made.id, [frame])
        connection.execute("UPDATE wear_session SET state = 'ended' WHERE id = ?", (made.id,))
    (home / "live" / made.id).mkdir(parents=True)


def _ledgers(tmp_path: Path, home: Path) -> None:
    """The ledger of the demo match, a copy, one that was changed, and one that another installation signed."""
    kept = ledger_path(home, DEMO)
    for file in kept.parent.glob("ledger*"):  # what the archive wrote there has more lines than are counted here
        file.unlink()
    with Store(default_path(home)).write() as connection:
        forget_head(connection, DEMO)
    for path, key in ((kept, installation_key(home)), (tmp_path / "foreign", installation_key(tmp_path / "else"))):
        with Ledger.open(path, key, subject=DEMO) as ledger:
            ledger.append("decide", {"outcome": "offside"}, by=Author("Ánh"))
    (tmp_path / "ledger").write_bytes(kept.read_bytes())
    (tmp_path / "changed").write_bytes(kept.read_bytes().replace(b"offside", b"onsides"))


@lru_cache
def followed() -> bytes:
    """A points file of somebody simulated who squats once."""
    squatting, t_s = squats(1.75, (0.4,)), Shutter(60.0).times(3.0)
    track = observe(squatting.at(t_s), t_s, side_camera(), np.random.default_rng(1))
    return points_bytes([track])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Files to give to commands, made of the schemas' own examples where there is one."""
    documents: dict[str, Any] = {
        "marks": SCHEMAS["calibration_marks"]["examples"][0],
        "few": {"points": SCHEMAS["calibration_marks"]["examples"][0]["points"][:3]},
        "camera": SCHEMAS["calibration"]["examples"][0],
        "points": [[40.0, 2.0, 0.0], [20.0, -300.0, 0.0]],
        "pixels": [[900.0, 600.0], [900.0, -9000.0]],
        "views": SCHEMAS["bundle_views"]["examples"][0],
        "scene": SCHEMAS["offside_scene"]["examples"][0],
        "ball": SCHEMAS["goal_line_scene"]["examples"][0],
        "foul": SCHEMAS["area_scene"]["examples"][0],
        "fouls": SCHEMAS["soccernet_mvfoul"]["examples"][0],
        "mvfoul": {"Actions": {"7": {"Clips": [{"Url": "video"}, {"Url": "text"}]}}},
        "runner": SCHEMAS["load_athlete"]["examples"][0],
        "blind": {**SCHEMAS["offside_scene"]["examples"][0], "observations": []},
    }
    paths = {name: tmp_path / f"{name}.json" for name in documents}
    for name, document in documents.items():
        paths[name].write_text(json.dumps(document), "utf-8")
    paths |= {"text": tmp_path / "text.txt", "run": tmp_path / "run.csv", "video": tmp_path / "video.mp4"}
    paths["text"].write_text("không phải video", "utf-8")
    paths["squad"] = tmp_path / "squad.csv"
    paths["squad"].write_text("Họ và tên;Địa chỉ đai;Nhịp tim tối đa\nÁnh;C0:FF:EE:00:00:01;189,5\n", "utf-8")
    paths["fixtures"] = tmp_path / "fixtures.csv"
    paths["fixtures"].write_text("Ngày,Đội nhà,Đội khách\n29/11/2026,Huế,Quảng Nam\n", "utf-8")
    paths["people"] = tmp_path / "people.csv"
    paths["people"].write_text("Họ và tên;Ngày sinh;Giới tính\nLê Ánh;29/02/2012;nữ\n", "utf-8")
    paths["loads"] = tmp_path / "loads.csv"
    paths["loads"].write_text("Ngày;Tải\n" + "".join(f"{day:02}/03/2026;{day},5\n" for day in range(1, 31)), "utf-8")
    paths["run"].write_text("time,heart_rate\n" + "".join(f"{s},{120 + s}\n" for s in range(20)), "utf-8")
    paths["beats"] = tmp_path / "beats.txt"
    paths["beats"].write_text("".join(f"{850 + 40 * math.sin(k)}\n" for k in range(400)), "utf-8")
    paths["followed"] = tmp_path / "followed.npz"
    paths["followed"].write_bytes(followed())
    paths |= _seen_by_two(tmp_path)
    return {name: str(path) for name, path in paths.items()} | {
        "absent": str(tmp_path / "absent"),
        "drawn": str(tmp_path / "scene.svg"),
        "picture": str(tmp_path / "frame.png"),
        **{name: str(tmp_path / name) for name in ("ledger", "changed", "foreign")},
        "pack": str(blank()),
        "backups": str(tmp_path / "backups"),
        "backup": str(tmp_path / "backups" / "touchline-backup-20260503T183000Z"),
    }


def _seen_by_two(folder: Path) -> dict[str, Path]:
    """A body of 33 points that turns, as two cameras see it, their calibration, and the body in space."""
    t_s = np.arange(40) / 50
    body = np.random.default_rng(1).uniform([-0.5, -0.5, 0.5], [0.5, 0.5, 1.5], (33, 3))
    c, s = np.cos(t_s), np.sin(t_s)
    about = np.stack(
        [np.stack([c, -s, 0 * c], 1), np.stack([s, c, 0 * c], 1), np.stack([0 * c, 0 * c, 1 + 0 * c], 1)], 1
    )
    places = body @ about.transpose(0, 2, 1)
    frames, even = np.arange(40), np.ones((40, 33))
    paths = {name: folder / f"{name}.npz" for name in ("seen_a", "seen_b", "moved")} | {
        "cameras": folder / "Calib.toml"
    }
    K = np.array([[900.0, 0.0, 639.5], [0.0, 900.0, 359.5], [0.0, 0.0, 1.0]])
    cameras = []
    for name, turn in (("a", 0.0), ("b", 1.2)):  # four metres away, looking along +y and turned from there
        R = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]) @ Rotation.from_euler("z", -turn).as_matrix()
        cameras.append(PosedCamera(name, (1280, 720), K, R, np.array([0.0, 1.0, 4.0])))
        px = cameras[-1].project(places)
        track = Track(0, frames, t_s, px, 0.9 * even, even.copy(), (1280, 720), Origin.SIMULATED, "made")
        write_points(paths[f"seen_{name}"], [track])
    paths["cameras"].write_text(write_pose2sim(cameras), "utf-8")
    cov = np.broadcast_to(1e-6 * np.eye(3), (40, 33, 3, 3)).copy()
    views, shown = np.full((40, 33), 2), np.stack([frames, frames], axis=1)
    write_motion(
        paths["moved"], Motion(t_s, places, cov, even.copy(), views, shown, ("a", "b"), Origin.SIMULATED, "made")
    )
    return paths


@pytest.fixture
def video(files: dict[str, str]) -> None:
    """Ten pictures of grass in the file ``video``."""
    with av.open(files["video"], "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for shade in range(10):
            picture = np.full((96, 160, 3), 90 + 8 * shade, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))


Run = Callable[..., Any]
EXIT_CODES = {
    "ledger check": {0, 1, 3, 4},
    "verify": {0, 1, 3, 4},
    **{leaf: {0, 4} for leaf in ("backup make", "backup check", "backup list", "restore")},
}  # test_the_exit_code_of_a_check_says_what_it_found holds which is which


@pytest.fixture
def run(
    tmp_path: Path,
    home: Path,
    files: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Run]:
    """Run a command line; ``{name}`` stands for a file, ``{session}`` for the kept session."""
    monkeypatch.setenv("TOUCHLINE_CAPTURE_PROXIES", "0")  # no process is left behind

    def call(line: str, lang: str = "en") -> Any:
        session = (tmp_path / "session").read_text("utf-8")
        live = "".join(path.name for path in (home / "live").glob("*"))
        tied = (tmp_path / "tied").read_text("utf-8") if "{tied}" in line else ""
        trial = (tmp_path / "trial").read_text("utf-8") if "{trial}" in line else ""
        words = shlex.split(line.format(session=session, live=live, tied=tied, trial=trial, **files))
        assert main([*words, "--json", "--lang", lang]) in EXIT_CODES.get(
            " ".join(words[: 1 if words[0] in ("verify", "restore") else 2]), {0}
        )
        return strict(capsys.readouterr().out)

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield call
    for number, handler in handlers.items():  # a capture lets them end the recording
        signal.signal(number, handler)


DATASET = next(iter(cards()))
ANSWERS: dict[str, list[str]] = {
    "backup make": ["backup make --out {backups}", "backup --out {absent} --no-media --no-keys --keep 2"],
    "backup check": ["backup check {backup}"],
    "backup list": ["backup list {backups}"],
    "restore": ["restore {backup} --into {absent}", "restore {backup} --yes"],
    "retention show": ["retention show"],
    "retention set": ["retention set media_quiet=90 reports=off --automatic no", "retention set"],
    "retention hold": [f"retention hold {DEMO} --reason 'khiếu nại ngày 12/3' --by Lan"],
    "retention release": [f"retention release {DEMO}"],
    "retention run": ["retention run", "retention run --yes"],
    "accounts list": ["accounts list"],
    "accounts add": ["accounts add lan 'Phạm Lan' --role coach --role analyst --email lan@example.org"],
    "accounts roles": ["accounts roles tuyet --role administrator"],
    "accounts email": ["accounts email tuyet Tuyet@example.org", "accounts email tuyet"],
    "accounts password": ["accounts password tuyet"],
    "accounts disable": ["accounts disable hanh"],
    "accounts enable": ["accounts enable hanh"],
    "accounts sessions": ["accounts sessions", "accounts sessions --end tuyet"],
    "accounts sign-ins": ["accounts sign-ins --most 3"],
    "accounts session": ["accounts session tuyet"],
    "ledger check": [
        f"ledger check {DEMO}",
        "ledger check {ledger}",
        "ledger check {changed}",
        "ledger check {foreign}",
    ],
    "verify": ["verify {ledger}", "verify {changed}", "verify {text}"],  # tests/var/test_verify_*.py hold packages
    "demo": ["demo"],
    "schema": ["schema", "schema match", "schema schema"],
    "match new": ["match new Huế {video} {text}", "match new Huế {text}"],
    "match add": [f"match add {DEMO} {{video}} {{text}}", f"match add {DEMO} {{text}}"],
    "match list": ["match list"],
    "match show": [f"match show {DEMO}"],
    "match report": [f"match report {DEMO} --no-sign --out {{absent}}"],  # its recordings are not there
    "match delete": [f"match delete {DEMO}", f"match delete {DEMO} --yes"],
    "match restore": [f"match restore {DEMO}"],
    "tournament new": ["tournament new 'Cúp Tỉnh' --season 2027 --team 'Huế; HUE; #7b2cbf' --official 'Lê A; referee'"],
    "tournament list": ["tournament list", "tournament list --put-away"],
    "tournament show": ["tournament show cup", "tournament show cup --version 1"],
    "tournament edit": ["tournament edit cup --note 'mưa' --team 'Huế; ; #ffffff' --remove-team DNG"],
    "tournament add": [f"tournament add cup {DEMO} --round 1 --official 'Lê A'", f"tournament add cup {DEMO} {FOUL}"],
    "tournament remove": [f"tournament remove cup {DATASET}"],
    "tournament fixtures": ["tournament fixtures cup {fixtures} --new-teams"],
    "tournament undo": ["tournament undo cup", "tournament undo cup --to 1"],
    "tournament put-away": ["tournament put-away cup", "tournament put-away cup --for-good"],
    "tournament restore": ["tournament restore cup"],
    "tournament incidents": [
        "tournament incidents cup --out {picture}.xlsx",
        f"tournament incidents --match {DEMO}",
        "tournament incidents --all --out {picture}.csv",
    ],
    "match export": [f"match export {DEMO} --out {{absent}} --no-media --folder"],
    "match check": [f"match check {DEMO}"],
    "models list": ["models list"],
    "datasets list": ["datasets list"],
    "datasets get": [f"datasets get {DATASET}"],
    "match marks": [f"match marks {DEMO} cam1"],  # nothing is marked; tests/var/test_marked.py holds the marks
    "incident scene": [f"incident scene {DEMO} 1"],
    "frame": ["frame {video} --frame 3 --out {picture}"],  # tests/var/test_marked.py holds a match's frame
    "incident list": [f"incident list {DEMO}", f"incident list {DATASET}"],
    "signing show": ["signing show"],
    "signing set": ["signing set --timestamp http://127.0.0.1:9/", "signing set --timestamp ''"],
    "signing test": ["signing test"],
    "people": ["people {video} --frame 3 --pose none"],  # tests/var/test_assist_models.py holds the answer to players
    "lens": ["lens {text}"],  # tests/var/test_lens.py holds the answer to real pictures
    "calibrate": [
        "calibrate {marks} --picture-size 1920x1080",
        "calibrate {marks} --picture-size 1920x1080 --crown estimate",
        "calibrate {few} --picture-size 1920x1080",
    ],
    "bundle": ["bundle {views}"],
    "follow": [
        "follow {video} {camera} --frame 0",
        "follow {text} {camera} --frame 0",
    ],  # tests/var/test_pan.py follows
    "project": ["project {camera} --points {points}"],
    "ground": ["ground {camera} --pixels {pixels}"],
    "offside": ["offside {scene}", "offside {blind}"],
    "goal-line": ["goal-line {ball}"],
    "scene": ["scene {scene}", "scene {blind}", "scene {scene} --simulated --out {drawn}"],
    "area": ["area {foul}"],
    "load": ["load {loads}", "load {run} --athlete {runner} --rpe 4"],
    "foul import": ["foul import {fouls}", "foul import {mvfoul}", "foul import {mvfoul} --strict"],
    "foul export": [f"foul export {FOUL} --out {{absent}}"],
    "foul review": [f"foul review {FOUL} 1", f"foul review {DEMO} 1 --before 2"],
    "foul label": [f"foul label {FOUL} 1 Severity 1.0 --by Ánh", f"foul label {FOUL} 1 Severity 1.0"],
    "motion measure": [
        "motion measure {followed} --movement cmj --height-m 1.75",
        "motion measure {followed} --movement run --length-px 0,0,900,0 --length-m 2.5 --treadmill-mps 3",
    ],
    "hrv": [
        "hrv {beats}",
        "hrv {beats} --correct --spectrum lomb_scargle --running",
        "hrv {run} --longest",
        "hrv {text}",
    ],
    "motion joints": ["motion joints"],
    "motion space": [
        "motion space --points a={seen_a} b={seen_b} --calibration {cameras} -o {drawn}",
        "motion space --points a={seen_a} b={seen_b} --calibration {cameras} --smooth 6 --constant-bones -o {drawn}",
    ],
    "motion export": [
        f"motion export {{moved}} --to {form} -o {{drawn}}" for form in ("trc", "mot", "c3d", "csv", "glb")
    ],
    "import": ["import {run} {text}", "import {run} --save --report {drawn}.csv --athlete " + ATHLETE_ID],
    "session list": ["session list", "session list --athlete " + ATHLETE_ID],
    "session show": ["session show {session}"],
    "session delete": ["session delete {session}"],
    "session restore": ["session restore {session}"],
    "motion list": ["motion list", "motion list --put-away"],
    "motion show": ["motion show {trial}"],
    "motion add": ["motion add {video} --movement cmj --name 'Bật nhảy' --day 2026-11-03 --height 1.72"],
    "motion measure-again": [
        "motion measure-again {trial}",
        "motion measure-again {trial} --camera cam1 --person 1 --length 10 10 10 76.7 1.0 --set cutoff_hz=8",
    ],
    "motion remove": ["motion remove {trial}", "motion remove {trial} --for-good"],
    "motion restore": ["motion restore {trial}"],
    "motion report": [
        "motion report {trial} -o {absent}.pdf",
        "motion report {trial} -o {absent}.pdf --beside {trial}",
    ],
    "motion clip": ["motion clip {trial} --camera cam1 --from 1 --to 1.5 --slow 4 --curve hip -o {absent}.mp4"],
    "training report": [
        f"training report --athlete {ATHLETE_ID} --from 2026-03-01 --to 2026-03-07 --out {{absent}}.pdf",
        "training report --squad * --from 2026-03-01 --to 2026-03-07 --out {absent}.xlsx --no-diary",
    ],
    "athlete list": ["athlete list"],
    "athlete show": [f"athlete show {ATHLETE_ID}"],
    "athlete add": ["athlete add 'Lê Thị Ánh' --born 2012-02-29 --sex female --squad U15"],
    "athlete import": ["athlete import {people}"],
    "athlete export": [f"athlete export {ATHLETE_ID} --out {{absent}}.zip"],
    "athlete erase": [f"athlete erase {ATHLETE_ID} --yes"],
    "athlete consent": [
        f"athlete consent {ATHLETE_ID}",
        f"athlete consent {ATHLETE_ID} --give health --withdraw live --day 2026-01-10 --guardian 'Lê B' --relation mẹ",
        f"athlete consent {ATHLETE_ID} --give sharing --note 'hồ sơ 3' --child-agrees",
    ],
    "athlete access": [f"athlete access {ATHLETE_ID}"],
    "athlete rules": ["athlete rules", "athlete rules --consent require --guardian-under 18 --least-athletes 8"],
    "athlete months": ["athlete months"],
    "athlete seal": ["athlete seal"],
    "session export": [
        "session export {session} --format csv --out {absent}",
        "session export {session} --out {absent}",
    ],
    "record": ["record --roster {squad} --check"],  # tests/wearables/test_record_command.py records
    "live list": ["live list"],
    "live show": ["live show {live}"],
    "live report": ["live report {live}"],
    "live stop": ["live stop {live}"],
    "live export": ["live export {live}", "live export {live} --plain {absent}"],
    "live keep": ["live keep {live} --enrol", "live keep {live}"],
    "live roster": ["live roster {live} --out {absent}"],
    "decode": ["decode 0x2A37 104472038a03", "decode 0x2AD2 44029c095c004f0050", "decode 0x2A37 zz"],
    "moment": [f"moment {{tied}} --match {DEMO} --match-time 1/3", "moment {tied} --at 0:01.5", "moment {tied}"],
    "capture": ["capture Huế --camera 'Giữa sân={video}' --for 20"],
    "sync": ["sync {video} {video} {text}", "sync {video} {text} --method audio"],
    "bookmarks": [f"bookmarks {DEMO}", f"bookmarks {DEMO} --add 0.5 --tag offside --note 'số 9'"],
    "looks": [f"looks {DEMO}"],
    "reviews": [f"reviews {DEMO}"],  # tests/var/test_reviews_kept.py holds reviews
    "rules list": ["rules list", "rules list --sport football --date 2026-11-29", "rules list --date 1999-01-01"],
    "rules check": ["rules check {pack}", "rules check {text}"],
}
ELSEWHERE = {
    "incident export",  # writes a report with clips: tests/var/test_export_archive.py holds its document
    "match import",  # needs a package: tests/var/test_transfer.py holds its document, and that of
    "match add-media",
    "motion analyse",  # needs a model: tests/athletes/test_motion_analyse.py holds its documents
    "models get",  # needs a network: tests/touchline/test_models_get.py holds its document
    "motion run",  # needs a pose model: tests/athletes/test_motion_commands.py holds its document
    "serve",  # answers until it is ended: tests/var/test_serve.py holds its document
}


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


# ------------------------------------------------------------------ refusals and misuse

REFUSALS = {
    "backup make": "backup make --out {text}",
    "backup check": "backup check {absent}",
    "backup list": "backup list {absent}",
    "restore": "restore {backup}",
    "retention show": "retention show",
    "retention set": "retention set media=0",
    "retention hold": "retention hold nothing --reason x",
    "retention release": "retention release nothing",
    "motion analyse": "motion analyse {text} -o {drawn}.npz",
    "motion space": "motion space --points a={seen_a} --calibration {cameras} -o {drawn}",
    "motion export": "motion export {text} --to trc -o {drawn}",
    "retention run": "retention run",
    "accounts list": "accounts list",
    "accounts add": "accounts add 'two words' Lan --role coach",
    "accounts roles": "accounts roles nobody --role coach",
    "accounts email": "accounts email nobody",
    "accounts password": "accounts password nobody",
    "accounts disable": "accounts disable tuyet",
    "accounts enable": "accounts enable nobody",
    "accounts sessions": "accounts sessions --end nobody",
    "accounts sign-ins": "accounts sign-ins",
    "accounts session": "accounts session nobody",
    "ledger check": "ledger check {text}",
    "verify": "verify {absent}",
    "demo": "demo",
    "schema": "schema nothing",
    "match new": "match new Huế {absent}",
    "match add": "match add nothing {video}",
    "match list": "match list",
    "match show": "match show nothing",
    "match report": "match report nothing --out {absent}",
    "match delete": "match delete nothing",
    "match restore": "match restore nothing",
    "tournament new": "tournament new ''",
    "tournament list": "tournament list",
    "tournament show": "tournament show nothing",
    "tournament edit": "tournament edit cup --starts 2026-13-01",
    "tournament add": "tournament add cup nothing",
    "tournament remove": f"tournament remove cup {DEMO}",
    "tournament fixtures": "tournament fixtures cup {fixtures}",
    "tournament undo": "tournament undo cup --to 99",
    "tournament put-away": "tournament put-away nothing",
    "tournament restore": "tournament restore nothing",
    "tournament incidents": "tournament incidents",
    "match export": "match export nothing --out {absent}",
    "match import": "match import {text}",
    "match add-media": f"match add-media {DEMO} {{text}}",
    "match check": "match check nothing",
    "models get": "models get nothing",
    "datasets get": "datasets get nothing",
    "incident list": "incident list nothing",
    "match marks": f"match marks {DEMO} cam2",
    "incident scene": f"incident scene {DEMO} 2",
    "frame": "frame {video} --frame 900 --out {picture}",
    "incident export": "incident export nothing 1 --out {absent}",
    "signing show": "signing show",
    "signing set": "signing set --timestamp ftp://tsa.example/",
    "signing test": "signing test",
    "people": "people {text}",
    "lens": "lens {text}",
    "calibrate": "calibrate {few} --picture-size 1920x1080",
    "follow": "follow {video} {camera} --frame 900",
    "bundle": "bundle {text}",
    "project": "project {camera} --points {absent}",
    "ground": "ground {absent} --pixels {pixels}",
    "offside": "offside {text}",
    "goal-line": "goal-line {text}",
    "scene": "scene {scene} --out {absent}.gif",
    "area": "area {text}",
    "load": "load {text}",
    "foul import": "foul import {text}",
    "foul export": "foul export nothing --out {absent}",
    "foul review": f"foul review {FOUL} 7",
    "foul label": f"foul label {FOUL} 1 Severity 9.0",
    "import": "import {absent}",
    "hrv": "hrv {absent}",
    "motion measure": "motion measure {text} --movement squat",
    "session list": "session list --athlete nobody",
    "session show": "session show nothing",
    "session delete": "session delete nothing",
    "session restore": "session restore nothing",
    "motion list": "motion list --athlete nothing",
    "motion show": "motion show nothing",
    "motion add": "motion add {text} --movement cmj",
    "motion run": "motion run nothing",
    "motion measure-again": "motion measure-again nothing",
    "motion remove": "motion remove nothing",
    "motion restore": "motion restore nothing",
    "motion report": "motion report nothing -o {absent}.pdf",
    "motion clip": "motion clip nothing -o {absent}.mp4",
    "training report": f"training report --athlete {ATHLETE_ID} --out {{absent}}.docx",
    "athlete list": "athlete list",
    "athlete show": "athlete show nothing",
    "athlete add": "athlete add ' '",
    "athlete import": "athlete import {text}",
    "athlete export": "athlete export nothing --out {absent}",
    "athlete erase": f"athlete erase {ATHLETE_ID}",
    "athlete consent": "athlete consent nothing",
    "athlete access": "athlete access nothing",
    "athlete rules": "athlete rules --least-athletes 2",
    "athlete months": "athlete months",
    "athlete seal": "athlete seal",
    "session export": "session export nothing --out {absent}",
    "decode": "decode 0x2AFF 00",
    "record": "record --roster {text}",
    "live list": "live list",
    "live show": "live show nothing",
    "live report": "live report nothing",
    "live stop": "live stop nothing",
    "live export": "live export nothing",
    "live keep": "live keep nothing",
    "live roster": "live roster nothing --out {absent}",
    "moment": "moment {tied} --match-time 3",
    "capture": "capture nothing --status",
    "sync": "sync {absent} {absent}",
    "serve": "serve --port 99999",
    "bookmarks": "bookmarks nothing",
    "looks": "looks nothing",
    "reviews": f"reviews {DEMO} --case r-1",
    "rules list": "rules list --sport nothing",
    "rules check": "rules check {text}",
}
NEVER_REFUSES = {"datasets list", "models list", "motion joints"}
WITHOUT_A_FOLDER = {
    "athlete list",
    "athlete access",
    "athlete months",
    "athlete seal",
    "retention show",
    "retention run",
    "demo",
    "match list",
    "tournament list",
    "accounts list",
    "accounts sign-ins",
    "signing show",
    "signing test",
    "live list",
}


def told(document: Any) -> dict[str, str]:
    """``code`` and ``detail`` of the refusal that a document is or holds."""
    if isinstance(document, list):
        document = document[0]
    if document.get("refused"):
        document = document["refused"][0]
    return {"code": document.get("code") or document["reason"], "detail": document["detail"], "hint": document["hint"]}


def test_every_command_is_refused_here_or_named() -> None:
    assert set(REFUSALS) | NEVER_REFUSES == set(LEAVES)


@pytest.mark.parametrize("leaf", REFUSALS)
def test_a_refusal_is_an_answer_in_either_language(
    leaf: str, run: Run, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if leaf in WITHOUT_A_FOLDER:
        monkeypatch.setenv("TOUCHLINE_HOME", files["text"])  # a file where the data folder should be
    vi, en = (run(REFUSALS[leaf], lang) for lang in LANGUAGES)
    for document in (vi, en):
        assert any(fits(document, name) for name in [*printed_by(leaf), "refused"]), json.dumps(document)[:2000]
    assert told(vi)["code"] == told(en)["code"]
    for part in ("detail", "hint"):
        assert told(vi)[part] != told(en)[part]
        assert ".errors." not in told(vi)[part] + told(en)[part]  # a key instead of a text


@pytest.mark.parametrize("leaf", LEAVES)
def test_misuse_ends_with_two_and_prints_no_document(leaf: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*leaf.split(), "--no-such-option", "--json"])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: touchline" in said.err


@pytest.mark.parametrize("line", ["", "nothing", "match", "match show", "match show x --lang fr"])
def test_an_unfinished_or_unknown_command_is_misuse(line: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(line.split())
    assert end.value.code == 2


def test_a_document_that_nobody_can_read_to_its_end_is_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000, "utf-8")
    assert run(f"offside {tmp_path / 'deep.json'}")["code"] == "not_json"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_of_another_alphabet_stops_nothing(encoding: str, home: Path, tmp_path: Path) -> None:
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/n\xff.mp4")
    for line in (["match", "list"], ["match", "new", "x", odd]):
        for form in ([], ["--json"]):
            done = subprocess.run(
                [sys.executable, "-c", start, *line, *form],
                capture_output=True,
                check=False,
                env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            )
            assert done.returncode == 0, done.stderr
            if form:
                assert strict(done.stdout.decode("utf-8"))


def test_a_reader_that_goes_away_is_no_fault(home: Path) -> None:
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", start, "match", "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("line", "code", "schema"),
    [("schema --json", 0, "schema_list"), ("match show nothing --json", 0, "refused"), ("match show", 2, None)],
)
def test_the_process_keeps_the_same_contract(line: str, code: int, schema: str | None, home: Path) -> None:
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", start, *line.split()], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == code
    if schema is None:
        assert done.stdout == ""
    else:
        assert fits(strict(done.stdout), schema)
        assert bool(done.stderr) is (schema == "refused")
