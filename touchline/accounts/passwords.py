"""Passwords: argon2id hashes, what a new one must be, and those that are made for one use.

Parameters are those of argon2-cffi, RFC 9106's choice for little memory: 64 MiB and three passes.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from touchline.errors import BadValue

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 200
_SIGNS = "23456789abcdefghjkmnpqrstvwxyz"
"""Signs that nobody confuses when a password is read aloud; 16 of them hold 78 bits."""
_USUAL = (
    "touchline",
    "password",
    "matkhau",
    "mật khẩu",
    "qwertyuiop",
    "qwerty",
    "abcdef",
    "admin",
    "trongtai",
    "bongda",
)
_AT_ONCE = threading.BoundedSemaphore(2)
"""Hashes worked on at the same time: each takes 64 MiB, whoever asks for them."""


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


_nobodys: list[str] = []


def _nobodys_hash() -> str:
    """The hash of a password that nobody has, so that a login that is not there takes as long as one that is."""
    if not _nobodys:
        _nobodys.append(_hasher().hash(secrets.token_urlsafe(16)))
    return _nobodys[0]


def _normal(password: str) -> str:
    """One form for letters with marks, which keyboards put together in different ways."""
    return unicodedata.normalize("NFKC", password)


def hash_of(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters."""
    with _AT_ONCE:
        return _hasher().hash(_normal(password))


def fits(password: str, hashed: str | None) -> bool:
    """Whether ``password`` is the one of ``hashed``; without a hash the same work is done, and the answer is no."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_ONCE:
        try:
            _hasher().verify(hashed or _nobodys_hash(), _normal(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
    return bool(hashed) and len(password) <= LONGEST


def outdated(hashed: str) -> bool:
    """Whether a hash was made with parameters that are no longer those of today."""
    return _hasher().check_needs_rehash(hashed)


def check_new(password: str, *, login: str = "", name: str = "") -> None:
    """Nothing, where ``password`` may be a new one. Raises ``BadValue`` saying what is wrong with it.

    Length is what counts (NIST SP 800-63B); no rule about kinds of signs makes anybody write it on the screen.
    """
    if len(password) < SHORTEST:
        raise BadValue("touchline.errors.password_short", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise BadValue("touchline.errors.password_long", longest=LONGEST)
    plain = _bare(password)
    for word in (login, name, *_USUAL):
        plain = plain.replace(_bare(word), "", 1)
    if len(set(plain)) < 4 or plain.isdigit():  # what is left says how hard it is
        raise BadValue("touchline.errors.password_easy")


def _bare(text: str) -> str:
    """The signs of a text without spaces and without the difference of capitals."""
    return "".join(_normal(text).casefold().split())


def one_time() -> str:
    """A new random password, in groups to be read aloud."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(16))
    return "-".join(signs[at : at + 4] for at in range(0, 16, 4))


def digest(secret: str) -> str:
    """What is kept of a random token: its SHA-256, which opens nothing."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
