"""Accounts as they are kept. Whoever changes them needs the right for it, and one administrator always stays."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from touchline.accounts.model import (
    IDLE,
    MIGRATIONS,
    SET_BACK,
    Account,
    Clock,
    Outcome,
    Session,
    SignIn,
    email_of,
    login_of,
    name_of,
    now_utc,
    roles_of,
    stamp,
)
from touchline.accounts.passwords import check_new, hash_of, one_time
from touchline.errors import BadValue, NotFound
from touchline.rights import Action, Person, Role, require
from touchline.store import Connection, Row, Store, store_at

OWNER = "accounts"


def open_store(home: Path) -> Store:
    """The database with the tables of accounts in it."""
    return store_at(home, {OWNER: MIGRATIONS})


class Accounts:
    """The accounts of an installation, for ``person`` (None: the owner of the machine)."""

    def __init__(self, home: Path, person: Person | None = None, *, clock: Clock = now_utc) -> None:
        self._store, self._person, self._clock = open_store(home), person, clock

    # ------------------------------------------------------------------ reading

    def all(self) -> list[Account]:
        """Every account, by login."""
        require(self._person, Action.KEEP_PEOPLE)
        return [account_of(row) for row in self._store.rows("SELECT * FROM account ORDER BY login")]

    def find(self, login: str) -> Account:
        """The account of a login. Raises ``NotFound``."""
        require(self._person, Action.KEEP_PEOPLE)
        row = self._store.row("SELECT * FROM account WHERE login = ?", (login_of(login),))
        if row is None:
            raise NotFound("touchline.errors.no_such_account", login=login)
        return account_of(row)

    def sessions(self) -> list[Session]:
        """The sessions that are open now, the newest first."""
        require(self._person, Action.KEEP_PEOPLE)
        return [
            Session(*(row[name] for name in Session.__slots__))
            for row in self._store.rows(
                "SELECT session.id, account AS account_id, login, session.made_utc, seen_utc, expires_utc, sender"
                " FROM account_session AS session JOIN account ON account.id = session.account"
                f" WHERE {OPEN_SESSION} ORDER BY session.made_utc DESC",
                open_session_at(self._clock),
            )
        ]

    def sign_ins(self, most: int = 100) -> list[SignIn]:
        """The last sign-ins, failed ones too, the newest first."""
        require(self._person, Action.KEEP_PEOPLE)
        rows = self._store.rows("SELECT * FROM account_sign_in ORDER BY seq DESC LIMIT ?", (most,))
        return [SignIn(row["at_utc"], row["login"], row["sender"], Outcome(row["outcome"])) for row in rows]

    # ------------------------------------------------------------------ changing

    def add(
        self,
        login: str,
        name: str,
        roles: Iterable[str],
        *,
        password: str | None = None,
        email: str | None = None,
    ) -> tuple[Account, str | None]:
        """A new account, and the one-time password that was made for it where none was given.

        Raises ``BadValue`` for a login or an e-mail address that another account has.
        """
        require(self._person, Action.KEEP_PEOPLE)
        login, name, held = login_of(login), name_of(name), roles_of(roles)
        address = email_of(email) if email else None
        hashed, made = _hashed(password, login, name)
        with self._store.write() as connection:
            row = insert(
                connection, self._clock, login, name, held, hashed, must_change=made is not None, email=address
            )
        return account_of(row), made

    def set_roles(self, login: str, roles: Iterable[str]) -> Account:
        """Give an account these roles and no others; its sessions have them from now on."""
        return self._change(login, "roles = ?", (written(roles_of(roles)),))

    def set_email(self, login: str, email: str | None) -> Account:
        """Say which e-mail address another's sign-in (OIDC) must vouch for; what was bound to the old one is let go."""
        return self._change(login, "email = ?, subject = NULL", (email_of(email) if email else None,))

    def disable(self, login: str) -> Account:
        """Let an account in no longer, and end its sessions."""
        return self._change(login, "active = 0", (), end=True)

    def enable(self, login: str) -> Account:
        """Let an account in again."""
        return self._change(login, "active = 1", ())

    def new_password(self, login: str, password: str | None = None) -> tuple[Account, str | None]:
        """Give an account another password and end its sessions; without one a one-time password is made."""
        found = self.find(login)
        hashed, made = _hashed(password, found.login, found.name)
        changed = self._change(login, "hash = ?, must_change = ?", (hashed, int(made is not None)), end=True)
        return changed, made

    def end_sessions(self, login: str) -> Account:
        """Sign an account out everywhere."""
        return self._change(login, "login = login", (), end=True)

    def _change(self, login: str, sql: str, values: tuple[object, ...], *, end: bool = False) -> Account:
        require(self._person, Action.KEEP_PEOPLE)
        with self._store.write() as connection:
            found = connection.execute("SELECT * FROM account WHERE login = ?", (login_of(login),)).fetchone()
            if found is None:
                raise NotFound("touchline.errors.no_such_account", login=login)
            try:
                connection.execute(f"UPDATE account SET {sql} WHERE id = ?", (*values, found["id"]))
            except sqlite3.IntegrityError as fault:  # of what is changed here only e-mail addresses are unique
                raise BadValue("touchline.errors.email_taken") from fault
            changed = account_of(connection.execute("SELECT * FROM account WHERE id = ?", (found["id"],)).fetchone())
            if account_of(found).administers and not administrators(connection):
                raise BadValue("touchline.errors.last_administrator", login=changed.login)
            if end:
                end_all(connection, self._clock, changed.id)
        return changed


