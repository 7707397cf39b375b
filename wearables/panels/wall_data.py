"""What the wall in the browser is told: everything written out in the reader's language, nothing left to compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from touchline.i18n import catalogue, clock, number, t
from touchline.origin import Origin
from wearables.live.alarms import Alarm, AlarmKind
from wearables.live.names import short_names
from wearables.live.reading import Look
from wearables.live.wall import LoadMethod, Tile, Wall
from wearables.model import NS_PER_S, MarkKind, SessionState, StrapState
from wearables.record_words import reason_word
from wearables.recorder.state import RecorderStatus

PHASES = ("warm_up", "drill", "match", "rest")
"""The phases with a key each, 1 to 4."""
LATE_S = 4.0
"""Host seconds after which a recorder that is silent is in trouble."""
NAMED = 3
SHORT = 12
"""As many signs of a strap's name find room on a tile."""
SIGNS = {AlarmKind.ABOVE_LIMIT: "▲", AlarmKind.NO_RECOVERY: "◆", AlarmKind.NO_CONTACT: "◌", AlarmKind.SILENCE: "∅"}


def wall_data(look: Look, lang: str) -> dict[str, Any]:
    """The wall as the browser draws it, without what belongs to one visitor alone."""
    wall = look.wall
    names = dict(zip([tile.name for tile in wall.tiles], short_names([tile.name for tile in wall.tiles]), strict=True))
    tiles = [_tile(tile, k, names, look, lang) for k, tile in enumerate(wall.tiles)]
    people = [
        {
            "id": tile.athlete_id,
            "name": tile.name,
            "strap": tile.strap,
            "strap_name": "" if tile.strap is None else strap_name(tile),
        }
        for tile in wall.tiles
        if tile.athlete_id
    ]
    troubles = _troubles(look.status, wall, look.running, lang)
    return {
        "beat": look.number,
        "now_ns": wall.now_ns,
        "speed": look.status.speed,
        "running": look.running,
        "stopping": look.status.stopping,
        "broken": look.session.state is SessionState.GONE,
        "head": _head(look, bool(troubles), lang),
        "troubles": troubles,
        "alarms": _alarms(wall, names, lang) if look.running else [],
        "tiles": tiles,
        "groups": len({tile["group"] for tile in tiles}) > 1,
        "people": people,
        "spare": [{"strap": tile.strap, "name": strap_name(tile)} for tile in wall.tiles if tile.athlete_id is None],
        "phases": [
            {
                "kind": kind,
                "key": str(k),
                "label": t(f"wearables.live.phase.{kind}", lang),
                "now": wall.phase is not None and wall.phase.kind == kind,
            }
            for k, kind in enumerate(PHASES, start=1)
        ],
        "undo": _undo(wall, lang),
        "keys": _keys(lang),
        "texts": catalogue("wearables", "live", lang)["wall"],
    }


def _head(look: Look, troubled: bool, lang: str) -> dict[str, Any]:
    wall, state = look.wall, look.session.state
    word = "stopping" if look.status.stopping and look.running else state.value
    phase = wall.phase
    return {
        "name": look.session.name,
        "mark": t("wearables.live.simulated", lang) if look.session.origin is Origin.SIMULATED else "",
        "clock": clock(wall.now_ns / NS_PER_S, lang, 0),
        "phase": ""
        if phase is None
        else t(
            "wearables.live.phase.since",
            lang,
            phase=phase_word(phase.kind, lang),
            clock=clock((wall.now_ns - phase.from_ns) / NS_PER_S, lang, 0),
        ),
        "level": "alarm" if state is SessionState.GONE or troubled else "ok" if look.running else "warn",
        "state": t(
            f"wearables.live.state.{word}",
            lang,
            live=number(wall.live, lang),
            worn=number(wall.worn, lang),
            waiting=number(look.status.waiting, lang),
        ),
    }


