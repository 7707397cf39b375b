"""A data folder with trials whose bodies are known, and the section of motion driven without a browser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest
from trial_films import kept_trial, standing_track

from athletes.archive import Archive
from athletes.kinematics.model import Analysis, Curve, Event, Finding, Movement, Side
from athletes.model import Athlete
from athletes.motion.found import keep_analysis, keep_tracks
from athletes.motion.model import Result, Trial
from athletes.motion.trials import Trials
from touchline.measure import Measurement

FRAMES, RATE = 60, 30.0


def archive_with(home: Path, *names: str) -> tuple[Archive, list[str]]:
    """An archive with athletes, and their ids."""
    archive = Archive(home)
    return archive, [archive.save_athlete(Athlete("", name)).id for name in names]


def jump(height_m: float = 0.384, *, sigma_m: float = 0.006, depth: float = 0.0, late_s: float = 0.0) -> Analysis:
    """What might be measured of a jump: two heights, the knees, take-off and landing. ``depth`` bends the knee further,
    ``late_s`` shifts everything."""
    t = np.arange(FRAMES) / RATE
    phase = np.clip((t - 0.3 - late_s) / 0.5, 0, 1)
    knee = 172 - (70 + depth) * np.sin(np.pi * phase) ** 2
    curves = [
        Curve("knee", "deg", np.arange(FRAMES), t, knee + shift, np.full(FRAMES, 1.5), side)
        for side, shift in ((Side.LEFT, 0.0), (Side.RIGHT, 2.0))
    ]
    events = [
        Event("take_off", 0.8 + late_s, 0.004, round((0.8 + late_s) * RATE), None, 1),
        Event("landing", 1.35 + late_s, 0.004, round((1.35 + late_s) * RATE), None, 1),
    ]
    findings = [
        Finding("jumps", Measurement(1, 0, "count", "m")),
        Finding("height_by_time", Measurement(height_m, sigma_m, "m", "g t^2 / 8"), (24, 40), number=1),
        Finding("height_by_hips", None, (24, 40), number=1, reasons=("no_scale",)),
        Finding("flight_time", Measurement(0.55, 0.005, "s", "m"), (24, 40), number=1),
    ]
    return Analysis(Movement.CMJ, tuple(findings), tuple(curves), tuple(events), ("no_scale",), {"cutoff_hz": 6.0})


def measured_trial(
    archive: Archive,
    folder: Path,
    analysis: Analysis | None = None,
    *,
    athlete_id: str | None = None,
    name: str = "Bật nhảy 1",
    people: int = 1,
    cameras: int = 1,
) -> Trial:
    """A trial that was looked through and measured, with ``people`` in each camera's pictures."""
    trials = Trials(archive)
    trial = kept_trial(archive, folder, athlete_id=athlete_id, name=name, rates=(30,) * cameras)
    for shot in trial.shots:
        look_at(trials, trial, shot.shot.camera_id, people=people)
        keep_analysis(trials, trial.id, analysis or jump(), camera_id=shot.shot.camera_id, recipe="test")
    return trial


def look_at(
    trials: Trials, trial: Trial, camera: str, *, people: int = 1, told: dict[str, object] | None = None
) -> None:
    """Keep what the pictures of a camera might have shown: ``people`` who stand beside each other."""
    tracks = []
    for number in range(1, people + 1):
        track = standing_track(FRAMES, RATE, person=number)
        tracks.append(replace(track, px=track.px + np.array([60.0 * (number - 1), 0.0])))
    keep_tracks(trials, trial.id, camera, tracks)
    reading = {
        "engine": "simulated",
        "noise": "full",
        "people": people,
        "notes": [],
        "doubts": [],
        "swaps": {},
        **(told or {}),
    }
    trials.keep_result(trial.id, Result.READING, json.dumps(reading).encode(), camera_id=camera, recipe="test")


def page(home: Path, lang: str, *, role: str = "", files: Sequence[Path] = (), **query: str) -> AppTest:
    """The section at an address, as the machine's owner or as somebody with a ``role``; ``files`` are in the box."""

    def script(home: str, lang: str, role: str, files: list[str]) -> None:
        from pathlib import Path

        import streamlit as st

        from athletes.panels.motion.joined import Joined
        from athletes.panels.training import training_page
        from touchline.rights import Person, Role

        def player(screen_id: str, **given: object) -> None:
            st.session_state["shown"] = {"screen": screen_id, **given}
            if (message := st.session_state.pop("click", None)) is not None:
                given["on_point"](message)  # the real one does so before the page runs again
                st.rerun()

        person = Person("p-1", "Nguyễn Văn An", frozenset({Role(role)})) if role else None
        joined = Joined(
            player=player,
            bring=lambda key, lang: [Path(file) for file in files if Path(file).exists()],
            let_go=lambda key: st.session_state.setdefault("let_go", []).append(key),
        )
        training_page(Path(home), lang, person, joined=joined)

    app = AppTest.from_function(
        script,
        kwargs={"home": str(home), "lang": lang, "role": role, "files": [str(file) for file in files]},
        default_timeout=60,
    )
    app.query_params["view"] = "motion"
    for name, value in query.items():
        app.query_params["with" if name == "other" else name] = value
    return app.run()


def clicked(app: AppTest, **message: object) -> AppTest:
    """The page after a click in the player, as the player tells it."""
    app.session_state["click"] = message
    return app.run()
