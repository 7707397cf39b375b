"""``export_session``: one kept session as a file of one form."""

from __future__ import annotations

from collections.abc import Callable

from athletes.archive import Archive
from athletes.exporters.fit import fit
from athletes.exporters.tables import csv, parquet, xlsx
from athletes.exporters.tcx import tcx
from athletes.model import Session
from athletes.people.standing import LEAVES_BY, NoConsent, require_consent
from touchline.access import Act
from touchline.errors import BadValue

_WRITERS: dict[str, Callable[[Session], bytes]] = {"fit": fit, "tcx": tcx, "csv": csv, "xlsx": xlsx, "parquet": parquet}
FORMS = tuple(_WRITERS)
"""What a session can be exported to; each is also the suffix of its file."""


def export_session(archive: Archive, session_id: str, kind: str) -> bytes:
    """The session as a file of the form ``kind`` (one of ``FORMS``); the access log notes that it went out.

    A session is health data whole, and its file leaves the house: ``NoConsent`` where the athlete withdrew consent to
    health data or to handing data on, or never gave it and the installation requires it. The athlete gets their own
    data by ``athletes.people.exporting``. Raises ``NotFound``; ``NotAllowed`` where the archive's person may not see
    training; ``BadValue``:
    ``bad_export_form``, and ``no_date_for_form`` or ``nothing_for_form`` where the form cannot hold the session.
    """
    if kind not in _WRITERS:
        raise BadValue("athletes.errors.bad_export_form", form=kind, forms=", ".join(FORMS))
    session = archive.session(session_id)
    if (refusal := why_kept_in(archive, session.athlete_id)) is not None:
        raise refusal
    data = _WRITERS[kind](session)
    archive.note([session.athlete_id], Act.EXPORTED)
    return data


def why_kept_in(archive: Archive, athlete_id: str | None) -> NoConsent | None:
    """Why no file of a session of an athlete is made for others; None where it may be, as of nobody's session."""
    try:
        for scope in LEAVES_BY if athlete_id is not None else ():
            require_consent(archive.store, str(athlete_id), scope, "not_handed_on")
    except NoConsent as refusal:
        return refusal
    return None


def file_name(session_id: str, kind: str) -> str:
    """What the file is called: by the session's id, because people name sessions after people."""
    return f"touchline-{session_id}.{kind}"
