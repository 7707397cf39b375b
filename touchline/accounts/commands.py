"""``touchline accounts``: accounts, sessions and sign-ins, for whoever owns this machine and its data folder."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from typing import Any

from touchline.accounts import cookie
from touchline.accounts.desk import Desk
from touchline.accounts.kept import Accounts
from touchline.accounts.model import Account, Outcome, Session, SignIn
from touchline.cli import add_json, emit
from touchline.files import data_home
from touchline.i18n import t
from touchline.rights import Role


def register(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = {
        name: actions.add_parser(name, help=text)
        for name, text in (
            ("list", "list the accounts"),
            ("add", "add an account"),
            ("roles", "give an account these roles and no others"),
            ("email", "say which e-mail address another's sign-in (OIDC) must vouch for"),
            ("password", "give an account a new password and end its sessions"),
            ("disable", "let an account in no longer and end its sessions"),
            ("enable", "let an account in again"),
            ("sessions", "list the sessions that are open, or end those of an account"),
            ("sign-ins", "list the last sign-ins, failed ones too"),
            ("session", "print the cookie of a new session, for scripts and tests"),
        )
    }
    for name in ("add", "roles", "email", "password", "disable", "enable", "session"):
        made[name].add_argument("login", metavar="LOGIN", help="the name to sign in with")
    made["add"].add_argument("name", metavar="NAME", help="the person's name, as it stands on decisions")
    for name in ("add", "roles"):
        made[name].add_argument(
            "--role",
            action="append",
            required=True,
            choices=[role.value for role in Role],
            help="a role; may be repeated",
        )
    made["add"].add_argument("--email", help="address that another's sign-in (OIDC) must vouch for")
    made["email"].add_argument(
        "email", metavar="EMAIL", nargs="?", help="the address; without one none counts any more"
    )
    for name in ("add", "password"):
        made[name].add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input; else one is made"
        )
    made["sessions"].add_argument("--end", metavar="LOGIN", help="sign this account out everywhere first")
    made["sign-ins"].add_argument("--most", type=int, default=100, help="lines at most (default: 100)")
    for name, run in _RUN.items():
        made[name].set_defaults(run=run)
        add_json(made[name])


def document(account: Account) -> dict[str, Any]:
    """An account as the commands print it."""
    return {
        "login": account.login,
        "name": account.name,
        "roles": [role.value for role in Role if role in account.roles],
        "active": account.active,
        "must_change": account.must_change,
        "email": account.email,
        "provider": account.provider,
        "made_utc": account.made_utc,
    }


def _line(account: Account, lang: str) -> str:
    roles = ", ".join(t(f"touchline.rights.role.{role.value}", lang) for role in Role if role in account.roles)
    state = "" if account.active else f"  ({t('touchline.accounts.disabled', lang)})"
    return f"{account.login}  {account.name}  {roles}{state}"


def _list(args: argparse.Namespace) -> int:
    found = Accounts(data_home()).all()
    lines = [_line(account, args.lang) for account in found]
    emit({"accounts": [document(account) for account in found]}, args, lines)
    return 0


def _given(args: argparse.Namespace) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if args.password_stdin else None


def _told(account: Account, made: str | None, args: argparse.Namespace) -> int:
    lines = [_line(account, args.lang)]
    if made is not None:
        lines.append(t("touchline.accounts.one_time_said", args.lang, password=made))
    emit({"account": document(account), "one_time_password": made}, args, lines)
    return 0


def _add(args: argparse.Namespace) -> int:
    accounts = Accounts(data_home())
    return _told(*accounts.add(args.login, args.name, args.role, password=_given(args), email=args.email), args)


def _roles(args: argparse.Namespace) -> int:
    return _told(Accounts(data_home()).set_roles(args.login, args.role), None, args)


def _email(args: argparse.Namespace) -> int:
    return _told(Accounts(data_home()).set_email(args.login, args.email), None, args)


def _password(args: argparse.Namespace) -> int:
    return _told(*Accounts(data_home()).new_password(args.login, _given(args)), args)


def _disable(args: argparse.Namespace) -> int:
    return _told(Accounts(data_home()).disable(args.login), None, args)


def _enable(args: argparse.Namespace) -> int:
    return _told(Accounts(data_home()).enable(args.login), None, args)


def _sessions(args: argparse.Namespace) -> int:
    accounts = Accounts(data_home())
    if args.end:
        accounts.end_sessions(args.end)
    found = accounts.sessions()
    lines = [f"{each.login}  {each.made_utc}  {each.seen_utc}  {each.sender}" for each in found]
    emit({"sessions": [session_document(each) for each in found]}, args, lines)
    return 0


def session_document(session: Session) -> dict[str, Any]:
    """A session as the command prints it; nothing in it opens anything."""
    return {name: value for name, value in dataclasses.asdict(session).items() if name != "account_id"}


def _sign_ins(args: argparse.Namespace) -> int:
    found = Accounts(data_home()).sign_ins(max(1, args.most))
    said = {each: t(f"touchline.accounts.outcome.{each.value}", args.lang) for each in Outcome}
    lines = [f"{each.at_utc}  {each.login}  {each.sender}  {said[each.outcome]}" for each in found]
    emit({"sign_ins": [_sign_in(each) for each in found]}, args, lines)
    return 0


def _sign_in(each: SignIn) -> dict[str, Any]:
    return {
        "at_utc": each.at_utc,
        "login": each.login,
        "sender": each.sender,
        "outcome": each.outcome.value,
        "good": each.outcome.good,
    }


def _session(args: argparse.Namespace) -> int:
    token, account = Desk(data_home()).by_command(args.login)
    names = {"cookie": cookie.name(secure=False), "cookie_https": cookie.name(secure=True)}
    emit({"login": account.login, **names, "value": token}, args, [f"{names['cookie']}={token}"])
    return 0


_RUN = {
    "list": _list,
    "add": _add,
    "roles": _roles,
    "email": _email,
    "password": _password,
    "disable": _disable,
    "enable": _enable,
    "sessions": _sessions,
    "sign-ins": _sign_ins,
    "session": _session,
}
