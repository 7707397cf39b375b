"""Another's sign-in: a small OpenID provider on the loopback, Streamlit's own login, and the exchange for a session."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import pytest
import uvicorn
from browser import EVERYBODY, PASSWORD, Address, enter, free_port, serving
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from touchline.accounts.cookie import PLAIN_NAME
from touchline.accounts.kept import Accounts
from touchline.accounts.model import Outcome

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
CLIENT, SECRET = "touchline", "client-secret"
COOKIE_SECRET = "a secret that is long enough to sign cookies with"


@dataclass
class Provider:
    """Vouches for whoever ``claims`` says, as a provider does: discovery, code, token, keys."""

    url: str
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/jwks", self.jwks),
            ]
        )

    async def discovery(self, request: Request) -> JSONResponse:
        """What it can."""
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def authorize(self, request: Request) -> RedirectResponse:
        """Send the browser back with a code, as if somebody had typed their password here."""
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> JSONResponse:
        """Exchange a code once for a token that says who it is."""
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(given["code"])
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.claims}
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    async def jwks(self, request: Request) -> JSONResponse:
        """Its public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    listener = socket.create_server(("127.0.0.1", 0))
    made = Provider(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(made.app(), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield made
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Address]:
    home, port = tmp_path_factory.mktemp("oidc"), free_port()
    file = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    file.write_text(
        f"""
        [auth]
        redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
        cookie_secret = "{COOKIE_SECRET}"
        [auth.club]
        client_id = "{CLIENT}"
        client_secret = "{SECRET}"
        server_metadata_url = "{provider.url}/.well-known/openid-configuration"
        """
    )
    with serving(APP, home, port, secrets__files=file) as found:
        Accounts(home).add("hanh", "Lê Hạnh", ["coach"], email="hanh@example.org")
        yield found


@pytest.fixture
def browser(address: Address) -> Iterator[httpx.Client]:
    """A browser's cookies and redirects without a browser."""
    with httpx.Client(base_url=str(address), headers={"Accept": "text/html"}, follow_redirects=True) as client:
        yield client


def come_in(browser: httpx.Client, provider: Provider, **claims: Any) -> httpx.Response:
    """Go through the whole sign-in as whoever the provider says."""
    provider.claims = claims
    return browser.get("/sign-in/with?provider=club&lang=en")


FETCHED = {"Accept": "*/*"}
GOOD = {"sub": "7", "email": "Hanh@example.org", "email_verified": True}


def test_who_has_an_account_with_a_verified_address_comes_in(
    browser: httpx.Client, provider: Provider, address: Address
) -> None:
    assert 'href="/sign-in/with?provider=club&amp;lang=en"' in browser.get("/sign-in?lang=en").text
    answer = come_in(browser, provider, **GOOD)
    assert (answer.status_code, answer.url.path) == (200, "/")
    passed = [step.headers["location"].partition("?")[0].removeprefix(str(address)) for step in answer.history]
    assert passed == ["/auth/login", f"{provider.url}/authorize", "/oauth2callback", "/", "/"]
    kept = set(browser.cookies.keys())
    assert PLAIN_NAME in kept
    assert not any(name.startswith("_streamlit_user") for name in kept)  # exchanged, and taken away
    assert browser.get("/var/ui/player.js", headers=FETCHED).status_code == 200
    account = Accounts(address.home).find("hanh")
    assert (account.provider, account.must_change) == (True, False)
    assert Accounts(address.home).sign_ins(1)[0].outcome is Outcome.PROVIDER


@pytest.mark.parametrize(
    ("claims", "outcome", "words"),
    [
        ({**GOOD, "email_verified": False}, Outcome.UNVERIFIED, "does not vouch"),
        ({"sub": "7", "email": "hanh@example.org"}, Outcome.UNVERIFIED, "does not vouch"),
        ({**GOOD, "email_verified": "true"}, Outcome.UNVERIFIED, "does not vouch"),
        ({"sub": "7"}, Outcome.UNVERIFIED, "does not vouch"),
        ({**GOOD, "email": "<i>@example.org"}, Outcome.UNKNOWN_EMAIL, "has no account here"),
        ({**GOOD, "sub": "8"}, Outcome.UNKNOWN_EMAIL, "belongs to somebody else"),
    ],
)
def test_others_are_refused_with_a_reason_and_logged(
    browser: httpx.Client, provider: Provider, address: Address, claims: dict[str, Any], outcome: Outcome, words: str
) -> None:
    with httpx.Client(base_url=str(address), headers={"Accept": "text/html"}, follow_redirects=True) as first:
        come_in(first, provider, **GOOD)  # binds the account to its identity
    answer = come_in(browser, provider, **claims)
    assert (answer.status_code, words in answer.text) == (403, True)
    assert "<i>" not in answer.text
    assert PLAIN_NAME not in browser.cookies
    assert not any(name.startswith("_streamlit_user") for name in browser.cookies)
    assert Accounts(address.home).sign_ins(1)[0].outcome is outcome
    assert browser.get("/var/ui/player.js", headers=FETCHED).status_code == 401
    assert browser.get("/").url.path == "/sign-in"  # and the page is there again


def test_a_disabled_account_does_not_come_in(browser: httpx.Client, provider: Provider, address: Address) -> None:
    Accounts(address.home).disable("hanh")
    try:
        assert come_in(browser, provider, **GOOD).status_code == 403
        assert Accounts(address.home).sign_ins(1)[0].outcome is Outcome.DISABLED
    finally:
        Accounts(address.home).enable("hanh")


def test_a_token_that_has_run_out_or_another_nonce_is_nothing(browser: httpx.Client, provider: Provider) -> None:
    for claims in ({**GOOD, "exp": int(time.time()) - 3600}, {**GOOD, "nonce": "another"}, {**GOOD, "aud": "another"}):
        answer = come_in(browser, provider, **claims)
        assert answer.url.path == "/sign-in"
        assert PLAIN_NAME not in browser.cookies


def test_a_cookie_that_streamlit_did_not_sign_is_nothing(browser: httpx.Client, address: Address) -> None:
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    good = f'{{"is_logged_in": true, "provider": "club", "origin": "{address}", "iss": "x", "sub": "7",'
    good += f'"exp": {int(time.time()) + 99}, "email": "hanh@example.org", "email_verified": true}}'
    for text, secret in (
        (good, "another secret, also long enough for it"),
        ("[]", COOKIE_SECRET),
        ("{", COOKIE_SECRET),
    ):
        browser.cookies.set("_streamlit_user", create_signed_value(secret, "_streamlit_user", text).decode())
        assert browser.get("/").url.path == "/sign-in"
        assert PLAIN_NAME not in browser.cookies
        browser.cookies.clear()


def test_a_provider_that_is_not_offered_leads_back(browser: httpx.Client) -> None:
    for name in ("default", "evil", "", "../club"):
        assert browser.get("/sign-in/with", params={"provider": name}).url.path == "/sign-in"
    assert browser.get("/auth/login?provider=forged").url.path == "/sign-in"


def test_passwords_go_on_beside_it(browser: httpx.Client) -> None:
    answer = browser.post("/sign-in", data={"login": EVERYBODY, "password": PASSWORD})
    assert (answer.status_code, answer.url.path) == (200, "/")


@pytest.mark.browser
def test_in_a_real_browser_one_press_leads_in(chromium: Browser, provider: Provider, address: Address) -> None:
    provider.claims = GOOD
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{address}/settings")
    page.get_by_role("link", name="Club").click()
    page.wait_for_url(f"{address}/")
    page.locator(".st-key-visitor button").get_by_text("Lê Hạnh").wait_for()
    enter(context, address)  # and another person in the same browser
    page.goto(f"{address}/")
    page.locator(".st-key-visitor button").get_by_text("Nguyễn Văn An").wait_for()
    context.close()
