"""Rule packs for tests: the shipped ones as text, the one of the documentation, and a writer of TOML."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from var.rules.choosing import choose
from var.rules.shelf import shipped

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "var" / "rules" / "packs").glob("*.toml"))
BLANK = ROOT / "var" / "rules" / "blank.toml"

PACKS = shipped()
BOOKS = {
    f"{pack.id}-{name}-{form.id}": choose(
        PACKS,
        pack.sport,
        form.id,
        edition.valid_from,
        [key for key, each in pack.options.items() if name in each.editions],
    )
    for pack in PACKS
    for name, edition in pack.editions.items()
    for form in pack.formats
}
"""Every edition of every shipped pack in every format, with all options of that edition."""
BARE = {
    f"{name}-bare": choose(PACKS, rules.pack.sport, rules.format.id, rules.edition.valid_from)
    for name, rules in BOOKS.items()
    if rules.adopted
}
"""The same where there are options, and none was adopted."""


def documented() -> str:
    """The pack for vovinam that ``docs/rules.md`` holds."""
    (block,) = re.findall(r"^```toml\n(.*?)^```$", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.DOTALL | re.M)
    return str(block)


def walked() -> str:
    """The pack for sepak takraw that the changes in ``docs/rules.md`` make of the blank one."""
    text = BLANK.read_text("utf-8")
    for change in re.findall(
        r"^```diff\n(.*?)^```$", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.DOTALL | re.M
    ):
        lines = change.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def toml(document: dict[str, Any]) -> str:
    """``document`` as TOML: a header for each top-level table, a line for each item of a list."""
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key in document.keys() - plain.keys():
        lines += [f"[{_key(key)}]", *(f"{_key(name)} = {_value(value)}" for name, value in document[key].items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",\n".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