def phase_word(kind: str, lang: str) -> str:
    """A phase in ``lang``; a word of somebody's stays as it is."""
    return t(f"wearables.live.phase.{kind}", lang) if kind in PHASES else kind


def _troubles(status: RecorderStatus, wall: Wall, running: bool, lang: str) -> list[list[str]]:
    """What is wrong with the recording, each with its level, the worst first."""

    def said(key: str, **more: Any) -> str:
        return t(f"wearables.live.trouble.{key}", lang, **more)

    found = []
    if status.state is SessionState.GONE:
        found.append(["", said("gone")])
    elif running and status.heartbeat_age_s > LATE_S:
        found.append(["", said("late", seconds=number(status.heartbeat_age_s, lang))])
    if not running:
        return found
    if status.lost:
        found.append(["", said("lost", count=number(status.lost, lang))])
    if status.journal_since_ns is not None:
        waiting = number(status.in_memory, lang)
        found.append(["", said("journal", reason=reason_word(status.journal_reason, lang), waiting=waiting)])
    if status.store_since_ns is not None:
        waiting = number(status.waiting, lang)
        found.append(["warn", said("store", reason=reason_word(status.store_reason, lang), waiting=waiting)])
    if status.no_radio is not None:
        found.append(["", said("radio", reason=reason_word(status.no_radio, lang))])
    return found


def _alarms(wall: Wall, names: dict[str, str], lang: str) -> list[dict[str, Any]]:
    """The alarms that nobody has acknowledged; many of one kind are one line."""
    people = {tile.athlete_id: names[tile.name] for tile in wall.tiles if tile.athlete_id}
    lines = []
    for kind in AlarmKind:
        unseen = [alarm for alarm in wall.alarms if alarm.kind is kind and alarm.acknowledged_by is None]
        for over in (False, True):
            some = [alarm for alarm in unseen if (alarm.to_ns is not None) is over]
            if len(some) > (1 if over else 2):
                lines.append(_many(some, people, lang))
            else:
                lines += [_one(alarm, people, lang) for alarm in some]
    return sorted(lines, key=lambda line: bool(line["over"]))


def _one(alarm: Alarm, people: dict[str, str], lang: str) -> dict[str, Any]:
    over = alarm.to_ns is not None
    kind = alarm.kind.value
    if alarm.kind is AlarmKind.NO_RECOVERY and not over and alarm.value is not None and round(alarm.value) <= 0:
        kind = "no_recovery_rose"
    return {
        "ids": [alarm.id],
        "sign": SIGNS[alarm.kind],
        "over": over,
        "text": t(
            f"wearables.live.alarm.{kind}{'_over' if over else ''}",
            lang,
            name=people.get(alarm.athlete_id, alarm.athlete_id),
            clock=clock(alarm.from_ns / NS_PER_S, lang, 0),
            limit=number(alarm.value, lang),
            fell=number(alarm.value, lang),
            rose=number(None if alarm.value is None else abs(alarm.value), lang),
        ),
    }


def _many(alarms: Sequence[Alarm], people: dict[str, str], lang: str) -> dict[str, Any]:
    whose = {alarm.athlete_id for alarm in alarms}
    first = ", ".join([name for athlete, name in people.items() if athlete in whose][:NAMED])
    more = len(alarms) - NAMED
    if more > 0:
        first = t("wearables.live.alarm.names_more", lang, names=first, count=number(more, lang))
    over = alarms[0].to_ns is not None
    key = f"many_{alarms[0].kind.value}{'_over' if over else ''}"
    text = t(f"wearables.live.alarm.{key}", lang, count=number(len(alarms), lang), names=first)
    return {"ids": [alarm.id for alarm in alarms], "sign": SIGNS[alarms[0].kind], "over": over, "text": text}


