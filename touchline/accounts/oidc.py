"""Another's sign-in (OpenID Connect) through Streamlit's own login, where ``[auth]`` stands in its secrets.

Streamlit's routes speak with the provider, check its token and leave a signed cookie. That cookie is exchanged here for
a session of ours and then taken away: rights hang on accounts that an administrator made, never on the cookie.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from touchline.accounts.counter import Vouched
from touchline.asgi import Headers

DEFAULT = "default"
"""What Streamlit calls the provider that has no name of its own."""
_EXCHANGE = frozenset({"/auth/login", "/oauth2callback"})


class StreamlitLogin:
    """The sign-in of whoever is named in Streamlit's secrets (``touchline.accounts.counter.Provider``)."""

    def offers(self) -> Mapping[str, str]:
        """The providers by name with what people know them by: the section's name, else the provider's host."""
        section = _section()
        if not section.get("redirect_uri") or not section.get("cookie_secret"):
            return {}
        found = {
            str(name): str(name).capitalize()
            for name, part in section.items()
            if isinstance(part, Mapping) and part.get("client_id")
        }
        if section.get("client_id"):
            found = {DEFAULT: urlsplit(str(section.get("server_metadata_url", ""))).hostname or "OIDC", **found}
        return found

    def way_in(self, name: str) -> str | None:
        """Where a browser begins; the address holds for two minutes."""
        from streamlit.auth_util import encode_provider_token

        if name not in self.offers():
            return None
        return f"/auth/login?provider={quote(encode_provider_token(name), safe='')}"

    def opens(self, path: str) -> bool:
        """Whether ``path`` is one of Streamlit's routes for the exchange, and a provider is there."""
        return path in _EXCHANGE and bool(self.offers())

    def vouched(self, cookies: Mapping[str, str]) -> Vouched | None:
        """Whom the cookie of Streamlit's login vouches for, as long as the provider's own token holds."""
        from streamlit.auth_util import get_origin_from_redirect_uri

        if not any(name in cookies for name in _names()):
            return None
        offered = self.offers()
        claims = _claims(cookies) if offered else None
        if claims is None or claims.get("provider") not in offered or claims.get("is_logged_in") is not True:
            return None
        expires, issuer, subject = claims.get("exp"), claims.get("iss"), claims.get("sub")
        fresh = isinstance(expires, int | float) and expires > time.time()
        if claims.get("origin") != get_origin_from_redirect_uri() or not (fresh and issuer and subject):
            return None
        email = claims.get("email")
        sure = isinstance(email, str) and claims.get("email_verified") is True
        return Vouched(str(email) if sure else None, f"{issuer} {subject}", str(email or subject))

    def clearing(self, cookies: Mapping[str, str]) -> Headers:
        """The headers that take away what Streamlit's login left, pieces of long cookies too."""
        return [
            (b"set-cookie", f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax".encode("latin-1", "replace"))
            for name in cookies
            if any(name == own or (name.startswith(f"{own}_") and name[len(own) + 1 :].isdigit()) for own in _names())
        ]


def _names() -> tuple[str, str]:
    from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

    return USER_COOKIE_NAME, TOKENS_COOKIE_NAME


def _section() -> Mapping[str, Any]:
    from streamlit.auth_util import get_secrets_auth_section

    section: Mapping[str, Any] = get_secrets_auth_section()
    return section


def _claims(cookies: Mapping[str, str]) -> dict[str, Any] | None:
    """What the signed cookie says; None where it is none, or of another secret."""
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value.encode("latin-1"))

    text = get_cookie_with_chunks(one, _names()[0])
    try:
        claims = json.loads(text) if text is not None else None
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None
