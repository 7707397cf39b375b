"""A rule pack as plain data: whole, in the form of its TOML file, or in short for lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from var.rules.consistency import holding
from var.rules.model import Edition, Format, Parts, Request
from var.rules.pack import Pack

RENAMED = {"origins": "from"}
"""Keys of the file that are no name in Python."""


def document(pack: Parts) -> dict[str, Any]:
    """The tables of the pack's TOML file; ``read_document`` makes an equal pack of them."""
    return {key: value for key, value in _plain(pack).items() if value not in ({}, [])}


def _plain(value: Any) -> Any:
    """``value`` without what is absent: None, false flags that are the default, empty lists and texts."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    table = {}
    for entry in fields(value):
        item = getattr(value, entry.name)
        if item is None or item == entry.default or (item in ((), "") and entry.default == item):
            continue
        table[RENAMED.get(entry.name, entry.name)] = _plain(item)
    if isinstance(value, Request) and value.quota is None:
        table["unlimited"] = True
    return table


def summary(pack: Pack, origin: str, lang: str, on: date | None = None) -> dict[str, Any]:
    """What a pack holds, in short and in ``lang``; ``on`` leaves only the editions in force on that day."""
    return {
        "id": pack.id,
        "sport": pack.sport,
        "name": pack.name[lang],
        "origin": origin,
        "editions": [
            _edition(pack, name, edition, lang)
            for name, edition in pack.editions.items()
            if on is None or edition.holds(on)
        ],
        "sources": [
            {
                "id": name,
                "title": source.title,
                "publisher": source.publisher,
                "date": source.date,
                "kind": source.kind.value,
                "seen": source.seen.value,
                "url": source.url or None,
            }
            for name, source in pack.sources.items()
        ],
        "note": pack.note[lang] if pack.note is not None else None,
    }


def _edition(pack: Pack, name: str, edition: Edition, lang: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": edition.name[lang],
        "valid_from": edition.valid_from.isoformat(),
        "valid_until": edition.valid_until.isoformat() if edition.valid_until is not None else None,
        "options": [
            {"id": key, "name": option.name[lang]}
            for key, option in pack.options.items()
            if holding(option.editions, name)
        ],
        "formats": [_format(pack, name, form, lang) for form in pack.formats if holding(form.editions, name)],
    }


def _format(pack: Pack, edition: str, form: Format, lang: str) -> dict[str, Any]:
    there = [
        situation
        for situation in pack.situations
        if holding(situation.editions, edition) and holding(situation.formats, form.id)
    ]
    return {
        "id": form.id,
        "name": form.name[lang],
        "cameras_least": form.cameras_least,
        "cameras_most": form.cameras_most,
        "reviewable": [situation.id for situation in there if situation.reviewable],
        "left_out": [situation.id for situation in there if not situation.reviewable],
        "requests": [
            {
                "id": request.id,
                "name": request.name[lang],
                "quota": request.quota,
                "per": request.per.value if request.per is not None else None,
                "extra_time": request.extra_time,
                "window_s": request.window_s,
                "kept_when": [result.value for result in request.kept_when],
            }
            for request in form.requests
        ],
    }
