"""The bag of a backup (RFC 8493): manifests of SHA-256, for any names that UTF-8 can hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

BAGIT, BAG_INFO, MANIFEST, TAG_MANIFEST = "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
DOCUMENT, PAYLOAD = "backup.json", "data"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
TAGS = (BAG_INFO, BAGIT, DOCUMENT, MANIFEST)
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_CODED = {"%": "%25", "\r": "%0D", "\n": "%0A"}


def compose(hashes: Mapping[str, str]) -> bytes:
    """The text of a manifest that lists these files (name to hash)."""
    return "".join(f"{hashes[name]}  {_coded(name)}\n" for name in sorted(hashes)).encode()


def _coded(name: str) -> str:
    return re.sub(r"[%\r\n]", lambda sign: _CODED[sign[0]], name)


def read_manifest(data: bytes) -> dict[str, str] | None:
    """What a manifest lists; None where it is none, or names what lies outside of its bag."""
    listed: dict[str, str] = {}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    for line in text.split("\n")[:-1] if text.endswith("\n") else [""]:
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        name = re.sub("%(25|0D|0A)", lambda coded: chr(int(coded[1], 16)), found[2])
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or str(path) != name or "\0" in name or name in listed:
            return None
        listed[name] = found[1]
    return listed


def write_tags(folder: Path, document: bytes, payload: Mapping[str, str], octets: int, info: Mapping[str, str]) -> str:
    """Write everything of a bag but its payload; the hash of the tag manifest, which stands for the whole."""
    told = {**info, "Payload-Oxum": f"{octets}.{len(payload)}"}
    content = {
        BAGIT: DECLARATION,
        BAG_INFO: "".join(f"{name}: {value}\n" for name, value in told.items()).encode(),
        DOCUMENT: document,
        MANIFEST: compose({f"{PAYLOAD}/{name}": digest for name, digest in payload.items()}),
    }
    tags = compose({name: hashlib.sha256(data).hexdigest() for name, data in content.items()})
    for name, data in {**content, TAG_MANIFEST: tags}.items():
        (folder / name).write_bytes(data)
    return hashlib.sha256(tags).hexdigest()
