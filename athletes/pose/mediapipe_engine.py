"""Bodies by MediaPipe's PoseLandmarker, which follows people from picture to picture and smooths their points.

The smoothing is MediaPipe's own (one-euro filter): on real views at 60 frames a second its points come a quarter to a
whole frame late (docs/experiments/011). For one or few people who are large in the picture; else ``crops``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from athletes.pose.engine import Body, Box, box_of
from athletes.pose.model import BODY33
from touchline.errors import Missing
from touchline.footage import Picture
from touchline.vision.quiet import quietly


class MediaPipeEngine:
    """PoseLandmarker in its video mode. Not to be shared between threads."""

    skeleton = BODY33
    warm_frames = 30
    looks_every = 1

    def __init__(self, model: str = "full", people: int = 1) -> None:
        """Load the model. Raises ``Missing`` where it or mediapipe is not here."""
        from touchline import models
        from touchline.models.catalogue import model as known

        path = models.path(f"pose_{model}")
        try:
            import mediapipe
            from mediapipe.tasks.python import BaseOptions, vision
        except (ImportError, OSError) as fault:  # without the system's libEGL it does not load
            raise Missing("athletes.errors.mediapipe_missing", fault=str(fault)) from fault
        digest = known(f"pose_{model}").part("model").sha256[:12]
        self.name = f"mediapipe {mediapipe.__version__} pose_{model}@{digest} people={people}"
        self.noise = model
        self._picture_of: Any = lambda rows: mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rows)
        self._last_ms = -1
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(path)),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=people,
        )
        with quietly():
            self._landmarker: Any = vision.PoseLandmarker.create_from_options(options)
        self._talked = False

    def find(self, picture: Picture, t_ms: int, wanted: Sequence[Box] | None = None) -> list[Body]:
        """The bodies in ``picture``; ``wanted`` changes nothing, because it follows people itself."""
        self._last_ms = max(t_ms, self._last_ms + 1)  # two frames of one millisecond are refused
        # Contiguous: of rows with padding mediapipe reads other pixels, and finds nobody.
        shown = self._picture_of(np.ascontiguousarray(picture[:, :, ::-1]))
        if self._talked:
            found = self._landmarker.detect_for_video(shown, self._last_ms)
        else:  # the first picture makes it talk of its inner life
            with quietly():
                found = self._landmarker.detect_for_video(shown, self._last_ms)
            self._talked = True
        height, width = picture.shape[:2]
        bodies = []
        for points, world in zip(found.pose_landmarks, found.pose_world_landmarks, strict=True):
            px = np.array([(p.x * width - 0.5, p.y * height - 0.5) for p in points])
            sure = np.array([(p.visibility, p.presence) for p in points], dtype=np.float64)
            metres = np.array([(p.x, p.y, p.z) for p in world])
            bodies.append(Body(px, sure.prod(axis=1), float(sure[:, 1].mean()), box_of(px), metres))
        return bodies

    def close(self) -> None:
        """Let the model go."""
        with quietly():
            self._landmarker.close()
