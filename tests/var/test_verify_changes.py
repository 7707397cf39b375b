"""A package in which one byte was changed, anywhere: it is always found, and located."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest
from package_files import NAME, copied, make_package, ours, zipped

from var.evidence import layout
from var.evidence.checking import verify
from var.evidence.verdict import Status, Verdict

SIGNATURE = f"{NAME}.zip.sig"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of ours with its zip beside it."""
    folder = make_package(tmp_path_factory.mktemp("package"), ours())
    zipped(folder, ours())
    return folder


def checked(path: Path, *, within: bool = False) -> Verdict:
    return verify(path, ours().trust(), within=within)


def bad_paths(verdict: Verdict) -> set[str | None]:
    """The files that were changed by the verdict; who is trusted is another question: it hangs on the certificates."""
    return {each.path for each in verdict.findings if each.status in (Status.TAMPERED, Status.UNREADABLE)}


def changed(data: bytes, rng: random.Random) -> tuple[bytes, int]:
    """``data`` with one byte made another one, and which."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :], at


def test_an_unchanged_package_is_intact_with_all_that_is_within(package: Path) -> None:
    for path in (package, package.with_name(f"{NAME}.zip")):
        verdict = checked(path, within=True)
        assert (verdict.status, verdict.findings) == (Status.INTACT, ())
        whats = sorted(each.what for each in verdict.signatures)
        assert whats == sorted(["package", "ledger", "media", "media", "media", "pdf", *(["zip"] * (path != package))])
        assert all(each.intact and each.trusted for each in verdict.signatures)


@pytest.mark.slow
def test_500_changes_of_a_byte_in_a_folder_are_found_in_the_very_file(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    sizes = [(folder / name).stat().st_size for name in names]
    rng = random.Random(20261129)
    met = set()
    for k in range(500):
        # half of them by file, so that the short ones get theirs; half by byte
        (name,) = rng.choices(names, weights=sizes if k % 2 else None)
        file = folder / name
        before = file.read_bytes()
        after, at = changed(before, rng)
        file.write_bytes(after)
        verdict = checked(folder)
        file.write_bytes(before)
        assert verdict.status in (Status.TAMPERED, Status.UNREADABLE), (name, at)
        assert bad_paths(verdict) <= {name}, (name, at, verdict.findings)
        assert name in bad_paths(verdict), (name, at, verdict.findings)
        met.add(name)
    assert met == set(names)
    assert checked(folder).status is Status.INTACT


@pytest.mark.slow
def test_500_changes_of_a_byte_in_a_zip_or_its_signature_are_found(package: Path, tmp_path: Path) -> None:
    copied(package, tmp_path)
    target, beside = tmp_path / f"{NAME}.zip", tmp_path / SIGNATURE
    with zipfile.ZipFile(target) as archive:
        entries = sorted(archive.infolist(), key=lambda each: each.header_offset)
        directory = archive.start_dir
    rng = random.Random(6)
    within_entry = located = 0
    for k in range(500):
        file = beside if k % 10 == 0 else target
        before = file.read_bytes()
        after, at = changed(before, rng)
        file.write_bytes(after)
        verdict = checked(target)
        file.write_bytes(before)
        assert verdict.status in (Status.TAMPERED, Status.UNREADABLE), (file.name, at)
        if file is beside:
            assert SIGNATURE in bad_paths(verdict), (at, verdict.findings)
            continue
        inside = None
        if at < directory:
            entry = [each for each in entries if each.header_offset <= at][-1]
            inside = entry.filename.partition("/")[2]
            within_entry += 1
            located += inside in {(path or "").removeprefix(f"{NAME}/") for path in bad_paths(verdict)}
        others = bad_paths(verdict) - {target.name, SIGNATURE}
        assert target.name in bad_paths(verdict), (at, verdict.findings)
        if inside is not None:
            assert {(path or "").removeprefix(f"{NAME}/") for path in others} <= {inside}, (at, verdict.findings)
    assert checked(target).status is Status.INTACT
    assert within_entry > 300
    assert located > 0.97 * within_entry  # the rest: bits behind the end of deflated bytes, which mean nothing


def test_a_changed_line_of_a_manifest_is_told_by_its_byte(package: Path, tmp_path: Path) -> None:
    for name, code in ((layout.MANIFEST, "manifest_changed"), (layout.TAG_MANIFEST, "tag_manifest_changed")):
        folder = copied(package, tmp_path / name)
        before = (folder / name).read_bytes()
        at = before.index(b"\n") + 5
        (folder / name).write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        (finding,) = checked(folder).findings
        assert (finding.code, finding.path, finding.offset, finding.line) == (code, name, at, 2)


def test_a_changed_ledger_is_located_to_its_line(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    file = folder / layout.PAYLOAD / layout.LEDGER
    before = file.read_bytes()
    at = before.index("cột 2".encode())
    file.write_bytes(before.replace("cột 2".encode(), "cột 9".encode()))
    found = {each.code: each for each in checked(folder).findings}
    assert set(found) == {"changed_file", "ledger_broken"}
    assert found["ledger_broken"].line == before.count(b"\n", 0, at) + 1
    assert found["ledger_broken"].offset == before.rindex(b"\n", 0, at) + 1
    assert "entry" in found["ledger_broken"].words("en")


def test_bytes_in_a_zip_are_told_by_the_files_they_belong_to(package: Path, tmp_path: Path) -> None:
    copied(package, tmp_path)
    target = tmp_path / f"{NAME}.zip"
    before = target.read_bytes()
    with zipfile.ZipFile(target) as archive:
        entry = archive.getinfo(f"{NAME}/data/clips/cam1.mp4")
    begins = entry.header_offset + 30 + len(entry.filename)
    at = begins + entry.compress_size // 2
    target.write_bytes(before[:at] + bytes([before[at] ^ 4]) + before[at + 1 :])
    found = {each.code: each for each in checked(target).findings}
    damaged = found.get("zip_damaged") or found["changed_file"]
    assert (damaged.path, damaged.offset, damaged.in_zip) == ("data/clips/cam1.mp4", begins, True)
    at = entry.header_offset + 14  # the checksum that the file's own header has
    target.write_bytes(before[:at] + bytes([before[at] ^ 4]) + before[at + 1 :])
    found = {each.code: each for each in checked(target).findings}
    assert (found["zip_mismatch"].offset, found["zip_mismatch"].in_zip) == (entry.header_offset, True)


@pytest.mark.parametrize("name", ["data/report.pdf", "data/clips/cam1.mp4", "data/stills/cam1-f100.jpg"])
def test_what_a_changed_file_says_of_itself_is_told_too(name: str, package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    file = folder / name
    before = file.read_bytes()
    at = before.index(b"stream") + 20 if name.endswith(".pdf") else len(before) - 20
    file.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
    verdict = checked(folder, within=True)
    assert verdict.status is Status.TAMPERED
    codes = {each.code for each in verdict.findings}
    assert codes > {"changed_file"}
    assert codes - {"changed_file"} <= {"pdf_changed", "pdf_damaged", "media_changed", "media_damaged"}
    assert bad_paths(verdict) == {name}


def test_files_that_are_gone_or_new_are_named(package: Path, tmp_path: Path) -> None:
    names = [path.relative_to(package).as_posix() for path in sorted(package.rglob("*")) if path.is_file()]
    for name in names:
        folder = copied(package, tmp_path / name)
        (folder / name).unlink()
        verdict = checked(folder)
        code = "unsigned" if name.endswith(".sig") else "missing_file"
        assert code in {each.code for each in verdict.findings if each.path == name}, name
    for name in ("note.txt", "data/note.txt", "data/clips/cam9.mp4", "manifest-md5.txt"):
        folder = copied(package, tmp_path / f"new-{name.replace('/', '-')}")
        (folder / name).write_bytes(b"new")
        verdict = checked(folder)
        assert verdict.status is Status.TAMPERED
        assert "unexpected_file" in {each.code for each in verdict.findings if each.path == name}
