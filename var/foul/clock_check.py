"""The match clock in the pictures of annotated fouls beside their time stamps. The networks are loaded only when asked
for: without them everything else of an import goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from touchline.errors import TouchlineError
from touchline.measure import MS_PER_S
from var.foul.annotation import FoulFile
from var.foul.clips import MOMENT_S, ClipFile, Found
from var.foul.consistency import Remark, clip_path
from var.foul.picture_clock import Compared, NotRead, PictureClock, Told, compare

REMARKS = {Told.DIFFERS: "clock_differs", Told.PERIOD: "clock_from_half"}
"""What is said of a label that the picture contradicts."""


@dataclass(frozen=True, slots=True)
class ClipClock:
    """The clock of a clip's pictures, and the time stamp beside it (None where one of the two is not known).
    ``picture_s`` is what the picture shows at the annotated moment, None where the clock or the moment is unknown."""

    clock: PictureClock
    compared: Compared | None
    picture_s: int | None

    def document(self) -> dict[str, Any]:
        """As the import prints it."""
        clock, compared = self.clock, self.compared
        return {
            "read": clock.why is None,
            "why": None if clock.why is None else clock.why.value,
            "picture_clock_s": self.picture_s,
            "label_s": None if compared is None else compared.label_s,
            "difference_s": None if compared is None else compared.difference_s,
            "told": None if compared is None else compared.told.value,
            "rate": clock.rate,
            "pictures": clock.looked,
            "parsed": clock.parsed,
            "agreeing": clock.agreeing,
        }


Clocks = dict[tuple[str, int], ClipClock]
"""What was read, by the action's key and the clip's place in it."""


def check_clocks(
    file: FoulFile, found: Found, *, progress: Callable[[float, str], None] = lambda share, name: None
) -> tuple[Clocks, list[Remark]]:
    """The clock of each clip that is there, and a remark for each time stamp that it contradicts; about 2 s of one core
    a clip. Raises ``Missing`` with the command that fetches the networks where they are not here."""
    from var.foul.clock_reading import read_clock
    from var.foul.text_nets import TextNets

    nets = TextNets()
    clocks: Clocks = {}
    said: list[Remark] = []
    actions = dict(file.actions)
    for turn, ((key, number), seen) in enumerate(found.items()):
        progress(turn / len(found), f"{key}/{number}")
        clip = actions[key].clips[number]
        try:
            clock = read_clock(seen.path, nets, None if clip.speed is None else float(clip.speed))
        except TouchlineError:  # the import says what is wrong with such a file
            clock = PictureClock(0, 0, why=NotRead.UNUSABLE)
        moments = moments_s(seen)
        label_s = None if clip.timestamp_ms is None else float(clip.timestamp_ms / MS_PER_S)
        compared = None if label_s is None else compare(clock, label_s, moments)
        at = clock.at_s(moments[0]) if moments[0] == moments[1] else None
        clocks[key, number] = ClipClock(clock, compared, compared.picture_s if compared else _whole(at))
        if compared is not None and compared.told in REMARKS:
            said.append(remark_of(compared, key, number))
    return clocks, said


def rates_of(clocks: Clocks) -> dict[tuple[str, int], float]:
    """How fast the clocks run that were read."""
    return {place: each.clock.rate for place, each in clocks.items() if each.clock.rate is not None}


def moments_s(clip: ClipFile) -> tuple[float, float]:
    """Between which places of a clip the annotated moment lies: one in a clip of the usual length, else anywhere."""
    return (float(MOMENT_S),) * 2 if clip.is_usual else (0.0, float(clip.seconds))


def remark_of(compared: Compared, key: str, number: int) -> Remark:
    """What is said of a time stamp that the picture contradicts."""
    params = {
        "label": shown(compared.label_s),
        "picture": shown(compared.picture_s),
        "apart": f"{'+' if compared.difference_s > 0 else '−'}{shown(abs(compared.difference_s))}",
    }
    return Remark(f"{clip_path(key, number)}.Timestamp", REMARKS[compared.told], params, key)


def shown(seconds: float) -> str:
    """Seconds as a match clock shows them, whole ones: ``65:27``."""
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds)
