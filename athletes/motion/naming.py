"""What curves, findings, events, reasons and notes of a trial are called, and how its numbers are written."""

from __future__ import annotations

import math
from collections.abc import Iterable

from athletes.kinematics.model import Movement, Side
from athletes.space.noted import noted
from touchline.i18n import UNKNOWN, find, number, t
from touchline.measure import CM_PER_M, MS_PER_S, Measurement

IN_METRES = ("step_length", "mean_step_length")
"""What is told in metres; other lengths are in centimetres."""
IN_SECONDS = ("down_time", "hold_time", "up_time")
"""What is told in seconds; other times are in milliseconds."""
MOST_DECIMALS = 3
BARE = ("count", "share")
"""Numbers that stand alone."""


def word(kind: str, key: str, lang: str) -> str:
    """What ``key`` of a ``kind`` (``angle``, ``finding``, ``event``, ``reason``, ``note``) is called; the key itself,
    with spaces, where nobody gave it a name, so that a new quantity is shown and not lost."""
    for at in (f"athletes.motion.{kind}.{key}", f"athletes.motion_paper.{kind}.{key}", f"athletes.space.{kind}.{key}"):
        if (text := find(at, lang)) is not None and "{" not in text:
            return text
    return key.replace("_", " ")


def sentence_of(code: str, lang: str) -> str:
    """A reason or a note in words, also a note of a motion in space and a refusal that became a note; the code itself,
    with spaces, where no catalogue knows it."""
    code, _, camera = code.partition(":")  # a note may be of a camera
    if camera and find(f"athletes.space.note.{code}", lang) is not None:
        return noted(f"{code}:{camera}", lang)
    for kind in ("reason", "note"):
        if (said := word(kind, code, lang)) != code.replace("_", " "):
            return said
    places = (f"space.note.{code}", f"errors.{code}.detail", f"errors.{code}.hint")
    texts = [text for place in places if (text := find(f"athletes.{place}", lang)) is not None and "{" not in text]
    return " ".join(texts) or code.replace("_", " ")


def told_notes(codes: Iterable[str], lang: str) -> list[dict[str, str]]:
    """Reasons and notes as documents tell them: ``key`` and ``detail``."""
    return [{"key": code, "detail": sentence_of(code, lang)} for code in codes]


def capital(text: str) -> str:
    """``text`` with its first letter large; the others stay."""
    return text[:1].upper() + text[1:]


def curve_name(key: str, lang: str) -> str:
    """What a curve is called."""
    return capital(word("angle", key, lang))


def movement_name(movement: Movement, lang: str) -> str:
    """What a movement is called."""
    return word("movement", movement, lang)


def side_name(side: Side | None, lang: str) -> str:
    """The side of the body as a word; nothing where there is none."""
    return "" if side is None else word("side", side, lang)


def side_letters(lang: str) -> dict[Side, str]:
    """The letter of each side, as it stands in pictures."""
    return {side: t(f"athletes.motion_paper.letter.{side}", lang) for side in Side}


def unit_sign(unit: str, lang: str) -> str:
    """A unit as people write it."""
    if unit in BARE:
        return ""
    said = find(f"athletes.motion_paper.unit.{unit.replace('/', '_per_')}", lang)
    return unit if said is None else said


def finding_name(key: str, side: Side | None, count: int | None, lang: str) -> str:
    """What a number is, with its side and of which step or repetition it is: "Thời gian bay, lần 1"."""
    which = "" if count is None else t("athletes.motion.number_of", lang, number=number(count, lang))
    told = [capital(word("finding", key, lang)), side_name(side, lang), which]
    return ", ".join(part for part in told if part)


def shown_in(unit: str, key: str) -> tuple[float, str]:
    """By what a number is multiplied for showing, and the unit it then has."""
    if unit == "m" and not key.startswith(IN_METRES):
        return CM_PER_M, "cm"
    if unit == "s" and not key.startswith(IN_SECONDS):
        return MS_PER_S, "ms"
    return 1, unit


def decimals_for(half_width: float) -> int:
    """How many decimals show two digits of an error; 0 where there is none."""
    if half_width <= 0 or not math.isfinite(half_width):
        return 0
    return min(max(1 - math.floor(math.log10(half_width)), 0), MOST_DECIMALS)


def told(measured: Measurement | None, key: str, lang: str, *, sign: bool = False) -> tuple[str, str, str]:
    """A number, its 95 % half-width (empty where it has none) and its unit; a dash where it is not known."""
    if measured is None:
        return UNKNOWN, "", ""
    factor, unit = shown_in(measured.unit, key)
    half = factor * measured.half_width95
    places = decimals_for(half) if half > 0 else 0 if measured.unit == "count" else 2
    error = number(half, lang, places) if half > 0 else ""
    return number(factor * measured.value, lang, places, sign=sign), error, unit_sign(unit, lang)


def told_whole(measured: Measurement | None, key: str, lang: str, *, sign: bool = False) -> str:
    """A number with its error and unit in one."""
    value, error, unit = told(measured, key, lang, sign=sign)
    with_error = f"{value} ± {error}" if error else value
    return f"{with_error}{unit}" if unit == "°" else f"{with_error} {unit}".strip()
