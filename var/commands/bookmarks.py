"""``touchline bookmarks``: list, add and remove bookmarks. ``touchline looks``: what was looked at, and how fast."""

from __future__ import annotations

import argparse
from fractions import Fraction
from typing import Any

from touchline.cli import add_json, emit
from touchline.errors import BadValue, NotFound
from touchline.files import data_home
from touchline.i18n import clock, number, t
from var import bookmarks, looks
from var.archive import Archive
from var.measure.faults import exact
from var.model import Match


def register_bookmarks(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``touchline bookmarks``."""
    parser.add_argument("match", metavar="MATCH", help="identifier of the match")
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--add", metavar="S", help="add a bookmark at this second of match time")
    doing.add_argument("--remove", type=int, metavar="SEQ", help="remove the bookmark with this number")
    parser.add_argument("--ends", metavar="S", help="with --add: the stretch ends at this second")
    parser.add_argument("--tag", metavar="T", help=f"with --add: {', '.join(bookmarks.Tag)}")
    parser.add_argument("--note", default="", metavar="N", help="with --add: a note")
    parser.add_argument("--by", default="", metavar="NAME", help="who does it")
    add_json(parser)
    parser.set_defaults(run=_bookmarks)


def register_looks(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``touchline looks``."""
    parser.add_argument("match", metavar="MATCH", help="identifier of the match")
    parser.add_argument("--camera", metavar="NAME", help="only the looks at this angle")
    add_json(parser)
    parser.set_defaults(run=_looks)


def _seconds(text: str) -> Fraction:
    """Seconds as typed. Raises ``BadValue``."""
    found = exact(text.replace(",", "."))
    if found is None:
        raise BadValue("var.errors.bad_instant", value=text[:40])
    return found


def _bookmarks(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    match = archive.match(args.match)
    if args.add is None and (args.ends is not None or args.tag is not None or args.note):
        raise BadValue("var.errors.add_needed")
    if args.add is not None:
        ends_s = None if args.ends is None else _seconds(args.ends)
        at_s = _seconds(args.add)
        bookmarks.add(archive, match.id, at_s=at_s, ends_s=ends_s, tag=args.tag, note=args.note, by=args.by)
    elif args.remove is not None:
        known = [mark for mark in archive.review(match.id).bookmarks if mark.seq == args.remove]
        if not known:
            raise NotFound("var.errors.no_such_bookmark", bookmark=args.remove)
        bookmarks.remove(archive, match.id, known[0].id, by=args.by)
    found = archive.review(match.id).bookmarks
    lines = [_line(match, mark, args.lang) for mark in found] or [t("var.replay.cli.no_bookmarks", args.lang)]
    emit({"match": match.id, "bookmarks": [_document(match, mark) for mark in found]}, args, lines)
    return 0


def _document(match: Match, mark: bookmarks.Bookmark) -> dict[str, Any]:
    """A bookmark as the schema ``bookmarks`` has it: with what the match clock shows there."""
    clock_s = match.setup.clock_s(mark.at_s)
    return {**mark.document(), "clock_s": None if clock_s is None else float(clock_s)}


def _line(match: Match, mark: bookmarks.Bookmark, lang: str) -> str:
    clock_s = match.setup.clock_s(mark.at_s)
    at = clock(float(mark.at_s if clock_s is None else clock_s), lang)
    long = "" if mark.ends_s is None else f" + {number(float(mark.ends_s - mark.at_s), lang, 2)} s"
    tag = t(f"var.replay.tag.{mark.tag.value if mark.tag else 'none'}", lang)
    return f"{mark.seq:5d}  {at}{long}  {tag}  {mark.note}".rstrip()


def _looks(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    match = archive.match(args.match)
    if args.camera is not None:
        match.clip(args.camera)
    found = looks.looks(archive, match.id, args.camera)
    lines = [
        t(
            "var.replay.cli.look",
            args.lang,
            camera=look.camera_id,
            first=look.first_frame,
            last=look.last_frame,
            speed=number(look.speed, args.lang, 2),
            reached=number(look.reached(match.clip(look.camera_id)), args.lang, 2),
            seconds=number(look.looked_ms / 1000, args.lang, 1),
        )
        for look in found
    ]
    lost = looks.lost(archive, match.id)
    document = {
        "match": match.id,
        "looks": [look.document(match.clip(look.camera_id)) for look in found],
        "lost": lost,
    }
    lines = lines or [t("var.replay.cli.no_looks", args.lang)]
    if lost:
        lines.append(t("var.replay.cli.lost_looks", args.lang, looks=number(lost, args.lang)))
    emit(document, args, lines)
    return 0
