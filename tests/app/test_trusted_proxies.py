"""Where a request came from, over HTTP: the peer, or what a proxy says that the operator named, and nobody else."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from browser import EVERYBODY, PASSWORD, serving
from wire import Answer, post

from touchline.accounts.cookie import PLAIN_NAME, SECURE_NAME
from touchline.accounts.kept import Accounts
from touchline.accounts.panels.proxies import PROXIES, proxies_of
from touchline.attempts import ATTEMPTS
from touchline.errors import BadValue

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def tried(address: str, password: str = "wrong", **headers: str) -> Answer:
    return post(address, "/sign-in", {"login": EVERYBODY, "password": password}, **headers)


def test_a_forged_address_escapes_no_slow_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROXIES, raising=False)
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with serving(APP, tmp_path) as address:
        signed = tried(address, PASSWORD, X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
        assert signed.cookies[0].startswith(f"{PLAIN_NAME}=")  # nor does a header make a connection safe
        for number in range(ATTEMPTS + 1):
            answer = tried(address, X_Forwarded_For=f"203.0.113.{number}")
            assert answer.status == (429 if number == ATTEMPTS else 403)
    assert {each.sender for each in Accounts(tmp_path).sign_ins()} == {"127.0.0.1"}


def test_a_proxy_that_was_named_says_who_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROXIES, "127.0.0.1, 10.0.0.0/24")
    with serving(APP, tmp_path) as address:
        signed = tried(address, PASSWORD, X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
        assert signed.cookies[0].startswith(f"{SECURE_NAME}=")
        for number in range(ATTEMPTS + 1):  # what a client wrote before its proxy did is not believed
            answer = tried(address, X_Forwarded_For=f"198.51.100.{number}, 203.0.113.5, 10.0.0.7")
            assert answer.status == (429 if number == ATTEMPTS else 403)
        assert tried(address, X_Forwarded_For="203.0.113.6").status == 403  # others go on
        assert tried(address).status == 403  # who comes without the proxy is the peer
    senders = {each.sender for each in Accounts(tmp_path).sign_ins()}
    assert senders == {"203.0.113.9", "203.0.113.5", "203.0.113.6", "127.0.0.1"}


def test_proxies_are_addresses_and_networks() -> None:
    assert proxies_of(" , ") == []
    assert proxies_of("::1") == ["::1/128"]
    here, mapped = proxies_of("127.0.0.1")
    assert ip_address("127.0.0.1") in ip_network(here)
    assert ip_address("::ffff:127.0.0.1") in ip_network(mapped)  # as a socket for both kinds of address sees it
    assert ip_address("::ffff:127.0.0.2") not in ip_network(mapped)
    _, mapped, own = proxies_of("10.0.0.0/24, fd00::/64")
    assert ip_address("::ffff:10.0.0.255") in ip_network(mapped)
    assert ip_address("::ffff:10.0.1.0") not in ip_network(mapped)
    assert own == "fd00::/64"


@pytest.mark.parametrize("value", ["*", "localhost", "127.0.0.1:8080", "10.0.0.1/24", "127.0.0.1 10.0.0.1"])
def test_what_is_no_address_is_named(value: str) -> None:
    with pytest.raises(BadValue, match=PROXIES) as refused:
        proxies_of(f"127.0.0.1,{value}")
    assert value in refused.value.detail("vi")
