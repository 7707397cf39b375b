"""The table as a file: CSV, or a workbook that also explains its columns and holds the matches in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from touchline.i18n import t
from touchline.rights import Action, require
from touchline.sheets import Sheet, csv_bytes, xlsx_bytes
from var.incident_table.columns import COLUMNS, SUMMARY, cells, faults
from var.incident_table.rows import IncidentTable

if TYPE_CHECKING:
    from var.archive import Archive

SUFFIXES = (".csv", ".xlsx")


def table_bytes(table: IncidentTable, suffix: str, lang: str) -> bytes:
    """The table as the content of a file; ``suffix`` says in which form. Raises ``BadValue`` for another one."""
    if suffix.lower() == ".csv":
        return csv_bytes(incident_sheet(table, lang))
    if suffix.lower() == ".xlsx":
        sheets = (incident_sheet(table, lang), _explained(table, lang), _summary(table, lang))
        return xlsx_bytes(sheets, t("var.incident_table.title", lang, title=table.title))
    raise BadValue("var.errors.table_suffix", suffix=suffix[:20] or "–", known=", ".join(SUFFIXES))


def write_table(archive: Archive, table: IncidentTable, path: Path, lang: str) -> Path:
    """Write the table to ``path``, whole or not at all, and return it.

    Raises ``BadValue`` for another form than CSV or XLSX, ``BadFile`` where it cannot be written, and ``NotAllowed``
    where the archive's person may not report.
    """
    require(archive.person, Action.REPORT)
    data = table_bytes(table, path.suffix, lang)
    try:
        write_bytes(path, data)
    except OSError as fault:
        raise BadFile("var.errors.export_unwritable", path=path, fault=fault.strerror or fault) from fault
    return path


def incident_sheet(table: IncidentTable, lang: str) -> Sheet:
    """One row an incident."""
    return Sheet(
        t("var.incident_table.sheet.incidents", lang),
        [column.heading(lang) for column in COLUMNS],
        [column.kind for column in COLUMNS],
        [column.width for column in COLUMNS],
        [cells(COLUMNS, row, lang) for row in table.rows],
    )


def _explained(table: IncidentTable, lang: str) -> Sheet:
    """What stands in each column, and what could not be told."""
    rows = [[column.heading(lang), column.about(lang)] for column in COLUMNS]
    rows += [["", ""], *([t("var.incident_table.absent", lang, name=name), why] for name, why in faults(table, lang))]
    if table.simulated:
        rows.append([t("var.match.origin.simulated", lang), t("var.incident_table.simulated", lang)])
    headings = [t(f"var.incident_table.explained.{name}", lang) for name in ("column", "about")]
    return Sheet(t("var.incident_table.sheet.columns", lang), headings, ["text", "text"], [28, 100], rows)


def _summary(table: IncidentTable, lang: str) -> Sheet:
    """One row a match: its incidents, and its reviews in numbers."""
    return Sheet(
        t("var.incident_table.sheet.matches", lang),
        [column.heading(lang) for column in SUMMARY],
        [column.kind for column in SUMMARY],
        [column.width for column in SUMMARY],
        [cells(SUMMARY, match, lang) for match in table.matches],
    )


def row_documents(table: IncidentTable) -> list[dict[str, Any]]:
    """The rows by the keys of the columns, with words in English, for programs."""
    return [
        dict(zip((column.key for column in COLUMNS), map(_plain, cells(COLUMNS, row, "en")), strict=True))
        for row in table.rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
