"""What a click in a picture, or the key K, means in each step of a foul."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from var.model import Click
from var.panels.booth import Booth
from var.panels.foul.aids import take_person
from var.panels.foul.frames import take_frame
from var.panels.foul.window import take_contact


def take_click(booth: Booth, step: str, click: Click) -> None:
    """Carry out a click. Raises ``BadValue`` for a picture that is not of the match."""
    if step == "window":
        take_contact(booth, click, at=True)
    elif step == "frames":
        take_frame(booth, click)
    elif step == "aids":
        take_person(booth, click)


def take_key(booth: Booth, action: Mapping[str, Any]) -> None:
    """K on the painted picture of the active angle: the contact while it is looked for, else a picture to keep."""
    camera, frame = action.get("camera"), action.get("frame")
    if camera is None or frame is None or int(frame) < 0:
        return
    click = Click(str(camera), int(frame), str(action["sha256"]), 0.0, 0.0)
    if booth.state["step"] == "window":
        take_contact(booth, click, at=False)
    else:
        take_frame(booth, click)
