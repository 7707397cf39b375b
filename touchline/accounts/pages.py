"""The plain pages of signing in: HTML of the server's, without a script, in both languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from urllib.parse import quote

from touchline.accounts.passwords import SHORTEST
from touchline.i18n import t
from touchline.plain_page import page
from touchline.rights import Person, Role

_LOGIN = "required maxlength=64 autocomplete=username autocapitalize=none spellcheck=false"


def sign_in_page(
    lang: str,
    *,
    place: str,
    login: str = "",
    fault: str = "",
    said: str = "",
    providers: Mapping[str, str] | None = None,
) -> str:
    """Login and password; ``place`` is where it goes on, ``providers`` are other sign-ins by name and label."""
    parts = [_h1("title", lang), _alert(fault), f"<p>{escape(said)}</p>" if said else ""]
    parts.append(
        f'<form method=post action="/sign-in?lang={lang}">{_hidden("next", place)}'
        + _field(
            "login", lang, login, "required maxlength=64 autocomplete=username autocapitalize=none spellcheck=false"
        )
        + _field("password", lang, "", "required maxlength=200 type=password autocomplete=current-password")
        + f"<button>{_t('go', lang)}</button></form>"
    )
    for name, label in (providers or {}).items():
        address = f"/sign-in/with?provider={quote(name, safe='')}&lang={lang}"
        parts.append(
            f'<a class=go href="{escape(address)}">{escape(t("touchline.accounts.with", lang, provider=label))}</a>'
        )
    parts.append(f"<p>{_t('forgotten', lang)}</p>")
    return page(parts, lang, f"/sign-in?next={quote(place, safe='')}")


def first_page(
    lang: str, code: str, *, login: str = "", name: str = "", ticked: Collection[str] | None = None, fault: str = ""
) -> str:
    """The first start: who administers, and what else this person does."""
    parts = [_h1("first_title", lang), _alert(fault), f"<p>{_t('first_words', lang)}</p>"]
    ticks = "".join(
        f"<label class=tick><input type=checkbox name=role value={role.value}{_ticked(role, ticked)}>"
        f"<span>{escape(t(f'touchline.rights.role.{role.value}', lang))}"
        f"<small>{_t(f'does_{role.value}', lang)}</small></span></label>"
        for role in Role
        if role is not Role.ADMINISTRATOR
    )
    parts.append(
        f'<form method=post action="/sign-in?lang={lang}">{_hidden("first", code)}'
        + _field("name", lang, name, "required maxlength=120 autocomplete=name")
        + _field(
            "login", lang, login, "required maxlength=64 autocomplete=username autocapitalize=none spellcheck=false"
        )
        + _new_password(lang)
        + f"<fieldset><legend>{_t('further_roles', lang)}</legend>"
        + f"<small>{_t('one_person', lang)}</small>{ticks}</fieldset>"
        + f"<button>{_t('create', lang)}</button></form>"
    )
    return page(parts, lang, f"/sign-in?first={quote(code, safe='')}")


def waiting_page(lang: str) -> str:
    """On this machine before the first start, without its code."""
    return page([_h1("first_title", lang), f"<p>{_t('open_the_link', lang)}</p>"], lang, "/sign-in")


def closed_page(lang: str, path: str) -> str:
    """For the network before the first start."""
    return page([_h1("closed_title", lang), f"<p>{_t('closed_words', lang)}</p>"], lang, path)


def fault_page(lang: str, detail: str, hint: str, *, go_on: str = "/sign-in") -> str:
    """A refusal as a page, with the way on."""
    parts = [_alert(detail), f"<p>{escape(hint)}</p>", f'<a class=go href="{escape(go_on)}">{_t("go_on", lang)}</a>']
    return page(parts, lang, "/sign-in")


def account_page(lang: str, person: Person, login: str) -> str:
    """Who is signed in here, and the ways from here."""
    roles = ", ".join(t(f"touchline.rights.role.{role.value}", lang) for role in Role if role in person.roles)
    parts = [
        f"<h1>{escape(person.name)}</h1><p>{escape(login)} · {escape(roles)}</p>",
        f'<a class=go href="/">{_t("go_on", lang)}</a>',
        f'<a class=go href="/password?lang={lang}">{_t("change", lang)}</a>',
        f'<form method=post action="/sign-out?lang={lang}"><button>{_t("out", lang)}</button></form>',
    ]
    return page(parts, lang, "/sign-in")


def password_page(lang: str, login: str, *, must: bool, place: str = "/", fault: str = "") -> str:
    """Another password; ``must``: the one that was given serves once. ``place`` is where it goes on."""
    parts = [_h1("change_title", lang), _alert(fault)]
    if must:
        parts.append(f"<p>{_t('must_change', lang)}</p>")
    parts.append(
        f'<form method=post action="/password?lang={lang}">{_hidden("next", place)}'
        f'<input type=hidden name=username autocomplete=username value="{escape(login)}">'
        + _field("old", lang, "", "required maxlength=200 type=password autocomplete=current-password")
        + _new_password(lang)
        + f"<button>{_t('keep', lang)}</button></form>"
    )
    return page(parts, lang, f"/password?next={quote(place, safe='')}")


def _new_password(lang: str) -> str:
    kind = f"required minlength={SHORTEST} maxlength=200 type=password autocomplete=new-password"
    return _field("new", lang, "", kind) + _field("again", lang, "", kind)


def _field(name: str, lang: str, value: str, attributes: str) -> str:
    label = escape(t(f"touchline.accounts.field.{name}", lang))
    return f'<label for={name}>{label}</label><input id={name} name={name} value="{escape(value)}" {attributes}>'


def _hidden(name: str, value: str) -> str:
    return f'<input type=hidden name={name} value="{escape(value)}">'


def _ticked(role: Role, ticked: Collection[str] | None) -> str:
    return " checked" if ticked is None or role.value in ticked else ""


def _alert(fault: str) -> str:
    return f"<p role=alert>✕ {escape(fault)}</p>" if fault else ""


def _h1(key: str, lang: str) -> str:
    return f"<h1>{_t(key, lang)}</h1>"


def _t(key: str, lang: str) -> str:
    return escape(t(f"touchline.accounts.{key}", lang))
