"""What the commands of live sessions say to people, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from touchline.i18n import clock, find, number, t
from touchline.origin import Origin
from wearables.model import NS_PER_S, StrapState
from wearables.recorder.state import RecorderStatus


def mark_of(origin: Origin, lang: str) -> str:
    """The label that a simulated session never goes without; nothing for others."""
    return f" · {t('wearables.record.simulated', lang)}" if origin is Origin.SIMULATED else ""


def reason_word(reason: str | None, lang: str) -> str:
    """The word for a stable reason; one that has none stays as it is."""
    return find(f"wearables.record.reason.{reason}", lang) or str(reason)


def state_word(state: StrapState | None, lang: str) -> str:
    """The word for a strap's state."""
    return t(f"wearables.record.strap_state.{state.value if state is not None else 'unknown'}", lang)


def living_line(status: RecorderStatus, lang: str) -> str:
    """How a recording is at this moment, in one line."""
    counts = Counter(strap.state for strap in status.straps)
    live = counts.pop(StrapState.LIVE, 0) + counts.pop(StrapState.BROADCAST_ONLY, 0)
    others = "".join(
        t("wearables.record.others", lang, count=count, state=state_word(state, lang))
        for state, count in sorted(counts.items(), key=lambda pair: -pair[1])
    )
    waiting = t("wearables.record.waiting", lang, count=status.waiting) if status.store_since_ns is not None else ""
    if status.journal_since_ns is not None:
        waiting += t("wearables.record.unwritten", lang, count=status.in_memory, lost=status.lost)
    if status.no_radio is not None:
        waiting += t("wearables.record.no_radio", lang, reason=reason_word(status.no_radio, lang))
    line = t(
        "wearables.record.living",
        lang,
        clock=clock(status.at_ns / NS_PER_S, lang, 0),
        live=live,
        straps=len(status.straps),
        others=others,
        kept=status.kept,
        waiting=waiting,
    )
    return line + mark_of(status.origin, lang)


def _figures(told: Mapping[str, Any], gaps: int, lang: str) -> dict[str, Any]:
    names = ("sent", "received", "missing", "doubled", "out_of_order")
    return {**{name: number(told[name], lang) for name in names}, "gaps": gaps}


def report_lines(report: Mapping[str, Any], lang: str) -> list[str]:
    """A report: the session, each strap with its gaps, and what did not go as it should."""
    head = t(
        "wearables.record.head",
        lang,
        name=report["name"],
        clock=clock(report["seconds"], lang, 0),
        mark=mark_of(Origin(report["origin"]), lang),
    )
    gaps = sum(len(strap["gaps"]) for strap in report["straps"])
    lines = [head, t("wearables.record.totals", lang, **_figures(report["frames"], gaps, lang))]
    for strap in report["straps"]:
        label = strap["label"] or strap["address"]
        figures = _figures(strap, len(strap["gaps"]), lang)
        lines.append(t("wearables.record.strap", lang, number=strap["number"], label=label, **figures))
        lines += [
            t(
                "wearables.record.gap",
                lang,
                from_clock=clock(gap["from_s"], lang, 0),
                to_clock=clock(gap["to_s"], lang, 0),
                seconds=number(gap["seconds"], lang, 1),
                reason=reason_word(gap["reason"], lang),
            )
            for gap in strap["gaps"]
        ]
    return lines + _trouble_lines(report, lang)


def _trouble_lines(report: Mapping[str, Any], lang: str) -> list[str]:
    lines = []
    for fall in report["interruptions"]:
        alive, kept = clock(fall["alive_s"], lang, 0), clock(fall["kept_until_s"], lang, 0)
        lines.append(t("wearables.record.interruption", lang, alive=alive, kept=kept))
        if fall["cut_bytes"]:
            lines.append(t("wearables.record.cut", lang, bytes=fall["cut_bytes"]))
        if fall["lost_rows"]:
            lines.append(t("wearables.record.lost", lang, count=fall["lost_rows"]))
        if fall["resumed_s"] is not None:
            lines.append(t("wearables.record.resumed", lang, at=clock(fall["resumed_s"], lang, 0)))
    for each in report["keeping"]:
        at, reason = clock(each["at_s"], lang, 0), reason_word(each.get("reason"), lang)
        if each.get("where") == "journal" and each.get("reason"):
            lines.append(t("wearables.record.journal_waited", lang, at=at, reason=reason))
        elif not each.get("ok"):
            lines.append(t("wearables.record.store_waited", lang, at=at, reason=reason))
        if each.get("lost"):
            lines.append(t("wearables.record.lost", lang, count=each["lost"]))
    return lines
