"""What a session is worth, in tables: loads, external load, recovery; each with its reason or its method."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from athletes.laps import LapFigures
from athletes.load.model import Figure, LoadMethod
from athletes.panels.pieces import duration
from athletes.panels.tables import cell, table
from athletes.panels.words import pace
from touchline.i18n import find, number, t
from touchline.measure import KMH_PER_MPS

EXTERNAL = ("distance_m", "speed_max_mps", "high_speed_m", "sprint_m", "sprints", "accelerations", "decelerations")
SPEED_ZONES = 5
OTHERS = ("hr_recovery", "decoupling")


def reason_words(figure: Figure, lang: str) -> str:
    """Why a figure has no value."""
    return find(f"athletes.load.reason.{figure.reason}", lang) or str(figure.reason)


def loads_table(figures: Mapping[str, Figure], lang: str) -> str:
    """The load by every method, or why there is none; the method stands under the pointer."""
    rows = []
    for method in LoadMethod:
        figure = figures.get(method.value)
        if figure is None:
            continue
        name = escape(t(f"athletes.load.method.{method}", lang))
        if figure.value is None:
            told = f'– <span class="tl-soft">{escape(reason_words(figure, lang))}</span>'
        else:
            flags = " ".join(find(f"athletes.load.flag.{flag}", lang) or flag for flag in figure.flags)
            told = f'<b>{number(figure.value, lang)}</b> <span class="tl-soft">{escape(flags)}</span>'
        rows.append([cell(name, right=False, hint=figure.method), cell(told)])
    return table([t("athletes.session_page.load_by", lang), t("athletes.season.load", lang)], rows)


def other_table(figures: Mapping[str, Figure], lang: str) -> str:
    """Heart-rate recovery and decoupling, or why there are none."""
    rows = []
    for name in OTHERS:
        figure = figures.get(name)
        if figure is None:
            continue
        if figure.value is None:
            told = f'– <span class="tl-soft">{escape(reason_words(figure, lang))}</span>'
        else:
            told = f"<b>{number(figure.value, lang, 1)}</b> {escape(figure.unit)}"
        words = escape(t(f"athletes.session_page.{name}", lang))
        rows.append([cell(words, right=False, hint=figure.method), cell(told)])
    return table([t("athletes.session_page.heart", lang), ""], rows) if rows else ""


def external_table(external: Mapping[str, Figure], lang: str) -> str:
    """Distance, high speed, sprints, changes of speed: of the session and per measured minute; empty without any."""
    rows = []
    for name in EXTERNAL:
        figure = external.get(name)
        if figure is None:
            continue
        minute = external.get(f"{name}_per_min")
        if figure.value is None:
            told = f'– <span class="tl-soft">{escape(reason_words(figure, lang))}</span>'
        elif name == "speed_max_mps":
            told = f"<b>{number(figure.value * float(KMH_PER_MPS), lang, 1)}</b> km/h"
        else:
            told = f"<b>{number(figure.value, lang)}</b> {escape('m' if name.endswith('_m') else '')}"
        each = "" if minute is None or minute.value is None else number(minute.value, lang, 1)
        words = escape(t(f"athletes.session_page.external.{name}", lang))
        rows.append([cell(words, right=False, hint=figure.method), cell(told), cell(each)])
    if not rows:
        return ""
    head = [t("athletes.session_page.external.title", lang), "", t("athletes.session_page.external.per_min", lang)]
    return table(head, rows) + _speed_zones(external, lang)


def _speed_zones(external: Mapping[str, Figure], lang: str) -> str:
    figures = [external.get(f"speed_zone_{zone}_m") for zone in range(1, SPEED_ZONES + 1)]
    values = [figure.value for figure in figures if figure is not None and figure.value is not None]
    if len(values) < SPEED_ZONES:
        return ""
    names = t("athletes.session_page.external.speed_zones", lang).split("|")
    cells = " · ".join(f"{name} {number(value, lang)} m" for name, value in zip(names, values, strict=True))
    return f'<div class="tl-note">{escape(cells)}</div>'


def laps_table(laps: tuple[LapFigures, ...], lang: str, *, paced: bool) -> str:
    """The laps, one row each; what was not measured is a dash."""
    power = any(one.mean_power_w is not None for one in laps)
    names = ("lap", "time", "distance", "speed", "mean", "max")
    head = [t(f"athletes.session_page.lap.{name}", lang) for name in names]
    head += [t("athletes.session_page.lap.power", lang)] * power
    rows = []
    for k, one in enumerate(laps, 1):
        speed = one.mean_speed_mps
        shown = "–"
        if speed is not None:
            shown = pace(speed, lang) if paced else f"{number(speed * float(KMH_PER_MPS), lang, 1)} km/h"
        name = f"{k} {one.lap.name}".strip()
        row = [
            cell(escape(name), right=False),
            cell(duration(one.seconds, lang)),
            cell("–" if one.distance_m is None else f"{number(one.distance_m, lang)} m"),
            cell(escape(shown)),
            cell(number(one.mean_bpm, lang)),
            cell(number(one.max_bpm, lang)),
        ]
        rows.append(row + [cell("–" if one.mean_power_w is None else f"{number(one.mean_power_w, lang)} W")] * power)
    return table(head, rows)
