"""``touchline live``: the live sessions that there are, and what can be done with one."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, some_path
from touchline.errors import BadFile
from touchline.files import data_home, write_bytes
from touchline.i18n import t
from wearables.export import write_export
from wearables.handover import hand_over
from wearables.kept import Sessions
from wearables.model import NS_PER_S, US_PER_S, LiveSession, StrapState
from wearables.record_report import record_report
from wearables.record_words import living_line, mark_of, report_lines, state_word
from wearables.recorder import control
from wearables.roster import roster_csv
from wearables.squad import roster_of
from wearables.worn import Worn


def register(parser: argparse.ArgumentParser) -> None:
    """Add an action each for what can be asked of sessions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every session, the newest first")
    add_json(listing)
    listing.set_defaults(run=_list)
    for name, run, text in (
        ("show", _show, "how a session is now: its straps, their states, how many frames each has"),
        ("report", _report, "what became of every frame, as record prints it"),
        ("stop", _stop, "end the recording of a session, wherever it was started"),
        ("export", _export, "write a finished session as Parquet files"),
        ("keep", _keep, "keep an ended session as one training session an athlete"),
        ("roster", _roster, "write the roster of a session as a CSV file"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("session", help="identifier of a session")
        if name == "export":
            action.add_argument(
                "--plain", type=some_path, metavar="DIR", help="write files that anybody can read there"
            )
        if name == "keep":
            action.add_argument("--enrol", action="store_true", help="take in athletes whom training does not know")
        if name == "roster":
            action.add_argument("--out", type=some_path, required=True, metavar="FILE", help="the file to write")
        add_json(action)
        action.set_defaults(run=run)


def _list(args: argparse.Namespace) -> int:
    found = control.listed(data_home())
    lines = [
        t(
            "wearables.record.listed",
            args.lang,
            id=session.id,
            state=t(f"wearables.record.state.{session.state.value}", args.lang),
            begun=f"{_begun(session).astimezone():%Y-%m-%d %H:%M}",  # as the clock on the wall had it
            name=session.name,
            mark=mark_of(session.origin, args.lang),
        )
        for session in found
    ]
    told = {"status": "ok", "sessions": [_told(session) for session in found]}
    emit(told, args, lines or [t("wearables.record.listed_none", args.lang)])
    return 0


def _begun(session: LiveSession) -> datetime:
    return datetime.fromtimestamp(session.zero_utc_us / US_PER_S, UTC)


def _when(session: LiveSession) -> str:
    return _begun(session).isoformat(timespec="milliseconds")


def _told(session: LiveSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "name": session.name,
        "origin": session.origin.value,
        "state": session.state.value,
        "begun_utc": _when(session),
        "ended_utc": session.ended_utc,
        "speed": session.speed,
        "started_by": session.started_by,
    }


def _show(args: argparse.Namespace) -> int:
    document, lines = _shown(data_home(), args.session, args.lang)
    emit(document, args, lines)
    return 0


def _shown(home: Path, session_id: str, lang: str) -> tuple[dict[str, Any], list[str]]:
    sessions = Sessions(home)
    session, status = sessions.session(session_id), control.status(home, session_id)
    now = {strap.number: strap for strap in status.straps}
    worn = Worn(sessions.marks(session_id)).last()
    rows = sessions.store.rows(
        "SELECT strap, count(*) AS frames, max(at_ns) AS last_ns FROM wear_frame"
        " WHERE session_id = ? AND status = 'ok' GROUP BY strap",
        (session_id,),
    )
    counts = {row["strap"]: row for row in rows}
    straps, lines = [], [living_line(status, lang)]
    for strap in sessions.straps(session_id):
        state = now[strap.number].state if strap.number in now else None
        count = counts.get(strap.number)
        frames = 0 if count is None else int(count["frames"])
        straps.append(
            {
                "number": strap.number,
                "address": strap.address,
                "label": strap.label,
                "mode": strap.mode.value,
                "athlete_id": worn.get(strap.number),
                "state": None if state is None else state.value,
                "low_battery": now[strap.number].low_battery if strap.number in now else None,
                "frames": frames,
                "last_s": None if count is None else round(count["last_ns"] / NS_PER_S, 3),
            }
        )
        lines.append(_strap_line(straps[-1], state, lang))
    told = _told(session) | {"state": status.state.value}
    recorder = {name: value for name, value in status.document().items() if name in _RECORDER}
    return {"status": "ok", "session": told, "recorder": recorder, "straps": straps}, lines


_RECORDER = (
    "pid",
    "heartbeat_age_s",
    "kept",
    "waiting",
    "in_memory",
    "lost",
    "journal_since_ns",
    "journal_reason",
    "store_since_ns",
    "store_reason",
    "fault",
    "no_radio",
)


def _strap_line(strap: dict[str, Any], state: StrapState | None, lang: str) -> str:
    return t(
        "wearables.record.strap_now",
        lang,
        number=strap["number"],
        label=strap["label"],
        address=strap["address"],
        state=state_word(state, lang),
        frames=strap["frames"],
    )


def _report(args: argparse.Namespace) -> int:
    report = record_report(data_home(), args.session)
    emit(report, args, report_lines(report, args.lang))
    return 0


def _stop(args: argparse.Namespace) -> int:
    control.stop(data_home(), args.session)
    return _show(args)


def _export(args: argparse.Namespace) -> int:
    home = data_home()
    control.settle(home, args.session)
    try:
        files = write_export(home, args.session, plain=args.plain).document()
    except OSError as fault:
        if isinstance(fault, BadFile):
            raise
        raise BadFile("wearables.errors.report_unwritten", path=args.plain, fault=fault) from fault
    lines = [t("wearables.record.exported", args.lang, name=name, **file) for name, file in files.items()]
    emit({"status": "ok", "session": args.session, "files": files}, args, lines)
    return 0


def _keep(args: argparse.Namespace) -> int:
    home = data_home()
    control.settle(home, args.session)
    done = hand_over(home, args.session, enrol=args.enrol)
    lines = []
    for one in done:
        word = (
            "kept" if one.refusal is None and not one.already_there else "known" if one.refusal is None else "refused"
        )
        why = "" if one.refusal is None else one.refusal.detail(args.lang)
        said = t(f"wearables.record.handed.{word}", args.lang, athlete=one.athlete_id, id=one.session_id or "", why=why)
        lines.append(said)
    told = [one.document(args.lang) for one in done]
    emit(
        {"status": "ok", "session": args.session, "athletes": told},
        args,
        lines or [t("wearables.record.handed.none", args.lang)],
    )
    return 0


def _roster(args: argparse.Namespace) -> int:
    roster = roster_of(data_home(), args.session)
    try:
        write_bytes(args.out, roster_csv(roster, args.lang), private=True)
    except OSError as fault:
        raise BadFile("wearables.errors.report_unwritten", path=args.out, fault=fault) from fault
    document = roster.document()
    count = len(document["roster"])
    emit(document, args, [t("wearables.record.roster_written", args.lang, count=count, path=args.out)])
    return 0
