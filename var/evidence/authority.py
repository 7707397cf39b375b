"""The installation's own certificates: a root, and below it one for papers, one for media, one for the ledger's key.

They lie beside the ledger's key (``touchline.ledger.keys``): ``root.pem`` is for everybody, the ``.key`` files are for
their owner alone. Nothing is ever made anew in the place of what is there: what it signed would be trusted no more.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.errors import BadFile
from touchline.files import locked, write_bytes
from touchline.ledger.keys import SigningKey, installation_key, keys_folder

if TYPE_CHECKING:
    from cryptography import x509

ROOT, PAPER, MEDIA, LEDGER = "root", "paper", "media", "ledger"
YEARS = 30
SINCE = datetime(2024, 1, 1, tzinfo=UTC)
"""Certificates hold from here: made while this machine's clock was ahead, they must hold once that is set right."""
RSA_BITS = 3072
ORGANISATION = "Touchline"


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate and its private key, both in PEM (PKCS #8)."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authority:
    """What an installation signs with. ``root`` and ``ledger`` are certificates in PEM; the second is of
    ``ledger_key``, which signs packages too. ``name`` is what the root is called."""

    name: str
    root: bytes
    paper: Holder
    media: Holder
    ledger: bytes
    ledger_key: SigningKey

    def certificates(self, paper: Sequence[bytes] | None = None) -> bytes:
        """The certificates for a package, in PEM: of the keys that signed, then the root. ``paper`` is the chain of
        who signed the papers instead of this installation."""
        chain = [self.paper.certificate] if paper is None else list(paper)
        every = [*chain[:1], self.media.certificate, self.ledger, *chain[1:], self.root]
        return b"".join(dict.fromkeys(every))


def authority(home: Path, *, host: str | None = None) -> Authority:
    """The certificates of the installation whose data lie in ``home``, made at first use; ``host`` names a new root.

    Raises ``BadFile`` where one of them cannot be read or written, is missing beside its key, or does not fit it.
    """
    ledger_key = installation_key(home)
    folder = keys_folder(home)
    try:
        with locked(folder / "lock"):
            return _authority(folder, ledger_key, host or platform.node() or "localhost")
    except (OSError, ValueError, TypeError) as fault:
        raise BadFile("var.errors.evidence_keys", folder=folder, fault=fault) from fault


def _authority(folder: Path, ledger_key: SigningKey, host: str) -> Authority:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if not (folder / f"{ROOT}.pem").exists() and any(
        (folder / f"{each}.pem").exists() for each in (PAPER, MEDIA, LEDGER)
    ):
        raise ValueError(f"{ROOT}.pem is missing beside what it signed")

    def rooted(key: Any) -> x509.Certificate:
        common = f"Touchline {host[:40]} {_short(key.public_key())}"
        return _issued(common, key.public_key(), key, None, ca=True)

    def elliptic() -> Any:
        return ec.generate_private_key(ec.SECP256R1())

    root, root_key = _loaded(_pair(folder, ROOT, elliptic, rooted))
    name = _common_name(root)

    def leaf(called: str, what: str, new: Callable[[], Any], **profile: Any) -> Holder:
        held = _pair(
            folder, called, new, lambda key: _issued(f"{name} {what}", key.public_key(), root_key, root, **profile)
        )
        _below(root, _loaded(held)[0], called)
        return held

    paper = leaf(PAPER, "report", lambda: rsa.generate_private_key(65537, RSA_BITS), commits=True)
    media = leaf(MEDIA, "media", elliptic, purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION)
    path = folder / f"{LEDGER}.pem"
    public = Ed25519PublicKey.from_public_bytes(ledger_key.public)
    if not path.exists():
        write_bytes(path, _pem(_issued(f"{name} evidence", public, root_key, root, commits=True)))
    ledger = _certificate(path.read_bytes())
    _below(root, ledger, LEDGER)
    if ledger.public_key() != public:
        raise ValueError(f"{path.name} is not of the ledger's key")
    return Authority(name, _pem(root), paper, media, _pem(ledger), ledger_key)


def _short(public: Any) -> str:
    """Eight hexadecimal digits of a public key's SHA-256."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:8]


def _issued(
    common: str,
    public: Any,
    signing: Any,
    issuer: x509.Certificate | None,
    *,
    ca: bool = False,
    commits: bool = False,
    purpose: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    """A certificate of ``public`` that ``signing`` signs; without an ``issuer`` it is its own."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import NameOID

    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )
    parent = subject if issuer is None else issuer.subject
    ends = datetime.now(UTC) + timedelta(days=365 * YEARS) if issuer is None else issuer.not_valid_after_utc
    builder = (
        x509.CertificateBuilder(parent, subject, public, x509.random_serial_number())
        .not_valid_before(min(SINCE, datetime.now(UTC) - timedelta(days=1)))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(key_usage(ca=ca, commits=commits), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if issuer is not None:
        above = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above)
        builder = builder.add_extension(aki, critical=False)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(signing, SHA256())


def key_usage(*, ca: bool, commits: bool = False) -> x509.KeyUsage:
    """What a key is for: an authority's signs certificates, any other's documents; ``commits``: its holder answers for
    what it signs (nonRepudiation)."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _pair(folder: Path, name: str, new: Callable[[], Any], issue: Callable[[Any], x509.Certificate]) -> Holder:
    """A certificate and its key from their files, made where neither is there.

    A key without a certificate was left by a process that was killed before it signed anything: it gets one. Raises
    ``ValueError`` for a certificate without its key or with another's, and ``OSError``.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem, key = folder / f"{name}.pem", folder / f"{name}.key"
    if not key.exists():
        if pem.exists():
            raise ValueError(f"{key.name} is missing beside {pem.name}")
        secret = new().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_bytes(key, secret, private=True)
    if not pem.exists():
        write_bytes(pem, _pem(issue(_private(key.read_bytes()))))
    held = Holder(pem.read_bytes(), key.read_bytes())
    certificate, private = _loaded(held)
    if private.public_key() != certificate.public_key():
        raise ValueError(f"{key.name} does not belong to {pem.name}")
    key.chmod(0o600)
    return held


def _loaded(held: Holder) -> tuple[x509.Certificate, Any]:
    return _certificate(held.certificate), _private(held.key)


def _private(pem: bytes) -> Any:
    """A private key; the numbers of one for RSA are checked where it signs, once, because that takes long."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


def _certificate(pem: bytes) -> x509.Certificate:
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem)


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _common_name(certificate: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID

    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _below(root: x509.Certificate, one: x509.Certificate, name: str) -> None:
    """Raises ``ValueError`` where the root did not issue the certificate."""
    from cryptography.exceptions import InvalidSignature

    try:
        one.verify_directly_issued_by(root)
    except (InvalidSignature, ValueError) as fault:  # the latter where another's name is in it
        raise ValueError(f"{name}.pem was not issued by {ROOT}.pem") from fault


def holder_of(pem: bytes) -> str:
    """The common name of the first certificate in ``pem``, or its whole subject where it has none."""
    certificate = _certificate(pem)
    try:
        return _common_name(certificate)
    except IndexError:
        return certificate.subject.rfc4514_string()
