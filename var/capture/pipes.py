"""Streams of bytes that the library cannot open so that they can be ended at will: TCP sockets and FFmpeg for SRT."""

from __future__ import annotations

import contextlib
import functools
import math
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
_PAUSE_MOST_S = 1.0
_LOOK = {"analyzeduration": "500000", "probesize": "1000000"}
"""How long FFmpeg looks at a stream that it only passes on (microseconds, bytes): by itself, five seconds."""


class Pipe:
    """What the library reads from. ``read`` gives what there is, ``b""`` at the end; raises ``TimeoutError`` after
    ``silent_s`` without a byte, or where bytes have kept coming for ``useless_s`` since ``useful`` was called last (a
    pause between them counts a second at most), and ends at once when ``stop`` is set."""

    useless_s: float = math.inf

    def __init__(self, handle: int, stop: threading.Event, silent_s: float) -> None:
        self._handle = handle
        self._stop = stop
        self._silent_s = silent_s
        self._ended = False
        self._useless_s = 0.0
        self._came_s: float | None = None

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes."""
        ends_s = time.monotonic() + self._silent_s
        while not (self._stop.is_set() or self._ended):
            data = self._some(size)
            now_s = time.monotonic()
            if data is not None:
                self._useless_s += 0.0 if self._came_s is None else min(now_s - self._came_s, _PAUSE_MOST_S)
                self._came_s = now_s
            if (data is None and now_s > ends_s) or self._useless_s > self.useless_s:
                self._ended = True  # the library may ask once more before it hears of the fault
                raise TimeoutError("no data")
            if data is not None:
                return data
        return b""

    def useful(self) -> None:
        """What was read so far has given a picture."""
        self._useless_s = 0.0

    def _some(self, size: int) -> bytes | None:
        """What there is, ``b""`` at the end, None where nothing came within a moment."""
        return os.read(self._handle, size) if select.select([self._handle], [], [], _POLL_S)[0] else None

    def close(self) -> None:
        """Free what the stream holds."""
        with contextlib.suppress(OSError):
            os.close(self._handle)


class Datagrams(Pipe):
    """What comes by UDP. The library's receiver holds it, in threads that wait for nobody here, and gives it out as
    bytes: opened as a transport stream at once, it could not be ended from here, nor would it say that what comes now
    has other programme numbers than when it was opened."""

    def __init__(self, address: Address, stop: threading.Event, silent_s: float) -> None:
        import av

        options = {"overrun_nonfatal": "1", "fifo_size": "100000", "buffer_size": "4194304", "raw_packet_size": "65424"}
        self._container = av.open(address.url, format="data", options=options, timeout=silent_s)
        self._closed = False
        self._fault: Exception | None = None
        handle, self._into = os.pipe()
        super().__init__(handle, stop, silent_s + 2)  # the receiver itself says that nothing comes
        self._thread = threading.Thread(target=self._receive, name=f"receive {address.shown}", daemon=True)
        self._thread.start()

    def _receive(self) -> None:
        try:
            for packet in self._container.demux():
                if self._closed:
                    break
                view = memoryview(packet)
                while view:
                    view = view[os.write(self._into, view) :]
        except BrokenPipeError:  # nobody reads any more
            pass
        except Exception as fault:  # noqa: BLE001  whatever it is, the reader is told
            self._fault = fault
        finally:
            os.close(self._into)
            self._container.close()

    def _some(self, size: int) -> bytes | None:
        data = super()._some(size)
        if data == b"" and self._fault is not None:
            self._ended = True
            raise self._fault
        return data

    def close(self) -> None:
        """Free the port, at the next datagram or when none comes: before that it would count as taken."""
        self._closed = True
        super().close()
        ends_s = time.monotonic() + self._silent_s
        while self._thread.is_alive() and not self._stop.is_set() and time.monotonic() < ends_s:
            self._thread.join(_POLL_S)


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
        source, script = [*(word for name, value in _LOOK.items() for word in (f"-{name}", value)), "-i", url], None
        if secrets:  # options in a list of sources on standard input, because everybody can read a command line
            given = _LOOK | secrets
            names = "file,pipe,fd,crypto,data,srt,udp"
            source = ["-f", "concat", "-safe", "0", "-protocol_whitelist", names, "-i", "pipe:0"]
            lines = [f"file {_quoted(url)}", *(f"option {name} {_quoted(value)}" for name, value in given.items())]
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
