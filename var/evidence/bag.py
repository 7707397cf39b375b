"""Writes the bag around a payload (RFC 8493): declaration, bag-info, manifests, and the tag manifest's signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from touchline import __version__
from touchline.errors import BadValue
from touchline.files import sha256_of
from touchline.ledger.keys import SigningKey
from var.evidence.layout import (
    BAG_INFO,
    BAG_PURPOSE,
    BAGIT,
    CERTIFICATES,
    DECLARATION,
    MANIFEST,
    PAYLOAD,
    SIGNATURE_SUFFIX,
    TAG_MANIFEST,
    signed,
)
from var.evidence.manifests import compose

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def write_bag(
    folder: Path, info: Mapping[str, str], certificates: bytes | None = None, key: SigningKey | None = None
) -> None:
    """Make ``folder`` a bag of what lies in its ``data``. ``certificates`` (PEM) and ``key`` are of who signs it;
    without them it stays unsigned. Raises ``BadValue`` for a name that the manifests do not take, and ``OSError``.
    """
    payload = sorted(path for path in (folder / PAYLOAD).rglob("*") if path.is_file())
    hashes = {_relative(folder, path): sha256_of(path) for path in payload}
    octets = sum(path.stat().st_size for path in payload)
    write_tags(folder, hashes, octets, info, None if certificates is None or key is None else (certificates, key))


def write_tags(
    folder: Path, hashes: Mapping[str, str], octets: int, info: Mapping[str, str], by: tuple[bytes, SigningKey] | None
) -> None:
    """Make ``folder`` a bag of the payload with these ``hashes`` (names with ``data/``) and so many bytes. ``by`` is
    the certificates and the key of who signs it; None leaves it unsigned. Raises ``OSError``."""
    told = {**info, "Bag-Software-Agent": f"Touchline {__version__}", "Payload-Oxum": f"{octets}.{len(hashes)}"}
    tags = {
        BAGIT: DECLARATION,
        BAG_INFO: "".join(f"{name}: {_line(value)}\n" for name, value in told.items()).encode("utf-8"),
        MANIFEST: compose(hashes),
    }
    if by is not None:
        tags[CERTIFICATES] = by[0]
    tags[TAG_MANIFEST] = compose({name: sha256(content).hexdigest() for name, content in tags.items()})
    if by is not None:
        line = signed(by[1], BAG_PURPOSE, sha256(tags[TAG_MANIFEST]).hexdigest()).line()
        tags[TAG_MANIFEST + SIGNATURE_SUFFIX] = line
    for name, content in tags.items():
        (folder / name).write_bytes(content)


def _relative(folder: Path, path: Path) -> str:
    parts = path.relative_to(folder).parts
    if not all(_NAME.fullmatch(part) for part in parts):
        raise BadValue("var.errors.package_name", path="/".join(parts))
    return "/".join(parts)


def _line(value: str) -> str:
    """A value on one line: what people typed may hold line breaks."""
    return " ".join(value.split())
