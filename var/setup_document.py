"""A match's set-up as a JSON-ready document and back; faults of a document are all named at once."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

from touchline.errors import BadValue
from touchline.i18n import t
from var.measure.faults import place
from var.model import AttackDirection, Period, ReviewRules, Setup, Team

PITCH_LENGTH_M = (90.0, 120.0)
PITCH_WIDTH_M = (45.0, 90.0)
"""Law 1: the field of play is 90 to 120 m long and 45 to 90 m wide."""


def to_document(setup: Setup) -> dict[str, Any]:
    """``setup`` as a JSON-ready document."""

    def team(value: Team) -> dict[str, Any]:
        return {
            "name": value.name,
            "colour": value.colour,
            "keeper_colour": value.keeper_colour,
            "lineup": list(value.lineup),
        }

    return {
        "competition": setup.competition,
        "date": setup.date,
        "venue": setup.venue,
        "edition": setup.edition,
        "sport": setup.sport,
        "home": team(setup.home),
        "away": team(setup.away),
        "officials": [{"role": role, "name": name} for role, name in setup.officials],
        "periods": [
            {
                "name": period.name,
                "starts_s": str(period.starts_s),
                "clock_s": period.clock_s,
                "home_attacks": period.home_attacks.value,
            }
            for period in setup.periods
        ],
        "pitch_m": list(setup.pitch_m),
        "review": None
        if setup.review is None
        else {
            "pack": setup.review.pack,
            "format": setup.review.format,
            "options": list(setup.review.options),
            "edition": setup.review.edition,
        },
    }


class BadSetup(BadValue):
    """Match details with faults; ``faults`` holds the JSON path and the value of each."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        self.faults = faults
        super().__init__("var.errors.bad_setup", paths=[path for path, _ in faults])

    def detail(self, lang: str = "en") -> str:
        """Every fault with its place, in ``lang``."""
        said = "; ".join(f"{place(path, lang)}: {value}" for path, value in self.faults)
        return t(f"{self.code}.detail", lang, faults=said)


def from_document(document: dict[str, Any]) -> Setup:
    """The set-up that ``document`` describes; missing entries take their defaults.

    Raises ``BadSetup`` naming every fault with its path, such as ``$.periods[1].clock_s``.
    """
    faults: list[tuple[str, str]] = []
    default = Setup()

    def text(value: Any, path: str) -> str:
        if not isinstance(value, str):
            faults.append((f"{path}", repr(value)))
            return ""
        return value

    def team(value: Any, path: str, fallback: Team) -> Team:
        if not isinstance(value, dict):
            faults.append((f"{path}", repr(value)))
            return fallback
        colours = []
        for key, usual in (("colour", fallback.colour), ("keeper_colour", fallback.keeper_colour)):
            colour = value.get(key, usual)
            if not (isinstance(colour, str) and re.fullmatch("#[0-9a-fA-F]{6}", colour)):
                faults.append((f"{path}.{key}", repr(colour)))
                colour = usual
            colours.append(colour)
        lineup = value.get("lineup", [])
        if not isinstance(lineup, list):
            faults.append((f"{path}.lineup", repr(lineup)))
            lineup = []
        names = tuple(text(name, f"{path}.lineup[{k}]") for k, name in enumerate(lineup))
        return Team(text(value.get("name", ""), f"{path}.name"), colours[0], colours[1], names)

    def period(value: Any, path: str) -> Period | None:
        try:
            return Period(
                str(value["name"]),
                Fraction(value["starts_s"]),
                int(value["clock_s"]),
                AttackDirection(value["home_attacks"]),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
            faults.append((f"{path}", f"{value!r} ({type(fault).__name__})"))
            return None

    day = text(document.get("date", ""), "$.date")
    if day:
        try:
            date.fromisoformat(day)
        except ValueError:
            faults.append(("$.date", repr(day)))
    pitch = document.get("pitch_m", list(default.pitch_m))
    try:
        length_m, width_m = (float(side) for side in pitch)
        if not (PITCH_LENGTH_M[0] <= length_m <= PITCH_LENGTH_M[1] and PITCH_WIDTH_M[0] <= width_m <= PITCH_WIDTH_M[1]):
            faults.append(("$.pitch_m", repr(pitch)))
    except (TypeError, ValueError):
        faults.append(("$.pitch_m", repr(pitch)))
        length_m, width_m = default.pitch_m
    officials = []
    for k, official in enumerate(document.get("officials", [])):
        if isinstance(official, dict):
            officials.append(
                (
                    text(official.get("role", ""), f"$.officials[{k}].role"),
                    text(official.get("name", ""), f"$.officials[{k}].name"),
                )
            )
        else:
            faults.append((f"$.officials[{k}]", repr(official)))

    def rules(value: Any, path: str) -> ReviewRules | None:
        if value is None:
            return None
        if not isinstance(value, dict) or not isinstance(value.get("options", []), list):
            faults.append((path, repr(value)))
            return None
        options = tuple(text(name, f"{path}.options[{k}]") for k, name in enumerate(value.get("options", [])))
        edition = value.get("edition")
        return ReviewRules(
            pack=text(value.get("pack"), f"{path}.pack"),
            format=text(value.get("format"), f"{path}.format"),
            options=options,
            edition=None if edition is None else text(edition, f"{path}.edition"),
        )

    periods = [period(value, f"$.periods[{k}]") for k, value in enumerate(document.get("periods", []))]
    setup = Setup(
        competition=text(document.get("competition", ""), "$.competition"),
        date=day,
        venue=text(document.get("venue", ""), "$.venue"),
        edition=text(document.get("edition", ""), "$.edition"),
        sport=text(document.get("sport", default.sport), "$.sport"),
        home=team(document.get("home", {}), "$.home", default.home),
        away=team(document.get("away", {}), "$.away", default.away),
        officials=tuple(officials),
        periods=tuple(value for value in periods if value is not None),
        pitch_m=(length_m, width_m),
        review=rules(document.get("review"), "$.review"),
    )
    if faults:
        raise BadSetup(tuple(faults))
    return setup
