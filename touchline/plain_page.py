"""The frame of plain pages: without a script, in both languages, for dark rooms and big thumbs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from touchline.asgi import Headers
from touchline.i18n import LANGUAGES, t

_STYLE = """
:root { color-scheme: light dark; --line: #7a8a83; --go: #0b7a4b; }
body { font: 18px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 20px; }
h1 { font-size: 1.5rem; margin: .4em 0; } h2 { font-size: 1.05rem; margin: 1.6em 0 .3em; }
input, button, a.go { font: inherit; min-height: 56px; box-sizing: border-box; width: 100%; border-radius: 10px; }
input { padding: 0 14px; border: 2px solid var(--line); font-size: 1.2rem; margin: .3em 0 .8em; }
input#key { font-size: 1.5rem; letter-spacing: .12em; text-transform: uppercase; }
label.tick { display: flex; align-items: center; min-height: 48px; gap: 12px; cursor: pointer; }
label.tick input { width: 26px; min-height: 26px; margin: 0; flex: none; accent-color: var(--go); }
fieldset { border: 2px solid var(--line); border-radius: 10px; margin: .6em 0 1em; }
button, a.go { background: var(--go); color: #fff; border: 0; font-weight: 600; cursor: pointer; }
a.go { display: flex; align-items: center; padding: 8px 16px; margin: .6em 0; text-decoration: none; }
a.go b { margin-left: auto; padding-left: 12px; white-space: nowrap; }
nav { text-align: right; } nav a, p a { display: inline-block; padding: 10px 4px; color: inherit; }
[role=alert] { border: 2px solid #b3261e; border-left-width: 10px; border-radius: 8px; padding: 10px 14px; }
small { display: block; opacity: .85; }
code { font-size: .82rem; overflow-wrap: anywhere; }
"""

# "same-origin": an address with a one-time code goes nowhere else, and forms still say where they come from.
HEADERS: Headers = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
)


def page(said: Sequence[str], lang: str, path: str) -> str:
    """A whole page of the pieces of HTML ``said``; the other language of it is at ``path`` (query included)."""
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    place = escape(f"{path}{'&' if '?' in path else '?'}lang={other}")
    switch = f'<nav><a href="{place}" lang={other}>{escape(t("touchline.app.language_name", other))}</a></nav>'
    return (
        f'<!doctype html><html lang={lang}><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>Touchline</title><style>{_STYLE}</style>{switch}{''.join(said)}</html>"
    )
