"""A backup in words, for the command and the page."""

from __future__ import annotations

from typing import Any

from touchline.i18n import number, t


def made_lines(document: dict[str, Any], lang: str) -> list[str]:
    """A backup that was made, in words."""
    told = document["backup"]
    lines = [
        _say("made", lang, path=document["path"], files=number(told["files"], lang), size=size(told["bytes"], lang))
    ]
    if told["linked_bytes"]:
        lines.append(_say("linked", lang, size=size(told["linked_bytes"], lang)))
    lines += [_say("growing", lang, path=each["path"], size=size(each["bytes"], lang)) for each in told["growing"]]
    lines += left_lines(told, lang)
    lines += [_say("removed", lang, name=name) for name in document["removed"]]
    return [*lines, _say("secret" if told["keys"] else "secret_without_keys", lang)]


def left_lines(told: dict[str, Any], lang: str) -> list[str]:
    """What is not in a backup and why, in words."""
    return [
        _say(f"left.{each['why']}", lang, files=number(each["files"], lang), size=size(each["bytes"], lang))
        for each in told["left_out"]
    ]


def size(octets: int, lang: str) -> str:
    """A number of bytes in the unit that suits it."""
    return f"{number(octets / 1e9, lang, 2)} GB" if octets >= 10**9 else f"{number(octets / 1e6, lang, 1)} MB"


def _say(text: str, lang: str, **params: object) -> str:
    return t(f"touchline.backup.{text}", lang, **params)
