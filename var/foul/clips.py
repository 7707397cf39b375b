"""Where the clips of annotated fouls lie, and whether they are what the annotation says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath

from touchline.errors import TouchlineError
from var.foul.annotation import FoulFile
from var.foul.consistency import Remark, clip_path

SUFFIXES = (".mp4", ".mkv", ".mov", ".ts")

MOMENT_S = Fraction(3)
"""Where in its clip the annotated moment lies, which ``Timestamp`` gives the time of. The published clips are cut from
three seconds before it to two after it: in the fixture's broadcasts the match clock in the picture, minus the stamp,
agrees to about a second in those looked at, and published readers take the frames 63 to 87 of 125."""

LENGTH_S = Fraction(5)
LENGTH_MAY_DIFFER_S = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class ClipFile:
    """The file of a clip with its length and pictures a second, read from the recording's own time stamps."""

    path: Path
    seconds: Fraction
    fps: Fraction

    @property
    def is_usual(self) -> bool:
        """Whether it lasts as long as the format's clips do, so that the annotated moment is where theirs is."""
        return abs(self.seconds - LENGTH_S) <= LENGTH_MAY_DIFFER_S


Found = dict[tuple[str, int], ClipFile]
"""The files that are there, by the action's key and the clip's place in it."""


def find_clip(url: str, folder: Path) -> Path | None:
    """The file that ``url`` names below ``folder``, or None.

    The format's addresses lack the suffix and begin with folders of whoever published the set
    (``Dataset/Train/action_0/clip_0``), so leading folders are left out one by one; the action's own folder never is,
    because every action has a ``clip_0``. What leads out of ``folder`` is not looked for.
    """
    parts = PurePosixPath(url.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or any(PureWindowsPath(part).drive for part in parts):
        return None
    for first in range(max(1, len(parts) - 1)):
        tail = folder.joinpath(*parts[first:])
        for path in (tail, *(tail.with_name(f"{tail.name}{suffix}") for suffix in SUFFIXES)):
            try:
                if path.is_file():
                    return path
            except (OSError, ValueError):  # a name that no file can have
                return None
    return None


def find_clips(
    file: FoulFile, folder: Path, *, progress: Callable[[float, str], None] = lambda share, name: None
) -> tuple[Found, list[Remark]]:
    """The clips of a file below ``folder``, and what does not go together about them: clips that are missing, are no
    video that can be used, are one file twice, or do not last as long as the format's clips do."""
    from var.footage.video import index

    found: Found = {}
    remarks: list[Remark] = []
    owners: dict[Path, str] = {}
    wanted = [(key, number, clip) for key, action in file.actions for number, clip in enumerate(action.clips)]
    for turn, (key, number, clip) in enumerate(wanted):
        at = f"{clip_path(key, number)}.Url"
        progress(turn / len(wanted), f"{key}/{number}")
        path = find_clip(clip.url, folder)
        if path is None:
            remarks.append(Remark(at, "missing_clip", {"url": clip.url}, key))
            continue
        if path in owners:
            remarks.append(Remark(at, "same_file", {"name": path.name, "other": owners[path]}, key))
            continue
        owners[path] = at
        try:
            recording = index(path)
        except TouchlineError as reason:
            remarks.append(Remark(at, "unusable_clip", {"reason": reason}, key))
            continue
        seen = found[key, number] = _measured(path, recording.pts, recording.timebase.tick_s)
        if not seen.is_usual:
            said = {"seconds": round(float(seen.seconds), 3), "usual": float(LENGTH_S)}
            remarks.append(Remark(at, "other_length", said, key))
    return found, remarks


def _measured(path: Path, pts: Iterable[int], tick_s: Fraction) -> ClipFile:
    ticks = list(pts)
    frame_s = (ticks[-1] - ticks[0]) * tick_s / (len(ticks) - 1) if len(ticks) > 1 else Fraction(1, 25)
    return ClipFile(path, (ticks[-1] - ticks[0]) * tick_s + frame_s, 1 / frame_s)
