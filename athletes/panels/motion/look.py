"""How the pages of motion look, and who is at the screen now."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from athletes.archive import Archive
from athletes.panels.palette import INK, LINE, SOFT_INK
from athletes.panels.place import Place
from athletes.panels.upload import plain
from touchline.errors import TouchlineError
from touchline.rights import Action, NotAllowed

MOTION_STYLE = f"""<style>
.tl-trial {{display:flex; gap:.8rem; align-items:center; color:{INK}; min-width:0}}
.tl-trial img {{width:128px; height:72px; object-fit:cover; border-radius:6px; background:#11161c; flex:none}}
.tl-trial b {{overflow-wrap:anywhere}}
.tl-state {{display:inline-block; border-radius:4px; padding:0 .4rem; font-size:.82rem; line-height:1.5;
  font-weight:600; border:1px solid {SOFT_INK}; background:#fff; white-space:nowrap}}
.tl-state.measured {{background:#e4f3ea; border-color:#0b7a4b}}
.tl-state.working {{background:#eef5fc; border-color:#1b5e9e}}
.tl-state.choose, .tl-state.stopped, .tl-state.nobody {{background:#fff7d6; border-color:#8a6d00}}
.tl-state.failed {{background:#fdeceb; border-color:#b3261e}}
.tl-big {{display:grid; grid-template-columns:repeat(auto-fit,minmax(150px,1fr)); gap:.5rem; color:{INK}}}
.tl-big > div {{border:1px solid {LINE}; border-radius:8px; padding:.45rem .7rem .5rem; background:#fff}}
.tl-big .k {{font-size:.85rem; color:{SOFT_INK}; line-height:1.25}}
.tl-big .v {{font-size:1.75rem; font-weight:700; line-height:1.25; white-space:nowrap;
  font-variant-numeric:tabular-nums}}
.tl-big .u {{font-size:.95rem; font-weight:500; color:{INK}; white-space:nowrap}}
.tl-big .w {{font-size:.8rem; color:{SOFT_INK}; line-height:1.3}}
.tl-row {{color:{INK}; font-variant-numeric:tabular-nums; line-height:1.35}}
.tl-grades > div {{margin:.3rem 0}}
.tl-row .w {{color:{SOFT_INK}; font-size:.84rem}}
.st-key-motion-rows [data-testid="stHorizontalBlock"], [class*="st-key-motion-rows-"] [data-testid="stVerticalBlock"]
  {{gap:.2rem}}
@media (max-width: 640px) {{ .tl-trial img {{width:88px; height:50px}} .tl-big .v {{font-size:1.5rem}} }}
</style>"""


def base_path() -> str:
    """The path under which the server runs, before our own addresses."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def still(screen: str, camera: str, frame: int, height_px: int = 144) -> str:
    """The address of a picture of a recording, as the player's routes give it."""
    return f"{base_path()}/var/{screen}/{camera}/still/{frame}.jpg?h={height_px}"


def refusal(fault: TouchlineError, lang: str) -> str:
    """What happened and what to do, as Markdown that shows just that."""
    return plain(f"{fault.detail(lang)} {fault.hint(lang)}".strip())


def show(fault: TouchlineError, lang: str) -> None:
    """Draw a refusal."""
    st.error(refusal(fault, lang), icon=":material/error:")


def present(place: Place) -> Place:
    """``place`` for the person as they are now: a part of a page may run for hours, while roles are taken away.

    Runs the whole page where nobody is signed in any more, or somebody else.
    """
    look = None if place.joined is None else place.joined.look
    before = place.archive.person
    if look is None or before is None:
        return place
    now = look()
    if now is None or now.id != before.id:
        st.rerun()
        raise NotAllowed(before, Action.SEE_TRAINING)  # where nothing can run again; never on with no person
    return place if now == before else replace(place, archive=Archive(place.archive.home, now))
