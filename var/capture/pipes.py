"""Streams of bytes that the library cannot open so that they can be ended at will: TCP sockets and FFmpeg for SRT."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import shutil
import socket
import subprocess
import threading
import time

from touchline.errors import BadValue, Missing, TouchlineError
from var.capture.address import Address, redacted, split_secrets

_POLL_S = 0.2


class Pipe:
    """What the library reads from. ``read`` gives what there is, ``b""`` at the end; raises ``TimeoutError`` after
    ``silent_s`` without a byte, and ends at once when ``stop`` is set."""

    def __init__(self, handle: int, stop: threading.Event, silent_s: float) -> None:
        self._handle = handle
        self._stop = stop
        self._silent_s = silent_s
        self._ended = False

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes."""
        ends_s = time.monotonic() + self._silent_s
        while not (self._stop.is_set() or self._ended):
            if select.select([self._handle], [], [], _POLL_S)[0]:
                return os.read(self._handle, size)
            if time.monotonic() > ends_s:
                self._ended = True  # the library may ask once more before it hears of the fault
                raise TimeoutError("no data")
        return b""

    def close(self) -> None:
        """Free what the stream holds."""
        with contextlib.suppress(OSError):
            os.close(self._handle)


def call(address: Address, stop: threading.Event, open_s: float, silent_s: float) -> Pipe:
    """A connection to the sender. Raises ``OSError`` where nobody answers."""
    with socket.create_connection((address.host or "", address.port or 0), timeout=open_s) as connection:
        connection.settimeout(None)
        return Pipe(connection.detach(), stop, silent_s)


def listen(address: Address, stop: threading.Event, silent_s: float, wait_s: float | None = None) -> Pipe:
    """The connection of the first sender that calls. Raises ``TimeoutError`` where nobody does within ``wait_s``, or
    when ``stop`` is set, and ``OSError`` where the port is taken."""
    ends_s = None if wait_s is None else time.monotonic() + wait_s
    family = socket.AF_INET6 if ":" in (address.host or "") else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((address.host or "", address.port or 0))
        door.listen(1)
        while not stop.is_set() and (ends_s is None or time.monotonic() < ends_s):
            if select.select([door], [], [], _POLL_S)[0]:
                connection, _ = door.accept()
                return Pipe(connection.detach(), stop, silent_s)
    raise TimeoutError("nobody called")


@functools.cache
def _ffmpeg() -> str | None:
    """The system's FFmpeg where it knows SRT."""
    found = shutil.which("ffmpeg")
    if found is None:
        return None
    try:
        asked = subprocess.run([found, "-hide_banner", "-protocols"], capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if b"srt" in asked.stdout.split() else None


class Srt(Pipe):
    """What FFmpeg receives over SRT, as MPEG-TS. Raises ``Missing`` where there is no FFmpeg that knows SRT."""

    def __init__(self, address: Address, stop: threading.Event, silent_s: float) -> None:
        program = _ffmpeg()
        if program is None:
            raise Missing("var.errors.capture_no_srt", source=address.shown)
        url, secrets = split_secrets(address.url)
        source, script = ["-i", url], None
        if secrets:  # options in a list of sources on standard input, because everybody can read a command line
            names = "file,pipe,fd,crypto,data,srt,udp"
            source = ["-f", "concat", "-safe", "0", "-protocol_whitelist", names, "-i", "pipe:0"]
            lines = [f"file {_quoted(url)}", *(f"option {name} {_quoted(value)}" for name, value in secrets.items())]
            script = ("ffconcat version 1.0\n" + "\n".join(lines) + "\n").encode()
        command = [program, "-hide_banner", "-loglevel", "error", *([] if script else ["-nostdin"]), *source]
        command += ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-copyts", "-muxdelay", "0", "-muxpreload", "0"]
        command += ["-flush_packets", "1", "-f", "mpegts", "pipe:1"]
        if guard := shutil.which("setpriv"):  # a killed recording leaves nobody behind who holds its port
            command = [guard, "--pdeathsig", "KILL", *command]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if script else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._said = b""
        threading.Thread(target=self._listen_to_faults, daemon=True).start()
        if script and self._process.stdin:
            with contextlib.suppress(BrokenPipeError), self._process.stdin as stream:
                stream.write(script)
        assert self._process.stdout is not None
        super().__init__(self._process.stdout.fileno(), stop, silent_s)
        self._shown = address.shown

    def _listen_to_faults(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:
                self._said = line

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes. Raises the named refusal where FFmpeg ended with a fault."""
        data = super().read(size)
        if not data and not (self._stop.is_set() or self._ended) and (fault := self._fault()) is not None:
            raise fault
        return data

    def _fault(self) -> TouchlineError | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        said = redacted(self._said.decode("utf-8", "replace").strip())
        if not said:
            return None
        if "ERROR:BADSECRET" in said or "Unauthorized" in said:
            return BadValue("var.errors.capture_wrong_password", source=self._shown)
        return Missing("var.errors.capture_unreachable", source=self._shown, fault=said.rpartition(": ")[2])

    def close(self) -> None:
        """End FFmpeg."""
        self._process.terminate()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
