"""``touchline rules``: list the rule packs at hand, check one that somebody wrote."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, progress
from touchline.errors import NotFound
from touchline.files import data_home
from touchline.i18n import t
from var.rules.document import summary
from var.rules.faults import BadPack
from var.rules.pack import Pack
from var.rules.reading import read_pack
from var.rules.shelf import blank, shelf
from var.rules.words import Seen


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-29") from None


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``list`` and ``check``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the rule packs at hand")
    listing.add_argument("--sport", metavar="S", help="only the packs of this sport")
    listing.add_argument("--date", metavar="D", type=_day, help="only the editions in force on this day")
    listing.set_defaults(run=_list)
    check = actions.add_parser("check", help="check a rule pack and name every fault")
    check.add_argument("file", help="the pack, a TOML file")
    check.set_defaults(run=_check)
    add_json(listing)
    add_json(check)


def _list(args: argparse.Namespace) -> int:
    found = shelf(data_home())
    if args.sport is not None and args.sport not in {pack.sport for pack in found.all()}:
        known = ", ".join(sorted({pack.sport for pack in found.all()})) or "–"
        raise NotFound("var.errors.no_such_sport", name=args.sport, known=known)
    packs = [
        summary(pack, origin, args.lang, args.date) for origin, pack in found.packs if args.sport in (None, pack.sport)
    ]
    packs = [pack for pack in packs if pack["editions"]]
    refused = [{"file": file, **fault.document(args.lang)} for file, fault in found.refused]
    for each in refused:
        progress(f"{each['file']}: {each['detail']}")
    folders = {"own": str(data_home() / "rules"), "blank": str(blank())}
    lines = [line for pack in packs for line in _lines(pack, args.lang)]
    if not packs:
        lines = [t("var.rules.none_on", args.lang, date=args.date)]
    emit({"packs": packs, "refused": refused, **folders}, args, [*lines, t("var.rules.own", args.lang, **folders)])
    return 0


def _lines(pack: dict[str, Any], lang: str) -> list[str]:
    origin = t("var.rules.shipped", lang) if pack["origin"] == "shipped" else pack["origin"]
    lines = [f"{pack['id']}  {pack['name']}  ({origin})"]
    for edition in pack["editions"]:
        lines.append(f"  {edition['id']}  {edition['valid_from']} – {edition['valid_until'] or '…'}")
        for form in edition["formats"]:
            asked = [f"{each['name']}: {_quota(each, lang)}" for each in form["requests"]]
            lines.append("    " + "  ".join([form["id"], form["name"], *asked]))
    return lines


def _quota(request: dict[str, Any], lang: str) -> str:
    if request["quota"] is None:
        return t("var.rules.unlimited", lang)
    extra = f" (+{request['extra_time']})" if request["extra_time"] else ""
    return f"{request['quota']}{extra} {t('var.rules.per.' + request['per'], lang)}"


def _check(args: argparse.Namespace) -> int:
    try:
        pack = read_pack(Path(args.file))
    except BadPack as fault:
        document = fault.document(args.lang)
        emit(document, args, fault.lines(args.lang))
        progress(document["hint"])
        return 0
    emit({"status": "ok", "pack": summary(pack, args.file, args.lang)}, args, _checked(pack, args))
    return 0


def _checked(pack: Pack, args: argparse.Namespace) -> list[str]:
    counts = {key: len(getattr(pack, key)) for key in ("editions", "formats", "situations", "sources")}
    lines = [
        t("var.rules.checked", args.lang, name=pack.name[args.lang]),
        t("var.rules.counts", args.lang, **counts),
        *_lines(summary(pack, args.file, args.lang), args.lang),
    ]
    reported = [source.title for source in pack.sources.values() if source.seen is Seen.REPORTED]
    if reported:
        lines.append(t("var.rules.reported", args.lang, titles="; ".join(reported)))
    return lines
