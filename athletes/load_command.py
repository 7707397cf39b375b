"""The command ``touchline load``: dated loads followed over time, or one session measured for an athlete."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from athletes.importers import read_recording
from athletes.importers.csv_file import check_length, text_of
from athletes.importers.read import bytes_of
from athletes.load import fitness, rolling
from athletes.load.impulse import session_rpe
from athletes.load.model import Figure
from athletes.load.person import NOBODY, Person, read_person
from athletes.load.power import critical_power, efforts_in
from athletes.load.response import METHOD as RESPONSE
from athletes.load.response import fit
from athletes.load.season import followed_days
from athletes.load.session import measured
from athletes.load.table import DatedLoads, dated_loads
from athletes.local_zone import local_zone
from athletes.model import Recording
from athletes.reasons import instant_words
from athletes.zones import limits_on
from touchline.cli import add_json, emit
from touchline.i18n import number, t

FOLLOWED = ("ctl", "atl", "tsb", "acwr_coupled", "acwr_uncoupled", "acwr_ewma", "monotony", "strain")
WINDOW = {"tsb": 1, "ctl": 42, "atl": 7, "monotony": 7, "strain": 7}


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline load FILE --athlete FILE``."""
    add_json(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV of dated loads (date, load), or a training file")
    parser.add_argument("--athlete", type=Path, metavar="FILE", help="who it is: JSON, TOML or CSV (load_athlete)")
    parser.add_argument("--rpe", type=_cr10, metavar="N", help="how hard the session felt, 0 to 10 (CR-10)")
    parser.add_argument("--only", metavar="NAME", help="the athlete to take of a table of several")
    parser.set_defaults(run=_load)


def _cr10(text: str) -> float:
    try:
        felt = float(text.replace(",", "."))
    except ValueError:
        felt = -1.0
    if not 0 <= felt <= 10:
        raise argparse.ArgumentTypeError("a number from 0 to 10 (CR-10)")
    return felt


def _load(args: argparse.Namespace) -> int:
    person = NOBODY if args.athlete is None else read_person(args.athlete)
    data = bytes_of(args.file, args.file.name)
    text = text_of(data) if args.file.suffix.lower() in (".csv", ".txt", ".tsv") else None
    if text is not None:
        check_length(text, args.file.name)
    table = None if text is None else dated_loads(text, only=args.only)
    if table is not None:
        document = loads_document(table)
        emit(document, args, _loads_lines(document, args.lang))
        return 0
    imported = read_recording(data, args.file.name, zone=local_zone())
    document = session_document(imported.recording, person, rpe=args.rpe)
    emit(document, args, _session_lines(document, args.lang))
    return 0


def loads_document(table: DatedLoads) -> dict[str, Any]:
    """What ``touchline load --json`` prints of dated loads."""
    days = followed_days(table.first, table.loads)
    known = int(np.count_nonzero(~np.isnan(table.loads)))
    listed = [
        {
            "date": one.day.isoformat(),
            "load": one.load,
            **{name: getattr(one, name) for name in FOLLOWED},
            "provisional": one.provisional,
        }
        for one in days
    ]
    document: dict[str, Any] = {
        "status": "ok",
        "kind": "loads",
        "athlete": table.who,
        "methods": dict(rolling.METHODS),
        "quality": {"days": len(days), "known": known, "unknown": len(days) - known},
        "bad_lines": [{"line": line, "text": text} for line, text in table.bad_lines],
        "days": listed,
        "latest": {"date": days[-1].day.isoformat(), "provisional": days[-1].provisional, **_latest(table, listed[-1])},
        "response": None,
    }
    if table.tests:
        document["response"] = _response(table)
    return document


def _latest(table: DatedLoads, last: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name in FOLLOWED:
        window = table.loads[-WINDOW.get(name, rolling.CHRONIC) :]
        share = float(np.mean(~np.isnan(window)))
        reason = None if last[name] is not None else _why(name, table.loads)
        figure = Figure(last[name], "", rolling.METHODS[name], share, reason)
        found[name] = figure.document()
    return found


def _why(name: str, loads: rolling.Loads) -> str:
    """Why the last day has no ``name``."""
    week = loads[-rolling.ACUTE :]
    if name == "tsb":
        return "first_day"
    if week.size < rolling.ACUTE or (name == "acwr_uncoupled" and loads.size < 2 * rolling.ACUTE):
        return "too_few_days"
    if np.isnan(week).any() and name in ("monotony", "strain"):
        return "loads_unknown"
    if name in ("monotony", "strain"):
        return "loads_all_alike"
    chronic = loads[-rolling.CHRONIC :]
    return "no_load_before" if not np.nansum(chronic) > 0 or not np.isnan(chronic).any() else "loads_unknown"


def _response(table: DatedLoads) -> dict[str, Any]:
    found = fit(table.loads, table.tests)
    days = None
    if found.predicted is not None and found.low is not None and found.high is not None:
        days = [
            {"date": (table.first + timedelta(days=at)).isoformat(), "predicted": middle, "low": low, "high": high}
            for at, (middle, low, high) in enumerate(zip(found.predicted, found.low, found.high, strict=True))
        ]
    return {
        "method": RESPONSE,
        "reason": found.reason,
        "tests": found.tests,
        "sse": found.sse,
        "r2": found.r2,
        "rmse": found.rmse,
        "days": days,
    }


def session_document(recording: Recording, person: Person, *, rpe: float | None = None) -> dict[str, Any]:
    """What ``touchline load --json`` prints of a session."""
    start = None if recording.start is None else recording.start.astimezone(local_zone())
    day = None if start is None else start.date()
    limits = limits_on(person.athlete, day, recording.sport)
    found = measured(recording, limits)
    minutes = None if recording.duration_s is None else recording.duration_s / 60
    power = critical_power(efforts_in([found["bests"]]))
    setting, tests = limits.setting, person.tests
    age = None if day is None else person.athlete.age_on(day)
    return {
        "status": "ok",
        "kind": "session",
        "start": None if start is None else start.isoformat(),
        "day": None if day is None else day.isoformat(),
        "sport": recording.sport,
        "seconds": recording.duration_s,
        "quality": found["quality"],
        **found["figures"],
        "srpe": session_rpe(rpe, minutes).document(),
        "critical_power": power.power.document(),
        "w_prime": power.work.document(),
        "vo2max": {
            "uth": fitness.uth(
                limits.hr_max_bpm, setting.hr_rest_bpm, hr_max_estimated=limits.hr_max_estimated
            ).document(),
            "cooper": fitness.cooper(tests.get("cooper_m")).document(),
            "shuttle": fitness.shuttle(tests.get("shuttle_kmh"), age).document(),
            "cycling": fitness.cycling(tests.get("step_power_w"), person.weight_kg).document(),
        },
        "zones": _zones(found["zones"], found["quality"]),
        "external": found["external"],
        "bests": found["bests"],
    }


def _zones(zones: dict[str, Any], quality: float | None) -> dict[str, Any]:
    """Seconds by zone with method, quality and reason, as other numbers have them."""
    names = ("0", *zones["names"])
    value = dict(zip(names, zones["seconds"], strict=True)) if zones["seconds"] else None
    return {"value": value, "unit": "s", "quality": quality, **zones}


FIGURES = (
    "trimp_banister",
    "edwards",
    "lucia",
    "hrss",
    "srpe",
    "hr_recovery",
    "decoupling",
    "critical_power",
    "w_prime",
)


def _loads_lines(document: dict[str, Any], lang: str) -> list[str]:
    quality = document["quality"]
    lines = [t("athletes.load.days", lang, count=quality["days"], unknown=quality["unknown"])]
    lines += [t("athletes.load.bad_line", lang, **bad) for bad in document["bad_lines"]]
    latest = document["latest"]
    lines.append(t("athletes.load.latest", lang, date=latest["date"]))
    if latest["provisional"]:
        lines.append(t("athletes.load.provisional", lang))
    lines += [_line(name, latest[name], lang, 2) for name in FOLLOWED]
    response = document["response"]
    if response is not None:
        lines.append(f"{t('athletes.load.name.response', lang)}  [{t('athletes.load.how.response', lang)}]")
        if response["days"]:
            last = {name: number(response["days"][-1][name], lang, 1) for name in ("predicted", "low", "high")}
            lines.append("  " + t("athletes.load.predicted", lang, **last))
        else:
            lines.append(f"  {t('athletes.load.reason.' + response['reason'], lang)}")
    return lines


def _session_lines(document: dict[str, Any], lang: str) -> list[str]:
    percent = number(None if document["quality"] is None else 100 * document["quality"], lang)
    lines = [
        t(
            "athletes.load.session",
            lang,
            start=instant_words(document["start"], lang) if document["start"] else "–",
            percent=percent,
        )
    ]
    lines += [_line(name, document[name], lang, 1) for name in FIGURES]
    lines += [_line(name, figure, lang, 1) for name, figure in document["vo2max"].items()]
    zones = document["zones"]
    lines.append(t(f"athletes.sessions.method.{zones['method']}", lang))
    if zones["reason"] is not None:
        lines.append(f"  {t('athletes.load.reason.' + zones['reason'], lang)}")
    names = (None, *zones["names"])
    for name, seconds in zip(names, zones["seconds"], strict=False):
        word = t("athletes.sessions.zone.0", lang) if name is None else t("athletes.zones.named", lang, name=name)
        lines.append("  " + t("athletes.load.zone_minutes", lang, zone=word, minutes=number(seconds / 60, lang, 1)))
    for name, figure in document["external"].items():
        lines.append(_line(name, figure, lang, 1 if figure["unit"] else 0))  # a count has no unit and no decimals
    return lines


def _line(name: str, figure: dict[str, Any], lang: str, decimals: int) -> str:
    """One number with its unit, doubt, method and flags; a dash and the reason where there is none."""
    text = (
        f"{t(f'athletes.load.name.{name}', lang)}: {number(figure['value'], lang, decimals)} {figure['unit']}".rstrip()
    )
    if figure.get("plus_minus") is not None:
        text += f" ± {number(figure['plus_minus'], lang, decimals)}"
    if figure["reason"] is not None:
        text += f" ({t('athletes.load.reason.' + figure['reason'], lang)})"
    text += "".join(f" ({t('athletes.load.flag.' + flag, lang)})" for flag in figure.get("flags", ()))
    return f"{text}  [{t(f'athletes.load.how.{name}', lang)}]"
