"""Checks the slice of the match's ledger in a package, or a ledger that is handed in by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from touchline.ledger.checking import Report, check_stream
from touchline.ledger.diagnosing import Kind
from touchline.ledger.head import Head
from touchline.ledger.keys import key_id
from var.evidence.layout import LEDGER, PAYLOAD
from var.evidence.trust import Vouching
from var.evidence.verdict import Found, Signed

PATH = f"{PAYLOAD}/{LEDGER}"
_MOST_BREAKS = 20


def check_slice(file: Path, record: Any, vouching: Vouching, found: Found) -> bool:
    """Tell ``found`` what is wrong with the slice in ``file``; ``record`` is that of the incident or of the match, None
    where it is not known. Whether it hangs together, so that what it says of entries can be gone by."""
    known: Mapping[str, Any] = record if isinstance(record, dict) else {}
    evidence = known.get("evidence")
    with file.open("rb") as stream:
        report = check_stream(stream, file.stat().st_size, trusted=vouching.trusted_keys(), heads=_heads(evidence))
    if report is None or report.excerpt is None:
        found.say("ledger_no_slice", PATH)
    if report is None:
        return False
    tell_report(report, PATH, vouching, found)
    match = known.get("match")
    subject = match.get("id") if isinstance(match, dict) else None
    ledger = evidence.get("ledger") if isinstance(evidence, dict) else None
    told = ((subject, report.subject), (ledger if isinstance(ledger, str) else None, report.ledger))
    if any(said is not None and said != there for said, there in told):
        found.say("ledger_differs", PATH)
    whole = all(each.kind is Kind.UNTRUSTED for each in report.breaks)
    return whole and report.excerpt is not None and report.first_n == 0


def _heads(evidence: Any) -> Sequence[Head]:
    """The head that the record names, as the report prints it."""
    if not isinstance(evidence, dict):
        return ()
    n, sha256 = evidence.get("n"), evidence.get("sha256")
    return (Head(n, sha256),) if isinstance(n, int) and isinstance(sha256, str) else ()


def tell_report(report: Report, path: str, vouching: Vouching, found: Found) -> None:
    """Tell ``found`` what the check of a ledger found."""
    for each in report.breaks[:_MOST_BREAKS]:
        code = "ledger_untrusted" if each.kind is Kind.UNTRUSTED else "ledger_broken"
        entries = {"n": each.n, "last_n": each.last_n}
        params = {"kind": each.kind.value, **{name: "" if n is None else n for name, n in entries.items()}}
        found.say(code, path, line=each.line, offset=each.offset, params=params)
    whole = not any(each.kind is not Kind.UNTRUSTED for each in report.breaks)
    keys = {key_id(public): public for public in vouching.named_keys()}
    for signature in report.signatures:
        public = keys.get(signature.key)
        holder = None if public is None else vouching.holder(public).name
        found.signatures.append(Signed("ledger", path, whole, bool(signature.trusted), signature.key, holder))
