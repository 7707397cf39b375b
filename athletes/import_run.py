"""Many files in: read by several processes, kept by this one, in their order, within bounded memory.

A file that ends the process that reads it (too little memory, a fault in a library) is refused by name; the rest goes
on. A run that is ended goes on where it was: what is kept is told by its digest and not read again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path

from athletes.intake import Document, Intake, Taken, read_file, refused
from touchline.errors import BadFile

FEW = 12
"""Fewer files are read by this process: starting others takes as long."""

MOST_JOBS = 8
AHEAD = 3
"""Files that wait for each process, so that none waits for a file."""


@dataclass(frozen=True, slots=True)
class Order:
    """How files are to be read, as it is handed to the reading processes."""

    lang: str
    zone: tzinfo | None = None
    now: datetime | None = None
    rr_unit: str | None = None
    keeping: bool = False
    known: frozenset[str] = field(default_factory=frozenset)


def jobs_for(files: int, wanted: int | None = None) -> int:
    """How many processes read: as many as ``wanted``, else as there are processors, one for few files."""
    if wanted is not None:
        return max(1, wanted)
    return 1 if files < FEW else max(1, min(os.cpu_count() or 1, MOST_JOBS))


def run(
    paths: Sequence[Path], intake: Intake, order: Order, *, jobs: int, done: Callable[[int], None] = lambda count: None
) -> Iterator[Document]:
    """The outcome of every file in its order. ``done`` hears how many files are through.

    Raises ``NotAllowed``; ``BadValue`` for an unknown unit of intervals.
    """
    order = replace(order, keeping=intake.archive is not None, known=intake.known)
    found = _here(paths, order) if jobs == 1 else _there(paths, order, jobs)
    for count, parts in enumerate(found, 1):
        yield from map(intake.add, parts)
        done(count)


def read_one(path: Path, order: Order) -> list[Taken]:
    """All that one file holds."""
    return list(
        read_file(
            path,
            path.name,
            lang=order.lang,
            now=order.now,
            zone=order.zone,
            rr_unit=order.rr_unit,
            keeping=order.keeping,
            known=order.known,
        )
    )


def _here(paths: Sequence[Path], order: Order) -> Iterator[list[Taken]]:
    for path in paths:
        yield read_one(path, order)


_ORDER: list[Order] = []
"""The order of a reading process, given once and not with every file."""


def _begin(order: Order) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that keeps; this one ends with it
    _ORDER[:] = [order]


def _read(path: Path) -> list[Taken]:
    return read_one(path, _ORDER[0])


def _pool(order: Order, jobs: int) -> ProcessPoolExecutor:
    # Spawned: a fork would take this process's open database with it.
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (order,))


def _there(paths: Sequence[Path], order: Order, jobs: int) -> Iterator[list[Taken]]:
    """What the processes read, in the order of ``paths``."""
    waiting: deque[tuple[Path, Future[list[Taken]]]] = deque()
    left = iter(paths)
    pool = _pool(order, jobs)
    try:
        while True:
            while len(waiting) < jobs * AHEAD and (path := next(left, None)) is not None:
                waiting.append((path, _submitted(pool, path)))
            if not waiting:
                break
            path, future = waiting.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                again = [path, *(other for other, _ in waiting)]
                waiting.clear()
                pool.shutdown(wait=False)
                yield from _one_by_one(again, order)
                pool = _pool(order, jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, path: Path) -> Future[list[Taken]]:
    try:
        return pool.submit(_read, path)
    except BrokenProcessPool as fault:
        broken: Future[list[Taken]] = Future()
        broken.set_exception(fault)
        return broken


def _one_by_one(paths: Sequence[Path], order: Order) -> Iterator[list[Taken]]:
    """What a single process reads in files of which one ended another; a refusal for whichever ends this one."""
    pool = _pool(order, 1)
    try:
        for path in paths:
            try:
                yield pool.submit(_read, path).result()
            except BrokenProcessPool:
                yield [Taken(refused(str(path), BadFile("athletes.errors.reader_died", name=path.name), order.lang))]
                pool.shutdown(wait=False)
                pool = _pool(order, 1)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
