"""Signatures in papers: pyHanko's own validator agrees, a stamp is there or said to be missing, a PIN is tried once."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typst
from signing_peers import MODULE, PIN, SoftToken, Stamper, soft_token, stamper

from touchline.errors import BadFile, BadValue, NotFound
from var.evidence.authority import Authority, authority
from var.evidence.pdf_signing import sign_paper, software_signer
from var.evidence.pdfa import called, compliant
from var.evidence.settings import SigningSettings, read_settings, write_settings

GONE = "http://127.0.0.1:9/"  # the discard port: nobody listens


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stamper]:
    with stamper(tmp_path_factory.mktemp("stamps") / "tsa") as running:
        yield running


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> SoftToken:
    return soft_token(tmp_path_factory.mktemp("token"))


@pytest.fixture(scope="module")
def paper() -> bytes:
    page: Any = typst.compile(b'#set document(title: "B")\nBi\xc3\xaan b\xe1\xba\xa3n', pdf_standards=["a-2b"])
    return bytes(page)


def judged(data: bytes, *roots: bytes) -> Any:
    """What pyHanko says of the one signature in ``data``, with ``roots`` (PEM) alone trusted."""
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    trusted = [one for root in roots for one in load_certs_from_pemder_data(root)]
    context = ValidationContext(trust_roots=trusted, allow_fetching=False, revocation_mode="soft-fail")
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures
    return validate_pdf_signature(signature, signer_validation_context=context, ts_validation_context=context)


def test_the_own_key_signs_and_the_root_vouches(own: Authority, paper: bytes) -> None:
    with software_signer(own) as by:
        done = sign_paper(paper, by, reason="Biên bản")
    assert done.stamped is None
    assert done.data.startswith(paper)
    found = judged(done.data, own.root)
    assert (found.bottom_line, found.trusted, found.coverage.name) == (True, True, "ENTIRE_FILE")
    assert judged(done.data).trusted is False
    changed = bytearray(done.data)
    changed[len(paper) // 2] ^= 1
    assert not judged(bytes(changed), own.root).intact


def test_the_paper_stays_what_pdf_a_asks(own: Authority, paper: bytes) -> None:
    """Version 1.7 and untouched metadata: pyHanko writes both anew for other keys and by itself."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    with software_signer(own) as by:
        data = sign_paper(paper, by, reason="").data
    before, after = (PdfFileReader(io.BytesIO(each)) for each in (paper, data))
    assert "/Version" not in after.root
    assert after.root["/Metadata"].data == before.root["/Metadata"].data
    assert b"pdfaid" in after.root["/Metadata"].data


def test_an_authority_stamps(own: Authority, paper: bytes, stamps: Stamper) -> None:
    with software_signer(own) as by:
        done = sign_paper(paper, by, reason="", timestamp_url=stamps.url)
    assert (done.stamped, done.fault) == (True, None)
    found = judged(done.data, own.root, stamps.root)
    assert found.bottom_line
    assert found.timestamp_validity is not None
    assert found.timestamp_validity.trusted
    assert stamps.asked


def test_without_an_answer_it_is_signed_and_says_so(own: Authority, paper: bytes) -> None:
    with software_signer(own) as by:
        done = sign_paper(paper, by, reason="", timestamp_url=GONE)
    assert done.stamped is False
    assert done.fault
    found = judged(done.data, own.root)
    assert found.bottom_line
    assert found.timestamp_validity is None


TOKEN = """
import json, sys
from pathlib import Path
from touchline.errors import TouchlineError
from var.evidence.pdf_signing import sign_paper, token_signer
from var.evidence.settings import Token

module, label, key, pin, source, target = sys.argv[1:]
try:
    with token_signer(Token(Path(module), label, key, key), pin or None) as by:
        Path(target).write_bytes(sign_paper(Path(source).read_bytes(), by, reason="").data)
        print(json.dumps({"holder": by.holder}))
except TouchlineError as refusal:
    print(json.dumps({"code": refusal.name}))
"""


def by_token(token: SoftToken, paper: bytes, folder: Path, **given: str) -> tuple[dict[str, str], Path]:
    """Sign ``paper`` with the token in a process of its own: a PKCS #11 module reads its settings once."""
    (folder / "in.pdf").write_bytes(paper)
    wanted = {"module": str(MODULE), "label": token.label, "key": "report", "pin": PIN, **given}
    command = [sys.executable, "-c", TOKEN, *wanted.values(), str(folder / "in.pdf"), str(folder / "out.pdf")]
    import os

    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **token.environment}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), folder / "out.pdf"


