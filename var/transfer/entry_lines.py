"""Entries from a stranger, a line each: their form, and whether everything that reads entries can read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO

from var.allowed import NEEDED, UNDO
from var.decisions.kinds import OF_A_CASE, EntryKind
from var.decisions.model import Actor, CaseEntry, Stamp
from var.entries import first_unreadable, live
from var.evidence.limits import Limits
from var.evidence.outbox import line_of
from var.evidence.strict_json import read_strictly
from var.evidence.verdict import Refused
from var.transfer.form import HASH, IDENTIFIER, LONGEST_ENTRY, MOST_ENTRIES

FIELDS = frozenset({"seq", "match_id", "incident_id", "kind", "body", "by", "at_utc", "account"})
_HUGE = re.compile(r"\s*[+-]?[\d_.]*[eE][+-]?[\d_]{4,}\s*")
"""A number as text whose reading would fill the memory: fractions are kept as texts."""
_LARGEST = 1 << 62
_LIMITS = Limits(json_bytes=LONGEST_ENTRY)


class BadLine(ValueError):
    """A line is no entry that can be read; ``line`` counts from 1."""

    def __init__(self, line: int, fault: str) -> None:
        self.line, self.fault = line, fault
        super().__init__(line, fault)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as it was written: ``row`` is as the database keeps it (``body`` a text), ``digest`` its hash."""

    row: Mapping[str, Any]
    digest: str


def read_entries(stream: BinaryIO, evidence_id: str) -> list[EntryLine]:
    """The entries in a file of lines, all of this match and in the order of their numbers.

    Raises ``BadLine`` for the first line that is none, or that nothing could read later, and ``Refused`` for more
    entries than a match can have.
    """
    found: list[EntryLine] = []
    before = 0
    for number, data in _lines(stream):
        if number > MOST_ENTRIES:
            raise Refused("too_many_entries", line=number)
        try:
            document = _document(data)
            _check_form(document, evidence_id, before)
            before = document["seq"]
            if line_of(document) != data:
                raise ValueError("not written as entries are")
        except Refused as refusal:
            raise BadLine(number, refusal.finding.code) from refusal
        except (ValueError, KeyError, TypeError) as fault:
            raise BadLine(number, _said(fault)) from fault
        row = {**document, "body": json.dumps(document["body"], ensure_ascii=False)}
        found.append(EntryLine(row, sha256(data).hexdigest()))
    _check_readable(found, evidence_id)
    return found


def with_bodies(stream: BinaryIO, entries: list[EntryLine]) -> list[EntryLine]:
    """The entries with the texts of bodies that a file of lines gives: the order of names in them is kept here, and
    their content is that of the entries. Raises ``BadLine`` for a line that is no such text."""
    rows = {entry.row["seq"]: k for k, entry in enumerate(entries)}
    found = list(entries)
    before = 0
    for number, data in _lines(stream):
        try:
            told = read_strictly(data, "", _LIMITS)
            if told.keys() != {"seq", "body"} or not isinstance(told["body"], str) or type(told["seq"]) is not int:
                raise ValueError("other fields than a body has")
            if told["seq"] <= before or told["seq"] not in rows:
                raise ValueError("seq: no such entry")
            before = told["seq"]
            entry = found[rows[before]]
            body = read_strictly(told["body"].encode("utf-8"), "", _LIMITS)
            if sha256(line_of({**entry.row, "body": body})).hexdigest() != entry.digest:
                raise ValueError("another body than the entry's")
        except Refused as refusal:
            raise BadLine(number, refusal.finding.code) from refusal
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise BadLine(number, _said(fault)) from fault
        found[rows[before]] = EntryLine({**entry.row, "body": told["body"]}, entry.digest)
    return found


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while data := stream.readline(LONGEST_ENTRY + 1):
        number += 1
        if not data.endswith(b"\n"):
            raise BadLine(number, "too long, or without its end")
        yield number, data[:-1]


