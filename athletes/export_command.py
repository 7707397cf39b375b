"""The command ``touchline session export``."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from athletes.archive import Archive
from athletes.exporters import FORMS, export_session, file_name
from touchline.cli import add_json, emit, some_path
from touchline.errors import BadFile
from touchline.files import data_home, write_bytes
from touchline.i18n import number, t


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline session export ID``: one kept session as a file."""
    add_json(parser)
    parser.add_argument("id", help="id of the session")
    parser.add_argument("--format", choices=FORMS, default="fit", help="what to write (default: fit)")
    parser.add_argument(
        "--out", type=some_path, metavar="PATH", help="file or folder to write to (default: a file here, by the id)"
    )
    parser.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> int:
    data = export_session(Archive(data_home()), args.id, args.format)
    path: Path = args.out or Path()
    if path.is_dir():
        path = path / file_name(args.id, args.format)
    try:
        write_bytes(path, data, private=True)
    except OSError as fault:
        raise BadFile("athletes.errors.not_written", name=path, fault=fault.strerror or fault) from fault
    document = {
        "id": args.id,
        "form": args.format,
        "path": str(path),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    emit(document, args, [t("athletes.imports.exported", args.lang, path=path, size=number(len(data), args.lang))])
    return 0
