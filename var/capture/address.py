"""Addresses of cameras: what kind each is, whether it can be used, and how it is shown without its password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from touchline.errors import BadValue


class Kind(StrEnum):
    """How a source is reached."""

    RTSP = "rtsp"
    UDP = "udp"
    TCP = "tcp"
    LISTEN = "listen"  # MPEG-TS over TCP, where the sender calls this computer
    HTTP = "http"
    SRT = "srt"
    DEVICE = "device"
    FILE = "file"


NETWORK = frozenset({Kind.RTSP, Kind.UDP, Kind.TCP, Kind.LISTEN, Kind.HTTP, Kind.SRT})
MOST_CAMERAS = 8

_SCHEMES = {
    "rtsp": Kind.RTSP,
    "rtsps": Kind.RTSP,
    "udp": Kind.UDP,
    "tcp": Kind.TCP,
    "http": Kind.HTTP,
    "https": Kind.HTTP,
    "srt": Kind.SRT,
}
_SECRET = re.compile(r"pass|pwd|pw|token|key|secret|auth|sig|streamid|^p$", re.IGNORECASE)
_IN_PATH = re.compile(r"((?:pass(?:word|wd)?|pwd|pw)=).*?(?=&|_[a-z]+=|[/;?#]|$)", re.IGNORECASE)
"""A password in the path, as recorders of many makers want it: ``/user=admin_password=X_channel=1_stream=0.sdp``."""
_STARS = "***"


@dataclass(frozen=True, slots=True)
class Address:
    """An address that can be tried. ``shown`` has no password; ``url`` is what the library opens (a path for files)."""

    kind: Kind
    url: str
    shown: str
    host: str | None = None
    port: int | None = None
    loop: bool = False

    def __repr__(self) -> str:  # the address itself may hold a password
        return f"Address({self.shown})"


def redacted(text: str) -> str:
    """``text`` without passwords: those in front of a host, and values of telling parameters behind a question mark."""
    return re.sub(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+", lambda found: _without_password(found.group()), text)


def hidden(address: str) -> str:
    """``address`` without its password, whatever signs stand in it, and also where it is mistyped."""
    if "://" in address:
        return _without_password(address)
    return _IN_PATH.sub(r"\1" + _STARS, re.sub(r"([^/:@\s]*):[^/]*@", rf"\1:{_STARS}@", address))


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    place, slash, tail = _split_place(rest)
    if "@" not in place and "@" in rest and not re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:\d{1,5})?", place):
        # A slash or a question mark stands in the password: no address that works, yet its password is not shown.
        at = rest.rfind("@")
        after, slash, tail = _split_place(rest[at + 1 :])
        place = f"{rest[:at]}@{after}"
    if "@" in place:
        user, _, host = place.rpartition("@")
        place = f"{user.partition(':')[0]}{':' + _STARS if ':' in user else ''}@{host}"
    head, mark, query = f"{place}{slash}{tail}".partition("?")
    head = _IN_PATH.sub(r"\1" + _STARS, head)
    if mark:
        pairs = [part.partition("=") for part in query.split("&")]
        query = "&".join(f"{name}={_STARS}" if eq and _SECRET.search(name) else name + eq + v for name, eq, v in pairs)
    return f"{scheme}://{head}{mark}{query}"


def _split_place(rest: str) -> tuple[str, str, str]:
    """User, password and host; the separator; the rest (RFC 3986, 3.2)."""
    found = re.search(r"[/?#]", rest)
    return (rest, "", "") if found is None else (rest[: found.start()], found.group(), rest[found.end() :])


def parse(text: str) -> Address:
    """The address in ``text``. Raises ``BadValue`` (``capture_bad_url``) where it cannot be one.

    Taken are ``rtsp://``, ``udp://``, ``tcp://`` (with ``?listen`` the sender calls), ``http(s)://``, ``srt://``,
    ``/dev/video0`` or ``v4l2:/dev/video0``, and a file's path or ``file:PATH`` with ``?loop=1`` to repeat it.
    """
    text = text.strip()
    shown = hidden(text)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text)
    mistyped = scheme is None and re.match(rf"({'|'.join(_SCHEMES)})(:|//)", text, re.IGNORECASE)
    if not text or mistyped or any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise BadValue("var.errors.capture_bad_url", source=shown)
    if scheme and scheme[1].lower() != "file":
        return _network(text, scheme[1].lower(), shown)
    if text.startswith(("v4l2:", "/dev/video")):
        return Address(Kind.DEVICE, text.removeprefix("v4l2:"), shown)
    path, loop = _file(text)
    if not path:
        raise BadValue("var.errors.capture_bad_url", source=shown)
    return Address(Kind.FILE, str(Path(path).expanduser().absolute()), shown, loop=loop)


def _file(text: str) -> tuple[str, bool]:
    marked = text.lower().startswith("file:")
    path = text[5:] if marked else text
    if path.startswith("//"):
        path = path[2:]
    path, mark, query = path.partition("?") if marked or re.search(r"\?loop(=\w*)?$", path) else (path, "", "")
    loop = dict(parse_qsl(query, keep_blank_values=True)).get("loop") if mark else None
    return (unquote(path) if marked and "%" in path else path), loop is not None and loop not in ("0", "no", "false")


def _network(text: str, scheme: str, shown: str) -> Address:
    kind = _SCHEMES.get(scheme)
    refusal = BadValue("var.errors.capture_bad_url", source=shown)
    if kind is None or re.search(r"%([01][0-9a-f]|7f)", text, re.IGNORECASE):  # signs that no keyboard has
        raise refusal
    place, slash, tail = _split_place(text.partition("://")[2])
    host, port = _host(place.rpartition("@")[2], refusal)
    query = dict(parse_qsl((slash + tail).partition("?")[2], keep_blank_values=True))
    if kind is Kind.TCP and query.get("listen", "0") not in ("0", "no", "false"):
        kind = Kind.LISTEN
    if (kind in (Kind.UDP, Kind.TCP, Kind.LISTEN, Kind.SRT) and port is None) or (
        not host and kind in (Kind.RTSP, Kind.HTTP, Kind.TCP)
    ):
        raise refusal
    return Address(kind, text, shown, host or None, port)


def _host(place: str, refusal: BadValue) -> tuple[str, int | None]:
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.%]+\]|[^\[\]:\s]*)(?::(\d{1,5}))?", place)
    if found is None or (found[2] and not 0 < int(found[2]) < 65536):
        raise refusal
    return found[1].strip("[]"), int(found[2]) if found[2] else None


def split_secrets(url: str) -> tuple[str, dict[str, str]]:
    """An SRT address without its telling parameters, and those: a command line is no place for a passphrase. A user in
    front of the host is left out, because SRT knows none (there it is part of ``streamid``)."""
    parts = urlsplit(url)
    parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    open_ones = [(name, value) for name, value in pairs if not _SECRET.search(name)]
    return urlunsplit(parts._replace(query=urlencode(open_ones))), {n: v for n, v in pairs if _SECRET.search(n)}
