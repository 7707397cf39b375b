"""The verifier's part for a match's package: its record, its ledgers whole, and entries and recordings held by them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from touchline.ledger.checking import check_stream
from touchline.ledger.head import Head
from var.evidence.contents import Contents
from var.evidence.layout import BODIES, ENTRIES_PATH, MATCH_PATH, PAYLOAD
from var.evidence.ledger_checking import tell_report
from var.evidence.limits import Limits
from var.evidence.names import shown
from var.evidence.outbox import whole_of
from var.evidence.record_checking import schema_faults
from var.evidence.strict_json import read_strictly
from var.evidence.trust import Vouching
from var.evidence.verdict import Found
from var.transfer.entry_lines import BadLine, read_entries
from var.transfer.held import foreign, held, told

_MOST = 5
SCHEMA = "match_package.json"


def check_match(contents: Contents, vouching: Vouching, limits: Limits, found: Found) -> None:
    """Tell ``found`` what is wrong with the record, the ledgers and the entries. Raises ``Refused``."""
    copy = contents.copies.get(MATCH_PATH)
    if copy is None or found.wrong(MATCH_PATH):
        return
    record = read_strictly(copy.read_bytes(), MATCH_PATH, limits)
    faults = schema_faults(record, SCHEMA)
    for place, fault in faults[:_MOST]:
        found.say("record_invalid", MATCH_PATH, params={"place": place, "fault": fault})
    if faults:
        return
    _check_files(record, contents, found)
    ledgers = _check_ledgers(record, contents, vouching, found)
    if ledgers is not None:
        _check_entries(record, contents, ledgers, found)
        clips = [(clip["camera"], clip["sha256"], clip["file_sha256"]) for clip in record["clips"]]
        for camera in foreign(clips, told(ledgers))[:_MOST]:
            found.say("recording_not_in_ledger", MATCH_PATH, params={"camera": shown(camera)})


def _check_files(record: Mapping[str, Any], contents: Contents, found: Found) -> None:
    """The files are those that the record names, each with its hash, and no other; every angle has what is its."""
    named = {f"{PAYLOAD}/{file['path']}": file for file in record["files"]}
    for name, file in named.items():
        if name not in contents.sizes:
            found.say("missing_file", shown(name))
        elif found.wrong(name) or name not in contents.hashes:
            continue
        elif (contents.hashes[name], contents.sizes[name]) != (file["sha256"], file["bytes"]):
            found.say("swapped_payload", name, **contents.place(name))
    own = {MATCH_PATH, f"{PAYLOAD}/match.schema.json"}
    for name in contents.sizes:
        if name.startswith(f"{PAYLOAD}/") and name not in named and name not in own:
            found.say("not_in_record", name, **contents.place(name))
    asked = [ENTRIES_PATH, f"{PAYLOAD}/{BODIES}", f"{PAYLOAD}/{record['looks']['file']}"]
    for clip in record["clips"]:
        asked.append(f"{PAYLOAD}/{clip['frames']}")
        recording = clip["recording"]
        if recording["file"] is None:
            continue
        name = f"{PAYLOAD}/{recording['file']}"
        asked.append(name)
        if name in named and named[name]["sha256"] != recording["sha256"]:
            found.say("swapped_payload", name, **contents.place(name))
    for name in asked:
        if name not in named:
            found.say("missing_file", name)


def _check_ledgers(
    record: Mapping[str, Any], contents: Contents, vouching: Vouching, found: Found
) -> list[Path] | None:
    """The files of the ledgers; None where one is not there or was changed."""
    files: list[Path] = []
    for each in record["ledgers"]:
        name = f"{PAYLOAD}/{each['file']}"
        copy = contents.copies.get(name)
        if copy is None:
            found.say("missing_file", name)
            continue
        if found.wrong(name):
            continue
        head = Head(each["n"], each["sha256"], each["ledger"])
        with copy.open("rb") as stream:
            report = check_stream(stream, copy.stat().st_size, trusted=vouching.trusted_keys(), heads=[head])
        if report is None or report.excerpt is not None:
            found.say("ledger_differs", name)
            continue
        tell_report(report, name, vouching, found)
        if (report.ledger, report.subject) != (each["ledger"], record["match"]["id"]):
            found.say("ledger_differs", name)
        files.append(copy)
    return files if len(files) == len(record["ledgers"]) else None


def _check_entries(record: Mapping[str, Any], contents: Contents, ledgers: list[Path], found: Found) -> None:
    copy = contents.copies.get(ENTRIES_PATH)
    if copy is None or found.wrong(ENTRIES_PATH):
        return
    try:
        with copy.open("rb") as stream:
            entries = read_entries(stream, record["match"]["id"])
    except BadLine as bad:
        found.say("entry_invalid", ENTRIES_PATH, line=bad.line, params={"fault": shown(bad.fault)})
        return
    numbered = [(int(entry.row["seq"]), entry.digest) for entry in entries]
    lines = {seq: line for line, (seq, _) in enumerate(numbered, 1)}
    result = held(numbered, told(ledgers))
    for seq in result.strange[:_MOST]:
        found.say("entry_not_in_ledger", ENTRIES_PATH, line=lines[seq], params={"entry": seq})
    for seq in result.missing[:_MOST]:
        found.say("entry_missing", ENTRIES_PATH, params={"entry": seq})
    said = record["entries"]
    there = (len(entries), numbered[-1][0] if numbered else None, whole_of(digest for _, digest in numbered))
    if there != (said["count"], said["last"], said["sha256"]):
        found.say("swapped_payload", ENTRIES_PATH, **contents.place(ENTRIES_PATH))
