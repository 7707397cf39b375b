"""Packages of matches that were changed, are somebody else's, or are made to do harm: nothing of them is taken in."""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from package_files import copied
from package_files import ours as incident_signers
from test_bookmarks import keep_match
from transferring import full, recorded, sent, trusting

from touchline.errors import BadFile, NotFound, TouchlineError
from touchline.files import sha256_of
from touchline.ledger import ledger_path
from var.archive import Archive
from var.evidence import layout
from var.evidence.authority import authority
from var.evidence.bag import write_tags
from var.evidence.checking import verify
from var.evidence.limits import LIMITS
from var.evidence.outbox import line_of
from var.evidence.verdict import Refused, Status
from var.transfer import entry_lines
from var.transfer.entry_lines import BadLine, read_entries
from var.transfer.importing import PackageRefused, arrivals, import_match, look_at
from var.transfer.packing import hashes_of
from var.transfer.rows import read_rows


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A home with a match of two small recordings, its package as a folder, and as a zip."""
    place = tmp_path_factory.mktemp("filmed")
    match_id = recorded(place / "a", place / "files")
    folder = sent(place / "a", match_id, place / "folder", media=True, form="folder").path
    return place / "a", folder, sent(place / "a", match_id, place / "zip", media=True).path


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home with everything that people do, and its package as a folder."""
    place = tmp_path_factory.mktemp("full")
    full(place / "a")
    return place / "a", sent(place / "a", "m", place / "out", form="folder").path


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Where nothing may ever come in."""
    archive = Archive(tmp_path_factory.mktemp("empty"))
    authority(archive.home)
    return archive


def nothing_came(archive: Archive) -> bool:
    lying = [path for path in (archive.home / "matches").glob("*") if path.name != ".transfer.lock"]
    tables = ("match", "clip", "entry", "look", "look_lost", "evidence", "arrival")
    return not lying and not any(archive.store.rows(f"SELECT * FROM {table}") for table in tables)


def refused(archive: Archive, path: Path, **how: Any) -> str:
    """The code with which a package is refused; nothing of it came."""
    with pytest.raises(TouchlineError) as fault:
        import_match(archive, path, **how)
    for lang in ("vi", "en"):
        assert "{" not in fault.value.detail(lang) + fault.value.hint(lang)
    assert nothing_came(archive)
    return fault.value.name


def sealed(folder: Path, home: Path | None) -> Path:
    """The tag files of a package written anew, signed by the installation of ``home``."""
    hashes = hashes_of(folder)
    octets = sum((folder / name).stat().st_size for name in hashes)
    by = None if home is None else (authority(home).certificates(), authority(home).ledger_key)
    for path in [*folder.glob("*.sig"), *folder.glob("*.pem")]:
        path.unlink()
    write_tags(folder, hashes, octets, {}, by)
    return folder


def rewritten(folder: Path, home: Path | None, change: Callable[[dict[str, Any]], None]) -> Path:
    """A package with another record, whose files are named as they are, signed anew."""
    data = folder / layout.PAYLOAD
    record = json.loads((data / layout.MATCH).read_text("utf-8"))
    for file in record["files"]:
        path = data / file["path"]
        if path.is_file():
            file.update(sha256=sha256_of(path), bytes=path.stat().st_size)
    change(record)
    (data / layout.MATCH).write_text(json.dumps(record), "utf-8")
    return sealed(folder, home)


# ------------------------------------------------------------------ changed


def test_a_byte_changed_in_any_file_is_refused_by_its_name(
    filmed: tuple[Path, Path, Path], empty: Archive, tmp_path: Path
) -> None:
    home, folder, _ = filmed
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert {"data/match.json", "data/entries.jsonl", "data/bodies.jsonl", "data/looks.jsonl"} < set(files)
    assert {"data/ledger.jsonl", "data/media/cam1.mp4", "data/frames/cam2.frames"} < set(files)
    whole = Path(shutil.copytree(folder, tmp_path / folder.name))
    for name in files:
        path = whole / name
        before = path.read_bytes()
        at = len(before) // 2
        path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :] if before else b"{}\n")
        with pytest.raises(PackageRefused) as fault:
            import_match(empty, whole, trust=trusting(home), untrusted=True)
        assert fault.value.name == "package_not_intact", name
        told = {each.path for each in fault.value.verdict.findings}
        assert told & {name, "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}, (name, told)
        path.write_bytes(before)
    for name in files:
        if name != "certificates.pem":
            (whole / name).rename(tmp_path / "away")
            with pytest.raises(TouchlineError):
                import_match(empty, whole, trust=trusting(home))
            (tmp_path / "away").rename(whole / name)
    (whole / "data" / "more.json").write_text("{}")
    assert refused(empty, whole, trust=trusting(home)) == "package_not_intact"
    (whole / "data" / "more.json").unlink()
    assert nothing_came(empty)
    assert verify(whole, trusting(home)).status is Status.INTACT


def test_a_byte_changed_anywhere_in_a_zip_is_refused(
    filmed: tuple[Path, Path, Path], empty: Archive, tmp_path: Path
) -> None:
    home, _, packed = filmed
    path, content = tmp_path / packed.name, packed.read_bytes()
    shutil.copyfile(f"{packed}.sig", f"{path}.sig")
    for k in range(40):
        at = len(content) * k // 40
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
        assert refused(empty, path, trust=trusting(home), untrusted=True) == "package_not_intact", at
    path.write_bytes(content[:-100])
    assert refused(empty, path, trust=trusting(home)) == "package_not_intact"


# ------------------------------------------------------------------ whose it is


def test_what_nobody_vouches_for_is_taken_only_when_that_is_said_and_stays_said(
    package: tuple[Path, Path], empty: Archive, tmp_path: Path
) -> None:
    home, folder = package
    assert refused(empty, folder) == "package_untrusted"
    assert refused(empty, folder, trust=replace(trusting(home), roots=())) == "package_untrusted"
    unsigned = sealed(Path(shutil.copytree(folder, tmp_path / folder.name)), None)
    assert refused(empty, unsigned, trust=trusting(home)) == "package_unsigned"
    for number, (path, status) in enumerate(((folder, "untrusted"), (unsigned, "unsigned"))):
        other = Archive(tmp_path / str(number))
        assert import_match(other, path, untrusted=True, by="Lan").status == status
        (arrival,) = arrivals(other, "m")
        assert (arrival["status"], arrival["by"]) == (status, "Lan")
        assert f'"status":"{status}"' in ledger_path(other.home, "m").read_text("utf-8")
        from var.transfer.standing import standing

        assert standing(other, "m").status == "untrusted"  # its ledger is nobody's that is trusted


def test_a_stranger_who_signs_a_changed_match_anew_is_found_by_the_ledger(
    package: tuple[Path, Path], empty: Archive, tmp_path: Path
) -> None:
    """Whoever has a trusted key of their own, and the ledger of another installation."""
    home, folder = package
    stranger = Archive(tmp_path / "stranger")
    keep_match(stranger.home)
    forged = Path(shutil.copytree(folder, tmp_path / folder.name))
    entries = forged / "data" / layout.ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b'"outcome":"offside"', b'"outcome":"onside"'))
    both = replace(trusting(home), roots=(*trusting(home).roots, authority_root(stranger)))

    def count(record: dict[str, Any]) -> None:
        record["entries"]["sha256"] = "0" * 64

    verdict = verify(rewritten(forged, stranger.home, count), both)
    assert verdict.findings[0].code == "entry_not_in_ledger"
    assert verdict.findings[0].line is not None
    assert refused(empty, forged, trust=both, untrusted=True) == "package_not_intact"
    lines = entries.read_bytes().splitlines(keepends=True)
    entries.write_bytes(b"".join(lines[:-1]))  # the last decision left out
    verdict = verify(rewritten(forged, stranger.home, count), both)
    assert "entry_missing" in {each.code for each in verdict.findings}
    assert refused(empty, forged, trust=both, untrusted=True) == "package_not_intact"


def authority_root(archive: Archive) -> Any:
    authority(archive.home)
    return trusting(archive.home).roots[0]


def test_another_kind_is_refused_by_its_name(empty: Archive, tmp_path: Path, package: tuple[Path, Path]) -> None:
    from package_files import make_package

    incident = make_package(tmp_path / "incident", incident_signers())
    assert verify(incident, incident_signers().trust()).status is Status.INTACT
    assert refused(empty, incident, trust=incident_signers().trust()) == "no_match_package"
    assert refused(empty, ledger_path(package[0], "m"), trust=trusting(package[0])) == "no_match_package"
    (tmp_path / "text.zip").write_text("kein zip")
    assert refused(empty, tmp_path / "text.zip") == "package_not_intact"
    with pytest.raises(NotFound):
        import_match(empty, tmp_path / "none.zip")
    assert look_at(empty, tmp_path / "text.zip").verdict.status is Status.UNREADABLE
    seen = look_at(empty, package[1], trusting(package[0]))
    assert (seen.name, seen.clips, seen.media, seen.known_here) == ("M", 2, False, None)


# ------------------------------------------------------------------ entries


def entry(**other: Any) -> dict[str, Any]:
    plain = {"seq": 1, "match_id": "m", "incident_id": "i-1", "kind": "incident", "by": "", "at_utc": "2026-01-01"}
    return {**plain, "body": {"kind": "foul", "at_s": "1", "attack": None}, "account": None, **other}


def lines(*entries: dict[str, Any] | bytes) -> io.BytesIO:
    return io.BytesIO(b"".join((each if isinstance(each, bytes) else line_of(each)) + b"\n" for each in entries))


BAD: dict[str, Any] = {
    "another kind": entry(kind="conquest"),
    "another match": entry(match_id="n"),
    "a number that is none": entry(seq="1"),
    "a number too large": entry(seq=1 << 63),
    "a number below": entry(seq=0),
    "a number that is true": entry(seq=True),
    "a path for an incident": entry(incident_id="../../etc"),
    "a field more": line_of(entry()).replace(b'{"account"', b'{"a":1,"account"'),
    "no object": b"[]",
    "no JSON": b"{",
    "a name twice": b'{"seq":1,"seq":1}',
    "spaces": json.dumps(entry(), sort_keys=True).encode(),
    "not a number of JSON": line_of(entry(body={"kind": "x", "at_s": "1", "attack": float("nan")})),
    "a half sign": line_of(entry(by="x")).replace(b'"by":"x"', b'"by":"\\ud800"'),
    "no time": entry(at_utc="yesterday"),
    "no body": entry(body=[]),
    "a body that cannot be folded": entry(body={"kind": "foul"}),
    "an instant that is none": entry(body={"kind": "foul", "at_s": "1/0", "attack": None}),
    "an instant that fills the memory": entry(body={"kind": "foul", "at_s": "1e999999999", "attack": None}),
    "a huge number": entry(body={"kind": "foul", "at_s": "1", "attack": None, "x": 1 << 70}),
    "a side that is none": entry(body={"kind": "foul", "at_s": "1", "attack": "up"}),
    "an undo of nothing": entry(kind="undo", body={"of": 0}),
    "an undo of itself": entry(kind="undo", body={"of": 1}),
    "a case without its name": entry(kind="case_opened", body={}),
    "a case with a strange stamp": entry(kind="case_step", body={"case": "r-1", "actor": 3, "at": 4}),
    "rules that are none": entry(kind="case_rules", body={"digest": "x", "pack": []}),
    "too deep": line_of(entry()).replace(b'"attack":null', b'"attack":' + b"[" * 100 + b"]" * 100),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_entry_is_named_by_its_line(name: str) -> None:
    good = entry(seq=1, incident_id="i-9")
    bad = BAD[name]
    if isinstance(bad, dict) and bad["seq"] == 1 and type(bad["seq"]) is int:
        bad = {**bad, "seq": 2}
        if name == "an undo of itself":
            bad["body"] = {"of": 2}
    elif isinstance(bad, bytes):
        bad = bad.replace(b'"seq":1', b'"seq":2')
    with pytest.raises(BadLine) as fault:
        read_entries(lines(good, bad), "m")
    assert fault.value.line == 2
    assert fault.value.fault
    assert len(fault.value.fault) <= 120


def test_good_entries_are_read_and_lines_without_end_or_order_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(read_entries(lines(entry(), entry(seq=7, incident_id="i-2")), "m")) == 2
    for wrong in (
        lines(entry(), entry(incident_id="i-2")),  # a number twice
        io.BytesIO(line_of(entry())),  # no line's end
        lines(entry(), entry(seq=2, kind="undo", body={"of": 1}), entry(seq=4, kind="undo", body={"of": 3})),
    ):
        with pytest.raises(BadLine):
            read_entries(wrong, "m")
    undone = [entry(body={"kind": "foul"}), entry(seq=2, kind="undo", body={"of": 1})]
    with pytest.raises(BadLine) as fault:  # it may be brought back
        read_entries(lines(*undone), "m")
    assert fault.value.line == 1
    monkeypatch.setattr(entry_lines, "MOST_ENTRIES", 10)
    read: list[int] = []

    class Endless(io.RawIOBase):
        def readline(self, size: int | None = -1) -> bytes:
            read.append(1)
            return line_of(entry(seq=len(read), incident_id=f"i-{len(read)}")) + b"\n"

    with pytest.raises(Refused) as many:
        read_entries(Endless(), "m")  # type: ignore[arg-type]
    assert (many.value.finding.code, len(read)) == ("too_many_entries", 11)


def _table(data: Path, record: dict[str, Any]) -> None:
    (data / record["clips"][0]["frames"]).write_bytes(b"[1, 1]")


RECORDS: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "a name that cannot be shown": lambda data, record: record["match"].update(name="a\nb"),
    "an origin that is none": lambda data, record: record["match"].update(origin="wished"),
    "a set-up with faults": lambda data, record: record["match"].update(setup={"pitch_m": [1, 2]}),
    "a path for a camera": lambda data, record: record["clips"][0].update(camera="../cam"),
    "a camera twice": lambda data, record: record["clips"][1].update(camera="cam1"),
    "a place twice": lambda data, record: record["clips"][1].update(position=0),
    "a clock that stands": lambda data, record: record["clips"][0]["to_match"].update(rate="0"),
    "a tick that is none": lambda data, record: record["clips"][0].update(tick_s="1/0"),
    "another hash": lambda data, record: record["clips"][0]["recording"].update(sha256="0" * 64),
    "a table that is none": _table,
    "a strange synchronisation": lambda data, record: record["clips"][0].update(sync={"estimate": {}}),
    "a look at nothing": lambda data, record: (data / "looks.jsonl").write_text('{"camera_id":"x"}\n') and None,  # type: ignore[func-returns-value]
    "a body of another entry": lambda data, record: (
        (data / "bodies.jsonl").write_text('{"body":"{}","seq":2}\n') and None
    ),  # type: ignore[func-returns-value]
}


@pytest.mark.parametrize("name", RECORDS)
def test_what_a_record_cannot_say_is_refused_before_anything_is_written(
    name: str, package: tuple[Path, Path], empty: Archive, tmp_path: Path
) -> None:
    home, folder = package
    forged = Path(shutil.copytree(folder, tmp_path / folder.name))
    data = forged / "data"
    record = json.loads((data / layout.MATCH).read_text("utf-8"))
    RECORDS[name](data, record)
    (data / layout.MATCH).write_text(json.dumps(record), "utf-8")
    with pytest.raises(BadFile):
        read_rows(data)
    rewritten(forged, home, lambda told: None)
    assert refused(empty, forged, trust=trusting(home)) in ("transfer_record", "bad_table", "package_not_intact")


def test_names_are_data_and_never_words_of_a_language(tmp_path: Path) -> None:
    home = tmp_path / "a"
    home.mkdir()
    archive = keep_match(home)
    name = "'); DROP TABLE entry; --<script>alert(1)</script>"
    archive.save_setup("m", archive.match("m").setup, name=name)
    archive.save_clip("m", "cam1", label=name)
    other = Archive(tmp_path / "b")
    import_match(other, sent(home, "m", tmp_path / "out").path, trust=trusting(home))
    assert other.match("m").name == other.match("m").clips[0].label == name


def test_an_incident_of_another_match_here_is_not_taken_twice(package: tuple[Path, Path], tmp_path: Path) -> None:
    home, folder = package
    incident = Archive(home).incidents("m")[0].id
    other = Archive(tmp_path)
    keep_match(tmp_path)
    with other.adding() as add:
        add("m", incident, "incident", {"kind": "foul", "at_s": "1", "attack": None}, "")
    before = other.entries("m")
    with pytest.raises(BadFile) as fault:
        import_match(other, folder, trust=trusting(home))
    assert (fault.value.name, fault.value.params["line"]) == ("transfer_entry", 1)
    assert (other.entries("m"), len(other.matches())) == (before, 1)


# ------------------------------------------------------------------ large zips


def test_a_zip64_is_read_and_each_of_its_fields_must_say_the_same(
    filmed: tuple[Path, Path, Path], empty: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of more than two GiB are written in this form; here the bound is lowered, so that small ones are too."""
    home, _, _ = filmed
    match_id = Archive(home).matches()[0].id
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 300)
    packed = sent(home, match_id, tmp_path, media=True).path
    monkeypatch.undo()
    content = packed.read_bytes()
    assert content.count(b"PK\6\6") == content.count(b"PK\6\7") == 1
    assert verify(packed, trusting(home)).status is Status.INTACT
    other = Archive(tmp_path / "b")
    assert import_match(other, packed, trust=trusting(home)).absent == ()
    end = content.index(b"PK\6\6")
    Path(f"{packed}.sig").unlink()  # so that nothing but the form of the zip can tell
    for at in range(end, len(content)):
        if end + 12 <= at < end + 14:  # which program made it
            continue
        packed.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        found = verify(packed, trusting(home)).status
        assert found is not Status.INTACT, at - end
    central = content.index(b"PK\1\2")
    for at in range(central, central + 80):
        if central + 4 <= at < central + 6 or central + 34 <= at < central + 42:  # maker, disk, attributes
            continue
        packed.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert verify(packed, trusting(home)).status is not Status.INTACT, at - central
    assert nothing_came(empty)


