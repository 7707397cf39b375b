"""Recordings for whoever is not the review: opened, taken into a folder, set beside each other, and the calibrated
cameras of a match (``touchline.footage``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile
from touchline.footage import Filmed, Footage, Picture, Progress, Shot, Tied, View
from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from touchline.rights import Action, Person, require
from touchline.timebase import ClockMap, Timebase
from var.footage.reader import Reader
from var.footage.recording import Index, index
from var.footage.tables import table_of
from var.model import Clip, Match

READ_AHEAD_BYTES = 32 << 20
"""Pictures that are read in their order need not be kept."""


class Opened:
    """A recording that is read in its order or by single frames; not for several threads at once."""

    def __init__(self, found: Index, tags: Mapping[str, str]) -> None:
        self.path, self.size_px, self.codec, self.tags = found.path, found.size_px, found.codec, tags
        ticks = found.pts.array.astype(np.float64)
        self.times_s: NDArray[np.float64] = (ticks - ticks[0]) * float(found.timebase.tick_s)
        self._reader = Reader(found, READ_AHEAD_BYTES)

    def __len__(self) -> int:
        return len(self.times_s)

    def picture(self, i: int) -> Picture:
        """Frame ``i``. Raises ``BadValue`` for one that there is not, ``BadFile`` for one that does not decode."""
        return self._reader.picture(i)

    def pictures(self, first: int = 0, last: int | None = None) -> Iterator[tuple[int, Picture | None]]:
        """The frames from ``first`` to before ``last`` in their order; None for one that does not decode."""
        for i in range(first, len(self) if last is None else min(last, len(self))):
            try:
                yield i, self._reader.picture(i)
            except BadFile:
                yield i, None

    def close(self) -> None:
        """Let the file go."""
        self._reader.close()


def _tags(path: Path) -> dict[str, str]:
    """What container and pictures say of themselves, as text."""
    from var.footage.recording import opened

    with opened(path) as (container, stream):
        return {str(name): str(value) for name, value in {**container.metadata, **stream.metadata}.items()}


class Given:
    """The review's recordings, for siblings."""

    def open(self, path: Path) -> Footage:
        """The recording in ``path``. Raises ``NotFound``, or ``BadFile`` for what is none."""
        return Opened(index(path), _tags(path))

    def take(self, source: Path, folder: Path, camera_id: str, *, label: str, move: bool, progress: Progress) -> Shot:
        """Take ``source`` into ``folder``: file and table of frames. What does not come about leaves nothing. Raises
        ``BadFile``."""
        from var.ingest import Source, Taker

        folder.mkdir(parents=True, exist_ok=True)
        taker = Taker(folder, "move" if move else "copy", "later", progress)
        clip = taker.take(Source(source, label), camera_id, 0.0, 1.0)
        if clip is None:
            raise taker.refused[0].reason
        return Shot(
            camera_id,
            clip.label,
            clip.path.name,
            clip.sha256,
            clip.size_px,
            clip.timebase.tick_s,
            len(clip),
            float(clip.clip_s(len(clip) - 1)),
            clip.codec,
            clip.gaps,
            _tags(clip.path),
        )

    def make_proxy(self, shot: Shot, folder: Path, progress: Progress) -> None:
        """Make what is missing of the copy that a browser plays. Raises ``BadFile`` with a frame that does not
        decode."""
        from var.proxies import make_all

        make_all(shown(shot, folder), lambda share: progress(share, shot.label))

    def tie(self, reference: Path, others: Sequence[Path], progress: Progress) -> list[Tied]:
        """The clocks of ``others`` beside that of ``reference``, by what ``var.sync.auto`` trusts most."""
        from var.sync.auto import auto
        from var.sync.material import material
        from var.sync.model import Status
        from var.sync.wording import reason_of

        first, found = material(reference), []
        for turn, path in enumerate(others):

            def step(share: float, name: str, turn: int = turn) -> None:
                progress((turn + share) / len(others), name)

            said = auto(first, material(path), progress=step).estimate
            reason = {lang: text for lang in LANGUAGES if (text := reason_of(said.reason, said.facts, lang))}
            if said.status is not Status.OK or said.offset_s is None or said.rate is None:
                found.append(Tied(None, said.method.value, reason))
                continue
            found.append(Tied(ClockMap(said.offset_s, said.rate, said.sigma_s), said.method.value, reason))
        return found

    def filmed(self, home: Path, person: Person | None) -> list[Filmed]:
        """The matches with two cameras or more; those calibrated count where they stand still."""
        from var.archive import Archive

        require(person, Action.WATCH)
        archive = Archive(home, person)
        several = [match for match in archive.matches() if len(match.clips) > 1]
        return [Filmed(match.id, match.name, len(match.clips), len(_views(archive, match))) for match in several]

    def views(self, home: Path, filmed_id: str, person: Person | None) -> list[View]:
        """The synchronised, calibrated, fixed cameras of a match. Raises ``NotFound``, ``NotAllowed``."""
        from var.archive import Archive

        require(person, Action.WATCH)
        archive = Archive(home, person)
        return _views(archive, archive.match(filmed_id))


def _views(archive: object, match: Match) -> list[View]:
    from var.angles import angle_state
    from var.archive import Archive

    assert isinstance(archive, Archive)
    review = archive.review(match.id)
    views = []
    for place, clip in enumerate(match.clips):
        synchronised = place == match.master or clip.to_match.sigma_s is not None
        if not clip.fixed or clip.removed is not None or not clip.path.is_file() or not synchronised:
            continue
        found = angle_state(match, review, clip.camera_id, None).calibration
        if found is None:
            continue
        views.append(
            View(
                clip.camera_id,
                clip.label,
                clip.path,
                clip.size_px,
                clip.to_match,
                found.k,
                found.dist,
                found.rvec,
                found.tvec_m,
                found.covariance,
                found.parameters,
            )
        )
    return views


def shown(shot: Shot, folder: Path, to_match: ClockMap | None = None, *, camera_id: str = "", label: str = "") -> Clip:
    """``shot`` as an angle that the player shows, on the clock that ``to_match`` leads to. Raises ``NotFound`` where
    its files are gone."""
    table = folder / f"{shot.camera_id}.frames"
    return Clip(
        camera_id=camera_id or shot.camera_id,
        label=label or shot.label,
        path=folder / shot.file,
        proxy=folder / f"{shot.camera_id}.proxy",
        sha256=shot.sha256,
        size_px=shot.size_px,
        timebase=Timebase(shot.tick_s),
        pts=table_of(table).pts,
        to_match=to_match or ClockMap(),
        timing=Origin.IMPORTED,
        codec=shot.codec,
        fixed=True,
        gaps=shot.gaps,
        file_sha256=shot.sha256,
        table=table,
    )


KEEPER = Given()
