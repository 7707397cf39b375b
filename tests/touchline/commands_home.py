"""A small data folder for commands, and a command line that is run with it."""

from __future__ import annotations

import shlex
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from commands_installed import DEMO, FOUL, SCHEMAS, strict
from measured_trials import measured_trial

from athletes.archive import Archive as TrainingArchive
from athletes.demo import build as build_session
from athletes.demo_motion import SETTING as DEMO_MOTION
from athletes.kinematics.model import Movement
from touchline.accounts.kept import Accounts
from touchline.backup import back_up
from touchline.cli import main
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
from var.tournaments.kept import Tournaments
from var.tournaments.model import Official, TeamEntry
from wearables.kept import Sessions, keep_rows
from wearables.model import Frame, MarkKind, Profile, Source, Strap
from wearables.tie import by_hand


@pytest.fixture(scope="session")
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
