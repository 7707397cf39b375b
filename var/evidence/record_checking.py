"""Checks the record of an incident or of a match: against the schema of this program, not the sender's, and against the
files and the keys that it names."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from var.evidence.contents import Contents, is_media
from var.evidence.layout import MATCH_RECORD, PAYLOAD, RECORDS
from var.evidence.names import shown
from var.evidence.verdict import Found, Signed, Status

PATHS = tuple(f"{PAYLOAD}/{name}" for name in RECORDS)
MATCH_PATH = f"{PAYLOAD}/{MATCH_RECORD}"
_MOST_FAULTS = 5


def path_of(contents: Contents) -> str:
    """Where the record of a package lies: that of a match where there is one, else that of an incident."""
    return MATCH_PATH if MATCH_PATH in contents.sizes else PATHS[0]


def check_record(record: Any, contents: Contents, found: Found) -> bool:
    """Tell ``found`` where the record does not fit its schema, and which files are not those that it names. Whether it
    fits its schema."""
    path = path_of(contents)
    faults = schema_faults(record, path.rsplit("/", 1)[-1])
    for place, fault in faults[:_MOST_FAULTS]:
        found.say("record_invalid", path, params={"place": place, "fault": fault})
    if faults:
        return False
    named: set[str] = set()
    for file in record["files"]:
        name = f"{PAYLOAD}/{file['path']}"
        named.add(name)
        if name not in contents.sizes:
            found.say("missing_file", shown(name))
        elif name in contents.hashes and not found.wrong(name):
            same = (contents.hashes[name], contents.sizes[name]) == (file["sha256"], file["bytes"])
            if not same:
                found.say("swapped_payload", name, **contents.place(name))
    for name in contents.sizes:
        if is_media(name) and name not in named:
            found.say("not_in_record", name, **contents.place(name))
    return True


def schema_faults(record: Any, schema_name: str) -> list[tuple[str, str]]:
    """Where a document does not fit a schema of this program, and why: the first few faults."""
    from jsonschema import Draft202012Validator

    schema = json.loads(resources.files("var").joinpath("schemas", schema_name).read_text("utf-8"))
    faults = []
    for fault in Draft202012Validator(schema).iter_errors(record):
        faults.append((shown(fault.json_path), shown(fault.message)))
        if len(faults) > _MOST_FAULTS:
            break
    return faults


_SIGNED = {"report": "pdf", "media": "media"}
_NAMED = {"pdf": "report", "media": "media", "package": "package"}
"""What a record calls what is signed."""


def promised(record: Any) -> frozenset[str]:
    """What carries a signature by the record: of ``pdf`` and ``media``."""
    told = record.get("signatures") if isinstance(record, dict) else None
    named = [each.get("signs") for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return frozenset(_SIGNED[each] for each in named if isinstance(each, str) and each in _SIGNED)


def check_key(signed: Signed, record: Any, found: Found, **place: int | bool) -> None:
    """Tell ``found`` where a good signature was not made by the key that the record names for it; ``record`` fits its
    schema. Nothing is said of a file that was changed, nor of media whose certificate is not in the package. Who passes
    a ``.zip`` on may sign it."""
    changed = any(each.path == signed.path and each.status is Status.TAMPERED for each in found.findings)
    if signed.what not in _NAMED or not signed.intact or signed.public is None or changed:
        return
    signs = _NAMED[signed.what]
    told = next((each["key"] for each in record["signatures"] if each["signs"] == signs), None)
    if told != signed.public:
        params = {"told": told or "–", "there": signed.public}
        found.say("key_differs", signed.path, **place, params=params)
