"""Takes a package's files in: their hashes, the tag files' bytes, and copies of what is parsed, in a private folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from touchline.errors import BadFile
from var.evidence.layout import (
    BAG_INFO,
    BAGIT,
    CERTIFICATES,
    CLIPS,
    MANIFEST,
    PAYLOAD,
    SIGNATURE_SUFFIX,
    STILLS,
    TAG_MANIFEST,
)
from var.evidence.limits import Limits
from var.evidence.reading import Source
from var.evidence.verdict import Found, Refused, Status

SIGNATURE = TAG_MANIFEST + SIGNATURE_SUFFIX
COVERED = (BAGIT, BAG_INFO, MANIFEST, CERTIFICATES)
"""The tag files that the tag manifest lists."""
TAG_FILES = (*COVERED, TAG_MANIFEST, SIGNATURE)
"""All that may lie beside the payload."""
FETCH = "fetch.txt"


def is_payload(name: str) -> bool:
    """Whether a file is under the payload manifest."""
    return name.startswith(f"{PAYLOAD}/")


def is_media(name: str) -> bool:
    """Whether a file must carry content credentials."""
    return name.startswith((f"{PAYLOAD}/{STILLS}/", f"{PAYLOAD}/{CLIPS}/"))


@dataclass(slots=True)
class Contents:
    """``hashes`` of each file that could be read whole; ``tags`` are the bytes of tag files, ``copies`` the files in
    the private folder of what is parsed; ``places`` is where each file begins in the zip."""

    sizes: Mapping[str, int]
    hashes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, bytes] = field(default_factory=dict)
    copies: dict[str, Path] = field(default_factory=dict)
    places: dict[str, int | None] = field(default_factory=dict)

    def place(self, name: str) -> dict[str, int | bool]:
        """Where a file begins, for a finding about it."""
        offset = self.places.get(name)
        return {} if offset is None else {"offset": offset, "in_zip": True}


def take_in(
    source: Source, room: Path, limits: Limits, found: Found, read: Callable[[int], None] = lambda count: None
) -> Contents:
    """Read every file once. What lies there and should not is told to ``found``, and so is what a zip holds damaged.
    ``read`` hears of bytes as they are read.

    Raises ``Refused`` for what is no package and for what is too large; ``BadFile`` where ``room`` is full.
    """
    contents = Contents(source.sizes)
    _admit(source.sizes, limits, found)
    for number, name in enumerate(source.sizes):
        contents.places[name] = source.offset(name)
        try:
            _take(source, name, room / str(number), contents, read)
        except Refused as refusal:
            if refusal.finding.status is Status.UNREADABLE:
                raise
            found.take(refusal.finding)
    return contents


def _admit(sizes: Mapping[str, int], limits: Limits, found: Found) -> None:
    if FETCH in sizes:
        raise Refused("fetch_file", FETCH)
    if sum(name in sizes for name in (BAGIT, MANIFEST, TAG_MANIFEST)) < 2:
        raise Refused("not_a_package")
    for name, size in sizes.items():
        if not is_payload(name):
            if name not in TAG_FILES:
                found.say("unexpected_file", name)
            elif size > limits.tag_bytes:
                raise Refused("too_large", name)
        elif name.endswith(".json"):
            if size > limits.json_bytes:
                raise Refused("huge_json", name)
        elif _parsed(name) and size > (limits.ledger_bytes if name.endswith(".jsonl") else limits.parsed_bytes):
            raise Refused("too_large", name)


def _parsed(name: str) -> bool:
    return is_payload(name) and (is_media(name) or name.endswith((".json", ".jsonl", ".pdf")))


def _take(source: Source, name: str, copy: Path, contents: Contents, read: Callable[[int], None]) -> None:
    digest, kept = hashlib.sha256(), bytearray()
    with ExitStack() as stack:
        try:
            target = stack.enter_context(copy.open("xb")) if _parsed(name) else None
            for piece in source.chunks(name):
                digest.update(piece)
                read(len(piece))
                if target is not None:
                    target.write(piece)
                elif name in TAG_FILES:
                    kept += piece
        except OSError as fault:
            raise BadFile("var.errors.verify_room", folder=copy.parent, fault=fault.strerror or fault) from fault
    contents.hashes[name] = digest.hexdigest()
    if target is not None:
        contents.copies[name] = copy
    if name in TAG_FILES:
        contents.tags[name] = bytes(kept)
