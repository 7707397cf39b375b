"""The command ``touchline training report``."""

from __future__ import annotations

import argparse
from datetime import date, datetime, timedelta
from typing import Any

from athletes.archive import Archive
from athletes.local_zone import local_zone
from athletes.paper.facts import AthleteFacts, gather
from athletes.paper.words import sentence, squad_name
from athletes.paper.writing import write_report
from athletes.reasons import reason_words
from athletes.stretch import Number
from touchline.cli import add_json, emit, some_path
from touchline.errors import BadValue
from touchline.files import data_home
from touchline.i18n import t

USUAL_DAYS = 28
EVERYBODY = "*"


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline training report``: an athlete's or a squad's days as PDF or XLSX."""
    choices = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    report = choices.add_parser("report", help="write a training report as PDF or XLSX")
    whose = report.add_mutually_exclusive_group(required=True)
    whose.add_argument("--athlete", metavar="ID", help="of this athlete")
    whose.add_argument("--squad", metavar="GROUP", help="of this squad; * is everybody")
    report.add_argument("--from", dest="since", metavar="DATE", help="first day, YYYY-MM-DD (default: 27 days before)")
    report.add_argument("--to", dest="until", metavar="DATE", help="last day, YYYY-MM-DD (default: today)")
    report.add_argument("--out", type=some_path, required=True, metavar="FILE", help="the file, .pdf or .xlsx")
    report.add_argument("--each", action="store_true", help="with --squad: every athlete's own pages too")
    report.add_argument("--no-diary", action="store_true", help="leave wellness and injuries out")
    report.set_defaults(run=_report)
    add_json(report)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise BadValue("athletes.errors.bad_day", text=text) from fault


def _report(args: argparse.Namespace) -> int:
    zone = local_zone()
    today = datetime.now(zone).date()
    until = today if args.until is None else _day(args.until)
    since = until - timedelta(days=USUAL_DAYS - 1) if args.since is None else _day(args.since)
    archive = Archive(data_home())
    facts = gather(
        archive,
        since=since,
        until=until,
        zone=zone,
        today=today,
        athlete_id=args.athlete,
        group="" if args.squad == EVERYBODY else args.squad,
        diary=not args.no_diary,
        each=args.each,
    )
    path = write_report(archive, facts, args.out, args.lang)
    document = {
        "written": str(path),
        "bytes": path.stat().st_size,
        "format": path.suffix.lower().removeprefix("."),
        "lang": args.lang,
        "from": since.isoformat(),
        "to": until.isoformat(),
        "squad": facts.group,
        "simulated": facts.simulated,
        "athletes": [_athlete(one) for one in facts.athletes],
    }
    lines = [squad_name(facts, args.lang)]
    for one in facts.athletes:
        lines.append(f"{one.athlete.name}: {sentence(one, args.lang)}")
        lines += [f"  - {reason_words(reason, args.lang)}" for reason in one.reasons]
    emit(document, args, [*lines, t("athletes.paper.written", args.lang, path=path)])
    return 0


def _athlete(facts: AthleteFacts) -> dict[str, Any]:
    now = facts.now
    last = now.last
    return {
        "id": facts.athlete.id,
        "sessions": now.sessions,
        "minutes": _number(now.minutes),
        "load": {**_number(now.load), "method": facts.season.method.value},
        "ctl": None if last is None else last.ctl,
        "atl": None if last is None else last.atl,
        "tsb": None if last is None else last.tsb,
        "provisional": None if last is None else last.provisional,
        "plan": {"due": facts.kept.due, "answered": facts.kept.answered, "unplanned": facts.kept.unplanned},
        "reasons": [{"code": one.code, "values": dict(one.values)} for one in facts.reasons],
        "no_diary": facts.no_diary,
        "simulated": facts.simulated,
    }


def _number(found: Number) -> dict[str, Any]:
    return {"value": found.value, "n": found.n, "of": found.of}
