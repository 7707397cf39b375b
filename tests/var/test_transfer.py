"""A match on another machine with its evidence intact: the same there, gone on with, brought back, filled up."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import fields, replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rights_home import acting, somebody
from test_bookmarks import keep_match
from transferring import copy_of, full, moved, recorded, sent, trusting

from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.ledger import Status, ledger_path, read_line
from touchline.ledger.following import check_earlier
from touchline.rights import NotAllowed, Role
from touchline.store import Store, default_path
from var import bookmarks, looks
from var.archive import Archive
from var.decisions.kept import sitting
from var.decisions.model import Actor
from var.evidence.checking import verify
from var.evidence.package import export_package
from var.evidence.verdict import Status as Found
from var.export.facts import gather as facts_of
from var.export.record import incident_record
from var.sync import saved as sync
from var.transfer.exporting import export_match
from var.transfer.gathering import LEFT, TAKEN
from var.transfer.importing import arrivals, import_match
from var.transfer.recordings import absent, add_media
from var.transfer.standing import standing

Homes = tuple[Path, Path, dict[str, Any]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """A home with the full match, and one that took it in; what is where."""
    place = tmp_path_factory.mktemp("transfer")
    known = full(place / "a")
    moved(place / "a", place / "b", "m", place / "out")
    return place / "a", place / "b", known


@pytest.fixture
def homes(made: Homes, tmp_path: Path) -> Homes:
    """The same, to change."""
    return copy_of(made[0], tmp_path / "a"), copy_of(made[1], tmp_path / "b"), made[2]


def stands(home: Path, match_id: str = "m") -> bool:
    return standing(Archive(home), match_id).status is Status.INTACT


def record(home: Path, incident_id: str) -> dict[str, Any]:
    """The report of an incident as data, without pictures."""
    facts = facts_of(Archive(home), "m", incident_id)
    window = (Fraction(0), Fraction(1))
    return incident_record(facts, lang="vi", written_utc="2026", stills=(), clips=(), window_s=window, files=())


# ------------------------------------------------------------------ the same there


def test_what_people_did_is_the_same_there(made: Homes) -> None:
    here, there = (Archive(home) for home in made[:2])
    assert here.entries("m") == there.entries("m")
    rows = [archive.store.rows("SELECT * FROM entry WHERE match_id = 'm'") for archive in (here, there)]
    assert list(map(tuple, rows[0])) == list(map(tuple, rows[1]))  # to the last sign
    assert here.review("m") == there.review("m")
    assert here.review("m").fouls
    assert here.review("m").bookmarks
    assert here.review("m").decisions
    assert sitting(here, "m") == sitting(there, "m")
    assert len(sitting(there, "m").cases) == 3
    assert looks.looks(here, "m") == looks.looks(there, "m") != []
    assert (looks.lost(here, "m"), looks.lost(there, "m")) == (2, 2)
    assert sync.saved(here, "m") == sync.saved(there, "m") != {}


def test_the_match_and_its_angles_are_the_same_there(made: Homes) -> None:
    here, there = (Archive(home).match("m") for home in made[:2])
    paths = {"path", "proxy", "table"}
    for one, other in zip(here.clips, there.clips, strict=True):
        for field in fields(one):
            if field.name not in paths:
                assert getattr(one, field.name) == getattr(other, field.name)
    assert replace(here, clips=there.clips) == there


def test_the_report_of_an_incident_is_the_same_there(made: Homes) -> None:
    home, other, known = made
    for incident in (known["open"], known["foul"]):
        assert record(home, incident) == record(other, incident)
        assert record(home, incident)["match"]["id"] == "m"


def test_the_ledger_of_before_lies_unchanged_beside_the_new_one_which_names_it(made: Homes) -> None:
    home, other, _ = made
    path = ledger_path(other, "m")
    lines = [read_line(each) for each in path.read_bytes().splitlines()]
    header, imported = lines[0], next(line for line in lines if line.kind != "checkpoint" and line.n)
    (of_before,) = imported.body["ledgers"]
    kept = path.with_name(f"ledger.from-{of_before['ledger']}.jsonl")
    assert kept.read_bytes() == ledger_path(home, "m").read_bytes()
    last = kept.read_bytes().splitlines()[of_before["n"]]
    assert sha256(last).hexdigest() == of_before["sha256"]
    assert (header.body["subject"], imported.kind, imported.body["match"]) == ("m", "imported", "m")
    assert imported.body["state"]["entries"] == len(Archive(home).entries("m"))
    assert [key["trusted"] for key in of_before["keys"]] == [True]
    assert imported.body["package"] == arrivals(Archive(other), "m")[0]["package"]
    assert imported.body["status"] == "intact"
    assert "Ánh" not in path.read_text("utf-8")  # no names of people
    assert stands(other)
    assert stands(home)


def test_a_check_of_the_ledger_follows_it_to_the_one_of_before(
    homes: Homes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(homes[1]))
    path = ledger_path(homes[1], "m")
    kept = next(path.parent.glob("ledger.from-*.jsonl"))

    def asked() -> tuple[int, Any]:
        code = main(["ledger", "check", "m", "--json"])
        return code, json.loads(capsys.readouterr().out)

    code, found = asked()
    assert (code, [each["status"] for each in found["earlier"]]) == (0, ["intact"])
    before = kept.read_bytes()
    kept.write_bytes(before.replace(b'"incident"', b'"incidenT"', 1))
    code, found = asked()
    assert (code, [each["status"] for each in found["earlier"]]) == (1, ["broken"])
    assert main(["ledger", "check", "m", "--lang", "en"]) == 1
    assert "not intact" in capsys.readouterr().out
    kept.write_bytes(b"".join(before.splitlines(keepends=True)[:-2]))  # cut off before its head
    assert asked()[0] == 1
    kept.unlink()
    code, found = asked()
    assert (code, found["earlier"][0]["last_n"]) == (1, None)
    assert standing(Archive(homes[1]), "m").status is Status.BROKEN


def test_an_entry_that_was_changed_in_the_database_is_not_held(homes: Homes, tmp_path: Path) -> None:
    archive = Archive(homes[1])
    with sqlite3.connect(archive.store.path) as raw:
        raw.execute("DROP TRIGGER entry_stays")
        raw.execute("UPDATE entry SET by = 'ai đó' WHERE match_id = 'm' AND seq = 3")
    found = standing(archive, "m")
    assert (found.status, found.held.strange) == (Status.BROKEN, (3,))
    with pytest.raises(BadFile) as refused:
        sent(homes[1], "m", tmp_path / "none")
    assert refused.value.name == "transfer_not_held"
    assert list((tmp_path / "none").iterdir()) == []


def test_a_new_table_or_column_of_a_match_is_taken_along_or_excused() -> None:
    """Whoever adds one decides whether another machine gets it (``var.transfer.gathering``)."""
    from var.capture.state import Captures

    def of(home: Path) -> dict[str, list[str]]:
        Archive(home), Captures(home)
        store = Store(default_path(home))
        tables = [row["name"] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [row["name"] for row in store.rows(f"PRAGMA table_info({name})")] for name in tables}

    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tables = of(Path(folder))
    assert {name for name, columns in tables.items() if "match_id" in columns or name == "match"} == TAKEN | set(LEFT)
    columns = {name: " ".join(tables[name]) for name in ("match", "clip", "look", "look_lost", "entry")}
    assert columns == {
        "match": "id name origin created_utc setup master deleted_utc known_as",
        "clip": "match_id camera_id position label path proxy sha256 width height tick_s pts to_match timing codec"
        " fixed frames recording file_sha256 sync",
        "look": "seq match_id screen camera_id first_frame last_frame speed looked_ms at_utc moved_ms",
        "look_lost": "match_id screen looks at_utc",
        "entry": "match_id seq incident_id kind body by at_utc account",
    }


# ------------------------------------------------------------------ gone on with


def test_it_is_gone_on_with_there_and_its_evidence_stands(homes: Homes) -> None:
    _, other, known = homes
    archive = Archive(other, somebody(Role.REFEREE))
    last = archive.entries("m")[-1]["seq"]
    archive.decide(known["open"], "onside", by="")
    archive.remove("m", known["pitch"])  # an entry of before
    archive.restore("m", known["undone"])
    bookmarks.add(archive, "m", at_s=Fraction(1))
    acting(other, somebody(Role.REFEREE)).tell("r-1", Actor("Lan", "var"), {"restarted": True})
    added = archive.entries("m")[-5:]
    assert [entry["seq"] for entry in added] == [last + k for k in range(1, 6)]
    assert [entry["account"] for entry in added] == ["p-1"] * 5
    assert [each.outcome for each in archive.review("m").decisions][-2:] == ["offside", "onside"]
    assert archive.review("m").pitch_marks != ()
    assert stands(other)


def test_people_of_there_stay_names_and_are_nobody_of_here(tmp_path: Path) -> None:
    home = tmp_path / "a"
    home.mkdir()
    keep_match(home)
    Archive(home, somebody(Role.REFEREE)).add_incident("m", at_s=Fraction(1))
    moved(home, tmp_path / "b", "m", tmp_path / "out")
    (entry,) = Archive(tmp_path / "b").entries("m")
    assert (entry["by"], entry["account"]) == ("Trần Thị Lan", "p-1")
    assert Store(default_path(tmp_path / "b")).row("SELECT 1 FROM sqlite_master WHERE name = 'account'") is None


def test_it_comes_back_with_what_was_added_and_goes_again(homes: Homes, tmp_path: Path) -> None:
    home, other, known = homes
    archive = Archive(other)
    archive.decide(known["open"], "onside", by="Lan")
    with pytest.raises(BadValue) as refused:
        moved(other, home, "m", tmp_path / "back")
    assert refused.value.name == "match_has_more"
    back = moved(other, home, "m", tmp_path / "back", update=True)
    assert (back.outcome, back.new_entries) == ("updated", 1)
    assert Archive(home).review("m") == archive.review("m")
    assert stands(home)
    with pytest.raises(BadValue) as refused:
        moved(other, home, "m", tmp_path / "back", update=True)
    assert refused.value.name == "match_is_here"
    Archive(home).save_clip("m", "cam2", label="Khán đài B")  # no entry, and yet more
    again = moved(home, other, "m", tmp_path / "again", update=True)
    assert (again.outcome, again.new_entries) == ("updated", 0)
    assert Archive(other).match("m").clip("cam2").label == "Khán đài B"
    assert stands(other)
    assert [len(check_earlier(ledger_path(each, "m"))) for each in (home, other)] == [1, 1]


def test_one_that_was_put_away_is_named_and_older_packages_hold_nothing_new(homes: Homes, tmp_path: Path) -> None:
    home, other, known = homes
    older = sent(home, "m", tmp_path / "older").path
    Archive(home).decide(known["open"], "onside", by="Lan")
    moved(home, other, "m", tmp_path / "out", update=True)
    for _ in range(2):
        with pytest.raises(BadValue) as refused:
            import_match(Archive(other), older, trust=trusting(home), update=True)
        assert refused.value.name == "match_is_here"
        Archive(other).delete_match("m") if Archive(other).find("m") else None
    Archive(other).restore_match("m")
    assert stands(other)


def test_two_that_went_apart_are_not_made_one(homes: Homes, tmp_path: Path) -> None:
    home, other, known = homes
    for each in (home, other):
        Archive(each).decide(known["open"], "onside", by="Lan")
    before = Archive(other).entries("m")
    with pytest.raises(BadValue) as refused:
        moved(home, other, "m", tmp_path / "out", update=True)
    assert refused.value.name == "match_diverged"
    assert Archive(other).entries("m") == before
    assert stands(other)


def test_on_a_third_machine_both_ledgers_of_before_are_followed(homes: Homes, tmp_path: Path) -> None:
    home, other, known = homes
    Archive(other).decide(known["open"], "onside", by="Lan")
    package = sent(other, "m", tmp_path / "out").path
    third = Archive(tmp_path / "c")
    with pytest.raises(TouchlineError) as refused:  # the first ledger is by somebody else
        import_match(third, package, trust=trusting(other))
    assert refused.value.name == "package_untrusted"
    both = replace(trusting(other), roots=(*trusting(other).roots, *trusting(home).roots))
    import_match(third, package, trust=both)
    assert [each.status for each in check_earlier(ledger_path(third.home, "m"))] == [Status.INTACT] * 2
    assert third.review("m") == Archive(other).review("m")
    assert len(arrivals(third, "m")) == 2
    assert stands(third.home)
    assert verify(sent(third.home, "m", tmp_path / "out").path, both).status is Found.UNTRUSTED  # nobody trusts it yet


def test_where_its_identifier_is_taken_it_gets_another_and_its_evidence_keeps_its_own(
    made: Homes, tmp_path: Path
) -> None:
    home, _, known = made
    other = Archive(tmp_path / "b")
    keep_match(other.home)
    came = moved(home, other.home, "m", tmp_path / "out")
    assert came.match_id != "m"
    assert (came.evidence_id, other.match(came.match_id).evidence_id) == ("m", "m")
    assert stands(other.home, came.match_id)
    other.decide(known["open"], "onside", by="Lan")
    assert other.entries(came.match_id)[-1]["match_id"] == came.match_id
    assert other.entries("m") == []
    assert stands(other.home, came.match_id)
    assert facts_of(other, came.match_id, known["open"]).match.evidence_id == "m"
    third = Archive(tmp_path / "c")
    both = replace(trusting(home), roots=(*trusting(home).roots, *trusting(sent_root(other)).roots))
    again = import_match(third, sent(other.home, came.match_id, tmp_path / "out").path, trust=both)
    assert again.match_id == "m"
    assert len(third.entries("m")) == len(other.entries(came.match_id))
    assert stands(third.home)


def sent_root(archive: Archive) -> Path:
    """The home, whose root is made with its first package."""
    from var.evidence.authority import authority

    authority(archive.home)
    return archive.home


def test_one_that_was_removed_for_good_may_come_again(homes: Homes, tmp_path: Path) -> None:
    _, other, _ = homes
    before = Archive(other).review("m")
    Archive(other).purge_match("m")
    assert not Archive(other).known("m")
    assert moved(homes[0], other, "m", tmp_path / "out").outcome == "new"
    assert Archive(other).review("m") == before
    assert stands(other)


def test_only_who_may_sends_and_takes_in(made: Homes, tmp_path: Path) -> None:
    home, other, _ = made
    package = sent(home, "m", tmp_path / "out").path
    for role in Role:
        archive = Archive(tmp_path / role.value, somebody(role))
        if role in (Role.REFEREE, Role.OPERATOR, Role.ORGANISER):
            continue
        with pytest.raises(NotAllowed):
            import_match(archive, package, trust=trusting(home))
        with pytest.raises(NotAllowed):
            export_match(Archive(home, somebody(role)), "m", tmp_path / "none")
        with pytest.raises(NotAllowed):
            add_media(Archive(other, somebody(role)), "m", [package])
    assert not (tmp_path / "none").exists()
    for role in (Role.REFEREE, Role.OPERATOR, Role.ORGANISER):
        assert import_match(Archive(tmp_path / role.value, somebody(role)), package, trust=trusting(home)).match_id


# ------------------------------------------------------------------ recordings


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path]:
    """A home with a match of real recordings, and its package with them."""
    place = tmp_path_factory.mktemp("filmed")
    match_id = recorded(place / "a", place / "files")
    return place / "a", match_id, sent(place / "a", match_id, place / "out", media=True).path


def test_with_its_recordings_it_is_whole_there(filmed: tuple[Path, str, Path], tmp_path: Path) -> None:
    home, match_id, package = filmed
    other = Archive(tmp_path / "b")
    came = import_match(other, package, trust=trusting(home))
    assert came.absent == ()
    for here, there in zip(Archive(home).match(match_id).clips, other.match(match_id).clips, strict=True):
        assert there.path.read_bytes() == here.path.read_bytes()
        assert there.path.is_relative_to(other.folder(match_id))
        assert there.ticks.array.tolist() == here.ticks.array.tolist()
    assert stands(other.home, match_id)
    (incident,) = other.incidents(match_id)
    reports = [
        export_package(
            Archive(each), match_id, incident.id, tmp_path / name, lang="vi", written_utc="2026-11-30T00:00:00+00:00"
        )
        for name, each in (("r1", home), ("r2", other.home))
    ]
    told = [json.loads((each.exported.folder / "data" / "incident.json").read_text("utf-8")) for each in reports]
    for each in told:
        for own in ("evidence", "signatures", "files"):  # of who wrote it
            each.pop(own)
    assert told[0] == told[1]
    assert verify(reports[1].exported.folder, within=False, trusted=trusting(other.home)).status is Found.INTACT


def test_a_folder_is_taken_in_as_a_zip_is(filmed: tuple[Path, str, Path], tmp_path: Path) -> None:
    home, match_id, _ = filmed
    made = sent(home, match_id, tmp_path / "out", media=True, form="folder")
    assert (made.path.is_dir(), made.signature) == (True, None)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{match_id}-match"]
    other = Archive(tmp_path / "b")
    assert import_match(other, made.path, trust=trusting(home)).absent == ()
    assert stands(other.home, match_id)


def test_recordings_come_later_and_only_the_very_files(filmed: tuple[Path, str, Path], tmp_path: Path) -> None:
    home, match_id, package = filmed
    other = Archive(tmp_path / "b")
    came = moved(home, other.home, match_id, tmp_path / "out")
    assert set(came.absent) == {"main", "goal"} == set(absent(other, match_id))
    clips = Archive(home).match(match_id).clips
    forged = tmp_path / "forged.mp4"
    forged.write_bytes(clips[0].path.read_bytes() + b"x")
    for files in ([forged], [clips[0].path, forged]):
        with pytest.raises(BadFile) as refused:
            add_media(other, match_id, files)
        assert refused.value.name == "transfer_no_angle"
        assert len(absent(other, match_id)) == 2
    assert add_media(other, match_id, [clips[0].path]) == {clips[0].camera_id: clips[0].path.name}
    assert absent(other, match_id) == [clips[1].label]
    filled = import_match(other, package, trust=trusting(home))
    assert (filled.outcome, filled.match_id, filled.absent) == ("filled", match_id, ())
    with pytest.raises(BadValue) as again:
        import_match(other, package, trust=trusting(home))
    assert again.value.name == "match_is_here"
    assert stands(other.home, match_id)
    assert not [path for path in other.folder(match_id).rglob(".*") if path.name != ".ledger.lock"]


def test_recordings_that_are_gone_changed_or_growing_are_named(filmed: tuple[Path, str, Path], tmp_path: Path) -> None:
    home, match_id, _ = filmed
    home = copy_of(home, tmp_path / "a")
    archive = Archive(home)
    clip = archive.match(match_id).clips[1]
    before = clip.path.read_bytes()

    def refused() -> str:
        with pytest.raises(TouchlineError) as fault:
            sent(home, match_id, tmp_path / "out", media=True)
        assert list((tmp_path / "out").iterdir()) == []
        return fault.value.name

    clip.path.write_bytes(before[:-1] + b"x")
    assert refused() == "transfer_changed"
    clip.path.unlink()
    assert refused() == "transfer_absent"
    without = sent(home, match_id, tmp_path / "without")
    assert without.absent == (clip.label,)  # and said
    with archive.store.write() as connection:
        connection.execute("UPDATE clip SET recording = 1 WHERE match_id = ?", (match_id,))
    assert refused() == "transfer_records"
    shutil.rmtree(tmp_path / "without")


def test_a_disk_without_room_is_asked_before(
    filmed: tuple[Path, str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, match_id, package = filmed
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=1 << 20))
    with pytest.raises(BadFile) as refused:
        sent(home, match_id, tmp_path / "out", media=True)
    assert (refused.value.name, list((tmp_path / "out").iterdir())) == ("transfer_room", [])
    with pytest.raises(BadFile) as refused:
        import_match(Archive(tmp_path / "b"), package, trust=trusting(home))
    assert refused.value.name == "transfer_room"
    assert Archive(tmp_path / "b").matches() == []


# ------------------------------------------------------------------ commands


def test_the_commands_answer_by_their_schemas_and_say_it_in_words(
    filmed: tuple[Path, str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, match_id, _ = filmed

    def asked(at: Path, line: str, *paths: Path, code: int = 0) -> Any:
        monkeypatch.setenv("TOUCHLINE_HOME", str(at))
        words = [*line.split(), *map(str, paths)]
        assert main([*words, "--json", "--lang", "en"]) == code
        answer = json.loads(capsys.readouterr().out)
        name = {"export": "match_export", "import": "match_import", "add-media": "match_media", "check": "match_check"}
        refused = answer.get("status") == "refused"
        jsonschema.validate(answer, schemas()["refused" if refused else name[words[1]]])
        return answer

    root = home / "keys" / "root.pem"
    out, other = tmp_path / "out", tmp_path / "b"
    made = asked(home, f"match export {match_id} --no-media --out", out)
    assert (made["media"], made["entries"], made["signed"]) == (False, 2, True)
    assert asked(other, "match import", Path(made["path"]))["code"] == "package_untrusted"
    came = asked(other, "match import --trust", root, Path(made["path"]))
    assert (came["outcome"], came["status"], len(came["absent"])) == ("new", "intact", 2)
    clips = Archive(home).match(match_id).clips
    kept = asked(other, f"match add-media {match_id}", clips[0].path)
    assert (list(kept["kept"]), kept["absent"]) == ([clips[0].camera_id], ["goal"])
    assert asked(other, f"match check {match_id}")["status"] == "intact"
    for lang, word in (("vi", "vững"), ("en", "stands")):
        assert main(["match", "check", match_id, "--lang", lang]) == 0
        assert word in capsys.readouterr().out
    assert main(["verify", made["path"], "--trust", str(root)]) == 0
