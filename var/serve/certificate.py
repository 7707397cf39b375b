"""The installation's own certificate authority, and the server's certificate that it signs.

The authority may only vouch for private addresses and this machine's names (name constraints, RFC 5280 4.2.1.10): who
installs it on a phone does not hand this laptop the keys to the rest of the web.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import BadFile
from touchline.files import locked, write_bytes
from var.evidence.authority import key_usage
from var.serve.addresses import Address

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY_DAYS = 3650
SERVER_DAYS = 90
RENEW_BEFORE_DAYS = 30
CLOCK_SLACK = timedelta(days=1)
"""Certificates begin a day early: clocks in a stadium are not all right."""
AUTHORITY_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
"""The authority is kept for years: made while this machine's clock was ahead, it must hold once that is set right."""
NETWORKS = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
    "192.0.2.0/24", "198.18.0.0/15", "::1/128", "fc00::/7",
)  # fmt: skip
"""What the authority may vouch for: loopback, private use, link-local, shared and test networks."""
DOMAINS = ("localhost", "local", "lan", "home.arpa", "internal")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that is ready to serve. Fingerprints are SHA-256 in hexadecimal with colons, as browsers show
    them. ``outside`` are addresses that the authority may not vouch for: browsers go on warning there."""

    chain: Path
    key: Path
    authority: Path
    fingerprint: str
    authority_fingerprint: str
    expires_utc: str
    outside: tuple[str, ...]

    def context(self) -> ssl.SSLContext:
        """A TLS context for a server, TLS 1.2 or newer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.chain, self.key)
        return context


def certificate(
    folder: Path, addresses: Sequence[Address], names: Sequence[str], *, now: datetime | None = None
) -> Issued:
    """The server's certificate for these addresses and names, made anew where they changed or it ends soon.

    ``folder`` keeps ``ca.pem``, ``ca.key``, ``server.pem`` and ``server.key``, readable by their owner alone.
    Raises ``BadFile`` where they cannot be read or written.
    """
    now = now or datetime.now(UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        with locked(folder / "lock"):
            authority, authority_key = _authority(folder, names, now)
            server, outside = _server(folder, authority, authority_key, addresses, names, now)
    except (OSError, ValueError, TypeError) as fault:
        raise BadFile("var.errors.bad_certificate", folder=folder, fault=fault) from fault
    return Issued(
        chain=folder / "server.pem",
        key=folder / "server.key",
        authority=folder / "ca.pem",
        fingerprint=_fingerprint(server),
        authority_fingerprint=_fingerprint(authority),
        expires_utc=server.not_valid_after_utc.isoformat(),
        outside=outside,
    )


def _fingerprint(one: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return one.fingerprint(SHA256()).hex(":").upper()


def _load(folder: Path, name: str) -> tuple[x509.Certificate, EllipticCurvePrivateKey] | None:
    """A certificate and its key; None where either is not there. Raises ``ValueError`` for a pair that is none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    if not (pem.exists() and key_file.exists()):
        return None
    one = x509.load_pem_x509_certificate(pem.read_bytes())
    key = load_pem_private_key(key_file.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != one.public_key():
        raise ValueError(f"{key_file.name} does not belong to {pem.name}")
    key_file.chmod(0o600)
    return one, key


def _keep(folder: Path, name: str, chain: Sequence[x509.Certificate], key: EllipticCurvePrivateKey) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.pem").unlink(missing_ok=True)  # never a new key beside an old certificate
    write_bytes(folder / f"{name}.key", secret, private=True)
    write_bytes(folder / f"{name}.pem", b"".join(one.public_bytes(Encoding.PEM) for one in chain))


def _authority(folder: Path, names: Sequence[str], now: datetime) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import NameOID

    kept = _load(folder, "ca")
    if kept is not None and now + timedelta(days=SERVER_DAYS) < kept[0].not_valid_after_utc:
        return kept
    key = ec.generate_private_key(ec.SECP256R1())
    host = names[0] if names else "localhost"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Touchline ({host}, {now:%Y-%m-%d})")])
    permitted: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_network(network)) for network in NETWORKS]
    permitted += [x509.DNSName(domain) for domain in dict.fromkeys([*DOMAINS, *names[:1]])]
    public = key.public_key()
    authority = (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(min(now - CLOCK_SLACK, AUTHORITY_SINCE))
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(ca=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, SHA256())
    )
    _keep(folder, "ca", [authority], key)
    return authority, key


def _server(
    folder: Path,
    authority: x509.Certificate,
    authority_key: EllipticCurvePrivateKey,
    addresses: Sequence[Address],
    names: Sequence[str],
    now: datetime,
) -> tuple[x509.Certificate, tuple[str, ...]]:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    allowed = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    networks = [ipaddress.ip_network(str(entry.value)) for entry in allowed if isinstance(entry, x509.IPAddress)]
    domains = [entry.value for entry in allowed if isinstance(entry, x509.DNSName)]
    loopback = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    numbers = list(dict.fromkeys([*loopback, *addresses]))
    outside = tuple(str(number) for number in numbers if not any(number in network for network in networks))
    called = [name for name in ("localhost", *names) if any(_below(name, domain) for domain in domains)]
    wanted = x509.SubjectAlternativeName(
        [*(x509.DNSName(name) for name in dict.fromkeys(called))]
        + [x509.IPAddress(number) for number in numbers if str(number) not in outside]
    )
    kept = _load(folder, "server")
    if kept is not None and _still_good(kept[0], authority, wanted, now):
        return kept[0], outside
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0] if names else "localhost")])
    issuer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    server = (
        x509.CertificateBuilder(authority.subject, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - CLOCK_SLACK)
        .not_valid_after(now + timedelta(days=SERVER_DAYS))
        .add_extension(wanted, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        .sign(authority_key, SHA256())
    )
    _keep(folder, "server", [server, authority], key)
    return server, outside


def _below(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _still_good(
    server: x509.Certificate, authority: x509.Certificate, wanted: x509.SubjectAlternativeName, now: datetime
) -> bool:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        server.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError):
        return False
    held = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    in_time = server.not_valid_before_utc <= now < server.not_valid_after_utc - timedelta(days=RENEW_BEFORE_DAYS)
    return in_time and set(held) == set(wanted)
