"""The kernel's own commands: ``demo`` runs every package's demo builder, ``schema`` prints JSON Schemas."""

from __future__ import annotations

import argparse
import json
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from typing import Any

from touchline.cli import add_json, emit, progress
from touchline.errors import BadValue, NotFound
from touchline.files import data_home


def register_demo(parser: argparse.ArgumentParser) -> None:
    """``touchline demo``: make what there is to open on a first start."""
    add_json(parser)
    parser.add_argument("--force", action="store_true", help="make the demo again even where it is complete")
    parser.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> int:
    """Each package's builder ``build(home, *, force, lang, progress)`` returns the documents of what it made."""
    home = data_home()
    made: list[dict[str, Any]] = []
    for point in sorted(entry_points(group="touchline.demos"), key=lambda p: p.name):
        made += point.load()(home, force=args.force, lang=args.lang, progress=progress)
    emit({"home": str(home), "made": made}, args, [f"{item['kind']}: {item['name']}" for item in made])
    return 0


def schema_packages() -> list[str]:
    """The packages that publish schemas: those that declare a command."""
    points = entry_points(group="touchline.commands")
    return sorted({point.module.split(".")[0] for point in points})


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Every published JSON Schema by name, each with at least one example; files ``<package>/schemas/<name>.json``.
    Read once a process; not to be changed."""
    found: dict[str, dict[str, Any]] = {}
    for package in schema_packages():
        folder = resources.files(package).joinpath("schemas")
        if not folder.is_dir():
            continue
        for file in folder.iterdir():
            if file.name.endswith(".json"):
                found[file.name.removesuffix(".json")] = json.loads(file.read_text("utf-8"))
    return dict(sorted(found.items()))


def register_schema(parser: argparse.ArgumentParser) -> None:
    """``touchline schema [NAME] [--example]``: the JSON Schema of a document, or only an example of it."""
    add_json(parser)
    parser.add_argument("name", nargs="?", help="name of the document; without it the names are listed")
    parser.add_argument("--example", action="store_true", help="print an example of the document instead")
    parser.set_defaults(run=_schema)


def _schema(args: argparse.Namespace) -> int:
    known = schemas()
    if args.name is None:
        if args.example:
            raise BadValue("touchline.errors.example_of_what")
        emit({"schemas": list(known)}, args, list(known))
        return 0
    if args.name not in known:
        raise NotFound("touchline.errors.no_such_schema", name=args.name, known=", ".join(known))
    document = known[args.name]["examples"][0] if args.example else known[args.name]
    emit(document, args, [json.dumps(document, ensure_ascii=False, indent=2)])
    return 0
