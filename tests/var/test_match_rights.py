"""Who may change what of matches: every method that changes something, for every role, on a real store."""

from __future__ import annotations

import contextlib
import inspect
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rights_home import (
    FULL,
    FVS,
    GONE,
    KEPT,
    LETTERS,
    NAME,
    NEW,
    acting,
    another,
    bodies,
    clear,
    contents,
    furnish,
    somebody,
    spot,
)
from test_bookmarks import SHA, clip

from touchline.errors import BadFile, NotFound
from touchline.jobs import Jobs
from touchline.rights import NotAllowed, Person
from touchline.timebase import ClockMap
from var import bookmarks, looks
from var.archive import Archive
from var.capture import control
from var.decisions.kept import Reviewing, sitting
from var.decisions.model import Actor, Ruling
from var.evidence.match_package import export_match_report
from var.evidence.package import export_package
from var.export.numbers import write_numbers
from var.foul import noting
from var.foul.importing import relabel
from var.foul.kept import CLIPS_CAME
from var.foul.law12 import BY_KEY
from var.foul.notes import Who
from var.incident_table.files import write_table
from var.incident_table.rows import incident_counts, incident_table, reports_of
from var.ingest import Source, add_angles, ingest
from var.jobs import STARTING
from var.model import AttackDirection, BodyPart, Question, Setup
from var.model import Role as Player
from var.sync import saved as sync
from var.sync.model import Estimate, Method, Status
from var.tournaments.filling import fill_matches
from var.tournaments.kept import Tournaments
from var.tournaments.model import Fixture, Tournament
from var.transfer.exporting import export_match
from var.transfer.importing import import_match
from var.transfer.recordings import add_media

Act = Callable[[Path, Person | None, dict[str, Any]], object]
PICTURE, ITEM = ("cam2", 30), next(iter(BY_KEY))
KICK: dict[str, Any] = {"camera_id": "cam2", "frame": 30, "sha256": SHA}
LOOK = looks.Batch("0123456789abcdef", 1, (looks.Look("cam1", 1, 2, 0.0, 900),))
ESTIMATE = Estimate(Method.FLASH, Status.OK, Fraction(1, 2), Fraction(1), 0.001, 0.9)
VAR, REFEREE, REPLAY = Actor(NAME, "var"), Actor(NAME, "referee"), Actor(NAME, "replay_operator")
COACH = Actor("HLV Minh", "coach", "home")
FACTS = {**clear(FULL), "situation": "penalty_foul"}
SENT = {"name": "bookmark", "id": NEW, "tag": None, "ends": None, "camera": "cam2", "frame": 30, "sha256": SHA}


def archived(act: Callable[[Archive, dict[str, Any]], object]) -> Act:
    return lambda home, who, known: act(Archive(home, who), known)


def reviewed(act: Callable[[Reviewing], object]) -> Act:
    return lambda home, who, known: act(acting(home, who))


def worked(act: Callable[[Jobs, dict[str, str]], object]) -> Act:
    return lambda home, who, known: act(Jobs(home, who), known["jobs"])


def adding(archive: Archive, known: dict[str, Any]) -> None:
    with archive.adding() as add:
        add("m", None, "bookmark", {"id": NEW}, "")


def imported(archive: Archive, known: dict[str, Any]) -> None:
    path = archive.home.parent / "offsets.json"
    sync.export_file(Archive(archive.home), "m", path)
    sync.import_file(archive, "m", path)


def held(act: Callable[[Tournaments, dict[str, Any]], object]) -> Act:
    return lambda home, who, known: act(Tournaments(Archive(home, who)), known)


def renamed(tournaments: Tournaments, known: dict[str, Any]) -> object:
    before = Tournaments(Archive(tournaments.matches.home)).find(known["cup"]).tournament
    return tournaments.save(replace(before, note="mưa"))


def filling(archive: Archive, known: dict[str, Any]) -> object:
    return fill_matches(archive, Tournaments(Archive(archive.home)).find(known["cup"]), ["m"])


def tabled(archive: Archive, known: dict[str, Any]) -> object:
    table = incident_table(Archive(archive.home), tournament_id=known["cup"])
    return write_table(archive, table, archive.home / "incidents.csv", "vi")


