"""A session that is over: curves, who did what, alarms and notes, and its numbers to take away."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from datetime import tzinfo
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from touchline.access import Act
from touchline.i18n import clock, number, t
from touchline.rights import Person
from wearables.export import note_health, plain_bytes
from wearables.live.alarms import Alarm
from wearables.live.fold import Fold
from wearables.live.tables import COLUMNS, csv_of, curve, file_stem, summary_rows, tiles_of, value_rows
from wearables.live.wall import Tile
from wearables.model import NS_PER_S, LiveSession
from wearables.panels.chart import configured, squad_chart, zone_chart
from wearables.panels.text import day_time, headline
from wearables.panels.wall_data import phase_word
from wearables.panels.wall_part import reading
from wearables.panels.who import plain
from wearables.recorder.state import live_folder

SHOWN_FIRST = 4
VALUE_COLUMNS = ("athlete_id", "session_s", "utc_us", "bpm")


Withheld = Callable[[str], bool]
"""Whether what was measured of an athlete, by their id, may not leave the house: a consent was withdrawn."""


def finished(
    home: Path,
    session: LiveSession,
    zone: tzinfo,
    lang: str,
    person: Person | None = None,
    withheld: Withheld | None = None,
) -> None:
    """Draw a session that is over. Whoever calls it has asked whether ``person`` may see it; what they take away stands
    in the access log, and tells nothing of athletes who are ``withheld``."""
    fold = reading(home, session.id).fold()
    now_ns = fold.instant(0)
    tiles = tiles_of(fold, now_ns)
    length_s = now_ns / NS_PER_S
    when = day_time(session.zero_utc_us, zone, lang)
    people = t("wearables.live.done.athletes", lang, count=number(len(tiles), lang))
    st.html(headline(session, (when, clock(length_s, lang, 0), people), lang))
    if not tiles:
        st.info(t("wearables.live.done.nothing", lang), icon=":material/info:")
        return
    names = {str(tile.athlete_id): tile.name for tile in tiles}
    alarms = fold.alarms(now_ns)
    _curves(fold, session, names, alarms, length_s, lang)
    st.subheader(t("wearables.live.done.zones", lang))
    st.altair_chart(
        configured(zone_chart(tiles, lang).properties(width="container")),
        theme=None,
        width="stretch",
        height="content",
        alt=t("wearables.live.done.zones_alt", lang),
    )
    st.subheader(t("wearables.live.done.table", lang))
    st.dataframe(_table(tiles, lang), hide_index=True, width="stretch")
    _alarms(alarms, names, lang)
    _notes(fold, names, lang)
    stem = file_stem(session)
    kept_in = {one for one in fold.profiles if withheld is not None and withheld(one)}
    if kept_in:
        left_out = plain(", ".join(sorted(names.get(one, one) for one in kept_in)))
        st.info(t("wearables.live.done.withheld", lang, names=left_out), icon=":material/block:")

    def noted(data: bytes) -> bytes:
        note_health(home, session.id, Act.EXPORTED, person)
        return data

    with st.container(horizontal=True):
        st.download_button(
            t("wearables.live.done.download_table", lang),
            lambda: noted(summary_csv(tiles, kept_in)),
            f"{stem}-athletes.csv",
            "text/csv",
            key="live-csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            t("wearables.live.done.download_curves", lang),
            lambda: noted(values_csv(fold, session.zero_utc_us, kept_in)),
            f"{stem}-values.csv",
            "text/csv",
            key="live-csv-values",
            icon=":material/download:",
            on_click="ignore",
        )
        frames = live_folder(home, session.id) / "frames.parquet"
        if frames.exists() and not kept_in:  # its rows are straps, and everybody's
            st.download_button(
                t("wearables.live.done.download_parquet", lang),
                lambda: plain_bytes(home, session.id, person=person),
                f"{stem}-frames.parquet",
                "application/vnd.apache.parquet",
                key="live-parquet",
                icon=":material/download:",
                on_click="ignore",
            )


def summary_csv(tiles: Iterable[Tile], kept_in: Container[str]) -> bytes:
    """The table of a session as a file, without the athletes who are ``kept_in``."""
    return csv_of(COLUMNS, summary_rows(tile for tile in tiles if tile.athlete_id not in kept_in))


def values_csv(fold: Fold, zero_utc_us: int, kept_in: Container[str]) -> bytes:
    """Every heart rate of a session as a file, without the athletes who are ``kept_in``."""
    return csv_of(VALUE_COLUMNS, (row for row in value_rows(fold, zero_utc_us) if row[0] not in kept_in))


def _curves(
    fold: Fold, session: LiveSession, names: dict[str, str], alarms: list[Alarm], length_s: float, lang: str
) -> None:
    st.subheader(t("wearables.live.done.curve", lang))
    chosen = st.multiselect(
        t("wearables.live.done.chosen", lang),
        list(names),
        list(names)[:SHOWN_FIRST],
        format_func=lambda one: names[one],
        key=f"live-curves-{session.id}",
    )
    found = [one for one in (curve(fold, athlete, length_s) for athlete in chosen) if one is not None]
    if found:
        chart = configured(
            squad_chart(found, names, fold.phases(), alarms, length_s, lang).properties(width="container")
        )
        alt = t("wearables.live.done.curve_alt", lang)
        st.altair_chart(chart, theme=None, width="stretch", height="content", alt=alt)


def _table(tiles: list[Tile], lang: str) -> Any:
    """One row an athlete; numbers stay numbers, so that a column can be sorted, and are written in ``lang``."""

    def said(key: str, **more: Any) -> str:
        return t(f"wearables.live.done.{key}", lang, **more)

    rows: list[dict[str, Any]] = []
    for tile in tiles:
        row: dict[str, Any] = {said("athlete"): tile.name, said("group"): tile.group}
        row[said("load")] = None if tile.load is None else tile.load.value
        row[said("method")] = "–" if tile.load is None else said(tile.load.method.value)
        row[said("mean")], row[said("max")] = tile.mean_bpm, tile.max_bpm
        zones = (None,) * 6 if tile.zone_s is None else tile.zone_s
        for zone in range(5, -1, -1):
            seconds = zones[zone]
            row[said("zone", zone=zone) if zone else said("under")] = None if seconds is None else seconds / 60
        row[said("unknown")] = tile.unknown_s / 60
        row[said("quality")] = None if tile.quality is None else 100 * tile.quality
        rows.append(row)
    table = pd.DataFrame(rows)
    texts = {said("athlete"), said("group"), said("method")}
    whole = {said("mean"), said("max"), said("load")}
    numbers = [column for column in table.columns if column not in texts]
    table = table.astype(dict.fromkeys(numbers, "float64"))
    return table.style.format({column: _writer(lang, 0 if column in whole else 1) for column in numbers}, na_rep="–")


def _writer(lang: str, decimals: int) -> Any:
    return lambda value: number(float(value), lang, decimals)


def _alarms(alarms: list[Alarm], names: dict[str, str], lang: str) -> None:
    with st.expander(f"{t('wearables.live.done.alarms', lang)} ({len(alarms)})", icon=":material/notifications:"):
        if not alarms:
            st.write(t("wearables.live.done.no_alarms", lang))
            return
        rows = [
            {
                t("wearables.live.done.from", lang): clock(alarm.from_ns / NS_PER_S, lang, 0),
                t("wearables.live.done.to", lang): "–"
                if alarm.to_ns is None
                else clock(alarm.to_ns / NS_PER_S, lang, 0),
                t("wearables.live.done.athlete", lang): names.get(alarm.athlete_id, alarm.athlete_id),
                t("wearables.live.done.kind", lang): t(f"wearables.live.done.kind_{alarm.kind.value}", lang),
                t("wearables.live.done.seen_by", lang): alarm.acknowledged_by or "–",
            }
            for alarm in sorted(alarms, key=lambda one: one.from_ns)
        ]
        st.dataframe(rows, hide_index=True, width="stretch")


def _notes(fold: Fold, names: dict[str, str], lang: str) -> None:
    found = [(phase.from_ns, f"**{plain(phase_word(phase.kind, lang))}**") for phase in fold.phases()]
    for note in fold.notes():
        who = names.get(str(note.detail.get("athlete_id")), "")
        text = plain(f"{who + ': ' if who else ''}{note.detail.get('text', '')} ({note.by or '–'})")
        found.append((note.at_ns, text))
    if found:
        with st.expander(f"{t('wearables.live.done.notes', lang)} ({len(found)})", icon=":material/edit_note:"):
            st.markdown("\n".join(f"- {clock(at / NS_PER_S, lang, 0)} · {text}" for at, text in sorted(found)))
