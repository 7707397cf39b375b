"""The four gates of a case, each apart: a sign, its name, and on demand the reason with its sources."""

from __future__ import annotations

from html import escape

import streamlit as st

from touchline.i18n import UNKNOWN, t
from var.decisions import Case
from var.decisions.document import GATES
from var.decisions.reasons import reason_key

SIGNS = {"ok": "✓", "failed": "✕", "unknown": "?"}


def gates_part(case: Case, lang: str) -> None:
    """Draw the gates as they stood when the result came, or as they stand now."""
    found = case.gates_judged()
    cells = []
    for name in GATES:
        gate = getattr(found, name)
        titles = [case.rules.pack.sources[source].title for source in gate.sources]
        reason = t(reason_key(gate.reason, settled=case.result is not None), lang)
        said = t(f"var.rules.answer.{gate.answer.value}", lang)
        cells.append(
            f'<details class="gate {gate.answer.value}"><summary>'
            f'<b><i aria-hidden="true">{SIGNS[gate.answer.value]}</i> '
            f"{escape(t(f'var.rules.gate.{name}', lang))}</b>"
            f'<span class="said">{escape(said)}: </span><small>{escape(reason)}</small></summary>'
            f"<p>{escape(t('var.case.sources', lang))}: {escape('; '.join(titles) or UNKNOWN)}</p></details>"
        )
    st.html(f'<div class="gates">{"".join(cells)}</div>')
