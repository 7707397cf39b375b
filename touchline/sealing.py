"""Health data encrypted at rest: AES-256-GCM by ``cryptography``, with a key that lies outside of the database.

A sealed value is ``TLS1``, 12 random bytes, then ciphertext with its tag. What a value is about (a table, a row) is
authenticated with it: a value that was moved to another row does not open.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from touchline.files import locked, write_bytes
from touchline.ledger.keys import keys_folder
from touchline.store import Store, put_setting

HEALTH_KEY = "TOUCHLINE_HEALTH_KEY"
"""The environment variable that names the key's file, where it does not lie in the data folder."""
MAGIC = b"TLS1"
NONCE = 12
KEY_BYTES = 32
KEY_MARK = "health_key"
"""The setting of a database that says by which key its health data are sealed: a digest that does not tell the key."""


def is_sealed(data: bytes) -> bool:
    """Whether ``data`` says of itself that it is sealed."""
    return data[: len(MAGIC)] == MAGIC


def health_key_path(home: Path) -> Path:
    """Where the key for health data lies: as ``TOUCHLINE_HEALTH_KEY`` says, else ``keys/health.key`` under ``home``."""
    named = os.environ.get(HEALTH_KEY)
    return Path(named) if named else keys_folder(home) / "health.key"


@dataclass(frozen=True, slots=True)
class Seal:
    """Closes and opens values under one key of 32 bytes."""

    key: bytes = field(repr=False)

    def close(self, data: bytes, about: str) -> bytes:
        """``data`` sealed; it opens only with the same ``about``."""
        nonce = os.urandom(NONCE)
        return MAGIC + nonce + bytes(self._cipher().encrypt(nonce, data, about.encode()))

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed. Raises ``BadFile`` where it was changed, belongs elsewhere or was sealed by another key."""
        from cryptography.exceptions import InvalidTag

        nonce, rest = sealed[len(MAGIC) : len(MAGIC) + NONCE], sealed[len(MAGIC) + NONCE :]
        try:
            if not is_sealed(sealed) or len(nonce) != NONCE:
                raise InvalidTag
            return bytes(self._cipher().decrypt(nonce, rest, about.encode()))
        except InvalidTag as fault:
            raise BadFile("touchline.errors.seal_broken", about=about) from fault

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for ``purpose`` alone (HKDF, SHA-256), for formats with an encryption of their own."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return bytes(HKDF(SHA256(), KEY_BYTES, None, f"touchline {purpose}".encode()).derive(self.key))

    def mark(self) -> str:
        """What tells this key from others, and not what it is."""
        return hashlib.sha256(self.derived("mark")).hexdigest()[:32]

    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.key)


def seal_of(home: Path, *, make: bool = True) -> Seal:
    """The seal of the installation whose data lie in ``home``; its key is made at first use.

    Raises ``BadFile`` where the key cannot be read, or is missing and ``make`` is false: what was sealed with it would
    never open again, so another one is not made where anything may be sealed already.
    """
    path = health_key_path(home)
    try:
        if make and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with locked(path.parent / "lock"):
                if not path.exists():
                    write_bytes(path, os.urandom(KEY_BYTES).hex().encode() + b"\n", private=True)
        key = bytes.fromhex(path.read_text().strip())
        if len(key) != KEY_BYTES:
            raise ValueError(f"{len(key)} bytes instead of {KEY_BYTES}")
    except (OSError, ValueError) as fault:
        raise BadFile("touchline.errors.health_key", path=path, fault=fault) from fault
    return Seal(key)


def seal_for(store: Store, home: Path, *, sealed: bool = False) -> Seal:
    """The seal of the installation in ``home`` for what ``store`` holds. A key is made only where the database was
    never sealed by one; ``sealed`` says that it was, of databases older than the mark that tells it.

    Raises ``BadFile`` where the key is missing, cannot be read, or is another one than that of the database.
    """
    known = store.setting(KEY_MARK)
    seal = seal_of(home, make=known is None and not sealed)
    if known is None:
        with store.write() as connection:
            row = connection.execute("SELECT value FROM setting WHERE name = ?", (KEY_MARK,)).fetchone()
            if row is None:
                put_setting(connection, KEY_MARK, seal.mark())
            known = seal.mark() if row is None else str(row["value"])
    if known != seal.mark():
        raise BadFile("touchline.errors.other_health_key", path=health_key_path(home))
    return seal
