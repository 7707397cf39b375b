"""The plain pages for devices of the network, without a script: joining by a key, and a viewer's list of matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from touchline.i18n import LANGUAGES, t
from var.serve.keys import Role
from var.serve.venue import Venue, Watchable

_STYLE = """
:root { color-scheme: light dark; --line: #7a8a83; --go: #0b7a4b; }
body { font: 18px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 20px; }
h1 { font-size: 1.5rem; margin: .4em 0; } h2 { font-size: 1.05rem; margin: 1.6em 0 .3em; }
input, button, a.go { font: inherit; min-height: 56px; box-sizing: border-box; width: 100%; border-radius: 10px; }
input { padding: 0 14px; border: 2px solid var(--line); font-size: 1.5rem; letter-spacing: .12em;
  text-transform: uppercase; margin: .3em 0 .8em; }
button, a.go { background: var(--go); color: #fff; border: 0; font-weight: 600; cursor: pointer; }
a.go { display: flex; align-items: center; padding: 8px 16px; margin: .6em 0; text-decoration: none; }
a.go b { margin-left: auto; padding-left: 12px; white-space: nowrap; }
nav { text-align: right; } nav a, p a { display: inline-block; padding: 10px 4px; color: inherit; }
[role=alert] { border: 2px solid #b3261e; border-left-width: 10px; border-radius: 8px; padding: 10px 14px; }
code { font-size: .82rem; overflow-wrap: anywhere; }
"""

HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
)


def language(query: Mapping[str, Sequence[str]], cookies: Mapping[str, str], accepted: str) -> str:
    """The language of a device: asked for in the address, remembered, or its browser's, else Vietnamese."""
    asked = [*query.get("lang", ()), cookies.get("touchline_lang", "")]
    chosen = next((lang for lang in asked if lang in LANGUAGES), None)
    if chosen:
        return chosen
    spoken = [entry.partition(";")[0].strip().lower()[:2] for entry in accepted.split(",")]
    return next((lang for lang in spoken if lang in LANGUAGES), LANGUAGES[0])


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
    return _page(said, lang, "/join")


def watch_page(matches: Sequence[Watchable], lang: str) -> str:
    """The list of clean screens for a viewer."""
    said = [f"<h1>{_t('watch_title', lang)}</h1>"]
    for match in matches:
        live = f"<b>● {_t('live', lang)}</b>" if match.live else ""
        address = f"/var/{quote(match.match_id, safe='')}/screen?lang={lang}"
        said.append(f'<a class=go href="{escape(address)}"><span>{escape(match.name)}</span>{live}</a>')
    said.append(f"<p>{_t('watch_hint' if matches else 'watch_empty', lang)}</p>")
    return _page(said, lang, "/watch")


def refused_page(lang: str) -> str:
    """What a viewer gets that goes where only operators may."""
    said = [f"<h1>{_t('only_watching', lang)}</h1>", f"<p>{_t('only_watching_hint', lang)}</p>"]
    said.append(f'<a class=go href="/watch">{_t("watch_title", lang)}</a>')
    said.append(f'<p><a href="/join?lang={lang}">{_t("other_key", lang)}</a></p>')
    return _page(said, lang, "/join")


def _t(key: str, lang: str) -> str:
    return escape(t(f"var.serve.{key}", lang))


def _page(said: Sequence[str], lang: str, path: str) -> str:
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    switch = (
        f'<nav><a href="{path}?lang={other}" lang={other}>{escape(t("touchline.app.language_name", other))}</a></nav>'
    )
    return (
        f'<!doctype html><html lang={lang}><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>Touchline</title><style>{_STYLE}</style>{switch}{''.join(said)}</html>"
    )
