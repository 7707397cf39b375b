"""The entries of a case in words."""

from __future__ import annotations

from typing import Any

from touchline.i18n import t
from var.decisions import Case
from var.decisions.kinds import EntryKind
from var.decisions.model import CaseEntry

WORDS = {"outcome": "outcomes", "restart": "restarts", "sanction": "sanctions"}
"""The words of a ruling, and the table of the pack that each is of."""


def entry_text(case: Case, entry: CaseEntry, lang: str) -> str:
    """What an entry says, in plain text."""
    body, pack = entry.body, case.rules.pack
    if entry.kind is EntryKind.STEP:
        names = [step.name[lang] for step in case.rules.protocol.steps if step.id == body["step"]]
        return (names or [body["step"]])[0] + _ruling(case, body["ruling"], lang)
    said = t(f"var.case.entry.{entry.kind.value}", lang)
    if entry.kind is EntryKind.FACTS:
        return said + ": " + ", ".join(_fact(case, name, value, lang) for name, value in body["known"].items())
    if entry.kind is EntryKind.OVERRIDE:
        return f"{said}: {pack.questions[body['question']].name[lang]} – {body['why']}"
    if entry.kind is EntryKind.AMENDED:
        return f"{said}{_ruling(case, body['ruling'], lang)} – {body['why']}"
    return said


def _ruling(case: Case, ruling: dict[str, Any], lang: str) -> str:
    words = [
        getattr(case.rules.pack, table)[ruling[word]].name[lang] for word, table in WORDS.items() if ruling.get(word)
    ]
    return "".join(f" · {word}" for word in words)


def _fact(case: Case, name: str, value: Any, lang: str) -> str:
    pack = case.rules.pack
    yes_no = {True: t("var.case.yes", lang), False: t("var.case.no", lang), None: "–"}
    if name == "situation":
        return case.rules.situations[value].name[lang] if value in case.rules.situations else str(value or "–")
    if name == "before":
        return f"{t('var.case.before', lang)}: {'–' if value is None else pack.outcomes[value].name[lang]}"
    if name == "thresholds":
        return ", ".join(f"{pack.thresholds[each].name[lang]}: {yes_no[told]}" for each, told in value.items())
    if name in ("moments", "questions"):
        table: Any = pack.moments if name == "moments" else pack.questions
        return f"{t(f'var.case.fact.{name}', lang)}: {', '.join(table[each].name[lang] for each in value or ()) or '–'}"
    shown = yes_no[value] if value is None or isinstance(value, bool) else f"{value:g}"
    return f"{t(f'var.case.fact.{name}', lang)}: {shown}"
