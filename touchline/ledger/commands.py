"""``touchline ledger check``: whether a match's ledger, or a slice of one, is intact."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit
from touchline.errors import BadValue, NotFound
from touchline.files import data_home
from touchline.i18n import t
from touchline.ledger import ledger_path
from touchline.ledger.checking import HeadState, Report, Status, check, words
from touchline.ledger.following import Followed, check_earlier
from touchline.ledger.head import Head
from touchline.ledger.kept import kept_head
from touchline.ledger.keys import trusted_keys
from touchline.store import is_there, store_at

EXIT = {Status.INTACT: 0, Status.BROKEN: 1, Status.UNTRUSTED: 3}
UNREADABLE = 4
_HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{64})")


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``check``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = actions.add_parser("check", help="say whether a ledger or a slice is intact, and where not")
    checking.add_argument("ledger", metavar="LEDGER", help="a ledger's file, a slice of one, or the id of a match")
    checking.add_argument("--head", metavar="N:HASH", help="a head that was kept elsewhere, as a report prints it")
    checking.add_argument(
        "--trust",
        metavar="FILE",
        action="append",
        default=[],
        help="trust this public key (PEM) beside the installation's own; may be repeated",
    )
    checking.set_defaults(run=_check, exit_refused=UNREADABLE)
    add_json(checking)


def _found(home: Path, name: str) -> Path:
    path = Path(name) if Path(name).is_file() else ledger_path(home, name)
    if not path.is_file():
        raise NotFound("touchline.errors.no_such_ledger", name=name)
    return path


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    if (found := _HEAD.fullmatch(text.strip().lower())) is None:
        raise BadValue("touchline.errors.bad_head", head=text)
    return Head(int(found[1]), found[2])


def _check(args: argparse.Namespace) -> int:
    home = data_home()
    path, head = _found(home, args.ledger), _head(args.head)
    if head is None and not Path(args.ledger).is_file() and is_there(home):
        kept = kept_head(store_at(home), args.ledger)  # where it ended, as the database knows
        head = None if kept is None else kept.head
    report = check(path, trusted=trusted_keys(home, map(Path, args.trust)), head=head)
    earlier = [] if report.excerpt is not None else check_earlier(path)
    document = {"path": str(path), **report.document(args.lang), "earlier": [_document(each) for each in earlier]}
    emit(document, args, [*_lines(path, report, args.lang), *_earlier_lines(earlier, args.lang)])
    found = {report.status, *(each.status for each in earlier)}
    return EXIT[next(status for status in (Status.BROKEN, Status.UNTRUSTED, Status.INTACT) if status in found)]


def _document(found: Followed) -> dict[str, Any]:
    each = found.earlier
    told = {"ledger": each.ledger, "path": str(each.path), "status": found.status, "n": each.n, "sha256": each.sha256}
    return {**told, "last_n": None if found.report is None else found.report.last_n}


def _earlier_lines(earlier: list[Followed], lang: str) -> list[str]:
    lines = []
    for found in earlier:
        each, state = found.earlier, "gone" if found.report is None else found.status.value
        lines.append(t(f"touchline.ledger.earlier.{state}", lang, ledger=each.ledger, n=each.n, path=each.path))
        lines += ["  " + words(fault, lang) for fault in (() if found.report is None else found.report.breaks)]
    return lines


def _lines(path: Path, report: Report, lang: str) -> list[str]:
    def say(text: str, **params: object) -> str:
        return t(f"touchline.ledger.{text}", lang, **params)

    ends = {"first": report.first_n, "last": report.last_n}
    told = [say(report.status.value, path=path, lines=report.lines, subject=report.subject, **ends)]
    told += [words(each, lang) for each in report.breaks]
    if report.stopped:
        told.append(say("stopped", line=report.lines))
    if report.excerpt is not None:
        told.append(say("excerpt", first=report.excerpt.first.n, last=report.excerpt.last.n))
    if report.signed_to is not None:
        told.append(say("signed_to", n=report.signed_to))
        if report.last_n is not None and report.signed_to < report.last_n:
            told.append(say("unsigned_rest", n=report.signed_to))
    if report.sha256 is not None:
        told.append(say("head", head=f"{report.last_n}:{report.sha256}"))
    if report.excerpt is None and report.heads is not HeadState.HELD:
        told.append(say("no_head" if report.heads is HeadState.ABSENT else "head_unreadable"))
    if report.repaired:
        told.append(say("repaired", count=report.repaired))
    return [*told, *(say("key", signer=each.key, count=each.count) for each in report.signatures)]
