"""``touchline models``: list the vision models and build them into the cache."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, progress
from touchline.i18n import number, t
from touchline.models import complete, folder
from touchline.models.catalogue import Model, Package, models


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``list`` and ``get``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the models that can be had")
    listing.set_defaults(run=_list)
    get = actions.add_parser("get", help="fetch what models are built of, check it and build them")
    get.add_argument("names", nargs="*", metavar="NAME", help="name of a model; without one all of them")
    get.set_defaults(run=_get)
    add_json(listing)
    add_json(get)


def document(of: Model, ready: bool, lang: str) -> dict[str, Any]:
    """A model as both commands print it."""
    return {
        "name": of.name,
        "purpose": t(f"touchline.models.{of.name}.purpose", lang),
        "licence": of.package.licence,
        "package": f"{of.package.name} {of.package.version}",
        "ready": ready,
        "files": [
            {"part": file.part, "name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256}
            for file in of.files
        ],
    }


def _line(of: Model, state: str, lang: str) -> str:
    size_mb = number(sum(file.size_bytes for file in of.files) / 1e6, lang, 1)
    purpose = t(f"touchline.models.{of.name}.purpose", lang)
    return f"{of.name}  {t(f'touchline.models.state.{state}', lang)}  {size_mb} MB  {of.package.licence}  {purpose}"


def _list(args: argparse.Namespace) -> int:
    where = folder()
    ready = {name: complete(each, where) for name, each in models().items()}
    emit(
        {"folder": str(where), "models": [document(each, ready[name], args.lang) for name, each in models().items()]},
        args,
        [_line(each, "ready" if ready[name] else "absent", args.lang) for name, each in models().items()],
    )
    return 0


def _get(args: argparse.Namespace) -> int:
    from touchline.models.get import get

    def fetching(package: Package) -> None:
        size_mb = number(package.size_bytes / 1e6, args.lang)
        label = f"{package.name} {package.version}"
        progress(t("touchline.models.fetching", args.lang, package=label, size_mb=size_mb))

    where: Path = folder()
    results = get(args.names, fetching=fetching)
    refused = []
    for result in results:
        if result.refusal is not None:
            waits = t(f"touchline.models.{result.model.name}.waits", args.lang)
            refused.append({"name": result.model.name, "waits": waits, **result.refusal.document(args.lang)})
    told = list(dict.fromkeys(f"{each['detail']} {each['hint']}" for each in refused))
    waiting = "; ".join(dict.fromkeys(each["waits"] for each in refused))
    for line in [*told, t("touchline.models.waiting", args.lang, waits=waiting)] if refused else []:
        progress(line)
    emit(
        {
            "status": "refused" if refused else "ok",
            "folder": str(where),
            "models": [
                {**document(each.model, each.refusal is None, args.lang), "fetched": each.fetched} for each in results
            ],
            "refused": [{key: each[key] for key in ("name", "code", "detail", "hint", "waits")} for each in refused],
        },
        args,
        [
            _line(each.model, "absent" if each.refusal else "fetched" if each.fetched else "ready", args.lang)
            for each in results
        ],
    )
    return 0
