"""What synchronisation proposes for a match, kept apart from its clocks until a person accepts it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from var.archive import Archive
from var.model import Match
from var.sync import offsets
from var.sync.auto import Check, Found
from var.sync.model import Estimate, Method, Status
from var.sync.pairs import HALF_FRAME_SIGMA, fitted
from var.sync.saved import find


def find_work(home: Path, arguments: dict[str, Any], progress: Callable[[float, str], None]) -> dict[str, Any]:
    """A job: what synchronisation finds, with nothing saved. ``match``, ``reference`` (a camera), ``method``, and
    ``apart_m`` where somebody said how far apart the cameras stand at most.

    Returns them with ``proposals``: a document a camera, for ``from_result``.
    """
    found = find(
        Archive(home),
        arguments["match"],
        arguments["reference"],
        arguments.get("method", "auto"),
        progress=progress,
        apart_m=arguments.get("apart_m"),
    )
    proposals = {
        camera: {"estimate": offsets.kept(each.estimate), "checks": each.document} for camera, each in found.items()
    }
    return {"match": arguments["match"], "reference": arguments["reference"], "proposals": proposals}


def from_result(result: Mapping[str, Any]) -> dict[str, Found]:
    """The proposals of a finished job by camera. Raises ``BadValue`` where its result is none."""
    return {
        camera: Found(offsets.from_kept(each["estimate"]), tuple(_check(one) for one in each["checks"]))
        for camera, each in result["proposals"].items()
    }


def _check(document: Mapping[str, Any]) -> Check:
    def exact(value: float | None) -> Fraction | None:
        return None if value is None else Fraction(value)

    estimate = Estimate(
        Method(document["method"]),
        Status(document["status"]),
        exact(document["offset_s"]),
        exact(document["rate"]),
        document["sigma_s"],
        None,
        document["reason"] or "",
        document["facts"],
    )
    return Check(estimate, document["difference_s"], document["agrees"])


def from_frames(match: Match, reference: str, camera: str, pairs: Sequence[tuple[int, int]]) -> Estimate:
    """The clock of an angle from frames that an operator named: (frame of the reference, frame of the angle) each.

    One pair gives the offset, more give the rate too; a named instant is sure to half a frame.
    """
    if not pairs:
        return Estimate.failed(Method.PAIRS, "no_pairs")
    base, clip = match.clip(reference), match.clip(camera)
    rows = [(base.clip_s(first), clip.clip_s(second)) for first, second in pairs]
    own = [float(one.frame_s / one.to_match.rate) for one in (base, clip)]  # in the recording's own seconds
    return fitted(rows, HALF_FRAME_SIGMA * math.hypot(*own), float(clip.clip_s(len(clip) - 1)), Method.PAIRS)
