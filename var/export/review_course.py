"""The course of a review in words: every entry of the case as a line, with who acted and who wrote it down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchline.i18n import UNKNOWN, clock, number, t
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Case, CaseEntry, Ruling, Stamp
from var.export.phrases import printable, utc_text
from var.model import Match
from var.rules.model import Term, Wording

LONGEST_TEXT = 300


def named(wording: Wording, lang: str) -> str:
    """A name of a pack as it can stand on paper."""
    return printable(wording[lang], lang, LONGEST_TEXT)


def term_name(word: str | None, terms: Mapping[str, Term], lang: str) -> str | None:
    """The name of a word of the pack; None where nobody said one."""
    return None if word is None else named(terms[word].name, lang)


def who(actor: Actor | None, case: Case, match: Match, lang: str) -> str:
    """A name with its role, and the team where the role belongs to one."""
    if actor is None:
        return UNKNOWN
    role = named(case.rules.pack.roles[actor.role].name, lang)
    team = team_name(actor.side, match)
    if team:
        role = t("var.case_report.side", lang, role=role, team=printable(team, lang))
    return f"{printable(actor.name, lang)} ({role})"


def team_name(side: str | None, match: Match) -> str:
    """The name of the team on that side, or what the side is called."""
    names = {"home": match.setup.home.name, "away": match.setup.away.name}
    return names.get(side or "") or (side or "")


def match_clock(at: Stamp, match: Match, lang: str) -> str:
    """What the match clock showed at an instant; a dash where nobody knows."""
    clock_s = None if at.match_s is None else match.setup.clock_s(at.match_s)
    return clock(None if clock_s is None else float(clock_s), lang, 0)


def course_rows(case: Case, match: Match, lang: str) -> list[dict[str, Any]]:
    """Every entry of the case as a line of the table; ``gone``: it was taken back."""
    counted = {entry.number for entry in case.live}
    first = utc_text(case.opened_at.utc, lang).split(" ")[0]
    rows = []
    for entry in case.entries:
        day, time_of_day, _ = utc_text(entry.at.utc, lang).split(" ")
        recorded = printable(entry.recorded_by, lang) if entry.recorded_by else UNKNOWN
        cells = [
            number(entry.number + 1, lang),
            time_of_day if day == first else f"{day} {time_of_day}",
            match_clock(entry.at, match, lang),
            _entry_text(entry, case, lang),
            who(entry.by, case, match, lang),
            recorded,
        ]
        rows.append({"cells": cells, "gone": entry.kind is not EntryKind.UNDO and entry.number not in counted})
    return rows


def _entry_text(entry: CaseEntry, case: Case, lang: str) -> str:
    body, pack = entry.body, case.rules.pack
    match entry.kind:
        case EntryKind.OPENED:
            request = None if not body["asked"] else case.rules.format.request(body["asked"]["request"])
            text = (
                t("var.case_report.checked", lang)
                if request is None
                else t("var.case_report.asked", lang, request=named(request.name, lang))
            )
            told = _facts(body["known"], case, lang)
            return f"{text} · {told}" if told else text
        case EntryKind.FACTS:
            return t("var.case_report.told", lang, facts=_facts(body["known"], case, lang))
        case EntryKind.STEP:
            step = next(each for each in case.rules.protocol.steps if each.id == body["step"])
            state = named(case.rules.protocol.states[step.to].name, lang)
            ruling = _ruling_text(Ruling(**body["ruling"]), case, lang)
            name = named(step.name, lang)
            # A step that is called as what it leads to is said once.
            alike = name.casefold() == state.casefold()
            text = name if alike else t("var.case_report.step", lang, name=name, state=state)
            return f"{text} · {ruling}" if ruling else text
        case EntryKind.OVERRIDE:
            why, name = printable(body["why"], lang, LONGEST_TEXT), named(pack.questions[body["question"]].name, lang)
            return t("var.case_report.override", lang, question=name, why=why)
        case EntryKind.AMENDED:
            why, ruling = printable(body["why"], lang, LONGEST_TEXT), _ruling_text(Ruling(**body["ruling"]), case, lang)
            return t("var.case_report.amended", lang, ruling=ruling or UNKNOWN, why=why)
        case EntryKind.UNDO:
            return t("var.case_report.undo", lang, number=number(body["of"] + 1, lang))
    return t("var.case_report.closed", lang)


def _ruling_text(ruling: Ruling, case: Case, lang: str) -> str:
    pack = case.rules.pack
    words = [
        term_name(ruling.outcome, pack.outcomes, lang),
        term_name(ruling.restart, pack.restarts, lang),
        term_name(ruling.sanction, pack.sanctions, lang),
    ]
    return ", ".join(word for word in words if word)


def _facts(known: Mapping[str, Any], case: Case, lang: str) -> str:
    """What was told, each thing by its name; what is not known is said to be so."""
    pack, said = case.rules.pack, []
    situations = {each.id: named(each.name, lang) for each in pack.situations}
    for key, value in known.items():
        if value is None:
            text = t("var.case_report.unknown", lang)
        elif key == "situation":
            text = situations.get(value, value)
        elif key == "before":
            text = term_name(value, pack.outcomes, lang) or value
        elif key == "asked_after_s":
            text = t("var.case_report.spent", lang, seconds=number(value, lang, 1))
        elif key == "thresholds":
            text = ", ".join(
                f"{named(pack.thresholds[name].name, lang)} {_yes(told, lang)}" for name, told in value.items()
            )
        elif key == "moments":
            text = ", ".join(named(pack.moments[name].name, lang) for name in value)
        elif key == "questions":
            text = ", ".join(named(pack.questions[name].name, lang) for name in value)
        else:
            text = _yes(value, lang)
        if text:
            said.append(t("var.case_report.fact", lang, fact=t(f"var.case_report.facts.{key}", lang), value=text))
    return " · ".join(said)


def _yes(told: bool | None, lang: str) -> str:
    return t(f"var.case_report.{'unknown' if told is None else 'yes' if told else 'no'}", lang)
