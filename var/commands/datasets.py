"""``touchline datasets``: list and fetch open recordings."""

from __future__ import annotations

import argparse

from touchline.cli import add_json, emit
from touchline.files import data_home
from var.commands.match import Bar, document, summary


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``list`` and ``get``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the recordings that can be had")
    listing.set_defaults(run=_list)
    get = actions.add_parser("get", help="fetch a recording and make a match of it")
    get.add_argument("name", help="name of the recording")
    get.set_defaults(run=_get)
    add_json(listing)
    add_json(get)


def _list(args: argparse.Namespace) -> int:
    from var.datasets import cards

    known = [
        {
            "name": card.name,
            "title": card.title[args.lang],
            "licence": card.licence,
            "package": f"{card.package} {card.version}",
            "fetched": card.complete(data_home()),
        }
        for card in cards().values()
    ]
    emit({"datasets": known}, args, [f"{item['name']}  {item['title']}  ({item['licence']})" for item in known])
    return 0


def _get(args: argparse.Namespace) -> int:
    from var.datasets import open_dataset

    match = open_dataset(data_home(), args.name, progress=Bar())
    emit(document(match), args, summary(match))
    return 0
