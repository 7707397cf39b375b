"""A moment as HTML: heading, and a line an athlete. Every text from outside is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from touchline.i18n import clock, number, t
from wearables.model import LiveSession
from wearables.moment import Reading
from wearables.panels.palette import ON_ZONES, ZONES

STYLE = """<style>
.wm-head {display:flex; flex-wrap:wrap; gap:.15rem .6rem; align-items:baseline; color:inherit; overflow-wrap:anywhere}
.wm-head b {font-weight:700}
.wm-mark {display:inline-block; border:1px solid currentColor; border-radius:4px; padding:0 .35rem; font-size:.78rem;
  line-height:1.4; white-space:nowrap}
.wm-mark.simulated {border-style:dashed; background:#fff7d6; color:#1d2733}
.wm {width:100%; max-width:44rem; border-collapse:collapse; font-variant-numeric:tabular-nums; color:inherit}
.wm th, .wm td {border:0; border-bottom:1px solid #8894a055; padding:.28rem .35rem; text-align:left; font-weight:400;
  vertical-align:middle; line-height:1.25}
.wm .name {overflow-wrap:anywhere; font-weight:600}
.wm .bpm {font-size:1.35rem; font-weight:700; white-space:nowrap; text-align:right; line-height:1.1}
.wm i, .wm-head i {font-style:normal}
.wm .unit {font-size:.75rem; font-weight:400}
.wm small {display:block; font-size:.8rem; font-weight:400; opacity:.85; overflow-wrap:anywhere}
.wm .zone {display:inline-block; min-width:1.7em; text-align:center; border-radius:4px; padding:.1rem .3rem;
  font-weight:700; border:1px solid #8894a0; print-color-adjust:exact; -webkit-print-color-adjust:exact}
.wm-said {position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%)}
</style>"""


def heading(session: LiveSession, when: str, lang: str) -> str:
    """When, of which session, and where its numbers come from."""
    origin = escape(t(f"wearables.moment.origin.{session.origin}", lang))
    words = escape(t("wearables.moment.heading", lang, clock=when))
    return (
        f'<div class="wm-head"><b>{words}</b><span>{escape(session.name)}</span>'
        f'<i class="wm-mark {session.origin.value}">{origin}</i></div>'
    )


def table(readings: Sequence[Reading], lang: str) -> str:
    """A line an athlete: name, rate or why there is none, zone by number and colour, age, strap and its state."""
    if not readings:
        return f"<div>{escape(t('wearables.moment.nobody', lang))}</div>"
    return f'<table class="wm">{"".join(_line(reading, lang) for reading in readings)}</table>'


def _line(reading: Reading, lang: str) -> str:
    below = " · ".join(part for part in (reading.athlete.group, _strap(reading, lang)) if part)
    note = f"<small>{escape(below)}</small>" if below else ""
    if reading.bpm is None:
        text = t(f"wearables.moment.reason.{reading.reason}", lang)
        since = ""
        if reading.age_s is not None:
            last = t("wearables.moment.last", lang, age=clock(reading.age_s, lang, 0))
            since = f"<small>{escape(last)}</small>"
        rest = f'<td class="bpm">–</td><td colspan="2">{escape(text)}{since}</td>'
    else:
        age = t("wearables.moment.age", lang, age=number(reading.age_s, lang, 1))
        unit = escape(t("wearables.moment.bpm", lang))
        rest = (
            f'<td class="bpm">{reading.bpm} <span class="unit">{unit}</span></td>'
            f"<td>{_zone(reading.zone, lang)}</td><td><small>{escape(age)}</small></td>"
        )
    return f'<tr><th scope="row" class="name">{escape(reading.athlete.name)}{note}</th>{rest}</tr>'


def _zone(zone: int | None, lang: str) -> str:
    if zone is None:
        return f"<small>{escape(t('wearables.moment.zone_unknown', lang))}</small>"
    said = t("wearables.moment.zone", lang, zone=zone) if zone else t("wearables.moment.below", lang)
    colours = f"background:{ZONES[zone]};color:{ON_ZONES[zone]}"
    sign = str(zone) if zone else "&lt;1"
    return (
        f'<i class="zone" style="{colours}" title="{escape(said)}" aria-hidden="true">{sign}</i>'
        f'<span class="wm-said">{escape(said)}</span>'
    )


def _strap(reading: Reading, lang: str) -> str:
    if reading.strap is None:
        return ""
    parts = [t("wearables.moment.strap", lang, strap=reading.strap.label or reading.strap.number)]
    if reading.state is not None:
        parts.append(t(f"wearables.moment.state.{reading.state}", lang))
    return ", ".join(parts)
