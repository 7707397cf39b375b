"""The wall on the page: a part that runs by itself twice a second, and hands on what people do."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.errors import BadValue, TouchlineError
from touchline.i18n import t
from touchline.presence import boot_id
from touchline.rights import Action, Person, require
from wearables.kept import Sessions
from wearables.live.acts import act
from wearables.live.reading import Look, Reading
from wearables.model import NS_PER_S, SessionState
from wearables.panels.components import component
from wearables.panels.wall_data import card_rows, wall_data
from wearables.panels.who import Present, barred, plain
from wearables.recorder.control import resume, stop

EVERY_S = 0.4
"""How often a page asks for the wall, in host seconds."""
STOP_WAITS_S = 0.3
"""How long a press of "end" waits for the recorder; it ends by itself after that, and the wall goes on meanwhile."""
ASKS_EVERY_S = 1.0
"""How often a wall that runs by itself asks who is signed in; what somebody does asks at once."""
KEPT_READERS = 12
EARLY_S = 2.0
"""By how many host seconds a mark may be dated ahead of the session: a page's clock may be a little fast."""

_mount = component("touchline_wall", "wall.js")


@st.cache_resource(max_entries=KEPT_READERS, show_spinner=False)
def _shared(home: str, session_id: str) -> tuple[Reading, dict[str, tuple[int, dict[str, Any]]]]:
    """The one reader of a session in this process, and the walls that were written out last, by language."""
    return Reading(Path(home), session_id), {}


def reading(home: Path, session_id: str) -> Reading:
    """The reader of a session that all its viewers share. Raises ``NotFound``."""
    return _shared(str(home), session_id)[0]


def written(home: Path, session_id: str, lang: str) -> tuple[Look, dict[str, Any]]:
    """The wall as it is now, and as it is written in ``lang``: made once for all who look."""
    reader, kept = _shared(str(home), session_id)
    look = reader.look()
    number, data = kept.get(lang, (0, {}))
    if number != look.number:
        data = wall_data(look, lang)
        kept[lang] = look.number, data
    return look, data


def wall_part(home: Path, session_id: str, lang: str, person: Person | None, present: Present | None) -> None:
    """Draw the wall of a session; the whole page runs again where the session ends. ``present`` says who is
    signed in now: roles may be taken away while the wall stands for hours."""
    key = f"wall-{session_id}"
    handled, notice, card, running = f"{key}:handled", f"{key}:notice", f"{key}:card", _stood(session_id)
    asked = f"{key}:asked"

    def who() -> Person | None:
        """Who looks now, asked again every second; the whole page runs again where that is somebody else."""
        if present is None or person is None:
            return person
        found: Person | None
        found, at_s = st.session_state.get(asked, (person, 0.0))
        if time.monotonic() - at_s > ASKS_EVERY_S:
            found = present()
            st.session_state[asked] = found, time.monotonic()
        if found is None or found.id != person.id:
            st.session_state.pop(asked)
            st.rerun()
        return found

    def acted() -> None:
        """Carry a message out once, however often the browser sends it."""
        message = (st.session_state.get(key) or {}).get("act")
        if not isinstance(message, dict) or type(message.get("seq")) is not int:
            return  # no page of ours sent it
        if message["seq"] <= st.session_state.get(handled, 0):
            return
        st.session_state[handled] = message["seq"]  # before it is carried out: what fails is not done again
        now = person if present is None or person is None else present()
        if person is not None and (now is None or now.id != person.id):
            return
        if message.get("name") == "open":
            st.session_state[card] = message.get("key")
            return
        try:
            _carry_out(home, session_id, now, message)
            st.session_state.pop(notice, None)
        except TouchlineError as fault:
            st.session_state[notice] = f"{fault.detail(lang)} {fault.hint(lang)}"
        reading(home, session_id).forget()

    @st.fragment(run_every=EVERY_S)
    def part() -> None:
        now = who()
        require(now, Action.SEE_TRAINING)
        try:
            look, data = written(home, session_id, lang)
        except TouchlineError as fault:
            st.error(plain(t("wearables.live.trouble.database", lang, detail=fault.detail(lang))))
            return
        if look.session.state is SessionState.ENDED:
            st.session_state.pop(running, None)
            st.rerun()
        st.session_state[running] = True
        why = barred(now, lang)
        own = {"pid": key, "ack": st.session_state.get(handled, 0), "may": why is None, "barred": why or ""}
        if shown := st.session_state.get(card):
            own["card"] = {"key": shown, "rows": card_rows(look, str(shown), lang)}
        if said := st.session_state.get(notice):
            own["troubles"] = [*data["troubles"], ["warn", said]]
        _mount(key=key, data=data | own, on_act_change=acted)

    part()


def _stood(session_id: str) -> str:
    return f"wall-{session_id}:stood"


def wall_stood(session_id: str) -> bool:
    """Whether the wall of this session stood on this visitor's page: where its recorder broke off it stays there."""
    return bool(st.session_state.get(_stood(session_id)))


@contextlib.contextmanager
def suppress_running() -> Iterator[None]:
    """Somebody else took the session up first: that is what was wanted, and no trouble."""
    try:
        yield
    except BadValue as fault:
        if fault.name != "recorder_running":
            raise


def _carry_out(home: Path, session_id: str, person: Person | None, message: dict[str, Any]) -> None:
    if message.get("name") == "stop":
        stop(home, session_id, STOP_WAITS_S, person=person)
    elif message.get("name") == "resume":
        with suppress_running():
            resume(home, session_id, person=person)
    else:
        act(Sessions(home, person), session_id, message, until_ns=_shown_until_ns(home, session_id))


def _shown_until_ns(home: Path, session_id: str) -> int:
    """The last instant of a session that a page can have shown by now."""
    look = reading(home, session_id).look()
    row = Sessions(home).session_row(session_id)
    if look.running or row["boot"] != boot_id():
        last_ns = look.wall.now_ns
    else:  # a page went on a while after its recorder's last word
        last_ns = max(look.wall.now_ns, round((time.monotonic_ns() - row["zero_ns"]) * row["speed"]))
    return last_ns + round(EARLY_S * float(row["speed"]) * NS_PER_S)


Beside = Callable[[str], None]
"""Draws what another part of the app has to say about a session, given by its identifier."""
