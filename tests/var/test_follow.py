"""The hub, the clean screen's page and the log's address, over real sockets."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from starlette.applications import Starlette
from test_bookmarks import keep_match
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from var import follow, hub, looks
from var.archive import Archive
from var.follow import follow_routes

WITHIN_S = 10
LOOKS = {
    "screen": "0123456789abcdef",
    "batch": 1,
    "looks": [{"camera": "cam1", "first": 1, "last": 2, "speed": 0, "ms": 900}],
}


@contextmanager
def serving(app: Starlette) -> Iterator[int]:
    """The port of ``app`` on the loopback; the server ends with the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", ws="websockets-sansio", lifespan="off", ws_max_size=16 << 20)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(WITHIN_S)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return keep_match(tmp_path_factory.mktemp("follow"))


@pytest.fixture(scope="module")
def port(archive: Archive) -> Iterator[int]:
    def keep(match_id: str, given: looks.Batch) -> bool:
        return looks.add(archive, match_id, given)

    def may_lead(connection: Any, match: Any) -> bool:
        return connection.headers.get("x-role") != "viewer"

    with serving(Starlette(routes=follow_routes(archive.find, keep=keep, may_lead=may_lead))) as port:
        yield port


@contextmanager
def joined(port: int, hello: Any, match: str = "m", **options: Any) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{port}/var/{match}/follow", open_timeout=WITHIN_S, **options) as socket:
        socket.send(hello if isinstance(hello, str | bytes) else json.dumps(hello))
        yield socket


