"""Serving on the venue's network: certificate, keys, the door, and a real server with real TLS and a real browser."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from barcoded import READ_BARS_JS, make_match
from browser import EVERYBODY, PASSWORD, add_account, enter, free_port, session
from hypothesis import given
from hypothesis import strategies as some
from playwright.sync_api import Browser, Page

from touchline.accounts.cookie import SECURE_NAME
from touchline.asgi import is_loopback
from touchline.attempts import ATTEMPTS, WINDOW_S, Attempts
from touchline.commands import schemas
from touchline.errors import BadFile, BadValue
from var.archive import Archive
from var.model import Match
from var.serve.addresses import host_names, lan_addresses
from var.serve.certificate import NETWORKS, certificate
from var.serve.door import COOKIE, Door
from var.serve.keys import KEY_SIGNS, Keys, Role, load_keys
from var.serve.listener import FIRST_REQUEST_WITHIN_S, MOST_GREETED, MOST_OF_ONE, bind
from var.serve.venue import Venue, Watchable, open_venue
from var.timeline import Timeline

ROOT = Path(__file__).resolve().parents[2]
HOME_NET = [ip_address("192.168.1.20"), ip_address("fd00::20")]
SERVE = "import sys; from touchline.cli import main; sys.exit(main(sys.argv[1:]))"


# ------------------------------------------------------------------ certificate


def handshake(server: ssl.SSLContext, authority: Path, name: str) -> None:
    """A whole TLS handshake in memory with a client that trusts ``authority`` alone; raises where it does not trust."""
    client = ssl.create_default_context(cafile=str(authority))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(4):
        for end in ends:
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()


def test_the_certificate_is_trusted_by_address_and_name_and_kept_until_something_changes(tmp_path: Path) -> None:
    folder = tmp_path / "serve"
    first = certificate(folder, HOME_NET, ["booth", "booth.local"])
    for name in ("192.168.1.20", "fd00::20", "127.0.0.1", "::1", "localhost", "booth", "booth.local"):
        handshake(first.context(), first.authority, name)
    for name in ("192.168.1.21", "example.com"):
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(first.context(), first.authority, name)
    assert first.outside == ()
    assert certificate(folder, HOME_NET[::-1], ["booth", "booth.local"]).fingerprint == first.fingerprint
    moved = certificate(folder, [ip_address("10.0.0.7")], ["booth", "booth.local"])
    assert moved.fingerprint != first.fingerprint
    assert moved.authority_fingerprint == first.authority_fingerprint  # a phone that trusts us goes on trusting us
    handshake(moved.context(), moved.authority, "10.0.0.7")


def test_it_is_renewed_before_it_ends_and_a_clock_that_is_behind_does_not_matter(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = certificate(tmp_path, HOME_NET, ["booth"], now=now)
    assert certificate(tmp_path, HOME_NET, ["booth"], now=now + timedelta(days=59)).fingerprint == first.fingerprint
    later = certificate(tmp_path, HOME_NET, ["booth"], now=now + timedelta(days=61))
    assert later.fingerprint != first.fingerprint
    assert later.authority_fingerprint == first.authority_fingerprint
    back = certificate(tmp_path, HOME_NET, ["booth"], now=now)  # its clock was set back two months
    assert datetime.fromisoformat(back.expires_utc) > now
    handshake(back.context(), back.authority, "192.168.1.20")
    in_ten_years = certificate(tmp_path, HOME_NET, ["booth"], now=now + timedelta(days=3600))
    assert in_ten_years.authority_fingerprint != first.authority_fingerprint


def test_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "serve"
    certificate(folder, HOME_NET, ["booth"])
    load_keys(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("ca.key", "server.key", "keys.json")} == {0o600}
    (folder / "ca.key").chmod(0o644)  # such as by a careless copy
    certificate(folder, HOME_NET, ["booth"])
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600


def test_the_authority_cannot_vouch_for_the_rest_of_the_web(tmp_path: Path) -> None:
    """Even a stolen authority key makes no certificate for other names: browsers and OpenSSL refuse it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    issued = certificate(tmp_path, [*HOME_NET, ip_address("8.8.8.8")], ["booth"])
    assert issued.outside == ("8.8.8.8",)  # said, and left out
    authority = x509.load_pem_x509_certificate(issued.authority.read_bytes())
    key = serialization.load_pem_private_key((tmp_path / "ca.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    own = ec.generate_private_key(ec.SECP256R1())
    for place, name in (
        (x509.DNSName("example.com"), "example.com"),
        (x509.IPAddress(ip_address("8.8.8.8")), "8.8.8.8"),
    ):
        forged = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(authority.subject)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(authority.not_valid_before_utc)
            .not_valid_after(datetime.now(UTC) + timedelta(days=9))
            .add_extension(x509.SubjectAlternativeName([place]), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = tmp_path / "forged.pem"
        secret = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem.write_bytes(secret + forged.public_bytes(serialization.Encoding.PEM))
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pem)
        with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
            handshake(server, issued.authority, name)


@pytest.mark.parametrize("name", ["ca.key", "ca.pem", "server.key", "server.pem"])
@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END"])
def test_a_damaged_certificate_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    certificate(tmp_path, HOME_NET, ["booth"])
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadFile, match=str(tmp_path)):
        certificate(tmp_path, HOME_NET, ["booth"])


def test_a_key_of_another_certificate_is_not_served(tmp_path: Path) -> None:
    certificate(tmp_path / "a", HOME_NET, ["booth"])
    certificate(tmp_path / "b", HOME_NET, ["booth"])
    (tmp_path / "a" / "server.key").write_bytes((tmp_path / "b" / "server.key").read_bytes())
    with pytest.raises(BadFile):
        certificate(tmp_path / "a", HOME_NET, ["booth"])
    certificate(tmp_path / "c", HOME_NET, ["booth"])
    for suffix in ("key", "pem"):  # a whole pair, but of another authority: a new one is made
        (tmp_path / "c" / f"server.{suffix}").write_bytes((tmp_path / "b" / f"server.{suffix}").read_bytes())
    issued = certificate(tmp_path / "c", HOME_NET, ["booth"])
    handshake(issued.context(), issued.authority, "192.168.1.20")


# ------------------------------------------------------------------ addresses and keys


def test_the_addresses_are_those_that_others_can_open() -> None:
    for address in lan_addresses():
        assert not address.is_loopback
        with socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET) as probe:
            probe.bind((str(address), 0))  # it is really ours
    assert all(name == name.lower() for name in host_names())
    assert [is_loopback(host) for host in ("127.3.2.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "", "x")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_keys_are_typed_in_any_way_and_renewed_on_demand(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    assert load_keys(tmp_path) == keys
    assert len(keys.operator.replace("-", "")) == KEY_SIGNS
    for role in Role:
        typed = keys.of(role)
        for way in (typed, typed.lower(), typed.replace("-", ""), f" {typed.replace('-', ' ')} "):
            assert keys.role_of_key(way) is role
        assert keys.role_of_cookie(keys.cookie(role)) is role
    renewed = load_keys(tmp_path, renew=True)
    assert {renewed.operator, renewed.viewer}.isdisjoint({keys.operator, keys.viewer})
    assert [renewed.role_of_cookie(keys.cookie(role)) for role in Role] == [None, None]
    viewer = keys.cookie(Role.VIEWER)
    assert keys.role_of_cookie(viewer.replace("viewer", "operator")) is None
    assert keys.role_of_cookie(replace(keys, secret=secrets.token_bytes(32)).cookie(Role.OPERATOR)) is None


@given(some.text(max_size=40))
def test_no_other_text_is_a_key_or_a_cookie(text: str) -> None:
    keys = KEYS
    bare = "".join(sign for sign in text.upper() if sign.isalnum())
    expected = {keys.of(role).replace("-", ""): role for role in Role}.get(bare)
    assert keys.role_of_key(text) is expected
    assert keys.role_of_cookie(text) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"operator": "A", "viewer": "B", "secret": "00"}'])
def test_damaged_keys_are_named_and_made_anew_on_demand(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(BadFile, match="new-keys"):
        load_keys(tmp_path)
    assert load_keys(tmp_path, renew=True) == load_keys(tmp_path)


def test_wrong_keys_are_counted_by_sender() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(ATTEMPTS):
        assert attempts.wait_s("10.0.0.9") == 0
        attempts.wrong("10.0.0.9")
        now[0] += 1
    assert attempts.wait_s("10.0.0.9") == pytest.approx(WINDOW_S - ATTEMPTS)  # until the first is a window old
    assert attempts.wait_s("::ffff:10.0.0.9") > 0
    assert attempts.wait_s("10.0.0.8") == 0
    now[0] += WINDOW_S
    assert attempts.wait_s("10.0.0.9") == 0
    for digit in range(ATTEMPTS):
        attempts.wrong(f"2a01:4f8::{digit + 1}")
    assert attempts.wait_s("2a01:4f8::abcd") > 0  # one house of the internet has a whole /64
    assert attempts.wait_s("2a01:4f8:0:1::1") == 0
    for _ in range(ATTEMPTS):
        attempts.wrong("fd00::1")
        attempts.wrong("fe80::1%eth0")
    for same in ("fd00::1", "fd00::2", "fe80::1%eth0", "fe80::2%eth0"):  # a device takes any address of its /64
        assert attempts.wait_s(same) > 0
    assert attempts.wait_s("fd00:0:0:1::1") == 0
    assert attempts.wait_s("fd00::2", alone=True) == 0  # by itself it was never wrong
    for number in range(9000):
        attempts.wrong(f"10.1.{number // 250}.{number % 250}")
    assert len(attempts._wrong) <= 4096


# ------------------------------------------------------------------ the door, without a network


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    found = open_venue(tmp_path, 8501, matches=lambda: [Watchable("m", "<Huế>", live=True)])
    found.addresses, found.names = list(HOME_NET), ["booth", "booth.local"]
    return found


def ask(venue: Venue, **scope: Any) -> tuple[int | str, dict[str, list[str]], bytes]:
    """What the door answers: the status (or ``passed``), headers, body."""
    passed: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope)

    headers = {"host": "192.168.1.20:8501", **scope.pop("headers", {})}
    body = scope.pop("body", b"")
    whole = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "scheme": "https",
        "client": ("192.168.1.77", 5),
        "query_string": b"",
        **scope,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        if whole["type"] == "websocket":
            return {"type": "websocket.connect"}
        return {"type": "http.request", "body": body, "more_body": False}

    # On a thread of its own: the browser of other tests may keep a running event loop on this one.
    with ThreadPoolExecutor(1) as alone:
        alone.submit(asyncio.run, Door(app, venue, ATTEMPTS_OF_TEST)(whole, receive, send)).result()
    if passed:
        return f"passed as {passed[0].get('touchline_role', 'this machine')}", {}, b""
    if sent[0]["type"] == "websocket.close":
        return "closed", {}, b""
    found: dict[str, list[str]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name.decode(), []).append(value.decode())
    return sent[0]["status"], found, sent[1]["body"]


ATTEMPTS_OF_TEST = Attempts()
KEYS = Keys("7KQ2M-XH4RT", "P93VD-2NWCA", b"0" * 32)


def joined(venue: Venue, role: Role) -> dict[str, str]:
    return {"cookie": f"a=b; {COOKIE}={venue.keys.cookie(role)}"}


SOCKET = {"type": "websocket", "scheme": "wss"}


@pytest.mark.parametrize(
    ("who", "request_", "answer"),
    [
        (None, {}, 401),
        (None, {"path": "/var/m/match.json"}, 401),
        (None, {"path": "/_stcore/health"}, 401),
        (None, {"path": "/watch"}, 401),
        (None, {"scheme": "http"}, 307),
        (None, {"client": ("127.0.0.1", 5), "scheme": "http", "headers": {"host": "localhost:8501"}}, "passed as this"),
        (None, {"client": ("127.0.0.1", 5), "headers": {"host": "evil.example"}}, 400),
        (None, {"client": None}, 401),
        (None, {**SOCKET, "path": "/_stcore/stream"}, "closed"),
        (
            None,
            {**SOCKET, "path": "/_stcore/stream", "client": ("::1", 5), "headers": {"host": "[::1]:8501"}},
            "passed",
        ),
        ("operator", {}, "passed as operator"),
        ("operator", {"scheme": "http"}, 307),  # a key is never shown on a line that others can read
        ("operator", {"method": "PUT", "path": "/var/upload/0/x.mp4"}, "passed as operator"),
        ("operator", {"headers": {"host": "evil.example"}}, 400),
        ("operator", {**SOCKET, "path": "/_stcore/stream"}, "passed as operator"),
        ("operator", {**SOCKET, "path": "/_stcore/stream", "headers": {"host": "evil.example"}}, "closed"),
        ("operator", {**SOCKET, "path": "/_stcore/stream", "headers": {"origin": "https://evil.example"}}, "closed"),
        ("operator", {**SOCKET, "scheme": "ws", "path": "/_stcore/stream"}, "closed"),
        ("viewer", {}, 303),
        ("viewer", {"path": "/watch"}, 200),
        ("viewer", {"path": "/review"}, 403),
        ("viewer", {"path": "/_stcore/health"}, 403),
        ("viewer", {"path": "/media/x.pdf"}, 403),
        ("viewer", {"path": "/var/m/screen"}, "passed as viewer"),
        ("viewer", {"path": "/var/ui/screen.js"}, "passed as viewer"),
        ("viewer", {"path": "/var/m/cam1/still/3.jpg", "method": "HEAD"}, "passed as viewer"),
        ("viewer", {"path": "/var/m/looks", "method": "POST"}, 403),
        ("viewer", {"path": "/var/upload/0/x.mp4", "method": "PUT"}, 403),
        ("viewer", {"path": "/var/upload/0/x.mp4"}, 403),
        ("viewer", {**SOCKET, "path": "/_stcore/stream"}, "closed"),
        ("viewer", {**SOCKET, "path": "/var/m/follow"}, "passed as viewer"),
        ("viewer", {**SOCKET, "path": "/var/m/follow", "headers": {"origin": "https://192.168.1.20:8501"}}, "passed"),
    ],
)
def test_who_gets_in(venue: Venue, who: str | None, request_: dict[str, Any], answer: int | str) -> None:
    headers = {**(joined(venue, Role(who)) if who else {}), **request_.get("headers", {})}
    status, *_ = ask(venue, **{**request_, "headers": headers})
    assert str(status).startswith(str(answer))


def test_joining(venue: Venue) -> None:
    me = ("192.168.1.90", 1)
    typed = venue.keys.viewer.lower().replace("-", "")
    status, headers, _ = ask(venue, path="/join", method="POST", body=f"key={typed}".encode(), client=me)
    kept = headers["set-cookie"][0]
    assert (status, headers["location"]) == (303, ["/watch"])
    assert kept.startswith(f"{COOKIE}={venue.keys.cookie(Role.VIEWER)}; ")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(kept.split("; "))
    assert typed not in kept.lower()  # the key itself is not kept on the device
    code = f"key={venue.keys.operator}&lang=en".encode()
    status, headers, _ = ask(venue, path="/join", query_string=code, client=me)
    assert (status, headers["location"]) == (303, ["/"])
    assert headers["set-cookie"][1].startswith("touchline_lang=en;")
    status, headers, _ = ask(venue, path="/join", scheme="http", query_string=code, client=me)
    assert (status, headers["location"][0]) == (307, f"https://192.168.1.20:8501/join?{code.decode()}")
    assert ask(venue, path="/join", method="DELETE", client=me)[0] == 405


def test_guessing_is_slow_and_huge_forms_are_not_read(venue: Venue) -> None:
    me = ("192.168.1.91", 1)
    answers = [ask(venue, path="/join", query_string=b"key=WRONG&lang=en", client=me) for _ in range(ATTEMPTS + 1)]
    assert [status for status, *_ in answers] == [403] * ATTEMPTS + [429]
    assert 0 < int(answers[-1][1]["retry-after"][0]) <= WINDOW_S
    assert b"Too many wrong keys" in answers[-1][2]
    right = f"key={venue.keys.operator}".encode()
    assert ask(venue, path="/join", query_string=right, client=me)[0] == 429
    assert ask(venue, path="/join", query_string=right, client=("192.168.1.92", 1))[0] == 303
    huge = b"key=" + b"A" * 5000
    assert ask(venue, path="/join", method="POST", body=huge, client=("192.168.1.93", 1))[0] == 403


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_pages_are_plain_and_safe_in_both_languages(venue: Venue, lang: str) -> None:
    query = f"lang={lang}".encode()
    status, headers, body = ask(venue, path="/join", query_string=query)
    text = body.decode()
    assert (status, headers["cache-control"]) == (200, ["no-store"])
    assert "default-src 'none'" in headers["content-security-policy"][0]
    assert venue.issued.authority_fingerprint in text
    assert ("chứng chỉ gốc" if lang == "vi" else "root certificate") in text
    assert venue.keys.operator not in text
    status, _, body = ask(venue, path="/watch", query_string=query, headers=joined(venue, Role.VIEWER))
    text = body.decode()
    assert "&lt;Huế&gt;" in text
    assert "<Huế>" not in text
    assert f'href="/var/m/screen?lang={lang}"' in text
    assert ("ĐANG GHI" if lang == "vi" else "RECORDING") in text  # a word, not a colour alone
    spoken = ask(venue, path="/join", headers={"accept-language": "en-GB,en;q=0.8" if lang == "en" else "fr"})[2]
    assert f"<html lang={lang}>".encode() in spoken


def test_the_authority_is_offered_to_everybody(venue: Venue) -> None:
    status, headers, body = ask(venue, path="/join/touchline-ca.crt")
    assert (status, headers["content-type"]) == (200, ["application/x-x509-ca-cert"])
    assert body == venue.issued.authority.read_bytes()


def test_a_changed_network_is_noticed(venue: Venue) -> None:
    before = venue.issued
    venue.find_addresses = lambda: [ip_address("172.16.4.5")]
    assert venue.refresh()
    assert venue.urls == ["https://172.16.4.5:8501"]
    assert (venue.answers_to("172.16.4.5:8501"), venue.answers_to("192.168.1.20")) == (True, False)
    assert venue.issued.authority_fingerprint == before.authority_fingerprint
    assert not venue.refresh()
    venue.find_addresses = list
    venue.refresh()
    assert venue.urls == []  # no network: nothing is offered that cannot be reached


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:80@elsewhere.example",
        "127.0.0.1:",
        "[::1]x",
        "127.0.0.1:8501/x",
        "127.0.0.1:123456",
        "",
        "a b",
        "[::1",
    ],
)
def test_a_host_is_a_name_and_a_port_and_nothing_else(venue: Venue, host: str) -> None:
    """Redirects repeat it."""
    assert not venue.answers_to(host)
    assert venue.answers_to("127.0.0.1:8501")
    assert venue.answers_to("[::1]:8501")
    assert venue.answers_to("LOCALHOST")


