"""RR intervals, one a line, in milliseconds, seconds or 1/1024 s; NN intervals; and NumPy's array files of them.

The unit is told by what the file says (a heading or a comment), by the times beside the intervals, or by their size:
hearts beat 0.2 to 5 s apart. Milliseconds and 1/1024 s differ by 2.4 %, which no size tells: without a word of the
file or of the caller, numbers of that size are milliseconds, and that is said.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import replace
from datetime import datetime, tzinfo
from math import isfinite, nan
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from athletes.importers.common import Found, Repair
from athletes.importers.numbers import NOTHING, number_of, style_of
from athletes.importers.samples import Beats, Samples, to_recording
from athletes.importers.units import INTERVAL_MS
from touchline.errors import BadFile, BadValue

UNITS = ("ms", "s", "1/1024 s")
MOST_BEATS = 2_000_000
"""A week of beats is a million."""

LONGEST_PREAMBLE = 12
MAX_BAD_SHARE = 0.2
SHOWN_FAULTS = 12
_NN = re.compile(r"(?<![A-Za-z])nni?(?![A-Za-z])|(?<![A-Z])NNI?(?![a-z])")
"""The word NN or NNI, also inside ``SampleNNISeries``, and not inside ``RUNNING``."""

_SECONDS = re.compile(r"(?:\(|\[|\bin\s+)(?:s|sec|seconds?)\b", re.IGNORECASE)
_MILLI = re.compile(r"\b(?:ms|msec|milliseconds?)\b|_ms\b", re.IGNORECASE)
_TICKS = re.compile(r"1\s*/\s*1024", re.IGNORECASE)
_NAMED = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ _T](\d\d)[-:.](\d\d)[-:.](\d\d)")


def unit_said(text: str) -> str | None:
    """The unit of intervals that words name; None where they name none."""
    if _TICKS.search(text):
        return "1/1024 s"
    if _MILLI.search(text):
        return "ms"
    return "s" if _SECONDS.search(text) else None


def unit_of(values: NDArray[np.float64], said: str | None, elapsed_ms: float | None = None) -> tuple[str, str]:
    """(unit, what told it) of intervals in the numbers of the file, shape (n,): ``said``, ``times`` or ``size``.

    ``elapsed_ms`` is the time that they took by a clock beside them. Raises ``BadFile`` (``interval_unit_unknown``).
    """
    if said is not None:
        return said, "said"
    positive = values[np.isfinite(values) & (values > 0)]
    middle = float(np.median(positive)) if positive.size else 0.0
    if 0.2 <= middle <= 5.0:
        return "s", "size"
    if not 200.0 <= middle <= 5000.0:
        raise BadFile("athletes.errors.interval_unit_unknown", middle=middle)
    if elapsed_ms and positive.size >= 60:
        ratio = float(positive.sum()) / elapsed_ms
        if 1.016 < ratio < 1.032:
            return "1/1024 s", "times"
        if 0.992 < ratio < 1.008:
            return "ms", "times"
    return "ms", "size"


def looks_like_intervals(text: str) -> bool:
    """True where ``text`` is a list of numbers, one a line, under a few lines of words at most."""
    lines = [line.strip() for line in text[:20_000].splitlines()[: LONGEST_PREAMBLE + 60]]
    lines = [line for line in lines if line and not line.startswith(("#", "//", "%"))]
    if len(text) > 20_000 and lines:
        lines.pop()
    numbers = [_value(line) is not None for line in lines]
    first = numbers.index(True) if True in numbers else len(numbers)
    body = numbers[first:]
    return first <= LONGEST_PREAMBLE and len(body) >= 2 and sum(body) >= 0.75 * len(body)


def _value(line: str) -> float | None:
    try:
        read = number_of(line.strip().rstrip(",;"), style_of([line.strip().rstrip(",;")], divided_by_comma=False))
    except ValueError:
        return None
    return read[0] if read is not None and read[1] in ("", *INTERVAL_MS) else None


def read(text: str, name: str, *, now: datetime, zone: tzinfo | None, unit: str | None = None) -> Found:
    """The intervals in ``text``. ``unit`` (of ``UNITS``) overrules what the file tells.

    Raises ``BadFile``: ``interval_unit_unknown``, ``bad_lines``, ``no_samples``, ``too_many_beats``.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    words = [line for _, line in lines[:LONGEST_PREAMBLE] if _value(line) is None]
    style = style_of((line.rstrip(",;") for _, line in lines), divided_by_comma=False)
    values: list[float] = []
    faults: list[str] = []
    for number, line in lines:
        cell = line.rstrip(",;").strip()
        if line.startswith(("#", "//", "%")) or (not values and line in words):
            continue
        if cell.lower() in NOTHING:
            values.append(nan)
            continue
        try:
            read = number_of(cell, style)
        except ValueError:
            read = None
        if read is None or read[1] not in ("", *INTERVAL_MS):
            faults.append(f"{number}: {cell[:30]!r}")
            values.append(nan)  # a beat was there: what is beside it does not follow on
        else:
            values.append(read[0])
    repairs = []
    if faults:
        shown = "; ".join(faults[:SHOWN_FAULTS]) + ("; …" if len(faults) > SHOWN_FAULTS else "")
        if len(faults) > MAX_BAD_SHARE * (total := len(values)):
            raise BadFile("athletes.errors.bad_lines", count=len(faults), total=total, faults=shown)
        repairs.append(Repair("bad_lines", {"count": len(faults), "faults": shown}))
    said = unit or unit_said(" ".join(words)) or unit_said(name)
    found = _found(np.array(values), said, f"{name} {' '.join(words)}", name, now=now, zone=zone, unread=len(faults))
    return Found(found.recording, repairs + found.repairs, found.notes)


