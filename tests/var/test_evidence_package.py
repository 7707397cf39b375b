"""The package: foreign validators agree, all of it is under one signature, and it is there whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import bagit
import c2pa
import cv2
import jsonschema
import numpy as np
import pypdfium2
import pytest
from export_scene import WRITTEN, angles, facts_of
from package_files import plain_jpeg
from test_evidence_signing import GONE, judged
from test_export_folder import files_in, schema

from touchline.errors import BadFile
from touchline.ledger import Author, Ledger, check, installation_key, ledger_path
from touchline.origin import Origin
from var.evidence import Status, own_trust, verify
from var.evidence.layout import BAG_PURPOSE, ZIP_PURPOSE, read_signature
from var.evidence.media_signing import KINDS, LABEL, signing_settings, source_type
from var.evidence.package import Package, write_package
from var.evidence.settings import SigningSettings
from var.evidence.signers import Signers, signers
from var.export import IncidentFacts

HALF = Fraction(1, 2)
NAME = "hue-da-nang-incident-3"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> IncidentFacts:
    return facts_of(angles(tmp_path_factory.mktemp("media")))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, media: IncidentFacts) -> Path:
    """An installation with an evidence log of the match."""
    home = tmp_path_factory.mktemp("home")
    path = ledger_path(home, media.match.id)
    with Ledger.open(path, installation_key(home), subject=media.match.id) as ledger:
        ledger.append("decision", {"incident": media.incident.id, "outcome": "offside"}, by=Author("Ánh Tuyết"))
    return home


@pytest.fixture(scope="module")
def by(home: Path) -> Iterator[Signers]:
    with signers(home, SigningSettings()) as opened:
        yield opened


@pytest.fixture(scope="module", params=["vi", "en"])
def package(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    media: IncidentFacts,
    home: Path,
    by: Signers,
) -> Package:
    return written(media, tmp_path_factory.mktemp("out"), by, lang=request.param, home=home)


def written(facts: IncidentFacts, out: Path, by: Signers | None, **options: Any) -> Package:
    times = {"clip_before_s": HALF, "clip_after_s": HALF, "written_utc": WRITTEN}
    return write_package(facts, out, by, **{"lang": "vi", **times, **options})


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_parts_are_there_and_the_answer_names_them(package: Package) -> None:
    out = package.exported.folder.parent
    assert sorted(path.name for path in out.iterdir()) == [NAME, f"{NAME}.zip", f"{NAME}.zip.sig"]
    names = set(files_in(package.exported.folder))
    assert names >= {
        "bag-info.txt",
        "bagit.txt",
        "certificates.pem",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha256.txt.sig",
        *(f"data/{name}.json" for name in ("calibration", "sync", "software", "incident", "incident.schema")),
        "data/ledger.jsonl",
        "data/report.pdf",
    }
    document = package.document()
    jsonschema.validate(document, schema("incident_export"))
    assert document["package"]["timestamp"]["status"] == "not_configured"
    assert document["package"]["pdf"] == "PDF"
    for path in (document["report"], document["record"], *document["stills"], *document["clips"]):
        assert Path(path).is_file()


def test_the_foreign_validator_of_bags_agrees(package: Package, tmp_path: Path) -> None:
    bag = bagit.Bag(str(package.exported.folder))
    bag.validate()
    assert (bag.version_info, bag.info["External-Identifier"]) == ((1, 0), "hue-da-nang/i-0a1b2c3d")
    with zipfile.ZipFile(package.zip) as archive:
        archive.extractall(tmp_path)
    bagit.Bag(str(tmp_path / NAME)).validate()
    (tmp_path / NAME / "data" / "sync.json").write_text("{}")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(tmp_path / NAME)).validate()


def test_both_signatures_cover_every_byte(package: Package, home: Path) -> None:
    key = installation_key(home)
    folder = package.exported.folder
    tags = (folder / "tagmanifest-sha256.txt").read_bytes()
    assert {line.split("  ")[1] for line in tags.decode().splitlines()} == {
        "bag-info.txt",
        "bagit.txt",
        "certificates.pem",
        "manifest-sha256.txt",
    }
    manifest = dict(line.split("  ")[::-1] for line in (folder / "manifest-sha256.txt").read_text().splitlines())
    assert list(manifest) == sorted(manifest)
    assert manifest == {name: digest for name, digest in files_in(folder).items() if name.startswith("data/")}
    assert package.zip_signature is not None
    for path, data, purpose in (
        (folder / "tagmanifest-sha256.txt.sig", tags, BAG_PURPOSE),
        (package.zip_signature, package.zip.read_bytes(), ZIP_PURPOSE),
    ):
        signature = read_signature(path.read_bytes())
        assert signature is not None
        assert (signature.purpose, signature.public) == (purpose, key.public)
        assert signature.holds(sha256(data))
        assert not signature.holds(sha256(data + b" "))


def test_the_zip_is_one_folder_sorted_and_plain(package: Package) -> None:
    with zipfile.ZipFile(package.zip) as archive:
        entries = archive.infolist()
        packed = {each.filename: sha256(archive.read(each)) for each in entries}
        assert archive.comment == b""
    assert [each.filename for each in entries] == sorted(packed)
    assert packed == {f"{NAME}/{name}": digest for name, digest in files_in(package.exported.folder).items()}
    for each in entries:
        assert (each.extra, each.comment, each.date_time) == (b"", b"", (2026, 11, 21, 9, 30, 0))
        assert each.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def test_the_report_is_signed_and_says_by_whom(package: Package, by: Signers) -> None:
    data = package.exported.report.read_bytes()
    found = judged(data, by.authority.root)
    assert (found.bottom_line, found.coverage.name) == (True, "ENTIRE_FILE")
    text = " ".join(
        " ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(io.BytesIO(data))
    )
    assert by.paper.holder in text
    record = json.loads(package.exported.record.read_text("utf-8"))
    head = record["evidence"]
    squeezed = text.replace(" ", "")
    assert f"{head['sha256'][:8]}…{head['sha256'][-8:]}" in squeezed
    assert f"{head['n']}:{head['sha256']}" in squeezed
    assert sha256(package.exported.record.read_bytes()) in squeezed  # the signed paper names the JSON


def test_the_record_names_who_signs_and_every_file_before_it(package: Package, by: Signers) -> None:
    record = json.loads(package.exported.record.read_text("utf-8"))
    jsonschema.validate(record, schema("incident"))
    assert [each["signs"] for each in record["signatures"]] == ["report", "media", "package"]
    assert record["signatures"][2]["key"] == by.key.id
    data = package.exported.folder / "data"
    found = files_in(data)
    del found["incident.json"], found["report.pdf"]
    assert {file["path"]: file["sha256"] for file in record["files"]} == found
    published = json.loads((data / "incident.schema.json").read_text("utf-8"))
    jsonschema.validate(record, published)


def test_stills_and_clips_carry_credentials(package: Package, by: Signers) -> None:
    context = c2pa.Context(c2pa.Settings.from_dict(signing_settings(by.authority.root)))
    files = [path for path in (package.exported.folder / "data").rglob("*") if path.suffix in (".jpg", ".mp4")]
    assert len(files) == 9
    for path in files:
        kind = KINDS[path.suffix]
        with c2pa.Reader(kind, io.BytesIO(path.read_bytes()), context=context) as reader:
            assert reader.get_validation_state() == "Trusted", path.name
            told = reader.get_active_manifest()
        ours = next(each["data"] for each in told["assertions"] if each["label"] == LABEL)
        assert (ours["incident"], ours["origin"]) == ("i-0a1b2c3d", "measured")
    changed = bytearray(path.read_bytes())
    changed[-20] ^= 1
    with c2pa.Reader(kind, io.BytesIO(bytes(changed)), context=context) as reader:
        assert reader.get_validation_state() == "Invalid"


def test_simulated_pictures_do_not_pass_for_taken_ones() -> None:
    assert source_type(Origin.SIMULATED, drawn=False).endswith("/algorithmicMedia")
    assert source_type(Origin.MEASURED, drawn=True).endswith("/humanEdits")
    assert source_type(Origin.MEASURED, drawn=False).endswith("/digitalCapture")


def test_of_a_recording_from_elsewhere_nobody_says_how_it_was_made(by: Signers, tmp_path: Path) -> None:
    """The pictures say which recording they were taken out of, and what was done to them."""
    context = c2pa.Context(c2pa.Settings.from_dict(signing_settings(by.authority.root)))
    assert source_type(Origin.IMPORTED, drawn=True) is None
    told = {"camera": "cam1", "source_sha256": "ab" * 32}
    for more, done in (
        ({"frame": 3, "drawn": True}, ["c2pa.opened", "c2pa.converted", "c2pa.drawing"]),
        ({"frame": 3, "drawn": False}, ["c2pa.opened", "c2pa.converted"]),
        ({"first_frame": 1, "last_frame": 4}, ["c2pa.opened", "c2pa.trimmed"]),
    ):
        path = tmp_path / "still.jpg"
        path.write_bytes(plain_jpeg())
        by.media.sign(path, {**told, **more}, source=None)
        with c2pa.Reader("image/jpeg", io.BytesIO(path.read_bytes()), context=context) as reader:
            assert reader.get_validation_state() == "Trusted"
            manifest = reader.get_active_manifest()
        assert "digitalSourceType" not in json.dumps(manifest)
        assert manifest["ingredients"][0]["instance_id"] == f"sha256:{'ab' * 32}"
        actions = next(each["data"]["actions"] for each in manifest["assertions"] if "actions" in each["label"])
        assert [each["action"] for each in actions] == done


def test_the_log_goes_along_up_to_a_fresh_checkpoint(package: Package, home: Path) -> None:
    report = check(package.exported.folder / "data" / "ledger.jsonl", trusted=[installation_key(home).public])
    head = json.loads(package.exported.record.read_text("utf-8"))["evidence"]
    assert report.status == "intact"
    assert (report.last_n, report.signed_to, report.sha256) == (head["n"], head["n"], head["sha256"])
    assert report.ledger == head["ledger"]


def test_a_damaged_log_goes_along_as_it_is(media: IncidentFacts, tmp_path: Path) -> None:
    path = ledger_path(tmp_path / "home", media.match.id)
    with Ledger.open(path, installation_key(tmp_path / "home"), subject=media.match.id) as ledger:
        ledger.append("decision", {"outcome": "offside"}, by=Author("An"))
    path.write_bytes(path.read_bytes().replace(b"offside", b"0nside!"))
    done = written(media, tmp_path / "out", None, home=tmp_path / "home", clip_before_s=0, clip_after_s=0)
    copied = done.exported.folder / "data" / "ledger.jsonl"
    assert copied.read_bytes() == path.read_bytes()
    assert check(copied).status == "broken"


def test_the_parts_say_what_the_measurement_rests_on(package: Package, media: IncidentFacts) -> None:
    data = package.exported.folder / "data"
    calibration, sync, software = (
        json.loads((data / f"{name}.json").read_text("utf-8")) for name in ("calibration", "sync", "software")
    )
    assert [each["camera"] for each in calibration["cameras"]] == ["cam1", "cam2", "cam3", "cam4"]
    assert calibration["cameras"][0]["calibration"]["rms_px"] == 0.83
    assert calibration["cameras"][2]["calibration"] is None
    assert sync["cameras"][2]["clock"]["rate"] == str(media.cameras[2].clip.to_match.rate)
    assert sync["cameras"][2]["clock"]["sigma_s"] is None
    assert software["name"] == "touchline"
    assert software["libraries"]["pyhanko"]


def test_unsigned_it_is_the_same_every_time_and_says_so(media: IncidentFacts, home: Path, tmp_path: Path) -> None:
    first, second = (written(media, tmp_path / name, None) for name in ("a", "b"))
    assert first.zip.read_bytes() == second.zip.read_bytes()
    assert first.document()["package"]["signed"] is None
    assert first.zip_signature is None
    bag = bagit.Bag(str(first.exported.folder))
    bag.validate()
    assert bag.info["Internal-Sender-Description"] == "report.pdf (PDF) is not signed"
    assert not any(name.endswith((".sig", ".pem")) for name in files_in(first.exported.folder))


def test_signed_twice_only_signatures_differ(media: IncidentFacts, by: Signers, tmp_path: Path) -> None:
    first, second = (written(media, tmp_path / name, by) for name in ("a", "b"))
    one, other = (files_in(each.exported.folder / "data") for each in (first, second))
    assert set(one) == set(other)
    differ = {name for name in one if one[name] != other[name]}
    assert all(name.startswith(("stills/", "clips/")) or name in ("report.pdf", "incident.json") for name in differ)
    records = [json.loads(each.exported.record.read_text("utf-8")) for each in (first, second)]
    for record in records:
        del record["files"]
    assert records[0] == records[1]
    for a, b in zip(first.exported.stills, second.exported.stills, strict=True):
        assert np.array_equal(cv2.imread(str(a)), cv2.imread(str(b)))


def test_without_a_stamp_it_is_written_and_says_so(media: IncidentFacts, home: Path, tmp_path: Path) -> None:
    with signers(home, SigningSettings(timestamp_url=GONE)) as by:
        done = written(media, tmp_path, by, clip_before_s=0, clip_after_s=0)
    document = done.document()
    jsonschema.validate(document, schema("incident_export"))
    stamp = document["package"]["timestamp"]
    assert (stamp["status"], stamp["authority"]) == ("absent", GONE)
    assert stamp["fault"]
    said = bagit.Bag(str(done.exported.folder)).info["Internal-Sender-Description"]
    assert f"NO time stamp: {GONE}" in said


def test_taken_names_are_left_alone(media: IncidentFacts, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip").write_text("notes")
    (tmp_path / f"{NAME}-2.zip.sig").symlink_to(tmp_path / "nowhere")
    done = written(media, tmp_path, None, clip_before_s=0, clip_after_s=0)
    assert done.exported.folder.name == f"{NAME}-3"
    assert (tmp_path / f"{NAME}.zip").read_text() == "notes"
    with zipfile.ZipFile(done.zip) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {f"{NAME}-3"}


@pytest.mark.parametrize("share", [0.3, 0.86, 0.94, 0.96])
def test_stopped_anywhere_nothing_is_left(media: IncidentFacts, by: Signers, tmp_path: Path, share: float) -> None:
    class Stopped(Exception):
        pass

    def stop(done: float, what: str) -> None:
        assert what
        if done > share:
            raise Stopped

    with pytest.raises(Stopped):
        written(media, tmp_path, by, progress=stop, clip_before_s=0, clip_after_s=0)
    assert list(tmp_path.iterdir()) == []


def test_progress_grows_to_one(media: IncidentFacts, by: Signers, tmp_path: Path) -> None:
    shares: list[float] = []
    written(media, tmp_path, by, progress=lambda share, what: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_where_the_zip_cannot_be_placed_nothing_is(
    media: IncidentFacts, by: Signers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last move fails, as on a disk that goes away: the folder that was in its place already goes again."""
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target.suffix == ".zip":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(BadFile) as caught:
        written(media, tmp_path, by, clip_before_s=0, clip_after_s=0)
    assert caught.value.name == "export_unwritable"
    assert list(tmp_path.iterdir()) == []


