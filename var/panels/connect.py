"""How other devices join over the venue's network: QR codes, keys, the certificate."""

from __future__ import annotations

import io

import segno
import streamlit as st

from touchline.i18n import t
from var.serve.keys import Role
from var.serve.venue import served


def connect_panel(lang: str) -> None:
    """Draw the ways in for other devices, or say how to open them."""
    st.subheader(t("var.serve.devices", lang))
    venue = served()
    if venue is None:
        st.write(t("var.serve.devices_off", lang))
        st.code("make serve", language=None)
        return
    urls = venue.urls
    if not urls:
        st.warning(t("var.serve.no_network", lang), icon=":material/wifi_off:")
        return
    chosen = st.segmented_control(
        t("var.serve.role", lang),
        list(Role),
        default=Role.VIEWER,
        format_func=lambda role: t(f"var.serve.{role.value}", lang),
        key="join_role",
    )
    role = Role(chosen or Role.VIEWER)
    url = urls[0] if len(urls) == 1 else st.selectbox(t("var.serve.address", lang), urls, key="join_address")
    code, words = st.columns([1, 2], gap="medium")
    code.image(_picture(venue.join_url(role, url, lang)), width=280)
    with words:
        st.write(t("var.serve.scan", lang, url=url))
        st.code(venue.keys.of(role), language=None)
        st.caption(t(f"var.serve.{role.value}_hint", lang))
        st.markdown(f"**{t('var.serve.warning_title', lang)}** {t('var.serve.warning', lang)}")
        st.caption(f"{t('var.serve.ca_fingerprint', lang)} `{venue.issued.authority_fingerprint}`")
        st.download_button(
            t("var.serve.download_ca", lang),
            venue.issued.authority.read_bytes,
            "touchline-ca.crt",
            "application/x-x509-ca-cert",
            icon=":material/verified_user:",
        )


def _picture(text: str) -> bytes:
    """A QR code as a PNG with the quiet zone that cameras need."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()
