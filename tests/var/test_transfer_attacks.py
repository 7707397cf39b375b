"""Packages of matches with which a review of the code broke in, and imports that were killed half way."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from keeping_home import add_match
from package_files import make_package, seal
from package_files import ours as incident_signers
from test_bookmarks import keep_match
from test_transfer_hostile import refused, rewritten
from transferring import copy_of, full, moved, recorded, sent, trusting

from touchline.backup import back_up, restore
from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of
from touchline.ledger import Ledger, Status, installation_key, ledger_path, write_slice
from var.archive import Archive
from var.evidence.checking import verify
from var.evidence.entries import write_entries
from var.evidence.entries_checking import Wanted, check_entries, log_of
from var.evidence.limits import LIMITS
from var.evidence.verdict import Found as Verified
from var.evidence.verdict import Status as Found
from var.transfer import importing
from var.transfer.importing import import_match, look_at
from var.transfer.standing import standing


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path, Path]:
    """A home with a match of two small recordings, its identifier, its package without them, and one with them."""
    place = tmp_path_factory.mktemp("attacked")
    match_id = recorded(place / "a", place / "files")
    bare = sent(place / "a", match_id, place / "bare").path
    return place / "a", match_id, bare, sent(place / "a", match_id, place / "out", media=True, form="folder").path


def test_a_match_beside_the_report_of_an_incident_is_not_taken_in_unchecked(
    filmed: tuple[Path, str, Path, Path], tmp_path: Path
) -> None:
    """The check saw the report alone, and the import moved any file that the match's record named."""
    _, _, _, whole = filmed
    folder = make_package(tmp_path / "report", incident_signers())
    record = json.loads((whole / "data" / "match.json").read_text("utf-8"))
    precious = tmp_path / "precious.txt"
    precious.write_text("whatever lies on this machine")
    record["ledgers"] = [{"file": str(precious), "ledger": "0" * 32, "n": 1, "sha256": "0" * 64}]
    for clip in record["clips"]:
        clip["recording"]["file"] = None
    (folder / "data" / "match.json").write_text(json.dumps(record), "utf-8")
    for name in ("entries.jsonl", "bodies.jsonl", "looks.jsonl"):
        (folder / "data" / name).write_bytes(b"")
    shutil.copytree(whole / "data" / "frames", folder / "data" / "frames")
    seal(folder, incident_signers())
    trust = incident_signers().trust()
    assert verify(folder, trust).status is Found.INTACT
    archive = Archive(tmp_path / "b")
    assert look_at(archive, folder, trust).name is None
    assert refused(archive, folder, trust=trust) == "no_match_package"
    assert precious.exists()


def test_only_the_recording_that_a_match_was_made_of_fills_it(
    filmed: tuple[Path, str, Path, Path], tmp_path: Path
) -> None:
    home, match_id, bare, whole = filmed
    archive = Archive(tmp_path / "b")
    import_match(archive, bare, trust=trusting(home))
    forged = Path(shutil.copytree(whole, tmp_path / whole.name))
    film = forged / "data" / "media" / "cam1.mp4"
    film.write_bytes(film.read_bytes() + b"another")

    def swap(record: dict[str, Any]) -> None:
        for clip in record["clips"]:
            if clip["camera"] == "cam1":
                clip.update(sha256=sha256_of(film), file_sha256="")
                clip["recording"].update(sha256=sha256_of(film), bytes=film.stat().st_size)

    rewritten(forged, home, swap)
    with pytest.raises(BadFile) as fault:
        import_match(archive, forged, trust=trusting(home), untrusted=True)
    assert fault.value.name == "package_not_intact"  # the ledger tells of another one
    assert not archive.match(match_id).clip("cam1").path.exists()
    stranger = Archive(tmp_path / "c")  # whose own ledger tells of another one
    import_match(stranger, bare, trust=trusting(home))
    with stranger.changing() as change:
        told = {"camera": "cam1", "sha256": sha256_of(film), "file_sha256": ""}
        change.tell(match_id, "media", told)
        change.connection.execute(
            "UPDATE clip SET sha256 = ?, file_sha256 = '' WHERE camera_id = 'cam1'", (sha256_of(film),)
        )
    other = sent(stranger.home, match_id, tmp_path / "out").path
    with pytest.raises(BadFile) as fault:
        import_match(archive, other, trust=trusting(home), untrusted=True, update=True)
    assert (fault.value.name, fault.value.params["fault"]) == ("transfer_record", "cam1: another recording")
    assert import_match(archive, whole, trust=trusting(home)).outcome == "filled"


def test_no_entry_is_about_an_incident_of_another_match(tmp_path: Path) -> None:
    """Two matches with entries on one incident, and the incident is found in neither or the wrong one."""
    archive = add_match(tmp_path / "b", "ours")
    incident = archive.add_incident("ours", at_s=Fraction(1), by="Lan")
    stranger = add_match(tmp_path / "a", "a-first")
    with stranger.adding() as add:
        add("a-first", incident.id, "question", {"kind": "offside"}, "")
    package = sent(stranger.home, "a-first", tmp_path / "out").path
    with pytest.raises(BadFile) as fault:
        import_match(archive, package, trust=trusting(stranger.home))
    assert fault.value.name == "transfer_entry"
    assert archive.incident(incident.id).match_id == "ours"


