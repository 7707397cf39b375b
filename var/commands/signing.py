"""``touchline signing``: how reports are signed; show it, set it, try it."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit
from touchline.errors import BadValue
from touchline.files import data_home
from touchline.i18n import t
from touchline.ledger.keys import keys_folder
from var.evidence.settings import PIN_VARIABLE, SigningSettings, read_settings, write_settings

OPTIONS = {
    "timestamp_url": ("--timestamp", "URL", "time-stamp authority (RFC 3161)"),
    "token_module": ("--token-module", "FILE", "PKCS #11 module of the token that signs the report"),
    "token_label": ("--token", "LABEL", "label of the token"),
    "key_label": ("--key", "LABEL", "label of the key on it"),
    "certificate_label": ("--certificate", "LABEL", "label of the certificate on it, where it is another"),
}


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``show``, ``set`` and ``test``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="say how reports are signed")
    show.set_defaults(run=_show)
    setting = actions.add_parser("set", help="set a time-stamp authority or a token; an empty text takes it away")
    for name, (option, metavar, words) in OPTIONS.items():
        setting.add_argument(option, dest=name, metavar=metavar, help=words)
    setting.set_defaults(run=_set)
    test = actions.add_parser("test", help="sign a page with what is set and check that")
    test.set_defaults(run=_test)
    for action in (show, setting, test):
        add_json(action)


def _show(args: argparse.Namespace) -> int:
    return _tell(data_home(), read_settings(data_home()), args)


def _set(args: argparse.Namespace) -> int:
    home = data_home()
    given: dict[str, Any] = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None}
    if not given:
        raise BadValue("var.errors.nothing_to_set")
    settings = replace(read_settings(home), **{name: value.strip() or None for name, value in given.items()})
    write_settings(home, settings)
    return _tell(home, settings, args)


def _tell(home: Path, settings: SigningSettings, args: argparse.Namespace) -> int:
    token, root = settings.token, keys_folder(home) / "root.pem"
    document = {**settings.document(), "signs": "own_key" if token is None else "token", "root": str(root)}
    said, stamps = "own_key" if token is None else "token", "stamped_by" if settings.timestamp_url else "no_stamp"
    lines = [
        t(f"var.signing.{said}", args.lang, token="" if token is None else token.label),
        t(f"var.signing.{stamps}", args.lang, url=settings.timestamp_url),
        t("var.signing.root", args.lang, path=root),
    ]
    emit(document, args, lines)
    return 0


def _test(args: argparse.Namespace) -> int:
    from var.evidence.trial import sign_a_page

    done = sign_a_page(data_home(), os.environ.get(PIN_VARIABLE))
    lines = [t("var.signing.works", args.lang, holder=done["holder"])]
    if done["timestamp"]["status"] == "absent":
        lines.append(t("var.report.proof.unstamped", args.lang, fault=done["timestamp"]["fault"]))
    emit(done, args, lines)
    return 0
