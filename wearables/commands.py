"""The command ``touchline decode CHARACTERISTIC HEX``: what a notification says, field by field."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from touchline.cli import add_json, emit
from touchline.errors import BadValue, NotFound
from touchline.i18n import t
from wearables import heart_rate

Decoder = Callable[[bytes], dict[str, Any]]

DECODERS: dict[str, tuple[str, Decoder]] = {
    "0x2A37": ("heart_rate_measurement", lambda data: heart_rate.decode(data).document()),
}
"""Known characteristics by their assigned number: a name and the function from bytes to a document."""


def register_decode(parser: argparse.ArgumentParser) -> None:
    """``touchline decode 0x2A37 HEX``."""
    add_json(parser)
    parser.add_argument("characteristic", help=f"assigned number, one of: {', '.join(DECODERS)}")
    parser.add_argument(
        "hex", help="the notification's bytes as hexadecimal digits; spaces and colons may separate them"
    )
    parser.set_defaults(run=_decode)


def find_decoder(characteristic: str) -> str:
    """The key of ``DECODERS`` that ``characteristic`` means; ``2a37``, ``0x2A37`` and the name all do.

    Raises ``NotFound`` with the known ones.
    """
    wanted = characteristic.strip().lower().removeprefix("0x").replace("-", "_")
    for key, (name, _) in DECODERS.items():
        if wanted in (key.lower().removeprefix("0x"), name):
            return key
    raise NotFound("wearables.errors.unknown_characteristic", name=characteristic, known=", ".join(DECODERS))


def read_hex(text: str) -> bytes:
    """The bytes that ``text`` writes in hexadecimal. Raises ``BadValue`` (``not_hex``)."""
    try:
        return bytes.fromhex(text.replace(":", " ").removeprefix("0x"))
    except ValueError as fault:
        raise BadValue("wearables.errors.not_hex", text=text) from fault


def _decode(args: argparse.Namespace) -> int:
    head: dict[str, Any] = {"status": "ok", "characteristic": args.characteristic, "hex": args.hex}
    try:
        key = find_decoder(args.characteristic)
        data = read_hex(args.hex)
        name, decoder = DECODERS[key]
        document = head | {"characteristic": key, "name": name, "hex": data.hex()} | decoder(data)
    except (BadValue, NotFound) as refusal:
        told = refusal.document(args.lang)
        emit(head | told | {"reason": refusal.name}, args, [told["detail"], told["hint"]])
        return 0
    emit(document, args, _lines(document, args.lang))
    return 0


def _lines(document: dict[str, Any], lang: str) -> list[str]:
    skipped = {"status", "characteristic", "hex", "hr"}
    return [
        f"{t(f'wearables.decode.{name}', lang)}: {_say(value, lang)}"
        for name, value in document.items()
        if name not in skipped
    ]


def _say(value: Any, lang: str) -> str:
    if isinstance(value, list):
        return ", ".join(_say(item, lang) for item in value) or t("wearables.decode.none", lang)
    if value is None:
        return t("wearables.decode.none", lang)
    if isinstance(value, str):
        return t(f"wearables.decode.values.{value}", lang)
    return str(value)
