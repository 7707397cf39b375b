"""The first sheet of an XLSX file from a stranger, read by openpyxl behind bounds on what that could cost."""

from __future__ import annotations

import io
import os
import re
import warnings
import zipfile
from contextlib import closing
from dataclasses import dataclass
from typing import Any

_OTHER_TAG = re.compile(rb"<(?!/|(?:\w+:)?(?:c|v|f|t|r|is|si|row)[\s/>])")
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"


class StrictWorkbook(ValueError):
    """A workbook in ISO's strict form, which openpyxl reads as empty."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a workbook may hold at most: bytes unpacked, rows and cells in a row, tags of the whole package, and tags
    that are no cells or texts: openpyxl takes several times as long for them."""

    unpacked: int
    rows: int
    cells: int
    tags: int
    other_tags: int = 200_000


def first_sheet(data: bytes, bounds: Bounds) -> list[tuple[Any, ...]]:
    """The cells of the first sheet, as ``sheet_beside_others`` finds and refuses them."""
    return sheet_beside_others(data, bounds)[0]


def sheet_beside_others(data: bytes, bounds: Bounds) -> tuple[list[tuple[Any, ...]], tuple[str, ...]]:
    """The cells of the first sheet as openpyxl finds them, ``bounds.rows`` + 1 rows at most, and the names of the
    further sheets, which are not read.

    Raises ``StrictWorkbook``; ``ValueError`` beyond the bounds or without a sheet; for what is no workbook any
    exception, because openpyxl promises none.
    """
    if _STRICT in _looked_through(data, bounds):
        raise StrictWorkbook("strict form of Office Open XML")
    # Where lxml is, openpyxl parses some parts by it and not by defusedxml.
    os.environ.setdefault("OPENPYXL_LXML", "False")
    from openpyxl import load_workbook

    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")  # of styles that it leaves out
    with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)) as book:
        if not book.worksheets:
            raise ValueError("no sheet")
        page, *others = book.worksheets
        page.reset_dimensions()  # some programs write wrong ones, and cells beyond them would be lost
        rows = list(page.iter_rows(max_row=bounds.rows + 1, max_col=bounds.cells, values_only=True))
        return rows, tuple(str(other.title) for other in others)


def _looked_through(data: bytes, bounds: Bounds) -> bytes:
    """How the workbook's own part begins. Raises ``ValueError`` for a package that would unpack to too much or to too
    many elements, or declares entities."""
    began = b""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if sum(entry.file_size for entry in package.infolist()) > bounds.unpacked:
            raise ValueError("too large when unpacked")
        tags = others = 0
        for entry in package.infolist():
            is_xml, last = entry.filename.lower().endswith((".xml", ".rels")), b""
            with package.open(entry) as part:
                while piece := part.read(1 << 20):
                    if entry.filename == "xl/workbook.xml":
                        began = began or piece[:2000]
                    if is_xml and b"<!DOCTYPE" in (last + piece).replace(b"\0", b""):  # in UTF-16 too
                        raise ValueError("a document type")
                    last = piece[-20:]
                    tags += piece.count(b"<")
                    others += len(_OTHER_TAG.findall(piece))
                    if tags > bounds.tags or others > bounds.other_tags:
                        raise ValueError("too many cells or styles")
    return began
