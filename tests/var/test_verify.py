"""What a check says of packages by who signed them, of files swapped with fresh hashes, and of single files."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from package_files import (
    NAME,
    Signers,
    certificate,
    copied,
    dump,
    make_package,
    others,
    ours,
    plain_mp4,
    plain_pdf,
    record,
    seal,
    seal_tags,
    sign_zip,
    signed_media,
    signed_pdf,
    zipped,
)

from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadFile, NotFound
from touchline.ledger import Head
from touchline.ledger.keys import public_pem
from var.commands.verify import EXIT
from var.evidence import Status, Trust, layout, read_trust, verify
from var.evidence.trust import Vouching
from var.evidence.verdict import STATUS

CLIP = "data/clips/cam1.mp4"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_package(tmp_path_factory.mktemp("package"), ours())
    zipped(folder, ours())
    return folder


def found(path: Path, trusted: Trust | None = None, *, within: bool = True) -> tuple[Status, set[str]]:
    """The status of a check that trusts us, and the codes of what it found."""
    verdict = verify(path, ours().trust() if trusted is None else trusted, within=within)
    jsonschema.validate(verdict.document("vi"), schemas()["verify"], cls=jsonschema.Draft202012Validator)
    return verdict.status, {each.code for each in verdict.findings}


def head_of(folder: Path) -> Head:
    evidence = json.loads((folder / "data" / layout.RECORD).read_text("utf-8"))["evidence"]
    return Head(evidence["n"], evidence["sha256"], evidence["ledger"])


def swap(folder: Path, by: Signers) -> None:
    """Another clip in the place of the package's, with credentials by ``by``."""
    (folder / CLIP).write_bytes(signed_media(by, plain_mp4(20), "video/mp4"))


# ------------------------------------------------------------------ who signed


def test_what_another_installation_signed_is_untrusted_and_says_so_of_each_signature(package: Path) -> None:
    for path in (package, package.with_name(f"{NAME}.zip")):
        status, codes = found(path, others().trust())
        assert (status, codes) == (Status.UNTRUSTED, {"untrusted_key", "ledger_untrusted", "untrusted_certificate"})
        assert found(path, Trust())[0] is Status.UNTRUSTED
        verdict = verify(path, others().trust(), within=False)
        assert all(each.intact and not each.trusted for each in verdict.signatures)


def test_a_key_is_trusted_by_itself_or_by_its_certificate(package: Path) -> None:
    key, root = Trust(keys=frozenset({ours().key.public})), ours().trust()
    assert found(package, key, within=False) == (Status.INTACT, set())
    assert found(package, root, within=False) == (Status.INTACT, set())
    assert found(package, key) == (Status.UNTRUSTED, {"untrusted_certificate"})  # the PDF and the media


