"""Curves and events of what the player shows, on the screen's clock, in a form that a browser reads."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from athletes.kinematics.model import Analysis, Curve
from athletes.motion.screened import WRITTEN, Measured, part_of
from athletes.motion.screening import Part, Screening
from touchline.errors import BadValue

MAGIC = 0x31565243
MAX_OTHERS = 4
MANY_SAMPLES = 400_000
"""Of all curves together: 8 MB."""
FIRST_CURVES = 4
WIDE = 1.959964
"""Standard deviations on either side that hold the truth 95 times in 100."""
SPACE = ":space"
"""Behind the name of a picture: what was measured in space of the trial that it is of."""
_OTHER = re.compile(r"([0-9a-f]{12})\.(cam\d{1,3}|)\.(-?\d{1,10})\.(-?\d{1,10})")


@dataclass(frozen=True, slots=True)
class Other:
    """A further trial laid over what is shown: the instant ``at_s`` of its analysis (by ``camera_id``, or in space)
    lies on the screen's ``here_s``. A ``template`` is drawn as a band: its value and ``band`` on either side by unit,
    where that is None the 95 % of its own error."""

    trial_id: str
    camera_id: str
    at_s: float
    here_s: float
    name: str
    template: bool = False
    band: Mapping[str, float] | None = None

    @property
    def asked(self) -> str:
        """The same as a request names it, to the microsecond."""
        return f"{self.trial_id}.{self.camera_id}.{round(1e6 * self.at_s)}.{round(1e6 * self.here_s)}"


def other_asked(text: str) -> Other:
    """What ``Other.asked`` wrote. Raises ``BadValue``."""
    found = _OTHER.fullmatch(text)
    if found is None:
        raise BadValue("athletes.errors.bad_other_trial", value=text[:60])
    return Other(found[1], found[2], int(found[3]) / 1e6, int(found[4]) / 1e6, "")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One analysis on the screen's clock: ``shift_s`` leads there from its own times. ``camera`` is the picture whose
    frames its curves name, empty where none does."""

    analysis: Analysis
    shift_s: float
    camera: str


def sources_of(measured: Measured, screening: Screening) -> list[str]:
    """The cameras of a screening by which something was measured; ``""`` first, where that was done in space."""
    parts = screening.parts
    trials = {part.trial_id for part in parts}
    alone = parts[0].trial_id if len(trials) == 1 else None
    space = alone is not None and measured.version(alone, "") and measured.analysis(alone, "") is not None
    seen = [
        part.camera_id
        for part in parts
        if measured.version(part.trial_id, part.trial_camera) and measured.analysis(part.trial_id, part.trial_camera)
    ]
    return ["", *seen] if space else seen


def usual_sources(measured: Measured, screening: Screening) -> list[str]:
    """What is shown where nobody chose: of two trials both, of one what was measured in space, else by the first
    camera."""
    found = sources_of(measured, screening)
    return found if len({part.trial_id for part in screening.parts}) > 1 else found[:1]


def lines_of(
    measured: Measured, screening: Screening, sources: Sequence[str], others: Sequence[Other]
) -> list[Line | None]:
    """What is drawn, in the order asked for; None for what was not measured. Raises ``NotFound``."""
    found: list[Line | None] = []
    for source in sources:
        part, camera = _source(screening, source)
        analysis = measured.analysis(part.trial_id, part.trial_camera if camera else "")
        # In space times are the trial's; a camera's count from its first picture.
        start_s = part.to_screen.offset_s - (0 if camera else part.to_trial.offset_s)
        found.append(None if analysis is None else Line(analysis, float(start_s), camera))
    for other in others:
        analysis = measured.analysis(other.trial_id, other.camera_id)
        found.append(None if analysis is None else Line(analysis, other.here_s - other.at_s, ""))
    return found


def _source(screening: Screening, source: str) -> tuple[Part, str]:
    """The picture of a source, and its camera; none where it is meant in space. Raises ``NotFound``."""
    if source.endswith(SPACE):
        return part_of(screening, source.removesuffix(SPACE)), ""
    return (part_of(screening, source), source) if source else (screening.parts[0], "")


