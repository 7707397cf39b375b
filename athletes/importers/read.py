"""``read``: a training file of any known format, recognised by what is in it, not by its name."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from athletes.importers import csv_file, fit, gpx, tcx
from athletes.importers.common import MAX_BYTES, Imported
from athletes.importers.xml_stream import looks_like_xml, root_name
from touchline.errors import BadFile

MB = 2**20


def read(
    source: Path | bytes, name: str | None = None, *, now: datetime | None = None, zone: tzinfo | None = None
) -> Imported:
    """The training file ``source``, a path or its bytes; ``name`` is what people call it.

    ``zone`` is the time zone of clock times that name none (CSV); without it such a file's start is unknown. ``now``
    (default: this instant) tells impossible dates.

    Raises ``BadFile`` with a code that says why the file is refused: ``not_readable``, ``too_large``, ``empty``,
    ``not_a_training_file``, ``not_an_activity``, ``no_samples``, ``no_heart_rate``, ``damaged``, ``unsafe_xml``, and
    for tables ``no_time_column`` and ``bad_lines``.
    """
    name = name or (source.name if isinstance(source, Path) else "?")
    data = bytes_of(source, name)
    now = now or datetime.now(UTC)
    if not data.strip(b"\x00 \t\r\n"):
        raise BadFile("athletes.errors.empty", name=name)
    if fit.is_fit(data):
        recording, repairs = fit.read(data, now=now)
    elif looks_like_xml(data):
        root = root_name(data)
        if root == "TrainingCenterDatabase":
            recording, repairs = tcx.read(data, now=now)
        elif root == "gpx":
            recording, repairs = gpx.read(data, now=now)
        else:
            raise BadFile("athletes.errors.not_a_training_file", name=name)
    elif (text := csv_file.text_of(data)) is not None:
        recording, repairs = csv_file.read(text, now=now, zone=zone)
    else:
        raise BadFile("athletes.errors.not_a_training_file", name=name)
    return Imported(recording, tuple(repairs), name, hashlib.sha256(data).hexdigest())


def bytes_of(source: Path | bytes, name: str) -> bytes:
    """The content of ``source``. Raises ``BadFile``: ``not_readable``, ``too_large``."""
    if isinstance(source, bytes):
        data = source
    else:
        try:
            if source.stat().st_size > MAX_BYTES:
                raise BadFile(
                    "athletes.errors.too_large", name=name, mb=source.stat().st_size // MB, limit_mb=MAX_BYTES // MB
                )
            data = source.read_bytes()
        except OSError as fault:
            if isinstance(fault, BadFile):
                raise
            raise BadFile("athletes.errors.not_readable", name=name, fault=fault.strerror or fault) from fault
    if len(data) > MAX_BYTES:
        raise BadFile("athletes.errors.too_large", name=name, mb=len(data) // MB, limit_mb=MAX_BYTES // MB)
    return data
