"""What stands below a session: gaps of its signal, files to take out, where it came from, deleting it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from athletes.exporters import FORMS, export_session, file_name, why_kept_in
from athletes.model import Session
from athletes.panels.pieces import barred, when
from athletes.panels.place import Place, View, go
from athletes.panels.upload import plain
from athletes.report import Report
from touchline.access import Act
from touchline.errors import TouchlineError
from touchline.i18n import clock, number, t

SHOWN_GAPS = 12
DELETED = "athletes-deleted"


def gap_list(found: Report, lang: str) -> None:
    """The stretches without a heart rate, the longest first chosen, in their order."""
    gaps = sorted(found.summary.gaps, key=lambda gap: -gap.seconds)
    if not gaps:
        return
    with st.expander(t("athletes.sessions.gaps", lang, count=number(len(gaps), lang))):
        rows = [
            "- "
            + t(
                "athletes.sessions.gap_row",
                lang,
                from_clock=clock(gap.from_s, lang, 0),
                to_clock=clock(gap.to_s, lang, 0),
                seconds=number(gap.seconds, lang),
            )
            for gap in sorted(gaps[:SHOWN_GAPS], key=lambda gap: gap.from_s)
        ]
        if len(gaps) > SHOWN_GAPS:
            rows.append("- " + t("athletes.sessions.gaps_more", lang, count=number(len(gaps) - SHOWN_GAPS, lang)))
        st.markdown("\n".join(rows))


def exports(place: Place, session: Session) -> None:
    """The session as a file of another form, made when the form is chosen; a form that cannot hold it says why."""
    lang = place.lang
    with st.expander(t("athletes.session_page.export", lang), icon=":material/download:"):
        st.caption(t("athletes.session_page.export_note", lang))
        form = st.segmented_control(
            t("athletes.session_page.export_form", lang),
            FORMS,
            format_func=str.upper,
            key=f"export-{session.id}",
            wrap=True,
        )
        if form is None:
            return
        try:
            data = export_session(place.archive, session.id, form)
        except TouchlineError as fault:
            st.warning(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/block:")
            return
        st.download_button(
            t("athletes.session_page.export_get", lang, form=form.upper()),
            data,
            file_name(session.id, form),
            "application/octet-stream",
            key=f"export-get-{form}",
            type="primary",
            icon=":material/download:",
        )


def way_file(place: Place, session: Session, drawing: str) -> None:
    """The drawing of the way as a file, where the session may leave the house; the access log notes that it did."""
    if why_kept_in(place.archive, session.athlete_id) is not None:
        return

    def noted() -> str:
        place.archive.note([session.athlete_id], Act.EXPORTED)
        return drawing

    st.download_button(
        t("athletes.session_page.way_file", place.lang),
        noted,
        f"{session.id}.svg",
        "image/svg+xml",
        key="way-file",
        icon=":material/download:",
        on_click="ignore",
    )


def facts(place: Place, session: Session) -> None:
    """Where the session came from, and the button that takes it off the lists."""
    archive, lang = place.archive, place.lang
    pulse = session.recording.heart_rate
    with st.expander(t("athletes.sessions.facts", lang), icon=":material/description:"):
        lines = [t("athletes.sessions.fact_file", lang, name=session.file_name)]
        if session.recording.device:
            lines.append(t("athletes.sessions.fact_device", lang, device=session.recording.device))
        lines.append(t("athletes.sessions.fact_samples", lang, count=number(pulse.count if pulse else None, lang)))
        if session.imported_at:
            saved = datetime.fromisoformat(session.imported_at)
            lines.append(t("athletes.sessions.fact_imported", lang, when=when(saved, place.zone, lang)))
        lines.append(t("athletes.sessions.fact_sha", lang, sha=session.sha256))
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        why = barred(archive, lang)
        if st.button(
            t("athletes.sessions.delete", lang),
            key="athletes-delete",
            icon=":material/delete:",
            help=why or t("athletes.sessions.delete_help", lang),
            disabled=why is not None,
        ):
            archive.delete(session.id)
            st.session_state[DELETED] = (session.id, session.name)
            go(view=View.SESSIONS)