@pytest.mark.parametrize("key", ["report", "short"])
def test_a_token_signs(token: SoftToken, paper: bytes, tmp_path: Path, key: str) -> None:
    said, signed = by_token(token, paper, tmp_path, key=key)
    assert said == {"holder": f"Token {key}"}
    assert judged(signed.read_bytes(), token.certificates[key]).bottom_line


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"pin": "0000"}, "token_pin"),
        ({"pin": ""}, "token_pin_missing"),
        ({"label": "another"}, "token_refused"),
        ({"key": "another"}, "token_certificate"),
        ({"module": "/nowhere.so"}, "token_module"),
    ],
)
def test_a_token_that_does_not_sign_says_why(
    token: SoftToken, paper: bytes, tmp_path: Path, given: dict[str, str], code: str
) -> None:
    said, signed = by_token(token, paper, tmp_path, **given)
    assert said == {"code": code}
    assert not signed.exists()


def test_a_wrong_pin_is_tried_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import pkcs11
    import pyhanko.sign.pkcs11 as door

    from var.evidence.pdf_signing import token_signer
    from var.evidence.settings import Token

    tried: list[str] = []

    def refuse(*_: Any, user_pin: str, **__: Any) -> Any:
        tried.append(user_pin)
        raise pkcs11.exceptions.PinIncorrect

    monkeypatch.setattr(door, "open_pkcs11_session", refuse)
    (tmp_path / "module.so").touch()
    with pytest.raises(BadValue), token_signer(Token(tmp_path / "module.so", "t", "k", "k"), "0000"):
        pass
    assert tried == ["0000"]


def test_settings_are_kept_and_a_pin_is_none_of_them(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == SigningSettings()
    settings = SigningSettings("https://tsa.example/", "/m.so", "touchline", "report")
    write_settings(tmp_path, settings)
    assert read_settings(tmp_path) == settings
    assert settings.token is not None
    assert settings.token.certificate == "report"
    assert not any("pin" in name for name in settings.document())
    with pytest.raises(BadValue):
        SigningSettings(timestamp_url="ftp://tsa.example/")
    with pytest.raises(BadValue):
        SigningSettings(token_module="/m.so")


def report(*results: tuple[bool, str], listed: bool = True) -> dict[str, Any]:
    """A report in the form in which veraPDF 1.26 and newer (``listed``) and older ones give it."""
    found = [{"compliant": good, "profileName": name} for good, name in results]
    return {"report": {"jobs": [{"validationResult": found if listed else found[0]}]}}


def test_a_validators_report_is_read_strictly() -> None:
    name = "PDF/A-2B validation profile"
    assert compliant(report((True, name)))
    assert compliant(report((True, name), listed=False))
    assert not compliant(report((False, name)))
    assert not compliant(report((True, name), (False, name)))
    assert not compliant(report((True, "PDF/A-1B validation profile")))
    for other in ({}, [], None, {"report": {"jobs": []}}, {"report": {"jobs": [{}]}}, report((1, name))):  # type: ignore[arg-type]
        assert not compliant(other)


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_pdf_a_is_claimed_only_where_a_validator_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program on PATH is none: it stands for veraPDF to test how its answer is read, not what it would say."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert called(tmp_path / "report.pdf") == "PDF"
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "verapdf"
    for answer, name in (
        (json.dumps(report((True, "PDF/A-2B validation profile"))), "PDF/A-2b"),
        (json.dumps(report((False, "PDF/A-2B validation profile"))), "PDF"),
        ("no JSON", "PDF"),
    ):
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
        assert called(tmp_path / "report.pdf") == name


def test_unusable_keys_and_modules_are_named(tmp_path: Path) -> None:
    from var.evidence.pdf_signing import token_signer
    from var.evidence.settings import Token

    with pytest.raises(NotFound), token_signer(Token(tmp_path / "none.so", "t", "k", "k"), "1"):
        pass
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "root.pem").write_text("no certificate")
    with pytest.raises(BadFile):
        authority(tmp_path)
