"""The installation's certificates: made once, for their owner alone, never replaced, and of the agreed form."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from touchline.errors import BadFile
from touchline.ledger import installation_key
from touchline.ledger.keys import keys_folder
from var.evidence.authority import Authority, authority


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Authority]:
    home = tmp_path_factory.mktemp("home")
    return home, authority(home, host="san-tu-do")


def contents(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in keys_folder(home).iterdir() if path.name != "lock"}


def test_a_root_and_three_certificates_below_it(made: tuple[Path, Authority]) -> None:
    home, own = made
    certificates = x509.load_pem_x509_certificates(own.certificates())
    assert len(certificates) == 4
    root = certificates[-1]
    assert root.subject.rfc4514_string() == f"CN={own.name},O=Touchline"
    assert own.name.startswith("Touchline san-tu-do ")
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    for each in certificates:
        each.verify_directly_issued_by(root)
        assert each.not_valid_after_utc == root.not_valid_after_utc
    paper, media, ledger = certificates[:3]
    public = paper.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 3072
    assert paper.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment
    with pytest.raises(x509.ExtensionNotFound):
        paper.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert isinstance(media.public_key(), ec.EllipticCurvePublicKey)
    purposes = list(media.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert purposes == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    assert ledger.public_key().public_bytes_raw() == installation_key(home).public  # type: ignore[union-attr]


def test_only_certificates_are_for_others(made: tuple[Path, Authority]) -> None:
    for path in keys_folder(made[0]).glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert {path.name for path in keys_folder(made[0]).glob("*.key")} == {
        "ledger.key",
        "media.key",
        "paper.key",
        "root.key",
    }


def test_the_second_time_they_are_the_same(made: tuple[Path, Authority]) -> None:
    before = contents(made[0])
    assert authority(made[0], host="another").certificates() == made[1].certificates()
    assert "PRIVATE" not in repr(made[1])
    assert contents(made[0]) == before


@pytest.mark.parametrize("name", ["root.key", "paper.key", "media.key", "root.pem"])
def test_what_is_missing_is_not_made_anew(made: tuple[Path, Authority], tmp_path: Path, name: str) -> None:
    keys_folder(tmp_path).mkdir()
    for other, data in contents(made[0]).items():
        if other != name:
            (keys_folder(tmp_path) / other).write_bytes(data)
    before = contents(tmp_path)
    with pytest.raises(BadFile) as caught:
        authority(tmp_path)
    assert caught.value.name == "evidence_keys"
    assert name in str(caught.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["root.key", "media.pem", "ledger.pem", "paper.key"])
def test_what_is_damaged_is_refused_and_left(made: tuple[Path, Authority], tmp_path: Path, name: str) -> None:
    keys_folder(tmp_path).mkdir()
    for other, data in contents(made[0]).items():
        (keys_folder(tmp_path) / other).write_bytes(data[: len(data) // 2] if other == name else data)
    before = contents(tmp_path)
    with pytest.raises(BadFile) as caught:
        authority(tmp_path)
    assert caught.value.name == "evidence_keys"
    assert contents(tmp_path) == before


def test_a_certificate_of_another_installation_is_refused(made: tuple[Path, Authority], tmp_path: Path) -> None:
    authority(tmp_path)
    for name in ("media.key", "media.pem"):
        (keys_folder(tmp_path) / name).write_bytes(contents(made[0])[name])
    with pytest.raises(BadFile, match=r"media\.pem was not issued by root\.pem"):
        authority(tmp_path)


def test_killed_between_key_and_certificate_it_goes_on_with_that_key(tmp_path: Path) -> None:
    authority(tmp_path)
    key = (keys_folder(tmp_path) / "media.key").read_bytes()
    (keys_folder(tmp_path) / "media.pem").unlink()
    assert authority(tmp_path).media.key == key
