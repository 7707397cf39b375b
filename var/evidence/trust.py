"""Whom a check trusts: certificates under which others stand, and Ed25519 keys; only those that it was given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import BadFile
from touchline.ledger.keys import keys_folder, read_public
from var.evidence.names import printable

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ROOT = "root.pem"
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----.{1,65536}?-----END \1-----", re.DOTALL)
_MOST_CERTIFICATES = 16


@dataclass(frozen=True, slots=True)
class Trust:
    """``roots`` are certificates, ``keys`` raw public Ed25519 keys. Empty trusts nobody."""

    roots: tuple[Certificate, ...] = ()
    keys: frozenset[bytes] = frozenset()

    def pem(self) -> str:
        """The certificates as PEM, one behind the other."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return "".join(root.public_bytes(Encoding.PEM).decode("ascii") for root in self.roots)


def own_trust(home: Path) -> Trust:
    """Whom the installation with its data in ``home`` trusts: its own root, and the keys beside it.

    Raises ``BadFile`` where one of the files cannot be read.
    """
    folder = keys_folder(home)
    root = folder / ROOT
    given = read_trust([root]) if root.exists() else Trust()
    keys = (read_public(path) for path in sorted(folder.glob("*.pub")))
    return Trust(given.roots, given.keys | frozenset(keys))


def read_trust(paths: Iterable[Path]) -> Trust:
    """The certificates and Ed25519 public keys in PEM files.

    Raises ``BadFile`` for a file that cannot be read, and for one that holds neither.
    """
    roots: list[Certificate] = []
    keys: set[bytes] = set()
    for path in paths:
        try:
            certificates, public = _blocks(path.read_bytes())
        except (OSError, ValueError) as fault:
            raise BadFile("var.errors.trust_file", path=path, fault=fault) from fault
        if not certificates and not public:
            raise BadFile("var.errors.trust_file", path=path, fault="no CERTIFICATE, no PUBLIC KEY")
        roots += certificates
        keys |= public
    return Trust(tuple(dict.fromkeys(roots)), frozenset(keys))


def _blocks(content: bytes) -> tuple[list[Certificate], set[bytes]]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    keys: set[bytes] = set()
    certificates = read_certificates(content)
    for block in _BLOCK.finditer(content):
        if block[1] != b"PUBLIC KEY":
            continue
        try:
            key = load_pem_public_key(block[0])
        except UnsupportedAlgorithm as fault:
            raise ValueError(str(fault)) from fault
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("a public key that is not Ed25519; give its certificate instead")
        keys.add(key.public_bytes_raw())
    return certificates, keys


def read_certificates(content: bytes) -> list[Certificate]:
    """The certificates in PEM text, other blocks passed over. Raises ``ValueError`` for one that is none, or more than
    16."""
    from cryptography.x509 import load_pem_x509_certificate

    blocks = [block[0] for block in _BLOCK.finditer(content) if block[1] == b"CERTIFICATE"]
    if len(blocks) > _MOST_CERTIFICATES:
        raise ValueError(f"more than {_MOST_CERTIFICATES} certificates")
    return [load_pem_x509_certificate(block) for block in blocks]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an Ed25519 key is: the name in its certificate (None without one), and whether the key is trusted."""

    name: str | None
    trusted: bool


class Vouching:
    """Tells whose a key is, from the certificates in a package and those that are trusted."""

    def __init__(self, certificates: Sequence[Certificate], trust: Trust, now: datetime | None = None) -> None:
        self._certificates = certificates
        self._trust = trust
        self._now = now or datetime.now(UTC)

    def holder(self, public: bytes) -> Holder:
        """Whose the raw public key is. Trusted is a key that is itself, or whose certificate stands under a root."""
        own = [each for each in self._certificates if _ed25519(each) == public]
        good = [each for each in own if self._stands(each)]
        name = next((common_name(each) for each in [*good, *own]), None)
        return Holder(name, bool(good) or public in self._trust.keys)

    def trusted_keys(self) -> frozenset[bytes]:
        """The raw keys that are trusted, those of certificates in the package included."""
        found = {_ed25519(each) for each in self._certificates if self._stands(each)}
        return self._trust.keys | {key for key in found if key is not None}

    def named_keys(self) -> frozenset[bytes]:
        """The raw keys for which there is a certificate, whether it is trusted or not."""
        return frozenset(key for key in map(_ed25519, self._certificates) if key is not None)

    def public_of(self, serial: str | None) -> str | None:
        """The SHA-256 of the public key (DER) of the certificate in the package with this serial number, None without
        one."""
        return next((_public(each) for each in self._certificates if str(each.serial_number) == serial), None)

    def _stands(self, leaf: Certificate) -> bool:
        """Whether ``leaf`` is a trusted certificate itself, or was signed under one by authorities in the package."""
        at, path = leaf, 0
        while self._valid(at):
            if at in self._trust.roots:
                return True
            if any(self._signed(at, root, path) for root in self._trust.roots):
                return True
            above = next((each for each in self._certificates if self._signed(at, each, path)), None)
            if above is None or path >= _MOST_CERTIFICATES:
                return False
            at, path = above, path + 1
        return False

    def _valid(self, one: Certificate) -> bool:
        return one.not_valid_before_utc <= self._now <= one.not_valid_after_utc

    def _signed(self, one: Certificate, by: Certificate, below: int) -> bool:
        """Whether ``by`` may sign certificates with ``below`` authorities between it and the end, and signed this."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.x509 import BasicConstraints, ExtensionNotFound, KeyUsage

        if by == one or not self._valid(by):
            return False
        try:
            limits = by.extensions.get_extension_for_class(BasicConstraints).value
            usage = by.extensions.get_extension_for_class(KeyUsage).value
            if not (limits.ca and usage.key_cert_sign):
                return False
            if limits.path_length is not None and below > limits.path_length:
                return False
            one.verify_directly_issued_by(by)
        except (ExtensionNotFound, InvalidSignature, ValueError, TypeError):
            return False
        return True


def _public(one: Certificate) -> str | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        data = one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return sha256(data).hexdigest()


def _ed25519(one: Certificate) -> bytes | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = one.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None


def common_name(one: Certificate) -> str | None:
    """The common name of a certificate's subject; None without one."""
    from cryptography.x509.oid import NameOID

    try:
        found = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        return None
    return printable(str(found[0].value)) if found else None
