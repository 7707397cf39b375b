"""Consents of an athlete, who opened their data, everything of theirs out, and away for good."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from athletes.archive import Archive
from athletes.model import Athlete
from athletes.panels.upload import plain
from athletes.people.consent import Consent, Consents, Giver, Said
from athletes.people.erasing import erase
from athletes.people.exporting import bytes_of_person
from athletes.people.standing import Scope
from touchline.access import lines_of
from touchline.accounts.kept import Accounts
from touchline.errors import TouchlineError
from touchline.i18n import UNKNOWN, number, t
from touchline.rights import Action, refused

ICONS = {True: "✓", False: "✕", None: "–"}
"""A sign stands beside each word: no state is told by colour."""
SHOWN_LINES = 200


def _say(key: str, lang: str, **params: Any) -> str:
    return t(f"athletes.people.{key}", lang, **params)


def consent_notice(archive: Archive, athlete: Athlete, lang: str) -> None:
    """One line where consent to health data is missing or was withdrawn, and nothing else; for the top of a page."""
    line = Consents(archive).standing(athlete.id)[Scope.HEALTH]
    if line is None:
        st.caption(f":material/info: {_say('panel.unconsented', lang)}")
    elif not line.given:
        st.warning(_say("panel.refused", lang), icon=":material/block:")


def consent_panel(archive: Archive, athlete: Athlete, lang: str) -> None:
    """Draw the part of the page about one athlete's consents and data, for the archive's person."""
    st.subheader(_say("panel.title", lang))
    try:
        _consents(archive, athlete, lang)
        _access(archive, athlete, lang)
        _take_out(archive, athlete, lang)
        _erase(archive, athlete, lang)
    except TouchlineError as fault:
        st.error(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/error:")


def _consents(archive: Archive, athlete: Athlete, lang: str) -> None:
    consents = Consents(archive)
    today, rules = datetime.now(UTC).astimezone().date(), consents.rules
    age = athlete.age_on(today)
    standing = consents.standing(athlete.id)
    consent_notice(archive, athlete, lang)
    st.caption(_say(f"rule.{rules.consent.value}", lang))
    if age is None:
        st.info(_say("panel.unknown_age", lang), icon=":material/cake:")
    elif age < rules.guardian_under:
        st.info(_say("panel.minor", lang, age=age, under=rules.guardian_under), icon=":material/family_restroom:")
    elif consents.renewed(athlete.id):
        st.warning(_say("panel.renew", lang), icon=":material/update:")
    st.table(
        [{head: plain(cell) for head, cell in _row(scope, line, lang).items()} for scope, line in standing.items()],
        hide_index=True,
        width="stretch",
    )
    minor = age is not None and age < rules.guardian_under
    if refused(archive.person, Action.KEEP_TRAINING) is None:
        with st.expander(_say("panel.enter", lang), icon=":material/edit_document:"):
            _enter(consents, athlete, minor, today, lang)
    lines = consents.of(athlete.id)
    if len(lines) > len([line for line in standing.values() if line is not None]):
        with st.expander(f"{_say('panel.history', lang)} ({len(lines)})", icon=":material/history:"):
            rows = [_row(line.scope, line, lang) for line in reversed(lines)]
            st.dataframe(rows, hide_index=True, width="stretch")


def _row(scope: Scope, line: Consent | None, lang: str) -> dict[str, str]:
    stands = None if line is None else line.given
    word = "unsaid" if stands is None else "given" if stands else "withdrawn"
    about = f"{_say(f'scope.{scope.value}', lang)} ({_say(f'scope_what.{scope.value}', lang)})"
    by = UNKNOWN
    if line is not None:
        by = _say(f"by.{line.said.by.value}", lang)
        if line.said.name:
            by += f": {line.said.name}" + (f" ({line.said.relation})" if line.said.relation else "")
    return {
        _say("panel.scope", lang): about,
        _say("panel.state", lang): f"{ICONS[stands]} {_say(f'stands.{word}', lang)}",
        _say("panel.since", lang): UNKNOWN if line is None else _date(line.day, lang),
        _say("panel.said_by", lang): by,
        _say("panel.note", lang): UNKNOWN if line is None or not line.said.note else line.said.note,
    }


def _date(day: date, lang: str) -> str:
    return f"{day:%d/%m/%Y}" if lang == "vi" else day.isoformat()


def _enter(consents: Consents, athlete: Athlete, minor: bool, today: date, lang: str) -> None:
    key = f"consent-{athlete.id}"
    with st.form(key, border=False):
        scopes = st.multiselect(
            _say("panel.scopes", lang),
            list(Scope),
            [Scope.TRAINING, Scope.HEALTH],
            format_func=lambda scope: _say(f"scope.{scope.value}", lang),
            key=f"{key}-scopes",
        )
        day = st.date_input(
            _say("panel.day", lang),
            today,
            max_value=today,
            min_value=date(2000, 1, 1),
            format="DD/MM/YYYY",
            key=f"{key}-day",
        )
        by = st.radio(
            _say("panel.by", lang),
            list(Giver),
            index=1 if minor else 0,
            format_func=lambda giver: _say(f"by.{giver.value}", lang),
            horizontal=True,
            key=f"{key}-by",
        )
        left, right = st.columns(2)
        name = left.text_input(_say("panel.guardian", lang), key=f"{key}-guardian", max_chars=120)
        relation = right.text_input(_say("panel.relation", lang), key=f"{key}-relation", max_chars=60)
        note = st.text_input(_say("panel.note", lang), key=f"{key}-note", max_chars=200)
        child = st.checkbox(_say("panel.child", lang), key=f"{key}-child")
        with st.container(horizontal=True):
            give = st.form_submit_button(
                _say("panel.give", lang), type="primary", icon=":material/check:", key=f"{key}-give"
            )
            withdraw = st.form_submit_button(
                _say("panel.withdraw", lang), icon=":material/block:", key=f"{key}-withdraw"
            )
    if (give or withdraw) and scopes:
        guardian = Giver(by) is Giver.GUARDIAN
        try:
            said = Said(
                Giver.GUARDIAN if guardian else Giver.SELF,
                name if guardian else "",
                relation if guardian else "",
                note,
                True if child else None,
            )
            act = consents.give if give else consents.withdraw
            act(athlete.id, scopes, day, said)
        except TouchlineError as fault:
            st.error(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/error:")
        else:
            st.toast(_say("panel.kept" if give else "panel.withdrawn", lang), icon=":material/check:")
            st.session_state[f"{key}-said"] = "kept" if give else "withdrawn"
            st.rerun()
    if st.session_state.pop(f"{key}-said", None) == "withdrawn":
        st.info(_say("panel.withdrawn", lang), icon=":material/info:")


def _access(archive: Archive, athlete: Athlete, lang: str) -> None:
    with st.expander(_say("panel.access", lang), icon=":material/visibility:"):
        if refused(archive.person, Action.SEE_ACCESS) is not None:
            st.write(_say("panel.access_whose", lang))
            return
        names = {account.id: account.name for account in Accounts(archive.home).all()}
        rows = [
            {
                _say("panel.when", lang): _when(line.at_utc, lang),
                _say("panel.who", lang): names.get(line.account) or line.account or _say("owner", lang),
                _say("panel.what", lang): _say(f"act.{line.act.value}", lang),
            }
            for line in lines_of(archive.store, athlete.id)[:SHOWN_LINES]
        ]
        if rows:
            st.dataframe(rows, hide_index=True, width="stretch")
        else:
            st.write(_say("no_access", lang))


def _when(at_utc: str, lang: str) -> str:
    at = datetime.fromisoformat(at_utc).astimezone()
    return f"{at:%H:%M %d/%m/%Y}" if lang == "vi" else f"{at:%Y-%m-%d %H:%M}"


def _take_out(archive: Archive, athlete: Athlete, lang: str) -> None:
    if refused(archive.person, Action.KEEP_TRAINING) is not None:
        return
    with st.expander(_say("panel.take", lang), icon=":material/folder_zip:"):
        st.caption(_say("panel.export_hint", lang))
        st.download_button(
            _say("panel.download", lang),
            lambda: bytes_of_person(archive, athlete.id),
            f"{athlete.id}.zip",
            "application/zip",
            key=f"person-export-{athlete.id}",
            icon=":material/download:",
            on_click="ignore",
        )


def _erase(archive: Archive, athlete: Athlete, lang: str) -> None:
    if refused(archive.person, Action.ERASE_ATHLETES) is not None:
        return
    key = f"person-erase-{athlete.id}"
    with st.expander(_say("panel.erase", lang), icon=":material/delete_forever:"):
        st.write(_say("panel.erase_what", lang))
        with st.form(key, border=False):
            typed = st.text_input(_say("panel.erase_type", lang, id=athlete.id), key=f"{key}-typed", autocomplete="off")
            pressed = st.form_submit_button(
                _say("panel.erase_do", lang), icon=":material/delete_forever:", key=f"{key}-do"
            )
        if not pressed:
            return
        if typed.strip() != athlete.id:
            st.error(_say("panel.erase_wrong", lang), icon=":material/error:")
            return
        done = erase(archive, athlete.id)
    st.success(_say("panel.erased", lang, rows=number(sum(done.counts.values()), lang)), icon=":material/check_circle:")
    if done.named:
        st.warning(_say("still_named", lang, places=", ".join(done.named)), icon=":material/search:")
    if not done.clean:
        st.info(_say("not_clean", lang), icon=":material/info:")
    st.caption(_say("backups_hold", lang))
