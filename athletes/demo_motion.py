"""What a first start finds under motion: jumps of two days, and squats seen by four cameras, all simulated.

The body is drawn. A drawn body means nothing to a pose model, so the points are the known ones with the noise that pose
models show on real pictures, and every one of them says that it is simulated.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from athletes.archive import Archive
from athletes.demo import ATHLETE_ID
from athletes.kinematics.model import Movement
from athletes.local_zone import local_zone
from athletes.model import Athlete
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.people.standing import Scope, may_hold
from athletes.synthetic_motion.camera import Camera, Shutter, observe
from athletes.synthetic_motion.jumping import cmj
from athletes.synthetic_motion.movements import UPRIGHT, Performed, squats
from touchline.errors import NotFound
from touchline.i18n import t
from touchline.origin import Origin
from touchline.timebase import ClockMap

SETTING = "athletes_demo_motion"
"""Where the ids of the demo's trials are noted: those that somebody removed stay away."""
HEIGHT_M = 1.72
SEED = 20261130
NOISE = "heavy"
"""Points are off as those of the most accurate model are."""
SHUTTERS = ClockMap(sigma_s=0.0)
"""The pictures of all cameras are drawn at the same instants."""
FAR_CONFIDENCE = 0.75
"""What an engine says of the limbs that the body hides."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A trial of the demo: its text key, movement, how many days ago, what is done, by which cameras, at which rate."""

    key: str
    movement: Movement
    days_ago: int
    performed: Callable[[], Performed]
    cameras: tuple[Camera, ...]
    fps: int
    template: bool = False
    """Whether it is the good one, beside which the others are looked at."""


def _beside() -> Camera:
    """A camera at the athlete's right that sees 2.7 m of height."""
    return Camera((0.0, -8.0, 1.1), (0.0, 0.0, 1.05), 2150.0, (1280, 720))


def _around() -> tuple[Camera, ...]:
    """Four small cameras around the athlete."""
    return tuple(
        Camera((5.0 * float(np.cos(a)), 5.0 * float(np.sin(a)), 1.5), (-0.1, 0.0, 0.85), 1000.0, (960, 540))
        for a in np.radians((-40.0, -135.0, 135.0, 40.0))
    )


SHOWN = (
    Shown(
        "first_jump", Movement.CMJ, 21, lambda: cmj(HEIGHT_M, 0.33, straight=UPRIGHT), (_beside(),), 60, template=True
    ),
    Shown("second_jump", Movement.CMJ, 0, lambda: cmj(HEIGHT_M, 0.40, dip_m=0.31, straight=UPRIGHT), (_beside(),), 60),
    Shown("squats", Movement.SQUAT, 3, lambda: squats(HEIGHT_M, (0.36, 0.45), straight=UPRIGHT), _around(), 30),
)


def build(
    home: Path, *, force: bool, lang: str, progress: Callable[[str], None], today: date | None = None
) -> list[dict[str, Any]]:
    """The documents of the demo's trials: made once, and made again where ``force`` says so.

    Trials that somebody removed stay away without ``force``; for an athlete who was erased, or may not be filmed,
    nothing is made.
    """
    archive = Archive(home)
    trials = Trials(archive)
    if archive.store.row("SELECT 1 FROM erasure WHERE athlete_id = ?", (ATHLETE_ID,)) is not None:
        return []
    if not may_hold(archive.store, ATHLETE_ID, Scope.VIDEO):
        return []
    noted = archive.store.setting(SETTING)
    if noted is not None and not force:
        there = {trial.id: trial for trial in trials.trials(athlete_id=ATHLETE_ID)}
        return [_document(there[each], made=False) for each in noted.split() if each in there]
    progress(t("athletes.demo.making_motion", lang))
    _ensure_athlete(archive, lang)
    _remove(trials, noted)
    day = today or datetime.now(local_zone()).date()
    made = [_make(trials, shown, day, lang) for shown in SHOWN]
    archive.store.set_setting(SETTING, " ".join(trial.id for trial in made))
    return [_document(trial, made=True) for trial in made]


def _remove(trials: Trials, noted: str | None) -> None:
    """Take away what was made before."""
    for each in (noted or "").split():
        for act in (trials.put_away, trials.delete):
            try:
                act(each)
            except NotFound:  # removed by somebody, or put away already
                continue


def _make(trials: Trials, shown: Shown, today: date, lang: str) -> Trial:
    from athletes.motion.found import keep_tracks
    from athletes.motion.measuring import measure_trial
    from athletes.motion.rig import CAMERA, camera_document
    from athletes.space.camera import PosedCamera
    from athletes.synthetic_motion.drawn import POLE_M, Stage, film

    performed = shown.performed()
    times_s = Shutter(shown.fps).times(performed.seconds)
    bodies = performed.at(times_s)
    stages = [Stage(camera) for camera in shown.cameras]
    mark = t("athletes.demo.mark", lang)
    with tempfile.TemporaryDirectory() as work:
        sources = [
            (
                film(Path(work) / f"{place}.mp4", stage, bodies, rate=shown.fps, mark=mark),
                t("athletes.demo.camera", lang, number=place + 1),
            )
            for place, stage in enumerate(stages)
        ]
        name = t(f"athletes.demo.{shown.key}", lang)
        day = today - timedelta(days=shown.days_ago)
        trial = trials.add(
            name, shown.movement, day, sources, athlete_id=ATHLETE_ID, origin=Origin.SIMULATED, move=True
        )
    shots = []
    for one, camera, stage in zip(trial.shots, shown.cameras, stages, strict=True):
        settings: dict[str, Any] = dict(one.settings)
        if len(stages) > 1:
            axes = camera.axes()
            u, v = ((side - 1) / 2 for side in camera.size_px)
            k = np.array([[camera.focal_px, 0, u], [0, camera.focal_px, v], [0, 0, 1]])
            posed = PosedCamera(one.shot.camera_id, camera.size_px, k, axes, -axes @ np.array(camera.eye_m))
            settings[CAMERA] = camera_document(posed)
        else:
            low, high = stage.pole_px()
            settings["scale"] = {"kind": "length", "px": [float(at) for at in (*low, *high)], "m": POLE_M}
        shots.append(replace(one, settings=settings, to_trial=SHUTTERS))
    notes = t("athletes.demo.motion_note", lang) if len(stages) == 1 else ""
    told = {"noise_model": NOISE}
    trial = trials.change(replace(trial, shots=tuple(shots), notes=notes, template=shown.template, settings=told))
    for place, (one, camera) in enumerate(zip(trial.shots, shown.cameras, strict=True)):
        track = observe(bodies, times_s, camera, np.random.default_rng([SEED, shown.days_ago, place]), NOISE)
        hidden = np.array([name.startswith("left") for name in track.skeleton.joints])
        confidence = np.where(hidden & (len(stages) == 1), FAR_CONFIDENCE, track.confidence)
        keep_tracks(trials, trial.id, one.shot.camera_id, [replace(track, confidence=confidence)])
    measure_trial(trials, trial.id)
    return trial


def _ensure_athlete(archive: Archive, lang: str) -> None:
    try:
        archive.athlete(ATHLETE_ID)
    except NotFound:
        archive.save_athlete(Athlete(ATHLETE_ID, t("athletes.demo.athlete", lang)))


def _document(trial: Trial, *, made: bool) -> dict[str, Any]:
    return {"kind": "trial", "id": trial.id, "name": trial.name, "origin": trial.origin.value, "made": made}