TABLE: dict[str, tuple[str, Act]] = {
    # incidents and what is marked of them
    "add_incident": ("RO", archived(lambda a, k: a.add_incident("m", at_s=Fraction(1)))),
    "remove_incident": ("RO", archived(lambda a, k: a.remove_incident(k["open"]))),
    "restore_incident": ("RO", archived(lambda a, k: a.restore_incident(k["gone"]))),
    "set_kick": ("RO", archived(lambda a, k: a.set_kick(k["open"], **KICK))),
    "set_attack": ("RO", archived(lambda a, k: a.set_attack(k["open"], AttackDirection.LEFT))),
    "ask": ("RO", archived(lambda a, k: a.ask(k["open"], Question.BALL))),
    "mark_spot": ("RO", archived(lambda a, k: a.mark_spot(k["open"], "ball_click", spot()))),
    "mark_body": ("RO", archived(lambda a, k: a.mark_body(k["open"], Player.ATTACKER, BodyPart.TOE, spot()))),
    "mark_pitch": ("RO", archived(lambda a, k: a.mark_pitch("m", "centre_spot", (0, 0, 0), spot()))),
    "mark_line": ("RO", archived(lambda a, k: a.mark_line("m", "halfway_line", spot()))),
    "clear_pitch_marks": ("RO", archived(lambda a, k: a.clear_pitch_marks("m", "cam2"))),
    "remove": ("RO", archived(lambda a, k: a.remove("m", k["pitch"]))),
    "restore": ("RO", archived(lambda a, k: a.restore("m", k["undone"]))),
    "undo": ("RO", archived(lambda a, k: a.undo("m", k["open"]))),
    "adding": ("RO", archived(adding)),
    "add_entry": ("RO", archived(lambda a, k: a.add_entry("m", "refinement", {"camera": "cam2"}))),
    "add_entry decision": ("R", archived(lambda a, k: a.add_entry("m", "decision", {}, incident_id=k["open"]))),
    "decide": ("R", archived(lambda a, k: a.decide(k["open"], "offside", by="anybody"))),
    # annotated fouls
    "add_foul": ("ROG", archived(lambda a, k: a.add_foul("m", at_s=Fraction(1), annotation=k["body"]))),
    "clips came": (
        "ROG",
        archived(lambda a, k: a.add_entry("m", CLIPS_CAME, {"cameras": [None] * 3}, incident_id=k["foul"])),
    ),
    "relabel": ("R", archived(lambda a, k: relabel(a, "m", k["foul"], "Severity", "1.0"))),
    "undo a label": ("R", archived(lambda a, k: a.undo("m", k["foul"]))),
    "restore a label": ("R", archived(lambda a, k: a.restore("m", k["label"]))),
    # the review of a foul
    "mark_contact": ("RO", archived(lambda a, k: noting.mark_contact(a, k["foul"], **KICK))),
    "keep_frame": ("RO", archived(lambda a, k: noting.keep_frame(a, k["foul"], **KICK))),
    "drop_frame": ("RO", archived(lambda a, k: noting.drop_frame(a, k["foul"], PICTURE))),
    "order_frames": ("RO", archived(lambda a, k: noting.order_frames(a, k["foul"], [PICTURE]))),
    "choose_best": ("RO", archived(lambda a, k: noting.choose_best(a, k["foul"], *PICTURE))),
    "mark_person": ("RO", archived(lambda a, k: noting.mark_person(a, k["foul"], Who.ATTACKER, spot()))),
    "answer": ("R", archived(lambda a, k: noting.answer(a, k["foul"], ITEM, BY_KEY[ITEM].words[0]))),
    "undo an answer": ("R", archived(lambda a, k: a.undo("m", k["foul"]))),
    # matches and recordings
    "claim_id": ("ROG", archived(lambda a, k: a.claim_id("Neu"))),
    "add_match": ("ROG", archived(lambda a, k: a.add_match(another(a.home)))),
    "add_clip": ("ROG", archived(lambda a, k: a.add_clip("m", clip("cam3", Fraction(0))))),
    "end_recording": ("ROG", archived(lambda a, k: a.end_recording("m", "cam1", "cd" * 32))),
    "ingest": ("ROG", archived(lambda a, k: ingest(a, "Neu", [Source(a.home / "none.mp4")]))),
    "add_angles": ("ROG", archived(lambda a, k: add_angles(a, "m", [Source(a.home / "none.mp4")]))),
    "save_setup": ("ROG", archived(lambda a, k: a.save_setup("m", Setup(venue="Vinh")))),
    "save_clip": ("RO", archived(lambda a, k: a.save_clip("m", "cam1", to_match=ClockMap(Fraction(9))))),
    "set_master": ("RO", archived(lambda a, k: a.set_master("m", "cam2"))),
    "delete_match": ("G", archived(lambda a, k: a.delete_match("m"))),
    "restore_match": ("G", archived(lambda a, k: a.restore_match("away"))),
    "purge_match": ("G", archived(lambda a, k: a.purge_match("m"))),
    # a match to and from another machine
    "export_match": ("ROG", archived(lambda a, k: export_match(a, "m", a.home / "out", media=False, sign=False))),
    "import_match": ("ROG", archived(lambda a, k: import_match(a, a.home / "none.zip"))),
    "add_media": ("ROG", archived(lambda a, k: add_media(a, "m", [a.home / "none.mp4"]))),
    # bookmarks, looks, clocks, reports
    "bookmarks.add": ("RO", archived(lambda a, k: bookmarks.add(a, "m", at_s=Fraction(1), bookmark_id=NEW))),
    "bookmarks.change": ("RO", archived(lambda a, k: bookmarks.change(a, "m", KEPT, note="x"))),
    "bookmarks.remove": ("RO", archived(lambda a, k: bookmarks.remove(a, "m", KEPT))),
    "bookmarks.restore": ("RO", archived(lambda a, k: bookmarks.restore(a, "m", GONE))),
    "bookmarks.act": ("RO", archived(lambda a, k: bookmarks.act(a, "m", SENT))),
    "looks.add": ("RO", archived(lambda a, k: looks.add(a, "m", LOOK))),
    "sync.save": ("RO", archived(lambda a, k: sync.save(a, "m", "cam1", {"cam2": ESTIMATE}))),
    "sync.nudge": ("RO", archived(lambda a, k: sync.nudge(a, "m", "cam2", frames=1))),
    "sync.undo": ("RO", archived(lambda a, k: sync.undo(a, "m", "cam2"))),
    "sync.import_file": ("RO", archived(imported)),
    "write_numbers": ("ROG", archived(lambda a, k: write_numbers(a, "m", a.home / "numbers.pdf", lang="vi"))),
    "export_package": (
        "ROG",
        archived(lambda a, k: export_package(a, "m", "i-none", a.home / "reports", lang="vi", sign=False)),
    ),
    "export_match_report": (
        "ROG",
        archived(lambda a, k: export_match_report(a, "none", a.home / "reports", lang="vi")),
    ),
    # reviews
    "Reviewing.open": ("R", reviewed(lambda r: r.open(FULL, VAR, known=FACTS))),
    "Reviewing.open for a team": ("RO", reviewed(lambda r: r.open(FVS, COACH, request="coach"))),
    "Reviewing.take": ("R", reviewed(lambda r: r.take("r-1", "recommend", VAR))),
    "Reviewing.tell": ("RO", reviewed(lambda r: r.tell("r-1", REPLAY, {"restarted": True}))),
    "Reviewing.tell thresholds": ("R", reviewed(lambda r: r.tell("r-1", VAR, {"thresholds": {}}))),
    "Reviewing.override": ("R", reviewed(lambda r: r.override("r-1", VAR, question="intensity", why="một góc"))),
    "Reviewing.amend": ("R", reviewed(lambda r: r.amend("r-3", REFEREE, ruling=Ruling(sanction="caution"), why="thẻ"))),
    "Reviewing.undo": ("R", reviewed(lambda r: r.undo("r-3", REFEREE))),
    "Reviewing.fail": ("RO", reviewed(lambda r: r.fail(FULL, REPLAY))),
    "Reviewing.resume": ("RO", reviewed(lambda r: r.resume(FULL, REPLAY))),
    # tournaments
    "Tournaments.new": ("ROG", held(lambda t, k: t.new("Giải mới"))),
    "Tournaments.keep": ("ROG", held(lambda t, k: t.keep(Tournament("x", "Giải mới")))),
    "Tournaments.save": ("ROG", held(renamed)),
    "Tournaments.add": ("ROG", held(lambda t, k: t.add(k["cup"], ["m"], placing={"round": "2"}))),
    "Tournaments.remove": ("ROG", held(lambda t, k: t.remove(k["cup"], "m"))),
    "Tournaments.plan": ("ROG", held(lambda t, k: t.plan(k["cup"], [Fixture("f-2", home="Huế")]))),
    "Tournaments.drop": ("ROG", held(lambda t, k: t.drop(k["cup"], k["planned"]))),
    "Tournaments.back_to": ("ROG", held(lambda t, k: t.back_to(k["cup"]))),
    "Tournaments.put_away": ("G", held(lambda t, k: t.put_away(k["cup"]))),
    "Tournaments.restore": ("G", held(lambda t, k: t.restore(k["away cup"]))),
    "Tournaments.purge": ("G", held(lambda t, k: t.purge(k["cup"]))),
    "fill_matches": ("ROG", archived(filling)),
    "write_table": ("ROG", archived(tabled)),
    # long work and captures
    **{
        f"Jobs.enter {kind}": (who, worked(lambda j, k, kind=kind: j.enter(kind, {})))  # type: ignore[misc]
        for who, kinds in {
            "ROG": (
                "ingest",
                "dataset",
                "proxies",
                "report",
                "match_report",
                "scene",
                "match_export",
                "match_look",
                "match_import",
            ),
            "RO": ("sync", "follow", "assist_people", "assist_kick"),
            "D": ("backup", "backup_check"),
            "G": ("retention",),
        }.items()
        for kind in kinds
    },
    "Jobs.stop": ("RO", worked(lambda j, k: j.stop(k["sync"]))),
    "Jobs.stop report": ("ROG", worked(lambda j, k: j.stop(k["report"]))),
    "Jobs.report": ("RO", worked(lambda j, k: j.report(k["sync"], 0.5, "half"))),
    "Jobs.tell": ("RO", worked(lambda j, k: j.tell(k["sync"], {"x": 1}))),
    "Jobs.dismiss": ("RO", worked(lambda j, k: (Jobs(j.home).stop(k["sync"]), j.dismiss(k["sync"])))),
    "Jobs.run": ("RO", worked(lambda j, k: j.run(k["sync"], {"sync": lambda home, arguments, report: {}}))),
    "Jobs.forget": ("RO", worked(lambda j, k: j.forget("only", "this"))),
    "Jobs.forget_running": ("D", worked(lambda j, k: j.forget_running())),
    "control.claim": ("ROG", lambda home, who, known: control.claim(home, "Neu", person=who)),
    "control.stop": ("ROG", lambda home, who, known: control.stop(home, "m", person=who)),
    "control.close": ("ROG", lambda home, who, known: control.close(home, "m", person=who)),
}
"""Each way to change something, with the letters of the roles that may (``rights_home.LETTERS``)."""

