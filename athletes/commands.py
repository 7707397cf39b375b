"""The command ``touchline session``."""

from __future__ import annotations

import argparse
from typing import Any

from athletes.archive import Archive, Entry
from athletes.export_command import register as register_export
from athletes.local_zone import local_zone
from athletes.report import report
from athletes.zone_words import zone_word
from touchline.cli import add_json, emit
from touchline.errors import BadFile
from touchline.files import data_home
from touchline.i18n import UNKNOWN, clock, number, t


def register_session(parser: argparse.ArgumentParser) -> None:
    """``touchline session list|show|delete|restore|export``."""
    choices = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = choices.add_parser("list", help="sessions, newest first")
    listing.add_argument("--athlete", metavar="ID", help="only this athlete's sessions")
    listing.set_defaults(run=_list)
    add_json(listing)
    for action, help_text, run in (
        ("show", "summary, time in zones, gaps and origin of one session", _show),
        ("delete", "take a session off the lists; restore brings it back", _delete),
        ("restore", "undo delete", _restore),
    ):
        sub = choices.add_parser(action, help=help_text)
        sub.add_argument("id", help="id of the session")
        sub.set_defaults(run=run)
        add_json(sub)
    register_export(choices.add_parser("export", help="write a session to a file: FIT, TCX, CSV, XLSX, Parquet"))


def _list(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    if args.athlete:
        archive.athlete(args.athlete)
    entries = archive.entries(args.athlete)
    lines = [_entry_line(entry, args.lang) for entry in entries]
    emit(
        {"sessions": [_entry_document(entry) for entry in entries]},
        args,
        lines or [t("athletes.commands.no_sessions", args.lang)],
    )
    return 0


def _entry_line(entry: Entry, lang: str) -> str:
    start = entry.start.isoformat(timespec="minutes") if entry.start else UNKNOWN
    origin = t(f"athletes.sessions.origin.{entry.origin}", lang)
    return f"{entry.id}  {start}  {clock(entry.duration_s, lang, 0)}  {entry.name}  [{origin}]"


def _entry_document(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "athlete": entry.athlete_id,
        "origin": entry.origin.value,
        "start": None if entry.start is None else entry.start.isoformat(),
        "sport": entry.sport,
        "duration_s": entry.duration_s,
        "kind": entry.kind,
        "file": entry.file_name,
    }


def _show(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    session = archive.session(args.id)
    athlete = archive.athlete(session.athlete_id) if session.athlete_id else None
    found = report(session, athlete, local_zone())
    if found is None:
        raise BadFile("athletes.errors.no_heart_rate", kind=session.recording.kind, samples=0)
    document, lang = found.document(), args.lang
    whole = found.summary
    lines = [
        f"{session.name}  [{t(f'athletes.sessions.origin.{session.origin}', lang)}]",
        t(
            "athletes.commands.summary",
            lang,
            mean=number(whole.mean_bpm, lang),
            min=number(whole.min_bpm, lang),
            max=number(whole.max_bpm, lang),
            measured=clock(whole.measured_s, lang, 0),
            length=clock(whole.duration_s, lang, 0),
            gaps=len(whole.gaps),
        ),
    ]
    if found.times is not None and found.zones is not None:
        lines.append(t(f"athletes.sessions.method.{found.zones.method}", lang))
        for zone, seconds in enumerate(found.times.seconds):
            share = found.times.share(zone)
            percent = number(None if share is None else 100 * share, lang, 1)
            lines.append(f"  {zone_word(found.zones, zone, lang)}: {clock(seconds, lang, 0)}  {percent} %")
        lines.append(f"  {t('athletes.sessions.unknown', lang)}: {clock(found.times.unknown_s, lang, 0)}")
    emit(document, args, lines)
    return 0


def _delete(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    archive.session(args.id)
    archive.delete(args.id)
    emit({"id": args.id, "deleted": True}, args, [t("athletes.commands.deleted", args.lang, id=args.id)])
    return 0


def _restore(args: argparse.Namespace) -> int:
    Archive(data_home()).restore(args.id)
    emit({"id": args.id, "deleted": False}, args, [t("athletes.commands.restored", args.lang, id=args.id)])
    return 0
