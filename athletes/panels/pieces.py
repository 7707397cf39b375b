"""Small pieces of the training pages as HTML: badge, sentence, tiles, zone bars. Every text from outside is escaped."""

from __future__ import annotations

from datetime import datetime, tzinfo
from html import escape

from athletes.archive import Archive
from athletes.model import Athlete, Session
from athletes.panels.palette import INK, LINE, ON_ZONES, SOFT_INK, UNKNOWN, ZONES
from athletes.panels.upload import plain
from athletes.report import Report, Sentence
from athletes.zone_words import zone_word
from athletes.zones import HOLD_S
from touchline.i18n import clock, find, number, t
from touchline.origin import Origin
from touchline.rights import Action, refused

STYLE = f"""<style>
[data-testid="InputInstructions"] {{display:none}}
.tl-head {{display:flex; flex-wrap:wrap; align-items:baseline; gap:.25rem .75rem; color:{INK}}}
.tl-head h2 {{font-size:1.5rem; line-height:1.25; margin:0; padding:0; font-weight:700; overflow-wrap:anywhere}}
.tl-soft {{color:{SOFT_INK}; font-size:.92rem; overflow-wrap:anywhere}}
.tl-mark {{display:inline-block; border:1px solid {SOFT_INK}; border-radius:4px; padding:0 .35rem; font-size:.75rem;
  line-height:1.35; color:{INK}; background:#fff; white-space:nowrap; vertical-align:middle; font-weight:500}}
.tl-mark.simulated {{border-style:dashed; background:#fff7d6}}
.tl-look {{border-left:5px solid #1b5e9e; background:#eef5fc; color:{INK}; padding:.6rem .9rem; font-size:1.08rem;
  line-height:1.4; border-radius:0 6px 6px 0; print-color-adjust:exact; -webkit-print-color-adjust:exact}}
.tl-tiles {{display:grid; grid-template-columns:repeat(auto-fit,minmax(118px,1fr)); gap:.5rem; color:{INK}}}
.tl-tile {{border:1px solid {LINE}; border-radius:8px; padding:.45rem .7rem .5rem; background:#fff}}
.tl-tile .k {{font-size:.82rem; color:{SOFT_INK}}}
.tl-tile .v {{font-size:1.5rem; font-weight:700; line-height:1.2; white-space:nowrap;
  font-variant-numeric:tabular-nums}}
.tl-tile .u {{font-size:.85rem; font-weight:500; color:{SOFT_INK}}}
.tl-zones {{width:100%; color:{INK}}}
.tl-zone {{margin-bottom:.42rem; break-inside:avoid}}
.tl-zone .row {{display:flex; justify-content:space-between; gap:.5rem; font-size:.9rem;
  font-variant-numeric:tabular-nums}}
.tl-zone .row b {{font-weight:600}}
.tl-zone .bar {{height:18px; border-radius:4px; background:#f3f5f8; overflow:hidden; border:1px solid {LINE};
  print-color-adjust:exact; -webkit-print-color-adjust:exact}}
.tl-zone .bar > div {{height:100%; font-size:.75rem; line-height:17px; font-weight:700}}
.tl-zone .hatch {{background:repeating-linear-gradient(45deg,{UNKNOWN} 0 5px,#fff 5px 10px)}}
[data-testid="stButtonGroup"] button {{min-height:44px}}
.st-key-season-chart, .st-key-hrv-chart {{padding-right:62px}}
.st-key-session-way img {{max-width:560px}}
.st-key-session-curves {{padding-right:74px}}
.tl-note {{color:{SOFT_INK}; font-size:.82rem; line-height:1.4}}
@media print {{
  [data-testid="stHeader"], .st-key-pages, .st-key-visit, .stButton, .stDownloadButton, .stFileUploader,
  [data-testid="stButtonGroup"], [data-testid="stExpander"], [data-testid="stForm"] {{display:none !important}}
  .block-container {{padding:0 !important; max-width:none !important}}
  [data-testid="stVegaLiteChart"], table, .tl-tiles {{break-inside:avoid}}
}}
</style>"""


def mark(origin: Origin, lang: str) -> str:
    """The mark that stands beside numbers: where they come from."""
    return f'<span class="tl-mark {origin.value}">{escape(t(f"athletes.sessions.origin.{origin}", lang))}</span>'


def when(start: datetime | None, zone: tzinfo, lang: str) -> str:
    """A start as people write it, in the reader's time zone; "date unknown" where the file does not know it."""
    if start is None:
        return t("athletes.sessions.no_date", lang)
    return start.astimezone(zone).strftime("%d/%m/%Y %H:%M" if lang == "vi" else "%Y-%m-%d %H:%M")


def sport_name(sport: str | None, lang: str) -> str | None:
    """The sport in ``lang``; as the file names it where the catalogue does not know it."""
    if sport is None:
        return None
    return find(f"athletes.sessions.sport.{sport}", lang) or sport.replace("_", " ").capitalize()


