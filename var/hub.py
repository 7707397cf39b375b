"""The hub between the operator's player and the clean screens that follow it.

It lives in the server's memory: one room a match, with the newest state of whoever leads. It keeps no queue. A slow
screen gets the newest state once it can take one, and never an old one after a newer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

BEAT_S = 1.0
"""How often a screen hears from the hub, so that it knows a dead connection from a picture that stands."""
HELLO_WITHIN_S = 10.0
LARGEST_BYTES = 4 << 20
"""Of one message of the operator; only drawings come near."""
MAX_SCREENS, MOST_OF_ONE = 64, 8
"""Screens that follow one match, and how many of them one device may be."""
SILENT_S = 3.0
"""A leader that does not answer for so long is not there, whatever its connection says."""

REFUSED, TOO_LARGE = 1008, 1009


@dataclass(eq=False)
class _Seat:
    """A connection with the newest message of each kind that it has not got yet."""

    socket: WebSocket
    token: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def device(self) -> str:
        """The address from which it comes; loopback pages are each a device of their own."""
        host = self.socket.client.host if self.socket.client else ""
        return f"{host} {id(self)}" if host in ("127.0.0.1", "::1", "") else host

    def tell(self, kind: str, message: str) -> None:
        """A newer message takes the place of the one that waits, also in the order."""
        self.waiting[kind] = message
        self.ready.set()

    def forget(self) -> None:
        """What waits of a leader who leads no more is not sent."""
        for kind in ("state", "overlays"):
            self.waiting.pop(kind, None)

    async def send(self) -> None:
        """Sends what waits until the connection ends."""
        while True:
            await self.ready.wait()
            self.ready.clear()
            while self.waiting:
                kind = next(iter(self.waiting))
                await self.socket.send_text(self.waiting.pop(kind))


@dataclass
class _Room:
    """One match: who leads, who follows, and what was said last."""

    operators: list[_Seat] = field(default_factory=list)
    followers: list[_Seat] = field(default_factory=list)
    leader: _Seat | None = None
    visitors: int = 0
    newest: int = 0
    lowest: int = 1 << 62
    kept: dict[str, str] = field(default_factory=dict)
    heard: float | None = None
    led_since: float = 0.0

    def presence(self) -> str:
        """Whether somebody leads and who, and how long ago the leader was heard."""
        silent_ms = None if self.heard is None else round((time.monotonic() - self.heard) * 1000)
        leader = self.leader.token if self.leader else None
        return json.dumps({"kind": "operator", "present": bool(leader), "silent_ms": silent_ms, "leader": leader})

    def tell_operators(self) -> None:
        for seat in self.operators:
            said = {"kind": "lead", "yours": seat is self.leader, "screens": len(self.followers), "token": seat.token}
            seat.tell("lead", json.dumps(said))

    def lead(self, seat: _Seat, asked: object, take: object) -> None:
        """Give an operator its place: first where it asks to ``take`` the lead or nobody else leads, else behind the
        others. One that comes back keeps its place by the token it was given."""
        now = time.time_ns() // 1_000_000
        again = asked if isinstance(asked, int) and not isinstance(asked, bool) and 0 < asked <= now else None
        quiet_s = time.monotonic() - (self.led_since if self.heard is None else self.heard)
        others = [other.token for other in self.operators if other is not seat]
        if again:
            seat.token = again
        elif take is True or not others or quiet_s > SILENT_S:
            seat.token = max(now, self.newest + 1)
        else:
            seat.token = min(self.lowest, *others) - 1  # nor one that somebody had who may come back
        self.newest = max(self.newest, seat.token)
        self.lowest = min(self.lowest, seat.token)
        self.choose()

    def choose(self) -> None:
        """The first of the operators that are here leads."""
        chosen = max(self.operators, key=lambda seat: seat.token, default=None)
        if chosen is not self.leader:
            self.leader, self.heard, self.led_since = chosen, None, time.monotonic()
            self.kept.clear()
            for follower in self.followers:
                follower.forget()
                follower.tell("operator", self.presence())
        self.tell_operators()

    def has_a_seat_for(self, seat: _Seat) -> bool:
        """Whether one more screen of this device may follow."""
        same = [one for one in self.followers if one.device == seat.device]
        return len(self.followers) < MAX_SCREENS and len(same) < MOST_OF_ONE

    def leave(self, seat: _Seat) -> None:
        if seat in self.followers:
            self.followers.remove(seat)
            if not self.followers:  # without a screen nothing is told: what was told would be old for the next one
                self.kept.clear()
        if seat in self.operators:
            self.operators.remove(seat)
        self.choose()

    def take(self, seat: _Seat, kind: str, text: str) -> None:
        """Hand the leader's message on; whoever does not lead is not heard."""
        if seat is not self.leader:
            return
        self.heard = time.monotonic()
        if kind == "alive":
            return
        self.kept[kind] = text
        for follower in self.followers:
            follower.tell(kind, text)


