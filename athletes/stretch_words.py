"""The numbers of a stretch as rows of words, each with its unit and with how many it stands on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from athletes.load.model import LoadMethod
from athletes.stretch import RATES, Number, Stretch
from athletes.zones import FIVE
from touchline.i18n import find, number, t

KMH = 3.6
OVER = re.compile(r"(?P<what>speed|heart_rate|power)_(?P<seconds>[0-9]+)s_[a-z]+")
BEST_SECONDS = (5, 60, 300, 1200)
"""Over how long bests are compared; an athlete's page has all of them."""
RATE_DECIMALS = {"distance_m_per_min": 0, "high_speed_m_per_min": 1}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as it is shown, with what it stands on; ``value`` is the plain number for a spreadsheet, None where it
    is not known."""

    text: str
    note: str
    value: float | None
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its part (load, zones, …), what it is, its unit, a cell a stretch."""

    part: str
    label: str
    unit: str
    cells: tuple[Cell, ...]


def lines_of(stretches: Sequence[Stretch], method: LoadMethod, lang: str) -> list[Line]:
    """Every number of ``stretches`` that one of them has, in the order of a report."""
    found = [
        _line("load", "sessions", "", stretches, lang, lambda one: Number(one.sessions, one.sessions, one.sessions), 0),
        _line("load", "minutes", "min", stretches, lang, lambda one: one.minutes, 0),
        _line("load", "load", method.value, stretches, lang, lambda one: one.load, 0),
        _line("load", "load_a_week", method.value, stretches, lang, lambda one: _alone(one.load_a_week), 0),
    ]
    found += [_line("load", name, method.value, stretches, lang, _last(name), 1) for name in ("ctl", "atl", "tsb")]
    found.append(_line("load", "monotony", "", stretches, lang, _last("monotony"), 2))
    found += _zone_lines(stretches, lang)
    for name in RATES:
        found.append(_line("external", name, name, stretches, lang, _getter("rates", name), RATE_DECIMALS.get(name, 2)))
    for name in _bests(stretches):
        speed = name.endswith("_mps")
        factor = KMH if speed else 1.0
        found.append(
            _line(
                "bests",
                name,
                "km/h" if speed else name.rpartition("_")[2],
                stretches,
                lang,
                _getter("bests", name, factor),
                1,
            )
        )
    for name, decimals in (("ln_rmssd", 2), ("rmssd_ms", 0), ("resting_bpm", 0)):
        found.append(_line("readings", name, name, stretches, lang, _getter("readings", name), decimals))
    shown = [one for one in found if any(cell.value is not None for cell in one.cells)]
    named = {"load", "minutes", "sessions", "ln_rmssd", "distance_m_per_min"}
    return [one for one in found if one in shown or one.label in {_label(name, lang) for name in named}]


def _bests(stretches: Sequence[Stretch]) -> list[str]:
    """The bests that are compared: those over ``BEST_SECONDS``, and those that are over no time."""
    names = dict.fromkeys(key for one in stretches for key in one.bests)
    return [one for one in names if (found := OVER.fullmatch(one)) is None or int(found["seconds"]) in BEST_SECONDS]


def _getter(attribute: str, name: str, factor: float = 1.0) -> Callable[[Stretch], Number]:
    def get(one: Stretch) -> Number:
        unknown = Number(None, 0, one.sessions if attribute != "readings" else 0)
        found: Number = getattr(one, attribute).get(name, unknown)
        return Number(None if found.value is None else found.value * factor, found.n, found.of)

    return get


def _alone(value: float | None) -> Number:
    return Number(value, 0, 0)


def _last(name: str) -> Callable[[Stretch], Number]:
    return lambda one: _alone(None if one.last is None else getattr(one.last, name))


def _label(name: str, lang: str) -> str:
    if (found := OVER.fullmatch(name)) is not None:
        seconds = int(found["seconds"])
        whole = seconds >= 60 and seconds % 60 == 0
        key, count = ("best_minutes", seconds // 60) if whole else ("best_seconds", seconds)
        return t(f"athletes.compare.{key}", lang, what=t(f"athletes.compare.best.{found['what']}", lang), count=count)
    return find(f"athletes.compare.row.{name}", lang) or name.replace("_", " ")


def unit_words(unit: str, lang: str) -> str:
    """A unit, or the name of a load's method, as people write it."""
    if unit in {one.value for one in LoadMethod}:
        return t(f"athletes.load.method.{unit}", lang)
    return find(f"athletes.compare.unit.{unit}", lang) or unit


def _line(
    part: str,
    name: str,
    unit: str,
    stretches: Sequence[Stretch],
    lang: str,
    get: Callable[[Stretch], Number],
    decimals: int,
) -> Line:
    cells = tuple(cell_of(get(one), lang, decimals, part) for one in stretches)
    return Line(part, _label(name, lang), unit_words(unit, lang), cells)


def cell_of(found: Number, lang: str, decimals: int, part: str) -> Cell:
    """A number with how many sessions, days or readings it stands on."""
    note = ""
    if part == "readings":
        note = t("athletes.compare.of_readings", lang, n=found.n)
    elif found.of:
        note = t("athletes.compare.of_sessions", lang, n=found.n, of=found.of)
    return Cell(number(found.value, lang, decimals), note, found.value, decimals)


def zone_names(names: Sequence[str], count: int, lang: str) -> list[str]:
    """The words of zones: under zone 1, then zones 1 and up."""
    found = [t("athletes.sessions.zone.0", lang)]
    for place in range(1, count):
        usual = tuple(names) == FIVE or not names
        name = names[place - 1] if place <= len(names) else str(place)
        found.append(
            t(f"athletes.sessions.zone.{place}", lang) if usual else t("athletes.zones.named", lang, name=name)
        )
    return found


def _zone_lines(stretches: Sequence[Stretch], lang: str) -> list[Line]:
    """A row a zone in minutes, where all stretches that have zones have the same ones; else none."""
    having = [one.zones for one in stretches if one.zones is not None]
    if not having or len({zones.names for zones in having}) > 1:
        return []
    count = max(len(zones.seconds) for zones in having)
    words, found = zone_names(having[0].names, count, lang), []
    for place in [*range(count), -1]:
        cells = []
        for one in stretches:
            zones = one.zones
            if zones is None:
                cells.append(cell_of(Number(None, 0, one.sessions), lang, 0, "zones"))
                continue
            seconds = zones.unknown_s if place < 0 else zones.seconds[place] if place < len(zones.seconds) else 0.0
            measured = sum(zones.seconds)
            text = number(seconds / 60, lang)
            if place >= 0 and measured:
                text += f" ({number(100 * seconds / measured, lang)} %)"
            note = t("athletes.compare.of_sessions", lang, n=zones.n, of=zones.of)
            cells.append(Cell(text, note, seconds / 60))
        label = t("athletes.sessions.unknown", lang) if place < 0 else words[place]
        found.append(Line("zones", label, unit_words("min", lang), tuple(cells)))
    return found
