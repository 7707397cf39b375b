"""The packages that this program writes, checked by the verifier of this program."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from export_scene import WRITTEN, angles, facts_of

from touchline.ledger import Author, Ledger, installation_key, ledger_path
from var.evidence import Status, Trust, own_trust, verify
from var.evidence.package import Package, write_package
from var.evidence.settings import SigningSettings
from var.evidence.signers import signers


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def packages(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """A signed package and one that was left unsigned, of a match with a ledger."""
    facts = facts_of(angles(tmp_path_factory.mktemp("media")))
    with Ledger.open(ledger_path(home, facts.match.id), installation_key(home), subject=facts.match.id) as ledger:
        ledger.append("decision", {"outcome": "offside"}, by=Author("Ánh Tuyết"))
    out = tmp_path_factory.mktemp("out")
    half = Fraction(1, 2)
    options = {"lang": "vi", "home": home, "clip_before_s": half, "clip_after_s": half, "written_utc": WRITTEN}
    with signers(home, SigningSettings()) as by:
        signed = write_package(facts, out / "signed", by, **options)
    return {"signed": signed, "unsigned": write_package(facts, out / "unsigned", None, **options)}


def test_a_written_package_is_intact_to_its_installation_and_untrusted_to_others(
    packages: dict[str, Package], home: Path
) -> None:
    package = packages["signed"]
    for path in (package.exported.folder, package.zip):
        verdict = verify(path, own_trust(home))
        assert (verdict.status, verdict.findings) == (Status.INTACT, ())
        assert {each.what for each in verdict.signatures} >= {"package", "pdf", "media", "ledger"}
        assert all(each.intact and each.trusted for each in verdict.signatures)
        assert verify(path, Trust()).status is Status.UNTRUSTED
    assert verify(package.exported.report, own_trust(home)).status is Status.INTACT


def test_a_package_that_was_left_unsigned_is_unsigned(packages: dict[str, Package], home: Path) -> None:
    for path in (packages["unsigned"].exported.folder, packages["unsigned"].zip):
        verdict = verify(path, own_trust(home))
        assert verdict.status is Status.UNSIGNED
        codes = {each.code for each in verdict.findings}
        assert codes >= {"unsigned", "pdf_unsigned", "media_unsigned"}
        assert not {each.code for each in verdict.findings if each.status is Status.TAMPERED}


def test_a_changed_byte_of_a_written_zip_is_found(packages: dict[str, Package], home: Path) -> None:
    target, trust = packages["signed"].zip, own_trust(home)
    before = target.read_bytes()
    rng = random.Random(11)
    for _ in range(60):
        at = rng.randrange(len(before))
        target.write_bytes(before[:at] + bytes([before[at] ^ rng.randrange(1, 256)]) + before[at + 1 :])
        verdict = verify(target, trust, within=False)
        assert verdict.status in (Status.TAMPERED, Status.UNREADABLE), at
        assert verdict.findings[0].path is not None
    target.write_bytes(before)
    assert verify(target, trust, within=False).status is Status.INTACT
