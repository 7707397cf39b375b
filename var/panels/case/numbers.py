"""The reviews of a match in numbers, beside what was published of many matches."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path

import streamlit as st

from touchline.i18n import UNKNOWN, number, t
from touchline.rights import Action
from var.decisions.summary import BASELINE
from var.export.numbers import write_numbers
from var.panels.case.desk import CaseDesk
from var.panels.text import markdown_safe
from var.panels.who import barred

ROWS = (
    "checks",
    "reviews",
    "median_check_s",
    "longest_check_s",
    "median_review_s",
    "changed",
    "not_reviewed",
    "failures",
)


def numbers_part(desk: CaseDesk) -> None:
    """Draw the numbers; a dash where nothing was recorded."""
    lang = desk.booth.lang
    found = desk.sitting.summary(desk.now())
    published = {
        "checks": number(BASELINE["checks_a_match"], lang, 1),
        "median_check_s": f"{number(BASELINE['median_check_s'], lang)} s",
    }
    lines = []
    for name in ROWS:
        value = getattr(found, name)
        shown = f"{number(value, lang, 1)} s" if name.endswith("_s") and value is not None else number(value, lang)
        lines.append(
            f"<tr><th scope=row>{escape(t(f'var.case.number.{name}', lang))}</th><td>{escape(shown)}</td>"
            f"<td>{escape(published.get(name, ''))}</td></tr>"
        )
    head = "".join(f"<th scope=col>{escape(t(key, lang))}</th>" for key in ("var.case.here", "var.case.published"))
    st.html(
        f'<table class="case_numbers"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    )
    for each in found.requests:
        team = markdown_safe(UNKNOWN if each.side is None else _team(desk, each.side))
        asked = markdown_safe(_asked(desk, each.request))
        counts = {name: number(getattr(each, name), lang) for name in ("made", "kept", "lost", "left")}
        st.caption(t("var.decisions.cli.requests", lang, side=team, request=asked, **counts))
    st.caption(
        t(
            "var.decisions.cli.baseline",
            lang,
            matches=number(BASELINE["matches"], lang),
            a_match=number(BASELINE["checks_a_match"], lang, 1),
            median=number(BASELINE["median_check_s"], lang),
            without=number(BASELINE["without_review_percent"], lang, 1),
            source=BASELINE["source"],
        )
    )
    _paper(desk)


def _team(desk: CaseDesk, side: str) -> str:
    """A side by its team's name, else as home or away."""
    setup = desk.booth.match.setup
    names = {"home": setup.home.name, "away": setup.away.name}
    return names.get(side) or (t(f"var.setup.{side}", desk.booth.lang) if side in names else side)


def _asked(desk: CaseDesk, request: str) -> str:
    """A request in the words of the rules that it was made under."""
    books = [case.rules for case in desk.sitting.cases if case.asked is not None and case.asked.request == request]
    found = books[-1].format.request(request) if books else None
    return request if found is None else found.name[desk.booth.lang]


def _paper(desk: CaseDesk) -> None:
    """The same as a PDF, made when it is asked for."""
    booth = desk.booth
    why = barred(booth.archive, Action.REPORT, booth.lang)

    def made() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return write_numbers(
                booth.archive, booth.match.id, Path(folder) / "numbers.pdf", lang=booth.lang
            ).read_bytes()

    st.download_button(
        t("var.case.numbers_pdf", booth.lang),
        made,
        file_name=f"{booth.match.id}-reviews.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        key="case_numbers_pdf",
        disabled=why is not None,
        help=why,
        on_click="ignore",
    )
