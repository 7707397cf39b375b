"""Who is looking at this page: found by the session that the gate let in, shown at the top with the way out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from touchline.accounts.desk import Desk
from touchline.accounts.gate import SESSION_HEADER
from touchline.accounts.model import SignedIn
from touchline.i18n import t
from touchline.rights import Person, Role

WATCH_S = 5
"""How often a page asks whether its session still holds, so that nobody goes on reading one that ended."""

_CSS = """
button { font: inherit; font-size: 14px; min-height: 44px; min-width: 44px; max-width: 15rem; padding: 2px 12px;
  border: 1px solid #9aa8a1; border-radius: 8px; background: transparent; color: inherit; cursor: pointer;
  display: flex; align-items: center; gap: 8px; white-space: nowrap; }
button b { font-weight: 600; overflow: hidden; text-overflow: ellipsis; }
button:focus-visible { outline: 3px solid #0b7a4b; outline-offset: 1px; }
@media (max-width: 900px) { button b { display: none; } }
"""

_JS = """
export default function ({ data, parentElement }) {
  let form = parentElement.querySelector('form');
  if (!form) {
    form = document.createElement('form');
    form.method = 'post';
    form.append(document.createElement('button'));
    parentElement.append(form);
  }
  form.action = '/sign-out?lang=' + data.lang;
  const button = form.firstChild, name = document.createElement('b');
  name.textContent = data.name;
  button.replaceChildren(name, document.createTextNode(data.out));
  button.title = data.title;
  button.setAttribute('aria-label', data.label);
  const look = async () => {
    const answer = await fetch('/sign-in/state', { cache: 'no-store' }).catch(() => null);
    if (answer?.status === 401) {
      const here = location.pathname + location.search;
      location.replace('/sign-in?ended=1&lang=' + data.lang + '&next=' + encodeURIComponent(here));
    }
  };
  clearInterval(window.__touchline_session);
  window.__touchline_session = setInterval(look, data.every_ms);
  return () => clearInterval(window.__touchline_session);
}
"""


@cache
def _desk(home: Path) -> Desk:
    return Desk(home)


def signed_in(home: Path) -> SignedIn | None:
    """Whose session this page runs under; None where it has ended, or nothing let it in."""
    token = st.context.headers.get(SESSION_HEADER.decode())
    return _desk(home).who(token, used=False) if token else None


def visitor_button(person: Person, lang: str) -> None:
    """The name of who is signed in, the roles on hover, and the way out."""
    roles = ", ".join(t(f"touchline.rights.role.{role.value}", lang) for role in Role if role in person.roles)
    out = t("touchline.accounts.out", lang)
    shown = st.components.v2.component("touchline_visitor", js=_JS, css=_CSS)
    shown(
        key="visitor",
        data={
            "lang": lang,
            "name": person.name,
            "out": out,
            "title": f"{person.name} · {roles}",
            "label": f"{out}: {person.name}, {roles}",
            "every_ms": WATCH_S * 1000,
        },
    )


def sign_in_again(lang: str) -> None:
    """What stands on a page whose session has ended."""
    st.warning(t("touchline.accounts.ended", lang), icon=":material/lock:")
    st.link_button(t("touchline.accounts.go", lang), f"/sign-in?lang={lang}", type="primary")
