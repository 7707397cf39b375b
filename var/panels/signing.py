"""The part of the settings that says how reports are signed, sets it, tries it, and gives others what to trust."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import t
from touchline.rights import Action, Person, refused
from var.evidence.settings import SigningSettings, read_settings, write_settings
from var.panels.text import markdown_safe, refusal

FIELDS = ("timestamp_url", "token_module", "token_label", "key_label", "certificate_label")
_TRIED, _PIN, _TAKEN = "signing-tried", "signing_pin", "signing-pin"


def signing_panel(home: Path, lang: str, person: Person | None) -> None:
    """Draw it for who may report; the settings are an administrator's. Nothing for others."""
    if refused(person, Action.REPORT) is not None and refused(person, Action.KEEP_PEOPLE) is not None:
        return
    st.subheader(_t("title", lang))
    try:
        settings = read_settings(home)
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)), icon=":material/error:")
        settings = SigningSettings()
    token = settings.token
    signs = "var.signing.own_key" if token is None else "var.signing.token"
    stamps = "var.signing.stamped_by" if settings.timestamp_url else "var.signing.no_stamp"
    st.write(t(signs, lang, token="" if token is None else markdown_safe(token.label)))
    st.write(t(stamps, lang, url=markdown_safe(settings.timestamp_url or "")))
    _root(home, lang)
    why = refused(person, Action.KEEP_PEOPLE)
    if why is not None:
        st.caption(refusal(why.document(lang)))
        return
    _trial(home, settings, lang)
    with st.expander(_t("change", lang), icon=":material/edit:", key="signing_box"):
        _form(home, settings, lang, person)


def _root(home: Path, lang: str) -> None:
    """The certificate by which others trust what is signed here; made with the first one who asks for it."""

    def certificate() -> bytes:
        from var.evidence.authority import authority

        return authority(home).root

    st.download_button(
        _t("root", lang),
        certificate,
        file_name="touchline-root.pem",
        mime="application/x-pem-file",
        icon=":material/badge:",
        help=_t("root_help", lang),
        on_click="ignore",
        key="signing_root",
    )


def _trial(home: Path, settings: SigningSettings, lang: str) -> None:
    if settings.token is not None:
        label = t("var.signing.pin", lang, token=markdown_safe(settings.token.label))
        st.text_input(label, type="password", key=_PIN, help=t("var.signing.pin_help", lang))
    if st.button(_t("try", lang), icon=":material/draw:", key="signing_try", on_click=_take_pin):
        from var.evidence.trial import sign_a_page

        pin = st.session_state.pop(_TAKEN, "")
        try:
            with st.spinner(_t("trying", lang)):
                st.session_state[_TRIED] = settings, sign_a_page(home, pin or None)
        except TouchlineError as fault:
            st.session_state.pop(_TRIED, None)
            st.error(refusal(fault.document(lang)), icon=":material/error:")
    tried = st.session_state.get(_TRIED)
    if tried is None or tried[0] != settings:
        return
    st.success(t("var.signing.works", lang, holder=markdown_safe(tried[1]["holder"])), icon=":material/verified:")
    stamp = tried[1]["timestamp"]
    if stamp["status"] == "absent":
        said = markdown_safe(str(stamp["fault"]))
        st.warning(t("var.report.proof.unstamped", lang, fault=said), icon=":material/schedule:")


def _take_pin() -> None:
    """Take the typed PIN for this one signature, and leave the field empty."""
    st.session_state[_TAKEN] = st.session_state.get(_PIN, "")
    if _PIN in st.session_state:
        st.session_state[_PIN] = ""


def _form(home: Path, settings: SigningSettings, lang: str, person: Person | None) -> None:
    with st.form("signing_form", border=False):
        given: dict[str, Any] = {}
        for name in FIELDS:
            kept = getattr(settings, name) or ""
            given[name] = st.text_input(
                _t(f"field.{name}", lang), kept, help=_t(f"field_help.{name}", lang), key=f"signing_{name}"
            )
        st.caption(_t("empty", lang))
        if st.form_submit_button(_t("keep", lang), type="primary"):
            try:
                changed = replace(settings, **{name: text.strip() or None for name, text in given.items()})
                write_settings(home, changed, person)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)), icon=":material/error:")
            else:
                st.session_state.pop(_TRIED, None)
                st.toast(_t("kept", lang), icon=":material/check_circle:")
                st.rerun()


def _t(name: str, lang: str, **params: Any) -> str:
    return t(f"var.signing.page.{name}", lang, **params)
