"""Every installed command, what ``docs/commands.md`` says of it, and the schemas of what it prints."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from touchline.cli import build_parser
from touchline.commands import schemas
from var.datasets import cards
from var.demo import MATCHES

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text("utf-8")
SCHEMAS = schemas()
DEMO = MATCHES[0][0]
FOUL = MATCHES[1][0]
DATASET = next(iter(cards()))


def leaves(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command and sub-action that can be called, by its words."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield name, parser
    for action in below:
        for word, sub in action.choices.items():
            yield from leaves(sub, f"{name} {word}".strip())


LEAVES = dict(leaves(build_parser()))


def sections() -> dict[str, str]:
    """The text of ``docs/commands.md`` below each heading that names a command."""
    parts = re.split(r"^#{2,3} touchline (.+)$", DOCS, flags=re.MULTILINE)
    return {
        name: re.split(r"^#{2,3} ", text, flags=re.MULTILINE)[0]
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


SECTIONS = sections()


def printed_by(leaf: str) -> list[str]:
    """The schemas that the documentation names for what a command prints, and the common refusal."""
    (line,) = re.findall(r"^Prints (.+)$", SECTIONS[leaf], flags=re.MULTILINE)
    return [name for name in re.findall(r"`(\w+)`", line) if name not in {"code", "reason"}]


def strict(text: str) -> Any:
    """The one JSON document that ``text`` is; anything else, NaN included, is an error."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} on standard output")

    return json.loads(text, parse_constant=refuse)


def fits(document: Any, name: str) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMAS[name]).is_valid(document))