def test_a_recording_may_not_end_as_what_lies_beside_it(filmed: tuple[Path, str, Path, Path], tmp_path: Path) -> None:
    home, match_id, _, whole = filmed
    for ending in ("frames", "proxy"):
        forged = Path(shutil.copytree(whole, tmp_path / ending / whole.name))
        (forged / "data" / "media" / "cam1.mp4").rename(forged / "data" / "media" / f"cam1.{ending}")
        path = forged / "data" / "match.json"
        path.write_text(path.read_text("utf-8").replace('"media/cam1.mp4"', f'"media/cam1.{ending}"'), "utf-8")
        rewritten(forged, home, lambda record: None)
        archive = Archive(tmp_path / ending / "b")
        import_match(archive, forged, trust=trusting(home))
        clip = archive.match(match_id).clip("cam1")
        assert clip.path.name == "cam1.bin"
        assert clip.table is not None
        assert len({clip.path, clip.proxy, clip.table}) == 3
        assert sha256_of(clip.path) == clip.sha256


def test_an_update_that_was_cut_off_is_taken_in_with_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its ledgers lay there and its entries did not: the next one found nothing new in it, for ever."""
    full(tmp_path / "a")
    moved(tmp_path / "a", tmp_path / "b", "m", tmp_path / "out")
    here, there = Archive(tmp_path / "a"), Archive(tmp_path / "b")
    here.add_incident("m", at_s=Fraction(1), by="Lan")
    package = sent(here.home, "m", tmp_path / "out").path

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(importing, "replace_rows", die)
        with pytest.raises(KeyboardInterrupt):
            import_match(there, package, trust=trusting(here.home), update=True)
    with pytest.raises(BadValue) as fault:
        import_match(there, package, trust=trusting(here.home))
    assert fault.value.name == "match_has_more"
    assert import_match(there, package, trust=trusting(here.home), update=True).new_entries == 1
    assert there.entries("m") == here.entries("m")
    assert standing(there, "m").status is Status.INTACT


def test_a_backup_with_a_match_that_has_another_name_here_is_restored(tmp_path: Path) -> None:
    """Its ledger names it as where it came from: every restore of that backup was refused."""
    home, other = tmp_path / "a", Archive(tmp_path / "b")
    full(home)
    keep_match(other.home)
    came = moved(home, other.home, "m", tmp_path / "out")
    assert came.match_id != "m"
    restore(back_up(other.home, tmp_path / "backups").path, tmp_path / "c")
    assert standing(Archive(tmp_path / "c"), came.match_id).status is Status.INTACT
    assert Archive(tmp_path / "c").entries(came.match_id) == other.entries(came.match_id)


def test_the_ledger_knows_which_recording_people_saw(filmed: tuple[Path, str, Path, Path], tmp_path: Path) -> None:
    """Whoever has a trusted key, or the database: another film under its own hash was intact everywhere."""
    home, match_id, _, whole = filmed
    forged = Path(shutil.copytree(whole, tmp_path / whole.name))
    film = forged / "data" / "media" / "cam1.mp4"
    film.write_bytes(film.read_bytes() + b"another")
    digest = sha256_of(film)

    def swap(record: dict[str, Any]) -> None:
        for clip in record["clips"][:1]:
            clip.update(sha256=digest, file_sha256=digest)
            clip["recording"].update(sha256=digest, bytes=film.stat().st_size)

    verdict = verify(rewritten(forged, home, swap), trusting(home))
    assert [each.code for each in verdict.findings if each.status is Found.TAMPERED] == ["recording_not_in_ledger"]
    assert refused(Archive(tmp_path / "b"), forged, trust=trusting(home)) == "package_not_intact"
    archive = Archive(copy_of(home, tmp_path / "a"))
    assert standing(archive, match_id).status is Status.INTACT
    shutil.copyfile(film, archive.match(match_id).clip("cam1").path)
    with archive.store.write() as connection:
        connection.execute("UPDATE clip SET sha256 = ?, file_sha256 = ? WHERE camera_id = 'cam1'", (digest, digest))
    found = standing(archive, match_id)
    assert (found.status, found.foreign) == (Status.BROKEN, ("cam1",))
    with pytest.raises(BadFile) as fault:
        sent(archive.home, match_id, tmp_path / "none", media=True)
    assert fault.value.name == "transfer_other_recording"


def test_a_match_that_went_and_came_back_is_not_called_tampered_in_its_report(tmp_path: Path) -> None:
    """What its ledger knows one by one is also under the hash of the state in which it came back."""
    (tmp_path / "a").mkdir()
    here = keep_match(tmp_path / "a")
    here.add_incident("m", at_s=Fraction(1), by="Lan")
    moved(here.home, tmp_path / "b", "m", tmp_path / "out")
    there = Archive(tmp_path / "b")
    there.add_incident("m", at_s=Fraction(2), by="Ánh")
    for one, other in ((there, here), (here, there)):
        import_match(other, sent(one.home, "m", tmp_path / "out").path, trust=trusting(one.home), update=True)
        other.add_incident("m", at_s=Fraction(3), by="Lan")
    for archive in (here, there):
        path, slice_, file = ledger_path(archive.home, "m"), tmp_path / "slice.jsonl", tmp_path / "entries.jsonl"
        newest = Ledger.open(path, installation_key(archive.home), subject="m").checkpoint()
        write_slice(path, 0, newest.n - 1, slice_)
        entries = archive.entries("m")
        write_entries(file, entries)
        wanted = Wanted("m", None, whole=True, count=len(entries), last=entries[-1]["seq"])
        found = Verified()
        check_entries(file, log_of(slice_), wanted, LIMITS, found)
        assert found.findings == []
        file.write_bytes(file.read_bytes().replace(b'"at_s":"1"', b'"at_s":"9"'))
        check_entries(file, log_of(slice_), wanted, LIMITS, found)
        assert "entries_before_differ" in {each.code for each in found.findings}
