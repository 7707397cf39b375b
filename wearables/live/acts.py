"""What people do on the wall, as marks of the session: dated with the instant that their page showed."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from touchline.errors import BadValue
from wearables.clock import SessionClock
from wearables.kept import Sessions
from wearables.live.wearing import spans
from wearables.model import Mark, MarkKind
from wearables.recorder.state import zero_of
from wearables.standing import standing
from wearables.tied import span

NOTE_SIGNS = 300
PHASE_SIGNS = 40
MOST_ALARMS = 500
ALARM_SIGNS = 200


def act(
    sessions: Sessions, session_id: str, message: Mapping[str, Any], *, until_ns: int | None = None, by: str = ""
) -> list[Mark]:
    """Carry out what a page sent and give the marks that were made; none where the name is no act of marks.

    ``phase`` ``{"phase", "text"?}``, ``note`` ``{"text", "athlete"?}``, ``acknowledge`` ``{"alarms": [...]}``,
    ``assign`` ``{"strap", "athlete": id | null}`` and ``undo`` ``{"mark"}``, each with ``at_ns``. Where a strap goes to
    somebody who wears another one, that one goes to who wore the first: straps that were swapped are exchanged.
    ``until_ns`` is the last instant that a page can have shown, by the session's clock where it is not given: a mark is
    not dated after it.

    Raises ``BadValue`` for what cannot be meant, an instant that is still to come too; ``NotFound``, ``NotAllowed``.
    """
    at_ns = message.get("at_ns")
    latest_ns = _latest_ns(sessions, session_id) if until_ns is None else until_ns
    if type(at_ns) is not int or not 0 <= at_ns <= latest_ns:
        raise BadValue("wearables.errors.bad_act", what="at_ns", value=_shown(at_ns))
    name = message.get("name")
    wanted: list[tuple[MarkKind, dict[str, Any]]] = []
    if name == "phase":
        wanted.append((MarkKind.PHASE, {"phase": _text(message, "phase", PHASE_SIGNS)}))
    elif name == "note":
        detail: dict[str, Any] = {"text": _text(message, "text", NOTE_SIGNS)}
        if message.get("athlete") is not None:
            detail["athlete_id"] = _athlete(sessions, session_id, message)
        wanted.append((MarkKind.NOTE, detail))
    elif name == "acknowledge":
        alarms = message.get("alarms")
        if not isinstance(alarms, list) or not alarms or len(alarms) > MOST_ALARMS:
            raise BadValue("wearables.errors.bad_act", what="alarms", value=_shown(alarms))
        seen = [_alarm(alarm) for alarm in alarms]
        # One press is one mark, and one undo takes it back.
        wanted.append((MarkKind.ACKNOWLEDGE, {"alarm": seen[0]} if len(seen) == 1 else {"alarms": seen}))
    elif name == "assign":
        wanted += _assignments(sessions, session_id, message)
    elif name == "undo":
        mark = message.get("mark")
        known = {mark.id for mark in standing(sessions.marks(session_id))}
        if type(mark) is not int:
            raise BadValue("wearables.errors.bad_act", what="mark", value=_shown(mark))
        if mark not in known:
            return []  # somebody else was faster
        wanted.append((MarkKind.UNDO, {"mark": mark}))
    return [sessions.mark(session_id, kind, at_ns, detail, by=by) for kind, detail in wanted]


def _text(message: Mapping[str, Any], field: str, most: int) -> str:
    text = message.get(field)
    if not isinstance(text, str):
        raise BadValue("wearables.errors.bad_act", what=field, value=_shown(text))
    # Half a character, such as a browser leaves where it cuts a text, is in no file and no database.
    whole = text.encode("utf-8", "replace").decode()
    said = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in whole)
    if not said.strip():
        raise BadValue("wearables.errors.bad_act", what=field, value=_shown(text))
    return " ".join(said.split())[:most]


def _latest_ns(sessions: Sessions, session_id: str) -> int:
    """The newest instant that a page can have shown: by the session's clock, or of what is kept of it."""
    row = sessions.session_row(session_id)
    now_ns = SessionClock(zero_of(row), row["zero_utc_us"], row["speed"]).now_ns()
    return max(now_ns, span(sessions, session_id).last_ns)


def _alarm(alarm: object) -> str:
    if not isinstance(alarm, str) or not alarm.isprintable() or not 0 < len(alarm) <= ALARM_SIGNS:
        raise BadValue("wearables.errors.bad_act", what="alarms", value=_shown(alarm))
    return alarm


def _shown(value: object) -> str:
    """The beginning of what was sent, for a refusal."""
    return ascii(value)[:PHASE_SIGNS]


def _athlete(sessions: Sessions, session_id: str, message: Mapping[str, Any]) -> str:
    athlete = message.get("athlete")
    if not isinstance(athlete, str) or athlete not in {each.athlete_id for each in sessions.profiles(session_id)}:
        raise BadValue("wearables.errors.bad_assignment", strap=_shown(message.get("strap")), athlete=_shown(athlete))
    return athlete


def _assignments(
    sessions: Sessions, session_id: str, message: Mapping[str, Any]
) -> list[tuple[MarkKind, dict[str, Any]]]:
    strap = message.get("strap")
    if type(strap) is not int or strap not in {each.number for each in sessions.straps(session_id)}:
        raise BadValue("wearables.errors.bad_assignment", strap=_shown(strap), athlete=_shown(message.get("athlete")))
    athlete = None if message.get("athlete") is None else _athlete(sessions, session_id, message)
    worn = {span.strap: span.athlete_id for span in spans(standing(sessions.marks(session_id))) if span.to_ns is None}
    before = worn.get(strap)
    if before == athlete:
        return []
    made = [(MarkKind.ASSIGN, {"strap": strap, "athlete_id": athlete})]
    other = next((number for number, who in worn.items() if who == athlete), None)
    if other is not None and before is not None:
        made.append((MarkKind.ASSIGN, {"strap": other, "athlete_id": before}))
    return made
