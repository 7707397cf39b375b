"""Which rules the reviews of a match follow, and who acts in which role."""

from __future__ import annotations

from datetime import date

import streamlit as st

from touchline.i18n import t
from touchline.rights import Action
from var.model import ReviewRules
from var.panels.again import rerun_part
from var.panels.case.desk import CaseDesk
from var.panels.text import day, label_safe, markdown_safe, refusal
from var.panels.who import barred
from var.rules.choosing import edition_on
from var.rules.consistency import holding
from var.rules.of_match import day_of, usual_rules
from var.rules.pack import Pack


def rules_part(desk: CaseDesk) -> None:
    """Choose pack, format, options and edition; by default those of the competition's newest match."""
    booth, lang = desk.booth, desk.booth.lang
    found = desk.shelf()
    for path, fault in found.refused:
        st.warning(f"{markdown_safe(path)}: {refusal(fault.document(lang))}")
    setup = booth.match.setup
    usual = setup.review or usual_rules(setup, booth.archive.matches())
    if setup.review is None:
        st.markdown(t("var.case.choose_rules", lang))
    packs = {pack.id: pack for pack in found.all()}
    names = list(packs)
    picked = st.selectbox(
        t("var.case.sport", lang),
        names,
        index=names.index(usual.pack) if usual is not None and usual.pack in names else _football(names),
        format_func=lambda name: packs[name].name[lang],
        key="case_pack",
    )
    if picked is None:
        return
    pack = packs[picked]
    edition = _edition(desk, pack, usual)
    holds = edition or _by_date(desk, pack)
    if holds is None:
        st.warning(t("var.case.no_edition", lang, day=day(setup.date, lang) or "–"))
        return
    forms = [form for form in pack.formats if holding(form.editions, holds)]
    chosen = st.radio(
        t("var.case.format", lang),
        [form.id for form in forms],
        index=next((k for k, form in enumerate(forms) if usual is not None and form.id == usual.format), None),
        format_func=lambda name: next(form.name[lang] for form in forms if form.id == name),
        key=f"case_format-{picked}",
    )
    options = [
        name
        for name, option in pack.options.items()
        if holding(option.editions, holds)
        and st.checkbox(
            label_safe(option.name[lang]),
            value=usual is not None and usual.pack == pack.id and name in usual.options,
            key=f"case_option-{picked}-{name}",
        )
    ]
    why = barred(booth.archive, Action.SET_UP, lang)
    if st.button(
        t("var.case.keep_rules", lang),
        type="primary" if setup.review is None else "secondary",
        width="stretch",
        key="case_keep_rules",
        disabled=chosen is None or why is not None,
        help=why,
        icon=":material/menu_book:",
    ):
        assert chosen is not None  # else the button is shut
        desk.save_rules(ReviewRules(pack.id, chosen, tuple(options), edition))
        rerun_part()
    if any(not case.closed for case in desk.sitting.cases):
        st.caption(t("var.case.old_cases_keep", lang))


def _football(names: list[str]) -> int | None:
    return names.index("football") if "football" in names else None


def _by_date(desk: CaseDesk, pack: Pack) -> str | None:
    """The edition that holds on the match's day, or today where no day is known."""
    return edition_on(pack, day_of(desk.booth.match.setup, date.today()))  # noqa: DTZ011 - the day here


def _edition(desk: CaseDesk, pack: Pack, usual: ReviewRules | None) -> str | None:
    """The edition that a competition names, or None for that of the match's day."""
    lang, own = desk.booth.lang, desk.booth.match.setup.review
    by_date = _by_date(desk, pack)
    auto = t("var.case.by_date", lang, edition="–" if by_date is None else pack.editions[by_date].name[lang])
    names = [None, *pack.editions]
    named = own.edition if own is not None and own.pack == pack.id else None
    return st.selectbox(
        t("var.setup.edition", lang),
        names,
        index=names.index(named) if named in names else 0,
        format_func=lambda name: auto if name is None else pack.editions[name].name[lang],
        key=f"case_edition-{pack.id}",
    )


def people_part(desk: CaseDesk) -> None:
    """Who acts in which role: from the match's officials, else typed here; of nobody else is the name known."""
    rules, lang = desk.rules, desk.booth.lang
    if rules is None:
        return
    acting = {desk.role_among(rules, step.by) for step in rules.protocol.steps}
    missing = any(not desk.name_of(rules, role) for role in desk.officials() if role in acting)
    known = [name for _, name in desk.booth.match.setup.officials if name]
    with st.expander(t("var.case.people", lang), icon=":material/group:", expanded=missing):
        for role in desk.officials():
            now = desk.name_of(rules, role)
            names = list(dict.fromkeys([name for name in (now, *known, desk.booth.person) if name]))
            chosen = st.selectbox(
                label_safe(rules.pack.roles[role].name[lang]),
                names,
                index=names.index(now) if now in names else None,
                accept_new_options=True,
                placeholder=t("var.case.name", lang),
                key=f"case_who-{desk.booth.match.id}-{role}",
            )
            if chosen and chosen != now:
                desk.state["names"][role] = chosen
                rerun_part()
