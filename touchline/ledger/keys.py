"""The installation's own key, and whom a check trusts: Ed25519 by ``cryptography``, PEM files in the data home."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import BadFile
from touchline.files import locked, write_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NAME = "ledger"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key that signs checkpoints. ``public`` is the raw public key (32 bytes)."""

    private: Ed25519PrivateKey
    public: bytes

    @property
    def id(self) -> str:
        """What the key is called: the SHA-256 of the raw public key, 64 hexadecimal digits."""
        return key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature of ``message``, 64 bytes."""
        return self.private.sign(message)


def key_id(public: bytes) -> str:
    """The SHA-256 of a raw public key as 64 hexadecimal digits."""
    return sha256(public).hexdigest()


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` over ``message`` was made with the private half of ``public``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def new_key() -> SigningKey:
    """A new key that is kept nowhere."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return _signing(Ed25519PrivateKey.generate())


def keys_folder(home: Path) -> Path:
    """Where an installation keeps its keys: ``ledger.key`` for its owner alone, ``ledger.pub`` for everybody, and other
    ``*.pub`` files of whom it trusts too."""
    return home / "keys"


def installation_key(home: Path) -> SigningKey:
    """The key of the installation whose data lie in ``home``, made at first use.

    Raises ``BadFile`` where it cannot be read or does not fit its public half: another one is never made in its place,
    because what it signed would not be trusted any more and nobody would know why.
    """
    folder = keys_folder(home)
    private, public = folder / f"{NAME}.key", folder / f"{NAME}.pub"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock"):
            if not private.exists():
                if public.exists():
                    raise ValueError(f"{private.name} is missing beside {public.name}")
                write_bytes(private, _private_pem(new_key()), private=True)
            key = _read_private(private)
            if not public.exists():
                write_bytes(public, public_pem(key.public))
            if read_public(public) != key.public:
                raise ValueError(f"{private.name} does not belong to {public.name}")
    except (OSError, ValueError, TypeError) as fault:
        raise BadFile("touchline.errors.ledger_key", folder=folder, fault=fault) from fault
    return key


def trusted_keys(home: Path, also: Iterable[Path] = ()) -> list[bytes]:
    """The raw public keys that ``home`` trusts, with those in the PEM files ``also``.

    Raises ``BadFile`` where one of the files cannot be read or holds no Ed25519 public key.
    """
    return [read_public(path) for path in [*sorted(keys_folder(home).glob("*.pub")), *also]]


def read_public(path: Path) -> bytes:
    """The raw Ed25519 public key in a PEM file. Raises ``BadFile``."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
        if not isinstance(key, Ed25519PublicKey):
            raise TypeError("not an Ed25519 key")
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise BadFile("touchline.errors.ledger_public_key", path=path, fault=fault) from fault
    return _raw(key)


def public_pem(public: bytes) -> bytes:
    """A raw public key as PEM, as ``read_public`` reads it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _read_private(path: Path) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} is not an Ed25519 key")
    path.chmod(0o600)
    return _signing(key)


def _signing(private: Ed25519PrivateKey) -> SigningKey:
    return SigningKey(private, _raw(private.public_key()))


def _raw(public: Ed25519PublicKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _private_pem(key: SigningKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
