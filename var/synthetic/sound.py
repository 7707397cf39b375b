"""What a camera hears: its own corner of the crowd, a drum, the kick, the whistle, each as late as sound travels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from var.synthetic.attack import GOAL_S
from var.synthetic.camera import Camera
from var.synthetic.scene import Scene

Floats = NDArray[np.float64]

SAMPLE_RATE_HZ = 48_000
SPEED_OF_SOUND_MPS = 343.0
"""In dry air at 20 degrees Celsius."""

WHISTLE_LONG_S = 0.75
DRUM_M = np.array([-10.0, 44.0, 3.0])
CROWD_RMS = 0.030


def whistle(after_s: Floats) -> Floats:
    """The whistle's pressure (peak about 1) so many seconds after it began; zero before and after the blast.

    A pea whistle: near 3.9 kHz and rising, its pea rattles some 37 times a second in pitch and loudness, never twice at
    the same pace, so that the blast is like itself at one shift only.
    """
    on = (after_s >= 0.0) & (after_s <= WHISTLE_LONG_S)
    t = np.where(on, after_s, 0.0)
    edge = np.minimum(1.0, np.minimum(t / 0.012, (WHISTLE_LONG_S - t) / 0.05))
    rattle = 2.0 * np.pi * (33.0 * t + 8.0 * t * t) + 1.4 * np.sin(2.0 * np.pi * 5.3 * t)
    tone = np.sin(2.0 * np.pi * (3850.0 * t + 110.0 * t * t) + 4.5 * np.sin(rattle))
    tone += 0.3 * np.sin(2.0 * np.pi * (4310.0 * t - 60.0 * t * t))
    return np.where(on, edge * tone * (0.55 + 0.25 * np.cos(rattle)), 0.0)


def whistle_place_m(scene: Scene) -> Floats:
    """Where the whistle is blown: the referee's head at that instant, shape (3,); it stays there for the blast."""
    return scene.body_points(scene.whistle_s)["referee"]["head"]


def delay_s(camera: Camera, place_m: Floats) -> float:
    """How long sound travels from a place to a camera, in seconds."""
    return float(np.linalg.norm(camera.position_m - place_m)) / SPEED_OF_SOUND_MPS


def whistle_heard_s(scene: Scene, camera: Camera) -> float:
    """When the whistle begins on a camera's own clock (zero at its first picture), in seconds."""
    at_s = float(scene.whistle_s) + delay_s(camera, whistle_place_m(scene))
    return (at_s - float(camera.to_match.offset_s)) / float(camera.to_match.rate)


def _thump(after_s: Floats, pitch_hz: float, decay_s: float) -> Floats:
    t = np.maximum(after_s, 0.0)
    return np.where(after_s >= 0.0, np.sin(2.0 * np.pi * pitch_hz * t) * np.exp(-t / decay_s), 0.0)


def _crowd(samples: int, rng: np.random.Generator) -> Floats:
    """Noise with the spectrum of many voices, RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    f = np.fft.rfftfreq(samples, 1.0 / SAMPLE_RATE_HZ)
    shape = (f / 120.0) ** 2 / (1.0 + (f / 120.0) ** 2) / (1.0 + (f / 700.0) ** 1.6)
    noise = np.fft.irfft(spectrum * shape, n=samples)
    out: Floats = noise / max(1e-12, float(noise.std()))
    return out


def track(scene: Scene, camera: Camera, samples: int) -> NDArray[np.float32]:
    """The mono sound of a camera, (samples,) at 48 kHz from its first picture on, within -1 and 1.

    The sound clock is the camera's clock: sample ``j`` is heard at match time ``to_match(j / 48000)``.
    """
    rng = np.random.default_rng([scene.seed, 7, *camera.id.encode()])
    t = float(camera.to_match.offset_s) + float(camera.to_match.rate) * np.arange(samples) / SAMPLE_RATE_HZ
    roar = 1.0 / (1.0 + np.exp(-(t - GOAL_S - 0.35) / 0.12)) * np.exp(-np.maximum(0.0, t - GOAL_S - 0.6) / 4.0)
    gasp = np.exp(-(((t - GOAL_S + 2.0) / 0.7) ** 2))
    swell = 1.0 + 0.15 * np.sin(2.0 * np.pi * 0.31 * t + 1.0)
    out = CROWD_RMS * _crowd(samples, rng) * (swell + 0.6 * gasp + 2.2 * roar)

    def add(place_m: Floats, begins_s: float, lasts_s: float, loudness: float, wave: str) -> None:
        begins_s += delay_s(camera, place_m)
        part = slice(*np.searchsorted(t, [begins_s, begins_s + lasts_s]))
        after = t[part] - begins_s
        far = float(np.linalg.norm(camera.position_m - place_m))
        sound = (
            whistle(after) if wave == "whistle" else _thump(after, *((160.0, 0.03) if wave == "kick" else (82.0, 0.09)))
        )
        out[part] += loudness * 30.0 / far * sound

    beats = np.arange(-1.0, float(scene.duration_s), 0.42)
    for i, beat in enumerate(beats):
        if i % 4 != 3 and beat < GOAL_S:
            add(DRUM_M, float(beat), 0.6, 0.10, "drum")
    for at_s, loudness in ((float(scene.kick_s), 0.10),):
        add(scene.ball_m([at_s])[0], at_s, 0.2, loudness, "kick")
    add(whistle_place_m(scene), float(scene.whistle_s), WHISTLE_LONG_S, 0.45, "whistle")
    return np.clip(out, -0.98, 0.98).astype(np.float32)