BEFORE: dict[str, Act] = {
    "Reviewing.resume": lambda home, who, known: acting(home, None).fail(FULL, REPLAY),
    **dict.fromkeys(
        ("drop_frame", "order_frames", "choose_best"),
        lambda home, who, known: noting.keep_frame(Archive(home), known["foul"], **KICK),
    ),
    "undo an answer": lambda home, who, known: noting.answer(
        Archive(home), known["foul"], ITEM, BY_KEY[ITEM].words[0], by=NAME
    ),
    "undo a label": lambda home, who, known: relabel(Archive(home), "m", known["foul"], "Severity", "1.0"),
    "restore a label": lambda home, who, known: Archive(home).remove("m", known["label"]),
    "Jobs.dismiss": lambda home, who, known: Jobs(home).stop(known["jobs"]["sync"]),
}
"""What has to be so before."""
EXPORTS = ("export_package", "export_match_report")
QUIET = frozenset({"control.stop", "control.close", "ingest", "add_angles", "import_match", "add_media", *EXPORTS})
"""What changes nothing here even for those who may: no camera records, files, incident and match are none."""
NAMING_NOTHING = frozenset({"import_match", "add_media", *EXPORTS})
"""What is refused for what it names, once the rights are asked."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("rights") / "home"
    home.mkdir()
    return home, furnish(home)


@pytest.fixture
def known(furnished: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    return furnished[1]


@pytest.fixture
def home(furnished: tuple[Path, dict[str, Any]], tmp_path: Path) -> Iterator[Path]:
    """A folder of one's own with all of it."""
    before = signal.getsignal(signal.SIGTERM)
    yield Path(shutil.copytree(furnished[0], tmp_path / "home"))
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("name", TABLE)
def test_a_role_changes_what_it_may_and_else_nothing(name: str, letter: str, home: Path, known: dict[str, Any]) -> None:
    may, act = TABLE[name]
    if name in BEFORE:
        BEFORE[name](home, None, known)
    before = contents(home)
    who = somebody(LETTERS[letter])
    if letter not in may:
        with pytest.raises(NotAllowed):
            act(home, who, known)
        assert contents(home) == before
        return
    with contextlib.suppress(NotFound, BadFile) if name in NAMING_NOTHING else contextlib.nullcontext():
        act(home, who, known)
    if name not in QUIET:
        assert contents(home) != before
    assert {by for _, by, _ in bodies(home, len(before["entry"]))} <= {NAME} if name != "purge_match" else True


