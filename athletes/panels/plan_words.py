"""Plans and what was done as words and small HTML: what becomes of a plan is told by sign and word."""

from __future__ import annotations

from html import escape

from athletes.panels.pieces import sport_name
from athletes.planning import Answer, Done, Held, Kept
from athletes.records import Record
from touchline.i18n import UNKNOWN, number, t

SIGNS = {
    Answer.OPEN: "○",
    Answer.MISSED: "✕",
    Answer.AS_PLANNED: "✓",
    Answer.LESS: "▽",
    Answer.MORE: "△",
    Answer.DONE: "●",
    Answer.UNPLANNED: "+",
}
PLAN_STYLE = """<style>
[data-testid="stPopover"] button {min-height:44px}
.tl-plan {border:1px solid #d8dee6; border-left:5px solid #5b6776; border-radius:6px; padding:.35rem .5rem;
  margin-bottom:.35rem; background:#fff; color:#1d2733; font-size:.88rem; line-height:1.35; overflow-wrap:anywhere}
.tl-plan.open {border-left-style:dotted} .tl-plan.as_planned {border-left-color:#1b5e9e}
.tl-plan.less, .tl-plan.more {border-left-color:#b9770e} .tl-plan.missed {border-left-color:#b3202c}
.tl-plan.unplanned {border-left-color:#7a3e9d; border-style:dashed; border-left-style:solid}
.tl-plan .a {font-weight:700} .tl-plan .n {font-variant-numeric:tabular-nums}
.tl-day {font-weight:700; border-bottom:2px solid #d8dee6; padding:.1rem 0 .2rem; margin-bottom:.3rem; color:#1d2733}
.tl-day .tl-soft {font-weight:400} .tl-day.today {border-bottom-color:#1b5e9e}
.tl-month {display:grid; grid-template-columns:repeat(7,minmax(0,1fr)); gap:4px; color:#1d2733}
.tl-month .d {border:1px solid #d8dee6; border-radius:6px; min-height:92px; padding:.2rem .3rem; font-size:.8rem;
  line-height:1.3; background:#fff; overflow-wrap:anywhere}
.tl-month .h {font-weight:600; color:#5b6776; font-size:.8rem; text-align:center}
.tl-month .d b {font-size:.82rem} .tl-month .d.today {outline:2px solid #1b5e9e} .tl-month .d.out {background:#f3f5f8}
.tl-month .d .wd {display:none}
@media (max-width:640px) {
  [class*="st-key-plan-"] kbd {display:none}
  .tl-month {grid-template-columns:1fr} .tl-month .h, .tl-month .d.out, .tl-month .d.empty {display:none}
  .tl-month .d {min-height:0; font-size:.95rem} .tl-month .d .wd {display:inline}}
.tl-scroll {overflow-x:auto} .tl-table {border-collapse:collapse; color:#1d2733; font-size:.9rem; width:100%}
.tl-table th, .tl-table td {border-bottom:1px solid #d8dee6; padding:.35rem .5rem; text-align:center;
  font-variant-numeric:tabular-nums} .tl-table th {font-weight:600}
.tl-table tbody th {text-align:left; white-space:nowrap}
</style>"""


def plan_values(plan: Record, lang: str) -> str:
    """The numbers of a plan, each with its unit; only what somebody said."""
    parts = []
    for name, decimals in (("minutes", 0), ("load", 0), ("distance_m", 1), ("rpe", 0)):
        value = plan.values.get(name)
        if value is not None:
            shown = value / 1000 if name == "distance_m" else value
            parts.append(t(f"athletes.plan.value.{name}", lang, value=number(shown, lang, decimals)))
    return " · ".join(parts)


def plan_title(plan: Record, lang: str) -> str:
    """What is planned: the sport, and the words."""
    sport = sport_name(plan.what, lang) if plan.what else t("athletes.plan.any_sport", lang)
    return f"{sport}: {plan.text}" if plan.text else str(sport)


def done_values(one: Done, lang: str) -> str:
    """The numbers of what was done; a dash where one is not known."""
    parts = [
        t("athletes.plan.value.minutes", lang, value=number(one.minutes, lang)),
        t("athletes.plan.value.load", lang, value=number(one.load, lang)),
    ]
    if one.distance_m is not None:
        parts.append(t("athletes.plan.value.distance_m", lang, value=number(one.distance_m / 1000, lang, 1)))
    return " · ".join(parts)


def done_title(one: Done, lang: str) -> str:
    """What was done: its name, and its sport."""
    sport = sport_name(one.sport, lang) or t("athletes.plan.no_sport", lang)
    return f"{sport}: {one.name}" if one.name else sport


def answer_words(held: Held, lang: str) -> str:
    """What became of a plan, with sign, word and the shares it is told by."""
    said = f"{SIGNS[held.answer]} {t(f'athletes.plan.answer.{held.answer}', lang)}"
    shares = [
        t(f"athletes.plan.share.{name}", lang, percent=number(100 * share, lang)) for name, share in held.shares.items()
    ]
    if shares:
        said += f" ({', '.join(shares)})"
    if held.other_sport:
        said += f" · {t('athletes.plan.other_sport', lang)}"
    return said


def held_card(held: Held, lang: str) -> str:
    """A plan and what answers it as a card."""
    lines = []
    if held.plan is not None:
        lines += [f"<b>{escape(plan_title(held.plan, lang))}</b>", escape(plan_values(held.plan, lang))]
    lines.append(f'<span class="a">{escape(answer_words(held, lang))}</span>')
    for one in held.done:
        lines.append(f'{escape(done_title(one, lang))} <span class="n">{escape(done_values(one, lang))}</span>')
    return f'<div class="tl-plan {held.answer}">{"<br>".join(one for one in lines if one)}</div>'


def kept_words(kept: Kept, lang: str) -> str:
    """How a stretch went, in a sentence; shares only where both sides are known."""
    if not kept.due and not kept.unplanned:
        return t("athletes.plan.kept.none", lang)
    said = [t("athletes.plan.kept.due", lang, answered=kept.answered, due=kept.due)]
    for name, pair in (("minutes", kept.minutes), ("load", kept.load)):
        if pair is not None:
            did, wanted = pair
            percent = number(100 * did / wanted, lang) if wanted else UNKNOWN
            words = {"done": number(did, lang), "planned": number(wanted, lang), "percent": percent}
            said.append(t(f"athletes.plan.kept.{name}", lang, **words))
    if kept.unplanned:
        said.append(t("athletes.plan.kept.unplanned", lang, count=kept.unplanned))
    return " ".join(said)
