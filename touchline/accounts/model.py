"""The nouns: an account, a session, one line of the log of sign-ins; and how they are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from touchline.errors import BadValue
from touchline.rights import Person, Role
from touchline.store import Migration

Clock = Callable[[], datetime]

IDLE = timedelta(hours=8)
"""A session that nobody used for so long has ended."""
ABSOLUTE = timedelta(hours=24)
"""A session ends after so long, used or not."""
SET_BACK = timedelta(hours=1)
"""How far the clock may be set back before the sessions begun or used by then have ended: they would last for ever."""
MOST_LOGGED = 20_000
"""Lines that the log of sign-ins keeps; the oldest go first, so that guessing fills no disk."""
LONGEST_LOGIN, LONGEST_NAME, LONGEST_EMAIL = 64, 120, 254
_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]+")

MIGRATIONS = (
    Migration(
        "accounts",
        """
        CREATE TABLE account (
            id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, roles TEXT NOT NULL,
            hash TEXT NOT NULL, active INTEGER NOT NULL, must_change INTEGER NOT NULL,
            email TEXT UNIQUE, subject TEXT UNIQUE, made_utc TEXT NOT NULL
        );
        CREATE TABLE account_session (
            token_sha256 TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES account (id),
            made_utc TEXT NOT NULL, seen_utc TEXT NOT NULL, expires_utc TEXT NOT NULL, ended_utc TEXT,
            sender TEXT NOT NULL
        );
        CREATE INDEX account_session_account ON account_session (account);
        CREATE TABLE account_sign_in (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, at_utc TEXT NOT NULL, login TEXT NOT NULL, sender TEXT NOT NULL,
            outcome TEXT NOT NULL
        );
        """,
    ),
)


class Outcome(StrEnum):
    """What came of a sign-in."""

    SIGNED_IN = "signed_in"
    FIRST = "first"
    """The first start: the administrator was made."""
    PROVIDER = "provider"
    """Signed in through the sign-in of another (OIDC)."""
    COMMAND = "command"
    """The owner of the machine asked for a session on the command line."""
    WRONG = "wrong"
    """No such login, or another password: the log does not tell either, so that nobody learns it there."""
    SLOWED = "slowed"
    """Refused unread, after too many wrong ones."""
    DISABLED = "disabled"
    WRONG_CODE = "wrong_code"
    """Not the code of the first start."""
    UNKNOWN_EMAIL = "unknown_email"
    """Another's sign-in vouches for somebody who has no account here."""
    UNVERIFIED = "unverified"
    """Another's sign-in does not vouch for the e-mail address."""

    @property
    def good(self) -> bool:
        """Whether somebody came in."""
        return self in (Outcome.SIGNED_IN, Outcome.FIRST, Outcome.PROVIDER, Outcome.COMMAND)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. ``must_change``: the password was given by another and serves once.

    ``provider``: whether an OIDC identity is bound to it already.
    """

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    active: bool
    must_change: bool
    email: str | None
    provider: bool
    made_utc: str

    @property
    def person(self) -> Person:
        """Who that is for the rights."""
        return Person(self.id, self.name, self.roles)

    @property
    def administers(self) -> bool:
        """Whether this is an administrator who can sign in."""
        return self.active and Role.ADMINISTRATOR in self.roles


@dataclass(frozen=True, slots=True)
class Session:
    """A session of an account; ``id`` names it and opens nothing."""

    id: str
    account_id: str
    login: str
    made_utc: str
    seen_utc: str
    expires_utc: str
    sender: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a token that is good says: who it is, and whether a new password comes first."""

    session_id: str
    account_id: str
    login: str
    person: Person
    must_change: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of the log."""

    at_utc: str
    login: str
    sender: str
    outcome: Outcome


def now_utc() -> datetime:
    """The clock that is used where none is given."""
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """An instant as the store keeps it; such texts sort as the instants do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def login_of(typed: str) -> str:
    """A login as it is kept: however its letters were typed. Raises ``BadValue`` for one that is none."""
    login = bare_login(typed)
    if not _LOGIN.fullmatch(login) or not login.isprintable():
        raise BadValue("touchline.errors.bad_login", longest=LONGEST_LOGIN)
    return login


def bare_login(typed: str) -> str:
    """``typed`` with its letters as logins are kept, whatever it is."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def name_of(typed: str) -> str:
    """A person's name as it is kept. Raises ``BadValue`` for one that is empty or endless."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadValue("touchline.errors.bad_name", longest=LONGEST_NAME)
    return name


def email_of(typed: str) -> str:
    """An e-mail address as it is compared. Raises ``BadValue`` for what is none."""
    email = typed.strip().casefold()
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise BadValue("touchline.errors.bad_email")
    return email


def roles_of(given: Iterable[str]) -> frozenset[Role]:
    """Roles by their names. Raises ``BadValue`` for none at all, or one that is not known."""
    known = {role.value: role for role in Role}
    names = list(given)
    for name in names:
        if name not in known:
            raise BadValue("touchline.errors.no_such_role", role=name, known=", ".join(known))
    if not names:
        raise BadValue("touchline.errors.no_role")
    return frozenset(known[name] for name in names)


def bounded(text: str, most: int = LONGEST_LOGIN) -> str:
    """What somebody typed, short and on one line, as a log may hold it."""
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
