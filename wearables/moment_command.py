"""The command ``touchline moment SESSION``: every athlete's heart rate at an instant of a session, or of a match."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from touchline.cli import add_json, emit
from touchline.errors import BadValue, NotFound
from touchline.files import data_home
from touchline.i18n import clock, t
from touchline.matchclock import MatchClock, find_match_clock
from wearables.kept import LONGEST_NS, Sessions
from wearables.model import NS_PER_S
from wearables.moment_words import said, sure
from wearables.tie import Tie, read_clock_s, ties
from wearables.tied import Moment, moment, seconds, span, tie_between

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline moment SESSION [--at S] [--match ID [--match-time S]]``."""
    add_json(parser)
    parser.add_argument("session", help="id of the live session")
    instant = parser.add_mutually_exclusive_group()
    instant.add_argument("--at", metavar="S", help="seconds since the session began, or a clock such as 12:34.5")
    instant.add_argument("--match-time", metavar="S", help="seconds of match time instead (with --match)")
    parser.add_argument("--match", metavar="ID", help="id of a match whose clock is tied to the session's")
    parser.set_defaults(run=_moment)


def read_seconds(text: str) -> Fraction:
    """Exact seconds: a number, a fraction such as ``30001/30000``, or a clock. Raises ``BadValue``."""
    written = text.strip().replace(",", ".")
    if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?|-?[0-9]{1,18}/[0-9]{0,17}[1-9][0-9]{0,17}", written, re.ASCII):
        return Fraction(written)
    return read_clock_s(text)


def _moment(args: argparse.Namespace) -> int:
    home = data_home()
    sessions = Sessions(home)
    sessions.session(args.session)
    if args.match_time is not None and args.match is None:
        raise BadValue("wearables.errors.match_time_of_what")
    match, tie = None, None
    if args.match is not None:
        match = find_match_clock(home, args.match)
        tie = tie_between(sessions, args.session, match)
        if tie is None:
            raise NotFound("wearables.errors.not_tied", session=args.session, match=match.name)
    if args.match_time is not None and tie is not None:
        at_ns = tie.to_session_ns(read_seconds(args.match_time))
    elif args.at is not None:
        at_ns = round(read_seconds(args.at) * NS_PER_S)
    else:
        at_ns = span(sessions, args.session).last_ns
    if abs(at_ns) > LONGEST_NS:
        raise BadValue("wearables.errors.bad_clock_reading", text=args.at or args.match_time)
    found = moment(sessions, args.session, at_ns)
    made = ties(sessions.marks(args.session))
    document = moment_document(found, match, tie) | {"ties": [each.document() for each in made.values()]}
    emit(document, args, _lines(found, match, tie, args.lang))
    return 0


def moment_document(found: Moment, match: MatchClock | None, tie: Tie | None) -> dict[str, Any]:
    """The moment as a JSON-ready document; exact times are texts."""
    told = None
    if match is not None and tie is not None:
        match_s = tie.to_match_s(found.at_ns)
        told = {
            "id": match.id,
            "name": match.name,
            "match_s": str(match_s),
            "board_s": None if (board_s := match.board_s(match_s)) is None else float(board_s),
            "covered": match.covers(match_s),
            "tie": tie.document(),
        }
    return {
        "session": found.session.id,
        "name": found.session.name,
        "origin": found.session.origin,
        "at_s": str(seconds(found.at_ns)),
        "utc": (_EPOCH + timedelta(microseconds=found.utc_us)).isoformat(timespec="microseconds"),
        "match": told,
        "readings": [reading.document() for reading in found.readings],
    }


def _lines(found: Moment, match: MatchClock | None, tie: Tie | None, lang: str) -> list[str]:
    origin = t(f"wearables.moment.origin.{found.session.origin}", lang)
    lines = [f"{found.session.name}  {clock(float(seconds(found.at_ns)), lang, 1)}  [{origin}]"]
    if match is not None and tie is not None:
        match_s = tie.to_match_s(found.at_ns)
        board_s = match.board_s(match_s)
        lines.append(
            t(
                "wearables.moment.in_match",
                lang,
                match=match.name,
                clock=clock(float(match_s if board_s is None else board_s), lang, 1),
                sure=sure(tie, lang),
            )
        )
    lines += [f"  {reading.athlete.name}: {said(reading, lang)}" for reading in found.readings]
    return lines if found.readings else [*lines, t("wearables.moment.nobody", lang)]
