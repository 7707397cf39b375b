"""Parquet that only this installation opens: the format's own modular encryption (AES-GCM), footer and columns.

Each file has keys of its own; they lie in its footer, wrapped by a key that is derived from the installation's health
key. pyarrow reads such files with ``opening(seal)``. DuckDB does not: it knows keys without the format's authenticated
additions only (tried with DuckDB 2.0); read a table with pyarrow and let DuckDB query that.
"""

from __future__ import annotations

import base64
from typing import Any

from touchline.sealing import Seal

KEY = "health"
KEY_BITS = 256


def closing(seal: Seal) -> Any:
    """What ``pyarrow.parquet`` writers take as ``encryption_properties``."""
    from pyarrow.parquet.encryption import EncryptionConfiguration

    factory, connection = _factory(seal)
    # One wrapping by a key that stays here; keys of pages and footer are new for each file.
    wanted = EncryptionConfiguration(
        footer_key=KEY, uniform_encryption=True, double_wrapping=False, data_key_length_bits=KEY_BITS
    )
    return factory.file_encryption_properties(connection, wanted)


def opening(seal: Seal) -> Any:
    """What ``pyarrow.parquet`` readers take as ``decryption_properties``."""
    from pyarrow.parquet.encryption import DecryptionConfiguration

    factory, connection = _factory(seal)
    return factory.file_decryption_properties(connection, DecryptionConfiguration())


def _factory(seal: Seal) -> tuple[Any, Any]:
    from pyarrow.parquet.encryption import CryptoFactory, KmsClient, KmsConnectionConfig

    wrapping = Seal(seal.derived("parquet"))

    class Wrapping(KmsClient):  # type: ignore[misc]
        """Wraps the keys of files."""

        def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
            """A file's key, sealed."""
            return base64.b64encode(wrapping.close(key_bytes, f"parquet {master_key_identifier}"))

        def unwrap_key(self, wrapped_key: bytes | str, master_key_identifier: str) -> bytes:
            """The key again. Raises ``BadFile`` where another installation wrapped it."""
            return wrapping.open(base64.b64decode(wrapped_key), f"parquet {master_key_identifier}")

    return CryptoFactory(lambda config: Wrapping()), KmsConnectionConfig(kms_instance_id=seal.mark())
