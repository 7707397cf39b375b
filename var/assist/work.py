"""The assistance as jobs in their own process: people on every calibrated angle at the kick, and the kick itself.

What a job returns is plain, lies in the store and changes nothing of the review: only what a person takes becomes a
mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from touchline.errors import BadValue, TouchlineError
from var.assist.ball import by_motion
from var.assist.kick import Hint, Way, by_sound
from var.assist.pictures import read_frames
from var.measure.calibration import Calibration
from var.measure.pitch import BALL_RADIUS_M, Pitch
from var.measure.project import project, to_ground
from var.model import Clip, ImagePoints, Match, PitchPoints

RADIUS_SHARE = 1 / 190
"""The radius of a ball whose place on the pitch is not known, in parts of the picture's height."""

WATCHED_S = 0.4
SPEED_OF_SOUND_MPS = 343.0
TEMPERATURE_SHARE = 0.02
"""How much the speed of sound differs between 10 and 35 degrees, one standard deviation."""

ANYWHERE_M = (55.0, 22.0)
"""How far a ball is from a camera beside a pitch, with its standard deviation, where no place is known."""

Progress = Callable[[float, str], None]


def people_work(home: Path, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """A job: the people at the kick. ``match``, ``incident``, ``pose`` (the model; ``pose_full`` where nobody said).

    Returns them with ``attack``, ``pitch_m``, ``angles`` {camera: {"frame", "sha256", "sight", "theta"}} (``sight`` is
    the document of ``var.assist.sight.Sight``, ``theta`` the camera it was seen with) and ``refused`` {camera: {"vi",
    "en"}}. Raises ``BadValue`` without a kick, a direction or a calibrated angle, and ``Missing`` without models.
    """
    from var.angles import angle_state
    from var.archive import Archive
    from var.assist.sight import load_models, look
    from var.review import at_its_kick

    archive = Archive(home)
    match, review = archive.match(arguments["match"]), archive.review(arguments["match"])
    incident = at_its_kick(match, review.incident(arguments["incident"]))
    if incident.kick_s is None or incident.attack is None:
        raise BadValue("var.errors.assist_needs_kick")
    places: list[tuple[Clip, int, Calibration]] = []
    for clip in match.clips:
        frame = clip.frame_at(incident.kick_s)
        calibration = None if frame is None else angle_state(match, review, clip.camera_id, frame).calibration
        if frame is not None and calibration is not None:
            places.append((clip, frame, calibration))
    if not places:
        raise BadValue("var.errors.assist_needs_calibration")
    models = load_models(arguments.get("pose", "pose_full"))
    angles: dict[str, Any] = {}
    refused: dict[str, Any] = {}
    for done, (clip, frame, calibration) in enumerate(places):

        def step(share: float, done: int = done, label: str = clip.label) -> None:
            progress((done + share) / len(places), label)

        try:
            (picture,) = read_frames(clip, range(frame, frame + 1))
            step(0.1)
            sight = look(
                picture,
                models,
                calibration=calibration,
                pitch=Pitch(*match.setup.pitch_m),
                attack=incident.attack,
                progress=step,
            )
        except TouchlineError as fault:  # the other angles go on
            refused[clip.camera_id] = {lang: fault.document(lang) for lang in ("vi", "en")}
            continue
        angles[clip.camera_id] = {"frame": frame, "sha256": clip.sha256, "sight": sight.document()} | {
            "theta": calibration.theta.tolist()
        }
    return {
        "match": match.id,
        "incident": incident.id,
        "attack": incident.attack.value,
        "pitch_m": list(match.setup.pitch_m),
        "angles": angles,
        "refused": refused,
    }


def kick_work(home: Path, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """A job: when the ball was kicked. ``match``, ``camera``, ``frame``, and ``u``, ``v`` of the ball there.

    Returns them with ``hints``, a document each for the ball's way and for the sound.
    """
    from var.angles import angle_state
    from var.archive import Archive

    archive = Archive(home)
    match, review = archive.match(arguments["match"]), archive.review(arguments["match"])
    clip, frame = match.clip(arguments["camera"]), int(arguments["frame"])
    if not 0 <= frame < len(clip):
        raise BadValue("var.errors.no_such_frame", name=clip.label, frame=frame, count=len(clip))
    place = (float(arguments["u"]), float(arguments["v"]))
    calibration = angle_state(match, review, clip.camera_id, frame).calibration
    progress(0.05, clip.label)
    hints = [_seen(clip, frame, place, calibration)]
    progress(0.7, clip.label)
    hints.append(_heard(clip, frame, place, calibration))
    return {**arguments, "hints": [hint_document(one, clip) for one in hints]}


def hint_document(hint: Hint, clip: Clip) -> dict[str, Any]:
    """A hint as a JSON-ready document: ``frame`` is the first one at or after the kick, as a kick frame is marked."""
    frame = None if hint.at_s is None else first_frame_from(clip, hint.at_s)
    return {
        "way": hint.way.value,
        "frame": frame,
        "at_s": hint.at_s,
        "sigma_s": hint.sigma_s,
        "strength": hint.strength,
        "reason": hint.reason,
    }


def first_frame_from(clip: Clip, at_s: float) -> int | None:
    """The first frame of a clip that is not before ``at_s`` of its own clock; None after its end."""
    tick = Fraction(at_s) / clip.timebase.tick_s + clip.pts[0]
    frame = clip.ticks.place(tick)
    return frame if frame < len(clip) else None


def ball_radius_px(calibration: Calibration | None, place_px: tuple[float, float], height_px: int) -> float:
    """The radius of a ball at ``place_px`` in pixels: by the calibration, else a guess by the picture's height."""
    if calibration is not None:
        middle, _ = to_ground(calibration, ImagePoints(np.array([place_px])), BALL_RADIUS_M)
        top = project(calibration, PitchPoints(middle + np.array([0.0, 0.0, BALL_RADIUS_M])))
        radius = float(np.hypot(*(top[0] - np.array(place_px))))
        if np.isfinite(radius):
            return float(np.clip(radius, 2.0, height_px / 20))
    return max(2.0, height_px * RADIUS_SHARE)


def _seen(clip: Clip, frame: int, place: tuple[float, float], calibration: Calibration | None) -> Hint:
    reach = max(6, round(WATCHED_S / float(clip.frame_s)))
    frames = range(max(0, frame - reach), min(len(clip), frame + reach + 1))
    pictures = read_frames(clip, frames)
    times_s = [float(clip.clip_s(one)) for one in frames]
    return by_motion(pictures, times_s, frame - frames[0], place, ball_radius_px(calibration, place, clip.size_px[1]))


def _heard(clip: Clip, frame: int, place: tuple[float, float], calibration: Calibration | None) -> Hint:
    from var.footage.video import sound

    heard = None if clip.recording else sound(clip.path)
    if heard is None:
        return Hint(Way.SOUND, None, reason="no_sound")
    return by_sound(
        heard.samples,
        16000,
        float(heard.start_s),
        float(clip.clip_s(frame)),
        travels_s=travel_s(calibration, place),
    )


def travel_s(calibration: Calibration | None, place_px: tuple[float, float]) -> tuple[float, float]:
    """How long the sound of a ball at ``place_px`` needs to the camera, with its standard deviation, in seconds."""
    far_m, sigma_m = ANYWHERE_M
    if calibration is not None:
        middle, _ = to_ground(calibration, ImagePoints(np.array([place_px])), BALL_RADIUS_M)
        measured = float(np.linalg.norm(middle[0] - calibration.centre_m))
        if np.isfinite(measured):
            far_m, sigma_m = measured, 0.5
    late_s = far_m / SPEED_OF_SOUND_MPS
    return late_s, float(np.hypot(sigma_m / SPEED_OF_SOUND_MPS, TEMPERATURE_SHARE * late_s))


def still_true(
    result: Mapping[str, Any],
    match: Match,
    kick_s: Fraction | None,
    attack: str | None,
    calibrated: Callable[[str, int], Calibration | None],
) -> dict[str, Any]:
    """The angles of a people job that still hold: of this very recording and frame, seen with the calibration as it is
    now (``calibrated`` tells that of a camera's frame), on this pitch, for this direction of the attack."""
    if kick_s is None or result.get("attack") != attack or result.get("pitch_m") != list(match.setup.pitch_m):
        return {}
    known = {clip.camera_id: clip for clip in match.clips}
    return {
        camera: found
        for camera, found in result.get("angles", {}).items()
        if camera in known
        and found["sha256"] == known[camera].sha256
        and found["frame"] == known[camera].frame_at(kick_s)
        and _same_camera(found["theta"], calibrated(camera, int(found["frame"])))
    }


def _same_camera(theta: Sequence[float], now: Calibration | None) -> bool:
    """Whether a calibration is the one that had these parameters, but for what two runs differ by."""
    return now is not None and bool(np.allclose(theta, now.theta, rtol=1e-5, atol=1e-6))
