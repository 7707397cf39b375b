"""A plain HTTP client for tests of the running app: one request a connection, cookies as they are given."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

WITHIN_S = 30
PAGE = {"Accept": "text/html"}
"""What a browser sends that opens a page."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cookies(self) -> list[str]:
        """The cookies that it sets, with their flags."""
        return self.headers.get_all("set-cookie") or []

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def ask(address: str, method: str, path: str, cookie: str = "", body: bytes | None = None, **headers: str) -> Answer:
    """Ask a server; underscores in names of headers become dashes."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=WITHIN_S)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, {**({"Cookie": cookie} if cookie else {}), **sent})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def post(address: str, path: str, fields: dict[str, Any], cookie: str = "", **headers: str) -> Answer:
    """Send a form."""
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    return ask(address, "POST", path, cookie, urlencode(fields, doseq=True).encode(), **kind, **headers)


def sign_in(address: str, login: str, password: str) -> str:
    """Sign in as a browser does; the cookie of the session, as requests carry it."""
    answer = post(address, "/sign-in", {"login": login, "password": password})
    assert answer.status == 303, answer.text
    return next(each for each in answer.cookies if "touchline_session=" in each).partition(";")[0]


def opened(address: str, path: str, cookie: str = "", **headers: str) -> int:
    """The status with which a WebSocket is answered; 101 is a yes."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | ({"Cookie": cookie} if cookie else {})
    try:
        with connect(f"ws{address.removeprefix('http')}{path}", additional_headers=sent, open_timeout=WITHIN_S):
            return 101
    except InvalidStatus as refused:
        return int(refused.response.status_code)


def closing_code(socket: Any) -> int:
    """The code with which the other side closes a WebSocket, whatever it says before."""
    with pytest.raises(ConnectionClosed) as ended:
        while True:
            socket.recv(timeout=WITHIN_S)
    assert ended.value.rcvd is not None
    return int(ended.value.rcvd.code)
