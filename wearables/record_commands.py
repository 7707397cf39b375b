"""``touchline record``: record the straps of a squad in a process of its own, and say what became of every frame."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, plain, progress, some_path
from touchline.errors import BadFile, BadValue
from touchline.files import data_home, write_bytes
from touchline.i18n import t
from wearables.model import SessionState
from wearables.record_report import record_report
from wearables.record_words import living_line, report_lines
from wearables.recorder import control
from wearables.recorder.finding import document
from wearables.recorder.state import RecorderStatus, is_alive
from wearables.roster import load_roster
from wearables.simulated import Simulation, addresses
from wearables.squad import begin, simulated_squad

_LOOK_S, _SAY_EACH_S, _FIND_S = 0.25, 10.0, 10.0
FELL = 1
"""The exit code where the recording process ended without a word."""


def register(parser: argparse.ArgumentParser) -> None:
    """Add what is recorded, how long, and what a simulation does."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--roster", type=Path, metavar="FILE", help="record the squad of a roster (CSV or JSON)")
    what.add_argument("--simulate", type=int, metavar="N", help="record a simulated squad of N straps")
    what.add_argument("--session", metavar="ID", help="take up again a session whose recording broke off")
    what.add_argument("--find", action="store_true", help="only listen which straps are there")
    parser.add_argument("--check", action="store_true", help="only read the roster, and record nothing")
    parser.add_argument("--name", help="name of the session")
    parser.add_argument("--seconds", type=float, metavar="S", help="end after S seconds (without it: until Ctrl-C)")
    parser.add_argument("--speed", type=float, metavar="X", help="seconds of the session in one second (simulated)")
    parser.add_argument("--drops", type=int, metavar="D", help="links that break of each strap (simulated)")
    parser.add_argument("--seed", type=int, help="which simulation: the same seed is the same one (default: 1)")
    parser.add_argument("--adapter", help="listen through this adapter only (with --find)")
    parser.add_argument("--report", type=some_path, metavar="FILE", help="write the report as JSON too")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    home = data_home()
    _refuse(args)
    if args.find:
        return _find(home, args)
    if args.check:
        return _check(args)
    with _interruptible():
        return _record(home, args)


def _refuse(args: argparse.Namespace) -> None:
    for name in ("speed", "drops", "seed"):
        if getattr(args, name) is not None and args.simulate is None:
            raise BadValue("wearables.errors.only_simulated", option=f"--{name}")
    if args.check and args.roster is None:
        raise BadValue("wearables.errors.only_with_roster", option="--check")
    if args.report is not None and args.report.is_dir():
        raise BadFile("wearables.errors.report_unwritten", path=args.report, fault="a folder")


def _check(args: argparse.Namespace) -> int:
    roster = load_roster(args.roster)
    counts = {"athletes": len(roster.profiles), "straps": len(roster.straps), "worn": len(roster.worn)}
    emit(roster.document(), args, [t("wearables.record.roster_good", args.lang, **counts)])
    return 0


def _find(home: Path, args: argparse.Namespace) -> int:
    found = control.find_straps(home, _FIND_S if args.seconds is None else args.seconds, args.adapter)
    lines = [
        t(
            "wearables.record.found",
            args.lang,
            address=seen.address,
            name=seen.name or "",
            rssi="" if seen.rssi_dbm is None else seen.rssi_dbm,
            adapter=seen.adapter,
        )
        for seen in found
    ]
    told = {"status": "ok", "straps": [document(seen) for seen in found]}
    emit(told, args, lines or [t("wearables.record.found_none", args.lang)])
    return 0


def _begin(home: Path, args: argparse.Namespace) -> str:
    """Begin to record; the session's identifier."""
    if args.session is not None:
        control.resume(home, args.session, seconds=args.seconds, lang=args.lang)
        return str(args.session)
    if args.roster is not None:
        roster = load_roster(args.roster)
        name = args.name or t("wearables.record.roster_name", args.lang, day=f"{datetime.now().astimezone():%d/%m/%Y}")
        return begin(home, name, roster, seconds=args.seconds, lang=args.lang).id
    seed, window = 1 if args.seed is None else args.seed, {} if args.seconds is None else {"window_s": args.seconds}
    simulation = Simulation(addresses(args.simulate), seed, 1 if args.drops is None else args.drops, **window)
    name = args.name or t("wearables.record.simulated_name", args.lang, count=args.simulate)
    roster = simulated_squad(args.simulate, seed, args.lang)
    speed = 1.0 if args.speed is None else args.speed
    return begin(home, name, roster, simulation=simulation, speed=speed, seconds=args.seconds, lang=args.lang).id


def _record(home: Path, args: argparse.Namespace) -> int:
    session_id = _begin(home, args)
    progress(t("wearables.record.begun", args.lang, id=session_id))
    try:
        _watch(home, session_id, args.lang)
    except KeyboardInterrupt:
        progress(t("wearables.record.ending", args.lang))
        control.stop(home, session_id)
    control.settle_all(home)
    report = record_report(home, session_id)
    fell = report["state"] == SessionState.GONE.value
    lines = report_lines(report, args.lang)
    if args.report is not None:
        try:
            write_bytes(args.report, json.dumps(plain(report), ensure_ascii=False, indent=2).encode() + b"\n")
        except OSError as fault:
            raise BadFile("wearables.errors.report_unwritten", path=args.report, fault=fault) from fault
        progress(t("wearables.record.written", args.lang, path=args.report))
    emit(report, args, lines)
    if fell:
        if words := control.last_words(home, session_id):
            progress(words)
        progress(t("wearables.record.fell", args.lang, id=session_id))
    return FELL if fell else 0


def _watch(home: Path, session_id: str, lang: str) -> None:
    """Say how the recording goes until its process has ended."""
    said_s, living = 0.0, sys.stderr.isatty()
    while True:
        status = control.status(home, session_id)
        if status.state in (SessionState.ENDED, SessionState.GONE) and not is_alive(home, session_id):
            break
        if (
            status.straps
            and status.state is SessionState.RECORDING
            and time.monotonic() - said_s >= (_LOOK_S if living else _SAY_EACH_S)
        ):
            said_s = time.monotonic()
            _say(status, lang, living)
        time.sleep(_LOOK_S)
    if living:
        sys.stderr.write("\n")


def _say(status: RecorderStatus, lang: str, living: bool) -> None:
    line = living_line(status, lang)
    sys.stderr.write(f"\r\x1b[K{line}" if living else f"{line}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """In the block a request to end (SIGTERM) is what Ctrl-C is: the recording ends properly and is reported."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
