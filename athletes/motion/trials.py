"""Trials in the store. What was filmed lies in a folder a trial, what was measured of it sealed in the database."""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from athletes.archive import Archive
from athletes.kinematics.model import Movement
from athletes.motion.model import Result, Trial, TrialShot
from athletes.motion.trial_rows import about, sealed_of, trial_of
from athletes.people.standing import Scope, may_hold, require_consent
from touchline.access import Act
from touchline.errors import BadFile, BadValue, NotFound
from touchline.footage import Progress, Shot, keeper
from touchline.jobs import Jobs
from touchline.origin import Origin
from touchline.rights import Action, require
from touchline.store import Row, utc_now

FOLDER = "motion"
COMING = ".coming"
"""Lies in the folder of a trial whose recordings are still being brought in."""
LEFT_S = 86_400.0
"""Recordings that became no trial are left so long."""
ARGUMENT = "trial"
"""Under this name every job of a trial says which."""
WAITING = "waiting"
"""A job tells this of itself while another one of the same trial has to end first."""
CLIP = "clip.sealed"
"""The newest clip of a trial: what is burned into it was measured of a person, so it is sealed as results are."""


class Trials:
    """The trials of all athletes in ``archive``, for the archive's person."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def folder(self, trial_id: str) -> Path:
        """Where the recordings of a trial lie."""
        return self.archive.home / FOLDER / trial_id

    def points_folder(self, trial_id: str, camera_id: str) -> Path:
        """Where the body points found in one recording lie, sealed."""
        return self.folder(trial_id) / f"{camera_id}.points"

    def add(
        self,
        name: str,
        movement: Movement,
        day: date,
        sources: Sequence[tuple[Path, str]],
        *,
        athlete_id: str | None = None,
        origin: Origin = Origin.IMPORTED,
        move: bool = False,
        progress: Progress = lambda share, label: None,
    ) -> Trial:
        """Keep a new trial of the recordings ``sources`` (path and label); all of them come in, or nothing is left.

        Raises ``BadFile`` for no recording and for one that is there twice, ``NotFound`` for an athlete who does
        not exist, ``NoConsent`` where the athlete's consent to being filmed was withdrawn, or is missing and required.
        """
        require(self.archive.person, Action.KEEP_TRAINING)
        if not sources:
            raise BadValue("athletes.errors.trial_without_films")
        self._may_film(athlete_id)
        self._sweep()
        trial_id = uuid.uuid4().hex[:12]
        folder = self.folder(trial_id)
        try:
            folder.mkdir(parents=True)
            (folder / COMING).touch()
            shots: list[Shot] = []
            for turn, (path, label) in enumerate(sources):
                camera_id = f"cam{turn + 1}"

                def step(share: float, said: str, turn: int = turn) -> None:
                    progress((turn + share) / len(sources), said)

                shot = keeper().take(path, folder, camera_id, label=label or path.stem, move=move, progress=step)
                if (other := next((one.label for one in shots if one.sha256 == shot.sha256), None)) is not None:
                    raise BadFile("athletes.errors.same_film_twice", name=shot.label, other=other)
                shots.append(shot)
            person = self.archive.person
            trial = Trial(
                trial_id,
                name,
                movement,
                day,
                athlete_id,
                tuple(TrialShot(shot) for shot in shots),
                origin=origin,
                made_utc=utc_now(),
                made_by=person.name if person else "",
            )
            seal = self.archive.seal  # a new key is noted before we write
            with self.archive.store.write() as connection:
                connection.execute(
                    "INSERT INTO trial (id, athlete_id, movement, day, origin, template, made_utc, made_by, sealed)"
                    " VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)",
                    (
                        trial.id,
                        athlete_id,
                        movement.value,
                        day.isoformat(),
                        origin.value,
                        trial.made_utc,
                        trial.made_by,
                        seal.close(sealed_of(trial), f"trial {trial.id}"),
                    ),
                )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for path in ((folder / COMING), *(path for path, _ in sources if move)):
            with contextlib.suppress(OSError):  # it is kept in its new place; the old name does no harm
                path.unlink()
        self.archive.note([athlete_id], Act.CHANGED)
        return trial

    def trials(self, *, athlete_id: str | None = None, put_away: bool = False) -> list[Trial]:
        """The trials of an athlete, or all, the newest day first; those ``put_away`` instead of those that are not.
        Trials of somebody whose consent to being filmed was withdrawn are left out."""
        require(self.archive.person, Action.SEE_TRAINING)
        rows = self.archive.store.rows(
            f"SELECT * FROM trial WHERE deleted_utc IS {'NOT ' if put_away else ''}NULL"
            " ORDER BY day DESC, made_utc DESC"
        )
        return [
            self._trial(row)
            for row in rows
            if (athlete_id is None or row["athlete_id"] == athlete_id) and self._may_show(row["athlete_id"])
        ]

    def trial(self, trial_id: str, *, noted: bool = True) -> Trial:
        """One trial. Raises ``NotFound``, also where it was put away or may not be shown. Who looks it up for somebody
        else, and does not know yet for whom, leaves it to them to be ``noted`` in the access log."""
        require(self.archive.person, Action.SEE_TRAINING)
        row = self.archive.store.row("SELECT * FROM trial WHERE id = ? AND deleted_utc IS NULL", (trial_id,))
        if row is None or not self._may_show(row["athlete_id"]):
            raise NotFound("athletes.errors.no_such_trial", id=trial_id)
        if noted:
            self.archive.note([row["athlete_id"]], Act.OPENED)
        return self._trial(row)

    def change(self, changed: Trial) -> Trial:
        """Keep a trial as ``changed`` says: name, athlete, movement, day, notes, template, settings, and of its cameras
        clocks and settings. Metres by the height of another athlete do not stay (``Trial.of_another``), nor does a
        template of another movement. Raises as ``add`` and ``trial`` do."""
        require(self.archive.person, Action.KEEP_TRAINING)
        before = self.trial(changed.id)
        if changed.athlete_id != before.athlete_id:
            self._may_film(changed.athlete_id)
        kept = replace(
            changed.of_another(before),
            made_utc=before.made_utc,
            made_by=before.made_by,
            origin=before.origin,
            template=changed.template and changed.movement is before.movement,
        )
        seal = self.archive.seal
        with self.archive.store.write() as connection:
            connection.execute(
                "UPDATE trial SET athlete_id = ?, movement = ?, day = ?, template = ?, sealed = ? WHERE id = ?",
                (
                    kept.athlete_id,
                    kept.movement.value,
                    kept.day.isoformat(),
                    int(kept.template),
                    seal.close(sealed_of(kept), f"trial {kept.id}"),
                    kept.id,
                ),
            )
        if kept != before:
            self._forget_clip(kept.id)
        self.archive.note([before.athlete_id, kept.athlete_id], Act.CHANGED)
        return kept

    def put_away(self, trial_id: str) -> None:
        """Take a trial off the lists; ``bring_back`` undoes it."""
        require(self.archive.person, Action.KEEP_TRAINING)
        self.trial(trial_id)
        self._set_deleted(trial_id, utc_now())

    def bring_back(self, trial_id: str) -> None:
        """Put a trial back on the lists. Raises ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        if self.archive.store.row("SELECT id FROM trial WHERE id = ?", (trial_id,)) is None:
            raise NotFound("athletes.errors.no_such_trial", id=trial_id)
        self._set_deleted(trial_id, None)

    def delete(self, trial_id: str) -> None:
        """Delete a trial that was put away, with its recordings, for good. Raises ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        row = self.archive.store.row(
            "SELECT athlete_id FROM trial WHERE id = ? AND deleted_utc IS NOT NULL", (trial_id,)
        )
        if row is None:
            raise NotFound("athletes.errors.no_such_trial", id=trial_id)
        Jobs(self.archive.home, self.archive.person).forget(ARGUMENT, trial_id)  # before they write into what is gone
        shutil.rmtree(self.folder(trial_id), ignore_errors=True)
        with self.archive.store.write() as connection:
            connection.execute("DELETE FROM trial_result WHERE trial_id = ?", (trial_id,))
            connection.execute("DELETE FROM trial WHERE id = ?", (trial_id,))
        self.archive.note([row["athlete_id"]], Act.ERASED)

    # ------------------------------------------------------------------ what was measured

    def keep_result(self, trial_id: str, kind: Result, data: bytes, *, camera_id: str = "", recipe: str) -> None:
        """Keep what was computed of a trial (or of one of its cameras), in place of what was there. ``recipe`` says how
        it was computed. Raises ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        self.trial(trial_id)
        of = about({"trial_id": trial_id, "camera_id": camera_id, "kind": kind.value})
        closed = self.archive.seal.close(data, of)
        with self.archive.store.write() as connection:
            connection.execute(
                "INSERT INTO trial_result (trial_id, camera_id, kind, recipe, made_utc, sealed)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (trial_id, camera_id, kind) DO UPDATE SET"
                " recipe = excluded.recipe, made_utc = excluded.made_utc, sealed = excluded.sealed",
                (trial_id, camera_id, kind.value, recipe, utc_now(), closed),
            )
        if kind is Result.ANALYSIS:
            self._forget_clip(trial_id)

    def result(self, trial_id: str, kind: Result, *, camera_id: str = "") -> tuple[str, bytes] | None:
        """Recipe and content of what was computed; None where nothing was. Raises ``NotFound``."""
        require(self.archive.person, Action.SEE_TRAINING)
        self.trial(trial_id)
        row = self.archive.store.row(
            "SELECT recipe, sealed FROM trial_result WHERE trial_id = ? AND camera_id = ? AND kind = ?",
            (trial_id, camera_id, kind.value),
        )
        if row is None:
            return None
        of = about({"trial_id": trial_id, "camera_id": camera_id, "kind": kind.value})
        return str(row["recipe"]), self.archive.seal.open(bytes(row["sealed"]), of)

    def recipe(self, trial_id: str, kind: Result, *, camera_id: str = "") -> str | None:
        """How what was computed was computed, without opening it; None where nothing was. Raises ``NotFound``."""
        require(self.archive.person, Action.SEE_TRAINING)
        self.trial(trial_id)
        row = self.archive.store.row(
            "SELECT recipe FROM trial_result WHERE trial_id = ? AND camera_id = ? AND kind = ?",
            (trial_id, camera_id, kind.value),
        )
        return None if row is None else str(row["recipe"])

    def forget_result(self, trial_id: str, kind: Result, *, camera_id: str = "") -> None:
        """Take away what was computed, where something was. Raises ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        self.trial(trial_id)
        with self.archive.store.write() as connection:
            connection.execute(
                "DELETE FROM trial_result WHERE trial_id = ? AND camera_id = ? AND kind = ?",
                (trial_id, camera_id, kind.value),
            )

    # ------------------------------------------------------------------ what is held of a person, whatever is shown

    def held(self, trial_id: str) -> Trial:
        """A trial, also one that was put away or is not shown: the person it is about may have it. Raises
        ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        row = self.archive.store.row("SELECT * FROM trial WHERE id = ?", (trial_id,))
        if row is None:
            raise NotFound("athletes.errors.no_such_trial", id=trial_id)
        return self._trial(row)

    def held_results(self, trial_id: str) -> list[tuple[str, Result, bytes]]:
        """Everything that was measured of a trial: camera, kind, content."""
        require(self.archive.person, Action.KEEP_TRAINING)
        rows = self.archive.store.rows("SELECT * FROM trial_result WHERE trial_id = ? ORDER BY camera_id", (trial_id,))
        return [
            (row["camera_id"], Result(row["kind"]), self.archive.seal.open(bytes(row["sealed"]), about(row)))
            for row in rows
        ]

    # ------------------------------------------------------------------

    def _sweep(self) -> None:
        """Take away what a process was bringing in when it was killed: it is of no trial, so nobody could ever erase
        it. What began within a day may still become a trial."""
        known = {row["id"] for row in self.archive.store.rows("SELECT id FROM trial")}
        for coming in (self.archive.home / FOLDER).glob(f"*/{COMING}"):
            with contextlib.suppress(OSError):
                if coming.parent.name not in known and time.time() - coming.stat().st_mtime > LEFT_S:
                    shutil.rmtree(coming.parent, ignore_errors=True)

    def _forget_clip(self, trial_id: str) -> None:
        """A clip has burned into it whose it was and what was measured: it does not outlast either."""
        (self.folder(trial_id) / CLIP).unlink(missing_ok=True)

    def _set_deleted(self, trial_id: str, at: str | None) -> None:
        with self.archive.store.write() as connection:
            connection.execute("UPDATE trial SET deleted_utc = ? WHERE id = ?", (at, trial_id))

    def _may_film(self, athlete_id: str | None) -> None:
        if athlete_id is not None:
            self.archive.known(athlete_id)
            require_consent(self.archive.store, athlete_id, Scope.VIDEO)

    def _may_show(self, athlete_id: str | None) -> bool:
        return athlete_id is None or may_hold(self.archive.store, athlete_id, Scope.VIDEO)

    def _trial(self, row: Row) -> Trial:
        return trial_of(row, self.archive.seal.open(bytes(row["sealed"]), f"trial {row['id']}"))
