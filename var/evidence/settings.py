"""How an installation signs: with its own key or a PKCS #11 token, with or without a time-stamp authority."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from touchline.errors import BadValue
from touchline.rights import Action, Person, require
from touchline.store import store_at

NAME = "evidence.signing"
PIN_VARIABLE = "TOUCHLINE_TOKEN_PIN"
"""Where commands and jobs find the token's PIN; it is never kept."""


@dataclass(frozen=True, slots=True)
class Token:
    """A PKCS #11 token: its module (a shared library), its label, and the labels of the key and of the certificate."""

    module: Path
    label: str
    key: str
    certificate: str


@dataclass(frozen=True, slots=True)
class SigningSettings:
    """What is configured; None is not. An empty one signs with the installation's own key and no time stamp."""

    timestamp_url: str | None = None
    token_module: str | None = None
    token_label: str | None = None
    key_label: str | None = None
    certificate_label: str | None = None

    def __post_init__(self) -> None:
        if self.timestamp_url is not None:
            parts = urlsplit(self.timestamp_url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise BadValue("var.errors.timestamp_url", url=self.timestamp_url)
        told = (self.token_module, self.token_label, self.key_label)
        if any(told) and not all(told):
            raise BadValue("var.errors.token_half")

    @property
    def token(self) -> Token | None:
        """The token that signs the report; None where the installation's own key does."""
        if not (self.token_module and self.token_label and self.key_label):
            return None
        return Token(
            Path(self.token_module), self.token_label, self.key_label, self.certificate_label or self.key_label
        )

    def document(self) -> dict[str, Any]:
        """The settings as a JSON-ready document."""
        return asdict(self)


def read_settings(home: Path) -> SigningSettings:
    """What is kept for the installation; empty where nothing was set. Raises ``BadValue`` where it is damaged."""
    kept = store_at(home).setting(NAME)
    if kept is None:
        return SigningSettings()
    try:
        found = json.loads(kept)
        named = {field.name: found[field.name] for field in fields(SigningSettings) if field.name in found}
        if not all(value is None or isinstance(value, str) for value in named.values()):
            raise TypeError("not a text")
    except (ValueError, TypeError) as fault:
        raise BadValue("var.errors.signing_settings", fault=fault) from fault
    return SigningSettings(**named)


def write_settings(home: Path, settings: SigningSettings, person: Person | None = None) -> None:
    """Keep the settings of an installation. A token's module is a program that this machine runs, so that a ``person``
    who sets one keeps the accounts too; raises ``NotAllowed`` for others."""
    require(person, Action.KEEP_PEOPLE)
    store_at(home).set_setting(NAME, json.dumps(settings.document()))
