"""Checkpoints: lines that carry an Ed25519 signature over themselves, and through ``prev`` over all lines before.

Signed are the line's exact bytes with the digits of the signature taken out, after a prefix that no other signature
of this software begins with. So the ledger's id, the line's number, both clocks and the hash of the line before are
under the signature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from touchline.ledger.keys import SigningKey, key_id, verifies
from touchline.ledger.line import CHECKPOINT, Line, encode_line

PREFIX = b"touchline ledger checkpoint 1\n"
_MARK = b'"signature":"%s"'
_FIELDS = {"header": 64, "key": 64, "ledger": 32, "public": 64, "signature": 128}
SEAL_FIELDS = frozenset(_FIELDS)
"""What the body of a checkpoint holds, and no other line's: it stays one under another kind."""
_HEX = re.compile(r"[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Seal:
    """What a checkpoint says: ``ledger`` and ``header`` name the ledger (its id, the hash of its first line), ``key``
    is who signed. ``good`` is whether the signature holds; without it nothing of the rest is proven."""

    ledger: str
    header: str
    key: str
    public: bytes
    good: bool


def signed(line: Line, ledger: str, header: str, key: SigningKey) -> bytes:
    """The bytes of ``line`` as a checkpoint of the ledger, without LF; its kind and body are written here."""
    body = {"header": header, "key": key.id, "ledger": ledger, "public": key.public.hex(), "signature": ""}
    data = encode_line(replace(line, kind=CHECKPOINT, body=body))
    signature = key.sign(PREFIX + data).hex().encode()
    return data.replace(_MARK % b"", _MARK % signature)


def seal_of(line: Line, data: bytes) -> Seal | None:
    """What the checkpoint ``line`` with the bytes ``data`` says; None where its body is no checkpoint's."""
    body: dict[str, Any] = line.body
    if body.keys() != _FIELDS.keys():
        return None
    for name, digits in _FIELDS.items():
        if not (isinstance(body[name], str) and len(body[name]) == digits and _HEX.fullmatch(body[name])):
            return None
    public, mark = bytes.fromhex(body["public"]), _MARK % body["signature"].encode()
    good = (
        key_id(public) == body["key"]
        and data.count(mark) == 1
        and verifies(public, bytes.fromhex(body["signature"]), PREFIX + data.replace(mark, _MARK % b""))
    )
    return Seal(body["ledger"], body["header"], body["key"], public, good)
