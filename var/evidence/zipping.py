"""One ``.zip`` of a folder, the same bytes for the same files and time."""

from __future__ import annotations

import shutil
import zipfile
from datetime import datetime
from pathlib import Path

PACKED = (".json", ".jsonl", ".txt", ".pem", ".svg", ".sig")
_BLOCK = 1 << 20


def write_zip(folder: Path, target: Path, *, name: str, written_utc: str) -> None:
    """Pack the files of ``folder`` into ``target`` below the one folder ``name``: sorted, all with the time of the
    export, text deflated, media and papers stored, without extra fields and comments. Raises ``OSError``."""
    stamp = datetime.fromisoformat(written_utc).timetuple()[:6]
    files = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w") as archive:
        for relative, path in files:
            entry = zipfile.ZipInfo(f"{name}/{relative}", stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED if path.suffix in PACKED else zipfile.ZIP_STORED
            entry.create_system = 3  # so that the mode is read as one; the same on every system
            entry.external_attr = 0o100644 << 16
            entry.file_size = path.stat().st_size  # so that no field for large files is needed below 2 GiB
            with path.open("rb") as source, archive.open(entry, "w") as packed:
                shutil.copyfileobj(source, packed, _BLOCK)
