"""Who is at this screen now, and what they may not do: for buttons that are shown, disabled or left out.

A hidden button is a courtesy; what is refused is refused by the archive.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from touchline.jobs import Jobs
from touchline.rights import Action, NotAllowed, Person, refused
from var.archive import Archive
from var.panels.text import refusal

LOOK, OWNER = "touchline_who", "touchline_whose"
"""What a visit keeps of who is signed in: whom to ask, and whose visit it is."""


def watch_who(person: Person | None, look: Callable[[], Person | None], keep: tuple[str, ...] = ()) -> None:
    """Begin a run of a page for ``person``; its parts that run by themselves ask ``look`` who is signed in, each time.

    A browser that comes back goes on with the visit it had, whoever signed in meanwhile: what one person typed and saw
    (addresses of cameras with their passwords, pictures) is no other's, so of it only ``keep`` stays for the next one.
    """
    owner = None if person is None else person.id
    if st.session_state.get(OWNER, owner) != owner:
        kept = {name: st.session_state[name] for name in keep if name in st.session_state}
        st.session_state.clear()
        st.session_state.update(kept)
    st.session_state[OWNER], st.session_state[LOOK] = owner, look


def present(archive: Archive) -> Archive:
    """``archive`` for the person as they are now: a part of a page may run for hours, while roles are taken away.

    Runs the whole page where nobody is signed in any more, or somebody else.
    """
    look, before = st.session_state.get(LOOK), archive.person
    if look is None or before is None:
        return archive
    now = look()
    if now is None or now.id != before.id:
        st.rerun()
        raise NotAllowed(before, Action.WATCH)  # where nothing can run again; never on with no person, who may do all
    return archive if now == before else Archive(archive.home, now)


def present_jobs(jobs: Jobs) -> Jobs:
    """``jobs`` for the person as they are now, as ``present`` says."""
    before = Archive(jobs.home, jobs.person)
    now = present(before)
    return jobs if now is before else Jobs(now.home, now.person)


def barred(acting: Archive | Jobs, action: Action, lang: str) -> str | None:
    """Why the person who acts there may not do ``action`` and who may, in ``lang`` as Markdown; None where they may."""
    found = refused(acting.person, action)
    return None if found is None else refusal(found.document(lang))
