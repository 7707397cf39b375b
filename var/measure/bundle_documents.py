"""Reads the document of the schema ``bundle_views``: several pictures to calibrate together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from touchline.errors import BadValue, TouchlineError
from var.measure.documents import read_marks
from var.measure.faults import BadDocument, Faults, is_number
from var.measure.kinds import VIEWS, OtherDocument, refuse_other
from var.measure.lens import read_lens
from var.measure.mark import CLICK_SIGMA_PX, Lens, LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.surface import ESTIMATE, Crown
from var.measure.views import SHARED, Tie, View


@dataclass(frozen=True, slots=True)
class Asked:
    """What a document asks ``bundle`` for."""

    views: tuple[View, ...]
    pitch: Pitch
    crown: Crown
    pitch_sigma_m: float | None
    shared: tuple[str, ...]


def read_views(document: Any) -> Asked:
    """The views of ``document``. Raises ``BadDocument`` naming every fault by its path, ``OtherDocument`` for a
    document of another kind."""
    refuse_other(document, VIEWS)
    faults = Faults()
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    views = tuple(_view(faults, at, view) for at, view in faults.items(document, "views", "$"))
    crown = document.get("crown")
    if not (crown is None or crown == ESTIMATE or is_number(crown)):
        faults.add("$.crown", "choice", choices=f"{ESTIMATE}, null, 0.12")
    shared = document.get("shared", list(SHARED))
    if not (isinstance(shared, list) and all(word in SHARED for word in shared)):
        faults.add("$.shared", "choice", choices=", ".join(SHARED))
        shared = []
    pitch_sigma_m = faults.maybe_number(document, "pitch_sigma_m", "$", 0.01)
    pitch = _pitch(faults, document.get("pitch"))
    faults.refuse_any()
    return Asked(tuple(view for view in views if view is not None), pitch, crown, pitch_sigma_m, tuple(shared))


def _pitch(faults: Faults, said: Any) -> Pitch:
    """``"105x68"`` or ``[105, 68]``; the usual pitch where nothing is said."""
    if said is None:
        return Pitch()
    if isinstance(said, str) and (found := re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", said)):
        said = [float(found[1]), float(found[2])]
    if isinstance(said, list) and len(said) == 2 and all(is_number(side) for side in said):
        try:
            return Pitch(float(said[0]), float(said[1]))
        except BadValue:
            pass
    faults.add("$.pitch", "pitch")
    return Pitch()


def _view(faults: Faults, at: str, view: Mapping[str, Any]) -> View | None:
    camera, frame = view.get("camera"), view.get("frame")
    if not isinstance(camera, str):
        faults.add(f"{at}.camera", "missing" if camera is None else "text")
    if frame is not None and not (isinstance(frame, int) and not isinstance(frame, bool) and frame >= 0):
        faults.add(f"{at}.frame", "frame")
    width, height = faults.array(view, "picture_size", at, (2,)) if view else (1.0, 1.0)
    if not (width >= 1 and height >= 1 and width % 1 == 0 and height % 1 == 0):
        faults.add(f"{at}.picture_size", "whole")
        return None
    size = int(width), int(height)
    points = view.get("points") if isinstance(view.get("points"), list) else []
    assert isinstance(points, list)
    free = [k for k, point in enumerate(points) if isinstance(point, Mapping) and "pitch_m" not in point]
    known = [k for k in range(len(points)) if k not in free]
    marks: tuple[Mark, ...] = ()
    lines: tuple[LineMark, ...] = ()
    if known or view.get("lines") or not free:
        try:
            given = {**view, "points": [points[k] for k in known]} if known else {"lines": view.get("lines")}
            marks, lines = read_marks(given, size)
        except BadDocument as bad:
            for path, kind, params in bad.faults:
                path = re.sub(r"^\$\.points\[(\d+)\]", lambda m: f"$.points[{known[int(m[1])]}]", path)
                faults.add(path.replace("$", at, 1), kind, **params)
    ties = [_tie(faults, f"{at}.points[{k}]", points[k]) for k in free]
    lens: Lens | None = None
    if view.get("lens") is not None:
        try:
            lens = read_lens(view["lens"])
        except BadDocument as bad:
            for path, kind, params in bad.faults:
                faults.add(path.replace("$", f"{at}.lens", 1), kind, **params)
        except OtherDocument:
            faults.add(f"{at}.lens", "no_lens")
        except TouchlineError:
            faults.add(f"{at}.lens", "refused")
    return View(str(camera), size, marks, lines, ties, frame, lens)


def _tie(faults: Faults, at: str, point: Mapping[str, Any]) -> Tie:
    """A point without a place: its name ties pictures together, so it must have one."""
    name = point.get("name")
    if not isinstance(name, str):
        faults.add(f"{at}.name", "missing" if name is None else "text")
    u, v = (float(value) for value in faults.array(point, "image_px", at, (2,)))
    return Tie(str(name), (u, v), faults.maybe_number(point, "sigma_px", at, 0.05) or CLICK_SIGMA_PX)