def duration(seconds: float | None, lang: str) -> str:
    """A length as ``h:mm:ss``, or ``mm:ss`` under an hour."""
    if seconds is None or seconds < 3600:
        return clock(seconds, lang, 0)
    whole = round(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def head(session: Session, athlete: Athlete | None, zone: tzinfo, lang: str) -> str:
    """Name, origin, date, sport and athlete."""
    recording = session.recording
    parts = [when(recording.start, zone, lang), sport_name(recording.sport, lang)]
    parts.append(athlete.name if athlete else t("athletes.sessions.nobody", lang))
    line = " · ".join(escape(part) for part in parts if part)
    return (
        f'<div class="tl-head"><h2>{escape(session.name)}</h2>{mark(session.origin, lang)}'
        f'<span class="tl-soft">{line}</span></div>'
    )


def sentence(look: Sentence, lang: str) -> str:
    """The sentence at the top of a session."""
    params = dict(look.params)
    if isinstance(zone := params.get("zone"), int):
        params["zone"] = t(f"athletes.sessions.zone.{zone}", lang).lower() if lang == "en" else _vi_zone(zone)
    if name := params.pop("zone_name", None):
        named = t("athletes.zones.named", lang, name=name)
        params["zone"] = named[0].lower() + named[1:]
    words = {key: number(value, lang) if isinstance(value, float | int) else value for key, value in params.items()}
    return f'<div class="tl-look" role="note">{escape(t(f"athletes.sessions.look.{look.key}", lang, **words))}</div>'


def _vi_zone(zone: int) -> str:
    text = t(f"athletes.sessions.zone.{zone}", "vi")
    return text[0].lower() + text[1:]


def tiles(found: Report, lang: str) -> str:
    """Mean, highest, lowest, duration and measured share, each with its unit and its origin."""
    whole, bpm = found.summary, t("athletes.sessions.bpm", lang)
    share = whole.measured_share
    cells = [
        ("mean", number(whole.mean_bpm, lang), bpm),
        ("max", number(whole.max_bpm, lang), bpm),
        ("min", number(whole.min_bpm, lang), bpm),
        ("length", duration(whole.duration_s, lang), ""),
        ("measured", number(None if share is None else 100 * share, lang, 1), "%"),
    ]
    simulated = f" {mark(found.session.origin, lang)}" if found.session.origin is Origin.SIMULATED else ""
    body = "".join(
        f'<div class="tl-tile"><div class="k">{escape(t(f"athletes.sessions.{key}", lang))}{simulated}</div>'
        f'<div class="v">{escape(value)} <span class="u">{escape(unit)}</span></div></div>'
        for key, value, unit in cells
    )
    return f'<div class="tl-tiles">{body}</div>'


def zone_bars(found: Report, lang: str) -> str:
    """Time in zones as bars, hardest on top: number, word, bounds, minutes and part of the measured time."""
    if found.times is None or found.zones is None:
        return f'<div class="tl-soft">{escape(t("athletes.sessions.no_zones", lang))}</div>'
    times, zones = found.times, found.zones
    total = times.measured_s + times.unknown_s
    longest = max((*times.seconds, times.unknown_s, 1.0))
    bars = []
    for zone in range(len(times.seconds) - 1, 0 if zones.open_below else -1, -1):
        share = times.share(zone)
        percent = f"{number(None if share is None else 100 * share, lang, 1)} %"
        fill = (
            f'style="width:{100 * times.seconds[zone] / longest:.1f}%;'
            f'background:{ZONES[zones.shade(zone)]};color:{ON_ZONES[zones.shade(zone)]}"'
        )
        bars.append(
            _bar(
                zone_word(zones, zone, lang),
                _bounds(found, zone, lang),
                times.seconds[zone],
                percent,
                fill,
                lang,
            )
        )
    if times.unknown_s > 0:
        fill = f'class="hatch" style="width:{100 * times.unknown_s / longest:.1f}%"'
        percent = f"{number(100 * times.unknown_s / total, lang, 1)} % *"
        bars.append(_bar(t("athletes.sessions.unknown", lang), "", times.unknown_s, percent, fill, lang))
    notes = [t(f"athletes.sessions.method.{zones.method}", lang), _limits(found, lang)]
    if zones.hr_max_estimated:
        notes.append(t("athletes.sessions.estimated", lang))
    notes.append(t("athletes.sessions.rule", lang, hold=number(HOLD_S, lang)))
    if times.unknown_s > 0:
        notes.append(t("athletes.sessions.star", lang))
    lines = "<br>".join(escape(note) for note in notes)
    return f'<div class="tl-zones" role="list">{"".join(bars)}<div class="tl-note">{lines}</div></div>'


def _bar(label: str, bounds: str, seconds: float, percent: str, fill: str, lang: str) -> str:
    limits = f' <span class="tl-soft">{escape(bounds)}</span>' if bounds else ""
    return (
        f'<div class="tl-zone" role="listitem"><div class="row"><span><b>{escape(label)}</b>{limits}</span>'
        f"<span><b>{duration(seconds, lang)}</b> · {escape(percent)}</span></div>"
        f'<div class="bar"><div {fill}></div></div></div>'
    )


def _bounds(found: Report, zone: int, lang: str) -> str:
    if found.zones is None:
        return ""
    bounds = [number(bound, lang) for bound in found.zones.lower_bpm]
    if zone == 0:
        return f"< {bounds[0]}"
    if zone == 1 and found.zones.open_below and len(bounds) > 1:
        return f"< {bounds[1]}"
    return f"≥ {bounds[zone - 1]}" if zone == len(bounds) else f"{bounds[zone - 1]}–{bounds[zone]}"


def _limits(found: Report, lang: str) -> str:
    if found.zones is None:
        return ""
    text = f"HRmax {number(found.zones.hr_max_bpm, lang)}"
    rest = found.zones.hr_rest_bpm
    return text if rest is None else f"{text} · HRrest {number(rest, lang)}"


def barred(archive: Archive, lang: str) -> str | None:
    """Why who looks may not change anything here and who may, in ``lang`` as Markdown; None where they may."""
    found = refused(archive.person, Action.KEEP_TRAINING)
    return None if found is None else plain(f"{found.detail(lang)} {found.hint(lang)}")