def test_a_package_without_its_signature_is_unsigned(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    (folder / f"{layout.TAG_MANIFEST}.sig").unlink()
    assert found(folder, within=False) == (Status.UNSIGNED, {"unsigned"})


def test_what_was_left_unsigned_by_its_maker_is_unsigned(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    document = json.loads((folder / "data" / layout.RECORD).read_text("utf-8"))
    (folder / "data" / layout.RECORD).write_bytes(dump({**document, "signatures": []}))
    (folder / "data" / layout.REPORT).write_bytes(plain_pdf())
    seal(folder, None)
    (folder / layout.CERTIFICATES).unlink()
    manifest = folder / layout.TAG_MANIFEST
    kept = [line for line in manifest.read_bytes().splitlines(True) if layout.CERTIFICATES.encode() not in line]
    manifest.write_bytes(b"".join(kept))
    status, codes = found(folder)
    assert (status, codes) == (Status.UNSIGNED, {"unsigned", "pdf_unsigned", "ledger_untrusted"})


def test_a_zip_alone_is_checked_by_the_signature_within(package: Path, tmp_path: Path) -> None:
    copied(package, tmp_path)
    target = tmp_path / f"{NAME}.zip"
    (tmp_path / f"{NAME}.zip.sig").unlink()
    assert found(target, within=False) == (Status.INTACT, {"no_zip_signature"})
    (tmp_path / f"{NAME}.zip.sig").write_bytes(b"no signature")
    assert found(target, within=False) == (Status.TAMPERED, {"signature_form"})
    bag = (package / f"{layout.TAG_MANIFEST}.sig").read_bytes()
    (tmp_path / f"{NAME}.zip.sig").write_bytes(bag)  # a signature by the same key, for another purpose
    assert found(target, within=False) == (Status.TAMPERED, {"signature_form"})
    sign_zip(target, others())
    assert found(target, within=False) == (Status.UNTRUSTED, {"untrusted_key"})


# ------------------------------------------------------------------ swapped files


def test_a_swapped_clip_with_the_old_record_is_tampered(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    swap(folder, others())
    status, codes = found(folder, within=False)
    assert (status, codes) == (Status.TAMPERED, {"changed_file"})
    seal(folder, others())
    verdict = verify(folder, ours().trust())
    assert verdict.status is Status.TAMPERED
    told = {(each.code, each.path) for each in verdict.findings if each.status is Status.TAMPERED}
    assert told == {("swapped_payload", CLIP), ("key_differs", f"{layout.TAG_MANIFEST}.sig")}
    assert {each.code for each in verdict.findings} > {"untrusted_key", "untrusted_certificate"}


def test_a_swapped_clip_with_all_hashes_fresh_is_told_by_its_signatures(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    swap(folder, others())
    record(folder, others(), head_of(folder))
    seal(folder, None)
    status, codes = found(folder, within=False)
    assert (status, codes) == (Status.UNSIGNED, {"unsigned"})
    seal(folder, others())
    verdict = verify(folder, ours().trust())
    assert {each.path for each in verdict.findings if each.code == "untrusted_certificate"} == {CLIP}
    (other,) = [each for each in verdict.findings if each.status is Status.TAMPERED]  # the record names another's keys
    assert (other.code, other.path) == ("key_differs", "data/report.pdf")
    (package_signature,) = [each for each in verdict.signatures if each.what == "package"]
    assert (package_signature.holder, package_signature.intact, package_signature.trusted) == (
        "Others ledger",
        True,
        False,
    )
    # the certificates of ours beside a signature of others vouch for nothing
    (folder / layout.CERTIFICATES).write_bytes(ours().chain())
    seal_tags(folder, others())
    assert found(folder, within=False)[1] >= {"untrusted_key"}


def test_a_clip_whose_credentials_were_taken_out_is_tampered(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path)
    (folder / CLIP).write_bytes(plain_mp4())
    record(folder, ours(), head_of(folder))
    seal(folder, ours())
    assert found(folder) == (Status.TAMPERED, {"signature_gone"})


def test_files_that_the_record_does_not_name_or_that_are_not_there_are_told(package: Path, tmp_path: Path) -> None:
    folder = copied(package, tmp_path / "more")
    (folder / "data" / "clips" / "cam7.mp4").write_bytes(signed_media(ours(), plain_mp4(50), "video/mp4"))
    seal(folder, ours())
    assert found(folder, within=False) == (Status.TAMPERED, {"not_in_record"})
    folder = copied(package, tmp_path / "fewer")
    (folder / CLIP).unlink()
    seal(folder, ours())
    assert found(folder, within=False) == (Status.TAMPERED, {"missing_file"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": "touchline.incident/99"}, "record_invalid"),
        ({"unknown": 1}, "record_invalid"),
        ({"files": 3}, "record_invalid"),
        ({"match": None}, "record_invalid"),
    ],
)
def test_a_record_of_another_form_is_told_whoever_signed_it(
    change: dict[str, object], code: str, package: Path, tmp_path: Path
) -> None:
    folder = copied(package, tmp_path)
    document = json.loads((folder / "data" / layout.RECORD).read_text("utf-8"))
    (folder / "data" / layout.RECORD).write_bytes(dump({**document, **change}))
    (folder / "data" / layout.SCHEMA).write_bytes(dump({}))  # the sender's own, which allows all
    seal(folder, ours())
    status, codes = found(folder, within=False)
    assert status is Status.TAMPERED
    assert code in codes


def test_a_head_of_the_ledger_other_than_the_record_names_is_told(package: Path, tmp_path: Path) -> None:
    head = head_of(package)
    for name, wrong in (
        ("hash", Head(head.n, "0" * 64, head.ledger)),
        ("number", Head(head.n + 1, head.sha256, head.ledger)),
        ("ledger", Head(head.n, head.sha256, "0" * 32)),
    ):
        folder = copied(package, tmp_path / name)
        record(folder, ours(), wrong)
        seal(folder, ours())
        status, codes = found(folder, within=False)
        assert (status, codes) == (Status.TAMPERED, {"ledger_differs" if name == "ledger" else "ledger_broken"})
    folder = copied(package, tmp_path / "gone")
    (folder / "data" / layout.LEDGER).unlink()
    seal(folder, ours())
    assert found(folder, within=False) == (Status.TAMPERED, {"missing_file"})
    folder = copied(package, tmp_path / "no ledger")
    (folder / "data" / layout.LEDGER).write_bytes(b"{}\n")
    seal(folder, ours())
    assert found(folder, within=False) == (Status.TAMPERED, {"ledger_no_slice"})


# ------------------------------------------------------------------ certificates


def test_a_certificate_vouches_only_under_an_authority_and_while_it_is_valid() -> None:
    own, us = Ed25519PrivateKey.generate(), ours()
    public = own.public_key()
    raw = public.public_bytes_raw()

    def trusted(*chain: object, now: datetime | None = None) -> bool:
        return Vouching(chain, us.trust(), now).holder(raw).trusted  # type: ignore[arg-type]

    good = certificate("good", public, us.root.subject, us.root_key)
    assert trusted(good)
    assert trusted(good, us.root)
    assert not trusted()
    assert not trusted(good, now=datetime.now(UTC) + timedelta(days=4000))
    assert not trusted(good, now=datetime.now(UTC) - timedelta(days=400))
    assert not trusted(certificate("old", public, us.root.subject, us.root_key, days=(-9, -2)))
    assert not trusted(certificate("own", public, us.root.subject, own))  # names the root, which did not sign it
    # a leaf of ours that plays the authority
    forged = certificate("forged", public, us.media.subject, us.media_key)
    assert not trusted(forged, us.media, us.root)
    # an authority between, which the root made one
    between_key = others().root_key
    between = certificate(
        "between", between_key.public_key(), us.root.subject, us.root_key, authority=True, key_cert_sign=True
    )
    below = certificate("below", public, between.subject, between_key)
    assert trusted(below, between)
    assert not trusted(below)
    # two authorities that sign each other
    assert not trusted(below, certificate("between", between_key.public_key(), between.subject, between_key))


def test_files_of_trust_hold_certificates_and_keys(tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(b"said by: me\n" + ours().root.public_bytes(Encoding.PEM) + public_pem(others().key.public))
    assert read_trust([both]) == Trust((ours().root,), frozenset({others().key.public}))
    for name, content in (
        ("none.pem", b"nothing"),
        ("bad.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("absent.pem", None),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(BadFile):
            read_trust([tmp_path / name])


# ------------------------------------------------------------------ single files


def test_a_signed_file_is_checked_by_itself(package: Path, tmp_path: Path) -> None:
    for name, kind in ((f"data/{layout.REPORT}", "pdf"), (CLIP, "media"), ("data/stills/cam1-f100.jpg", "media")):
        file = package / name
        assert verify(file, ours().trust()).kind == kind
        assert found(file) == (Status.INTACT, set())
        assert found(file, others().trust()) == (Status.UNTRUSTED, {"untrusted_certificate"})
    changed = tmp_path / "report.pdf"
    pdf = (package / "data" / layout.REPORT).read_bytes()
    for content, code in (
        (plain_pdf(), "pdf_unsigned"),
        (pdf + b"\n% more\n", "pdf_extended"),
        (pdf + pdf[pdf.rindex(b"startxref") :], "pdf_extended"),
        (signed_pdf(ours(), pdf[: len(plain_pdf())] + b"\n"), None),
        (pdf.replace(b"/Type", b"/Typo", 1), "pdf_changed"),
        (pdf[:300], "pdf_damaged"),
    ):
        changed.write_bytes(content)
        status, codes = found(changed)
        assert codes == (set() if code is None else {code})
        assert status is (Status.INTACT if code is None else STATUS[code])
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(plain_mp4())
    assert found(clip) == (Status.UNSIGNED, {"media_unsigned"})
    clip.write_bytes((package / CLIP).read_bytes()[:-200])
    assert found(clip)[0] is Status.TAMPERED


def test_proofs_and_time_stamps_behind_a_signature_are_no_change_of_it(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    lasting = signed_pdf(ours(), lasting=True)
    file.write_bytes(lasting)
    verdict = verify(file, ours().trust())
    assert (verdict.status, verdict.findings) == (Status.INTACT, ())
    (signature,) = verdict.signatures
    assert (signature.holder, signature.time_proved) == ("Ours PDF", True)
    for more in (b"\n% more\n", lasting[lasting.rindex(b"startxref") :]):
        file.write_bytes(lasting + more)
        assert found(file) == (Status.TAMPERED, {"pdf_extended"})


def test_a_ledger_is_checked_by_itself(package: Path) -> None:
    trust = Trust(keys=frozenset({ours().key.public}))
    assert found(package / "data" / layout.LEDGER, trust) == (Status.INTACT, set())
    assert found(package / "data" / layout.LEDGER, Trust()) == (Status.UNTRUSTED, {"ledger_untrusted"})


# ------------------------------------------------------------------ others agree, and the command


def test_bagit_agrees_on_what_is_good_and_on_what_was_changed(package: Path, tmp_path: Path) -> None:
    bagit = pytest.importorskip("bagit")
    logging.getLogger("bagit").setLevel(logging.CRITICAL + 1)
    assert bagit.Bag(str(package)).validate()
    folder = copied(package, tmp_path)
    swap(folder, others())
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(folder)).validate()
    assert found(folder, within=False)[0] is Status.TAMPERED


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that trusts us: our root and our key lie in its folder of keys."""
    keys = tmp_path / "home" / "keys"
    keys.mkdir(parents=True)
    (keys / "root.pem").write_bytes(ours().root.public_bytes(Encoding.PEM))
    (keys / "ledger.pub").write_bytes(public_pem(ours().key.public))
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


Harm = Callable[[Path], object]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("harm", "code", "said"),
    [
        (lambda folder: None, 0, {"vi": "Nguyên vẹn", "en": "Intact"}),
        (lambda folder: swap(folder, ours()), 1, {"vi": "đã bị sửa", "en": "was changed"}),
        (
            lambda folder: (folder / f"{layout.TAG_MANIFEST}.sig").unlink(),
            2,
            {"vi": "không có chữ ký", "en": "has no signature"},
        ),
        (
            lambda folder: (shutil.rmtree(folder), make_package(folder.parent, others())),
            3,
            {"vi": "không được ai bạn tin", "en": "nobody you trust"},
        ),
        (lambda folder: (folder / "fetch.txt").touch(), 4, {"vi": "Từ chối", "en": "Refused"}),
    ],
)
def test_the_command_says_what_it_found_by_words_and_exit_code(
    harm: Harm, code: int, said: dict[str, str], package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(package, tmp_path)
    harm(folder)
    for lang, words in said.items():
        assert main(["verify", str(folder), "--lang", lang]) == code
        assert words in capsys.readouterr().out
    assert main(["verify", str(folder), "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert EXIT[Status(document["status"])] == code
    jsonschema.validate(document, schemas()["verify"], cls=jsonschema.Draft202012Validator)


@pytest.mark.usefixtures("home")
def test_whom_to_trust_may_be_said_instead(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = tmp_path / "others.pem"
    theirs.write_bytes(others().root.public_bytes(Encoding.PEM))
    assert main(["verify", str(package), "--trust", str(theirs), "--json"]) == 3
    capsys.readouterr()
    for words in (
        ["verify", str(tmp_path / "nothing")],
        ["verify", str(package), "--trust", str(package / "bagit.txt")],
    ):
        assert main([*words, "--json"]) == 4
        assert json.loads(capsys.readouterr().out)["status"] == "refused"
    with pytest.raises(NotFound):
        verify(tmp_path / "nothing", Trust())


def test_every_finding_has_its_words_and_its_place_in_the_schema() -> None:
    codes = schemas()["verify"]["properties"]["findings"]["items"]["properties"]["code"]["enum"]
    assert sorted(STATUS) == codes
    from touchline.i18n import find

    for code in STATUS:
        assert find(f"var.verify.finding.{code}", "vi")
        assert find(f"var.verify.finding.{code}", "en")
