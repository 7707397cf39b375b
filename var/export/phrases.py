"""Single words and numbers of a report: people's texts made safe for paper, instants, centimetres."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime

from touchline.i18n import UNKNOWN, find, number, t
from touchline.measure import CM_PER_M, Measurement

LONGEST_NAME = 160
LONGEST_NOTE = 3000
MOST_IN_HEADER = 70
"""Signs of a match's name at the head of each page, which has one line."""
_UNBROKEN = 28
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def printable(text: str, lang: str, longest: int = LONGEST_NAME) -> str:
    """``text`` as it can stand on paper: one line, no invisible signs, breakable, not longer than ``longest``.

    Controls and format characters (category C) become ``[U+202E]``, because one of them can turn a name or a verdict
    around for the reader. Runs without a space get places to break; the JSON keeps every text as it was typed.
    """
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(text) > longest:
        text = shortened(text, longest).removesuffix("…") + t("var.report.pdf.more", lang)
    out: list[str] = []
    run = 0
    for sign in text:
        shown = f"[U+{ord(sign):04X}]" if unicodedata.category(sign).startswith("C") else sign
        run = 0 if sign == " " else run + 1
        out.append(shown)
        if run and run % _UNBROKEN == 0:
            out.append("\u200b")
    return "".join(out)


def shortened(text: str, longest: int) -> str:
    """``text`` with at most ``longest`` signs before an ellipsis, cut between words where there is a place for that."""
    if len(text) <= longest:
        return text
    cut = text[:longest]
    space = cut.rfind(" ")
    if space > max(0, longest - _UNBROKEN) and not text[longest].isspace():
        cut = cut[:space]
    return f"{cut.rstrip()} …"


def utc_text(stamp: str | None, lang: str) -> str:
    """An ISO 8601 instant as people read it, to the second, in UTC; a dash where it is unknown."""
    if not stamp:
        return UNKNOWN
    try:
        instant = datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return printable(stamp, lang)
    return instant.strftime("%d/%m/%Y %H:%M:%S UTC" if lang == "vi" else "%Y-%m-%d %H:%M:%S UTC")


def day_text(day: str, lang: str) -> str:
    """A date, or a month, as people read it; anything else as it was typed."""
    if lang == "vi" and _MONTH.fullmatch(day):
        return f"{day[5:]}/{day[:4]}"
    try:
        return date.fromisoformat(day).strftime("%d/%m/%Y") if lang == "vi" else day
    except ValueError:
        return printable(day, lang)


def known(table: str, key: str, lang: str) -> str:
    """The word for ``key`` in a table of the catalogue, or ``key`` itself as somebody typed it."""
    name = f"var.report.{table}.{key}"
    return t(name, lang) if "." not in key and find(name, lang) is not None else printable(key, lang)


def cm(value_m: float, lang: str, *, sign: bool = False, decimals: int = 0) -> str:
    """Metres as centimetres."""
    return signed(value_m * CM_PER_M, lang, decimals) if sign else number(value_m * CM_PER_M, lang, decimals)


def signed(value: float, lang: str, decimals: int) -> str:
    """A number with its sign; what is printed as zero has none, because a minus before it would tell a side."""
    shown = round(value, decimals)
    return number(shown, lang, decimals, sign=True) if shown else number(0.0, lang, decimals)


def margin_text(margin: Measurement | None, lang: str) -> str:
    """A margin with its 95 % half-width, or a dash. One decimal only where the doubt is under 2 cm."""
    if margin is None:
        return UNKNOWN
    decimals = 1 if margin.half_width95 * CM_PER_M < 2 else 0
    return t(
        "var.report.measure.margin",
        lang,
        value=cm(margin.value, lang, sign=True, decimals=decimals),
        half=cm(margin.half_width95, lang, decimals=decimals),
    )