def test_an_authority_made_while_the_clock_was_ahead_holds_once_it_is_set_right(tmp_path: Path) -> None:
    from cryptography import x509

    now = datetime(2026, 6, 1, tzinfo=UTC)
    ahead = certificate(tmp_path, HOME_NET, ["booth"], now=now + timedelta(days=700))
    right = certificate(tmp_path, HOME_NET, ["booth"], now=now)
    assert right.authority_fingerprint == ahead.authority_fingerprint
    for path in (right.chain, right.authority):
        one = x509.load_pem_x509_certificate(path.read_bytes())
        assert one.not_valid_before_utc <= now < one.not_valid_after_utc


# ------------------------------------------------------------------ a real server


@dataclass(frozen=True)
class Served:
    """A running ``touchline serve --lan``."""

    said: dict[str, Any]
    port: int
    home: Path
    match: Match

    @property
    def lan(self) -> str:
        """The first address of the network; the test is skipped on a machine that has none."""
        if not self.said["urls"]:
            pytest.skip("this machine is on no network")
        return str(lan_addresses()[0])

    def ask(
        self, host: str, method: str, path: str, *, cookie: str = "", body: bytes = b"", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Ask over TLS with a client that trusts this installation's authority alone."""
        context = ssl.create_default_context(cafile=self.said["ca_file"])
        connection = http.client.HTTPSConnection(host, self.port, context=context, timeout=20)
        try:
            connection.request(method, path, body or None, {**({"Cookie": cookie} if cookie else {}), **headers})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


def start(home: Path, *arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    environment = {**os.environ, "TOUCHLINE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVE, "serve", *arguments, "--json"]
    with (home / "server.log").open("ab") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment, text=True)
    assert server.stdout is not None
    line = server.stdout.readline()  # comes once it answers, or ends with the process
    assert line, (home / "server.log").read_text("utf-8", "replace")[-3000:]
    return server, json.loads(line)


def end(server: subprocess.Popen[str]) -> int:
    server.send_signal(signal.SIGTERM)
    try:
        return server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        raise
    finally:
        assert server.stdout is not None
        server.stdout.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("venue")
    match = make_match(home)
    add_account(home)
    server, said = start(home, "--lan", "--port", "0")
    yield Served(said, int(said["local_url"].rsplit(":", 1)[1]), home, match)
    assert end(server) == 0


def test_what_the_command_says(served: Served) -> None:
    jsonschema.validate(served.said, schemas()["serve"], cls=jsonschema.Draft202012Validator)
    assert served.said["urls"] == [
        f"https://{f'[{address}]' if address.version == 6 else address}:{served.port}" for address in lan_addresses()
    ]


def test_tls_from_this_machine_and_from_the_network(served: Served) -> None:
    for host in ["127.0.0.1", "localhost", *(str(address) for address in lan_addresses())]:
        status, _, _ = served.ask(host, "GET", "/join")  # verified: chain, address, name constraints
        assert status == 200
    assert served.ask("127.0.0.1", "GET", "/_stcore/health")[0] == 200  # this machine needs no key
    untrusting = ssl.create_default_context()
    with (
        socket.create_connection(("127.0.0.1", served.port), 10) as raw,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        untrusting.wrap_socket(raw, server_hostname="127.0.0.1")
    plain = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    plain.request("GET", "/_stcore/health")
    assert plain.getresponse().status == 200
    plain.close()


def test_nothing_of_the_app_without_a_key(served: Served) -> None:
    host = served.lan
    for path in (
        "/",
        "/_stcore/health",
        "/_stcore/host-config",
        "/var/bars/match.json",
        "/var/ui/player.js",
        "/static/",
    ):
        status, _, body = served.ask(host, "GET", path)
        assert status == 401, path
        assert b"Touchline" in body
    assert upgrade(served, host, "/_stcore/stream", "") == 403
    assert upgrade(served, host, "/var/bars/follow", "") == 403
    plain = http.client.HTTPConnection(host, served.port, timeout=20)
    plain.request("GET", "/x?y=1")
    answer = plain.getresponse()
    assert (answer.status, answer.getheader("location")) == (307, f"https://{host}:{served.port}/x?y=1")
    plain.close()


def test_who_only_keeps_connections_open_does_not_shut_the_others_out(served: Served) -> None:
    """Silent connections beyond a limit make room, the longest silent first."""
    silent = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(MOST_GREETED + 20)]
    try:
        assert silent[0].recv(1) == b""
        assert served.ask("127.0.0.1", "GET", "/join")[0] == 200
        silent[-1].settimeout(0.1)
        with pytest.raises(TimeoutError):
            silent[-1].recv(1)
    finally:
        for one in silent:
            one.close()


def test_one_device_that_begins_to_speak_on_many_connections_gets_not_all_of_them(served: Served) -> None:
    place = (served.lan, served.port)
    many = [socket.create_connection(place, timeout=20) for _ in range(MOST_OF_ONE + 12)]
    try:
        for one in many:  # all are there before any of them speaks
            with contextlib.suppress(OSError):
                one.sendall(b"G")
        ended = sum(hung_up(one, 0.05) for one in many)
        assert 10 <= ended <= 14
        assert served.ask("127.0.0.1", "GET", "/join")[0] == 200
        until_s = time.monotonic() + FIRST_REQUEST_WITHIN_S + 10
        while not all(hung_up(one, 0.05) for one in many):  # who never asks for anything is hung up on
            assert time.monotonic() < until_s
    finally:
        for one in many:
            one.close()
    assert served.ask(served.lan, "GET", "/join")[0] == 200


def hung_up(one: socket.socket, wait_s: float) -> bool:
    """Whether the other side has closed a connection."""
    one.settimeout(wait_s)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def upgrade(served: Served, host: str, path: str, cookie: str) -> int:
    """The status with which a WebSocket is answered; 101 is a yes."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    origin = f"https://{host}:{served.port}"
    status, *_ = served.ask(
        host, "GET", path, cookie=cookie, Connection="Upgrade", Upgrade="websocket",
        **{"Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", "Origin": origin},
    )  # fmt: skip
    return status


def join(served: Served, role: str) -> str:
    body = f"key={served.said['keys'][role]}".encode()
    status, headers, _ = served.ask(
        served.lan, "POST", "/join", body=body, **{"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert status == 303
    return headers["set-cookie"].partition(";")[0]


def test_operators_get_the_app_and_viewers_the_pictures(served: Served) -> None:
    operator, viewer = join(served, "operator"), join(served, "viewer")
    host = served.lan

    def status(method: str, path: str, cookie: str) -> int:
        return served.ask(host, method, path, cookie=cookie)[0]

    person = f"{operator}; {session(served.home, secure=True)}"  # a device joins, then somebody signs in
    for path in ("/", "/_stcore/health", "/var/bars/match.json", "/var/bars/screen"):
        assert status("GET", path, person) == 200, path
    assert upgrade(served, host, "/_stcore/stream", person) == 101
    plain = f"{operator}; {session(served.home, secure=False)}"  # a cookie from a line that others can read
    for cookie in (operator, plain):
        for path in ("/", "/var/bars/match.json", "/var/bars/screen", "/var/ui/player.js"):
            assert status("GET", path, cookie) == 401, path
        assert upgrade(served, host, "/_stcore/stream", cookie) == 403
        assert upgrade(served, host, "/var/bars/follow", cookie) == 403
        assert status("GET", "/sign-in", cookie) == 200
    for path in ("/watch", "/var/bars/match.json", "/var/bars/screen", "/var/bars/cam1/still/3.jpg", "/join"):
        assert status("GET", path, viewer) == 200, path
    assert status("GET", "/_stcore/health", viewer) == 403
    assert status("POST", "/var/bars/looks", viewer) == 403
    assert status("PUT", "/var/upload/0123456789abcdef/x.mp4", viewer) == 403
    assert upgrade(served, host, "/_stcore/stream", viewer) == 403
    assert upgrade(served, host, "/var/bars/follow", viewer) == 101


def watch(page: Page) -> dict[str, Any]:
    """Wait until the player shows the step it was asked for; then what the first tile's canvas really holds."""
    page.wait_for_function("window.__touchline?.state()?.n >= 0 && !window.__touchline.state().busy", timeout=60_000)
    page.evaluate("window.__touchline.seek(100)")
    page.wait_for_function("window.__touchline.state().n === 100 && !window.__touchline.state().busy")
    found: dict[str, Any] = page.evaluate(
        f"""() => {{
          const read = {READ_BARS_JS};
          return {{secure: isSecureContext, decoder: typeof VideoDecoder,
            code: read(window.__touchline.player.tiles[0].picture)}};
        }}"""
    )
    return found


@pytest.mark.browser
def test_the_player_decodes_over_https_on_the_network(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, ignore_https_errors=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    ranges: list[str] = []
    page.on("request", lambda request: ranges.append(request.url) if request.headers.get("range") else None)
    _ = served.lan
    page.goto(served.said["join"]["operator"])
    page.wait_for_url(f"{served.said['urls'][0]}/sign-in?next=%2F")  # joined, and the key is out of the address
    page.fill("#login", EVERYBODY)
    page.fill("#password", PASSWORD)
    page.get_by_role("button").click()
    page.wait_for_url(f"{served.said['urls'][0]}/")
    (kept,) = (each for each in context.cookies() if each["name"] == SECURE_NAME)
    assert (kept["httpOnly"], kept["secure"], kept["sameSite"], kept["path"]) == (True, True, "Lax", "/")
    page.goto(f"{served.said['urls'][0]}/review?match=bars")
    shown = Timeline.of(served.match).frames["cam1"][100]
    assert watch(page) == {"secure": True, "decoder": "function", "code": [0, shown]}
    assert ranges, "nothing was decoded in the browser"
    context.close()


@pytest.mark.browser
def test_without_tls_on_the_network_the_player_shows_stills(chromium: Browser, served: Served) -> None:
    """The plain app on a network's address, as somebody might start it: no secure context, hence no WebCodecs."""
    host, port = served.lan, free_port()
    environment = {**os.environ, "TOUCHLINE_HOME": str(served.home)}
    options = ["--server.address", host, "--server.port", str(port), "--server.headless", "true"]
    with (served.home / "plain.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py"), *options],
            stdout=log, stderr=log, env=environment,
        )  # fmt: skip
    try:
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        enter(context, f"http://{host}:{port}", home=served.home)
        page = context.new_page()
        stills: list[str] = []
        page.on("request", lambda request: stills.append(request.url) if "/still/" in request.url else None)
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
                break
            page.wait_for_timeout(200)
        page.goto(f"http://{host}:{port}/review?match=bars")
        shown = Timeline.of(served.match).frames["cam1"][100]
        assert watch(page) == {"secure": False, "decoder": "undefined", "code": [0, shown]}
        assert any(f"/cam1/still/{shown}.jpg" in url for url in stills)
        context.close()
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_settings_page_shows_the_way_in(chromium: Browser, served: Served, lang: str) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": "touchline_lang", "value": lang, "url": served.said["local_url"]}])
    enter(context, served.said["local_url"], home=served.home)
    page = context.new_page()
    page.set_default_timeout(30_000)
    _ = served.lan
    page.goto(f"{served.said['local_url']}/settings?section=devices")
    page.get_by_text(served.said["keys"]["viewer"]).wait_for()
    page.get_by_text(served.said["ca_fingerprint"]).wait_for()
    page.get_by_role("radio", name="Điều khiển" if lang == "vi" else "Operate").or_(
        page.get_by_role("button", name="Điều khiển" if lang == "vi" else "Operate", exact=True)
    ).first.click()
    page.get_by_text(served.said["keys"]["operator"]).wait_for()
    context.close()


# ------------------------------------------------------------------ ends and refusals


def test_a_taken_port_is_named_and_nothing_is_left_open() -> None:
    (first, *others) = bind(0, lan=False)
    port = first.getsockname()[1]
    try:
        with pytest.raises(BadValue, match=str(port)):
            bind(port, lan=False)
    finally:
        for listening in (first, *others):
            listening.close()
    for listening in bind(port, lan=False):  # free again
        listening.close()


def test_without_the_network_only_this_machine_is_served(tmp_path: Path) -> None:
    server, said = start(tmp_path, "--port", "0")
    try:
        jsonschema.validate(said, schemas()["serve"], cls=jsonschema.Draft202012Validator)
        port = int(said["local_url"].rsplit(":", 1)[1])
        assert (said["urls"], said["join"], said["lan"]) == ([said["local_url"]], None, False)
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        plain.request("GET", "/_stcore/health")
        assert plain.getresponse().status == 200
        plain.close()
        for address in lan_addresses():
            with pytest.raises(OSError, match="refused"), socket.create_connection((str(address), port), 5):
                pass
    finally:
        code = end(server)
    assert code == 0
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), 5):
        pass
    assert not (tmp_path / "serve").exists()  # no certificate, no key where nobody asked for them


def test_a_server_with_open_connections_still_ends(tmp_path: Path) -> None:
    make_match_home = Archive(tmp_path).home
    server, said = start(make_match_home, "--lan", "--port", "0")
    port = int(said["local_url"].rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as silent, socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(b"\x16\x03\x01")  # a handshake that never goes on
        silent.settimeout(20)
        assert end(server) == 0
        with contextlib.suppress(ConnectionResetError):  # a reset is an end too
            assert silent.recv(1) == b""


def test_the_networks_of_the_authority_are_private() -> None:
    from ipaddress import ip_network

    assert not any(ip_network(network).is_global for network in NETWORKS)