def _document(data: bytes) -> dict[str, Any]:
    found = read_strictly(data, "", _LIMITS)
    if not isinstance(found, dict) or found.keys() != FIELDS:
        raise ValueError("other fields than an entry has")
    return found


def _check_form(entry: Mapping[str, Any], evidence_id: str, before: int) -> None:
    seq, kind, incident, account = (entry[name] for name in ("seq", "kind", "incident_id", "account"))
    if type(seq) is not int or not before < seq < _LARGEST:
        raise ValueError(f"seq: {str(seq)[:30]}")
    if entry["match_id"] != evidence_id:
        raise ValueError("match_id: another match")
    if kind != UNDO and kind not in NEEDED:
        raise ValueError(f"kind: {str(kind)[:30]}")
    if incident is not None and not (isinstance(incident, str) and IDENTIFIER.fullmatch(incident)):
        raise ValueError("incident_id")
    if not isinstance(entry["by"], str) or not (account is None or isinstance(account, str)):
        raise ValueError("by, account")
    if not isinstance(entry["body"], dict):
        raise ValueError("body")
    datetime.fromisoformat(entry["at_utc"])
    if kind == UNDO and not (type(entry["body"].get("of")) is int and 0 < entry["body"]["of"] < seq):
        raise ValueError("of: an undo names an entry before it")
    check_values(entry["body"])


def check_values(value: Any) -> None:
    """Raises ``ValueError`` for numbers that the database or whoever reads it could not hold."""
    if isinstance(value, dict):
        for each in value.values():
            check_values(each)
    elif isinstance(value, list):
        for each in value:
            check_values(each)
    elif isinstance(value, str):
        if len(value) < 400 and _HUGE.fullmatch(value):
            raise ValueError(f"{value[:30]} is too large a number")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        raise ValueError("too large a number")


def _check_readable(entries: list[EntryLine], evidence_id: str) -> None:
    """Raises ``BadLine`` for the first entry that the review of a match could not be folded with."""
    numbers = {entry.row["seq"]: line for line, entry in enumerate(entries, 1)}
    rows = [entry.row for entry in entries]
    for row in rows:
        if row["kind"] == UNDO and json.loads(row["body"])["of"] not in numbers:
            raise BadLine(numbers[row["seq"]], "of: no such entry")
        try:
            _read_case_entry(row)
        except _FAULTS as fault:
            raise BadLine(numbers[row["seq"]], _said(fault)) from fault
    # What was taken back may count again: both without and with it must be readable.
    for counting in (rows, [{**row} for row in rows if row["kind"] != UNDO]):
        if (wrong := first_unreadable(evidence_id, counting)) is not None:
            raise BadLine(numbers[wrong[0]], _said(wrong[1]))


_FAULTS = (ValueError, KeyError, TypeError, AttributeError, IndexError, ZeroDivisionError, OverflowError, LookupError)


def _read_case_entry(row: Mapping[str, Any]) -> None:
    """Read what an entry of a review says; of other kinds nothing."""
    if row["kind"] not in set(EntryKind):
        return
    kind, body = EntryKind(row["kind"]), json.loads(row["body"])
    if kind is EntryKind.RULES:
        if not HASH.fullmatch(body["digest"]) or not isinstance(body["pack"], dict):
            raise ValueError("digest, pack")
    elif kind in OF_A_CASE:
        if not isinstance(body["case"], str):
            raise TypeError("case")
        CaseEntry.of(kind, body, row["by"], row["account"])
    else:
        Actor.of(body["actor"])
        Stamp.of(body["at"])
        if kind is EntryKind.FAILED and not isinstance(body["why"], str):
            raise TypeError("why")


def _said(fault: BaseException) -> str:
    """A fault in a few plain signs: a stranger's text may be in it."""
    text = f"{type(fault).__name__}: {fault}" if not isinstance(fault, ValueError) else str(fault)
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:120]


def counting(entries: Iterable[EntryLine]) -> int:
    """How many entries count: neither undone nor an undo."""
    return len(live([entry.row for entry in entries]))