def _hashed(password: str | None, login: str, name: str) -> tuple[str, str | None]:
    """The hash of a new password, and the one-time password that was made where none was given."""
    if password is None:
        made = one_time()
        return hash_of(made), made
    check_new(password, login=login, name=name)
    return hash_of(password), None


OPEN_SESSION = (
    "ended_utc IS NULL AND expires_utc > ? AND seen_utc > ? AND session.made_utc <= ? AND seen_utc <= ? AND active = 1"
)
"""When a session counts; its values are ``open_session_at``."""


def open_session_at(clock: Clock) -> tuple[str, str, str, str]:
    """The values of ``OPEN_SESSION`` now."""
    now = clock()
    return stamp(now), stamp(now - IDLE), stamp(now + SET_BACK), stamp(now + SET_BACK)


def written(roles: frozenset[Role]) -> str:
    """Roles as a row keeps them."""
    return ",".join(role.value for role in Role if role in roles)


def account_of(row: Row) -> Account:
    """The account of a row."""
    return Account(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"].split(",") if role),
        active=bool(row["active"]),
        must_change=bool(row["must_change"]),
        email=row["email"],
        provider=row["subject"] is not None,
        made_utc=row["made_utc"],
    )


def administrators(connection: Connection) -> int:
    """How many administrators can sign in."""
    rows = connection.execute("SELECT * FROM account WHERE active = 1").fetchall()
    return sum(account_of(row).administers for row in rows)


def end_all(connection: Connection, clock: Clock, account_id: str, *, but: str = "") -> None:
    """End the sessions of an account, except the one whose id is ``but``."""
    connection.execute(
        "UPDATE account_session SET ended_utc = ? WHERE account = ? AND ended_utc IS NULL AND id != ?",
        (stamp(clock()), account_id, but),
    )


def insert(
    connection: Connection,
    clock: Clock,
    login: str,
    name: str,
    roles: frozenset[Role],
    hashed: str,
    *,
    must_change: bool,
    email: str | None = None,
) -> Row:
    """A new row of accounts. Raises ``BadValue`` where login or e-mail address are taken."""
    if connection.execute("SELECT 1 FROM account WHERE login = ?", (login,)).fetchone():
        raise BadValue("touchline.errors.login_taken", login=login)
    if email and connection.execute("SELECT 1 FROM account WHERE email = ?", (email,)).fetchone():
        raise BadValue("touchline.errors.email_taken")
    new = secrets.token_hex(8)
    connection.execute(
        "INSERT INTO account VALUES (?, ?, ?, ?, ?, 1, ?, ?, NULL, ?)",
        (new, login, name, written(roles), hashed, int(must_change), email, stamp(clock())),
    )
    row: Row = connection.execute("SELECT * FROM account WHERE id = ?", (new,)).fetchone()
    return row


_ENDED = "CASE WHEN ended_utc < expires_utc THEN ended_utc ELSE expires_utc END"
"""When a session ended: by somebody, or by itself."""
_PAST = f"SELECT at_utc AS at FROM account_sign_in UNION ALL SELECT {_ENDED} FROM account_session"


def lines_before(store: Store, at: datetime) -> tuple[int, str | None]:
    """How many lines of the log of sign-ins, and sessions that had ended, are older than an instant; the oldest."""
    store.migrate(OWNER, MIGRATIONS)
    row = store.row(f"SELECT COUNT(*) AS count, MIN(at) AS oldest FROM ({_PAST}) AS past WHERE at < ?", (stamp(at),))
    return (0, None) if row is None else (int(row["count"]), row["oldest"])


def forget_before(connection: Connection, at: datetime) -> int:
    """Delete them, with the rest of a transaction; how many there were."""
    before = stamp(at)
    lines = connection.execute("DELETE FROM account_sign_in WHERE at_utc < ?", (before,)).rowcount
    return lines + connection.execute(f"DELETE FROM account_session WHERE {_ENDED} < ?", (before,)).rowcount
