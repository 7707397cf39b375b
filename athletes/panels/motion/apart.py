"""The numbers of two trials beside each other: each with its error, their difference, and whether it is beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from athletes.kinematics.comparing import Difference, Verdict
from athletes.motion.naming import finding_name, told_whole
from athletes.panels.motion.words import reason_words
from athletes.panels.tables import cell, table
from touchline.i18n import t


def difference_table(found: tuple[Difference, ...], names: tuple[str, str], lang: str) -> str:
    """Every finding of both with its error, the difference with its own, and whether it is beyond it, as HTML."""
    rows = []
    for each in found:
        one, other = (None if half is None else half.measured for half in (each.one, each.other))
        told = told_whole(each.measured, each.key, lang, sign=True)
        why = " ".join(reason_words(code, lang) for code in each.reasons)
        verdict = f'<br><span class="w">{escape(verdict_words(each.verdict, lang))}</span>'
        rows.append(
            [
                cell(escape(finding_name(each.key, each.side, each.number, lang)), right=False),
                cell(escape(told_whole(one, each.key, lang))),
                cell(escape(told_whole(other, each.key, lang))),
                cell(f'<span class="tl-row"><b>{escape(told)}</b>{verdict}</span>', hint=why),
            ]
        )
    head = [t("athletes.motion_page.beside.measure", lang), *names, t("athletes.motion_page.beside.difference", lang)]
    return table(head, rows)


VERDICTS: Mapping[Verdict, str] = {Verdict.BEYOND: "◆", Verdict.WITHIN: "≈", Verdict.UNKNOWN: "?"}


def verdict_words(verdict: Verdict, lang: str) -> str:
    """What a difference says, with a sign of its own."""
    return f"{VERDICTS[verdict]} {t(f'athletes.motion_page.beside.{verdict}', lang)}"
