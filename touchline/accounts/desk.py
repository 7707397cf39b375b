"""The desk where people sign in: passwords, sessions and the first start. It needs no right; it gives them.

A session is a random token in a cookie; what is kept of it is its SHA-256. Each sign-in makes a new one and ends the
one that the browser brought, so nobody can be given a session beforehand.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from touchline.accounts.kept import (
    OPEN_SESSION,
    account_of,
    administrators,
    end_all,
    insert,
    open_session_at,
    open_store,
)
from touchline.accounts.model import (
    ABSOLUTE,
    LONGEST_LOGIN,
    MOST_LOGGED,
    Account,
    Clock,
    Outcome,
    SignedIn,
    bare_login,
    bounded,
    login_of,
    name_of,
    now_utc,
    roles_of,
    stamp,
)
from touchline.accounts.passwords import check_new, digest, fits, hash_of, outdated
from touchline.attempts import Attempts
from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.rights import Role
from touchline.store import Connection, put_setting

MOST_OF_AN_ACCOUNT = 20
"""Wrong passwords of one account within a minute, of all senders from which it never signed in: those that it did are
held to the limit of a sender alone, so that nobody locks somebody else out of the devices they use."""
MOST_SLOWED_NOTED = 10
"""Slowed attempts of one sender that the log takes a minute: a flood of them must not keep the disk busy."""
NOTED_EVERY = timedelta(minutes=1)
"""How often the use of a session is written down."""
FORGOTTEN_AFTER = timedelta(days=30)
_FIRST = "accounts.first"


class WrongSignIn(TouchlineError, PermissionError):
    """Login or password are not right; which of the two is not said."""

    def __str__(self) -> str:  # OSError has a __str__ of its own
        return TouchlineError.__str__(self)


class Slowed(WrongSignIn):
    """Too many wrong ones: ``wait_s`` seconds must pass before the next one is read."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = int(wait_s) + 1
        super().__init__("touchline.errors.slowed", seconds=self.wait_s)


