"""The cookie of a session: out of scripts' reach, never sent along by other sites, and on HTTPS never without it."""

from __future__ import annotations

from touchline.accounts.model import ABSOLUTE
from touchline.asgi import Caller

PLAIN_NAME = "touchline_session"
SECURE_NAME = "__Host-touchline_session"
"""Browsers take a cookie of this name from this very host over HTTPS alone (RFC 6265bis, 4.1.3.2)."""


def name(*, secure: bool) -> str:
    """What the cookie is called; on either kind of connection only its own name counts."""
    return SECURE_NAME if secure else PLAIN_NAME


def token_of(caller: Caller) -> str:
    """The token that a request brings; empty where it brings none."""
    return caller.cookies.get(name(secure=caller.secure), "")


def setting(token: str, *, secure: bool) -> tuple[bytes, bytes]:
    """The header that gives a browser its session."""
    return _header(token, int(ABSOLUTE.total_seconds()), secure)


def clearing(*, secure: bool) -> tuple[bytes, bytes]:
    """The header that takes it away."""
    return _header("", 0, secure)


def _header(token: str, age_s: int, secure: bool) -> tuple[bytes, bytes]:
    kept = f"{name(secure=secure)}={token}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax"
    return b"set-cookie", (kept + ("; Secure" if secure else "")).encode("latin-1")
