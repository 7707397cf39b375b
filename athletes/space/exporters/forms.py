"""A motion in the form that another program reads: the door to this package."""

from __future__ import annotations

from athletes.kinematics.model import Analysis
from athletes.pose.model import Motion

FORMS = ("trc", "mot", "c3d", "csv", "glb")
"""What a motion can be written as; each is also the suffix of its file."""


def exported(motion: Motion, form: str, name: str, analysis: Analysis | None = None) -> bytes:
    """The motion as the bytes of a file of ``form``, one of ``FORMS``; with the angles and events of its ``analysis``,
    where there is one. Raises as the forms do."""
    if form == "c3d":
        from athletes.space.exporters.c3d import c3d

        return c3d(motion, () if analysis is None else analysis.events)
    if form == "glb":
        from athletes.space.exporters.glb import glb

        return glb(motion, name)
    if form == "mot":
        from athletes.kinematics.curves import space_curves
        from athletes.space.exporters.mot import mot

        return mot(space_curves(motion) if analysis is None else analysis.curves, name).encode("utf-8")
    if form == "trc":
        from athletes.space.exporters.trc import trc

        return trc(motion, name).encode("utf-8")
    from athletes.space.exporters.table import table

    return table(motion).encode("utf-8")
