"""Who may come in from the network: a key for operators and one for viewers, and the cookies they are exchanged for."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from touchline.errors import BadFile
from touchline.files import locked, write_bytes

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Signs that nobody confuses when a key is read aloud or typed with gloves; 10 of them hold 49 bits."""
KEY_SIGNS = 10


class Role(StrEnum):
    """What a device of the network may do."""

    OPERATOR = "operator"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Keys:
    """The join keys of an installation and the secret that signs its cookies."""

    operator: str
    viewer: str
    secret: bytes

    def of(self, role: Role) -> str:
        """The key of a role."""
        return self.operator if role is Role.OPERATOR else self.viewer

    def role_of_key(self, typed: str) -> Role | None:
        """The role that a typed key opens, however its letters and dashes were written; None for a wrong one."""
        given = "".join(sign for sign in typed.upper() if sign.isalnum()).encode("utf-8", "replace")
        found: Role | None = None
        for role in Role:  # each is compared, so that the time tells nothing
            if hmac.compare_digest(given, self.of(role).replace("-", "").encode()):
                found = role
        return found

    def cookie(self, role: Role) -> str:
        """What a device of this role shows from now on; worthless once the key was changed."""
        text = f"touchline join {role} {self.of(role)}".encode()
        return f"{role}.{hmac.new(self.secret, text, hashlib.sha256).hexdigest()}"

    def role_of_cookie(self, cookie: str) -> Role | None:
        """The role of a device by its cookie, or None."""
        found: Role | None = None
        for role in Role:
            if hmac.compare_digest(cookie.encode("utf-8", "replace"), self.cookie(role).encode()):
                found = role
        return found


def load_keys(folder: Path, *, renew: bool = False) -> Keys:
    """The keys kept in ``folder``, made where there are none.

    ``renew`` makes new ones, and every device must join again. Raises ``BadFile`` where
    the file cannot be read or written.
    """
    path = folder / "keys.json"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(folder / "lock"):
            if renew or not path.exists():
                keys = Keys(_new_key(), _new_key(), secrets.token_bytes(32))
                document = {"operator": keys.operator, "viewer": keys.viewer, "secret": keys.secret.hex()}
                write_bytes(path, json.dumps(document).encode(), private=True)
                return keys
        path.chmod(0o600)
        document = json.loads(path.read_text("utf-8"))
        keys = Keys(str(document["operator"]), str(document["viewer"]), bytes.fromhex(document["secret"]))
        if len(keys.secret) < 32 or min(len(keys.operator), len(keys.viewer)) < KEY_SIGNS:
            raise ValueError("too short")
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise BadFile("var.errors.bad_keys", path=path, fault=fault) from fault
    return keys


def _new_key() -> str:
    signs = "".join(secrets.choice(ALPHABET) for _ in range(KEY_SIGNS))
    return f"{signs[: KEY_SIGNS // 2]}-{signs[KEY_SIGNS // 2 :]}"