class Hub:
    """The rooms of all matches. Its methods run in the server's event loop only."""

    def __init__(self) -> None:
        self.rooms: dict[str, _Room] = {}

    async def serve(self, socket: WebSocket, match_id: str, *, may_lead: bool = True) -> None:
        """Take part in a match's room until the connection ends; the first message says as what."""
        from starlette.websockets import WebSocketDisconnect

        await socket.accept()
        room = self.rooms.setdefault(match_id, _Room())
        room.visitors += 1
        seat = _Seat(socket)
        sending = asyncio.create_task(seat.send())
        beating: asyncio.Task[None] | None = None
        try:
            hello = await asyncio.wait_for(_message(socket), HELLO_WITHIN_S)
            role = hello.get("role")
            if role == "operator" and may_lead:
                room.operators.append(seat)
                room.lead(seat, hello.get("token"), hello.get("take"))
                beating = asyncio.create_task(_ask(seat))
                await self._hear(room, seat)
            elif role == "follower" and room.has_a_seat_for(seat):
                room.followers.append(seat)
                for kind, text in room.kept.items():
                    seat.tell(kind, text)
                room.tell_operators()
                beating = asyncio.create_task(_beat(room, seat))
                await _message(socket)  # it has nothing more to say
                await socket.close(REFUSED)
            else:
                await socket.close(REFUSED)
        except _TooLarge:
            await socket.close(TOO_LARGE)
        except (WebSocketDisconnect, RuntimeError):  # Starlette says by RuntimeError that the other side is gone
            pass
        except (ValueError, TimeoutError):
            await socket.close(REFUSED)
        finally:
            room.leave(seat)
            for task in (sending, beating):
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                        await task
            room.visitors -= 1
            if not room.visitors:
                self.rooms.pop(match_id, None)

    async def _hear(self, room: _Room, seat: _Seat) -> None:
        while True:
            text = await _text(seat.socket)
            kind = _parsed(text).get("kind")
            if kind not in ("state", "overlays", "alive"):
                raise ValueError(kind)
            room.take(seat, kind, text)


async def _ask(seat: _Seat) -> None:
    """Ask an operator's page whether it is alive. It answers by a message, because timers of a page in the background
    may sleep for a minute."""
    while True:
        seat.tell("beat", json.dumps({"kind": "beat"}))
        await asyncio.sleep(BEAT_S)


async def _beat(room: _Room, seat: _Seat) -> None:
    while True:
        seat.tell("operator", room.presence())
        await asyncio.sleep(BEAT_S)


class _TooLarge(Exception):
    """A message that nobody means."""


async def _text(socket: WebSocket) -> str:
    """The next text message. Raises ``WebSocketDisconnect``, ``_TooLarge``, or ``ValueError`` for one of bytes."""
    from starlette.websockets import WebSocketDisconnect

    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if not isinstance(text, str):
        raise ValueError("bytes")
    if len(text) > LARGEST_BYTES:
        raise _TooLarge
    return text


async def _message(socket: WebSocket) -> dict[str, Any]:
    return _parsed(await _text(socket))


def _parsed(text: str) -> dict[str, Any]:
    """A JSON object. Raises ``ValueError``."""
    try:
        found = json.loads(text)
    except RecursionError as fault:
        raise ValueError("nested") from fault
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
