"""The command ``touchline decode CHARACTERISTIC HEX``: what a notification says, field by field."""

from __future__ import annotations

import argparse
from typing import Any

from touchline.cli import add_json, emit
from touchline.errors import BadValue, NotFound
from touchline.i18n import find, number, t
from wearables.gatt.characteristics import CHARACTERISTICS, find_decoder

TEXTS = {"text", "eui64"}
"""Keys whose values are the device's own words."""
NOT_SAID = {"status", "characteristic", "hex", "hr", "fast_hr", "units"}
"""Keys that people read elsewhere: in the command, under another key, beside each number."""
WITHOUT_UNIT = "1"
DECIMALS = 9
"""More than any field of a packet has."""


def register_decode(parser: argparse.ArgumentParser) -> None:
    """``touchline decode 0x2A37 HEX``."""
    add_json(parser)
    parser.add_argument("characteristic", help=f"assigned number, name or UUID, one of: {', '.join(CHARACTERISTICS)}")
    parser.add_argument(
        "hex", help="the notification's bytes as hexadecimal digits; spaces and colons may separate them"
    )
    parser.set_defaults(run=_decode)


def read_hex(text: str) -> bytes:
    """The bytes that ``text`` writes in hexadecimal. Raises ``BadValue`` (``not_hex``)."""
    try:
        return bytes.fromhex(text.replace(":", " ").removeprefix("0x"))
    except ValueError as fault:
        raise BadValue("wearables.errors.not_hex", text=text) from fault


def _decode(args: argparse.Namespace) -> int:
    head: dict[str, Any] = {"status": "ok", "characteristic": args.characteristic, "hex": args.hex}
    try:
        found = find_decoder(args.characteristic)
        data = read_hex(args.hex)
        document = head | {"characteristic": found.key, "name": found.name, "hex": data.hex()} | found.document(data)
    except (BadValue, NotFound) as refusal:
        told = refusal.document(args.lang)
        emit(head | told | {"reason": refusal.name}, args, [told["detail"], told["hint"]])
        return 0
    emit(document, args, _lines(document, args.lang))
    return 0


def _lines(document: dict[str, Any], lang: str) -> list[str]:
    lines = []
    for name, value in document.items():
        if name in NOT_SAID:
            continue
        said = str(value) if name in TEXTS else _say(value, lang)
        unit = document["units"].get(name, WITHOUT_UNIT)
        if unit != WITHOUT_UNIT and value not in (None, []):
            said += f" {find(f'wearables.decode.units.{unit}', lang) or unit}"
        lines.append(f"{t(f'wearables.decode.{name}', lang)}: {said}")
    return lines


def _say(value: Any, lang: str) -> str:
    if isinstance(value, list):
        return "; ".join(_say(item, lang) for item in value) or t("wearables.decode.none", lang)
    if isinstance(value, dict):  # a setting of a strap's stream
        setting = value["setting"]
        return f"{t(f'wearables.decode.values.{setting}', lang)} {_say(value['values'], lang)}"
    if value is None:
        return t("wearables.decode.none", lang)
    if isinstance(value, bool):
        return t(f"wearables.decode.values.{'yes' if value else 'no'}", lang)
    if isinstance(value, int | float):
        decimals = len(f"{value:.{DECIMALS}f}".rstrip("0").partition(".")[2])
        return number(value, lang, decimals)
    return t(f"wearables.decode.values.{value}", lang)
