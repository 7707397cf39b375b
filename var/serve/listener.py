"""The server itself: one port that takes TLS from the network and plain HTTP, told apart by the first byte.

A person who types the address without ``https://`` is thus led on instead of seeing a broken connection, and the
browser on this machine needs neither certificate nor key.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from touchline.asgi import App, is_loopback
from touchline.errors import BadValue, TouchlineError
from var.serve.venue import Venue

FIRST_BYTE_WITHIN_S = 30.0
HANDSHAKE_WITHIN_S = 15.0
LOOK_AGAIN_S = 5.0
LARGEST_MESSAGE_BYTES = 16 << 20
"""Of what a browser sends over a WebSocket: drawings and widgets are far smaller, and files do not come this way."""
MOST_GREETED = 256
"""Connections that have not said anything yet; beyond that the one that has been silent longest is closed."""
MOST_OF_ONE = 64
"""Open connections of one device of the network; a browser holds six for pages and one for each WebSocket."""
FIRST_REQUEST_WITHIN_S = 15.0
_TLS_HANDSHAKE = 0x16  # RFC 8446, 5.1: the content type of the first record


def bind(port: int, *, lan: bool) -> list[socket.socket]:
    """Listening sockets on ``port``: on every address for the network, else on this machine's loopback alone.

    With port 0 the system chooses one. Raises ``BadValue`` where the port is taken or not allowed.
    """
    bound: list[socket.socket] = []
    families = [socket.AF_INET, *([socket.AF_INET6] if socket.has_ipv6 else [])]
    for family in families:
        any_address, loopback = ("::", "::1") if family == socket.AF_INET6 else ("0.0.0.0", "127.0.0.1")
        try:
            listening = socket.socket(family, socket.SOCK_STREAM)
        except OSError:  # built in, but switched off
            continue
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind((any_address if lan else loopback, port))
            listening.listen(128)
        except (OSError, OverflowError) as fault:
            listening.close()
            if family == socket.AF_INET6 and getattr(fault, "errno", None) != errno.EADDRINUSE:
                continue  # no IPv6 on this machine
            for other in bound:
                other.close()
            raise BadValue("var.errors.port_taken", port=port, fault=fault) from fault
        listening.setblocking(False)
        port = listening.getsockname()[1]
        bound.append(listening)
    return bound


class Listener(uvicorn.Server):
    """Serves ``app`` on sockets from ``bind``; with a ``venue`` TLS too. ``on_ready`` runs once it answers."""

    def __init__(
        self, app: App, sockets: list[socket.socket], *, venue: Venue | None, on_ready: Callable[[], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="websockets-sansio",
                ws_ping_interval=20,
                ws_ping_timeout=20,
                ws_max_size=LARGEST_MESSAGE_BYTES,
                ws_per_message_deflate=False,
                proxy_headers=False,  # who asks is who is connected, whatever a header says
                server_header=False,
                access_log=False,
                log_level="warning",
                timeout_graceful_shutdown=3,
            )
        )
        self._sockets, self._venue, self._on_ready = sockets, venue, on_ready
        self._context: ssl.SSLContext | None = venue.issued.context() if venue else None
        self._own: set[asyncio.Task[None]] = set()
        self._greeted: dict[asyncio.Task[None], str] = {}
        self._open: dict[str, list[asyncio.Transport]] = {}

    def run_here(self) -> None:
        """Serve until the process is asked to end (Ctrl-C, SIGTERM)."""
        # The selector loop, because connections are looked at before anything reads from them.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self.serve(sockets=[]))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Asks to end by signal end the serving and are then done with."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then take connections."""
        await super().startup(sockets=[])
        for listening in self._sockets:
            self._go(self._accept(listening))
        if self._venue is not None:
            self._go(self._look_at_the_network(self._venue))
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, end those that are open, end the app."""
        for task in list(self._own):
            task.cancel()
        await asyncio.gather(*self._own, return_exceptions=True)
        for listening in self._sockets:
            listening.close()
        await super().shutdown(sockets=[])

    def _go(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._own.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._own.discard(task)
        self._greeted.pop(task, None)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(listening)
            except OSError:  # out of file handles, or the caller was gone already
                await asyncio.sleep(0.1)
                continue
            if not self._has_room_for(str(peer[0])):
                connection.close()
                continue
            connection.setblocking(False)
            self._greeted[self._go(self._greet(connection))] = str(peer[0])
            if len(self._greeted) > MOST_GREETED:
                next(iter(self._greeted)).cancel()

    async def _greet(self, connection: socket.socket) -> None:
        """Hand a connection on as TLS or as plain HTTP, whichever its first byte says."""
        loop = asyncio.get_running_loop()
        try:
            first = await asyncio.wait_for(_peek(connection), FIRST_BYTE_WITHIN_S)
            if not first:
                connection.close()
                return
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secure = first[0] == _TLS_HANDSHAKE
            if secure and self._context is None:
                connection.close()
                return
            peer = str(connection.getpeername()[0])
            transport, protocol = await loop.connect_accepted_socket(
                self._protocol,
                connection,
                ssl=self._context if secure else None,
                ssl_handshake_timeout=HANDSHAKE_WITHIN_S if secure else None,
            )
            self._open.setdefault(peer, []).append(transport)
            self._go(self._expect_a_request(transport, protocol))
        except (OSError, TimeoutError, ssl.SSLError):  # a caller that hung up, or that does not trust us yet
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    def _has_room_for(self, peer: str) -> bool:
        """Whether one more connection of ``peer`` may stay open: one device must not take all that the system has."""
        for known in [peer, *list(self._open)[:4]]:  # those that are closed are forgotten by and by
            left = [one for one in self._open.pop(known, []) if not one.is_closing()]
            if left:
                self._open[known] = left
        waiting = sum(caller == peer for caller in self._greeted.values())  # nothing was heard of them yet
        return is_loopback(peer) or len(self._open.get(peer, [])) + waiting < MOST_OF_ONE

    async def _expect_a_request(self, transport: asyncio.Transport, protocol: asyncio.BaseProtocol) -> None:
        """Hang up on who connects, begins to speak and never asks for anything."""
        await asyncio.sleep(FIRST_REQUEST_WITHIN_S)
        if transport.get_protocol() is protocol and getattr(protocol, "cycle", self) is None:
            transport.close()

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def _look_at_the_network(self, venue: Venue) -> None:
        """Renew the certificate when the addresses changed or it ends soon; connections that are open stay."""
        served = venue.issued.fingerprint
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            try:
                await asyncio.to_thread(venue.refresh)
                if venue.issued.fingerprint != served:
                    assert self._context is not None
                    self._context.load_cert_chain(venue.issued.chain, venue.issued.key)
                    served = venue.issued.fingerprint
            except (TouchlineError, OSError):  # a full disk: the old certificate goes on until the next look
                continue


async def _peek(connection: socket.socket) -> bytes:
    """The first byte that comes, which stays to be read; empty where the caller hung up."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def came() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(connection, came)
    try:
        await ready
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)
