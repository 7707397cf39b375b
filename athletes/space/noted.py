"""Notes of a motion in space in words; one may be of a camera: ``camera_not_used:cam02``."""

from __future__ import annotations

from typing import Any

from touchline.i18n import t


def of_camera(key: str, camera: str) -> str:
    """The note ``key`` of a camera."""
    return f"{key}:{camera}"


def noted(note: str, lang: str, **params: Any) -> str:
    """A note in words; ``params`` are what its text may ask for."""
    key, _, camera = note.partition(":")
    return t(f"athletes.space.note.{key}", lang, **{"camera": camera, "count": 0, **params})