# ------------------------------------------------------------------ nothing is left out

READS = {
    Archive: "folder free_id camera_ids next_place matches unreadable known match find entries review incidents"
    " incident has_case pitch_marks line_clicks body_marks decisions checked",
    Reviewing: "",
    Tournaments: "all find of_match versions at",
    Jobs: "unseen job newest last",
}
"""What changes nothing, by class."""
ELSEWHERE = {Archive: "changing", Jobs: "start enter"}
"""What is tested by kind, or with its process in ``test_match_rights_kept``; ``changing`` is a transaction like the
store's own, in which the methods of the table do what they have asked for."""


@pytest.mark.parametrize("kind", READS)
def test_every_method_that_changes_something_is_in_the_table(kind: type) -> None:
    methods = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    prefix = "" if kind is Archive else f"{kind.__name__}."
    known = {*READS[kind].split(), *ELSEWHERE.get(kind, "").split()}
    assert known <= methods
    assert {name for name in methods - known if f"{prefix}{name}" not in TABLE} == set()


READING: dict[str, Callable[[Archive, dict[str, Any]], object]] = {
    "matches": lambda a, k: a.matches(),
    "put away": lambda a, k: a.matches(put_away=True),
    "unreadable": lambda a, k: a.unreadable(),
    "match": lambda a, k: a.match("m"),
    "find": lambda a, k: a.find("m"),
    "entries": lambda a, k: a.entries("m"),
    "review": lambda a, k: a.review("m"),
    "incidents": lambda a, k: a.incidents("m"),
    "incident": lambda a, k: a.incident(k["open"]),
    "pitch_marks": lambda a, k: a.pitch_marks("m", "cam2"),
    "line_clicks": lambda a, k: a.line_clicks("m", "cam2"),
    "body_marks": lambda a, k: a.body_marks(k["open"]),
    "has_case": lambda a, k: a.has_case(k["open"]),
    "decisions": lambda a, k: a.decisions(k["open"]),
    "bookmarks": lambda a, k: bookmarks.find(a, "m", KEPT),
    "looks": lambda a, k: looks.looks(a, "m"),
    "clocks": lambda a, k: sync.saved(a, "m"),
    "sitting": lambda a, k: sitting(a, "m"),
    "tournaments": lambda a, k: Tournaments(a).all(),
    "a tournament": lambda a, k: Tournaments(a).find(k["cup"]),
    "a match's tournament": lambda a, k: Tournaments(a).of_match("m"),
    "versions": lambda a, k: Tournaments(a).versions(k["cup"]),
    "a version": lambda a, k: Tournaments(a).at(k["cup"], 1),
    "all incidents": lambda a, k: incident_table(a),
    "incident counts": lambda a, k: incident_counts(a),
    "report counts": lambda a, k: reports_of(a),
    "unseen jobs": lambda a, k: Jobs(a.home, a.person).unseen(STARTING),
    "a job": lambda a, k: Jobs(a.home, a.person).job(k["jobs"]["sync"]),
    "the newest job": lambda a, k: Jobs(a.home, a.person).newest("sync", "match", "m"),
}


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("name", READING)
def test_only_who_may_watch_reads_anything_of_a_match(
    name: str, letter: str, furnished: tuple[Path, dict[str, Any]]
) -> None:
    home, known = furnished
    archive = Archive(home, somebody(LETTERS[letter]))
    if letter in "ROG":
        READING[name](archive, known)
    else:
        with pytest.raises(NotAllowed):
            READING[name](archive, known)


def test_without_a_person_the_owner_of_the_machine_acts(home: Path, known: dict[str, Any]) -> None:
    archive = Archive(home)
    incident = archive.add_incident("m", at_s=Fraction(1), by="Ánh")
    assert archive.decide(incident.id, "offside", by="Ánh").decided_by == "Ánh"
    assert archive.undo("m", known["foul"]) == "pitch_mark"
