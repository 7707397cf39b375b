"""The plain pages for devices of the network, without a script: joining by a key, and a viewer's list of matches."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from touchline.i18n import t
from touchline.plain_page import page
from var.serve.keys import Role
from var.serve.venue import Venue, Watchable


def join_page(venue: Venue, lang: str, *, role: Role | None = None, fault: str = "") -> str:
    """The page that asks for the key; ``fault`` is a text of what was wrong with the last one."""
    said = [f"<h1>{_t('join_title', lang)}</h1>"]
    if fault:
        said.append(f"<p role=alert>✕ {escape(fault)}</p>")
    if role is not None:
        target, words = ("/", "joined_operator") if role is Role.OPERATOR else ("/watch", "joined_viewer")
        said.append(f'<p>✓ {_t(words, lang)}</p><a class=go href="{target}">{_t("go_on", lang)}</a>')
    said.append(
        f'<form method=post action="/join?lang={lang}"><label for=key>{_t("key", lang)}</label>'
        "<input id=key name=key required maxlength=40 autocomplete=off autocapitalize=characters spellcheck=false>"
        f"<button>{_t('join', lang)}</button></form>"
    )
    said.append(f"<p>{_t('where_is_the_key', lang)}</p>")
    said.append(
        f"<h2>{_t('warning_title', lang)}</h2><p>{_t('warning', lang)}</p>"
        f'<p><a href="/join/touchline-ca.crt">{_t("download_ca", lang)}</a><br>'
        f"{_t('ca_fingerprint', lang)}<br><code>{escape(venue.issued.authority_fingerprint)}</code></p>"
    )
    return page(said, lang, "/join")


def watch_page(matches: Sequence[Watchable], lang: str) -> str:
    """The list of clean screens for a viewer."""
    said = [f"<h1>{_t('watch_title', lang)}</h1>"]
    for match in matches:
        live = f"<b>● {_t('live', lang)}</b>" if match.live else ""
        address = f"/var/{quote(match.match_id, safe='')}/screen?lang={lang}"
        said.append(f'<a class=go href="{escape(address)}"><span>{escape(match.name)}</span>{live}</a>')
    said.append(f"<p>{_t('watch_hint' if matches else 'watch_empty', lang)}</p>")
    return page(said, lang, "/watch")


def refused_page(lang: str) -> str:
    """What a viewer gets that goes where only operators may."""
    said = [f"<h1>{_t('only_watching', lang)}</h1>", f"<p>{_t('only_watching_hint', lang)}</p>"]
    said.append(f'<a class=go href="/watch">{_t("watch_title", lang)}</a>')
    said.append(f'<p><a href="/join?lang={lang}">{_t("other_key", lang)}</a></p>')
    return page(said, lang, "/join")


def _t(key: str, lang: str) -> str:
    return escape(t(f"var.serve.{key}", lang))