def test_recordings_may_be_larger_than_other_packages_and_packed_ones_may_not(
    filmed: tuple[Path, Path, Path],
) -> None:
    home, folder, packed = filmed
    small = replace(LIMITS, total_bytes=2000)
    assert verify(folder, trusting(home), limits=small).status is Status.INTACT
    assert verify(packed, trusting(home), limits=replace(LIMITS, total_bytes=1 << 20)).status is Status.INTACT
    assert verify(packed, trusting(home), limits=small).findings[0].code == "too_large"  # its texts are deflated


def test_names_that_lead_out_links_and_bombs_write_nothing_anywhere(
    filmed: tuple[Path, Path, Path], empty: Archive, tmp_path: Path
) -> None:
    home, folder, _ = filmed
    inside = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    yard = tmp_path / "yard"
    yard.mkdir()

    def packed(name: str, content: bytes, *, link: bool = False) -> Path:
        with zipfile.ZipFile(yard / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for each, data in inside.items():
                archive.writestr(f"x/{each}", data)
            entry = zipfile.ZipInfo(f"x/{name}" if not name.startswith("/") else name)
            entry.create_system, entry.compress_type = 3, zipfile.ZIP_DEFLATED
            entry.external_attr = (0o120777 if link else 0o100644) << 16
            archive.writestr(entry, content)
        return yard / "x.zip"

    for name in ("../../evil", "data/media/../../../evil", "/evil", "data/media/cam9.mp4/..", "data\\evil"):
        assert refused(empty, packed(name, b"x"), trust=trusting(home), untrusted=True) == "package_not_intact"
    linked = packed("data/media/cam9.mp4", b"/etc/passwd", link=True)
    assert refused(empty, linked, trust=trusting(home), untrusted=True) == "package_not_intact"
    bomb = packed("data/media/cam9.mp4", bytes(20 << 20))
    assert refused(empty, bomb, trust=trusting(home), untrusted=True) == "package_not_intact"
    assert verify(bomb, trusting(home)).findings[0].code == "zip_bomb"
    copy = Path(shutil.copytree(folder, tmp_path / "linked"))
    (copy / "data" / "media" / "cam1.mp4").unlink()
    (copy / "data" / "media" / "cam1.mp4").symlink_to(home / "keys" / "ledger.key")
    assert refused(empty, copy, trust=trusting(home), untrusted=True) == "package_not_intact"
    assert sorted(path.name for path in tmp_path.rglob("*evil*")) == []


# ------------------------------------------------------------------ killed

KILLED = """
import os, signal, sys
from pathlib import Path
from var.archive import Archive
from var.evidence.trust import read_trust
from var.transfer import exporting, importing
home, path, root, where = map(Path, sys.argv[1:])
def kill(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)
rename = Path.rename
def renamed(self, target):
    made = rename(self, target)
    if self.name == "match":
        kill()
    return made
match str(where):
    case "unpacked":
        importing._furnish = kill
    case "told":
        importing.tell = kill
    case "placed":
        Path.rename = renamed
    case "exporting":
        exporting.write_zip = kill
        exporting.export_match(Archive(home), "m", path, media=False)
importing.import_match(Archive(home), path, trust=read_trust([root]))
"""


def killed(home: Path, path: Path, root: Path, where: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, home, path, root, where], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("where", ["unpacked", "told", "placed"])
def test_an_import_that_was_killed_leaves_nothing_and_the_next_one_works(
    where: str, package: tuple[Path, Path], tmp_path: Path
) -> None:
    home, folder = package
    Archive(tmp_path)
    killed(tmp_path, folder, home / "keys" / "root.pem", where)
    assert Archive(tmp_path).matches() == []
    assert Archive(tmp_path).store.rows("SELECT * FROM entry") == []
    assert import_match(Archive(tmp_path), folder, trust=trusting(home)).match_id == "m"
    assert sorted(path.name for path in (tmp_path / "matches").iterdir()) == [".transfer.lock", "m"]
    assert not (tmp_path / "matches" / "m" / ".arriving").exists()


def test_an_export_that_was_killed_leaves_no_package_and_the_next_one_tidies_up(
    package: tuple[Path, Path], tmp_path: Path
) -> None:
    home, _ = package
    killed(home, tmp_path, home, "exporting")
    lock, folder = sorted(path.name for path in tmp_path.iterdir())  # no package, and what says whose the folder is
    assert (lock[:8], folder[:16]) == (".export-", ".m-match.export-")
    sent(home, "m", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m-match.zip", "m-match.zip.sig"]


def test_an_import_that_is_stopped_leaves_nothing(package: tuple[Path, Path], empty: Archive) -> None:
    home, folder = package

    def stop(share: float, what: str) -> None:
        if share >= 0.5:
            raise SystemExit(143)

    with pytest.raises(SystemExit):
        import_match(empty, folder, trust=trusting(home), progress=stop)
    assert nothing_came(empty)
    assert [path.name for path in (empty.home / "matches").iterdir()] == [".transfer.lock"]


def test_an_old_package_of_the_repository_is_still_verified(tmp_path: Path) -> None:
    """The verifier's other kind is as it was (``test_verify_*`` hold the rest)."""
    from package_files import make_package

    folder = copied(make_package(tmp_path / "made", incident_signers()), tmp_path / "again")
    assert verify(folder, incident_signers().trust()).status is Status.INTACT
