"""``touchline bundle``: the pictures of a panning camera, or all cameras of a match, calibrated together."""

from __future__ import annotations

import argparse

from touchline.cli import add_json, emit, progress, read_json
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from var.measure.advice import Advice
from var.measure.bundle import Bundle, bundle
from var.measure.bundle_documents import read_views
from var.measure.surface import Surface

NOTHING = (
    "status",
    "code",
    "views",
    "order",
    "covariance",
    "crown_m",
    "crown_sigma_m",
    "crown_source",
    "pitch_m",
    "pitch_sigma_m",
    "ties",
    "rms_px",
    "noise_scale",
)


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline bundle FILE``."""
    add_json(parser)
    parser.add_argument("file", metavar="FILE", help="JSON file (schema `bundle_views`); - is standard input")
    parser.set_defaults(run=_bundle)


def _bundle(args: argparse.Namespace) -> int:
    try:
        asked = read_views(read_json(args.file))
        found = bundle(
            asked.views, asked.pitch, crown=asked.crown, pitch_sigma_m=asked.pitch_sigma_m, shared=asked.shared
        )
    except TouchlineError as refusal:
        document = {**dict.fromkeys(NOTHING), **refusal.document(args.lang)}
        emit(document, args)
        progress(f"{document['detail']}\n{document['hint']}")
        return 0
    emit(found.document(args.lang), args, _said(found, args.lang))
    return 0


def _said(found: Bundle, lang: str) -> list[str]:
    """The bundle in lines for people."""
    lines = [t("var.bundle.rms", lang, rms=number(found.rms_px, lang, 1), count=number(len(found.order), lang))]
    for view in found.views:
        name = view.camera_id if view.frame is None else f"{view.camera_id} @ {view.frame}"
        if view.calibration is None:
            why = "" if view.refusal is None else f"{view.refusal.detail(lang)} {view.refusal.hint(lang)}"
            lines.append(f"{name}: {why}")
            continue
        x, y, z = (number(float(value), lang, 2) for value in view.calibration.centre_m)
        f = number(float(view.calibration.k[0, 0]), lang)
        lines.append(f"{name}: {t('var.measure.camera', lang, x=x, y=y, z=z, f=f)}")
        for mark in view.calibration.marks:
            if mark.rejected:
                key = "rejected" if mark.suggestion is None else "rejected_fits"
                residual = number(mark.residual_px, lang, 1)
                lines.append(
                    "  " + t(f"var.measure.{key}", lang, name=mark.name, residual=residual, other=mark.suggestion)
                )
    if found.surface is not None:
        lines.append(crown_said(found.surface, lang))
    if found.pitch_sigma_m is not None:
        sides = (found.pitch.length_m, found.pitch.width_m, *found.pitch_sigma_m)
        length, width, length_sigma, width_sigma = (number(side, lang, 2) for side in sides)
        size = {"length": length, "width": width, "length_sigma": length_sigma, "width_sigma": width_sigma}
        lines.append(t("var.bundle.pitch", lang, **size))
    return lines


def crown_said(surface: Surface, lang: str) -> str:
    """How high the pitch is in its middle, and whence that is known."""
    height, sigma = (number(CM_PER_M * value, lang, 1) for value in (surface.crown_m, surface.sigma_m))
    return t(f"var.bundle.crown.{surface.source}", lang, height=height, sigma=sigma)


def advice_said(advice: Advice, lang: str) -> str:
    """What a person should look at, in ``lang``."""
    said = {key.removesuffix("_m"): number(value, lang, 2) for key, value in advice.params.items()}
    return t(f"var.advice.{advice.code}", lang, marks=", ".join(advice.marks), **said)
