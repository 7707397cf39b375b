"""The report of an import: for each file what came in, what was repaired, what was refused; as CSV, XLSX or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from athletes.intake import Document
from touchline.cli import plain
from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from touchline.i18n import t
from touchline.sheets import Kind, Sheet, Value, csv_bytes, xlsx_bytes

SUFFIXES = (".csv", ".xlsx", ".json")
COLUMNS: tuple[tuple[str, Kind, int], ...] = (
    ("path", "text", 44),
    ("status", "text", 12),
    ("kind", "text", 14),
    ("start", "instant", 20),
    ("seconds", "seconds", 12),
    ("heart_rates", "whole", 12),
    ("intervals", "whole", 12),
    ("readings", "whole", 12),
    ("repairs", "text", 50),
    ("notes", "text", 40),
    ("reason", "text", 50),
    ("session", "text", 20),
    ("already_there", "text", 14),
    ("duplicate_of", "text", 30),
    ("same_session_as", "text", 30),
)


def check_suffix(path: Path) -> None:
    """Raises ``BadValue`` where the report cannot be written in the form that its name ends with."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadValue("athletes.errors.bad_report_form", name=path.name, forms=", ".join(SUFFIXES))


def write_report(path: Path, documents: Sequence[Document], lang: str) -> None:
    """Write the report, whole or not at all. No cell of a table is ever a formula.

    Raises ``BadValue`` (``bad_report_form``), ``BadFile`` (``not_written``).
    """
    check_suffix(path)
    suffix = path.suffix.lower()
    if suffix == ".json":
        data = (json.dumps(plain(list(documents)), ensure_ascii=False, indent=2) + "\n").encode()
    else:
        sheet = sheet_of(documents, lang)
        data = csv_bytes(sheet) if suffix == ".csv" else xlsx_bytes([sheet], t("athletes.imports.title", lang))
    try:
        write_bytes(path, data)
    except OSError as fault:
        raise BadFile("athletes.errors.not_written", name=path, fault=fault.strerror or fault) from fault


def sheet_of(documents: Sequence[Document], lang: str) -> Sheet:
    """The report as a table, a row a file."""
    return Sheet(
        t("athletes.imports.title", lang),
        [t(f"athletes.imports.column.{name}", lang) for name, _, _ in COLUMNS],
        [kind for _, kind, _ in COLUMNS],
        [width for _, _, width in COLUMNS],
        [[_cell(name, document, lang) for name, _, _ in COLUMNS] for document in documents],
    )


def _cell(name: str, document: Document, lang: str) -> Value:
    value: Any = document.get(name)
    match name:
        case "status":
            return t(f"athletes.commands.{value}", lang) if value else None
        case "start":
            return datetime.fromisoformat(value) if value else None
        case "heart_rates":
            return _count(document.get("heart_rate"))
        case "intervals":
            return _count(document.get("rr"))
        case "readings":
            return _count(value)
        case "repairs" | "notes":
            return " ".join(item["detail"] for item in value) if value else None
        case "reason":
            return f"{document['detail']} {document['hint']}" if value else None
        case "already_there":
            return t("athletes.imports.yes", lang) if value else None
        case "same_session_as":
            return ", ".join(value) if value else None
        case _:
            return value if isinstance(value, str | int | float) else None


def _count(value: Any) -> int | None:
    return int(value["count"]) if isinstance(value, dict) else None
