"""``touchline calibrate``, ``project``, ``ground``, ``offside``, ``goal-line``, ``area``: measuring without the app."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from touchline.cli import add_json, emit, progress, read_json
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from var.commands.bundle import advice_said, crown_said
from var.commands.verdicts import AREA, GOAL_LINE, OFFSIDE
from var.measure.calibrate import CLICK_SIGMA_PX, Calibration, calibrate
from var.measure.calibration import Refinement
from var.measure.documents import read_marks
from var.measure.faults import Faults
from var.measure.kinds import refuse_other
from var.measure.lens import read_lens
from var.measure.pitch import Pitch
from var.measure.project import project, to_ground
from var.measure.refine import read_still, refine
from var.measure.scene_documents import MOST_SIGMA_PX
from var.measure.surface import ESTIMATE, known_crown
from var.model import ImagePoints, PitchPoints

EMPTY_CALIBRATION = dict.fromkeys(("status", "code", "camera", "covariance", "rms_px", "marks", "line_sigma_cm"))


def pair(text: str) -> tuple[float, float]:
    """Two positive numbers written ``105x68``, as an argument of a command."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", text)
    if not found or not float(found[1]) or not float(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form 1920x1080")
    return float(found[1]), float(found[2])


def _sigma(text: str) -> float:
    try:
        sigma = float(text)
    except ValueError:
        sigma = math.nan
    if not 0 <= sigma <= MOST_SIGMA_PX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a standard deviation")
    return sigma


def _size(text: str) -> tuple[int, int]:
    width, height = pair(text)
    if width % 1 or height % 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not whole pixels")
    return int(width), int(height)


def _crown(text: str) -> float | str:
    """Metres, or the word ``estimate``."""
    if text == ESTIMATE:
        return text
    try:
        return known_crown(float(text) / CM_PER_M)
    except (ValueError, TouchlineError):
        raise argparse.ArgumentTypeError(f"{text!r} is neither estimate nor a height in centimetres") from None


def register_calibrate(parser: argparse.ArgumentParser) -> None:
    """``touchline calibrate MARKS --picture-size WxH [--pitch 105x68] [--lens FILE] [--crown CM]``."""
    add_json(parser)
    parser.add_argument("marks", metavar="MARKS", help="JSON file with marked points and lines (- is standard input)")
    parser.add_argument("--picture-size", type=_size, required=True, metavar="WxH", help="pixels of the source picture")
    parser.add_argument("--pitch", type=pair, default=(105.0, 68.0), metavar="LxW", help="metres (default: 105x68)")
    parser.add_argument("--lens", metavar="FILE", help="JSON file with what `touchline lens` printed for this camera")
    picture_help = "PNG or JPEG of the frame the marks were clicked in: refine on its painted lines"
    parser.add_argument("--picture", metavar="FILE", help=picture_help)
    parser.add_argument(
        "--crown",
        type=_crown,
        metavar="CM",
        help="how much higher the middle of the pitch is, in centimetres, or estimate (default: a flat pitch)",
    )
    parser.set_defaults(run=_calibrate)


def _calibrate(args: argparse.Namespace) -> int:
    try:
        points, marked = read_marks(read_json(args.marks), args.picture_size)
        lens = None if args.lens is None else read_lens(read_json(args.lens))
        pitch = Pitch(*args.pitch)
        still = None if args.picture is None else read_still(Path(args.picture))
        found = calibrate(points, args.picture_size, pitch, lines=marked, lens=lens, crown=args.crown)
        if still is not None:
            found = refine(still, found, pitch, marks=points, lines=marked, lens=lens)
    except TouchlineError as refusal:
        document = {**EMPTY_CALIBRATION, **refusal.document(args.lang)}
        emit(document, args)
        progress(f"{document['detail']}\n{document['hint']}")
        return 0
    lang = args.lang
    x, y, z = (number(float(value), lang, 2) for value in found.centre_m)
    lines = [
        t("var.measure.camera", lang, x=x, y=y, z=z, f=number(float(found.k[0, 0]), lang)),
        t("var.measure.rms", lang, rms=number(found.rms_px, lang, 1), count=len(found.marks)),
    ]
    for mark in found.marks:
        if mark.rejected:
            key = "rejected" if mark.suggestion is None else "rejected_fits"
            residual = number(mark.residual_px, lang, 1)
            lines.append(t(f"var.measure.{key}", lang, name=mark.name, residual=residual, other=mark.suggestion))
    if found.surface is not None:
        lines.append(crown_said(found.surface, lang))
    lines += [advice_said(advice, lang) for advice in found.advice]
    emit(found.document(), args, lines + _refinement_said(found.refinement, lang))
    return 0


def _refinement_said(found: Refinement | None, lang: str) -> list[str]:
    """What looking for painted lines gave, in lines for people."""
    if found is None:
        return []
    if found.reason is not None:
        return [t("var.refine.left", lang, reason=t(f"var.refine.reason.{found.reason}", lang))]
    fits = [(line.before_px, line.after_px) for line in found.lines]
    before, after = (number(float(np.median(column)), lang, 1) for column in zip(*fits, strict=True))
    counts = {"lines": number(len(found.lines), lang), "samples": number(found.samples, lang)}
    stripe = number(None if found.stripe_m is None else found.stripe_m * CM_PER_M, lang, 1)
    said = [t("var.refine.refined", lang, before=before, after=after, stripe=stripe, **counts)]
    for line in found.lines:
        parts = number(line.before_px, lang, 1), number(line.after_px, lang, 1), number(line.samples, lang)
        said.append(t("var.refine.line", lang, name=line.name, before=parts[0], after=parts[1], samples=parts[2]))
    return said


def _calibration(args: argparse.Namespace) -> Calibration:
    return Calibration.from_document(read_json(args.calibration))


def _rows(path: str, width: int, kind: str) -> Any:
    document = read_json(path)
    refuse_other(document, kind)
    faults = Faults()
    rows = faults.rows(document, "$", width)
    faults.refuse_any()
    return rows


def register_project(parser: argparse.ArgumentParser) -> None:
    """``touchline project CALIBRATION --points FILE``."""
    add_json(parser)
    parser.add_argument("calibration", metavar="CALIBRATION", help="JSON file with what `touchline calibrate` printed")
    parser.add_argument("--points", required=True, metavar="FILE", help="JSON list of [x, y, z] in metres")
    parser.set_defaults(run=_project)


def _project(args: argparse.Namespace) -> int:
    pixels = project(_calibration(args), PitchPoints(_rows(args.points, 3, "points")))
    found = [row.tolist() if np.isfinite(row).all() else None for row in pixels]
    lines = [" ".join(number(float(value), args.lang, 2) for value in row) for row in pixels]
    emit({"pixels": found}, args, lines)
    return 0


def register_ground(parser: argparse.ArgumentParser) -> None:
    """``touchline ground CALIBRATION --pixels FILE``."""
    add_json(parser)
    parser.add_argument("calibration", metavar="CALIBRATION", help="JSON file with what `touchline calibrate` printed")
    parser.add_argument("--pixels", required=True, metavar="FILE", help="JSON list of [u, v] in source pixels")
    sigma_help = f"standard deviation of a click (default: {CLICK_SIGMA_PX})"
    parser.add_argument("--sigma-px", type=_sigma, default=CLICK_SIGMA_PX, metavar="PX", help=sigma_help)
    parser.set_defaults(run=_ground)


def _ground(args: argparse.Namespace) -> int:
    places, covariance = to_ground(
        _calibration(args), ImagePoints(_rows(args.pixels, 2, "pixels")), sigma_px=args.sigma_px
    )
    sigma = np.sqrt(covariance[:, [0, 1], [0, 1]])
    known = np.asarray(np.isfinite(places).all(axis=1))
    document = {
        "pitch_m": [row[:2].tolist() if ok else None for row, ok in zip(places, known, strict=True)],
        "sigma_m": [row.tolist() if ok else None for row, ok in zip(sigma, known, strict=True)],
    }
    lines = [
        "  ".join(f"{number(float(p[i]), args.lang, 2)} ± {number(float(s[i]), args.lang, 2)} m" for i in (0, 1))
        for p, s in zip(places, sigma, strict=True)
    ]
    emit(document, args, lines)
    return 0


register_offside, register_goal_line, register_area = OFFSIDE.register, GOAL_LINE.register, AREA.register
