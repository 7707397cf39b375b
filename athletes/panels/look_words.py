"""What to look at and why, on top of an athlete's page."""

from __future__ import annotations

from html import escape

from athletes.load.triage import Look
from athletes.reasons import reason_words
from touchline.i18n import t


def look_box(look: Look, lang: str) -> str:
    """The sentence on top of an athlete's page: the weightiest reason, the others below it; or that nothing stands
    out."""
    if not look.reasons:
        return f'<div class="tl-look" role="note">{escape(t("athletes.triage.nothing", lang))}</div>'
    first, *others = (escape(reason_words(reason, lang)) for reason in look.reasons)
    more = "".join(f"<li>{words}</li>" for words in others)
    rest = f'<ul style="margin:.3rem 0 0 1.1rem;padding:0">{more}</ul>' if more else ""
    return (
        f'<div class="tl-look" role="note"><b>{escape(t("athletes.triage.look_at", lang))}:</b> {first}{rest}'
        f'<div class="tl-note">{escape(t("athletes.triage.note", lang))}</div></div>'
    )
