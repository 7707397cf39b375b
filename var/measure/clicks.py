"""What every measurement asks of a click before it counts: how sure it is, whether it can be used, and if not, why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from var.measure.calibration import Calibration

CLICK_SIGMA_PX = 2.0
"""How far a careful click on something that moves (a body point, a ball) lands from what was aimed at, in source pixels
(one standard deviation). Corners of painted lines are clicked better: ``var.measure.mark``."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is, or what limits it: a text of ``var.measure.offside.reason`` and what fills it in."""

    code: str
    camera: str | None = None

    def __str__(self) -> str:
        return self.code if self.camera is None else f"{self.code}:{self.camera}"


class Click(Protocol):
    """A click on a picture of ``camera_id``, calibrated as ``view``."""

    @property
    def camera_id(self) -> str: ...

    @property
    def view(self) -> str: ...

    @property
    def image_px(self) -> tuple[float, float]: ...


AnyClick = TypeVar("AnyClick", bound=Click)


def usable(
    clicks: Iterable[AnyClick], calibrations: Mapping[str, Calibration], stale: Collection[str]
) -> tuple[list[AnyClick], list[Reason]]:
    """The clicks that can be measured with, and why the others cannot: the angle is not calibrated, it moved since (its
    camera, or the calibration of this very picture, is one of ``stale``), or the click is outside the picture. Each
    reason is told once."""
    kept: list[AnyClick] = []
    reasons: list[Reason] = []
    for click in clicks:
        reason = _fault(click, calibrations.get(click.view), stale)
        if reason is None:
            kept.append(click)
        elif reason not in reasons:
            reasons.append(reason)
    return kept, reasons


def _fault(click: Click, calibration: Calibration | None, stale: Collection[str]) -> Reason | None:
    if calibration is None:
        return Reason("no_calibration", click.camera_id)
    if click.camera_id in stale or click.view in stale:
        return Reason("calibration_of_another_frame", click.camera_id)
    (u, v), (width, height) = click.image_px, calibration.picture_size
    inside = -0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5
    return None if inside else Reason("click_outside_picture", click.camera_id)


def assumed_clock_s(measured_s: float | None, frame_s: float) -> float:
    """The standard deviation of a clock: as measured, or half a frame where nobody measured it."""
    return frame_s / 2 if measured_s is None else measured_s