def until(socket: ClientConnection, kind: str, **fields: Any) -> dict[str, Any]:
    """The next message of a kind that has these fields."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        message: dict[str, Any] = json.loads(socket.recv(timeout=WITHIN_S))
        if message["kind"] == kind and all(message.get(name) == value for name, value in fields.items()):
            return message
    raise AssertionError(f"no {kind} {fields}")


def closed_with(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as ended:
        while True:
            socket.recv(timeout=WITHIN_S)
    assert ended.value.rcvd is not None
    return int(ended.value.rcvd.code)


OPERATOR, FOLLOWER = {"role": "operator"}, {"role": "follower"}
TAKER = OPERATOR | {"take": True}


def test_a_screen_gets_what_is_told_and_who_joins_later_the_newest(port: int) -> None:
    with joined(port, OPERATOR) as operator, joined(port, FOLLOWER) as screen:
        assert until(operator, "lead", yours=True, screens=1)["token"] > 0
        for n in range(5):
            operator.send(json.dumps({"kind": "state", "n": n}))
        operator.send(json.dumps({"kind": "overlays", "overlays": {"cam1": {}}}))
        assert until(screen, "state", n=4)
        assert until(screen, "overlays")["overlays"] == {"cam1": {}}
        with joined(port, FOLLOWER) as late:
            assert until(late, "state", n=4)
            assert until(late, "overlays")
            assert until(operator, "lead", screens=2)
        assert until(operator, "lead", screens=1)


def test_a_slow_screen_skips_states_but_never_goes_back(port: int) -> None:
    with joined(port, OPERATOR) as operator, joined(port, FOLLOWER) as screen:
        until(operator, "lead", screens=1)
        padding = "x" * 50_000  # together more than the sockets between can hold, while nobody reads
        for n in range(400):
            operator.send(json.dumps({"kind": "state", "n": n, "padding": padding}))
        seen = [until(screen, "state")["n"]]
        while seen[-1] != 399:
            seen.append(until(screen, "state")["n"])
        assert seen == sorted(seen)


def test_who_takes_the_lead_has_it_and_leaving_gives_it_back(port: int) -> None:
    with joined(port, FOLLOWER) as screen, joined(port, OPERATOR) as first:
        token = until(first, "lead", yours=True)["token"]
        first.send(json.dumps({"kind": "state", "n": 0}))
        assert until(screen, "state")["n"] == 0
        with joined(port, OPERATOR) as looker:  # who only opens the booth takes nobody's monitor
            until(looker, "lead", yours=False, screens=1)
            looker.send(json.dumps({"kind": "state", "n": 9}))
            first.send(json.dumps({"kind": "state", "n": 1}))
            assert until(screen, "state")["n"] == 1
        with joined(port, TAKER) as second:
            until(second, "lead", yours=True)
            until(first, "lead", yours=False, screens=1)
            assert until(screen, "operator", silent_ms=None)["leader"] > token  # what the first showed counts no more
            first.send(json.dumps({"kind": "state", "n": 1}))  # not heard
            second.send(json.dumps({"kind": "state", "n": 2}))
            assert until(screen, "state")["n"] == 2
        until(first, "lead", yours=True)
        first.send(json.dumps({"kind": "state", "n": 3}))
        assert until(screen, "state")["n"] == 3
        # Who comes back after a broken line keeps its place behind a newer one, and takes over by asking anew.
        with joined(port, TAKER) as third:
            until(third, "lead", yours=True)
            with joined(port, {**OPERATOR, "token": token}) as again:
                until(again, "lead", yours=False)
            with joined(port, TAKER) as anew:
                until(anew, "lead", yours=True)


def test_an_operator_that_does_not_answer_is_told_apart_from_one_that_stands_still(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "SILENT_S", 1.0)
    with joined(port, OPERATOR) as operator, joined(port, FOLLOWER) as screen:
        until(operator, "lead", screens=1)
        operator.send(json.dumps({"kind": "state", "n": 1}))
        for _ in range(3):
            until(operator, "beat")
            operator.send(json.dumps({"kind": "alive"}))
            assert (until(screen, "operator")["silent_ms"] or 0) < 2500
        time.sleep(2.2)  # the page hangs; its connection stands
        silent = [until(screen, "operator")["silent_ms"] for _ in range(4)]
        assert max(silent) > 1500
        with joined(port, OPERATOR) as other:  # and does not keep the lead from who comes
            until(other, "lead", yours=True)


def test_a_state_of_old_is_not_told_to_a_screen_that_joins_later(port: int) -> None:
    with joined(port, OPERATOR) as operator:
        with joined(port, FOLLOWER) as screen:
            until(operator, "lead", screens=1)
            operator.send(json.dumps({"kind": "state", "n": 1}))
            until(screen, "state", n=1)
        until(operator, "lead", screens=0)
        with joined(port, FOLLOWER) as late:
            until(late, "operator")
            with pytest.raises(TimeoutError):
                while json.loads(late.recv(timeout=0.5))["kind"] != "state":
                    pass


class Slow:
    """A screen that takes nothing until it is let."""

    client = None

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.gate = asyncio.Event()

    async def send_text(self, text: str) -> None:
        await self.gate.wait()
        self.got.append(json.loads(text))


def test_a_slow_screen_hears_who_leads_before_what_that_one_shows() -> None:
    async def scene() -> list[dict[str, Any]]:
        room, (first, second, screen) = hub._Room(), (hub._Seat(cast(Any, Slow())) for _ in range(3))
        room.followers.append(screen)
        sending = asyncio.create_task(screen.send())
        room.operators.append(first)
        room.lead(first, None, False)
        await asyncio.sleep(0.01)  # the first message is on its way and does not arrive
        room.take(first, "state", json.dumps({"kind": "state", "of": "first"}))
        room.operators.append(second)
        room.lead(second, None, True)
        room.take(second, "state", json.dumps({"kind": "state", "of": "second"}))
        screen.tell("operator", room.presence())  # the beat of the next second
        cast(Any, screen.socket).gate.set()
        await asyncio.sleep(0.05)
        sending.cancel()
        return cast(Any, screen.socket).got

    got = asyncio.run(scene()) if not _loops() else _in_thread(scene)
    assert [message.get("of") or message["leader"] for message in got][-2:] == [got[-2]["leader"], "second"]
    assert "first" not in [message.get("of") for message in got]


def _loops() -> bool:
    """Whether a browser of other tests keeps a loop running in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_thread(scene: Callable[[], Coroutine[Any, Any, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    found: list[list[dict[str, Any]]] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(scene())))
    thread.start()
    thread.join(WITHIN_S)
    return found[0]


def test_no_two_operators_ever_have_one_token() -> None:
    room, seats = hub._Room(), [hub._Seat(cast(Any, Slow())) for _ in range(4)]
    first, second, third, again = seats
    for seat in (first, second):
        room.operators.append(seat)
        room.lead(seat, None, False)
    had = second.token
    room.leave(second)  # its connection drops
    room.operators.append(third)
    room.lead(third, None, False)
    room.operators.append(again)
    room.lead(again, had, False)
    assert len({first.token, third.token, again.token}) == 3
    assert room.leader is first


def test_one_device_takes_not_all_seats() -> None:
    room = hub._Room()

    def seat(host: str) -> hub._Seat:
        return hub._Seat(cast("Any", SimpleNamespace(client=SimpleNamespace(host=host))))

    room.followers += [seat("10.0.0.9") for _ in range(hub.MOST_OF_ONE)]
    assert not room.has_a_seat_for(seat("10.0.0.9"))
    assert room.has_a_seat_for(seat("10.0.0.8"))
    room.followers += [seat("127.0.0.1") for _ in range(hub.MOST_OF_ONE)]
    assert room.has_a_seat_for(seat("127.0.0.1"))


def test_a_screen_hears_that_the_operator_is_gone_and_how_long_it_was_silent(port: int) -> None:
    with joined(port, FOLLOWER) as screen:
        assert until(screen, "operator")["present"] is False
        with joined(port, OPERATOR) as operator:
            until(screen, "operator", present=True, silent_ms=None)
            until(operator, "lead", screens=1)
            operator.send(json.dumps({"kind": "state", "n": 7}))
            until(screen, "state", n=7)
            beat = until(screen, "operator", present=True)  # comes by itself
            assert 0 <= beat["silent_ms"] < WITHIN_S * 1000
        until(screen, "operator", present=False)
    with joined(port, OPERATOR), joined(port, FOLLOWER) as screen:
        # The old operator's picture is not handed to who joins under a new one.
        until(screen, "operator", present=True)
        screen.recv(timeout=WITHIN_S)
        with pytest.raises(TimeoutError):
            while json.loads(screen.recv(timeout=0.3))["kind"] != "state":
                pass


@pytest.mark.parametrize("hello", ["{", "[]", "null", '"operator"', '{"role": "referee"}', b"\x00", "[" * 5000])
def test_who_does_not_say_what_it_is_is_sent_away(port: int, hello: Any) -> None:
    with joined(port, hello) as guest:
        assert closed_with(guest) == hub.REFUSED


def test_a_screen_that_speaks_is_sent_away_and_changes_nothing(port: int) -> None:
    with joined(port, OPERATOR) as operator, joined(port, FOLLOWER) as screen, joined(port, FOLLOWER) as intruder:
        until(operator, "lead", screens=2)
        intruder.send(json.dumps({"kind": "state", "n": 66}))
        assert closed_with(intruder) == hub.REFUSED
        operator.send(json.dumps({"kind": "state", "n": 8}))
        assert until(screen, "state")["n"] == 8


def test_an_operator_that_sends_nonsense_or_too_much_is_sent_away(port: int) -> None:
    for message, code in (('{"kind": "decide"}', hub.REFUSED), ("x" * (hub.LARGEST_BYTES + 1), hub.TOO_LARGE)):
        with joined(port, OPERATOR) as operator:
            operator.send(message)
            assert closed_with(operator) == code


def test_other_pages_viewers_and_unknown_matches_are_refused(port: int) -> None:
    with pytest.raises(Exception, match="403"):
        connect(f"ws://127.0.0.1:{port}/var/nowhere/follow")
    with pytest.raises(Exception, match="403"):
        connect(f"ws://127.0.0.1:{port}/var/m/follow", origin="http://elsewhere.example")  # type: ignore[arg-type]
    with joined(port, FOLLOWER, origin=f"http://127.0.0.1:{port}") as own:
        until(own, "operator")
    with joined(port, OPERATOR, additional_headers={"X-Role": "viewer"}) as viewer:
        assert closed_with(viewer) == hub.REFUSED
    with joined(port, FOLLOWER, additional_headers={"X-Role": "viewer"}) as viewer:
        until(viewer, "operator")


def test_only_so_many_screens(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_SCREENS", 1)
    with joined(port, FOLLOWER) as one:
        until(one, "operator")
        with joined(port, FOLLOWER) as two:
            assert closed_with(two) == hub.REFUSED


# ------------------------------------------------------------------ the page and the log


def asked(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN_S)
    try:
        connection.request(method, path, body if isinstance(body, bytes | None) else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def test_the_page_speaks_both_languages_and_loads_nothing_from_elsewhere(port: int) -> None:
    for lang, title in (("vi", "Màn hình sân"), ("en", "Pitch-side screen")):
        status, headers, text = asked(port, "GET", f"/var/m/screen?lang={lang}")
        assert (status, headers["cache-control"]) == (200, "no-store")
        assert f'<html lang="{lang}">' in text
        assert title in text
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "http" not in text.replace("http-equiv", "")
    assert 'lang="vi"' in asked(port, "GET", "/var/m/screen?lang=xx")[2]
    status, _, text = asked(port, "GET", "/var/nowhere/screen?lang=en")
    assert status == 404
    assert "role=" in text
    # The page only reads.
    assert asked(port, "POST", "/var/m/screen")[0] == 405


def test_a_match_called_like_a_script_stays_a_name(tmp_path: Path) -> None:
    archive = keep_match(tmp_path)
    archive.save_setup("m", archive.match("m").setup, name="</script><script>alert(1)</script>")
    page = follow._page(archive.match("m"), "en")
    assert "alert(1)" in page
    assert page.count("<script") == 2


def test_looks_are_kept_once_and_refusals_say_why(port: int, archive: Archive) -> None:
    before = len(looks.looks(archive, "m"))
    assert json.loads(asked(port, "POST", "/var/m/looks", LOOKS)[2]) == {"kept": 1}
    assert json.loads(asked(port, "POST", "/var/m/looks", LOOKS)[2]) == {"kept": 0}
    assert len(looks.looks(archive, "m")) == before + 1
    for body, headers, status, code in (
        ({**LOOKS, "batch": -1}, {}, 400, "bad_looks"),
        (b"{", {}, 400, "bad_looks"),
        (b"[" * 100_000, {}, 400, "bad_looks"),
        (b" " * (follow.MAX_LOOKS_BYTES + 1), {}, 400, "bad_looks"),
        ({**LOOKS, "batch": 2}, {"Origin": "http://elsewhere.example"}, 403, "foreign_page"),
        ({**LOOKS, "batch": 2}, {"X-Role": "viewer"}, 403, "foreign_page"),
    ):
        found, _, text = asked(port, "POST", "/var/m/looks?lang=en", body, **headers)
        assert (found, json.loads(text)["code"]) == (status, code)
    assert asked(port, "POST", "/var/nowhere/looks", LOOKS)[0] == 404
    assert asked(port, "GET", "/var/m/looks")[0] == 405
    assert len(looks.looks(archive, "m")) == before + 1
