"""Where a PostgreSQL database is: read out of a URL, and shown without its password."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from touchline.errors import BadValue

PORT = 5432
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_MODES = ("disable", "require", "verify-full")
_KNOWN = frozenset({"host", "port", "sslmode", "sslrootcert", "application_name"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, out of a URL ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=...``. ``host`` is a
    name, or the folder of a server's socket. The password is in no text that this gives."""

    user: str
    database: str
    host: str
    port: int
    mode: str
    root: str | None = None
    name: str = "touchline"
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        host = f"?host={self.host}" if self.host.startswith("/") else ""
        server = "" if host else f"{self.host}:{self.port}"
        secret = ":***" if self.password else ""
        return f"postgresql://{self.user}{secret}@{server}/{self.database}{host}"


def read_url(url: str, environment: Callable[[str], str | None] = os.environ.get) -> Address:
    """The address that a URL names; a password that it lacks is ``PGPASSWORD``. Raises ``BadValue``, which shows
    nothing of the URL: a password may stand anywhere in one that is wrong."""
    try:
        parts = urlsplit(url)
        asked = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        host = asked.get("host") or parts.hostname or "localhost"
        port = int(asked.get("port") or parts.port or PORT)
        user, database = unquote(parts.username or ""), unquote(parts.path.lstrip("/"))
        local = host.startswith("/") or host in _LOCAL
        mode = asked.get("sslmode") or ("disable" if local else "verify-full")
        wrong = parts.scheme not in ("postgresql", "postgres") or mode not in _MODES or not set(asked) <= _KNOWN
    except ValueError:
        wrong = True
    if wrong or not user or not database:
        raise BadValue("touchline.errors.bad_database_url", modes=", ".join(_MODES))
    password = unquote(parts.password) if parts.password else environment("PGPASSWORD")
    name = asked.get("application_name") or "touchline"
    return Address(user, database, host, port, mode, asked.get("sslrootcert"), name, password)