def curves_version(measured: Measured, screening: Screening, sources: Sequence[str], others: Sequence[Other]) -> str:
    """A name for all that ``packed_curves`` gives."""
    told: list[Any] = [screening.id, [other.asked for other in others]]
    for source in sources:
        part, camera = _source(screening, source)
        version = measured.version(part.trial_id, part.trial_camera if camera else "")
        told.append([source, version, str(part.to_screen.offset_s)])
    told += [measured.version(other.trial_id, other.camera_id) for other in others]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


def sent_curves(lines: Sequence[Line | None], chosen: Sequence[str]) -> set[str]:
    """The curves, such as ``knee.left``, whose samples go to the browser: all of them where these are not too many,
    else those ``chosen``, or the first ones. An hour of video has millions of samples."""
    curves = [curve for line in lines if line is not None for curve in line.analysis.curves]
    if sum(len(curve.frames) for curve in curves) <= MANY_SAMPLES:
        return {name_of(curve) for curve in curves}
    known = sorted({name_of(curve): _rank(curve) for curve in curves}.items(), key=lambda item: item[1])
    return set(chosen) or {name for name, _ in known[:FIRST_CURVES]}


def name_of(curve: Curve) -> str:
    """``knee.left``, or the key alone for what has no side."""
    return curve.key if curve.side is None else f"{curve.key}.{curve.side}"


def _rank(curve: Curve) -> tuple[int, str, str]:
    keys = list(WRITTEN)
    return keys.index(curve.key) if curve.key in keys else len(keys), curve.key, curve.side or ""


def packed_curves(lines: Sequence[Line | None], sent: Collection[str]) -> bytes:
    """``u32 MAGIC, u32 size``, then so many bytes of JSON (filled up with blanks to a whole number of eight), then of
    each curve that is ``sent``, in its order, ``f64 t`` (screen seconds), ``f32 value``, ``f32 sigma``, ``i32 frame``,
    each part filled up to eight bytes. The JSON: ``{"lines": [null | {"camera", "span": [first, last second], "curves":
    [{"key", "side", "unit", "n", "of"}], "events": [{"key", "side", "number", "s", "sigma_s"}]}]}``: ``n`` samples
    follow, ``of`` of them are known. NaN is what was not measured. Little-endian."""
    told: list[dict[str, Any] | None] = []
    blocks = []
    for line in lines:
        if line is None:
            told.append(None)
            continue
        curves = line.analysis.curves
        heads = [_head(one, name_of(one) in sent) for one in curves]
        told.append({"camera": line.camera, "span": _span(line), "curves": heads, "events": _events(line)})
        for curve in curves:
            if name_of(curve) not in sent:
                continue
            times = (curve.t_s + line.shift_s, "<f8")
            for values, kind in (times, (curve.value, "<f4"), (curve.sigma, "<f4"), (curve.frames, "<i4")):
                block = np.asarray(values).astype(kind).tobytes()
                blocks.append(block + b"\0" * (-len(block) % 8))
    text = json.dumps({"lines": told}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((struct.pack("<2I", MAGIC, len(text)), text, *blocks))


def _head(curve: Curve, sent: bool) -> dict[str, Any]:
    side = curve.side.value if curve.side else None
    known = int(np.isfinite(curve.value).sum())
    return {"key": curve.key, "side": side, "unit": curve.unit, "n": len(curve.frames) if sent else 0, "of": known}


def _span(line: Line) -> list[float]:
    """The first and the last instant of any curve, on the screen's clock."""
    ends = [time for curve in line.analysis.curves if len(curve.t_s) for time in (curve.t_s[0], curve.t_s[-1])]
    return [float(min(ends)) + line.shift_s, float(max(ends)) + line.shift_s] if ends else [0.0, 0.0]


def _events(line: Line) -> list[dict[str, Any]]:
    return [
        {
            "key": event.key,
            "side": event.side.value if event.side else None,
            "number": event.number,
            "s": event.t_s + line.shift_s,
            "sigma_s": event.sigma_s,
        }
        for event in line.analysis.events
    ]
