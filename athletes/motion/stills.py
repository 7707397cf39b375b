"""Stills of a trial at what happened in it: the athlete cut out, with body and angles, all at one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.model import Analysis, Curve, Event, Side
from athletes.motion.drawing import Pose, draw_angles, draw_body, pose_at
from athletes.motion.lettering import lay, plate
from athletes.motion.overlay import ALARM, shown_angles, usual_curve
from athletes.pose.model import Track
from touchline.errors import BadFile
from touchline.footage import Footage

Picture = NDArray[np.uint8]

MOST = 6
FEW = 3
NEAR_FRAMES = 3
"""Pictures so near one another show the same."""
SIZE_PX = (480, 600)
ROOM = 1.3
"""How much larger a still is than the body in it."""
LARGEST = 4.0
"""A picture is enlarged no more than that; a body that small is shown small."""
QUALITY = 88
LETTER_PX = 24


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture: the ``event`` it shows, its ``jpeg``, and the ``angles`` written into it."""

    event: Event
    jpeg: bytes
    angles: tuple[str, ...]


def shown_events(analysis: Analysis, track: Track | None = None, most: int = MOST) -> list[Event]:
    """The events of which stills are shown, by time: of each kind the first, then the earliest others. Where there are
    few of them also the top of a jump's first flight, and the lowest place of the usual curve, of the side of
    ``track`` that is shown."""
    events = sorted(analysis.events, key=lambda event: event.t_s)
    first: dict[tuple[str, Side | None], Event] = {}
    for event in events:
        first.setdefault((event.key, event.side), event)
    chosen = list(first.values())[:most]
    if len(chosen) <= FEW:
        more = [one for one in (_top(analysis), *_ends(analysis, track, bool(events))) if one is not None]
        chosen += [one for one in more if all(abs(one.frame - other.frame) > NEAR_FRAMES for other in chosen)]
    chosen = chosen[:most]
    chosen += [event for event in events if event not in chosen][: most - len(chosen)]
    return sorted(chosen, key=lambda event: event.t_s)


def _top(analysis: Analysis) -> Event | None:
    """The middle of the first flight of a jump."""
    times = {event.key: event for event in sorted(analysis.events, key=lambda event: -event.t_s)}
    if not {"take_off", "landing"} <= set(times) or times["landing"].t_s <= times["take_off"].t_s:
        return None
    off, down = times["take_off"], times["landing"]
    return Event("top", (off.t_s + down.t_s) / 2, 0.0, (off.frame + down.frame) // 2)


def _ends(analysis: Analysis, track: Track | None, lowest_alone: bool) -> list[Event]:
    """The lowest place of the usual curve, and its highest where nothing else is known."""
    usual = usual_curve(analysis)
    shown = [curve for curve in shown_angles(track, analysis) if curve.key == usual]
    for curve in (*shown, *analysis.curves):
        if curve.key == usual and np.isfinite(curve.value).any():
            ends = [("lowest", int(np.nanargmin(curve.value))), ("highest", int(np.nanargmax(curve.value)))]
            kept = ends[:1] if lowest_alone else ends
            return [Event(key, float(curve.t_s[at]), 0.0, int(curve.frames[at]), curve.side) for key, at in kept]
    return []


def stills_of(
    footage: Footage,
    track: Track | None,
    analysis: Analysis,
    events: Sequence[Event],
    said: tuple[Mapping[Side, str], str],
) -> list[Still]:
    """The stills of ``events``; ``said`` are the letters of the sides and the mark of what is simulated (empty for
    none). Of a picture that does not decode, or an event outside of the recording, there is none."""
    poses = {event.frame: pose_at(track, event.frame) for event in events}
    tall = _tall([pose for pose in poses.values() if pose is not None], footage.size_px)
    angles = shown_angles(track, analysis)
    found = []
    for event in events:
        if not 0 <= event.frame < len(footage):
            continue
        try:
            picture = footage.picture(event.frame)
        except BadFile:
            continue
        found.append(_still(picture, poses[event.frame], event, (tall, angles, *said)))
    return found


def _tall(poses: Sequence[Pose], size_px: tuple[int, int]) -> float:
    """How many pixels of the recording a still is high, for all of them: as much as the largest body needs."""
    boxes = [box for pose in poses if (box := pose.box) is not None]
    if not boxes:
        return float(max(size_px[1], size_px[0] * SIZE_PX[1] / SIZE_PX[0]))
    need = max(max(b - t, (r - left) * SIZE_PX[1] / SIZE_PX[0]) for left, t, r, b in boxes)
    return max(need * ROOM, SIZE_PX[1] / LARGEST)


def _still(
    picture: Picture, pose: Pose | None, event: Event, how: tuple[float, tuple[Curve, ...], Mapping[Side, str], str]
) -> Still:
    import cv2

    tall, angles, letters, mark = how
    width, height = SIZE_PX
    wide = tall * width / height
    box = None if pose is None else pose.box
    h, w = picture.shape[:2]
    middle = ((w - 1) / 2, (h - 1) / 2) if box is None else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    left, top = (_begin(at, size, room) for at, size, room in zip(middle, (wide, tall), (w, h), strict=True))
    by = height / tall
    # From the source's pixel middles to the still's: one map for picture and points.
    at = np.array([[by, 0, -left * by], [0, by, -top * by]])
    flags = cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR
    if by < 0.5:  # a warp does not average over what it skips
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.35 / by), np.uint8)
    out = np.asarray(cv2.warpAffine(picture, at, SIZE_PX, flags=flags, borderValue=(40, 36, 32)), np.uint8)
    written: list[str] = []
    if pose is not None:
        seen = Pose((pose.px - (left, top)) * by, pose.confidence, pose.skeleton)
        draw_body(out, seen)
        written = draw_angles(out, seen, angles, event.frame, letters=letters, size_px=LETTER_PX)
    if mark:
        drawn = plate(mark, 22, (255, 255, 255), ALARM, "Bold")
        lay(out, drawn, width - drawn.shape[1] - 8, 8)
    done, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return Still(event, data.tobytes(), tuple(written))


def _begin(middle: float, size: float, room: int) -> float:
    """Where a stretch of ``size`` about ``middle`` begins: inside of the picture where it fits."""
    if size >= room:
        return (room - 1 - size) / 2
    return min(max(middle - size / 2, -0.5), room - 0.5 - size)
