"""The part of the settings for administrators: accounts, roles, one-time passwords, sign-ins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from touchline.accounts.kept import Accounts
from touchline.accounts.model import Account
from touchline.errors import TouchlineError
from touchline.i18n import t
from touchline.rights import Action, Person, Role

SHOWN = 50
_MADE = "people_made"
_ADDED = "people_added"
"""How many people were added on this page: the form for the next one begins empty."""


def people_panel(home: Path, lang: str, person: Person | None) -> None:
    """Draw the accounts for who may keep them; nothing for others."""
    if person is not None and not person.may(Action.KEEP_PEOPLE):
        return
    accounts = Accounts(home, person)
    st.subheader(_t("people", lang))
    made = st.session_state.get(_MADE)
    if made:
        login, password = made
        st.success(t("touchline.accounts.made", lang, login=login), icon=":material/key:")
        st.code(password, language=None)
        st.button(_t("written_down", lang), key="people_noted", on_click=lambda: st.session_state.pop(_MADE, None))
    for account in accounts.all():
        _account(accounts, account, lang)
    # By their keys they stay open or shut where they are, whoever comes into the list above them.
    with st.expander(_t("add", lang), icon=":material/person_add:", key="people_add_box"):
        _add(accounts, lang)
    with st.expander(_t("sign_ins", lang), icon=":material/history:", key="people_sign_ins_box"):
        _sign_ins(accounts, lang)


def _account(accounts: Accounts, account: Account, lang: str) -> None:
    state = "" if account.active else f" ({_t('disabled', lang)})"
    title = f"{account.name} · {account.login} · {_roles(account.roles, lang)}{state}"
    icon = ":material/person:" if account.active else ":material/person_off:"
    with st.expander(title, icon=icon, key=f"people_box_{account.id}"):
        held = st.multiselect(
            _t("roles", lang),
            list(Role),
            default=[role for role in Role if role in account.roles],
            format_func=lambda role: t(f"touchline.rights.role.{role.value}", lang),
            placeholder=_t("choose_roles", lang),
            select_all=False,  # one tap would make an administrator
            key=f"people_roles_{account.id}",
        )
        row = st.container(horizontal=True)
        if row.button(_t("keep_roles", lang), key=f"people_keep_{account.id}", disabled=set(held) == account.roles):
            _do(lambda: accounts.set_roles(account.login, [role.value for role in held]), lang)
        if row.button(_t("new_password", lang), key=f"people_password_{account.id}"):
            _do(lambda: _show(*accounts.new_password(account.login)), lang)
        if account.active and row.button(_t("sign_out_all", lang), key=f"people_out_{account.id}"):
            _do(lambda: accounts.end_sessions(account.login), lang)
        if account.active and row.button(_t("disable", lang), key=f"people_disable_{account.id}"):
            _do(lambda: accounts.disable(account.login), lang)
        if not account.active and row.button(_t("enable", lang), key=f"people_enable_{account.id}"):
            _do(lambda: accounts.enable(account.login), lang)
        email = st.text_input(
            _t("email", lang), account.email or "", key=f"people_email_{account.id}", help=_t("email_help", lang)
        )
        if email.strip().casefold() != (account.email or "") and st.button(
            _t("keep_email", lang), key=f"people_keep_email_{account.id}"
        ):
            _do(lambda: accounts.set_email(account.login, email or None), lang)


def _add(accounts: Accounts, lang: str) -> None:
    place = st.session_state.get(_ADDED, 0)  # what is refused stays in the form, so it is not Streamlit that clears it
    with st.form("people_add", clear_on_submit=False, border=False):
        name = st.text_input(_t("field.name", lang), max_chars=120, key=f"people_add_name_{place}")
        login = st.text_input(_t("field.login", lang), max_chars=64, key=f"people_add_login_{place}")
        roles = st.multiselect(
            _t("roles", lang),
            list(Role),
            format_func=lambda role: t(f"touchline.rights.role.{role.value}", lang),
            placeholder=_t("choose_roles", lang),
            select_all=False,  # one tap would make an administrator
            key=f"people_add_roles_{place}",
        )
        email = st.text_input(_t("email", lang), help=_t("email_help", lang), key=f"people_add_email_{place}")
        st.caption(_t("add_hint", lang))

        def keep() -> None:
            _show(*accounts.add(login, name, [role.value for role in roles], email=email or None))
            st.session_state[_ADDED] = place + 1

        if st.form_submit_button(_t("add", lang), type="primary"):
            _do(keep, lang)


def _sign_ins(accounts: Accounts, lang: str) -> None:
    columns = [_t(f"column.{name}", lang) for name in ("at", "login", "sender", "outcome")]
    rows = [
        (each.at_utc[:19].replace("T", " "), each.login, each.sender, _t(f"outcome.{each.outcome.value}", lang))
        for each in accounts.sign_ins(SHOWN)
    ]
    st.dataframe([dict(zip(columns, row, strict=True)) for row in rows], hide_index=True)


def _show(account: Account, password: str | None) -> None:
    """Keep a password that was made until the administrator says that it is written down."""
    if password is not None:
        st.session_state[_MADE] = account.login, password


def _do(change: Callable[[], object], lang: str) -> None:
    """Carry a change out and draw anew, or say why not."""
    try:
        change()
    except TouchlineError as fault:
        st.error(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/error:")
        return
    st.rerun()


def _roles(roles: frozenset[Role], lang: str) -> str:
    return ", ".join(t(f"touchline.rights.role.{role.value}", lang) for role in Role if role in roles)


def _t(key: str, lang: str) -> str:
    return t(f"touchline.accounts.{key}", lang)