WRITE = """
import os, pickle, resource, signal, sys
from fractions import Fraction
from pathlib import Path
from touchline.errors import BadFile
from var.evidence.package import write_package
from var.evidence.settings import SigningSettings
from var.evidence.signers import signers

facts = pickle.loads(Path(sys.argv[1]).read_bytes())
home, out, limit = Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
half = Fraction(1, 2)

def say(share, what):
    if share >= float(sys.argv[5]):
        os.kill(os.getpid(), signal.SIGKILL)

rename = Path.rename

def moving(self, target):
    if sys.argv[5] == "2" and target.suffix == ".zip":
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)

Path.rename = moving

with signers(home, SigningSettings()) as by:
    if int(limit):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit),) * 2)
    try:
        write_package(facts, out, by, lang="vi", home=home, progress=say, clip_before_s=half, clip_after_s=half)
    except BadFile as refusal:
        print(refusal.name)
"""


def command(media: IncidentFacts, home: Path, folder: Path, limit: int = 0, killed: float = 3) -> list[str]:
    """A process that writes the package; it is killed from this share on, with 2 before its ``.zip`` is moved."""
    (folder / "facts").write_bytes(pickle.dumps(media))
    given = (folder / "facts", home, folder / "out", limit, killed)
    return [sys.executable, "-c", WRITE, *map(str, given)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("what", ["report", "zip"])
def test_a_full_disk_leaves_nothing(
    media: IncidentFacts, home: Path, by: Signers, package: Package, tmp_path: Path, what: str
) -> None:
    """Files may not grow beyond less than the report, then beyond less than the ``.zip``, which alone is larger."""
    sizes = sorted(path.stat().st_size for path in package.exported.folder.rglob("*") if path.is_file())
    limit = package.exported.report.stat().st_size - 1000 if what == "report" else package.zip.stat().st_size - 1000
    assert what == "report" or sizes[-1] < limit
    done = subprocess.run(
        command(media, home, tmp_path, limit), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.split()[-1] == "export_no_space", done.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("share", [0.89, 0.97])
def test_killed_there_is_nothing_that_looks_like_a_package_and_the_next_sweeps_it(
    media: IncidentFacts, home: Path, tmp_path: Path, share: float
) -> None:
    process = subprocess.run(command(media, home, tmp_path, killed=share), timeout=100, check=False)
    assert process.returncode == -signal.SIGKILL
    out = tmp_path / "out"
    left = sorted(path.name for path in out.iterdir())
    assert [re.sub("[0-9a-f]{16}", "TOKEN", name) for name in left] == [".export-TOKEN.lock", f".{NAME}.export-TOKEN"]
    written(media, out, None, clip_before_s=0, clip_after_s=0)
    assert sorted(path.name for path in out.iterdir()) == [NAME, f"{NAME}.zip"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_between_its_moves_the_folder_is_good_and_the_next_export_brings_its_zip(
    media: IncidentFacts, home: Path, tmp_path: Path
) -> None:
    process = subprocess.run(command(media, home, tmp_path, killed=2), timeout=100, check=False)
    assert process.returncode == -signal.SIGKILL
    out, trust = tmp_path / "out", own_trust(home)
    assert [path.name for path in sorted(out.iterdir()) if path.name[0] != "."] == [NAME, f"{NAME}.zip.sig"]
    assert verify(out / NAME, trust).status is Status.INTACT
    written(media, out, None, clip_before_s=0, clip_after_s=0)
    both = [f"{NAME}{number}{kind}" for number in ("", "-2") for kind in ("", ".zip")]
    assert sorted(path.name for path in out.iterdir()) == sorted([*both, f"{NAME}.zip.sig"])
    assert verify(out / f"{NAME}.zip", trust).status is Status.INTACT
