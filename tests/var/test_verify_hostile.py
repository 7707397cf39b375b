"""Packages from a hostile sender: refused by the name of what they try, with nothing written anywhere."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from package_files import (
    NAME,
    Raw,
    copied,
    make_package,
    ours,
    plain_pdf,
    raw_files,
    raw_zip,
    seal,
    seal_tags,
    sign_zip,
)

from var.evidence import layout
from var.evidence.checking import verify
from var.evidence.limits import LIMITS, MIB
from var.evidence.verdict import Status, Verdict


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_package(tmp_path_factory.mktemp("package"), ours())


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    """All that lies below ``folder``, with kind and rights, size, and time of the last change."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found[path.relative_to(folder).as_posix()] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which the package lies among others; after the test nothing in it may be new or other than before
    the check, and the temporary folder must be empty again."""
    yard, temporary = tmp_path / "yard", tmp_path / "temporary"
    (yard / "inbox").mkdir(parents=True)
    (yard / "secret.txt").write_text("secret", "utf-8")
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.chdir(yard)
    yield yard
    assert list(temporary.iterdir()) == []
    assert (yard / "secret.txt").read_text("utf-8") == "secret"


def checked(path: Path, yard: Path) -> Verdict:
    before = tree(yard)
    verdict = verify(path, ours().trust())
    assert tree(yard) == before
    return verdict


def refused(path: Path, yard: Path, code: str) -> None:
    verdict = checked(path, yard)
    assert verdict.status is Status.UNREADABLE, verdict
    assert verdict.findings[0].code == code, verdict
    for lang in ("vi", "en"):
        assert "{" not in verdict.findings[0].words(lang)


# ------------------------------------------------------------------ folders


def _link(folder: Path) -> None:
    (folder / "data" / "clips" / "cam9.mp4").symlink_to(folder.parents[1] / "secret.txt")


def _linked_folder(folder: Path) -> None:
    (folder / "data" / "more").symlink_to(folder.parents[1], target_is_directory=True)


def _hard_link(folder: Path) -> None:
    os.link(folder.parents[1] / "secret.txt", folder / "data" / "secret.txt")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "data" / "stills" / "cam1.jpg")


def _fetch(folder: Path) -> None:
    (folder / "fetch.txt").write_text("http://127.0.0.1:9/a 10 data/a\n", "utf-8")


def _traversal(folder: Path) -> None:
    manifest = folder / layout.MANIFEST
    manifest.write_bytes(manifest.read_bytes() + b"0" * 64 + b"  data/../../../secret.txt\n")
    seal_tags(folder, ours())


def _capitals(folder: Path) -> None:
    (folder / "data" / "REPORT.pdf").write_bytes(b"%PDF-1.7")


def _strange(folder: Path) -> None:
    (folder / "data" / "a\x1b[2Jb.json").write_bytes(b"{}")


def _no_utf8(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/data/\xff\xfe.json")).write_bytes(b"{}")


def _long(folder: Path) -> None:
    (folder / "data" / ("a" * 201)).write_bytes(b"")


def _deep(folder: Path) -> None:
    deep = folder.joinpath("data", *"abcdefgh")
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"")


def _many(folder: Path) -> None:
    for k in range(2001):
        (folder / "data" / f"f{k}").write_bytes(b"")


def _document(content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "data" / layout.RECORD).write_bytes(content)
        seal(folder, ours())

    return write


def _sparse(folder: Path) -> None:
    os.truncate(folder / "data" / layout.RECORD, 1 << 40)


def _huge_json(folder: Path) -> None:
    _document(b'{"a": "' + b"x" * (9 * MIB) + b'"}')(folder)


def _huge_tag(folder: Path) -> None:
    os.truncate(folder / layout.BAG_INFO, 2 * MIB)


def _pdf_bomb(folder: Path) -> None:
    """A PDF whose table of objects is a small stream that unpacks to gigabytes."""
    pack = zlib.compressobj(1)
    packed = b"".join(pack.compress(bytes(MIB)) for _ in range(2048)) + pack.flush()
    head = b"%%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 2/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n"
    body = head % len(packed) + packed + b"\nendstream\nendobj\n"
    (folder / "data" / layout.REPORT).write_bytes(body + b"startxref\n9\n%%EOF\n")
    seal(folder, ours())


FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a link to a file": (_link, "link"),
    "a link to a folder": (_linked_folder, "link"),
    "a hard link": (_hard_link, "hard_link"),
    "a pipe that would never end": (_pipe, "special_file"),
    "a file to fetch": (_fetch, "fetch_file"),
    "a manifest that leads out": (_traversal, "path_traversal"),
    "names that differ in capitals": (_capitals, "case_collision"),
    "a name that steers the terminal": (_strange, "bad_name"),
    "a name that is no text": (_no_utf8, "bad_name"),
    "a long name": (_long, "name_too_long"),
    "folders in folders": (_deep, "too_deep"),
    "thousands of files": (_many, "too_many_files"),
    "a terabyte": (_sparse, "too_large"),
    "a huge document": (_huge_json, "huge_json"),
    "a huge list": (_huge_tag, "too_large"),
    "a document a hundred levels deep": (_document(b"[" * 100 + b"]" * 100), "deep_json"),
    "a document a million levels deep": (_document(b"[" * 1_000_000), "deep_json"),
    "a name twice in a document": (_document(b'{"a": 1, "a": 2}'), "repeated_key"),
    "a number that JSON has not": (_document(b'{"a": NaN}'), "bad_json"),
    "a number out of range": (_document(b'{"a": 1e999}'), "bad_json"),
    "a number of a million digits": (_document(b"[" + b"9" * 1_000_000 + b"]"), "bad_json"),
    "a document that is no text": (_document(b"\xff\xfe"), "bad_json"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_hostile_folder_is_refused_by_name(name: str, package: Path, yard: Path) -> None:
    harm, code = FOLDERS[name]
    folder = copied(package, yard / "inbox")
    harm(folder)
    refused(folder, yard, code)


def test_a_pdf_that_unpacks_to_gigabytes_is_refused_and_the_rest_still_checked(package: Path, yard: Path) -> None:
    folder = copied(package, yard / "inbox")
    _pdf_bomb(folder)
    verdict = checked(folder, yard)
    assert verdict.status is Status.UNREADABLE
    assert [each.code for each in verdict.findings if each.path == "data/report.pdf"] == ["exhausting_file"]
    assert sum(each.what == "media" and each.trusted for each in verdict.signatures) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are the system's")
def test_a_file_that_takes_all_memory_ends_only_the_room_it_is_checked_in(package: Path, yard: Path) -> None:
    folder = copied(package, yard / "inbox")
    os.truncate(folder / "data" / "clips" / "cam1.mp4", 700 * MIB)
    before = tree(yard)
    verdict = verify(folder, ours().trust(), limits=replace(LIMITS, memory_bytes=700 * MIB))
    assert tree(yard) == before
    codes = {each.code for each in verdict.findings if each.path == "data/clips/cam1.mp4"}
    assert codes == {"changed_file", "exhausting_file"}
    assert {each.path for each in verdict.signatures if each.what in ("media", "pdf") and each.trusted} == {
        "data/report.pdf",
        "data/stills/cam1-f100.jpg",
        "data/stills/cam1-f100-clean.jpg",
    }


# ------------------------------------------------------------------ zips


def _zip_of(files: list[Raw], **more: object) -> bytes:
    return raw_zip(files, **more)  # type: ignore[arg-type]


def _named(name: str) -> Callable[[list[Raw]], bytes]:
    return lambda files: _zip_of([*files, Raw(name.encode(), b"x")])


def _with(**change: object) -> Callable[[list[Raw]], bytes]:
    return lambda files: _zip_of([replace(files[0], **change), *files[1:]])  # type: ignore[arg-type]


def _bomb(size: int, said: int | None = None) -> Callable[[list[Raw]], bytes]:
    return lambda files: _zip_of([*files, Raw(f"{NAME}/data/zeros.bin".encode(), bytes(size), 8, size=said)])


def _overlapping(files: list[Raw]) -> bytes:
    """A file that lies within the bytes of another, header and all: of such ones bombs are made that no ratio shows."""
    inner = Raw(f"{NAME}/data/inner.bin".encode(), b"inner")
    alone = _zip_of([inner])
    outer = Raw(f"{NAME}/data/outer.bin".encode(), b"outer" + alone[: alone.index(b"PK\1\2")])
    return _zip_of([outer, replace(inner, inside=30 + len(outer.name) + 5), *files])


def _hidden(files: list[Raw]) -> bytes:
    return _zip_of([replace(files[0], behind=b"hidden"), *files[1:]])


def _cut(files: list[Raw]) -> bytes:
    return _zip_of(files)[:-30]


ZIPS: dict[str, tuple[Callable[[list[Raw]], bytes], str]] = {
    "a name that leads out": (_named(f"{NAME}/../../secret.txt"), "path_traversal"),
    "an absolute name": (_named("/etc/cron.d/harm"), "path_traversal"),
    "a drive": (_named("C:/harm"), "path_traversal"),
    "a backslash": (_named(f"{NAME}\\..\\harm"), "path_traversal"),
    "a name with a line break": (_named(f"{NAME}/data/a\nb"), "bad_name"),
    "a name that ends in a point": (_named(f"{NAME}/data/a."), "bad_name"),
    "a folder of its own": (_named(f"{NAME}/data/"), "bad_name"),
    "a file beside the folder": (_named("harm.txt"), "not_a_package"),
    "a second folder": (_named("other/harm.txt"), "not_a_package"),
    "a name twice": (lambda files: _zip_of([*files, files[0]]), "duplicate_name"),
    "a file that is a folder": (_named(f"{NAME}/data"), "duplicate_name"),
    "names that differ in capitals": (_named(f"{NAME}/DATA/harm.bin"), "case_collision"),
    "a link": (_with(attributes=0o120777 << 16), "link"),
    "a device": (_with(attributes=0o020666 << 16), "special_file"),
    "an encrypted file": (_with(flags=1), "zip_encrypted"),
    "a size told behind": (_with(flags=8), "zip_descriptor"),
    "another way to compress": (_with(method=12), "zip_method"),
    "another name in the header": (_with(local_name=f"{NAME}/bag-inf0.txt".encode()), "zip_mismatch"),
    "a stored size that is wrong": (_with(size=5), "zip_mismatch"),
    "an extra field": (_with(extra=b"\1\0\4\0abcd"), "zip_extra"),
    "a size for ZIP64": (_with(size=0xFFFFFFFF), "zip_64"),
    "files that share bytes": (_overlapping, "zip_overlap"),
    "bytes between files": (_hidden, "zip_around"),
    "bytes before": (lambda files: _zip_of(files, before=b"MZ program"), "zip_around"),
    "bytes before, not accounted for": (lambda files: b"MZ" + _zip_of(files), "zip_around"),
    "bytes behind": (lambda files: _zip_of(files) + b"tail", "zip_around"),
    "a comment": (lambda files: _zip_of(files, comment=b"hello"), "zip_around"),
    "another zip behind": (lambda files: _zip_of(files) + _zip_of(files), "zip_around"),
    "a count that is wrong": (lambda files: _zip_of(files, count=3), "zip_around"),
    "a count of nothing": (lambda files: _zip_of(files, count=0), "zip_broken"),
    "thousands of files": (lambda files: _zip_of(files, count=3000), "too_many_files"),
    "an end that is cut off": (_cut, "zip_broken"),
    "no zip at all": (lambda files: b"PK\3\4" + b"\0" * 100, "zip_broken"),
    "a bomb": (_bomb(64 * MIB), "zip_bomb"),
    "a bomb that says it is small": (_bomb(64 * MIB, said=100), "zip_bomb"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_hostile_zip_is_refused_by_name(name: str, package: Path, yard: Path) -> None:
    make, code = ZIPS[name]
    target = yard / "inbox" / f"{NAME}.zip"
    target.write_bytes(make(raw_files(package)))
    sign_zip(target, ours())  # even where it is signed by somebody who is trusted
    refused(target, yard, code)


def test_the_zip_that_all_of_these_were_made_from_is_intact(package: Path, yard: Path) -> None:
    target = yard / "inbox" / f"{NAME}.zip"
    for method in (0, 8):
        target.write_bytes(_zip_of(raw_files(package, method=method)))
        sign_zip(target, ours())
        assert checked(target, yard).status is Status.INTACT
    assert verify(target, ours().trust(), within=False).kind == "zip"


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are the system's")
def test_a_bomb_of_a_gigabyte_takes_no_memory(package: Path, yard: Path) -> None:
    """In a process that may have 1.2 GB of addresses, most of them for libraries: what a small package takes is all."""
    pack = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = b"".join(pack.compress(bytes(MIB)) for _ in range(1024)) + pack.flush()
    target = yard / "inbox" / "bomb.zip"
    name = f"{NAME}/data/zeros.bin".encode()
    plain = _zip_of([*raw_files(package), Raw(name, packed)])
    at = plain.rindex(b"PK\1\2")
    header = plain.rindex(b"PK\3\4" + b"\x14\0")
    lying = bytearray(plain)
    for method_at, size_at in ((header + 8, header + 22), (at + 10, at + 24)):
        lying[method_at] = 8
        lying[size_at : size_at + 4] = (len(packed)).to_bytes(4, "little")
    target.write_bytes(bytes(lying))
    code = (
        "import json, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1200 << 20,) * 2)\n"
        "from pathlib import Path\n"
        "from var.evidence.checking import verify\n"
        "from var.evidence.trust import Trust\n"
        "def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
        "small = verify(Path(sys.argv[2]), Trust())\n"
        "before = used()\n"
        "verdict = verify(Path(sys.argv[1]), Trust())\n"
        "print(json.dumps([small.status, verdict.status, verdict.findings[0].code, used() - before]))\n"
    )
    before = tree(yard)
    words = [sys.executable, "-c", code, str(target), str(package)]
    answer = subprocess.run(words, capture_output=True, text=True, check=True)
    small, status, found, more_mib = json.loads(answer.stdout)
    assert (small, status, found) == ("untrusted", "unreadable", "zip_bomb")
    assert more_mib < 32  # of 1024
    assert tree(yard) == before


# ------------------------------------------------------------------ nothing but a package, and no network


def test_what_is_no_package_is_said_to_be_none(yard: Path) -> None:
    inbox = yard / "inbox"
    (inbox / "text.txt").write_text("không phải gói", "utf-8")
    (inbox / "empty").mkdir()
    (inbox / "empty.zip").write_bytes(b"PK\5\6" + bytes(18))
    (inbox / "nothing").write_bytes(b"")
    for name, code in (
        ("text.txt", "not_a_package"),
        ("empty", "not_a_package"),
        ("empty.zip", "zip_broken"),
        ("nothing", "not_a_package"),
    ):
        refused(inbox / name, yard, code)
    os.mkfifo(inbox / "pipe")
    refused(inbox / "pipe", yard, "special_file")


def test_a_package_brings_no_code_along(package: Path, yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever checks from within a package must not load its ``var`` or ``json``."""
    folder = copied(package, yard / "inbox")
    for name in ("var", "json", "pyhanko"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"open({str(yard / 'harm')!r}, 'w')", "utf-8")
    monkeypatch.chdir(folder)
    verdict = checked(folder, yard)
    assert not (yard / "harm").exists()
    assert {each.path for each in verdict.findings} == {f"{name}/__init__.py" for name in ("var", "json", "pyhanko")}


def test_credentials_that_lie_elsewhere_are_not_fetched(yard: Path) -> None:
    from package_files import plain_jpeg, signed_media

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"
        file = yard / "inbox" / "still.jpg"
        file.write_bytes(signed_media(ours(), plain_jpeg(), "image/jpeg", remote=address))
        assert address.encode() in file.read_bytes()
        verdict = checked(file, yard)
        assert verdict.status in (Status.UNSIGNED, Status.TAMPERED)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_pdf_without_a_signature_is_unsigned(yard: Path) -> None:
    file = yard / "inbox" / "report.pdf"
    file.write_bytes(plain_pdf())
    assert [each.code for each in checked(file, yard).findings] == ["pdf_unsigned"]