class Desk:
    """Signs people in and out, and says whose a token is."""

    def __init__(
        self,
        home: Path,
        *,
        clock: Clock = now_utc,
        senders: Attempts | None = None,
        logins: Attempts | None = None,
    ) -> None:
        self._store, self._clock = open_store(home), clock
        self._senders = senders or Attempts()
        self._logins = logins or Attempts(most=MOST_OF_AN_ACCOUNT)
        self._noted = Attempts(most=MOST_SLOWED_NOTED)

    # ------------------------------------------------------------------ signing in

    def sign_in(self, login: str, password: str, *, sender: str, brought: str = "") -> str:
        """The token of a new session; the one of the token that was ``brought`` ends.

        Raises ``WrongSignIn``, and ``Slowed`` after too many of those.
        """
        known = bare_login(login)[: LONGEST_LOGIN + 1]  # a longer one is nobody's, and is remembered for a while
        counted = self._slow(login, sender, known)
        row = self._store.row("SELECT * FROM account WHERE login = ?", (known,))
        right = fits(password, row["hash"] if row is not None else None)
        if row is None or not right or not row["active"]:
            self.note(login, sender, Outcome.DISABLED if right else Outcome.WRONG)
            raise WrongSignIn("touchline.errors.wrong_sign_in")
        self._senders.forgive(sender, alone=not counted)
        if counted:
            self._logins.forgive(known)
        again = hash_of(password) if outdated(row["hash"]) else None
        with self._store.write() as connection:
            if again:
                connection.execute(
                    "UPDATE account SET hash = ? WHERE id = ? AND hash = ?", (again, row["id"], row["hash"])
                )
            return self._admit(connection, row["id"], sender, Outcome.SIGNED_IN, brought)

    def _slow(self, login: str, sender: str, account: str | None = None) -> bool:
        """Count an attempt as wrong until it is forgiven; says whether it counts for the account too.

        Where it does not, the account has signed in from there, and the address counts alone: no neighbour in its /64
        locks it out.
        """
        own = account is not None and self._uses(account, sender)
        wait_s = self._senders.take(sender, alone=own)
        counted = wait_s == 0 and account is not None and not own
        if counted and account is not None:
            wait_s = self._logins.take(account)
        if wait_s > 0:
            if self._noted.take(sender) == 0:
                self.note(login, sender, Outcome.SLOWED)
            raise Slowed(wait_s)
        return counted

    def _uses(self, account: str, sender: str) -> bool:
        """Whether this account has signed in from there, as long as its sessions are remembered."""
        return bool(sender) and (
            self._store.row(
                "SELECT 1 FROM account_session AS session JOIN account ON account.id = session.account"
                " WHERE login = ? AND sender = ? LIMIT 1",
                (account, sender),
            )
            is not None
        )

    def by_provider(self, email: str | None, subject: str, *, shown: str = "", sender: str, brought: str = "") -> str:
        """The token of a session for whom another's sign-in vouches: an account with this e-mail address, bound to
        ``subject`` from the first time on, which no other account is. Without an address it does not vouch. Raises
        ``WrongSignIn``."""
        if email is None:
            self.note(shown, sender, Outcome.UNVERIFIED)
            raise WrongSignIn("touchline.errors.provider_unverified", email=bounded(shown))
        with self._store.write() as connection:
            row = connection.execute("SELECT * FROM account WHERE email = ?", (email.strip().casefold(),)).fetchone()
            others = connection.execute("SELECT login FROM account WHERE subject = ?", (subject,)).fetchone()
            own = row is not None and others is not None and others["login"] == row["login"]
            if row is not None and row["active"] and (own or (others is None and row["subject"] is None)):
                connection.execute("UPDATE account SET subject = ? WHERE id = ?", (subject, row["id"]))
                # A one-time password that was never used must not become one that stays.
                connection.execute(
                    "UPDATE account SET hash = '', must_change = 0 WHERE id = ? AND must_change = 1", (row["id"],)
                )
                return self._admit(connection, row["id"], sender, Outcome.PROVIDER, brought)
        disabled = row is not None and not row["active"]
        self.note(email, sender, Outcome.DISABLED if disabled else Outcome.UNKNOWN_EMAIL)
        raise WrongSignIn("touchline.errors.provider_unknown", email=bounded(email))

    def by_command(self, login: str) -> tuple[str, Account]:
        """The token of a session for the owner of the machine. Raises ``NotFound`` and ``BadValue``."""
        with self._store.write() as connection:
            row = connection.execute("SELECT * FROM account WHERE login = ?", (login_of(login),)).fetchone()
            if row is None:
                raise NotFound("touchline.errors.no_such_account", login=login)
            if not row["active"]:
                raise BadValue("touchline.errors.account_disabled", login=row["login"])
            return self._admit(connection, row["id"], "", Outcome.COMMAND), account_of(row)

    def _admit(self, connection: Connection, account_id: str, sender: str, outcome: Outcome, brought: str = "") -> str:
        now = self._clock()
        token = secrets.token_urlsafe(32)
        if brought:
            connection.execute(
                "UPDATE account_session SET ended_utc = ? WHERE token_sha256 = ? AND ended_utc IS NULL",
                (stamp(now), digest(brought)),
            )
        connection.execute("DELETE FROM account_session WHERE expires_utc < ?", (stamp(now - FORGOTTEN_AFTER),))
        connection.execute(
            "INSERT INTO account_session VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
            (digest(token), secrets.token_hex(8), account_id, stamp(now), stamp(now), stamp(now + ABSOLUTE), sender),
        )
        login = connection.execute("SELECT login FROM account WHERE id = ?", (account_id,)).fetchone()["login"]
        _note(connection, now, login, sender, outcome)
        return token

    # ------------------------------------------------------------------ sessions

    def who(self, token_sha256: str, *, used: bool = True) -> SignedIn | None:
        """Whose session this is, by the digest of its token; None where it ended, expired or never was.

        ``used`` says that somebody acts, which keeps it from idling.
        """
        row = self._store.row(
            "SELECT session.id AS session_id, seen_utc, account.* FROM account_session AS session JOIN account"
            f" ON account.id = session.account WHERE token_sha256 = ? AND {OPEN_SESSION}",
            (token_sha256, *open_session_at(self._clock)),
        )
        if row is None:
            return None
        now = self._clock()
        if used and now - datetime.fromisoformat(row["seen_utc"]) >= NOTED_EVERY:
            with self._store.write() as connection:
                connection.execute(
                    "UPDATE account_session SET seen_utc = ? WHERE token_sha256 = ? AND seen_utc < ?",
                    (stamp(now), token_sha256, stamp(now)),
                )
        found = account_of(row)
        return SignedIn(row["session_id"], found.id, found.login, found.person, found.must_change)

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._store.write() as connection:
            connection.execute(
                "UPDATE account_session SET ended_utc = ? WHERE token_sha256 = ? AND ended_utc IS NULL",
                (stamp(self._clock()), digest(token)),
            )

    def change_password(self, who: SignedIn, old: str, new: str, *, sender: str) -> None:
        """Change one's own password and end one's other sessions. Raises ``WrongSignIn`` and ``BadValue``."""
        counted = self._slow(who.login, sender, who.login)
        row = self._store.row("SELECT * FROM account WHERE id = ?", (who.account_id,))
        if row is None or not fits(old, row["hash"]):
            self.note(who.login, sender, Outcome.WRONG)
            raise WrongSignIn("touchline.errors.wrong_password")
        self._senders.forgive(sender, alone=not counted)
        if counted:
            self._logins.forgive(who.login)
        if new == old:
            raise BadValue("touchline.errors.password_same")
        check_new(new, login=row["login"], name=row["name"])
        hashed = hash_of(new)
        with self._store.write() as connection:
            connection.execute("UPDATE account SET hash = ?, must_change = 0 WHERE id = ?", (hashed, who.account_id))
            end_all(connection, self._clock, who.account_id, but=who.session_id)

    # ------------------------------------------------------------------ the first start

    def has_administrator(self) -> bool:
        """Whether an administrator can sign in."""
        return any(account_of(row).administers for row in self._store.rows("SELECT * FROM account"))

    def begin(self) -> str | None:
        """A new code for the first start, or None where there is an administrator; older codes end with it."""
        with self._store.write() as connection:
            if administrators(connection):
                return None
            code = secrets.token_urlsafe(18)
            put_setting(connection, _FIRST, digest(code))
        return code

    def may_begin(self, code: str, *, sender: str) -> bool:
        """Whether ``code`` is that of the first start. Raises ``Slowed``; wrong ones are logged."""
        self._slow("", sender)
        kept = self._store.setting(_FIRST)
        if kept is None or not secrets.compare_digest(kept, digest(code)):
            self.note("", sender, Outcome.WRONG_CODE)
            return False
        self._senders.forgive(sender)
        return True

    def create_first(
        self, code: str, login: str, name: str, roles: Iterable[str], password: str, *, sender: str, brought: str = ""
    ) -> str:
        """Make the administrator, who may hold further ``roles``; the token of the first session. The code ends.

        Raises ``WrongSignIn`` where the code is not the one, or there is an administrator already.
        """
        if not self.may_begin(code, sender=sender):
            raise WrongSignIn("touchline.errors.wrong_first_code")
        login, name = login_of(login), name_of(name)
        held = roles_of([*roles, Role.ADMINISTRATOR.value])
        check_new(password, login=login, name=name)
        hashed = hash_of(password)
        with self._store.write() as connection:
            kept = connection.execute("SELECT value FROM setting WHERE name = ?", (_FIRST,)).fetchone()
            if administrators(connection) or kept is None or kept["value"] != digest(code):
                raise WrongSignIn("touchline.errors.wrong_first_code")  # somebody was faster
            connection.execute("DELETE FROM setting WHERE name = ?", (_FIRST,))
            row = insert(connection, self._clock, login, name, held, hashed, must_change=False)
            return self._admit(connection, row["id"], sender, Outcome.FIRST, brought)

    # ------------------------------------------------------------------ the log

    def note(self, login: str, sender: str, outcome: Outcome) -> None:
        """Write one line into the log of sign-ins."""
        with self._store.write() as connection:
            _note(connection, self._clock(), login, sender, outcome)


def _note(connection: Connection, now: datetime, login: str, sender: str, outcome: Outcome) -> None:
    (last,) = connection.execute(
        "INSERT INTO account_sign_in (at_utc, login, sender, outcome) VALUES (?, ?, ?, ?) RETURNING seq",
        (stamp(now), bounded(login), bounded(sender), outcome.value),
    ).fetchone()
    connection.execute("DELETE FROM account_sign_in WHERE seq <= ?", (last - MOST_LOGGED,))