def is_npy(data: bytes) -> bool:
    """True where ``data`` begins as NumPy's array files do."""
    return data[:6] == b"\x93NUMPY"


def read_npy(data: bytes, name: str, *, now: datetime, zone: tzinfo | None, unit: str | None = None) -> Found:
    """The intervals in an array file of shape (n,), (n, 1) or (1, n). Nothing in it is executed (no pickle).

    Raises ``BadFile``: ``damaged``, and as ``read`` does.
    """
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = header(stream)
        if kind.hasobject or kind.kind not in "iuf" or max(shape, default=0) != np.prod(shape, dtype=object):
            raise ValueError(f"{kind} {shape}")
        if np.prod(shape, dtype=object) * kind.itemsize > len(data):
            raise ValueError(f"{shape}: {len(data)} B")
        stream.seek(0)
        values = np.lib.format.read_array(stream, allow_pickle=False).reshape(-1).astype(np.float64)
    except (
        tokenize.TokenError,
        ValueError,
        TypeError,
        EOFError,
        SyntaxError,
        OverflowError,
        MemoryError,
        RecursionError,
    ) as fault:
        raise BadFile("athletes.errors.damaged", kind="NPY", fault=str(fault)[:120]) from fault
    return _found(values, unit or unit_said(name), name, name, now=now, zone=zone)


def _found(
    values: NDArray[np.float64],
    said: str | None,
    words: str,
    name: str,
    *,
    now: datetime,
    zone: tzinfo | None,
    unread: int = 0,
) -> Found:
    if not np.isfinite(values).any():
        raise BadFile("athletes.errors.no_samples")
    if values.size > MOST_BEATS:
        raise BadFile("athletes.errors.too_many_beats", count=int(values.size), most=MOST_BEATS)
    unit, told = unit_of(values, said)
    beats = Beats(told=unread)
    for value in values.tolist():
        beats.add(value * INTERVAL_MS[unit] if isfinite(value) else nan)
    kind = "nn" if _NN.search(words) else "rr"
    recording, repairs = to_recording(Samples(), kind=kind, epoch=None, now=now, beats=beats)
    if not recording.series and recording.rr_ms is None:
        raise BadFile("athletes.errors.no_samples")
    notes = [Repair("interval_unit", {"unit": unit, "told": told})]
    if (start := started(name, zone)) is not None and start <= now:
        recording = replace(recording, start=start)
        notes.append(Repair("start_from_name", {"start": start.isoformat()}))
    return Found(recording, repairs, notes)


def started(name: str, zone: tzinfo | None) -> datetime | None:
    """The instant in a file name such as ``2026-01-17 17-47-13.txt`` (Elite HRV), in ``zone``; None without one."""
    match = _NAMED.search(PurePath(name).stem)
    if match is None or zone is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def check_unit(unit: str | None) -> None:
    """Raises ``BadValue`` where ``unit`` is none of ``UNITS``."""
    if unit is not None and unit not in UNITS:
        raise BadValue("athletes.errors.bad_interval_unit", unit=unit, units=", ".join(UNITS))
