"""What every section of the training page is drawn with, and the way from one section to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum

import streamlit as st

from athletes.archive import Archive
from athletes.model import Session
from athletes.panels.motion.joined import Joined

Beside = Callable[[Session], None]
"""Draws what another part of the app has to say about a session, such as the way to its match."""


class View(StrEnum):
    """The sections of the training page, by their word in the address (``?view=``)."""

    SQUAD = "squad"
    ATHLETES = "athletes"
    SESSIONS = "sessions"
    MOTION = "motion"
    COMPARE = "compare"
    PLAN = "plan"
    REPORTS = "reports"


VIEW, ATHLETE, SESSION = "view", "athlete", "session"
"""What the address says: the section, or whose page, or which session's; a session goes before an athlete, an athlete
before a section."""
TRIAL, OTHER = "trial", "with"
"""Within the section of motion: which trial's page, and which other trial stands beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Whose data (``archive`` has its person), for which reader: language, time zone, and the day it is there.

    ``beside`` and ``joined`` are what the app joins from other packages: what else is known of a session, and how what
    was filmed is shown and brought in."""

    archive: Archive
    lang: str
    zone: tzinfo
    today: date
    beside: Beside | None = None
    joined: Joined | None = None


def address(*, view: View | None = None, **more: str | None) -> dict[str, str]:
    """The address within the training page of a section, of an athlete's page (``athlete``), of a session's
    (``session``), or in the section of motion of a trial's (``trial``), beside another's (``other``)."""
    names = {"athlete": ATHLETE, "session": SESSION, "trial": TRIAL, "other": OTHER}
    asked = {VIEW: None if view is None else view.value, **{names[name]: value for name, value in more.items()}}
    return {name: value for name, value in asked.items() if value is not None}


def go(*, view: View | None = None, **more: str | None) -> None:
    """Open what ``address`` describes, at once; what else the address said is gone."""
    point(view=view, **more)
    st.rerun()


def point(*, view: View | None = None, **more: str | None) -> None:
    """As ``go``, for callbacks: the page is drawn anew after them anyway."""
    st.query_params.from_dict(address(view=view, **more))
