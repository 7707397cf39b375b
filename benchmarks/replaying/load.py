"""How much of the processors and of the memory the browser and other processes that we started take, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

BROWSER = "chrom"
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def _processes() -> dict[int, tuple[int, str, float]]:
    """Every process: its parent, its name and the seconds of processor it took."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue  # it ended meanwhile
        name, _, rest = text.partition("(")[2].rpartition(")")
        fields = rest.split()
        found[int(folder.name)] = int(fields[1]), name, (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
    return found


def _descendants(name: str) -> list[tuple[int, float]]:
    """The processes among our descendants whose name holds ``name``, with the seconds of processor they took."""
    known = _processes()
    mine, fresh = {os.getpid()}, {os.getpid()}
    while fresh:
        fresh = {pid for pid, (parent, _, _) in known.items() if parent in fresh} - mine
        mine |= fresh
    mine.discard(os.getpid())
    return [(pid, known[pid][2]) for pid in mine if name in known.get(pid, (0, "", 0.0))[1]]


def processor_s(name: str = BROWSER) -> float:
    """Seconds of processor that the browser, or other processes that we started, took so far."""
    return sum(spent for _, spent in _descendants(name))


def memory_mb() -> float | None:
    """Memory of the browser's processes in MB, shared pages counted once as far as the system tells; None unknown."""
    total = 0
    for pid, _ in _descendants(BROWSER):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            return None
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return round(total / 1024, 1) if total else None
