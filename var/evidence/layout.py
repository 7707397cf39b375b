"""What a package is made of: the names of its files, and the one line that signs one of them.

A package is a bag (RFC 8493, version 1.0) with SHA-256 manifests, in a folder or in a ``.zip`` that holds it.
Its tag manifest is signed, and beside a ``.zip`` lies a signature of its every byte. Signatures are Ed25519.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from touchline.ledger.keys import SigningKey, key_id, verifies

BAGIT, BAG_INFO = "bagit.txt", "bag-info.txt"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIGNATURE_SUFFIX = ".sig"
PAYLOAD = "data"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

CERTIFICATES = "certificates.pem"
"""A tag file: the certificates of the keys that signed, then those above them, in PEM."""

REPORT, RECORD, SCHEMA = "report.pdf", "incident.json", "incident.schema.json"
MATCH_RECORD, MATCH_RECORD_SCHEMA = "match_report.json", "match_report.schema.json"
RECORDS = (RECORD, MATCH_RECORD)
"""What the package of a report tells as data: one incident, or a whole match."""
LEDGER, CALIBRATION, SYNC, SOFTWARE = "ledger.jsonl", "calibration.json", "sync.json", "software.json"
STILLS, CLIPS = "stills", "clips"

MATCH, MATCH_SCHEMA, ENTRIES, LOOKS = "match.json", "match.schema.json", "entries.jsonl", "looks.jsonl"
BODIES = "bodies.jsonl"
"""What a package of a whole match holds in the stead of report and incident (``var/transfer``)."""
MATCH_PATH, ENTRIES_PATH = f"{PAYLOAD}/{MATCH}", f"{PAYLOAD}/{ENTRIES}"


def required(names: Collection[str]) -> tuple[str, ...]:
    """What a package with files of these ``names`` must hold: by its record it is a match that moves, the report of a
    match, or that of an incident."""
    records = [name for name in RECORDS if f"{PAYLOAD}/{name}" in names]
    if MATCH_PATH in names and not records:
        return MATCH_PATH, ENTRIES_PATH
    return f"{PAYLOAD}/{REPORT}", f"{PAYLOAD}/{records[-1] if records else RECORD}"


def is_moving(names: Collection[str]) -> bool:
    """Whether a package with files of these ``names`` is checked as a match that moves. One that is the report of
    something and holds a match beside is not: nobody looked at that match."""
    return MATCH_PATH in required(names)


BAG_PURPOSE, ZIP_PURPOSE = "touchline-package-1", "touchline-zip-1"
"""What a signature is for; it is part of what is signed, so that one cannot stand for another."""

_LINE = re.compile(rb"([a-z0-9-]{1,40}) ed25519 ([0-9a-f]{64}) ([0-9a-f]{128})\n")


@dataclass(frozen=True, slots=True)
class DetachedSignature:
    """A signature beside the file that it signs: ``public`` is the raw key (32 bytes), ``signature`` has 64 bytes."""

    purpose: str
    public: bytes
    signature: bytes

    @property
    def key(self) -> str:
        """The name of the key, as the ledger has it."""
        return key_id(self.public)

    def line(self) -> bytes:
        """The whole content of the file that holds it; no other bytes say the same."""
        return f"{self.purpose} ed25519 {self.public.hex()} {self.signature.hex()}\n".encode("ascii")

    def holds(self, sha256: str) -> bool:
        """Whether it is this key's signature of a file with this SHA-256 (64 hexadecimal digits)."""
        return verifies(self.public, self.signature, _message(self.purpose, sha256))


def signed(key: SigningKey, purpose: str, sha256: str) -> DetachedSignature:
    """The signature of a file by its SHA-256."""
    return DetachedSignature(purpose, key.public, key.sign(_message(purpose, sha256)))


def read_signature(content: bytes) -> DetachedSignature | None:
    """The signature that a file holds; None for anything that is not exactly one."""
    found = _LINE.fullmatch(content)
    if found is None:
        return None
    return DetachedSignature(
        found[1].decode("ascii"), bytes.fromhex(found[2].decode()), bytes.fromhex(found[3].decode())
    )


def _message(purpose: str, sha256: str) -> bytes:
    return f"{purpose}\n{sha256}\n".encode("ascii")
