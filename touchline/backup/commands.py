"""``touchline backup`` (make, check, list) and ``touchline restore``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from touchline.backup.checking import check_backup, remember_check
from touchline.backup.restoring import restore
from touchline.backup.words import made_lines, size
from touchline.backup.writing import back_up, backups
from touchline.cli import add_json, emit, progress, some_path
from touchline.errors import NotFound
from touchline.files import data_home
from touchline.i18n import number, t

BROKEN, UNREADABLE = 1, 4


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``make``, which is meant where no action is named, ``check`` and ``list``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    making = actions.add_parser("make", help="write a backup of the data folder (the same as without an action)")
    for each in (parser, making):
        each.add_argument(
            "--out", metavar="DIR", required=each is making, type=some_path, help="the folder that holds the backups"
        )
        each.add_argument("--no-media", action="store_true", help="leave recordings out")
        each.add_argument("--no-keys", action="store_true", help="leave private keys out")
        each.add_argument("--keep", metavar="N", type=int, help="afterwards remove this installation's oldest beyond N")
        each.set_defaults(run=_make, misuse=parser.error, exit_refused=UNREADABLE)
        add_json(each)
    checking = actions.add_parser("check", help="read every byte of a backup and say whether it is whole")
    checking.add_argument("path", metavar="PATH", help="a backup's folder")
    checking.set_defaults(run=_check, exit_refused=UNREADABLE)
    add_json(checking)
    listing = actions.add_parser("list", help="list the backups in a folder")
    listing.add_argument("dir", metavar="DIR", help="the folder that holds the backups")
    listing.set_defaults(run=_list, exit_refused=UNREADABLE)
    add_json(listing)


def register_restore(parser: argparse.ArgumentParser) -> None:
    """``touchline restore``."""
    parser.add_argument("path", metavar="PATH", help="a backup's folder")
    parser.add_argument("--into", metavar="HOME", help="the data folder; without it the one in use")
    parser.add_argument("--yes", action="store_true", help="also over a folder with content, which is put aside")
    parser.set_defaults(run=_restore, exit_refused=UNREADABLE)
    add_json(parser)


def _told(lang: str) -> Callable[[float, str], None]:
    """Progress on standard error, every few seconds."""
    last_s = time.monotonic()

    def say(share: float, what: str) -> None:
        nonlocal last_s
        if time.monotonic() - last_s > 2:
            last_s = time.monotonic()
            progress(f"{number(100 * share, lang, 0)} % {what}")

    return say


def _make(args: argparse.Namespace) -> int:
    if args.out is None:
        args.misuse("--out is required")
    made = back_up(
        data_home(),
        Path(args.out),
        media=not args.no_media,
        keys=not args.no_keys,
        keep=args.keep,
        progress=_told(args.lang),
    )
    emit(made.document(), args, made_lines(made.document(), args.lang))
    return 0


def _check(args: argparse.Namespace) -> int:
    found = check_backup(Path(args.path), _told(args.lang))
    document = found.document()
    remember_check(data_home(), found)
    facts = {"path": found.path, "made": found.told["made_utc"][:19], "files": number(found.told["files"], args.lang)}
    lines = [_say(document["status"], args.lang, **facts)]
    lines += [f"{_say(f'finding.{finding}', args.lang)}: {path}" for finding, path in found.findings]
    emit(document, args, lines)
    return 0 if found.whole else BROKEN


def _list(args: argparse.Namespace) -> int:
    folder = Path(args.dir).expanduser()
    if not folder.is_dir():
        raise NotFound("touchline.errors.no_such_folder", path=folder)
    names = ("made_utc", "program", "installation", "media", "keys", "files", "bytes")
    found = [{"path": str(path), **{name: told[name] for name in names}} for path, told in backups(folder)]
    lines = [f"{each['made_utc'][:19]}  {size(each['bytes'], args.lang)}  {each['path']}" for each in found]
    emit({"folder": str(folder), "backups": found}, args, lines or [_say("none", args.lang, path=folder)])
    return 0


def _restore(args: argparse.Namespace) -> int:
    home = Path(args.into) if args.into else data_home()
    done = restore(Path(args.path), home, yes=args.yes, progress=_told(args.lang))
    document, lang = done.document(), args.lang
    lines = [
        _say("restored", lang, home=done.home, made=document["made_utc"][:19], files=number(document["files"], lang))
    ]
    if done.aside is not None:
        lines.append(_say("aside", lang, path=done.aside))
    if not document["media"]:
        lines.append(_say("without_media", lang))
    lines.append(_say(f"keys_{done.keys}", lang))
    lines.append(_say("after", lang))
    emit(document, args, lines)
    return 0


def _say(text: str, lang: str, **params: object) -> str:
    return t(f"touchline.backup.{text}", lang, **params)