def state_word(tile: Tile, lang: str) -> str:
    """How a tile's strap is, in a word or two."""
    if tile.strap is None:
        return t("wearables.live.wall.no_strap", lang)
    state = tile.state or StrapState.SCANNING
    silent = 0.0 if tile.silent_s is None else tile.silent_s
    return t(f"wearables.live.wall.{state.value}", lang, seconds=number(int(silent), lang))


def _ago(age_s: float | None, lang: str) -> str:
    if age_s is None:
        return ""
    if age_s < 100:
        return t("wearables.live.wall.ago", lang, seconds=number(int(age_s), lang))
    return t("wearables.live.wall.ago_min", lang, minutes=number(int(age_s // 60), lang))


def _rank(tile: Tile, unseen: bool) -> float:
    """Who needs a look first: alarms, straps in trouble, low batteries, then the hard zones."""
    if unseen:
        return min(list(AlarmKind).index(alarm.kind) for alarm in tile.alarms) / 10
    if tile.strap is None:
        return 9
    if tile.athlete_id is None:
        return 3
    if not tile.present:
        return 1
    if tile.low_battery:
        return 2
    return 4 + (5 - (tile.zone or 0)) / 10


def _tile(tile: Tile, place: int, names: dict[str, str], look: Look, lang: str) -> dict[str, Any]:
    strap = "" if tile.strap is None else t("wearables.live.wall.strap_number", lang, strap=strap_name(tile))
    name = names[tile.name] if tile.athlete_id else strap
    more = "" if tile.athlete_id or tile.strap_label == strap_name(tile) else tile.strap_label
    full = tile.name if tile.athlete_id else f"{strap} · {more}" if more else strap
    unseen = any(alarm.acknowledged_by is None and alarm.to_ns is None for alarm in tile.alarms)
    word, share = _word(tile, look, lang), tile.percent_of_max
    battery = ""
    if tile.battery_percent is not None:
        battery = t("wearables.live.wall.battery", lang, percent=tile.battery_percent)
    elif tile.low_battery:
        battery = t("wearables.live.wall.battery_low", lang)
    foot = [strap if tile.athlete_id else more]
    if tile.load is not None:
        foot.append(
            f"{'TRIMP' if tile.load.method is LoadMethod.BANISTER else 'Edwards'} {number(tile.load.value, lang)}"
        )
    if tile.state is StrapState.BROADCAST_ONLY and tile.present:
        foot.append("RR –")
    if tile.bpm is None:
        said = t("wearables.live.wall.said_gone", lang, name=full, word=word)
    elif tile.zone is None:
        said = t("wearables.live.wall.said_plain", lang, name=full, bpm=tile.bpm)
    elif tile.zone == 0:
        said = t("wearables.live.wall.said_under", lang, name=full, bpm=tile.bpm)
    else:
        said = t("wearables.live.wall.said_live", lang, name=full, bpm=tile.bpm, zone=tile.zone)
    return {
        "key": _key(tile),
        "place": place,
        "athlete": tile.athlete_id,
        "name": name,
        "full": full,
        "group": tile.group,
        "strap": tile.strap,
        "strap_name": "" if tile.strap is None else strap_name(tile),
        "state": None if tile.state is None else tile.state.value,
        "word": word,
        "bpm": None if tile.bpm is None else str(tile.bpm),
        "age_s": tile.age_s,
        "last": None if tile.last_bpm is None else t("wearables.live.wall.last", lang, bpm=tile.last_bpm),
        "ago": _ago(tile.age_s, lang) if look.running else "",
        "share": None if share is None else round(share, 1),
        "percent": _percent(tile, lang),
        "zone": tile.zone,
        "trend": None if tile.trend is None else tile.trend.value,
        "slope": _slope(tile, lang),
        "battery": battery,
        "low": tile.low_battery,
        "foot": " · ".join(part for part in foot if part),
        "look": unseen,
        "rank": _rank(tile, unseen),
        "said": said,
    }


def strap_name(tile: Tile) -> str:
    """What a strap is called: what is written on it where that is known (of a long name its last word, which tells
    straps of one make apart), else its number in the session."""
    if not tile.strap_label or ":" in tile.strap_label:
        return f"{tile.strap}"
    return tile.strap_label if len(tile.strap_label) <= SHORT else tile.strap_label.split()[-1]


def _slope(tile: Tile, lang: str) -> str | None:
    if tile.trend_bpm_a_min is None:
        return None
    return t("wearables.live.wall.trend_slope", lang, slope=number(tile.trend_bpm_a_min, lang, sign=True))


def card_rows(look: Look, key: str, lang: str) -> list[list[str]]:
    """What the card of a tile says, label and value; nothing of a tile that is not there (any more)."""
    tile = next((tile for tile in look.wall.tiles if _key(tile) == key), None)
    return [] if tile is None else _rows(tile, look, lang)


def _key(tile: Tile) -> str:
    return f"a:{tile.athlete_id}" if tile.athlete_id else f"s:{tile.strap}"


def _word(tile: Tile, look: Look, lang: str) -> str:
    return state_word(tile, lang) if look.running else t("wearables.live.wall.not_recorded", lang)


def _percent(tile: Tile, lang: str) -> str | None:
    share = tile.percent_of_max
    return None if share is None else f"{'~' if tile.max_estimated else ''}{number(share, lang)} %"


def _rows(tile: Tile, look: Look, lang: str) -> list[list[str]]:

    def label(key: str, **more: Any) -> str:
        return t(f"wearables.live.row.{key}", lang, **more)

    rows, word, percent = [], _word(tile, look, lang), _percent(tile, lang)
    if tile.strap is not None:
        rows.append([label("strap"), strap_name(tile)])
    if tile.state is StrapState.BROADCAST_ONLY:
        word = f"{word}, {label('reading')}"
    rows.append([label("state"), word])
    if tile.battery_percent is not None:
        rows.append([label("battery"), f"{tile.battery_percent} %"])
    if tile.athlete_id is None:
        return rows
    if percent is not None:
        rows.append([label("percent"), label("estimated", value=percent) if tile.max_estimated else percent])
    if (slope := _slope(tile, lang)) is not None:
        rows.append([label("trend"), slope])
    if tile.load is not None:
        value = number(tile.load.value, lang, 1)
        rows.append([label("load"), label(f"load_{tile.load.method.value}", value=value)])
    rows.append([label("mean_max"), f"{number(tile.mean_bpm, lang)}, {number(tile.max_bpm, lang)}"])
    if tile.zone_s is not None:
        words = [label("under"), *(label("zone", zone=zone) for zone in range(1, 6))]
        rows += [[words[zone], clock(seconds, lang, 0)] for zone, seconds in reversed(list(enumerate(tile.zone_s)))]
    rows.append([label("unknown"), clock(tile.unknown_s, lang, 0)])
    quality = tile.quality
    rows.append([label("quality"), f"{number(None if quality is None else 100 * quality, lang, 1)} %"])
    return rows


def _undo(wall: Wall, lang: str) -> dict[str, Any] | None:
    mark = wall.last_mark
    if mark is None:
        return None
    phase = phase_word(str(mark.detail.get("phase")), lang) if mark.kind is MarkKind.PHASE else ""
    what = t(f"wearables.live.act.{mark.kind.value}", lang, phase=phase)
    return {"mark": mark.id, "text": t("wearables.live.wall.undo", lang, what=what)}


def _keys(lang: str) -> list[list[str]]:
    phases = [
        [str(k), t("wearables.live.key.phase", lang, phase=phase_word(kind, lang))]
        for k, kind in enumerate(PHASES, start=1)
    ]
    others = (("N", "note"), ("A", "acknowledge"), ("Z", "undo"), ("S", "sort"), ("G", "group"), ("F", "full"))
    return [*phases, *([key, t(f"wearables.live.key.{name}", lang)] for key, name in (*others, ("?", "help")))]
